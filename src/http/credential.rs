//! A secret together with the only server that it may be sent to.

use std::fmt;

use crate::error::{Code, Failure};
use crate::secret::Secret;

use super::header::{HeaderError, HeaderName, HeaderValue, check_value};
use super::request::Request;
use super::url::Origin;

/// How a server wants to be shown a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// `x-api-key: TOKEN`
    ApiKey,
    /// `authorization: Bearer TOKEN` (RFC 6750 §2.1)
    Bearer,
}

/// A token bound to the origin that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    audience: Origin,
    placement: Placement,
    secret: Secret,
}

impl Credential {
    /// Binds a token to its audience.
    ///
    /// # Errors
    /// [`HeaderError`] when no header can carry it.
    pub fn new(audience: Origin, placement: Placement, token: &str) -> Result<Self, HeaderError> {
        let secret = Secret::new(check_value(token)?);
        Ok(Self { audience, placement, secret })
    }

    /// The server that it is for.
    #[must_use]
    pub fn audience(&self) -> &Origin {
        &self.audience
    }

    /// The token.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Puts the token into a request. Nothing else does, so a token leaves
    /// only towards its audience.
    ///
    /// # Errors
    /// [`AudienceError`] when the request leads elsewhere; it is unchanged then.
    pub fn attach(&self, request: &mut Request) -> Result<(), AudienceError> {
        if request.url().origin() != &self.audience {
            return Err(AudienceError {
                audience: self.audience.clone(),
                target: request.url().origin().clone(),
            });
        }
        let (name, value) = match self.placement {
            Placement::ApiKey => ("x-api-key", self.secret.expose().to_owned()),
            Placement::Bearer => ("authorization", format!("Bearer {}", self.secret.expose())),
        };
        request.set_header(HeaderName::known(name), HeaderValue::Secret(Secret::new(value)));
        Ok(())
    }
}

/// A credential would have gone to a server that it isn't for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceError {
    /// The server that it is for.
    pub audience: Origin,
    /// Where the request leads.
    pub target: Origin,
}

impl fmt::Display for AudienceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the credential is for {} and the request goes to {}", self.audience, self.target)
    }
}

impl std::error::Error for AudienceError {}

impl From<AudienceError> for Failure {
    fn from(error: AudienceError) -> Self {
        Self::new(Code::AudienceRefused, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::super::url::BaseUrl;
    use super::*;

    fn request(base: &str) -> Request {
        Request::get(BaseUrl::parse(base).unwrap().join("/v1/models"))
    }

    #[test]
    fn attached_for_its_audience_only() {
        let audience = BaseUrl::parse("https://gw.example.com/team").unwrap().origin().clone();
        let credential = Credential::new(audience, Placement::Bearer, " token ").unwrap();
        let mut right = request("https://gw.example.com/other");
        credential.attach(&mut right).unwrap();
        assert_eq!(right.header("authorization").unwrap().expose(), "Bearer token");

        for elsewhere in [
            "https://gw.example.com:8443",
            "https://gw.example.com.evil.example",
            "https://example.com",
            "http://localhost",
        ] {
            let mut wrong = request(elsewhere);
            assert!(credential.attach(&mut wrong).is_err(), "{elsewhere}");
            assert!(wrong.header("authorization").is_none());
        }
    }
}
