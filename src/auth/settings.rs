//! How a page sets a client up.

use crate::error::{Code, Failure};
use crate::json::{self, Json};

use super::account::Tenancy;
use super::client::Settings;
use super::envelope::ClientInfo;
use super::field::text;

/// Reads `{clientId, authority?, clientCapabilities?, clientLibrary?, origin?, timeouts}`
/// in JSON.
///
/// # Errors
/// `clientId` is missing.
pub fn read(options: &str) -> Result<Settings, Failure> {
    let options = Json::parse(options, json::DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
    let client_id = text(options, "clientId").ok_or_else(|| {
        Failure::new(Code::InvalidArgument, "clientId: not the ID of an app registration")
    })?;
    let capabilities = options.get("clientCapabilities");
    let capabilities = capabilities.iter().flat_map(|list| list.elements());
    let library = options.get("clientLibrary").unwrap_or(Json::NULL);
    let timeouts = options.get("timeouts").unwrap_or(Json::NULL);
    let timeout = |name| timeouts.get(name).and_then(|limit| limit.as_u64()).unwrap_or_default();
    Ok(Settings {
        client: ClientInfo {
            client_id,
            capabilities: capabilities
                .filter_map(|capability| Some(capability.as_str()?.into_owned()))
                .collect(),
            library: (
                text(library, "name").unwrap_or_else(|| env!("CARGO_PKG_NAME").to_owned()),
                text(library, "version").unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
            ),
        },
        tenancy: text(options, "authority")
            .map_or(Tenancy::Any, |authority| Tenancy::of_authority(&authority)),
        page_origin: text(options, "origin"),
        init_ms: timeout("initMs"),
        silent_ms: timeout("silentMs"),
        popup_ms: timeout("popupMs"),
    })
}
