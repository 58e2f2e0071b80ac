//! How a page sets a client up.

use crate::text::{digits, split_once};

use super::account::Tenancy;
use super::envelope::Method;
use super::fields::{Fields, Words, parse};

/// The members by their places.
const NAMES: &str =
    "clientId origin authority libraryName libraryVersion capabilities limits redirectUri";
const CLIENT_ID: usize = 0;
const ORIGIN: usize = 1;
const AUTHORITY: usize = 2;
const LIBRARY_NAME: usize = 3;
const LIBRARY_VERSION: usize = 4;
const CAPABILITIES: usize = 5;
const LIMITS: usize = 6;
const REDIRECT_URI: usize = 7;

/// A client's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which accounts are let in.
    pub tenancy: Tenancy,
    fields: Fields,
}

impl Settings {
    /// Reads the JSON of `js/nested_app_auth.js`, which has checked it. All are
    /// texts that may be missing; `limits` are how long the answer to each
    /// [`Method`] is waited for, in milliseconds, with blanks between.
    #[must_use]
    pub fn read(options: &str) -> Self {
        let fields = Fields::read(parse(options), NAMES);
        Self { tenancy: Tenancy::of_authority(fields.at(AUTHORITY)), fields }
    }

    /// The application's ID.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.fields.at(CLIENT_ID)
    }

    /// The page's origin, for what failures advise; empty where it has none.
    #[must_use]
    pub fn page_origin(&self) -> &str {
        self.fields.at(ORIGIN)
    }

    /// Where the page's own sign-in comes back to; empty where a host signs in.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.fields.at(REDIRECT_URI)
    }

    /// Whether messages go to [`super::oauth`] instead of to a host.
    #[must_use]
    pub fn is_own_broker(&self) -> bool {
        !self.redirect_uri().is_empty()
    }

    /// The host at which the cloud's users sign in.
    #[must_use]
    pub fn login_host(&self) -> &str {
        let (_, rest) = split_once(self.fields.at(AUTHORITY), "//").unwrap_or_default();
        let host = split_once(rest, "/").map_or(rest, |(host, _)| host);
        if host.is_empty() { "login.microsoftonline.com" } else { host }
    }

    /// What the host is told that asks: this package, unless the page says otherwise.
    #[must_use]
    pub fn library_name(&self) -> &str {
        self.fields.at_or(LIBRARY_NAME, env!("CARGO_PKG_NAME"))
    }

    /// The version of that.
    #[must_use]
    pub fn library_version(&self) -> &str {
        self.fields.at_or(LIBRARY_VERSION, env!("CARGO_PKG_VERSION"))
    }

    /// What the client is capable of, for example `["CP1"]`; empty for nothing.
    #[must_use]
    pub fn capabilities(&self) -> &str {
        self.fields.at(CAPABILITIES)
    }

    /// How long an answer is waited for, in milliseconds.
    #[must_use]
    pub fn limit_ms(&self, method: Method) -> u64 {
        let mut limits = Words(self.fields.at(LIMITS));
        limits.nth(method as usize).and_then(digits).unwrap_or_default()
    }
}
