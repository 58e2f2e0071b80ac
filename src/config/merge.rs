//! The layers laid over each other.

use std::fmt;

use super::key::Key;
use super::problem::{Problem, Severity};
use super::rules;
use crate::http::BaseUrl;
use crate::secret::Secret;
use crate::text;

/// Where a value came from; a later layer lies on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The page's own address.
    Manifest,
    /// Extension attributes of the user in the directory, from the ID token.
    Attributes,
    /// The answer of the organisation's bootstrap endpoint.
    Bootstrap,
    /// Typed by the user, now or before.
    User,
}

impl Layer {
    /// All, the lowest first.
    pub const ALL: [Self; 4] = [Self::Manifest, Self::Attributes, Self::Bootstrap, Self::User];

    /// Those that an administrator writes, the lowest first.
    pub const ADMIN: [Self; 3] = [Self::Manifest, Self::Attributes, Self::Bootstrap];

    const fn below(self) -> Option<Self> {
        match self {
            Self::Manifest => None,
            Self::Attributes => Some(Self::Manifest),
            Self::Bootstrap => Some(Self::Attributes),
            Self::User => Some(Self::Bootstrap),
        }
    }

    /// The layer of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.as_str() == word)
    }

    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Attributes => "attributes",
            Self::Bootstrap => "bootstrap",
            Self::User => "user",
        }
    }
}

/// The values of one layer, in the keys' order. `Debug` shows no secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values(Vec<(Key, Secret)>);

impl Values {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(set, _)| *set == key)?;
        Some(value.expose())
    }

    /// Sets a value.
    pub fn set(&mut self, key: Key, value: impl Into<String>) {
        self.put(key, Secret::new(value));
    }

    fn put(&mut self, key: Key, value: Secret) {
        self.unset(key);
        let at = self.0.iter().position(|(set, _)| *set > key).unwrap_or(self.0.len());
        self.0.insert(at, (key, value));
    }

    /// Takes a value away.
    pub fn unset(&mut self, key: Key) {
        if let Some(at) = self.0.iter().position(|(set, _)| *set == key) {
            self.0.remove(at);
        }
    }

    /// What is set.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &str)> {
        self.0.iter().map(|(key, value)| (*key, value.expose()))
    }

    /// What of it is secret.
    pub fn secrets(&self) -> impl Iterator<Item = (Key, &str)> {
        self.iter().filter(|(key, _)| key.is_secret())
    }

    /// Adds what is not set.
    pub fn fill(&mut self, others: &Self) {
        for (key, value) in others.iter() {
            if self.get(key).is_none() {
                self.set(key, value);
            }
        }
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self
            .iter()
            .map(|(key, value)| (key.name(), if key.is_secret() { "••••" } else { value }));
        f.debug_map().entries(shown).finish()
    }
}

/// How many problems are told; nobody reads more.
const MOST_PROBLEMS: usize = 100;

/// What each layer sets, as it is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// Of [`Layer::Manifest`].
    pub manifest: Values,
    /// Of [`Layer::Attributes`].
    pub attributes: Values,
    /// Of [`Layer::Bootstrap`].
    pub bootstrap: Values,
    /// Of [`Layer::User`].
    pub user: Values,
}

impl Layers {
    /// The values of a layer.
    #[must_use]
    pub const fn of(&self, layer: Layer) -> &Values {
        match layer {
            Layer::Manifest => &self.manifest,
            Layer::Attributes => &self.attributes,
            Layer::Bootstrap => &self.bootstrap,
            Layer::User => &self.user,
        }
    }

    pub(super) const fn of_mut(&mut self, layer: Layer) -> &mut Values {
        match layer {
            Layer::Manifest => &mut self.manifest,
            Layer::Attributes => &mut self.attributes,
            Layer::Bootstrap => &mut self.bootstrap,
            Layer::User => &mut self.user,
        }
    }

    /// Sets a value of a layer.
    pub fn set(&mut self, layer: Layer, key: Key, value: &str) {
        self.of_mut(layer).set(key, value);
    }

    /// The value that lies on top in the layers up to one, and its layer.
    #[must_use]
    pub fn top(&self, key: Key, up_to: Layer) -> Option<(&str, Layer)> {
        let mut layer = up_to;
        loop {
            if let Some(value) = self.of(layer).get(key) {
                return Some((value, layer));
            }
            layer = layer.below()?;
        }
    }
}

/// The layers together, each value with the layer it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    layers: Layers,
    /// What was made with a template of something that lies lower.
    drawn: Vec<(Key, Layer)>,
    problems: Vec<Problem>,
    in_outlook: bool,
}

impl Configuration {
    /// Lays what the user typed over the manifest. `problems` were found
    /// while the layers were read.
    #[must_use]
    pub fn merge(manifest: Values, user: Values, problems: Vec<Problem>) -> Self {
        Self::lay(Layers { manifest, user, ..Layers::default() }, Vec::new(), problems)
    }

    /// Lays the layers over each other and finds what contradicts itself.
    /// `drawn` names the keys whose values were made of something that lies
    /// lower than they do, and the lowest of that.
    #[must_use]
    pub fn lay(layers: Layers, drawn: Vec<(Key, Layer)>, problems: Vec<Problem>) -> Self {
        let mut laid = Self { layers, drawn, problems, in_outlook: false };
        laid.bind_secrets();
        rules::check(&mut laid);
        laid
    }

    /// The layers as they are, to be reviewed.
    pub(super) fn written(layers: Layers) -> Self {
        Self { layers, ..Self::default() }
    }

    /// The same for a pane of Outlook's, which has rules of its own.
    #[must_use]
    pub fn in_outlook(mut self, is_outlook: bool) -> Self {
        self.in_outlook = is_outlook;
        self
    }

    /// Whether it is a pane of Outlook's.
    #[must_use]
    pub fn is_for_outlook(&self) -> bool {
        self.in_outlook
    }

    /// The value in force, and its layer.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<(&str, Layer)> {
        self.layers.top(key, Layer::User)
    }

    /// What is in force, in the keys' order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &str, Layer)> {
        Key::ALL
            .into_iter()
            .filter_map(|key| self.get(key).map(|(value, layer)| (key, value, layer)))
    }

    /// The values in force, whoever set them.
    #[must_use]
    pub fn in_force(&self) -> Values {
        let mut values = self.layers.user.clone();
        values.fill(&self.admin());
        values
    }

    /// The values that an administrator's layers come to without the user's.
    #[must_use]
    pub fn admin(&self) -> Values {
        let mut values = self.layers.bootstrap.clone();
        values.fill(&self.layers.attributes);
        values.fill(&self.layers.manifest);
        values
    }

    /// The lowest layer that a value in force was made of.
    #[must_use]
    pub fn source(&self, key: Key) -> Option<Layer> {
        let (_, layer) = self.get(key)?;
        let drawn = self.drawn.iter().find(|(drawn, _)| *drawn == key);
        Some(drawn.map_or(layer, |(_, source)| layer.min(*source)))
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Each layer's values.
    #[must_use]
    pub const fn layers(&self) -> &Layers {
        &self.layers
    }

    pub(super) const fn layers_mut(&mut self) -> &mut Layers {
        &mut self.layers
    }

    /// The manifest's own values, before anything was laid over them.
    #[must_use]
    pub const fn manifest(&self) -> &Values {
        &self.layers.manifest
    }

    /// The user's own values.
    #[must_use]
    pub const fn user(&self) -> &Values {
        &self.layers.user
    }

    /// Puts a problem with a key's value among the others. The message doesn't
    /// repeat the key.
    pub(super) fn tell(&mut self, id: &'static str, severity: Severity, key: Key, message: &str) {
        let layer = self.get(key).map(|(_, layer)| layer);
        let message = text::join(&[key.name(), ": ", message], "");
        self.report(Problem::new(id, severity, key, layer, message));
    }

    /// A secret serves only whom its own layer named, itself or by what lies
    /// below it. When a layer above names somebody else, it stays behind.
    fn bind_secrets(&mut self) {
        for key in Key::ALL {
            let Some(named_by) = key.bound_to() else { continue };
            let Some((in_force, top)) = self.layers.top(named_by, Layer::User) else { continue };
            let in_force = audience_of(key, in_force);
            for layer in Layer::ADMIN {
                if layer >= top || self.layers.of(layer).get(key).is_none() {
                    continue;
                }
                let own = match self.layers.top(named_by, layer) {
                    Some((name, _)) => audience_of(key, name),
                    // It named nobody: what an administrator says elsewhere stands.
                    None if top != Layer::User => continue,
                    None => None,
                };
                if in_force.is_some() && in_force == own {
                    continue;
                }
                self.layers.of_mut(layer).unset(key);
                let above = self.layers.top(key, Layer::User).is_some_and(|(_, by)| by > layer);
                if !above {
                    let mut message = key.name().to_owned();
                    message.push_str(" is for another one than ");
                    message.push_str(named_by.name());
                    message.push_str(" names now, and is not sent there");
                    let id = "secret-not-inherited";
                    let problem = Problem::new(id, Severity::Notice, key, Some(layer), message);
                    self.report(problem.and(named_by, top));
                }
            }
        }
    }
}

/// Whom a secret is for that goes with a name.
fn audience_of(key: Key, name: &str) -> Option<String> {
    match key.secret_of() {
        Some(kind) => kind.audience(name),
        None => Some(BaseUrl::parse(name).ok()?.origin().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(Key, &str)]) -> Values {
        let mut values = Values::default();
        for (key, value) in pairs {
            values.set(*key, *value);
        }
        values
    }

    const ADMIN: &[(Key, &str)] = &[
        (Key::GatewayUrl, "https://gw.example.com/a"),
        (Key::GatewayToken, "admin-token"),
        (Key::InferenceHeaders, "{\"x-team\":\"1\"}"),
    ];

    #[test]
    fn the_user_lies_on_top() {
        let merged =
            Configuration::merge(values(ADMIN), values(&[(Key::GatewayToken, "mine")]), Vec::new());
        assert_eq!(merged.get(Key::GatewayToken), Some(("mine", Layer::User)));
        assert_eq!(
            merged.get(Key::GatewayUrl),
            Some(("https://gw.example.com/a", Layer::Manifest))
        );
        assert!(merged.problems().is_empty());
    }

    #[test]
    fn a_typed_address_does_not_inherit_secrets() {
        for typed in ["https://evil.example", "https://gw.example.com:8443", "not an address"] {
            let merged = Configuration::merge(
                values(ADMIN),
                values(&[(Key::GatewayUrl, typed)]),
                Vec::new(),
            );
            assert_eq!(merged.get(Key::GatewayToken), None, "{typed}");
            assert_eq!(merged.get(Key::InferenceHeaders), None, "{typed}");
            assert_eq!(merged.problems().len(), 2);
        }
    }

    #[test]
    fn another_path_of_the_same_server_does() {
        let typed = values(&[(Key::GatewayUrl, "https://GW.example.com/b")]);
        let merged = Configuration::merge(values(ADMIN), typed, Vec::new());
        assert_eq!(merged.get(Key::GatewayToken), Some(("admin-token", Layer::Manifest)));
    }

    #[test]
    fn two_unreadable_addresses_share_no_secret() {
        let manifest = values(&[(Key::GatewayUrl, "nonsense"), (Key::GatewayToken, "t")]);
        let merged =
            Configuration::merge(manifest, values(&[(Key::GatewayUrl, "other")]), Vec::new());
        assert_eq!(merged.get(Key::GatewayToken), None);
    }
}
