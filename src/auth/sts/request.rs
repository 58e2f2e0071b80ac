//! The request for credentials.

use std::fmt;

use crate::error::{Audience, Code, Failure};
use crate::http::answer::Answer;
use crate::http::header::{HeaderName, HeaderValue};
use crate::http::{Request, percent};
use crate::secret::Secret;

use super::answer;
use super::endpoint::Endpoint;
use super::error::StsError;
use super::lifetime::TemporaryCredentials;
use super::role_arn::RoleArn;

/// How long the credentials are asked to be good for, in seconds: what every
/// role allows unless its owner lowered it (IAM User Guide, "Maximum session
/// duration").
const DURATION_S: u32 = 3_600;

/// The same as it stands in the form.
const DURATION: &str = "3600";

/// A user who wants to act as a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    role: RoleArn,
    session_name: String,
    token: Secret,
}

impl AssumeRole {
    /// Who wants to act as what. `account` is what the session is named by in
    /// the logs of the role's owner.
    ///
    /// # Errors
    /// [`TokenError`] when the ID token is none.
    pub fn new(role: RoleArn, account: &str, token: &str) -> Result<Self, TokenError> {
        // The operation's own limits; the characters of a JSON Web Token.
        let jwt = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(4..=20_000).contains(&token.len()) || !token.bytes().all(jwt) {
            return Err(TokenError);
        }
        Ok(Self { role, session_name: session_name(account), token: Secret::new(token) })
    }

    /// The request. It is one that browsers send without a preflight, and the
    /// token is in its body: addresses end up in logs.
    #[must_use]
    pub fn prepare(&self, endpoint: &Endpoint) -> Request {
        let form = percent::form(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", self.role.as_str()),
            ("RoleSessionName", &self.session_name),
            ("DurationSeconds", DURATION),
            ("WebIdentityToken", self.token.expose()),
        ]);
        let mut request = Request::post_form(endpoint.base().join("/"), form);
        let json = HeaderValue::Plain("application/json".to_owned());
        request.set_header(HeaderName::known("accept"), json);
        request
    }

    /// The credentials in an answer that arrived at `received_at_ms`, in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// [`StsError`] when the service refused, or the answer isn't its own.
    pub fn parse(
        &self,
        endpoint: &Endpoint,
        answer: &Answer,
        received_at_ms: u64,
    ) -> Result<TemporaryCredentials, StsError> {
        let granted = answer::read(answer, endpoint.host(), self.token.expose())?;
        Ok(TemporaryCredentials::new(
            granted.credentials,
            received_at_ms,
            granted.expiration_s,
            DURATION_S,
        ))
    }
}

/// The name of a session for an account's name or id: 2 to 64 characters out
/// of `[\w+=,.@-]`.
#[must_use]
pub fn session_name(account: &str) -> String {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-');
    let mut name: String =
        account.trim().chars().map(|c| if allowed(c) { c } else { '-' }).take(64).collect();
    if name.len() < 2 {
        name.push_str("-taskpane");
    }
    name
}

/// A text is no ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenError;

const TOLD: &str = "the ID token for AWS is not a JSON Web Token of at most 20000 characters";

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TOLD)
    }
}

impl std::error::Error for TokenError {}

impl From<TokenError> for Failure {
    fn from(_: TokenError) -> Self {
        Self::told(
            Code::CredentialInvalid,
            TOLD,
            "reduce-claims",
            Audience::Admin,
            "Sign in again. If it repeats, have the application registration put fewer claims into the ID token, group memberships first.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::endpoint::endpoints;
    use super::*;
    use crate::sigv4::Region;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_";

    fn role() -> RoleArn {
        RoleArn::parse("arn:aws:iam::123456789012:role/a/Claude@x").unwrap()
    }

    #[test]
    fn a_simple_request_with_the_token_in_its_body() {
        let assume = AssumeRole::new(role(), "jörg@contoso.com", TOKEN).unwrap();
        let endpoints = endpoints(&role(), &Region::parse("eu-central-1").unwrap()).unwrap();
        let request = assume.prepare(&endpoints[0]);
        assert_eq!(request.method().as_str(), "POST");
        assert_eq!(request.url().as_str(), "https://sts.amazonaws.com/");
        let headers: Vec<_> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        // Both names and these values are safelisted by the Fetch standard.
        assert_eq!(
            headers,
            [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")]
        );
        assert_eq!(
            request.body().unwrap(),
            format!(
                "Action=AssumeRoleWithWebIdentity&Version=2011-06-15\
                 &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa%2FClaude%40x\
                 &RoleSessionName=j-rg%40contoso.com&DurationSeconds=3600&WebIdentityToken={TOKEN}"
            )
        );
        assert!(!format!("{request:?} {assume:?}").contains("c2lnbmF0dXJl"));
    }

    #[test]
    fn session_names() {
        let (long, cut) = ("x".repeat(90), "x".repeat(64));
        let cases = [
            ("ada@contoso.com", "ada@contoso.com"),
            (" ada@contoso.com ", "ada@contoso.com"),
            ("Ada Lovelace (Analyst)", "Ada-Lovelace--Analyst-"),
            ("ada#EXT#@contoso.onmicrosoft.com", "ada-EXT-@contoso.onmicrosoft.com"),
            ("00000000-0000-0000-66f3-3332eca7ea81", "00000000-0000-0000-66f3-3332eca7ea81"),
            ("a+b=c,d.e_f", "a+b=c,d.e_f"),
            ("日本", "--"),
            ("é", "--taskpane"),
            ("", "-taskpane"),
            (&long, &cut),
        ];
        for (account, name) in cases {
            assert_eq!(session_name(account), name, "{account}");
        }
    }

    #[test]
    fn what_is_no_token() {
        let largest = "a".repeat(20_000);
        for token in [TOKEN, "a.b.", &largest] {
            assert!(AssumeRole::new(role(), "a", token).is_ok());
        }
        let too_large = "a".repeat(20_001);
        for token in ["", "a.b", "Bearer eyJh", "eyJh\n", "eyé.a.b", &too_large] {
            assert_eq!(AssumeRole::new(role(), "a", token).err(), Some(TokenError));
        }
    }
}
