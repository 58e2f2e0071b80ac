//! Tokens without a sign-in, for pages that pass `getToken`: what an Office
//! host's broker would hand over. Nothing of the kind exists outside.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::users::{USERS, User};
use super::{Asked, Grantee, TokenSpec, applications, google, readable};
use crate::clouds::clock;

/// `/issue?kind=entra-id|entra|google&scope=…&user=ada`: the token as
/// `getToken` is to answer it, `{ token, account, expiresAt }`.
pub(super) fn answer(asked: &Asked<'_>) -> Response {
    let (kind, scope) = (asked.query.get("kind"), asked.query.get("scope"));
    asked.identity.issued(|issued| issued.journal.push(format!("issue {kind} {}", asked.trial.id)));
    let [ada, ..] = &USERS;
    let user = User::by_name(asked.query.get("user")).unwrap_or(ada);
    let lifetime_s = asked.trial.lifetime_s.unwrap_or(3_600);
    let of_entra = || {
        let grantee = Grantee { client: applications::PANE, user, nonce: None };
        let spec = TokenSpec { scope, contexts: Vec::new(), lifetime_s, number: "" };
        asked.identity.give_tokens(asked.trial, &grantee, &spec)
    };
    let token = match kind {
        "entra-id" => of_entra().id,
        "entra" => of_entra().access,
        "google" => google::access_token(asked, scope, lifetime_s, ""),
        _ => return (StatusCode::BAD_REQUEST, "kind=entra-id|entra|google").into_response(),
    };
    let expires_at_ms = clock::now_s(0).saturating_add(lifetime_s).saturating_mul(1_000);
    let body = json!({ "token": token, "account": user.upn, "expiresAt": expires_at_ms });
    readable(StatusCode::OK, &body)
}

/// `/with/id=TEXT/end-sessions`: everything that was issued to the id is refused
/// from here on.
pub(super) fn end_sessions(asked: &Asked<'_>) -> Response {
    asked.identity.end_sessions(&asked.trial.id);
    (StatusCode::NO_CONTENT, [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")]).into_response()
}
