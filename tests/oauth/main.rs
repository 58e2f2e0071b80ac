//! The standard sign-in, client and broker together, against a fake clock and
//! answers that a test writes.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod google;
mod hostile;
mod pane;
mod redirects;
mod refusals;
mod signing_in;
