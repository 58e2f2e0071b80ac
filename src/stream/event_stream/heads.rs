//! The frames that make up nearly all of a stream, read without looking at
//! what is known of them.

use super::base64;
use super::crc32::{Crc32, KnownBytes};
use super::frame::{Arrived, FrameParser, PRELUDE, TRAILER};
use crate::block;
use crate::json::scan::Scanner;
use crate::stream::SegmentKind;
use crate::stream::delta::{self, PlainDelta};
use crate::stream::output::Output;

/// How many kinds of delta are remembered at a time.
const REMEMBERED: usize = 4;

/// A longer beginning isn't worth comparing.
pub(crate) const MAX_HEAD: usize = 1024;

/// The most text of a delta that is read this way, in base64.
const MAX_TAIL: usize = 4096;

/// What a payload begins with where the event is its first member.
const OPENING: &[u8] = b"{\"bytes\":\"";

/// What stands behind the event's base64 where the frame is filled up.
const PADDING: &[u8] = b",\"p\":\"";

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
    /// From the headers on. None where nothing is remembered.
    bytes: Vec<u8>,
    /// How many of them are headers.
    headers: usize,
    checksum: KnownBytes,
    /// What the base64 behind them holds of the event before the text: up to two bytes.
    lead: Vec<u8>,
    kind: SegmentKind,
    index: u32,
}

impl FrameHead {
    /// A place with room for any, so that remembering allocates nothing.
    fn empty() -> Self {
        Self {
            bytes: Vec::with_capacity(MAX_HEAD),
            headers: 0,
            checksum: KnownBytes::NONE,
            lead: Vec::with_capacity(2),
            kind: SegmentKind::Json,
            index: 0,
        }
    }
}

impl FrameHeads {
    pub(crate) fn new() -> Self {
        let heads = (0..REMEMBERED).map(|_| FrameHead::empty()).collect();
        Self { heads, likely: 0, tail: vec![0; MAX_TAIL / 4 * 3 + block::SIZE] }
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
        let whole_triples = delta.text.start / 3;
        let head = headers + OPENING.len() + 4 * whole_triples;
        let Some(bytes) = beginning.get(..head).filter(|bytes| bytes.len() <= MAX_HEAD) else {
            return;
        };
        if !bytes.get(headers..).is_some_and(|payload| payload.starts_with(OPENING)) {
            return;
        }
        let same = |head: &FrameHead| head.kind == delta.kind && head.index == delta.index;
        let unused = |head: &FrameHead| head.bytes.is_empty();
        let at = self
            .heads
            .iter()
            .position(same)
            .or_else(|| self.heads.iter().position(unused))
            .unwrap_or((self.likely + 1) % REMEMBERED);
        let Some(place) = self.heads.get_mut(at) else { return };
        place.bytes.clear();
        place.bytes.extend_from_slice(bytes);
        place.headers = headers;
        place.checksum = KnownBytes::new(crc, bytes);
        place.lead.clear();
        place
            .lead
            .extend_from_slice(event.get(3 * whole_triples..delta.text.start).unwrap_or_default());
        place.kind = delta.kind;
        place.index = delta.index;
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
        let Some(at) = self.head_of(frame) else { return false };
        let Some(head) = self.heads.get(at) else { return false };
        let begin = PRELUDE + head.bytes.len();
        let end = frame.prelude.frame - TRAILER;
        let Some(rest) = frame.bytes.get(begin..end) else { return false };
        let Some(trailer) = frame.bytes.get(end..).and_then(<[u8]>::first_chunk) else {
            return false;
        };
        if !crc.update(head.checksum.update(frame.prelude.state), rest)
            != u32::from_be_bytes(*trailer)
        {
            return false;
        }
        let Some(base64) = end_of_base64(frame.bytes, begin, end) else { return false };
        let Some(base64) = frame.bytes.get(begin..base64) else { return false };
        let Ok(length) = base64::decode(base64, &mut self.tail) else { return false };
        write_delta(head, &self.tail, length, output)
    }

    /// The head that the frame begins with.
    fn head_of(&mut self, frame: &Arrived<'_>) -> Option<usize> {
        let body = frame.bytes.get(PRELUDE..)?;
        for _ in 0..REMEMBERED {
            let at = self.likely;
            let head = self.heads.get(at)?;
            if head.headers == frame.prelude.headers
                && !head.bytes.is_empty()
                && block::starts_with(body, &head.bytes)
            {
                return Some(at);
            }
            self.likely = (at + 1) % REMEMBERED;
        }
        None
    }
}

/// Where the base64 from `begin` on ends, in a payload that ends at `end` with
/// nothing behind the event but padding.
fn end_of_base64(bytes: &[u8], begin: usize, end: usize) -> Option<usize> {
    let quote = block::find(bytes, begin, |block| block.equal(b'"'));
    let behind = bytes.get(quote + 1..end)?;
    if behind == b"}" {
        return Some(quote);
    }
    let padding = behind.strip_prefix(PADDING)?.strip_suffix(b"\"}")?;
    let start = end - padding.len() - 2;
    let plain = block::find(bytes, start, |block| {
        block.equal(b'"') | block.equal(b'\\') | block.less(0x20) | block.beyond_ascii()
    });
    (plain == end - 2).then_some(quote)
}

/// Writes the text of the delta whose event ends with the first `length` bytes
/// of `tail`. `false`, and nothing is written, where it is of another form.
fn write_delta(head: &FrameHead, tail: &[u8], length: usize, output: &mut Output) -> bool {
    tail.starts_with(&head.lead)
        && delta::write_if(head.kind, head.index, tail, head.lead.len(), output, |quote| {
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
