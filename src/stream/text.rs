//! Text that is put together in reserved room.

use super::utf8;
use crate::block::{self, Block, Lanes};
use crate::json::escape;

/// UTF-8 that grows at its end. Writing what fits into the reserved room
/// allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Text {
    /// All of it is initialised, so that whole blocks can be written.
    bytes: Vec<u8>,
    length: usize,
}

impl Text {
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// What was written so far. Always UTF-8, but behind an unfinished part.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Makes room for `length` bytes in all.
    pub(crate) fn reserve(&mut self, length: usize) {
        let needed = length + block::SIZE;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
    }

    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.bytes.len() - self.length - block::SIZE
    }

    /// Drops everything from `length` on.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        let end = self.length + text.len();
        self.reserve(end);
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(text.as_bytes());
            self.length = end;
        }
    }

    /// Writes a whole block, of which `count` bytes stay.
    #[allow(clippy::inline_always, reason = "the step of the loops that copy")]
    #[inline(always)]
    fn push_block(&mut self, block: Block, count: usize) {
        if self.bytes.len() < self.length + block::SIZE {
            self.grow();
        }
        let room = self.bytes.get_mut(self.length..).and_then(|room| room.first_chunk_mut());
        if let Some(room) = room {
            block.write(room);
            self.length += count;
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.reserve(self.length + self.length / 2 + block::SIZE);
    }

    fn push(&mut self, character: char) {
        let mut encoded = [0; block::SIZE];
        let count = character.encode_utf8(&mut encoded).len();
        self.push_block(Block::of(&encoded), count);
    }

    /// Writes what the body of a JSON string at `at` stands for, in one pass.
    ///
    /// `None` where the string is invalid, has no end, isn't UTF-8 or holds half
    /// of a surrogate pair, which UTF-8 can't. What was written of it until then
    /// is the caller's to drop.
    #[allow(clippy::inline_always, reason = "called for each delta")]
    #[inline(always)]
    pub(crate) fn push_json_string(&mut self, bytes: &[u8], mut at: usize) -> Option<Written> {
        let start = self.length;
        let mut beyond_ascii = false;
        loop {
            at = self.push_until(bytes, at, &mut beyond_ascii, |block| {
                block.equal(b'"') | block.equal(b'\\') | block.less(0x20)
            });
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    let (character, length) = escape(bytes.get(at + 1..)?)?;
                    let character = character?;
                    beyond_ascii |= !character.is_ascii();
                    self.push(character);
                    at += 1 + length;
                }
                _ => return None,
            }
        }
        Some(Written { end: at, units: self.units_from(start, beyond_ascii)? })
    }

    /// Writes everything from `at` to the end of the line. `None` where it has
    /// no end or isn't UTF-8; the caller drops what was written of it.
    #[allow(clippy::inline_always, reason = "called for each event")]
    #[inline(always)]
    pub(crate) fn push_line(&mut self, bytes: &[u8], at: usize) -> Option<Written> {
        let start = self.length;
        let mut beyond_ascii = false;
        let end = self.push_until(bytes, at, &mut beyond_ascii, |block| {
            block.equal(b'\n') | block.equal(b'\r')
        });
        bytes.get(end)?;
        Some(Written { end, units: self.units_from(start, beyond_ascii)? })
    }

    /// Writes the bytes from `at` to the first that `stops` finds; where that is.
    #[allow(clippy::inline_always, reason = "the loop is made for each `stops`")]
    #[inline(always)]
    fn push_until(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        beyond_ascii: &mut bool,
        stops: impl Fn(Block) -> Lanes,
    ) -> usize {
        while at < bytes.len() {
            let block = Block::at(bytes, at);
            let count = stops(block).first().min(bytes.len() - at);
            *beyond_ascii |= block.beyond_ascii().first() < count;
            self.push_block(block, count);
            at += count;
            if count < block::SIZE {
                break;
            }
        }
        at
    }

    /// How many UTF-16 code units were written since `start`, if that is UTF-8.
    ///
    /// Most parts are ASCII. The others are checked one by one, so that no
    /// character can come together from the ends of two.
    #[allow(clippy::inline_always, reason = "called for each delta")]
    #[inline(always)]
    fn units_from(&self, start: usize, beyond_ascii: bool) -> Option<usize> {
        let written = self.bytes.get(start..self.length)?;
        if !beyond_ascii {
            return Some(written.len());
        }
        utf8::utf16_len(written)
    }
}

/// What was read and written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    /// Where reading stopped: at a string's closing quote, at a line's end.
    pub(crate) end: usize,
    /// How many UTF-16 code units were written.
    pub(crate) units: usize,
}
