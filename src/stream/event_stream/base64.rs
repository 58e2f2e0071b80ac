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
    let (quads, []) = text.as_chunks::<4>() else { return Err(Invalid) };
    let Some((last, quads)) = quads.split_last() else { return Ok(0) };
    let (triples, _) = out.as_chunks_mut::<3>();
    let Some((end, triples)) = triples.get_mut(..=quads.len()).and_then(<[_]>::split_last_mut)
    else {
        return Err(Invalid);
    };
    let mut seen = 0;
    for (quad, triple) in quads.iter().zip(triples) {
        let sextets = quad.map(sextet);
        seen |= sextets.iter().fold(0, |seen, sextet| seen | sextet);
        *triple = join(sextets);
    }
    if seen == NONE {
        return Err(Invalid);
    }
    let (bytes, length) = decode_last(*last)?;
    *end = bytes;
    Ok(3 * quads.len() + length)
}

/// The same, over the text itself.
pub(crate) fn decode_in_place(text: &mut [u8]) -> Result<usize, Invalid> {
    if !text.len().is_multiple_of(4) {
        return Err(Invalid);
    }
    let quads = text.len() / 4;
    let mut length = 0;
    for at in 0..quads {
        let Some(quad) = text.get(4 * at..).and_then(<[u8]>::first_chunk) else { break };
        let (bytes, count) = if at + 1 == quads {
            decode_last(*quad)?
        } else {
            let sextets = quad.map(sextet);
            if sextets.contains(&NONE) {
                return Err(Invalid);
            }
            (join(sextets), 3)
        };
        // Behind what is read: three bytes for every four.
        if let Some(place) = text.get_mut(length..).and_then(<[u8]>::first_chunk_mut) {
            *place = bytes;
        }
        length += count;
    }
    Ok(length)
}

/// The last four characters, which alone may be padding.
fn decode_last(quad: [u8; 4]) -> Result<([u8; 3], usize), Invalid> {
    let [a, b, c, d] = quad;
    let length = match (c, d) {
        (b'=', b'=') => 1,
        (_, b'=') => 2,
        _ => 3,
    };
    let zero = |kept: bool, byte: u8| if kept { sextet(byte) } else { 0 };
    let sextets = [sextet(a), sextet(b), zero(length > 1, c), zero(length > 2, d)];
    let bytes = join(sextets);
    let [_, second, third] = bytes;
    let unused = match length {
        1 => second,
        2 => third,
        _ => 0,
    };
    if sextets.contains(&NONE) || unused != 0 { Err(Invalid) } else { Ok((bytes, length)) }
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
        for length in [4, 8, 12, 16, 20, 24] {
            let text = &alphabet.as_bytes()[..length];
            for at in 0..length {
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
