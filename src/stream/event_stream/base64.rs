//! Base64 as RFC 4648 section 4 has it, and nothing else: the standard
//! alphabet, padded, without whitespace, unused bits zero.

/// The text isn't base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid;

/// What stands for no six bits.
const NONE: u8 = 0xFF;

/// The six bits that each byte stands for.
static SEXTETS: [u8; 256] = sextets();

const fn sextets() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut sextets = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        // Constant, so a byte out of range would not compile.
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            sextets[alphabet[value] as usize] = value as u8;
        }
        value += 1;
    }
    sextets
}

#[inline(always)]
fn sextet(byte: u8) -> u8 {
    SEXTETS.get(usize::from(byte)).copied().unwrap_or(NONE)
}

/// Decodes a text into the front of `out` and says how many bytes that is.
/// Needs three bytes of room for every four of text.
pub(crate) fn decode(text: &[u8], out: &mut [u8]) -> Result<usize, Invalid> {
    let (quads, []) = text.as_chunks() else { return Err(Invalid) };
    let Some((last, quads)) = quads.split_last() else { return Ok(0) };
    let mut triples = out.as_chunks_mut().0.iter_mut();
    let mut seen = 0;
    // The text is the shorter one, so that no place is lost behind its end.
    for (quad, triple) in quads.iter().zip(&mut triples) {
        let [a, b, c, d] = *quad;
        let sextets = [sextet(a), sextet(b), sextet(c), sextet(d)];
        seen |= any(sextets);
        *triple = join(sextets);
    }
    let (end, length) = decode_last(*last)?;
    match triples.next() {
        Some(triple) if seen != NONE => *triple = end,
        _ => return Err(Invalid),
    }
    Ok(3 * quads.len() + length)
}

/// The same, over the text itself: what is decoded stays behind what is read.
pub(crate) fn decode_in_place(text: &mut [u8]) -> Result<usize, Invalid> {
    const PIECE: usize = 256;
    let mut length = 0;
    for from in (0..text.len()).step_by(PIECE) {
        let mut piece = [0; PIECE];
        let count = PIECE.min(text.len() - from);
        let (Some(piece), Some(read)) = (piece.get_mut(..count), text.get(from..from + count))
        else {
            return Err(Invalid);
        };
        piece.copy_from_slice(read);
        let decoded = decode(piece, text.get_mut(length..).unwrap_or_default())?;
        // Padding ends a text.
        if decoded < PIECE / 4 * 3 && from + count < text.len() {
            return Err(Invalid);
        }
        length += decoded;
    }
    Ok(length)
}

/// The last four characters, which alone may be padding.
fn decode_last([a, b, c, d]: [u8; 4]) -> Result<([u8; 3], usize), Invalid> {
    let length = match (c, d) {
        (b'=', b'=') => 1,
        (_, b'=') => 2,
        _ => 3,
    };
    let sextets = [
        sextet(a),
        sextet(b),
        if length > 1 { sextet(c) } else { 0 },
        if length > 2 { sextet(d) } else { 0 },
    ];
    let bytes = join(sextets);
    let [_, second, third] = bytes;
    let unused = match length {
        1 => second,
        2 => third,
        _ => 0,
    };
    if any(sextets) == NONE || unused != 0 { Err(Invalid) } else { Ok((bytes, length)) }
}

/// The bits that are set in any; all of them where one is [`NONE`].
#[inline(always)]
const fn any([a, b, c, d]: [u8; 4]) -> u8 {
    a | b | c | d
}

#[inline(always)]
fn join([a, b, c, d]: [u8; 4]) -> [u8; 3] {
    let [_, first, second, third] =
        (u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d)).to_be_bytes();
    [first, second, third]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10, and what is refused.
    const CASES: &[(&str, Option<&str>)] = &[
        ("", Some("")),
        ("Zg==", Some("f")),
        ("Zm8=", Some("fo")),
        ("Zm9v", Some("foo")),
        ("Zm9vYg==", Some("foob")),
        ("Zm9vYmE=", Some("fooba")),
        ("Zm9vYmFy", Some("foobar")),
        ("Zg", None),
        ("Zg=", None),
        ("Zm8", None),
        ("Zm9vYg", None),
        ("Zg==Zg==", None),
        ("Zm8=Zm9v", None),
        ("Z===", None),
        ("====", None),
        ("Z=g=", None),
        ("Zm9v\n", None),
        ("Zm 9", None),
        (" Zm9v", None),
        ("Zm9vZm9v    ", None),
        // The URL alphabet.
        ("-_-_", None),
        ("Zm9vé", None),
        // Bits that stand for nothing aren't zero.
        ("Zh==", None),
        ("Zm9=", None),
    ];

    #[test]
    fn takes_what_the_standard_says_and_nothing_else() {
        for (text, expected) in CASES {
            let mut out = vec![0; text.len()];
            let length = decode(text.as_bytes(), &mut out);
            let found = length.map(|length| out[..length].to_vec());
            assert_eq!(found.ok(), expected.map(|text| text.as_bytes().to_vec()), "{text}");
            let mut place = text.as_bytes().to_vec();
            let length = decode_in_place(&mut place);
            let found = length.map(|length| place[..length].to_vec());
            assert_eq!(found.ok(), expected.map(|text| text.as_bytes().to_vec()), "{text}");
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for length in [4, 8, 12, 16, 20, 24, 256, 260, 512] {
            let text = &alphabet.as_bytes().repeat(8)[..length];
            for at in (0..length).filter(|at| *at < 24 || at + 8 > length || at % 256 > 250) {
                for byte in 0..=255 {
                    let mut text = text.to_vec();
                    text[at] = byte;
                    let good = alphabet.as_bytes().contains(&byte);
                    if byte == b'=' && at + 1 == length {
                        continue;
                    }
                    let mut out = vec![0; length];
                    let found = decode(&text, &mut out);
                    assert_eq!(found.is_ok(), good, "{byte} at {at} of {length}");
                    let mut place = text.clone();
                    assert_eq!(decode_in_place(&mut place), found);
                    if let Ok(length) = found {
                        assert_eq!(place[..length], out[..length]);
                    }
                }
            }
        }
    }
}
