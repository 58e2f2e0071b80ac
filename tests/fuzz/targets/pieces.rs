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

/// The input in one piece, byte by byte, cut in two, and in a few random ways.
pub(crate) fn cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut choices = Choices::of(input);
    let mut all = vec![vec![input], input.chunks(1).collect()];
    let (head, tail) = input.split_at(choices.below(input.len() + 1));
    all.push(vec![head, tail]);
    for longest in [4, 24, 200] {
        let mut pieces = Vec::new();
        let mut rest = input;
        while !rest.is_empty() {
            // Sometimes nothing at all.
            let (piece, after) = rest.split_at(choices.below(longest).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        all.push(pieces);
    }
    all
}
