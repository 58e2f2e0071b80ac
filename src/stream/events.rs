//! Events of any `text/event-stream`, handed to the host as text.

use std::borrow::Cow;
use std::mem;

use super::output::{LARGE, Output};
use super::sse::begin_event;
use super::{Event, Fault, Found, Limits, Metrics, SegmentKind, SseParser};
use crate::block;

/// Writes each event as up to three segments: its name and its id where they
/// differ from the event's before, then its data. Data that begins as the data
/// before is written without its beginning, which the host has already.
#[derive(Debug)]
pub struct SseDecoder {
    parser: SseParser,
    output: Output,
    name: String,
    id: String,
    head: Head,
    /// The next round is the data of the event that was found last.
    large_waits: bool,
    fault: Option<Fault>,
}

impl SseDecoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            parser: SseParser::new(limits),
            output: Output::default(),
            name: String::new(),
            id: String::new(),
            head: Head::default(),
            large_waits: false,
            fault: None,
        }
    }

    /// Where bytes go in.
    pub fn parser(&mut self) -> &mut SseParser {
        &mut self.parser
    }

    /// Makes room for bytes, and for what they may hold.
    pub fn reserve(&mut self, wanted: usize) {
        self.parser.reserve(wanted);
        self.output.reserve(self.parser.input().capacity());
    }

    /// Reads on, one round of output at a time. Whether there is another round
    /// before the next bytes.
    pub fn decode(&mut self) -> bool {
        self.output.clear();
        if mem::take(&mut self.large_waits) {
            let event = self.parser.event();
            self.output.push_large(SegmentKind::EventData, &event.data);
            return true;
        }
        while self.fault.is_none() {
            let waits = self.read_alike();
            if self.output.is_full() {
                return true;
            }
            if waits {
                break;
            }
            let event = match self.parser.next_event() {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(too_long) => {
                    self.fault = Some(Fault::TooLong(too_long));
                    break;
                }
            };
            self.head.learn(&event);
            if self.name != event.name {
                event.name.clone_into(&mut self.name);
                self.output.push(SegmentKind::EventName, event.name);
            }
            if self.id != event.id {
                event.id.clone_into(&mut self.id);
                self.output.push(SegmentKind::EventId, event.id);
            }
            if event.data.len() > LARGE {
                if let Cow::Owned(data) = event.data {
                    self.parser.repair_found(data);
                }
                self.large_waits = true;
                return true;
            }
            self.output.push(SegmentKind::EventData, &event.data);
        }
        self.parser.compact();
        false
    }

    /// Reads on as long as events have the known head and have arrived whole.
    /// Whether what is left needs no other reading: it is nothing, or the
    /// beginning of such an event.
    fn read_alike(&mut self) -> bool {
        let Self { parser, output, head, name, id, .. } = self;
        // An id that came without an event holds for the events behind it.
        if id != parser.last_event_id() {
            parser.last_event_id().clone_into(id);
            output.push(SegmentKind::EventId, id);
        }
        let read = |bytes: &[u8], limit| {
            let known = head.bytes.as_slice();
            let begins = known.len() < limit && block::starts_with(bytes, known);
            if output.is_full() || known.is_empty() || !begins {
                return None;
            }
            if !mem::replace(&mut head.announced, true) {
                if *name != head.name {
                    name.clone_from(&head.name);
                    output.push(SegmentKind::EventName, name);
                }
                output.push(SegmentKind::EventHead, text_of(known, head.data));
            }
            read_rest(bytes, known.len(), limit, output)
        };
        parser.read_alike(read, |rest| !head.bytes.is_empty() && begin_event(rest, &head.bytes))
    }

    /// What the last call found.
    #[must_use]
    pub fn found(&self) -> Found<'_> {
        Found::new(&self.output, &self.parser)
    }

    /// Why the stream can't be read on; what came before is in the output.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// What went by so far.
    #[must_use]
    pub const fn metrics(&self) -> Metrics {
        self.parser.metrics()
    }

    /// The time that the stream asked to wait before reconnecting.
    #[must_use]
    pub const fn retry_ms(&self) -> Option<u64> {
        self.parser.retry_ms()
    }

    /// The id of the last event, which may have come without data.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }
}

/// A head is compared with each event, and kept up to this length.
const MAX_HEAD: usize = 512;

/// Less in common isn't worth joining two strings for.
const MIN_SHARED: usize = 16;

/// What the last events began with, byte for byte, into their data.
///
/// The events of an answer are nearly all of one kind, whose data differ late.
/// To make a string of what differs, and join it to the string of what doesn't,
/// takes a fraction of the time that decoding all of it again takes. Whatever
/// begins otherwise goes the general way, so this is speed and never meaning.
#[derive(Debug, Default)]
struct Head {
    /// From the start of the event. Empty before the first event.
    bytes: Vec<u8>,
    /// Where in it the data starts.
    data: usize,
    /// The events' name.
    name: String,
    /// The host knows it, and the name that belongs to it is the current one.
    announced: bool,
}

impl Head {
    /// Takes in an event that was read the general way: keeps what it has in
    /// common with the head, or makes it the head if that is little.
    fn learn(&mut self, event: &Event<'_>) {
        self.announced = false;
        let (Some(plain), Cow::Borrowed(text)) = (event.plain, &event.data) else { return };
        let data = plain.len() - text.len();
        // Each repair in the event's name is counted, so it has to be read again.
        if plain.get(..data).is_none_or(|name| std::str::from_utf8(name).is_err()) {
            return;
        }
        let common = self.bytes.iter().zip(plain).take_while(|(head, byte)| head == byte).count();
        let shared = text.floor_char_boundary(common.saturating_sub(data));
        let kept = if shared < MIN_SHARED { text.len() } else { shared };
        let kept = text.floor_char_boundary(kept.min(MAX_HEAD.saturating_sub(data)));
        self.bytes.clear();
        // Without any data, a colon or a space could still follow that isn't data.
        if kept == 0 {
            return;
        }
        self.bytes.extend_from_slice(plain.get(..data + kept).unwrap_or_default());
        self.data = data;
        event.name.clone_into(&mut self.name);
    }
}

/// What the data of events have in common that begin so.
fn text_of(head: &[u8], data: usize) -> &str {
    std::str::from_utf8(head.get(data..).unwrap_or_default()).unwrap_or_default()
}

/// Writes an event's data behind its head. The length of the event with its
/// blank line; `None`, and nothing is written, where it is of another form, not
/// whole or longer than `limit`.
#[allow(clippy::inline_always, reason = "called for each event")]
#[inline(always)]
fn read_rest(bytes: &[u8], head: usize, limit: usize, output: &mut Output) -> Option<usize> {
    let (out, start) = output.open();
    let rest = out.push_line(bytes, head);
    let length = rest.and_then(|rest| {
        let end = bytes.get(rest.end..)?;
        match end {
            [b'\n', b'\n', ..] => Some(rest.end + 2),
            [b'\r', b'\n', b'\r', b'\n', ..] => Some(rest.end + 4),
            _ => None,
        }
    });
    if let (Some(rest), Some(length)) = (rest, length)
        && length <= limit
    {
        output.close(SegmentKind::EventRest, 0, start, rest.units);
        return Some(length);
    }
    output.reopen(start);
    None
}
