//! The Messages API: answers, limits, usage, validation and who may come in.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{MODEL, Trial, ask, deltas, parse, read, text};

/// Every text that chooses an answer.
const PROMPTS: &[&str] = &[
    "Hello",
    "Explain what this formula does",
    "Give me a table of regions",
    "Which formula do I need?",
    "Write VBA code",
    "Derive the equation",
    "Summarise this",
    "Write an email",
    "write a long report",
    "show me html",
    "Wie geht das? Bitte erkläre es",
    "answer in Japanese",
    "日本語でお願いします",
    "请用中文",
    "مرحبا",
    "שלום",
    "नमस्ते",
    "bonjour, comment faire une somme",
    "send emoji",
    "in several languages please",
    "repeat after me: 😀 \u{2028} exactly\n\nthis ",
    "count to 12",
    "Something quite different",
];

#[tokio::test]
async fn a_stream_carries_the_same_answer_as_json() {
    let trial = Trial::start().await;
    for prompt in PROMPTS {
        let events = trial.events("", prompt).await;
        let message = trial.json("", prompt).await.value();
        assert_eq!(message["content"][0]["text"], text(&events), "{prompt}");

        let delta = events.iter().find(|event| event.name == "message_delta").unwrap();
        assert_eq!(delta.data["delta"]["stop_reason"], message["stop_reason"], "{prompt}");
        assert_eq!(delta.data["usage"], message["usage"], "{prompt}");
        assert_eq!(
            events[0].data["message"]["usage"]["input_tokens"], message["usage"]["input_tokens"],
            "{prompt}"
        );
    }
}

#[tokio::test]
async fn answers_differ_from_prompt_to_prompt_and_not_from_call_to_call() {
    let trial = Trial::start().await;
    let mut seen = std::collections::HashSet::new();
    for prompt in PROMPTS {
        let first = trial.json("", prompt).await;
        let second = trial.json("", prompt).await;
        assert_eq!(first.message_text(), second.message_text(), "{prompt}");
        assert_ne!(first.value()["id"], second.value()["id"], "{prompt}");
        seen.insert(first.message_text());
    }
    // "answer in Japanese" and a Japanese prompt may choose the same of two texts.
    assert!(seen.len() >= PROMPTS.len() - 1, "{} of {}", seen.len(), PROMPTS.len());
}

#[tokio::test]
async fn a_stream_is_well_formed() {
    let trial = Trial::start().await;
    let body = json!({
        "model": MODEL,
        "max_tokens": 4000,
        "stream": true,
        "thinking": { "type": "enabled", "budget_tokens": 1024 },
        "tools": [read_range()],
        "messages": [{ "role": "user", "content": "Read the range B2:C9" }],
    });
    let events = parse(&read(trial.post("", &body).send().await.unwrap()).await.body).await;
    for event in &events {
        assert_eq!(event.data["type"], event.name);
    }
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names.first(), Some(&"message_start"));
    assert_eq!(names.last(), Some(&"message_stop"));
    assert!(names.contains(&"ping"));
    assert_eq!(names.iter().filter(|name| **name == "message_delta").count(), 1);

    let starts: Vec<&Value> =
        events.iter().filter(|e| e.name == "content_block_start").map(|e| &e.data).collect();
    let kinds: Vec<&str> =
        starts.iter().map(|data| data["content_block"]["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    let mut open = None;
    for event in &events {
        match event.name.as_str() {
            "content_block_start" => {
                assert_eq!(open, None);
                open = Some(event.data["index"].clone());
            }
            "content_block_delta" => assert_eq!(open.as_ref(), Some(&event.data["index"])),
            "content_block_stop" => assert_eq!(open.take().as_ref(), Some(&event.data["index"])),
            _ => {}
        }
    }
    assert!(!deltas(&events, "thinking_delta", "thinking").is_empty());
    assert!(deltas(&events, "signature_delta", "signature").len() > 100);
    let input: Value =
        serde_json::from_str(&deltas(&events, "input_json_delta", "partial_json")).unwrap();
    assert_eq!(input, json!({ "range": "B2:C9" }));
    assert!(events.iter().any(|event| event.data["delta"]["stop_reason"] == "tool_use"));
}

#[tokio::test]
async fn limits_end_an_answer() {
    let trial = Trial::start().await;
    for (limits, stop_reason, stop_sequence, end) in [
        (json!({ "max_tokens": 5 }), "max_tokens", Value::Null, "1\n2\n3"),
        (json!({ "stop_sequences": ["7", "4\n"] }), "stop_sequence", json!("4\n"), "1\n2\n3\n"),
        (json!({ "stop_sequences": ["absent"] }), "end_turn", Value::Null, "8\n9"),
    ] {
        let mut body = ask("count to 9", false);
        body.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
        let message = read(trial.post("", &body).send().await.unwrap()).await;
        assert_eq!(message.value()["stop_reason"], stop_reason, "{limits}");
        assert_eq!(message.value()["stop_sequence"], stop_sequence, "{limits}");
        assert!(message.message_text().ends_with(end), "{limits}: {}", message.message_text());
        if stop_reason == "max_tokens" {
            assert_eq!(message.value()["usage"]["output_tokens"], 5);
        }
    }
}

#[tokio::test]
async fn a_long_report_is_long() {
    let trial = Trial::start().await;
    let message = trial.json("", "Please write a long report").await.value();
    assert!(message["usage"]["output_tokens"].as_u64().unwrap() > 4000, "{}", message["usage"]);
}

#[tokio::test]
async fn counting_agrees_with_usage() {
    let trial = Trial::start().await;
    let mut body = ask("Hello", false);
    let object = body.as_object_mut().unwrap();
    object.insert("system".to_owned(), json!([{ "type": "text", "text": "Be short." }]));
    object.insert("tools".to_owned(), json!([read_range()]));
    let usage =
        read(trial.post("", &body).send().await.unwrap()).await.value()["usage"]["input_tokens"]
            .clone();
    let object = body.as_object_mut().unwrap();
    object.remove("max_tokens");
    object.remove("stream");
    let count =
        trial.gateway(Method::POST, "", "/team/v1/messages/count_tokens").body(body.to_string());
    assert_eq!(read(count.send().await.unwrap()).await.value(), json!({ "input_tokens": usage }));
}

#[tokio::test]
async fn a_conversation_is_remembered() {
    let trial = Trial::start().await;
    let turns = json!([
        { "role": "user", "content": "Compare the regions" },
        { "role": "assistant", "content": "Here." },
        { "role": "user", "content": [{ "type": "text", "text": "What did I ask?" }] },
    ]);
    let body = json!({ "model": MODEL, "max_tokens": 500, "messages": turns });
    let answer = read(trial.post("", &body).send().await.unwrap()).await.message_text();
    assert!(answer.contains("Compare the regions"), "{answer}");
}

#[tokio::test]
async fn tools_are_called_when_they_fit() {
    let trial = Trial::start().await;
    for (prompt, choice, called) in [
        ("Read the range A1:B2", json!({ "type": "auto" }), true),
        ("Hello", json!({ "type": "auto" }), false),
        ("Hello", json!({ "type": "any" }), true),
        ("Hello", json!({ "type": "tool", "name": "read_range" }), true),
        ("Read the range A1:B2", json!({ "type": "none" }), false),
    ] {
        let mut body = ask(prompt, false);
        let object = body.as_object_mut().unwrap();
        object.insert("tools".to_owned(), json!([read_range()]));
        object.insert("tool_choice".to_owned(), choice.clone());
        let message = read(trial.post("", &body).send().await.unwrap()).await.value();
        let last = message["content"].as_array().unwrap().last().unwrap();
        assert_eq!(last["type"] == "tool_use", called, "{prompt} {choice}: {message}");
    }
}

#[tokio::test]
async fn a_tools_result_is_answered() {
    let trial = Trial::start().await;
    for (failed, expected) in [(false, "Total: 4,662"), (true, "reported a problem")] {
        let body = json!({
            "model": MODEL,
            "max_tokens": 500,
            "tools": [read_range()],
            "messages": [
                { "role": "user", "content": "Read the range A1:B2" },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "toolu_1", "name": "read_range", "input": {} }] },
                { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "toolu_1", "content": "Total: 4,662", "is_error": failed }] },
            ],
        });
        let answer = read(trial.post("", &body).send().await.unwrap()).await;
        assert!(answer.message_text().contains(expected), "{}", answer.text());
    }
}

#[tokio::test]
async fn hostile_markup_links_to_the_gateway_only() {
    let trial = Trial::start().await;
    let answer = trial.json("", "Show me HTML").await.message_text();
    for part in
        ["<script>", "onerror=", "javascript:", "<iframe", "![quarterly chart](", "/beacon/"]
    {
        assert!(answer.contains(part), "{part}");
    }
    assert!(answer.contains(trial.organisation.gateway_url()));
}

#[tokio::test]
async fn wrong_requests_are_refused_by_name() {
    let trial = Trial::start().await;
    let user = || json!([{ "role": "user", "content": "Hello" }]);
    for (body, status, message) in [
        (json!({ "messages": user(), "max_tokens": 9 }), 400, "model: Field required"),
        (json!({ "model": MODEL, "messages": user() }), 400, "max_tokens: Field required"),
        (json!({ "model": MODEL, "max_tokens": 9 }), 400, "messages: Field required"),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": [] }),
            400,
            "messages: at least one message",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 0, "messages": user() }),
            400,
            "max_tokens: Input should be greater",
        ),
        (
            json!({ "model": MODEL, "max_tokens": -1, "messages": user() }),
            400,
            "max_tokens: Input should be greater",
        ),
        (
            json!({ "model": MODEL, "max_tokens": "9", "messages": user() }),
            400,
            "max_tokens: Input should be a valid integer",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 999_999, "messages": user() }),
            400,
            "max_tokens: 999999 >",
        ),
        (
            json!({ "model": "claude-nope", "max_tokens": 9, "messages": user() }),
            404,
            "model: claude-nope",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": user(), "colour": 1 }),
            400,
            "colour: Extra inputs",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": user(), "temperature": 2 }),
            400,
            "temperature: range",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": [{ "role": "system", "content": "x" }] }),
            400,
            "Unexpected role",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": [{ "role": "user", "content": "" }] }),
            400,
            "messages.0: all messages must have non-empty",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": [{ "role": "user", "content": [{ "type": "text" }] }] }),
            400,
            "messages.0.content.0.text: Field required",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": [{ "role": "assistant", "content": "x" }] }),
            400,
            "first message must use the \"user\" role",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": [{ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t" }] }] }),
            400,
            "unexpected `tool_use_id`",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": user(), "tools": [{ "name": "a b", "input_schema": { "type": "object" } }] }),
            400,
            "tools.0.custom.name",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": user(), "tools": [{ "name": "a" }] }),
            400,
            "tools.0.custom.input_schema: Field required",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 9, "messages": user(), "tool_choice": { "type": "any" } }),
            400,
            "tool_choice may only be specified",
        ),
        (
            json!({ "model": MODEL, "max_tokens": 2000, "messages": user(), "thinking": { "type": "enabled", "budget_tokens": 2000 } }),
            400,
            "greater than `thinking.budget_tokens`",
        ),
        (json!([1]), 400, "valid dictionary"),
    ] {
        let answer = read(trial.post("", &body).send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
        let value = answer.value();
        assert_eq!(value["type"], "error", "{body}");
        let kind = if status == 404 { "not_found_error" } else { "invalid_request_error" };
        assert_eq!(value["error"]["type"], kind, "{body}");
        assert!(value["error"]["message"].as_str().unwrap().contains(message), "{body}: {value}");
        assert_eq!(value["request_id"], answer.header("request-id").unwrap());
    }
}

#[tokio::test]
async fn wrong_headers_methods_and_paths_are_refused() {
    let trial = Trial::start().await;
    let body = ask("Hello", false).to_string();
    let url = |path: &str| format!("{}{path}", trial.organisation.gateway_url());
    let key = trial.organisation.token();
    for (method, path, headers, status, part) in [
        (
            Method::POST,
            "/v1/messages",
            vec![("content-type", "application/json")],
            400,
            "anthropic-version: header is required",
        ),
        (
            Method::POST,
            "/v1/messages",
            vec![("anthropic-version", "1"), ("content-type", "application/json")],
            400,
            "not a valid version",
        ),
        (
            Method::POST,
            "/v1/messages",
            vec![("anthropic-version", "2023-06-01"), ("content-type", "text/plain")],
            400,
            "content-type",
        ),
        (Method::GET, "/v1/messages", vec![], 405, "Method Not Allowed"),
        (Method::POST, "/v1/models", vec![], 405, "Method Not Allowed"),
        (Method::POST, "/v1/v1/messages", vec![], 404, "Not Found"),
        (Method::POST, "/v1/messages/", vec![], 404, "Not Found"),
        (Method::GET, "/", vec![], 404, "Not Found"),
        (Method::GET, "/v1/models/claude-nope", vec![], 404, "model: claude-nope"),
        (Method::GET, "/v1/models/claude-opus-4-8", vec![], 200, "Claude Opus 4.8"),
    ] {
        let mut request = trial
            .client
            .request(method.clone(), url(path))
            .header("x-api-key", key)
            .body(body.clone());
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert!(answer.text().contains(part), "{method} {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn only_the_token_comes_in() {
    let trial = Trial::start().await;
    let token = trial.organisation.token().to_owned();
    let bearer = format!("Bearer {token}");
    for (faults, headers, status, part) in [
        ("", vec![("x-api-key", token.as_str())], 200, ""),
        ("", vec![("authorization", bearer.as_str())], 200, ""),
        ("", vec![], 401, "x-api-key header is required"),
        ("", vec![("x-api-key", "wrong")], 401, "invalid x-api-key"),
        ("", vec![("authorization", "Bearer wrong")], 401, "Invalid bearer token"),
        ("", vec![("authorization", token.as_str())], 401, "required"),
        ("", vec![("x-api-key", "sim-forbidden-key")], 403, "permission"),
        (
            "auth=bearer",
            vec![("x-api-key", token.as_str())],
            401,
            "Ensure Key has `Bearer ` prefix",
        ),
        ("auth=bearer", vec![("authorization", bearer.as_str())], 200, ""),
        ("auth=x-api-key", vec![("authorization", bearer.as_str())], 401, "required"),
        ("auth=x-api-key", vec![("x-api-key", token.as_str())], 200, ""),
        ("auth=none", vec![], 200, ""),
    ] {
        let base = match faults {
            "" => trial.organisation.gateway_url().to_owned(),
            faults => trial.organisation.gateway_url_with(faults),
        };
        let mut request = trial.client.get(format!("{base}/v1/models"));
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{faults} {headers:?}");
        assert!(answer.text().contains(part), "{faults} {headers:?}: {}", answer.text());
    }
}

fn read_range() -> Value {
    json!({
        "name": "read_range",
        "description": "Reads the values of a range of the worksheet.",
        "input_schema": {
            "type": "object",
            "properties": { "range": { "type": "string" }, "limit": { "type": "integer" } },
            "required": ["range"],
        },
    })
}
