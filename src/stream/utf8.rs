//! Bytes to text as the Encoding standard decodes UTF-8.

use std::borrow::Cow;

/// The text of the bytes, with U+FFFD for each ill-formed sequence; how many
/// is added to `replaced`.
pub(crate) fn decode<'a>(bytes: &'a [u8], replaced: &mut u64) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(decode_ill_formed(bytes, replaced)),
    }
}

#[cold]
fn decode_ill_formed(bytes: &[u8], replaced: &mut u64) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            *replaced += 1;
        }
    }
    text
}

/// How many UTF-16 code units the bytes have as text, which is its length in
/// JavaScript; `None` where they are not UTF-8. One pass for both.
pub(crate) fn utf16_len(bytes: &[u8]) -> Option<usize> {
    let mut units = 0;
    let mut rest = bytes.iter();
    while let Some(&first) = rest.next() {
        units += 1;
        // Table 3-7 of the Unicode standard: which second byte may follow
        // which first, and how many of any kind behind it.
        let (second, others) = match first {
            0x00..=0x7F => continue,
            0xC2..=0xDF => (0x80..=0xBF, 0),
            0xE0 => (0xA0..=0xBF, 1),
            0xED => (0x80..=0x9F, 1),
            0xE1..=0xEF => (0x80..=0xBF, 1),
            0xF0 => (0x90..=0xBF, 2),
            0xF1..=0xF3 => (0x80..=0xBF, 2),
            0xF4 => (0x80..=0x8F, 2),
            _ => return None,
        };
        if !second.contains(rest.next()?) {
            return None;
        }
        for _ in 0..others {
            if rest.next()? & 0xC0 != 0x80 {
                return None;
            }
        }
        // A character of four bytes is a pair of surrogates.
        units += others >> 1;
    }
    Some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_javascript_does() {
        for text in ["", "a", "é", "€", "😀", "a😀é€\u{fffd}\u{10ffff}\u{ffff}"] {
            assert_eq!(utf16_len(text.as_bytes()), Some(text.encode_utf16().count()), "{text}");
        }
    }

    #[test]
    fn takes_for_utf8_what_the_standard_library_does() {
        let check = |bytes: &[u8]| {
            let expected = std::str::from_utf8(bytes).ok().map(|text| text.encode_utf16().count());
            assert_eq!(utf16_len(bytes), expected, "{bytes:X?}");
        };
        // The bytes at which a range of the table begins or ends, and those beside them.
        let mut edges = vec![0, b'a', 0xFF];
        for edge in [0x80, 0x90, 0xA0, 0xC0, 0xC2, 0xE0, 0xE1, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5] {
            edges.extend([edge - 1, edge]);
        }
        for first in 0..=255 {
            check(&[first]);
            for second in 0..=255 {
                check(&[first, second]);
                for third in &edges {
                    check(&[first, second, *third]);
                    for fourth in &edges {
                        check(&[first, second, *third, *fourth]);
                        check(&[first, second, *third, *fourth, b'a']);
                    }
                }
            }
        }
    }

    #[test]
    fn replaces_maximal_subparts() {
        // The Unicode standard's table 3-8 to 3-11, as the Encoding standard decodes them.
        let cases: &[(&[u8], &str)] = &[
            (b"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82A", "########A"),
            (b"\xED\xA0\x80\xED\xBF\xBF\xED\xAFA", "########A"),
            (b"\xF4\x91\x92\x93\xFFA\x80\xBFB", "#####A##B"),
            (b"\xE1\x80\xE2\xF0\x91\x92\xF1\xBFA", "####A"),
        ];
        for (bytes, expected) in cases {
            let mut replaced = 0;
            assert_eq!(decode(bytes, &mut replaced).replace('\u{fffd}', "#"), *expected);
            assert_eq!(replaced, expected.matches('#').count() as u64);
        }
    }
}
