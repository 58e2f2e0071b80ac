//! The refresh token that outlives the page, and whose it is.
//!
//! One, of the account that signed in last: another one's sign-in replaces it.
//! The record's `account` and `audience` are what sealing binds it to. It is
//! read only by the application that it was issued to, and for the endpoint
//! that issued it.

use sha2::{Digest, Sha256};

use crate::json::write;
use crate::secret::Secret;

use super::code_flow::base64url;
use super::settings::Settings;
use super::{parse, text};

/// The version of the record's text.
const VERSION: u64 = 1;

/// What a user granted that outlives an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is, in MSAL's form.
    pub home_account_id: String,
    /// By which the identity provider knows them when they are to sign in again.
    pub login_hint: String,
    /// The refresh token.
    pub refresh_token: Secret,
}

impl Grant {
    /// The record's text. It holds the token in the clear.
    #[must_use]
    pub fn write(&self, settings: &Settings) -> Secret {
        // Beside the sealed contents the account is told as a digest only.
        let digest = Sha256::digest(self.home_account_id.as_bytes());
        let mut out = String::new();
        {
            let mut record = write::Object::new(&mut out);
            record.number("v", VERSION);
            for (name, value) in [
                ("account", base64url(digest.get(..9).unwrap_or_default()).as_str()),
                ("audience", settings.token.as_str()),
                ("clientId", &settings.client_id),
                ("homeAccountId", &self.home_account_id),
                ("loginHint", &self.login_hint),
                ("refreshToken", self.refresh_token.expose()),
            ] {
                record.string(name, value);
            }
        }
        Secret::new(out)
    }

    /// Reads a record; `None` where it is broken, of another version, or for
    /// another application or endpoint.
    #[must_use]
    pub fn read(record: &str, settings: &Settings) -> Option<Self> {
        let record = parse(record);
        let grant = Self {
            home_account_id: text(record, "homeAccountId"),
            login_hint: text(record, "loginHint"),
            refresh_token: Secret::new(text(record, "refreshToken")),
        };
        let fits = record.get("v")?.as_u64() == Some(VERSION)
            && text(record, "audience") == settings.token.as_str()
            && text(record, "clientId") == settings.client_id
            && !grant.home_account_id.is_empty()
            && !grant.refresh_token.expose().is_empty();
        fits.then_some(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(client: &str, authority: &str) -> Settings {
        Settings::read(&format!(
            r#"{{"clientId":"{client}","authority":"{authority}","redirectUri":"https://pane.example/auth.html"}}"#
        ))
        .unwrap()
    }

    fn grant() -> Grant {
        Grant {
            home_account_id: "oid.tid".into(),
            login_hint: "ada@contoso.example".into(),
            refresh_token: Secret::new("0.refresh\"token"),
        }
    }

    #[test]
    fn comes_back_to_who_it_was_issued_to() {
        let own = settings("C", "https://login.microsoftonline.com/contoso");
        let record = grant().write(&own);
        assert_eq!(Grant::read(record.expose(), &own), Some(grant()));
        for other in [
            settings("D", "https://login.microsoftonline.com/contoso"),
            settings("C", "https://login.microsoftonline.com/fabrikam"),
            settings("C", "https://login.microsoftonline.us/contoso"),
        ] {
            assert_eq!(Grant::read(record.expose(), &other), None);
        }
    }

    #[test]
    fn what_seals_it_tells_no_name() {
        let record = grant().write(&settings("C", "https://login.microsoftonline.com/contoso"));
        let account = record.expose().split(r#""account":""#).nth(1).unwrap();
        let account = account.split('"').next().unwrap();
        assert_eq!(account.len(), 12);
        assert!(!account.contains("oid"));
    }

    #[test]
    fn what_is_broken_is_not_read() {
        let settings = settings("C", "https://login.microsoftonline.com/contoso");
        let good = grant().write(&settings);
        for text in [
            String::new(),
            "null".into(),
            "[]".into(),
            good.expose().replace(r#""v":1"#, r#""v":2"#),
            good.expose().replace("refreshToken", "token"),
            good.expose().replace("oid.tid", ""),
        ] {
            assert_eq!(Grant::read(&text, &settings), None, "{text}");
        }
    }
}
