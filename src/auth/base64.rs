//! Base64 as tokens and challenges really use it: RFC 4648 §4 and §5, with or
//! without padding.

use crate::stream::event_stream::base64::decode_in_place;
use crate::stream::utf8;

/// The text of base64 in either alphabet; `None` where it isn't base64. What
/// isn't UTF-8 becomes U+FFFD, as browsers decode it.
#[must_use]
pub fn decode_text(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() + 3);
    for byte in text.bytes() {
        bytes.push(match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        });
    }
    // Where there is padding it is right.
    while !text.ends_with('=') && !bytes.len().is_multiple_of(4) {
        bytes.push(b'=');
    }
    let length = decode_in_place(&mut bytes).ok()?;
    Some(utf8::decode(bytes.get(..length)?, &mut 0).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10, and what the two alphabets differ in.
    #[test]
    fn decodes_both_alphabets() {
        let cases = [
            ("", ""),
            ("Zg==", "f"),
            ("Zg", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE", "fooba"),
            ("Zm9vYmFy", "foobar"),
            ("Pj4-", ">>>"),
            ("Pj4+", ">>>"),
            ("Pz8_", "???"),
            ("Pz8/", "???"),
            ("8J-YgA", "😀"),
            ("8J+YgA==", "😀"),
        ];
        for (text, decoded) in cases {
            assert_eq!(decode_text(text).as_deref(), Some(decoded), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_base64() {
        for text in ["Z", "Zg=", "Zg===", "=", "Z g=", "Zm9v.", "Zm9v====", "é", "Zm=8"] {
            assert_eq!(decode_text(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_replaced() {
        assert_eq!(decode_text("_w").as_deref(), Some("\u{fffd}"));
    }
}
