//! What an ID token says of the user.
//!
//! Its signature is not checked: the host that hands it over is trusted, and
//! the claims decide nothing but what the page shows and is configured with.

use crate::json::{self, Json, Kind};

use super::base64;
use super::field::text;

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

/// The claims of a compact JSON Web Token, as JSON.
///
/// # Errors
/// It isn't one.
pub fn claims(token: &str) -> Result<String, IdTokenError> {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(IdTokenError::NotThreeParts);
    };
    if payload.is_empty() {
        return Err(IdTokenError::NotThreeParts);
    }
    let text = base64::decode_text(payload).ok_or(IdTokenError::NotBase64)?;
    let json = Json::parse(&text, json::DEFAULT_MAX_DEPTH).map_err(|_| IdTokenError::NotClaims)?;
    if json.kind() != Kind::Object {
        return Err(IdTokenError::NotClaims);
    }
    Ok(json.raw().to_owned())
}

/// The user's object ID, or the subject where there is none.
#[must_use]
pub fn object_id(claims: Json<'_>) -> Option<String> {
    text(claims, "oid").or_else(|| text(claims, "sub"))
}

/// The tenant; `tfp` and `acr` name the policy in its place in Azure AD B2C.
#[must_use]
pub fn tenant(claims: Json<'_>) -> Option<String> {
    ["tid", "tfp", "acr"].iter().find_map(|name| text(claims, name))
}

/// The name that the user signs in with.
#[must_use]
pub fn username(claims: Json<'_>) -> Option<String> {
    let named = ["preferred_username", "upn"].iter().find_map(|name| text(claims, name));
    named.or_else(|| Some(claims.get("emails")?.elements().next()?.as_str()?.into_owned()))
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
    let client_id = client_id.replace('-', "");
    let rank = |claim: &str| {
        let Some(prefix) = claim.strip_suffix(name) else { return 0 };
        let id = prefix.strip_prefix("extension_").and_then(|rest| rest.strip_suffix('_'));
        match (prefix, id) {
            ("", _) => 4,
            (_, Some(id)) if id.eq_ignore_ascii_case(&client_id) => 3,
            ("extn.", _) => 2,
            (_, Some(id)) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => 1,
            _ => 0,
        }
    };
    let mut best = (0, None);
    for (claim, value) in claims.members() {
        let rank = rank(&claim);
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
        assert_eq!(text(json(&claims), "name").as_deref(), Some("Ada 😀"));
        assert_eq!(tenant(json(&claims)).as_deref(), Some("T"));
        assert_eq!(object_id(json(&claims)).as_deref(), Some("O"));
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
    fn the_sign_in_name_has_several_places() {
        let cases = [
            (r#"{"preferred_username":"a","upn":"b"}"#, Some("a")),
            (r#"{"preferred_username":"","upn":"b"}"#, Some("b")),
            (r#"{"emails":["c","d"]}"#, Some("c")),
            (r#"{"emails":[]}"#, None),
            (r#"{"emails":"e","upn":1}"#, None),
        ];
        for (text, username) in cases {
            assert_eq!(super::username(json(text)).as_deref(), username, "{text}");
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
