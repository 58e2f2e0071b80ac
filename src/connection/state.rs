//! One connection: what is configured, what the user agreed to, and whether
//! the provider answered.

use crate::config::provider::{ApiFormat, ProviderSettings, Reading, named};
use crate::config::{self, Configuration, Key, Kind, Layer, Layers, Problem, Severity, Values};
use crate::credentials::record::{KeptSecrets, KeptSettings, fingerprint};
use crate::credentials::{Changes, Kept};
use crate::error::{Audience, Code, Failure, Hint};
use crate::http::Endpoints;
use crate::provider::{Discovery, Model, Provider};
use crate::secret::Secret;
use crate::text;

use super::chain::{self, Chain};
use super::consent::{Consent, confirm_first};
use super::{describe, model_cache};

/// What the connector is doing, as the page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing to connect with, or the user must act first.
    NeedsSettings,
    /// The organisation configures its users one by one, and this one not.
    NotAssigned,
    /// All is configured, and only the user can sign in.
    NeedsSignIn,
    /// The provider is being asked for its models.
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
            Self::NotAssigned => "not-assigned",
            Self::NeedsSignIn => "needs-sign-in",
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
    /// Ask this provider for its models.
    Attempt(Box<Attempt>),
}

/// An attempt under way. Hand it back to [`Connection::succeed`] or
/// [`Connection::fail`].
#[derive(Debug)]
pub struct Attempt {
    number: u32,
    configuration: Configuration,
    typed: Values,
    provider: Provider,
    /// The model to ask where none are listed.
    model: Option<String>,
    /// The organisation names it, and nobody typed it.
    is_default: bool,
    confirmed: Option<String>,
}

impl Attempt {
    /// The questions to ask.
    #[must_use]
    pub fn discovery(&self) -> Discovery {
        Discovery::new(self.provider.clone(), self.model.clone()).with_default(self.is_default)
    }

    /// The layers together, with what was typed for this attempt.
    #[must_use]
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }
}

/// The state of a connector. The driver loop:
///
/// 1. [`open`](Self::open) with what the page's address and the store hold.
///    While [`poll_layer`](Self::poll_layer) wants a layer, fetch it and hand
///    it over ([`take_layer`](Self::take_layer)).
/// 2. [`plan`](Self::plan); when it gives an [`Attempt`], [`begin`](Self::begin)
///    it, run its discovery, and hand both back to [`succeed`](Self::succeed)
///    or [`fail`](Self::fail). An attempt that another one overtook changes
///    nothing.
/// 3. After each of these, write what [`poll_changes`](Self::poll_changes) gives.
/// 4. When another pane wrote something, [`reload`](Self::reload).
#[derive(Debug)]
pub struct Connection {
    /// As they came; the user's stays empty.
    pub(super) layers: Layers,
    pub(super) chain: Chain,
    read_problems: Vec<Problem>,
    pub(super) kept: Kept,
    pub(super) vouched: bool,
    pub(super) configuration: Configuration,
    pub(super) state: State,
    pub(super) failure: Option<Failure>,
    pub(super) provider: Option<Provider>,
    models: Vec<Model>,
    pub(super) attempts: u32,
    changes: Changes,
    /// Fingerprint of who is signed in; empty for nobody.
    account: String,
    /// Only the user can sign in, and has not yet.
    pub(super) demands_user: bool,
    in_outlook: bool,
    pub(super) endpoints: Endpoints,
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
        Self::open_in(parameters, kept, vouched, false)
    }

    /// The same, where a pane of Outlook's has rules of its own.
    #[must_use]
    pub fn open_in<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        kept: Kept,
        vouched: bool,
        in_outlook: bool,
    ) -> Self {
        let mut read_problems = Vec::new();
        let manifest = config::manifest::read(parameters, &mut read_problems);
        let mut connection = Self {
            layers: Layers { manifest, ..Layers::default() },
            chain: Chain::default(),
            read_problems,
            kept: Kept::default(),
            vouched,
            configuration: Configuration::default(),
            state: State::NeedsSettings,
            failure: None,
            provider: None,
            models: Vec::new(),
            attempts: 0,
            changes: Changes::default(),
            account: String::new(),
            demands_user: false,
            in_outlook,
            endpoints: Endpoints::default(),
        };
        connection.take(kept);
        connection.settle();
        connection
    }

    /// Has hosts asked where the page's own code says, from the next attempt on.
    pub fn locate(&mut self, endpoints: Endpoints) {
        self.endpoints = endpoints;
    }

    /// Where hosts are asked, as far as the page's own code says.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> State {
        if self.state == State::NeedsSettings && self.is_unassigned(&self.configuration) {
            return State::NotAssigned;
        }
        self.state
    }

    /// Why there is no connection: why the last attempt failed, or why there is
    /// nothing to attempt; nothing while one works.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self.state() {
            State::Failed | State::NeedsSignIn => self.failure.clone(),
            State::NotAssigned => Some(chain::not_assigned()),
            _ => None,
        }
    }

    /// Whether the user signed out and has not acted since: nobody is signed in
    /// silently.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        self.kept.signed_out
    }

    /// How the user signs in for what is configured, if that has to be: for the
    /// layers that are yet to come, else for the provider
    /// ([`ProviderSettings::sign_in`]).
    #[must_use]
    pub fn needed_sign_in(&self) -> Option<Secret> {
        if self.signs_in() && self.awaits_layers() {
            return Some(self.sign_in());
        }
        let settings = self.settings().filter(|settings| settings.needs_sign_in())?;
        Some(settings.sign_in())
    }

    /// What is configured, if that is all that it takes.
    fn settings(&self) -> Option<Box<ProviderSettings>> {
        match ProviderSettings::read(&mut self.configuration.clone()) {
            Ok(Reading::Complete(settings)) => Some(settings),
            _ => None,
        }
    }

    /// How the user signs in for the layers, and for tokens of the page's own.
    #[must_use]
    pub fn sign_in(&self) -> Secret {
        config::sign_in::describe(&self.configuration.in_force(), false)
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

    /// The provider that answered.
    ///
    /// # Errors
    /// Not connected.
    pub fn provider(&self) -> Result<&Provider, Failure> {
        self.provider.as_ref().ok_or_else(|| {
            Failure::new(Code::InteractionRequired, "not connected").hint(Hint::new(
                "connect-first",
                Audience::Developer,
                "Call connector.connect() and wait until connector.state is \"ready\".",
            ))
        })
    }

    /// What to ask the user, when nobody but the page's address says where
    /// to connect or with what, as an attempt would be refused with.
    #[must_use]
    pub fn confirmation(&self) -> Option<Failure> {
        if let Some(failure) = self.unconfirmed_bootstrap(&Consent::default()) {
            return Some(failure);
        }
        let settings = self.settings()?;
        self.unconfirmed(&self.configuration, &settings, &Consent::default())
    }

    /// Decides whether and with what to connect. `typed` lies over what was
    /// typed before.
    ///
    /// # Errors
    /// The configuration can't be used, or the user has to confirm the host.
    pub fn plan(&self, typed: Option<Values>, consent: Consent) -> Result<Plan, Failure> {
        let acted = consent.interactive || consent.confirm.is_some() || typed.is_some();
        if self.awaits_layers() {
            return Ok(Plan::Stay);
        }
        let typed = self.lay_over(typed.unwrap_or_default());
        let mut configuration = self.merge(typed.clone());
        let by_itself = configuration.get(Key::AutoConnect).is_none_or(|(value, _)| value != "0");
        if !acted && (!by_itself || self.kept.signed_out) {
            return Ok(Plan::Stay);
        }
        if let Some(failure) = config::contradiction(&configuration) {
            return Err(failure);
        }
        let mut settings = match ProviderSettings::read(&mut configuration)? {
            Reading::Complete(settings) => *settings,
            Reading::Missing(_) if acted && self.is_unassigned(&configuration) => {
                return Err(chain::not_assigned());
            }
            Reading::Missing(key) if acted => return Err(missing(key)),
            Reading::Missing(_) => return Ok(Plan::Stay),
        };
        match self.unconfirmed(&configuration, &settings, &consent) {
            Some(failure) if acted => return Err(failure),
            Some(_) => return Ok(Plan::Stay),
            None => {}
        }
        let agreed = consent.confirm.filter(|text| *text == settings.base.origin().to_string());
        let confirmed = agreed.map(|_| settings.identity());
        settings.locate(&self.endpoints)?;
        let provider = Provider::new(settings)?;
        Ok(Plan::Attempt(Box::new(Attempt {
            number: self.attempts + 1,
            model: self.first_model(&configuration),
            is_default: self.offers_first(),
            configuration,
            typed,
            provider,
            confirmed,
        })))
    }

    /// The questions of an attempt with what is kept, at a time in milliseconds
    /// since 1970: fewer where the answers are known from the last day.
    #[must_use]
    pub fn discovery(&self, attempt: &Attempt, now_ms: u64) -> Discovery {
        let provider = &attempt.provider;
        let kept = self.kept.models.as_deref();
        // Other credentials may open other models.
        let kept = kept.filter(|_| self.kept.secrets.as_ref() == Some(&self.secrets(attempt)));
        let models = kept.and_then(|record| {
            model_cache::read(record, provider, attempt.model.as_deref(), now_ms)
        });
        Discovery::remembering(provider.clone(), attempt.model.clone(), models.unwrap_or_default())
            .with_default(attempt.is_default)
    }

    /// The attempt is under way.
    pub fn begin(&mut self, attempt: &mut Attempt) {
        self.attempts += 1;
        attempt.number = self.attempts;
        self.state = State::Connecting;
    }

    /// The provider answered. Changes nothing when another attempt has
    /// overtaken this one.
    pub fn succeed(&mut self, attempt: Attempt, models: Vec<Model>) {
        if attempt.number != self.attempts {
            return;
        }
        let mut settings = KeptSettings {
            account: self.account.clone(),
            confirmed: self.kept.settings.confirmed.clone(),
            ..KeptSettings::default()
        };
        let secrets = self.secrets(&attempt);
        let admin = attempt.configuration.admin();
        for (key, value) in attempt.typed.iter() {
            if key.is_secret() {
                continue;
            }
            settings.values.set(key, value);
            if let Some(overrode) = admin.get(key) {
                settings.overrode.set(key, fingerprint(overrode));
            }
        }
        settings
            .confirmed
            .extend(attempt.confirmed.filter(|origin| !settings.confirmed.contains(origin)));
        for agreed in &self.chain.agreed {
            if !settings.confirmed.contains(agreed) {
                settings.confirmed.push(agreed.clone());
            }
        }
        self.changes = Changes::keep(&settings, Some(&secrets));
        self.kept.settings = settings;
        self.kept.secrets = Some(secrets);
        self.kept.signed_out = false;
        self.models = models;
        self.configuration = attempt.configuration;
        self.provider = Some(attempt.provider);
        self.failure = None;
        self.demands_user = false;
        self.settle();
    }

    /// What an attempt was made with, as it is kept.
    fn secrets(&self, attempt: &Attempt) -> KeptSecrets {
        let mut secrets = KeptSecrets {
            account: self.account.clone(),
            audience: attempt.audience().unwrap_or_default(),
            ..KeptSecrets::default()
        };
        let kind = Some(attempt.provider.settings().kind);
        // As the manifest has them, before their templates were filled.
        let written = self.manifest_with_kept();
        for (layer, values, laid) in [
            (&mut secrets.user, &attempt.typed, &attempt.typed),
            (&mut secrets.manifest, &written, attempt.configuration.manifest()),
        ] {
            for (key, value) in values.secrets() {
                let is_used = key == Key::McpServers || key.secret_of() == kind;
                if is_used && laid.get(key).is_some() {
                    layer.set(key, value);
                }
            }
        }
        secrets
    }

    /// Keeps what trying the models has come to, at a time in milliseconds since
    /// 1970; where the provider lists them, what was kept goes.
    pub fn remember_models(&mut self, now_ms: u64) {
        let Some(provider) = &self.provider else { return };
        let is_tried = !provider.lists_models();
        let named = self.first_model(&self.configuration);
        let write = || model_cache::write(provider, named.as_deref(), &self.models, now_ms);
        let record = is_tried.then(write);
        if record.is_some() || self.kept.models.is_some() {
            self.kept.models.clone_from(&record);
            self.changes = std::mem::take(&mut self.changes).with_models(record);
        }
    }

    /// The attempt failed; what was kept before stays, and so does a
    /// connection that works. `demands_user` says that only the user can sign in.
    pub fn fail(&mut self, attempt: &Attempt, failure: Failure, demands_user: bool) {
        if attempt.number != self.attempts {
            return;
        }
        if self.provider.is_none() {
            self.demands_user = demands_user;
        }
        if self.provider.is_none() || self.demands_user {
            self.failure = Some(failure);
        }
        self.settle();
    }

    /// The attempt was called off: back to where it began.
    pub fn call_off(&mut self, attempt: &Attempt) {
        if attempt.number == self.attempts {
            self.settle();
        }
    }

    /// What opens the connection can't be renewed without the user.
    pub fn lapse(&mut self, failure: Failure) {
        if self.provider.is_some() {
            self.demands_user = true;
            self.failure = Some(failure);
            if self.state == State::Ready {
                self.settle();
            }
        }
    }

    /// It has been renewed after all.
    pub fn resume(&mut self) {
        if self.provider.is_some() && self.state == State::NeedsSignIn {
            self.demands_user = false;
            self.failure = None;
            self.settle();
        }
    }

    /// What it is when nothing is under way.
    pub(super) fn settle(&mut self) {
        self.state = match (&self.provider, &self.failure) {
            _ if self.demands_user => State::NeedsSignIn,
            (Some(_), _) => State::Ready,
            (None, Some(_)) => State::Failed,
            (None, None) => State::NeedsSettings,
        };
    }

    /// Asks the provider that answered once more.
    ///
    /// # Errors
    /// Not connected.
    pub fn rediscovery(&self) -> Result<Discovery, Failure> {
        let mut discovery =
            Discovery::new(self.provider()?.clone(), self.first_model(&self.configuration));
        discovery.believe_list();
        Ok(discovery.with_default(self.offers_first()))
    }

    /// Whether the first model is the organisation's choice.
    fn offers_first(&self) -> bool {
        !self.chain.first_model.is_empty()
    }

    /// The model to ask where none are listed.
    fn first_model(&self, configuration: &Configuration) -> Option<String> {
        match configuration.get(Key::Model) {
            Some((model, _)) if self.chain.first_model.is_empty() => Some(model.to_owned()),
            _ => Some(self.chain.first_model.clone()).filter(|model| !model.is_empty()),
        }
    }

    /// Takes a newer list, unless the provider has changed meanwhile.
    pub fn renew_models(&mut self, provider: &Provider, models: Vec<Model>) -> bool {
        let same = self.provider.as_ref().is_some_and(|current| current.is_same(provider));
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
        self.sign_out(false);
        self.changes = Changes::forget();
    }

    fn sign_out(&mut self, former: bool) {
        self.disconnect();
        self.account.clear();
        self.take(Kept { signed_out: true, former, ..Kept::default() });
        self.settle();
    }

    fn disconnect(&mut self) {
        self.forget_layers();
        self.attempts += 1;
        self.provider = None;
        self.models.clear();
        self.failure = None;
        self.demands_user = false;
        self.settle();
    }

    /// The user signs in for something else than a connection: a sign-out is over.
    pub fn act(&mut self) {
        if self.kept.signed_out {
            self.kept.signed_out = false;
            self.renew();
        }
    }

    /// An account is signed in, by whatever names it for good. What was kept for
    /// another one is forgotten, with a connection that was made with it; what
    /// was kept while nobody was signed in becomes this account's. Whether there
    /// was another one.
    pub fn use_account(&mut self, account: &str) -> bool {
        let account = fingerprint(account);
        if self.account == account {
            return false;
        }
        let switched = !self.account.is_empty() || self.kept.is_of_another_account(&account);
        self.account = account;
        if switched {
            self.disconnect();
            self.take(Kept { signed_out: self.kept.signed_out, ..Kept::default() });
            self.changes = Changes::purge();
        } else if let Some(secrets) = &mut self.kept.secrets
            && secrets.account.is_empty()
        {
            secrets.account.clone_from(&self.account);
            self.kept.settings.account.clone_from(&self.account);
            self.renew();
        }
        switched
    }

    /// Writes what is kept anew: some of it lies in the clear where it could be
    /// sealed.
    pub fn renew(&mut self) {
        if !self.kept.signed_out {
            self.changes = Changes::keep(&self.kept.settings, self.kept.secrets.as_ref());
        }
    }

    /// Another pane changed what is kept, or what was locked has opened. When
    /// the other one signed out, so does this one. When it connected elsewhere,
    /// this one stays where it is, and says so, until it connects again.
    /// Whether what held this one back is gone.
    pub fn reload(&mut self, kept: Kept) -> bool {
        if kept.signed_out && !self.kept.signed_out {
            self.sign_out(kept.former);
            return false;
        }
        let is_freed =
            self.kept.signed_out && !kept.signed_out || self.kept.locked.len() > kept.locked.len();
        let in_force = self.provider.is_some().then(|| self.configuration.clone());
        self.take(kept);
        if let Some(configuration) = in_force {
            self.configuration = configuration;
        } else if is_freed && self.state == State::NeedsSignIn {
            self.demands_user = false;
            self.failure = None;
            self.settle();
        }
        is_freed
    }

    fn take(&mut self, mut kept: Kept) {
        if !self.account.is_empty() && kept.is_of_another_account(&self.account) {
            kept = Kept { signed_out: kept.signed_out, ..Kept::default() };
        }
        if let Some(secrets) = &mut kept.secrets
            && audience(&self.layers.manifest).is_some_and(|audience| audience == secrets.audience)
        {
            for (key, value) in self.layers.manifest.secrets() {
                if secrets.manifest.get(key) != Some(value) {
                    secrets.user.unset(key);
                }
            }
        }
        self.changes = Changes::remove(&kept.broken);
        self.kept = kept;
        if self.kept.former {
            self.changes = Changes::forget();
            self.renew();
        }
        self.read_again();
    }

    /// The layers and what is kept, laid over each other once more.
    pub(super) fn read_again(&mut self) {
        // Whether a layer that is yet to come has what was typed over isn't known before.
        if !self.awaits_layers() {
            let admin = self.admin();
            self.kept.settings.drop_outdated(&admin);
        }
        let typed = self.lay_over(Values::default());
        self.configuration = self.merge(typed);
        let dropped = self.kept.broken.iter().map(|record| ("record-dropped", record));
        let locked = self.kept.locked.iter().map(|record| ("record-locked", record));
        for (id, record) in dropped.chain(locked) {
            let what = match id {
                "record-dropped" => "could not be read and were removed",
                _ => "are sealed, and their key can't be reached now",
            };
            self.configuration.report(Problem::new(
                id,
                Severity::Warning,
                Key::GatewayUrl,
                None,
                format!("the kept {record} {what}"),
            ));
        }
        // Read for what there is to report; the error comes back from `plan`.
        let reading = ProviderSettings::read(&mut self.configuration);
        if self.kept.signed_out && self.provider.is_none() && self.needed_sign_in().is_some() {
            self.demands_user = true;
            self.failure = Some(signed_out());
        }
        if let Err(failure) = reading {
            let layer = self.configuration.get(Key::GatewayUrl).map(|(_, layer)| layer);
            let key = Key::ALL.into_iter().find(|key| failure.message.starts_with(key.name()));
            let key = key.unwrap_or(Key::GatewayUrl);
            self.configuration.report(Problem::new(
                "unusable-value",
                Severity::Error,
                key,
                layer,
                failure.message.clone(),
            ));
        }
    }

    /// What is typed now over what was typed before. Whoever names somebody
    /// else drops what was typed for the former one.
    ///
    /// In an Office host the manifest's own address counts as not typed: a form
    /// hands back what it was filled with, and the manifest's token goes with the
    /// manifest's address. Elsewhere typing it is the user's agreement to it.
    fn lay_over(&self, mut typed: Values) -> Values {
        let former = &self.kept.settings.values;
        let admin = self.admin();
        let mut moved = false;
        for kind in Kind::ALL {
            let key = kind.named_by();
            let Some(name) = typed.get(key) else { continue };
            let target = |name| kind.target(name);
            let typed_target = target(name).filter(|_| self.vouched);
            if typed_target.is_some() && typed_target == admin.get(key).and_then(target) {
                moved |= named(former).is_some();
                typed.set(key, "");
            } else {
                moved |= name != former.get(key).unwrap_or_default();
            }
        }
        let mut values = if moved { Values::default() } else { former.clone() };
        for (key, value) in typed.iter() {
            if value.is_empty() {
                values.unset(key);
            } else {
                values.set(key, value);
            }
        }
        let target = audience(&values).or_else(|| audience(&admin));
        if let Some(kept) = self.kept_secrets_for(target) {
            values.fill(&kept.user);
        }
        values
    }

    /// The manifest layer. The pane takes the manifest's secrets out of its
    /// address, and a reload finds them among what is kept; an address that has
    /// a secret is as the administrator wrote it.
    fn manifest_with_kept(&self) -> Values {
        let mut manifest = self.layers.manifest.clone();
        if manifest.secrets().next().is_none()
            && let Some(kept) = self.kept_secrets_for(audience(&manifest))
        {
            manifest.fill(&kept.manifest);
        }
        manifest
    }

    /// The layers as they are written.
    pub(super) fn written(&self, typed: Values) -> Layers {
        let mut layers = self.layers.clone();
        layers.manifest = self.manifest_with_kept();
        layers.user = typed;
        layers
    }

    /// The layers together.
    pub(super) fn merge(&self, typed: Values) -> Configuration {
        let mut layers = self.written(typed);
        let mut drawn = Vec::new();
        for (layer, key, filled, source) in &self.chain.filled {
            // What was filled in a value that has been replaced since is old.
            if layers.of(*layer).get(*key).is_some_and(|value| text::contains(value, "{{")) {
                layers.set(*layer, *key, filled.expose());
                drawn.push((*key, *source));
            }
        }
        Configuration::lay(layers, drawn, self.read_problems.clone()).in_outlook(self.in_outlook)
    }

    /// What the administrator's layers come to.
    fn admin(&self) -> Values {
        self.merge(Values::default()).admin()
    }

    /// The kept secrets, if they are for this very one.
    fn kept_secrets_for(&self, audience: Option<String>) -> Option<&KeptSecrets> {
        self.kept.secrets.as_ref().filter(|kept| Some(&kept.audience) == audience.as_ref())
    }

    /// What to ask about: the address, or a secret that would be sent, comes
    /// from the page's address outside an Office host, and the user has not
    /// agreed to it. A gateway may route by its path, its token or its
    /// headers, so a link that changes one of them asks anew.
    fn unconfirmed(
        &self,
        configuration: &Configuration,
        settings: &ProviderSettings,
        consent: &Consent,
    ) -> Option<Failure> {
        let origin = settings.base.origin().to_string();
        if self.vouched || consent.confirm.as_ref() == Some(&origin) {
            return None;
        }
        let mut changed = Vec::new();
        let identity = settings.identity();
        let kind = settings.kind;
        let name = configuration.get(kind.named_by()).map_or("", |(name, _)| name);
        if settings.layer == Layer::Manifest && !self.kept.settings.confirmed.contains(&identity) {
            let shown =
                if kind == Kind::Gateway { settings.base.to_string() } else { name.to_owned() };
            changed.push((kind.named_by(), shown));
            let project = configuration.get(Key::GcpProjectId).map(|(project, _)| project);
            if let (ApiFormat::Vertex, Some(project)) = (settings.format, project) {
                changed.push((Key::GcpProjectId, project.to_owned()));
            }
        }
        let kept = self.kept_secrets_for(kind.audience(name));
        for (key, value) in configuration.manifest().secrets() {
            if key.secret_of() != Some(kind) {
                continue;
            }
            let is_kept = |values: &Values| values.get(key) == Some(value);
            // As it is written, before its templates were filled.
            let is_raw_kept =
                |raw: &str| kept.is_some_and(|kept| kept.manifest.get(key) == Some(raw));
            let agreed = kept.is_some_and(|kept| is_kept(&kept.manifest) || is_kept(&kept.user));
            let unchanged = self.layers.manifest.get(key).is_some_and(is_raw_kept);
            if configuration.source(key) == Some(Layer::Manifest) && !agreed && !unchanged {
                changed.push((key, describe::shown(key, value)));
            }
        }
        (!changed.is_empty()).then(|| confirm_first(&settings.base, changed))
    }
}

impl Attempt {
    /// Whom the secrets are for that it was made with.
    fn audience(&self) -> Option<String> {
        let kind = self.provider.settings().kind;
        let (name, _) = self.configuration.get(kind.named_by())?;
        kind.audience(name)
    }
}

/// Whom the secrets among some values are for.
fn audience(values: &Values) -> Option<String> {
    named(values)?.audience_in(values)
}

fn signed_out() -> Failure {
    let message = "the user signed out";
    Failure::told(Code::SignInRequired, message, "sign-in", Audience::User, "Sign in.")
}

fn missing(key: Key) -> Failure {
    let name = key.name();
    let text = match key {
        Key::GatewayToken => "Enter the gateway's token.".to_owned(),
        Key::GatewayUrl => "Enter the gateway's address.".to_owned(),
        _ => format!("Enter {name}."),
    };
    Failure::new(Code::ConfigurationInvalid, format!("{name} is missing"))
        .hint(Hint::new("enter-value", Audience::User, text).with("key", name))
}
