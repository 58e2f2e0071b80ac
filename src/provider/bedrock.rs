//! Amazon Bedrock's InvokeModel and InvokeModelWithResponseStream: model and
//! method stand in the path, version and betas in the body.

use super::format::{Format, Streaming};

/// The version of the API that requests and answers are in.
pub const VERSION: &str = "bedrock-2023-05-31";

pub(super) const FORMAT: Format = Format {
    version: VERSION,
    version_in_body: true,
    betas_in_body: true,
    messages: "/model/",
    methods: Some(["/invoke", "/invoke-with-response-stream"]),
    encodes_semicolon: false,
    streaming: Streaming::Method,
    // CountTokens is an operation of its own, with the request inside another
    // body. The official SDKs have no such call, and the role that the product
    // sets up may not make it.
    count_tokens: None,
};
