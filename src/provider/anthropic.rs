//! Anthropic's Messages API, which most gateways and Azure AI Foundry speak.

use super::format::Draft;
use super::messages::MessageParams;

/// The version of the API that requests and answers are in, in the header
/// `anthropic-version`. Gateways that are deployed know this one.
pub const VERSION: &str = "2023-06-01";

/// `POST /v1/messages`: the caller's JSON as it is, but for `stream`.
pub(super) fn message(params: &MessageParams<'_>, stream: bool) -> Draft {
    Draft { route: "/v1/messages".to_owned(), body: params.body(stream) }
}

/// `POST /v1/messages/count_tokens`: the caller's JSON as it is.
pub(super) fn count_tokens(params: &MessageParams<'_>) -> Draft {
    Draft { route: "/v1/messages/count_tokens".to_owned(), body: params.raw().to_owned() }
}
