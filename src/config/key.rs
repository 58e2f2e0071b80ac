//! The keys of the configuration, by the names that administrators know.

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
    /// `anthropic`.
    GatewayApiFormat,
    /// A JSON object of further headers for inference requests.
    InferenceHeaders,
    /// `1` or `0`: whether to connect at start. Default `1`.
    AutoConnect,
    /// A model to use where the gateway lists none. Typed by the user.
    Model,
}

impl Key {
    /// Every key, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::GatewayUrl,
        Self::GatewayToken,
        Self::GatewayAuthHeader,
        Self::GatewayApiFormat,
        Self::InferenceHeaders,
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
            Self::InferenceHeaders => "inference_headers",
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
        matches!(self, Self::GatewayToken | Self::InferenceHeaders)
    }

    /// Whether the manifest may set it.
    #[must_use]
    pub const fn in_manifest(self) -> bool {
        !matches!(self, Self::Model)
    }

    /// Whether the user may set it: what it takes to connect, nothing else.
    #[must_use]
    pub const fn in_settings(self) -> bool {
        !matches!(self, Self::AutoConnect)
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
