//! A stream fed to the decoders in given pieces.

use taskpane_connector::error::Failure;
use taskpane_connector::stream::{
    Fault, Found, Limits, MessageDecoder, Metrics, SegmentKind, SseDecoder, SseParser,
};

use super::reference::{Dispatched, Reading};

/// Every way to cut a stream once, all bytes by themselves, and a few sizes.
pub(crate) fn splits(stream: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut all: Vec<Vec<&[u8]>> = vec![vec![stream], stream.chunks(1).collect()];
    all.extend((1..stream.len()).map(|at| vec![&stream[..at], &stream[at..]]));
    all.extend([2, 3, 7, 16, 64].map(|size| stream.chunks(size).collect()));
    // Empty chunks change nothing.
    all.push(stream.chunks(5).flat_map(|chunk| [&[][..], chunk]).collect());
    all
}

/// What the parser makes of the pieces.
pub(crate) fn parse(pieces: &[&[u8]], limits: Limits) -> (Reading, Metrics, Option<Fault>) {
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

fn check_lengths(output: Found<'_>) {
    let bytes: usize = output.segments.iter().map(|segment| segment.bytes as usize).sum();
    let units: usize = output.segments.iter().map(|segment| segment.units as usize).sum();
    assert_eq!(bytes, output.text().len());
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
}

pub(crate) fn decode(pieces: &[&[u8]], limits: Limits, merge: bool) -> Answer {
    let mut decoder = MessageDecoder::new(limits);
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
    let failure = decoder.fault().map(Failure::from);
    Answer { segments, failure, metrics: decoder.metrics() }
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
