//! How a page sets a client up.

use crate::error::{Code, Failure};
use crate::json::{self, Json};

use super::account::Tenancy;
use super::client::Settings;
use super::envelope::ClientInfo;
use super::field::text;

/// Reads `{clientId, authority?, clientCapabilities?, clientLibrary?, origin?, redirectUri?, timeouts}`
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
            // With a redirect URI of its own the page is its own broker.
            hints: options.get("redirectUri").is_some(),
        },
        tenancy: text(options, "authority")
            .map_or(Tenancy::Any, |authority| Tenancy::of_authority(&authority)),
        redirect_uri: text(options, "redirectUri").or_else(|| broker_uri(options)),
        login_origin: login_origin(options),
        init_ms: timeout("initMs"),
        silent_ms: timeout("silentMs"),
        popup_ms: timeout("popupMs"),
    })
}

/// What the page's origin has to be registered with where the host's broker
/// signs in.
fn broker_uri(options: Json<'_>) -> Option<String> {
    let origin = text(options, "origin")?;
    let (_, authority) = origin.split_once("://")?;
    Some(["brk-multihub://", authority].concat())
}

fn login_origin(options: Json<'_>) -> String {
    let authority = text(options, "authority").unwrap_or_default();
    let host = authority.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    ["https://", host.unwrap_or("login.microsoftonline.com")].concat()
}
