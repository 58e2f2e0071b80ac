//! `application/vnd.amazon.eventstream` cut into frames.

use std::ops::Range;

use super::crc32::Crc32;
use super::header::Headers;
use super::problem::{BrokenFrame, FrameProblem};
use crate::stream::Input;

/// Two lengths and their checksum.
pub(crate) const PRELUDE: usize = 12;

/// The checksum at the end.
pub(crate) const TRAILER: usize = 4;

/// How long a frame and its headers may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// A whole frame. 16 MiB by default, as the AWS SDKs have it.
    pub message_bytes: usize,
    /// Its headers. 128 KiB by default, as the AWS SDKs have it.
    pub header_bytes: usize,
}

impl Default for FrameLimits {
    fn default() -> Self {
        Self { message_bytes: 16 << 20, header_bytes: 128 << 10 }
    }
}

/// A frame whose checksums are right and whose headers can be read.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'p> {
    /// Which frame of the stream it is, from 1.
    pub number: u64,
    /// Its headers.
    pub headers: Headers<'p>,
    /// What they are about.
    pub payload: &'p [u8],
}

/// A prelude that is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prelude {
    /// The length of the frame.
    pub(crate) frame: usize,
    /// The length of its headers.
    pub(crate) headers: usize,
    /// The state of the frame's checksum behind the prelude.
    pub(crate) state: u32,
}

/// A frame that came whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived<'p> {
    pub(crate) prelude: Prelude,
    /// The frame and what lies behind it: anything at all, which may look as
    /// if it belonged to it.
    pub(crate) bytes: &'p [u8],
}

/// What is wrong with a frame, and at which of its bytes.
type Wrong = (usize, FrameProblem);

/// Where the parts of a frame are in the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrameRange {
    pub(crate) number: u64,
    /// Where it begins in the stream.
    pub(crate) at: u64,
    pub(crate) headers: Range<usize>,
    pub(crate) payload: Range<usize>,
}

impl FrameRange {
    /// The fault for a payload that can't be read.
    pub(crate) fn broken_payload(&self, problem: FrameProblem) -> BrokenFrame {
        let at = self.at + (PRELUDE + self.headers.len()) as u64;
        BrokenFrame { frame: self.number, at, problem }
    }
}

/// Cuts a stream of bytes into frames and checks each: the prelude as soon as
/// its 12 bytes came, then the limits, the rest once all of it came.
///
/// Hand it bytes with [`feed`](Self::feed), or write them to its
/// [`input`](Self::input). Then call [`next_frame`](Self::next_frame) until
/// there is none, and [`compact`](Self::compact) at the end. A fault is final.
///
/// Holds the frame that is arriving and one chunk.
#[derive(Debug)]
pub struct FrameParser {
    crc: &'static Crc32,
    limits: FrameLimits,
    input: Input,
    /// The prelude of the frame that is arriving, once it was checked.
    prelude: Option<Prelude>,
    /// How many bytes of the stream frames used up.
    used: u64,
    frames: u64,
    broken: Option<BrokenFrame>,
}

impl FrameParser {
    /// A parser at the start of a stream.
    #[must_use]
    pub fn new(limits: FrameLimits) -> Self {
        Self {
            crc: Crc32::shared(),
            limits,
            input: Input::new(limits.message_bytes),
            prelude: None,
            used: 0,
            frames: 0,
            broken: None,
        }
    }

    /// Where bytes go in.
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

    /// Drops what is used up. Once a chunk, after its frames.
    pub fn compact(&mut self) {
        self.input.compact();
    }

    /// How many bytes were taken in.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.input.came()
    }

    /// How many frames were read.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// The next frame that is complete.
    ///
    /// # Errors
    /// Where it is broken or longer than allowed.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, BrokenFrame> {
        let Some(found) = self.advance()? else { return Ok(None) };
        Ok(Some(Frame {
            number: self.frames,
            headers: Headers::new(self.input.get(found.headers)),
            payload: self.input.get(found.payload),
        }))
    }

    /// The end of the stream, which must not be inside a frame.
    ///
    /// # Errors
    /// Where it is, or an earlier frame was broken.
    pub fn finish(&mut self) -> Result<(), BrokenFrame> {
        match (self.broken, self.input.pending()) {
            (Some(broken), _) => Err(broken),
            (None, 0) => Ok(()),
            (None, bytes) => Err(self.fail((bytes, FrameProblem::CutOff { bytes }))),
        }
    }

    /// Goes on to the next frame that is complete.
    pub(crate) fn advance(&mut self) -> Result<Option<FrameRange>, BrokenFrame> {
        match self.broken {
            Some(broken) => Err(broken),
            None => self.check_frame().map_err(|found| self.fail(found)),
        }
    }

    /// Says what is wrong, and at which byte of the frame.
    fn check_frame(&mut self) -> Result<Option<FrameRange>, Wrong> {
        let Some(prelude) = self.prelude()? else { return Ok(None) };
        let Some(frame) = self.input.unread().get(..prelude.frame) else { return Ok(None) };
        let Some((body, trailer)) = frame.split_last_chunk() else { return Ok(None) };
        let behind_prelude = body.get(PRELUDE..).unwrap_or_default();
        let computed = !self.crc.update(prelude.state, behind_prelude);
        let stated = u32::from_be_bytes(*trailer);
        if stated != computed {
            return Err((body.len(), FrameProblem::MessageChecksum { stated, computed }));
        }
        let headers_end = PRELUDE + prelude.headers;
        let mut headers = Headers::new(body.get(PRELUDE..headers_end).unwrap_or_default());
        while let Some(header) = headers.next() {
            if let Err(problem) = header {
                return Err((headers_end - headers.unread(), FrameProblem::Header(problem)));
            }
        }
        let at = self.used;
        let start = self.take(prelude).start;
        Ok(Some(FrameRange {
            number: self.frames,
            at,
            headers: start + PRELUDE..start + headers_end,
            payload: start + headers_end..start + prelude.frame - TRAILER,
        }))
    }

    /// The prelude of the frame that is arriving, if that much of it came.
    fn prelude(&mut self) -> Result<Option<Prelude>, Wrong> {
        if self.prelude.is_none()
            && let Some(bytes) = self.input.unread().first_chunk()
        {
            self.prelude = Some(self.check_prelude(*bytes)?);
        }
        Ok(self.prelude)
    }

    fn check_prelude(&self, prelude: [u8; PRELUDE]) -> Result<Prelude, Wrong> {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = prelude;
        let bytes = u32::from_be_bytes([a, b, c, d]);
        let header_bytes = u32::from_be_bytes([e, f, g, h]);
        let stated = u32::from_be_bytes([i, j, k, l]);
        let computed = self.crc.checksum(&[a, b, c, d, e, f, g, h]);
        if stated != computed {
            return Err((8, FrameProblem::PreludeChecksum { stated, computed }));
        }
        let Some(room) = bytes.checked_sub((PRELUDE + TRAILER) as u32) else {
            return Err((0, FrameProblem::TooShort { bytes }));
        };
        let limit = self.limits.message_bytes;
        if bytes as usize > limit {
            return Err((0, FrameProblem::TooLong { bytes, limit }));
        }
        let limit = self.limits.header_bytes;
        if header_bytes as usize > limit {
            return Err((4, FrameProblem::HeadersTooLong { bytes: header_bytes, limit }));
        }
        if header_bytes > room {
            return Err((4, FrameProblem::HeadersPastEnd { bytes: header_bytes, room }));
        }
        // A checksum is the complement of the state at its end.
        let state = self.crc.update(!computed, &[i, j, k, l]);
        Ok(Prelude { frame: bytes as usize, headers: header_bytes as usize, state })
    }

    /// The next frame, if all of it came and its prelude is in order. Its
    /// checksum and its headers aren't checked.
    pub(crate) fn arrived(&mut self) -> Option<Arrived<'_>> {
        if self.broken.is_some() {
            return None;
        }
        let prelude = self.prelude().ok()??;
        let whole = prelude.frame <= self.input.pending();
        whole.then(|| Arrived { prelude, bytes: self.input.unread_and_more() })
    }

    pub(crate) const fn crc(&self) -> &'static Crc32 {
        self.crc
    }

    /// Uses up the frame with this prelude.
    pub(crate) fn take(&mut self, prelude: Prelude) -> Range<usize> {
        self.prelude = None;
        self.used += prelude.frame as u64;
        self.frames += 1;
        self.input.take(prelude.frame)
    }

    /// Reads nothing more.
    fn fail(&mut self, (at, problem): Wrong) -> BrokenFrame {
        let frame = self.frames + 1;
        let broken = BrokenFrame { frame, at: self.used + at as u64, problem };
        self.broken = Some(broken);
        broken
    }

    /// What came, to be read.
    pub(crate) const fn held(&self) -> &Input {
        &self.input
    }
}
