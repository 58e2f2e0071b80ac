//! The failures that a service reports in a frame.

use std::borrow::Cow;

use crate::error::Code;
use crate::json::{DEFAULT_MAX_DEPTH, Json};
use crate::stream::{Fault, utf8};

/// How much of a service's message is kept.
const MAX_MESSAGE_CHARS: usize = 2048;

/// What services' names for failures mean, without `Exception` at the end, and
/// whether the same request may succeed later: those of Bedrock's
/// `ResponseStream`, and those that every AWS service has.
const FAILURES: [(&str, Code, bool); 19] = [
    ("Throttling", Code::RateLimited, true),
    ("TooManyRequests", Code::RateLimited, true),
    ("ServiceQuotaExceeded", Code::RateLimited, false),
    ("ServiceUnavailable", Code::Overloaded, true),
    ("ModelNotReady", Code::Overloaded, true),
    ("ModelTimeout", Code::Timeout, true),
    ("RequestTimeout", Code::Timeout, true),
    ("InternalServer", Code::ServerError, true),
    ("InternalServerError", Code::ServerError, true),
    ("InternalFailure", Code::ServerError, true),
    ("ModelStreamError", Code::ServerError, true),
    ("ModelError", Code::ServerError, true),
    ("Validation", Code::RequestInvalid, false),
    ("AccessDenied", Code::PermissionDenied, false),
    ("ResourceNotFound", Code::NotFound, false),
    ("ExpiredToken", Code::CredentialInvalid, false),
    ("UnrecognizedClient", Code::CredentialInvalid, false),
    ("InvalidSignature", Code::CredentialInvalid, false),
    ("InvalidClientTokenId", Code::CredentialInvalid, false),
];

/// What a service's name for a failure means, and whether the same request may
/// succeed later. `None` for names that aren't known.
///
/// Services write them in camel or Pascal case, with and without `Exception`,
/// and after a namespace: `com.amazon.coral.service#ThrottlingException`.
pub(crate) fn code_of(name: &str) -> Option<(Code, bool)> {
    let name = name.rsplit_once('#').map_or(name, |(_, name)| name);
    let name = name.strip_suffix("Exception").unwrap_or(name);
    let known = FAILURES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    known.map(|&(_, code, retryable)| (code, retryable))
}

/// The fault for an exception frame. Its payload is
/// `{"message", "originalStatusCode"?, "originalMessage"?}`; where it is no
/// JSON, whatever is there is the message.
pub(crate) fn exception(name: &str, payload: &[u8]) -> Fault {
    let text = utf8::decode(payload, &mut 0);
    let json = Json::parse(&text, DEFAULT_MAX_DEPTH).ok();
    let member = |name| json.and_then(|json| json.get(name)).and_then(|value| value.as_str());
    let message = match json {
        Some(_) => member("message").or_else(|| member("Message")).unwrap_or_default(),
        None => Cow::Borrowed(text.trim_matches([' ', '\t', '\n', '\r'])),
    };
    // A model's own words stand beside the service's general ones.
    match member("originalMessage").filter(|original| *original != message) {
        Some(original) if message.is_empty() => reported(name, &original),
        Some(original) => reported(name, &format!("{message} ({original})")),
        None => reported(name, &message),
    }
}

/// The fault for an error frame or an exception.
pub(crate) fn reported(name: &str, message: &str) -> Fault {
    Fault::Reported {
        error_type: if name.is_empty() { "an error" } else { name }.to_owned(),
        message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
        request_id: None,
    }
}
