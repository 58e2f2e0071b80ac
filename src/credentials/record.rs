//! The records' own text: versioned JSON.

use sha2::{Digest, Sha256};

use crate::config::{Key, Layer, Values};
use crate::json::{self, Json, Kind, write};
use crate::secret::Secret;

/// The schema of the records. A newer one is written beside this, under
/// another prefix, so that an older pane never reads what it can't.
pub const VERSION: u64 = 1;

/// What the user typed, secrets apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptSettings {
    /// No secret is among them.
    pub values: Values,
    /// Which of the administrator's values they were laid over, as [`fingerprint`]s.
    pub overrode: Fingerprints,
    /// Base addresses that the user agreed to connect to.
    pub confirmed: Vec<String>,
}

/// Secrets and the server that they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSecrets {
    /// The origin that they may be sent to.
    pub audience: String,
    /// The gateway's token, and who set it: a manifest's is used again for
    /// that manifest's gateway only. Every record that is written has one.
    pub token: Option<(Secret, Layer)>,
    /// `inference_headers`, and who set them.
    pub headers: Option<(Secret, Layer)>,
    /// Which of the administrator's values the typed ones were laid over, as
    /// [`fingerprint`]s. Among the secrets, since a short one can be guessed by it.
    pub overrode: Fingerprints,
}

/// Values that were overridden.
pub type Fingerprints = Vec<(Key, String)>;

/// Tells whether a value is still the same without keeping it.
#[must_use]
pub fn fingerprint(value: &str) -> String {
    let digest = Sha256::digest(value.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl KeptSettings {
    /// The record's text.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        {
            let mut record = write::Object::new(&mut out);
            record.number("v", VERSION);
            {
                let mut values = record.object("values");
                for (key, value) in self.values.iter().filter(|(key, _)| !key.is_secret()) {
                    values.string(key.name(), value);
                }
            }
            write_fingerprints(&mut record, &self.overrode);
            let mut confirmed = record.array("confirmed");
            for origin in &self.confirmed {
                confirmed.string(origin);
            }
        }
        out
    }

    /// Reads a record; `None` when it is broken or of another version.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let record = parse(text)?;
        let known =
            |name: &str| Key::from_name(name).filter(|key| key.in_settings() && !key.is_secret());
        let mut kept = Self::default();
        for (name, value) in record.get("values")?.members() {
            if let (Some(key), Some(value)) = (known(&name), value.as_str()) {
                kept.values.set(key, value);
            }
        }
        kept.overrode = read_fingerprints(record);
        for origin in record.get("confirmed")?.elements() {
            kept.confirmed.extend(origin.as_str().map(|origin| origin.into_owned()));
        }
        Some(kept)
    }

    /// Drops what was typed over a value that the administrator has changed since.
    pub fn drop_outdated(&mut self, manifest: &Values) {
        for (key, _) in manifest.iter().filter(|value| is_outdated(&self.overrode, *value)) {
            self.values.unset(key);
        }
    }
}

/// Whether a value of the administrator's is another than the one that was overridden.
fn is_outdated(overrode: &Fingerprints, (key, value): (Key, &str)) -> bool {
    let then = overrode.iter().find(|(overrode, _)| *overrode == key);
    then.is_none_or(|(_, then)| *then != fingerprint(value))
}

fn write_fingerprints(record: &mut write::Object<'_>, fingerprints: &Fingerprints) {
    let mut overrode = record.object("overrode");
    for (key, fingerprint) in fingerprints {
        overrode.string(key.name(), fingerprint);
    }
}

fn read_fingerprints(record: Json<'_>) -> Fingerprints {
    let members = record.get("overrode").into_iter().flat_map(|overrode| overrode.members());
    members
        .filter_map(|(name, value)| Some((Key::from_name(&name)?, value.as_str()?.into_owned())))
        .collect()
}

impl KeptSecrets {
    /// The record's text. It holds the secrets in the clear.
    #[must_use]
    pub fn write(&self) -> Secret {
        let mut out = String::new();
        {
            let mut record = write::Object::new(&mut out);
            record.number("v", VERSION);
            record.string("audience", &self.audience);
            for (name, layer_name, secret) in
                [("token", "layer", &self.token), ("headers", "headersLayer", &self.headers)]
            {
                if let Some((secret, layer)) = secret {
                    record.string(name, secret.expose());
                    record.string(layer_name, layer.as_str());
                }
            }
            write_fingerprints(&mut record, &self.overrode);
        }
        Secret::new(out)
    }

    /// Reads a record; `None` when it is broken or of another version.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let record = parse(text)?;
        let string = |name: &str| record.get(name)?.as_str();
        let layer = |name: &str| match string(name)?.as_ref() {
            "manifest" => Some(Layer::Manifest),
            "user" => Some(Layer::User),
            _ => None,
        };
        let headers = match string("headers") {
            Some(headers) => Some((Secret::new(headers), layer("headersLayer")?)),
            None => None,
        };
        Some(Self {
            audience: string("audience")?.into_owned(),
            token: Some((Secret::new(string("token")?), layer("layer")?)),
            headers,
            overrode: read_fingerprints(record),
        })
    }

    /// The secret of a key, and who set it.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&(Secret, Layer)> {
        match key {
            Key::GatewayToken => self.token.as_ref(),
            Key::InferenceHeaders => self.headers.as_ref(),
            _ => None,
        }
    }

    /// Drops what was typed over a secret that the administrator has changed
    /// since. `manifest` has those that are for the same server.
    pub fn drop_outdated(&mut self, manifest: &Values) {
        for (key, _) in manifest.iter().filter(|value| is_outdated(&self.overrode, *value)) {
            let secret = match key {
                Key::GatewayToken => &mut self.token,
                Key::InferenceHeaders => &mut self.headers,
                _ => continue,
            };
            secret.take_if(|(_, layer)| *layer == Layer::User);
        }
    }
}

fn parse(text: &str) -> Option<Json<'_>> {
    let record = Json::parse(text, json::DEFAULT_MAX_DEPTH)
        .ok()
        .filter(|json| json.kind() == Kind::Object)?;
    (record.get("v")?.as_u64() == Some(VERSION)).then_some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> KeptSettings {
        let mut kept = KeptSettings::default();
        kept.values.set(Key::GatewayUrl, "https://gw.example.com/\"a\"");
        kept.values.set(Key::Model, "claude-x");
        kept.overrode.push((Key::GatewayUrl, fingerprint("https://admin.example.com")));
        kept.confirmed.push("https://gw.example.com".into());
        kept
    }

    fn secrets() -> KeptSecrets {
        KeptSecrets {
            audience: "https://gw.example.com".into(),
            token: Some((Secret::new("tök\"en"), Layer::User)),
            headers: Some((Secret::new(r#"{"x-a":"1"}"#), Layer::Manifest)),
            overrode: vec![(Key::GatewayToken, fingerprint("admin"))],
        }
    }

    #[test]
    fn records_come_back_as_they_went() {
        assert_eq!(KeptSettings::read(&settings().write()), Some(settings()));
        assert_eq!(KeptSecrets::read(secrets().write().expose()), Some(secrets()));
    }

    #[test]
    fn settings_never_hold_a_secret() {
        let mut kept = settings();
        kept.values.set(Key::GatewayToken, "hunter2");
        assert!(!kept.write().contains("hunter2"));
    }

    #[test]
    fn broken_or_newer_records_are_not_read() {
        for text in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"v":2,"values":{},"overrode":{},"confirmed":[]}"#,
            r#"{"v":1}"#,
        ] {
            assert_eq!(KeptSettings::read(text), None, "{text}");
            assert_eq!(KeptSecrets::read(text), None, "{text}");
        }
    }

    #[test]
    fn typed_values_give_way_when_the_administrator_changes_theirs() {
        let manifest = |url: &str| {
            let mut values = Values::default();
            values.set(Key::GatewayUrl, url);
            values
        };
        let mut same = settings();
        same.drop_outdated(&manifest("https://admin.example.com"));
        assert!(same.values.get(Key::GatewayUrl).is_some());
        let mut changed = settings();
        changed.drop_outdated(&manifest("https://new.example.com"));
        assert_eq!(changed.values.get(Key::GatewayUrl), None);
        assert_eq!(changed.values.get(Key::Model), Some("claude-x"));
        let mut gone = settings();
        gone.drop_outdated(&Values::default());
        assert!(gone.values.get(Key::GatewayUrl).is_some());
    }
}
