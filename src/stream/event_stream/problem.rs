//! What can be wrong with a frame.

use std::fmt;

use super::HeaderProblem;
use crate::json;

/// A frame that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenFrame {
    /// Which frame of the stream, from 1.
    pub frame: u64,
    /// At which byte of the stream, from 0.
    pub at: u64,
    /// What is wrong.
    pub problem: FrameProblem,
}

impl fmt::Display for BrokenFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frame, at, problem } = self;
        write!(f, "frame {frame} of the stream is broken at byte {at}: {problem}")
    }
}

impl std::error::Error for BrokenFrame {}

/// What is wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameProblem {
    /// The checksum of the two lengths isn't theirs.
    PreludeChecksum {
        /// As the frame states it.
        stated: u32,
        /// As it should be.
        computed: u32,
    },
    /// The checksum of the frame isn't its own.
    MessageChecksum {
        /// As the frame states it.
        stated: u32,
        /// As it should be.
        computed: u32,
    },
    /// A frame of fewer than 16 bytes, which its lengths and checksums need.
    TooShort {
        /// Its stated length.
        bytes: u32,
    },
    /// A frame longer than allowed.
    TooLong {
        /// Its stated length.
        bytes: u32,
        /// The limit in bytes.
        limit: usize,
    },
    /// Headers longer than allowed.
    HeadersTooLong {
        /// Their stated length.
        bytes: u32,
        /// The limit in bytes.
        limit: usize,
    },
    /// Headers longer than what the frame has room for.
    HeadersPastEnd {
        /// Their stated length.
        bytes: u32,
        /// What lies between the prelude and the last checksum.
        room: u32,
    },
    /// A header that can't be read.
    Header(HeaderProblem),
    /// The stream ended in the middle of the frame.
    CutOff {
        /// How many bytes of it came.
        bytes: usize,
    },
    /// The payload of an event isn't JSON.
    Payload(json::Error),
    /// The event in the payload isn't a string.
    NotAString,
    /// The event in the payload isn't padded base64 of the standard alphabet
    /// (RFC 4648, section 4).
    Base64,
}

impl fmt::Display for FrameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreludeChecksum { stated, computed } => {
                write!(f, "the prelude's checksum is 0x{stated:08x}, not 0x{computed:08x}")
            }
            Self::MessageChecksum { stated, computed } => {
                write!(f, "the frame's checksum is 0x{stated:08x}, not 0x{computed:08x}")
            }
            Self::TooShort { bytes } => write!(f, "a frame can't be {bytes} bytes long"),
            Self::TooLong { bytes, limit } => {
                write!(f, "the frame has {bytes} bytes, {limit} are allowed")
            }
            Self::HeadersTooLong { bytes, limit } => {
                write!(f, "the headers have {bytes} bytes, {limit} are allowed")
            }
            Self::HeadersPastEnd { bytes, room } => {
                write!(f, "the headers have {bytes} bytes in a frame with room for {room}")
            }
            Self::Header(problem) => problem.fmt(f),
            Self::CutOff { bytes } => write!(f, "the stream ended after {bytes} bytes of it"),
            Self::Payload(error) => write!(f, "the payload isn't valid JSON: {error}"),
            Self::NotAString => f.write_str("the payload's event isn't a string"),
            Self::Base64 => f.write_str("the payload's event isn't valid base64"),
        }
    }
}
