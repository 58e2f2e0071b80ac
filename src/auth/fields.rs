//! Members of objects that hosts and pages send, read with patience.

use zeroize::Zeroizing;

use crate::json::{DEFAULT_MAX_DEPTH, Json, write};

/// The most texts of one object.
const MOST: usize = 10;

/// Texts of an object by their places, one behind the other in one piece of
/// memory, which is wiped. A place without a text has the empty one: hosts
/// write `""` and `null` for nothing.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Fields {
    texts: Zeroizing<String>,
    ends: [usize; MOST],
    places: usize,
}

impl Fields {
    /// The members of these names, in their order.
    pub(super) fn read(object: Json<'_>, names: &[&str]) -> Self {
        let mut fields = Self::default();
        for name in names {
            fields.push(&text(object, name));
        }
        fields
    }

    /// A text for the next place.
    pub(super) fn push(&mut self, text: &str) {
        if self.texts.capacity() - self.texts.len() < text.len() {
            // Not by growing, which would leave a copy behind.
            let mut texts = String::with_capacity(2 * self.texts.len() + text.len());
            texts.push_str(&self.texts);
            self.texts = Zeroizing::new(texts);
        }
        self.texts.push_str(text);
        if let Some(end) = self.ends.get_mut(self.places) {
            *end = self.texts.len();
            self.places += 1;
        }
    }

    /// The text at a place.
    pub(super) fn at(&self, place: usize) -> &str {
        let end = |place: usize| self.ends.get(place).copied().unwrap_or_default();
        let start = place.checked_sub(1).map_or(0, end);
        self.texts.get(start..end(place)).unwrap_or_default()
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

/// They may be secret.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fields(••••)")
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

/// An object; `null` where there is none.
pub(super) fn object<'a>(object: Json<'a>, name: &str) -> Json<'a> {
    let value = object.get(name).unwrap_or(Json::NULL);
    if value.raw().starts_with('{') { value } else { Json::NULL }
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
        let mut out = String::new();
        fields.write(&mut write::Object::new(&mut out), &names, 2);
        assert_eq!(out, r#"{"a":"x","b":"","d":"é\n"}"#);
        assert!(!format!("{fields:?}").contains('x'));
    }

    #[test]
    fn has_a_last_place() {
        let mut fields = Fields::default();
        for text in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "more"] {
            fields.push(text);
        }
        assert_eq!([fields.at(8), fields.at(9), fields.at(10)], ["8", "9", ""]);
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
