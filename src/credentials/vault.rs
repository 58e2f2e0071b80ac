//! The records in a key-value store, under names of our own.

use crate::platform::{KeyValueStore, StoreError};

use super::record::{KeptSecrets, KeptSettings, VERSION};

const SETTINGS: &str = "settings";
const SECRETS: &str = "secrets";
const SIGNED_OUT: &str = "signed-out";

/// What is kept, read and written by name.
#[derive(Clone, Debug)]
pub struct Vault<S> {
    store: S,
    prefix: String,
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
    /// Records that were there and could not be read. They have been removed.
    pub dropped: Vec<&'static str>,
}

impl<S: KeyValueStore> Vault<S> {
    /// Names records so that several hosts on one origin don't share them:
    /// `partition` is `Office.context.partitionKey` where there is one.
    pub fn new(store: S, partition: &str) -> Self {
        // The separator must not come from outside, or one partition's names
        // would start with another's.
        let partition = partition.replace('%', "%25").replace('/', "%2F");
        Self { store, prefix: format!("taskpane-connector/{VERSION}/{partition}/") }
    }

    /// What every name of a record starts with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Reads all records; a broken one is removed and told of.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be read.
    pub fn load(&self) -> Result<Kept, StoreError> {
        let mut kept = Kept { signed_out: self.get(SIGNED_OUT)?.is_some(), ..Kept::default() };
        if let Some(text) = self.get(SETTINGS)? {
            match KeptSettings::read(&text) {
                Some(settings) => kept.settings = settings,
                None => self.drop_broken(SETTINGS, &mut kept)?,
            }
        }
        if let Some(text) = self.get(SECRETS)? {
            match KeptSecrets::read(&text) {
                Some(secrets) => kept.secrets = Some(secrets),
                None => self.drop_broken(SECRETS, &mut kept)?,
            }
        }
        Ok(kept)
    }

    /// Keeps what a connection was made with, and ends a sign-out.
    ///
    /// # Errors
    /// [`StoreError`]; the secrets are written last, so what is there of a
    /// failed write asks the user again and never connects elsewhere.
    pub fn save(&self, settings: &KeptSettings, secrets: &KeptSecrets) -> Result<(), StoreError> {
        self.store.set(&self.name(SETTINGS), &settings.write())?;
        self.store.set(&self.name(SECRETS), secrets.write().expose())?;
        self.store.remove(&self.name(SIGNED_OUT))
    }

    /// Removes our records, and leaves the marker that the user signed out.
    ///
    /// # Errors
    /// [`StoreError`] when the store can't be written.
    pub fn forget(&self) -> Result<(), StoreError> {
        for name in self.store.names(&self.prefix)? {
            self.store.remove(&name)?;
        }
        self.store.set(&self.name(SIGNED_OUT), "1")
    }

    fn get(&self, record: &str) -> Result<Option<String>, StoreError> {
        self.store.get(&self.name(record))
    }

    fn drop_broken(&self, record: &'static str, kept: &mut Kept) -> Result<(), StoreError> {
        kept.dropped.push(record);
        self.store.remove(&self.name(record))
    }

    fn name(&self, record: &str) -> String {
        format!("{}{record}", self.prefix)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use super::*;
    use crate::config::Layer;
    use crate::secret::Secret;

    /// A store in memory that can be full or blocked.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct TestStore {
        pub(crate) entries: Rc<RefCell<BTreeMap<String, String>>>,
        pub(crate) fault: Rc<Cell<Option<StoreError>>>,
    }

    impl TestStore {
        fn check(&self) -> Result<(), StoreError> {
            self.fault.get().map_or(Ok(()), Err)
        }
    }

    impl KeyValueStore for TestStore {
        fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
            Ok(self.entries.borrow().get(name).cloned())
        }

        fn set(&self, name: &str, text: &str) -> Result<(), StoreError> {
            self.check()?;
            self.entries.borrow_mut().insert(name.to_owned(), text.to_owned());
            Ok(())
        }

        fn remove(&self, name: &str) -> Result<(), StoreError> {
            self.entries.borrow_mut().remove(name);
            Ok(())
        }

        fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
            Ok(self
                .entries
                .borrow()
                .keys()
                .filter(|name| name.starts_with(prefix))
                .cloned()
                .collect())
        }
    }

    fn secrets() -> KeptSecrets {
        KeptSecrets {
            audience: "https://gw.example.com".into(),
            layer: Layer::User,
            token: Secret::new("token"),
            headers: None,
            overrode: None,
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_signing_out_removes_ours_only() {
        let store = TestStore::default();
        store.set("someone/else", "stays").unwrap();
        let vault = Vault::new(store.clone(), "excel");
        let other = Vault::new(store.clone(), "excel/2");
        vault.save(&KeptSettings::default(), &secrets()).unwrap();
        other.save(&KeptSettings::default(), &secrets()).unwrap();
        assert_eq!(vault.load().unwrap().secrets, Some(secrets()));

        vault.forget().unwrap();
        let kept = vault.load().unwrap();
        assert_eq!((kept.secrets, kept.signed_out), (None, true));
        assert!(other.load().unwrap().secrets.is_some());
        assert_eq!(store.get("someone/else").unwrap().as_deref(), Some("stays"));

        vault.save(&KeptSettings::default(), &secrets()).unwrap();
        assert!(!vault.load().unwrap().signed_out);
    }

    #[test]
    fn a_broken_record_costs_only_itself() {
        let store = TestStore::default();
        let vault = Vault::new(store.clone(), "");
        vault.save(&KeptSettings::default(), &secrets()).unwrap();
        store.set("taskpane-connector/1//settings", "{\"v\":1,").unwrap();
        let kept = vault.load().unwrap();
        assert_eq!(kept.dropped, ["settings"]);
        assert_eq!(kept.secrets, Some(secrets()));
        assert!(vault.load().unwrap().dropped.is_empty());
    }

    #[test]
    fn a_full_store_is_told() {
        let store = TestStore::default();
        store.fault.set(Some(StoreError::Quota));
        let vault = Vault::new(store, "");
        assert_eq!(vault.save(&KeptSettings::default(), &secrets()), Err(StoreError::Quota));
    }
}
