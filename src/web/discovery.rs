//! A discovery, and the attempt to connect that it may be part of.

use wasm_bindgen::prelude::*;

use crate::connection::{Attempt, describe};
use crate::error::Failure;
use crate::http::Request;
use crate::http::retry::RetryPolicy;
use crate::provider::failure::{self, Asked};
use crate::provider::{Discovery, Model};

use super::{failure as to_js, reply};

/// Asks a gateway for its models. The driver loop of `js/connector.js`:
/// while [`poll`](Self::poll) gives a request, send it, then tell
/// [`answered`](Self::answered) or [`unanswered`](Self::unanswered); when one
/// throws, [`retry_wait`](Self::retry_wait) says whether to go on.
#[wasm_bindgen]
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

    pub(super) fn models(&self) -> Result<Vec<Model>, Failure> {
        self.discovery.clone().into_models()
    }

    pub(super) fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}

#[wasm_bindgen]
impl DiscoveryHandle {
    /// The request to send next, as JSON with its secrets, or nothing when all is known.
    ///
    /// # Errors
    /// A failure as JSON.
    pub fn poll(&mut self) -> Result<Option<String>, JsValue> {
        self.request = self.discovery.poll_request(0)?;
        Ok(self.request.as_ref().map(reply::expose))
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// A failure as JSON; it is remembered for [`retry_wait`](Self::retry_wait).
    pub fn answered(
        &mut self,
        status: u16,
        headers: &str,
        body: String,
        now_ms: f64,
    ) -> Result<(), JsValue> {
        let Some(request) = self.request.take() else { return Ok(()) };
        let answer = reply::answer(status, headers, body);
        let asked =
            Asked { request: &request, page_origin: &self.page_origin, now_wall_ms: now_ms as u64 };
        match self.discovery.handle_answer(&answer, &asked) {
            Ok(()) => {
                // What a wait has mended is not why it may still fail.
                self.failure = None;
                Ok(())
            }
            Err(failure) => {
                self.failure = Some(failure.clone());
                Err(failure.into())
            }
        }
    }

    /// Takes the news that there is no answer; the failure as JSON.
    pub fn unanswered(&mut self, word: &str, limit: u32) -> String {
        let Some(request) = self.request.take() else { return String::new() };
        let asked = Asked { request: &request, page_origin: &self.page_origin, now_wall_ms: 0 };
        let failure = failure::from_transport(&reply::transport_error(word, limit), &asked);
        let told = to_js::describe(&failure);
        self.failure = Some(failure);
        told
    }

    /// How long to wait before asking again, in milliseconds; nothing to give
    /// up. A server that can't be reached isn't asked again: the user is
    /// waiting for the verdict.
    #[wasm_bindgen(js_name = retryWait)]
    pub fn retry_wait(&mut self, random: f64) -> Option<f64> {
        let failure = self.failure.as_ref().filter(|failure| failure.status.is_some())?;
        self.attempts += 1;
        self.retry.wait_ms(self.attempts, failure, random).map(|wait| wait as f64)
    }

    /// The models as JSON.
    ///
    /// # Errors
    /// A failure as JSON when there are none.
    #[wasm_bindgen(js_name = describeModels)]
    pub fn describe_models(&self) -> Result<String, JsValue> {
        Ok(describe::describe_models(&self.models()?))
    }
}
