//! A browser's session: addresses, scripts, keys, pictures.

use std::time::Duration;

use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::case::{Complaint, Outcome, ensure};
use crate::driver::Driver;
use crate::environment::{Engine, Environment};

/// How long a script may take. Cases have limits of their own, mostly shorter.
const SCRIPT: Duration = Duration::from_secs(120);

/// A browser starts after moments, and after many of them on a machine that has other things to do.
const START: Duration = Duration::from_secs(60);

const WINDOW: (u32, u32) = (1000, 900);

/// A driver with its one session.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
}

impl Browser {
    pub(crate) async fn start(engine: Engine, environment: &Environment) -> Outcome<Self> {
        let driver = Driver::start(engine, environment).await?;
        match timeout(START, open(engine, environment, &driver)).await {
            Ok(Ok(client)) => Ok(Self { client, driver }),
            Ok(Err(complaint)) => {
                driver.end().await;
                Err(complaint)
            }
            Err(_) => {
                driver.end().await;
                Err(Complaint::new(format!("{engine} doesn't start")))
            }
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address and waits for the page.
    pub(crate) async fn open(&self, address: &str) -> Outcome {
        Ok(self.client.goto(address).await?)
    }

    /// Evaluates an expression in the page.
    pub(crate) async fn evaluate(&self, expression: &str) -> Outcome<Value> {
        // As text, since drivers read values each in their own way.
        let script = format!("return JSON.stringify({expression}) ?? 'null'");
        read(self.client.execute(&script, Vec::new()).await?)
    }

    /// Evaluates an expression that gives a promise of JSON text.
    pub(crate) async fn await_text(&self, promise: &str, arguments: Vec<Value>) -> Outcome<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const fail = (error) => done(JSON.stringify({{ failed: String(error) + ' ' + (error && error.stack) }}));
             try {{ ({promise}).then((text) => done('{{\"value\":' + text + '}}'), fail); }} catch (error) {{ fail(error); }}"
        );
        let answer = read(self.client.execute_async(&script, arguments).await?)?;
        ensure!(answer.get("failed").is_none(), "the page's script failed: {answer}");
        Ok(answer.get("value").cloned().unwrap_or_default())
    }

    /// Waits until a condition holds in the page.
    pub(crate) async fn until(&self, condition: &str, limit: Duration) -> Outcome {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const end = performance.now() + {limit};
             let last = '';
             const look = () => {{
               try {{ if ({condition}) return done('true'); last = ''; }} catch (error) {{ last = String(error); }}
               if (performance.now() > end) return done(JSON.stringify(last || 'it does not'));
               setTimeout(look, 15);
             }};
             look();",
            limit = limit.as_millis()
        );
        let answer = read(self.client.execute_async(&script, Vec::new()).await?)?;
        ensure!(answer == true, "waited {limit:?} for `{condition}` to hold: {answer}");
        Ok(())
    }

    /// Looks into the page's frame, once what it shows satisfies a condition.
    pub(crate) async fn enter_frame(&self, condition: &str, limit: Duration) -> Outcome {
        let entering = async {
            loop {
                // A frame that is still going somewhere takes the script with it.
                self.client.enter_frame(0).await?;
                match self.until(condition, limit).await {
                    Ok(()) => return Ok(()),
                    Err(complaint) if complaint.to_string().starts_with("waited") => {
                        return Err(complaint);
                    }
                    Err(_) => self.client.enter_parent_frame().await?,
                }
            }
        };
        match timeout(limit, entering).await {
            Ok(entered) => entered,
            Err(_) => Err(Complaint::new(format!("the frame never satisfies `{condition}`"))),
        }
    }

    pub(crate) async fn screenshot(&self) -> Outcome<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// Ends the browser and its driver.
    pub(crate) async fn end(self) {
        // A browser that hangs is ended with its driver.
        let _ = timeout(Duration::from_secs(5), self.client.close()).await;
        self.driver.end().await;
    }
}

async fn open(engine: Engine, environment: &Environment, driver: &Driver) -> Outcome<Client> {
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities(engine, environment))
        .connect(&driver.address())
        .await?;
    client
        .update_timeouts(TimeoutConfiguration::new(Some(SCRIPT), Some(START), Some(Duration::ZERO)))
        .await?;
    let (width, height) = WINDOW;
    client.set_window_size(width, height).await?;
    Ok(client)
}

fn capabilities(engine: Engine, environment: &Environment) -> Capabilities {
    let (key, mut options) = match engine {
        Engine::Chromium => (
            "goog:chromeOptions",
            json!({ "args": [
                "--headless=new",
                // Containers run everything as root, where the sandbox refuses to work.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ] }),
        ),
        Engine::Firefox => ("moz:firefoxOptions", json!({ "args": ["-headless"] })),
        Engine::Webkit => ("webkitgtk:browserOptions", json!({ "args": ["--automation"] })),
    };
    if environment.forced_colours
        && let Some(arguments) = options.pointer_mut("/args").and_then(Value::as_array_mut)
    {
        arguments.push(json!("--force-high-contrast"));
    }
    if let (Some(binary), Some(options)) = (&environment.browser, options.as_object_mut()) {
        options.insert("binary".to_owned(), json!(binary));
    }
    [
        (key.to_owned(), options),
        // The local certificate is made for each run; nobody trusts it.
        ("acceptInsecureCerts".to_owned(), json!(true)),
    ]
    .into_iter()
    .collect()
}

fn read(answer: Value) -> Outcome<Value> {
    let text = answer.as_str().ok_or_else(|| Complaint::new(format!("no text: {answer}")))?;
    Ok(serde_json::from_str(text)?)
}
