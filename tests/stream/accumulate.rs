//! The message that events add up to: the oracle that the JavaScript
//! accumulation is held against. Written over value trees, by the API's rules,
//! and total: no event stops it.

use serde_json::{Map, Value};

/// Ends at which the model was cut off: unfinished tool input is no fault then.
const CUT_OFF: [&str; 4] = ["max_tokens", "model_context_window_exceeded", "refusal", "pause_turn"];

/// Blocks whose input arrives in pieces, whether or not they begin with one.
const TOOL_USES: [&str; 3] = ["tool_use", "server_tool_use", "mcp_tool_use"];

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Accumulation {
    pub(crate) message: Option<Value>,
    pub(crate) text: String,
    /// A second message began, or a tool's input isn't JSON, or there is no message.
    pub(crate) contradiction: bool,
}

/// Where a block is in the message, by the index that the stream gives it.
struct Place {
    index: Option<Value>,
    at: usize,
    input: String,
}

/// What is being put together.
#[derive(Default)]
struct Draft {
    message: Map<String, Value>,
    content: Vec<Value>,
    places: Vec<Place>,
    text: String,
}

pub(crate) fn accumulate(events: &[Value]) -> Accumulation {
    let mut draft: Option<Draft> = None;
    for event in events {
        let kind = text_of(event, "type");
        if kind == "message_start" {
            if draft.is_some() {
                return finish(draft, true);
            }
            draft = event["message"].as_object().map(start);
        }
        let Some(draft) = draft.as_mut() else { continue };
        match kind {
            "content_block_start" => draft.start_block(event),
            "content_block_delta" => draft.add(event),
            "content_block_stop" => draft.stop_block(event),
            "message_delta" => draft.update(event),
            _ => {}
        }
    }
    finish(draft, false)
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn start(message: &Map<String, Value>) -> Draft {
    let mut draft = Draft { message: message.clone(), ..Draft::default() };
    if let Some(Value::Array(content)) = draft.message.insert("content".into(), Value::Null) {
        for (at, block) in content.into_iter().enumerate() {
            draft.push(Some(Value::from(at)), block);
        }
    }
    draft
}

fn finish(draft: Option<Draft>, mut contradiction: bool) -> Accumulation {
    let Some(mut draft) = draft else {
        return Accumulation { contradiction: true, ..Accumulation::default() };
    };
    let cut_off = draft.message.get("stop_reason").and_then(Value::as_str);
    let cut_off = cut_off.is_some_and(|reason| CUT_OFF.contains(&reason));
    for Place { at, input, .. } in draft.places.iter().filter(|place| !place.input.is_empty()) {
        let view = taskpane_connector::json::partial::view(input);
        let value = serde_json::from_str(input).unwrap_or_else(|_| {
            contradiction |= !(cut_off && view.is_ok());
            match view {
                Ok(view) => serde_json::from_str(&view.unwrap_or("{}".into())).unwrap_or_default(),
                Err(_) => Value::from(input.as_str()),
            }
        });
        draft.content[*at]["input"] = value;
    }
    draft.message.insert("content".into(), draft.content.into());
    Accumulation { message: Some(draft.message.into()), text: draft.text, contradiction }
}

/// Whether the stream means the same block: numbers by their value, the rest as it is.
fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => left.as_f64() == right.as_f64(),
        (Some(Value::Array(_) | Value::Object(_)), _) => false,
        _ => left == right,
    }
}

impl Draft {
    fn push(&mut self, index: Option<Value>, block: Value) {
        if block.is_object() {
            self.places.push(Place { index, at: self.content.len(), input: String::new() });
        }
        self.content.push(block);
    }

    fn start_block(&mut self, event: &Value) {
        let block = &event["content_block"];
        if !block.is_object() {
            return;
        }
        self.push(event.get("index").cloned(), block.clone());
        if block["type"] == "fallback"
            && let Some(model) = block["to"]["model"].as_str()
        {
            self.message.insert("model".into(), model.into());
        }
    }

    fn place(&mut self, event: &Value) -> Option<(&mut Place, &mut Map<String, Value>)> {
        let is_meant = |place: &&mut Place| same(place.index.as_ref(), event.get("index"));
        let place = self.places.iter_mut().rev().find(is_meant)?;
        let block = self.content[place.at].as_object_mut().expect("only objects have a place");
        Some((place, block))
    }

    fn add(&mut self, event: &Value) {
        let delta = &event["delta"];
        let Some((place, block)) = self.place(event) else { return };
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        match text_of(delta, "type") {
            "text_delta" => {
                let added = append(block, &kind, "text", delta);
                self.text.push_str(if added { text_of(delta, "text") } else { "" });
            }
            "thinking_delta" => {
                append(block, &kind, "thinking", delta);
            }
            "signature_delta" if kind == "thinking" || block.contains_key("signature") => {
                set(block, "signature", delta.get("signature"));
            }
            "input_json_delta"
                if TOOL_USES.contains(&kind.as_str()) || block.contains_key("input") =>
            {
                place.input.push_str(text_of(delta, "partial_json"));
            }
            "citations_delta" if kind == "text" || block.contains_key("citations") => {
                let citations = block.get("citations").and_then(Value::as_array);
                let mut citations = citations.cloned().unwrap_or_default();
                citations.push(delta["citation"].clone());
                block.insert("citations".into(), citations.into());
            }
            "compaction_delta" if kind == "compaction" => {
                set(block, "content", delta.get("content"));
                if let Some(encrypted) = delta.get("encrypted_content") {
                    block.insert("encrypted_content".into(), encrypted.clone());
                }
            }
            _ => {}
        }
    }

    fn stop_block(&mut self, event: &Value) {
        let Some((_, block)) = self.place(event) else { return };
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        if TOOL_USES.contains(&kind) && !block.contains_key("input") {
            block.insert("input".into(), Value::Object(Map::new()));
        }
    }

    fn update(&mut self, event: &Value) {
        for (name, value) in event["delta"].as_object().into_iter().flatten() {
            // Why and where the model stopped may be nothing; all else that is null says nothing.
            let stop = ["stop_reason", "stop_sequence", "stop_details"].contains(&name.as_str());
            if stop || !value.is_null() && name != "type" {
                self.message.insert(name.clone(), value.clone());
            }
        }
        if let Some(counts) = event["usage"].as_object() {
            let usage = self.message.entry("usage").or_insert(Value::Null);
            if !usage.is_object() {
                *usage = Value::Object(Map::new());
            }
            for (name, value) in counts.iter().filter(|(_, value)| !value.is_null()) {
                usage[name] = value.clone();
            }
        }
        for (name, value) in event.as_object().into_iter().flatten() {
            if !["type", "delta", "usage"].contains(&name.as_str()) && !value.is_null() {
                self.message.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Adds a delta's text to a block's member, if it is a text. Whether it was added.
fn append(block: &mut Map<String, Value>, kind: &str, name: &str, delta: &Value) -> bool {
    let Some(more) = delta[name].as_str() else { return false };
    if kind != name && !block.get(name).is_some_and(Value::is_string) {
        return false;
    }
    let before = block.get(name).and_then(Value::as_str).unwrap_or_default();
    let whole = before.to_owned() + more;
    block.insert(name.into(), whole.into());
    true
}

/// Assigns; a value that isn't there takes the member away.
fn set(block: &mut Map<String, Value>, name: &str, value: Option<&Value>) {
    match value {
        Some(value) => block.insert(name.into(), value.clone()),
        None => block.remove(name),
    };
}
