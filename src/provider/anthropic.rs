//! Anthropic's Messages API, which most gateways and Azure AI Foundry speak.
//! Model and `stream` are members of the body; version and betas are headers.

use super::format::{Format, Streaming};

/// The version of the API that requests and answers are in. Gateways that are
/// deployed know this one.
pub const VERSION: &str = "2023-06-01";

pub(super) const FORMAT: Format = Format {
    version: VERSION,
    version_in_body: false,
    betas_in_body: false,
    messages: "/v1/messages",
    methods: None,
    encodes_semicolon: false,
    streaming: Streaming::Member,
    count_tokens: Some("/v1/messages/count_tokens"),
};
