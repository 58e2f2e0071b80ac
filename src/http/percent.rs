//! Percent-encoding (RFC 3986 §2.1).

/// Appends bytes, all but RFC 3986's unreserved characters and those of `kept`
/// encoded.
pub fn encode_into(out: &mut String, bytes: &[u8], kept: &[u8]) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || kept.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
}

fn digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'A' - 10 + value })
}

/// The bytes that a text stands for. A `%` without two hexadecimal digits
/// behind it stands for itself, as in the URL standard.
#[must_use]
pub fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => byte(*high, *low),
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    out
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |c: u8| char::from(c).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// The fields of a form as `application/x-www-form-urlencoded`.
#[must_use]
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if !out.is_empty() {
            out.push('&');
        }
        encode_into(&mut out, name.as_bytes(), b"");
        out.push('=');
        encode_into(&mut out, value.as_bytes(), b"");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_all_but_the_unreserved() {
        let every: Vec<u8> = (0..=255).collect();
        let mut out = String::new();
        encode_into(&mut out, &every, b"/");
        assert_eq!(decode(&out), every);
        let mut plain: Vec<char> =
            out.split('%').skip(1).flat_map(|part| part.chars().skip(2)).collect();
        plain.sort_unstable();
        let kept: String = plain.into_iter().collect();
        assert_eq!(kept, "-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~");
        assert!(out.starts_with("%00%01") && out.ends_with("%FE%FF"));
    }

    #[test]
    fn decodes_what_is_an_escape() {
        let cases: [(&str, &[u8]); 9] = [
            ("", b""),
            ("a%20b", b"a b"),
            ("%e1%88%B4", "ሴ".as_bytes()),
            ("100%", b"100%"),
            ("%4", b"%4"),
            ("%zz%41", b"%zzA"),
            ("%0g%g0", b"%0g%g0"),
            ("%%41", b"%A"),
            ("a+b", b"a+b"),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text), bytes, "{text}");
        }
    }

    #[test]
    fn forms() {
        assert_eq!(form(&[]), "");
        assert_eq!(form(&[("a", "1 2"), ("b&", "=é")]), "a=1%202&b%26=%3D%C3%A9");
    }
}
