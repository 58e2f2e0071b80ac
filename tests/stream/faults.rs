//! Limits, and what stays of a stream that can't be read on.

use taskpane_connector::error::{Code, Failure};
use taskpane_connector::stream::{Limits, MessageDecoder, Part, SseDecoder, TooLong};

use super::answer::splits;
use super::feeding::{decode, decode_events, parse};
use super::reference::read_within;

const SMALL: Limits = Limits { event_bytes: 20, line_bytes: 30, id_bytes: 5 };

#[test]
fn limits_hold_at_every_split() {
    let x = |count: usize| "x".repeat(count);
    let too_long = |part, limit| Some(TooLong { part, limit });
    let event = too_long(Part::Event, 20);
    let line = too_long(Part::Line, 30);
    let cases: Vec<(String, usize, Option<TooLong>)> = vec![
        (format!("data: {}\n\n", x(19)), 1, None),
        (format!("data: {}\n\n", x(20)), 1, None),
        (format!("data:{}\n\n", x(20)), 1, None),
        (format!("data: {}\n\n", x(21)), 0, event),
        (format!("data:{}", x(21)), 0, event),
        (format!("\u{feff}data: {}\n\n", x(20)), 1, None),
        (format!("\u{feff}data: {}\n\n", x(21)), 0, event),
        (format!("data: ok\n\ndata: {}\n\n", x(21)), 1, event),
        // The line feed between two lines counts.
        (format!("data: {}\ndata: {}\n\n", x(9), x(10)), 1, None),
        (format!("data: {}\ndata: {}\n\n", x(10), x(10)), 0, event),
        (format!("{}\n", "data\n".repeat(21)), 1, None),
        (format!("{}\n", "data\n".repeat(22)), 0, event),
        (format!("data: {}\ndata: {}\n\n", x(9), x(9)), 1, None),
        (format!(":{}\ndata: ok\n\n", x(28)), 1, None),
        (format!(":{}\ndata: ok\n\n", x(29)), 1, None),
        (format!(":{}\ndata: ok\n\n", x(30)), 0, line),
        (x(31), 0, line),
        (format!("event: {}", x(24)), 0, line),
        (format!("event: {}\ndata: ok\n\n", x(23)), 1, None),
        ("id: 1234\ndata: ok\n\n".into(), 1, None),
        ("id: 12345\ndata: ok\n\n".into(), 1, None),
        ("data: ok\n\nid: 123456\ndata: ok\n\n".into(), 1, too_long(Part::Id, 5)),
        // Any number of short lines without data is fine.
        (format!("{}data: ok\n\n", ": keep-alive\n".repeat(50)), 1, None),
    ];
    for (stream, events, fault) in cases {
        let plain = read_within(stream.as_bytes(), SMALL);
        for pieces in splits(stream.as_bytes()) {
            let (reading, _, found) = parse(&pieces, SMALL);
            assert_eq!(reading.events.len(), events, "{stream:?} in {pieces:?}");
            let part = found.as_ref().map(|_| plain.1);
            assert_eq!((reading.events, part.flatten()), plain, "{stream:?} in {pieces:?}");
            assert_eq!(found, fault, "{stream:?} in {pieces:?}");
        }
    }
}

#[test]
fn an_endless_line_is_refused_at_the_limit_and_holds_no_more() {
    for start in ["data: ", ": ", "event: ", "x"] {
        let mut decoder = SseDecoder::new(Limits { event_bytes: 1 << 20, ..Limits::default() });
        decoder.parser().feed(start.as_bytes());
        let chunk = vec![b'x'; 64 << 10];
        let mut fed = 0;
        while decoder.fault().is_none() {
            assert!(fed <= 2 << 20, "{start:?}: not refused");
            decoder.reserve(chunk.len());
            decoder.parser().feed(&chunk);
            decoder.decode();
            fed += chunk.len();
        }
        assert!(
            fed > (1 << 20) - chunk.len() && fed <= (1 << 20) + chunk.len(),
            "{start:?}: {fed}"
        );
        assert_eq!(Failure::from(decoder.fault().unwrap()).code, Code::LimitExceeded);
        let held = decoder.parser().input().pending() + decoder.parser().input().room().len();
        assert!(held < 2 << 20, "{start:?}: {held}");
    }
}

#[test]
fn what_came_before_a_fault_is_handed_out() {
    let stream = b"data: {\"type\":\"ping\"}\n\ndata: {\"type\":\"ping\"}\n\ndata: {no\n\ndata: {\"type\":\"ping\"}\n\n";
    for pieces in splits(stream) {
        let answer = decode(&pieces, Limits::default(), false);
        assert_eq!(answer.segments.len(), 2);
        let failure = answer.failure.unwrap();
        assert_eq!(failure.code, Code::StreamCorrupt);
        assert_eq!(
            failure.message,
            "event 3 of the stream isn't valid JSON: unexpected character at byte 1"
        );
        assert_eq!(failure.hint.clone().unwrap().id, "check-proxy");
    }
}

#[test]
fn a_failed_decoder_stays_failed() {
    let mut decoder = MessageDecoder::new(Limits::default());
    decoder.parser().feed(b"data: no\n\n");
    decoder.decode();
    let fault = decoder.fault().cloned();
    assert!(fault.is_some());
    decoder.parser().feed(b"data: {\"type\":\"message_stop\"}\n\n");
    assert!(!decoder.decode());
    assert!(decoder.found().segments.is_empty());
    decoder.finish();
    assert_eq!(decoder.fault().cloned(), fault);
}

#[test]
fn a_servers_message_is_cut_at_its_limit() {
    let stream = format!("event: error\ndata: {}\n\n", "é".repeat(5000));
    let answer = decode(&[stream.as_bytes()], Limits::default(), false);
    let failure = answer.failure.unwrap();
    assert_eq!(failure.code, Code::StreamError);
    assert_eq!(failure.message.matches('é').count(), 2048);
}

/// What the buffers hold stays within one event and one chunk, however long the stream.
#[test]
fn memory_does_not_grow_with_the_stream() {
    let event = format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{}\"}}}}\n\n",
        "some text, ".repeat(20)
    );
    let chunk = event.repeat(200);
    let mut decoder = MessageDecoder::new(Limits::default());
    for _ in 0..400 {
        for slice in chunk.as_bytes().chunks(64 << 10) {
            decoder.reserve(slice.len());
            decoder.parser().feed(slice);
            while decoder.decode() {}
        }
    }
    assert_eq!(decoder.metrics().bytes, 400 * chunk.len() as u64);
    let held = decoder.parser().input().pending() + decoder.parser().input().room().len();
    assert!(held < 256 << 10, "{held}");
}

/// Events past the size that shares a round, among small ones: in order, exact,
/// and counted once.
#[test]
fn large_events_come_by_themselves() {
    let delta = |text: &str| {
        format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
        )
    };
    let long = "é\\n".repeat(40 << 10);
    let stream = [
        delta("a"),
        delta(&long),
        delta(&long),
        delta("b"),
        format!("data: {{\"type\":\"later\",\ndata: \"x\":\"{}\"}}\n\n", "y".repeat(70 << 10)),
        delta("c"),
    ]
    .concat();
    let mut stream = stream.into_bytes();
    // One byte of the second long text isn't UTF-8.
    let at = delta("a").len() + 2 * delta(&long).len() - "\\n\"}}\n\n".len();
    assert_eq!(stream[at], b'\\');
    stream[at] = 0xFF;
    for size in [stream.len(), 64 << 10, 1000] {
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        let answer = decode(&pieces, Limits::default(), false);
        let lengths: Vec<usize> = answer.segments.iter().map(|(_, _, text)| text.len()).collect();
        assert_eq!(answer.segments.len(), 6);
        assert_eq!([lengths[0], lengths[3], lengths[5]], [1, 1, 1]);
        assert!(answer.segments[1].2.contains(&long));
        assert_eq!(answer.segments[2].2.matches('\u{fffd}').count(), 1);
        assert_eq!(answer.metrics.replacement_characters, 1);
        assert_eq!(answer.metrics.events, 6);
        let events = decode_events(&pieces);
        assert_eq!(events.len(), 6);
        assert_eq!(events[4].data, answer.segments[4].2);
        assert_eq!(events[2].data, answer.segments[2].2);
    }
}
