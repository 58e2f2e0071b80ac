//! The layers of the configuration that are fetched: attributes of the
//! directory, by the ID token, and the bootstrap answer.

use crate::config::bootstrap::{address, identity, is_from_address};
use crate::config::provider::{ProviderSettings, Reading};
use crate::config::{
    self, Configuration, Key, Kind, Layer, Layers, Problem, Severity, bootstrap_scope, layer,
};
use crate::error::{Audience, Code, Failure};
use crate::http::{BaseUrl, RequestUrl};
use crate::json::Json;
use crate::provider::Provider;
use crate::text;

use super::consent::{Consent, confirm_first};
use super::state::{Connection, State};

/// What of the chain is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    has_attributes: bool,
    has_bootstrap: bool,
    /// What was odd about them.
    pub(super) problems: Vec<Problem>,
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
        url: RequestUrl,
        /// Whether it gets a token of the user's.
        with_token: bool,
        /// What an access token is for; empty for the ID token.
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
        let Some(url) = address(&self.configuration)? else { return Ok(None) };
        let agreed = identity(&url);
        if consent.confirm.is_some() && !self.chain.agreed.contains(&agreed) {
            self.chain.agreed.push(agreed);
        }
        Ok(Some(self.bootstrap_at(url)))
    }

    /// The bootstrap endpoint once more, to fetch its answer anew.
    ///
    /// # Errors
    /// The endpoint's address can't be used.
    pub fn renewed_layer(&self) -> Result<Option<MissingLayer>, Failure> {
        Ok(address(&self.configuration)?.map(|url| self.bootstrap_at(url)))
    }

    fn bootstrap_at(&self, url: RequestUrl) -> MissingLayer {
        let with_token = self.signs_in();
        let scope = bootstrap_scope(&self.configuration).unwrap_or_default().to_owned();
        MissingLayer::Bootstrap { url, with_token, scope }
    }

    /// Whether the administrator lets the user's Microsoft identity be used.
    fn signs_in(&self) -> bool {
        self.layers.manifest.get(Key::EntraSso) == Some("1")
    }

    /// Whether a layer is yet to come.
    #[must_use]
    pub fn awaits_layers(&self) -> bool {
        let missing = self.signs_in() && !self.chain.has_attributes;
        let has_endpoint = self.layers.top(Key::BootstrapUrl, Layer::Attributes).is_some();
        missing || (has_endpoint && !self.chain.has_bootstrap)
    }

    /// Takes a layer: a JSON object by the keys' names.
    ///
    /// # Errors
    /// It is no object.
    pub fn take_layer(&mut self, layer: Layer, text: &str) -> Result<Renewal, Failure> {
        let Some(object) = Json::parse_object(text) else {
            return Err(Failure::new(
                Code::ResponseInvalid,
                "the configuration is not a JSON object",
            ));
        };
        self.layers.names.forget(layer);
        self.chain.problems.retain(|problem| problem.layer != Some(layer));
        let mut problems = Vec::new();
        let values = layer::read(object, layer, &mut self.layers.names, &mut problems);
        self.chain.problems.append(&mut problems);
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
        let Some(provider) = self.provider.clone() else {
            self.read_again();
            return Ok(Renewal::Same);
        };
        self.read_again();
        Ok(self.renew_provider(&provider))
    }

    /// Goes on with what the newer configuration says, where it is the same
    /// provider at the same place.
    fn renew_provider(&mut self, current: &Provider) -> Renewal {
        let mut configuration = self.configuration.clone();
        if config::contradiction(&configuration).is_some() {
            return Renewal::Moved;
        }
        let Ok(Reading::Complete(settings)) = ProviderSettings::read(&mut configuration) else {
            return Renewal::Moved;
        };
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

    /// The answer could not be fetched anew: the last one serves on, which is
    /// told. Whether there is one.
    pub fn keep_bootstrap(&mut self, why: &str) -> bool {
        if !self.chain.has_bootstrap {
            return false;
        }
        const KEPT: &str = "bootstrap-kept";
        self.chain.problems.retain(|problem| problem.id != KEPT);
        let message = text::join(
            &["bootstrap_url: could not be asked anew, and its last answer is used on: ", why],
            "",
        );
        let problem = Problem::new(
            KEPT,
            Severity::Warning,
            Key::BootstrapUrl,
            // Gone with the next answer.
            Some(Layer::Bootstrap),
            message,
        );
        self.chain.problems.push(problem.clone());
        self.configuration.report(problem);
        true
    }

    /// Layers are being fetched. What was under way before is overtaken.
    pub fn begin_layers(&mut self) {
        self.attempts += 1;
        self.state = State::Connecting;
    }

    /// Fetching came to an end: with a failure, called off, or with all that
    /// was wanted.
    pub fn end_layers(&mut self, failed: bool) {
        if failed && self.provider.is_none() {
            let message = "the configuration could not be fetched";
            self.failure = Some(Failure::new(Code::Unreachable, message));
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
        if self.vouched || self.chain.has_bootstrap || !is_from_address(&self.configuration) {
            return None;
        }
        let url = address(&self.configuration).ok()??;
        let identity = identity(&url);
        let origin = url.origin().to_string();
        if consent.confirm.as_ref() == Some(&origin)
            || self.kept.settings.confirmed.contains(&identity)
            || self.chain.agreed.contains(&identity)
        {
            return None;
        }
        let shown =
            text::split_once(url.as_str(), "?").map_or(url.as_str(), |(address, _)| address);
        let base = BaseUrl::parse(shown).ok()?;
        Some(confirm_first(&base, vec![(Key::BootstrapUrl, shown.to_owned())]))
    }

    /// Whether the organisation configures its users one by one and names
    /// nothing for this one.
    pub(super) fn is_unassigned(&self, configuration: &Configuration) -> bool {
        (self.chain.has_attributes || self.chain.has_bootstrap)
            && !self.awaits_layers()
            && Kind::ALL.iter().all(|kind| configuration.get(kind.named_by()).is_none())
    }
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
