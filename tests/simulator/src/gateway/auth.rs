//! Who may come in: the token in `x-api-key` or `Authorization: Bearer`.

use axum::http::{HeaderMap, StatusCode, header};

use super::errors::ApiError;
use super::faults::Auth;

/// What the request brought, in which header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Credentials<'a> {
    api_key: Option<&'a str>,
    bearer: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token)
        });
        Self { api_key: text("x-api-key"), bearer }
    }

    /// What `x-api-key` has.
    pub(crate) fn api_key(self) -> Option<&'a str> {
        self.api_key
    }

    /// What `authorization` has for a bearer.
    pub(crate) fn bearer(self) -> Option<&'a str> {
        self.bearer
    }

    /// The token, wherever it is.
    pub(crate) fn token(self) -> Option<&'a str> {
        self.api_key.or(self.bearer)
    }

    /// Lets the expected token in. A token that has `forbidden` in it is known and not allowed to do anything.
    pub(crate) fn check(self, auth: Auth, expected: &str) -> Result<(), ApiError> {
        let refuse = |message| Err(ApiError::new(StatusCode::UNAUTHORIZED, message));
        let (token, wrong) = match auth {
            // Entra's tokens are looked at where their keys are.
            Auth::None | Auth::Entra => return Ok(()),
            Auth::ApiKey => (self.api_key, "invalid x-api-key"),
            Auth::Bearer if self.bearer.is_none() && self.api_key.is_some() => {
                return refuse("Malformed API Key passed in. Ensure Key has `Bearer ` prefix.");
            }
            Auth::Bearer => (self.bearer, "Invalid bearer token"),
            Auth::Any if self.api_key.is_some() => (self.api_key, "invalid x-api-key"),
            Auth::Any => (self.bearer, "Invalid bearer token"),
        };
        match token {
            Some(token) if token == expected => Ok(()),
            Some(token) if token.contains("forbidden") => {
                Err(ApiError::of_status(StatusCode::FORBIDDEN))
            }
            Some(_) => refuse(wrong),
            None => refuse("x-api-key header is required"),
        }
    }
}
