//! Ways to cut an input. They follow from its bytes alone, so that an input
//! that fails fails again, and so that any file can be an input.

/// Xorshift, seeded with the FNV-1a hash of the input.
pub(crate) struct Choices(u64);

impl Choices {
    pub(crate) fn of(input: &[u8]) -> Self {
        let hash = input.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(hash | 1)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % bound
    }
}

/// Longer inputs aren't read byte by byte.
const SHORT: usize = 512;

/// The input in one piece, in pieces of one byte or a few, cut in two, and in
/// random pieces, some of them empty.
pub(crate) fn cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut choices = Choices::of(input);
    let (head, tail) = input.split_at(choices.below(input.len() + 1));
    let size = if input.len() <= SHORT { 1 } else { 1 + choices.below(9) };
    let longest = [4, 24, 200][choices.below(3)];
    let mut random = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(choices.below(longest).min(rest.len()));
        random.push(piece);
        rest = after;
    }
    vec![vec![input], input.chunks(size).collect(), vec![head, tail], random]
}
