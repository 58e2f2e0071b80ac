//! A stream in pieces, and what a message decoder makes of them.

use taskpane_connector::error::Failure;
use taskpane_connector::stream::event_stream::FramedMessageDecoder;
use taskpane_connector::stream::{Fault, Found, MessageDecoder, Metrics, SegmentKind};

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

/// What both decoders of messages can do.
pub(crate) trait Decodes {
    fn feed(&mut self, piece: &[u8]);
    fn merge_deltas(&mut self);
    fn decode(&mut self) -> bool;
    fn finish(&mut self);
    fn found(&self) -> Found<'_>;
    fn fault(&self) -> Option<&Fault>;
    fn metrics(&self) -> Metrics;
    fn invocation_metrics(&self) -> Option<&str>;
}

macro_rules! decodes {
    ($($decoder:ident),*) => {$(
        impl Decodes for $decoder {
            fn feed(&mut self, piece: &[u8]) {
                self.reserve(piece.len());
                self.parser().feed(piece);
            }
            fn merge_deltas(&mut self) {
                $decoder::merge_deltas(self);
            }
            fn decode(&mut self) -> bool {
                $decoder::decode(self)
            }
            fn finish(&mut self) {
                $decoder::finish(self);
            }
            fn found(&self) -> Found<'_> {
                $decoder::found(self)
            }
            fn fault(&self) -> Option<&Fault> {
                $decoder::fault(self)
            }
            fn metrics(&self) -> Metrics {
                $decoder::metrics(self)
            }
            fn invocation_metrics(&self) -> Option<&str> {
                $decoder::invocation_metrics(self)
            }
        }
    )*};
}

decodes!(MessageDecoder, FramedMessageDecoder);

/// What came out of a message decoder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// Each segment: what it is, its block, and its text.
    pub(crate) segments: Vec<(SegmentKind, u32, String)>,
    pub(crate) failure: Option<Failure>,
    pub(crate) metrics: Metrics,
    pub(crate) invocation_metrics: Option<String>,
}

impl Answer {
    /// Feeds the pieces to a decoder at its start.
    pub(crate) fn of(mut decoder: impl Decodes, pieces: &[&[u8]], merge: bool) -> Self {
        if merge {
            decoder.merge_deltas();
        }
        let mut segments = Vec::new();
        let mut take = |found: Found<'_>| {
            check_lengths(found);
            for (segment, text) in found.parts() {
                segments.push((segment.kind, segment.index, text.to_owned()));
            }
        };
        for piece in pieces {
            decoder.feed(piece);
            while decoder.decode() {
                take(decoder.found());
            }
            take(decoder.found());
        }
        let failed = decoder.fault().is_some();
        decoder.finish();
        let silent = !failed || decoder.found().segments.is_empty();
        assert!(silent, "a failed decoder finds nothing more");
        take(decoder.found());
        Self {
            segments,
            failure: decoder.fault().map(Failure::from),
            metrics: decoder.metrics(),
            invocation_metrics: decoder.invocation_metrics().map(str::to_owned),
        }
    }
}

pub(crate) fn check_lengths(found: Found<'_>) {
    let bytes: usize = found.segments.iter().map(|segment| segment.bytes as usize).sum();
    let units: usize = found.segments.iter().map(|segment| segment.units as usize).sum();
    assert_eq!(bytes, found.bytes.len());
    assert_eq!(units, found.text().encode_utf16().count());
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
