//! Measures what a pane's user notices: the time until messages can be sent,
//! and how long an answer keeps the page from anything else.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Options, Organisation, Speed};

use crate::browser::Browser;
use crate::case::Outcome;
use crate::environment::{Engine, Environment};
use crate::value::Look as _;

/// How often the page is opened anew, once the first time has filled the cache.
const STARTS: usize = 15;

/// How long the page's modules may take.
const LOADED: Duration = Duration::from_secs(30);

/// How often the answer is streamed.
const STREAMS: usize = 5;

/// Megabytes of wire in 16 KiB pieces: some hundred times what a long answer takes.
const ANSWER: &str = "big=20,chunk=16384";

/// Measures and leaves the results as JSON.
///
/// # Errors
/// The browser or the page failed. Times are no reason to fail.
pub(crate) async fn measure(engine: Engine, results: &Path) -> Outcome {
    let environment = Environment::read(engine);
    let organisation = Organisation::start(Options {
        www: environment.site.clone(),
        pkg: environment.package.clone(),
        vendor: Some(environment.vendor.clone()),
        speed: Speed::Max,
        // Elsewhere clocks are too coarse to time anything short.
        cross_origin_isolated: true,
        ..Options::default()
    })
    .await?;
    let browser = Browser::start(engine, &environment).await?;
    let outcome = run(&browser, &organisation).await;
    browser.end().await;
    organisation.shutdown().await;
    fs::write(results, serde_json::to_string_pretty(&outcome?)?)?;
    Ok(())
}

async fn run(browser: &Browser, organisation: &Organisation) -> Outcome<Value> {
    let address = format!(
        "{}/pace.html?gateway={}&long={}&token={}",
        organisation.pane_origin(),
        organisation.gateway_url(),
        organisation.gateway_url_with(ANSWER),
        organisation.token()
    );
    let (mut starts, mut streams) = (Vec::new(), Vec::new());
    for opened in 0..=STARTS {
        browser.open(&address).await?;
        browser.until("window.pace !== undefined", LOADED).await?;
        let start = browser.await_text("pace.start", Vec::new()).await?;
        if opened > 0 {
            starts.push(start);
        }
    }
    for _ in 0..STREAMS {
        let stream = browser.await_text("pace.stream()", Vec::new()).await?;
        let idle =
            browser.await_text(&format!("pace.idle({})", stream.at("/tookMs")), Vec::new()).await?;
        streams.push(json!({ "stream": stream, "idle": idle }));
    }
    let agent = browser.evaluate("navigator.userAgent").await?;
    let isolated = browser.evaluate("crossOriginIsolated").await?;
    Ok(json!({ "agent": agent, "isolated": isolated, "starts": starts, "streams": streams }))
}
