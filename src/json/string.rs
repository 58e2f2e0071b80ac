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
fn decode_into(body: &str, out: &mut String) -> bool {
    let mut lossless = true;
    let mut rest = body;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let (character, length) = escape(escaped.as_bytes()).unwrap_or((None, escaped.len()));
        lossless &= character.is_some();
        out.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = escaped.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    lossless
}

/// The character that an escape stands for, and the escape's length; `bytes`
/// begin behind its backslash. `None` for half a surrogate pair, and in place
/// of it all where there is no escape.
pub(crate) fn escape(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let character = match bytes.first()? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(bytes),
        itself @ (b'"' | b'\\' | b'/') => char::from(*itself),
        _ => return None,
    };
    Some((Some(character), 1))
}

/// `u` and four digits, joined with the escape behind it where the two are a
/// surrogate pair.
fn unicode_escape(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let unit = code_unit(bytes.get(1..5)?)?;
    if (0xD800..0xDC00).contains(&unit)
        && let Some([b'\\', b'u', low @ ..]) = bytes.get(5..11)
        && let Some(low) = code_unit(low)
        && (0xDC00..0xE000).contains(&low)
    {
        return Some((char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), 11));
    }
    Some((char::from_u32(unit), 5))
}

fn code_unit(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}
