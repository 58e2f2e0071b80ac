//! Base64 as tokens and challenges really use it: RFC 4648 §4 and §5, with or
//! without padding.

/// The bytes of a text in either alphabet; `None` where it isn't base64.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    // Padding, where there is any, fills the last group of four.
    if body.len() % 4 == 1 || padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    let mut bits = 0_u32;
    let mut held = 0;
    for digit in body.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

/// The same where the bytes are UTF-8. What isn't becomes U+FFFD, as browsers
/// decode it.
#[must_use]
pub fn decode_text(text: &str) -> Option<String> {
    Some(match String::from_utf8(decode(text)?) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10, and what the two alphabets differ in.
    #[test]
    fn decodes_both_alphabets() {
        let cases: [(&str, &[u8]); 11] = [
            ("", b""),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg==", b"foob"),
            ("Zm9vYmE", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("-_-_", &[0xfb, 0xff, 0xbf]),
            ("+/+/", &[0xfb, 0xff, 0xbf]),
            ("8J-YgA", "😀".as_bytes()),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_base64() {
        for text in ["Z", "Zg=", "Zg===", "=", "Z g=", "Zm9v.", "Zm9v====", "é", "Zm=8"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_replaced() {
        assert_eq!(decode_text("_w").as_deref(), Some("\u{fffd}"));
    }
}
