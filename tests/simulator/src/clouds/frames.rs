//! Events in the frames of `application/vnd.amazon.eventstream`, written by
//! AWS's own encoder.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::gateway::random::Variation;

/// The letters that pad a chunk, in the order in which Bedrock has them.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What Bedrock measures, put into an answer's last event.
fn metrics(input: &Value, output: &Value) -> Value {
    json!({
        "inputTokenCount": input,
        "outputTokenCount": output,
        "invocationLatency": 1_234,
        "firstByteLatency": 321,
    })
}

/// Writes one answer's frames.
#[derive(Debug)]
pub(crate) struct Frames {
    variation: Variation,
    input_tokens: Value,
    output_tokens: Value,
}

impl Frames {
    pub(crate) fn new() -> Self {
        Self {
            variation: Variation::of("frames"),
            input_tokens: Value::Null,
            output_tokens: Value::Null,
        }
    }

    /// A chunk with one event. `cut` leaves the end of its JSON away.
    pub(crate) fn chunk(&mut self, data: &Value, cut: bool) -> Bytes {
        let mut data = data.clone();
        match data.get("type").and_then(Value::as_str) {
            Some("message_start") => {
                self.input_tokens = tokens(&data, "/message/usage/input_tokens");
            }
            Some("message_delta") => self.output_tokens = tokens(&data, "/usage/output_tokens"),
            Some("message_stop") => {
                let measured = metrics(&self.input_tokens, &self.output_tokens);
                if let Some(object) = data.as_object_mut() {
                    object.insert("amazon-bedrock-invocationMetrics".to_owned(), measured);
                }
            }
            _ => {}
        }
        let mut text = data.to_string();
        if cut {
            text.pop();
        }
        let length = self.variation.below(PADDING.len()).saturating_add(1);
        let payload = json!({
            "bytes": STANDARD.encode(text),
            "p": PADDING.get(..length).unwrap_or_default(),
        });
        frame(
            &[
                (":event-type", "chunk"),
                (":content-type", "application/json"),
                (":message-type", "event"),
            ],
            &payload,
        )
    }

    /// An exception by its name, or an error of the model's inside a chunk.
    pub(crate) fn error(&mut self, kind: &str, model_error: &Value) -> Bytes {
        if !kind.ends_with("Exception") {
            return self.chunk(model_error, false);
        }
        let message = match kind {
            "throttlingException" => "Too many requests, please wait before trying again.",
            "modelStreamErrorException" => {
                "The system encountered an unexpected error during processing. Try your request again."
            }
            "modelTimeoutException" => {
                "Model has timed out in processing the request. Try your request again."
            }
            "serviceUnavailableException" => "Bedrock is unable to process your request.",
            "validationException" => {
                "The model returned the following errors: messages: at least one message is required"
            }
            _ => {
                "The system encountered an unexpected error during processing. Try your request again."
            }
        };
        let mut payload = json!({ "message": message });
        if kind == "modelStreamErrorException" {
            payload = json!({ "message": message, "originalStatusCode": 529, "originalMessage": "Overloaded" });
        }
        frame(
            &[
                (":exception-type", kind),
                (":content-type", "application/json"),
                (":message-type", "exception"),
            ],
            &payload,
        )
    }
}

/// The same frame with a byte of its payload changed on the way.
pub(crate) fn damaged(frame: &Bytes) -> Bytes {
    let mut bytes = frame.to_vec();
    // The last four are the checksum.
    let place = bytes.len().saturating_sub(8);
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 0x20;
    }
    Bytes::from(bytes)
}

fn tokens(data: &Value, place: &str) -> Value {
    data.pointer(place).cloned().unwrap_or(Value::Null)
}

fn frame(headers: &[(&'static str, &str)], payload: &Value) -> Bytes {
    let mut message = Message::new(payload.to_string());
    for (name, value) in headers {
        let value = HeaderValue::String((*value).to_owned().into());
        message = message.add_header(Header::new(*name, value));
    }
    let mut bytes = Vec::new();
    // Headers and payload are far below the format's limits.
    match write_message_to(&message, &mut bytes) {
        Ok(()) => Bytes::from(bytes),
        Err(_) => Bytes::new(),
    }
}
