//! One request over the page's fetch: sent without cookies, referrer or
//! redirects, waited for with patience, read up to a limit.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, Response};

use crate::http::answer::{Answer, Head, TransportError, Wait};
use crate::http::patience::Patience;
use crate::http::request::Request;

use super::abort::{Abort, Cause};
use super::clock::{self, Ticks};

/// An answer whose body has not been read yet.
pub struct Arrived {
    /// Status and readable headers.
    pub head: Head,
    /// Fetch's own object, for whoever reads the body.
    pub response: Response,
}

/// Why there is no answer.
pub enum Unanswered {
    /// The page called it off, with its reason.
    Aborted(JsValue),
    /// The network, a limit or a wait.
    Failed(TransportError),
}

/// Watches a wait and stops the operation when it has lasted too long.
pub struct Watch {
    patience: Rc<RefCell<Patience>>,
    _ticks: Ticks,
}

impl Watch {
    /// Begins to wait.
    #[must_use]
    pub fn start(abort: &Abort, wait: Wait, limit_ms: u32) -> Self {
        let patience = Rc::new(RefCell::new(Patience::new(limit_ms, clock::steady_ms())));
        let tick_ms = patience.borrow().tick_ms();
        let (watched, abort) = (patience.clone(), abort.clone());
        let ticks = Ticks::every(tick_ms, move || {
            if watched.borrow_mut().tick(clock::steady_ms()) {
                abort.stop(Cause::Fault(TransportError::TimedOut { wait, limit_ms }));
            }
        });
        Self { patience, _ticks: ticks }
    }

    /// Something arrived.
    pub fn heard(&self) {
        self.patience.borrow_mut().heard();
    }
}

/// Sends a request and waits for the head of the answer.
///
/// # Errors
/// No answer, a redirect, or called off.
pub async fn send(
    fetch: &Function,
    request: &Request,
    abort: &Abort,
    first_byte_ms: u32,
) -> Result<Arrived, Unanswered> {
    if let Some(cause) = abort.cause() {
        return Err(unanswered(cause));
    }
    let watch = Watch::start(abort, Wait::FirstByte, first_byte_ms);
    let promise = match fetch.call2(
        &JsValue::UNDEFINED,
        &request.url().as_str().into(),
        &init(request, abort),
    ) {
        Ok(returned) => Promise::resolve(&returned),
        Err(_) => return Err(Unanswered::Failed(network())),
    };
    let settled = abort.or_stopped(&promise).await;
    drop(watch);
    let response: Response = match (settled, abort.cause()) {
        (Ok(response), None) => response.unchecked_into(),
        (_, Some(cause)) => return Err(unanswered(cause)),
        (Err(_), None) => return Err(Unanswered::Failed(network())),
    };
    // With `redirect: "manual"` a redirect is an answer without contents.
    let kind = Reflect::get(&response, &"type".into()).ok().and_then(|kind| kind.as_string());
    if kind.as_deref() == Some("opaqueredirect") || (300..400).contains(&response.status()) {
        cancel_body(&response);
        return Err(Unanswered::Failed(TransportError::Redirected));
    }
    Ok(Arrived { head: head(&response), response })
}

/// Reads the body whole.
///
/// # Errors
/// Broken off, too large, too slow, or called off.
pub async fn read_whole(
    arrived: Arrived,
    abort: &Abort,
    idle_ms: u32,
    limit: u32,
) -> Result<Answer, Unanswered> {
    let Some(body) = body(&arrived.response) else {
        return Ok(Answer { head: arrived.head, body: String::new() });
    };
    let Ok(reader) = body.get_reader().dyn_into::<ReadableStreamDefaultReader>() else {
        return Err(Unanswered::Failed(TransportError::Interrupted));
    };
    let watch = Watch::start(abort, Wait::Idle, idle_ms);
    let mut bytes = Vec::new();
    loop {
        let settled = abort.or_stopped(&reader.read()).await;
        if let Some(cause) = abort.cause() {
            release(&reader);
            return Err(unanswered(cause));
        }
        let Ok(piece) = settled else {
            return Err(Unanswered::Failed(TransportError::Interrupted));
        };
        watch.heard();
        if Reflect::get(&piece, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            break;
        }
        let Ok(chunk) =
            Reflect::get(&piece, &"value".into()).and_then(|value| value.dyn_into::<Uint8Array>())
        else {
            release(&reader);
            return Err(Unanswered::Failed(TransportError::Interrupted));
        };
        if bytes.len() + chunk.length() as usize > limit as usize {
            release(&reader);
            return Err(Unanswered::Failed(TransportError::TooLarge { limit }));
        }
        bytes.extend_from_slice(&chunk.to_vec());
    }
    let body = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(Answer { head: arrived.head, body })
}

/// Lets go of a body that nobody will read, which closes the connection.
pub fn cancel_body(response: &Response) {
    if let Some(body) = body(response) {
        ignore(&body.cancel());
    }
}

fn release(reader: &ReadableStreamDefaultReader) {
    ignore(&reader.cancel());
}

/// Nobody waits for it, and a rejection is no news.
fn ignore(promise: &Promise) {
    let promise = promise.clone();
    spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
}

fn body(response: &Response) -> Option<ReadableStream> {
    Reflect::get(response, &"body".into())
        .ok()
        .filter(|body| body.is_object())
        .map(|body| body.unchecked_into())
}

fn unanswered(cause: Cause) -> Unanswered {
    match cause {
        Cause::Page(reason) => Unanswered::Aborted(reason),
        Cause::Fault(error) => Unanswered::Failed(error),
    }
}

fn network() -> TransportError {
    let navigator =
        Reflect::get(&js_sys::global(), &"navigator".into()).unwrap_or(JsValue::UNDEFINED);
    let on_line = Reflect::get(&navigator, &"onLine".into()).ok().and_then(|value| value.as_bool());
    TransportError::Network { offline: on_line == Some(false) }
}

fn head(response: &Response) -> Head {
    let mut headers = Vec::new();
    for pair in Array::from(&response.headers()).iter() {
        let pair = Array::from(&pair);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
            headers.push((name.to_ascii_lowercase(), value));
        }
    }
    Head { status: response.status(), headers }
}

fn init(request: &Request, abort: &Abort) -> Object {
    let init = Object::new();
    let set = |object: &Object, name: &str, value: &JsValue| {
        // A plain object takes every property.
        let _ = Reflect::set(object, &name.into(), value);
    };
    let headers = Object::new();
    for (name, value) in request.headers() {
        set(&headers, name.as_str(), &value.expose().into());
    }
    set(&init, "method", &request.method().as_str().into());
    set(&init, "headers", &headers);
    if let Some(body) = request.body() {
        set(&init, "body", &body.into());
    }
    set(&init, "mode", &"cors".into());
    set(&init, "credentials", &"omit".into());
    set(&init, "cache", &"no-store".into());
    set(&init, "redirect", &"manual".into());
    set(&init, "referrerPolicy", &"no-referrer".into());
    set(&init, "signal", &abort.signal());
    init
}
