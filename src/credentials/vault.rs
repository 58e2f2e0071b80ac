//! The set of records that is kept, read whole and written by differences.
//!
//! The host keeps text under names; it hands over what it has and writes what
//! it is told. Sealing is the host's: records arrive and leave in the clear.

use crate::json::{self, Json, Kind, write};
use crate::secret::Secret;

use super::name::{MODELS, SECRETS, SETTINGS, SIGNED_OUT, former};
use super::record::{KeptSecrets, KeptSettings};

/// All that was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What the user typed.
    pub settings: KeptSettings,
    /// The secrets.
    pub secrets: Option<KeptSecrets>,
    /// What trying models came to, as it was written.
    pub models: Option<String>,
    /// Whether the user signed out and has not acted since.
    pub signed_out: bool,
    /// Records that were there and could not be read.
    pub broken: Vec<&'static str>,
    /// Records that are sealed, and whose key could not be reached.
    pub locked: Vec<&'static str>,
    /// A pane with older code wrote some of it: it is to be written anew.
    pub former: bool,
}

impl Kept {
    /// Reads a JSON object of the records' names and texts; `null` stands for a
    /// record that is sealed and can't be opened now. A broken record costs
    /// only itself.
    ///
    /// What the former schema holds counts as newer: each write here removes
    /// it, so an older pane wrote it since.
    #[must_use]
    pub fn read(records: &str) -> Self {
        let mut kept = Self::default();
        let Ok(records) = Json::parse(records, json::DEFAULT_MAX_DEPTH) else { return kept };
        let has = |name: &str| records.get(name).is_some_and(|text| text.kind() == Kind::String);
        let connected_since = has(former::SETTINGS) || has(former::SECRETS);
        if has(former::SIGNED_OUT) {
            kept.signed_out = true;
            kept.former = connected_since || has(SETTINGS) || has(SECRETS) || !has(SIGNED_OUT);
            return kept;
        }
        kept.former = connected_since;
        kept.models = records.text(MODELS);
        kept.signed_out = has(SIGNED_OUT) && !connected_since;
        for (name, older) in [(SETTINGS, former::SETTINGS), (SECRETS, former::SECRETS)] {
            if records.get(name).is_some_and(|record| record.is_null()) && !has(older) {
                kept.locked.push(name);
            }
            let mut found = [older, name].into_iter().filter_map(|stored| records.text(stored));
            let is_there = has(older) || has(name);
            if is_there && !found.any(|text| kept.take(name, &text)) {
                kept.broken.push(name);
            }
        }
        kept
    }

    /// Takes a record if it can be read.
    fn take(&mut self, name: &str, text: &str) -> bool {
        if name == SETTINGS {
            let settings = KeptSettings::read(text);
            let readable = settings.is_some();
            self.settings = settings.unwrap_or_default();
            return readable;
        }
        self.secrets = KeptSecrets::read(text);
        self.secrets.is_some()
    }

    /// Whether it was kept for somebody else.
    #[must_use]
    pub fn is_of_another_account(&self, account: &str) -> bool {
        let secrets = self.secrets.as_ref().map(|secrets| secrets.account.as_str());
        [Some(self.settings.account.as_str()), secrets]
            .into_iter()
            .flatten()
            .any(|kept| !kept.is_empty() && kept != account)
    }
}

/// What is to be written: texts under names, and names to remove. `Debug`
/// shows no text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<(&'static str, Option<Secret>)>);

impl Changes {
    /// Keeps what a connection was made with, and ends a sign-out. The
    /// secrets come last, so that a write that fails in between asks the user
    /// again and never connects elsewhere.
    #[must_use]
    pub fn keep(settings: &KeptSettings, secrets: Option<&KeptSecrets>) -> Self {
        let typed = (*settings != KeptSettings::default()).then(|| Secret::new(settings.write()));
        Self(vec![
            (SIGNED_OUT, None),
            (former::SIGNED_OUT, None),
            (former::SECRETS, None),
            (former::SETTINGS, None),
            (SETTINGS, typed),
            (SECRETS, secrets.map(KeptSecrets::write)),
        ])
    }

    /// Removes all of ours, and leaves the marker that the user signed out,
    /// for panes with older code too.
    #[must_use]
    pub fn forget() -> Self {
        let marker = || Some(Secret::new("1"));
        let mut changes = Self::purge();
        changes.0.extend([(SIGNED_OUT, marker()), (former::SIGNED_OUT, marker())]);
        changes
    }

    /// Removes what is kept for an account.
    #[must_use]
    pub fn purge() -> Self {
        let names = [MODELS, SECRETS, SETTINGS, former::SECRETS, former::SETTINGS];
        Self(names.map(|name| (name, None)).into())
    }

    /// The same, with what trying models came to; nothing removes it.
    #[must_use]
    pub fn with_models(mut self, models: Option<String>) -> Self {
        self.0.push((MODELS, models.map(Secret::new)));
        self
    }

    /// Removes what could not be read.
    #[must_use]
    pub fn remove(broken: &[&'static str]) -> Self {
        Self(broken.iter().map(|name| (*name, None)).collect())
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A JSON object of names and texts, `null` to remove. It holds the
    /// secrets in the clear.
    #[must_use]
    pub fn expose(&self) -> String {
        let mut out = String::new();
        {
            let mut records = write::Object::new(&mut out);
            for (name, text) in &self.0 {
                match text {
                    Some(text) => records.string(name, text.expose()),
                    None => records.null(name),
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Key;

    fn settings(model: &str) -> KeptSettings {
        let mut kept = KeptSettings::default();
        kept.values.set(Key::Model, model);
        kept
    }

    fn secrets() -> KeptSecrets {
        let mut kept =
            KeptSecrets { audience: "https://gw.example.com".into(), ..Default::default() };
        kept.user.set(Key::GatewayToken, "token-0123456789");
        kept
    }

    /// What the store holds, as the host hands it over.
    fn stored(records: &[(&str, Option<&str>)]) -> String {
        let mut out = String::new();
        {
            let mut object = write::Object::new(&mut out);
            for (name, text) in records {
                match text {
                    Some(text) => object.string(name, text),
                    None => object.null(name),
                }
            }
        }
        out
    }

    #[test]
    fn what_is_kept_comes_back() {
        let changes = Changes::keep(&settings("claude-a"), Some(&secrets()));
        let mut kept = Kept::read(&changes.expose());
        // A removal is `null` on its way out, and not there afterwards.
        kept.locked.clear();
        let expected =
            Kept { settings: settings("claude-a"), secrets: Some(secrets()), ..Kept::default() };
        assert_eq!(kept, expected);
        assert!(!format!("{changes:?}").contains("token-0123456789"));
    }

    #[test]
    fn signing_out_leaves_the_marker_alone() {
        let changes = Changes::forget().expose();
        let (name, text) = (r#""signed-out":"1""#, r#""former-signed-out":"1""#);
        assert!(changes.contains(name) && changes.contains(text), "{changes}");
        for name in ["secrets", "settings", "former-secrets", "former-settings"] {
            assert!(changes.contains(&format!(r#""{name}":null"#)), "{changes}");
        }
        let kept = Kept::read(&stored(&[(SIGNED_OUT, Some("1")), (former::SIGNED_OUT, Some("1"))]));
        assert_eq!(kept, Kept { signed_out: true, ..Kept::default() });
    }

    #[test]
    fn a_broken_record_costs_only_itself() {
        let record = secrets().write();
        let records = stored(&[(SETTINGS, Some("{\"v\":1,")), (SECRETS, Some(record.expose()))]);
        let kept = Kept::read(&records);
        assert_eq!(kept.broken, [SETTINGS]);
        assert_eq!(kept.secrets, Some(secrets()));
        assert_eq!(Changes::remove(&kept.broken).expose(), r#"{"settings":null}"#);
    }

    #[test]
    fn what_is_no_object_holds_nothing() {
        for records in ["", "[]", "{\"secrets\":5}", "null"] {
            assert_eq!(Kept::read(records), Kept::default(), "{records}");
        }
    }

    #[test]
    fn what_cannot_be_opened_now_is_locked_and_stays() {
        let kept = Kept::read(&stored(&[(SETTINGS, None), (SECRETS, None)]));
        assert_eq!(kept, Kept { locked: vec![SETTINGS, SECRETS], ..Kept::default() });
        assert!(Changes::remove(&kept.broken).is_empty());
    }

    /// Which of old and new is read, whether it is written anew, and what of it is told.
    #[test]
    fn what_an_older_pane_wrote_is_newer() {
        let (old, new, secret) =
            (settings("old").write(), settings("new").write(), secrets().write());
        let (old, new, secret) = (old.as_str(), new.as_str(), secret.expose());
        struct Case<'a> {
            name: &'a str,
            records: &'a [(&'a str, &'a str)],
            model: Option<&'a str>,
            secrets: bool,
            signed_out: bool,
            former: bool,
            broken: &'a [&'a str],
        }
        let case = |name| Case {
            name,
            records: &[],
            model: None,
            secrets: false,
            signed_out: false,
            former: true,
            broken: &[],
        };
        let cases = [
            Case {
                records: &[(former::SETTINGS, old), (former::SECRETS, secret)],
                model: Some("old"),
                secrets: true,
                ..case("only the old are there")
            },
            Case {
                records: &[(SETTINGS, new), (former::SETTINGS, old), (former::SECRETS, secret)],
                model: Some("old"),
                secrets: true,
                ..case("an older pane connected since")
            },
            Case {
                records: &[(SIGNED_OUT, "1"), (former::SETTINGS, old), (former::SECRETS, secret)],
                model: Some("old"),
                secrets: true,
                ..case("an older pane connected after a sign-out in a newer one")
            },
            Case {
                records: &[(SETTINGS, new), (SECRETS, secret), (former::SIGNED_OUT, "1")],
                signed_out: true,
                ..case("an older pane signed out")
            },
            Case {
                records: &[(former::SIGNED_OUT, "1")],
                signed_out: true,
                ..case("an older pane signed out before there was a newer one")
            },
            Case {
                records: &[(SETTINGS, new), (former::SETTINGS, "{"), (former::SECRETS, secret)],
                model: Some("new"),
                secrets: true,
                ..case("the old settings are broken")
            },
            Case {
                records: &[(former::SETTINGS, "{"), (former::SECRETS, "{")],
                broken: &[SETTINGS, SECRETS],
                ..case("all that is old is broken")
            },
            Case {
                records: &[(SETTINGS, new), (SECRETS, secret)],
                model: Some("new"),
                secrets: true,
                former: false,
                ..case("nothing old is there")
            },
        ];
        for case in cases {
            let records: Vec<_> =
                case.records.iter().map(|(name, text)| (*name, Some(*text))).collect();
            let kept = Kept::read(&stored(&records));
            assert_eq!(kept.settings.values.get(Key::Model), case.model, "{}", case.name);
            assert_eq!(kept.secrets.is_some(), case.secrets, "{}", case.name);
            assert_eq!(kept.signed_out, case.signed_out, "{}", case.name);
            assert_eq!(kept.former, case.former, "{}", case.name);
            assert_eq!(kept.broken, case.broken, "{}", case.name);
        }
    }

    #[test]
    fn old_records_stand_in_for_locked_ones() {
        let record = settings("old").write();
        let kept = Kept::read(&stored(&[(SETTINGS, None), (former::SETTINGS, Some(&record))]));
        assert_eq!((kept.locked.len(), kept.settings), (0, settings("old")));
    }

    #[test]
    fn nobodys_records_are_anybodys() {
        let mut kept = Kept { secrets: Some(secrets()), ..Kept::default() };
        assert!(!kept.is_of_another_account("a"));
        kept.settings.account = "a".into();
        assert!(!kept.is_of_another_account("a"));
        assert!(kept.is_of_another_account("b"));
        kept.settings.account = String::new();
        kept.secrets = Some(KeptSecrets { account: "a".into(), ..secrets() });
        assert!(kept.is_of_another_account("b"));
    }
}
