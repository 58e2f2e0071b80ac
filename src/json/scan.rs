//! The grammar of RFC 8259, one token after the other, over bytes.

use super::{Error, ErrorKind};
use crate::block;

/// Reads tokens from the front of a text. Every step checks what it passes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A string token: where its body is, and whether it holds escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StringToken {
    /// The first byte after the opening quote.
    pub(crate) start: usize,
    /// The closing quote.
    pub(crate) end: usize,
    pub(crate) escaped: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Starts in the middle of a text.
    pub(crate) const fn new_at(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes the byte if it is the next one.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    pub(crate) fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The whitespace that can't end a line.
    pub(crate) fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// The error for whatever is next, or for the end.
    pub(crate) fn unexpected(&self) -> Error {
        match self.peek() {
            Some(_) => self.error(ErrorKind::UnexpectedByte),
            None => self.error(ErrorKind::UnexpectedEnd),
        }
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error { kind, offset: self.at }
    }

    /// Whitespace to the end of the text.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.skip_whitespace();
        match self.peek() {
            Some(_) => Err(self.error(ErrorKind::TrailingText)),
            None => Ok(()),
        }
    }

    pub(crate) fn string(&mut self) -> Result<StringToken, Error> {
        self.expect(b'"')?;
        self.string_body()
    }

    /// The rest of a string whose opening quote is taken.
    pub(crate) fn string_body(&mut self) -> Result<StringToken, Error> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = end_of_plain(self.bytes, self.at);
            match self.peek() {
                Some(b'"') => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(StringToken { start, end, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error(ErrorKind::ControlCharacter)),
                None => return Err(self.error(ErrorKind::UnexpectedEnd)),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    match self.peek() {
                        Some(digit) if digit.is_ascii_hexdigit() => self.at += 1,
                        Some(_) => return Err(self.error(ErrorKind::InvalidEscape)),
                        None => return Err(self.error(ErrorKind::UnexpectedEnd)),
                    }
                }
            }
            Some(_) => return Err(self.error(ErrorKind::InvalidEscape)),
            None => return Err(self.error(ErrorKind::UnexpectedEnd)),
        }
        Ok(())
    }

    pub(crate) fn number(&mut self) -> Result<(), Error> {
        self.take(b'-');
        if self.take(b'0') {
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.error(ErrorKind::InvalidNumber));
            }
        } else {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match (self.at > start, self.peek()) {
            (true, _) => Ok(()),
            (false, Some(_)) => Err(self.error(ErrorKind::InvalidNumber)),
            (false, None) => Err(self.error(ErrorKind::UnexpectedEnd)),
        }
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Error> {
        for &byte in word {
            self.expect(byte)?;
        }
        Ok(())
    }

    /// A string, number or literal, or the opening of an array or object.
    fn scalar_or_opening(&mut self) -> Result<Token, Error> {
        match self.peek() {
            Some(b'"') => self.string().map(|_| Token::Scalar),
            Some(b'{') => {
                self.at += 1;
                Ok(Token::Object)
            }
            Some(b'[') => {
                self.at += 1;
                Ok(Token::Array)
            }
            Some(b't') => self.literal(b"true").map(|()| Token::Scalar),
            Some(b'f') => self.literal(b"false").map(|()| Token::Scalar),
            Some(b'n') => self.literal(b"null").map(|()| Token::Scalar),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| Token::Scalar),
            _ => Err(self.unexpected()),
        }
    }

    /// A whole value of any kind. Needs no stack of the machine's, however deep it nests.
    pub(crate) fn value(&mut self, max_depth: usize) -> Result<(), Error> {
        let mut nesting = Nesting::default();
        loop {
            let opening = self.at;
            match self.scalar_or_opening()? {
                Token::Scalar => {}
                token @ (Token::Object | Token::Array) => {
                    if nesting.depth >= max_depth {
                        return Err(Error { kind: ErrorKind::TooDeep, offset: opening });
                    }
                    let object = matches!(token, Token::Object);
                    nesting.open(object);
                    self.skip_whitespace();
                    if !self.take(if object { b'}' } else { b']' }) {
                        if object {
                            self.name()?;
                        }
                        continue;
                    }
                    nesting.close();
                }
            }
            loop {
                let Some(object) = nesting.innermost() else { return Ok(()) };
                self.skip_whitespace();
                if self.take(b',') {
                    self.skip_whitespace();
                    if object {
                        self.name()?;
                    }
                    break;
                }
                self.expect(if object { b'}' } else { b']' })?;
                nesting.close();
            }
        }
    }

    /// A member's name up to its value.
    pub(crate) fn name(&mut self) -> Result<StringToken, Error> {
        let token = self.string()?;
        self.skip_whitespace();
        self.expect(b':')?;
        self.skip_whitespace();
        Ok(token)
    }
}

enum Token {
    Scalar,
    Object,
    Array,
}

/// Which arrays and objects are open: one bit each, so that ordinary depths
/// cost no allocation.
#[derive(Default)]
struct Nesting {
    depth: usize,
    /// The innermost 64 or fewer; a set bit is an object.
    low: u64,
    outer: Vec<u64>,
}

impl Nesting {
    fn open(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.low);
        }
        self.low = (self.low << 1) | u64::from(object);
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.low >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.low = self.outer.pop().unwrap_or_default();
        }
    }

    const fn innermost(&self) -> Option<bool> {
        if self.depth == 0 { None } else { Some(self.low & 1 == 1) }
    }
}

/// The first byte from `at` on that ends or interrupts the plain part of a
/// string: a quote, a backslash or a control character.
pub(crate) fn end_of_plain(bytes: &[u8], at: usize) -> usize {
    block::find(bytes, at, |block| block.equal(b'"') | block.equal(b'\\') | block.less(0x20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_keeps_every_level_past_the_first_word() {
        let mut nesting = Nesting::default();
        let pattern: Vec<bool> = (0..300).map(|i| i % 3 == 0).collect();
        for &object in &pattern {
            nesting.open(object);
            assert_eq!(nesting.innermost(), Some(object));
        }
        for &object in pattern.iter().rev() {
            assert_eq!(nesting.innermost(), Some(object));
            nesting.close();
        }
        assert_eq!(nesting.innermost(), None);
    }
}
