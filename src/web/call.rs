//! One call to the provider.

use std::cell::Cell;
use std::rc::Rc;

use crate::connection::describe;
use crate::error::Failure;
use crate::http::Request;
use crate::http::answer::Answer;
use crate::http::retry::RetryPolicy;
use crate::json::write;
use crate::provider::failure::{self, Asked};
use crate::provider::messages::{self, BodyKind, Whole};
use crate::provider::server_tools::{self, ServerTools};

use super::access::Opening;
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
/// 1. While `toObtain` gives something, obtain that; then send `request`.
/// 2. No answer: `unanswered` is the failure.
/// 3. `streams` of the head says whether to decode the body while it arrives;
///    else `answered` judges it whole.
/// 4. After a failure, `retryWait` says whether to begin again.
#[derive(Debug)]
pub struct CallHandle {
    request: Request,
    opening: Opening,
    /// Which of what opens the provider it was sent with.
    generation: u32,
    expected: Expected,
    retry: RetryPolicy,
    attempts: u32,
    /// What was refused can be replaced or left out: it is sent again at once.
    again: bool,
    /// What the provider can't run on its side.
    refused_tools: Rc<Cell<ServerTools>>,
    /// What of that had to be left out.
    left_out: ServerTools,
}

impl CallHandle {
    pub(super) fn new(
        request: Request,
        opening: Opening,
        refused_tools: Rc<Cell<ServerTools>>,
        expected: Expected,
        retry: RetryPolicy,
    ) -> Self {
        let left_out = ServerTools::default();
        Self {
            request,
            opening,
            generation: 0,
            expected,
            retry,
            attempts: 0,
            again: false,
            refused_tools,
            left_out,
        }
    }

    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // What opens the provider, where it has to be obtained first.
            "toObtain" => Ok(self.opening.to_obtain(arguments.now_ms)),
            // The request with its secrets, authorised now.
            "request" => {
                self.generation = self.opening.authorize(&mut self.request, arguments.now_ms)?;
                Ok(Reply::Json(reply::expose(&self.request)))
            }
            // The request, authorised now, secrets masked.
            "describe" => {
                self.generation = self.opening.authorize(&mut self.request, arguments.now_ms)?;
                Ok(Reply::Json(describe::describe_request(&self.request)))
            }
            // `(word, limit)`: why there is no answer, as a failure.
            "unanswered" => {
                let error = reply::transport_error(arguments);
                let failure = failure::from_transport(&error, &self.asked(arguments.now_ms));
                Ok(Reply::Json(to_js::describe(&failure)))
            }
            // `(status, headers)`: whether the body is an event stream that
            // answers the call.
            "streams" => {
                let head = reply::head(arguments);
                let streams = self.expected == Expected::Message
                    && head.is_success()
                    && BodyKind::of(&head) == BodyKind::EventStream;
                if streams {
                    self.learn();
                }
                Ok(Reply::flag(streams))
            }
            // `(status, headers)`: the server's identifier of the request.
            "requestId" => {
                let head = reply::head(arguments);
                Ok(head.request_id().map_or(Reply::Nothing, Reply::text))
            }
            "answered" => self.answered(arguments),
            // `(; text)`: a text of the server's without the secrets that were
            // sent, and not at any length.
            "redact" => {
                let text = arguments.body()?;
                Ok(Reply::text(&failure::clean(&text, &self.asked(arguments.now_ms))))
            }
            "retryWait" => Ok(self.retry_wait(arguments)),
            _ => Ok(Reply::Unknown),
        }
    }

    fn asked(&self, now_wall_ms: u64) -> Asked<'_> {
        Asked { request: &self.request, page_origin: &self.opening.page_origin, now_wall_ms }
    }

    /// `(status, headers; body)`: what a body that was read whole is: `message`,
    /// `event-stream` or `count`.
    fn answered(&mut self, arguments: &mut Arguments<'_>) -> Outcome {
        let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
        let asked = &self.asked(arguments.now_ms);
        if !answer.head.is_success() {
            let failure = failure::from_answer(&answer, asked);
            let (generation, now_ms) = (self.generation, arguments.now_ms);
            self.again = self.opening.renews(generation, &failure, &answer, now_ms)
                || self.leave_out(&failure, &answer.body);
            return Err(failure);
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
        self.learn();
        Ok(Reply::text(kind))
    }

    /// Takes the tools out of the request that the provider refuses to run.
    fn leave_out(&mut self, failure: &Failure, answer: &str) -> bool {
        let Some(request) = self.request.body() else { return false };
        let refused = server_tools::refused_by(failure, answer, server_tools::sent_in(request));
        let Some(rest) = server_tools::leave_out(request, refused) else { return false };
        self.request.set_body(rest);
        self.left_out = self.left_out.and(refused);
        true
    }

    /// The provider took the request: what had to be left out holds for the next.
    fn learn(&self) {
        self.refused_tools.set(self.refused_tools.get().and(self.left_out));
    }

    /// `(retryable, retryAfterMs)`: which attempt has failed and how long to
    /// wait before sending again, `{attempt,delayMs}`; nothing to give up. There
    /// is no wait where only what opens the provider is renewed, and nobody
    /// needs to hear of it.
    fn retry_wait(&mut self, arguments: &mut Arguments<'_>) -> Reply {
        let wait = if std::mem::take(&mut self.again) {
            Some(0)
        } else {
            self.attempts += 1;
            let retryable = arguments.flag();
            let asked = arguments.number();
            self.retry.wait_after_ms(self.attempts, retryable, asked, arguments.random)
        };
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
