//! Whether a JSON Web Token is one of the simulated Entra's, read by the
//! `jsonwebtoken` crate.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::{Identity, TENANT, issuer};

/// Why a token isn't taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// It is no token.
    Malformed,
    /// Somebody else issued it.
    Issuer(String),
    /// It is for somebody else.
    Audience,
    Signature,
    /// By its own word, or because its session was ended. Seconds since 1970.
    Expired {
        at_s: i64,
    },
}

/// The claims of a token that is for one of the audiences, at a time in seconds
/// since 1970.
pub(crate) fn verify(
    identity: &Identity,
    token: &str,
    is_audience: impl Fn(&str) -> bool,
    now_s: i64,
) -> Result<Value, TokenError> {
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    if header.alg != Algorithm::ES256 {
        return Err(TokenError::Malformed);
    }
    let (x, y) = identity.key_coordinates();
    let key = DecodingKey::from_ec_components(&x, &y).map_err(|_| TokenError::Signature)?;
    let mut validation = Validation::new(Algorithm::ES256);
    // Told apart below, by the clock that the service has.
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    let claims = match decode::<Value>(token, &key, &validation) {
        Ok(decoded) => decoded.claims,
        Err(error) => {
            return Err(match error.kind() {
                ErrorKind::InvalidSignature => TokenError::Signature,
                _ => TokenError::Malformed,
            });
        }
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("iss") != issuer(TENANT) {
        return Err(TokenError::Issuer(text("iss").to_owned()));
    }
    if !is_audience(text("aud")) {
        return Err(TokenError::Audience);
    }
    let at_s = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if at_s <= now_s || !identity.is_current(text("sid")) {
        return Err(TokenError::Expired { at_s });
    }
    Ok(claims)
}

/// The claims of an access token: an ID token is for its application alone.
pub(crate) fn verify_access(
    identity: &Identity,
    token: &str,
    is_audience: impl Fn(&str) -> bool,
    now_s: i64,
) -> Result<Value, TokenError> {
    let claims = verify(identity, token, is_audience, now_s)?;
    if claims.get("scp").is_none() {
        return Err(TokenError::Audience);
    }
    Ok(claims)
}
