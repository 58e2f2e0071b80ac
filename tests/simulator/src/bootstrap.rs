//! The bootstrap endpoint, beside the identity providers: `/bootstrap`, and
//! `/bootstrap/with/<how>`. Ada is configured, others get `{}`.
//!
//! It takes ID tokens for the pane's application, and access tokens for itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::{Map, Value, json};

use crate::identity::{Identity, applications, verification};
use crate::organisation::Origins;

/// What an access token for the endpoint is for.
const AUDIENCE: &str = "api://bootstrap";

struct Endpoint {
    identity: Arc<Identity>,
    pane: String,
    gateway: String,
    token: String,
    /// How often each `<how>` with `flaky` was asked.
    asked: Mutex<HashMap<String, u32>>,
}

pub(crate) fn router(identity: Arc<Identity>, origins: &Origins, token: &str) -> Router {
    let (pane, gateway) = (origins.pane.clone(), origins.gateway.clone());
    let asked = Mutex::default();
    let endpoint = Arc::new(Endpoint { identity, pane, gateway, token: token.to_owned(), asked });
    Router::new()
        .route("/bootstrap", any(plain))
        .route("/bootstrap/with/{how}", any(with))
        .with_state(endpoint)
}

async fn plain(
    State(endpoint): State<Arc<Endpoint>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    answer(&endpoint, "", &method, &headers).await
}

async fn with(
    State(endpoint): State<Arc<Endpoint>>,
    Path(how): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    answer(&endpoint, &how, &method, &headers).await
}

/// How the endpoint is to answer; items with commas between.
#[derive(Debug, Default)]
struct How<'a> {
    /// `anonymous`: no token is wanted.
    anonymous: bool,
    /// `slow=MS`
    slow: u64,
    /// `status=NUMBER`
    status: Option<u16>,
    /// `flaky`: each second time 503.
    flaky: bool,
    /// `html`: a network's sign-in page.
    html: bool,
    /// `malformed`: half of an answer.
    malformed: bool,
    /// `huge=BYTES`: so much besides.
    huge: usize,
    /// `expires=SECONDS`: the answer ends then; negative for before now.
    expires: Option<i64>,
    /// `empty`: `{}` for everybody.
    empty: bool,
    /// `nocors`: no page may read it.
    no_cors: bool,
    /// `gateway=FAULTS`: the gateway's own, with `;` for commas.
    gateway: &'a str,
}

impl<'a> How<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut how = Self::default();
        for item in text.split(',').filter(|item| !item.is_empty()) {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            match name {
                "anonymous" => how.anonymous = true,
                "slow" => how.slow = value.parse().ok()?,
                "status" => how.status = Some(value.parse().ok()?),
                "flaky" => how.flaky = true,
                "html" => how.html = true,
                "malformed" => how.malformed = true,
                "huge" => how.huge = value.parse().ok()?,
                "expires" => how.expires = Some(value.parse().ok()?),
                "empty" => how.empty = true,
                "nocors" => how.no_cors = true,
                "gateway" => how.gateway = value,
                // Keeps trials apart.
                "id" => {}
                _ => return None,
            }
        }
        Some(how)
    }
}

async fn answer(endpoint: &Endpoint, how: &str, method: &Method, headers: &HeaderMap) -> Response {
    let name = how;
    let Some(how) = How::read(how) else { return StatusCode::BAD_REQUEST.into_response() };
    tokio::time::sleep(Duration::from_millis(how.slow)).await;
    let mut response = match *method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        Method::GET if how.flaky && endpoint.is_second(name) => {
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Method::GET => configuration(endpoint, &how, headers),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    let fixed = response.headers_mut();
    fixed.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !how.no_cors
        && let Ok(pane) = HeaderValue::from_str(&endpoint.pane)
    {
        fixed.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, pane);
        let methods = HeaderValue::from_static("GET");
        fixed.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let allowed = HeaderValue::from_static("authorization, x-claude-user-agent");
        fixed.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
    response
}

fn configuration(endpoint: &Endpoint, how: &How<'_>, headers: &HeaderMap) -> Response {
    let agent = headers.get("x-claude-user-agent").and_then(|agent| agent.to_str().ok());
    if !agent.is_some_and(|agent| agent.starts_with("claude-")) {
        return (StatusCode::BAD_REQUEST, "X-Claude-User-Agent is missing").into_response();
    }
    let user = match (how.anonymous, bearer(headers)) {
        (true, _) => None,
        (false, Some(token)) => match endpoint.user_of(token) {
            Some(user) => Some(user),
            None => return StatusCode::UNAUTHORIZED.into_response(),
        },
        (false, None) => return StatusCode::UNAUTHORIZED.into_response(),
    };
    if let Some(status) = how.status {
        return StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY).into_response();
    }
    if how.html {
        let kind = [(header::CONTENT_TYPE, "text/html")];
        return (kind, "<!doctype html><title>Contoso network access</title>").into_response();
    }
    let mut members = Map::new();
    let is_configured = how.anonymous || user.as_deref() == Some("Ada Lovelace");
    if is_configured && !how.empty {
        members = configured(endpoint, how);
    }
    if let Some(seconds) = how.expires {
        members.insert("bootstrap_expires_at".into(), json!(now_s().saturating_add(seconds)));
    }
    if how.huge > 0 {
        members.insert("later".into(), json!("x".repeat(how.huge)));
    }
    let mut body = Value::Object(members).to_string();
    if how.malformed {
        body.truncate(body.len() / 2);
    }
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn configured(endpoint: &Endpoint, how: &How<'_>) -> Map<String, Value> {
    let gateway = match how.gateway {
        "" => endpoint.gateway.clone(),
        faults => format!("{}/with/{}", endpoint.gateway, faults.replace(';', ",")),
    };
    let members = json!({
        "gateway_url": gateway,
        "gateway_token": endpoint.token,
        "inference_headers": { "x-org-team": "{{team}}" },
        "team": "blue",
        "disabled_features": ["thumbs"],
        "access_policies": [{
            "effect": "deny", "action": "addin.access",
            "resource": { "type": "open_file", "identifiers": [{ "type": "mip_label_name", "startsWith": "Secret - " }] },
        }],
        "mcp_servers": [
            { "url": "https://mcp.contoso.example/risk", "label": "Risk", "headers": { "Authorization": "Bearer {{gateway_token}}" } },
            { "url": "not an address", "label": "Broken" },
        ],
        "skills": [{ "name": "deal-memo", "description": "Drafts a deal memo", "content": "IyBEZWFsIG1lbW8K" }],
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

impl Endpoint {
    /// Whether it is asked for the second, the fourth, … time.
    fn is_second(&self, how: &str) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.entry(how.to_owned()).or_default();
        *count += 1;
        count.is_multiple_of(2)
    }

    /// Who a token is of, or was issued for; `None` for one that isn't taken.
    fn user_of(&self, token: &str) -> Option<String> {
        let is_audience = |audience: &str| [applications::PANE, AUDIENCE].contains(&audience);
        let claims = verification::verify(&self.identity, token, is_audience, now_s()).ok()?;
        let id = claims.get("oid")?.as_str()?;
        Some(self.identity.name_of(id)?.to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "a server has a clock; the core must not")]
fn now_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
