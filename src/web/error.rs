//! The one mapping of failures to JavaScript.

use js_sys::{Error, JSON, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::{Code, Failure, Hint};
use crate::json::write;

/// A `ConnectorError`: a real `Error` with `name`, `code` and the rest.
#[must_use]
pub fn to_js(failure: &Failure) -> JsValue {
    let error = Error::new(&failure.message);
    error.set_name("ConnectorError");
    let set = |name: &str, value: JsValue| {
        // A plain Error takes every property.
        let _ = Reflect::set(&error, &name.into(), &value);
    };
    set("code", failure.code.as_str().into());
    set("retryable", failure.retryable.into());
    if let Some(status) = failure.status {
        set("status", status.into());
    }
    if let Some(wait) = failure.retry_after_ms {
        set("retryAfterMs", (wait as f64).into());
    }
    if let Some(id) = &failure.request_id {
        set("requestId", id.into());
    }
    if let Some(hint) = &failure.hint {
        set("hint", JSON::parse(&describe(hint)).unwrap_or(JsValue::UNDEFINED));
    }
    error.into()
}

fn describe(hint: &Hint) -> String {
    let mut out = String::new();
    {
        let mut description = write::Object::new(&mut out);
        description.string("id", hint.id);
        {
            let mut params = description.object("params");
            for (name, value) in &hint.params {
                params.string(name, value);
            }
        }
        description.string("text", &hint.text);
        description.string("audience", hint.audience.as_str());
    }
    out
}

/// What the retry policy needs to know of an error that JavaScript raised
/// while it read a stream.
#[must_use]
pub fn from_js(error: &JsValue) -> Failure {
    let get = |name: &str| Reflect::get(error, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let mut failure =
        Failure::new(Code::StreamError, get("message").as_string().unwrap_or_default());
    failure.retryable = get("retryable").is_truthy();
    failure.retry_after_ms =
        get("retryAfterMs").as_f64().filter(|wait| *wait > 0.0).map(|wait| wait as u64);
    failure
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        to_js(&failure)
    }
}
