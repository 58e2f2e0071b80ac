//! Nested app authentication against a scripted host and a fake clock.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod answers;
mod caching;
mod challenges;
mod conversation;
mod pane;
mod properties;
mod refusals;
