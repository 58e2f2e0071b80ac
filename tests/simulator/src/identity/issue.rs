//! Tokens without a sign-in, for pages that pass `getToken`: what an Office
//! host's broker would hand over. Nothing of the kind exists outside.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::signing::{self, Signer};
use super::trial::TokenFault;
use super::users::{TENANT, USERS, User};
use super::{Asked, applications, google, readable, set};
use crate::clouds::clock;

/// `/issue?kind=entra-id|entra|google&scope=…&user=ada`: the token as
/// `getToken` is to answer it, `{ token, account, expiresAt }`.
pub(super) fn answer(asked: &Asked<'_>) -> Response {
    let (kind, scope) = (asked.query.get("kind"), asked.query.get("scope"));
    asked.identity.issued(|issued| issued.journal.push(format!("issue {kind} {}", asked.trial.id)));
    let [ada, ..] = &USERS;
    let user = User::by_name(asked.query.get("user")).unwrap_or(ada);
    let lifetime_s = asked.trial.lifetime_s.unwrap_or(3_600);
    let token = match kind {
        "entra-id" => entra(asked, user, applications::PANE, lifetime_s),
        "entra" => entra(asked, user, scope, lifetime_s),
        "google" => google::access_token(asked, scope, lifetime_s, ""),
        _ => return (StatusCode::BAD_REQUEST, "kind=entra-id|entra|google").into_response(),
    };
    let expires_at_ms = clock::now_s(0).saturating_add(lifetime_s).saturating_mul(1_000);
    let body = json!({ "token": token, "account": user.upn, "expiresAt": expires_at_ms });
    readable(StatusCode::OK, &body)
}

/// A token of Entra's for somebody, with what may be wrong with it.
fn entra(asked: &Asked<'_>, user: &User, audience: &str, lifetime_s: i64) -> String {
    let fault = asked.trial.token;
    if fault == Some(TokenFault::Malformed) {
        return format!("EwB4{}", signing::random_text());
    }
    let tenant = match fault {
        Some(TokenFault::Issuer) => "00000000-0000-4000-8000-00000000dead",
        _ => TENANT,
    };
    let audience = match fault {
        Some(TokenFault::Audience) => applications::ELSEWHERE,
        _ => audience,
    };
    let now_s = clock::now_s(0);
    let expires_at_s = match fault {
        Some(TokenFault::Expired) => now_s.saturating_sub(60),
        _ => now_s.saturating_add(lifetime_s),
    };
    let mut claims = json!({
        "aud": audience,
        "iss": format!("https://login.microsoftonline.com/{tenant}/v2.0"),
        "ver": "2.0", "oid": user.object_id, "sub": user.object_id, "tid": tenant,
        "preferred_username": user.upn, "name": user.display_name,
        "sid": asked.identity.epoch(&asked.trial.id),
        "uti": signing::random_text(),
    });
    set(&mut claims, "exp", json!(expires_at_s));
    match fault {
        Some(TokenFault::Signature) => Signer::new().token(claims),
        _ => asked.identity.signer.token(claims),
    }
}

/// `/with/id=TEXT/end-sessions`: everything that was issued to the id is refused
/// from here on.
pub(super) fn end_sessions(asked: &Asked<'_>) -> Response {
    asked.identity.end_sessions(&asked.trial.id);
    (StatusCode::NO_CONTENT, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")]).into_response()
}
