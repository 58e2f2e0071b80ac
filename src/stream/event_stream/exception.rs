//! The names that AWS services give to failures.

use crate::error::Code;

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
