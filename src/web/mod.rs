//! The boundary to JavaScript: an operation's name and its arguments come in
//! as JSON, its answer goes out as JSON, through three plain exports.
//!
//! Nothing here waits. `js/` sends what these operations ask for and hands
//! back what came of it, since a driver in JavaScript is a fraction of the
//! size of one compiled from async Rust.
//!
//! To add an operation: an arm of the `match operation` that it belongs to
//! (of the module in [`dispatch`], of an object in that object's file), and a
//! call by the same name in `js/`. A test holds the two sides together.

pub mod access;
#[cfg(target_arch = "wasm32")]
mod allocator;
pub mod broker;
pub mod call;
pub mod call_abi;
pub mod connector;
pub mod discovery;
pub mod dispatch;
pub mod failure;
mod graph;
pub mod nested_app_auth;
pub mod operation;
pub mod records;
pub mod reply;
pub mod signing;
pub mod stream_abi;
