//! Looking into what a page returned.

use serde_json::Value;

use crate::case::{Complaint, Outcome};

/// Reading by JSON pointer, with complaints that show what there is instead.
pub(crate) trait Look {
    /// The value at a pointer; null when there is none.
    fn at(&self, pointer: &str) -> &Value;
    fn text(&self, pointer: &str) -> Outcome<&str>;
    fn number(&self, pointer: &str) -> Outcome<u64>;
    fn list(&self, pointer: &str) -> Outcome<&Vec<Value>>;
    /// The texts of a list of texts.
    fn texts(&self, pointer: &str) -> Outcome<Vec<&str>>;
    fn is_true(&self, pointer: &str) -> Outcome;
}

impl Look for Value {
    fn at(&self, pointer: &str) -> &Value {
        self.pointer(pointer).unwrap_or(&Value::Null)
    }

    fn text(&self, pointer: &str) -> Outcome<&str> {
        self.at(pointer).as_str().ok_or_else(|| missing(self, pointer, "text"))
    }

    fn number(&self, pointer: &str) -> Outcome<u64> {
        let value = self.at(pointer);
        // JavaScript's numbers come as floats from some drivers.
        let whole = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        value
            .as_u64()
            .or(whole.map(|number| number as u64))
            .ok_or_else(|| missing(self, pointer, "whole number"))
    }

    fn list(&self, pointer: &str) -> Outcome<&Vec<Value>> {
        self.at(pointer).as_array().ok_or_else(|| missing(self, pointer, "list"))
    }

    fn texts(&self, pointer: &str) -> Outcome<Vec<&str>> {
        self.list(pointer)?
            .iter()
            .map(|text| text.as_str().ok_or_else(|| missing(self, pointer, "list of texts")))
            .collect()
    }

    fn is_true(&self, pointer: &str) -> Outcome {
        match self.at(pointer) {
            Value::Bool(true) => Ok(()),
            _ => Err(missing(self, pointer, "true")),
        }
    }
}

fn missing(value: &Value, pointer: &str, what: &str) -> Complaint {
    let all: String = value.to_string().chars().take(1500).collect();
    Complaint::new(format!("no {what} at {pointer} but {}, in {all}", value.at(pointer)))
}

/// Sets a member of an object.
pub(crate) fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
