//! Messages API requests as the caller wrote them, and what a success brings.

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::answer::{Answer, Head};
use crate::json::splice::{self, Edit};
use crate::json::{self, Json, Kind};
use crate::stream::{Fault, Limits, MessageDecoder};
use crate::text;

use super::failure::{self, Asked};

/// The most tokens that a request may ask for without streaming. At the rate
/// of 128,000 tokens an hour that the official SDKs reckon with, more take
/// over ten minutes, which hardly any proxy on the way waits for.
pub const MAX_TOKENS_WITHOUT_STREAM: u64 = 21_333;

/// The caller's parameters: a JSON object that is passed on as it is.
#[derive(Clone, Copy, Debug)]
pub struct MessageParams<'a>(Json<'a>);

impl<'a> MessageParams<'a> {
    /// Checks what no server could make sense of; the rest is the server's to judge.
    ///
    /// # Errors
    /// Not an object, or without `model` or `messages`.
    pub fn read(text: &'a str) -> Result<Self, Failure> {
        let json = Json::parse(text, json::DEFAULT_MAX_DEPTH)
            .map_err(|error| Failure::new(Code::InvalidArgument, format!("params: {error}")))?;
        if json.kind() != Kind::Object {
            return Err(Failure::new(Code::InvalidArgument, "params: not an object"));
        }
        if json.get("model").and_then(|model| model.as_str()).is_none_or(|model| model.is_empty()) {
            return Err(Failure::new(Code::InvalidArgument, "params: model is missing").hint(
                Hint::new(
                    "choose-model",
                    Audience::Developer,
                    "Pass the id of one of connector.models.",
                ),
            ));
        }
        if json.get("messages").is_none_or(|messages| messages.kind() != Kind::Array) {
            return Err(Failure::new(Code::InvalidArgument, "params: messages is not an array"));
        }
        Ok(Self(json))
    }

    /// Refuses what would take too long without streaming.
    ///
    /// # Errors
    /// More than [`MAX_TOKENS_WITHOUT_STREAM`].
    pub fn check_without_stream(&self) -> Result<(), Failure> {
        let asked = self.0.get("max_tokens").and_then(|tokens| tokens.as_u64()).unwrap_or_default();
        if asked <= MAX_TOKENS_WITHOUT_STREAM {
            return Ok(());
        }
        Err(Failure::new(Code::InvalidArgument, format!("params: {asked} tokens take too long without streaming")).hint(
            Hint::new(
                "use-stream",
                Audience::Developer,
                format!("Use messages.stream(params).finalMessage(), or ask for at most {MAX_TOKENS_WITHOUT_STREAM} tokens."),
            ),
        ))
    }

    pub(super) fn json(&self) -> Json<'a> {
        self.0
    }

    /// The text as it was given.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.0.raw()
    }

    /// The model's id.
    #[must_use]
    pub fn model(&self) -> String {
        self.0.get("model").and_then(|model| model.as_str()).unwrap_or_default().into_owned()
    }

    /// The text with `stream` set, or taken out; every other byte stays.
    #[must_use]
    pub fn body(&self, stream: bool) -> String {
        let edit = if stream { Edit::Set("stream", Json::TRUE) } else { Edit::Remove("stream") };
        self.edited(&[edit])
    }

    /// The text with changes made; every other byte stays.
    pub(super) fn edited(&self, edits: &[Edit<'_>]) -> String {
        splice::apply(self.0, edits).unwrap_or_else(|| self.0.raw().to_owned())
    }
}

/// How the body of a success is read. Decided by the answer, not by the
/// request: gateways stream unasked, and don't when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `text/event-stream`, or `application/vnd.amazon.eventstream`: decoded
    /// while it arrives.
    EventStream,
    /// Anything else is read whole and then looked at.
    Whole,
}

impl BodyKind {
    /// By the content type.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        match &*head.media_type() {
            "text/event-stream" | "application/vnd.amazon.eventstream" => Self::EventStream,
            _ => Self::Whole,
        }
    }
}

/// A body that was read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// A message in JSON.
    Message,
    /// An event stream under another content type.
    EventStream,
}

/// Looks at a body that was read whole.
///
/// # Errors
/// An error under a status of success, a web page, nothing, or foreign JSON.
pub fn read_whole(answer: &Answer, asked: &Asked<'_>) -> Result<Whole, Failure> {
    let text = answer.body.trim_start_matches('\u{FEFF}').trim_start();
    if ["event:", "data:", ":", "id:", "retry:"].iter().any(|start| text.starts_with(start)) {
        return Ok(Whole::EventStream);
    }
    let Ok(json) = Json::parse(&answer.body, json::DEFAULT_MAX_DEPTH) else {
        return Err(failure::from_foreign_answer(answer, asked));
    };
    if json.get("content").is_some_and(|content| content.kind() == Kind::Array) {
        return Ok(Whole::Message);
    }
    Err(failure::from_success(json, answer, asked))
}

/// Checks an answer that is asked for to see whether one comes: of a stream, that
/// it is one of the Messages API and reaches its end.
///
/// # Errors
/// As [`read_whole`], and what is wrong with the stream.
pub fn check(answer: &Answer, asked: &Asked<'_>) -> Result<(), Failure> {
    if read_whole(answer, asked)? == Whole::Message {
        return Ok(());
    }
    let mut decoder = MessageDecoder::new(Limits::default());
    decoder.parser().feed(answer.body.as_bytes());
    while decoder.decode() {}
    decoder.finish();
    let Some(fault) = decoder.fault() else { return Ok(()) };
    // Another API's stream ends without the end of a message, too.
    if !matches!(fault, Fault::Reported { .. }) && !text::contains(&answer.body, "message_start") {
        return Err(failure::from_foreign_answer(answer, asked));
    }
    let mut failure = Failure::from(fault);
    failure.message = failure::clean(&failure.message, asked);
    failure.request_id = failure.request_id.as_deref().map(|id| failure::clean(id, asked));
    Err(failure)
}

/// Checks the answer to a count of tokens.
///
/// # Errors
/// As [`read_whole`].
pub fn read_token_count(answer: &Answer, asked: &Asked<'_>) -> Result<(), Failure> {
    let Ok(json) = Json::parse(&answer.body, json::DEFAULT_MAX_DEPTH) else {
        return Err(failure::from_foreign_answer(answer, asked));
    };
    match json.get("input_tokens").and_then(|count| count.as_u64()) {
        Some(_) => Ok(()),
        None => Err(failure::from_success(json, answer, asked)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{BaseUrl, Request};

    #[test]
    fn parameters_that_no_server_could_read() {
        for (text, message) in [
            ("", "params: "),
            ("[]", "params: not an object"),
            (r#"{"messages":[]}"#, "params: model is missing"),
            (r#"{"model":"","messages":[]}"#, "params: model is missing"),
            (r#"{"model":"m","messages":"hi"}"#, "params: messages is not an array"),
        ] {
            let failure = MessageParams::read(text).unwrap_err();
            assert!(failure.message.starts_with(message), "{}", failure.message);
        }
    }

    #[test]
    fn only_stream_is_touched() {
        let text = r#"{ "stream" : false, "model":"m", "messages":[], "metadata": {"n": 1e2} }"#;
        let params = MessageParams::read(text).unwrap();
        assert_eq!(
            params.body(true),
            r#"{ "stream" : true, "model":"m", "messages":[], "metadata": {"n": 1e2} }"#
        );
        assert_eq!(params.body(false), r#"{ "model":"m", "messages":[], "metadata": {"n": 1e2} }"#);
    }

    #[test]
    fn long_answers_are_to_be_streamed() {
        let params = |tokens| format!(r#"{{"model":"m","messages":[],"max_tokens":{tokens}}}"#);
        assert!(MessageParams::read(&params(21_333)).unwrap().check_without_stream().is_ok());
        assert!(MessageParams::read(&params(21_334)).unwrap().check_without_stream().is_err());
    }

    #[test]
    fn bodies_are_known_by_what_they_hold() {
        let request =
            Request::get(BaseUrl::parse("https://gw.example.com").unwrap().join("/v1/messages"));
        let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
        let answer = |body: &str| Answer {
            head: Head { status: 200, headers: Vec::new() },
            body: body.to_owned(),
        };
        let cases = [
            (r#"{"type":"message","content":[]}"#, Ok(Whole::Message)),
            ("event: message_start\ndata: {}\n\n", Ok(Whole::EventStream)),
            ("\u{FEFF}data: {}\n\n", Ok(Whole::EventStream)),
            (": comment\n\n", Ok(Whole::EventStream)),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#,
                Err(Code::Overloaded),
            ),
            (r#"{"choices":[]}"#, Err(Code::ResponseInvalid)),
            // JSON.parse, which reads it in the end, knows no such blank.
            ("\u{A0}{\"content\":[]}", Err(Code::ResponseInvalid)),
            (" \r\n\t{\"content\":[]} \n", Ok(Whole::Message)),
            ("<html>", Err(Code::ResponseInvalid)),
            ("", Err(Code::ResponseInvalid)),
        ];
        for (body, expected) in cases {
            assert_eq!(read_whole(&answer(body), &asked).map_err(|f| f.code), expected, "{body}");
        }
        assert!(read_token_count(&answer(r#"{"input_tokens":5}"#), &asked).is_ok());
        assert!(read_token_count(&answer(r#"{"tokens":5}"#), &asked).is_err());
    }
}
