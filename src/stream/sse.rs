//! `text/event-stream` as the HTML standard reads it (section 9.2.6).

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use super::utf8;
use super::{Fault, Limits, Metrics, Part};
use crate::block;

/// JavaScript's largest safe integer; a longer time than this is not told apart from it.
const MAX_RETRY_MS: u64 = (1 << 53) - 1;

/// What a buffer grows by at least.
const STEP: usize = 4 << 10;

/// How much of an event may wait for its rest unread.
const MAX_WAITING: usize = 1 << 10;

/// How much room is kept for what follows a large event.
const KEPT: usize = 64 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An event as the standard dispatches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'p> {
    /// Its type; empty where the stream names none, which stands for `message`.
    pub name: &'p str,
    /// Its data lines, joined by line feeds.
    pub data: Cow<'p, str>,
    /// The last event id so far.
    pub id: &'p str,
    /// Which event of the stream it is, from 1.
    pub number: u64,
    /// The event's bytes from its first line to the end of its data, if that
    /// is one data line after at most one event line.
    pub(crate) plain: Option<&'p [u8]>,
}

/// Cuts a stream of bytes into events.
///
/// Write bytes to [`room`](Self::room) and say how many with
/// [`filled`](Self::filled), or hand them to [`feed`](Self::feed). Then call
/// [`next_event`](Self::next_event) until there is none, and
/// [`compact`](Self::compact) at the end. A fault is final.
///
/// Holds the event that is arriving and one chunk; comments and lines without
/// meaning are dropped one by one.
#[derive(Debug)]
pub struct SseParser {
    limits: Limits,
    metrics: Metrics,
    /// All of it is initialised, because the host writes into it by address.
    bytes: Vec<u8>,
    /// What lies before is used up and stays readable until `compact`.
    start: usize,
    /// What lies behind isn't filled.
    end: usize,
    /// Where the current line starts. Only a held data line lies between `start` and it.
    line: usize,
    /// Up to where the current line is known to have no end, so that no byte is searched twice.
    scanned: usize,
    /// The last line ended with CR: an LF right behind it belongs to that end.
    skip_line_feed: bool,
    /// Only the first line may start with a byte order mark.
    first_line: bool,
    /// The fields of the event that is arriving.
    name: String,
    id: String,
    lines: DataLines,
    shape: Shape,
    /// The event that `advance` found.
    found: Found,
    last_event_id: String,
    retry_ms: Option<u64>,
    fault: Option<Fault>,
}

/// The data of the event that is arriving.
#[derive(Debug, Default)]
enum DataLines {
    #[default]
    None,
    /// One line so far, left where it arrived.
    Held(Range<usize>),
    /// Several, or one with another line behind it: joined elsewhere.
    Joined(Vec<u8>),
}

impl DataLines {
    fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Held(range) => range.len() + 1,
            Self::Joined(joined) => joined.len() + 1,
        }
    }

    fn bytes<'a>(&'a self, input: &'a [u8]) -> &'a [u8] {
        match self {
            Self::None => &[],
            Self::Held(range) => input.get(range.clone()).unwrap_or_default(),
            Self::Joined(joined) => joined,
        }
    }
}

/// The event that was found last.
#[derive(Debug, Default)]
struct Found {
    name: String,
    data: DataLines,
    /// Where its first line starts, if it is plain.
    plain_from: Option<usize>,
}

/// Which lines the event has so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// None.
    Empty,
    /// An event line that starts here.
    Named(usize),
    /// A data line, perhaps after an event line; together they start here.
    Plain(usize),
    /// Anything else.
    Other,
}

impl SseParser {
    /// A parser at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            metrics: Metrics::default(),
            bytes: Vec::new(),
            start: 0,
            end: 0,
            line: 0,
            scanned: 0,
            skip_line_feed: false,
            first_line: true,
            name: String::new(),
            id: String::new(),
            lines: DataLines::None,
            shape: Shape::Empty,
            found: Found::default(),
            last_event_id: String::new(),
            retry_ms: None,
            fault: None,
        }
    }

    /// The time that the stream asked to wait before reconnecting.
    #[must_use]
    pub const fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// The id that the last event had or took over.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// What went by so far.
    #[must_use]
    pub const fn metrics(&self) -> Metrics {
        self.metrics
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    /// Where the next bytes go. A block's worth is left behind it, so that what
    /// is filled can be read by blocks to its end.
    #[allow(clippy::inline_always, reason = "called around each chunk")]
    #[inline(always)]
    pub fn room(&mut self) -> &mut [u8] {
        let room = self.end..self.bytes.len().saturating_sub(block::SIZE);
        self.bytes.get_mut(room).unwrap_or_default()
    }

    /// How many bytes are held.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.end - self.start
    }

    /// Makes room for at least `wanted` bytes. Only here the buffer grows.
    pub fn reserve(&mut self, wanted: usize) {
        self.compact();
        let needed = self.end.saturating_add(wanted).saturating_add(block::SIZE);
        if needed > self.bytes.len() {
            // Half as much again each time keeps the copying linear for an
            // event that arrives in many small pieces.
            let grown = self.bytes.len() + self.bytes.len() / 2;
            let largest = self.limits.event_bytes.saturating_add(KEPT);
            self.bytes.resize(needed.saturating_add(STEP).max(grown.min(largest)), 0);
        }
    }

    /// Takes over `count` bytes that were written to [`room`](Self::room).
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub fn filled(&mut self, count: usize) {
        let count = count.min(self.room().len());
        self.end += count;
        self.metrics.bytes += count as u64;
    }

    /// Takes bytes in.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        if let Some(room) = self.room().get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.filled(bytes.len());
    }

    /// Moves what isn't used up to the front of the buffer.
    ///
    /// Once a chunk, after its events: what is left then came with that chunk,
    /// or nothing was used up and nothing moves. So the cost is linear.
    pub fn compact(&mut self) {
        let moved = self.start;
        if moved == 0 {
            return;
        }
        if moved < self.end {
            self.bytes.copy_within(moved..self.end, 0);
        }
        self.start = 0;
        self.end -= moved;
        self.line -= moved;
        self.scanned = self.scanned.saturating_sub(moved);
        if let DataLines::Held(range) = &mut self.lines {
            *range = range.start - moved..range.end - moved;
        }
        self.shape = match self.shape {
            Shape::Named(from) | Shape::Plain(from) if from < moved => Shape::Other,
            Shape::Plain(from) => Shape::Plain(from - moved),
            other => other,
        };
        self.found = Found::default();
        if self.bytes.len() > 4 * KEPT && self.end < KEPT {
            // The room that a large event needed isn't kept for small ones.
            self.bytes.truncate(2 * KEPT);
            self.bytes.shrink_to_fit();
        }
    }

    /// The next event that is complete.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, Fault> {
        if self.advance()? { Ok(Some(self.event())) } else { Ok(None) }
    }

    /// The event that the end of the stream cut off before its blank line,
    /// which the standard drops.
    pub fn unfinished_event(&mut self) -> Result<Option<Event<'_>>, Fault> {
        if self.advance()? {
            return Ok(Some(self.event()));
        }
        let line = self.unfinished_line();
        self.line = self.end;
        if !line.is_empty() {
            self.field(line)?;
        }
        if self.dispatch() { Ok(Some(self.event())) } else { Ok(None) }
    }

    /// Goes on to the next event; `false` where it isn't complete.
    fn advance(&mut self) -> Result<bool, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        while let Some(line) = self.next_line() {
            if line.is_empty() {
                if self.dispatch() {
                    return Ok(true);
                }
            } else if let Err(fault) = self.field(line) {
                self.fault = Some(fault.clone());
                return Err(fault);
            }
        }
        if let Err(fault) = self.check_length(self.unfinished_line()) {
            self.fault = Some(fault.clone());
            return Err(fault);
        }
        Ok(false)
    }

    /// Takes a line off the input, without its end.
    fn next_line(&mut self) -> Option<Range<usize>> {
        self.skip_line_feed();
        let from = self.scanned.max(self.line);
        let Some(end) = line_end(self.bytes.get(..self.end)?, from) else {
            self.scanned = self.end;
            return None;
        };
        let mut line = mem::replace(&mut self.line, end + 1)..end;
        self.skip_line_feed = self.byte(end) == Some(b'\r');
        if mem::take(&mut self.first_line) {
            line.start += self.byte_order_mark(line.clone());
        }
        if !matches!(self.lines, DataLines::Held(_)) {
            self.start = self.line;
        }
        Some(line)
    }

    #[allow(clippy::inline_always, reason = "mostly there is none to skip")]
    #[inline(always)]
    fn skip_line_feed(&mut self) {
        if !self.skip_line_feed {
            return;
        }
        let Some(next) = self.byte(self.line) else { return };
        if mem::take(&mut self.skip_line_feed) && next == b'\n' {
            self.line += 1;
            if !matches!(self.lines, DataLines::Held(_)) {
                self.start = self.line;
            }
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end { self.bytes.get(at).copied() } else { None }
    }

    /// How long the byte order mark at the start of a line is.
    fn byte_order_mark(&self, line: Range<usize>) -> usize {
        let line = self.bytes.get(line).unwrap_or_default();
        if line.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    fn unfinished_line(&self) -> Range<usize> {
        let line = self.line..self.end;
        if self.first_line {
            return line.start + self.byte_order_mark(line.clone())..line.end;
        }
        line
    }

    /// Whether a line may be this long, finished or not.
    fn check_length(&self, line: Range<usize>) -> Result<(), Fault> {
        let bytes = self.bytes.get(line).unwrap_or_default();
        let (part, length, limit) = match bytes.strip_prefix(b"data:") {
            Some(value) => {
                let value = value.strip_prefix(b" ").unwrap_or(value);
                (Part::Event, self.lines.len() + value.len(), self.limits.event_bytes)
            }
            None => (Part::Line, bytes.len(), self.limits.line_bytes),
        };
        if length > limit { Err(Fault::TooLong { part, limit }) } else { Ok(()) }
    }

    /// Takes in a line that isn't blank.
    fn field(&mut self, line: Range<usize>) -> Result<(), Fault> {
        self.check_length(line.clone())?;
        let bytes = self.bytes.get(line.clone()).unwrap_or_default();
        let colon = bytes.iter().position(|&byte| byte == b':');
        let (name, value) = match colon.and_then(|at| bytes.split_at_checked(at)) {
            Some((name, value)) => (name, value.strip_prefix(b":").unwrap_or(value)),
            None => (bytes, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                let value = line.end - value.len()..line.end;
                return self.data_line(line.start, value);
            }
            b"event" => {
                self.name.clear();
                self.name.push_str(&utf8::decode(value, &mut self.metrics.replacement_characters));
                self.shape = match self.shape {
                    Shape::Empty => Shape::Named(line.start),
                    _ => Shape::Other,
                };
                self.release();
                return Ok(());
            }
            b"id" if !value.contains(&0) => {
                let limit = self.limits.id_bytes;
                if value.len() > limit {
                    return Err(Fault::TooLong { part: Part::Id, limit });
                }
                self.id.clear();
                self.id.push_str(&utf8::decode(value, &mut self.metrics.replacement_characters));
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let time = value.iter().fold(0_u64, |time, digit| {
                    time.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
                });
                self.retry_ms = Some(time.min(MAX_RETRY_MS));
            }
            // A comment.
            b"" if colon.is_some() => {}
            _ => self.metrics.ignored_lines += 1,
        }
        self.shape = Shape::Other;
        self.release();
        Ok(())
    }

    fn data_line(&mut self, line_start: usize, value: Range<usize>) -> Result<(), Fault> {
        let length = self.lines.len() + value.len();
        if length > self.limits.event_bytes {
            return Err(Fault::TooLong { part: Part::Event, limit: self.limits.event_bytes });
        }
        if matches!(self.lines, DataLines::None) {
            self.shape = match self.shape {
                Shape::Empty => Shape::Plain(line_start),
                Shape::Named(from) => Shape::Plain(from),
                Shape::Plain(_) | Shape::Other => Shape::Other,
            };
            self.start = value.start;
            self.lines = DataLines::Held(value);
            return Ok(());
        }
        self.shape = Shape::Other;
        self.release();
        if let DataLines::Joined(joined) = &mut self.lines {
            joined.push(b'\n');
            joined.extend_from_slice(self.bytes.get(value).unwrap_or_default());
        }
        Ok(())
    }

    /// Lets the input go on past a held data line.
    fn release(&mut self) {
        if let DataLines::Held(range) = &self.lines {
            let held = self.bytes.get(range.clone()).unwrap_or_default();
            self.lines = DataLines::Joined(held.to_vec());
        }
        self.start = self.line;
    }

    /// The end of an event. Whether it is one: an event without data isn't.
    fn dispatch(&mut self) -> bool {
        if self.last_event_id != self.id {
            self.last_event_id.clone_from(&self.id);
        }
        self.start = self.line;
        self.found.plain_from = match mem::replace(&mut self.shape, Shape::Empty) {
            Shape::Plain(from) => Some(from),
            _ => None,
        };
        self.found.data = mem::take(&mut self.lines);
        mem::swap(&mut self.found.name, &mut self.name);
        self.name.clear();
        let is_event = !matches!(self.found.data, DataLines::None);
        self.metrics.events += u64::from(is_event);
        is_event
    }

    /// The event that was found last. It stays until `compact`.
    pub(crate) fn event(&mut self) -> Event<'_> {
        let plain = match (&self.found.data, self.found.plain_from) {
            (DataLines::Held(range), Some(from)) => self.bytes.get(from..range.end),
            _ => None,
        };
        let data = self.found.data.bytes(&self.bytes);
        Event {
            name: &self.found.name,
            data: utf8::decode(data, &mut self.metrics.replacement_characters),
            id: &self.last_event_id,
            number: self.metrics.events,
            plain,
        }
    }

    /// The data of the event that was found last, once it is UTF-8.
    pub(crate) fn found_data(&self) -> &[u8] {
        self.found.data.bytes(&self.bytes)
    }

    /// Puts the decoded data in the place of bytes that were not UTF-8.
    pub(crate) fn repair_found(&mut self, data: String) {
        self.found.data = DataLines::Joined(data.into_bytes());
    }

    /// What is unread, if an event starts there and nothing came that could change its meaning.
    pub(crate) fn at_event(&mut self) -> Option<Unread<'_>> {
        self.skip_line_feed();
        let at_start = self.shape == Shape::Empty && !self.first_line && !self.skip_line_feed;
        // A line that was searched in vain is not looked at twice: a long one
        // that arrives byte by byte must stay linear.
        let is_new = self.scanned <= self.line;
        if !at_start || !is_new || self.fault.is_some() {
            return None;
        }
        Some(Unread { bytes: self.bytes.get(self.line..)?, filled: self.end - self.line })
    }

    /// What is left of [`Self::at_event`], if it is short enough to wait for the
    /// rest of its event. It is looked at again with each chunk; in a longer
    /// one no byte is searched twice.
    pub(crate) fn short_rest(&self) -> Option<&[u8]> {
        let limit = MAX_WAITING.min(self.limits.line_bytes).min(self.limits.event_bytes);
        self.bytes.get(self.line..self.end).filter(|rest| rest.len() <= limit)
    }

    /// Skips events that the caller read by itself from [`Self::at_event`].
    pub(crate) fn skip_events(&mut self, count: u64, length: usize) {
        self.line = self.line.saturating_add(length).min(self.end);
        self.start = self.line;
        self.metrics.events += count;
    }
}

/// Unread input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'p> {
    /// The input and what lies behind it: anything at all, which may look as if
    /// it belonged to it.
    pub(crate) bytes: &'p [u8],
    /// How much of it was filled.
    pub(crate) filled: usize,
}

/// Whether the bytes are nothing, or begin an event with this head whose last
/// line goes on behind them.
pub(crate) fn begin_event(bytes: &[u8], head: &[u8]) -> bool {
    match bytes.get(head.len()..) {
        Some(_) => block::starts_with(bytes, head) && line_end(bytes, head.len()).is_none(),
        None => block::starts_with(head, bytes),
    }
}

/// The first CR or LF from `at` on.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = block::find(bytes, at, |block| block.equal(b'\n') | block.equal(b'\r'));
    (end < bytes.len()).then_some(end)
}
