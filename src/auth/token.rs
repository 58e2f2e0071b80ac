//! A token as the host gave it, and the answer that its caller sees.

use crate::json::{Json, write};
use crate::secret::Secret;

use super::account::Account;
use super::expiry;
use super::field::text;
use super::id_token::{Claims, IdTokenError};
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
    pub authority: String,
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
            Self::Incomplete => "the Office host's answer has no token or no account",
            Self::Empty => "the Office host's answer has an empty token",
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
        let claims = Claims::of_token(id_token.expose()).map_err(TokenError::IdToken)?;
        let account = Account::read(account, claims);
        let granted = text(token, "scope").map(|scope| Scopes::parse(&scope));
        Ok(Self {
            access_token,
            id_token,
            granted: granted.unwrap_or_else(|| request.scopes.clone()),
            requested: request.scopes.clone(),
            authority: text(token, "authority").unwrap_or_else(|| account.environment.clone()),
            scheme: request.scheme.clone(),
            resource: request.resource.clone(),
            obtained_at_ms: sent_at_ms,
            expires_at_ms: expiry::of_token(token, sent_at_ms).unwrap_or(sent_at_ms),
            account,
        })
    }

    /// The answer with MSAL's fields, tokens and all; times in epoch milliseconds.
    #[must_use]
    pub fn expose(&self, from_cache: bool, correlation_id: &str, state: Option<&str>) -> String {
        let mut out = String::new();
        {
            let mut answer = write::Object::new(&mut out);
            answer.string("authority", &self.authority);
            answer.string("uniqueId", &self.account.local_account_id);
            answer.string("tenantId", &self.account.tenant_id);
            {
                let mut scopes = answer.array("scopes");
                for scope in self.granted.as_str().split(' ') {
                    scopes.string(scope);
                }
            }
            {
                let mut account = answer.object("account");
                self.account.describe(&mut account);
                account.string("idToken", self.id_token.expose());
            }
            answer.string("idToken", self.id_token.expose());
            answer.json("idTokenClaims", self.account.claims.json());
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
        out
    }
}
