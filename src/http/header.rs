//! Header names and values that a browser will send as they are.

use std::fmt;

use crate::error::{Audience, Code, Failure, Hint};
use crate::secret::Secret;

use super::url::visible;

/// A header's name: an RFC 9110 token, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HeaderName(String);

impl HeaderName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`HeaderError::Name`] when it isn't a token.
    pub fn parse(name: &str) -> Result<Self, HeaderError> {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(HeaderError::Name(name.chars().take(60).map(visible).collect()));
        }
        Ok(Self(name.to_ascii_lowercase()))
    }

    /// A name that stands in this crate's source, where it is known to be one.
    pub(crate) fn known(name: &'static str) -> Self {
        debug_assert!(Self::parse(name).is_ok_and(|parsed| parsed.0 == name));
        Self(name.to_owned())
    }

    /// In lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A header's value, which knows whether it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// May be shown.
    Plain(String),
    /// Must not be shown.
    Secret(Secret),
}

impl HeaderValue {
    /// A secret value; surrounding blanks, which come with pasted tokens, are dropped.
    ///
    /// # Errors
    /// [`HeaderError`] says which character can't be sent.
    pub fn secret(value: &str) -> Result<Self, HeaderError> {
        Ok(Self::Secret(Secret::new(check_value(value)?)))
    }

    /// A value that may be shown.
    ///
    /// # Errors
    /// [`HeaderError`] says which character can't be sent.
    pub fn plain(value: &str) -> Result<Self, HeaderError> {
        Ok(Self::Plain(check_value(value)?.to_owned()))
    }

    /// What is sent. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(value) => value,
            Self::Secret(secret) => secret.expose(),
        }
    }

    /// What may be shown.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Secret(secret) => {
                let (scheme, token) = split_scheme(secret.expose());
                format!("{scheme}{}", Secret::new(token).masked())
            }
        }
    }
}

/// A value as its scheme with the blank behind it, and the token (RFC 6750
/// §2.1). The scheme is empty in any other value.
pub(crate) fn split_scheme(value: &str) -> (&str, &str) {
    let scheme = "Bearer ";
    match value.get(..scheme.len()) {
        Some(start) if start.eq_ignore_ascii_case(scheme) => value.split_at(scheme.len()),
        _ => ("", value),
    }
}

/// Checks what fetch would otherwise refuse with an error that names nothing:
/// a value is Latin-1 without control characters (Fetch, "header value").
///
/// # Errors
/// [`HeaderError`] says which character, and where.
pub fn check_value(value: &str) -> Result<&str, HeaderError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(HeaderError::Empty);
    }
    for (position, found) in value.chars().enumerate() {
        let code = u32::from(found);
        if code > 0xFF {
            return Err(HeaderError::NotLatin1 { found, position: position + 1 });
        }
        if found.is_control() && found != '\t' {
            return Err(HeaderError::Control { found, position: position + 1 });
        }
    }
    Ok(value)
}

/// Why a header can't be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// Not an RFC 9110 token.
    Name(String),
    /// Nothing but blanks.
    Empty,
    /// A character beyond U+00FF.
    NotLatin1 {
        /// The character. One character of a secret is not the secret.
        found: char,
        /// Counted in characters from 1.
        position: usize,
    },
    /// A line break or another control character.
    Control {
        /// The character.
        found: char,
        /// Counted in characters from 1.
        position: usize,
    },
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\" is not a header name"),
            Self::Empty => f.write_str("the value is empty"),
            Self::NotLatin1 { found, position } => write!(
                f,
                "character {position} is {} (U+{:04X}), which no HTTP header can carry",
                visible(*found),
                u32::from(*found)
            ),
            Self::Control { found, position } => {
                write!(
                    f,
                    "character {position} is a control character (U+{:04X})",
                    u32::from(*found)
                )
            }
        }
    }
}

impl std::error::Error for HeaderError {}

impl HeaderError {
    /// The failure, told with the name of the setting that the value came from.
    #[must_use]
    pub fn in_setting(&self, setting: &str) -> Failure {
        let hint = match self {
            Self::Name(_) => Hint::new(
                "check-header-name",
                Audience::Admin,
                "A header name has letters, digits and hyphens only.",
            ),
            Self::Empty => Hint::new("enter-value", Audience::User, format!("Enter {setting}.")),
            Self::NotLatin1 { .. } | Self::Control { .. } => Hint::new(
                "copy-again",
                Audience::User,
                "Copy the value again from where it was issued; word processors and chats put typographic quotes, dashes or line breaks in.",
            ),
        };
        Failure::new(Code::InvalidArgument, format!("{setting}: {self}"))
            .hint(hint.with("setting", setting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(HeaderName::parse("X-Org-Team").unwrap().as_str(), "x-org-team");
        for name in ["", "a b", "a:b", "é", "a\n"] {
            assert!(matches!(HeaderName::parse(name), Err(HeaderError::Name(_))), "{name:?}");
        }
    }

    #[test]
    fn values() {
        let cases = [
            (" token \n", Ok("token")),
            ("tök", Ok("tök")),
            ("a\tb", Ok("a\tb")),
            ("\u{ff}", Ok("\u{ff}")),
            ("\u{100}", Err(HeaderError::NotLatin1 { found: '\u{100}', position: 1 })),
            ("", Err(HeaderError::Empty)),
            (" \n", Err(HeaderError::Empty)),
            ("ab\u{201d}", Err(HeaderError::NotLatin1 { found: '\u{201d}', position: 3 })),
            ("ab\ncd", Err(HeaderError::Control { found: '\n', position: 3 })),
            ("a\u{85}b", Err(HeaderError::Control { found: '\u{85}', position: 2 })),
        ];
        for (value, expected) in cases {
            assert_eq!(check_value(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_mask_hides_as_much_of_a_token_behind_its_scheme() {
        let cases = [
            ("hunter2hu", "••••"),
            ("Bearer hunter2hu", "Bearer ••••"),
            ("bearer sixteen-charact7", "bearer ••••act7"),
            ("sixteen-charact7", "••••act7"),
            ("Bearer", "••••"),
        ];
        for (value, masked) in cases {
            assert_eq!(HeaderValue::secret(value).unwrap().masked(), masked, "{value}");
        }
    }

    #[test]
    fn debug_of_a_secret_value_shows_nothing() {
        let value = HeaderValue::secret("abcdefghijklmnopqrstuvwxyz").unwrap();
        assert!(!format!("{value:?}").contains("xyz"));
    }
}
