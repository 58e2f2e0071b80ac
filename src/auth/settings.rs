//! How a page sets a client up.

use crate::error::{Code, Failure};
use crate::json::Json;

use super::account::Tenancy;
use super::envelope::Method;
use super::fields::{Fields, object, or, parse, text};

/// A client's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which accounts are let in.
    pub tenancy: Tenancy,
    fields: Fields,
    limits_ms: [u64; 3],
}

/// The members that are taken as they are, by their places, and what is worked
/// out of others behind them.
const NAMES: [&str; 4] = ["clientId", "origin", "authority", "redirectUri"];
const CLIENT_ID: usize = 0;
const ORIGIN: usize = 1;
const AUTHORITY: usize = 2;
const REDIRECT_URI: usize = 3;
const LIBRARY: usize = 4;
const LIBRARY_VERSION: usize = 5;
const CAPABILITIES: usize = 6;

/// In the order of [`Method`].
const LIMITS: [&str; 3] = ["initMs", "silentMs", "popupMs"];

/// Reads `{clientId, authority?, clientCapabilities?, clientLibrary?, origin?,
/// redirectUri?, timeouts}` in JSON.
///
/// # Errors
/// `clientId` is missing.
pub fn read(options: &str) -> Result<Settings, Failure> {
    let options = parse(options);
    let mut fields = Fields::read(options, &NAMES);
    if fields.at(CLIENT_ID).is_empty() {
        let message = "clientId: not the ID of an app registration";
        return Err(Failure::new(Code::InvalidArgument, message));
    }
    let library = object(options, "clientLibrary");
    fields.push(or(text(library, "name"), env!("CARGO_PKG_NAME")));
    fields.push(or(text(library, "version"), env!("CARGO_PKG_VERSION")));
    let capabilities = options.get("clientCapabilities").unwrap_or(Json::NULL).raw();
    fields.push(if capabilities.starts_with("[\"") { capabilities } else { "" }.to_owned());
    let timeouts = object(options, "timeouts");
    let mut limits_ms = [0; 3];
    for (limit, name) in limits_ms.iter_mut().zip(LIMITS) {
        *limit = timeouts.get(name).and_then(|limit| limit.as_u64()).unwrap_or_default();
    }
    Ok(Settings { tenancy: Tenancy::of_authority(fields.at(AUTHORITY)), fields, limits_ms })
}

impl Settings {
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
    pub fn library(&self) -> &str {
        self.fields.at(LIBRARY)
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
