//! What an ID token says of the user.
//!
//! Its signature is not checked: the host that hands it over is trusted, and
//! the claims decide nothing but what the page shows and is configured with.

use crate::json::{self, Json, Kind};

use super::base64;

/// The claims of an ID token, as the text that they arrived in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims(String);

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

impl Claims {
    /// The claims of a compact JSON Web Token.
    ///
    /// # Errors
    /// It isn't one.
    pub fn of_token(token: &str) -> Result<Self, IdTokenError> {
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
        let json =
            Json::parse(&text, json::DEFAULT_MAX_DEPTH).map_err(|_| IdTokenError::NotClaims)?;
        if json.kind() != Kind::Object {
            return Err(IdTokenError::NotClaims);
        }
        Ok(Self(json.raw().to_owned()))
    }

    /// All of them, as JSON.
    #[must_use]
    pub fn json(&self) -> Json<'_> {
        Json::parse(&self.0, usize::MAX).unwrap_or(Json::NULL)
    }

    /// A claim that is a text with something in it.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        super::field::text(self.json(), name)
    }

    /// The user's object ID, or the subject where there is none.
    #[must_use]
    pub fn object_id(&self) -> Option<String> {
        self.text("oid").or_else(|| self.text("sub"))
    }

    /// The tenant; `tfp` and `acr` name the policy in its place in Azure AD B2C.
    #[must_use]
    pub fn tenant(&self) -> Option<String> {
        ["tid", "tfp", "acr"].iter().find_map(|name| self.text(name))
    }

    /// The name that the user signs in with.
    #[must_use]
    pub fn username(&self) -> Option<String> {
        let first = || self.json().get("emails")?.elements().next()?.as_str();
        self.text("preferred_username")
            .or_else(|| self.text("upn"))
            .or_else(|| first().map(|email| email.into_owned()))
    }

    /// A directory extension attribute, by the name that the administrator
    /// gave it.
    ///
    /// Optional claims spell it `extn.<name>` in a token, a claims mapping
    /// policy as it likes, and the directory itself
    /// `extension_<application ID without dashes>_<name>`, where the
    /// application may be another one than the page's. Looked for in this
    /// order: as named, under the page's application, `extn.`, under any
    /// application.
    #[must_use]
    pub fn attribute(&self, name: &str, client_id: &str) -> Option<Json<'_>> {
        let claims = self.json();
        let own = format!("extension_{}_{name}", client_id.replace('-', ""));
        let of_any = |claim: &str| {
            let (id, named) = claim.strip_prefix("extension_")?.split_once('_')?;
            let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            Some(is_id && named == name)
        };
        claims
            .get(name)
            .or_else(|| claims.get(&own))
            .or_else(|| claims.get(&format!("extn.{name}")))
            .or_else(|| {
                claims
                    .members()
                    .find(|(claim, _)| of_any(claim) == Some(true))
                    .map(|(_, value)| value)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"tid":"T","oid":"O","name":"Ada 😀"}`
    const TOKEN: &str = "e30.eyJ0aWQiOiJUIiwib2lkIjoiTyIsIm5hbWUiOiJBZGEg8J-YgCJ9.c2ln";

    fn claims(text: &str) -> Claims {
        Claims(text.to_owned())
    }

    #[test]
    fn reads_the_payload_alone() {
        let claims = Claims::of_token(TOKEN).unwrap();
        assert_eq!(claims.text("name").as_deref(), Some("Ada 😀"));
        assert_eq!(claims.tenant().as_deref(), Some("T"));
        assert_eq!(claims.object_id().as_deref(), Some("O"));
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
            assert_eq!(Claims::of_token(token), Err(error), "{token}");
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
            assert_eq!(claims(text).username().as_deref(), username, "{text}");
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
            assert_eq!(
                claims(text)
                    .attribute("url", CLIENT)
                    .map(|value| value.raw().to_owned())
                    .as_deref(),
                value,
                "{text}"
            );
        }
    }
}
