//! The connector's own decoders, used as `web` uses them.

use taskpane_connector::json::{DEFAULT_MAX_DEPTH, Json};
use taskpane_connector::stream::{Limits, MessageDecoder, SegmentKind, SseParser};

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

pub(crate) fn message(stream: &Stream) -> Message {
    let mut decoder = MessageDecoder::new(Limits::default());
    decoder.merge_deltas();
    let mut message = Message::default();
    for chunk in &stream.chunks {
        decoder.reserve(chunk.len());
        decoder.parser().feed(chunk);
        loop {
            let more = decoder.decode();
            for (segment, part) in decoder.found().parts() {
                match segment.kind {
                    SegmentKind::Text | SegmentKind::Thinking | SegmentKind::InputJson => {
                        message.append(segment.index as usize, part);
                    }
                    SegmentKind::Json => read(part, &mut message),
                    _ => {}
                }
            }
            if !more {
                break;
            }
        }
    }
    decoder.finish();
    assert!(decoder.fault().is_none());
    message
}

/// An event that isn't a plain delta.
fn read(event: &str, message: &mut Message) {
    let json = Json::parse(event, DEFAULT_MAX_DEPTH).unwrap();
    let text = |json: Json<'_>, name: &str| {
        json.get(name).and_then(|value| value.as_str().map(String::from))
    };
    message.stopped |= text(json, "type").as_deref() == Some("message_stop");
}
