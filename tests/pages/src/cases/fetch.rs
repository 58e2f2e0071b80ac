//! `connector.fetch`, by itself and under the clients that pages have.

use std::sync::Arc;

use serde_json::json;
use simulator::Outcome as Ended;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::settings;
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, generation) in [("1.x", "AnthropicNow"), ("0.x", "AnthropicBefore")] {
        cases.push(Case::new(format!("fetch: the SDK {name}: all that is served"), move |stage| {
            under_sdk(stage, generation)
        }));
        cases.push(Case::new(
            format!("fetch: the SDK {name}: refusals and retries"),
            move |stage| refusals(stage, generation),
        ));
        cases.push(Case::new(format!("fetch: the SDK {name}: called off"), move |stage| {
            aborted(stage, generation)
        }));
    }
    cases.push(Case::new("fetch: the AI SDK", under_ai_sdk));
    cases.push(Case::new("fetch: by itself", by_itself));
    cases
}

async fn under_sdk(stage: Arc<Stage>, generation: &str) -> Outcome {
    let gateway = stage.gateway("fetch sdk", "");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "generation": generation });
    let result = page.run("underSdk", asked).await?;
    let text = result.text("/whole/content/0/text")?;
    ensure!(text.contains("59") && text.contains("60"), "{text}");
    ensure_eq!("streamed", result.text("/streamed/content/0/text")?, text);
    ensure_eq!("deltas", result.text("/deltas")?, text);
    ensure!(result.list("/parts")?.len() > 1, "the input came in one piece: {result}");
    let input: String = result.texts("/parts")?.concat();
    ensure_eq!("input", serde_json::from_str::<serde_json::Value>(&input)?, *result.at("/input"));
    ensure!(result.number("/tokens/input_tokens")? > 0, "{result}");
    ensure_eq!("models", result.list("/models")?.len(), 5);
    result.is_true("/refused")?;
    let requests = gateway.requests("/v1/messages");
    ensure_eq!("requests", requests.len(), 3);
    ensure!(
        requests.iter().all(|request| request
            .headers
            .iter()
            .all(|header| !header.name.starts_with("x-stainless"))),
        "the client's own headers went on"
    );
    Ok(())
}

async fn refusals(stage: Arc<Stage>, generation: &str) -> Outcome {
    let page = stage.package_page().await?;
    let cases = [
        ("status=401", "AuthenticationError", 1),
        ("status=429,retry-after-ms=1,expose=retry-after-ms", "RateLimitError", 3),
        ("status=529,retry-after-ms=1,expose=retry-after-ms,times=2", "", 3),
        ("error-event=overloaded_error,at=3", "APIError", 1),
    ];
    for (faults, class, attempts) in cases {
        let gateway = stage.gateway("fetch refusals", &format!("{faults},id={generation}"));
        let asked = json!({ "settings": settings(&gateway), "generation": generation, "type": class, "maxRetries": 2 });
        let result = page.run("refusedSdk", asked).await?;
        if class.is_empty() {
            ensure_eq!("answered", result.text("/answered")?, "end_turn");
        } else {
            ensure!(*result.at("/isOfType") == json!(true), "{faults}: {result}");
        }
        ensure_eq!(faults, gateway.requests("/v1/messages").len(), attempts);
    }
    Ok(())
}

async fn aborted(stage: Arc<Stage>, generation: &str) -> Outcome {
    let gateway = stage.gateway("fetch aborted", &format!("speed=100,id={generation}"));
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "generation": generation });
    page.run("abortedSdk", asked).await?.is_true("/isAbort")?;
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::ClientClosed]);
    Ok(())
}

async fn under_ai_sdk(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("fetch ai sdk", "");
    let page = stage.package_page().await?;
    let result = page.run("underAiSdk", json!({ "settings": settings(&gateway) })).await?;
    let text = result.text("/text")?;
    ensure!(text.contains("59") && text.contains("60"), "{text}");
    ensure_eq!("tool", result.text("/called")?, "get_weather");
    ensure!(result.at("/input").is_object(), "{result}");
    Ok(())
}

async fn by_itself(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("fetch by itself", "speed=200");
    let page = stage.package_page().await?;
    let result = page.run("plainFetch", json!({ "settings": settings(&gateway) })).await?;
    for body in ["blob", "bytes", "stream"] {
        ensure_eq!(body, result.text(&format!("/bodies/{body}"))?, "ö");
    }
    ensure_eq!("status", result.number("/status")?, 200);
    ensure_eq!("path", result.text("/path")?, "/v1/messages");
    result.is_true("/isResponse")?;
    result.is_true("/alike")?;
    let events = result.texts("/events")?;
    ensure_eq!("last event", events.last().copied(), Some("event: message_stop"));
    ensure_eq!("broken", *result.at("/broken"), json!(["enough", "enough"]));
    ensure_eq!("refused as", result.text("/refused/name")?, "TypeError");
    ensure_eq!("because", result.text("/refused/causedBy/code")?, "unsupported");
    Ok(())
}
