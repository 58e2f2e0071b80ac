//! What an operation is called with, and what it answers.

use crate::error::{Code, Failure};
use crate::json::{self, Elements, Json, write};

use super::dispatch::Object;

/// The arguments of a call, read in their order. One that is missing or of
/// another kind reads as the empty one of its kind.
#[derive(Debug)]
pub struct Arguments<'a> {
    elements: Elements<'a>,
    body: Vec<u8>,
    /// The host's clock, in milliseconds since 1970.
    pub now_ms: u64,
    /// A random number from 0 to 1.
    pub random: f64,
}

impl<'a> Arguments<'a> {
    /// `list` is a JSON array; `body` lies beside it, as it is.
    #[must_use]
    pub fn new(list: &'a str, body: Vec<u8>, now_ms: u64, random: f64) -> Self {
        let list = Json::parse(list, json::DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
        Self { elements: list.elements(), body, now_ms, random }
    }

    /// The elements of a list, as arguments of their own.
    #[must_use]
    pub fn of(list: Json<'a>) -> Self {
        Self { elements: list.elements(), body: Vec::new(), now_ms: 0, random: 0.0 }
    }

    /// Any value.
    pub fn json(&mut self) -> Json<'a> {
        self.elements.next().unwrap_or(Json::NULL)
    }

    /// A string; nothing for anything else.
    pub fn optional_text(&mut self) -> Option<String> {
        self.json().as_str().map(|text| text.into_owned())
    }

    /// A string.
    pub fn text(&mut self) -> String {
        self.optional_text().unwrap_or_default()
    }

    /// The strings of a list.
    pub fn texts(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.json().elements() {
            if let Some(text) = element.as_str() {
                texts.push(text.into_owned());
            }
        }
        texts
    }

    /// `true`, or anything else.
    pub fn flag(&mut self) -> bool {
        self.json().as_bool() == Some(true)
    }

    /// A whole number.
    pub fn number(&mut self) -> Option<u64> {
        self.json().as_u64()
    }

    /// A whole number that an object is known by, or a limit: 0 where there is
    /// none, the largest where it is larger.
    pub fn small_number(&mut self) -> u32 {
        self.number().map_or(0, |number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// What lies beside the arguments, as text.
    ///
    /// # Errors
    /// It is not UTF-8.
    pub fn body(&mut self) -> Result<String, Failure> {
        String::from_utf8(self.bytes())
            .map_err(|_| Failure::new(Code::InvalidArgument, "the text is not UTF-8"))
    }

    /// What lies beside the arguments, as bytes.
    pub fn bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }
}

/// What an operation answers.
#[derive(Debug)]
pub enum Reply {
    /// `undefined`
    Nothing,
    /// A value, as JSON.
    Json(String),
    /// A new object.
    Object(Object),
    /// There is no such operation, or no such object among its arguments.
    Unknown,
}

impl Reply {
    /// A string.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut out = String::new();
        write::push_string(&mut out, text);
        Self::Json(out)
    }

    /// `true` or `false`
    #[must_use]
    pub fn flag(flag: bool) -> Self {
        Self::Json(if flag { "true" } else { "false" }.to_owned())
    }

    /// JSON, where there is some.
    #[must_use]
    pub fn optional(json: Option<String>) -> Self {
        json.map_or(Self::Nothing, Self::Json)
    }
}

/// How an operation ended.
pub type Outcome = Result<Reply, Failure>;
