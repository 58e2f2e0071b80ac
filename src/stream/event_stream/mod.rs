//! `application/vnd.amazon.eventstream`: frames of bytes with typed headers and
//! checksums, and the Messages API's events in them.
//!
//! A frame, all numbers big-endian:
//!
//! ```text
//! length of the frame u32 | of the headers u32 | CRC-32 of these 8 bytes u32
//! headers: name length u8 | name | type u8 | value …
//! payload
//! CRC-32 of everything before u32
//! ```
//!
//! - [`FrameParser`] cuts a stream into frames and checks them.
//! - [`EventStreamDecoder`] hands those frames to the host.
//! - [`FramedMessageDecoder`] reads the events that they carry.
//!
//! Sources: the "Amazon Event Stream" specification of Smithy, and where that
//! leaves a limit open, the AWS SDKs.

pub(crate) mod base64;
mod chunk;
mod crc32;
mod exception;
mod frame;
mod frames;
mod header;
mod heads;
mod meaning;
mod messages;
mod problem;

pub(crate) use exception::code_of;
pub use frame::{Frame, FrameLimits, FrameParser};
pub use frames::{EventStreamDecoder, FoundFrame};
pub use header::{Header, HeaderProblem, HeaderValue, Headers};
pub use messages::FramedMessageDecoder;
pub use problem::{BrokenFrame, FrameProblem};
