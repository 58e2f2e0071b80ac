//! Who may come in at each cloud, and what the others are told.

use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::Value;

use super::sessions::Session;
use super::signature::{self, SignatureError};
use super::{Clouds, clock, registrations};
use crate::gateway::auth::Credentials;
use crate::gateway::errors::ApiError;
use crate::gateway::path::Place;
use crate::identity::verification::{self, TokenError};
use crate::identity::{self, BOB};

/// The right that Google's tokens need.
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// What Entra's tokens for Foundry may be for.
const FOUNDRY_AUDIENCES: [&str; 2] =
    ["https://cognitiveservices.azure.com", "https://ai.azure.com"];

impl Clouds {
    /// Bedrock's door: whose session signed the request, and for which region.
    pub(crate) fn signed(
        &self,
        parts: &Parts,
        body: &[u8],
        region: Option<&str>,
        now_s: i64,
    ) -> Result<(Session, String), ApiError> {
        let is_current = |epoch: &str| self.identity.is_current(epoch);
        signature::verify(parts, body, &self.sessions, is_current, region, now_s).map_err(|error| {
            let (exception, message) = match error {
                SignatureError::Missing => {
                    ("MissingAuthenticationTokenException", "Missing Authentication Token".to_owned())
                }
                SignatureError::UnknownKey | SignatureError::WrongToken => (
                    "UnrecognizedClientException",
                    "The security token included in the request is invalid.".to_owned(),
                ),
                SignatureError::Expired => (
                    "ExpiredTokenException",
                    "The security token included in the request is expired".to_owned(),
                ),
                SignatureError::Scope { named, wanted } => (
                    "InvalidSignatureException",
                    format!("Credential should be scoped to a valid region or service: '{wanted}', not '{named}'."),
                ),
                SignatureError::TooLate { signed, now_s } => {
                    let (first, now) = (clock::amz_date(now_s - 300), clock::amz_date(now_s));
                    (
                        "InvalidSignatureException",
                        format!("Signature expired: {signed} is now earlier than {first} ({now} - 5 min.)"),
                    )
                }
                SignatureError::TooEarly { signed, now_s } => {
                    let (last, now) = (clock::amz_date(now_s + 300), clock::amz_date(now_s));
                    (
                        "InvalidSignatureException",
                        format!("Signature not yet current: {signed} is still later than {last} ({now} + 5 min.)"),
                    )
                }
                SignatureError::Mismatch => (
                    "InvalidSignatureException",
                    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.".to_owned(),
                ),
            };
            ApiError::exception(StatusCode::FORBIDDEN, exception, message)
        })
    }

    /// Vertex AI's door. `location` is the host's.
    pub(crate) fn google(
        &self,
        parts: &Parts,
        place: &Place,
        location: Option<&str>,
        now_s: i64,
    ) -> Result<(), ApiError> {
        let token = Credentials::of(&parts.headers).bearer();
        let granted = token.and_then(|token| self.identity.google_scope(token, now_s));
        let Some(scope) = granted else {
            return Err(ApiError::front(
                StatusCode::UNAUTHORIZED,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
            ));
        };
        if !scope.split(' ').any(|scope| scope == CLOUD_PLATFORM) {
            return Err(ApiError::front(
                StatusCode::FORBIDDEN,
                "Request had insufficient authentication scopes.",
            ));
        }
        match location {
            Some(location) if location != place.location => Err(ApiError::front(
                StatusCode::BAD_REQUEST,
                format!("The location '{}' is not served by this endpoint.", place.location),
            )),
            _ => Ok(()),
        }
    }

    /// Foundry's door: its key, or a token of a user who has the role for it.
    pub(crate) fn foundry(&self, parts: &Parts, now_s: i64) -> Result<(), ApiError> {
        let credentials = Credentials::of(&parts.headers);
        let allowed = match (credentials.api_key(), credentials.bearer()) {
            (Some(key), _) => key == registrations::FOUNDRY_KEY,
            (None, Some(token)) => {
                let own = |audience: &str| FOUNDRY_AUDIENCES.contains(&audience);
                match verification::verify_access(&self.identity, token, own, now_s) {
                    // Somebody of the organisation whom nobody gave the role.
                    Ok(claims) if claims.get("oid").and_then(Value::as_str) == Some(BOB) => {
                        return Err(ApiError::exception(
                            StatusCode::UNAUTHORIZED,
                            "PermissionDenied",
                            "The principal lacks the required data action to perform `POST /anthropic/v1/messages` operation.",
                        ));
                    }
                    Ok(_) => true,
                    Err(_) => false,
                }
            }
            (None, None) => false,
        };
        if allowed { Ok(()) } else { Err(ApiError::of_front(StatusCode::UNAUTHORIZED)) }
    }

    /// A gateway's door that takes Entra's tokens for itself.
    pub(crate) fn entra(&self, parts: &Parts, now_s: i64) -> Result<(), ApiError> {
        let refuse = |message| Err(ApiError::new(StatusCode::UNAUTHORIZED, message));
        let Some(token) = Credentials::of(&parts.headers).bearer() else {
            return refuse("Authorization header with a bearer token is required");
        };
        let own = |audience: &str| audience == identity::resource(registrations::GATEWAY_SCOPE);
        match verification::verify_access(&self.identity, token, own, now_s) {
            Ok(_) => Ok(()),
            Err(TokenError::Expired { .. }) => {
                refuse("IDX10223: Lifetime validation failed. The token is expired.")
            }
            Err(TokenError::Audience) => refuse("IDX10214: Audience validation failed."),
            Err(_) => refuse("IDX10500: Signature validation failed."),
        }
    }
}
