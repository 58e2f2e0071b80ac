//! What an answer that isn't success comes down to: one of our codes.

use crate::error::Code;
use crate::http::answer::Head;
use crate::provider::error_body::ErrorBody;
use crate::text;

/// Gateways put the provider's errors under statuses of their own, so the
/// error's type, where there is one, says more than the status.
pub(super) fn of(head: &Head, body: &ErrorBody) -> Code {
    let names = [body.kind.as_deref(), body.code.as_deref(), head.header("x-amzn-errortype")];
    for name in names.into_iter().flatten() {
        if let Some(code) = of_name(name) {
            return code;
        }
    }
    let message = body.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let says = |words| text::contains(&message, words);
    if matches!(head.status, 400 | 403 | 404) {
        for (words, code) in SENTENCES {
            // What may not be used is another matter than what isn't there.
            if says(words) && (head.status != 403 || code != Code::ModelNotAvailable) {
                return code;
            }
        }
    }
    match head.status {
        401 => Code::CredentialInvalid,
        402 | 403 => Code::PermissionDenied,
        // `/v1/models` in a message is a route that isn't there.
        404 if !body.html && (says("model ") || says("model:")) => Code::ModelNotAvailable,
        404 | 405 | 501 => Code::NotFound,
        408 | 504 => Code::Timeout,
        413 => Code::LimitExceeded,
        424 => Code::ServerError,
        429 => Code::RateLimited,
        529 => Code::Overloaded,
        409 | 500.. => Code::ServerError,
        400..=499 => Code::RequestInvalid,
        _ => Code::ResponseInvalid,
    }
}

/// What a type, a code or an exception comes down to, where it is one of [`KINDS`].
fn of_name(name: &str) -> Option<Code> {
    let name = name.to_ascii_lowercase();
    // `com.amazon.coral.service#ThrottlingException:http://…`
    let kind = text::split_once(&name, "#").map_or(&*name, |(_, kind)| kind);
    let kind = text::split_once(kind, ":").map_or(kind, |(kind, _)| kind);
    let kind = kind.strip_suffix("exception").unwrap_or(kind);
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, code)| *code)
}

/// What types, codes and exceptions of all providers come down to; in lower
/// case, without AWS's `Exception`.
const KINDS: [(&str, Code); 27] = [
    ("overloaded_error", Code::Overloaded),
    ("modelnotready", Code::Overloaded),
    ("rate_limit_error", Code::RateLimited),
    ("resource_exhausted", Code::RateLimited),
    ("throttling", Code::RateLimited),
    ("servicequotaexceeded", Code::RateLimited),
    ("authentication_error", Code::CredentialInvalid),
    ("auth_error", Code::CredentialInvalid),
    ("no_db_connection", Code::CredentialInvalid),
    ("unauthenticated", Code::CredentialInvalid),
    ("expiredtoken", Code::CredentialInvalid),
    ("unrecognizedclient", Code::CredentialInvalid),
    ("invalidsignature", Code::CredentialInvalid),
    ("permission_error", Code::PermissionDenied),
    ("permission_denied", Code::PermissionDenied),
    ("accessdenied", Code::PermissionDenied),
    // Foundry, under 401: a role is missing, and the token is as it should be.
    ("permissiondenied", Code::PermissionDenied),
    // LiteLLM's, under 400 and 401.
    ("key_model_access_denied", Code::PermissionDenied),
    ("team_model_access_denied", Code::PermissionDenied),
    ("user_model_access_denied", Code::PermissionDenied),
    ("project_model_access_denied", Code::PermissionDenied),
    ("budget_exceeded", Code::PermissionDenied),
    ("expired_key", Code::CredentialInvalid),
    ("model_not_found", Code::ModelNotAvailable),
    ("timeout_error", Code::Timeout),
    ("modeltimeout", Code::Timeout),
    ("deploymentnotfound", Code::ModelNotAvailable),
];

/// What only the message tells, since browsers don't show the header that
/// names the exception; in lower case.
const SENTENCES: [(&str, Code); 22] = [
    ("security token included in the request is", Code::CredentialInvalid),
    ("signature expired", Code::CredentialInvalid),
    ("signature not yet current", Code::CredentialInvalid),
    ("request signature we calculated", Code::CredentialInvalid),
    ("invalid model", Code::ModelNotAvailable),
    ("model not found", Code::ModelNotAvailable),
    ("unknown model", Code::ModelNotAvailable),
    ("no healthy deployments", Code::ModelNotAvailable),
    ("model identifier is invalid", Code::ModelNotAvailable),
    // Without its apostrophe, which comes in two forms.
    ("on-demand throughput", Code::ModelNotAvailable),
    ("publisher model", Code::ModelNotAvailable),
    ("unavailable model", Code::ModelNotAvailable),
    ("no endpoints found", Code::ModelNotAvailable),
    ("prompt is too long", Code::LimitExceeded),
    ("input is too long", Code::LimitExceeded),
    ("exceed context limit", Code::LimitExceeded),
    ("credit balance is too low", Code::PermissionDenied),
    ("operation not allowed", Code::PermissionDenied),
    ("invalid access token", Code::CredentialInvalid),
    ("invalid api key", Code::CredentialInvalid),
    ("authentication failed", Code::CredentialInvalid),
    ("token has expired", Code::CredentialInvalid),
];
