//! Vertex AI's rawPredict and streamRawPredict: the model stands in the path,
//! the version in the body, and betas in a header.

use super::format::{Format, Streaming};

/// The version of the API that requests and answers are in.
pub const VERSION: &str = "vertex-2023-10-16";

pub(super) const FORMAT: Format = Format {
    version: VERSION,
    version_in_body: true,
    betas_in_body: false,
    messages: "/publishers/anthropic/models/",
    methods: Some([":rawPredict", ":streamRawPredict"]),
    // A server that cuts parameters off the segment would lose the method.
    encodes_semicolon: true,
    // Google looks at the method; gateways in front of it look at the member.
    streaming: Streaming::Both,
    count_tokens: Some("/publishers/anthropic/models/count-tokens:rawPredict"),
};
