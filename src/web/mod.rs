//! The boundary to JavaScript: an operation's name and its arguments come in
//! as JSON, its answer goes out as JSON, through three plain exports.
//!
//! Nothing here waits. `js/` sends what these operations ask for and hands
//! back what came of it, since a driver in JavaScript is a fraction of the
//! size of one compiled from async Rust.
//!
//! The package has two modules of this boundary: the one that every session
//! needs (the feature `start`), and the one with what few sessions need, which
//! is loaded when that is first used (`on-demand`). An object lives in the
//! module that made it.
//!
//! To add an operation: an arm of the `match operation` that it belongs to
//! (of the module in [`dispatch`], of an object in that object's file), and a
//! call by the same name in `js/`. A test holds the two sides together.

#[cfg(feature = "start")]
pub mod access;
#[cfg(target_arch = "wasm32")]
mod allocator;
#[cfg(feature = "on-demand")]
pub mod broker;
#[cfg(feature = "start")]
pub mod call;
pub mod call_abi;
#[cfg(feature = "start")]
pub mod connector;
#[cfg(feature = "on-demand")]
pub mod diagnosis;
#[cfg(feature = "start")]
pub mod discovery;
pub mod dispatch;
pub mod failure;
#[cfg(feature = "on-demand")]
mod graph;
#[cfg(feature = "on-demand")]
pub mod nested_app_auth;
pub mod operation;
#[cfg(feature = "start")]
pub mod records;
pub mod reply;
#[cfg(feature = "start")]
pub mod signing;
#[cfg(feature = "start")]
pub mod stream_abi;
