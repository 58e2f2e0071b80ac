//! Limits, and how much memory a stream can make the decoders hold.

use taskpane_connector::error::{Code, Failure};
use taskpane_connector::stream::Fault;
use taskpane_connector::stream::event_stream::{
    BrokenFrame, FrameLimits, FrameParser, FrameProblem, FramedMessageDecoder,
};

use super::answer::splits;
use super::encoder::{chunk, repair};
use super::feeding::{decode, parse};

/// A frame of zeros with these lengths and right checksums.
fn zeros(total: usize, headers: u32) -> Vec<u8> {
    let mut frame = vec![0; total];
    frame[..4].copy_from_slice(&(total as u32).to_be_bytes());
    frame[4..8].copy_from_slice(&headers.to_be_bytes());
    repair(&mut frame);
    frame
}

#[test]
fn limits_hold_to_the_byte_at_every_split() {
    let limits = FrameLimits { message_bytes: 100, header_bytes: 6 };
    let a_header = |frame: &mut Vec<u8>| {
        frame[12..18].copy_from_slice(b"\x01a\x07\x00\x01b");
        repair(frame);
    };
    let mut at_both = zeros(100, 6);
    a_header(&mut at_both);
    let mut headers_above = zeros(100, 7);
    a_header(&mut headers_above);
    let problems = [
        (at_both, None),
        (zeros(101, 0), Some((0, FrameProblem::TooLong { bytes: 101, limit: 100 }))),
        (headers_above, Some((4, FrameProblem::HeadersTooLong { bytes: 7, limit: 6 }))),
    ];
    for (frame, problem) in problems {
        let fault = problem.map(|(at, problem)| BrokenFrame { frame: 1, at, problem });
        for pieces in splits(&frame) {
            let (messages, found) = parse(&pieces, limits);
            assert_eq!(found, fault);
            assert_eq!(messages.len(), usize::from(fault.is_none()));
        }
    }
}

#[test]
fn a_frame_of_16_mib_arrives_and_one_byte_more_is_refused() {
    let mut frame = zeros(16 << 20, 0);
    frame[100] = 7;
    repair(&mut frame);
    let pieces: Vec<&[u8]> = frame.chunks(64 << 10).collect();
    let (messages, fault) = parse(&pieces, FrameLimits::default());
    assert_eq!(fault, None);
    assert_eq!(messages[0].payload, frame[12..frame.len() - 4]);
    let (_, fault) = parse(&[&zeros((16 << 20) + 1, 0)], FrameLimits::default());
    assert_eq!(Failure::from(&Fault::Frame(fault.unwrap())).code, Code::LimitExceeded);
}

/// A length is a claim; only bytes that came take memory.
#[test]
fn a_claimed_length_takes_no_memory() {
    let mut parser = FrameParser::new(FrameLimits::default());
    let frame = zeros(16 << 20, 0);
    parser.feed(&frame[..100]);
    assert!(parser.next_frame().unwrap().is_none());
    assert!(parser.input().pending() + parser.input().room().len() < 16 << 10);
    parser.feed(&frame[100..100_000]);
    assert!(parser.next_frame().unwrap().is_none());
    assert!(parser.input().pending() + parser.input().room().len() < 256 << 10);
}

#[test]
fn memory_stays_small_after_a_large_frame_and_over_a_long_stream() {
    let mut decoder = FramedMessageDecoder::new(FrameLimits::default());
    let event = |text: &str| {
        format!(
            r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
        )
    };
    let mut feed = |bytes: &[u8]| {
        let mut text = 0;
        for piece in bytes.chunks(64 << 10) {
            decoder.reserve(piece.len());
            decoder.parser().feed(piece);
            loop {
                let more = decoder.decode();
                text += decoder.found().bytes.len();
                if !more {
                    break;
                }
            }
        }
        assert_eq!(decoder.fault(), None);
        let held = decoder.parser().input().pending() + decoder.parser().input().room().len();
        (text, held)
    };
    let large = chunk(&event(&"x".repeat(8 << 20)), 0);
    assert!(feed(&large).0 > 8 << 20);
    let small = chunk(&event("some text"), 7).repeat(300);
    for _ in 0..300 {
        let (text, held) = feed(&small);
        assert_eq!(text, 300 * "some text".len());
        assert!(held < 256 << 10, "{held}");
    }
}

/// Events past the size that shares a round, among small ones: in order,
/// exact, and counted once.
#[test]
fn large_events_come_by_themselves() {
    let delta = |text: &str| {
        format!(
            r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{text}"}}}}"#
        )
    };
    let long = "é\\n".repeat(40 << 10);
    let later = format!(r#"{{"type":"later","x":"{}"}}"#, "y".repeat(70 << 10));
    let mut stream: Vec<u8> = [delta("a"), delta(&long), delta(&long), delta("b"), later.clone()]
        .iter()
        .flat_map(|event| chunk(event, 9))
        .collect();
    stream.extend(chunk(&delta("c"), 2));
    for size in [stream.len(), 64 << 10, 1000] {
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        let answer = decode(&pieces, FrameLimits::default(), false);
        let texts: Vec<&str> = answer.segments.iter().map(|(_, _, text)| &**text).collect();
        assert_eq!(texts, ["a", &delta(&long), &delta(&long), "b", &later, "c"]);
        assert_eq!(answer.metrics.events, 6);
    }
}

/// The same with a byte that isn't UTF-8 in the large event.
#[test]
fn a_large_event_that_is_not_utf8_is_mended() {
    let mut event = br#"{"type":"later","x":""#.to_vec();
    event.resize(100 << 10, b'y');
    event.push(0xFF);
    event.extend_from_slice(br#""}"#);
    let bytes = aws_smithy_types::base64::encode(&event);
    let payload = format!(r#"{{"bytes":"{bytes}"}}"#);
    let header = |name: &str, value: &str| {
        aws_smithy_types::event_stream::Header::new(
            name.to_owned(),
            aws_smithy_types::event_stream::HeaderValue::String(value.to_owned().into()),
        )
    };
    let message = aws_smithy_types::event_stream::Message::new(payload)
        .add_header(header(":event-type", "chunk"));
    let mut stream = chunk(r#"{"type":"ping"}"#, 3);
    stream.extend(super::encoder::frame(&message));
    stream.extend(chunk(r#"{"type":"ping"}"#, 3));
    let answer = decode(&[&stream], FrameLimits::default(), false);
    let texts: Vec<&str> = answer.segments.iter().map(|(_, _, text)| &**text).collect();
    assert_eq!(
        texts,
        [r#"{"type":"ping"}"#, &String::from_utf8_lossy(&event), r#"{"type":"ping"}"#]
    );
    assert_eq!(answer.metrics.replacement_characters, 1);
}
