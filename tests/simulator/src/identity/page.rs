//! The pages that a user sees: plain links, each with the choice in its address.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::{Fields, percent_encode};

const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// A page with a link for each choice; `choose` is added to the request.
pub(super) fn choices(title: &str, request: &Fields, choices: &[(&str, String)]) -> Response {
    let query: Vec<String> = request
        .0
        .iter()
        .filter(|(name, _)| name != "choose")
        .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)))
        .collect();
    let query = query.join("&amp;");
    let links: String = choices
        .iter()
        .map(|(choice, text)| {
            format!(
                "<p><a id=\"{choice}\" href=\"?{query}&amp;choose={choice}\">{}</a></p>",
                escaped(text)
            )
        })
        .collect();
    html(StatusCode::OK, title, &links)
}

/// A page that says that all is done.
pub(super) fn done(title: &str, text: &str) -> Response {
    html(StatusCode::OK, title, &format!("<p id=\"done\">{}</p>", escaped(text)))
}

/// A page that ends the sign-in without telling the application.
pub(super) fn dead_end(title: &str, text: &str) -> Response {
    html(StatusCode::BAD_REQUEST, title, &format!("<p id=\"error\">{}</p>", escaped(text)))
}

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}"
    );
    let fixed = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, fixed, page).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
