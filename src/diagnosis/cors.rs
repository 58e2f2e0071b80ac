//! The lines of an answer that let a page of another origin read it.

/// `Access-Control-Allow-Origin`, and that the answer depends on who asks.
#[must_use]
pub fn allow_origin(page_origin: &str) -> Vec<String> {
    vec![["Access-Control-Allow-Origin: ", page_origin].concat(), "Vary: Origin".to_owned()]
}

/// `Access-Control-Allow-Headers` with each name: `*` doesn't stand for
/// `Authorization` (Fetch, "CORS non-wildcard request-header name").
#[must_use]
pub fn allow_headers(names: &[String]) -> String {
    let mut line = "Access-Control-Allow-Headers: ".to_owned();
    push_list(&mut line, names);
    line
}

/// All that the answer to a preflight needs.
#[must_use]
pub fn preflight(page_origin: &str, names: &[String]) -> Vec<String> {
    let mut lines = allow_origin(page_origin);
    lines.push("Access-Control-Allow-Methods: GET, POST".to_owned());
    lines.push(allow_headers(names));
    lines.push("Access-Control-Max-Age: 600".to_owned());
    lines
}

/// Appends names with commas between them.
pub(super) fn push_list(out: &mut String, names: &[String]) {
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(name);
    }
}

/// Headers of an answer that are read where the server shows them: an error is
/// told with its identifier, and a wait that the server asks for is kept.
pub const EXPOSED: &str =
    "Access-Control-Expose-Headers: request-id, retry-after, retry-after-ms, x-should-retry";
