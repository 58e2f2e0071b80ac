//! How a page sets a client up.

use crate::json::Json;

use super::account::Tenancy;
use super::envelope::Method;
use super::fields::{Fields, parse};

/// The members by their places.
const NAMES: [&str; 7] = [
    "clientId",
    "origin",
    "authority",
    "libraryName",
    "libraryVersion",
    "capabilities",
    "redirectUri",
];
const CLIENT_ID: usize = 0;
const ORIGIN: usize = 1;
const AUTHORITY: usize = 2;
const LIBRARY_NAME: usize = 3;
const LIBRARY_VERSION: usize = 4;
const CAPABILITIES: usize = 5;
const REDIRECT_URI: usize = 6;

/// A client's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which accounts are let in.
    pub tenancy: Tenancy,
    fields: Fields,
    limits_ms: [u64; 3],
}

impl Settings {
    /// Reads the JSON of `js/nested_app_auth.js`, which has checked it. All are
    /// texts that may be missing, but for `limits`: how long the answer to each
    /// [`Method`] is waited for, in milliseconds.
    #[must_use]
    pub fn read(options: &str) -> Self {
        let options = parse(options);
        let fields = Fields::read(options, &NAMES);
        let mut limits_ms = [0; 3];
        let mut given = options.get("limits").unwrap_or(Json::NULL).elements();
        for limit in &mut limits_ms {
            *limit = given.next().and_then(|limit| limit.as_u64()).unwrap_or_default();
        }
        Self { tenancy: Tenancy::of_authority(fields.at(AUTHORITY)), fields, limits_ms }
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
        let authority = self.fields.at(AUTHORITY).strip_prefix("https://").unwrap_or_default();
        let host = authority.split_once('/').map_or(authority, |(host, _)| host);
        if host.is_empty() { "login.microsoftonline.com" } else { host }
    }

    /// What the host is told that asks.
    #[must_use]
    pub fn library_name(&self) -> &str {
        self.fields.at(LIBRARY_NAME)
    }

    /// The version of that.
    #[must_use]
    pub fn library_version(&self) -> &str {
        self.fields.at(LIBRARY_VERSION)
    }

    /// What the client is capable of, for example `["CP1"]`; empty for nothing.
    #[must_use]
    pub fn capabilities(&self) -> &str {
        self.fields.at(CAPABILITIES)
    }

    /// How long an answer is waited for, in milliseconds.
    #[must_use]
    pub fn limit_ms(&self, method: Method) -> u64 {
        self.limits_ms.get(method as usize).copied().unwrap_or_default()
    }
}
