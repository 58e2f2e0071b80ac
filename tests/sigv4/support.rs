//! What the tests of the signer share.

use std::path::PathBuf;

use taskpane_connector::http::{HeaderName, HeaderValue};

pub(crate) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sigv4")
}

/// Names and values, borrowed.
pub(crate) fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The value of a header that signing added.
pub(crate) fn added<'a>(headers: &'a [(HeaderName, HeaderValue)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(added, _)| added.as_str() == name).map(|(_, value)| value.expose())
}
