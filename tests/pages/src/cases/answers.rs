//! Answers that arrive as they should, however they are asked for and framed.

use std::sync::Arc;

use serde_json::{Value, json};
use simulator::Outcome as Ended;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::settings;
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("answer: create", create),
        Case::new("answer: streamed to listeners", streamed),
        Case::new("answer: streamed to an iterator", iterated),
        Case::new("answer: leaving the loop early stops it", left_early),
        Case::new("answer: thinking", thinking),
        Case::new("answer: a tool's input", tool),
        Case::new("answer: tokens counted", counted),
        Case::new("answer: prepared with secrets masked", prepared),
        Case::new("answer: two at once", two_at_once),
        Case::new("answer: betas and nothing else are added", betas),
    ];
    for language in LANGUAGES {
        let name = format!("answer: in {language}");
        cases.push(Case::new(name, move |stage| in_language(stage, language)));
    }
    for (name, faults) in FRAMINGS {
        let name = format!("answer: framed with {name}");
        cases.push(Case::new(name, move |stage| framed(stage, faults)));
    }
    for (name, call, faults) in OTHERWISE {
        let name = format!("answer: {name}");
        cases.push(Case::new(name, move |stage| otherwise(stage, call, faults)));
    }
    cases.push(Case::new("answer: unknown events and blocks are kept", unknown_kept));
    cases.push(Case::new("answer: bad UTF-8 is replaced and counted", bad_utf8));
    cases.push(Case::new("answer: the last event without its blank line", no_final_blank));
    cases
}

const TEXT: &str = "äöü 漢字 🙂🏽 \"quoted\" \\ and a\ttab, <b>not bold</b>";

async fn create(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("create", "");
    let page = stage.package_page().await?;
    let params = json!({ "say": format!("repeat after me: {TEXT}") });
    let asked = json!({ "settings": settings(&gateway), "call": "create", "params": params });
    let result = page.run("ask", asked).await?;
    ensure_eq!("text", result.text("/value/content/0/text")?, TEXT);
    ensure_eq!("stop", result.text("/value/stop_reason")?, "end_turn");
    ensure_eq!("role", result.text("/value/role")?, "assistant");
    ensure!(result.number("/value/usage/output_tokens")? > 0, "no usage");
    let requests = gateway.requests("/v1/messages");
    ensure_eq!("requests", requests.len(), 1);
    for request in requests {
        let body = request.body.unwrap_or_default();
        ensure!(body.get("stream").is_none(), "{body}");
    }
    Ok(())
}

async fn streamed(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("streamed", "");
    let page = stage.package_page().await?;
    let params = json!({ "say": "count to 60" });
    let result =
        page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
    let text = result.text("/message/content/0/text")?;
    ensure!(text.contains("59") && text.contains("60"), "{text}");
    ensure_eq!("what was told in deltas", result.text("/heard/text")?, text);
    ensure_eq!("finalText", result.text("/finalText")?, text);
    ensure_eq!("currentMessage", result.at("/current"), result.at("/message"));
    ensure!(result.number("/heard/deltas")? > 10, "{}", result.at("/heard/deltas"));
    result.is_true("/heard/consistent")?;
    result.is_true("/ended")?;
    ensure_eq!("aborted", *result.at("/aborted"), json!(false));
    ensure_eq!("aborted by stopping at the end", *result.at("/abortedLate"), json!(false));
    let told = result.texts("/heard/told")?;
    ensure_eq!("told", told, ["text", "contentBlock", "message", "end"]);
    let mut events = result.texts("/heard/events")?;
    events.retain(|event| *event != "ping");
    events.dedup();
    ensure_eq!("events", events, PLAIN_EVENTS);
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::Complete]);
    Ok(())
}

const PLAIN_EVENTS: [&str; 6] = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
];

async fn iterated(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("iterated", "");
    let page = stage.package_page().await?;
    let params = json!({ "say": "count to 60" });
    let asked = json!({ "settings": settings(&gateway), "call": "iterate", "params": params });
    let result = page.run("ask", asked).await?;
    let events = result.list("/events")?;
    let mut types: Vec<_> = events.iter().filter_map(|event| event.at("/type").as_str()).collect();
    types.retain(|event| *event != "ping");
    types.dedup();
    ensure_eq!("events", types, PLAIN_EVENTS);
    let text: String = events.iter().filter_map(|event| event.at("/delta/text").as_str()).collect();
    ensure_eq!("text of the deltas", text, result.text("/message/content/0/text")?);
    ensure_eq!("a second loop", *result.at("/again"), json!({ "events": [] }));
    Ok(())
}

async fn left_early(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("left early", "speed=100");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "count to 2000" } });
    let result = page.run("leaveEarly", asked).await?;
    ensure_eq!("error", result.text("/error/name")?, "AbortError");
    result.is_true("/aborted")?;
    result.is_true("/ended")?;
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::ClientClosed]);
    Ok(())
}

async fn thinking(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("thinking", "");
    let page = stage.package_page().await?;
    let params = json!({ "say": "explain a formula", "max_tokens": 8000, "thinking": { "type": "enabled", "budget_tokens": 2048 } });
    let result =
        page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
    ensure_eq!("first block", result.text("/message/content/0/type")?, "thinking");
    let thought = result.text("/message/content/0/thinking")?;
    ensure!(thought.len() > 40, "{thought:?}");
    ensure_eq!("thinking in deltas", result.text("/heard/thinking")?, thought);
    ensure!(result.text("/message/content/0/signature")?.len() > 40, "no signature");
    ensure_eq!("second block", result.text("/message/content/1/type")?, "text");
    ensure_eq!("blocks", result.texts("/heard/blocks")?, ["thinking", "text"]);
    Ok(())
}

async fn tool(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("tool", "");
    let page = stage.package_page().await?;
    let params = json!({
        "say": "Please write values into the range B2:C3",
        "tool_choice": { "type": "tool", "name": "write_range" },
        "tools": [{
            "name": "write_range",
            "description": "Writes values into a range.",
            "input_schema": {
                "type": "object",
                "properties": {
                    "address": { "type": "string" },
                    "values": { "type": "array", "items": { "type": "number" } },
                },
                "required": ["address", "values"],
            },
        }],
    });
    let result =
        page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
    let block = result.at("/message/content/0");
    ensure_eq!("block", block.text("/type")?, "tool_use");
    ensure_eq!("name", block.text("/name")?, "write_range");
    ensure!(block.at("/input/address").is_string(), "{block}");
    ensure!(block.at("/input/values").is_array(), "{block}");
    ensure_eq!("input in pieces", result.at("/inputWhole"), block.at("/input"));
    ensure_eq!("stop", result.text("/message/stop_reason")?, "tool_use");
    result.is_true("/heard/consistent")?;
    Ok(())
}

const LANGUAGES: [&str; 7] =
    ["German", "French", "Japanese", "Chinese", "Arabic", "Hebrew", "Hindi"];

async fn in_language(stage: Arc<Stage>, language: &str) -> Outcome {
    // Cut anywhere: three bytes at a time split every character that is not ASCII.
    let gateway = stage.gateway("language", "chunk=3,gap=0");
    let page = stage.package_page().await?;
    let say = format!("Explain a table in {language}");
    let whole =
        json!({ "settings": settings(&gateway), "call": "create", "params": { "say": say } });
    let whole = page.run("ask", whole).await?;
    let expected = whole.text("/value/content/0/text")?;
    ensure!(!expected.is_ascii(), "{expected}");
    let result =
        page.run("ask", json!({ "settings": settings(&gateway), "params": { "say": say } }));
    let result = result.await?;
    ensure_eq!("text", result.text("/finalText")?, expected);
    ensure_eq!("text in deltas", result.text("/heard/text")?, expected);
    ensure!(!expected.contains('\u{FFFD}'), "characters were lost");
    Ok(())
}

async fn counted(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("counted", "");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "call": "countTokens", "params": { "say": "How many tokens are these?" } });
    let result = page.run("ask", asked).await?;
    ensure!(result.number("/value/input_tokens")? > 3, "{result}");
    ensure_eq!("requests", gateway.requests("/v1/messages/count_tokens").len(), 1);
    Ok(())
}

async fn prepared(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("prepared", "");
    let page = stage.package_page().await?;
    let params =
        json!({ "say": "hi", "metadata": { "user_id": "u", "__proto__": 1 }, "temperature": 0.5 });
    let asked = json!({ "settings": settings(&gateway), "call": "prepare", "params": params });
    let result = page.run("ask", asked).await?;
    ensure_eq!("method", result.text("/value/method")?, "POST");
    ensure_eq!("url", result.text("/value/url")?, format!("{}/v1/messages", gateway.url));
    let headers = result.at("/value/headers");
    ensure_eq!("content-type", headers.text("/content-type")?, "application/json");
    ensure_eq!("anthropic-version", headers.text("/anthropic-version")?, "2023-06-01");
    let shown = headers.text("/x-api-key")?;
    let end: String = gateway.token.chars().skip(gateway.token.chars().count() - 4).collect();
    ensure_eq!("token", shown, format!("••••{end}"));
    let body: Value = serde_json::from_str(result.text("/value/body")?)?;
    ensure_eq!("temperature", *body.at("/temperature"), json!(0.5));
    ensure_eq!("what was said", body.at("/messages/0/content"), "hi");
    ensure_eq!("requests", gateway.requests("/v1/messages").len(), 0);
    Ok(())
}

async fn two_at_once(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("two at once", "speed=400");
    let page = stage.package_page().await?;
    let asked = json!({
        "settings": settings(&gateway),
        "first": { "say": "count to 80" },
        "second": { "say": "repeat after me: the other one, which is not mixed up with the first" },
    });
    let result = page.run("askTwice", asked).await?;
    ensure!(result.text("/one/finalText")?.trim_end().ends_with("80"), "{result}");
    ensure!(!result.text("/one/finalText")?.contains("other"), "{result}");
    let second = result.text("/two/finalText")?;
    ensure_eq!("second", second, "the other one, which is not mixed up with the first");
    Ok(())
}

/// The request as it goes over the wire: the headers that the page's script
/// set are those that the browser asks leave for.
async fn betas(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("betas", "");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "hello" }, "request": { "betas": ["context-1m-2025-08-07", "another-2026-01-01"] } });
    page.run("ask", asked).await?;
    let request = gateway.requests("/v1/messages");
    let beta = request.iter().filter_map(|request| request.header("anthropic-beta")).next();
    ensure_eq!("anthropic-beta", beta, Some("context-1m-2025-08-07,another-2026-01-01"));
    for entry in gateway.entries().iter().filter(|entry| entry.method == "OPTIONS") {
        let asked = entry.header("access-control-request-headers").unwrap_or_default();
        let mut names: Vec<_> = asked.split(',').map(str::trim).collect();
        names.sort_unstable();
        let is_message = entry.path.ends_with("/v1/messages");
        if is_message {
            // The page's own message has them, and the question by which it connected hasn't.
            names.retain(|name| *name != "anthropic-beta");
        }
        let expected: &[&str] = match is_message {
            true => &["anthropic-version", "content-type", "x-api-key"],
            false => &["anthropic-version", "x-api-key"],
        };
        ensure_eq!(format!("headers for {}", entry.path), names, expected);
    }
    Ok(())
}

const FRAMINGS: [(&str, &str); 15] = [
    ("CR LF", "eol=crlf"),
    ("CR", "eol=cr"),
    ("CR, byte by byte", "eol=cr,chunk=1,gap=0"),
    ("CR LF in pieces of seven bytes", "eol=crlf,chunk=7,gap=0"),
    ("a byte order mark", "bom"),
    ("comments", "comments"),
    ("further fields", "extra-fields"),
    ("JSON over several lines", "data-lines"),
    ("no space after the colon", "no-space"),
    ("no event names", "no-event-names"),
    ("padding", "padding"),
    ("everything at once", "bom,eol=crlf,comments,extra-fields,data-lines,padding,no-event-names"),
    ("a proxy that holds it back", "buffered"),
    ("a proxy that holds only the body back", "buffered=body"),
    ("a charset in the content type", "content-type=sse"),
];

async fn framed(stage: Arc<Stage>, faults: &str) -> Outcome {
    let gateway = stage.gateway("framed", faults);
    let page = stage.package_page().await?;
    let params = json!({ "say": format!("repeat after me: {TEXT}") });
    let result =
        page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
    ensure_eq!("text", result.text("/finalText")?, TEXT);
    ensure_eq!("text in deltas", result.text("/heard/text")?, TEXT);
    ensure_eq!("stop", result.text("/message/stop_reason")?, "end_turn");
    Ok(())
}

const OTHERWISE: [(&str, &str, &str); 7] = [
    ("JSON where a stream was asked for", "stream", "json-for-stream"),
    ("JSON where a stream was asked for, iterated", "iterate", "json-for-stream"),
    ("a stream where JSON was asked for", "create", "stream-for-json"),
    ("a stream that claims to be text", "stream", "content-type=text"),
    ("a stream without a content type", "stream", "content-type=none"),
    ("JSON that claims to be text", "create", "content-type=text"),
    ("a stream that claims to be JSON", "stream", "content-type=json"),
];

async fn otherwise(stage: Arc<Stage>, call: &str, faults: &str) -> Outcome {
    let gateway = stage.gateway("otherwise", faults);
    let page = stage.package_page().await?;
    let params = json!({ "say": format!("repeat after me: {TEXT}") });
    let asked = json!({ "settings": settings(&gateway), "call": call, "params": params });
    let result = page.run("ask", asked).await?;
    let message = if call == "create" { "/value" } else { "/message" };
    ensure_eq!("text", result.text(&format!("{message}/content/0/text"))?, TEXT);
    ensure_eq!("stop", result.text(&format!("{message}/stop_reason"))?, "end_turn");
    match call {
        "stream" => ensure_eq!("text in deltas", result.text("/heard/text")?, TEXT),
        "iterate" => {
            let events = result.list("/events")?;
            let text: String =
                events.iter().filter_map(|event| event.at("/delta/text").as_str()).collect();
            ensure_eq!("text of the events", text, TEXT);
        }
        _ => {}
    }
    Ok(())
}

async fn unknown_kept(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("unknown kept", "unknown-events,unknown-blocks");
    let page = stage.package_page().await?;
    let params = json!({ "say": format!("repeat after me: {TEXT}") });
    let asked = json!({ "settings": settings(&gateway), "call": "iterate", "params": params });
    let result = page.run("ask", asked).await?;
    let known = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
        "error",
    ];
    let events = result.list("/events")?;
    let unknown: Vec<_> = events
        .iter()
        .filter(|event| !event.at("/type").as_str().is_some_and(|name| known.contains(&name)))
        .collect();
    ensure!(!unknown.is_empty(), "no unknown event reached the iterator");
    let blocks = result.list("/message/content")?;
    let strange = blocks.iter().find(|block| block.at("/type") == "search_annotations");
    ensure!(
        strange.is_some_and(|block| block.as_object().is_some_and(|all| all.len() > 1)),
        "{blocks:?}"
    );
    ensure!(blocks.iter().any(|block| block.at("/text") == TEXT), "{blocks:?}");
    Ok(())
}

async fn bad_utf8(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("bad utf8", "bad-utf8");
    let page = stage.package_page().await?;
    let asked =
        json!({ "base": gateway.url, "token": gateway.token, "params": { "say": "count to 30" } });
    let result = page.run("decode", asked).await?;
    let replaced = result.number("/metrics/replacementCharacters")?;
    let shown = result.text("/text")?.matches('\u{FFFD}').count();
    ensure!(replaced > 0 && shown > 0, "replaced {replaced}, shown {shown}");
    result.is_true("/same")?;
    ensure!(result.at("/error").is_null(), "{}", result.at("/error"));
    // The gateway puts them elsewhere each time.
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "count to 30" } });
    let result = page.run("ask", asked).await?;
    let text = result.text("/finalText")?;
    ensure!(text.contains('\u{FFFD}'), "{text:?}");
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '\n').collect();
    let expected: Vec<String> = (1..=30).map(|number| number.to_string()).collect();
    ensure_eq!("what is readable", digits, expected.join("\n"));
    Ok(())
}

async fn no_final_blank(stage: Arc<Stage>) -> Outcome {
    for faults in ["no-final-blank", "no-final-blank=bare"] {
        let gateway = stage.gateway("no final blank", faults);
        let page = stage.package_page().await?;
        let params = json!({ "say": format!("repeat after me: {TEXT}") });
        let result =
            page.run("ask", json!({ "settings": settings(&gateway), "params": params })).await?;
        ensure_eq!(faults, result.text("/finalText")?, TEXT);
        // The decoder of the HTML standard drops that event.
        let asked = json!({ "base": gateway.url, "token": gateway.token, "params": params });
        let decoded = page.run("decode", asked).await?;
        ensure_eq!(faults, decoded.text("/message/content/0/text")?, TEXT);
        ensure!(
            decoded.text("/lastFrame/event")? != "message_stop",
            "{}",
            decoded.at("/lastFrame")
        );
    }
    Ok(())
}
