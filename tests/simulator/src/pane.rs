//! The pane's origin: the taskpane's files under the Content Security Policy that the package promises to live with.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;
use tower_http::services::ServeDir;

use crate::organisation::{Options, Origins};
use crate::{clouds, identity};

/// What stands in for the bridge of office.js; pages load it where they are simulated.
const BRIDGE: &str = include_str!("../host/bridge.js");

/// What frames a task pane in Office on the web.
const OFFICE_ON_THE_WEB: &str = " https://*.officeapps.live.com https://*.cloud.microsoft \
    https://outlook.office.com https://outlook.office365.com https://outlook.live.com";

pub(crate) fn router(origins: &Origins, options: &Options) -> Router {
    let mut organisation = json!({
        "gatewayUrl": origins.gateway,
        "gatewayToken": options.token,
        "hostOrigin": origins.host,
        "identityUrl": origins.identity,
        "authority": format!("{}/entra/{}", origins.identity, identity::TENANT),
        "endpoints": clouds::endpoints(origins, "", "").into_iter().collect::<BTreeMap<_, _>>(),
        // Settings that each provider here lets in with, by the configuration's keys.
        "providers": clouds::providers(),
        "simulated": true,
    });
    if let (Some(members), Some(address)) = (organisation.as_object_mut(), &options.office_js) {
        members.insert("officeJs".to_owned(), json!(address));
    }
    let organisation = organisation.to_string();
    let fixed = fixed_headers(origins, options);

    let mut router = Router::new()
        .route(
            "/organisation.json",
            get(move || async move {
                ([(header::CONTENT_TYPE, "application/json")], organisation).into_response()
            }),
        )
        .route(
            "/simulated-bridge.js",
            get(|| async {
                ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], BRIDGE).into_response()
            }),
        )
        .nest_service("/pkg", ServeDir::new(&options.pkg));
    if let Some(vendor) = &options.vendor {
        router = router.nest_service("/vendor", ServeDir::new(vendor));
    }
    router.fallback_service(ServeDir::new(&options.www)).layer(middleware::from_fn(
        move |request: Request, next: Next| {
            let fixed = fixed.clone();
            async move { with_headers(next.run(request).await, fixed) }
        },
    ))
}

fn with_headers(mut response: Response, fixed: Vec<(HeaderName, HeaderValue)>) -> Response {
    response.headers_mut().extend(fixed);
    response
}

fn fixed_headers(origins: &Origins, options: &Options) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = vec![
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        // Files change while they are worked on.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    // An option that can't be a header value is refused by the browser anyway.
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(origins, options)) {
        headers.push((header::CONTENT_SECURITY_POLICY, policy));
    }
    if options.cross_origin_isolated {
        headers.extend(isolation_headers());
    }
    if options.framed_anywhere {
        // A sandboxed page is of no origin, not even of its own files'.
        headers.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")));
    }
    headers
}

/// What makes a page cross-origin isolated, and lets another isolated page frame it.
pub(crate) fn isolation_headers() -> [(HeaderName, HeaderValue); 3] {
    [
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-embedder-policy"),
            HeaderValue::from_static("require-corp"),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
    ]
}

/// Scheme, host and port of an address.
fn origin_of(address: &str) -> String {
    address.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn content_security_policy(origins: &Origins, options: &Options) -> String {
    let office_js = options.office_js.as_deref().unwrap_or_default();
    let office = if office_js.is_empty() { "" } else { OFFICE_ON_THE_WEB };
    // In a sandbox a page is not of its own origin, and WebKit takes that at its word.
    let own = if options.framed_anywhere {
        format!("'self' {}", origins.pane)
    } else {
        "'self'".to_owned()
    };
    [
        "default-src 'self'".to_owned(),
        format!("script-src {own} 'wasm-unsafe-eval' {}", origin_of(office_js))
            .trim_end()
            .to_owned(),
        "style-src 'self'".to_owned(),
        "img-src 'self' data:".to_owned(),
        // A real gateway may be typed in; plain http is for loopback only.
        format!(
            "connect-src {own} {} https: http://127.0.0.1:* http://localhost:*",
            origins.gateway
        ),
        if options.framed_anywhere {
            "frame-ancestors *".to_owned()
        } else {
            format!("frame-ancestors {} 'self'{office}", origins.host)
        },
        "base-uri 'none'".to_owned(),
        "form-action 'none'".to_owned(),
        "object-src 'none'".to_owned(),
    ]
    .join("; ")
}
