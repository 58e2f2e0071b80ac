//! Events of any `text/event-stream`, handed to the host as text.

use std::borrow::Cow;
use std::mem;

use super::output::{LARGE, Output};
use super::{Fault, Found, Limits, Metrics, SegmentKind, SseParser};

/// Writes each event as up to three segments: its name and its id where they
/// differ from the event's before, then its data.
#[derive(Debug)]
pub struct SseDecoder {
    parser: SseParser,
    output: Output,
    name: String,
    id: String,
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
        self.output.reserve(self.parser.pending().saturating_add(wanted));
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
            if self.output.is_full() {
                return true;
            }
            let event = match self.parser.next_event() {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            };
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
