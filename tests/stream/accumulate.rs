//! The message that events add up to: the oracle that the JavaScript
//! accumulation is held against. Written over value trees, by the API's rules.

use serde_json::{Map, Value};

#[derive(Debug, Default)]
pub(crate) struct Accumulation {
    pub(crate) message: Option<Value>,
    pub(crate) text: String,
    /// A second message began, or a tool's input isn't JSON, or there is no message.
    pub(crate) contradiction: bool,
}

/// Where a block is in the message, by the index that the stream gives it.
struct Place {
    index: Value,
    at: usize,
    input: String,
}

pub(crate) fn accumulate(events: &[Value]) -> Accumulation {
    let mut result = Accumulation::default();
    let mut places: Vec<Place> = Vec::new();
    for event in events {
        let kind = event["type"].as_str().unwrap_or_default();
        if kind == "message_start" {
            if result.message.is_some() {
                result.contradiction = true;
                return result;
            }
            result.message = event["message"].is_object().then(|| event["message"].clone());
        }
        let Some(message) = result.message.as_mut() else { continue };
        match kind {
            "content_block_start" if event["content_block"].is_object() => {
                let block = event["content_block"].clone();
                if block["type"] == "fallback" {
                    message["model"] = block["to"]["model"].clone();
                }
                let content = message["content"].as_array_mut().unwrap();
                let place = Place {
                    index: event["index"].clone(),
                    at: content.len(),
                    input: String::new(),
                };
                places.push(place);
                content.push(block);
            }
            "content_block_delta" => {
                let same =
                    |index: &Value| index.is_number() && event["index"].as_f64() == index.as_f64();
                let Some(place) = places.iter_mut().rev().find(|place| same(&place.index)) else {
                    continue;
                };
                let block = &mut message["content"][place.at];
                add(block, &event["delta"], &mut place.input, &mut result.text);
            }
            "message_delta" => update(message, event.as_object().unwrap()),
            _ => {}
        }
    }
    let Some(message) = result.message.as_mut() else {
        result.contradiction = true;
        return result;
    };
    for place in places.iter().filter(|place| !place.input.is_empty()) {
        let parsed = serde_json::from_str(&place.input);
        result.contradiction |= parsed.is_err() && message["stop_reason"] != "max_tokens";
        let certain = || match taskpane_connector::json::partial::view(&place.input) {
            Ok(view) => serde_json::from_str(&view.unwrap_or("{}".into())).unwrap(),
            Err(_) => Value::from(place.input.as_str()),
        };
        message["content"][place.at]["input"] = parsed.unwrap_or_else(|_| certain());
    }
    result
}

fn add(block: &mut Value, delta: &Value, input: &mut String, text: &mut String) {
    let kind = block["type"].as_str().unwrap_or_default().to_owned();
    let appended = |block: &Value, name: &str| {
        let more = delta[name].as_str()?;
        Some(Value::from(block[name].as_str().unwrap_or_default().to_owned() + more))
    };
    match delta["type"].as_str().unwrap_or_default() {
        "text_delta" if kind == "text" => {
            if let Some(whole) = appended(block, "text") {
                block["text"] = whole;
                text.push_str(delta["text"].as_str().unwrap());
            }
        }
        "thinking_delta" if kind == "thinking" => {
            block["thinking"] = appended(block, "thinking").unwrap();
        }
        "signature_delta" if kind == "thinking" => block["signature"] = delta["signature"].clone(),
        "input_json_delta" if block.get("input").is_some() => {
            input.push_str(delta["partial_json"].as_str().unwrap());
        }
        "citations_delta" => {
            let mut citations = block["citations"].as_array().cloned().unwrap_or_default();
            citations.push(delta["citation"].clone());
            block["citations"] = citations.into();
        }
        "compaction_delta" => {
            for name in ["content", "encrypted_content"] {
                if let Some(value) = delta.get(name) {
                    block[name] = value.clone();
                }
            }
        }
        _ => {}
    }
}

fn update(message: &mut Value, event: &Map<String, Value>) {
    for (name, value) in event["delta"].as_object().unwrap() {
        if name.starts_with("stop_") || !value.is_null() {
            message[name] = value.clone();
        }
    }
    for (name, value) in event["usage"].as_object().unwrap() {
        if !value.is_null() {
            message["usage"][name] = value.clone();
        }
    }
    for (name, value) in event {
        if !["type", "delta", "usage"].contains(&name.as_str()) && !value.is_null() {
            message[name] = value.clone();
        }
    }
}
