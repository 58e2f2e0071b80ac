//! Why a connection doesn't work, found out by asking, and what to change so
//! that it does.
//!
//! A browser tells a page the same of a dead host, a refused preflight and a
//! missing header. Asked in several ways, it tells them apart: [`Diagnosis`]
//! asks without a credential first, then gets what opens the provider and sends
//! one fixed message with it. What
//! comes out are [`Finding`]s: a step, a verdict, and with them
//! all that the exact lines are made of that whoever runs the server has to add
//! (`js/explain.js`, which a page loads when it needs it). [`allowlist`] says
//! what has to be let through in the first place, and [`report`] puts it all
//! into a text that may be posted in public.

pub mod allowlist;
mod answer;
pub mod environment;
pub mod finding;
pub mod hosts;
pub mod probe;
pub mod report;
pub mod run;
pub mod target;
pub mod verdict;

pub use answer::Streamed;
pub use environment::Environment;
pub use finding::{Finding, Refusal, Status, Step};
pub use hosts::{Asker, Hosts};
pub use probe::{Mode, Probe, Seen};
pub use run::{Action, Diagnosis};
pub use target::Target;
pub use verdict::Verdict;
