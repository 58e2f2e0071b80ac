//! Event streams: the parser and its decoder against a plain reading of the
//! HTML standard, in any pieces, with and without tight limits.

use taskpane_connector::stream::Limits;

use super::feeding::{decode_events_and_count, parse};
use super::pieces::{Choices, cuts};
use super::reference;

pub(crate) fn check(stream: &[u8]) {
    let expected = reference::read(stream);
    let (_, whole, _) = parse(&[stream], Limits::default());
    let mut choices = Choices::of(stream);
    let limits = Limits {
        event_bytes: 1 + choices.below(40),
        // A line is told from data by its first five bytes.
        line_bytes: 5 + choices.below(40),
        id_bytes: 1 + choices.below(8),
    };
    let limited = reference::read_within(stream, limits);
    for pieces in cuts(stream) {
        let (reading, metrics, fault) = parse(&pieces, Limits::default());
        assert_eq!(fault, None, "in {pieces:?}");
        assert_eq!(reading, expected, "in {pieces:?}");
        assert_eq!(metrics, whole, "in {pieces:?}");
        assert_eq!(metrics.events, expected.events.len() as u64);
        let (found, counted) = decode_events_and_count(&pieces);
        assert_eq!(found, expected.events, "in {pieces:?}");
        assert_eq!(counted, whole, "in {pieces:?}");

        let (reading, _, fault) = parse(&pieces, limits);
        let part = fault.map(|too_long| too_long.part);
        assert_eq!((reading.events, part), limited, "{limits:?} in {pieces:?}");
    }
}
