//! The deltas that make up nearly all of a stream, read without a value tree.

use std::borrow::Cow;

use super::output::Output;
use super::sse::begin_event;
use super::text::{Text, Written};
use super::{Event, SegmentKind, SseParser};
use crate::block::{self, Block};
use crate::json::StringToken;
use crate::json::scan::Scanner;

/// A `content_block_delta` in the form that the API writes: these members, in
/// this order, and no others. Any other form is left to the general reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PlainDelta {
    pub(crate) kind: SegmentKind,
    pub(crate) index: u32,
    /// The delta's text, in the event's data.
    pub(crate) text: StringToken,
}

/// Reads an event's data as a plain delta. Checks all of it.
pub(crate) fn plain_delta(data: &[u8]) -> Option<PlainDelta> {
    let mut scanner = Scanner::new(data);
    scanner.skip_whitespace();
    scanner.expect(b'{').ok()?;
    scanner.skip_whitespace();
    expect_name(&mut scanner, data, b"type")?;
    if unescaped_string(&mut scanner, data)? != b"content_block_delta" {
        return None;
    }
    expect_comma(&mut scanner)?;
    expect_name(&mut scanner, data, b"index")?;
    let index = index(&mut scanner, data)?;
    expect_comma(&mut scanner)?;
    expect_name(&mut scanner, data, b"delta")?;
    scanner.expect(b'{').ok()?;
    scanner.skip_whitespace();
    expect_name(&mut scanner, data, b"type")?;
    let (kind, field): (_, &[u8]) = match unescaped_string(&mut scanner, data)? {
        b"text_delta" => (SegmentKind::Text, b"text"),
        b"thinking_delta" => (SegmentKind::Thinking, b"thinking"),
        b"input_json_delta" => (SegmentKind::InputJson, b"partial_json"),
        b"signature_delta" => (SegmentKind::Signature, b"signature"),
        _ => return None,
    };
    expect_comma(&mut scanner)?;
    expect_name(&mut scanner, data, field)?;
    let text = scanner.string().ok()?;
    for _ in 0..2 {
        scanner.skip_whitespace();
        scanner.expect(b'}').ok()?;
    }
    scanner.finish().ok()?;
    Some(PlainDelta { kind, index, text })
}

fn expect_comma(scanner: &mut Scanner<'_>) -> Option<()> {
    scanner.skip_whitespace();
    scanner.expect(b',').ok()?;
    scanner.skip_whitespace();
    Some(())
}

fn expect_name(scanner: &mut Scanner<'_>, data: &[u8], name: &[u8]) -> Option<()> {
    let token = scanner.name().ok()?;
    (data.get(token.start..token.end)? == name).then_some(())
}

fn unescaped_string<'a>(scanner: &mut Scanner<'_>, data: &'a [u8]) -> Option<&'a [u8]> {
    let token = scanner.string().ok()?;
    data.get(token.start..token.end)
}

/// An index of up to nine digits.
fn index(scanner: &mut Scanner<'_>, data: &[u8]) -> Option<u32> {
    let start = scanner.at();
    scanner.number().ok()?;
    let digits = data.get(start..scanner.at()).filter(|digits| digits.len() <= 9)?;
    digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + u32::from(digit - b'0'))
    })
}

/// Writes a delta's text, which `data` holds. `false`, and nothing is written,
/// where the text isn't UTF-8 or UTF-8 can't hold it.
pub(crate) fn write(delta: PlainDelta, data: &[u8], output: &mut Output) -> bool {
    write_if(delta.kind, delta.index, data, delta.text.start, output, |_| true)
}

/// Writes the text of a delta, which begins at `at` in `data`. `false`, and
/// nothing is written, where that can't be done without loss or what is behind
/// the text isn't `as_expected`, which is told where the closing quote is.
pub(crate) fn write_if(
    kind: SegmentKind,
    index: u32,
    data: &[u8],
    at: usize,
    output: &mut Output,
    as_expected: impl FnOnce(usize) -> bool,
) -> bool {
    let (out, start) = output.open();
    match push_json_string(out, data, at).filter(|text| as_expected(text.end)) {
        Some(text) => output.close(kind, index, start, text.units),
        None => {
            output.reopen(start);
            return false;
        }
    }
    true
}

/// Not inlined: where a call for each delta is cheap enough.
#[inline(never)]
fn push_json_string(out: &mut Text, data: &[u8], at: usize) -> Option<Written> {
    out.push_json_string(data, at)
}

/// How many kinds of delta are remembered at a time.
const REMEMBERED: usize = 4;

/// A longer beginning isn't worth comparing.
const MAX_HEAD: usize = 512;

/// Remembers how the last deltas began, byte for byte.
///
/// The next event nearly always begins the same way. Then only its text and its
/// end are left to read. Whatever differs goes the general way, so this is
/// speed and never meaning.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    heads: Vec<Head>,
    /// The one that fitted last.
    likely: usize,
}

#[derive(Debug)]
struct Head {
    /// From the start of the event to the quote that opens the delta's text.
    bytes: Vec<u8>,
    kind: SegmentKind,
    index: u32,
}

impl Heads {
    /// Remembers how an event began that was read the general way.
    pub(crate) fn remember(&mut self, event: &Event<'_>, delta: PlainDelta) {
        // Repaired data is longer than what arrived: its lengths aren't the stream's.
        let (Some(plain), Cow::Borrowed(data)) = (event.plain, &event.data) else { return };
        let head = plain.len() - data.len() + delta.text.start;
        let Some(bytes) = plain.get(..head).filter(|bytes| bytes.len() <= MAX_HEAD) else { return };
        // Each repair in the event's name is counted, so it has to be read again.
        if std::str::from_utf8(bytes).is_err() {
            return;
        }
        let same = |head: &Head| head.kind == delta.kind && head.index == delta.index;
        let at = match self.heads.iter().position(same) {
            Some(at) => at,
            None if self.heads.len() < REMEMBERED => self.heads.len(),
            None => (self.likely + 1) % REMEMBERED,
        };
        let head = Head { bytes: bytes.to_vec(), kind: delta.kind, index: delta.index };
        match self.heads.get_mut(at) {
            Some(place) => *place = head,
            None => self.heads.push(head),
        }
        self.likely = at;
    }

    /// Reads on as long as events are deltas that begin as one before and have
    /// arrived whole. Whether what is left needs no other reading: it is nothing,
    /// or the beginning of such a delta.
    pub(crate) fn read(&mut self, parser: &mut SseParser, output: &mut Output) -> bool {
        let Self { heads, likely } = self;
        let read = |bytes: &[u8], limit| {
            let room = !output.is_full();
            let head = if room { head_of(heads, likely, bytes, limit) } else { None };
            head.and_then(|head| read_delta(head, bytes, limit, output))
        };
        parser.read_alike(read, |rest| heads.iter().any(|head| begin_event(rest, &head.bytes)))
    }
}

/// The head that the bytes begin with, of which so many count.
#[allow(clippy::inline_always, reason = "called for each delta")]
#[inline(always)]
fn head_of<'a>(
    heads: &'a [Head],
    likely: &mut usize,
    bytes: &[u8],
    limit: usize,
) -> Option<&'a Head> {
    for _ in 0..heads.len() {
        let head = heads.get(*likely)?;
        if head.bytes.len() < limit && block::starts_with(bytes, &head.bytes) {
            return Some(head);
        }
        *likely = if *likely + 1 < heads.len() { *likely + 1 } else { 0 };
    }
    None
}

/// Reads the delta behind a known beginning. The length of the event with its
/// blank line; `None`, and nothing is written, where it is of another form, not
/// whole or longer than `limit`.
#[allow(clippy::inline_always, reason = "called for each delta")]
#[inline(always)]
fn read_delta(head: &Head, bytes: &[u8], limit: usize, output: &mut Output) -> Option<usize> {
    let (out, start) = output.open();
    let text = out.push_json_string(bytes, head.bytes.len());
    let length = text.and_then(|text| end_of_event(bytes, text.end + 1));
    if let (Some(text), Some(length)) = (text, length)
        && length <= limit
    {
        output.close(head.kind, head.index, start, text.units);
        return Some(length);
    }
    output.reopen(start);
    None
}

/// The end of an event behind its text: two braces and the blank line.
#[allow(clippy::inline_always, reason = "called for each delta")]
#[inline(always)]
fn end_of_event(bytes: &[u8], at: usize) -> Option<usize> {
    // As the API writes it: padding before the second brace alone. One bit for
    // each byte, and one decision.
    let block = Block::at(bytes, at);
    let (braces, ends) = (block.equal(b'}').bits(), block.equal(b'\n').bits());
    let behind_first = (!block.equal(b' ')).bits() & !1;
    let second = behind_first & behind_first.wrapping_neg();
    let (both, blank_line) = (1 | second, second << 1 | second << 2);
    if second != 0 && braces & both == both && ends & blank_line == blank_line {
        return Some(at + second.trailing_zeros() as usize + 3);
    }
    end_of_spaced_event(bytes, at)
}

/// The same with blanks wherever they may stand and any line ends.
#[inline(never)]
fn end_of_spaced_event(bytes: &[u8], at: usize) -> Option<usize> {
    let mut scanner = Scanner::new_at(bytes, at);
    for _ in 0..2 {
        scanner.skip_blanks();
        scanner.expect(b'}').ok()?;
    }
    scanner.skip_blanks();
    let end = bytes.get(scanner.at()..)?;
    if end.first_chunk() == Some(b"\n\n") {
        Some(scanner.at() + 2)
    } else if end.first_chunk() == Some(b"\r\n\r\n") {
        Some(scanner.at() + 4)
    } else {
        None
    }
}
