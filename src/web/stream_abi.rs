//! The hot path's boundary: plain functions over numbers, without wasm-bindgen.
//!
//! The host writes a chunk of at most [`MAX_CHUNK`] bytes where the decoder's
//! `Header` says that there is room, calls [`decoder_push`], and reads text
//! and segments where the header says they are. Nothing is allocated in
//! between: memory grows in [`decoder_reserve`] only (and for input that is not
//! UTF-8), which the host calls where a chunk doesn't fit.
//!
//! A handle that was closed, or never was one, is refused and touches nothing.

#![allow(unsafe_code, reason = "exporting a function under its own name counts as unsafe")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Failure;
use crate::stream::event_stream::{EventStreamDecoder, FrameLimits, FramedMessageDecoder};
use crate::stream::{Fault, Input, Limits, MessageDecoder, Metrics, SseDecoder, SseParser};

use super::failure;

/// The most bytes that a chunk may have. The host cuts larger ones, so that
/// memory doesn't grow with them.
pub const MAX_CHUNK: u32 = 64 << 10;

/// What a decoder makes of its input.
mod mode {
    /// Events as they are dispatched.
    pub(super) const SSE: u32 = 0;
    /// The Messages API's events.
    pub(super) const MESSAGE: u32 = 1;
    /// Frames of an event stream.
    pub(super) const FRAMES: u32 = 2;
    /// The Messages API's events in such frames.
    pub(super) const FRAMED_MESSAGE: u32 = 3;
}

/// What a decoder counts.
mod count {
    pub(super) const BYTES: u32 = 0;
    pub(super) const EVENTS: u32 = 1;
    pub(super) const IGNORED_LINES: u32 = 2;
    pub(super) const UNKNOWN_EVENTS: u32 = 3;
    pub(super) const REPLACEMENT_CHARACTERS: u32 = 4;
    /// The reconnection time, in milliseconds.
    pub(super) const RETRY_MS: u32 = 5;
}

/// How a call ended; the bits add up.
mod status {
    /// There is more in the input: take the output and call again with 0 bytes.
    pub(super) const MORE: u32 = 1;
    /// The stream can't be read on; `decoder_fault` says why.
    pub(super) const FAULT: u32 = 2;
    /// There is no such decoder, or it has no room for so many bytes.
    pub(super) const REFUSED: u32 = 4;
}

/// Where things are after a call: what the host reads, word by word. It stays
/// where it is as long as its decoder is open.
#[derive(Default)]
#[repr(C)]
struct Header {
    /// Address and length of the room for the next bytes.
    room: u32,
    room_bytes: u32,
    /// Address and length of the text; for frames the address of the bytes that they are in.
    text: u32,
    text_bytes: u32,
    /// Address and number of the segments: four words each, `Segment` or `FoundFrame`.
    segments: u32,
    segment_count: u32,
    /// Address and length of what a call noted: a fault, an id, measurements.
    note: u32,
    note_bytes: u32,
}

/// An address that the host may read or write at.
fn address<T>(place: *const T) -> u32 {
    word(place.expose_provenance())
}

/// Addresses and lengths have 32 bits in WebAssembly.
fn word(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

enum Decoder {
    Sse(SseDecoder),
    Message(MessageDecoder),
    Frames(EventStreamDecoder),
    FramedMessage(FramedMessageDecoder),
}

/// The same call on whichever decoder it is.
macro_rules! each {
    ($self:ident, $decoder:ident => $call:expr) => {
        match $self {
            Self::Sse($decoder) => $call,
            Self::Message($decoder) => $call,
            Self::Frames($decoder) => $call,
            Self::FramedMessage($decoder) => $call,
        }
    };
}

impl Decoder {
    fn open(mode: u32, max_bytes: usize, max_header_bytes: usize) -> Option<Self> {
        let limits = Limits { event_bytes: max_bytes, ..Limits::default() };
        let frame_limits = FrameLimits { message_bytes: max_bytes, header_bytes: max_header_bytes };
        Some(match mode {
            mode::SSE => Self::Sse(SseDecoder::new(limits)),
            mode::MESSAGE => Self::Message(MessageDecoder::new(limits)),
            mode::FRAMES => Self::Frames(EventStreamDecoder::new(frame_limits)),
            mode::FRAMED_MESSAGE => Self::FramedMessage(FramedMessageDecoder::new(frame_limits)),
            _ => return None,
        })
    }

    fn input(&mut self) -> &mut Input {
        each!(self, decoder => decoder.parser().input())
    }

    fn reserve(&mut self, wanted: usize) {
        each!(self, decoder => decoder.reserve(wanted));
    }

    fn decode(&mut self) -> bool {
        each!(self, decoder => decoder.decode())
    }

    fn finish(&mut self) {
        match self {
            Self::Sse(_) => {}
            Self::Message(decoder) => decoder.finish(),
            Self::Frames(decoder) => decoder.finish(),
            Self::FramedMessage(decoder) => decoder.finish(),
        }
    }

    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    fn fault(&self) -> Option<&Fault> {
        each!(self, decoder => decoder.fault())
    }

    fn metrics(&self) -> Metrics {
        each!(self, decoder => decoder.metrics())
    }

    /// What only `text/event-stream` has: ids and reconnection times.
    fn sse(&mut self) -> Option<&mut SseParser> {
        match self {
            Self::Sse(decoder) => Some(decoder.parser()),
            Self::Message(decoder) => Some(decoder.parser()),
            Self::Frames(_) | Self::FramedMessage(_) => None,
        }
    }

    fn invocation_metrics(&self) -> Option<&str> {
        match self {
            Self::Message(decoder) => decoder.invocation_metrics(),
            Self::FramedMessage(decoder) => decoder.invocation_metrics(),
            Self::Sse(_) | Self::Frames(_) => None,
        }
    }
}

/// A decoder and what the host reads of it.
struct Open {
    header: Header,
    decoder: Decoder,
    /// Text for the host that isn't part of the output. It lies apart, so that
    /// a fault can be told before what was found ahead of it is read.
    note: String,
}

impl Open {
    fn push(&mut self, filled: usize) -> u32 {
        if !self.decoder.input().filled(filled) {
            return status::REFUSED;
        }
        let more = self.decoder.decode();
        self.describe(if more { status::MORE } else { 0 })
    }

    /// Says where there is room and what was found.
    fn describe(&mut self, status: u32) -> u32 {
        let Self { header, decoder, .. } = self;
        let room = decoder.input().room();
        header.room = address(room.as_mut_ptr());
        header.room_bytes = word(room.len());
        let found = match decoder {
            Decoder::Sse(decoder) => decoder.found(),
            Decoder::Message(decoder) => decoder.found(),
            Decoder::FramedMessage(decoder) => decoder.found(),
            Decoder::Frames(decoder) => {
                header.text = address(decoder.bytes().as_ptr());
                header.segments = address(decoder.found().as_ptr());
                header.segment_count = word(decoder.found().len());
                return self.with_fault(status);
            }
        };
        header.text = address(found.bytes.as_ptr());
        header.text_bytes = word(found.bytes.len());
        header.segments = address(found.segments.as_ptr());
        header.segment_count = word(found.segments.len());
        self.with_fault(status)
    }

    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    fn with_fault(&self, status: u32) -> u32 {
        if self.decoder.fault().is_some() { status | status::FAULT } else { status }
    }

    /// Says where the note is.
    fn describe_note(&mut self) -> u32 {
        self.header.note = address(self.note.as_ptr());
        self.header.note_bytes = word(self.note.len());
        0
    }
}

/// A place for a decoder. The generation tells a closed decoder's handle from
/// its successor's.
struct Slot {
    generation: u16,
    open: Option<Box<Open>>,
}

/// There is one thread, so nobody ever waits for the lock.
static SLOTS: Mutex<Vec<Slot>> = Mutex::new(Vec::new());

fn slots() -> MutexGuard<'static, Vec<Slot>> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place of a handle's decoder.
fn slot_of(slots: &mut [Slot], handle: u32) -> Option<&mut Slot> {
    let slot = slots.get_mut((handle & 0xFFFF) as usize)?;
    if u32::from(slot.generation) == handle >> 16 { Some(slot) } else { None }
}

/// The decoder of a handle.
fn open_of(slots: &mut [Slot], handle: u32) -> Option<&mut Open> {
    slot_of(slots, handle)?.open.as_deref_mut()
}

// Safety of `no_mangle` on each function below: an exported name must be unique
// in the final module. No dependency exports names that begin with `decoder_`,
// and the linker refuses a name that is defined twice.

/// A new decoder's handle; 0 where there is no such mode or there are too many.
/// `max_bytes` is the limit of an event's data, or of a whole frame;
/// `max_header_bytes` that of a frame's headers.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_open(mode: u32, max_bytes: u32, max_header_bytes: u32) -> u32 {
    let decoder = Decoder::open(mode, max_bytes as usize, max_header_bytes as usize);
    let Some(decoder) = decoder else { return 0 };
    let open = Open { header: Header::default(), decoder, note: String::new() };
    let mut slots = slots();
    let free = slots.iter().position(|slot| slot.open.is_none());
    let at = free.unwrap_or(slots.len());
    let Ok(index) = u16::try_from(at) else { return 0 };
    if free.is_none() {
        slots.push(Slot { generation: 0, open: None });
    }
    let Some(slot) = slots.get_mut(at) else { return 0 };
    // Never 0, so that no handle is 0.
    slot.generation = slot.generation.checked_add(1).unwrap_or(1);
    slot.open = Some(Box::new(open));
    u32::from(slot.generation) << 16 | u32::from(index)
}

/// The address of a decoder's `Header`; 0 where there is no such decoder.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_header(handle: u32) -> u32 {
    open_of(&mut slots(), handle).map_or(0, |open| address(&raw const open.header))
}

/// Merges neighbouring deltas of a block from now on.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_merge(handle: u32) -> u32 {
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return status::REFUSED };
    match &mut open.decoder {
        Decoder::Message(decoder) => decoder.merge_deltas(),
        Decoder::FramedMessage(decoder) => decoder.merge_deltas(),
        Decoder::Sse(_) | Decoder::Frames(_) => {}
    }
    0
}

/// Makes room for a chunk of `wanted` bytes; the header says where.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_reserve(handle: u32, wanted: u32) -> u32 {
    if wanted > MAX_CHUNK {
        return status::REFUSED;
    }
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return status::REFUSED };
    open.decoder.reserve(wanted as usize);
    open.describe(0)
}

/// Decodes `filled` bytes that were written to the room.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_push(handle: u32, filled: u32) -> u32 {
    open_of(&mut slots(), handle).map_or(status::REFUSED, |open| open.push(filled as usize))
}

/// Ends the stream. What its last bytes hold is the output.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_finish(handle: u32) -> u32 {
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return status::REFUSED };
    open.decoder.finish();
    open.describe(0)
}

/// Makes a note of why the stream can't be read on, in JSON. It is empty where
/// there is no fault.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_fault(handle: u32) -> u32 {
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return status::REFUSED };
    open.note = match open.decoder.fault() {
        Some(fault) => failure::describe(&Failure::from(fault)),
        None => String::new(),
    };
    open.describe_note()
}

/// Makes a note of the last event id.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_last_event_id(handle: u32) -> u32 {
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return status::REFUSED };
    let id = open.decoder.sse().map_or("", |parser| parser.last_event_id());
    id.clone_into(&mut open.note);
    open.describe_note()
}

/// Makes a note of what the service measured, in JSON. It is empty where it
/// said nothing.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_invocation_metrics(handle: u32) -> u32 {
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return status::REFUSED };
    open.decoder.invocation_metrics().unwrap_or_default().clone_into(&mut open.note);
    open.describe_note()
}

/// One of the counts of `mod count`; -1 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_count(handle: u32, which: u32) -> f64 {
    let mut slots = slots();
    let Some(open) = open_of(&mut slots, handle) else { return -1.0 };
    let metrics = open.decoder.metrics();
    let found = match which {
        count::BYTES => Some(metrics.bytes),
        count::EVENTS => Some(metrics.events),
        count::IGNORED_LINES => Some(metrics.ignored_lines),
        count::UNKNOWN_EVENTS => Some(metrics.unknown_events),
        count::REPLACEMENT_CHARACTERS => Some(metrics.replacement_characters),
        count::RETRY_MS => open.decoder.sse().and_then(|parser| parser.retry_ms()),
        _ => None,
    };
    // Counts stay below 2^53, where doubles are exact.
    found.map_or(-1.0, |count| count as f64)
}

/// Frees a decoder. Its handle is refused from then on.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_close(handle: u32) {
    if let Some(slot) = slot_of(&mut slots(), handle) {
        slot.open = None;
    }
}
