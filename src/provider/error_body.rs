//! What a server says in the body of an error, whichever of the shapes that
//! providers, gateways and proxies use.

use crate::http::answer::Answer;
use crate::json::{self, Json, Kind};
use crate::text;

/// The longest message that is kept, in characters.
const LONGEST: usize = 2_000;

/// What the body told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The error's type or code, such as `overloaded_error`.
    pub kind: Option<String>,
    /// The message meant for people.
    pub message: Option<String>,
    /// The server's identifier of the request.
    pub request_id: Option<String>,
    /// Whether the body is a web page instead of an API's answer.
    pub html: bool,
}

impl ErrorBody {
    /// Reads the body of an answer. Unknown shapes give their text.
    #[must_use]
    pub fn read(answer: &Answer) -> Self {
        let text = answer.body.trim();
        if text.starts_with('<') || answer.head.media_type() == "text/html" {
            return Self { message: title(text), html: true, ..Self::default() };
        }
        let mut body = Self::default();
        match Json::parse(text, json::DEFAULT_MAX_DEPTH) {
            Ok(json) => body.take(json),
            Err(_) => body.message = Some(text.to_owned()),
        }
        body.unwrap_quoted();
        body.message = body.message.filter(|text| !text.trim().is_empty());
        body
    }

    /// Gateways quote the provider's error as JSON text inside their own
    /// message; what it says is what happened.
    fn unwrap_quoted(&mut self) {
        let Some(message) = &self.message else { return };
        let (Some(start), Some(end)) =
            (message.find('{'), message.bytes().rposition(|b| b == b'}'))
        else {
            return;
        };
        let Some(quoted) = message.get(start..=end) else { return };
        let Ok(json) = Json::parse(quoted, json::DEFAULT_MAX_DEPTH) else { return };
        let mut inner = Self::default();
        inner.take(json);
        if inner.message.is_some() {
            self.message = inner.message;
            self.kind = inner.kind.or(self.kind.take());
            self.request_id = inner.request_id.or(self.request_id.take());
        }
    }

    fn take(&mut self, json: Json<'_>) {
        match json.kind() {
            // Vertex wraps its error object in an array.
            Kind::Array => {
                if let Some(first) = json.elements().next() {
                    self.take(first);
                }
            }
            Kind::String => self.message = string(json),
            Kind::Object => self.take_object(json),
            _ => {}
        }
    }

    fn take_object(&mut self, json: Json<'_>) {
        match json.get("error").or_else(|| json.get("detail")) {
            Some(inner) if inner.kind() == Kind::Object => match inner.get("error") {
                // {"detail":{"error":"…"}}
                Some(text) => self.take(text),
                None => {
                    self.kind = first_text(inner, &["type", "status", "code"]);
                    self.message = inner.text("message");
                }
            },
            Some(inner) => {
                // RFC 6749's errors have their description beside them.
                self.kind = string(inner);
                self.message = json.text("error_description").or_else(|| string(inner));
            }
            None => {
                self.kind = first_text(json, &["__type", "code"]);
                self.message = first_text(json, &["message", "Message"]);
            }
        }
        self.request_id = self.request_id.take().or_else(|| json.text("request_id"));
    }
}

/// The first of these members that is a string.
fn first_text(json: Json<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| json.text(name))
}

fn string(json: Json<'_>) -> Option<String> {
    json.as_str().map(|text| text.into_owned())
}

/// The title of a web page, which usually says what stands in the way.
fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = text::find(&lower, "<title")?;
    let start = start + lower.get(start..)?.find('>')? + 1;
    let end = start + text::find(lower.get(start..)?, "</title")?;
    let mut words = String::new();
    for word in html.get(start..end)?.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    Some(words).filter(|words| !words.is_empty())
}

/// A text without blanks around it, cut where it is longer than anybody reads.
pub(super) fn cap(text: &str) -> String {
    let text = text.trim();
    let begin = text::cut(text, LONGEST);
    if begin.len() < text.len() { begin.to_owned() + "…" } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> ErrorBody {
        ErrorBody::read(&Answer { body: body.to_owned(), ..Answer::default() })
    }

    #[test]
    fn every_shape_that_was_seen() {
        let cases = [
            (
                "anthropic",
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
                (Some("overloaded_error"), Some("Overloaded")),
            ),
            (
                "litellm",
                r#"{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}"#,
                (Some("no_db_connection"), Some("No connected db.")),
            ),
            (
                "litellm quoting the provider",
                r#"{"error":{"message":"litellm.InternalServerError: AnthropicException - {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}. Received","type":"api_error"}}"#,
                (Some("overloaded_error"), Some("Overloaded")),
            ),
            (
                "portkey",
                r#"{"status":"failure","message":"Invalid API Key"}"#,
                (None, Some("Invalid API Key")),
            ),
            ("fastapi", r#"{"detail":"Not Found"}"#, (Some("Not Found"), Some("Not Found"))),
            (
                "bedrock pass-through",
                r#"{"detail":{"error":"{\"message\":\"Too many requests\"}"}}"#,
                (None, Some("Too many requests")),
            ),
            (
                "vertex in an array",
                r#"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]"#,
                (Some("RESOURCE_EXHAUSTED"), Some("Quota")),
            ),
            (
                "oauth",
                r#"{"error":"invalid_grant","error_description":"Token has been revoked."}"#,
                (Some("invalid_grant"), Some("Token has been revoked.")),
            ),
            (
                "bedrock",
                r#"{"Message":"denied","__type":"AccessDenied"}"#,
                (Some("AccessDenied"), Some("denied")),
            ),
            ("text", "upstream connect error", (None, Some("upstream connect error"))),
            ("empty", "", (None, None)),
            ("empty object", "{}", (None, None)),
            ("number", "5", (None, None)),
            (
                "brace that is not JSON",
                r#"{"message":"use {name} here"}"#,
                (None, Some("use {name} here")),
            ),
        ];
        for (case, body, (kind, message)) in cases {
            let read = read(body);
            assert_eq!((read.kind.as_deref(), read.message.as_deref()), (kind, message), "{case}");
            assert!(!read.html, "{case}");
        }
    }

    #[test]
    fn the_request_is_identified() {
        let body =
            r#"{"type":"error","error":{"type":"api_error","message":"x"},"request_id":"req_1"}"#;
        assert_eq!(read(body).request_id.as_deref(), Some("req_1"));
    }

    #[test]
    fn a_web_page_gives_its_title() {
        let page = read("<!doctype html><html><head><TITLE>\n Sign in \n to Contoso</TITLE>");
        assert_eq!((page.html, page.message.as_deref()), (true, Some("Sign in to Contoso")));
        assert_eq!(read("<html></html>").message, None);
        assert_eq!(read("<title").message, None);
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(cap(&"é".repeat(9_000)).chars().count(), LONGEST + 1);
        assert_eq!(cap(" short "), "short");
    }
}
