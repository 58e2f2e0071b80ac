//! What the formats share: a request before anybody's headers are in it.

use crate::json::write;

/// Where a request goes, from the base address on, and what it says.
pub(super) struct Draft {
    /// Starts with `/`, percent-encoded.
    pub(super) route: String,
    /// JSON.
    pub(super) body: String,
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    write::push_string(&mut out, text);
    out
}

/// Names as a JSON array.
pub(super) fn betas_as_json(betas: &[String]) -> String {
    let mut out = String::new();
    let mut list = write::Array::new(&mut out);
    for beta in betas {
        list.string(beta);
    }
    drop(list);
    out
}
