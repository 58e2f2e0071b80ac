//! What kept records are called and what their text is, for `js/vault.js`.

use crate::credentials::{name, sealing};
use crate::json::write;

use super::operation::{Arguments, Outcome, Reply};

/// `(partition)`: what every name of a kept record starts with.
#[must_use]
pub fn prefix(arguments: &mut Arguments<'_>) -> Reply {
    Reply::text(&name::prefix(&arguments.text()))
}

/// `(partition)`: the records' names in the module and in the store, as an object.
#[must_use]
pub fn names(arguments: &mut Arguments<'_>) -> Reply {
    Reply::Json(name::names(&arguments.text()))
}

/// `(name; record)`: the associated data for a record under a name of the
/// store; nothing for what is not to be sealed.
///
/// # Errors
/// The record is not UTF-8.
pub fn associated_data(arguments: &mut Arguments<'_>) -> Outcome {
    Ok(match sealing::associated(&arguments.text(), &arguments.body()?) {
        Some(associated) => Reply::text(&associated),
        None => Reply::Nothing,
    })
}

/// `(associated, sealed)`: a sealed record's text, from its associated data and
/// the base64 of its initialisation vector and ciphertext.
#[must_use]
pub fn join_sealed(arguments: &mut Arguments<'_>) -> Reply {
    Reply::text(&sealing::join(&arguments.text(), &arguments.text()))
}

/// `(name; text)`: the two as an array; nothing when the text was not sealed
/// for this name.
///
/// # Errors
/// The text is not UTF-8.
pub fn split_sealed(arguments: &mut Arguments<'_>) -> Outcome {
    let text = arguments.body()?;
    let Some((associated, sealed)) = sealing::split(&arguments.text(), &text) else {
        return Ok(Reply::Nothing);
    };
    let mut out = String::new();
    {
        let mut parts = write::Array::new(&mut out);
        parts.string(associated);
        parts.string(sealed);
    }
    Ok(Reply::Json(out))
}
