//! A discovery, and the attempt to connect that it may be part of.

use crate::connection::{Attempt, describe};
use crate::error::Failure;
use crate::http::Request;
use crate::http::answer::Answer;
use crate::http::retry::RetryPolicy;
use crate::json::write;
use crate::provider::failure::{self, Asked};
use crate::provider::{Discovery, Model};

use super::operation::{Arguments, Outcome, Reply};
use super::{failure as to_js, reply};

/// Asks a gateway for its models. The driver loop of `js/connector.js`:
/// while `poll` gives a request, send it, then tell `answered` or
/// `unanswered`; when the former throws, `retryWait` says whether to go on.
#[derive(Debug)]
pub struct DiscoveryHandle {
    discovery: Discovery,
    pub(super) attempt: Option<Attempt>,
    page_origin: String,
    request: Option<Request>,
    failure: Option<Failure>,
    retry: RetryPolicy,
    attempts: u32,
}

impl DiscoveryHandle {
    pub(super) fn new(
        discovery: Discovery,
        attempt: Option<Attempt>,
        page_origin: String,
        retry: RetryPolicy,
    ) -> Self {
        Self { discovery, attempt, page_origin, request: None, failure: None, retry, attempts: 0 }
    }

    pub(super) fn models(&self) -> Result<&[Model], Failure> {
        self.discovery.models()
    }

    pub(super) fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    /// It is for a diagnosis: what fails is not asked for again.
    pub(super) fn ask_once(&mut self) {
        self.retry.max_retries = 0;
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // The request to send next, with its secrets; nothing when all is known.
            "poll" => {
                self.request = self.discovery.poll_request()?;
                Ok(Reply::optional(self.request.as_ref().map(reply::expose)))
            }
            "answered" => self.answered(arguments),
            "unanswered" => Ok(self.unanswered(arguments)),
            "retryWait" => Ok(self.retry_wait(arguments.random)),
            // The models; a failure when there are none.
            "describeModels" => Ok(Reply::Json(describe::describe_models(self.models()?))),
            _ => Ok(Reply::Unknown),
        }
    }

    /// `(status, headers; body)`: takes the answer. What is wrong with it is
    /// remembered for [`retry_wait`](Self::retry_wait).
    fn answered(&mut self, arguments: &mut Arguments<'_>) -> Outcome {
        let Some(request) = self.request.take() else { return Ok(Reply::Nothing) };
        let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
        let asked = Asked {
            request: &request,
            page_origin: &self.page_origin,
            now_wall_ms: arguments.now_ms,
        };
        let taken = self.discovery.handle_answer(&answer, &asked);
        // What a wait has mended is not why it may still fail.
        self.failure = taken.as_ref().err().cloned();
        taken.map(|()| Reply::Nothing)
    }

    /// `(word, limit)`: takes the news that there is no answer; what that means,
    /// as a failure.
    fn unanswered(&mut self, arguments: &mut Arguments<'_>) -> Reply {
        let Some(request) = self.request.take() else { return Reply::Nothing };
        let asked = Asked {
            request: &request,
            page_origin: &self.page_origin,
            now_wall_ms: arguments.now_ms,
        };
        let failure = failure::from_transport(&reply::transport_error(arguments), &asked);
        let told = to_js::describe(&failure);
        self.failure = Some(failure);
        Reply::Json(told)
    }

    /// How long to wait before asking again, in milliseconds; nothing to give
    /// up. A server that can't be reached isn't asked again: the user is
    /// waiting for the verdict.
    fn retry_wait(&mut self, random: f64) -> Reply {
        let Some(failure) = self.failure.as_ref().filter(|failure| failure.status.is_some()) else {
            return Reply::Nothing;
        };
        self.attempts += 1;
        let Some(wait) = self.retry.wait_ms(self.attempts, failure, random) else {
            return Reply::Nothing;
        };
        let mut out = String::new();
        write::push_number(&mut out, wait);
        Reply::Json(out)
    }
}
