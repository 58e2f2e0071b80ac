//! Text that must not be shown: tokens, keys, values of configured headers.

use std::fmt;

use zeroize::Zeroizing;

use crate::text;

/// A secret. Has no `Display`, its `Debug` shows nothing, and what it held is
/// overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// A secret shorter than this is masked wholly: its last four characters
/// would be too large a part of it.
const SHOWS_ITS_END: usize = 16;

impl Secret {
    /// Takes a secret into keeping.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The secret itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Dots and, of a long secret, its last four characters: enough to tell
    /// two tokens apart, too little to use.
    #[must_use]
    pub fn masked(&self) -> String {
        let count = self.0.chars().count();
        let hidden = if count < SHOWS_ITS_END { count } else { count - 4 };
        let end = self.0.get(text::cut(&self.0, hidden).len()..).unwrap_or_default();
        REDACTED.to_owned() + end
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(••••)")
    }
}

/// What stands in the place of a secret in text that others wrote.
pub(crate) const REDACTED: &str = "••••";

/// A secret shorter than this is only looked for as a whole word: `1` or
/// `eu` stand within others everywhere.
const FOUND_ANYWHERE: usize = 8;

/// Takes secrets out of text that a server sent: the ones that we know, and
/// whatever looks like an API key or a JSON Web Token.
///
/// Gateways quote the token they refuse in their error messages.
#[must_use]
pub fn redact(text: &str, known: &[&str]) -> String {
    let mut clean = text.to_owned();
    for secret in known.iter().filter(|secret| secret.len() >= FOUND_ANYWHERE) {
        clean = text::replace(&clean, secret, REDACTED);
    }
    mask(&clean, known)
}

/// The same where no secret is known.
#[must_use]
pub fn redact_tokens(text: &str) -> String {
    mask(text, &[])
}

fn mask(text: &str, known: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    for (is_token, word) in words(text) {
        let is_known = || known.contains(&word.trim_end_matches('.'));
        let secret = is_token && (looks_secret(word) || is_known());
        out.push_str(if secret { REDACTED } else { word });
    }
    out
}

/// Splits into runs of token characters (`true`) and runs of anything else.
fn words(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let token =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/');
    let mut rest = text;
    std::iter::from_fn(move || {
        let kind = token(rest.chars().next()?);
        let end = rest.find(|c| token(c) != kind).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        rest = tail;
        Some((kind, word))
    })
}

fn looks_secret(word: &str) -> bool {
    const KEY: usize = 12;
    const JWT: usize = 24;
    (word.starts_with("sk-") && word.len() >= KEY) || (word.starts_with("eyJ") && word.len() >= JWT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2hunter2hunter2")), "Secret(••••)");
    }

    #[test]
    fn only_a_long_secret_shows_its_end() {
        let cases = [
            ("", "••••"),
            ("short", "••••"),
            ("fifteen-charact", "••••"),
            ("sixteen-charact7", "••••act7"),
            ("ключключключключ", "••••ключ"),
        ];
        for (secret, masked) in cases {
            assert_eq!(Secret::new(secret).masked(), masked, "{secret}");
        }
    }

    #[test]
    fn redaction_leaves_the_sentence() {
        let known = ["gw-7f3a-9", "eu-1", ""];
        let cases = [
            ("eu-1 of eu-12 is eu-1.", "•••• of eu-12 is ••••"),
            ("the key:gw-7f3a-9x", "the key:••••x"),
            ("key gw-7f3a-9 is wrong", "key •••• is wrong"),
            ("Received=sk-abcdefghijkl, hash", "Received=••••, hash"),
            ("bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln!", "bearer ••••!"),
            ("sk-1 and eyJ stay", "sk-1 and eyJ stay"),
            // From twelve and from 24 characters on.
            ("sk-45678901 sk-456789012", "sk-45678901 ••••"),
            ("eyJ45678901234567890123 eyJ456789012345678901234", "eyJ45678901234567890123 ••••"),
        ];
        for (text, clean) in cases {
            assert_eq!(redact(text, &known), clean);
        }
    }

    /// A short one would be found inside words.
    #[test]
    fn from_eight_characters_on_a_secret_is_found_anywhere() {
        assert_eq!(redact("x1234567y x12345678y", &["1234567", "12345678"]), "x1234567y x••••y");
    }

    #[test]
    fn an_empty_secret_redacts_nothing() {
        assert_eq!(redact("as it was", &[""]), "as it was");
    }
}
