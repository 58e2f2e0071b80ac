//! The text that a JSON string stands for.

use std::borrow::Cow;

/// A decoded string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text. Half a surrogate pair, which JavaScript strings can hold and
    /// UTF-8 can't, is U+FFFD here.
    pub text: Cow<'a, str>,
    /// Whether [`Self::text`] is exactly what the string stands for.
    pub lossless: bool,
}

/// Decodes the body of a valid string token.
pub(crate) fn decode(body: &str, escaped: bool) -> Decoded<'_> {
    if !escaped {
        return Decoded { text: Cow::Borrowed(body), lossless: true };
    }
    let mut text = String::with_capacity(body.len());
    let lossless = decode_into(body, &mut text);
    Decoded { text: Cow::Owned(text), lossless }
}

/// Appends what the body of a valid string token stands for, and says whether
/// that was possible without loss.
pub(crate) fn decode_into(body: &str, out: &mut String) -> bool {
    let mut lossless = true;
    let mut rest = body;
    while let Some((plain, escape)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = escape.chars();
        let character = match chars.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (character, after) = unicode_escape(chars.as_str());
                rest = after;
                lossless &= character.is_some();
                out.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
                continue;
            }
            Some(itself) => itself,
            None => break,
        };
        out.push(character);
        rest = chars.as_str();
    }
    out.push_str(rest);
    lossless
}

/// The character of `\u` followed by `text`, joined with the escape behind it
/// where the two are a surrogate pair; and the text after.
fn unicode_escape(text: &str) -> (Option<char>, &str) {
    let (unit, rest) = code_unit(text);
    if (0xD800..0xDC00).contains(&unit)
        && let Some(low_escape) = rest.strip_prefix("\\u")
    {
        let (low, after) = code_unit(low_escape);
        if (0xDC00..0xE000).contains(&low) {
            return (char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), after);
        }
    }
    (char::from_u32(unit), rest)
}

fn code_unit(text: &str) -> (u32, &str) {
    match text.split_at_checked(4) {
        Some((digits, rest)) => (u32::from_str_radix(digits, 16).unwrap_or(0xFFFD), rest),
        None => (0xFFFD, ""),
    }
}
