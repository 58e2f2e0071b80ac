//! Searches, joins and cuts short texts in little code: the standard library's
//! search for strings, which is quick in long ones, takes 1 KB of the compressed
//! module, and its characters one by one a good part of another.

/// The parts with something between them.
#[must_use]
pub(crate) fn join(parts: &[&str], between: &str) -> String {
    let mut out = String::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            out.push_str(between);
        }
        out.push_str(part);
    }
    out
}

/// A text without the blanks around it, among them the two that nobody sees and
/// Unicode calls none: the byte order mark and the zero width space, which come
/// with what is copied out of editors and chats.
#[must_use]
#[inline(never)]
pub(crate) fn trim(text: &str) -> &str {
    let mut rest = text.trim();
    loop {
        rest = match rest.as_bytes() {
            [0xEF, 0xBB, 0xBF, ..] | [0xE2, 0x80, 0x8B, ..] => rest.get(3..),
            [.., 0xEF, 0xBB, 0xBF] | [.., 0xE2, 0x80, 0x8B] => rest.get(..rest.len() - 3),
            _ => return rest,
        }
        .unwrap_or_default()
        .trim();
    }
}

/// The value of decimal digits. `None` for anything else, or where it doesn't fit.
#[must_use]
pub(crate) fn digits(text: &str) -> Option<u64> {
    let mut value = 0_u64;
    for digit in text.bytes() {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value = value.checked_mul(10)?.checked_add(digit.into())?;
    }
    (!text.is_empty()).then_some(value)
}

/// Where a part that isn't empty begins, in bytes. Its length times the text's at worst.
#[must_use]
#[inline(never)]
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    let (first, others) = part.as_bytes().split_first()?;
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        if byte == first && behind.starts_with(others) {
            return Some(text.len() - rest.len());
        }
        rest = behind;
    }
    None
}

/// Whether a text has a part.
#[must_use]
pub(crate) fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// What stands before and behind the first occurrence of a part.
#[must_use]
#[inline(never)]
pub(crate) fn split_once<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_at_checked(find(text, part)?)?;
    Some((before, rest.get(part.len()..)?))
}

/// A text with something else in the place of each occurrence of a part.
#[must_use]
pub(crate) fn replace(text: &str, part: &str, with: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = split_once(rest, part) {
        out.push_str(before);
        out.push_str(with);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The first characters of a text.
#[must_use]
pub(crate) fn cut(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// Bytes in base64 without padding, with the alphabet's last two characters: `+/`
/// (RFC 4648 §4) or `-_` (§5).
#[must_use]
pub(crate) fn base64(bytes: &[u8], [plus, slash]: [u8; 2]) -> String {
    let mut out = String::new();
    let mut push = |bits: u32| {
        let value = bits.to_le_bytes()[0] & 63;
        out.push(char::from(match value {
            0..26 => b'A' + value,
            26..52 => b'G' + value,
            // Below the digits by four.
            52..62 => value - 4,
            62 => plus,
            _ => slash,
        }));
    };
    let (mut bits, mut held) = (0_u32, 0);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 6 {
            held -= 6;
            push(bits >> held);
        }
    }
    if held > 0 {
        push(bits << (6 - held));
    }
    out
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn says_what_the_standard_library_says(
            text in "[ab•é]{0,12}",
            part in "[ab•é]{1,3}",
            with in "[b•]{0,2}",
            count in 0_usize..14,
            number in "[0-9]{0,22}|[0-9+-]{0,3}",
        ) {
            prop_assert_eq!(find(&text, &part), text.find(&part));
            prop_assert_eq!(contains(&text, &part), text.contains(&part));
            prop_assert_eq!(split_once(&text, &part), text.split_once(&part));
            prop_assert_eq!(replace(&text, &part, &with), text.replace(&part, &with));
            prop_assert_eq!(cut(&text, count), text.chars().take(count).collect::<String>());
            let parsed = number.parse().ok().filter(|_: &u64| !number.starts_with('+'));
            prop_assert_eq!(digits(&number), parsed);
            let parts = [text.as_str(), &part, &with];
            prop_assert_eq!(join(&parts, &with), parts.join(&with));
        }
    }
}
