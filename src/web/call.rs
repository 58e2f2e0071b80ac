//! One call to the provider: sent, sent again where that may help, and
//! handed over as soon as an answer begins.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Math, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use crate::error::Failure;
use crate::http::Request;
use crate::http::answer::{Answer, TransportError, Wait};
use crate::http::retry::RetryPolicy;
use crate::provider::failure::{self, Asked};
use crate::provider::messages::{self, BodyKind, Whole};
use crate::secret::Secret;

use super::abort::{Abort, Cause};
use super::clock;
use super::error;
use super::fetch::{self, Arrived, Unanswered, Watch};

/// An error's body is read up to here.
const LARGEST_ERROR: u32 = 256 * 1024;

/// What all calls of a connector share.
#[derive(Clone)]
pub struct Host {
    /// The page's fetch.
    pub fetch: Function,
    /// The origin that servers must allow.
    pub page_origin: String,
    /// Until the head of a message's answer.
    pub first_byte_ms: u32,
    /// Between two pieces of an answer.
    pub idle_ms: u32,
    /// Until the head of any other answer.
    pub control_ms: u32,
    /// The largest answer that is not a stream.
    pub largest_answer: u32,
    /// When to send again.
    pub retry: RetryPolicy,
}

impl Host {
    /// Sends a request and reads the answer whole, once.
    ///
    /// # Errors
    /// No answer, or called off.
    pub async fn exchange(&self, request: &Request, abort: &Abort) -> Result<Answer, Unanswered> {
        let arrived = fetch::send(&self.fetch, request, abort, self.control_ms).await?;
        fetch::read_whole(arrived, abort, self.idle_ms, self.largest_answer).await
    }

    /// What an answer to this request is judged against.
    #[must_use]
    pub fn asked<'a>(&'a self, request: &'a Request, secret: &'a Secret) -> Asked<'a> {
        Asked {
            request,
            secret: Some(secret),
            page_origin: &self.page_origin,
            now_wall_ms: clock::wall_ms(),
        }
    }
}

/// What the caller is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A message, streamed or whole.
    Message,
    /// A count of tokens.
    TokenCount,
}

/// What an attempt came to, when not to an answer.
enum Outcome {
    Aborted(JsValue),
    Failed(Failure),
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A call under way. The driver, in `js/message_stream.js`:
///
/// 1. [`send`](Self::send) resolves to `{ response }` for an event stream, and
///    to `{ text, kind }` for a body that was read whole.
/// 2. While it reads a stream it calls [`heard`](Self::heard) for each piece,
///    and stops reading when [`signal`](Self::signal) fires.
/// 3. When reading fails, [`why_stopped`](Self::why_stopped) tells the error
///    to throw. If nothing was delivered yet, [`again`](Self::again) may send
///    the request once more.
/// 4. [`close`](Self::close), whatever happened.
#[wasm_bindgen]
pub struct Call(Rc<Inner>);

struct Inner {
    host: Host,
    request: Request,
    secret: Secret,
    expected: Expected,
    foreign: Option<AbortSignal>,
    abort: RefCell<Abort>,
    idle: RefCell<Option<Watch>>,
    attempts: Cell<u32>,
    retrying: Function,
    closing: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl Call {
    /// A call that nothing has been sent of. `retrying` hears of each wait;
    /// `closing` runs once when the call is over.
    ///
    /// # Errors
    /// What the host threw for want of an `AbortController`.
    pub fn new(
        host: Host,
        request: Request,
        secret: Secret,
        expected: Expected,
        foreign: Option<AbortSignal>,
        retrying: Function,
    ) -> Result<Self, JsValue> {
        let abort = RefCell::new(Abort::new(foreign.clone())?);
        Ok(Self(Rc::new(Inner {
            host,
            request,
            secret,
            expected,
            foreign,
            abort,
            idle: RefCell::new(None),
            attempts: Cell::new(0),
            retrying,
            closing: RefCell::new(None),
        })))
    }

    /// Sets what runs once when the call is over.
    pub fn on_close(&self, closing: impl FnOnce() + 'static) {
        *self.0.closing.borrow_mut() = Some(Box::new(closing));
    }

    /// Stops it from inside the module.
    #[must_use]
    pub fn stopper(&self) -> impl Fn(JsValue) + 'static {
        let weak = Rc::downgrade(&self.0);
        move |reason| {
            if let Some(inner) = weak.upgrade() {
                inner.abort.borrow().stop(Cause::Page(reason));
            }
        }
    }
}

#[wasm_bindgen]
impl Call {
    /// Sends the request, again where the policy says so, until an answer begins.
    pub fn send(&self) -> Promise {
        let inner = self.0.clone();
        future_to_promise(async move { inner.send().await })
    }

    /// Sends it once more after an error in the stream, or rejects with the error.
    pub fn again(&self, error: JsValue) -> Promise {
        let inner = self.0.clone();
        future_to_promise(async move {
            inner.idle.take();
            let failure = error::from_js(&error);
            if inner.wait_for_retry(&failure, &error).await? {
                inner.send().await
            } else {
                Err(error)
            }
        })
    }

    /// Something of the stream arrived.
    pub fn heard(&self) {
        if let Some(watch) = &*self.0.idle.borrow() {
            watch.heard();
        }
    }

    /// Fires when reading has to stop.
    #[wasm_bindgen(getter)]
    pub fn signal(&self) -> AbortSignal {
        self.0.abort.borrow().signal()
    }

    /// Calls it off with the page's reason.
    pub fn abort(&self, reason: JsValue) {
        self.0.abort.borrow().stop(Cause::Page(reason));
    }

    /// Why reading stopped: `{ reason }` when the page called it off, else `{ error }`.
    #[wasm_bindgen(js_name = whyStopped)]
    pub fn why_stopped(&self) -> Object {
        let cause = self.0.abort.borrow().cause();
        let (name, value) = match cause {
            Some(Cause::Page(reason)) => ("reason", reason),
            Some(Cause::Fault(fault)) => ("error", error::to_js(&self.0.failure(&fault))),
            None => ("error", error::to_js(&self.0.failure(&TransportError::Interrupted))),
        };
        let told = Object::new();
        let _ = Reflect::set(&told, &name.into(), &value);
        told
    }

    /// The call is over.
    pub fn close(&self) {
        self.0.idle.take();
        if let Some(closing) = self.0.closing.take() {
            closing();
        }
    }
}

impl Inner {
    async fn send(self: Rc<Self>) -> Result<JsValue, JsValue> {
        loop {
            match self.attempt().await {
                Ok(delivery) => return Ok(delivery),
                Err(Outcome::Aborted(reason)) => return Err(reason),
                Err(Outcome::Failed(failure)) => {
                    let error = error::to_js(&failure);
                    if !self.wait_for_retry(&failure, &error).await? {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Waits as the policy says; `false` when it says to give up.
    async fn wait_for_retry(&self, failure: &Failure, error: &JsValue) -> Result<bool, JsValue> {
        let attempt = self.attempts.get() + 1;
        self.attempts.set(attempt);
        let Some(delay_ms) = self.host.retry.wait_ms(attempt, failure, Math::random()) else {
            return Ok(false);
        };
        // A wait that ran out has used up its controller.
        if !matches!(self.abort.borrow().cause(), Some(Cause::Page(_))) {
            let renewed = Abort::new(self.foreign.clone())?;
            *self.abort.borrow_mut() = renewed;
        }
        // A listener of the page's that throws is its own affair.
        let _ = self.retrying.call3(
            &JsValue::UNDEFINED,
            &attempt.into(),
            &(delay_ms as f64).into(),
            error,
        );
        let abort = self.abort.borrow().clone();
        let slept = abort.or_stopped(&clock::sleep(delay_ms)).await;
        match (slept, abort.cause()) {
            (_, Some(Cause::Page(reason))) => Err(reason),
            _ => Ok(true),
        }
    }

    async fn attempt(&self) -> Result<JsValue, Outcome> {
        let abort = self.abort.borrow().clone();
        let first_byte_ms = match self.expected {
            Expected::Message => self.host.first_byte_ms,
            Expected::TokenCount => self.host.control_ms,
        };
        let arrived = fetch::send(&self.host.fetch, &self.request, &abort, first_byte_ms).await;
        let arrived = arrived.map_err(|unanswered| self.outcome(unanswered))?;
        let streamed = self.expected == Expected::Message
            && BodyKind::of(&arrived.head) == BodyKind::EventStream;
        if arrived.head.is_success() && streamed {
            *self.idle.borrow_mut() = Some(Watch::start(&abort, Wait::Idle, self.host.idle_ms));
            return Ok(delivery(&[("response", arrived.response.into())]));
        }
        self.read_whole(arrived, &abort).await
    }

    async fn read_whole(&self, arrived: Arrived, abort: &Abort) -> Result<JsValue, Outcome> {
        let success = arrived.head.is_success();
        let head = arrived.head.clone();
        let largest = if success { self.host.largest_answer } else { LARGEST_ERROR };
        let read = fetch::read_whole(arrived, abort, self.host.idle_ms, largest).await;
        let answer = match read {
            Ok(answer) => answer,
            // The status alone still says what went wrong.
            Err(Unanswered::Failed(_)) if !success => Answer { head, body: String::new() },
            Err(unanswered) => return Err(self.outcome(unanswered)),
        };
        let asked = self.host.asked(&self.request, &self.secret);
        if !success {
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
        Ok(delivery(&[("text", answer.body.into()), ("kind", kind.into())]))
    }

    fn outcome(&self, unanswered: Unanswered) -> Outcome {
        match unanswered {
            Unanswered::Aborted(reason) => Outcome::Aborted(reason),
            Unanswered::Failed(error) => Outcome::Failed(self.failure(&error)),
        }
    }

    fn failure(&self, error: &TransportError) -> Failure {
        failure::from_transport(error, &self.host.asked(&self.request, &self.secret))
    }
}

fn delivery(members: &[(&str, JsValue)]) -> JsValue {
    let delivery = Object::new();
    for (name, value) in members {
        let _ = Reflect::set(&delivery, &(*name).into(), value);
    }
    delivery.into()
}
