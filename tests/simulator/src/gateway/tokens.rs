//! Cuts text into pieces of about a token's size, and counts them.

/// Token-like pieces of the text, in order, whole.
pub(crate) fn pieces(text: &str) -> Pieces<'_> {
    Pieces { rest: text }
}

/// How many tokens a text is held to have.
pub(crate) fn count(text: &str) -> usize {
    pieces(text).count()
}

/// See [`pieces`].
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'a> {
    rest: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Digit,
    /// Scripts where one character carries as much as a short word.
    Wide,
    Sign,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            _ if c.is_whitespace() => Self::Space,
            _ if c.is_ascii_digit() => Self::Digit,
            '\u{1100}'..='\u{11ff}'
            | '\u{2e80}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{10000}'.. => Self::Wide,
            // Marks that belong to the letter before them are not alphanumeric to every table.
            _ if c.is_alphanumeric() || ('\u{300}'..='\u{1fff}').contains(&c) => Self::Letter,
            _ => Self::Sign,
        }
    }

    /// Longest run that is one piece.
    const fn longest(self) -> usize {
        match self {
            Self::Space => 8,
            Self::Letter => 6,
            Self::Digit => 3,
            Self::Wide => 1,
            Self::Sign => 2,
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut characters = self.rest.char_indices().peekable();
        let (_, first) = characters.next()?;
        let mut class = Class::of(first);
        // A word takes the one space before it along.
        if first == ' '
            && let Some(&(_, second)) = characters.peek()
            && Class::of(second) != Class::Space
        {
            class = Class::of(second);
            characters.next();
        }
        let end = characters
            .zip(1..)
            .find(|((_, c), length)| Class::of(*c) != class || *length >= class.longest())
            .map_or(self.rest.len(), |((at, _), _)| at);
        let (piece, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_text() {
        for text in [
            "",
            " ",
            "The quick brown fox, 12345 times.",
            "Grüße aus Zürich",
            "予算は来月です。",
            "الميزانية جاهزة",
            "बजट तैयार है",
            "👩‍👩‍👧‍👦 🇨🇭 😀😀",
            "a\n\n\n  - b\t\tc          d",
            "=SUM(B2:B20)",
        ] {
            assert_eq!(pieces(text).collect::<String>(), text);
            assert!(pieces(text).all(|piece| !piece.is_empty()));
        }
    }

    #[test]
    fn counts_are_near_a_tokenizers() {
        for (text, least, most) in
            [("The quick brown fox jumps over the lazy dog.", 9, 12), ("予算は来月です。", 6, 10)]
        {
            let tokens = count(text);
            assert!((least..=most).contains(&tokens), "{text}: {tokens}");
        }
    }
}
