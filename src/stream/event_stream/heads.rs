//! The frames that make up nearly all of a stream, read without looking at
//! what is known of them.

use super::base64;
use super::crc32::{Crc32, KnownBytes};
use super::frame::{FrameParser, PRELUDE};
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
    /// The end of an event, out of its base64.
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
        Self { heads, likely: 0, tail: vec![0; MAX_TAIL / 4 * 3] }
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

    /// Reads the next frame if it is a delta that begins as one before, has
    /// arrived whole and is as its checksum says.
    pub(crate) fn read(&mut self, parser: &mut FrameParser, output: &mut Output) -> bool {
        let crc = parser.crc();
        let Some((prelude, frame)) = parser.arrived() else { return false };
        let Some((body, trailer)) = frame.split_last_chunk() else { return false };
        let Some(body) = body.get(PRELUDE..) else { return false };
        let mut at = self.likely;
        for _ in 0..REMEMBERED {
            let Some(head) = self.heads.get(at) else { return false };
            if prelude.headers == head.headers
                && let Some(rest) = body.strip_prefix(&*head.bytes)
                && !head.bytes.is_empty()
            {
                let Some(delta) = rest_of_delta(rest, head, &mut self.tail) else { return false };
                let state = head.checksum.update(prelude.state);
                if !crc.update(state, rest) != u32::from_be_bytes(*trailer)
                    || !delta::write(delta, &self.tail, output)
                {
                    return false;
                }
                parser.take(prelude);
                self.likely = at;
                return true;
            }
            at = (at + 1) % REMEMBERED;
        }
        false
    }
}

/// The delta behind a known beginning. Its text is in `tail`.
fn rest_of_delta(payload: &[u8], head: &FrameHead, tail: &mut [u8]) -> Option<PlainDelta> {
    let mut scanner = Scanner::new(payload);
    let text = scanner.string_body().ok()?;
    if !scanner.take(b'}') {
        padding(&mut scanner, payload)?;
        scanner.expect(b'}').ok()?;
    }
    scanner.finish().ok()?;
    let length = base64::decode(payload.get(text.start..text.end)?, tail).ok()?;
    let event = tail.get(..length)?;
    if !event.starts_with(&head.lead) {
        return None;
    }
    let mut scanner = Scanner::new_at(event, head.lead.len());
    let text = scanner.string_body().ok()?;
    for _ in 0..2 {
        scanner.skip_whitespace();
        scanner.expect(b'}').ok()?;
    }
    scanner.finish().ok()?;
    Some(PlainDelta { kind: head.kind, index: head.index, text })
}

/// The member that follows the event as a rule: `"p"` with text to fill up the frame.
fn padding(scanner: &mut Scanner<'_>, payload: &[u8]) -> Option<()> {
    scanner.expect(b',').ok()?;
    let name = scanner.name().ok()?;
    let value = scanner.string().ok()?;
    let is_padding = payload.get(name.start..name.end)? == b"p";
    (is_padding && payload.get(value.start..value.end)?.is_ascii()).then_some(())
}
