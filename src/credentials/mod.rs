//! What is kept between two openings of the pane, and where.
//!
//! Three records, each versioned and readable by itself, so that one broken
//! record costs nothing but itself: the settings that the user typed, the
//! secrets with the server that they are for, and the marker that holds back
//! connecting by itself after a sign-out. The first two are sealed where the
//! host can do that: this folder says what a sealed record looks like and what
//! it is bound to, `js/vault.js` encrypts.

pub mod name;
pub mod record;
pub mod sealing;
pub mod vault;

pub use record::{KeptSecrets, KeptSettings};
pub use vault::{Changes, Kept};
