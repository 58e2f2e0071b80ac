//! The store of records that `js/store.js` provides.

use wasm_bindgen::prelude::*;

use crate::platform::{KeyValueStore, StoreError};

#[wasm_bindgen]
extern "C" {
    /// Text under names. It falls back to memory by itself; what it throws
    /// all the same means that it can't be used.
    pub type HostStore;

    #[wasm_bindgen(method, catch)]
    fn get(this: &HostStore, name: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn set(this: &HostStore, name: &str, text: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn remove(this: &HostStore, name: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn names(this: &HostStore, prefix: &str) -> Result<Vec<String>, JsValue>;
}

impl KeyValueStore for HostStore {
    fn get(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.get(name).map_err(|_| StoreError::Blocked)
    }

    fn set(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.set(name, text).map_err(|_| StoreError::Blocked)
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.remove(name).map_err(|_| StoreError::Blocked)
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.names(prefix).map_err(|_| StoreError::Blocked)
    }
}
