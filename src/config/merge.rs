//! The layers laid over each other.

use std::fmt;

use super::key::Key;
use super::problem::{Problem, Severity};
use crate::secret::Secret;
use crate::text;

/// Where a value came from; a later layer lies on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The page's own address.
    Manifest,
    /// Typed by the user, now or before.
    User,
}

impl Layer {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
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

/// The layers together, each value with the layer it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    manifest: Values,
    user: Values,
    problems: Vec<Problem>,
    in_outlook: bool,
}

impl Configuration {
    /// Lays what the user typed over the manifest. `problems` were found
    /// while the layers were read.
    #[must_use]
    pub fn merge(manifest: Values, user: Values, problems: Vec<Problem>) -> Self {
        let mut merged = Self { manifest, user, problems, in_outlook: false };
        merged.bind_secrets();
        merged
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
        match self.user.get(key) {
            Some(value) => Some((value, Layer::User)),
            None => Some((self.manifest.get(key)?, Layer::Manifest)),
        }
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
        let mut values = self.user.clone();
        values.fill(&self.manifest);
        values
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// The manifest's own values, before anything was laid over them.
    #[must_use]
    pub fn manifest(&self) -> &Values {
        &self.manifest
    }

    /// The user's own values.
    #[must_use]
    pub fn user(&self) -> &Values {
        &self.user
    }

    /// Puts a problem with a key's value among the others. The message doesn't
    /// repeat the key.
    pub(super) fn tell(&mut self, id: &'static str, severity: Severity, key: Key, message: &str) {
        let layer = self.get(key).map(|(_, layer)| layer);
        let message = text::join(&[key.name(), ": ", message], "");
        self.report(Problem::new(id, severity, key, layer, message));
    }

    /// A secret serves only whom its own layer named. When the user names
    /// somebody else, the manifest's secrets stay behind.
    fn bind_secrets(&mut self) {
        for key in Key::ALL {
            let Some(kind) = key.secret_of() else { continue };
            if self.user.get(kind.named_by()).is_none() || self.manifest.get(key).is_none() {
                continue;
            }
            let typed = kind.audience_in(&self.user);
            if typed.is_some() && typed == kind.audience_in(&self.manifest) {
                continue;
            }
            if self.user.get(key).is_none() {
                let (name, named_by) = (key.name(), kind.named_by().name());
                self.report(Problem::new(
                    "secret-not-inherited",
                    Severity::Notice,
                    key,
                    Some(Layer::Manifest),
                    format!("{name} belongs to the manifest's {named_by} and is not sent to the one that was typed"),
                ));
            }
            self.manifest.unset(key);
        }
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
