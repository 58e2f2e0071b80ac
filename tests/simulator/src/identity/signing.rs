//! Tokens that are really signed: ES256 (RFC 7518 §3.4), with a key of this run's.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::set;
use crate::clouds::clock;

const KEY_ID: &str = "simulated-1";

pub(super) struct Signer(SigningKey);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(••••)")
    }
}

impl Signer {
    pub(super) fn new() -> Self {
        Self(SigningKey::random(&mut OsRng))
    }

    /// A compact JSON Web Token (RFC 7519) with these claims, for so many seconds.
    pub(super) fn token(&self, mut claims: Value, lifetime_s: i64) -> String {
        let now = clock::now_s(0);
        set(&mut claims, "iat", json!(now));
        set(&mut claims, "nbf", json!(now));
        set(&mut claims, "exp", json!(now.saturating_add(lifetime_s)));
        let header = json!({ "typ": "JWT", "alg": "ES256", "kid": KEY_ID });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", encode(signature.to_bytes()))
    }

    /// As a JSON Web Key (RFC 7517).
    pub(super) fn public_key(&self) -> Value {
        let point = self.0.verifying_key().to_encoded_point(false);
        let coordinate =
            |bytes: Option<_>| bytes.map(encode::<p256::FieldBytes>).unwrap_or_default();
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KEY_ID,
            "x": coordinate(point.x().copied()), "y": coordinate(point.y().copied()),
        })
    }
}

pub(super) fn encode<T: AsRef<[u8]>>(bytes: T) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What nobody can guess, for codes and refresh tokens.
pub(crate) fn random_text() -> String {
    let mut bytes = [0; 24];
    OsRng.fill_bytes(&mut bytes);
    encode(bytes)
}

/// RFC 7636 §4.2, `S256`.
pub(super) fn challenge(verifier: &str) -> String {
    encode(Sha256::digest(verifier.as_bytes()))
}
