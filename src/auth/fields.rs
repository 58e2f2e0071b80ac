//! Members of objects that hosts and pages send, read with patience.

use crate::json::{DEFAULT_MAX_DEPTH, Json, Kind, write};
use crate::secret::Secret;

/// Texts of an object by their places. They may be secret. A place without a
/// text has the empty one: hosts write `""` and `null` for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<Secret>);

impl Fields {
    /// The members of these names, in their order; blanks separate them.
    pub(super) fn read(object: Json<'_>, names: &str) -> Self {
        let mut fields = Self::default();
        for name in Words(names) {
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
    #[inline(never)]
    pub(super) fn at(&self, place: usize) -> &str {
        self.0.get(place).map_or("", Secret::expose)
    }

    /// The text at a place, or the other one where it is empty.
    pub(super) fn at_or<'a>(&'a self, place: usize, other: &'a str) -> &'a str {
        let text = self.at(place);
        if text.is_empty() { other } else { text }
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

    /// Writes the texts that aren't empty under these names.
    pub(super) fn write(&self, object: &mut write::Object<'_>, names: &str) {
        for (place, name) in Words(names).enumerate() {
            optional(object, name, self.at(place));
        }
    }
}

/// Writes a text that isn't empty.
#[inline(never)]
pub(super) fn optional(object: &mut write::Object<'_>, name: &str, text: &str) {
    if !text.is_empty() {
        object.string(name, text);
    }
}

/// JSON that something depends on; `null` where it isn't JSON.
#[inline(never)]
pub(super) fn parse(text: &str) -> Json<'_> {
    Json::parse(text, DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL)
}

/// A member; `null` where there is none.
#[inline(never)]
pub(super) fn member<'a>(object: Json<'a>, name: &str) -> Json<'a> {
    object.get(name).unwrap_or(Json::NULL)
}

/// A text; empty where there is none.
#[inline(never)]
pub(super) fn text(object: Json<'_>, name: &str) -> String {
    object.text(name).unwrap_or_default()
}

/// The text that a value is; empty where it is something else.
#[inline(never)]
pub(super) fn string(value: Json<'_>) -> String {
    value.as_str().unwrap_or_default().into_owned()
}

/// The text, or where it is empty the other one.
pub(super) fn or(mut text: String, other: &str) -> String {
    if text.is_empty() {
        text.push_str(other);
    }
    text
}

/// The text where it is a JSON object, else the empty one.
pub(super) fn object_text(text: &str) -> String {
    Json::parse_object(text).map_or("", |json| json.raw()).to_owned()
}

/// A member that is an object; `null` where there is none.
#[inline(never)]
pub(super) fn object<'a>(object: Json<'a>, name: &str) -> Json<'a> {
    let value = member(object, name);
    if value.kind() == Kind::Object { value } else { Json::NULL }
}

/// Whether a member is true the way JavaScript sees it; text that says the
/// opposite is not.
pub(super) fn truth(object: Json<'_>, name: &str) -> bool {
    const FALSE: &str = r#"null false 0 -0 0.0 "" "false" "0""#;
    !has(FALSE, member(object, name).raw())
}

/// The words of a text.
pub(super) struct Words<'a>(pub(super) &'a str);

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    #[inline(never)]
    fn next(&mut self) -> Option<&'a str> {
        let text = self.0.trim_ascii_start();
        let end = text.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end)?;
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }
}

/// Whether a word is among those of a text, whatever its case.
pub(super) fn has(text: &str, wanted: &str) -> bool {
    Words(text).any(|word| word.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_texts_by_place() {
        let names = "a b c d";
        let fields = Fields::read(parse(r#"{"d":"é\n","b":"","a":"x","c":7}"#), names);
        assert_eq!([0, 1, 2, 3, 4, 99].map(|place| fields.at(place)), ["x", "", "", "é\n", "", ""]);
        assert!(fields.agree(&Fields::read(parse(r#"{"a":"x","d":"y"}"#), names), 3));
        assert!(!fields.agree(&Fields::read(parse(r#"{"a":"x","d":"y"}"#), names), 4));
        let mut out = String::new();
        fields.write(&mut write::Object::new(&mut out), names);
        assert_eq!(out, r#"{"a":"x","d":"é\n"}"#);
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
