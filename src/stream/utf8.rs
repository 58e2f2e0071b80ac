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

/// How many UTF-16 code units the text has, which is its length in JavaScript.
pub(crate) fn utf16_len(text: &str) -> usize {
    let mut units = 0;
    for &byte in text.as_bytes() {
        // One for each sequence's first byte, one more for a sequence of four.
        units += usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_javascript_does() {
        for text in ["", "a", "é", "€", "😀", "a😀é€\u{fffd}\u{10ffff}\u{ffff}"] {
            assert_eq!(utf16_len(text), text.encode_utf16().count(), "{text}");
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
