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

/// What a setting of headers came to.
#[derive(Debug, Default)]
pub struct ReadHeaders {
    /// Those to send.
    pub sent: Vec<(HeaderName, HeaderValue)>,
    /// The names of those that are reserved, and left out.
    pub reserved: Vec<String>,
    /// What is wrong with those that can't be sent.
    pub faults: Vec<Failure>,
}

/// Reads a JSON object of header names and values. Every value is secret:
/// organisations put keys there.
///
/// # Errors
/// Text that isn't a JSON object.
pub fn read(text: &str) -> Result<ReadHeaders, Failure> {
    let Some(object) = Json::parse_object(text) else {
        return Err(invalid("not a JSON object"));
    };
    let mut read = ReadHeaders::default();
    for (name, value) in object.members() {
        match read_one(&name, value) {
            Ok((name, None)) => read.reserved.push(name.as_str().to_owned()),
            Ok((name, Some(value))) => {
                match read.sent.iter_mut().find(|(existing, _)| *existing == name) {
                    Some((_, existing)) => *existing = value,
                    None => read.sent.push((name, value)),
                }
            }
            Err(fault) => read.faults.push(fault),
        }
    }
    Ok(read)
}

/// A header; a reserved one without its value.
fn read_one(name: &str, value: Json<'_>) -> Result<(HeaderName, Option<HeaderValue>), Failure> {
    let name = HeaderName::parse(name).map_err(|error| error.in_setting("a header name"))?;
    if is_reserved(name.as_str()) {
        return Ok((name, None));
    }
    let Some(value) = value.as_str() else {
        return Err(invalid(&text::join(
            &["the value of ", name.as_str(), " is not a string"],
            "",
        )));
    };
    let value = HeaderValue::secret(&value).map_err(|error| error.in_setting(name.as_str()))?;
    Ok((name, Some(value)))
}

/// What may be shown of a setting: the names that it sends.
#[must_use]
pub fn shown(text: &str) -> String {
    match read(text) {
        Ok(read) => {
            let names: Vec<_> = read.sent.iter().map(|(name, _)| name.as_str()).collect();
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
        let read = read(text).unwrap();
        assert_eq!(read.reserved, ["authorization", "anthropic-beta", "x-amz-date", "x-goog-user"]);
        assert_eq!((read.sent.len(), read.faults.len()), (1, 0));
        assert_eq!((read.sent[0].0.as_str(), read.sent[0].1.expose()), ("x-team", "f"));
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in ["", "[]", "{", "\"x\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_that_cannot_be_sent_costs_no_other() {
        for (entry, fault) in [
            (r#""x-a":1"#, "the value of x-a is not a string"),
            (r#""x-a":null"#, "the value of x-a is not a string"),
            (r#""x a":"1""#, "a header name: \"x a\" is not a header name"),
            (r#""":"1""#, "a header name: \"\" is not a header name"),
            (r#""x-a":"a\nb""#, "x-a: character 2 is a control character (U+000A)"),
            (r#""x-a":"“q”""#, "x-a: character 1 is “ (U+201C), which no HTTP header can carry"),
            (r#""x-a":"""#, "x-a: the value is empty"),
        ] {
            let read = read(&format!(r#"{{"x-b":"1",{entry},"x-c":"2"}}"#)).unwrap();
            let names: Vec<_> = read.sent.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["x-b", "x-c"], "{entry}");
            let faults: Vec<_> = read.faults.iter().map(|fault| fault.message.as_str()).collect();
            assert_eq!(faults, [fault], "{entry}");
        }
    }
}
