//! Where records are kept: the browser's storage, and memory where that fails.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use crate::json::write;
use crate::platform::{KeyValueStore, StoreError};

#[wasm_bindgen]
extern "C" {
    /// The part of the Web Storage interface that is used, whoever implements it.
    #[derive(Clone)]
    pub type StorageLike;

    #[wasm_bindgen(method, catch, getter)]
    fn length(this: &StorageLike) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn key(this: &StorageLike, index: u32) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(method, catch, js_name = getItem)]
    fn get_item(this: &StorageLike, name: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setItem)]
    fn set_item(this: &StorageLike, name: &str, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = removeItem)]
    fn remove_item(this: &StorageLike, name: &str) -> Result<(), JsValue>;
}

/// Which kind of storage is asked for, or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// localStorage
    Local,
    /// sessionStorage
    Session,
    /// This page's memory.
    Memory,
    /// An object that the page brought.
    Custom,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Session => "session",
            Self::Memory => "memory",
            Self::Custom => "custom",
        }
    }

    /// The word of the `storage` option.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "session" => Self::Session,
            "memory" => Self::Memory,
            "custom" => Self::Custom,
            _ => Self::Local,
        }
    }
}

/// Why it isn't what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Absent,
    Blocked,
    Quota,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Blocked => "blocked",
            Self::Quota => "quota",
        }
    }
}

/// A store that falls back to memory when the browser's is full or taken away.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

struct Inner {
    storage: RefCell<Option<StorageLike>>,
    memory: RefCell<BTreeMap<String, String>>,
    kind: Cell<Kind>,
    reason: Cell<Option<Reason>>,
}

impl Store {
    /// Takes the storage that was asked for, or the next best that works.
    #[must_use]
    pub fn open(asked: Kind, custom: Option<StorageLike>) -> Self {
        let (candidates, reason_when_none): (&[Kind], _) = match asked {
            Kind::Local => (&[Kind::Local, Kind::Session], None),
            Kind::Session => (&[Kind::Session], None),
            Kind::Custom => (&[Kind::Custom], None),
            Kind::Memory => (&[], None),
        };
        let mut reason: Option<Reason> = reason_when_none;
        for kind in candidates {
            let found = match kind {
                Kind::Custom => custom.clone().ok_or(Reason::Absent),
                Kind::Session => global("sessionStorage"),
                _ => global("localStorage"),
            };
            match found.and_then(|storage| probe(&storage).map(|()| storage)) {
                Ok(storage) => return Self::with(Some(storage), *kind, reason),
                Err(why) => reason = reason.or(Some(why)),
            }
        }
        Self::with(None, Kind::Memory, reason)
    }

    fn with(storage: Option<StorageLike>, kind: Kind, reason: Option<Reason>) -> Self {
        Self(Rc::new(Inner {
            storage: RefCell::new(storage),
            memory: RefCell::default(),
            kind: Cell::new(kind),
            reason: Cell::new(reason),
        }))
    }

    /// `{kind,persistent,protection,reason?}`
    #[must_use]
    pub fn describe(&self) -> String {
        let kind = self.0.kind.get();
        let mut out = String::new();
        {
            let mut status = write::Object::new(&mut out);
            status.string("kind", kind.as_str());
            status.bool("persistent", matches!(kind, Kind::Local | Kind::Custom));
            status.string("protection", "none");
            if let Some(reason) = self.0.reason.get() {
                status.string("reason", reason.as_str());
            }
        }
        out
    }

    /// From now on in memory. What the storage holds of ours is outdated, and
    /// goes as far as the browser lets it.
    fn degrade(&self, reason: Reason, prefix: &str) {
        if let Some(storage) = self.0.storage.take() {
            for name in names(&storage, prefix).unwrap_or_default() {
                if let Ok(Some(text)) = storage.get_item(&name) {
                    self.0.memory.borrow_mut().insert(name.clone(), text);
                }
                let _ = storage.remove_item(&name);
            }
        }
        self.0.kind.set(Kind::Memory);
        self.0.reason.set(Some(reason));
    }
}

impl KeyValueStore for Store {
    fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        match &*self.0.storage.borrow() {
            Some(storage) => storage.get_item(name).map_err(|_| StoreError::Blocked),
            None => Ok(self.0.memory.borrow().get(name).cloned()),
        }
    }

    fn set(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let written = self.0.storage.borrow().as_ref().map(|storage| storage.set_item(name, text));
        match written {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => {
                let prefix = name.rsplit_once('/').map_or(name, |(prefix, _)| prefix);
                self.degrade(why(&error), prefix);
            }
            None => {}
        }
        self.0.memory.borrow_mut().insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.memory.borrow_mut().remove(name);
        match &*self.0.storage.borrow() {
            Some(storage) => storage.remove_item(name).map_err(|_| StoreError::Blocked),
            None => Ok(()),
        }
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        match &*self.0.storage.borrow() {
            Some(storage) => names(storage, prefix).map_err(|_| StoreError::Blocked),
            None => Ok(self
                .0
                .memory
                .borrow()
                .keys()
                .filter(|name| name.starts_with(prefix))
                .cloned()
                .collect()),
        }
    }
}

fn names(storage: &StorageLike, prefix: &str) -> Result<Vec<String>, JsValue> {
    let mut names = Vec::new();
    for index in 0..storage.length()? {
        names.extend(storage.key(index)?.filter(|name| name.starts_with(prefix)));
    }
    Ok(names)
}

/// Reading the property itself throws where storage is blocked.
fn global(name: &str) -> Result<StorageLike, Reason> {
    let value = Reflect::get(&js_sys::global(), &name.into()).map_err(|_| Reason::Blocked)?;
    if value.is_object() { Ok(value.unchecked_into()) } else { Err(Reason::Absent) }
}

/// Storage that is there may still refuse to keep anything.
fn probe(storage: &StorageLike) -> Result<(), Reason> {
    const NAME: &str = "taskpane-connector/probe";
    storage.set_item(NAME, "1").map_err(|error| why(&error))?;
    let read = storage.get_item(NAME).map_err(|error| why(&error))?;
    let _ = storage.remove_item(NAME);
    if read.as_deref() == Some("1") { Ok(()) } else { Err(Reason::Blocked) }
}

fn why(error: &JsValue) -> Reason {
    let name = Reflect::get(error, &"name".into())
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default();
    match name.as_str() {
        "QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED" => Reason::Quota,
        _ => Reason::Blocked,
    }
}
