//! The records' own text: versioned JSON.

use sha2::{Digest, Sha256};

use crate::config::{Key, Values};
use crate::json::{Json, write};
use crate::secret::Secret;

/// The version of the records' own text.
const VERSION: u64 = 1;

/// What the user typed, secrets apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptSettings {
    /// [`fingerprint`] of the account that was signed in; empty for nobody's.
    pub account: String,
    /// No secret is among them.
    pub values: Values,
    /// [`fingerprint`]s of the administrator's values that they were laid over.
    pub overrode: Values,
    /// Base addresses that the user agreed to connect to.
    pub confirmed: Vec<String>,
}

/// Secrets and the server that they are for, by who set them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptSecrets {
    /// As [`KeptSettings::account`].
    pub account: String,
    /// The origin that they may be sent to.
    pub audience: String,
    /// What the user typed.
    pub user: Values,
    /// What the manifest brought: the page takes it out of its address, and a
    /// reload finds it here, for the manifest's own gateway only. It also tells
    /// what the user's lie over.
    pub manifest: Values,
}

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
            record.string("account", &self.account);
            write_values(&mut record, "values", &self.values, false);
            write_values(&mut record, "overrode", &self.overrode, false);
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
        let mut kept = Self {
            account: account(record),
            values: read_values(record, "values", false)?,
            overrode: read_values(record, "overrode", false)?,
            confirmed: Vec::new(),
        };
        for origin in record.get("confirmed")?.elements() {
            kept.confirmed.extend(origin.as_str().map(|origin| origin.into_owned()));
        }
        Some(kept)
    }

    /// Drops what was typed over a value that the administrator has changed since.
    pub fn drop_outdated(&mut self, manifest: &Values) {
        for (key, value) in manifest.iter() {
            if self.overrode.get(key) != Some(fingerprint(value).as_str()) {
                self.values.unset(key);
            }
        }
    }
}

/// Writes the values that are secret, or those that are not.
fn write_values(record: &mut write::Object<'_>, name: &str, values: &Values, secret: bool) {
    let mut object = record.object(name);
    for (key, value) in values.iter().filter(|(key, _)| key.is_secret() == secret) {
        object.string(key.name(), value);
    }
}

fn read_values(record: Json<'_>, name: &str, secret: bool) -> Option<Values> {
    let mut values = Values::default();
    for (name, value) in record.get(name)?.members() {
        if let (Some(key), Some(value)) = (Key::from_name(&name), value.as_str())
            && key.in_settings()
            && key.is_secret() == secret
        {
            values.set(key, value);
        }
    }
    Some(values)
}

impl KeptSecrets {
    /// The record's text. It holds the secrets in the clear.
    #[must_use]
    pub fn write(&self) -> Secret {
        let mut out = String::new();
        {
            let mut record = write::Object::new(&mut out);
            record.number("v", VERSION);
            record.string("account", &self.account);
            record.string("audience", &self.audience);
            write_values(&mut record, "user", &self.user, true);
            write_values(&mut record, "manifest", &self.manifest, true);
        }
        Secret::new(out)
    }

    /// Reads a record; `None` when it is broken or of another version.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let record = parse(text)?;
        Some(Self {
            account: account(record),
            audience: record.text("audience")?,
            user: read_values(record, "user", true)?,
            manifest: read_values(record, "manifest", true)?,
        })
    }
}

/// Records from before there were accounts are nobody's.
fn account(record: Json<'_>) -> String {
    record.text("account").unwrap_or_default()
}

fn parse(text: &str) -> Option<Json<'_>> {
    let record = Json::parse_object(text)?;
    (record.get("v")?.as_u64() == Some(VERSION)).then_some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> KeptSettings {
        let mut kept = KeptSettings { account: fingerprint("oid.tid"), ..Default::default() };
        kept.values.set(Key::GatewayUrl, "https://gw.example.com/\"a\"");
        kept.values.set(Key::Model, "claude-x");
        kept.overrode.set(Key::GatewayUrl, fingerprint("https://admin.example.com"));
        kept.confirmed.push("https://gw.example.com".into());
        kept
    }

    fn secrets() -> KeptSecrets {
        let mut kept =
            KeptSecrets { audience: "https://gw.example.com".into(), ..Default::default() };
        kept.user.set(Key::GatewayToken, "tök\"en");
        kept.manifest.set(Key::InferenceHeaders, r#"{"x-a":"1"}"#);
        kept
    }

    #[test]
    fn records_come_back_as_they_went() {
        assert_eq!(KeptSettings::read(&settings().write()), Some(settings()));
        assert_eq!(KeptSecrets::read(secrets().write().expose()), Some(secrets()));
    }

    #[test]
    fn records_from_before_there_were_accounts_are_nobodys() {
        let old =
            settings().write().replace(&format!(r#""account":"{}","#, settings().account), "");
        let expected = KeptSettings { account: String::new(), ..settings() };
        assert_eq!(KeptSettings::read(&old), Some(expected));
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
