//! AWS event streams: the same in any pieces, what `aws-smithy-eventstream`
//! makes of the frames, and no frame read otherwise because of those before it.

use taskpane_connector::stream::event_stream::FrameLimits;

use super::answer::{Answer, merged};
use super::framing::encoder::repair;
use super::framing::feeding::{decode, decode_frames, parse};
use super::framing::smithy::compare;
use super::pieces::{Choices, cuts};

pub(crate) fn check(stream: &[u8]) {
    check_as_it_is(stream);
    // A fuzzer guesses no checksum; behind right ones the rest is reached.
    let mut repaired = stream.to_vec();
    let ends = repair_frames(&mut repaired);
    if repaired != stream {
        check_as_it_is(&repaired);
    }
    check_frame_by_frame(&repaired, &ends);
}

fn check_as_it_is(stream: &[u8]) {
    compare(stream);
    let mut choices = Choices::of(stream);
    let limits =
        FrameLimits { message_bytes: 16 + choices.below(400), header_bytes: choices.below(200) };
    let frames = parse(&[stream], FrameLimits::default());
    let payloads = decode_frames(&[stream]);
    let whole = decode(&[stream], FrameLimits::default(), false);
    let limited = decode(&[stream], limits, false);
    let together = merged(&whole.segments);
    for pieces in cuts(stream) {
        assert_eq!(parse(&pieces, FrameLimits::default()), frames, "in {pieces:?}");
        assert_eq!(decode_frames(&pieces), payloads, "in {pieces:?}");
        assert_eq!(decode(&pieces, FrameLimits::default(), false), whole, "in {pieces:?}");
        let within = decode(&pieces, limits, false);
        assert_eq!(within.segments, limited.segments, "{limits:?} in {pieces:?}");
        assert_eq!(within.failure, limited.failure, "{limits:?} in {pieces:?}");
        let merging = decode(&pieces, FrameLimits::default(), true);
        assert_eq!(merged(&merging.segments), together, "merging in {pieces:?}");
    }
}

/// A decoder that has seen no other frame remembers no beginning.
fn check_frame_by_frame(stream: &[u8], ends: &[usize]) {
    let whole = decode(&[stream], FrameLimits::default(), false);
    let mut segments = Vec::new();
    let mut from = 0;
    for &end in ends {
        let Answer { segments: found, .. } =
            decode(&[&stream[from..end]], FrameLimits::default(), false);
        segments.extend(found);
        if segments.len() >= whole.segments.len() {
            break;
        }
        from = end;
    }
    segments.truncate(whole.segments.len());
    assert_eq!(segments, whole.segments);
}

/// Makes the checksums of all frames right, as far as their lengths say where
/// they end; where they do.
fn repair_frames(stream: &mut [u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut from = 0;
    while let Some(total) = stream[from..].first_chunk::<4>() {
        let total = u32::from_be_bytes(*total) as usize;
        let Some(frame) = stream[from..].get_mut(..total).filter(|frame| frame.len() >= 16) else {
            break;
        };
        repair(frame);
        from += total;
        ends.push(from);
    }
    ends
}
