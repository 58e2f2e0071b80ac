//! A small organisation on loopback to talk to, so that everything runs with no account anywhere.
//!
//! Five listeners, each an origin of its own: an Office-like host page, the
//! files of the taskpane that it frames, an LLM gateway, identity providers with
//! what their tokens open, and the clouds that have the model, with faults on
//! demand, over https where it is asked for. The README beside this crate lists
//! them. Nothing here shares code
//! with the package under test.

mod access_log;
mod bootstrap;
mod breakages;
mod certificates;
mod clouds;
mod gateway;
mod host_page;
mod identity;
mod listener;
mod organisation;
mod pane;
mod secrets;
mod tls;

pub use breakages::{BREAKAGES, Breakage};
pub use certificates::{Authority, CertificateError};
pub use clouds::registrations;
pub use gateway::faults::{CATALOGUE, Fault};
pub use gateway::journal::{Entry, Header, Journal, Outcome};
pub use gateway::stream::Speed;
pub use identity::applications;
pub use organisation::{OFFICE_JS, Options, Organisation, StartError};
pub use secrets::{IssuedSecret, Part, SecretKind, Sighting};
