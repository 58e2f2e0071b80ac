//! What an organisation and its users set, and where each value came from.
//!
//! Layers lie on top of each other: the manifest's parameters, then what the
//! user typed. The page's own address is the manifest layer, so any link can
//! forge it; a secret therefore serves only the server that its own layer
//! named.

mod bedrock;
mod foundry;
pub mod gateway;
pub mod headers;
pub mod key;
pub mod manifest;
pub mod merge;
pub mod problem;
pub mod provider;
pub mod settings;
pub mod sign_in;
mod vertex;

pub use key::Key;
pub use merge::{Configuration, Layer, Values};
pub use problem::{Problem, Severity};
pub use provider::{Kind, ProviderSettings, Reading};
