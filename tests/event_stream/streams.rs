//! The answers that the fixtures hold as server-sent events, in frames: the
//! same must come of them.

use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;
use taskpane_connector::stream::event_stream::FrameLimits;
use taskpane_connector::stream::{Limits, MessageDecoder, SegmentKind, SseParser};

use super::encoder::chunk;
use super::feeding::decode;

type Segments = Vec<(SegmentKind, u32, String)>;

/// The data of each event, and what the decoder of server-sent events makes of all.
fn as_server_sent(stream: &[u8]) -> (Vec<String>, Segments) {
    let mut parser = SseParser::new(Limits::default());
    parser.feed(stream);
    let mut events = Vec::new();
    while let Ok(Some(event)) = parser.next_event() {
        events.push(event.data.into_owned());
    }
    let mut decoder = MessageDecoder::new(Limits::default());
    decoder.reserve(stream.len());
    decoder.parser().feed(stream);
    let mut segments = Vec::new();
    loop {
        let more = decoder.decode();
        segments.extend(
            decoder.found().parts().map(|(part, text)| (part.kind, part.index, text.to_owned())),
        );
        if !more {
            return (events, segments);
        }
    }
}

#[test]
fn frames_give_what_server_sent_events_give() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/streams");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let expected = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: std::collections::BTreeMap<String, &RawValue> =
            serde_json::from_str(&expected).unwrap();
        let failure: Value = serde_json::from_str(expected["failure"].get()).unwrap();
        // An event's name has no place in a frame, nor has an event without its end.
        let by_name = [
            "error-no-type",
            "error-message-only",
            "error-not-json",
            "error-empty",
            "error-around-a-delta",
        ];
        let cut_off = name.contains("final") || name.starts_with("error-last");
        if by_name.contains(&&*name) || cut_off || name == "keep-alives" {
            continue;
        }
        let (events, segments) = as_server_sent(&std::fs::read(&path).unwrap());
        let stream: Vec<u8> =
            events.iter().enumerate().flat_map(|(at, event)| chunk(event, at % 50)).collect();
        for size in [stream.len().max(1), 1, 100, 1000] {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            let answer = decode(&pieces, FrameLimits::default(), false);
            assert_eq!(answer.segments, segments, "{name}");
            let code = answer.failure.as_ref().map(|failure| failure.code.as_str());
            if failure["atMessage"] != true {
                assert_eq!(code, failure["code"].as_str(), "{name}: {:?}", answer.failure);
            }
        }
        compared += 1;
    }
    assert!(compared >= 50, "{compared}");
}
