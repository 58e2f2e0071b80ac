//! Where Amazon Bedrock is.

use crate::http::BaseUrl;
use crate::sigv4::Region;
use crate::text;

/// The address of a region's models.
pub(super) fn base(region: &str) -> Option<BaseUrl> {
    let region = Region::parse(region).ok()?;
    let suffix = region.partition().dns_suffix();
    Some(BaseUrl::https(text::join(&["bedrock-runtime.", region.as_str(), ".", suffix], ""), ""))
}
