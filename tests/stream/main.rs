//! The stream decoders against fixtures and against a second, plain reading of
//! the standards, at every split.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod accumulate;
mod answer;
mod event_source;
mod faults;
mod feeding;
mod heads;
mod large;
mod messages;
mod properties;
mod reference;
