//! Text that is put together in reserved room.

use super::utf8;
use crate::block::{self, Block};
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
    fn push_block(&mut self, bytes: &[u8; block::SIZE], count: usize) {
        if self.bytes.len() < self.length + block::SIZE {
            self.grow();
        }
        let room = self.bytes.get_mut(self.length..).and_then(|room| room.first_chunk_mut());
        if let Some(room) = room {
            *room = *bytes;
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
        self.push_block(&encoded, count);
    }

    /// Writes what the body of a JSON string at `at` stands for, in one pass.
    /// Where the body ends, and how many UTF-16 code units it wrote.
    ///
    /// `None` where the string is invalid, has no end, isn't UTF-8 or holds half
    /// of a surrogate pair, which UTF-8 can't. What was written of it until then
    /// is the caller's to drop.
    #[allow(clippy::inline_always, reason = "called for each delta")]
    #[inline(always)]
    pub(crate) fn push_json_string(&mut self, bytes: &[u8], mut at: usize) -> Option<JsonString> {
        let start = self.length;
        let mut beyond_ascii = false;
        loop {
            let piece = Block::at(bytes, at);
            let block = Block::of(&piece);
            let plain = (block.equal(b'"') | block.equal(b'\\') | block.less(0x20)).first();
            beyond_ascii |= block.beyond_ascii().first() < plain;
            self.push_block(&piece, plain);
            at += plain;
            if plain == block::SIZE {
                continue;
            }
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
        // Most deltas are ASCII. The others are checked one by one, so that no
        // character can come together from the ends of two.
        let written = self.bytes.get(start..self.length)?;
        let units = match beyond_ascii {
            true => utf8::utf16_len(std::str::from_utf8(written).ok()?),
            false => written.len(),
        };
        Some(JsonString { end: at, units })
    }
}

/// A JSON string that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JsonString {
    /// Where its closing quote is.
    pub(crate) end: usize,
    /// How many UTF-16 code units it stands for.
    pub(crate) units: usize,
}
