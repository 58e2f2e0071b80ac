//! `text/event-stream` as the HTML standard reads it (section 9.2.6).

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use super::input::Input;
use super::output::LARGE;
use super::utf8;
use super::{Limits, Metrics, Part, TooLong};
use crate::block;

/// JavaScript's largest safe integer; a longer time than this is not told apart from it.
const MAX_RETRY_MS: u64 = (1 << 53) - 1;

/// How much of an event may wait for its rest unread.
const MAX_WAITING: usize = 1 << 10;

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
/// Hand it bytes with [`feed`](Self::feed), or write them to its
/// [`input`](Self::input). Then call [`next_event`](Self::next_event) until
/// there is none, and [`compact`](Self::compact) at the end. A fault is final.
///
/// Holds the event that is arriving and one chunk; comments and lines without
/// meaning are dropped one by one.
#[derive(Debug)]
pub struct SseParser {
    limits: Limits,
    metrics: Metrics,
    input: Input,
    /// Where the current line starts. Only a held data line lies between it and what is used up.
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
    fault: Option<TooLong>,
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

    fn bytes<'a>(&'a self, input: &'a Input) -> &'a [u8] {
        match self {
            Self::None => &[],
            Self::Held(range) => input.get(range.clone()),
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
            input: Input::new(limits.event_bytes),
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
        Metrics { bytes: self.input.came(), ..self.metrics }
    }

    /// Where bytes go in.
    #[allow(clippy::inline_always, reason = "called around each chunk")]
    #[inline(always)]
    pub const fn input(&mut self) -> &mut Input {
        &mut self.input
    }

    /// Makes room for at least `wanted` bytes.
    pub fn reserve(&mut self, wanted: usize) {
        self.compact();
        self.input.reserve(wanted);
    }

    /// Takes bytes in.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.compact();
        self.input.feed(bytes);
    }

    /// Drops what is used up. Once a chunk, after its events.
    pub fn compact(&mut self) {
        let moved = self.input.compact();
        if moved == 0 {
            return;
        }
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
        if !matches!(self.found.data, DataLines::None) {
            self.found = Found::default();
        }
    }

    /// The next event that is complete.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, TooLong> {
        if self.advance()? { Ok(Some(self.event())) } else { Ok(None) }
    }

    /// The event that the end of the stream cut off before its blank line,
    /// which the standard drops.
    pub fn unfinished_event(&mut self) -> Result<Option<Event<'_>>, TooLong> {
        if self.advance()? {
            return Ok(Some(self.event()));
        }
        let line = self.unfinished_line();
        self.line = self.input.end();
        if !line.is_empty() {
            self.field(line)?;
        }
        if self.dispatch() { Ok(Some(self.event())) } else { Ok(None) }
    }

    /// Goes on to the next event; `false` where it isn't complete.
    fn advance(&mut self) -> Result<bool, TooLong> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        while let Some(line) = self.next_line() {
            if line.is_empty() {
                if self.dispatch() {
                    return Ok(true);
                }
            } else if let Err(fault) = self.field(line) {
                self.fault = Some(fault);
                return Err(fault);
            }
        }
        if let Err(fault) = self.check_length(self.unfinished_line()) {
            self.fault = Some(fault);
            return Err(fault);
        }
        Ok(false)
    }

    /// Takes a line off the input, without its end.
    fn next_line(&mut self) -> Option<Range<usize>> {
        self.skip_line_feed();
        let from = self.scanned.max(self.line);
        let Some(end) = line_end(self.input.arrived(), from) else {
            self.scanned = self.input.end();
            return None;
        };
        let mut line = mem::replace(&mut self.line, end + 1)..end;
        self.skip_line_feed = self.byte(end) == Some(b'\r');
        if mem::take(&mut self.first_line) {
            line.start += self.byte_order_mark(line.clone());
        }
        if !matches!(self.lines, DataLines::Held(_)) {
            self.input.use_up_to(self.line);
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
                self.input.use_up_to(self.line);
            }
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.input.arrived().get(at).copied()
    }

    /// How long the byte order mark at the start of a line is.
    fn byte_order_mark(&self, line: Range<usize>) -> usize {
        let line = self.input.get(line);
        if line.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
    }

    fn unfinished_line(&self) -> Range<usize> {
        let line = self.line..self.input.end();
        if self.first_line {
            return line.start + self.byte_order_mark(line.clone())..line.end;
        }
        line
    }

    /// Whether a line may be this long, finished or not.
    fn check_length(&self, line: Range<usize>) -> Result<(), TooLong> {
        let bytes = self.input.get(line);
        let (part, length, limit) = match bytes.strip_prefix(b"data:") {
            Some(value) => {
                let value = value.strip_prefix(b" ").unwrap_or(value);
                (Part::Event, self.lines.len() + value.len(), self.limits.event_bytes)
            }
            None => (Part::Line, bytes.len(), self.limits.line_bytes),
        };
        if length > limit { Err(TooLong { part, limit }) } else { Ok(()) }
    }

    /// Takes in a line that isn't blank.
    fn field(&mut self, line: Range<usize>) -> Result<(), TooLong> {
        self.check_length(line.clone())?;
        let bytes = self.input.get(line.clone());
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
                    return Err(TooLong { part: Part::Id, limit });
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

    fn data_line(&mut self, line_start: usize, value: Range<usize>) -> Result<(), TooLong> {
        let length = self.lines.len() + value.len();
        if length > self.limits.event_bytes {
            return Err(TooLong { part: Part::Event, limit: self.limits.event_bytes });
        }
        if matches!(self.lines, DataLines::None) {
            self.shape = match self.shape {
                Shape::Empty => Shape::Plain(line_start),
                Shape::Named(from) => Shape::Plain(from),
                Shape::Plain(_) | Shape::Other => Shape::Other,
            };
            self.input.use_up_to(value.start);
            self.lines = DataLines::Held(value);
            return Ok(());
        }
        self.shape = Shape::Other;
        self.release();
        if let DataLines::Joined(joined) = &mut self.lines {
            joined.push(b'\n');
            joined.extend_from_slice(self.input.get(value));
        }
        Ok(())
    }

    /// Lets the input go on past a held data line.
    fn release(&mut self) {
        if let DataLines::Held(range) = &self.lines {
            let held = self.input.get(range.clone());
            self.lines = DataLines::Joined(held.to_vec());
        }
        self.input.use_up_to(self.line);
    }

    /// The end of an event. Whether it is one: an event without data isn't.
    fn dispatch(&mut self) -> bool {
        if self.last_event_id != self.id {
            self.last_event_id.clone_from(&self.id);
        }
        self.input.use_up_to(self.line);
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
            (DataLines::Held(range), Some(from)) => Some(self.input.get(from..range.end)),
            _ => None,
        };
        let data = self.found.data.bytes(&self.input);
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
        self.found.data.bytes(&self.input)
    }

    /// Puts the decoded data in the place of bytes that were not UTF-8.
    pub(crate) fn repair_found(&mut self, data: String) {
        self.found.data = DataLines::Joined(data.into_bytes());
    }

    /// Reads on with `read` as long as it takes an event from the front of the
    /// bytes that it gets, of which so many count, and says how long that was.
    /// Whether what is left needs no other reading: it is nothing, or short and
    /// `is_beginning` says that it may wait for its rest.
    #[allow(clippy::inline_always, reason = "the loop is made for each `read`")]
    #[inline(always)]
    pub(crate) fn read_alike(
        &mut self,
        mut read: impl FnMut(&[u8], usize) -> Option<usize>,
        is_beginning: impl Fn(&[u8]) -> bool,
    ) -> bool {
        if !self.is_at_event() {
            return false;
        }
        // The general way knows which bytes count.
        let limit = self.limits.event_bytes.min(LARGE);
        let mut bytes = self.input.from(self.line);
        let mut left = self.input.end() - self.line;
        let mut events = 0;
        while left > 0
            && let Some(length) = read(bytes, left.min(limit))
            && let Some(rest) = bytes.get(length..)
        {
            bytes = rest;
            left -= length;
            events += 1;
        }
        self.line = self.input.end() - left;
        self.input.use_up_to(self.line);
        self.metrics.events += events;
        // What waits is looked at again with each chunk; in a longer rest no
        // byte is searched twice.
        let longest = MAX_WAITING.min(self.limits.line_bytes).min(self.limits.event_bytes);
        left == 0 || left <= longest && is_beginning(self.input.unread())
    }

    /// Whether an event starts here and nothing came that could change its meaning.
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    fn is_at_event(&mut self) -> bool {
        self.skip_line_feed();
        let at_start = self.shape == Shape::Empty && !self.first_line && !self.skip_line_feed;
        // A line that was searched in vain is not looked at twice: a long one
        // that arrives byte by byte must stay linear.
        at_start && self.scanned <= self.line && self.fault.is_none()
    }
}

/// Whether the bytes begin an event with this head whose last line goes on
/// behind them.
pub(crate) fn begin_event(bytes: &[u8], head: &[u8]) -> bool {
    let (longer, shorter) = if bytes.len() < head.len() { (head, bytes) } else { (bytes, head) };
    block::starts_with(longer, shorter) && line_end(bytes, head.len()).is_none()
}

/// The first CR or LF from `at` on.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    let end = block::find(bytes, at, |block| block.equal(b'\n') | block.equal(b'\r'));
    (end < bytes.len()).then_some(end)
}
