//! The standard's cases, other parsers' cases and our own, at every split.

use std::path::Path;

use serde_json::Value;
use taskpane_connector::stream::Limits;

use super::answer::splits;
use super::feeding::{decode_events_and_count, parse};
use super::reference::{self, Dispatched};

/// Where the cases are from, and how many there are at least.
const FOLDERS: [(&str, usize); 3] = [("wpt", 26), ("eventsource-parser", 39), ("own", 63)];

#[test]
fn every_case_gives_its_events_at_every_split() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/event-source");
    for (folder, least) in FOLDERS {
        let mut seen = 0;
        for entry in std::fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "sse") {
                let expected = std::fs::read(path.with_extension("json")).unwrap();
                check(
                    &path.display().to_string(),
                    &std::fs::read(&path).unwrap(),
                    &serde_json::from_slice(&expected).unwrap(),
                );
                seen += 1;
            }
        }
        assert!(seen >= least, "{folder}: {seen} cases of {least}");
    }
}

/// The events that a case expects.
fn events(case: &Value) -> Vec<Dispatched> {
    let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    case["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| Dispatched {
            name: text(event, "event"),
            data: event["data"].as_str().unwrap().to_owned(),
            id: text(event, "id"),
        })
        .collect()
}

fn check(name: &str, stream: &[u8], case: &Value) {
    let expected = events(case);
    let count = |name: &str| case.get(name).map_or(0, |count| count.as_u64().unwrap());
    let plain = reference::read(stream);
    assert_eq!(
        plain.events, expected,
        "{name}: the plain reading of the standard disagrees with the case"
    );
    for pieces in splits(stream) {
        let (reading, metrics, fault) = parse(&pieces, Limits::default());
        assert_eq!(fault, None, "{name}");
        assert_eq!(reading.events, expected, "{name} in {pieces:?}");
        assert_eq!(reading, plain, "{name} in {pieces:?}");
        let (found, counted) = decode_events_and_count(&pieces);
        assert_eq!(found, expected, "{name} in {pieces:?}");
        assert_eq!(counted, metrics, "{name} in {pieces:?}");
        assert_eq!(metrics.bytes, stream.len() as u64, "{name}");
        assert_eq!(metrics.events, expected.len() as u64, "{name}");
        assert_eq!(metrics.ignored_lines, count("ignoredLines"), "{name} in {pieces:?}");
        assert_eq!(metrics.replacement_characters, count("replaced"), "{name} in {pieces:?}");
        if let Some(retry) = case.get("retryMs") {
            assert_eq!(reading.retry_ms, retry.as_u64(), "{name}");
        }
        if let Some(id) = case.get("lastEventId") {
            assert_eq!(reading.last_event_id, id.as_str().unwrap(), "{name}");
        }
    }
}
