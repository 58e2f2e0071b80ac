//! Requests on their way out and answers on their way in.

use crate::diagnosis::Refusal;
use crate::http::Request;
use crate::http::answer::{Head, TransportError, Wait};
use crate::json::write;
use crate::secret::Secret;

use super::operation::{Arguments, Reply};

/// `{method,url,headers,body?}` as it is to be sent, secrets and all. Only
/// `js/exchange.js` reads it.
#[must_use]
pub fn expose(request: &Request) -> String {
    let mut out = String::new();
    {
        let mut exposed = write::Object::new(&mut out);
        exposed.string("method", request.method().as_str());
        exposed.string("url", request.url().as_str());
        {
            let mut headers = exposed.object("headers");
            for (name, value) in request.headers() {
                headers.string(name.as_str(), value.expose());
            }
        }
        if let Some(body) = request.body() {
            exposed.string("body", body);
        }
    }
    out
}

/// How a user signs in, with what Google's client calls its secret. Only
/// `js/token_source.js` reads it.
#[must_use]
pub fn sign_in(settings: &Secret) -> Reply {
    Reply::Json(settings.expose().to_owned())
}

/// The head of an answer from its status and its headers, names and values in turn.
#[must_use]
pub fn head(arguments: &mut Arguments<'_>) -> Head {
    let status = u16::try_from(arguments.small_number()).unwrap_or(u16::MAX);
    let texts = arguments.texts();
    let pairs = pairs(&texts).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Head { status, headers: pairs.collect() }
}

/// Names and values out of a list where they stand in turn.
pub fn pairs(texts: &[String]) -> impl Iterator<Item = (&str, &str)> {
    texts.as_chunks().0.iter().map(|[name, value]| (name.as_str(), value.as_str()))
}

/// Why there is no answer: a word of `js/exchange.js`, and the limit that was passed.
#[must_use]
pub fn transport_error(arguments: &mut Arguments<'_>) -> TransportError {
    let word = arguments.text();
    let limit = arguments.small_number();
    match word.as_str() {
        "offline" => TransportError::Network { offline: true },
        "first-byte" => TransportError::TimedOut { wait: Wait::FirstByte, limit_ms: limit },
        "idle" => TransportError::TimedOut { wait: Wait::Idle, limit_ms: limit },
        "whole" => TransportError::TimedOut { wait: Wait::Whole, limit_ms: limit },
        "redirected" => TransportError::Redirected,
        "too-large" => TransportError::TooLarge { limit },
        "interrupted" => TransportError::Interrupted,
        _ => TransportError::Network { offline: false },
    }
}

/// A failure as the scripts tell it: `[code, message, status, requestId, hint]`;
/// nothing where there was none.
#[must_use]
pub fn refusal(arguments: &mut Arguments<'_>) -> Option<Refusal> {
    let mut fields = Arguments::of(arguments.json());
    let code = fields.optional_text()?;
    Some(Refusal {
        code,
        message: fields.text(),
        status: fields.small_number(),
        request_id: fields.text(),
        hint: fields.text(),
    })
}
