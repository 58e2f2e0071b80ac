//! What stands behind the broker of the simulated Office application: tokens of
//! Entra's for the user who is signed in there, without a window of its own.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::permissions::{self, Consent};
use super::refusal::Refusal;
use super::users::User;
use super::{Asked, Grantee, TokenSpec};

/// Answers the application's page, and nobody else.
pub(super) fn answer(asked: &Asked<'_>) -> Response {
    let origin = asked.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    // The application may be opened under another name of this computer.
    let host = asked.identity.host_origin.as_str();
    let Some(origin) = origin.filter(|origin| origin.replace("localhost", "127.0.0.1") == *host)
    else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let request: Value = serde_json::from_slice(asked.body).unwrap_or_default();
    let mut response =
        ([(header::CONTENT_TYPE, "application/json")], reply(asked, &request).to_string())
            .into_response();
    if let Ok(origin) = HeaderValue::from_str(origin) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// The members of the broker's answer.
fn reply(asked: &Asked<'_>, request: &Value) -> Value {
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    let attended = request.get("attended") == Some(&json!(true));
    if let Some(number) = request.get("refusal").and_then(Value::as_u64) {
        return refused(Refusal::of(u32::try_from(number).unwrap_or_default()));
    }
    let Some(user) = User::by_name(text("user")) else {
        return json!({ "success": false, "error": { "status": "ACCOUNT_UNAVAILABLE", "code": "no_account" } });
    };
    let (client, scope) = (text("clientId"), text("scope"));
    match permissions::consent(scope) {
        Consent::Given => {}
        _ if asked.identity.has_consented(asked.trial, client) => {}
        Consent::User if attended => asked.identity.consent(asked.trial, client),
        Consent::User => return refused(Refusal::of(65_001)),
        Consent::Admin => return refused(Refusal::of(90_094)),
    }
    let contexts = permissions::contexts(text("claims"));
    if permissions::takes_user(&contexts) && !attended {
        return refused(Refusal::of(50_076));
    }
    let lifetime_s = request.get("expires").and_then(Value::as_i64).unwrap_or(3_600);
    let grantee = Grantee { client, user, nonce: None };
    let spec = TokenSpec { scope, contexts, lifetime_s, number: text("number") };
    let tokens = asked.identity.give_tokens(asked.trial, &grantee, &spec);
    json!({
        "success": true,
        "token": {
            "access_token": tokens.access,
            "expires_in": lifetime_s,
            "id_token": tokens.id,
            "scope": tokens.scope,
            "properties": null,
        },
        "account": user.as_account(),
    })
}

fn refused(refusal: Refusal) -> Value {
    json!({ "success": false, "error": refusal.of_broker() })
}
