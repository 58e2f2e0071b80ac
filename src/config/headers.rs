//! `inference_headers`: further headers that an organisation's gateway wants.

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::{HeaderName, HeaderValue};
use crate::json::Json;
use crate::text;

/// Names that the connector or the browser sets itself.
const RESERVED: [&str; 7] = [
    "authorization",
    "x-api-key",
    "content-type",
    "host",
    "content-length",
    "user-agent",
    "cookie",
];

/// Families of names that belong to the providers.
const RESERVED_PREFIXES: [&str; 3] = ["anthropic-", "x-amz-", "x-goog-"];

/// What a setting of headers came to: those to send, and the reserved names
/// that were left out.
pub type ReadHeaders = (Vec<(HeaderName, HeaderValue)>, Vec<String>);

/// Reads a JSON object of header names and values. Every value is secret:
/// organisations put keys there.
///
/// # Errors
/// Text that isn't a JSON object of strings, or a header that can't be sent.
pub fn read(text: &str) -> Result<ReadHeaders, Failure> {
    let Some(object) = Json::parse_object(text) else {
        return Err(invalid("not a JSON object"));
    };
    let mut headers: Vec<(HeaderName, HeaderValue)> = Vec::new();
    let mut dropped = Vec::new();
    for (name, value) in object.members() {
        let name = HeaderName::parse(&name).map_err(|error| error.in_setting("a header name"))?;
        if is_reserved(name.as_str()) {
            dropped.push(name.as_str().to_owned());
            continue;
        }
        let Some(value) = value.as_str() else {
            return Err(invalid(&format!("the value of {} is not a string", name.as_str())));
        };
        let value = HeaderValue::secret(&value).map_err(|error| error.in_setting(name.as_str()))?;
        match headers.iter_mut().find(|(existing, _)| *existing == name) {
            Some((_, existing)) => *existing = value,
            None => headers.push((name, value)),
        }
    }
    Ok((headers, dropped))
}

/// What may be shown of a setting: the names that it sends.
#[must_use]
pub fn shown(text: &str) -> String {
    match read(text) {
        Ok((headers, _)) => {
            let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
            text::join(&names, ", ")
        }
        Err(_) => "••••".to_owned(),
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn invalid(what: &str) -> Failure {
    Failure::new(Code::InvalidArgument, what).hint(Hint::new(
        "check-headers",
        Audience::Admin,
        "Write a JSON object of names and values, for example {\"x-team\": \"finance\"}.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_left_out_in_any_case() {
        let text = r#"{"X-Team":"a","AUTHORIZATION":"b","Anthropic-Beta":"c","x-amz-date":"d","x-goog-user":"e","x-team":"f"}"#;
        let (headers, dropped) = read(text).unwrap();
        assert_eq!(dropped, ["authorization", "anthropic-beta", "x-amz-date", "x-goog-user"]);
        assert_eq!(headers.len(), 1);
        assert_eq!((headers[0].0.as_str(), headers[0].1.expose()), ("x-team", "f"));
    }

    #[test]
    fn what_is_not_an_object_of_strings_is_refused() {
        for text in [
            "",
            "[]",
            "{",
            "\"x\"",
            r#"{"x-a":1}"#,
            r#"{"x a":"1"}"#,
            r#"{"x-a":"a\nb"}"#,
            r#"{"x-a":""}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
