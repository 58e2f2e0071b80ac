//! Replaces and removes members of an object and leaves every other byte alone.
//!
//! ```
//! use taskpane_connector::json::{Json, splice::{Edit, apply}};
//!
//! let params = Json::parse(r#"{"model": "a", "x": [1.0, 2e0]}"#, 128).unwrap();
//! let edits = [Edit::Remove("model"), Edit::Set("stream", Json::TRUE)];
//! assert_eq!(apply(params, &edits).unwrap(), r#"{ "x": [1.0, 2e0],"stream":true}"#);
//! ```

use super::{Json, Kind, write};

/// One change to an object.
#[derive(Clone, Copy, Debug)]
pub enum Edit<'a> {
    /// Takes a member out, all of them where the name is repeated.
    Remove(&'a str),
    /// Gives a member a value: in its place if it exists, at the end if not.
    /// Of a repeated name the first stays, so that no reader sees another value.
    Set(&'a str, Json<'a>),
    /// Gives the object a member that it lacks; one of that name stays as it is.
    Add(&'a str, Json<'a>),
}

/// The object with the changes made; `None` if the value isn't an object.
/// A name is meant to occur in one edit only: the first one counts.
#[must_use]
pub fn apply(object: Json<'_>, edits: &[Edit<'_>]) -> Option<String> {
    if object.kind() != Kind::Object {
        return None;
    }
    let text = object.raw();
    let mut out = String::with_capacity(text.len() + 32);
    let mut placed = vec![false; edits.len()];
    // What follows the last kept value: whitespace, which goes before the closing brace.
    let mut tail = "";
    out.push('{');
    for slot in object.slots() {
        let edit = edits.iter().zip(placed.iter_mut()).find(|(edit, _)| slot.is_named(edit.name()));
        let value = match edit {
            None => slot.value,
            Some((Edit::Remove(_), _)) => continue,
            Some((Edit::Add(..), placed)) => {
                *placed = true;
                slot.value
            }
            Some((Edit::Set(..), placed)) if *placed => continue,
            Some((Edit::Set(_, value), placed)) => {
                *placed = true;
                *value
            }
        };
        out.push_str(tail);
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(text.get(slot.start..slot.value_start)?);
        out.push_str(value.raw());
        tail = text.get(slot.value_end..slot.end)?;
    }
    for (edit, placed) in edits.iter().zip(placed) {
        if let Edit::Set(name, value) | Edit::Add(name, value) = edit
            && !placed
        {
            if out.len() > 1 {
                out.push(',');
            }
            write::push_string(&mut out, name);
            out.push(':');
            out.push_str(value.raw());
        }
    }
    out.push_str(tail);
    out.push('}');
    Some(out)
}

impl<'a> Edit<'a> {
    const fn name(&self) -> &'a str {
        match self {
            Self::Remove(name) | Self::Set(name, _) | Self::Add(name, _) => name,
        }
    }
}
