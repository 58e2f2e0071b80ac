//! CRC-32 as Ethernet, gzip and event streams use it (polynomial 0x04C11DB7,
//! reflected), sixteen bytes at a time.

use std::sync::OnceLock;

/// The polynomial with its bits reversed.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// What a byte does to a state, this many bytes before the end of a block.
type Table = [u32; 256];

/// Four tables do a word of four bytes, the word's first byte in the last table.
type WordTables = [Table; 4];

/// The tables of "slicing by 16": each byte of a block is looked up by itself,
/// so that no look-up waits for another.
///
/// They are 16 KiB that hardly compress, so they are computed when they are
/// first needed instead of being downloaded.
#[derive(Debug)]
pub(crate) struct Crc32 {
    tables: [WordTables; 4],
}

impl Crc32 {
    /// The tables, which all decoders share.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Crc32> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    fn new() -> Self {
        let mut byte = [0; 256];
        for (value, entry) in (0..).zip(&mut byte) {
            *entry = value;
            for _ in 0..8 {
                *entry = shift(*entry);
            }
        }
        let mut tables = [[byte; 4]; 4];
        let mut before = byte;
        for table in tables.as_flattened_mut().iter_mut().skip(1) {
            for (entry, before) in table.iter_mut().zip(&before) {
                *entry = before >> 8 ^ look_up(&byte, *before);
            }
            before = *table;
        }
        Self { tables }
    }

    /// The checksum of the bytes.
    pub(crate) fn checksum(&self, bytes: &[u8]) -> u32 {
        !self.update(!0, bytes)
    }

    /// The state after these bytes. A checksum begins with the state `!0` and
    /// is the complement of the last one.
    pub(crate) fn update(&self, mut state: u32, bytes: &[u8]) -> u32 {
        let [last, third, second, first] = &self.tables;
        let (blocks, rest) = bytes.as_chunks::<16>();
        for block in blocks {
            let block = u128::from_le_bytes(*block);
            state = look_up_word(first, block as u32 ^ state)
                ^ look_up_word(second, (block >> 32) as u32)
                ^ look_up_word(third, (block >> 64) as u32)
                ^ look_up_word(last, (block >> 96) as u32);
        }
        let (words, rest) = rest.as_chunks::<4>();
        for word in words {
            state = look_up_word(last, u32::from_le_bytes(*word) ^ state);
        }
        let [table, ..] = last;
        for byte in rest {
            state = state >> 8 ^ look_up(table, state ^ u32::from(*byte));
        }
        state
    }
}

/// The state after one more bit, a zero.
const fn shift(state: u32) -> u32 {
    if state & 1 == 1 { state >> 1 ^ POLYNOMIAL } else { state >> 1 }
}

/// The entry for the lowest byte of `value`.
#[inline(always)]
fn look_up(table: &Table, value: u32) -> u32 {
    // Always there: a byte is below 256. The compiler knows it too.
    table.get(usize::from(value as u8)).copied().unwrap_or_default()
}

#[inline(always)]
fn look_up_word([last, third, second, first]: &WordTables, word: u32) -> u32 {
    look_up(first, word)
        ^ look_up(second, word >> 8)
        ^ look_up(third, word >> 16)
        ^ look_up(last, word >> 24)
}

/// Passes over bytes that are known beforehand, in eight look-ups however many
/// they are.
///
/// A CRC is linear: the state after bytes `b` that starts from `s` is what `s`
/// becomes over as many zeros, combined with what `b` makes of zero. The latter
/// is one number, the former a product with a constant matrix.
#[derive(Debug)]
pub(crate) struct KnownBytes {
    /// What each value of each four bits of the state becomes over zeros.
    nibbles: [[u32; 16]; 8],
    /// What the bytes make of the state zero.
    from_zero: u32,
}

impl KnownBytes {
    pub(crate) fn new(crc: &Crc32, bytes: &[u8]) -> Self {
        let from_zero = crc.update(0, bytes);
        // What the highest bit becomes. Each bit is the one above it, shifted
        // once; so is what it becomes, for shifts add up in any order.
        let mut bit = crc.update(1 << 31, bytes) ^ from_zero;
        let mut nibbles = [[0; 16]; 8];
        for states in nibbles.iter_mut().rev() {
            for weight in [8, 4, 2, 1] {
                for (value, state) in (0..).zip(&mut *states) {
                    if value & weight != 0 {
                        *state ^= bit;
                    }
                }
                bit = shift(bit);
            }
        }
        Self { nibbles, from_zero }
    }

    /// The state after the bytes.
    pub(crate) fn update(&self, state: u32) -> u32 {
        let mut result = self.from_zero;
        let mut rest = state;
        for states in &self.nibbles {
            result ^= states.get((rest & 15) as usize).copied().unwrap_or_default();
            rest >>= 4;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit by bit, as the definition has it.
    fn plain(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |state, &byte| {
            (0..8).fold(state ^ u32::from(byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 }
            })
        })
    }

    fn bytes(length: usize) -> Vec<u8> {
        let mut seed = length as u32 + 1;
        (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn checks_the_check_string() {
        // The "check" value of CRC-32/ISO-HDLC in the catalogue of CRCs.
        assert_eq!(Crc32::shared().checksum(b"123456789"), 0xCBF4_3926);
        assert_eq!(Crc32::shared().checksum(b""), 0);
    }

    #[test]
    fn every_length_agrees_with_the_definition() {
        for length in 0..200 {
            let bytes = bytes(length);
            assert_eq!(Crc32::shared().checksum(&bytes), plain(&bytes), "{length}");
        }
    }

    #[test]
    fn known_bytes_agree_with_reading_them() {
        let crc = Crc32::shared();
        for length in [0, 1, 3, 16, 75, 181] {
            let known = bytes(length);
            let skip = KnownBytes::new(crc, &known);
            for state in [0, 1, !0, 0x8000_0000, 0xDEAD_BEEF, 0x1234_5678] {
                assert_eq!(skip.update(state), crc.update(state, &known), "{length} {state:x}");
            }
        }
    }
}
