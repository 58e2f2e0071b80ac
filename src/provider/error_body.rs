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
    /// The error's type, such as `overloaded_error`, or where it has none its code.
    pub kind: Option<String>,
    /// The error's code, such as `model_not_found`, where it is a text.
    pub code: Option<String>,
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
            return Self::read_markup(text);
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

    /// A web page has a title, which usually says what stands in the way; an error in XML has a message.
    fn read_markup(text: &str) -> Self {
        // Of either kind of letters.
        let lower = text.to_ascii_lowercase();
        let element = |name| element(text, &lower, name);
        let message = element("message").or_else(|| element("faultstring"));
        let html = message.is_none() || text::contains(&lower, "<html");
        match html {
            true => Self { message: element("title"), html, ..Self::default() },
            false => Self { message, kind: element("code"), ..Self::default() },
        }
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
            // An error that is a text stands for its kind as well.
            let kind = self.kind.take().filter(|kind| self.message.as_ref() != Some(kind));
            self.kind = inner.kind.or(kind);
            self.message = inner.message;
            self.code = inner.code.or(self.code.take());
            self.request_id = inner.request_id.or(self.request_id.take());
        }
    }

    fn take(&mut self, json: Json<'_>) {
        match json.kind() {
            // Vertex wraps its error object in an array, others what they call `error`.
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
        // What is said further inside was said nearer to the fault.
        let wraps = |json: &Json<'_>| matches!(json.kind(), Kind::Object | Kind::Array);
        let inner = WRAPPERS.iter().find_map(|name| json.get(name).filter(wraps));
        if let Some(inner) = inner {
            self.take(inner);
        }
        let error = json.get("error").or_else(|| json.get("detail")).and_then(string);
        self.kind = self
            .kind
            .take()
            // RFC 6749's errors are a code, with their description beside it.
            .or_else(|| error.clone())
            .or_else(|| first_text(json, &["__type", "type", "status", "code"]));
        self.code = self.code.take().or_else(|| json.text("code"));
        self.message = self.message.take().or_else(|| first_text(json, &MESSAGES)).or(error);
        self.message = self.message.take().or_else(|| json.text("title"));
        self.request_id = self.request_id.take().or_else(|| json.text("request_id"));
    }
}

/// Members that hold the error rather than tell it.
const WRAPPERS: [&str; 5] = ["error", "errors", "detail", "fault", "message"];

/// What the message meant for people is called.
const MESSAGES: [&str; 5] = ["error_description", "message", "Message", "faultstring", "msg"];

/// The first of these members that is a string.
fn first_text(json: Json<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| json.text(name))
}

fn string(json: Json<'_>) -> Option<String> {
    json.as_str().map(|text| text.into_owned())
}

/// The text of an element, which has to be of text alone. `lower` is the markup in small letters.
fn element(markup: &str, lower: &str, name: &str) -> Option<String> {
    let (before, rest) = text::split_once(lower, &text::join(&["<", name], ""))?;
    let start = before.len() + 1 + name.len() + rest.find('>')? + 1;
    let (inner, _) = text::split_once(lower.get(start..)?, &text::join(&["</", name], ""))?;
    let mut words = String::new();
    let inner = markup.get(start..start + inner.len())?;
    for word in inner.split(char::is_whitespace).filter(|word| !word.is_empty()) {
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
                (Some("failure"), Some("Invalid API Key")),
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
            (
                "apigee",
                r#"{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"oauth.v2.InvalidApiKey"}}}"#,
                (None, Some("Invalid ApiKey")),
            ),
            (
                "cloudflare",
                r#"{"success":false,"result":[],"messages":[],"error":[{"code":2003,"message":"Rate limited"}]}"#,
                (None, Some("Rate limited")),
            ),
            (
                "fastapi's list",
                r#"{"detail":[{"loc":["body","tools",0],"msg":"Field required","type":"missing"}]}"#,
                (Some("missing"), Some("Field required")),
            ),
            (
                "an object for a message",
                r#"{"error":{"message":{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}}}"#,
                (Some("PERMISSION_DENIED"), Some("no")),
            ),
            (
                "a message beside the error",
                r#"{"status":401,"error":"Unauthorized","message":"Token is unknown","path":"/"}"#,
                (Some("Unauthorized"), Some("Token is unknown")),
            ),
            (
                "problem details",
                r#"{"type":"about:blank","title":"Forbidden","status":403}"#,
                (Some("about:blank"), Some("Forbidden")),
            ),
            (
                "xml",
                "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access\n Denied</Message></Error>",
                (Some("AccessDenied"), Some("Access Denied")),
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
