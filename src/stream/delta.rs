//! The deltas that make up nearly all of a stream, read without a value tree.

use std::borrow::Cow;

use super::output::{LARGE, Output};
use super::{Event, SegmentKind, SseParser};
use crate::json::scan::Scanner;
use crate::json::{StringToken, decode_into};

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
    let body = data.get(delta.text.start..delta.text.end).unwrap_or_default();
    let Ok(body) = std::str::from_utf8(body) else { return false };
    let (out, start) = output.open();
    if !delta.text.escaped {
        out.push_str(body);
    } else if !decode_into(body, out) {
        output.reopen(start);
        return false;
    }
    output.close(delta.kind, delta.index, start);
    true
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

    /// Reads the next event if it is a delta that begins as one before and has
    /// arrived whole.
    pub(crate) fn read(&mut self, parser: &mut SseParser, output: &mut Output) -> bool {
        let limit = parser.limits().event_bytes.min(LARGE);
        let Some(bytes) = parser.at_event() else { return false };
        let mut at = self.likely;
        for _ in 0..self.heads.len() {
            let Some(head) = self.heads.get(at) else { return false };
            if bytes.starts_with(&head.bytes) {
                let Some((delta, length)) = rest_of_delta(bytes, head) else { return false };
                // The general way knows which bytes count.
                if length > limit {
                    return false;
                }
                if !write(delta, bytes, output) {
                    return false;
                }
                parser.skip_event(length);
                self.likely = at;
                return true;
            }
            at = if at + 1 < self.heads.len() { at + 1 } else { 0 };
        }
        false
    }
}

/// The delta behind a known beginning, and the length of the event with its
/// blank line.
fn rest_of_delta(bytes: &[u8], head: &Head) -> Option<(PlainDelta, usize)> {
    let mut scanner = Scanner::new_at(bytes, head.bytes.len());
    let text = scanner.string_body().ok()?;
    for _ in 0..2 {
        scanner.skip_blanks();
        scanner.expect(b'}').ok()?;
    }
    scanner.skip_blanks();
    let end = bytes.get(scanner.at()..)?;
    let blank_line = if end.starts_with(b"\n\n") {
        2
    } else if end.starts_with(b"\r\n\r\n") {
        4
    } else {
        return None;
    };
    let delta = PlainDelta { kind: head.kind, index: head.index, text };
    Some((delta, scanner.at() + blank_line))
}
