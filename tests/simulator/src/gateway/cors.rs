//! Cross-origin answers, from correct to every way that gateways get them wrong.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::faults::{Cors, Faults};

static ALLOWED: [HeaderName; 5] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    header::CONTENT_TYPE,
    HeaderName::from_static("anthropic-version"),
    HeaderName::from_static("anthropic-beta"),
];

/// Headers that organisations add for themselves, through `inference_headers`.
const ORGANISATION_PREFIX: &str = "x-org-";

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, OPTIONS");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const ANY: HeaderValue = HeaderValue::from_static("*");
const PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");

/// A preflight's answer.
pub(crate) struct Preflight {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'static str,
}

/// Answers an OPTIONS request.
pub(crate) fn preflight(faults: &Faults, request: &HeaderMap) -> Preflight {
    let mut headers = HeaderMap::new();
    let mut answer = |status, body| {
        // A broken preflight may well carry the origin header; it doesn't help.
        allow_origin(&mut headers, faults, status, request);
        Preflight { status, headers: std::mem::take(&mut headers), body }
    };
    match &faults.cors {
        Cors::NoPreflight | Cors::None => {
            Preflight { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: "" }
        }
        Cors::PreflightUnauthorized => answer(StatusCode::UNAUTHORIZED, "missing credentials"),
        Cors::PreflightMethodNotAllowed => {
            answer(StatusCode::METHOD_NOT_ALLOWED, r#"{"detail":"Method Not Allowed"}"#)
        }
        Cors::PreflightRedirect => {
            let mut redirect = answer(StatusCode::FOUND, "");
            redirect.headers.insert(header::LOCATION, HeaderValue::from_static("/portal/sign-in"));
            redirect
        }
        Cors::LiteLlm if request.contains_key(PRIVATE_NETWORK) => {
            answer(StatusCode::BAD_REQUEST, "Disallowed CORS private-network")
        }
        cors => {
            let mut granted = answer(StatusCode::NO_CONTENT, "");
            let headers = &mut granted.headers;
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
            if let Some(allowed) = allowed_headers(cors, request) {
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
            }
            if request.contains_key(PRIVATE_NETWORK) {
                headers.insert(
                    HeaderName::from_static("access-control-allow-private-network"),
                    HeaderValue::from_static("true"),
                );
            }
            granted
        }
    }
}

/// Adds what a page of another origin needs in order to read an answer.
pub(crate) fn apply(
    headers: &mut HeaderMap,
    faults: &Faults,
    status: StatusCode,
    request: &HeaderMap,
) {
    allow_origin(headers, faults, status, request);
    if matches!(faults.cors, Cors::None) || faults.expose.is_empty() {
        return;
    }
    let names: Vec<&str> = faults.expose.iter().map(HeaderName::as_str).collect();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, value);
    }
}

fn allow_origin(headers: &mut HeaderMap, faults: &Faults, status: StatusCode, request: &HeaderMap) {
    let Some(origin) = request.get(header::ORIGIN) else { return };
    let value = match faults.cors {
        Cors::None => return,
        Cors::BareErrors if status.is_client_error() || status.is_server_error() => return,
        Cors::Wildcard | Cors::LiteLlm => ANY,
        Cors::WrongOrigin => HeaderValue::from_static("https://other.example"),
        _ => {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
            origin.clone()
        }
    };
    if matches!(faults.cors, Cors::Duplicate) {
        headers.append(header::ACCESS_CONTROL_ALLOW_ORIGIN, value.clone());
    }
    headers.append(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
}

fn allowed_headers(cors: &Cors, request: &HeaderMap) -> Option<HeaderValue> {
    let asked = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    match cors {
        Cors::Wildcard => Some(ANY),
        Cors::LiteLlm => asked.cloned(),
        _ => {
            let missing: &[HeaderName] = if let Cors::Missing(names) = cors { names } else { &[] };
            let own =
                ALLOWED.iter().map(HeaderName::as_str).filter(|name| !contains(missing, name));
            let asked = asked.and_then(|value| value.to_str().ok()).unwrap_or_default();
            let organisation = asked
                .split(',')
                .map(str::trim)
                .filter(|name| name.starts_with(ORGANISATION_PREFIX) && !contains(missing, name));
            let names: Vec<&str> = own.chain(organisation).collect();
            HeaderValue::from_str(&names.join(", ")).ok()
        }
    }
}

fn contains(names: &[HeaderName], name: &str) -> bool {
    names.iter().any(|other| other.as_str() == name)
}
