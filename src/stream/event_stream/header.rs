//! A frame's headers: names with typed values.

use std::fmt;

/// The longest value of a string or of bytes. Their length field could hold
/// twice as much; the AWS implementations stop here.
const MAX_VALUE_BYTES: usize = 32_767;

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

    fn take<const N: usize>(&mut self) -> Result<[u8; N], HeaderProblem> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(HeaderProblem::PastEnd)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], HeaderProblem> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(HeaderProblem::PastEnd)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn text(&mut self, length: usize) -> Result<&'a str, HeaderProblem> {
        std::str::from_utf8(self.bytes(length)?).map_err(|_| HeaderProblem::NotUtf8)
    }

    fn value_length(&mut self) -> Result<usize, HeaderProblem> {
        let length = usize::from(u16::from_be_bytes(self.take()?));
        if length > MAX_VALUE_BYTES {
            return Err(HeaderProblem::ValueTooLong(length));
        }
        Ok(length)
    }

    fn header(&mut self) -> Result<(&'a str, HeaderValue<'a>), HeaderProblem> {
        let [name_length] = self.take()?;
        if name_length == 0 {
            return Err(HeaderProblem::NoName);
        }
        let name = self.text(usize::from(name_length))?;
        let [value_type] = self.take()?;
        let value = match value_type {
            0 => HeaderValue::Boolean(true),
            1 => HeaderValue::Boolean(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(self.take()?)),
            3 => HeaderValue::Short(i16::from_be_bytes(self.take()?)),
            4 => HeaderValue::Integer(i32::from_be_bytes(self.take()?)),
            5 => HeaderValue::Long(i64::from_be_bytes(self.take()?)),
            6 => {
                let length = self.value_length()?;
                HeaderValue::Binary(self.bytes(length)?)
            }
            7 => {
                let length = self.value_length()?;
                HeaderValue::String(self.text(length)?)
            }
            8 => HeaderValue::Timestamp(i64::from_be_bytes(self.take()?)),
            9 => HeaderValue::Uuid(self.take()?),
            unknown => return Err(HeaderProblem::UnknownType(unknown)),
        };
        Ok((name, value))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<(&'a str, HeaderValue<'a>), HeaderProblem>;

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
