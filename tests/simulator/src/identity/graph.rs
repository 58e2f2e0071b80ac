//! Microsoft Graph, as far as a pane meets it: who the user is, a download that
//! goes on to another host, and answers that demand more of the token.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::permissions::{self, GRAPH};
use super::users::User;
use super::{Asked, Identity, verification};
use crate::clouds::clock;

/// Where a download really is; no token has any business there.
const DOWNLOAD: &str = "quarterly figures";

/// What a route demands of a token beside being for Graph.
fn demanded(path: &[&str]) -> Option<&'static str> {
    match path {
        // Entra gives it without the user.
        ["me", "messages"] => Some("c1"),
        // It doesn't.
        ["me", "events"] => Some("c2"),
        // Never satisfied.
        ["me", "contacts"] => Some("c99"),
        _ => None,
    }
}

pub(super) fn answer(asked: &Asked<'_>, path: &[&str]) -> Response {
    let mut response = if asked.method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        match claims(asked.identity, asked.headers) {
            None => refuse("InvalidAuthenticationToken", "", "Access token is empty or not valid."),
            Some(claims) => resource(asked, path, &claims),
        }
    };
    let readable = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, client-request-id"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "www-authenticate, request-id, location"),
    ];
    for (name, value) in readable {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Where downloads lead: a token that comes along is refused loudly. A preflight
/// lets it through, so that an engine that brings it is found out; WebKit asks
/// first, and then leaves it off.
pub(super) fn download(asked: &Asked<'_>, id: &str) -> Response {
    if asked.method == Method::OPTIONS {
        let fixed = [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization"),
        ];
        return (StatusCode::NO_CONTENT, fixed).into_response();
    }
    let status = if asked.headers.contains_key(header::AUTHORIZATION) {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let fixed = [(header::CONTENT_TYPE, "text/plain"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (status, fixed, format!("{DOWNLOAD} {id}")).into_response()
}

fn resource(asked: &Asked<'_>, path: &[&str], claims: &Value) -> Response {
    if let Some(context) = demanded(path)
        && !permissions::has_context(claims, context)
    {
        return challenge(context);
    }
    match path {
        ["me"] => {
            let named = claims.get("oid").and_then(Value::as_str).unwrap_or_default();
            let Some(user) = User::by_object_id(named) else {
                return refuse("Request_ResourceNotFound", "", "Resource does not exist.");
            };
            json_answer(&json!({
                "@odata.context": format!("{GRAPH}/v1.0/$metadata#users/$entity"),
                "id": user.object_id,
                "displayName": user.display_name,
                "userPrincipalName": user.upn,
            }))
        }
        ["me", "messages" | "events"] => json_answer(&json!({ "value": [] })),
        ["me", "drive", "items", id, "content"] => {
            // Another name of this computer is another host.
            let elsewhere = asked.identity.origin.replace("127.0.0.1", "localhost");
            let location = format!("{elsewhere}/download/{id}");
            (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
        }
        _ => {
            let body = json!({ "error": { "code": "itemNotFound", "message": "Not here." } });
            (StatusCode::NOT_FOUND, body.to_string()).into_response()
        }
    }
}

/// The claims of a token that is for Graph.
fn claims(identity: &Identity, headers: &HeaderMap) -> Option<Value> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = value.strip_prefix("Bearer ")?;
    let is_graph = |audience: &str| audience == GRAPH;
    verification::verify_access(identity, token, is_graph, clock::now_s(0)).ok()
}

fn json_answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// The demand for a token with more in it (Continuous Access Evaluation, "claims challenge").
fn challenge(context: &str) -> Response {
    let claims =
        json!({ "access_token": { "acrs": { "essential": true, "value": context } } }).to_string();
    let claims = STANDARD.encode(claims);
    refuse(
        "InvalidAuthenticationToken",
        &format!(r#", error="insufficient_claims", claims="{claims}""#),
        "Continuous access evaluation resulted in claims challenge.",
    )
}

fn refuse(code: &str, more: &str, message: &str) -> Response {
    let challenge = format!(
        r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"{more}"#
    );
    let body = json!({ "error": { "code": code, "message": message } });
    let fixed = [
        (header::WWW_AUTHENTICATE, challenge.as_str()),
        (header::CONTENT_TYPE, "application/json"),
    ];
    (StatusCode::UNAUTHORIZED, fixed, body.to_string()).into_response()
}
