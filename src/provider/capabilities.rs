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
    /// All of it as JSON: also whether it streams, counts tokens beforehand and
    /// is supported in Outlook, and what a user has to know of it.
    pub told: &'static str,
}

use Support::{Available, Unavailable, Unknown};

/// The word as JavaScript sees it.
macro_rules! word {
    (Available) => {
        "available"
    };
    (Unavailable) => {
        "unavailable"
    };
    (Unknown) => {
        "unknown"
    };
}

macro_rules! runs_on_anthropic {
    () => {
        "{\"id\":\"runs-on-anthropic\",\"text\":\"Claude models on Microsoft Foundry run on Anthropic's infrastructure. Azure is how they are billed and opened; statements about data residency in Azure do not apply.\"}"
    };
}

/// A row of the table, and its JSON: web search, code execution, token counts, a
/// list of models, Outlook; a notice.
macro_rules! row {
    (
        $kind:literal in $format:literal:
        $web:ident, $code:ident, $counts:literal, $lists:literal, $outlook:literal
        $(, $notice:ident)?
    ) => {
        Capabilities {
            web_search: $web,
            code_execution: $code,
            lists_models: $lists,
            told: concat!(
                "{\"provider\":\"",
                $kind,
                "\",\"format\":\"",
                $format,
                "\",\"webSearch\":\"",
                word!($web),
                "\",\"codeExecution\":\"",
                word!($code),
                "\",\"streaming\":true,\"countTokens\":",
                $counts,
                ",\"listsModels\":",
                $lists,
                ",\"outlook\":",
                $outlook,
                ",\"notices\":[",
                $($notice!(),)?
                "]}"
            ),
        }
    };
}

static GATEWAY: Capabilities = row!("gateway" in "anthropic": Unknown, Unknown, true, true, true);
/// In another format than Anthropic's it has no Foundry behind it.
static GATEWAY_AS_VERTEX: Capabilities =
    row!("gateway" in "vertex": Unavailable, Unavailable, true, false, true);
/// Bedrock's format has no way to count tokens, whoever speaks it.
static GATEWAY_AS_BEDROCK: Capabilities =
    row!("gateway" in "bedrock": Unavailable, Unavailable, false, false, true);
static GATEWAY_AT_FOUNDRY: Capabilities =
    row!("gateway" in "anthropic": Available, Available, true, false, true, runs_on_anthropic);
static VERTEX: Capabilities = row!("vertex" in "vertex": Available, Unavailable, true, false, true);
static BEDROCK: Capabilities =
    row!("bedrock" in "bedrock": Unavailable, Unavailable, false, false, false);
static FOUNDRY: Capabilities =
    row!("foundry" in "anthropic": Available, Available, true, false, true, runs_on_anthropic);

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
            Some(base) if base.origin().host().ends_with(FOUNDRY_HOSTS) => &GATEWAY_AT_FOUNDRY,
            _ => &GATEWAY,
        },
    }
}

/// The row for a provider by its word, and a gateway's format by its own, which
/// is Anthropic's where there is none.
#[must_use]
pub fn by_words(provider: &str, format: &str) -> Option<&'static Capabilities> {
    Some(match (provider, format) {
        ("gateway", "" | "anthropic") => &GATEWAY,
        ("gateway", "bedrock") => &GATEWAY_AS_BEDROCK,
        ("gateway", "vertex") => &GATEWAY_AS_VERTEX,
        ("vertex", _) => &VERTEX,
        ("bedrock", _) => &BEDROCK,
        ("foundry", _) => &FOUNDRY,
        _ => return None,
    })
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
            let told: serde_json::Value = serde_json::from_str(row.told).unwrap();
            let (kind, format) = (told["provider"].as_str().unwrap(), &told["format"]);
            assert_eq!(by_words(kind, format.as_str().unwrap()), Some(row), "{name}");
            assert_eq!(told["webSearch"], web_search.as_str(), "{name}");
            assert_eq!(told["codeExecution"], code_execution.as_str(), "{name}");
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
        assert!(foundry.told.contains("runs-on-anthropic"));
        assert!(!foundry.lists_models);
        for url in ["https://services.ai.azure.com.evil.example", "https://gw.example.com"] {
            assert_eq!(at(url), &GATEWAY, "{url}");
        }
    }
}
