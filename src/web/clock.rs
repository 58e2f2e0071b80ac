//! The host's clocks and timers.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, delay_ms: u32) -> JsValue;

    #[wasm_bindgen(js_name = setInterval)]
    fn set_interval(callback: &Function, period_ms: u32) -> JsValue;

    #[wasm_bindgen(js_name = clearInterval)]
    fn clear_interval(id: &JsValue);
}

/// Milliseconds of a clock that never goes back.
#[must_use]
pub fn steady_ms() -> f64 {
    performance_now()
}

/// Milliseconds since 1970, as the machine believes.
#[must_use]
pub fn wall_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// A promise that resolves after a while.
#[must_use]
pub fn sleep(delay_ms: u64) -> Promise {
    let delay = u32::try_from(delay_ms).unwrap_or(u32::MAX).min(i32::MAX as u32);
    Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, delay);
    })
}

/// Calls back at intervals until it is dropped.
pub struct Ticks {
    id: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Ticks {
    /// Begins to tick.
    #[must_use]
    pub fn every(period_ms: u32, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::<dyn FnMut()>::new(callback);
        let id = set_interval(callback.as_ref().unchecked_ref(), period_ms);
        Self { id, _callback: callback }
    }
}

impl Drop for Ticks {
    fn drop(&mut self) {
        clear_interval(&self.id);
    }
}
