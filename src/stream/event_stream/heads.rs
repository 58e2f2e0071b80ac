//! The frames that make up nearly all of a stream, read without looking at
//! what is known of them.

use super::base64;
use super::crc32::{Crc32, KnownBytes};
use super::frame::{Arrived, FrameParser, PRELUDE, TRAILER};
use crate::block;
use crate::json::scan::{Scanner, end_of_plain};
use crate::stream::SegmentKind;
use crate::stream::delta::{self, PlainDelta};
use crate::stream::output::Output;

/// How many kinds of delta are remembered at a time.
const REMEMBERED: usize = 4;

/// A longer beginning isn't worth comparing.
pub(crate) const MAX_HEAD: usize = 512;

/// The most text of a delta that is read this way, in base64.
const MAX_TAIL: usize = 4096;

/// What a payload begins with where the event is its first member.
const OPENING: &[u8] = b"{\"bytes\":\"";

/// What stands behind the event's base64 where the frame is filled up.
const PADDING: &[u8; 7] = b"\",\"p\":\"";

/// Remembers how the last frames with deltas began, byte for byte, from their
/// headers to the last base64 character that holds nothing of the delta's text.
///
/// The next frame nearly always begins the same way: then its headers need no
/// reading, most of its base64 no decoding, and its checksum passes over all of
/// that in eight look-ups. Whatever differs goes the general way, so this is
/// speed and never meaning: the checksum is that of the frame that came.
#[derive(Debug)]
pub(crate) struct FrameHeads {
    heads: Vec<FrameHead>,
    /// The one that fitted last.
    likely: usize,
    /// The end of an event, out of its base64, and whatever stood there before.
    tail: Vec<u8>,
}

#[derive(Debug)]
struct FrameHead {
    /// From the headers on, `length` bytes.
    bytes: [u8; MAX_HEAD],
    length: usize,
    /// How many of them are headers.
    headers: usize,
    checksum: KnownBytes,
    /// What the base64 behind them holds of the event before the text: up to two bytes.
    lead: [u8; 2],
    lead_length: usize,
    kind: SegmentKind,
    index: u32,
}

impl FrameHeads {
    /// With all the room that it will need.
    pub(crate) fn new() -> Self {
        Self {
            heads: Vec::with_capacity(REMEMBERED),
            likely: 0,
            tail: vec![0; MAX_TAIL / 4 * 3 + block::SIZE],
        }
    }

    /// Remembers how a frame began that was read the general way. `beginning`
    /// holds its headers and the start of its payload as they came, `event`
    /// what its base64 stands for.
    pub(crate) fn remember(
        &mut self,
        crc: &Crc32,
        beginning: &[u8],
        headers: usize,
        event: &[u8],
        delta: PlainDelta,
    ) {
        let text = delta.text.start;
        let length = headers + OPENING.len() + text / 3 * 4;
        let Some(known) = beginning.get(..length) else { return };
        let payload = known.get(headers..).unwrap_or_default();
        let mut bytes = [0; MAX_HEAD];
        let Some(place) = bytes.get_mut(..length) else { return };
        if !payload.starts_with(OPENING) {
            return;
        }
        place.copy_from_slice(known);
        let byte = |at| event.get(at).copied().unwrap_or_default();
        let head = FrameHead {
            bytes,
            length,
            headers,
            checksum: KnownBytes::new(crc, known),
            lead: [byte(text / 3 * 3), byte(text / 3 * 3 + 1)],
            lead_length: text % 3,
            kind: delta.kind,
            index: delta.index,
        };
        let same = |head: &FrameHead| head.kind == delta.kind && head.index == delta.index;
        let at = match self.heads.iter().position(same) {
            Some(at) => at,
            None if self.heads.len() < REMEMBERED => self.heads.len(),
            None => (self.likely + 1) % REMEMBERED,
        };
        match self.heads.get_mut(at) {
            Some(place) => *place = head,
            None => self.heads.push(head),
        }
        self.likely = at;
    }

    /// Reads on as long as frames are deltas that begin as one before, have
    /// arrived whole and are as their checksums say.
    pub(crate) fn read(&mut self, parser: &mut FrameParser, output: &mut Output) {
        let crc = parser.crc();
        while !output.is_full()
            && let Some(arrived) = parser.arrived()
            && self.read_frame(&arrived, crc, output)
        {
            let prelude = arrived.prelude;
            parser.take(prelude);
        }
    }

    /// `false`, and nothing is written, where the general way has to be gone.
    fn read_frame(&mut self, frame: &Arrived<'_>, crc: &Crc32, output: &mut Output) -> bool {
        let Self { heads, likely, tail } = self;
        let Some(head) = head_of(frame, heads, likely) else { return false };
        let (start, end) = (PRELUDE + head.length, frame.prelude.frame - TRAILER);
        let checksum = |rest| !crc.update(head.checksum.update(frame.prelude.state), rest);
        if let Some(rest) = frame.bytes.get(start..end)
            && let Some(trailer) = frame.bytes.get(end..).and_then(<[u8]>::first_chunk)
            && checksum(rest) == u32::from_be_bytes(*trailer)
            && let Some(quote) = end_of_base64(frame.bytes, start, end)
            && let Some(base64) = frame.bytes.get(start..quote)
            && let Ok(length) = base64::decode(base64, tail)
        {
            return write_delta(head, tail, length, output);
        }
        false
    }
}

/// The head that the frame begins with.
fn head_of<'a>(
    frame: &Arrived<'_>,
    heads: &'a [FrameHead],
    likely: &mut usize,
) -> Option<&'a FrameHead> {
    let body = frame.bytes.get(PRELUDE..)?;
    for _ in 0..heads.len() {
        let head = heads.get(*likely)?;
        if head.headers == frame.prelude.headers
            && block::starts_with(body, head.bytes.get(..head.length)?)
        {
            return Some(head);
        }
        *likely = if *likely + 1 < heads.len() { *likely + 1 } else { 0 };
    }
    None
}

/// Where the base64 from `start` on ends, in a payload that ends at `end` with
/// nothing behind the event but padding.
fn end_of_base64(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let quote = end_of_plain(bytes, start);
    let behind = bytes.get(quote..end)?;
    if behind != b"\"}" {
        let padding = behind.first_chunk()?;
        let padding_end = block::find(bytes, quote + PADDING.len(), |block| {
            block.equal(b'"') | block.equal(b'\\') | block.less(0x20) | block.beyond_ascii()
        });
        if padding != PADDING || bytes.get(padding_end..end)? != b"\"}" {
            return None;
        }
    }
    Some(quote)
}

/// Writes the text of the delta whose event ends with the first `length` bytes
/// of `tail`. `false`, and nothing is written, where it is of another form.
fn write_delta(head: &FrameHead, tail: &[u8], length: usize, output: &mut Output) -> bool {
    let known = tail.iter().zip(head.lead).take(head.lead_length);
    known.fold(true, |same, (byte, lead)| same & (*byte == lead))
        && delta::write_if(head.kind, head.index, tail, head.lead_length, output, |quote| {
            tail.get(quote + 1..length).is_some_and(ends_event)
        })
}

/// Whether this is what stands behind a delta's text: two braces, with
/// whitespace wherever it may stand.
fn ends_event(behind: &[u8]) -> bool {
    let mut scanner = Scanner::new(behind);
    let mut brace = || {
        scanner.skip_whitespace();
        scanner.take(b'}')
    };
    brace() && brace() && scanner.finish().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::event_stream::{FrameLimits, FramedMessageDecoder};

    /// Two answers of the fixtures, whose frames differ in text and padding alone.
    const TEXT: &[u8] =
        include_bytes!("../../../tests/fixtures/event-stream/messages/every-base64-length.bin");
    const SPACED: &[u8] =
        include_bytes!("../../../tests/fixtures/event-stream/messages/spaces-before-the-brace.bin");

    fn length_of_frame(stream: &[u8]) -> usize {
        u32::from_be_bytes(stream[..4].try_into().unwrap()) as usize
    }

    /// Without this everything would pass as well, only slower.
    #[test]
    fn every_delta_but_the_first_is_read_the_short_way() {
        for stream in [TEXT, SPACED] {
            let mut at = 0;
            let mut decoder = FramedMessageDecoder::new(FrameLimits::default());
            // message_start, content_block_start, and the first delta.
            for _ in 0..3 {
                at += length_of_frame(&stream[at..]);
            }
            decoder.reserve(stream.len());
            decoder.parser().feed(&stream[..at]);
            decoder.decode();
            assert_eq!(decoder.heads().heads.len(), 1);
            let mut parser = FrameParser::new(FrameLimits::default());
            parser.feed(&stream[at..]);
            let mut output = Output::default();
            decoder.heads().read(&mut parser, &mut output);
            // Nine deltas; content_block_stop is none.
            assert_eq!(parser.frames(), 9);
            assert_eq!(output.bytes(), "x".repeat((1..10).sum()).as_bytes());
        }
    }
}
