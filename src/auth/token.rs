//! A token as the host gave it, and the answer that its caller sees.

use zeroize::Zeroizing;

use crate::json::splice::{Edit, apply};
use crate::json::{self, Json, write};
use crate::secret::Secret;

use super::account::Account;
use super::expiry;
use super::field::text;
use super::id_token::{self, IdTokenError};
use super::request::TokenRequest;
use super::scopes::Scopes;

/// A token and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who it is for.
    pub account: Account,
    /// The token.
    pub access_token: Secret,
    /// The ID token that came with it.
    pub id_token: Secret,
    /// What was granted.
    pub granted: Scopes,
    /// What was asked for.
    pub requested: Scopes,
    /// Who issued it, as far as the host says.
    pub authority: Option<String>,
    /// The kind of token.
    pub scheme: String,
    /// RFC 8707's resource.
    pub resource: Option<String>,
    /// When it was asked for, in epoch milliseconds.
    pub obtained_at_ms: u64,
    /// When it expires, in epoch milliseconds; when it was obtained where the
    /// host doesn't say.
    pub expires_at_ms: u64,
}

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
        token: Option<Json<'_>>,
        account: Option<Json<'_>>,
        request: &TokenRequest,
        sent_at_ms: u64,
    ) -> Result<Self, TokenError> {
        let (Some(token), Some(account)) = (token, account) else {
            return Err(TokenError::Incomplete);
        };
        let secret = |name| text(token, name).map(Secret::new).ok_or(TokenError::Empty);
        let (access_token, id_token) = (secret("access_token")?, secret("id_token")?);
        let claims = id_token::claims(id_token.expose()).map_err(TokenError::IdToken)?;
        let claims = Json::parse(&claims, json::DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
        let account = Account::of_token(account, claims);
        let granted = text(token, "scope").map(|scope| Scopes::parse(&scope));
        Ok(Self {
            access_token,
            id_token,
            granted: granted.unwrap_or_else(|| request.scopes.clone()),
            requested: request.scopes.clone(),
            authority: text(token, "authority").or_else(|| account.text("environment")),
            scheme: request.scheme(),
            resource: request.text("resource"),
            obtained_at_ms: sent_at_ms,
            expires_at_ms: expiry::of_token(token, sent_at_ms).unwrap_or(sent_at_ms),
            account,
        })
    }

    /// The answer with MSAL's fields, as JSON; times in epoch milliseconds.
    #[must_use]
    pub fn answer(&self, from_cache: bool, correlation_id: &str, state: Option<&str>) -> Secret {
        let mut quoted = Zeroizing::new(String::new());
        write::push_string(&mut quoted, self.id_token.expose());
        // A string that was just written is JSON.
        let id_token = Json::parse(&quoted, 0).unwrap_or(Json::NULL);
        let account = apply(self.account.json(), &[Edit::Set("idToken", id_token)]);
        let account = Zeroizing::new(account.unwrap_or_default());
        let mut out = String::new();
        {
            let mut answer = write::Object::new(&mut out);
            answer.string("authority", self.authority.as_deref().unwrap_or_default());
            for (name, of_account) in [("uniqueId", "localAccountId"), ("tenantId", "tenantId")] {
                answer.string(name, &self.account.text(of_account).unwrap_or_default());
            }
            {
                let mut scopes = answer.array("scopes");
                for scope in self.granted.as_str().split(' ') {
                    scopes.string(scope);
                }
            }
            answer.name("account").push_str(&account);
            answer.json("idToken", id_token);
            answer.json("idTokenClaims", self.account.claims());
            answer.string("accessToken", self.access_token.expose());
            answer.bool("fromCache", from_cache);
            answer.number("expiresOn", self.expires_at_ms);
            answer.number("extExpiresOn", self.expires_at_ms);
            answer.string("tokenType", &self.scheme);
            answer.string("correlationId", correlation_id);
            if let Some(state) = state {
                answer.string("state", state);
            }
        }
        Secret::new(out)
    }
}
