//! A stream fed to the decoders in given pieces.

use taskpane_connector::stream::{
    Limits, MessageDecoder, Metrics, SegmentKind, SseDecoder, SseParser, TooLong,
};

use super::answer::{Answer, check_lengths};
use super::reference::{Dispatched, Reading};

/// What the parser makes of the pieces.
pub(crate) fn parse(pieces: &[&[u8]], limits: Limits) -> (Reading, Metrics, Option<TooLong>) {
    let mut parser = SseParser::new(limits);
    let mut reading = Reading::default();
    let mut fault = None;
    'feeding: for piece in pieces {
        parser.feed(piece);
        loop {
            match parser.next_event() {
                Ok(Some(event)) => reading.events.push(Dispatched {
                    name: event.name.to_owned(),
                    data: event.data.clone().into_owned(),
                    id: event.id.to_owned(),
                }),
                Ok(None) => break,
                Err(found) => {
                    assert_eq!(parser.next_event().unwrap_err(), found, "a fault is final");
                    fault = Some(found);
                    break 'feeding;
                }
            }
        }
        parser.compact();
    }
    reading.retry_ms = parser.retry_ms();
    reading.last_event_id = parser.last_event_id().to_owned();
    let metrics = parser.metrics();
    if fault.is_none()
        && let Ok(Some(event)) = parser.unfinished_event()
    {
        reading.unfinished = Some(Dispatched {
            name: event.name.to_owned(),
            data: event.data.clone().into_owned(),
            id: event.id.to_owned(),
        });
    }
    (reading, metrics, fault)
}

/// The events that the host would read from the decoder's segments.
pub(crate) fn decode_events(pieces: &[&[u8]]) -> Vec<Dispatched> {
    decode_events_and_count(pieces).0
}

/// The same, and what the decoder counted.
pub(crate) fn decode_events_and_count(pieces: &[&[u8]]) -> (Vec<Dispatched>, Metrics) {
    let mut decoder = SseDecoder::new(Limits::default());
    let mut events = Vec::new();
    let (mut name, mut id, mut head) = (String::new(), String::new(), String::new());
    for piece in pieces {
        decoder.reserve(piece.len());
        decoder.parser().feed(piece);
        loop {
            let more = decoder.decode();
            check_lengths(decoder.found());
            for (segment, text) in decoder.found().parts() {
                match segment.kind {
                    SegmentKind::EventName => name = text.to_owned(),
                    SegmentKind::EventId => id = text.to_owned(),
                    SegmentKind::EventHead => head = text.to_owned(),
                    SegmentKind::EventData | SegmentKind::EventRest => {
                        let rest = segment.kind == SegmentKind::EventRest;
                        let data = if rest { head.clone() + text } else { text.to_owned() };
                        events.push(Dispatched { name: name.clone(), data, id: id.clone() });
                    }
                    other => panic!("{other:?} from an SSE decoder"),
                }
            }
            if !more {
                break;
            }
        }
    }
    assert_eq!(decoder.fault(), None);
    (events, decoder.metrics())
}

pub(crate) fn decode(pieces: &[&[u8]], limits: Limits, merge: bool) -> Answer {
    Answer::of(MessageDecoder::new(limits), pieces, merge)
}
