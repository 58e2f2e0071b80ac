//! Signature Version 4 against AWS's suite, against other signers, and
//! against input that nobody meant to sign.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod differential;
mod refusals;
mod suite;
mod support;
mod vectors;
