//! The one mapping of failures to JavaScript: JSON, of which `js/error.js`
//! makes a `ConnectorError`.

use crate::error::Failure;
use crate::json::write;

/// `{code,message,retryable,status?,retryAfterMs?,requestId?,hint?,bridge?}`
#[must_use]
pub fn describe(failure: &Failure) -> String {
    let mut out = String::new();
    {
        let mut description = write::Object::new(&mut out);
        description.string("code", failure.code.as_str());
        description.string("message", &failure.message);
        description.bool("retryable", failure.retryable);
        if let Some(status) = failure.status {
            description.number("status", status.into());
        }
        if let Some(wait) = failure.retry_after_ms {
            description.number("retryAfterMs", wait);
        }
        if let Some(id) = &failure.request_id {
            description.string("requestId", id);
        }
        if let Some(hint) = &failure.hint {
            let mut told = description.object("hint");
            told.string("id", hint.id);
            {
                let mut params = told.object("params");
                for (name, value) in &hint.params {
                    params.string(name, value);
                }
            }
            told.string("text", &hint.text);
            told.string("audience", hint.audience.as_str());
        }
        if let Some(report) = &failure.bridge {
            description.name("bridge").push_str(report);
        }
    }
    out
}
