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

/// The question to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Where messages would go.
    pub base: BaseUrl,
    /// What the user has not agreed to, as it may be shown: the address, the
    /// token masked, the headers by their names.
    pub changed: Vec<(Key, String)>,
}

impl Confirmation {
    /// The failure of an attempt that has to ask first.
    #[must_use]
    pub fn refusal(&self) -> Failure {
        let origin = self.base.origin();
        let host = origin.authority();
        let changed: Vec<_> = self.changed.iter().map(|(key, _)| key.name()).collect();
        Failure::new(Code::InteractionRequired, format!("the user has not agreed to connect to {host}")).hint(
            Hint::new(
                "confirm-host",
                Audience::User,
                format!("This page's address names {host}. Connect only if your organisation uses it: what you write will be sent there."),
            )
            .with("host", host)
            .with("origin", origin.to_string())
            .with("address", self.base.to_string())
            .with("changed", changed.join(", ")),
        )
    }
}
