//! The layers of the configuration that are fetched: attributes of the
//! directory, by the ID token, and the bootstrap answer.

use crate::config::bootstrap::Endpoint;
use crate::config::provider::{ProviderSettings, Reading};
use crate::config::{self, Configuration, Key, Kind, Layer, Layers, Values};
use crate::error::{Audience, Code, Failure};
use crate::json::{Json, write};
use crate::provider::{Provider, rules};
use crate::secret::Secret;
use crate::text;

use super::consent::{Consent, confirm_first};
use super::state::{Connection, State};

/// How short a key of Azure's is looked at twice, in bytes.
const LEAST_AZURE_KEY: usize = 20;

/// What of the chain is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    has_attributes: bool,
    has_bootstrap: bool,
    /// What a review made of the values that have templates, with the lowest
    /// layer that it is made of.
    pub(super) filled: Vec<(Layer, Key, Secret, Layer)>,
    /// The first model that the organisation offers; empty for none.
    pub(super) first_model: String,
    /// Bootstrap endpoints that the user agreed to in this pane.
    pub(super) agreed: Vec<String>,
}

/// A layer that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingLayer {
    /// The user's attributes, from an ID token for the application with this
    /// id; empty where the administrator names none.
    Attributes {
        /// The administrator's own application.
        client_id: String,
    },
    /// The answer of the bootstrap endpoint.
    Bootstrap {
        /// Where it is.
        url: String,
        /// Whether it gets a token of the user's.
        with_token: bool,
        /// `entra_scope`, of which [`config::bootstrap::scope`] says what the token
        /// is for.
        scope: String,
    },
}

/// What a newer bootstrap answer changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Nothing that the connection stands on.
    Same,
    /// What opens the provider: the connection goes on with it.
    Renewed,
    /// Whom to connect to: it takes a new attempt.
    Moved,
}

impl Renewal {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Renewed => "renewed",
            Self::Moved => "moved",
        }
    }
}

impl Connection {
    /// The next layer to fetch before anything is planned, if any. Nothing is
    /// fetched that the user has not asked for or agreed to where
    /// [`plan`](Self::plan) would not connect either.
    ///
    /// # Errors
    /// The endpoint's address can't be used, or the user has to confirm it.
    pub fn poll_layer(
        &mut self,
        acted: bool,
        consent: &Consent,
    ) -> Result<Option<MissingLayer>, Failure> {
        let by_itself =
            self.configuration.get(Key::AutoConnect).is_none_or(|(value, _)| value != "0");
        if !self.awaits_layers() || (!acted && (!by_itself || self.kept.signed_out)) {
            return Ok(None);
        }
        match self.unconfirmed_bootstrap(consent) {
            Some(failure) if acted => return Err(failure),
            Some(_) => return Ok(None),
            None => {}
        }
        let signs_in = self.signs_in();
        if signs_in && !self.chain.has_attributes {
            let client_id = self.layers.manifest.get(Key::GraphClientId).unwrap_or_default();
            return Ok(Some(MissingLayer::Attributes { client_id: client_id.to_owned() }));
        }
        let Some(endpoint) = Endpoint::read(&self.configuration)? else { return Ok(None) };
        let agreed = endpoint.identity();
        let confirmed = consent.confirm.as_ref() == Some(&endpoint.base.origin().to_string());
        if confirmed && !self.chain.agreed.contains(&agreed) {
            self.chain.agreed.push(agreed);
        }
        self.bootstrap_at(endpoint).map(Some)
    }

    /// The bootstrap endpoint once more, to fetch its answer anew.
    ///
    /// # Errors
    /// The endpoint's address can't be used.
    pub fn renewed_layer(&self) -> Result<Option<MissingLayer>, Failure> {
        let endpoint = Endpoint::read(&self.configuration)?;
        endpoint.map(|endpoint| self.bootstrap_at(endpoint)).transpose()
    }

    /// The endpoint where it is, when the page's own code says so.
    fn bootstrap_at(&self, mut endpoint: Endpoint) -> Result<MissingLayer, Failure> {
        endpoint.locate(&self.endpoints)?;
        let with_token = self.signs_in();
        let scope = self.layers.manifest.get(Key::EntraScope).unwrap_or_default().to_owned();
        Ok(MissingLayer::Bootstrap { url: endpoint.url, with_token, scope })
    }

    /// Whether the administrator lets the user's Microsoft identity be used.
    pub(super) fn signs_in(&self) -> bool {
        self.layers.manifest.get(Key::EntraSso) == Some("1")
    }

    /// Whether a layer is yet to come.
    #[must_use]
    pub fn awaits_layers(&self) -> bool {
        let missing = self.signs_in() && !self.chain.has_attributes;
        let has_endpoint = self.layers.top(Key::BootstrapUrl, Layer::Attributes).is_some();
        missing || (has_endpoint && !self.chain.has_bootstrap)
    }

    /// Takes a layer as [`config::layer::read`] wrote it: `{key:text}`.
    pub fn take_layer(&mut self, layer: Layer, text: &str) -> Renewal {
        let values = read_values(text);
        match layer {
            Layer::Attributes => {
                self.layers.attributes = values;
                self.chain.has_attributes = true;
            }
            _ => {
                self.layers.bootstrap = values;
                self.chain.has_bootstrap = true;
            }
        }
        self.chain.filled.clear();
        if self.provider.is_none() {
            // What stood in the way of it is over.
            self.failure = None;
            self.demands_user = false;
        }
        self.read_anew()
    }

    /// What a review is made of: `{layer:{key:text}}`, as it is written, secrets
    /// in the clear.
    #[must_use]
    pub fn expose_layers(&self) -> String {
        let layers = self.written(self.configuration.user().clone());
        let mut out = String::new();
        {
            let mut object = write::Object::new(&mut out);
            for layer in Layer::ALL {
                let mut values = object.object(layer.as_str());
                for (key, value) in layers.of(layer).iter() {
                    values.string(key.name(), value);
                }
            }
        }
        out
    }

    /// Whether a review would tell more than is known here.
    #[must_use]
    pub fn wants_review(&self) -> bool {
        self.configuration.iter().any(|(key, value, _)| {
            !matches!(
                key,
                Key::GatewayUrl
                    | Key::GatewayToken
                    | Key::GatewayAuthHeader
                    | Key::GatewayApiFormat
                    | Key::InferenceHeaders
                    | Key::AzureResourceName
                    | Key::AzureApiKey
                    | Key::AnthropicVersion
                    | Key::AutoConnect
                    | Key::Model
            ) || text::contains(value, "{{")
                || (key == Key::AutoConnect && !matches!(value, "0" | "1"))
                || (key == Key::AzureApiKey && value.len() < LEAST_AZURE_KEY)
        })
    }

    /// Whether somebody but a link stands behind the manifest's parameters.
    #[must_use]
    pub fn is_vouched(&self) -> bool {
        self.vouched
    }

    /// Takes what a [review](config::review::review) filled in, and the first
    /// model that is offered.
    pub fn take_filled(&mut self, text: &str, first_model: &str) -> Renewal {
        self.chain.filled.clear();
        // In Outlook an organisation offers nothing that the products don't.
        let is_narrower =
            !self.configuration.is_for_outlook() || rules::broken_by(first_model, true).is_none();
        let first_model = if is_narrower { first_model } else { "" };
        first_model.clone_into(&mut self.chain.first_model);
        let filled = Json::parse(text, 2).unwrap_or(Json::NULL);
        let mut texts = filled.elements().map(|text| text.as_str().unwrap_or_default());
        while let Some(layer) = texts.next() {
            let (key, value) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
            let source = texts.next().unwrap_or_default();
            if let (Some(layer), Some(key), Some(source)) =
                (Layer::named(&layer), Key::from_name(&key), Layer::named(&source))
            {
                self.chain.filled.push((layer, key, Secret::new(value), source));
            }
        }
        self.read_anew()
    }

    /// The configuration anew, and a connection that goes on with it.
    fn read_anew(&mut self) -> Renewal {
        let Some(provider) = self.provider.clone() else {
            self.read_again();
            if self.state != State::Connecting {
                self.settle();
            }
            return Renewal::Same;
        };
        self.read_again();
        self.renew_provider(&provider)
    }

    /// Goes on with what the newer configuration says, where it is the same
    /// provider at the same place.
    fn renew_provider(&mut self, current: &Provider) -> Renewal {
        let mut configuration = self.configuration.clone();
        if config::contradiction(&configuration).is_some() {
            return Renewal::Moved;
        }
        let Ok(Reading::Complete(mut settings)) = ProviderSettings::read(&mut configuration) else {
            return Renewal::Moved;
        };
        if settings.locate(&self.endpoints).is_err() {
            return Renewal::Moved;
        }
        if *settings == *current.settings() {
            return Renewal::Same;
        }
        if settings.kind != current.settings().kind
            || settings.identity() != current.settings().identity()
        {
            return Renewal::Moved;
        }
        match Provider::new(*settings) {
            Ok(provider) => {
                self.provider = Some(provider);
                Renewal::Renewed
            }
            Err(_) => Renewal::Moved,
        }
    }

    /// Layers are being fetched. What was under way before is overtaken.
    pub fn begin_layers(&mut self) {
        self.attempts += 1;
        self.state = State::Connecting;
    }

    /// Fetching came to an end: with a failure, called off, or with all that
    /// was wanted. `demands_user` says that only the user can sign in.
    pub fn end_layers(&mut self, failed: bool, demands_user: bool) {
        if failed && self.provider.is_none() {
            let message = "the configuration could not be fetched";
            self.failure = Some(Failure::new(Code::Unreachable, message));
            self.demands_user = demands_user;
        }
        self.settle();
    }

    /// The layers that are somebody's own go with whoever they were fetched for.
    pub(super) fn forget_layers(&mut self) {
        self.chain = Chain::default();
        self.layers =
            Layers { manifest: std::mem::take(&mut self.layers.manifest), ..Layers::default() };
    }

    /// What to ask the user about the bootstrap endpoint.
    pub(super) fn unconfirmed_bootstrap(&self, consent: &Consent) -> Option<Failure> {
        let is_links = self.configuration.source(Key::BootstrapUrl) == Some(Layer::Manifest);
        if self.vouched || self.chain.has_bootstrap || !is_links {
            return None;
        }
        let endpoint = Endpoint::read(&self.configuration).ok()??;
        let identity = endpoint.identity();
        if consent.confirm.as_ref() == Some(&endpoint.base.origin().to_string())
            || self.kept.settings.confirmed.contains(&identity)
            || self.chain.agreed.contains(&identity)
        {
            return None;
        }
        let shown = endpoint.base.to_string();
        Some(confirm_first(&endpoint.base, vec![(Key::BootstrapUrl, shown)]))
    }

    /// Whether the organisation configures its users one by one and names
    /// nothing for this one.
    pub(super) fn is_unassigned(&self, configuration: &Configuration) -> bool {
        (self.chain.has_attributes || self.chain.has_bootstrap)
            && !self.awaits_layers()
            && Kind::ALL.iter().all(|kind| configuration.get(kind.named_by()).is_none())
    }
}

fn read_values(text: &str) -> Values {
    let mut values = Values::default();
    for (name, value) in Json::parse_object(text).unwrap_or(Json::NULL).members() {
        if let (Some(key), Some(value)) = (Key::from_name(&name), value.as_str()) {
            values.set(key, value);
        }
    }
    values
}

/// The failure of a user for whom nothing is configured.
#[must_use]
pub(super) fn not_assigned() -> Failure {
    Failure::told(
        Code::ConfigurationInvalid,
        "nothing is configured for this user",
        "not-assigned",
        Audience::Admin,
        "Assign a provider to this user: by attributes in the directory (a change takes up to an hour to arrive), by the bootstrap endpoint, or for everybody in the manifest.",
    )
}
