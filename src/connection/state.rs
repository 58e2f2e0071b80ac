//! One connection: what is configured, what the user agreed to, and whether
//! the gateway answered.

use crate::config::{self, Configuration, GatewaySettings, Key, Layer, Problem, Severity, Values};
use crate::credentials::record::{Fingerprints, KeptSecrets, KeptSettings, fingerprint};
use crate::credentials::{Changes, Kept};
use crate::error::{Audience, Code, Failure, Hint};
use crate::provider::{Discovery, Gateway, Model};
use crate::secret::Secret;

use super::consent::{Confirmation, Consent};

/// What the connector is doing, as the page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing to connect with, or the user must act first.
    NeedsSettings,
    /// The gateway is being asked for its models.
    Connecting,
    /// Messages can be sent.
    Ready,
    /// The last attempt failed, and there was no connection before it.
    Failed,
}

impl State {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsSettings => "needs-settings",
            Self::Connecting => "connecting",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

/// What asking to connect comes to.
#[derive(Debug)]
pub enum Plan {
    /// Nothing, until the user acts.
    Stay,
    /// Ask this gateway for its models.
    Attempt(Box<Attempt>),
}

/// An attempt under way. Hand it back to [`Connection::succeed`] or
/// [`Connection::fail`].
#[derive(Debug)]
pub struct Attempt {
    number: u32,
    configuration: Configuration,
    typed: Values,
    settings: GatewaySettings,
    gateway: Gateway,
    token_layer: Layer,
    confirmed: Option<String>,
}

impl Attempt {
    /// The questions to ask.
    #[must_use]
    pub fn discovery(&self) -> Discovery {
        Discovery::new(self.gateway.clone(), self.settings.model.clone())
    }
}

/// The state of a connector. The driver loop:
///
/// 1. [`open`](Self::open) with what the page's address and the store hold.
/// 2. [`plan`](Self::plan); when it gives an [`Attempt`], [`begin`](Self::begin)
///    it, run its discovery, and hand both back to [`succeed`](Self::succeed)
///    or [`fail`](Self::fail). An attempt that another one overtook changes
///    nothing.
/// 3. After each of these, write what [`poll_changes`](Self::poll_changes) gives.
/// 4. When another pane wrote something, [`reload`](Self::reload).
#[derive(Debug)]
pub struct Connection {
    manifest: Values,
    read_problems: Vec<Problem>,
    kept: Kept,
    vouched: bool,
    configuration: Configuration,
    state: State,
    failure: Option<Failure>,
    gateway: Option<Gateway>,
    models: Vec<Model>,
    attempts: u32,
    changes: Changes,
}

impl Connection {
    /// Reads the layers. `vouched` says that a real Office host, or the page's
    /// own code, stands behind the address; otherwise any link could have
    /// written it.
    #[must_use]
    pub fn open<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        kept: Kept,
        vouched: bool,
    ) -> Self {
        let mut read_problems = Vec::new();
        let manifest = config::manifest::read(parameters, &mut read_problems);
        let mut connection = Self {
            manifest,
            read_problems,
            kept: Kept::default(),
            vouched,
            configuration: Configuration::default(),
            state: State::NeedsSettings,
            failure: None,
            gateway: None,
            models: Vec::new(),
            attempts: 0,
            changes: Changes::default(),
        };
        connection.take(kept);
        connection
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Why the last attempt failed; nothing while a connection works.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The layers together.
    #[must_use]
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The models of the last success.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The gateway that answered.
    ///
    /// # Errors
    /// Not connected.
    pub fn gateway(&self) -> Result<&Gateway, Failure> {
        self.gateway.as_ref().ok_or_else(|| {
            Failure::new(Code::InteractionRequired, "not connected").hint(Hint::new(
                "connect-first",
                Audience::Developer,
                "Call connector.connect() and wait until connector.state is \"ready\".",
            ))
        })
    }

    /// What to ask the user, when nobody but the page's address says where
    /// to connect or with what.
    #[must_use]
    pub fn confirmation(&self) -> Option<Confirmation> {
        let mut configuration = self.configuration.clone();
        let settings = GatewaySettings::read(&mut configuration).ok()??;
        let token = self.token(&configuration, &settings);
        self.unconfirmed(&configuration, &settings, token.as_ref(), &Consent::default())
    }

    /// The kept token, when it is for the gateway in force.
    pub(super) fn kept_token(&self) -> Option<&Secret> {
        let mut configuration = self.configuration.clone();
        let settings = GatewaySettings::read(&mut configuration).ok()??;
        Some(&self.kept_token_for(&settings)?.0)
    }

    /// Decides whether and with what to connect. `typed` lies over what was
    /// typed before.
    ///
    /// # Errors
    /// The configuration can't be used, or the user has to confirm the host.
    pub fn plan(&self, typed: Option<Values>, consent: Consent) -> Result<Plan, Failure> {
        let acted = consent.interactive || consent.confirm.is_some() || typed.is_some();
        let typed = self.lay_over(typed.unwrap_or_default());
        let mut configuration = self.merge(typed.clone());
        let by_itself = configuration.get(Key::AutoConnect).is_none_or(|(value, _)| value != "0");
        if !acted && (!by_itself || self.kept.signed_out) {
            return Ok(Plan::Stay);
        }
        let Some(settings) = GatewaySettings::read(&mut configuration)? else {
            return if acted { Err(missing(Key::GatewayUrl)) } else { Ok(Plan::Stay) };
        };
        let Some(token) = self.token(&configuration, &settings) else {
            return if acted { Err(missing(Key::GatewayToken)) } else { Ok(Plan::Stay) };
        };
        match self.unconfirmed(&configuration, &settings, Some(&token), &consent) {
            Some(confirmation) if acted => return Err(confirmation.refusal()),
            Some(_) => return Ok(Plan::Stay),
            None => {}
        }
        let agreed = consent.confirm.filter(|text| *text == settings.base.origin().to_string());
        let confirmed = agreed.map(|_| settings.base.to_string());
        let (token, token_layer) = token;
        let gateway = Gateway::new(&settings, token.expose()).map_err(|error| {
            let key = Key::GatewayToken.name();
            let mut failure = error.in_setting(key);
            failure.hint = failure.hint.map(|hint| Box::new(hint.with("key", key)));
            failure
        })?;
        Ok(Plan::Attempt(Box::new(Attempt {
            number: self.attempts + 1,
            configuration,
            typed,
            settings,
            gateway,
            token_layer,
            confirmed,
        })))
    }

    /// The attempt is under way.
    pub fn begin(&mut self, attempt: &mut Attempt) {
        self.attempts += 1;
        attempt.number = self.attempts;
        self.state = State::Connecting;
        self.failure = None;
    }

    /// The gateway answered. Changes nothing when another attempt has
    /// overtaken this one.
    pub fn succeed(&mut self, attempt: Attempt, models: Vec<Model>) {
        if attempt.number != self.attempts {
            return;
        }
        let manifest = attempt.configuration.manifest();
        let mut settings = KeptSettings {
            confirmed: self.kept.settings.confirmed.clone(),
            ..KeptSettings::default()
        };
        for (key, value) in attempt.typed.iter().filter(|(key, _)| !key.is_secret()) {
            settings.values.set(key, value);
            if let Some(overrode) = self.manifest.get(key) {
                settings.overrode.push((key, fingerprint(overrode)));
            }
        }
        settings
            .confirmed
            .extend(attempt.confirmed.filter(|origin| !settings.confirmed.contains(origin)));
        let credential = attempt.gateway.credential();
        let mut secrets = KeptSecrets {
            audience: credential.audience().to_string(),
            token: Some((credential.secret().clone(), attempt.token_layer)),
            headers: attempt
                .configuration
                .get(Key::InferenceHeaders)
                .map(|(headers, layer)| (Secret::new(headers), layer)),
            overrode: Vec::new(),
        };
        secrets.overrode = self.overridden(&secrets, manifest);
        self.changes = Changes::keep(&settings, &secrets);
        self.kept.settings = settings;
        self.kept.secrets = Some(secrets);
        self.kept.signed_out = false;
        self.configuration = attempt.configuration;
        self.gateway = Some(attempt.gateway);
        self.models = models;
        self.state = State::Ready;
        self.failure = None;
    }

    /// Which of the administrator's secrets lie under those that the user
    /// typed. The page's address has lost them when the pane is loaded again.
    fn overridden(&self, secrets: &KeptSecrets, manifest: &Values) -> Fingerprints {
        let former = self.kept.secrets.as_ref();
        let former = former.filter(|former| former.audience == secrets.audience);
        let administrators = |key| {
            if let Some(value) = manifest.get(key) {
                return Some(fingerprint(value));
            }
            match former?.get(key) {
                Some((value, Layer::Manifest)) => Some(fingerprint(value.expose())),
                _ => {
                    let mut overrode = former?.overrode.iter();
                    overrode.find(|(overrode, _)| *overrode == key).map(|(_, then)| then.clone())
                }
            }
        };
        let typed = Key::ALL
            .into_iter()
            .filter(|key| secrets.get(*key).is_some_and(|(_, layer)| *layer == Layer::User));
        typed.filter_map(|key| Some((key, administrators(key)?))).collect()
    }

    /// The attempt failed; what was kept before stays, and so does a
    /// connection that works.
    pub fn fail(&mut self, attempt: &Attempt, failure: Failure) {
        if attempt.number != self.attempts {
            return;
        }
        if self.gateway.is_some() {
            self.state = State::Ready;
        } else {
            self.state = State::Failed;
            self.failure = Some(failure);
        }
    }

    /// The attempt was called off: back to where it began.
    pub fn call_off(&mut self, attempt: &Attempt) {
        if attempt.number == self.attempts {
            self.state = if self.gateway.is_some() { State::Ready } else { State::NeedsSettings };
        }
    }

    /// Asks the gateway that answered once more.
    ///
    /// # Errors
    /// Not connected.
    pub fn rediscovery(&self) -> Result<Discovery, Failure> {
        let typed = self.configuration.get(Key::Model).map(|(model, _)| model.to_owned());
        Ok(Discovery::new(self.gateway()?.clone(), typed))
    }

    /// Takes a newer list, unless the gateway has changed meanwhile.
    pub fn renew_models(&mut self, gateway: &Gateway, models: Vec<Model>) -> bool {
        let same = self.gateway.as_ref() == Some(gateway);
        if same {
            self.models = models;
        }
        same
    }

    /// What is to be written to the host's store; each change is given once.
    #[must_use = "what it returns is to be written"]
    pub fn poll_changes(&mut self) -> Option<Changes> {
        Some(std::mem::take(&mut self.changes)).filter(|changes| !changes.is_empty())
    }

    /// The user signed out: nothing is kept, and nothing connects by itself.
    pub fn forget(&mut self) {
        self.sign_out();
        self.changes = Changes::forget();
    }

    fn sign_out(&mut self) {
        self.attempts += 1;
        self.gateway = None;
        self.models.clear();
        self.failure = None;
        self.state = State::NeedsSettings;
        self.take(Kept { signed_out: true, ..Kept::default() });
    }

    /// Another pane changed what is kept. When it signed out, so does this
    /// one. When it connected elsewhere, this one stays where it is, and says
    /// so, until it connects again.
    pub fn reload(&mut self, kept: Kept) {
        if kept.signed_out && !self.kept.signed_out {
            self.sign_out();
            return;
        }
        let in_force = self.gateway.is_some().then(|| self.configuration.clone());
        self.take(kept);
        if let Some(configuration) = in_force {
            self.configuration = configuration;
        }
    }

    fn take(&mut self, mut kept: Kept) {
        kept.settings.drop_outdated(&self.manifest);
        if let Some(secrets) = &mut kept.secrets {
            let values = kept.settings.values.clone();
            let merged = Configuration::merge(self.manifest.clone(), values, Vec::new());
            secrets.drop_outdated(merged.manifest());
        }
        self.changes = Changes::remove(&kept.broken);
        self.kept = kept;
        let typed = self.lay_over(Values::default());
        self.configuration = self.merge(typed);
        for record in self.kept.broken.clone() {
            let message = format!("the kept {record} could not be read and were removed");
            self.configuration.report(Problem::new(
                "record-dropped",
                Severity::Warning,
                Key::GatewayUrl,
                None,
                message,
            ));
        }
        // Read for what there is to report; the error comes back from `plan`.
        if let Err(failure) = GatewaySettings::read(&mut self.configuration) {
            let layer = self.configuration.get(Key::GatewayUrl).map(|(_, layer)| layer);
            let key = Key::ALL.into_iter().find(|key| failure.message.starts_with(key.name()));
            let key = key.unwrap_or(Key::GatewayUrl);
            self.configuration.report(Problem::new(
                "unusable-value",
                Severity::Error,
                key,
                layer,
                failure.message,
            ));
        }
    }

    /// What is typed now over what was typed before. Another address drops
    /// what was typed for the former one.
    ///
    /// In an Office host the manifest's own address counts as not typed: a form
    /// hands back what it was filled with, and the manifest's token goes with the
    /// manifest's address. Elsewhere typing it is the user's agreement to it.
    fn lay_over(&self, mut typed: Values) -> Values {
        let base = |values: &Values| {
            Some(config::gateway::read_base(values.get(Key::GatewayUrl)?).ok()?.0)
        };
        if self.vouched && base(&typed).is_some_and(|url| Some(url) == base(&self.manifest)) {
            typed.set(Key::GatewayUrl, "");
        }
        let former = &self.kept.settings.values;
        let before = former.get(Key::GatewayUrl).unwrap_or_default();
        let moved = typed.get(Key::GatewayUrl).is_some_and(|url| url != before);
        let mut values = if moved { Values::default() } else { former.clone() };
        let url = values.get(Key::GatewayUrl).or(self.manifest.get(Key::GatewayUrl));
        let base = url.and_then(|url| config::gateway::read_base(url).ok());
        if let (false, Some((base, _)), Some(kept)) = (moved, base, &self.kept.secrets)
            && kept.audience == base.origin().to_string()
            && let Some((headers, Layer::User)) = &kept.headers
        {
            values.set(Key::InferenceHeaders, headers.expose());
        }
        for (key, value) in typed.iter() {
            if value.is_empty() {
                values.unset(key);
            } else {
                values.set(key, value);
            }
        }
        values
    }

    /// The layers together. The pane takes the manifest's secrets out of its
    /// address, and a reload finds its headers here; an address that has a
    /// secret is as the administrator wrote it.
    fn merge(&self, typed: Values) -> Configuration {
        let mut manifest = self.manifest.clone();
        let has_secret = manifest.iter().any(|(key, _)| key.is_secret());
        let url =
            manifest.get(Key::GatewayUrl).and_then(|url| config::gateway::read_base(url).ok());
        if let (false, Some((base, _)), Some(kept)) = (has_secret, url, &self.kept.secrets)
            && kept.audience == base.origin().to_string()
            && let Some((headers, Layer::Manifest)) = &kept.headers
        {
            manifest.set(Key::InferenceHeaders, headers.expose());
        }
        Configuration::merge(manifest, typed, self.read_problems.clone())
    }

    /// The token: typed or from the manifest, else the kept one if it is for
    /// this very origin.
    fn token(
        &self,
        configuration: &Configuration,
        settings: &GatewaySettings,
    ) -> Option<(Secret, Layer)> {
        let kept = self.kept_token_for(settings);
        match configuration.get(Key::GatewayToken) {
            // What the user typed over this very token still holds.
            Some((token, Layer::Manifest)) => {
                let typed = kept.filter(|(_, layer)| *layer == Layer::User).cloned();
                typed.or_else(|| Some((Secret::new(token), Layer::Manifest)))
            }
            Some((token, Layer::User)) => Some((Secret::new(token), Layer::User)),
            None => kept.cloned(),
        }
    }

    /// The kept secrets, if they are for this very origin.
    fn kept_secrets_for(&self, settings: &GatewaySettings) -> Option<&KeptSecrets> {
        let kept = self.kept.secrets.as_ref();
        kept.filter(|kept| kept.audience == settings.base.origin().to_string())
    }

    /// The kept token, if it is for this very origin. A manifest's token is
    /// taken out of the page's address; a reload finds it here, and only for
    /// the gateway that came with it.
    fn kept_token_for(&self, settings: &GatewaySettings) -> Option<&(Secret, Layer)> {
        let token = self.kept_secrets_for(settings)?.token.as_ref();
        token.filter(|(_, layer)| *layer == Layer::User || settings.base_layer == Layer::Manifest)
    }

    /// What to ask about: the address, or a secret that would be sent, comes
    /// from the page's address outside an Office host, and the user has not
    /// agreed to it. A gateway may route by its path, its token or its
    /// headers, so a link that changes one of them asks anew.
    fn unconfirmed(
        &self,
        configuration: &Configuration,
        settings: &GatewaySettings,
        token: Option<&(Secret, Layer)>,
        consent: &Consent,
    ) -> Option<Confirmation> {
        let base = settings.base.to_string();
        if self.vouched || consent.confirm == Some(settings.base.origin().to_string()) {
            return None;
        }
        let kept = self.kept_secrets_for(settings);
        let is_kept = |key: Key, text: &str| {
            kept.and_then(|kept| kept.get(key)).is_some_and(|(kept, _)| kept.expose() == text)
        };
        let mut changed = Vec::new();
        if settings.base_layer != Layer::User && !self.kept.settings.confirmed.contains(&base) {
            changed.push((Key::GatewayUrl, base));
        }
        if let Some((token, Layer::Manifest)) = token
            && !is_kept(Key::GatewayToken, token.expose())
        {
            changed.push((Key::GatewayToken, token.masked()));
        }
        if let Some((headers, Layer::Manifest)) = configuration.get(Key::InferenceHeaders)
            && !settings.headers.is_empty()
            && !is_kept(Key::InferenceHeaders, headers)
        {
            changed.push((Key::InferenceHeaders, config::headers::shown(headers)));
        }
        let base = settings.base.clone();
        (!changed.is_empty()).then_some(Confirmation { base, changed })
    }
}

fn missing(key: Key) -> Failure {
    let text = match key {
        Key::GatewayToken => "Enter the gateway's token.",
        _ => "Enter the gateway's address.",
    };
    Failure::new(Code::ConfigurationInvalid, format!("{} is missing", key.name()))
        .hint(Hint::new("enter-value", Audience::User, text).with("key", key.name()))
}
