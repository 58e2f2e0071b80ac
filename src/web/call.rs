//! One call to the provider.

use wasm_bindgen::prelude::*;

use crate::connection::describe;
use crate::http::Request;
use crate::http::retry::RetryPolicy;
use crate::provider::failure::{self, Asked};
use crate::provider::messages::{self, BodyKind, Whole};

use super::{failure as to_js, reply};

/// What the caller is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// A message, streamed or whole.
    Message,
    /// A count of tokens.
    TokenCount,
}

/// A call under way. The driver loop of `js/call.js`:
///
/// 1. Send [`request`](Self::request).
/// 2. No answer: [`unanswered`](Self::unanswered) is the failure.
/// 3. [`streams`](Self::streams) of the head says whether to decode the body
///    while it arrives; else [`answered`](Self::answered) judges it whole.
/// 4. After a failure, [`retry_wait`](Self::retry_wait) says whether to begin
///    again.
#[wasm_bindgen]
pub struct CallHandle {
    request: Request,
    expected: Expected,
    page_origin: String,
    retry: RetryPolicy,
    attempts: u32,
}

impl CallHandle {
    pub(super) fn new(
        request: Request,
        expected: Expected,
        page_origin: String,
        retry: RetryPolicy,
    ) -> Self {
        Self { request, expected, page_origin, retry, attempts: 0 }
    }

    fn asked(&self, now_ms: f64) -> Asked<'_> {
        Asked { request: &self.request, page_origin: &self.page_origin, now_wall_ms: now_ms as u64 }
    }
}

#[wasm_bindgen]
impl CallHandle {
    /// The request as JSON with its secrets.
    #[must_use]
    pub fn request(&self) -> String {
        reply::expose(&self.request)
    }

    /// The request as JSON, secrets masked.
    #[must_use]
    pub fn describe(&self) -> String {
        describe::describe_request(&self.request)
    }

    /// Why there is no answer, as a failure in JSON.
    #[must_use]
    pub fn unanswered(&self, word: &str, limit: u32) -> String {
        to_js::describe(&failure::from_transport(
            &reply::transport_error(word, limit),
            &self.asked(0.0),
        ))
    }

    /// Whether the body is an event stream that answers the call.
    #[must_use]
    pub fn streams(&self, status: u16, headers: &str) -> bool {
        let head = reply::head(status, headers);
        self.expected == Expected::Message
            && head.is_success()
            && BodyKind::of(&head) == BodyKind::EventStream
    }

    /// What a body that was read whole is: `message`, `event-stream` or `count`.
    ///
    /// # Errors
    /// A failure as JSON.
    pub fn answered(
        &self,
        status: u16,
        headers: &str,
        body: String,
        now_ms: f64,
    ) -> Result<String, JsValue> {
        let answer = reply::answer(status, headers, body);
        let asked = self.asked(now_ms);
        if !answer.head.is_success() {
            return Err(failure::from_answer(&answer, &asked).into());
        }
        let kind = match self.expected {
            Expected::TokenCount => {
                messages::read_token_count(&answer, &asked)?;
                "count"
            }
            Expected::Message => match messages::read_whole(&answer, &asked)? {
                Whole::Message => "message",
                Whole::EventStream => "event-stream",
            },
        };
        Ok(kind.to_owned())
    }

    /// A text of the server's without the secrets that were sent, and not at any length.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        failure::clean(text, &self.asked(0.0))
    }

    /// How long to wait before sending again, in milliseconds; nothing to give up.
    #[wasm_bindgen(js_name = retryWait)]
    pub fn retry_wait(
        &mut self,
        retryable: bool,
        retry_after_ms: Option<f64>,
        random: f64,
    ) -> Option<f64> {
        self.attempts += 1;
        let asked = retry_after_ms.map(|wait| wait as u64);
        self.retry.wait_after_ms(self.attempts, retryable, asked, random).map(|wait| wait as f64)
    }

    /// How many attempts have failed.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}
