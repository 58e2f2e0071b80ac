//! Where the models of an Azure AI Foundry resource are.

use crate::http::BaseUrl;
use crate::text;

use super::vertex::is_name;

/// The address of a resource's models, by its [`label`].
pub(super) fn base(label: &str) -> BaseUrl {
    BaseUrl::https(text::join(&[label, ".services.ai.azure.com"], ""), "/anthropic")
}

/// The label that a resource's name is in the names of its hosts. People also
/// copy a whole address out of the portal: its first label is the name.
pub(super) fn label(resource: &str) -> Option<String> {
    let name = resource.trim().to_ascii_lowercase();
    let name = name.strip_prefix("https://").unwrap_or(&name);
    let name = match text::split_once(name, ".") {
        Some((label, rest)) if text::contains(rest, "azure.com") => label,
        _ => name,
    };
    ((2..=63).contains(&name.len()) && is_name(name, b"-")).then(|| name.to_owned())
}
