//! The classes and functions that JavaScript holds: they convert and
//! delegate. The only place that names wasm-bindgen.
//!
//! Nothing here waits. `js/` sends what these classes ask for and hands back
//! what came of it, since a driver in JavaScript is a fraction of the size of
//! one compiled from async Rust.

#[cfg(target_arch = "wasm32")]
mod allocator;
pub mod call;
pub mod connector;
pub mod discovery;
pub mod failure;
pub mod nested_app_auth;
pub mod records;
pub mod reply;
pub mod signing;
pub mod stream_abi;
