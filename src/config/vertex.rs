//! Where Google Vertex AI is, and where in it.

use crate::http::BaseUrl;
use crate::text;

/// The address of a region's models, as the official SDKs have it; of the
/// regions that span several they know `us` and `eu`.
pub(super) fn base(region: &str) -> BaseUrl {
    let host = if region == "global" {
        "aiplatform.googleapis.com".to_owned()
    } else if region.bytes().any(|b| b == b'-') {
        text::join(&[region, "-aiplatform.googleapis.com"], "")
    } else {
        text::join(&["aiplatform.", region, ".rep.googleapis.com"], "")
    };
    BaseUrl::https(host, "/v1")
}

/// What the routes of a project in a region begin with.
pub(super) fn place(project: &str, region: &str) -> String {
    text::join(&["/projects/", project, "/locations/", region], "")
}

/// Whether a text can be a project's id or number; the ids of old begin with a
/// domain (`example.com:project`).
pub(super) fn is_project(text: &str) -> bool {
    text.len() <= 100 && is_name(text, b"-.:")
}

/// Whether a text can be a region's name. Followed by `-aiplatform` it must fit
/// into a label of 63 characters.
pub(super) fn is_region(text: &str) -> bool {
    text.len() <= 50 && is_name(text, b"-")
}

/// Lower-case letters and digits at both ends, `inner` as well between them.
pub(super) fn is_name(text: &str, inner: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.iter().all(|b| plain(b) || inner.contains(b))
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
}
