//! Why a connection doesn't work, found out by asking, and what to change so
//! that it does.
//!
//! A browser tells a page the same of a dead host, a refused preflight and a
//! missing header. Asked in several ways, it tells them apart: [`Diagnosis`]
//! asks without a credential first, then sends one fixed message with it. What
//! comes out are [`Finding`]s: a step, a verdict, and the exact lines that
//! whoever runs the server has to add. [`allowlist`] says what has to be let
//! through in the first place, and [`report`] puts it all into a text that may
//! be posted in public.

pub mod allowlist;
pub mod cors;
pub mod environment;
pub mod finding;
pub mod probe;
pub mod report;
pub mod run;
pub mod verdict;

pub use environment::{Environment, LocalNetwork};
pub use finding::{Finding, Refusal, Status, Step};
pub use probe::{Mode, Probe, Seen};
pub use run::{Action, Diagnosis, Streamed, Target};
pub use verdict::Verdict;
