//! What a page asks a token for: MSAL's request, checked.

use std::fmt;

use crate::error::{Audience, Code, Failure, Hint};
use crate::json::splice::{Edit, apply};
use crate::json::{self, Json, Kind};

use super::account::Account;
use super::claims;
use super::field::text;
use super::scopes::{Scopes, sorted};

/// What MSAL calls the usual kind of token.
const BEARER: &str = "Bearer";

/// The first `cacheLookupPolicy` of MSAL that leaves access tokens in the
/// cache alone (`RefreshToken`).
const SKIPS_ACCESS_TOKENS: u64 = 3;

/// A request with the fields of MSAL's `SilentRequest` and `PopupRequest`.
/// Those that don't reach an Office host are ignored, as MSAL ignores them here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// What the token is for.
    pub scopes: Scopes,
    /// Who it is for; whoever the host is signed in as where nobody is named.
    pub account: Option<Account>,
    /// Claims that a resource demands, as a JSON object.
    pub claims: Option<String>,
    /// Whether the host's own cache is to be passed over.
    pub force_refresh: Option<bool>,
    /// MSAL's attribute tokens, sorted and separated by blanks.
    pub attribute_tokens: Option<String>,
    /// All but the account, as JSON. The other fields are read from here.
    given: String,
}

/// Why a request can't be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRequestError {
    /// The request isn't an object.
    NotAnObject,
    /// `scopes` isn't a list of strings.
    Scopes,
    /// Scopes of two resources.
    MixedResources(String, String),
    /// `claims` is neither JSON nor base64 of it.
    Claims,
}

impl fmt::Display for TokenRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject => f.write_str("request: not an object"),
            Self::Scopes => f.write_str("request: scopes is not a list of strings"),
            Self::MixedResources(one, other) => {
                write!(f, "request: scopes of two resources, {one} and {other}")
            }
            Self::Claims => f.write_str("request: claims is not a JSON object"),
        }
    }
}

impl From<TokenRequestError> for Failure {
    fn from(error: TokenRequestError) -> Self {
        let failure = Self::new(Code::InvalidArgument, error.to_string());
        match error {
            TokenRequestError::MixedResources(..) => failure.hint(Hint::new(
                "one-resource",
                Audience::Developer,
                "A token is for one resource: ask for each with a request of its own.",
            )),
            _ => failure,
        }
    }
}

impl TokenRequest {
    /// Reads a request in JSON.
    ///
    /// # Errors
    /// It can't be sent as it is.
    pub fn read(text_of_request: &str) -> Result<Self, TokenRequestError> {
        let request = Json::parse(text_of_request, json::DEFAULT_MAX_DEPTH)
            .map_err(|_| TokenRequestError::NotAnObject)?;
        if request.kind() != Kind::Object {
            return Err(TokenRequestError::NotAnObject);
        }
        let scopes = Scopes::parse(&words(request, "scopes")?.unwrap_or_default().join(" "));
        if let Some((one, other)) = scopes.mixed_resources() {
            return Err(TokenRequestError::MixedResources(one.to_owned(), other.to_owned()));
        }
        let asked = text(request, "claims");
        let claims = asked.map(|asked| claims::read(&asked).ok_or(TokenRequestError::Claims));
        let tokens = words(request, "attributeTokens")?.filter(|tokens| !tokens.is_empty());
        Ok(Self {
            scopes,
            account: request.get("account").and_then(Account::named),
            claims: claims.transpose()?,
            force_refresh: request.get("forceRefresh").and_then(|force| force.as_bool()),
            attribute_tokens: tokens.map(|tokens| sorted(tokens.into_iter()).join(" ")),
            given: apply(request, &[Edit::Remove("account")]).unwrap_or_default(),
        })
    }

    fn json(&self) -> Json<'_> {
        Json::parse(&self.given, json::DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL)
    }

    /// A text by MSAL's name: `authority`, `correlationId`, `resource`, `state`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.json(), name)
    }

    /// The kind of token.
    #[must_use]
    pub fn scheme(&self) -> String {
        self.text("authenticationScheme").unwrap_or_else(|| BEARER.to_owned())
    }

    /// Whether a token in the cache may answer it.
    #[must_use]
    pub fn may_use_cache(&self) -> bool {
        let policy = self.json().get("cacheLookupPolicy").and_then(|policy| policy.as_u64());
        self.claims.is_none()
            && self.force_refresh != Some(true)
            && policy.is_none_or(|policy| policy < SKIPS_ACCESS_TOKENS)
    }

    /// The same, asked by nobody in particular.
    #[must_use]
    pub(super) fn unattended(&self) -> Self {
        let edits = [Edit::Remove("state"), Edit::Remove("correlationId")];
        let given = apply(self.json(), &edits).unwrap_or_default();
        Self { given, ..self.clone() }
    }

    /// What requests have in common that one answer serves.
    pub(super) fn key(&self) -> String {
        let parts = [
            self.account.as_ref().map(Account::key),
            Some(self.scopes.canonical()),
            self.claims.clone(),
            self.text("authority"),
            self.text("resource"),
            Some(self.scheme().to_ascii_lowercase()),
            self.attribute_tokens.clone(),
        ];
        let mut key = String::new();
        for part in &parts {
            key.push_str(part.as_deref().unwrap_or_default());
            key.push('\n');
        }
        key
    }
}

/// A list of strings, where there is one.
fn words(request: Json<'_>, name: &str) -> Result<Option<Vec<String>>, TokenRequestError> {
    let Some(list) = request.get(name).filter(|list| !list.is_null()) else { return Ok(None) };
    if list.kind() != Kind::Array {
        return Err(TokenRequestError::Scopes);
    }
    let words = list.elements().map(|word| word.as_str().map(|word| word.into_owned()));
    words.collect::<Option<_>>().map(Some).ok_or(TokenRequestError::Scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            ("", "request: not an object"),
            ("[]", "request: not an object"),
            (r#"{"scopes":"User.Read"}"#, "request: scopes is not a list of strings"),
            (r#"{"scopes":[1]}"#, "request: scopes is not a list of strings"),
            (
                r#"{"scopes":["api://gw/a","User.Read"]}"#,
                "request: scopes of two resources, api://gw and Microsoft Graph",
            ),
            (r#"{"claims":"{"}"#, "request: claims is not a JSON object"),
            (r#"{"claims":"[]"}"#, "request: claims is not a JSON object"),
        ];
        for (request, message) in cases {
            let error = TokenRequest::read(request).unwrap_err();
            assert_eq!(error.to_string(), message, "{request}");
            assert_eq!(Failure::from(error).code, Code::InvalidArgument);
        }
    }

    #[test]
    fn reads_msals_fields_and_ignores_the_rest() {
        let request = TokenRequest::read(
            r#"{"scopes":["b","a"],"account":{"homeAccountId":"h"},"claims":"eyJhIjoxfQ","forceRefresh":false,
            "cacheLookupPolicy":3,"correlationId":"c","authority":"u","resource":"r","state":"s",
            "authenticationScheme":"pop","attributeTokens":["z","y"],"prompt":"select_account","loginHint":"x"}"#,
        )
        .unwrap();
        assert_eq!(request.scopes.as_str(), "b a");
        let account = request.account.as_ref().unwrap();
        assert_eq!(account.text("homeAccountId").as_deref(), Some("h"));
        assert_eq!(request.claims.as_deref(), Some(r#"{"a":1}"#));
        assert_eq!((request.force_refresh, request.may_use_cache()), (Some(false), false));
        let names = ["correlationId", "authority", "resource", "state"];
        assert_eq!(names.map(|name| request.text(name).unwrap()), ["c", "u", "r", "s"]);
        assert_eq!(request.scheme(), "pop");
        assert_eq!(request.attribute_tokens.as_deref(), Some("y z"));
        let nobody = request.unattended();
        assert_eq!(names.map(|name| nobody.text(name).is_some()), [false, true, true, false]);
        assert_eq!(nobody.key(), request.key());

        let empty =
            TokenRequest::read(r#"{"account":null,"scopes":[],"claims":"","attributeTokens":[]}"#)
                .unwrap();
        assert_eq!(empty.key(), TokenRequest::read("{}").unwrap().key());
        assert!(empty.may_use_cache());
    }
}
