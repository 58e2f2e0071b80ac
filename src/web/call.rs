//! One call to the provider.

use crate::connection::describe;
use crate::http::Request;
use crate::http::answer::Answer;
use crate::http::retry::RetryPolicy;
use crate::json::write;
use crate::provider::failure::{self, Asked};
use crate::provider::messages::{self, BodyKind, Whole};

use super::operation::{Arguments, Outcome, Reply};
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
/// 1. Send `request`.
/// 2. No answer: `unanswered` is the failure.
/// 3. `streams` of the head says whether to decode the body while it arrives;
///    else `answered` judges it whole.
/// 4. After a failure, `retryWait` says whether to begin again.
#[derive(Debug)]
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

    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        let asked = Asked {
            request: &self.request,
            page_origin: &self.page_origin,
            now_wall_ms: arguments.now_ms,
        };
        match operation {
            // The request with its secrets.
            "request" => Ok(Reply::Json(reply::expose(&self.request))),
            // The request, secrets masked.
            "describe" => Ok(Reply::Json(describe::describe_request(&self.request))),
            // `(word, limit)`: why there is no answer, as a failure.
            "unanswered" => {
                let error = reply::transport_error(arguments);
                Ok(Reply::Json(to_js::describe(&failure::from_transport(&error, &asked))))
            }
            // `(status, headers)`: whether the body is an event stream that
            // answers the call.
            "streams" => {
                let head = reply::head(arguments);
                Ok(Reply::flag(
                    self.expected == Expected::Message
                        && head.is_success()
                        && BodyKind::of(&head) == BodyKind::EventStream,
                ))
            }
            "answered" => self.answered(arguments, &asked),
            // `(; text)`: a text of the server's without the secrets that were
            // sent, and not at any length.
            "redact" => Ok(Reply::text(&failure::clean(&arguments.body()?, &asked))),
            "retryWait" => Ok(self.retry_wait(arguments)),
            _ => Ok(Reply::Unknown),
        }
    }

    /// `(status, headers; body)`: what a body that was read whole is: `message`,
    /// `event-stream` or `count`.
    fn answered(&self, arguments: &mut Arguments<'_>, asked: &Asked<'_>) -> Outcome {
        let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
        if !answer.head.is_success() {
            return Err(failure::from_answer(&answer, asked));
        }
        let kind = match self.expected {
            Expected::TokenCount => {
                messages::read_token_count(&answer, asked)?;
                "count"
            }
            Expected::Message => match messages::read_whole(&answer, asked)? {
                Whole::Message => "message",
                Whole::EventStream => "event-stream",
            },
        };
        Ok(Reply::text(kind))
    }

    /// `(retryable, retryAfterMs)`: which attempt has failed and how long to
    /// wait before sending again, `{attempt,delayMs}`; nothing to give up.
    fn retry_wait(&mut self, arguments: &mut Arguments<'_>) -> Reply {
        self.attempts += 1;
        let retryable = arguments.flag();
        let asked = arguments.number();
        let wait = self.retry.wait_after_ms(self.attempts, retryable, asked, arguments.random);
        let Some(wait) = wait else { return Reply::Nothing };
        let mut out = String::new();
        {
            let mut retry = write::Object::new(&mut out);
            retry.number("attempt", self.attempts.into());
            retry.number("delayMs", wait);
        }
        Reply::Json(out)
    }
}
