//! The failures that a service reports in a frame.

use std::borrow::Cow;

use crate::error::Code;
use crate::json::{DEFAULT_MAX_DEPTH, Json};
use crate::stream::Fault;

/// How much of a service's message is kept.
const MAX_MESSAGE_CHARS: usize = 2048;

/// What a service's name for a failure means, and whether the same request may
/// succeed later. The names are those of Bedrock's `ResponseStream`, and of the
/// failures that every AWS service has; `None` for all others.
///
/// Services write them in camel or Pascal case, with and without `Exception`,
/// and after a namespace: `com.amazon.coral.service#ThrottlingException`.
pub(crate) fn code_of(name: &str) -> Option<(Code, bool)> {
    let name = name.rsplit('#').next().unwrap_or_default().to_ascii_lowercase();
    Some(match name.strip_suffix("exception").unwrap_or(&name) {
        "throttling" | "throttled" | "toomanyrequests" => (Code::RateLimited, true),
        "servicequotaexceeded" => (Code::RateLimited, false),
        "serviceunavailable" | "modelnotready" => (Code::Overloaded, true),
        "modeltimeout" | "requesttimeout" => (Code::Timeout, true),
        "internalserver"
        | "internalservererror"
        | "internalfailure"
        | "modelstreamerror"
        | "modelerror" => (Code::ServerError, true),
        "validation" | "validationerror" => (Code::RequestInvalid, false),
        "accessdenied" => (Code::PermissionDenied, false),
        "resourcenotfound" => (Code::NotFound, false),
        "expiredtoken" | "unrecognizedclient" | "invalidsignature" | "invalidclienttokenid" => {
            (Code::CredentialInvalid, false)
        }
        _ => return None,
    })
}

/// The fault for an exception frame. Its payload is
/// `{"message", "originalStatusCode"?, "originalMessage"?}`; where it is no
/// JSON, whatever is there is the message.
pub(crate) fn exception(name: &str, payload: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(payload);
    let json = Json::parse(&text, DEFAULT_MAX_DEPTH).ok();
    let member = |name| json.and_then(|json| json.get(name)).and_then(|value| value.as_str());
    let message = match json {
        Some(_) => member("message").or_else(|| member("Message")).unwrap_or_default(),
        None => Cow::Borrowed(text.trim()),
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
