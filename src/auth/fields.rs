//! Members of objects that hosts and pages send, read with patience.

use crate::json::{DEFAULT_MAX_DEPTH, Json, Kind, write};
use crate::secret::Secret;

/// Texts of an object by their places. They may be secret. A place without a
/// text has the empty one: hosts write `""` and `null` for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<Secret>);

impl Fields {
    /// The members of these names, in their order.
    pub(super) fn read(object: Json<'_>, names: &[&str]) -> Self {
        let mut fields = Self::default();
        for name in names {
            fields.push(text(object, name));
        }
        fields
    }

    /// A text for the next place.
    pub(super) fn push(&mut self, text: String) {
        self.0.push(Secret::new(text));
    }

    /// Puts another text into a place.
    pub(super) fn set(&mut self, place: usize, text: String) {
        if let Some(old) = self.0.get_mut(place) {
            *old = Secret::new(text);
        }
    }

    /// The text at a place.
    pub(super) fn at(&self, place: usize) -> &str {
        self.0.get(place).map_or("", Secret::expose)
    }

    /// Whether the first so many texts are those of the other.
    pub(super) fn agree(&self, other: &Self, places: usize) -> bool {
        for place in 0..places {
            if self.at(place) != other.at(place) {
                return false;
            }
        }
        true
    }

    /// Writes the texts under these names: the first so many, and of the others
    /// those that aren't empty.
    pub(super) fn write(&self, object: &mut write::Object<'_>, names: &[&str], always: usize) {
        for (place, name) in names.iter().enumerate() {
            let text = self.at(place);
            if place < always || !text.is_empty() {
                object.string(name, text);
            }
        }
    }
}

/// JSON that something depends on; `null` where it isn't JSON.
pub(super) fn parse(text: &str) -> Json<'_> {
    Json::parse(text, DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL)
}

/// A text; empty where there is none.
pub(super) fn text(object: Json<'_>, name: &str) -> String {
    let text = object.get(name).and_then(|value| value.as_str());
    text.unwrap_or_default().into_owned()
}

/// The text, or where it is empty the other one.
pub(super) fn or(mut text: String, other: &str) -> String {
    if text.is_empty() {
        text.push_str(other);
    }
    text
}

/// The text where it is an object.
pub(super) fn object_text(text: &str) -> Option<String> {
    let json = parse(text);
    (json.kind() == Kind::Object).then(|| json.raw().to_owned())
}

/// An object; `null` where there is none.
pub(super) fn object<'a>(object: Json<'a>, name: &str) -> Json<'a> {
    let value = object.get(name).unwrap_or(Json::NULL);
    if value.kind() == Kind::Object { value } else { Json::NULL }
}

/// Whether a member is true the way JavaScript sees it; text that says the
/// opposite is not.
pub(super) fn truth(object: Json<'_>, name: &str) -> bool {
    const FALSE: [&str; 9] =
        ["", "false", "null", "0", "-0", "0.0", r#""""#, r#""false""#, r#""0""#];
    let raw = object.get(name).map_or("", |value| value.raw());
    !FALSE.iter().any(|word| word.eq_ignore_ascii_case(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_texts_by_place() {
        let names = ["a", "b", "c", "d"];
        let fields = Fields::read(parse(r#"{"d":"é\n","b":"","a":"x","c":7}"#), &names);
        assert_eq!([0, 1, 2, 3, 4, 99].map(|place| fields.at(place)), ["x", "", "", "é\n", "", ""]);
        assert!(fields.agree(&Fields::read(parse(r#"{"a":"x","d":"y"}"#), &names), 3));
        assert!(!fields.agree(&Fields::read(parse(r#"{"a":"x","d":"y"}"#), &names), 4));
        let mut out = String::new();
        fields.write(&mut write::Object::new(&mut out), &names, 2);
        assert_eq!(out, r#"{"a":"x","b":"","d":"é\n"}"#);
        assert!(!format!("{fields:?}").contains('x'));
    }

    #[test]
    fn true_is_what_javascript_takes_for_it() {
        let cases = [
            (r#"{"a":true}"#, true),
            (r#"{"a":"true"}"#, true),
            (r#"{"a":1}"#, true),
            (r#"{"a":{}}"#, true),
            (r#"{"a":false}"#, false),
            (r#"{"a":"False"}"#, false),
            (r#"{"a":""}"#, false),
            (r#"{"a":0}"#, false),
            (r#"{"a":null}"#, false),
            ("{}", false),
        ];
        for (text, holds) in cases {
            assert_eq!(truth(parse(text), "a"), holds, "{text}");
        }
    }
}
