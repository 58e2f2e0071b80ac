//! Streamed answers: bytes in, events and text out, whatever the chunks.
//!
//! - [`SseParser`] cuts `text/event-stream` into events, to the letter of the
//!   HTML standard.
//! - [`SseDecoder`] hands those events to the host.
//! - [`MessageDecoder`] reads them as the Messages API's: deltas become text,
//!   everything else stays JSON text for the host to parse.
//! - [`event_stream`] has the same for `application/vnd.amazon.eventstream`.
//!
//! A decoder holds the event that is arriving and nothing before it. What it
//! [`found`](Found) can be read until the next call.

mod delta;
pub mod event_stream;
mod events;
mod fault;
mod input;
mod messages;
mod output;
mod sse;
mod text;
pub(crate) mod utf8;

pub use events::SseDecoder;
pub use fault::{Fault, Part, TooLong};
pub use input::Input;
pub use messages::MessageDecoder;
pub use output::{Found, Segment, SegmentKind};
pub use sse::{Event, SseParser};

/// How much of a stream is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The data of one event.
    pub event_bytes: usize,
    /// Any other line.
    pub line_bytes: usize,
    /// An event's id.
    pub id_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event_bytes: 16 << 20, line_bytes: 1 << 20, id_bytes: 4 << 10 }
    }
}

/// What went by in a stream so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Bytes taken in.
    pub bytes: u64,
    /// Events dispatched.
    pub events: u64,
    /// Lines that the standard says to ignore: unknown fields, unusable values. Comments are not counted.
    pub ignored_lines: u64,
    /// Events that aren't known to the Messages API.
    pub unknown_events: u64,
    /// U+FFFD put in the place of bytes that are not UTF-8.
    pub replacement_characters: u64,
}
