//! Variation: a small generator that is the same for the same seed, and identifiers that never are.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A splitmix64 sequence.
#[derive(Clone, Debug)]
pub(crate) struct Variation(u64);

impl Variation {
    /// The same sequence for the same text.
    pub(crate) fn of(text: &str) -> Self {
        // FNV-1a: only to spread texts over seeds.
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the bound, which must not be 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    /// One of the choices.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> Option<&'a T> {
        choices.get(self.below(choices.len())).copied()
    }

    /// Characters as identifiers and signatures have them.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 62] =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..length)
            .filter_map(|_| LETTERS.get(self.below(LETTERS.len())).map(|&b| char::from(b)))
            .collect()
    }
}

/// An identifier like the API's: `msg_01` and 22 letters. No two are the same.
pub(crate) fn identifier(prefix: &str) -> String {
    static SEED: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let seed = SEED.get_or_init(|| RandomState::new().build_hasher().finish());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let letters = Variation(seed ^ count.wrapping_mul(0xd129_0db7_9a3c_54e5)).letters(22);
    format!("{prefix}_01{letters}")
}
