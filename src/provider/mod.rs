//! Who answers: requests in each provider's own shape, and what its answers
//! and errors mean.

pub mod access;
pub mod anthropic;
pub mod bedrock;
mod betas;
pub mod capabilities;
pub mod discovery;
pub mod endpoint;
pub mod error_body;
pub mod failure;
mod format;
mod known;
pub mod messages;
pub mod model_id;
pub mod models;
pub mod rules;
pub mod server_tools;
pub mod vertex;

pub use access::Access;
pub use discovery::Discovery;
pub use endpoint::Provider;
pub use models::{Model, ModelSource, Verdict};
