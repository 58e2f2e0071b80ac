//! Requests on their way out and answers on their way in.

use crate::http::Request;
use crate::http::answer::{Answer, Head, TransportError, Wait};
use crate::json::write;

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

/// The head of an answer from its status and its names and values in turn.
#[must_use]
pub fn head(status: u16, headers: Vec<String>) -> Head {
    let mut pairs = Vec::with_capacity(headers.len() / 2);
    let mut headers = headers.into_iter();
    while let (Some(name), Some(value)) = (headers.next(), headers.next()) {
        pairs.push((name.to_ascii_lowercase(), value));
    }
    Head { status, headers: pairs }
}

/// An answer that was read whole.
#[must_use]
pub fn answer(status: u16, headers: Vec<String>, body: String) -> Answer {
    Answer { head: head(status, headers), body }
}

/// Why there is no answer, by the words of `js/exchange.js`.
#[must_use]
pub fn transport_error(word: &str, limit: u32) -> TransportError {
    match word {
        "offline" => TransportError::Network { offline: true },
        "first-byte" => TransportError::TimedOut { wait: Wait::FirstByte, limit_ms: limit },
        "idle" => TransportError::TimedOut { wait: Wait::Idle, limit_ms: limit },
        "redirected" => TransportError::Redirected,
        "too-large" => TransportError::TooLarge { limit },
        "interrupted" => TransportError::Interrupted,
        _ => TransportError::Network { offline: false },
    }
}
