//! Cross-origin answers, from correct to every way that gateways get them wrong.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::faults::{Cors, Faults};
use super::path::{Route, Target};
use crate::clouds::Service;

/// What each cloud's pages need. Whether the real ones allow more is unknown, so these allow no more.
fn allowed_by(service: &Service) -> &'static [&'static str] {
    match service {
        Service::Gateway => {
            &["authorization", "x-api-key", "content-type", "anthropic-version", "anthropic-beta"]
        }
        Service::Aws { .. } => {
            &["authorization", "content-type", "x-amz-date", "x-amz-security-token"]
        }
        Service::Vertex { .. } => &["authorization", "content-type", "anthropic-beta"],
        Service::Foundry => {
            &["authorization", "x-api-key", "content-type", "anthropic-version", "anthropic-beta"]
        }
        Service::Nobody => &[],
    }
}

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
pub(crate) fn preflight(faults: &Faults, target: &Target, request: &HeaderMap) -> Preflight {
    if target.route == Route::Credentials {
        // The service is asked without one, and knows no other way.
        let headers = HeaderMap::new();
        return Preflight { status: StatusCode::FORBIDDEN, headers, body: "" };
    }
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
            if let Some(allowed) = allowed_headers(cors, &target.service, request) {
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

fn allowed_headers(cors: &Cors, service: &Service, request: &HeaderMap) -> Option<HeaderValue> {
    let asked = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    match cors {
        Cors::Wildcard => Some(ANY),
        Cors::LiteLlm => asked.cloned(),
        _ => {
            let missing: &[HeaderName] = if let Cors::Missing(names) = cors { names } else { &[] };
            let own = allowed_by(service).iter().copied().filter(|name| !contains(missing, name));
            let asked = asked.and_then(|value| value.to_str().ok()).unwrap_or_default();
            let organisation =
                asked.split(',').map(str::trim).filter(|_| *service == Service::Gateway).filter(
                    |name| name.starts_with(ORGANISATION_PREFIX) && !contains(missing, name),
                );
            let names: Vec<&str> = own.chain(organisation).collect();
            HeaderValue::from_str(&names.join(", ")).ok()
        }
    }
}

fn contains(names: &[HeaderName], name: &str) -> bool {
    names.iter().any(|other| other.as_str() == name)
}
