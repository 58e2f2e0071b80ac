//! The keys of the configuration, by the names that administrators know.

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
    /// What the token of [`Self::GatewayAuthSource`] is for.
    EntraScope,
    /// `1` or `0`: whether the user may be signed in by Entra. Without it, where
    /// the provider takes that.
    EntraSso,
    /// The registration at Entra that the user signs in with.
    GraphClientId,
    /// Which of Microsoft's clouds: `global`, `us-gov-high`, `us-gov-dod` or `china`.
    GraphCloud,
    /// The version of the API to ask for in the place of the format's own.
    AnthropicVersion,
    /// `1` or `0`: whether to connect at start. Default `1`.
    AutoConnect,
    /// A model to use where none are listed. Typed by the user.
    Model,
}

impl Key {
    /// Every key, in the order in which they are shown.
    pub const ALL: [Self; 21] = [
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
        Self::EntraScope,
        Self::EntraSso,
        Self::GraphClientId,
        Self::GraphCloud,
        Self::AnthropicVersion,
        Self::AutoConnect,
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
            Self::EntraScope => "entra_scope",
            Self::EntraSso => "entra_sso",
            Self::GraphClientId => "graph_client_id",
            Self::GraphCloud => "graph_cloud",
            Self::AnthropicVersion => "anthropic_version",
            Self::AutoConnect => "auto_connect",
            Self::Model => "model",
        }
    }

    /// The key of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name() == name)
    }

    /// Whether the value must not be shown. All configured header values are.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        self.secret_of().is_some()
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

    /// Whether the manifest may set it.
    #[must_use]
    pub const fn in_manifest(self) -> bool {
        !matches!(self, Self::Model)
    }

    /// Whether the user may set it: what it takes to connect, nothing else.
    /// What tokens are asked for, and by whom, is the administrator's to say.
    #[must_use]
    pub const fn in_settings(self) -> bool {
        !matches!(
            self,
            Self::AutoConnect
                | Self::EntraScope
                | Self::EntraSso
                | Self::GraphClientId
                | Self::GraphCloud
                | Self::AnthropicVersion
        )
    }
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
