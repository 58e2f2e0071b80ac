//! Events past the size that shares a round with others, and just below it:
//! whatever their form, in order and exact, however they are cut near the edges.

use taskpane_connector::stream::{Limits, SegmentKind};

use super::answer::merged;
use super::feeding::{decode, decode_events};
use super::reference;

/// The size that `stream::output` hands out alone above.
const LARGE: usize = 64 << 10;

/// What there is besides the text in the data of the delta below.
const AROUND: usize =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}}"#.len();

fn delta(text: &str) -> String {
    format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
    )
}

/// Cuts at the start and the end of the large event, a byte before and behind,
/// where it is as long as the large size, and in pieces as large as chunks are.
fn cuts(stream: &[u8], large: std::ops::Range<usize>) -> Vec<Vec<&[u8]>> {
    let near = |at: usize| [at - 1, at, at + 1];
    let mut all = vec![vec![stream]];
    all.extend([1000, LARGE, LARGE + 1].map(|size| stream.chunks(size).collect()));
    let blank_line = large.end - 1;
    let at = [large.start, large.start + LARGE, blank_line - 1, large.end].into_iter();
    for at in at.flat_map(near).filter(|&at| at < stream.len()) {
        all.push(vec![&stream[..at], &stream[at..]]);
    }
    all.push(vec![
        &stream[..large.start + 9],
        &stream[large.start + 9..blank_line],
        &stream[blank_line..],
    ]);
    all
}

#[test]
fn the_same_at_every_edge() {
    for (form, filler) in [("plain", "x"), ("escaped", "\\n"), ("not ASCII", "é")] {
        for size in [LARGE - 1, LARGE, LARGE + 1, 2 * LARGE + 1] {
            let room = size - AROUND;
            let text = filler.repeat(room / filler.len()) + &"y".repeat(room % filler.len());
            let before = delta("a").repeat(2);
            let stream = [before.as_str(), &delta(&text), &delta("b"), &delta("c")].concat();
            let large = before.len()..before.len() + delta(&text).len();
            let expected = reference::read(stream.as_bytes()).events;
            assert_eq!(expected[2].data.len(), size, "{form}");
            let texts = ["a", "a", &text.replace("\\n", "\n"), "b", "c"];
            let together = texts.concat();
            for (at, pieces) in cuts(stream.as_bytes(), large).into_iter().enumerate() {
                let cut: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
                let answer = decode(&pieces, Limits::default(), false);
                assert_eq!(answer.metrics.events, 5, "{form} of {size} in {cut:?}");
                let found: Vec<String> = answer.segments.into_iter().map(text_of).collect();
                assert!(found == texts, "{form} of {size} in {cut:?}");
                // The other ways out share the way in.
                if at % 3 != 0 {
                    continue;
                }
                let merging = decode(&pieces, Limits::default(), true);
                let found: String = merged(&merging.segments).into_iter().map(text_of).collect();
                assert!(found == together, "merging {form} of {size} in {cut:?}");
                assert!(decode_events(&pieces) == expected, "{form} of {size} in {cut:?}");
            }
        }
    }
}

/// The text of a segment: a delta's own, or of the event that came as JSON.
fn text_of((kind, _, text): (SegmentKind, u32, String)) -> String {
    if kind != SegmentKind::Json {
        return text;
    }
    let event: serde_json::Value = serde_json::from_str(&text).unwrap();
    event["delta"]["text"].as_str().unwrap().to_owned()
}

/// In the last event, past the large size: without its blank line, broken, not UTF-8.
#[test]
fn the_last_event_may_be_large() {
    let stop = |pad: usize| {
        format!("event: message_stop\ndata: {{\"type\":\"message_stop\"{}}}", " ".repeat(pad))
    };
    let whole = delta("a") + &stop(LARGE);
    let answer = decode(&[whole.as_bytes()], Limits::default(), false);
    assert_eq!((answer.segments.len(), answer.failure), (2, None));

    let cut = &whole[..whole.len() - 1];
    let answer = decode(&[cut.as_bytes()], Limits::default(), false);
    assert_eq!(answer.segments.len(), 1);
    assert!(answer.failure.unwrap().message.starts_with("the stream ended"));

    let mut bad = format!("data: {{\"x\":\"{}\",\"type\":\"message_stop\"}}", "z".repeat(LARGE));
    bad.insert(12, 'é');
    let mut bad = bad.into_bytes();
    let at = bad.iter().position(|&byte| byte == 0xA9).unwrap();
    bad.remove(at);
    for stream in [bad.clone(), [bad, b"\n\n".to_vec()].concat()] {
        let answer = decode(&[&stream], Limits::default(), false);
        assert_eq!(answer.failure, None);
        assert_eq!(answer.segments[0].2.matches('\u{fffd}').count(), 1);
        assert_eq!(answer.metrics.replacement_characters, 1);
    }
}

/// The limit holds past the large size too: exactly at it, one below, one above.
#[test]
fn limits_hold_for_large_events() {
    let limits = Limits { event_bytes: LARGE + 10, ..Limits::default() };
    for (size, fits) in [(LARGE + 9, true), (LARGE + 10, true), (LARGE + 11, false)] {
        let stream = delta("a") + &delta(&"x".repeat(size - AROUND)) + &delta("b");
        let large = delta("a").len()..stream.len() - delta("b").len();
        for pieces in cuts(stream.as_bytes(), large) {
            let answer = decode(&pieces, limits, false);
            assert_eq!(answer.segments.len(), if fits { 3 } else { 1 }, "{size}");
            let message = answer.failure.unwrap().message.clone();
            let expected =
                if fits { "the stream ended" } else { "an event of the stream is longer" };
            assert!(message.starts_with(expected), "{size}: {message}");
        }
    }
}
