//! The hot path's boundary: plain functions over numbers, without wasm-bindgen.
//!
//! The host writes a chunk of at most [`MAX_CHUNK`] bytes behind the input that
//! is held already, calls [`decoder_push`], and reads text and segments where
//! the `HEADER` says they are. Nothing is allocated in between: memory grows
//! in [`decoder_reserve`] only (and for input that is not UTF-8), which the
//! host calls where a chunk doesn't fit.
//!
//! A handle that was closed, or never was one, is refused and touches nothing.

#![allow(unsafe_code, reason = "exporting a function under its own name counts as unsafe")]

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::Failure;
use crate::stream::event_stream::{EventStreamDecoder, FrameLimits, FramedMessageDecoder};
use crate::stream::{Fault, Found, Limits, MessageDecoder, Metrics, SseDecoder, SseParser};

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

/// How a call ended; the bits add up.
mod status {
    /// There is more in the input: take the output and call again with 0 bytes.
    pub(super) const MORE: u32 = 1;
    /// The stream can't be read on; `decoder_fault` says why.
    pub(super) const FAULT: u32 = 2;
    /// There is no such decoder, or it has no room for so many bytes.
    pub(super) const REFUSED: u32 = 4;
}

/// Where things are after a call.
///
/// 0: address of the room for the next bytes, 1: its length,
/// 2: address of the text, 3: its length in bytes, 4: in UTF-16 code units,
/// 5: address of the segments, 6: how many (four words each: kind, index,
/// bytes, units).
///
/// For frames, 2 is the address of the bytes that they are in, 3 and 4 are 0,
/// and each segment has the places and lengths of headers and payload.
static HEADER: [AtomicU32; 7] = [const { AtomicU32::new(0) }; 7];

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
    fn open(mode: u32, max_bytes: usize) -> Option<Self> {
        let limits = Limits { event_bytes: max_bytes, ..Limits::default() };
        let frame_limits = FrameLimits { message_bytes: max_bytes, ..FrameLimits::default() };
        Some(match mode {
            mode::SSE => Self::Sse(SseDecoder::new(limits)),
            mode::MESSAGE => Self::Message(MessageDecoder::new(limits)),
            mode::FRAMES => Self::Frames(EventStreamDecoder::new(frame_limits)),
            mode::FRAMED_MESSAGE => Self::FramedMessage(FramedMessageDecoder::new(frame_limits)),
            _ => return None,
        })
    }

    fn room(&mut self) -> &mut [u8] {
        each!(self, decoder => decoder.parser().room())
    }

    fn filled(&mut self, count: usize) {
        each!(self, decoder => decoder.parser().filled(count));
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

    fn describe_found(&self) {
        match self {
            Self::Sse(decoder) => describe_found(decoder.found()),
            Self::Message(decoder) => describe_found(decoder.found()),
            Self::FramedMessage(decoder) => describe_found(decoder.found()),
            Self::Frames(decoder) => {
                set_header(2, decoder.bytes().as_ptr().expose_provenance());
                set_header(3, 0);
                set_header(4, 0);
                set_header(5, decoder.found().as_ptr().expose_provenance());
                set_header(6, decoder.found().len());
            }
        }
    }

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

/// A place for a decoder. The generation tells a closed decoder's handle from
/// its successor's.
struct Slot {
    generation: u16,
    decoder: Option<Box<Decoder>>,
    /// Text for the host that isn't part of the output.
    note: String,
}

thread_local! {
    static SLOTS: RefCell<Vec<Slot>> = const { RefCell::new(Vec::new()) };
}

/// Calls `use_it` with the decoder of a handle.
fn with<T>(handle: u32, use_it: impl FnOnce(&mut Decoder, &mut String) -> T) -> Option<T> {
    SLOTS.with_borrow_mut(|slots| {
        let slot = slots.get_mut((handle & 0xFFFF) as usize)?;
        if u32::from(slot.generation) != handle >> 16 {
            return None;
        }
        Some(use_it(slot.decoder.as_deref_mut()?, &mut slot.note))
    })
}

fn set_header(at: usize, value: usize) {
    if let Some(word) = HEADER.get(at) {
        // Addresses and lengths have 32 bits in WebAssembly.
        word.store(u32::try_from(value).unwrap_or(u32::MAX), Ordering::Relaxed);
    }
}

fn describe_room(decoder: &mut Decoder) {
    let room = decoder.room();
    set_header(0, room.as_mut_ptr().expose_provenance());
    set_header(1, room.len());
}

fn describe_found(found: Found<'_>) {
    set_header(2, found.bytes.as_ptr().expose_provenance());
    set_header(3, found.bytes.len());
    set_header(4, found.units);
    set_header(5, found.segments.as_ptr().expose_provenance());
    set_header(6, found.segments.len());
}

fn describe_note(note: &str) {
    set_header(2, note.as_ptr().expose_provenance());
    set_header(3, note.len());
}

// Safety of `no_mangle` on each function below: an exported name must be unique
// in the final module. No dependency exports names that begin with `decoder_`,
// and the linker refuses a name that is defined twice.

/// The address of `HEADER`. It never changes.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_header() -> usize {
    HEADER.as_ptr().expose_provenance()
}

/// A new decoder's handle; 0 where there is no such mode or there are too many.
/// `max_bytes` is the limit of an event's data, or of a whole frame.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_open(mode: u32, max_bytes: u32) -> u32 {
    let Some(decoder) = Decoder::open(mode, max_bytes as usize) else { return 0 };
    let decoder = Some(Box::new(decoder));
    SLOTS.with_borrow_mut(|slots| {
        let free = slots.iter().position(|slot| slot.decoder.is_none());
        let at = free.unwrap_or(slots.len());
        let Ok(index) = u16::try_from(at) else { return 0 };
        let generation = match slots.get_mut(at) {
            Some(slot) => {
                // Never 0, so that no handle is 0.
                slot.generation = slot.generation.checked_add(1).unwrap_or(1);
                slot.decoder = decoder;
                slot.generation
            }
            None => {
                slots.push(Slot { generation: 1, decoder, note: String::new() });
                1
            }
        };
        u32::from(generation) << 16 | u32::from(index)
    })
}

/// Merges neighbouring deltas of a block from now on.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_merge(handle: u32) -> u32 {
    let merged = with(handle, |decoder, _| match decoder {
        Decoder::Message(decoder) => decoder.merge_deltas(),
        Decoder::FramedMessage(decoder) => decoder.merge_deltas(),
        Decoder::Sse(_) | Decoder::Frames(_) => {}
    });
    if merged.is_some() { 0 } else { status::REFUSED }
}

/// Makes room for a chunk of `wanted` bytes; the header says where.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_reserve(handle: u32, wanted: u32) -> u32 {
    if wanted > MAX_CHUNK {
        return status::REFUSED;
    }
    let reserved = with(handle, |decoder, _| {
        decoder.reserve(wanted as usize);
        describe_room(decoder);
    });
    if reserved.is_some() { 0 } else { status::REFUSED }
}

/// Decodes `filled` bytes that were written to the room.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_push(handle: u32, filled: u32) -> u32 {
    let pushed = with(handle, |decoder, _| {
        let filled = filled as usize;
        if filled > decoder.room().len() {
            return status::REFUSED;
        }
        decoder.filled(filled);
        let mut status = if decoder.decode() { status::MORE } else { 0 };
        if decoder.fault().is_some() {
            status |= status::FAULT;
        }
        describe_room(decoder);
        decoder.describe_found();
        status
    });
    pushed.unwrap_or(status::REFUSED)
}

/// Ends the stream. What its last bytes hold is the output.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_finish(handle: u32) -> u32 {
    let finished = with(handle, |decoder, _| {
        decoder.finish();
        decoder.describe_found();
        if decoder.fault().is_some() { status::FAULT } else { 0 }
    });
    finished.unwrap_or(status::REFUSED)
}

/// Writes why the stream can't be read on, as JSON: words 2 and 3 of the header
/// say where. No text where there is no fault.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_fault(handle: u32) -> u32 {
    let described = with(handle, |decoder, note| {
        note.clear();
        if let Some(fault) = decoder.fault() {
            note.push_str(&failure::describe(&Failure::from(fault)));
        }
        describe_note(note);
    });
    if described.is_some() { 0 } else { status::REFUSED }
}

/// Writes the last event id: words 2 and 3 of the header say where.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_last_event_id(handle: u32) -> u32 {
    let described = with(handle, |decoder, note| {
        note.clear();
        if let Some(parser) = decoder.sse() {
            note.push_str(parser.last_event_id());
        }
        describe_note(note);
    });
    if described.is_some() { 0 } else { status::REFUSED }
}

/// Writes what the service measured, as JSON: words 2 and 3 of the header say
/// where. No text where it said nothing.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_invocation_metrics(handle: u32) -> u32 {
    let described = with(handle, |decoder, note| {
        decoder.invocation_metrics().unwrap_or_default().clone_into(note);
        describe_note(note);
    });
    if described.is_some() { 0 } else { status::REFUSED }
}

/// A count: 0 bytes, 1 events, 2 ignored lines, 3 unknown events, 4 replacement
/// characters, 5 the reconnection time in milliseconds. -1 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_count(handle: u32, which: u32) -> f64 {
    let count = with(handle, |decoder, _| {
        let metrics = decoder.metrics();
        match which {
            0 => Some(metrics.bytes),
            1 => Some(metrics.events),
            2 => Some(metrics.ignored_lines),
            3 => Some(metrics.unknown_events),
            4 => Some(metrics.replacement_characters),
            5 => decoder.sse().and_then(|parser| parser.retry_ms()),
            _ => None,
        }
    });
    // Counts stay below 2^53, where doubles are exact.
    count.flatten().map_or(-1.0, |count| count as f64)
}

/// Frees a decoder. Its handle is refused from then on.
#[unsafe(no_mangle)]
pub extern "C" fn decoder_close(handle: u32) {
    SLOTS.with_borrow_mut(|slots| {
        if let Some(slot) = slots.get_mut((handle & 0xFFFF) as usize)
            && u32::from(slot.generation) == handle >> 16
        {
            slot.decoder = None;
            slot.note = String::new();
        }
    });
}
