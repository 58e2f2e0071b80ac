//! Requests on their way out and answers on their way in.

use crate::http::Request;
use crate::http::answer::{Answer, Head, TransportError, Wait};
use crate::json::{self, Json, write};

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

/// The head of an answer from its status and a JSON array of names and values in turn.
#[must_use]
pub fn head(status: u16, headers: &str) -> Head {
    let mut pairs = Vec::new();
    let mut headers = strings(headers).into_iter();
    while let (Some(name), Some(value)) = (headers.next(), headers.next()) {
        pairs.push((name.to_ascii_lowercase(), value));
    }
    Head { status, headers: pairs }
}

/// An answer that was read whole.
#[must_use]
pub fn answer(status: u16, headers: &str, body: String) -> Answer {
    Answer { head: head(status, headers), body }
}

/// The strings of a JSON array. Lists cross the boundary as text: as arrays
/// of JavaScript values they would cost more glue than all else.
#[must_use]
pub fn strings(list: &str) -> Vec<String> {
    let list = Json::parse(list, json::DEFAULT_MAX_DEPTH);
    let texts = list.iter().flat_map(|list| list.elements()).filter_map(|text| text.as_str());
    texts.map(|text| text.into_owned()).collect()
}

/// Why there is no answer, by the words of `js/exchange.js`.
#[must_use]
pub fn transport_error(word: &str, limit: u32) -> TransportError {
    match word {
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
