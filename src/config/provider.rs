//! Which provider is configured, and what it takes to talk to it.

use crate::error::{Audience, Failure, Hint};
use crate::http::{BaseUrl, HeaderName, HeaderValue};
use crate::sigv4::Region;

use super::key::Key;
use super::merge::{Configuration, Layer, Values};
use super::problem::{Problem, Severity};
use super::{bedrock, foundry, gateway, vertex};

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An organisation's LLM gateway.
    Gateway,
    /// Google Vertex AI.
    Vertex,
    /// Amazon Bedrock.
    Bedrock,
    /// Azure AI Foundry.
    Foundry,
}

impl Kind {
    /// Where a layer names several, the first of them here is meant.
    pub const ALL: [Self; 4] = [Self::Gateway, Self::Vertex, Self::Bedrock, Self::Foundry];

    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Vertex => "vertex",
            Self::Bedrock => "bedrock",
            Self::Foundry => "foundry",
        }
    }

    /// The key that says whom exactly to talk to. Whoever sets it chooses the
    /// provider. A project alone does not: gateways need one too.
    #[must_use]
    pub const fn named_by(self) -> Key {
        match self {
            Self::Gateway => Key::GatewayUrl,
            Self::Vertex => Key::GoogleClientId,
            Self::Bedrock => Key::AwsRoleArn,
            Self::Foundry => Key::AzureResourceName,
        }
    }

    /// A key that nobody sets who doesn't mean this provider.
    const fn hinted_by(self) -> Key {
        match self {
            Self::Gateway => Key::GatewayToken,
            Self::Vertex => Key::GcpProjectId,
            Self::Bedrock => Key::AwsRegion,
            Self::Foundry => Key::AzureApiKey,
        }
    }

    /// The key that holds what is shown to the provider, where one is kept.
    #[must_use]
    pub const fn credential(self) -> Option<Key> {
        match self {
            Self::Gateway => Some(Key::GatewayToken),
            Self::Foundry => Some(Key::AzureApiKey),
            Self::Vertex | Self::Bedrock => None,
        }
    }

    /// The base address that a name leads to, where the name alone tells.
    fn base(self, name: &str) -> Option<BaseUrl> {
        match self {
            Self::Gateway => Some(gateway::read_base(name).ok()?.0),
            Self::Foundry => foundry::base(name).ok(),
            Self::Vertex | Self::Bedrock => None,
        }
    }

    /// Whom a value of the [naming key](Self::named_by) names, in one spelling.
    /// `None` where it can't be read.
    #[must_use]
    pub fn target(self, name: &str) -> Option<String> {
        match self {
            Self::Gateway | Self::Foundry => Some(self.base(name)?.to_string()),
            Self::Vertex | Self::Bedrock => Some(name.to_owned()),
        }
    }

    /// The one whom secrets are for that go with a value of the naming key.
    #[must_use]
    pub fn audience(self, name: &str) -> Option<String> {
        match self {
            Self::Gateway | Self::Foundry => Some(self.base(name)?.origin().to_string()),
            Self::Vertex | Self::Bedrock => Some(name.to_owned()),
        }
    }

    /// The same for what some values name.
    #[must_use]
    pub fn audience_in(self, values: &Values) -> Option<String> {
        self.audience(values.get(self.named_by())?)
    }
}

/// Whom some values name, by the order of [`Kind::ALL`].
#[must_use]
pub fn named(values: &Values) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| values.get(kind.named_by()).is_some())
}

/// The header that carries a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthHeader {
    /// `x-api-key`
    #[default]
    ApiKey,
    /// `authorization: Bearer`
    Authorization,
}

/// Which API is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiFormat {
    /// Anthropic's own.
    Anthropic,
    /// Amazon Bedrock's InvokeModel.
    Bedrock,
    /// Vertex AI's rawPredict.
    Vertex {
        /// `/projects/{project}/locations/{region}`
        place: String,
    },
}

/// What requests are authorised with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// The configured [credential](Kind::credential), in a header.
    Key(AuthHeader),
    /// A token of Microsoft Entra ID, as a bearer.
    Entra {
        /// What it is for.
        scope: String,
    },
    /// A token of Google's for the user, as a bearer.
    Google,
    /// Signatures of a role that the user's Entra ID token lets them act as.
    AwsRole {
        /// Its name, not yet looked at.
        role: String,
        /// Where requests go.
        region: Region,
    },
}

/// All that it takes to talk to a provider, the credential apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Who answers.
    pub kind: Kind,
    /// Where requests go; their routes are joined to it.
    pub base: BaseUrl,
    /// Which layer said so; the lowest, where several did.
    pub layer: Layer,
    /// Which API is spoken there.
    pub format: ApiFormat,
    /// What requests are authorised with.
    pub authorization: Authorization,
    /// `inference_headers`, the reserved ones left out.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The model that the user typed.
    pub model: Option<String>,
}

/// What a configuration came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It can be connected with.
    Complete(Box<ProviderSettings>),
    /// It can't without this key.
    Missing(Key),
}

impl ProviderSettings {
    /// What has to be the same for the user's agreement to still hold.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut identity = self.base.to_string();
        if let ApiFormat::Vertex { place } = &self.format {
            identity.push_str(place);
        }
        if let Authorization::AwsRole { role, .. } = &self.authorization {
            identity.push(' ');
            identity.push_str(role);
        }
        identity
    }

    /// Reads the settings of the provider that the topmost layer names which
    /// names one, and puts what it had to correct among the problems.
    ///
    /// # Errors
    /// The first value that can't be used, named with its key and layer.
    pub fn read(configuration: &mut Configuration) -> Result<Reading, Failure> {
        let Some(kind) = chosen(configuration) else {
            return Ok(Reading::Missing(Key::GatewayUrl));
        };
        let Some((_, layer)) = configuration.get(kind.named_by()) else {
            return Ok(Reading::Missing(kind.named_by()));
        };
        let reading = match kind {
            Kind::Gateway => gateway::read(configuration, layer),
            Kind::Vertex => vertex::read(configuration, layer),
            Kind::Bedrock => bedrock::read(configuration, layer),
            Kind::Foundry => foundry::read(configuration, layer),
        }?;
        if let Reading::Complete(settings) = &reading
            && let Some(key) = kind.credential()
        {
            let has_key = configuration.get(key);
            match &settings.authorization {
                Authorization::Key(_) if has_key.is_none() => return Ok(Reading::Missing(key)),
                Authorization::Entra { .. } if let Some((_, layer)) = has_key => {
                    let message =
                        format!("{} is not used: gateway_auth_source is entra", key.name());
                    configuration.report(Problem::new(
                        "credential-ignored",
                        Severity::Warning,
                        key,
                        Some(layer),
                        message,
                    ));
                }
                _ => {}
            }
        }
        Ok(reading)
    }
}

/// The provider that is meant; others of the layer that names it are told.
fn chosen(configuration: &mut Configuration) -> Option<Kind> {
    let user = named(configuration.user());
    let layer = if user.is_some() { Layer::User } else { Layer::Manifest };
    let Some(kind) = user.or_else(|| named(configuration.manifest())) else {
        return Kind::ALL.into_iter().find(|kind| configuration.get(kind.hinted_by()).is_some());
    };
    for other in Kind::ALL {
        let key = other.named_by();
        let values = match layer {
            Layer::User => configuration.user(),
            Layer::Manifest => configuration.manifest(),
        };
        if other != kind && values.get(key).is_some() {
            let message = format!("{} is not used: {} is", key.name(), kind.named_by().name());
            let id = "provider-ignored";
            configuration.report(Problem::new(id, Severity::Warning, key, Some(layer), message));
        }
    }
    Some(kind)
}

/// What an Entra token is asked for where nobody says otherwise: the models of
/// an Azure AI resource.
const COGNITIVE_SERVICES: &str = "https://cognitiveservices.azure.com/.default";

/// Whether a token of Entra's takes the key's place, and what it is for.
pub(super) fn entra(configuration: &Configuration) -> Result<Option<Authorization>, Failure> {
    let Some((source, layer)) = configuration.get(Key::GatewayAuthSource) else { return Ok(None) };
    if !source.eq_ignore_ascii_case("entra") {
        return Err(unusable(
            Key::GatewayAuthSource,
            layer,
            "not a source of tokens",
            Hint::new("choose-auth-source", Audience::Admin, "Use entra, or leave the key out."),
        ));
    }
    let scope = configuration.get(Key::EntraScope).map_or(COGNITIVE_SERVICES, |(scope, _)| scope);
    Ok(Some(Authorization::Entra { scope: scope.to_owned() }))
}

/// A value that can't be used, by its key and whoever set it.
pub(super) fn unusable(key: Key, layer: Layer, what: &str, hint: Hint) -> Failure {
    let failure = Failure::new(crate::error::Code::InvalidArgument, what).hint(hint);
    in_key(failure, key, layer)
}

/// Tells which key a failure is about, and who set it.
#[must_use]
pub fn in_key(mut failure: Failure, key: Key, layer: Layer) -> Failure {
    use crate::error::Code;
    failure.message = format!("{}: {}", key.name(), failure.message);
    if layer == Layer::Manifest && failure.code == Code::InvalidArgument {
        failure.code = Code::ConfigurationInvalid;
    }
    failure.hint = failure
        .hint
        .map(|hint| Box::new(hint.with("key", key.name()).with("layer", layer.as_str())));
    failure
}
