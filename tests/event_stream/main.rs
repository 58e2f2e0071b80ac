//! Event streams against the vectors of other implementations, against one of
//! them directly, and at every split.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

#[path = "../stream/accumulate.rs"]
mod accumulate;
#[path = "../stream/answer.rs"]
mod answer;
mod differential;
mod encoder;
mod feeding;
mod limits;
mod messages;
mod smithy;
mod streams;
mod vectors;
