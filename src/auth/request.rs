//! What a page asks a token for: MSAL's request, checked.

use crate::error::Failure;
use crate::json::write;

use super::account::{Account, place};
use super::claims;
use super::fields::{Fields, member, optional, parse};
use super::meaning::Kindred;
use super::scopes::Scopes;

/// The members by their places.
const NAMES: &str = "authority resource authenticationScheme claims attributeTokens \
    correlationId state scopes loginHint domainHint prompt";
const AUTHORITY: usize = 0;
const RESOURCE: usize = 1;
const SCHEME: usize = 2;
const CLAIMS: usize = 3;
const ATTRIBUTE_TOKENS: usize = 4;
/// Up to here requests agree that one answer serves.
const SHARED: usize = 5;
const CORRELATION_ID: usize = 5;
const STATE: usize = 6;
const SCOPES: usize = 7;
const LOGIN_HINT: usize = 8;
const DOMAIN_HINT: usize = 9;
const PROMPT: usize = 10;

/// What MSAL calls the usual kind of token.
const BEARER: &str = "Bearer";

/// The first `cacheLookupPolicy` of MSAL that leaves access tokens in the
/// cache alone (`RefreshToken`).
const SKIPS_ACCESS_TOKENS: u64 = 3;

/// A request with the fields of MSAL's `SilentRequest` and `PopupRequest`.
/// Those that reach neither an Office host nor a sign-in page are ignored, as
/// MSAL ignores them here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// What the token is for.
    pub scopes: Scopes,
    /// Who it is for: nobody for whoever the host is signed in as.
    pub account: Account,
    /// Whether the host's own cache is to be passed over.
    pub force_refresh: Option<bool>,
    /// Whether a token in the cache may answer it.
    pub may_use_cache: bool,
    fields: Fields,
}

/// Why a request can't be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRequestError {
    /// `claims` is neither JSON nor base64 of it.
    Claims,
    /// Scopes of two resources, which are these.
    MixedResources(String),
}

impl From<TokenRequestError> for Failure {
    fn from(error: TokenRequestError) -> Self {
        match error {
            TokenRequestError::Claims => Kindred::Claims.failure(""),
            TokenRequestError::MixedResources(both) => Kindred::MixedResources.failure(&both),
        }
    }
}

impl TokenRequest {
    /// Reads a request in JSON, whose lists `js/nested_app_auth.js` has made
    /// texts: `scopes`, and `attributeTokens` in order.
    ///
    /// # Errors
    /// It can't be sent as it is.
    pub fn read(request: &str) -> Result<Self, TokenRequestError> {
        let request = parse(request);
        let mut fields = Fields::read(request, NAMES);
        let scopes = Scopes::parse(fields.at(SCOPES));
        let mixed = scopes.mixed_resources();
        if !mixed.is_empty() {
            return Err(TokenRequestError::MixedResources(mixed));
        }
        let force_refresh = member(request, "forceRefresh").as_bool();
        let policy = member(request, "cacheLookupPolicy").as_u64().unwrap_or_default();
        let given = fields.at(CLAIMS);
        let may_use_cache =
            force_refresh != Some(true) && policy < SKIPS_ACCESS_TOKENS && given.is_empty();
        let claims = claims::read(given);
        if claims.is_empty() && !given.is_empty() {
            return Err(TokenRequestError::Claims);
        }
        fields.set(CLAIMS, claims);
        let account = Account::read(member(request, "account"));
        Ok(Self { scopes, account, force_refresh, may_use_cache, fields })
    }

    /// Who is to issue the token; empty where nobody is named.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.fields.at(AUTHORITY)
    }

    /// RFC 8707's resource.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.fields.at(RESOURCE)
    }

    /// The name that the request is to have in the identity provider's logs.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        self.fields.at(CORRELATION_ID)
    }

    /// What is given back with the answer.
    #[must_use]
    pub fn state(&self) -> &str {
        self.fields.at(STATE)
    }

    /// The kind of token.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.fields.at_or(SCHEME, BEARER)
    }

    /// Claims that a resource demands, as a JSON object; empty for none.
    #[must_use]
    pub fn claims(&self) -> &str {
        self.fields.at(CLAIMS)
    }

    /// MSAL's attribute tokens, sorted and separated by blanks.
    #[must_use]
    pub fn attribute_tokens(&self) -> &str {
        self.fields.at(ATTRIBUTE_TOKENS)
    }

    /// Writes whom a sign-in page is to suggest, and how it is to ask.
    pub(super) fn write_hints(&self, out: &mut write::Object<'_>) {
        let known = self.account.at(place::USERNAME);
        optional(out, "loginHint", self.fields.at_or(LOGIN_HINT, known));
        optional(out, "domainHint", self.fields.at(DOMAIN_HINT));
        optional(out, "prompt", self.fields.at(PROMPT));
    }

    /// Whether one answer serves both.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        self.fields.agree(&other.fields, SHARED)
            && self.account.is_named_as(&other.account)
            && self.scopes.same(&other.scopes)
    }

    /// Whether the host's own cache is to be passed over.
    pub(super) fn is_forced(&self) -> bool {
        self.force_refresh == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            (
                r#"{"scopes":"api://gw/a User.Read"}"#,
                "request: scopes of two resources, api://gw and Microsoft Graph",
            ),
            (r#"{"claims":"{"}"#, "request: claims is not a JSON object"),
            (r#"{"claims":"[]"}"#, "request: claims is not a JSON object"),
        ];
        for (request, message) in cases {
            let failure = Failure::from(TokenRequest::read(request).unwrap_err());
            assert_eq!(failure.message, message, "{request}");
            assert_eq!(failure.code, crate::error::Code::InvalidArgument);
        }
    }

    #[test]
    fn reads_msals_fields_and_ignores_the_rest() {
        let request = TokenRequest::read(
            r#"{"scopes":"b a","account":{"homeAccountId":"h"},"claims":"eyJhIjoxfQ","forceRefresh":false,
            "cacheLookupPolicy":3,"correlationId":"c","authority":"u","resource":"r","state":"s",
            "authenticationScheme":"pop","attributeTokens":"y z","prompt":"select_account","loginHint":"x"}"#,
        )
        .unwrap();
        assert_eq!(request.scopes.as_str(), "b a");
        assert_eq!(request.account.at(super::super::account::place::HOME), "h");
        assert_eq!(request.claims(), r#"{"a":1}"#);
        assert_eq!((request.force_refresh, request.may_use_cache), (Some(false), false));
        assert_eq!(request.correlation_id(), "c");
        assert_eq!(request.authority(), "u");
        assert_eq!(request.resource(), "r");
        assert_eq!(request.state(), "s");
        assert_eq!(request.scheme(), "pop");
        assert_eq!(request.attribute_tokens(), "y z");

        let empty =
            TokenRequest::read(r#"{"account":null,"scopes":"","claims":"","attributeTokens":""}"#)
                .unwrap();
        assert!(empty.asks_the_same(&TokenRequest::read("{}").unwrap()));
        assert!(!empty.asks_the_same(&request));
        assert_eq!((empty.may_use_cache, empty.scheme()), (true, "Bearer"));
    }
}
