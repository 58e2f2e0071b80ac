//! Sixteen bytes looked at at once, with vector instructions in WebAssembly.
//!
//! Elsewhere the same is done with plain arithmetic. The tests below hold it to
//! what it means byte by byte; in browsers they hold the instructions to it.

use std::ops::{BitOr, Not};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use vector as lanes;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use words as lanes;

/// How many bytes a block has.
pub(crate) const SIZE: usize = 16;

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(crate) struct Block(lanes::Bytes);

/// Which bytes of a block something is true of.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(lanes::Bytes);

// Inlined whatever the optimisation level: a call costs more than what it does.
#[allow(clippy::inline_always, reason = "each of these is one or two instructions")]
impl Block {
    #[inline(always)]
    pub(crate) fn of(bytes: &[u8; SIZE]) -> Self {
        Self(lanes::load(bytes))
    }

    /// The block at `at`, filled up with zeros behind the end.
    #[inline(always)]
    pub(crate) fn at(bytes: &[u8], at: usize) -> Self {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.first_chunk() {
            Some(block) => Self::of(block),
            None => padded(rest),
        }
    }

    #[inline(always)]
    pub(crate) fn write(self, to: &mut [u8; SIZE]) {
        lanes::store(self.0, to);
    }

    /// The bytes that are this one.
    #[inline(always)]
    pub(crate) fn equal(self, byte: u8) -> Lanes {
        Lanes(lanes::equal(self.0, byte))
    }

    /// The bytes that are less than this one, which is at most 128.
    #[inline(always)]
    pub(crate) fn less(self, byte: u8) -> Lanes {
        Lanes(lanes::less(self.0, byte))
    }

    /// The bytes beyond ASCII.
    #[inline(always)]
    pub(crate) fn beyond_ascii(self) -> Lanes {
        Lanes(self.0)
    }

    /// The bits in which two blocks differ.
    #[inline(always)]
    pub(crate) fn difference(self, other: Self) -> Self {
        Self(lanes::xor(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn is_zero(self) -> bool {
        lanes::is_zero(self.0)
    }
}

#[allow(clippy::inline_always, reason = "each of these is one or two instructions")]
impl BitOr for Block {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(lanes::or(self.0, other.0))
    }
}

#[allow(clippy::inline_always, reason = "each of these is one or two instructions")]
impl BitOr for Lanes {
    type Output = Self;

    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        Self(lanes::or(self.0, other.0))
    }
}

#[allow(clippy::inline_always, reason = "each of these is one or two instructions")]
impl Not for Lanes {
    type Output = Self;

    #[inline(always)]
    fn not(self) -> Self {
        Self(lanes::not(self.0))
    }
}

#[allow(clippy::inline_always, reason = "each of these is one or two instructions")]
impl Lanes {
    /// A bit for each byte, the first byte's the lowest.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        lanes::bits(self.0)
    }

    /// The first byte; [`SIZE`] where there is none.
    #[inline(always)]
    pub(crate) fn first(self) -> usize {
        (self.bits() | 1 << SIZE).trailing_zeros() as usize
    }
}

#[cold]
fn padded(rest: &[u8]) -> Block {
    let mut block = [0; SIZE];
    for (place, byte) in block.iter_mut().zip(rest) {
        *place = *byte;
    }
    Block::of(&block)
}

/// The first byte from `at` on that `wanted` finds; the length where there is none.
#[allow(clippy::inline_always, reason = "the search is made for each `wanted`")]
#[inline(always)]
pub(crate) fn find(bytes: &[u8], mut at: usize, wanted: impl Fn(Block) -> Lanes) -> usize {
    while at < bytes.len() {
        let first = wanted(Block::at(bytes, at)).first();
        at += first;
        if first < SIZE {
            break;
        }
    }
    at.min(bytes.len())
}

/// Whether `bytes` begin with `head`.
#[allow(clippy::inline_always, reason = "a head is compared with each event")]
#[inline(always)]
pub(crate) fn starts_with(bytes: &[u8], head: &[u8]) -> bool {
    let Some(front) = bytes.get(..head.len()) else { return false };
    let (Some(front_end), Some(head_end)) = (front.last_chunk(), head.last_chunk()) else {
        return front == head;
    };
    // The end first: that is where heads differ.
    let mut difference = Block::of(front_end).difference(Block::of(head_end));
    if !difference.is_zero() {
        return false;
    }
    let (front_fours, front) = front.as_chunks().0.as_chunks();
    let (head_fours, head) = head.as_chunks().0.as_chunks();
    for ([a, b, c, d], [e, f, g, h]) in front_fours.iter().zip(head_fours) {
        let one = Block::of(a).difference(Block::of(e)) | Block::of(b).difference(Block::of(f));
        let other = Block::of(c).difference(Block::of(g)) | Block::of(d).difference(Block::of(h));
        difference = difference | one | other;
    }
    for (front, head) in front.iter().zip(head) {
        difference = difference | Block::of(front).difference(Block::of(head));
    }
    difference.is_zero()
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[allow(clippy::inline_always, reason = "each of these is one or two instructions")]
#[allow(unsafe_code, reason = "loads and stores of vectors take an address")]
mod vector {
    use std::arch::wasm32::{
        i8x16_bitmask, i8x16_eq, u8x16_lt, u8x16_splat, v128, v128_any_true, v128_load, v128_not,
        v128_or, v128_store, v128_xor,
    };
    use std::ptr;

    use super::SIZE;

    pub(super) type Bytes = v128;

    #[inline(always)]
    pub(super) fn load(bytes: &[u8; SIZE]) -> Bytes {
        // SAFETY: the reference is to 16 bytes, and the instruction takes any alignment.
        unsafe { v128_load(ptr::from_ref(bytes).cast()) }
    }

    #[inline(always)]
    pub(super) fn store(bytes: Bytes, to: &mut [u8; SIZE]) {
        // SAFETY: as above, and nobody else refers to these 16 bytes.
        unsafe { v128_store(ptr::from_mut(to).cast(), bytes) }
    }

    #[inline(always)]
    pub(super) fn equal(bytes: Bytes, byte: u8) -> Bytes {
        i8x16_eq(bytes, u8x16_splat(byte))
    }

    #[inline(always)]
    pub(super) fn less(bytes: Bytes, byte: u8) -> Bytes {
        u8x16_lt(bytes, u8x16_splat(byte))
    }

    #[inline(always)]
    pub(super) fn or(one: Bytes, other: Bytes) -> Bytes {
        v128_or(one, other)
    }

    #[inline(always)]
    pub(super) fn xor(one: Bytes, other: Bytes) -> Bytes {
        v128_xor(one, other)
    }

    #[inline(always)]
    pub(super) fn not(bytes: Bytes) -> Bytes {
        v128_not(bytes)
    }

    #[inline(always)]
    pub(super) fn is_zero(bytes: Bytes) -> bool {
        !v128_any_true(bytes)
    }

    #[inline(always)]
    pub(super) fn bits(bytes: Bytes) -> u32 {
        u32::from(i8x16_bitmask(bytes))
    }
}

/// Eight bytes a word. What is true of a byte is its highest bit.
#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
#[allow(clippy::inline_always, reason = "each of these is a few instructions")]
mod words {
    use super::SIZE;

    pub(super) type Bytes = [u64; 2];

    const LOW: u64 = u64::MAX / 255;
    const HIGH: u64 = LOW << 7;

    #[inline(always)]
    pub(super) fn load(bytes: &[u8; SIZE]) -> Bytes {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
        [[a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]].map(u64::from_le_bytes)
    }

    #[inline(always)]
    pub(super) fn store(bytes: Bytes, to: &mut [u8; SIZE]) {
        for (to, byte) in to.iter_mut().zip(bytes.iter().flat_map(|word| word.to_le_bytes())) {
            *to = byte;
        }
    }

    /// The bytes that are 0.
    #[inline(always)]
    const fn zero(word: u64) -> u64 {
        !(((word & !HIGH) + !HIGH) | word) & HIGH
    }

    #[inline(always)]
    pub(super) fn equal(bytes: Bytes, byte: u8) -> Bytes {
        bytes.map(|word| zero(word ^ (LOW * u64::from(byte))))
    }

    #[inline(always)]
    pub(super) fn less(bytes: Bytes, byte: u8) -> Bytes {
        // A byte below 128 carries into its highest bit if it is `byte` or more.
        bytes.map(|word| !(((word & !HIGH) + LOW * u64::from(128 - byte)) | word) & HIGH)
    }

    #[inline(always)]
    pub(super) fn or(one: Bytes, other: Bytes) -> Bytes {
        let ([a, b], [c, d]) = (one, other);
        [a | c, b | d]
    }

    #[inline(always)]
    pub(super) fn xor(one: Bytes, other: Bytes) -> Bytes {
        let ([a, b], [c, d]) = (one, other);
        [a ^ c, b ^ d]
    }

    #[inline(always)]
    pub(super) fn not(bytes: Bytes) -> Bytes {
        bytes.map(|word| !word)
    }

    #[inline(always)]
    pub(super) fn is_zero([low, high]: Bytes) -> bool {
        low | high == 0
    }

    #[inline(always)]
    pub(super) fn bits(bytes: Bytes) -> u32 {
        // The multiplication brings the eight highest bits together in the highest byte.
        let [low, high] =
            bytes.map(|word| ((word & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56);
        u32::try_from(low | high << 8).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Blocks with every byte at every place, between others of all kinds.
    fn blocks() -> impl Iterator<Item = [u8; SIZE]> {
        (0..=u8::MAX).flat_map(|byte| {
            (0..SIZE).map(move |at| {
                let mut block = [0x7F_u8; SIZE];
                for (place, other) in block.iter_mut().enumerate() {
                    *other = (place as u8).wrapping_mul(31).wrapping_add(byte.wrapping_mul(7));
                }
                block[at] = byte;
                block
            })
        })
    }

    fn bits(block: &[u8; SIZE], holds: impl Fn(u8) -> bool) -> u32 {
        (0..SIZE).map(|at| u32::from(holds(block[at])) << at).sum()
    }

    #[test]
    fn each_byte_is_judged_by_itself() {
        for bytes in blocks() {
            let block = Block::of(&bytes);
            assert_eq!(block.beyond_ascii().bits(), bits(&bytes, |byte| byte >= 0x80), "{bytes:?}");
            for wanted in [0, 1, b' ', b'"', b'\\', b'\n', b'\r', 0x7F, 0x80, 0xFF] {
                let found = block.equal(wanted).bits();
                assert_eq!(found, bits(&bytes, |byte| byte == wanted), "{bytes:?} = {wanted}");
                assert_eq!((!block.equal(wanted)).bits(), !found & 0xFFFF);
            }
            for bound in [0, 1, b' ', 0x7F, 0x80] {
                let found = block.less(bound).bits();
                assert_eq!(found, bits(&bytes, |byte| byte < bound), "{bytes:?} < {bound}");
            }
            let either = block.equal(b'"') | block.less(b' ') | block.beyond_ascii();
            let expected = bits(&bytes, |byte| byte == b'"' || !(b' '..0x80).contains(&byte));
            assert_eq!(either.bits(), expected, "{bytes:?}");
            assert_eq!(either.first(), (expected | 1 << SIZE).trailing_zeros() as usize);
        }
    }

    #[test]
    fn blocks_differ_where_a_bit_does() {
        for bytes in blocks() {
            assert!(Block::of(&bytes).difference(Block::of(&bytes)).is_zero());
            for bit in 0..8 * SIZE {
                let mut other = bytes;
                other[bit / 8] ^= 1 << (bit % 8);
                let difference = Block::of(&bytes).difference(Block::of(&other));
                assert!(!difference.is_zero());
                assert!(!(difference | Block::of(&[0; SIZE])).is_zero());
            }
        }
    }

    #[test]
    fn the_first_byte_is_found_wherever_it_is() {
        for length in 0..70 {
            for at in 0..=length {
                let mut bytes = vec![b'x'; length];
                // What lies before is not looked at.
                bytes[..at].fill(0);
                assert_eq!(find(&bytes, at, |block| block.equal(0)), length);
                for place in at..length {
                    bytes[place] = 0;
                    assert_eq!(find(&bytes, at, |block| block.equal(0)), place, "{length} {at}");
                    bytes[place] = b'x';
                }
            }
            assert_eq!(find(&vec![b'x'; length], length + 1, |block| block.equal(0)), length);
        }
    }

    #[test]
    fn a_head_fits_with_every_byte() {
        for length in 0..70 {
            let head: Vec<u8> = (0..length).collect();
            let mut bytes = head.clone();
            bytes.push(1);
            assert!(starts_with(&head, &head) && starts_with(&bytes, &head), "{length}");
            for at in 0..head.len() {
                assert!(!starts_with(&bytes[..at], &head), "{length} {at}");
                bytes[at] ^= 1;
                assert!(!starts_with(&bytes, &head), "{length} {at}");
                bytes[at] ^= 1;
            }
        }
    }

    /// The instructions' own test: in WebAssembly both ways of looking are there.
    /// `tests/web.rs` runs it in browsers.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub(crate) fn both_ways_say_the_same() {
        for bytes in blocks() {
            let (vector, words) = (vector::load(&bytes), words::load(&bytes));
            assert_eq!(vector::bits(vector), words::bits(words));
            assert_eq!(vector::is_zero(vector), words::is_zero(words));
            for byte in [0, 1, b' ', b'"', b'\\', b'\n', 0x7F, 0x80, 0xFF] {
                let (vector, words) = (vector::equal(vector, byte), words::equal(words, byte));
                assert_eq!(vector::bits(vector), words::bits(words));
                assert_eq!(vector::bits(vector::not(vector)), words::bits(words::not(words)));
            }
            for byte in [0, 1, b' ', 0x7F, 0x80] {
                let (vector, words) = (vector::less(vector, byte), words::less(words, byte));
                assert_eq!(vector::bits(vector), words::bits(words));
            }
        }
    }
}
