//! Random streams in random pieces, against the plain reading of the standard.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use taskpane_connector::stream::{Limits, SegmentKind};

use super::feeding::{decode, decode_events, parse};
use super::reference;

/// Bytes that are likely to mean something.
fn near_sse() -> impl Strategy<Value = Vec<u8>> {
    let token = select(vec![
        &b"data: "[..],
        b"data:",
        b"data",
        b"event: ",
        b"event",
        b"id: ",
        b"id",
        b"retry: ",
        b"retry",
        b":",
        b" ",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\r\r",
        b"\r\n\r\n",
        b"x",
        b"12",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB",
        b"\xC3\xA9",
        b"\xC3",
        b"\xA9",
        b"\xF0\x9F\x98\x80",
        b"\xF0\x9F",
        b"\xFF",
        b"\xED\xA0\x80",
        b"data: one\n\n",
        b"foo: bar\n",
        b"\xE2\x80\xA8",
    ]);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

fn cut<'a>(stream: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    at.sort_unstable();
    let mut from = 0;
    let mut pieces = Vec::new();
    for to in at.into_iter().chain([stream.len()]) {
        pieces.push(&stream[from..to]);
        from = to;
    }
    pieces
}

#[derive(Clone, Debug)]
enum Style {
    Named,
    Nameless,
    CarriageReturn,
    Both,
    Padded,
    Spaced,
}

/// An event of a stream as JSON, with the text that a delta of it carries.
fn event() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-z ]{0,40}",
        select(vec!["", "\n", "\"", "\\", "}}", "😀", "\u{feff}", "é\u{0}"])
            .prop_map(str::to_owned),
    ];
    let index = prop_oneof![0..3_u64, select(vec![999_999_999, 1_000_000_000, u64::MAX])];
    (0..8_u8, index, text).prop_map(|(kind, index, text)| {
        let delta = match kind {
            0..=2 => json!({"type": "text_delta", "text": text}),
            3 => json!({"type": "thinking_delta", "thinking": text}),
            4 => json!({"type": "input_json_delta", "partial_json": text}),
            5 => json!({"type": "signature_delta", "signature": text}),
            6 => json!({"type": "text_delta", "text": text, "more": 1}),
            _ => return json!({"type": "ping", "text": text}),
        };
        json!({"type": "content_block_delta", "index": index, "delta": delta})
    })
}

/// The event's frame. Members are written in the API's order, not in serde_json's.
fn frame(event: &Value, style: &Style, pad: usize) -> String {
    let mut data = match event.get("delta") {
        Some(delta) => {
            let kind = &delta["type"];
            let members: Vec<String> = delta
                .as_object()
                .unwrap()
                .iter()
                .filter(|(name, _)| *name != "type" && *name != "more")
                .chain(delta.get_key_value("more"))
                .map(|(name, value)| format!(",{}:{value}", json!(name)))
                .collect();
            format!(
                r#"{{"type":"content_block_delta","index":{},"delta":{{"type":{kind}{}}}{}}}"#,
                event["index"],
                members.concat(),
                if matches!(style, Style::Padded) { " ".repeat(pad) } else { String::new() },
            )
        }
        None => event.to_string(),
    };
    if matches!(style, Style::Spaced) {
        data = data.replacen("\"index\":", "\"index\" : ", 1);
    }
    let kind = event["type"].as_str().unwrap();
    match style {
        Style::Nameless => format!("data: {data}\n\n"),
        Style::CarriageReturn => format!("event: {kind}\rdata: {data}\r\r"),
        Style::Both => format!("event: {kind}\r\ndata: {data}\r\n\r\n"),
        Style::Named | Style::Padded | Style::Spaced => format!("event: {kind}\ndata: {data}\n\n"),
    }
}

trait GetKeyValue {
    fn get_key_value(&self, name: &str) -> Option<(&String, &Value)>;
}

impl GetKeyValue for Value {
    fn get_key_value(&self, name: &str) -> Option<(&String, &Value)> {
        self.as_object()?.get_key_value(name)
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_in_any_pieces(stream in near_sse(), cuts in prop::collection::vec(any::<Index>(), 0..12)) {
        let expected = reference::read(&stream);
        let pieces = cut(&stream, &cuts);
        let (reading, metrics, fault) = parse(&pieces, Limits::default());
        prop_assert_eq!(fault, None);
        prop_assert_eq!(decode_events(&pieces), reading.events.clone());
        prop_assert_eq!(reading, expected);
        prop_assert_eq!(metrics, parse(&[&stream], Limits::default()).1);
    }

    /// Repeated beginnings take the short way; whatever changes between events
    /// must not show.
    #[test]
    fn any_events_in_any_pieces(
        events in prop::collection::vec(event(), 0..30),
        style in select(vec![Style::Named, Style::Nameless, Style::CarriageReturn, Style::Both, Style::Padded, Style::Spaced]),
        other in select(vec![Style::Named, Style::Nameless, Style::CarriageReturn, Style::Both, Style::Padded, Style::Spaced]),
        cuts in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let stream: String = events
            .iter()
            .enumerate()
            .map(|(at, event)| frame(event, if at % 7 == 5 { &other } else { &style }, at % 4))
            .collect();
        let pieces = cut(stream.as_bytes(), &cuts);
        prop_assert_eq!(decode_events(&pieces), reference::read(stream.as_bytes()).events);
        let answer = decode(&pieces, Limits::default(), false);
        let found: Vec<Value> = answer.segments.iter().map(|(kind, index, text)| {
            let delta = match kind {
                SegmentKind::Json => return serde_json::from_str(text).unwrap(),
                SegmentKind::Text => json!({"type": "text_delta", "text": text}),
                SegmentKind::Thinking => json!({"type": "thinking_delta", "thinking": text}),
                SegmentKind::InputJson => json!({"type": "input_json_delta", "partial_json": text}),
                _ => json!({"type": "signature_delta", "signature": text}),
            };
            json!({"type": "content_block_delta", "index": index, "delta": delta})
        }).collect();
        prop_assert_eq!(found, events);
        prop_assert_eq!(answer.metrics.bytes, stream.len() as u64);
    }

    /// Damage anywhere is found, or does no harm: the JSON that comes out is
    /// always JSON, and what serde_json refuses is never passed on.
    #[test]
    fn damaged_events_are_refused_as_serde_json_does(
        events in prop::collection::vec(event(), 1..6), at in any::<Index>(), byte in any::<u8>(),
    ) {
        let mut stream: Vec<u8> =
            events.iter().map(|event| frame(event, &Style::Named, 0)).collect::<String>().into_bytes();
        let at = at.index(stream.len());
        stream[at] = byte;
        let answer = decode(&[&stream], Limits::default(), false);
        let mut expected = Vec::new();
        let mut corrupt = false;
        let reading = reference::read(&stream);
        // A last event without its blank line counts if it is whole.
        let last = reading.unfinished.filter(|event| is_json(&event.data));
        for event in reading.events.into_iter().chain(last) {
            let data = event.data.trim_matches([' ', '\t', '\n', '\r']);
            if is_json(&event.data) {
                if data.starts_with('{') {
                    expected.push(event.data.clone());
                }
            } else if !data.is_empty() && event.name != "ping" {
                corrupt = true;
                break;
            }
        }
        prop_assert_eq!(answer.segments.len(), expected.len());
        if corrupt {
            prop_assert!(answer.failure.unwrap().message.contains("isn't valid JSON"));
        }
    }
}
