//! The Messages API's events in a stream: the same in any pieces, and what
//! serde_json makes of each event.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use taskpane_connector::json::DEFAULT_MAX_DEPTH;
use taskpane_connector::stream::{Limits, SegmentKind};

use super::accumulate::accumulate;
use super::answer::merged;
use super::feeding::decode;
use super::pieces::{Choices, cuts};
use super::reference::{self, Dispatched};
use super::shape::depth;

const EVENTS: [&str; 7] = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
];
const DELTAS: [&str; 6] = [
    "text_delta",
    "input_json_delta",
    "citations_delta",
    "thinking_delta",
    "signature_delta",
    "compaction_delta",
];

pub(crate) fn check(stream: &[u8]) {
    let whole = decode(&[stream], Limits::default(), false);
    let together = merged(&whole.segments);
    let mut choices = Choices::of(stream);
    let limits = Limits {
        event_bytes: 40 + choices.below(400),
        line_bytes: 20 + choices.below(400),
        ..Limits::default()
    };
    let limited = decode(&[stream], limits, false);
    for (at, pieces) in cuts(stream).into_iter().enumerate() {
        assert_eq!(decode(&pieces, Limits::default(), false), whole, "in {pieces:?}");
        let within = decode(&pieces, limits, false);
        assert_eq!(within.segments, limited.segments, "{limits:?} in {pieces:?}");
        assert_eq!(within.failure, limited.failure, "{limits:?} in {pieces:?}");
        if at % 2 == 0 {
            continue;
        }
        let merging = decode(&pieces, Limits::default(), true);
        assert_eq!(merged(&merging.segments), together, "merging in {pieces:?}");
        assert_eq!((&merging.failure, merging.metrics), (&whole.failure, whole.metrics));
    }

    let expected = expect(stream);
    let failure = whole.failure.as_ref().map(|failure| failure.message.as_str());
    if expected.end == End::Unknown {
        assert!(whole.segments.len() >= expected.events.len());
    } else {
        assert_eq!(whole.segments.len(), expected.events.len(), "{failure:?}");
        assert_eq!(whole.metrics.unknown_events, expected.unknown);
        match expected.end {
            End::Unknown => {}
            End::Stopped => assert_eq!(failure, None),
            End::Truncated => assert!(failure.unwrap().starts_with("the stream ended")),
            End::Corrupt => assert!(failure.unwrap().contains("isn't valid JSON")),
            End::Reported => assert!(failure.unwrap().starts_with("the server reported")),
        }
    }
    let mut found = Vec::new();
    for ((kind, index, text), (data, value)) in whole.segments.iter().zip(&expected.events) {
        let event = match kind {
            SegmentKind::Json => {
                assert_eq!(text, data.trim_matches([' ', '\t', '\n', '\r']));
                value.clone()
            }
            SegmentKind::Text => delta(*index, "text_delta", "text", text),
            SegmentKind::Thinking => delta(*index, "thinking_delta", "thinking", text),
            SegmentKind::InputJson => delta(*index, "input_json_delta", "partial_json", text),
            SegmentKind::Signature => delta(*index, "signature_delta", "signature", text),
            other => panic!("{other:?} from a message decoder"),
        };
        assert_eq!(event, *value);
        found.push(event);
    }
    let expected: Vec<Value> = expected.events.into_iter().map(|(_, value)| value).collect();
    assert_eq!(accumulate(&found), accumulate(&expected));
}

fn delta(index: u32, kind: &str, name: &str, text: &str) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, name: text}})
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Stopped,
    Truncated,
    Corrupt,
    Reported,
    /// Valid JSON that serde_json can't hold: half a surrogate pair, a number
    /// past the doubles. From here on only the pieces are compared.
    Unknown,
}

struct Expected {
    /// The events' data and its value.
    events: Vec<(String, Value)>,
    unknown: u64,
    end: End,
}

/// Reads the stream's events with serde_json.
fn expect(stream: &[u8]) -> Expected {
    let reading = reference::read(stream);
    let mut expected = Expected { events: Vec::new(), unknown: 0, end: End::Truncated };
    for Dispatched { name, data, .. } in reading.events {
        if let Some(end @ (End::Corrupt | End::Reported | End::Unknown)) =
            read(&name, data, &mut expected)
        {
            expected.end = end;
            return expected;
        }
    }
    // The end of the stream cut off the blank line and perhaps more.
    if let Some(Dispatched { name, data, .. }) = reading.unfinished
        && let Some(end @ (End::Reported | End::Unknown)) = read(&name, data, &mut expected)
    {
        expected.end = end;
    }
    expected
}

/// Reads an event. What ends the stream with it, if it does.
fn read(name: &str, data: String, expected: &mut Expected) -> Option<End> {
    let trimmed = data.trim_matches([' ', '\t', '\n', '\r']);
    if name != "error" && (trimmed.is_empty() || trimmed == "[DONE]") {
        return None;
    }
    let is_json = serde_json::from_str::<&RawValue>(&data).is_ok();
    if !is_json || depth(&data) > DEFAULT_MAX_DEPTH {
        return match name {
            "error" => Some(End::Reported),
            "ping" => None,
            _ => Some(End::Corrupt),
        };
    }
    if name == "error" {
        return Some(End::Reported);
    }
    let Ok(value) = serde_json::from_str::<Value>(&data) else { return Some(End::Unknown) };
    let kind = value["type"].as_str();
    if kind == Some("error") || kind.is_none() && !value["error"].is_null() {
        return Some(End::Reported);
    }
    if !value.is_object() {
        expected.unknown += 1;
        return None;
    }
    let known = kind.is_some_and(|kind| EVENTS.contains(&kind))
        && (kind != Some("content_block_delta")
            || value["delta"]["type"].as_str().is_some_and(|kind| DELTAS.contains(&kind)));
    expected.unknown += u64::from(!known);
    let stops = kind == Some("message_stop");
    if stops {
        expected.end = End::Stopped;
    }
    expected.events.push((data, value));
    None
}
