//! What an ID token says of the user.
//!
//! Its signature is not checked: the host that hands it over is trusted, and
//! the claims decide nothing but what the page shows and is configured with.

use crate::json::Json;
use crate::text::{contains, join, replace, split_once};

use super::base64;
use super::fields::object_text;

/// Why an ID token can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenError {
    /// Not three parts with dots between them (RFC 7515 §7.1).
    NotThreeParts,
    /// The payload isn't base64url.
    NotBase64,
    /// The payload isn't a JSON object.
    NotClaims,
}

impl IdTokenError {
    /// What is wrong with it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotThreeParts => "the ID token does not have three parts",
            Self::NotBase64 => "the ID token's payload is not base64url",
            Self::NotClaims => "the ID token's payload is not a JSON object",
        }
    }
}

/// How long an application's ID is without dashes, with a low line behind it.
const APPLICATION: usize = 33;

/// The claims of a compact JSON Web Token, as JSON.
///
/// # Errors
/// It isn't one.
pub fn claims(token: &str) -> Result<String, IdTokenError> {
    let (_, rest) = split_once(token, ".").unwrap_or_default();
    let (payload, signature) = split_once(rest, ".").unwrap_or_default();
    if payload.is_empty() || contains(signature, ".") {
        return Err(IdTokenError::NotThreeParts);
    }
    let text = base64::decode_text(payload).ok_or(IdTokenError::NotBase64)?;
    let claims = object_text(&text);
    if claims.is_empty() { Err(IdTokenError::NotClaims) } else { Ok(claims) }
}

/// A directory extension attribute, by the name that the administrator gave it.
///
/// Optional claims spell it `extn.<name>` in a token, a claims mapping policy
/// as it likes, and the directory itself
/// `extension_<application ID without dashes>_<name>`, where the application
/// may be another one than the page's. Looked for in this order: as named,
/// under the page's application, `extn.`, under any application.
#[must_use]
pub fn attribute<'a>(claims: Json<'a>, name: &str, client_id: &str) -> Option<Json<'a>> {
    let own = join(&[&replace(client_id, "-", ""), ""], "_");
    let mut best = (0, None);
    for (claim, value) in claims.members() {
        let Some(prefix) = claim.strip_suffix(name) else { continue };
        let application = prefix.strip_prefix("extension_").unwrap_or_default();
        let rank = match (prefix, application.len()) {
            ("", _) => 4,
            (_, APPLICATION) if application.eq_ignore_ascii_case(&own) => 3,
            ("extn.", _) => 2,
            (_, APPLICATION) => 1,
            _ => 0,
        };
        if rank > best.0 {
            best = (rank, Some(value));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"tid":"T","oid":"O","name":"Ada 😀"}`
    const TOKEN: &str = "e30.eyJ0aWQiOiJUIiwib2lkIjoiTyIsIm5hbWUiOiJBZGEg8J-YgCJ9.c2ln";

    fn json(text: &str) -> Json<'_> {
        Json::parse(text, 8).unwrap()
    }

    #[test]
    fn reads_the_payload_alone() {
        let claims = claims(TOKEN).unwrap();
        assert_eq!(claims, r#"{"tid":"T","oid":"O","name":"Ada 😀"}"#);
    }

    #[test]
    fn refuses_what_is_no_token() {
        let cases = [
            ("", IdTokenError::NotThreeParts),
            ("opaque", IdTokenError::NotThreeParts),
            ("a.b", IdTokenError::NotThreeParts),
            ("a..c", IdTokenError::NotThreeParts),
            ("a.e30.c.d", IdTokenError::NotThreeParts),
            ("a.e30é.c", IdTokenError::NotBase64),
            ("a.e.c", IdTokenError::NotBase64),
            ("a.bm9wZQ.c", IdTokenError::NotClaims),
            ("a.W10.c", IdTokenError::NotClaims),
        ];
        for (token, error) in cases {
            assert_eq!(claims(token), Err(error), "{token}");
        }
    }

    #[test]
    fn an_attribute_is_found_in_every_spelling() {
        const CLIENT: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
        let cases = [
            (r#"{"url":"a","extn.url":"b"}"#, Some(r#""a""#)),
            (
                r#"{"extn.url":"b","extension_cccccccccccc4ccc8ccccccccccccccc_url":"c"}"#,
                Some(r#""c""#),
            ),
            (r#"{"extn.url":["b"]}"#, Some(r#"["b"]"#)),
            (r#"{"extension_0123456789abcdef0123456789abcdef_url":7}"#, Some("7")),
            (r#"{"extension_0123_url":7,"extension_url":8,"URL":9}"#, None),
            ("{}", None),
        ];
        for (text, value) in cases {
            let found = attribute(json(text), "url", CLIENT).map(|value| value.raw().to_owned());
            assert_eq!(found.as_deref(), value, "{text}");
        }
    }
}
