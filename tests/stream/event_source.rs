//! The cases of the standard and of other parsers' trouble, at every split.

use serde_json::Value;
use taskpane_connector::stream::Limits;

use super::feeding::{decode_events, parse, splits};
use super::reference;

/// A case's stream: text, or bytes in hexadecimal where they aren't UTF-8.
fn stream(case: &Value) -> Vec<u8> {
    if let Some(text) = case["stream"].as_str() {
        return text.as_bytes().to_vec();
    }
    let digits = case["bytes"].as_str().unwrap().replace(' ', "");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn every_case_gives_its_events_at_every_split() {
    let table: Value =
        serde_json::from_str(include_str!("../fixtures/streams/event-source.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 60);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let stream = stream(case);
        let expected: Vec<(&str, &str, &str)> = case["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| {
                let text = |name: &str| event[name].as_str();
                (
                    text("event").unwrap_or("message"),
                    text("data").unwrap(),
                    text("id").unwrap_or(""),
                )
            })
            .collect();
        assert_eq!(
            reference::read(&stream).events.len(),
            expected.len(),
            "{name}: the plain reading of the standard disagrees with the case"
        );
        for pieces in splits(&stream) {
            let (reading, metrics, fault) = parse(&pieces, Limits::default());
            assert_eq!(fault, None, "{name}");
            let events: Vec<(&str, &str, &str)> = reading
                .events
                .iter()
                .map(|event| {
                    let name = if event.name.is_empty() { "message" } else { event.name.as_str() };
                    (name, event.data.as_str(), event.id.as_str())
                })
                .collect();
            assert_eq!(events, expected, "{name} in {pieces:?}");
            assert_eq!(reading, reference::read(&stream), "{name} in {pieces:?}");
            assert_eq!(decode_events(&pieces), reading.events, "{name} in {pieces:?}");
            assert_eq!(metrics.bytes, stream.len() as u64);
            assert_eq!(metrics.events, events.len() as u64);
            if let Some(retry) = case.get("retryMs") {
                assert_eq!(reading.retry_ms, retry.as_u64(), "{name}");
            }
            if let Some(id) = case.get("lastEventId") {
                assert_eq!(reading.last_event_id, id.as_str().unwrap(), "{name}");
            }
            let ignored = case.get("ignoredLines").map_or(0, |count| count.as_u64().unwrap());
            assert_eq!(metrics.ignored_lines, ignored, "{name} in {pieces:?}");
            let replaced = case.get("replaced").map_or(0, |count| count.as_u64().unwrap());
            assert_eq!(metrics.replacement_characters, replaced, "{name} in {pieces:?}");
        }
    }
}
