//! The host page: looks like an Office application and frames the pane as a manifest would.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;

use crate::breakages::BREAKAGES;
use crate::clouds::registrations;
use crate::identity;
use crate::organisation::{Options, Origins};
use crate::pane::isolation_headers;

const PAGE: &str = include_str!("../host/index.html");
const STYLE: &str = include_str!("../host/host.css");
const SCRIPT: &str = include_str!("../host/host.js");
const BROKER: &str = include_str!("../host/broker.js");
const ICON: &str = include_str!("../host/icon.svg");
const SIGN_IN: &str = include_str!("../host/sign-in.html");

/// Stands in for the entitlement blob that Office puts into the address: opaque, long, and not for reports.
const ENTITLEMENT: &str = "PHI-c2ltdWxhdGVkIE9mZmljZSBlbnRpdGxlbWVudCwgbm90IGEgcmVhbCBvbmU-PC9yPg";

pub(crate) fn router(origins: &Origins, options: &Options) -> Router {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' {}; frame-src {}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        origins.identity, origins.pane
    );
    let breakages: Vec<_> = BREAKAGES
        .iter()
        .map(|breakage| json!({ "name": breakage.name, "faults": breakage.faults }))
        .collect();
    let host = json!({
        "breakages": breakages,
        "paneOrigin": origins.pane,
        "gatewayUrl": origins.gateway,
        "gatewayToken": options.token,
        "entitlement": ENTITLEMENT,
        "identityUrl": origins.identity,
        "accounts": identity::accounts(),
        "clientId": identity::applications::PANE,
        "gatewayScope": registrations::GATEWAY_SCOPE,
    })
    .to_string();
    let isolated = options.cross_origin_isolated;

    let file = move |content_type: &'static str, body: String| {
        let policy = policy.clone();
        get(move || async move { answer(content_type, body, &policy, isolated) })
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", PAGE.to_owned()))
        .route("/host.css", file("text/css; charset=utf-8", STYLE.to_owned()))
        .route("/host.js", file("text/javascript; charset=utf-8", SCRIPT.to_owned()))
        .route("/broker.js", file("text/javascript; charset=utf-8", BROKER.to_owned()))
        .route("/icon.svg", file("image/svg+xml", ICON.to_owned()))
        .route("/host.json", file("application/json", host))
        // Where the gateway's fault `redirect=other` leads: a page, on another origin, without CORS.
        .route("/sign-in", file("text/html; charset=utf-8", SIGN_IN.to_owned()))
        .fallback(|| async { StatusCode::NOT_FOUND })
}

fn answer(content_type: &'static str, body: String, policy: &str, isolated: bool) -> Response {
    let fixed: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    let mut response = body.into_response();
    for (name, value) in fixed {
        // The body has brought a content type of its own.
        response.headers_mut().insert(name, value);
    }
    if let Ok(policy) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if isolated {
        response.headers_mut().extend(isolation_headers());
    }
    response
}
