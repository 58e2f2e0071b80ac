//! A frame's headers: names with typed values.

use std::fmt;

/// The longest value of a string or of bytes. Their length field could hold
/// twice as much; the AWS implementations stop here.
const MAX_VALUE_BYTES: usize = 32_767;

/// The two types of values that have a length.
const BINARY: u8 = 6;
const STRING: u8 = 7;

/// A header's value, by the types that the format has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// Types 0 (true) and 1 (false).
    Boolean(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Short(i16),
    /// Type 4.
    Integer(i32),
    /// Type 5.
    Long(i64),
    /// Type 6, up to 32,767 bytes.
    Binary(&'a [u8]),
    /// Type 7, up to 32,767 bytes of UTF-8.
    String(&'a str),
    /// Type 8, in milliseconds since 1970.
    Timestamp(i64),
    /// Type 9.
    Uuid([u8; 16]),
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderProblem {
    /// A name of no bytes.
    NoName,
    /// A name or a string that isn't UTF-8.
    NotUtf8,
    /// A type that the format doesn't have.
    UnknownType(u8),
    /// A name or a value that goes on past the end of the headers.
    PastEnd,
    /// A value longer than 32,767 bytes.
    ValueTooLong(usize),
}

impl fmt::Display for HeaderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName => f.write_str("a header has no name"),
            Self::NotUtf8 => f.write_str("a header isn't valid UTF-8"),
            Self::UnknownType(value_type) => {
                write!(f, "a header's value has the unknown type {value_type}")
            }
            Self::PastEnd => f.write_str("a header goes on past the end of the headers"),
            Self::ValueTooLong(bytes) => {
                write!(f, "a header's value has {bytes} bytes, {MAX_VALUE_BYTES} are allowed")
            }
        }
    }
}

/// A header as it stands in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// 1 to 255 bytes.
    pub name: &'a str,
    value_type: u8,
    /// The value without its length, which is right for its type.
    bytes: &'a [u8],
}

impl<'a> Header<'a> {
    /// The value if it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        if self.value_type == STRING { std::str::from_utf8(self.bytes).ok() } else { None }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> HeaderValue<'a> {
        match self.value_type {
            0 => HeaderValue::Boolean(true),
            1 => HeaderValue::Boolean(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(self.number())),
            3 => HeaderValue::Short(i16::from_be_bytes(self.number())),
            4 => HeaderValue::Integer(i32::from_be_bytes(self.number())),
            5 => HeaderValue::Long(i64::from_be_bytes(self.number())),
            STRING => HeaderValue::String(self.as_str().unwrap_or_default()),
            8 => HeaderValue::Timestamp(i64::from_be_bytes(self.number())),
            9 => HeaderValue::Uuid(self.number()),
            _ => HeaderValue::Binary(self.bytes),
        }
    }

    fn number<const N: usize>(&self) -> [u8; N] {
        self.bytes.first_chunk().copied().unwrap_or([0; N])
    }
}

/// The headers of a frame, in their order. Whatever is read lies inside the
/// block; the first problem ends the reading.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Headers<'a> {
    pub(crate) const fn new(block: &'a [u8]) -> Self {
        Self { rest: block, failed: false }
    }

    /// How many bytes aren't read yet.
    pub(crate) const fn unread(&self) -> usize {
        self.rest.len()
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], HeaderProblem> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(HeaderProblem::PastEnd)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A length or a type of one or two bytes.
    fn number(&mut self, bytes: usize) -> Result<usize, HeaderProblem> {
        let bytes = self.bytes(bytes)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn header(&mut self) -> Result<Header<'a>, HeaderProblem> {
        let name = match self.number(1)? {
            0 => return Err(HeaderProblem::NoName),
            length => text(self.bytes(length)?)?,
        };
        let value_type = self.bytes(1)?.first().copied().unwrap_or_default();
        let length = match value_type {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            BINARY | STRING => match self.number(2)? {
                length @ ..=MAX_VALUE_BYTES => length,
                length => return Err(HeaderProblem::ValueTooLong(length)),
            },
            9 => 16,
            unknown => return Err(HeaderProblem::UnknownType(unknown)),
        };
        let bytes = self.bytes(length)?;
        if value_type == STRING {
            text(bytes)?;
        }
        Ok(Header { name, value_type, bytes })
    }
}

fn text(bytes: &[u8]) -> Result<&str, HeaderProblem> {
    std::str::from_utf8(bytes).map_err(|_| HeaderProblem::NotUtf8)
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<Header<'a>, HeaderProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.failed {
            return None;
        }
        let before = self.rest;
        let header = self.header();
        if header.is_err() {
            self.failed = true;
            self.rest = before;
        }
        Some(header)
    }
}
