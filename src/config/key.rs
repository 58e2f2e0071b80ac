//! The keys of the configuration, by the names that administrators know.

use super::merge::Layer;
use super::provider::Kind;

/// A key that this version understands. Other parameters belong to others
/// (Office appends its own) and are left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Base address of the LLM gateway.
    GatewayUrl,
    /// The gateway's token.
    GatewayToken,
    /// `x-api-key` or `authorization`.
    GatewayAuthHeader,
    /// `anthropic`, `bedrock` or `vertex`.
    GatewayApiFormat,
    /// `entra`: a token of the signed-in user in the place of a key, for the
    /// gateway or for Azure AI Foundry.
    GatewayAuthSource,
    /// A JSON object of further headers for inference requests.
    InferenceHeaders,
    /// Project of Google Cloud: Vertex AI, and a gateway in its format.
    GcpProjectId,
    /// `global`, `us`, `eu` or the name of a region.
    GcpRegion,
    /// The OAuth client that signs in to Google.
    GoogleClientId,
    /// Its secret.
    GoogleClientSecret,
    /// The role to act as on Amazon Bedrock.
    AwsRoleArn,
    /// The region of Amazon Bedrock.
    AwsRegion,
    /// The resource of Azure AI Foundry.
    AzureResourceName,
    /// Its key.
    AzureApiKey,
    /// `1` or `0`: whether the user's Microsoft identity is used: `1` for the
    /// configuration too, `0` for nothing. Without it, where the provider takes it.
    EntraSso,
    /// The application at Entra that the user signs in with, by its client id.
    GraphClientId,
    /// What the token of [`Self::GatewayAuthSource`] and of [`Self::BootstrapUrl`] is for.
    EntraScope,
    /// Which of Microsoft's clouds: `global`, `us-gov-high`, `us-gov-dod` or `china`.
    GraphCloud,
    /// Where the configuration of each user is fetched.
    BootstrapUrl,
    /// The organisation's own MCP servers, a JSON array.
    McpServers,
    /// Skills for the user, a JSON array.
    Skills,
    /// Which models are offered, in their order: a JSON array, or ids with commas between.
    AvailableModels,
    /// Features that are switched off: a JSON array, or names with commas between.
    DisabledFeatures,
    /// What is allowed on which documents, a JSON array of statements.
    AccessPolicies,
    /// Where traces are sent.
    OtlpEndpoint,
    /// Headers for it: `name=value`, with commas between.
    OtlpHeaders,
    /// What every trace says of where it comes from, written likewise.
    OtlpResourceAttributes,
    /// The version of the API to ask for in the place of the format's own.
    AnthropicVersion,
    /// `1` or `0`: whether to connect at start. Default `1`.
    AutoConnect,
    /// `1` or `0`: whether the page may lead back to a sign-in of its own. Default `0`.
    Allow1p,
    /// When the bootstrap answer ends, in seconds or milliseconds since 1970.
    BootstrapExpiresAt,
    /// A model to use where none are listed. Typed by the user.
    Model,
}

impl Key {
    /// Every key, in the order in which they are shown.
    pub const ALL: [Self; 32] = [
        Self::GatewayUrl,
        Self::GatewayToken,
        Self::GatewayAuthHeader,
        Self::GatewayApiFormat,
        Self::GatewayAuthSource,
        Self::InferenceHeaders,
        Self::GcpProjectId,
        Self::GcpRegion,
        Self::GoogleClientId,
        Self::GoogleClientSecret,
        Self::AwsRoleArn,
        Self::AwsRegion,
        Self::AzureResourceName,
        Self::AzureApiKey,
        Self::EntraSso,
        Self::GraphClientId,
        Self::EntraScope,
        Self::GraphCloud,
        Self::BootstrapUrl,
        Self::McpServers,
        Self::Skills,
        Self::AvailableModels,
        Self::DisabledFeatures,
        Self::AccessPolicies,
        Self::OtlpEndpoint,
        Self::OtlpHeaders,
        Self::OtlpResourceAttributes,
        Self::AnthropicVersion,
        Self::AutoConnect,
        Self::Allow1p,
        Self::BootstrapExpiresAt,
        Self::Model,
    ];

    /// The name in manifests, settings and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GatewayUrl => "gateway_url",
            Self::GatewayToken => "gateway_token",
            Self::GatewayAuthHeader => "gateway_auth_header",
            Self::GatewayApiFormat => "gateway_api_format",
            Self::GatewayAuthSource => "gateway_auth_source",
            Self::InferenceHeaders => "inference_headers",
            Self::GcpProjectId => "gcp_project_id",
            Self::GcpRegion => "gcp_region",
            Self::GoogleClientId => "google_client_id",
            Self::GoogleClientSecret => "google_client_secret",
            Self::AwsRoleArn => "aws_role_arn",
            Self::AwsRegion => "aws_region",
            Self::AzureResourceName => "azure_resource_name",
            Self::AzureApiKey => "azure_api_key",
            Self::EntraSso => "entra_sso",
            Self::GraphClientId => "graph_client_id",
            Self::EntraScope => "entra_scope",
            Self::GraphCloud => "graph_cloud",
            Self::BootstrapUrl => "bootstrap_url",
            Self::McpServers => "mcp_servers",
            Self::Skills => "skills",
            Self::AvailableModels => "available_models",
            Self::DisabledFeatures => "disabled_features",
            Self::AccessPolicies => "access_policies",
            Self::OtlpEndpoint => "otlp_endpoint",
            Self::OtlpHeaders => "otlp_headers",
            Self::OtlpResourceAttributes => "otlp_resource_attributes",
            Self::AnthropicVersion => "anthropic_version",
            Self::AutoConnect => "auto_connect",
            Self::Allow1p => "allow_1p",
            Self::BootstrapExpiresAt => "bootstrap_expires_at",
            Self::Model => "model",
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// Whether the value must not be shown. All configured header values are
    /// secret, and so is the query of an address that a skill is fetched from.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        self.secret_of().is_some()
            || matches!(self, Self::McpServers | Self::Skills | Self::OtlpHeaders)
    }

    /// Whose secret the value is: it serves the one that the provider's
    /// [naming key](Kind::named_by) names in the same layer.
    #[must_use]
    pub const fn secret_of(self) -> Option<Kind> {
        match self {
            Self::GatewayToken | Self::InferenceHeaders => Some(Kind::Gateway),
            Self::GoogleClientSecret => Some(Kind::Vertex),
            Self::AzureApiKey => Some(Kind::Foundry),
            _ => None,
        }
    }

    /// The key whose value says whom this secret is for.
    #[must_use]
    pub const fn bound_to(self) -> Option<Self> {
        match (self, self.secret_of()) {
            (Self::OtlpHeaders, _) => Some(Self::OtlpEndpoint),
            (_, Some(kind)) => Some(kind.named_by()),
            _ => None,
        }
    }

    /// Whether a layer may set it. What signing in depends on can't come from
    /// what is only read after it, attributes hold short texts alone, and the
    /// user sets what it takes to connect and nothing else: what tokens are
    /// asked for, and every policy, is the administrator's to say.
    #[must_use]
    pub const fn may_come_from(self, layer: Layer) -> bool {
        match layer {
            Layer::Manifest => {
                !matches!(self, Self::Model | Self::Skills | Self::BootstrapExpiresAt)
            }
            Layer::Attributes => {
                !self.signs_in()
                    && !matches!(
                        self,
                        Self::Model
                            | Self::AnthropicVersion
                            | Self::Skills
                            | Self::BootstrapExpiresAt
                            | Self::AccessPolicies
                            | Self::AutoConnect
                            | Self::Allow1p
                    )
            }
            Layer::Bootstrap => {
                !self.signs_in()
                    && !matches!(
                        self,
                        Self::Model
                            | Self::AnthropicVersion
                            | Self::BootstrapUrl
                            | Self::AutoConnect
                            | Self::Allow1p
                    )
            }
            Layer::User => (self as u8) < (Self::EntraSso as u8) || matches!(self, Self::Model),
        }
    }

    /// Whether it is a list that the page's own code asks about.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Self::Skills | Self::AvailableModels | Self::DisabledFeatures | Self::AccessPolicies
        )
    }

    /// Whether signing in depends on it.
    const fn signs_in(self) -> bool {
        matches!(self, Self::EntraSso | Self::GraphClientId | Self::EntraScope | Self::GraphCloud)
    }

    /// How a value is written into it where it has a template.
    pub(super) const fn form(self) -> Form {
        match self {
            Self::GatewayUrl | Self::BootstrapUrl | Self::OtlpEndpoint => Form::Address,
            Self::InferenceHeaders
            | Self::McpServers
            | Self::Skills
            | Self::AvailableModels
            | Self::DisabledFeatures
            | Self::AccessPolicies => Form::Json,
            Self::OtlpHeaders | Self::OtlpResourceAttributes => Form::Pairs,
            _ => Form::Text,
        }
    }

    /// Whether the user may set it: what it takes to connect, nothing else.
    /// What tokens are asked for, and by whom, is the administrator's to say.
    #[must_use]
    pub const fn in_settings(self) -> bool {
        self.may_come_from(Layer::User)
    }
}

/// What a value is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Text,
    /// A web address.
    Address,
    /// JSON.
    Json,
    /// `name=value`, with commas between; values percent-encoded.
    Pairs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_key() {
        for key in Key::ALL {
            assert_eq!(Key::from_name(key.name()), Some(key));
        }
        assert_eq!(Key::from_name("et"), None);
    }
}
