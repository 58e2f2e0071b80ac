//! A stream fed to the decoders in given pieces.

use taskpane_connector::stream::event_stream::{
    BrokenFrame, EventStreamDecoder, FrameLimits, FrameParser, FramedMessageDecoder, HeaderValue,
    Headers,
};
use taskpane_connector::stream::{Fault, SegmentKind};

use super::answer::Answer;

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

pub(crate) fn decode(pieces: &[&[u8]], limits: FrameLimits, merge: bool) -> Answer {
    Answer::of(FramedMessageDecoder::new(limits), pieces, merge)
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
