//! What a diagnosis finds, in a real browser: everything that the simulated
//! organisation can break, and what a gateway sees of the search.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{BREAKAGES, Breakage};

use crate::case::{Case, Complaint, Outcome, ensure, ensure_eq};
use crate::cloud::{Cloud, Shape};
use crate::package_page::settings;
use crate::stage::{Gateway, Stage};
use crate::value::{Look as _, set};

/// A wait that a test can afford; twice as long for the message.
const CONTROL_MS: u64 = 4_000;

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = BREAKAGES
        .iter()
        .map(|breakage| {
            Case::new(format!("diagnosis: {}", breakage.name), move |stage| broken(stage, breakage))
                .within(Duration::from_secs(60))
        })
        .collect();
    cases.push(Case::new("diagnosis: nothing is wrong", nothing_wrong));
    cases.push(Case::new("diagnosis: of what is connected", connected));
    cases.push(Case::new("diagnosis: a wildcard for Authorization", wildcard));
    cases.push(Case::new("diagnosis: nobody listens", nobody_listens));
    cases.push(Case::new("diagnosis: the page's own policy", policy));
    cases.push(Case::new("diagnosis: plain http", plain_http));
    cases.push(Case::new("diagnosis: a token that nobody knows", wrong_token));
    let providers = Case::new("diagnosis: each provider, well and with a fault", each_provider);
    cases.push(providers.within(Duration::from_secs(90)));
    cases.push(Case::new("diagnosis: two faults at once", two_faults));
    cases.push(Case::new("diagnosis: one fault after the other", one_after_the_other));
    cases.push(Case::new("diagnosis: stopped while a step runs", stopped));
    cases.push(Case::new("diagnosis: on the screen, found and mended", on_the_screen));
    cases.push(Case::new("diagnosis: on the screen, stopped", stopped_on_the_screen));
    cases.push(Case::new("diagnosis: broken on the host page", broken_on_the_host_page));
    cases
}

fn options() -> Value {
    json!({ "storage": "memory", "timeouts": { "controlMs": CONTROL_MS } })
}

async fn diagnose(stage: &Stage, settings: Value) -> Outcome<Value> {
    let page = stage.package_page().await?;
    page.run("diagnose", json!({ "open": options(), "settings": settings })).await
}

/// `step verdict` of everything that isn't as it should be.
fn wrong(found: &Value) -> Outcome<Vec<String>> {
    let steps = found.list("/diagnosis/steps")?;
    let is_wrong = |step: &&Value| step["status"] == "failed" || step["status"] == "warned";
    Ok(steps
        .iter()
        .filter(is_wrong)
        .map(|step| {
            format!(
                "{} {}",
                step.at("/id").as_str().unwrap_or_default(),
                step.at("/verdict").as_str().unwrap_or_default()
            )
        })
        .collect())
}

/// The token is in requests for models and messages alone, and there are few of any.
fn check_requests(gateway: &Gateway) -> Outcome {
    let entries = gateway.entries();
    let sent = || entries.iter().filter(|entry| entry.method != "OPTIONS");
    ensure!(sent().count() <= 10, "{} requests", sent().count());
    let with_token: Vec<_> = sent()
        .filter(|entry| entry.headers.iter().any(|header| header.matches_token == Some(true)))
        .collect();
    ensure!(with_token.len() <= 2, "{} requests with the token", with_token.len());
    for entry in &with_token {
        if let Some(body) = &entry.body {
            let fixed = json!([{ "role": "user", "content": "Count to 40." }]);
            ensure_eq!("the message", body["messages"], fixed);
        }
    }
    Ok(())
}

async fn broken(stage: Arc<Stage>, breakage: &'static Breakage) -> Outcome {
    let gateway = stage.gateway(breakage.name, breakage.faults);
    let found = diagnose(&stage, settings(&gateway)).await?;
    let (step, verdict) = breakage.found;
    ensure_eq!("found", wrong(&found)?, vec![format!("{step} {verdict}")]);
    let warned = found.list("/diagnosis/steps")?.iter().any(|step| step["status"] == "warned");
    ensure_eq!("passed", *found.at("/diagnosis/passed"), json!(warned));
    check_requests(&gateway)?;
    // In words, with the lines to add, and all of it in the report.
    let report = found.text("/report")?;
    let (steps, explained) = (found.list("/diagnosis/steps")?, found.list("/explained")?);
    let of_step = steps.iter().zip(explained).find(|(each, _)| each["id"] == step);
    let Some((_, explained)) = of_step else {
        return Err(Complaint::new(format!("no step {step} in {found}")));
    };
    ensure!(report.contains(explained.text("/message")?), "not in the report: {explained}");
    for line in explained.texts("/lines")? {
        ensure!(report.contains(line), "not in the report: {line}");
    }
    if verdict == "header-refused" {
        let name = breakage.faults.trim_start_matches("cors=missing-");
        let name = name.split(',').next().unwrap_or_default();
        ensure_eq!("refused", *found.at("/diagnosis/refused"), json!([name]));
    }
    Ok(())
}

async fn nothing_wrong(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("nothing wrong", "speed=70");
    let found = diagnose(&stage, settings(&gateway)).await?;
    ensure_eq!("found", wrong(&found)?, Vec::<String>::new());
    ensure_eq!("passed", *found.at("/diagnosis/passed"), json!(true));
    ensure_eq!("nothing is kept", found.text("/state")?, "needs-settings");
    // Two without the token, the list, and the message.
    let sent = gateway.entries().iter().filter(|entry| entry.method != "OPTIONS").count();
    ensure_eq!("requests", sent, 4);
    check_requests(&gateway)?;
    let progress = found.list("/progress")?;
    ensure_eq!("each step is seen running", progress.len(), 5);
    ensure!(found.text("/report")?.contains("All that was checked works."), "{found}");
    Ok(())
}

async fn connected(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("connected", "speed=70");
    let page = stage.package_page().await?;
    let how = json!({ "open": options(), "settings": settings(&gateway), "connect": true });
    let found = page.run("diagnose", how).await?;
    ensure_eq!("passed", *found.at("/diagnosis/passed"), json!(true));
    ensure_eq!("messages", gateway.requests("/v1/messages").len(), 1);
    ensure_eq!("hosts", found.list("/allowlist")?.len(), 3);
    Ok(())
}

async fn wildcard(stage: Arc<Stage>) -> Outcome {
    for (id, faults, header, expected) in [
        (
            "asterisk",
            "cors=wildcard,speed=70",
            "authorization",
            vec!["headers any-header-allowed".to_owned()],
        ),
        ("asterisk for a key", "cors=wildcard,speed=70", "x-api-key", vec![]),
        ("named", "speed=70", "authorization", vec![]),
    ] {
        let gateway = stage.gateway(id, faults);
        let mut typed = settings(&gateway);
        set(&mut typed, "gateway_auth_header", json!(header));
        let found = diagnose(&stage, typed).await?;
        ensure_eq!(id, wrong(&found)?, expected);
        ensure_eq!("passed", *found.at("/diagnosis/passed"), json!(true));
    }
    Ok(())
}

async fn nobody_listens(stage: Arc<Stage>) -> Outcome {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let typed = json!({ "gateway_url": format!("http://127.0.0.1:{port}"), "gateway_token": "t" });
    let found = diagnose(&stage, typed).await?;
    ensure_eq!("found", wrong(&found)?, vec!["network unreachable".to_owned()]);
    Ok(())
}

async fn policy(stage: Arc<Stage>) -> Outcome {
    // Not among the hosts that the pages' policy lets through.
    let typed = json!({ "gateway_url": "http://[::1]:8459", "gateway_token": "t" });
    let page = stage.package_page().await?;
    let found = page.run("diagnose", json!({ "open": options(), "settings": typed })).await?;
    page.run("forgetViolations", json!({})).await?;
    ensure_eq!("found", wrong(&found)?, vec!["network policy-refused".to_owned()]);
    let lines = found.at("/explained/1/lines");
    // What the page's policy has already, and the host.
    let [line] = lines.as_array().map(Vec::as_slice).unwrap_or_default() else {
        return Err(Complaint::new(format!("not one line: {lines}")));
    };
    let line = line.as_str().unwrap_or_default();
    ensure!(line.starts_with("connect-src "), "{line}");
    ensure!(line.ends_with(" http://[::1]:8459"), "{line}");
    Ok(())
}

async fn plain_http(stage: Arc<Stage>) -> Outcome {
    let typed = json!({ "gateway_url": "http://gw.example.com", "gateway_token": "t" });
    let found = diagnose(&stage, typed).await?;
    ensure_eq!("found", wrong(&found)?, vec!["configuration not-configured".to_owned()]);
    ensure!(found.text("/failure/message")?.contains("plain http"), "{found}");
    Ok(())
}

async fn wrong_token(stage: Arc<Stage>) -> Outcome {
    for (token, verdict) in
        [("nobody-knows-this-one", "key-refused"), ("a-forbidden-token", "access-refused")]
    {
        let gateway = stage.gateway(verdict, "");
        let mut typed = settings(&gateway);
        set(&mut typed, "gateway_token", json!(token));
        let found = diagnose(&stage, typed).await?;
        ensure_eq!("found", wrong(&found)?, vec![format!("models {verdict}")]);
        ensure!(!found.to_string().contains(token), "the token is shown: {found}");
    }
    Ok(())
}

/// The clouds show a page nothing before the message, so what is wrong is known by that.
async fn each_provider(stage: Arc<Stage>) -> Outcome {
    let rows = [
        (Shape::Gateway, "cors=preflight-405", "headers preflight-refused"),
        (Shape::GatewayBedrock, "cors=missing-x-api-key", "headers header-refused"),
        (Shape::GatewayVertex, "status=429", "answer rate-limited"),
        (Shape::GatewayEntra, "auth=entra,status=403", "answer access-refused"),
        (Shape::Bedrock, "sts=AccessDenied", "models access-not-obtained"),
        (Shape::Vertex, "speed=70,cut=8", "stream stream-broken"),
        (Shape::FoundryKey, "buffered,speed=70", "stream buffered"),
        (Shape::FoundryEntra, "status=401", "answer key-refused"),
    ];
    let page = stage.package_page().await?;
    for (shape, faults, expected) in rows {
        let well = [shape.faults(), "speed=70"].join(",");
        for (faults, expected) in [(well.trim_matches(','), None), (faults, Some(expected))] {
            let cloud = Cloud::new(&stage, &format!("diagnosed {}", shape.name()), faults, "");
            let mut settings = shape.settings(&cloud);
            set(&mut settings, "model", json!(shape.haiku()));
            let mut how = cloud.open(&settings);
            set(&mut how, "timeouts", json!({ "controlMs": CONTROL_MS }));
            let found = page.run("diagnoseCloud", how).await?;
            let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
            let name = format!("{}, {faults}", shape.name());
            let failed: Vec<_> =
                wrong(&found)?.into_iter().filter(|each| !each.ends_with(" unprobed")).collect();
            ensure_eq!(name, failed, expected);
        }
    }
    Ok(())
}

async fn two_faults(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("two faults", "cors=bare-errors,speed=70,buffered");
    let found = diagnose(&stage, settings(&gateway)).await?;
    let both = ["origin errors-unreadable", "stream buffered"].map(str::to_owned);
    ensure_eq!("found", wrong(&found)?, both.to_vec());
    Ok(())
}

async fn one_after_the_other(stage: Arc<Stage>) -> Outcome {
    let rows = [
        ("cors=missing-x-api-key,on=all,status=401", "headers header-refused"),
        ("on=all,status=401", "models key-refused"),
    ];
    for (faults, expected) in rows {
        let gateway = stage.gateway("one after the other", faults);
        let found = diagnose(&stage, settings(&gateway)).await?;
        ensure_eq!("found", wrong(&found)?, vec![expected.to_owned()]);
    }
    Ok(())
}

async fn stopped(stage: Arc<Stage>) -> Outcome {
    for (at, faults) in [("network", "on=all,never"), ("answer", "never")] {
        let gateway = stage.gateway(at, faults);
        let page = stage.package_page().await?;
        let how = json!({ "open": options(), "settings": settings(&gateway), "at": at });
        let found = page.run("stopDiagnosis", how).await?;
        ensure_eq!("the page's own reason", found.text("/reason")?, "enough");
        ensure!(found.number("/ms")? < CONTROL_MS / 2, "{found}");
    }
    Ok(())
}

const FAILED: &str = "document.querySelector('.step.failed')";
const DONE: &str = "!document.getElementById('diagnosis-actions').hidden";

async fn on_the_screen(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("on the screen", "cors=missing-x-api-key");
    let pane = stage.pane();
    pane.open_alone("").await?;
    pane.shows("connect").await?;
    pane.type_into("#gateway-url", &gateway.url).await?;
    pane.type_into("#gateway-token", &gateway.token).await?;
    pane.click("#connect-diagnose").await?;
    pane.shows("diagnostics").await?;
    pane.until(&format!("{FAILED} && {DONE}")).await?;
    let told = pane.text(".step.failed").await?;
    for part in ["x-api-key", "Access-Control-Allow-Headers: ", "For your IT administrator"] {
        ensure!(told.contains(part), "no {part:?} in {told}");
    }
    let passed = pane.evaluate("document.querySelectorAll('.step.passed').length").await?;
    ensure_eq!("steps passed before it", passed, json!(3));
    // What was typed is neither kept nor lost.
    pane.click("#back").await?;
    pane.shows("connect").await?;
    let typed = "[document.getElementById('gateway-url').value, document.getElementById('gateway-token').value]";
    ensure_eq!("typed", pane.evaluate(typed).await?, json!([gateway.url, gateway.token]));
    ensure_eq!("kept", pane.evaluate("Object.keys(localStorage)").await?, json!([]));
    let mended = stage.demo_gateway("on the screen, mended", "speed=70");
    pane.type_into("#gateway-url", &mended.url).await?;
    pane.type_into("#gateway-token", &mended.token).await?;
    pane.click("#connect-diagnose").await?;
    pane.until("document.querySelectorAll('.step.passed').length === 7").await?;
    ensure_eq!("result", pane.text("#diagnosis-result p").await?, "Everything works.");
    Ok(())
}

async fn stopped_on_the_screen(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("stopped on the screen", "on=all,never");
    let pane = stage.pane();
    pane.open_alone("").await?;
    pane.shows("connect").await?;
    pane.type_into("#gateway-url", &gateway.url).await?;
    pane.type_into("#gateway-token", &gateway.token).await?;
    pane.click("#connect-diagnose").await?;
    pane.until("document.querySelector('.step.running')").await?;
    pane.click("#diagnosis-cancel").await?;
    pane.until(DONE).await?;
    ensure_eq!("result", pane.text("#diagnosis-result p").await?, "Stopped.");
    let running = pane.evaluate("document.querySelectorAll('.step.running').length").await?;
    ensure_eq!("steps that still run", running, json!(0));
    Ok(())
}

async fn broken_on_the_host_page(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host("&faults=cors=preflight-405").await?;
    pane.shows("connect").await?;
    pane.click("#connect-diagnose").await?;
    pane.until(&format!("{FAILED} && {DONE}")).await?;
    let told = pane.text(".step.failed").await?;
    ensure!(told.contains("refuses the preflight"), "{told}");
    Ok(())
}
