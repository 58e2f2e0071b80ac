//! Calling things off, at every moment and by every way.

use std::sync::Arc;

use serde_json::{Value, json};
use simulator::{Entry, Outcome as Ended};

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::environment::Engine;
use crate::package_page::settings;
use crate::stage::{Gateway, Stage};
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = MOMENTS
        .iter()
        .map(|row| Case::new(format!("abort: {}", row.name), move |stage| abort(stage, row)))
        .collect();
    for reason in ["default", "text", "object", "error", "nothing"] {
        let name = format!("abort: the page's own reason: {reason}");
        cases.push(Case::new(name, move |stage| own_reason(stage, reason)));
    }
    for how in ["stream.abort", "free", "signOut"] {
        cases.push(Case::new(format!("abort: by {how}"), move |stage| stopped_by(stage, how)));
    }
    cases.push(Case::new("abort: connecting", connecting));
    cases.push(Case::new("abort: a newer connect takes over", taken_over));
    cases.push(Case::new("abort: a freed connector says so", freed));
    cases
}

struct Moment {
    name: &'static str,
    at: &'static str,
    call: &'static str,
    faults: &'static str,
    open: &'static str,
    /// How each request for a message ends.
    ends: &'static [Ended],
}

const MOMENTS: [Moment; 14] = [
    Moment {
        name: "before it began",
        at: "before",
        call: "stream",
        faults: "",
        open: "{}",
        ends: &[],
    },
    Moment {
        name: "create, before it began",
        at: "before",
        call: "create",
        faults: "",
        open: "{}",
        ends: &[],
    },
    Moment { name: "at once", at: "start", call: "stream", faults: "", open: "{}", ends: &[] },
    Moment {
        name: "before the answer",
        at: "later",
        call: "stream",
        faults: "never",
        open: "{}",
        ends: &[Ended::ClientClosed],
    },
    Moment {
        name: "create, before the answer",
        at: "later",
        call: "create",
        faults: "never",
        open: "{}",
        ends: &[Ended::ClientClosed],
    },
    Moment {
        name: "countTokens, before the answer",
        at: "later",
        call: "countTokens",
        faults: "never,on=count",
        open: "{}",
        ends: &[],
    },
    Moment {
        name: "in the stream",
        at: "text",
        call: "stream",
        faults: "speed=100",
        open: "{}",
        ends: &[Ended::ClientClosed],
    },
    Moment {
        name: "in a stream that has fallen silent",
        at: "text",
        call: "stream",
        faults: "stall=8",
        open: "{}",
        ends: &[Ended::ClientClosed],
    },
    Moment {
        name: "waiting for a retry",
        at: "retry",
        call: "stream",
        faults: "status=529",
        open: "{}",
        ends: &[Ended::Complete],
    },
    Moment {
        name: "waiting for a retry that the server put off",
        at: "retry",
        call: "stream",
        faults: "status=429,retry-after=30,expose=retry-after",
        open: "{}",
        ends: &[Ended::Complete],
    },
    Moment {
        name: "before the answer, with a deaf fetch",
        at: "later",
        call: "stream",
        faults: "never",
        open: r#"{"deaf":true}"#,
        ends: &[Ended::Open],
    },
    Moment {
        name: "create, with a deaf fetch",
        at: "later",
        call: "create",
        faults: "never",
        open: r#"{"deaf":true}"#,
        ends: &[Ended::Open],
    },
    Moment {
        name: "in the stream, with a deaf fetch",
        at: "text",
        call: "stream",
        faults: "speed=100",
        open: r#"{"deaf":true}"#,
        ends: &[Ended::ClientClosed],
    },
    Moment {
        name: "in a silent stream, with a deaf fetch",
        at: "text",
        call: "stream",
        faults: "stall=8",
        open: r#"{"deaf":true}"#,
        ends: &[Ended::ClientClosed],
    },
];

async fn abort(stage: Arc<Stage>, row: &Moment) -> Outcome {
    let gateway = stage.gateway(row.name, row.faults);
    let page = stage.package_page().await?;
    let open: Value = serde_json::from_str(row.open)?;
    let asked = json!({
        "at": row.at, "call": row.call, "reason": "object", "open": open,
        "settings": settings(&gateway), "params": { "say": "count to 2000" },
    });
    let mut result = page.run("abortAnswer", asked).await?;
    if row.at == "later" {
        let route = if row.call == "countTokens" { "/count_tokens" } else { "/v1/messages" };
        arrived(&gateway, route).await?;
        result = page.run("callOff", json!({})).await?;
    }
    ensure_eq!("answered", *result.at("/answered"), json!(false));
    ensure!(
        *result.at("/isReason") == json!(true),
        "thrown instead of the reason: {}",
        result.at("/thrown")
    );
    ensure_eq!("listeners left on the signal", result.number("/listeners")?, 0);
    ensure_eq!("timers left", result.number("/intervals")?, 0);
    ensure_eq!("state", result.text("/state")?, "ready");
    if row.call == "stream" {
        result.is_true("/aborted")?;
        result.is_true("/ended")?;
    }
    if row.at == "text" {
        let kept = result.text("/current/content/0/text")?;
        ensure_eq!("what is kept", kept, result.text("/text")?);
        ensure!(!kept.is_empty(), "nothing is kept");
    }
    // Cancelled, a body that is silent closes Firefox's connection only once more of it comes.
    let stays_open = stage.environment.engine == Engine::Firefox
        && row.faults.starts_with("stall")
        && row.open.contains("deaf");
    if stays_open {
        return Ok(());
    }
    let ends = if row.ends == [Ended::Open] {
        // Nobody told the network; the page that leaves does.
        gateway.requests("/v1/messages").iter().map(|entry| entry.outcome).collect()
    } else {
        gateway.messages_ended().await?
    };
    // A request that was called off while it was being sent may have got through.
    let ends = if matches!(row.at, "start" | "before") && ends.is_empty() {
        row.ends.to_vec()
    } else {
        ends
    };
    ensure_eq!("how the requests ended", ends, row.ends);
    if row.call == "countTokens" {
        let counted = gateway.requests("/v1/messages/count_tokens");
        ensure!(counted.iter().all(|entry| entry.outcome == Ended::ClientClosed), "{counted:?}");
    }
    Ok(())
}

/// Waits until the gateway has a request.
async fn arrived(gateway: &Gateway, route: &str) -> Outcome {
    let has = |entries: &[Entry]| {
        entries.iter().any(|entry| entry.method == "POST" && entry.path.ends_with(route))
    };
    gateway.wait_until("for a request", has).await.map(drop)
}

async fn own_reason(stage: Arc<Stage>, reason: &str) -> Outcome {
    for (through, call) in [("signal", "stream"), ("signal", "create"), ("stream", "stream")] {
        let gateway = stage.gateway("own reason", "speed=200");
        let page = stage.package_page().await?;
        let at = if call == "stream" { "text" } else { "later" };
        let asked = json!({
            "at": at, "call": call, "through": through, "reason": reason,
            "settings": settings(&gateway), "params": { "say": "count to 300" },
        });
        let mut result = page.run("abortAnswer", asked).await?;
        if at == "later" {
            arrived(&gateway, "/v1/messages").await?;
            result = page.run("callOff", json!({})).await?;
        }
        let isnt = result.at("/thrown");
        ensure!(*result.at("/isReason") == json!(true), "{through}, {call}: thrown {isnt}");
        ensure_eq!("listeners left on the signal", result.number("/listeners")?, 0);
    }
    Ok(())
}

async fn stopped_by(stage: Arc<Stage>, how: &str) -> Outcome {
    let gateway = stage.gateway(how, "speed=100");
    let page = stage.package_page().await?;
    let asked =
        json!({ "how": how, "settings": settings(&gateway), "params": { "say": "count to 2000" } });
    let result = page.run("stopBy", asked).await?;
    ensure_eq!("error", result.text("/error/name")?, "AbortError");
    ensure_eq!("told last", result.texts("/heard/told")?.last().copied(), Some("end"));
    ensure!(result.texts("/heard/told")?.contains(&"abort"), "{}", result.at("/heard/told"));
    ensure!(!result.texts("/heard/told")?.contains(&"error"), "{}", result.at("/heard/told"));
    ensure_eq!(
        "what is kept",
        result.text("/current/content/0/text")?,
        result.text("/heard/text")?
    );
    ensure_eq!("timers left", result.number("/intervals")?, 0);
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::ClientClosed]);
    Ok(())
}

async fn connecting(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("abort connecting", "never,on=models");
    let page = stage.package_page().await?;
    for reason in ["default", "object"] {
        let asked = json!({ "settings": settings(&gateway), "reason": reason });
        let result = page.run("abortConnect", asked).await?;
        ensure_eq!("state before", result.text("/during")?, "connecting");
        ensure!(*result.at("/isReason") == json!(true), "thrown {}", result.at("/thrown"));
        ensure_eq!("state after", result.text("/state")?, "needs-settings");
        ensure_eq!("listeners left on the signal", result.number("/listeners")?, 0);
        ensure_eq!("timers left", result.number("/intervals")?, 0);
    }
    gateway.messages_ended().await?;
    let ends: Vec<_> = gateway.requests("/v1/models").iter().map(|entry| entry.outcome).collect();
    ensure!(ends.iter().all(|end| *end == Ended::ClientClosed), "{ends:?}");
    Ok(())
}

async fn taken_over(stage: Arc<Stage>) -> Outcome {
    let silent = stage.gateway("taken over", "never,on=models");
    let good = stage.gateway("taken over", "");
    let page = stage.package_page().await?;
    let asked = json!({ "first": settings(&silent), "second": settings(&good) });
    let result = page.run("connectTwice", asked).await?;
    ensure_eq!("the former ends with", result.text("/former")?, "AbortError");
    ensure!(result.at("/latter").is_null(), "{}", result.at("/latter"));
    ensure_eq!("state", result.text("/state")?, "ready");
    ensure_eq!("address", result.text("/url")?, good.url);
    Ok(())
}

async fn freed(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("freed", "speed=100");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "count to 2000" } });
    let result = page.run("freeWhileAnswering", asked).await?;
    ensure_eq!("error", result.text("/error/name")?, "AbortError");
    ensure_eq!("after", result.text("/after/code")?, "invalid-argument");
    ensure_eq!("timers left", result.number("/intervals")?, 0);
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::ClientClosed]);
    Ok(())
}
