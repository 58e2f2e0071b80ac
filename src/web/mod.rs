//! The browser's side of the seams, and the classes that JavaScript sees.
//! The only place that names wasm-bindgen; it converts and delegates.

pub mod abort;
pub mod call;
pub mod clock;
pub mod connector;
pub mod error;
pub mod fetch;
pub mod storage;
