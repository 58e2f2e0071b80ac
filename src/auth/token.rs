//! A token as the host gave it, and the answer that its caller sees.

use std::cell::Cell;
use std::rc::Rc;

use crate::json::{Json, write};
use crate::secret::Secret;

use super::account::{Account, place};
use super::expiry;
use super::fields::{Fields, optional, or, text};
use super::id_token::{self, IdTokenError};
use super::request::TokenRequest;
use super::scopes::Scopes;

/// A token and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who it is for.
    pub account: Account,
    /// What was granted.
    pub granted: Scopes,
    /// What was asked for.
    pub request: Rc<TokenRequest>,
    /// When it was asked for, in epoch milliseconds.
    pub obtained_at_ms: u64,
    /// Whether a resource refused it, as the page said.
    pub refused: Cell<bool>,
    /// When a successor was last asked for, in epoch milliseconds.
    pub renewed_at_ms: Cell<u64>,
    /// When it expires, in epoch milliseconds; when it was obtained where the
    /// host doesn't say.
    pub expires_at_ms: u64,
    fields: Fields,
}

/// The fields, by their places, as an answer names them.
const NAMES: &str = "accessToken idToken authority";
/// Room for what is in an answer besides the ID token and its claims, which no
/// copy is to be left of.
const LONG: usize = 8_192;

const ACCESS_TOKEN: usize = 0;
const ID_TOKEN: usize = 1;

/// Why an answer that claims success holds no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// No `token`, or no `account`.
    Incomplete,
    /// An empty access token or ID token.
    Empty,
    /// An ID token that can't be read.
    IdToken(IdTokenError),
}

impl TokenError {
    /// What is wrong with it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "the answer has no token or no account",
            Self::Empty => "the answer has an empty token",
            Self::IdToken(error) => error.as_str(),
        }
    }
}

impl Token {
    /// Reads a successful answer to `request`, which was sent at `sent_at_ms`.
    ///
    /// # Errors
    /// The answer lacks what makes it one.
    pub fn read(
        token: Json<'_>,
        account: Json<'_>,
        request: &Rc<TokenRequest>,
        sent_at_ms: u64,
    ) -> Result<Self, TokenError> {
        if token.is_null() || account.is_null() {
            return Err(TokenError::Incomplete);
        }
        let mut fields = Fields::read(token, "access_token id_token");
        if fields.at(ACCESS_TOKEN).is_empty() || fields.at(ID_TOKEN).is_empty() {
            return Err(TokenError::Empty);
        }
        let claims = id_token::claims(fields.at(ID_TOKEN)).map_err(TokenError::IdToken)?;
        let account = Account::of_token(account, &claims);
        fields.push(or(text(token, "authority"), account.at(place::ENVIRONMENT)));
        Ok(Self {
            granted: Scopes::parse(&or(text(token, "scope"), request.scopes.as_str())),
            request: request.clone(),
            obtained_at_ms: sent_at_ms,
            expires_at_ms: expiry::of_token(token, sent_at_ms).unwrap_or(sent_at_ms),
            refused: Cell::new(false),
            renewed_at_ms: Cell::new(0),
            account,
            fields,
        })
    }

    /// The access token. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.fields.at(ACCESS_TOKEN)
    }

    /// The answer as JSON: `{accessToken,idToken,authority,scope,tokenType,correlationId?,state?,
    /// fromCache,expiresOn,account}`, of which `js/nested_app_auth.js` makes what MSAL
    /// returns; times in epoch milliseconds.
    #[must_use]
    pub fn answer(&self, from_cache: bool, correlation_id: &str, state: &str) -> Secret {
        let mut out = String::with_capacity(self.fields.at(ID_TOKEN).len() * 3 + LONG);
        {
            let mut answer = write::Object::new(&mut out);
            self.fields.write(&mut answer, NAMES);
            optional(&mut answer, "scope", self.granted.as_str());
            optional(&mut answer, "tokenType", self.request.scheme());
            optional(&mut answer, "correlationId", correlation_id);
            optional(&mut answer, "state", state);
            answer.bool("fromCache", from_cache);
            answer.number("expiresOn", self.expires_at_ms);
            self.account.write(&mut answer.object("account"));
        }
        Secret::new(out)
    }
}
