//! JSON as text: checked whole, read where it is needed, written and edited in
//! place.
//!
//! A request or an event is never rebuilt from a tree of values, so fields that
//! nobody here knows keep their bytes and their order.
//!
//! - [`Json`] is a text known to be valid; its methods read parts of it.
//! - [`mod@write`] composes new texts.
//! - [`splice`] replaces and removes members of an object, the rest untouched.
//! - [`partial`] is what can be said of a text that is still arriving.

mod number;
pub mod partial;
pub(crate) mod scan;
pub mod splice;
mod string;
mod value;
pub mod write;

pub(crate) use scan::StringToken;
pub use string::Decoded;
pub(crate) use string::escape;
pub use value::{Elements, Json, Kind, Members};

use std::fmt;

/// How deep arrays and objects may nest where no other limit is given.
pub const DEFAULT_MAX_DEPTH: usize = 128;

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text ended in the middle of a value.
    UnexpectedEnd,
    /// A byte that can't stand here.
    UnexpectedByte,
    /// Something follows the value.
    TrailingText,
    /// A control character inside a string, which must be escaped there.
    ControlCharacter,
    /// A backslash followed by something that is no escape.
    InvalidEscape,
    /// A number with a leading zero or without a digit where one is needed.
    InvalidNumber,
    /// Arrays and objects nest deeper than allowed.
    TooDeep,
}

impl ErrorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UnexpectedEnd => "the text ends too early",
            Self::UnexpectedByte => "unexpected character",
            Self::TrailingText => "text after the value",
            Self::ControlCharacter => "unescaped control character in a string",
            Self::InvalidEscape => "invalid escape in a string",
            Self::InvalidNumber => "invalid number",
            Self::TooDeep => "nested too deeply",
        }
    }
}

/// Why a text isn't JSON. Quotes nothing of the text, which may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind.as_str(), self.offset)
    }
}

impl std::error::Error for Error {}
