//! The settings of Azure AI Foundry.

use crate::error::{Audience, Failure, Hint};
use crate::http::BaseUrl;

use super::key::Key;
use super::merge::{Configuration, Layer};
use super::provider::{
    ApiFormat, AuthHeader, Authorization, Kind, ProviderSettings, Reading, entra, in_key,
};

/// Reads the resource, and whether a key or Entra opens it.
pub(super) fn read(configuration: &Configuration, layer: Layer) -> Result<Reading, Failure> {
    let Some((resource, _)) = configuration.get(Key::AzureResourceName) else {
        return Ok(Reading::Missing(Key::AzureResourceName));
    };
    let base = base(resource).map_err(|failure| in_key(failure, Key::AzureResourceName, layer))?;
    let authorization = entra(configuration)?.unwrap_or(Authorization::Key(AuthHeader::ApiKey));
    Ok(Reading::Complete(Box::new(ProviderSettings {
        kind: Kind::Foundry,
        base,
        layer,
        format: ApiFormat::Anthropic,
        authorization,
        headers: Vec::new(),
        model: configuration.model(),
    })))
}

/// The base address of a resource. People also copy its whole address out of
/// the portal; the resource's name is the first label of that.
pub(super) fn base(resource: &str) -> Result<BaseUrl, Failure> {
    let name = resource.trim().to_ascii_lowercase();
    let name = name.strip_prefix("https://").unwrap_or(&name);
    let name = match name.split_once('.') {
        Some((label, rest)) if rest.contains("azure.com") => label,
        _ => name,
    };
    let is_label = (2..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if !is_label {
        return Err(Failure::new(
            crate::error::Code::InvalidArgument,
            "not the name of a resource",
        )
        .hint(Hint::new(
            "check-resource",
            Audience::Admin,
            "Copy the resource's name from the Azure portal: letters, digits and hyphens, as in https://NAME.services.ai.azure.com.",
        )));
    }
    Ok(BaseUrl::parse(&format!("https://{name}.services.ai.azure.com/anthropic"))?)
}
