//! What kept records are called and what their text is, for `js/vault.js`.

use wasm_bindgen::prelude::*;

use crate::credentials::{name, sealing};
use crate::json::write;

/// What every name of a kept record starts with.
#[wasm_bindgen(js_name = recordPrefix)]
#[must_use]
pub fn record_prefix(partition: &str) -> String {
    name::prefix(partition)
}

/// The records' names in the module and in the store, as a JSON object.
#[wasm_bindgen(js_name = recordNames)]
#[must_use]
pub fn record_names(partition: &str) -> String {
    name::names(partition)
}

/// The associated data for a record under a name of the store; nothing for
/// what is not to be sealed.
#[wasm_bindgen(js_name = associatedData)]
#[must_use]
pub fn associated_data(name: &str, record: &str) -> Option<String> {
    sealing::associated(name, record)
}

/// A sealed record's text, from its associated data and the base64 of its
/// initialisation vector and ciphertext.
#[wasm_bindgen(js_name = joinSealed)]
#[must_use]
pub fn join_sealed(associated: &str, sealed: &str) -> String {
    sealing::join(associated, sealed)
}

/// The two as a JSON array; nothing when the text was not sealed for this name.
#[wasm_bindgen(js_name = splitSealed)]
#[must_use]
pub fn split_sealed(name: &str, text: &str) -> Option<String> {
    let (associated, sealed) = sealing::split(name, text)?;
    let mut out = String::new();
    {
        let mut parts = write::Array::new(&mut out);
        parts.string(associated);
        parts.string(sealed);
    }
    Some(out)
}
