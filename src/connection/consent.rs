//! What the user has to agree to before anything is sent: what only the
//! page's address, which any link can write, says.

use crate::config::Key;
use crate::error::{Audience, Code, Failure, Hint};
use crate::http::BaseUrl;

/// How far the user stands behind an attempt to connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// The user asked for it.
    pub interactive: bool,
    /// The origin that the user read and agreed to.
    pub confirm: Option<String>,
}

/// The failure of an attempt that has to ask first. `changed` is what the user
/// has not agreed to, as it may be shown: the address, the token masked, the
/// headers by their names.
#[must_use]
pub fn confirm_first(base: &BaseUrl, changed: Vec<(Key, String)>) -> Failure {
    let origin = base.origin();
    let host = origin.authority();
    let mut hint = Hint::new(
        "confirm-host",
        Audience::User,
        format!("This page's address names {host}. Connect only if your organisation uses it: what you write will be sent there."),
    )
    .with("origin", origin.to_string())
    .with("address", base.to_string());
    for (key, value) in changed {
        hint = hint.with(key.name(), value);
    }
    let message = format!("the user has not agreed to connect to {host}");
    Failure::new(Code::InteractionRequired, message).hint(hint.with("host", host))
}
