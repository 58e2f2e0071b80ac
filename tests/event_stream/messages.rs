//! Whole answers in frames from files, at every split.

use std::path::PathBuf;

use serde_json::Value;
use taskpane_connector::stream::event_stream::FrameLimits;

use super::accumulate::accumulate;
use super::answer::{Answer, merged, splits};
use super::feeding::{decode, event};
use super::vectors::folder;

fn cases() -> Vec<(String, Vec<u8>, Value)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join("messages"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .collect();
    files.sort();
    assert!(files.len() >= 60, "fixtures are missing");
    files
        .into_iter()
        .map(|path| {
            let expected = std::fs::read_to_string(path.with_extension("json")).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap(), serde_json::from_str(&expected).unwrap())
        })
        .collect()
}

#[test]
fn every_case_gives_its_events_at_every_split() {
    for (name, stream, expected) in cases() {
        let whole = decode(&[&stream], FrameLimits::default(), false);
        let events: Vec<Value> = whole.segments.iter().map(event).collect();
        assert_eq!(events, *expected["events"].as_array().unwrap(), "{name}");
        check(&name, &whole, &expected);
        let sum = accumulate(&events);
        assert_eq!(sum.message.unwrap_or_default(), expected["message"], "{name}");
        assert_eq!(sum.text, expected["text"], "{name}");
        let text = merged(&whole.segments);
        for pieces in splits(&stream) {
            let split = decode(&pieces, FrameLimits::default(), false);
            assert_eq!(split, whole, "{name} in {}", pieces.len());
        }
        for size in [1, 7, 50, 333, stream.len().max(1)] {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            let split = decode(&pieces, FrameLimits::default(), true);
            assert_eq!(merged(&split.segments), text, "{name} in {size}");
            assert_eq!(split.metrics, whole.metrics, "{name}");
        }
    }
}

fn check(name: &str, answer: &Answer, expected: &Value) {
    let metrics = &expected["metrics"];
    assert_eq!(answer.metrics.unknown_events, metrics["unknownEvents"], "{name}");
    assert_eq!(answer.metrics.replacement_characters, metrics["replacementCharacters"], "{name}");
    let invocation: Option<Value> =
        answer.invocation_metrics.as_deref().map(|json| serde_json::from_str(json).unwrap());
    assert_eq!(invocation.as_ref(), metrics.get("invocationMetrics"), "{name}");
    let wanted = &expected["failure"];
    let Some(failure) = &answer.failure else {
        assert!(wanted.is_null(), "{name}: no failure");
        return;
    };
    assert_eq!(failure.code.as_str(), wanted["code"], "{name}: {failure:?}");
    assert_eq!(failure.retryable, wanted["retryable"], "{name}: {failure:?}");
    assert!(failure.message.contains(wanted["says"].as_str().unwrap()), "{name}: {failure:?}");
    assert_eq!(failure.request_id.as_deref(), wanted["requestId"].as_str(), "{name}: {failure:?}");
}
