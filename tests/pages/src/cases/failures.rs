//! What goes wrong on the way, and what a page is told of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::Outcome as Ended;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::settings;
use crate::stage::Stage;
use crate::value::{Look as _, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(
        FAULTS
            .iter()
            .map(|row| Case::new(format!("failure: {}", row.name), move |stage| fault(stage, row))),
    );
    cases.extend(BROKEN.iter().map(|row| {
        Case::new(format!("failure: stream: {}", row.name), move |stage| broken(stage, row))
    }));
    for (name, faults) in CORS {
        // Browsers print why they refuse, each in its own words.
        let name = format!("failure: CORS: {name}");
        cases.push(Case::new(name, move |stage| cors(stage, faults)));
    }
    for (name, faults, code) in AT_CONNECT {
        let name = format!("failure: connecting: {name}");
        cases.push(Case::new(name, move |stage| connecting(stage, faults, code)));
    }
    for (name, faults, run) in [
        ("only errors lack", "cors=bare-errors,status=500", "ask"),
        ("doesn't allow content-type", "cors=missing-content-type", "connect"),
    ] {
        let name = format!("failure: CORS that {name}");
        cases.push(Case::new(name, move |stage| only_messages(stage, faults, run)));
    }
    cases.push(Case::new("failure: CORS with a wildcard is fine", wildcard));
    cases.push(Case::new("failure: nobody listens", nobody_listens));
    cases.push(Case::new("failure: offline", offline));
    cases.push(Case::new("failure: overloaded twice, then an answer", retries));
    cases.push(Case::new("failure: retried after the wait that the server asks for", retry_after));
    cases.push(Case::new("failure: a wait that is too long is not waited for", long_retry_after));
    cases.push(Case::new("failure: the server says not to try again", no_retry));
    cases.push(Case::new("failure: an error first in the stream is retried", error_first));
    cases.push(Case::new("failure: an error mid-way is not retried", error_midway));
    cases.push(Case::new("failure: slow is not silent", slow_is_not_silent));
    cases.push(Case::new("failure: a refused token that is quoted back", quoted_token));
    cases
}

/// A fault of the gateway and the error that it becomes, with `create` and `stream` alike.
struct Fault {
    name: &'static str,
    faults: &'static str,
    code: &'static str,
    hint: &'static str,
    retryable: bool,
    status: Option<u64>,
    /// In the message.
    says: &'static str,
}

const fn fault_of(
    name: &'static str,
    faults: &'static str,
    code: &'static str,
    hint: &'static str,
    retryable: bool,
    status: u64,
) -> Fault {
    let status = if status == 0 { None } else { Some(status) };
    Fault { name, faults, code, hint, retryable, status, says: "127.0.0.1" }
}

const FAULTS: [Fault; 40] = [
    fault_of("400", "status=400", "request-invalid", "check-request", false, 400),
    fault_of("401", "status=401", "credential-invalid", "check-token", false, 401),
    fault_of("403", "status=403", "permission-denied", "ask-for-access", false, 403),
    fault_of(
        "404 without a word on models",
        "status=404,body=detail",
        "not-found",
        "check-base-address",
        false,
        404,
    ),
    fault_of("405", "status=405,body=detail", "not-found", "check-base-address", false, 405),
    fault_of("413", "status=413", "limit-exceeded", "shorten", false, 413),
    fault_of("422", "status=422,body=detail", "request-invalid", "check-request", false, 422),
    fault_of("429", "status=429", "rate-limited", "wait", true, 429),
    fault_of(
        "429 with a date to wait for",
        "status=429,retry-after=date:7,expose=retry-after",
        "rate-limited",
        "wait",
        true,
        429,
    ),
    fault_of("500", "status=500", "server-error", "report-to-gateway", true, 500),
    fault_of("502 in HTML", "html=502", "server-error", "report-to-gateway", true, 502),
    fault_of("503 empty", "empty=503", "server-error", "report-to-gateway", true, 503),
    fault_of("504", "status=504,body=text", "timeout", "report-to-gateway", true, 504),
    fault_of("529", "status=529", "overloaded", "wait", true, 529),
    fault_of(
        "error in OpenAI's shape",
        "status=401,body=openai",
        "credential-invalid",
        "check-token",
        false,
        401,
    ),
    fault_of(
        "error in LiteLLM's shape",
        "status=401,body=litellm",
        "credential-invalid",
        "check-token",
        false,
        401,
    ),
    fault_of(
        "error in Portkey's shape",
        "status=401,body=portkey",
        "credential-invalid",
        "check-token",
        false,
        401,
    ),
    fault_of(
        "error in Bedrock's shape",
        "status=403,body=bedrock",
        "credential-invalid",
        "check-token",
        false,
        403,
    ),
    fault_of(
        "error in Vertex's shape",
        "status=403,body=vertex",
        "permission-denied",
        "ask-for-access",
        false,
        403,
    ),
    fault_of(
        "error in Vertex's list",
        "status=403,body=vertex-array",
        "permission-denied",
        "ask-for-access",
        false,
        403,
    ),
    fault_of(
        "error in Foundry's shape",
        "status=401,body=foundry",
        "credential-invalid",
        "check-token",
        false,
        401,
    ),
    fault_of(
        "error nested as JSON text",
        "status=529,body=nested",
        "overloaded",
        "wait",
        true,
        529,
    ),
    fault_of(
        "nested overload under 500",
        "status=500,body=nested",
        "server-error",
        "report-to-gateway",
        true,
        500,
    ),
    fault_of(
        "error as an HTML page",
        "status=403,body=html",
        "permission-denied",
        "check-portal",
        false,
        403,
    ),
    fault_of(
        "error as plain text",
        "status=403,body=text",
        "permission-denied",
        "ask-for-access",
        false,
        403,
    ),
    fault_of(
        "error without a body",
        "status=500,body=empty",
        "server-error",
        "report-to-gateway",
        true,
        500,
    ),
    fault_of(
        "200 that is empty",
        "empty=200",
        "response-invalid",
        "check-base-address",
        false,
        200,
    ),
    fault_of(
        "200 that is a sign-in page",
        "html=200",
        "response-invalid",
        "check-portal",
        false,
        200,
    ),
    fault_of(
        "redirect on the same origin",
        "redirect=self",
        "response-invalid",
        "check-portal",
        false,
        0,
    ),
    fault_of(
        "redirect to another origin",
        "redirect=other",
        "response-invalid",
        "check-portal",
        false,
        0,
    ),
    fault_of(
        "200 of another JSON",
        "file=text.json",
        "response-invalid",
        "check-base-address",
        false,
        200,
    ),
    fault_of(
        "200 that claims to be HTML",
        "content-type=html,html=200",
        "response-invalid",
        "check-portal",
        false,
        200,
    ),
    fault_of(
        "server says to try a 400 again",
        "status=400,x-should-retry=true,expose=x-should-retry",
        "request-invalid",
        "check-request",
        true,
        400,
    ),
    fault_of(
        "server says not to try a 500 again",
        "status=500,x-should-retry=false,expose=x-should-retry",
        "server-error",
        "report-to-gateway",
        false,
        500,
    ),
    fault_of("408", "status=408", "timeout", "report-to-gateway", true, 408),
    fault_of("409", "status=409", "server-error", "report-to-gateway", true, 409),
    fault_of("418", "status=418,body=text", "request-invalid", "check-request", false, 418),
    fault_of("402", "status=402,body=text", "permission-denied", "ask-for-access", false, 402),
    fault_of("501", "status=501,body=text", "not-found", "check-base-address", true, 501),
    fault_of(
        "a connection that breaks before the answer",
        "cutbytes=0",
        "stream-truncated",
        "",
        false,
        0,
    ),
];

async fn fault(stage: Arc<Stage>, row: &Fault) -> Outcome {
    let gateway = stage.gateway(row.name, row.faults);
    let page = stage.package_page().await?;
    for call in ["create", "stream"] {
        let asked =
            json!({ "open": { "maxRetries": 0 }, "settings": settings(&gateway), "call": call });
        let result = page.run("ask", asked).await?;
        let error = result.at("/error");
        if row.faults == "cutbytes=0" {
            // Whether there was a head before the break differs by call and engine.
            ensure!(error.at("/code").is_string(), "{call}: {result}");
            continue;
        }
        ensure_eq!(format!("{call}: code of {error}"), error.text("/code")?, row.code);
        ensure_eq!(format!("{call}: hint"), error.text("/hint/id")?, row.hint);
        ensure_eq!(format!("{call}: retryable"), *error.at("/retryable"), json!(row.retryable));
        let status = error.at("/status").as_f64();
        #[expect(clippy::cast_precision_loss, reason = "a status")]
        let expected = row.status.map(|status| status as f64);
        ensure_eq!(format!("{call}: status"), status, expected);
        let message = error.text("/message")?;
        ensure!(message.contains(row.says), "{call}: {message:?} doesn't say {:?}", row.says);
        ensure_eq!(format!("{call}: name"), error.text("/name")?, "ConnectorError");
        error.is_true("/isConnectorError")?;
        ensure!(!error.text("/hint/text")?.is_empty(), "{call}: no hint");
        ensure!(error.get("partialMessage").is_none(), "{call}: a part of nothing: {error}");
    }
    Ok(())
}

/// A fault inside a stream.
struct Broken {
    name: &'static str,
    faults: &'static str,
    open: &'static str,
    code: &'static str,
    /// Whether the page has a part of the message.
    partial: bool,
}

const BROKEN: [Broken; 15] = [
    Broken {
        name: "connection cut mid-way",
        faults: "cut=12",
        open: "{}",
        code: "stream-truncated",
        partial: true,
    },
    Broken {
        name: "ended properly mid-way",
        faults: "end=12",
        open: "{}",
        code: "stream-truncated",
        partial: true,
    },
    Broken {
        name: "cut inside an event",
        faults: "cutbytes=1500",
        open: "{}",
        code: "stream-truncated",
        partial: true,
    },
    Broken {
        name: "ended before any event",
        faults: "end=0",
        open: "{}",
        code: "stream-truncated",
        partial: false,
    },
    Broken {
        name: "error event mid-way",
        faults: "error-event=overloaded_error,at=12",
        open: "{}",
        code: "overloaded",
        partial: true,
    },
    Broken {
        name: "error event of an unknown kind",
        faults: "error-event=novel_error,at=12",
        open: "{}",
        code: "stream-error",
        partial: true,
    },
    Broken {
        name: "invalid JSON in a data line",
        faults: "invalid-json=12",
        open: "{}",
        code: "stream-corrupt",
        partial: true,
    },
    Broken {
        name: "silence mid-way",
        faults: "stall=12",
        open: r#"{"timeouts":{"idleMs":400}}"#,
        code: "timeout",
        partial: true,
    },
    Broken {
        name: "silence after the head",
        faults: "stall=0",
        // Firefox hands the head over with the first byte of the body.
        open: r#"{"timeouts":{"idleMs":400,"firstByteMs":400}}"#,
        code: "timeout",
        partial: false,
    },
    Broken {
        name: "no answer at all",
        faults: "never",
        open: r#"{"timeouts":{"firstByteMs":400}}"#,
        code: "timeout",
        partial: false,
    },
    Broken {
        name: "no answer at all, to a deaf fetch",
        faults: "never",
        open: r#"{"timeouts":{"firstByteMs":400},"deaf":true}"#,
        code: "timeout",
        partial: false,
    },
    Broken {
        name: "silence mid-way, to a deaf fetch",
        faults: "stall=12",
        open: r#"{"timeouts":{"idleMs":400},"deaf":true}"#,
        code: "timeout",
        partial: true,
    },
    Broken {
        name: "an endless line",
        faults: "endless-line",
        open: r#"{"limits":{"maxEventBytes":65536}}"#,
        code: "limit-exceeded",
        partial: false,
    },
    Broken {
        name: "an endless line at the usual limit",
        faults: "endless-line",
        open: "{}",
        code: "limit-exceeded",
        partial: false,
    },
    Broken {
        name: "an answer that is too large",
        faults: "json-for-stream",
        open: r#"{"limits":{"maxResponseBytes":2000}}"#,
        code: "limit-exceeded",
        partial: false,
    },
];

async fn broken(stage: Arc<Stage>, row: &Broken) -> Outcome {
    let gateway = stage.gateway(row.name, row.faults);
    let page = stage.package_page().await?;
    let mut open: Value = serde_json::from_str(row.open)?;
    set(&mut open, "maxRetries", json!(0));
    // The limits are for the answer that is asked for, not for the list of models.
    let asked = json!({ "open": open, "settings": settings(&gateway), "params": { "say": "count to 600" } });
    let result = page.run("ask", asked).await?;
    let error = result.at("/error");
    ensure_eq!(format!("code of {error}"), error.text("/code")?, row.code);
    ensure!(!error.text("/message")?.is_empty(), "no message");
    ensure!(!error.text("/hint/text")?.is_empty(), "no hint");
    result.is_true("/ended")?;
    if row.partial {
        let partial = error.text("/partialMessage/content/0/text")?;
        ensure!(!partial.is_empty(), "an empty part");
        ensure_eq!("the part and what was told", partial, result.text("/heard/text")?);
        ensure_eq!("currentMessage", result.at("/current"), error.at("/partialMessage"));
        let told = result.texts("/heard/told")?;
        ensure_eq!("told", told, ["text", "error", "end"]);
    }
    ensure_eq!("requests", gateway.requests("/v1/messages").len(), 1);
    if !row.open.contains("deaf") {
        gateway.messages_ended().await?;
    }
    Ok(())
}

const CORS: [(&str, &str); 9] = [
    ("no headers at all", "cors=none"),
    ("no answer to the preflight", "cors=no-preflight"),
    ("preflight asks for a token", "cors=preflight-401"),
    ("preflight not allowed", "cors=preflight-405"),
    ("preflight redirected", "cors=preflight-redirect"),
    ("the token's header not allowed", "cors=missing-x-api-key"),
    ("the version's header not allowed", "cors=missing-anthropic-version"),
    ("the origin twice", "cors=duplicate"),
    ("another origin", "cors=wrong-origin"),
];

async fn cors(stage: Arc<Stage>, faults: &str) -> Outcome {
    let gateway = stage.gateway("cors", faults);
    let page = stage.package_page().await?;
    let result = page
        .run("connect", json!({ "open": { "maxRetries": 0 }, "settings": settings(&gateway) }))
        .await?;
    check_unreachable(&stage, &result, gateway.host())?;
    ensure_eq!("state", result.text("/state")?, "failed");
    ensure_eq!(
        "requests that got through",
        gateway.requests("").iter().filter(|entry| entry.status == Some(200)).count(),
        usize::from(matches!(faults, "cors=none" | "cors=duplicate" | "cors=wrong-origin"))
            * gateway.requests("").len()
    );
    Ok(())
}

/// The host, that it may be CORS, and what the gateway would have to send.
fn check_unreachable(stage: &Stage, result: &Value, host: &str) -> Outcome {
    let error = result.at("/error");
    ensure_eq!(format!("code of {error}"), error.text("/code")?, "unreachable");
    error.is_true("/retryable")?;
    ensure!(error.text("/message")?.contains(host), "the message names no host: {error}");
    ensure_eq!("hint", error.text("/hint/id")?, "check-network-or-cors");
    let hint = error.text("/hint/text")?;
    for word in [host, stage.world.package.pane_origin(), "CORS", "x-api-key", "anthropic-version"]
    {
        ensure!(hint.contains(word), "the hint doesn't name {word:?}: {hint}");
    }
    Ok(())
}

/// The list comes through, and a message doesn't: not the one token that is asked for to
/// connect, or not the first one of a person's.
async fn only_messages(stage: Arc<Stage>, faults: &str, run: &str) -> Outcome {
    let gateway = stage.gateway("only messages", faults);
    let page = stage.package_page().await?;
    let asked = json!({ "open": { "maxRetries": 0 }, "settings": settings(&gateway) });
    let result = page.run(run, asked).await?;
    check_unreachable(&stage, &result, gateway.host())?;
    let hint = result.text("/error/hint/text")?;
    ensure!(hint.contains("content-type"), "{hint}");
    Ok(())
}

async fn wildcard(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("wildcard", "cors=wildcard");
    let page = stage.package_page().await?;
    // A wildcard never covers `authorization`.
    let result = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!(format!("state after {}", result.at("/error")), result.text("/state")?, "ready");
    Ok(())
}

async fn nobody_listens(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    let typed = json!({ "gateway_url": "http://127.0.0.1:9", "gateway_token": "t" });
    let asked = json!({ "open": { "maxRetries": 0 }, "settings": typed });
    let result = page.run("connect", asked).await?;
    check_unreachable(&stage, &result, "127.0.0.1:9")
}

async fn offline(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    stage
        .browser
        .evaluate("(Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => false }), 0)")
        .await?;
    let typed = json!({ "gateway_url": "http://127.0.0.1:9", "gateway_token": "t" });
    let asked = json!({ "open": { "maxRetries": 0 }, "settings": typed });
    let result = page.run("connect", asked).await?;
    ensure_eq!("code", result.text("/error/code")?, "unreachable");
    ensure_eq!("hint", result.text("/error/hint/id")?, "go-online");
    ensure_eq!("audience", result.text("/error/hint/audience")?, "user");
    Ok(())
}

const AT_CONNECT: [(&str, &str, &str); 9] = [
    ("401", "status=401,on=models", "credential-invalid"),
    ("403", "status=403,on=models", "permission-denied"),
    ("500", "status=500,on=models", "server-error"),
    ("529", "status=529,on=models", "overloaded"),
    ("sign-in page", "html=200,on=models", "response-invalid"),
    ("redirect", "redirect=other,on=models", "response-invalid"),
    ("empty answer", "empty=200,on=models", "response-invalid"),
    ("no answer", "never,on=models", "timeout"),
    ("an answer that trickles", "chunk=1,gap=100,on=models", "timeout"),
];

async fn connecting(stage: Arc<Stage>, faults: &str, code: &str) -> Outcome {
    let gateway = stage.gateway("connecting", faults);
    let page = stage.package_page().await?;
    let open = json!({ "maxRetries": 0, "timeouts": { "controlMs": 1500 } });
    let result =
        page.run("connect", json!({ "open": open, "settings": settings(&gateway) })).await?;
    ensure_eq!(format!("code of {}", result.at("/error")), result.text("/error/code")?, code);
    ensure!(result.at("/error/hint/text").is_string(), "no hint: {}", result.at("/error"));
    ensure_eq!("state", result.text("/state")?, "failed");
    let changes = result.texts("/changes")?;
    ensure_eq!("first change", changes.first().copied(), Some("state connecting"));
    ensure!(changes.contains(&"state failed"), "{changes:?}");
    // What failed is not kept.
    ensure_eq!("kept", page.run("kept", json!({})).await?, json!({ "local": {}, "session": {} }));
    Ok(())
}

async fn retries(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("retries", "status=529,times=2");
    let page = stage.package_page().await?;
    let params = json!({ "say": "repeat after me: at last" });
    let result =
        page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
    ensure_eq!("answer", result.text("/finalText")?, "at last");
    let retries = result.list("/heard/retries")?;
    ensure_eq!("retries told", retries.len(), 2);
    for (number, retry) in (1..).zip(retries) {
        ensure_eq!("attempt", retry.number("/attempt")?, number);
        ensure_eq!("code", retry.text("/code")?, "overloaded");
        ensure_eq!("status", retry.number("/status")?, 529);
        let delay = retry.number("/delayMs")?;
        ensure!((370..=1000).contains(&delay), "a wait of {delay} ms");
    }
    ensure_eq!("told first", result.texts("/heard/told")?.first().copied(), Some("retry"));
    let requests = gateway.requests("/v1/messages");
    ensure_eq!("requests", requests.len(), 3);
    let bodies: Vec<_> = requests.iter().map(|request| request.body.clone()).collect();
    ensure!(bodies.windows(2).all(|pair| pair.first() == pair.last()), "another body: {bodies:?}");
    // Once is once more than allowed here.
    let gateway = stage.gateway("retries given up", "status=529");
    let asked = json!({ "open": { "maxRetries": 1 }, "settings": settings(&gateway) });
    let result = page.run("ask", asked).await?;
    ensure_eq!("code", result.text("/error/code")?, "overloaded");
    ensure_eq!("requests", gateway.requests("/v1/messages").len(), 2);
    Ok(())
}

async fn retry_after(stage: Arc<Stage>) -> Outcome {
    for (faults, least) in [
        ("status=429,times=1,retry-after=1,expose=retry-after", 1000),
        ("status=429,times=1,retry-after-ms=700,expose=retry-after-ms", 700),
    ] {
        let gateway = stage.gateway("retry after", faults);
        let page = stage.package_page().await?;
        let params = json!({ "say": "repeat after me: at last" });
        let result =
            page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
        ensure_eq!("answer", result.text("/finalText")?, "at last");
        ensure_eq!("wait", result.number("/heard/retries/0/delayMs")?, least);
        let requests = gateway.requests("/v1/messages");
        let waited = match requests.as_slice() {
            [first, second] => second.at.saturating_sub(first.at),
            others => {
                return Err(crate::case::Complaint::new(format!("{} requests", others.len())));
            }
        };
        ensure!(waited >= Duration::from_millis(least - 20), "waited only {waited:?}");
    }
    Ok(())
}

async fn long_retry_after(stage: Arc<Stage>) -> Outcome {
    let gateway =
        stage.gateway("long retry after", "status=429,retry-after=3600,expose=retry-after");
    let page = stage.package_page().await?;
    let result = page.run("ask", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("code", result.text("/error/code")?, "rate-limited");
    ensure_eq!("retryAfterMs", result.number("/error/retryAfterMs")?, 3_600_000);
    ensure_eq!("requests", gateway.requests("/v1/messages").len(), 1);
    Ok(())
}

async fn no_retry(stage: Arc<Stage>) -> Outcome {
    let gateway =
        stage.gateway("no retry", "status=500,x-should-retry=false,expose=x-should-retry");
    let page = stage.package_page().await?;
    let result = page.run("ask", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("code", result.text("/error/code")?, "server-error");
    ensure_eq!("requests", gateway.requests("/v1/messages").len(), 1);
    ensure_eq!("retries", *result.at("/heard/retries"), json!([]));
    Ok(())
}

async fn error_first(stage: Arc<Stage>) -> Outcome {
    for at in [0, 1] {
        let faults = format!("error-event=overloaded_error,at={at},times=1");
        let gateway = stage.gateway("error first", &faults);
        let page = stage.package_page().await?;
        let params = json!({ "say": "repeat after me: at last" });
        let result =
            page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
        ensure_eq!("answer", result.text("/finalText")?, "at last");
        ensure_eq!("code", result.text("/heard/retries/0/code")?, "overloaded");
        // Nothing of the first try is left.
        let starts = result.texts("/heard/events")?;
        let starts = starts.iter().filter(|event| **event == "message_start").count();
        ensure_eq!("messages begun", starts, 1);
        ensure_eq!("requests", gateway.requests("/v1/messages").len(), 2);
    }
    Ok(())
}

async fn error_midway(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("error midway", "error-event=overloaded_error,at=12,times=1");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "count to 60" } });
    let result = page.run("ask", asked).await?;
    ensure_eq!("code", result.text("/error/code")?, "overloaded");
    ensure!(!result.text("/error/partialMessage/content/0/text")?.is_empty(), "nothing kept");
    ensure_eq!("retries", *result.at("/heard/retries"), json!([]));
    ensure_eq!("requests", gateway.requests("/v1/messages").len(), 1);
    // An iterator gets what came, and then the error, once.
    let gateway = stage.gateway("error midway iterated", "error-event=overloaded_error,at=12");
    let asked = json!({ "settings": settings(&gateway), "call": "iterate", "params": { "say": "count to 60" } });
    let result = page.run("ask", asked).await?;
    ensure!(result.list("/events")?.len() > 4, "{}", result.at("/events"));
    ensure_eq!("the loop's error", result.text("/error/code")?, "overloaded");
    ensure_eq!("finalMessage's error", result.text("/finalError/code")?, "overloaded");
    Ok(())
}

/// Gaps that are shorter than the timeout add up to more than it.
async fn slow_is_not_silent(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("slow", "gap=150");
    let page = stage.package_page().await?;
    let open = json!({ "timeouts": { "idleMs": 600, "firstByteMs": 600 } });
    let params = json!({ "say": "repeat after me: one two three four five six" });
    let asked = json!({ "open": open, "settings": settings(&gateway), "params": params });
    let result = page.run("ask", asked).await?;
    ensure_eq!(
        format!("answer ({})", result.at("/error")),
        result.text("/finalText")?,
        "one two three four five six"
    );
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::Complete]);
    Ok(())
}

async fn quoted_token(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("quoted token", "status=401,body=echo,on=all");
    let page = stage.package_page().await?;
    for token in [gateway.token.clone(), "sk-ant-hunter2hunter2hunter2".to_owned()] {
        let mut typed = settings(&gateway);
        set(&mut typed, "gateway_token", json!(token));
        let result = page.run("connect", json!({ "settings": typed })).await?;
        ensure_eq!("code", result.text("/error/code")?, "credential-invalid");
        let message = result.text("/error/message")?;
        ensure!(message.contains("••••"), "nothing was masked: {message}");
        let all = result.to_string();
        ensure!(!all.contains(&token), "the token is repeated");
    }
    Ok(())
}
