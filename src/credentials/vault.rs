//! The set of records that is kept, read whole and written by differences.
//!
//! The host keeps text under names; it hands over what it has and writes what
//! it is told. So sealing the records, which only the host can do, changes
//! nothing here.

use crate::json::{self, Json, write};
use crate::secret::Secret;

use super::record::{KeptSecrets, KeptSettings, VERSION};

const SETTINGS: &str = "settings";
const SECRETS: &str = "secrets";
const SIGNED_OUT: &str = "signed-out";

/// The names that records go by, behind the [`prefix`].
pub const NAMES: [&str; 3] = [SETTINGS, SECRETS, SIGNED_OUT];

/// What every name of ours starts with, so that several hosts on one origin
/// share nothing: `partition` is `Office.context.partitionKey` where there is one.
#[must_use]
pub fn prefix(partition: &str) -> String {
    // The separator must not come from outside, or one partition's names
    // would start with another's.
    let mut prefix = format!("taskpane-connector/{VERSION}/");
    for c in partition.chars() {
        match c {
            '%' => prefix.push_str("%25"),
            '/' => prefix.push_str("%2F"),
            _ => prefix.push(c),
        }
    }
    prefix.push('/');
    prefix
}

/// All that was kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// What the user typed.
    pub settings: KeptSettings,
    /// The secrets.
    pub secrets: Option<KeptSecrets>,
    /// Whether the user signed out and has not acted since.
    pub signed_out: bool,
    /// Records that were there and could not be read.
    pub broken: Vec<&'static str>,
}

impl Kept {
    /// Reads a JSON object of the records' names and texts. A broken record
    /// costs only itself.
    #[must_use]
    pub fn read(records: &str) -> Self {
        let mut kept = Self::default();
        let Ok(records) = Json::parse(records, json::DEFAULT_MAX_DEPTH) else { return kept };
        let text = |name: &str| records.get(name).and_then(|text| text.as_str());
        kept.signed_out = text(SIGNED_OUT).is_some();
        if let Some(text) = text(SETTINGS) {
            match KeptSettings::read(&text) {
                Some(settings) => kept.settings = settings,
                None => kept.broken.push(SETTINGS),
            }
        }
        if let Some(text) = text(SECRETS) {
            match KeptSecrets::read(&text) {
                Some(secrets) => kept.secrets = Some(secrets),
                None => kept.broken.push(SECRETS),
            }
        }
        kept
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
    pub fn keep(settings: &KeptSettings, secrets: &KeptSecrets) -> Self {
        Self(vec![
            (SIGNED_OUT, None),
            (SETTINGS, Some(Secret::new(settings.write()))),
            (SECRETS, Some(secrets.write())),
        ])
    }

    /// Removes all of ours, and leaves the marker that the user signed out.
    #[must_use]
    pub fn forget() -> Self {
        Self(vec![(SECRETS, None), (SETTINGS, None), (SIGNED_OUT, Some(Secret::new("1")))])
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

    fn secrets() -> KeptSecrets {
        let mut kept =
            KeptSecrets { audience: "https://gw.example.com".into(), ..Default::default() };
        kept.user.set(Key::GatewayToken, "token-0123456789");
        kept
    }

    #[test]
    fn what_is_kept_comes_back() {
        let changes = Changes::keep(&KeptSettings::default(), &secrets());
        let kept = Kept::read(&changes.expose());
        assert_eq!((kept.secrets, kept.signed_out), (Some(secrets()), false));
        assert!(!format!("{changes:?}").contains("token-0123456789"));
    }

    #[test]
    fn signing_out_leaves_the_marker_alone() {
        let kept = Kept::read(&Changes::forget().expose());
        assert_eq!(kept, Kept { signed_out: true, ..Kept::default() });
    }

    #[test]
    fn a_broken_record_costs_only_itself() {
        let mut records = String::new();
        {
            let mut object = write::Object::new(&mut records);
            object.string(SETTINGS, "{\"v\":1,");
            object.string(SECRETS, secrets().write().expose());
        }
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
    fn partitions_share_no_prefix() {
        assert_eq!(prefix(""), "taskpane-connector/1//");
        assert_eq!(prefix("a/b%"), "taskpane-connector/1/a%2Fb%25/");
    }
}
