//! Whole answers from files, at every split.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use taskpane_connector::stream::{Limits, SegmentKind};

use super::accumulate::accumulate;
use super::answer::{merged, splits};
use super::feeding::decode;

/// What a case's `.json` says. Kept as text where a value may hold half a
/// surrogate pair, which serde_json can't.
struct Expected {
    events: Vec<String>,
    text: String,
    message: String,
    failure: Value,
    metrics: Value,
}

fn expected(path: &Path) -> Expected {
    let file = std::fs::read_to_string(path).unwrap();
    let case: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(&file).unwrap();
    let events: Vec<&RawValue> = serde_json::from_str(case["events"].get()).unwrap();
    Expected {
        events: events.into_iter().map(|event| event.get().to_owned()).collect(),
        text: case["text"].get().to_owned(),
        message: case["message"].get().to_owned(),
        failure: serde_json::from_str(case["failure"].get()).unwrap(),
        metrics: serde_json::from_str(case["metrics"].get()).unwrap(),
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/streams");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sse"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 60, "fixtures are missing");
    cases
}

/// The event that a segment stands for.
fn event(segment: &(SegmentKind, u32, String)) -> String {
    let (kind, index, text) = segment;
    let delta = match kind {
        SegmentKind::Json => return text.clone(),
        SegmentKind::Text => json!({"type": "text_delta", "text": text}),
        SegmentKind::Thinking => json!({"type": "thinking_delta", "thinking": text}),
        SegmentKind::InputJson => json!({"type": "input_json_delta", "partial_json": text}),
        SegmentKind::Signature => json!({"type": "signature_delta", "signature": text}),
        other => panic!("{other:?} from a message decoder"),
    };
    json!({"type": "content_block_delta", "index": index, "delta": delta}).to_string()
}

/// Equal as values; as text without whitespace where they can't be read as values.
fn same(left: &str, right: &str) -> bool {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => left == right,
        (Err(_), Err(_)) => left.replace(' ', "") == right.replace(' ', ""),
        _ => false,
    }
}

#[test]
fn every_case_gives_its_events_at_every_split() {
    for path in cases() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let stream = std::fs::read(&path).unwrap();
        let expected = expected(&path.with_extension("json"));
        let whole = decode(&[&stream], Limits::default(), false);
        let events: Vec<String> = whole.segments.iter().map(event).collect();
        assert_eq!(events.len(), expected.events.len(), "{name}: {events:#?}");
        for (event, expected) in events.iter().zip(&expected.events) {
            assert!(same(event, expected), "{name}: {event} instead of {expected}");
        }
        for count in ["ignoredLines", "unknownEvents", "replacementCharacters"] {
            let found = match count {
                "ignoredLines" => whole.metrics.ignored_lines,
                "unknownEvents" => whole.metrics.unknown_events,
                _ => whole.metrics.replacement_characters,
            };
            assert_eq!(found, expected.metrics[count].as_u64().unwrap(), "{name}: {count}");
        }
        check_failure(name, &expected, whole.failure.as_ref());
        let text = merged(&whole.segments);
        for pieces in splits(&stream) {
            let split = decode(&pieces, Limits::default(), false);
            assert_eq!(split, whole, "{name} in {pieces:?}");
        }
        for size in [1, 7, 50, 333, stream.len().max(1)] {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            let split = decode(&pieces, Limits::default(), true);
            assert_eq!(merged(&split.segments), text, "{name} in {pieces:?}");
            assert_eq!(split.metrics, whole.metrics, "{name}");
        }
    }
}

fn check_failure(
    name: &str,
    expected: &Expected,
    found: Option<&taskpane_connector::error::Failure>,
) {
    let failure = &expected.failure;
    if failure.is_null() || failure["atMessage"] == true {
        assert_eq!(found, None, "{name}");
        return;
    }
    let found = found.unwrap_or_else(|| panic!("{name}: no failure"));
    assert_eq!(failure["code"], found.code.as_str(), "{name}: {found:?}");
    assert_eq!(failure["retryable"], found.retryable, "{name}: {found:?}");
    assert_eq!(failure["requestId"].as_str(), found.request_id.as_deref(), "{name}: {found:?}");
    if let Some(words) = failure["says"].as_str() {
        assert!(found.message.contains(words), "{name}: {found:?}");
    }
    if let Some(offset) = failure["offset"].as_u64() {
        assert!(found.message.ends_with(&format!("at byte {offset}")), "{name}: {found:?}");
    }
}

#[test]
fn every_case_adds_up_to_its_message() {
    let mut compared = 0;
    for path in cases() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let stream = std::fs::read(&path).unwrap();
        let expected = expected(&path.with_extension("json"));
        let answer = decode(&[&stream], Limits::default(), false);
        let events: Result<Vec<Value>, _> =
            answer.segments.iter().map(|segment| serde_json::from_str(&event(segment))).collect();
        let (Ok(events), Ok(message), Ok(text)) = (
            events,
            serde_json::from_str::<Value>(&expected.message),
            serde_json::from_str::<String>(&expected.text),
        ) else {
            assert_eq!(name, "surrogate-halves");
            continue;
        };
        let sum = accumulate(&events);
        assert_eq!(sum.message.unwrap_or_default(), message, "{name}");
        assert_eq!(sum.text, text, "{name}");
        if answer.failure.is_none() {
            assert_eq!(sum.contradiction, expected.failure["atMessage"] == true, "{name}");
        }
        compared += 1;
    }
    assert!(compared >= 60);
}
