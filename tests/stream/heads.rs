//! Deltas that begin as deltas before them take the short way. It must never
//! show: a stream gives what its events give one by one, each to a decoder that
//! remembers nothing.

use taskpane_connector::stream::{Limits, Metrics, SegmentKind};

use super::answer::splits;
use super::feeding::decode;

const TEXT: &str =
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""#;

/// A delta in the API's own form.
fn delta(index: u32, kind: &str, text: &str) -> Vec<u8> {
    let member = match kind {
        "text" | "thinking" | "signature" => kind,
        _ => "partial_json",
    };
    format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{kind}_delta\",\"{member}\":\"{text}\"}}}}\n\n"
    )
    .into_bytes()
}

fn text(text: &str) -> Vec<u8> {
    delta(0, "text", text)
}

/// A delta whose text is bytes.
fn raw(bytes: &[u8]) -> Vec<u8> {
    [b"event: content_block_delta\ndata: ", TEXT.as_bytes(), bytes, b"\"}}\n\n"].concat()
}

/// Any frame.
fn frame(frame: &str) -> Vec<u8> {
    frame.as_bytes().to_vec()
}

type Segments = Vec<(SegmentKind, u32, String)>;

/// Events, ignored lines and repairs.
fn counts(metrics: Metrics) -> [u64; 3] {
    [metrics.events, metrics.ignored_lines, metrics.replacement_characters]
}

/// What the events give one by one, up to the first that can't be read, why it
/// can't, and the sum of their counts.
fn one_by_one(frames: &[Vec<u8>], limits: Limits) -> (Segments, Option<String>, [u64; 3]) {
    let mut segments = Vec::new();
    let mut sum = [0; 3];
    for frame in frames {
        let answer = decode(&[frame], limits, false);
        segments.extend(answer.segments);
        for (sum, count) in sum.iter_mut().zip(counts(answer.metrics)) {
            *sum += count;
        }
        let failure = answer.failure.map(|failure| failure.message.clone()).unwrap_or_default();
        if !failure.starts_with("the stream ended") {
            // Events are counted from the stream's first.
            let why = failure.split_once(' ').map(|(_, why)| without_number(why));
            return (segments, why, sum);
        }
    }
    (segments, None, sum)
}

fn without_number(message: &str) -> String {
    message.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()
}

fn check(name: &str, frames: &[Vec<u8>], limits: Limits) {
    let stream = frames.concat();
    let expected = one_by_one(frames, limits);
    for pieces in splits(&stream) {
        let answer = decode(&pieces, limits, false);
        let found = answer.failure.map(|failure| failure.message.clone()).unwrap_or_default();
        let why = found.split_once(' ').map(|(_, why)| without_number(why));
        let why = why.filter(|_| !found.starts_with("the stream ended"));
        let found = (answer.segments, why, counts(answer.metrics));
        assert_eq!(found, expected, "{name} in {pieces:?}");
    }
}

#[test]
fn what_is_remembered_never_shows() {
    let long_name = "x".repeat(520);
    let with_data = |data: &str| frame(&format!("event: content_block_delta\ndata: {data}\n\n"));
    let cases: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("the same again", vec![text("a"), text("b"), text(""), text("c")]),
        (
            "more kinds and blocks in turn than are remembered",
            (0..3)
                .flat_map(|_| {
                    [
                        delta(0, "text", "t"),
                        delta(1, "thinking", "th"),
                        delta(1, "signature", "s"),
                        delta(2, "input_json", "{"),
                        delta(3, "input_json", "}"),
                        delta(4, "text", "u"),
                        delta(5, "text", "v"),
                    ]
                })
                .collect(),
        ),
        (
            "an index that begins as another",
            vec![delta(1, "text", "a"), delta(10, "text", "b"), delta(1, "text", "c")],
        ),
        (
            "a beginning longer than is remembered",
            vec![
                frame(&format!("event: {long_name}\ndata: {TEXT}a\"}}}}\n\n")),
                frame(&format!("event: {long_name}\ndata: {TEXT}b\"}}}}\n\n")),
                text("c"),
            ],
        ),
        (
            "padding before the braces",
            vec![
                text("a"),
                with_data(&format!("{TEXT}b\"  }}}}")),
                with_data(&format!("{TEXT}c\"}}\t }}  ")),
                with_data(&format!("{TEXT}d\" }} }} ")),
            ],
        ),
        (
            "other line ends",
            vec![
                text("a"),
                frame(&format!("event: content_block_delta\r\ndata: {TEXT}b\"}}}}\r\n\r\n")),
                frame(&format!("event: content_block_delta\r\ndata: {TEXT}c\"}}}}\r\n\r\n")),
                frame(&format!("event: content_block_delta\ndata: {TEXT}d\"}}}}\r\n\r\n")),
                frame(&format!("event: content_block_delta\ndata: {TEXT}e\"}}}}\r\r")),
                frame(&format!("event: content_block_delta\ndata: {TEXT}f\"}}}}\n\r")),
                text("g"),
            ],
        ),
        (
            "more lines in the event",
            vec![
                text("a"),
                frame(&format!("event: content_block_delta\ndata: {TEXT}b\"}}}}\n: comment\n\n")),
                frame(&format!("event: content_block_delta\ndata: {TEXT}c\"}}}}\nid: 7\n\n")),
                frame(&format!("event: content_block_delta\ndata: {TEXT}d\"}}\ndata: }}\n\n")),
                frame(&format!("event: content_block_delta\ndata: {TEXT}e\"}}}}\ndata\n\n")),
                frame(&format!("event: ping\nevent: x\ndata: {TEXT}f\"}}}}\n\n")),
                frame(&format!("data: {TEXT}g\"}}}}\n\n")),
                frame(&format!("data: {TEXT}h\"}}}}\n\n")),
                text("i"),
            ],
        ),
        (
            "pings and comments between deltas",
            vec![
                text("a"),
                frame("event: ping\ndata: {\"type\": \"ping\"}\n\n"),
                text("b"),
                frame(": keep-alive\n\n"),
                text("c"),
                frame("\n"),
                text("d"),
            ],
        ),
        (
            "more members than a plain delta has",
            vec![
                text("a"),
                with_data(&format!("{TEXT}b\",\"more\":1}}}}")),
                with_data(&format!("{TEXT}c\"}},\"more\":1}}")),
                with_data(&format!("{TEXT}d\",\"text\":\"again\"}}}}")),
                text("e"),
            ],
        ),
        (
            "escapes, and ends that look like the event's",
            vec![
                text("a"),
                text(r#"\"}}\n\n"#),
                text(r"\\"),
                text(r#"\\\"}}"#),
                text(r"\u0022}}"),
                text("}}"),
                text(r"\ud83d\ude00"),
                text(r"\ud83d"),
                text(r"\ude00"),
                text("é😀\u{2028}"),
            ],
        ),
        (
            "a sequence of UTF-8 cut at the end of a text, its rest in the next",
            vec![raw(b"a\xF0\x9F"), raw(b"\x98\x80b"), raw(b"\xE2\x82"), raw(b"\xAC"), text("c")],
        ),
        (
            "a name that isn't UTF-8, again and again",
            vec![[&b"event: \xE8\ndata: "[..], TEXT.as_bytes(), b"a\"}}\n\n"].concat(); 3],
        ),
        ("not JSON: an escape", vec![text("a"), text(r"\x"), text("b")]),
        ("not JSON: a control character", vec![text("a"), text("\u{1}"), text("b")]),
        ("not JSON: one brace too few", vec![text("a"), with_data(&format!("{TEXT}b\"}}"))]),
        ("not JSON: one brace too many", vec![text("a"), with_data(&format!("{TEXT}b\"}}}}}}"))]),
        ("not JSON: the text's end is missing", vec![text("a"), with_data(&format!("{TEXT}}}}}"))]),
        (
            "the name says error, the data a delta",
            vec![text("a"), frame(&format!("event: error\ndata: {TEXT}b\"}}}}\n\n"))],
        ),
    ];
    for (name, frames) in cases {
        check(name, &frames, Limits::default());
    }
}

/// A text that had to be repaired is longer than what arrived, by one for each
/// of these sequences: where its beginning ends can't be told from its length.
#[test]
fn a_repaired_text_is_no_model_for_the_next() {
    for repairs in (0..6).chain(74..80).chain([150]) {
        let bad = b"\xE2\x82.".repeat(repairs);
        let cut = format!("event: content_block_delta\ndata: {TEXT}}}}}\n\n");
        let name = format!("{repairs} repairs");
        check(&name, &[raw(&bad), frame(&cut)], Limits::default());
        check(&name, &[raw(&bad), text(&"}".repeat(repairs)), text("a")], Limits::default());
    }
}

#[test]
fn limits_hold_for_what_is_remembered() {
    let data = |length: usize| format!("{TEXT}{}\"}}}}", "y".repeat(length));
    let at_limit = 20;
    let limits = Limits { event_bytes: data(at_limit).len(), ..Limits::default() };
    for length in [0, 1, at_limit - 1, at_limit, at_limit + 1, at_limit + 2, 200] {
        let event = frame(&format!("event: content_block_delta\ndata: {}\n\n", data(length)));
        check(&format!("{length}"), &[text("a"), text("b"), event, text("c")], limits);
    }
}
