//! Error bodies as gateways and providers really write them.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

/// Whose error bodies the gateway writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BodyStyle {
    #[default]
    Anthropic,
    OpenAi,
    LiteLlm,
    Portkey,
    /// Anthropic's error as a JSON string inside a message.
    Nested,
    Html,
    Text,
    Empty,
    /// FastAPI's `detail`, with a JSON string inside.
    Detail,
    Bedrock,
    Vertex,
    VertexArray,
    Foundry,
    /// A careless gateway: the message quotes the token that it received.
    Echo,
}

impl BodyStyle {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "anthropic" => Self::Anthropic,
            "openai" => Self::OpenAi,
            "litellm" => Self::LiteLlm,
            "portkey" => Self::Portkey,
            "nested" => Self::Nested,
            "html" => Self::Html,
            "text" => Self::Text,
            "empty" => Self::Empty,
            "detail" => Self::Detail,
            "bedrock" => Self::Bedrock,
            "vertex" => Self::Vertex,
            "vertex-array" => Self::VertexArray,
            "foundry" => Self::Foundry,
            "echo" => Self::Echo,
            _ => return None,
        })
    }
}

/// What went wrong, before it is written in somebody's style.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// Anthropic's word for it.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// The cloud's word for it, where its status has several.
    pub(crate) exception: Option<&'static str>,
    /// Whether the cloud itself refuses, and not the model behind it.
    pub(crate) in_front: bool,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let (kind, message) = (kind_of(status), message.into());
        Self { status, kind, message, exception: None, in_front: false }
    }

    /// An error of whoever stands in front of the model.
    pub(crate) fn front(status: StatusCode, message: impl Into<String>) -> Self {
        Self { in_front: true, ..Self::new(status, message) }
    }

    /// The same with the cloud's own word for it.
    pub(crate) fn exception(
        status: StatusCode,
        exception: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { exception: Some(exception), ..Self::front(status, message) }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The error that a status stands for, when nothing else is known.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self::new(status, message_of(status))
    }

    /// The same of whoever stands in front of the model.
    pub(crate) fn of_front(status: StatusCode) -> Self {
        Self::front(status, message_of(status))
    }

    /// The exception's name as Bedrock has it (API reference, `InvokeModel`, "Errors").
    pub(crate) fn exception_name(&self) -> &'static str {
        self.exception.unwrap_or(match self.status.as_u16() {
            403 => "AccessDeniedException",
            404 => "ResourceNotFoundException",
            408 => "ModelTimeoutException",
            424 => "ModelErrorException",
            429 => "ThrottlingException",
            503 => "ServiceUnavailableException",
            400..=499 => "ValidationException",
            _ => "InternalServerException",
        })
    }
}

/// Anthropic's error object, for bodies and for error events.
pub(crate) fn anthropic(kind: &str, message: &str, request_id: &str) -> Value {
    json!({
        "type": "error",
        "error": { "type": kind, "message": message },
        "request_id": request_id,
    })
}

/// The message that goes with an error type inside a stream.
pub(crate) fn message_of_kind(kind: &str) -> &'static str {
    match kind {
        "overloaded_error" => "Overloaded",
        "rate_limit_error" => {
            "This request would exceed your organization's rate limit of 400,000 output tokens per minute."
        }
        "authentication_error" => "invalid x-api-key",
        "permission_error" => {
            "Your API key does not have permission to use the specified resource."
        }
        "invalid_request_error" => "prompt is too long: 215043 tokens > 200000 maximum",
        "not_found_error" => "model not found",
        "timeout_error" => "The request took too long to process.",
        _ => "Internal server error",
    }
}

/// Content type and bytes of an error answer.
pub(crate) fn body(
    style: BodyStyle,
    error: &ApiError,
    request_id: &str,
    received_token: Option<&str>,
) -> (Option<&'static str>, Bytes) {
    let ApiError { status, kind, message, .. } = error;
    let code = status.as_u16();
    let own = anthropic(kind, message, request_id);
    let value = match style {
        BodyStyle::Anthropic => own,
        BodyStyle::OpenAi => json!({
            "error": { "message": message, "type": openai_kind(code), "param": null, "code": openai_code(code) },
        }),
        BodyStyle::LiteLlm => litellm(error, &own, received_token),
        BodyStyle::Portkey if code == 401 => {
            json!({ "status": "failure", "message": "Invalid API Key. Error Code: 03" })
        }
        BodyStyle::Portkey => json!({
            "error": { "message": format!("anthropic error: {message}"), "type": kind, "param": null, "code": null },
            "provider": "anthropic",
        }),
        BodyStyle::Nested => json!({ "error": { "message": own.to_string(), "code": code } }),
        BodyStyle::Detail if code == 404 => json!({ "detail": "Not Found" }),
        BodyStyle::Detail => json!({
            "detail": { "error": json!({ "message": message }).to_string() },
        }),
        BodyStyle::Bedrock if error.exception.is_some() => json!({ "message": message }),
        BodyStyle::Bedrock => json!({ "message": bedrock_message(code, message) }),
        BodyStyle::Vertex => vertex(code, message),
        BodyStyle::VertexArray => Value::Array(vec![vertex(code, message)]),
        BodyStyle::Foundry if code == 401 && error.exception.is_none() => json!({
            "error": {
                "code": "401",
                "message": "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
            },
        }),
        BodyStyle::Foundry => {
            let code = error.exception.map_or_else(|| code.to_string(), str::to_owned);
            json!({ "error": { "code": code, "message": message } })
        }
        BodyStyle::Echo => anthropic(
            kind,
            &format!("{message} (received credential: {})", received_token.unwrap_or("none")),
            request_id,
        ),
        BodyStyle::Html => return (Some("text/html"), Bytes::from(html_page(*status))),
        BodyStyle::Text => {
            return (Some("text/plain; charset=utf-8"), Bytes::from(reason(*status).to_owned()));
        }
        BodyStyle::Empty => return (None, Bytes::new()),
    };
    (Some("application/json"), Bytes::from(value.to_string()))
}

/// LiteLLM: its own words for its own refusals, the upstream's quoted inside for the rest.
fn litellm(error: &ApiError, own: &Value, received_token: Option<&str>) -> Value {
    let code = error.status.as_u16();
    let (message, kind) = match code {
        401 => {
            let tail = received_token.and_then(|token| {
                token.char_indices().rev().nth(3).and_then(|(at, _)| token.get(at..))
            });
            (
                format!(
                    "Authentication Error, Invalid proxy server token passed. Received API Key = sk-...{}, Key Hash (Token) =simulated. Unable to find token in cache or `LiteLLM_VerificationTokenTable`",
                    tail.unwrap_or("None")
                ),
                "token_not_found_in_db",
            )
        }
        400 if error.message.starts_with("model:") => (
            format!(
                "/v1/messages: Invalid model name passed in model={}. Call `/v1/models` to view available models for your key.",
                error.message.trim_start_matches("model:").trim()
            ),
            "invalid_request_error",
        ),
        _ => (
            format!(
                "litellm.{}: AnthropicException - {own}. Received Model Group=claude",
                litellm_class(code)
            ),
            "None",
        ),
    };
    json!({ "error": { "message": message, "type": kind, "param": "None", "code": code.to_string() } })
}

const fn litellm_class(code: u16) -> &'static str {
    match code {
        400 => "BadRequestError",
        403 => "PermissionDeniedError",
        404 => "NotFoundError",
        408 | 504 => "Timeout",
        429 => "RateLimitError",
        503 => "ServiceUnavailableError",
        _ => "InternalServerError",
    }
}

fn vertex(code: u16, message: &str) -> Value {
    let status = match code {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };
    json!({ "error": { "code": code, "message": message, "status": status, "details": [] } })
}

fn bedrock_message(code: u16, message: &str) -> String {
    match code {
        403 => "The security token included in the request is invalid.".to_owned(),
        429 => "Too many requests, please wait before trying again.".to_owned(),
        _ => message.to_owned(),
    }
}

const fn kind_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 | 504 => "timeout_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

const fn openai_kind(code: u16) -> &'static str {
    match code {
        401 | 403 => "invalid_request_error",
        429 => "requests",
        400..=499 => "invalid_request_error",
        _ => "server_error",
    }
}

const fn openai_code(code: u16) -> Option<&'static str> {
    match code {
        401 => Some("invalid_api_key"),
        404 => Some("model_not_found"),
        429 => Some("rate_limit_exceeded"),
        _ => None,
    }
}

fn message_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "messages: Input should be a valid list",
        401 => "invalid x-api-key",
        402 => "Your credit balance is too low to access the API.",
        403 => "Your API key does not have permission to use the specified resource.",
        404 => "Not found",
        405 => "Method Not Allowed",
        408 | 504 => "The request took too long to process.",
        413 => "Request exceeds the maximum size",
        422 => "tools.0.type: Input should be 'custom'",
        429 => {
            "This request would exceed your organization's rate limit of 400,000 input tokens per minute."
        }
        503 => "Service temporarily unavailable",
        529 => "Overloaded",
        code if code < 500 => "The request can't be processed",
        _ => "Internal server error",
    }
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Overloaded")
}

/// The page of the proxy in front, not of the gateway.
fn html_page(status: StatusCode) -> String {
    let title = format!("{} {}", status.as_u16(), reason(status));
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}
