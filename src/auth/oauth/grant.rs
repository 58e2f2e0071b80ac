//! The refresh token that outlives the page, and whose it is.
//!
//! One, of the account that signed in last: another one's sign-in replaces it.
//! The record's `account` and `audience` are what sealing binds it to. It is
//! read only by the application that it was issued to, and for the endpoint
//! that issued it.

use sha2::{Digest, Sha256};

use crate::json::write;
use crate::secret::Secret;

use super::super::fields::{Fields, parse, text};
use super::code_flow::base64url;

/// The version of the record's text.
const VERSION: u64 = 1;

/// The members by their places: whose it is, in MSAL's form; by which the
/// identity provider knows them when they are to sign in again; the token.
const NAMES: &str = "homeAccountId loginHint refreshToken";
const HOME: usize = 0;
const LOGIN_HINT: usize = 1;
const TOKEN: usize = 2;

/// What a user granted that outlives an access token. Without a token it is
/// only known who signed in last, or not even that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant(Fields);

impl Grant {
    pub(super) fn new(home_account_id: &str, login_hint: &str, refresh_token: String) -> Self {
        let mut fields = Fields::default();
        fields.push(home_account_id.to_owned());
        fields.push(login_hint.to_owned());
        fields.push(refresh_token);
        Self(fields)
    }

    pub(super) fn home_account_id(&self) -> &str {
        self.0.at(HOME)
    }

    pub(super) fn login_hint(&self) -> &str {
        self.0.at(LOGIN_HINT)
    }

    /// The refresh token; empty where there is none.
    pub(super) fn token(&self) -> &str {
        self.0.at(TOKEN)
    }

    /// The token is of no more use.
    pub(super) fn spend(&mut self) {
        self.0.set(TOKEN, String::new());
    }

    /// The record's text, which holds the token in the clear; nothing without
    /// a token.
    pub(super) fn write(&self, client_id: &str, endpoint: &str) -> Option<Secret> {
        if self.token().is_empty() {
            return None;
        }
        // Beside the sealed contents the account is told as a digest only.
        let digest = Sha256::digest(self.home_account_id().as_bytes());
        let mut out = String::with_capacity(self.token().len() + 512);
        {
            let mut record = write::Object::new(&mut out);
            record.number("v", VERSION);
            record.string("account", &base64url(digest.get(..9).unwrap_or_default()));
            record.string("audience", endpoint);
            record.string("clientId", client_id);
            self.0.write(&mut record, NAMES);
        }
        Some(Secret::new(out))
    }

    /// Reads a record; `None` where it is broken, of another version, or for
    /// another application or endpoint.
    pub(super) fn read(record: &str, client_id: &str, endpoint: &str) -> Option<Self> {
        let record = parse(record);
        let grant = Self(Fields::read(record, NAMES));
        let fits = record.get("v")?.as_u64() == Some(VERSION)
            && text(record, "audience") == endpoint
            && text(record, "clientId") == client_id
            && !grant.home_account_id().is_empty()
            && !grant.token().is_empty();
        fits.then_some(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";

    fn grant() -> Grant {
        Grant::new("oid.tid", "ada@contoso.example", "0.refresh\"token".to_owned())
    }

    #[test]
    fn comes_back_to_who_it_was_issued_to() {
        let record = grant().write("C", ENDPOINT).unwrap();
        assert_eq!(Grant::read(record.expose(), "C", ENDPOINT), Some(grant()));
        assert_eq!(Grant::read(record.expose(), "D", ENDPOINT), None);
        let elsewhere = ENDPOINT.replace("contoso", "fabrikam");
        assert_eq!(Grant::read(record.expose(), "C", &elsewhere), None);
    }

    #[test]
    fn without_a_token_there_is_nothing_to_keep() {
        let mut spent = grant();
        spent.spend();
        assert_eq!(spent.write("C", ENDPOINT), None);
        assert_eq!(spent.login_hint(), "ada@contoso.example");
    }

    #[test]
    fn what_seals_it_tells_no_name() {
        let record = grant().write("C", ENDPOINT).unwrap();
        let account = record.expose().split(r#""account":""#).nth(1).unwrap();
        let account = account.split('"').next().unwrap();
        assert_eq!(account.len(), 12);
        assert!(!account.contains("oid"));
    }

    #[test]
    fn what_is_broken_is_not_read() {
        let good = grant().write("C", ENDPOINT).unwrap();
        for text in [
            String::new(),
            "null".into(),
            "[]".into(),
            good.expose().replace(r#""v":1"#, r#""v":2"#),
            good.expose().replace("refreshToken", "token"),
            good.expose().replace("oid.tid", ""),
        ] {
            assert_eq!(Grant::read(&text, "C", ENDPOINT), None, "{text}");
        }
    }
}
