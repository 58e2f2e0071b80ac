//! What an organisation and its users set, and where each value came from.
//!
//! Layers lie on top of each other: the manifest's parameters, the user's
//! attributes in the directory, the bootstrap answer, and what the user typed.
//! The page's own address is the manifest layer, so any link can forge it; a
//! secret therefore serves only the server that its own layer named.

mod bedrock;
pub mod bootstrap;
mod foundry;
pub mod gateway;
pub mod headers;
pub mod key;
pub mod layer;
mod list;
pub mod manifest;
pub mod mcp_servers;
pub mod merge;
pub mod model_list;
pub mod policy;
pub mod problem;
pub mod provider;
pub mod review;
mod rules;
pub mod settings;
mod shape;
pub mod sign_in;
pub mod skills;
mod template;
mod vertex;

pub use key::Key;
pub use layer::Names;
pub use merge::{Configuration, Layer, Layers, Values};
pub use problem::{Problem, Severity};
pub use provider::{Kind, ProviderSettings, Reading};
pub use rules::contradiction;
