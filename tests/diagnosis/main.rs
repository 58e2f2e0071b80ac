//! The diagnosis, asked of servers with every fault there is, through a
//! browser that follows the Fetch standard.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod allowlist;
mod faults;
mod hosts;
mod properties;
mod providers;
mod report;
mod world;
