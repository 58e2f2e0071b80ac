//! Every secret that the organisation gave away, and where each turned up
//! again: all requests to all listeners are looked through for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode;

/// What kind of secret it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// An authorization code.
    Code,
    /// The verifier that a code was redeemed with (RFC 7636).
    Verifier,
    /// A refresh token.
    RefreshToken,
    /// An access token.
    AccessToken,
    /// An ID token.
    IdToken,
}

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedSecret {
    /// What it is.
    pub kind: SecretKind,
    /// The secret itself.
    pub value: String,
}

/// Which part of a request it was in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The path or the query.
    Address,
    /// The header of that name.
    Header(String),
    /// The body.
    Body,
}

/// A secret in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What was seen.
    pub kind: SecretKind,
    /// Who was asked: `host`, `pane`, `gateway`, `identity` or `clouds`.
    pub listener: &'static str,
    /// The path that was asked for.
    pub path: String,
    /// Where in the request.
    pub part: Part,
}

impl Sighting {
    /// Whether the protocols put that secret there.
    #[must_use]
    pub fn is_meant(&self) -> bool {
        let carries_token = match &self.part {
            Part::Header(name) => name == "authorization" || name == "x-api-key",
            Part::Address | Part::Body => false,
        };
        match (self.kind, self.listener) {
            (SecretKind::AccessToken, "gateway" | "clouds") => carries_token,
            // What AWS's token service gives credentials for.
            (SecretKind::IdToken, "clouds") => {
                self.part == Part::Body && self.path.ends_with("amazonaws.com/")
            }
            (SecretKind::AccessToken | SecretKind::IdToken, "identity")
                if self.path.starts_with("/bootstrap") =>
            {
                carries_token
            }
            (SecretKind::AccessToken, "identity") => carries_token && self.path.contains("/graph/"),
            (SecretKind::Code | SecretKind::Verifier | SecretKind::RefreshToken, "identity") => {
                let to_redeem = self.path.ends_with("/token") || self.path.ends_with("/revoke");
                self.part == Part::Body && to_redeem
            }
            // Google knows no answer in the fragment.
            (SecretKind::Code, "pane") => self.part == Part::Address && self.path == "/auth.html",
            _ => false,
        }
    }
}

#[derive(Debug, Default)]
struct Known {
    issued: Vec<IssuedSecret>,
    sightings: Vec<Sighting>,
}

/// What was given away and seen again. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<Known>>);

impl Secrets {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a secret.
    pub(crate) fn add(&self, kind: SecretKind, value: &str) {
        // Nobody chooses one so short; a test that makes one up would find it everywhere.
        if value.len() >= 20 {
            self.known().issued.push(IssuedSecret { kind, value: value.to_owned() });
        }
    }

    pub(crate) fn issued(&self) -> Vec<IssuedSecret> {
        self.known().issued.clone()
    }

    pub(crate) fn sightings(&self) -> Vec<Sighting> {
        self.known().sightings.clone()
    }

    fn look_through(&self, listener: &'static str, path: &str, part: &Part, bytes: &[u8]) {
        let plain = String::from_utf8_lossy(bytes);
        let decoded = percent_decode(bytes).decode_utf8_lossy();
        let mut known = self.known();
        let Known { issued, sightings } = &mut *known;
        for IssuedSecret { kind, value } in issued.iter() {
            if plain.contains(value) || decoded.contains(value) {
                let (kind, path, part) = (*kind, path.to_owned(), part.clone());
                sightings.push(Sighting { kind, listener, path, part });
            }
        }
    }
}

/// Looks through a request before it is answered.
pub(crate) async fn watch(
    State((listener, secrets)): State<(&'static str, Secrets)>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let path = parts.uri.path();
    secrets.look_through(listener, path, &Part::Address, parts.uri.to_string().as_bytes());
    for (name, value) in &parts.headers {
        let part = Part::Header(name.as_str().to_owned());
        secrets.look_through(listener, path, &part, value.as_bytes());
    }
    secrets.look_through(listener, path, &Part::Body, &body);
    next.run(Request::from_parts(parts, Body::from(body))).await
}
