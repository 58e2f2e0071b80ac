//! A stream fed to the decoders in given pieces.

use taskpane_connector::error::Failure;
use taskpane_connector::stream::event_stream::{
    BrokenFrame, EventStreamDecoder, FrameLimits, FrameParser, FramedMessageDecoder, HeaderValue,
    Headers,
};
use taskpane_connector::stream::{Fault, Found, Metrics, SegmentKind};

/// Every way to cut a stream once, all bytes by themselves, and a few sizes.
pub(crate) fn splits(stream: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut all: Vec<Vec<&[u8]>> = vec![vec![stream], stream.chunks(1).collect()];
    // A stream as long as this is long by one value, where all cuts are alike.
    let step = if stream.len() > 16 << 10 { stream.len() / 64 } else { 1 };
    all.extend((1..stream.len()).step_by(step).map(|at| vec![&stream[..at], &stream[at..]]));
    all.extend([2, 3, 7, 16, 64].map(|size| stream.chunks(size).collect()));
    // Empty chunks change nothing.
    all.push(stream.chunks(5).flat_map(|chunk| [&[][..], chunk]).collect());
    all
}

/// A header's value that owns what it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Boolean(bool),
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    Binary(Vec<u8>),
    String(String),
    Timestamp(i64),
    Uuid([u8; 16]),
}

/// A frame that owns what it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    pub(crate) headers: Vec<(String, Value)>,
    pub(crate) payload: Vec<u8>,
}

fn owned(headers: Headers<'_>) -> Vec<(String, Value)> {
    let value = |value| match value {
        HeaderValue::Boolean(value) => Value::Boolean(value),
        HeaderValue::Byte(value) => Value::Byte(value),
        HeaderValue::Short(value) => Value::Short(value),
        HeaderValue::Integer(value) => Value::Integer(value),
        HeaderValue::Long(value) => Value::Long(value),
        HeaderValue::Binary(value) => Value::Binary(value.to_vec()),
        HeaderValue::String(value) => Value::String(value.to_owned()),
        HeaderValue::Timestamp(value) => Value::Timestamp(value),
        HeaderValue::Uuid(value) => Value::Uuid(value),
    };
    headers
        .map(|header| header.expect("headers were checked"))
        .map(|header| (header.name.to_owned(), value(header.value())))
        .collect()
}

/// What the parser makes of the pieces.
pub(crate) fn parse(pieces: &[&[u8]], limits: FrameLimits) -> (Vec<Message>, Option<BrokenFrame>) {
    let mut parser = FrameParser::new(limits);
    let mut messages = Vec::new();
    for piece in pieces {
        parser.feed(piece);
        loop {
            match parser.next_frame() {
                Ok(Some(frame)) => {
                    assert_eq!(frame.number, messages.len() as u64 + 1);
                    messages.push(Message {
                        headers: owned(frame.headers),
                        payload: frame.payload.to_vec(),
                    });
                }
                Ok(None) => break,
                Err(fault) => {
                    parser.feed(piece);
                    assert_eq!(parser.next_frame().unwrap_err(), fault, "a fault is final");
                    assert_eq!(parser.finish().unwrap_err(), fault, "a fault is final");
                    return (messages, Some(fault));
                }
            }
        }
        parser.compact();
    }
    (messages, parser.finish().err())
}

/// The payloads that the host would read, and why it stopped.
pub(crate) fn decode_frames(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, Option<Fault>) {
    let mut decoder = EventStreamDecoder::new(FrameLimits::default());
    let mut payloads = Vec::new();
    for piece in pieces {
        decoder.reserve(piece.len());
        decoder.parser().feed(piece);
        while decoder.decode() {
            for frame in decoder.found() {
                assert_eq!(frame.headers + frame.header_bytes, frame.payload);
                let payload = &decoder.bytes()[frame.payload as usize..];
                payloads.push(payload[..frame.payload_bytes as usize].to_vec());
            }
        }
        assert!(decoder.found().is_empty());
    }
    decoder.finish();
    assert!(decoder.found().is_empty());
    assert_eq!(decoder.metrics().events, payloads.len() as u64);
    (payloads, decoder.fault().cloned())
}

fn check_lengths(output: Found<'_>) {
    let bytes: usize = output.segments.iter().map(|segment| segment.bytes as usize).sum();
    let units: usize = output.segments.iter().map(|segment| segment.units as usize).sum();
    assert_eq!(bytes, output.bytes.len());
    assert_eq!(units, output.units);
    assert_eq!(units, output.text().encode_utf16().count());
}

/// What came out of a message decoder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Each segment: what it is, its block, and its text.
    pub(crate) segments: Vec<(SegmentKind, u32, String)>,
    pub(crate) failure: Option<Failure>,
    pub(crate) metrics: Metrics,
    pub(crate) invocation_metrics: Option<String>,
}

pub(crate) fn decode(pieces: &[&[u8]], limits: FrameLimits, merge: bool) -> Answer {
    let mut decoder = FramedMessageDecoder::new(limits);
    if merge {
        decoder.merge_deltas();
    }
    let mut segments = Vec::new();
    let mut take = |output: Found<'_>| {
        check_lengths(output);
        for (segment, text) in output.parts() {
            segments.push((segment.kind, segment.index, text.to_owned()));
        }
    };
    for piece in pieces {
        decoder.reserve(piece.len());
        decoder.parser().feed(piece);
        while decoder.decode() {
            take(decoder.found());
        }
        take(decoder.found());
    }
    let failed = decoder.fault().is_some();
    decoder.finish();
    assert!(!failed || decoder.found().segments.is_empty(), "a failed decoder finds nothing more");
    take(decoder.found());
    Answer {
        segments,
        failure: decoder.fault().map(Failure::from),
        metrics: decoder.metrics(),
        invocation_metrics: decoder.invocation_metrics().map(str::to_owned),
    }
}

/// Joins what chunks cut apart, so that merged answers compare.
pub(crate) fn merged(segments: &[(SegmentKind, u32, String)]) -> Vec<(SegmentKind, u32, String)> {
    let mut all: Vec<(SegmentKind, u32, String)> = Vec::new();
    for (kind, index, text) in segments {
        let joins = !matches!(kind, SegmentKind::Json | SegmentKind::Signature);
        match all.last_mut() {
            Some(last) if joins && (last.0, last.1) == (*kind, *index) => last.2.push_str(text),
            _ => all.push((*kind, *index, text.clone())),
        }
    }
    all
}

/// The event that a segment stands for.
pub(crate) fn event((kind, index, text): &(SegmentKind, u32, String)) -> serde_json::Value {
    use serde_json::json;
    let delta = match kind {
        SegmentKind::Json => return serde_json::from_str(text).unwrap(),
        SegmentKind::Text => json!({"type": "text_delta", "text": text}),
        SegmentKind::Thinking => json!({"type": "thinking_delta", "thinking": text}),
        SegmentKind::InputJson => json!({"type": "input_json_delta", "partial_json": text}),
        SegmentKind::Signature => json!({"type": "signature_delta", "signature": text}),
        other => panic!("{other:?} from a message decoder"),
    };
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}
