//! What each provider can do, as the product documentation's feature table has
//! it ("Differences from signing in with a Claude account", and the endpoints
//! that gateways have to offer).

use crate::config::provider::{ApiFormat, Kind};
use crate::http::BaseUrl;

/// Whether a provider can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Available,
    /// It can't.
    Unavailable,
    /// Nobody can tell from the outside: a gateway forwards to whatever it likes.
    Unknown,
}

impl Support {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Unavailable => "unavailable",
            Self::Unknown => "unknown",
        }
    }
}

/// What a provider can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The tool `web_search`, which runs on the provider's side.
    pub web_search: Support,
    /// The tool `code_execution`, the same.
    pub code_execution: Support,
    /// It lists its models; else the ones that this version knows are tried.
    pub lists_models: bool,
    /// What of it never changes, as members of a JSON object: whether it streams,
    /// counts tokens beforehand, lists its models and is supported in Outlook;
    /// what a user has to know of it.
    pub told: &'static str,
}

use Support::{Available, Unavailable, Unknown};

/// A row of the table, and its JSON.
macro_rules! row {
    ($web:ident, $code:ident, $counts:literal, $lists:literal, $outlook:literal) => {
        row!($web, $code, $counts, $lists, $outlook, "")
    };
    ($web:ident, $code:ident, $counts:literal, $lists:literal, $outlook:literal, $notice:literal) => {
        Capabilities {
            web_search: $web,
            code_execution: $code,
            lists_models: $lists,
            told: concat!(
                "\"streaming\":true,\"countTokens\":",
                $counts,
                ",\"listsModels\":",
                $lists,
                ",\"outlook\":",
                $outlook,
                ",\"notices\":[",
                $notice,
                "]"
            ),
        }
    };
}

//                                   web search, code execution, counts, lists, Outlook
static GATEWAY: Capabilities = row!(Unknown, Unknown, true, true, true);
// In another format than Anthropic's it has no Foundry behind it.
static GATEWAY_AS_VERTEX: Capabilities = row!(Unavailable, Unavailable, true, false, true);
// Bedrock's format has no way to count tokens, whoever speaks it.
static GATEWAY_AS_BEDROCK: Capabilities = row!(Unavailable, Unavailable, false, false, true);
static VERTEX: Capabilities = row!(Available, Unavailable, true, false, true);
static BEDROCK: Capabilities = row!(Unavailable, Unavailable, false, false, false);
static FOUNDRY: Capabilities = row!(
    Available,
    Available,
    true,
    false,
    true,
    "{\"id\":\"runs-on-anthropic\",\"text\":\"Claude models on Microsoft Foundry run on Anthropic's infrastructure. Azure is how they are billed and opened; statements about data residency in Azure do not apply.\"}"
);

/// What the hosts of Azure AI Foundry end with.
const FOUNDRY_HOSTS: &str = ".services.ai.azure.com";

/// The row of the table for a provider in a format, at an address where one is
/// known already.
#[must_use]
pub fn capabilities(
    kind: Kind,
    format: ApiFormat,
    base: Option<&BaseUrl>,
) -> &'static Capabilities {
    match (kind, format) {
        (Kind::Vertex, _) => &VERTEX,
        (Kind::Bedrock, _) => &BEDROCK,
        (Kind::Foundry, _) => &FOUNDRY,
        (Kind::Gateway, ApiFormat::Bedrock) => &GATEWAY_AS_BEDROCK,
        (Kind::Gateway, ApiFormat::Vertex) => &GATEWAY_AS_VERTEX,
        (Kind::Gateway, ApiFormat::Anthropic) => match base {
            Some(base) if base.origin().host().ends_with(FOUNDRY_HOSTS) => &FOUNDRY,
            _ => &GATEWAY,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The product documentation's two rows, and the one on Outlook.
    #[test]
    fn the_feature_table() {
        let gateway = |format| capabilities(Kind::Gateway, format, None);
        let of = |kind, format| capabilities(kind, format, None);
        let rows = [
            ("a gateway", gateway(ApiFormat::Anthropic), Unknown, Unknown, true),
            ("in Bedrock's format", gateway(ApiFormat::Bedrock), Unavailable, Unavailable, true),
            ("in Vertex AI's", gateway(ApiFormat::Vertex), Unavailable, Unavailable, true),
            ("Vertex AI", of(Kind::Vertex, ApiFormat::Vertex), Available, Unavailable, true),
            ("Bedrock", of(Kind::Bedrock, ApiFormat::Bedrock), Unavailable, Unavailable, false),
            ("Foundry", of(Kind::Foundry, ApiFormat::Anthropic), Available, Available, true),
        ];
        for (name, row, web_search, code_execution, in_outlook) in rows {
            assert_eq!(row.web_search, web_search, "{name}");
            assert_eq!(row.code_execution, code_execution, "{name}");
            assert_eq!(row.lists_models, name == "a gateway", "{name}");
            // And what is told of it says the same.
            let told: serde_json::Value =
                serde_json::from_str(&format!("{{{}}}", row.told)).unwrap();
            assert_eq!(told["listsModels"], row.lists_models, "{name}");
            assert_eq!(told["outlook"], in_outlook, "{name}");
            let notices = told["notices"].as_array().unwrap();
            assert_eq!(notices.len(), usize::from(name == "Foundry"), "{name}");
        }
    }

    #[test]
    fn a_gateway_that_is_foundry_is_known_by_its_host() {
        let at = |url| {
            let base = BaseUrl::parse(url).unwrap();
            capabilities(Kind::Gateway, ApiFormat::Anthropic, Some(&base))
        };
        let foundry = at("https://contoso-ai.services.ai.azure.com/anthropic");
        assert_eq!(foundry.code_execution, Available);
        assert_eq!(foundry, &FOUNDRY);
        for url in ["https://services.ai.azure.com.evil.example", "https://gw.example.com"] {
            assert_eq!(at(url), &GATEWAY, "{url}");
        }
    }
}
