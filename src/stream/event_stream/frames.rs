//! Frames of any event stream, handed to the host as the bytes that they hold.

use super::{FrameLimits, FrameParser};
use crate::stream::{Fault, Metrics};

/// Where a frame's parts are, in bytes from the start of [`EventStreamDecoder::bytes`].
/// The payload follows the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct FoundFrame {
    /// Where its headers begin.
    pub headers: u32,
    /// How many bytes they have.
    pub header_bytes: u32,
    /// Where its payload begins.
    pub payload: u32,
    /// How many bytes it has.
    pub payload_bytes: u32,
}

/// Finds frames and says where they are, so that the host reads them from the
/// memory that they came in.
#[derive(Debug)]
pub struct EventStreamDecoder {
    parser: FrameParser,
    found: Vec<FoundFrame>,
    fault: Option<Fault>,
}

impl EventStreamDecoder {
    /// How many frames are found before the caller must take them.
    const MAX_FRAMES: usize = 1024;

    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(limits: FrameLimits) -> Self {
        Self {
            parser: FrameParser::new(limits),
            found: Vec::with_capacity(Self::MAX_FRAMES),
            fault: None,
        }
    }

    /// Where bytes go in.
    pub const fn parser(&mut self) -> &mut FrameParser {
        &mut self.parser
    }

    /// Makes room for bytes.
    pub fn reserve(&mut self, wanted: usize) {
        self.found.clear();
        self.parser.reserve(wanted);
    }

    /// Finds frames, one round at a time. Whether there is another round
    /// before the next bytes: there is one after each that found something,
    /// because what was found is dropped only then.
    pub fn decode(&mut self) -> bool {
        self.found.clear();
        while self.fault.is_none() && self.found.len() < Self::MAX_FRAMES {
            match self.parser.advance() {
                Ok(Some(frame)) => self.found.push(FoundFrame {
                    headers: word(frame.headers.start),
                    header_bytes: word(frame.headers.len()),
                    payload: word(frame.payload.start),
                    payload_bytes: word(frame.payload.len()),
                }),
                Ok(None) => break,
                Err(broken) => self.fault = Some(Fault::Frame(broken)),
            }
        }
        if self.found.is_empty() {
            self.parser.compact();
        }
        !self.found.is_empty()
    }

    /// The stream ended, which must not be inside a frame.
    pub fn finish(&mut self) {
        self.found.clear();
        if self.fault.is_none() {
            self.fault = self.parser.finish().err().map(Fault::Frame);
        }
    }

    /// What the last call found.
    #[must_use]
    pub fn found(&self) -> &[FoundFrame] {
        &self.found
    }

    /// The bytes that the last call found frames in.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.parser.held().all()
    }

    /// Why the stream can't be read on; what came before was found.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// What went by so far. An event is a frame.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics { bytes: self.parser.bytes(), events: self.parser.frames(), ..Metrics::default() }
    }
}

/// Places stay far below 4 GiB: a frame's limit is given as 32 bits.
fn word(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
