//! The bytes of a stream that are not read yet.

use std::ops::Range;

use crate::block;

/// What the buffer grows by at least.
const STEP: usize = 4 << 10;

/// How much room is kept for what follows a large event or frame.
const KEPT: usize = 64 << 10;

/// Bytes that came and are not used up.
///
/// Write bytes to [`room`](Self::room) and say how many with
/// [`filled`](Self::filled), or hand them to [`feed`](Self::feed).
#[derive(Debug)]
pub struct Input {
    /// All of it is initialised, because the host writes into it by address.
    bytes: Vec<u8>,
    /// What lies before is used up and stays readable until [`Self::compact`].
    start: usize,
    /// What lies behind isn't filled.
    end: usize,
    /// How many bytes came in all.
    came: u64,
    /// The longest event or frame: the buffer is kept from growing far beyond.
    largest: usize,
}

impl Input {
    pub(crate) const fn new(largest: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, end: 0, came: 0, largest }
    }

    /// Where the next bytes go. A block's worth is left behind it, so that what
    /// is filled can be read by blocks to its end.
    #[allow(clippy::inline_always, reason = "called around each chunk")]
    #[inline(always)]
    pub fn room(&mut self) -> &mut [u8] {
        let room = self.end..self.bytes.len().saturating_sub(block::SIZE);
        self.bytes.get_mut(room).unwrap_or_default()
    }

    /// Takes over `count` bytes that were written to [`room`](Self::room).
    /// `false`, and nothing is taken over, where it hasn't so many.
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub fn filled(&mut self, count: usize) -> bool {
        let fits = count <= self.room().len();
        if fits {
            self.end += count;
            self.came += count as u64;
        }
        fits
    }

    /// Takes bytes in.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        if let Some(room) = self.room().get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.filled(bytes.len());
    }

    /// Makes room for at least `wanted` bytes. Only here the buffer grows: with
    /// what arrives, never with what a frame claims to be, and by half as much
    /// again, which keeps the copying linear for an event that arrives in many
    /// small pieces.
    pub fn reserve(&mut self, wanted: usize) {
        let needed = self.end.saturating_add(wanted).saturating_add(block::SIZE);
        if needed > self.bytes.len() {
            let grown = self.bytes.len() + self.bytes.len() / 2;
            let largest = self.largest.saturating_add(KEPT);
            self.bytes.resize(needed.saturating_add(STEP).max(grown.min(largest)), 0);
        }
    }

    /// How many bytes are held.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.end - self.start
    }

    /// How many bytes there can be, held and to come, before more room is made.
    pub(crate) const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes came in all.
    #[must_use]
    pub const fn came(&self) -> u64 {
        self.came
    }

    /// The whole buffer, which places in it count from.
    pub(crate) fn all(&self) -> &[u8] {
        &self.bytes
    }

    /// The part of the buffer that is filled.
    pub(crate) fn arrived(&self) -> &[u8] {
        self.bytes.get(..self.end).unwrap_or_default()
    }

    /// What came and isn't used up.
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// What came from `at` on, and a block behind it: anything at all, which may
    /// look as if it belonged to it.
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub(crate) fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..self.end + block::SIZE).unwrap_or_default()
    }

    /// What came and isn't used up, with a block behind it as [`Self::from`] has.
    pub(crate) fn unread_and_more(&self) -> &[u8] {
        self.from(self.start)
    }

    /// Where what came ends.
    pub(crate) const fn end(&self) -> usize {
        self.end
    }

    /// Bytes that stayed where they came.
    pub(crate) fn get(&self, range: Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    /// The same, to be changed in place.
    pub(crate) fn get_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        self.bytes.get_mut(range).unwrap_or_default()
    }

    /// Uses up everything before `at`.
    pub(crate) const fn use_up_to(&mut self, at: usize) {
        self.start = at;
    }

    /// Uses up the next `count` bytes and says where they are.
    pub(crate) fn take(&mut self, count: usize) -> Range<usize> {
        let from = self.start;
        self.start = from.saturating_add(count).min(self.end);
        from..self.start
    }

    /// Moves what isn't used up to the front of the buffer; how far that was.
    ///
    /// Once a chunk, after its events: what is left then came with that chunk,
    /// or nothing was used up and nothing moves. So the cost is linear.
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub(crate) fn compact(&mut self) -> usize {
        let moved = self.start;
        if moved < self.end && moved > 0 {
            self.bytes.copy_within(moved..self.end, 0);
        }
        self.end -= moved;
        self.start = 0;
        if self.bytes.len() > 4 * KEPT && self.end < KEPT {
            self.shrink();
        }
        moved
    }

    /// The room that a large event needed isn't kept for small ones.
    #[cold]
    fn shrink(&mut self) {
        self.bytes.truncate(2 * KEPT);
        self.bytes.shrink_to_fit();
    }
}
