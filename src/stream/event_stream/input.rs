//! The bytes of a stream that are not read yet.

use std::ops::Range;

/// What the buffer grows by at least.
const STEP: usize = 4 << 10;

/// How much room is kept for what follows a large frame.
const KEPT: usize = 64 << 10;

/// Bytes that came and are not used up. The host writes behind them.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// All of it is initialised, because the host writes into it by address.
    bytes: Vec<u8>,
    /// What lies before is used up and stays readable until [`Self::compact`].
    start: usize,
    /// What lies behind isn't filled.
    end: usize,
}

impl Input {
    /// Where the next bytes go.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// What came and isn't used up.
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// What came and isn't used up, and the room behind it.
    pub(crate) fn unread_and_room(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The whole buffer, which places in it count from.
    pub(crate) fn all(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// Makes room for at least `wanted` bytes. Only here the buffer grows: with
    /// what arrives, never with what a frame claims to be, and by half as much
    /// again, but no further than `largest` and a constant.
    pub(crate) fn reserve(&mut self, wanted: usize, largest: usize) {
        self.compact();
        let needed = self.end.saturating_add(wanted);
        if needed > self.bytes.len() {
            let grown = self.bytes.len() + self.bytes.len() / 2;
            let largest = largest.saturating_add(KEPT);
            self.bytes.resize(needed.saturating_add(STEP).max(grown.min(largest)), 0);
        }
    }

    /// Takes over `count` bytes that were written to the room.
    pub(crate) fn filled(&mut self, count: usize) -> usize {
        let count = count.min(self.bytes.len() - self.end);
        self.end += count;
        count
    }

    /// Uses up the first `count` bytes and says where they are.
    pub(crate) fn take(&mut self, count: usize) -> Range<usize> {
        let from = self.start;
        self.start = from.saturating_add(count).min(self.end);
        from..self.start
    }

    /// Bytes that [`Self::take`] used up.
    pub(crate) fn taken(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// Bytes that [`Self::take`] used up, to be changed in place.
    pub(crate) fn taken_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.bytes.get_mut(range).unwrap_or_default()
    }

    /// Moves what isn't used up to the front of the buffer.
    ///
    /// Once a chunk, after its frames: what is left then came with that chunk,
    /// or nothing was used up and nothing moves. So the cost is linear.
    pub(crate) fn compact(&mut self) {
        if self.start == 0 {
            return;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() > 4 * KEPT && self.end < KEPT {
            // The room that a large frame needed isn't kept for small ones.
            self.bytes.truncate(2 * KEPT);
            self.bytes.shrink_to_fit();
        }
    }
}
