//! The states that a connector passes through, from the page's address to a
//! gateway that answers, and what of it is kept.

pub mod chain;
pub mod consent;
pub mod describe;
mod model_cache;
pub mod state;

pub use chain::{MissingLayer, Renewal};
pub use consent::Consent;
pub use state::{Attempt, Connection, Plan, State};
