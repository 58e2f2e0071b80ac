//! The connector's own decoders, used as `web` uses them.

use taskpane_connector::json::{DEFAULT_MAX_DEPTH, Json};
use taskpane_connector::stream::event_stream::{FrameLimits, FrameParser, FramedMessageDecoder};
use taskpane_connector::stream::{Found, Limits, MessageDecoder, SegmentKind, SseParser};

use super::message::Message;
use super::stream::Stream;

/// How many events there are, and how much data is in them.
pub(crate) fn events(stream: &Stream) -> (usize, usize) {
    let mut parser = SseParser::new(Limits::default());
    let mut found = (0, 0);
    for chunk in &stream.chunks {
        parser.feed(chunk);
        while let Some(event) = parser.next_event().unwrap() {
            found = (found.0 + 1, found.1 + event.data.len());
        }
        parser.compact();
    }
    found
}

/// How many frames there are, and how much payload is in them.
pub(crate) fn frames(stream: &Stream) -> (usize, usize) {
    let mut parser = FrameParser::new(FrameLimits::default());
    let mut found = (0, 0);
    for chunk in &stream.chunks {
        parser.feed(chunk);
        while let Some(frame) = parser.next_frame().unwrap() {
            found = (found.0 + 1, found.1 + frame.payload.len());
        }
        parser.compact();
    }
    found
}

pub(crate) fn message(stream: &Stream) -> Message {
    let mut decoder = MessageDecoder::new(Limits::default());
    decoder.merge_deltas();
    let mut message = Message::default();
    for chunk in &stream.chunks {
        decoder.reserve(chunk.len());
        decoder.parser().feed(chunk);
        loop {
            let more = decoder.decode();
            take(&decoder.found(), &mut message);
            if !more {
                break;
            }
        }
    }
    decoder.finish();
    assert!(decoder.fault().is_none());
    message
}

/// The same out of frames.
pub(crate) fn framed_message(stream: &Stream) -> Message {
    let mut decoder = FramedMessageDecoder::new(FrameLimits::default());
    decoder.merge_deltas();
    let mut message = Message::default();
    for chunk in &stream.chunks {
        decoder.reserve(chunk.len());
        decoder.parser().feed(chunk);
        loop {
            let more = decoder.decode();
            take(&decoder.found(), &mut message);
            if !more {
                break;
            }
        }
    }
    decoder.finish();
    assert!(decoder.fault().is_none());
    message
}

fn take(found: &Found<'_>, message: &mut Message) {
    for (segment, part) in found.parts() {
        match segment.kind {
            SegmentKind::Text | SegmentKind::Thinking | SegmentKind::InputJson => {
                message.append(segment.index as usize, part);
            }
            SegmentKind::Json => read(part, message),
            _ => {}
        }
    }
}

/// An event that isn't a plain delta.
fn read(event: &str, message: &mut Message) {
    let json = Json::parse(event, DEFAULT_MAX_DEPTH).unwrap();
    let text = |json: Json<'_>, name: &str| {
        json.get(name).and_then(|value| value.as_str().map(String::from))
    };
    message.stopped |= text(json, "type").as_deref() == Some("message_stop");
}
