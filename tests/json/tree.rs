//! Values as trees, for comparing with serde_json's.

use serde_json::Value;
use taskpane_connector::json::{Json, Kind};

/// The value tree, built through the reader.
pub(crate) fn read(json: Json<'_>) -> Value {
    match json.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::from(json.as_bool().unwrap()),
        Kind::Number => serde_json::from_str(json.raw()).unwrap(),
        Kind::String => Value::from(json.as_str().unwrap().into_owned()),
        Kind::Array => json.elements().map(read).collect(),
        Kind::Object => Value::Object(
            json.members().map(|(name, value)| (name.into_owned(), read(value))).collect(),
        ),
    }
}

/// Whether everything in `before` is still there in `after`.
pub(crate) fn grew(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            before.len() <= after.len() && before.iter().zip(after).all(|(b, a)| grew(b, a))
        }
        (Value::Object(before), Value::Object(after)) => {
            before.iter().all(|(name, b)| after.get(name).is_some_and(|a| grew(b, a)))
        }
        _ => before == after,
    }
}
