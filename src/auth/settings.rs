//! How a page sets a client up.

use crate::error::{Code, Failure};
use crate::json::Json;

use super::account::Tenancy;
use super::envelope::Method;
use super::fields::{Fields, object, parse, text};

/// A client's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which accounts are let in.
    pub tenancy: Tenancy,
    fields: Fields,
    limits_ms: [u64; 3],
}

/// Where each of the fields is.
const CLIENT_ID: usize = 0;
const ORIGIN: usize = 1;
const LIBRARY: usize = 2;
const LIBRARY_VERSION: usize = 3;
const CAPABILITIES: usize = 4;

/// Reads `{clientId, authority?, clientCapabilities?, clientLibrary?, origin?, timeouts}`
/// in JSON.
///
/// # Errors
/// `clientId` is missing.
pub fn read(options: &str) -> Result<Settings, Failure> {
    let options = parse(options);
    let mut fields = Fields::read(options, &["clientId", "origin"]);
    if fields.at(CLIENT_ID).is_empty() {
        return Err(Failure::new(
            Code::InvalidArgument,
            "clientId: not the ID of an app registration",
        ));
    }
    let library = object(options, "clientLibrary");
    for (name, own) in [("name", env!("CARGO_PKG_NAME")), ("version", env!("CARGO_PKG_VERSION"))] {
        let given = text(library, name);
        fields.push(if given.is_empty() { own } else { &given });
    }
    let capabilities = options.get("clientCapabilities").unwrap_or(Json::NULL);
    fields.push(if capabilities.elements().next().is_some() { capabilities.raw() } else { "" });
    let timeouts = object(options, "timeouts");
    let limits_ms = ["initMs", "silentMs", "popupMs"]
        .map(|name| timeouts.get(name).and_then(|limit| limit.as_u64()).unwrap_or_default());
    Ok(Settings { tenancy: Tenancy::of_authority(&text(options, "authority")), fields, limits_ms })
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
