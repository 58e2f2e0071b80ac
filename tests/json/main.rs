//! The JSON reader against the standard's cases and against `serde_json`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod conformance;
mod edit;
mod partial;
mod properties;
mod reading;
mod tree;
