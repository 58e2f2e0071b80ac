//! Who answers: requests in each provider's own shape, and what its answers
//! and errors mean.

pub mod discovery;
pub mod error_body;
pub mod failure;
pub mod gateway;
pub mod messages;
pub mod models;

pub use discovery::Discovery;
pub use gateway::Gateway;
pub use models::{Model, ModelSource, Verdict};
