//! Stopping what is under way, with the reason kept.
//!
//! Each operation has a controller of its own. A signal that the page hands
//! in is only listened to: its reason may be anything, and it is given back
//! to the page unwrapped.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal};

use crate::http::answer::TransportError;

/// Why an operation was stopped.
#[derive(Clone, Debug)]
pub enum Cause {
    /// The page's reason.
    Page(JsValue),
    /// A wait ran out or a limit was passed.
    Fault(TransportError),
}

/// An operation that can be stopped.
#[derive(Clone)]
pub struct Abort(Rc<Inner>);

struct Inner {
    controller: AbortController,
    cause: RefCell<Option<Cause>>,
    /// Resolves when the operation is stopped: what the host provides may
    /// ignore the signal, and nothing may wait for it.
    stopped: Promise,
    resolve: Function,
    foreign: RefCell<Option<(AbortSignal, Closure<dyn FnMut()>)>>,
}

impl Abort {
    /// Begins an operation that `foreign`, if given, can stop.
    ///
    /// # Errors
    /// What the host threw for want of an `AbortController`.
    pub fn new(foreign: Option<AbortSignal>) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let mut resolver = None;
        let stopped = Promise::new(&mut |resolve, _| resolver = Some(resolve));
        let resolve = resolver.ok_or(JsValue::UNDEFINED)?;
        let abort = Self(Rc::new(Inner {
            controller,
            cause: RefCell::new(None),
            stopped,
            resolve,
            foreign: RefCell::new(None),
        }));
        if let Some(signal) = foreign {
            if signal.aborted() {
                abort.stop(Cause::Page(signal.reason()));
            } else {
                abort.follow(signal)?;
            }
        }
        Ok(abort)
    }

    fn follow(&self, signal: AbortSignal) -> Result<(), JsValue> {
        let weak = Rc::downgrade(&self.0);
        let source = signal.clone();
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(inner) = weak.upgrade() {
                Self(inner).stop(Cause::Page(source.reason()));
            }
        });
        signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref())?;
        *self.0.foreign.borrow_mut() = Some((signal, listener));
        Ok(())
    }

    /// Stops the operation; the first cause counts.
    pub fn stop(&self, cause: Cause) {
        if self.0.cause.borrow().is_some() {
            return;
        }
        *self.0.cause.borrow_mut() = Some(cause);
        self.0.controller.abort();
        let _ = self.0.resolve.call0(&JsValue::UNDEFINED);
    }

    /// Why it was stopped, if it was.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.0.cause.borrow().clone()
    }

    /// The signal to hand to fetch.
    #[must_use]
    pub fn signal(&self) -> AbortSignal {
        self.0.controller.signal()
    }

    /// Waits for a promise, but not past the end of the operation: look at
    /// [`cause`](Self::cause) before the result.
    ///
    /// # Errors
    /// What the promise rejected with.
    pub async fn or_stopped(&self, promise: &Promise) -> Result<JsValue, JsValue> {
        let both = js_sys::Array::of2(promise, &self.0.stopped);
        JsFuture::from(Promise::race(&both)).await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some((signal, listener)) = self.foreign.get_mut().take() {
            let _ = signal
                .remove_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
        }
    }
}
