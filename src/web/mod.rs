//! The boundary to JavaScript.

use wasm_bindgen::prelude::wasm_bindgen;

pub mod stream_abi;

/// The version of the compiled core, which the loader compares with its own.
#[wasm_bindgen(js_name = coreVersion)]
#[must_use]
pub fn core_version() -> wasm_bindgen::JsValue {
    env!("CARGO_PKG_VERSION").into()
}
