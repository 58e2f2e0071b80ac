//! Which provider is configured, and what it takes to talk to it.

use crate::error::{Audience, Code, Failure};
use crate::http::header::split_scheme;
use crate::http::{BaseUrl, Endpoints, HeaderName, HeaderValue};
use crate::secret::Secret;
use crate::sigv4::Region;
use crate::text;

use super::key::Key;
use super::merge::{Configuration, Layer, Values};
use super::problem::{Problem, Severity};
use super::{bedrock, foundry, gateway, sign_in, vertex};

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

    /// Whom a configuration names; none where it names nobody.
    #[must_use]
    pub fn named_in(configuration: &Configuration) -> Option<Self> {
        meant(configuration)
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
            Self::Foundry => foundry::label(name).map(|label| foundry::base(&label)),
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

/// Which API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiFormat {
    /// Anthropic's own.
    Anthropic,
    /// Amazon Bedrock's InvokeModel.
    Bedrock,
    /// Vertex AI's rawPredict.
    Vertex,
}

impl ApiFormat {
    /// The word as configurations and JavaScript have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Bedrock => "bedrock",
            Self::Vertex => "vertex",
        }
    }
}

/// What requests are authorised with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// The configured [credential](Kind::credential) in `x-api-key`.
    ApiKey,
    /// The same in `authorization`, as a bearer.
    Bearer,
    /// A token of Microsoft Entra ID for the [scope](ProviderSettings::scope), as a
    /// bearer.
    Entra,
    /// A token of Google's for the user, as a bearer.
    Google,
    /// Signatures of the role that the user's Entra ID token lets them act as.
    AwsRole,
}

/// All that it takes to talk to a provider.
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
    /// The pane is Outlook's, which has rules of its own.
    pub in_outlook: bool,
    /// `inference_headers`, the reserved ones left out.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    values: Values,
    /// Where the page has hosts asked.
    endpoints: Endpoints,
}

/// What a configuration came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It can be connected with.
    Complete(Box<ProviderSettings>),
    /// It can't without this key.
    Missing(Key),
}

/// What tokens for the models of an Azure AI resource are for; the first where
/// nobody says otherwise.
const FOUNDRY_SCOPES: [&str; 2] =
    ["https://cognitiveservices.azure.com/.default", "https://ai.azure.com/.default"];

impl ProviderSettings {
    /// A value as it is configured; empty where it is not.
    #[must_use]
    pub fn value(&self, key: Key) -> &str {
        self.values.get(key).unwrap_or_default()
    }

    /// Has all hosts asked where the page says.
    ///
    /// # Errors
    /// An address that credentials must not go to.
    pub fn locate(&mut self, endpoints: &Endpoints) -> Result<(), Failure> {
        self.endpoints = endpoints.clone();
        endpoints.locate(&mut self.base)
    }

    /// Where the page has hosts asked.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The configured credential; of a bearer the token alone.
    #[must_use]
    pub fn credential(&self) -> &str {
        let credential = self.kind.credential().map_or("", |key| self.value(key));
        match self.authorization {
            // People copy it out of a whole header.
            Authorization::Bearer => split_scheme(credential).1,
            _ => credential,
        }
    }

    /// The model that the user typed.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.values.get(Key::Model)
    }

    /// What an Entra token is for.
    #[must_use]
    pub fn scope(&self) -> &str {
        let [default, _] = FOUNDRY_SCOPES;
        self.values.get(Key::EntraScope).unwrap_or(default)
    }

    /// Whether the user has to be signed in, and nothing that is configured can
    /// take that place.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        !matches!(self.authorization, Authorization::ApiKey | Authorization::Bearer)
    }

    /// How they sign in, see [`sign_in::describe`].
    #[must_use]
    pub fn sign_in(&self) -> Secret {
        sign_in::describe(&self.values, self.authorization == Authorization::Google)
    }

    /// What routes begin with in Vertex AI's format.
    #[must_use]
    pub fn place(&self) -> String {
        vertex::place(self.value(Key::GcpProjectId), self.value(Key::GcpRegion))
    }

    /// What has to be the same for the user's agreement to still hold.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut identity = self.base.to_string();
        if self.format == ApiFormat::Vertex {
            identity.push_str(&self.place());
        }
        if self.kind == Kind::Bedrock {
            identity.push(' ');
            identity.push_str(self.value(Key::AwsRoleArn));
        }
        identity
    }

    /// Reads the settings of the provider that the topmost layer names which
    /// names one, and puts what it had to correct among the problems.
    ///
    /// # Errors
    /// The first value that can't be used, named with its key and layer.
    pub fn read(configuration: &mut Configuration) -> Result<Reading, Failure> {
        sign_in::check(configuration);
        let kind = chosen(configuration);
        let format = match kind {
            Kind::Gateway => match word(configuration, Key::GatewayApiFormat)? {
                0 => ApiFormat::Anthropic,
                1 => ApiFormat::Bedrock,
                _ => ApiFormat::Vertex,
            },
            Kind::Vertex => ApiFormat::Vertex,
            Kind::Bedrock => ApiFormat::Bedrock,
            Kind::Foundry => ApiFormat::Anthropic,
        };
        if kind == Kind::Bedrock
            && configuration.is_for_outlook()
            && let Some((_, layer)) = configuration.get(Key::AwsRoleArn)
        {
            return Err(in_key(not_in_outlook(), Key::AwsRoleArn, layer));
        }
        let authorization = match (kind, kind.credential()) {
            (Kind::Vertex, _) => Authorization::Google,
            (Kind::Bedrock, _) => Authorization::AwsRole,
            _ if configuration.get(Key::GatewayAuthSource).is_some() => {
                word(configuration, Key::GatewayAuthSource)?;
                Authorization::Entra
            }
            (Kind::Gateway, _) if word(configuration, Key::GatewayAuthHeader)? == 1 => {
                Authorization::Bearer
            }
            _ => Authorization::ApiKey,
        };
        let mut layer = Layer::User;
        let mut missing = None;
        for &key in needed(kind, format) {
            match configuration.get(key) {
                Some((value, of)) => {
                    check_shape(key, value, of)?;
                    layer = layer.min(configuration.source(key).unwrap_or(of));
                }
                None => missing = missing.or(Some(key)),
            }
        }
        if let Some((version, of)) = configuration.get(Key::AnthropicVersion)
            && HeaderName::parse(version).is_err()
        {
            let text = "Use the date of a version of the API, such as 2023-06-01.";
            return Err(unusable(Key::AnthropicVersion, of, version, "check-version", text));
        }
        if authorization == Authorization::Entra {
            match configuration.get(Key::EntraScope) {
                Some((scope, of)) => check_scope(kind, scope, of)?,
                // What a gateway's own application is called is nobody else's to say.
                None if kind == Kind::Gateway => missing = missing.or(Some(Key::EntraScope)),
                None => {}
            }
        }
        let values = configuration.in_force();
        let name = values.get(kind.named_by()).unwrap_or_default();
        let base = match kind {
            Kind::Gateway if !name.is_empty() => gateway::base(configuration)?,
            Kind::Gateway | Kind::Foundry => kind.base(name),
            Kind::Vertex => values.get(Key::GcpRegion).map(vertex::base),
            Kind::Bedrock => values.get(Key::AwsRegion).and_then(bedrock::base),
        };
        let headers = match kind {
            Kind::Gateway => gateway::headers(configuration)?,
            _ => Vec::new(),
        };
        if let Some(key) = kind.credential()
            && let Some(_) = values.get(key)
        {
            if authorization == Authorization::Entra {
                let layer_of = |key| configuration.get(key).map(|(_, layer)| layer);
                let message =
                    text::join(&[key.name(), ": not used: gateway_auth_source is entra"], "");
                let id = "credential-ignored";
                let problem = Problem::new(id, Severity::Warning, key, layer_of(key), message)
                    .and(Key::GatewayAuthSource, layer_of(Key::GatewayAuthSource));
                configuration.report(problem);
            }
        } else if matches!(authorization, Authorization::ApiKey | Authorization::Bearer) {
            missing = missing.or(kind.credential());
        }
        let (Some(base), None) = (base, missing) else {
            return Ok(Reading::Missing(missing.unwrap_or(kind.named_by())));
        };
        if kind == Kind::Vertex && base.origin().host().ends_with(".rep.googleapis.com") {
            let message = "served by rep.googleapis.com, which allowlists often leave out";
            configuration.tell("multi-region-host", Severity::Notice, Key::GcpRegion, message);
        }
        let in_outlook = configuration.is_for_outlook();
        let endpoints = Endpoints::default();
        let settings = Self {
            kind,
            base,
            layer,
            format,
            authorization,
            in_outlook,
            headers,
            values,
            endpoints,
        };
        Ok(Reading::Complete(Box::new(settings)))
    }
}

/// What can't be left out, in the order in which it is asked for; whom to talk
/// to depends on all of it.
const fn needed(kind: Kind, format: ApiFormat) -> &'static [Key] {
    match (kind, format) {
        (Kind::Gateway, ApiFormat::Vertex) => &[Key::GatewayUrl, Key::GcpProjectId, Key::GcpRegion],
        (Kind::Gateway, _) => &[Key::GatewayUrl],
        (Kind::Vertex, _) => &[Key::GoogleClientId, Key::GcpProjectId, Key::GcpRegion],
        (Kind::Bedrock, _) => &[Key::AwsRoleArn, Key::AwsRegion],
        (Kind::Foundry, _) => &[Key::AzureResourceName],
    }
}

/// Whom the user names, else the administrator.
#[must_use]
pub(super) fn meant(configuration: &Configuration) -> Option<Kind> {
    named(configuration.user()).or_else(|| {
        let of_admin =
            |kind: &Kind| configuration.layers().top(kind.named_by(), Layer::Bootstrap).is_some();
        Kind::ALL.into_iter().find(of_admin)
    })
}

/// The provider that is meant; others that whoever names it names too are told.
fn chosen(configuration: &mut Configuration) -> Kind {
    let Some(kind) = meant(configuration) else {
        let hinted = |kind: &Kind| configuration.get(kind.hinted_by()).is_some();
        return Kind::ALL.into_iter().find(hinted).unwrap_or(Kind::Gateway);
    };
    let by_user = named(configuration.user()).is_some();
    for other in Kind::ALL {
        let key = other.named_by();
        let is_named = match configuration.get(key) {
            Some((_, layer)) => !by_user || layer == Layer::User,
            None => false,
        };
        if other != kind && is_named {
            let message = "not used: another provider is configured";
            configuration.tell("provider-ignored", Severity::Warning, key, message);
        }
    }
    kind
}

/// "Amazon Bedrock is not currently supported for Claude for Outlook", product
/// documentation, Outlook.
fn not_in_outlook() -> Failure {
    Failure::told(
        Code::Unsupported,
        "Amazon Bedrock is not supported in Outlook",
        "choose-another-provider",
        Audience::Admin,
        "Configure a gateway, Vertex AI or Azure AI Foundry for Outlook.",
    )
}

/// Which of a key's words its value is, in any case; the first where it is not set.
fn word(configuration: &Configuration, key: Key) -> Result<usize, Failure> {
    let (words, id, text): (&[&str], _, _) = match key {
        Key::GatewayAuthHeader => (
            &["x-api-key", "authorization"],
            "choose-auth-header",
            "Use x-api-key or authorization.",
        ),
        Key::GatewayApiFormat => (
            &["anthropic", "bedrock", "vertex"],
            "choose-api-format",
            "Use anthropic, bedrock or vertex, or leave the key out.",
        ),
        _ => (&["entra"], "choose-auth-source", "Use entra, or leave the key out."),
    };
    let Some((value, layer)) = configuration.get(key) else { return Ok(0) };
    let found = words.iter().position(|word| value.eq_ignore_ascii_case(word));
    found.ok_or_else(|| unusable(key, layer, value, id, text))
}

/// Refuses what would become another host or another route than it says.
fn check_shape(key: Key, value: &str, layer: Layer) -> Result<(), Failure> {
    let (fits, id, text) = match key {
        Key::GcpProjectId => (
            vertex::is_project(value),
            "check-project",
            "Copy the project's id, not its name, from the Google Cloud console; it looks like my-project-123456.",
        ),
        Key::GcpRegion => (
            vertex::is_region(value),
            "check-region",
            "Use global, us, eu or a region such as us-east5.",
        ),
        Key::AwsRegion => (
            Region::parse(value).is_ok(),
            "check-region",
            "Write the region's code, for example us-east-1 or eu-central-1, as the AWS console shows it.",
        ),
        Key::AzureResourceName => (
            foundry::label(value).is_some(),
            "check-resource",
            "Copy the resource's name from the Azure portal: letters, digits and hyphens, as in https://NAME.services.ai.azure.com.",
        ),
        _ => return Ok(()),
    };
    if fits { Ok(()) } else { Err(unusable(key, layer, value, id, text)) }
}

/// Whose a token of Entra's is, its scope says, and no gateway gets one that
/// opens something of Microsoft's. Foundry gets those alone that are for it.
fn check_scope(kind: Kind, scopes: &str, layer: Layer) -> Result<(), Failure> {
    let fits = |scope: &str| match kind {
        Kind::Foundry => FOUNDRY_SCOPES.contains(&scope),
        // Other forms, such as a GUID or `User.Read`, are Microsoft's or may be.
        _ => {
            scope.len() > 6
                && scope.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("api://"))
        }
    };
    if scopes.split([' ', ',']).filter(|scope| !scope.is_empty()).all(fits) {
        return Ok(());
    }
    let text = "Use the scope of the gateway's own application (api://…); for Azure AI Foundry leave the key out.";
    Err(unusable(Key::EntraScope, layer, scopes, "check-scope", text))
}

/// As much of a value as is quoted of it, in characters.
const LONGEST_QUOTE: usize = 40;

/// A value that can't be used, by its key and whoever set it.
fn unusable(key: Key, layer: Layer, value: &str, id: &'static str, text: &str) -> Failure {
    let mut message = "\"".to_owned();
    message.push_str(text::cut(value, LONGEST_QUOTE));
    message.push_str("\" can't be its value");
    in_key(Failure::told(Code::InvalidArgument, &message, id, Audience::Admin, text), key, layer)
}

/// Tells which key a failure is about, and who set it.
#[must_use]
pub fn in_key(mut failure: Failure, key: Key, layer: Layer) -> Failure {
    failure.message.insert_str(0, ": ");
    failure.message.insert_str(0, key.name());
    if layer != Layer::User && failure.code == Code::InvalidArgument {
        failure.code = Code::ConfigurationInvalid;
    }
    if let Some(hint) = &mut failure.hint {
        hint.params.push(("key", key.name().to_owned()));
        hint.params.push(("layer", layer.as_str().to_owned()));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    const GATEWAY: [(Key, &str); 2] =
        [(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "t")];
    const VERTEX: [(Key, &str); 3] = [
        (Key::GoogleClientId, "1-a.apps.googleusercontent.com"),
        (Key::GcpProjectId, "contoso-ai"),
        (Key::GcpRegion, "us-east5"),
    ];
    const BEDROCK: [(Key, &str); 2] = [
        (Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"),
        (Key::AwsRegion, "eu-central-1"),
    ];
    const FOUNDRY: [(Key, &str); 2] =
        [(Key::AzureResourceName, "contoso-ai"), (Key::AzureApiKey, "k")];

    fn values(pairs: &[(Key, &str)]) -> Values {
        let mut values = Values::default();
        for (key, value) in pairs {
            values.set(*key, *value);
        }
        values
    }

    fn read(
        manifest: &[(Key, &str)],
        user: &[(Key, &str)],
    ) -> (Result<Reading, Failure>, Vec<&'static str>) {
        let mut configuration = Configuration::merge(values(manifest), values(user), Vec::new());
        let reading = ProviderSettings::read(&mut configuration);
        (reading, configuration.problems().iter().map(|problem| problem.id).collect())
    }

    fn complete(manifest: &[(Key, &str)], user: &[(Key, &str)]) -> ProviderSettings {
        match read(manifest, user).0 {
            Ok(Reading::Complete(settings)) => *settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_topmost_layer_that_names_a_provider_chooses_it() {
        let all = [&GATEWAY[..], &VERTEX[..], &BEDROCK[..], &FOUNDRY[..]].concat();
        let direct = [&VERTEX[..], &FOUNDRY[..]].concat();
        type Pairs<'a> = &'a [(Key, &'a str)];
        let cases: [(&str, Pairs<'_>, Pairs<'_>, Kind, usize); 9] = [
            ("a gateway", &GATEWAY, &[], Kind::Gateway, 0),
            ("Vertex AI", &VERTEX, &[], Kind::Vertex, 0),
            ("Bedrock", &BEDROCK, &[], Kind::Bedrock, 0),
            ("Foundry", &FOUNDRY, &[], Kind::Foundry, 0),
            ("of several, the gateway", &all, &[], Kind::Gateway, 3),
            ("of the others, the first", &direct, &[], Kind::Vertex, 1),
            ("what the user names", &GATEWAY, &BEDROCK, Kind::Bedrock, 0),
            ("what the user names, a gateway", &BEDROCK, &GATEWAY, Kind::Gateway, 0),
            // A project alone names nobody: gateways have one too.
            ("a project for the gateway", &GATEWAY, &VERTEX[1..], Kind::Gateway, 0),
        ];
        for (case, manifest, user, kind, ignored) in cases {
            assert_eq!(complete(manifest, user).kind, kind, "{case}");
            let problems = read(manifest, user).1;
            assert_eq!(problems, vec!["provider-ignored"; ignored], "{case}");
        }
    }

    #[test]
    fn what_is_missing_is_asked_for_in_turn() {
        let cases: [(&[(Key, &str)], Key); 11] = [
            (&[], Key::GatewayUrl),
            (&GATEWAY[1..], Key::GatewayUrl),
            (&GATEWAY[..1], Key::GatewayToken),
            (&VERTEX[..1], Key::GcpProjectId),
            (&VERTEX[..2], Key::GcpRegion),
            (&VERTEX[1..], Key::GoogleClientId),
            (&BEDROCK[..1], Key::AwsRegion),
            (&BEDROCK[1..], Key::AwsRoleArn),
            (&FOUNDRY[..1], Key::AzureApiKey),
            (&FOUNDRY[1..], Key::AzureResourceName),
            (&[(Key::Model, "m")], Key::GatewayUrl),
        ];
        for (pairs, key) in cases {
            assert_eq!(read(pairs, &[]).0, Ok(Reading::Missing(key)), "{pairs:?}");
        }
    }

    #[test]
    fn where_requests_go() {
        let region = |kind: &[(Key, &'static str)], key, name| {
            complete(&[kind, &[(key, name)]].concat(), &[]).base.to_string()
        };
        for (name, base) in [
            ("us-east5", "https://us-east5-aiplatform.googleapis.com/v1"),
            ("global", "https://aiplatform.googleapis.com/v1"),
            ("us", "https://aiplatform.us.rep.googleapis.com/v1"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com/v1"),
        ] {
            assert_eq!(region(&VERTEX, Key::GcpRegion, name), base);
        }
        for (name, base) in [
            ("us-east-1", "https://bedrock-runtime.us-east-1.amazonaws.com"),
            ("cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", "https://bedrock-runtime.us-gov-west-1.amazonaws.com"),
            ("eusc-de-east-1", "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(region(&BEDROCK, Key::AwsRegion, name), base);
        }
        for name in [
            "contoso-ai",
            "Contoso-AI",
            " contoso-ai ",
            "contoso-ai.services.ai.azure.com",
            "https://contoso-ai.services.ai.azure.com/anthropic",
            "https://contoso-ai.openai.azure.com/",
            "contoso-ai.cognitiveservices.azure.com",
        ] {
            let base = "https://contoso-ai.services.ai.azure.com/anthropic";
            assert_eq!(region(&FOUNDRY, Key::AzureResourceName, name), base, "{name}");
        }
    }

    /// A host or route that the value is meant to smuggle in.
    #[test]
    fn no_name_becomes_another_host_or_route() {
        let long = "a".repeat(64);
        let hostile = [
            "evil.example",
            "evil.example/",
            "a/../b",
            "a#",
            "a?b",
            "a@evil",
            "a:80",
            "a b",
            "a%2f",
            "-a",
            "a-",
            ".",
            "..",
            "é",
            "a\u{0}",
            "A_B",
            &long,
        ];
        let cases = [
            (&VERTEX[..], Key::GcpRegion, "gcp_region: "),
            (&BEDROCK[..], Key::AwsRegion, "aws_region: "),
            (&FOUNDRY[..], Key::AzureResourceName, "azure_resource_name: "),
        ];
        for (kind, key, message) in cases {
            for name in hostile {
                let failure = read(&[kind, &[(key, name)]].concat(), &[]).0.unwrap_err();
                assert_eq!(failure.code, Code::ConfigurationInvalid, "{name}");
                assert!(failure.message.starts_with(message), "{}", failure.message);
            }
        }
        // A project stands in the path: it may have dots and colons, old ids do.
        for name in
            hostile.into_iter().filter(|name| !["evil.example", "a:80", &long].contains(name))
        {
            let pairs = [&VERTEX[..], &[(Key::GcpProjectId, name)]].concat();
            let failure = read(&pairs, &[]).0.unwrap_err();
            assert!(failure.message.starts_with("gcp_project_id: "), "{}", failure.message);
            let typed = read(&[], &pairs).0.unwrap_err();
            assert_eq!(typed.code, Code::InvalidArgument);
        }
    }

    #[test]
    fn a_region_of_several_is_told_for_its_host() {
        let eu = [&VERTEX[..], &[(Key::GcpRegion, "eu")]].concat();
        assert_eq!(read(&eu, &[]).1, ["multi-region-host"]);
    }

    #[test]
    fn agreement_goes_by_all_that_decides_where_words_go() {
        let other = |kind: &[(Key, &'static str)], key, value| {
            complete(&[kind, &[(key, value)]].concat(), &[]).identity()
        };
        let pairs = [
            (&VERTEX[..], Key::GcpProjectId, "other-ai"),
            (&VERTEX[..], Key::GcpRegion, "eu"),
            (&BEDROCK[..], Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Other"),
            (&BEDROCK[..], Key::AwsRegion, "us-east-1"),
            (&FOUNDRY[..], Key::AzureResourceName, "other-ai"),
            (&GATEWAY[..], Key::GatewayUrl, "https://gw.example.com/b"),
        ];
        for (kind, key, value) in pairs {
            assert_ne!(complete(kind, &[]).identity(), other(kind, key, value), "{value}");
        }
        // Whatever of it came from the address counts as the address's.
        assert_eq!(complete(&VERTEX[..2], &VERTEX[2..]).layer, Layer::Manifest);
        assert_eq!(complete(&[], &BEDROCK).layer, Layer::User);
    }

    /// A link could otherwise have a token for the user's mail sent to a gateway.
    #[test]
    fn tokens_for_microsofts_own_go_to_no_gateway() {
        let gateway = |scope: &'static str| {
            let entra = [GATEWAY[0], (Key::GatewayAuthSource, "entra"), (Key::EntraScope, scope)];
            read(&entra, &[]).0
        };
        for scope in
            ["api://gw", "api://gw/.default", "API://gw/a api://gw/b", "api://gw/a,api://gw/b"]
        {
            assert!(matches!(gateway(scope), Ok(Reading::Complete(_))), "{scope}");
        }
        for scope in [
            "https://graph.microsoft.com/.default",
            "api://gw/a https://graph.microsoft.com/Mail.Read",
            "api://gw/a,Mail.Read",
            "User.Read",
            "00000003-0000-0000-c000-000000000000/.default",
            "https://management.azure.com/.default",
            "https://cognitiveservices.azure.com/.default",
            "https://evil.example/x",
            "api://",
        ] {
            let failure = gateway(scope).unwrap_err();
            assert!(failure.message.starts_with("entra_scope: "), "{}", failure.message);
        }
        let without = [GATEWAY[0], (Key::GatewayAuthSource, "entra")];
        assert_eq!(read(&without, &[]).0, Ok(Reading::Missing(Key::EntraScope)));

        let foundry = |scope: &'static str| {
            let entra = [FOUNDRY[0], (Key::GatewayAuthSource, "entra"), (Key::EntraScope, scope)];
            read(&entra, &[]).0
        };
        assert!(matches!(foundry("https://ai.azure.com/.default"), Ok(Reading::Complete(_))));
        assert!(foundry("https://graph.microsoft.com/.default").is_err());
        let default = [FOUNDRY[0], (Key::GatewayAuthSource, "entra")];
        let scope = complete(&default, &[]).scope().to_owned();
        assert_eq!(scope, "https://cognitiveservices.azure.com/.default");
    }
}
