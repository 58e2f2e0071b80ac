//! Values that are lists: JSON arrays, or names with commas between.

use crate::json::{self, Json, write};

/// How many entries' faults are told.
const MOST_FAULTS: usize = 8;

/// The value as a JSON array; empty where it is none. A text that doesn't
/// begin like one is names with commas between.
#[must_use]
pub(super) fn normalise(value: &str) -> String {
    let value = value.trim();
    if value.starts_with(['[', '{']) {
        let array = value.starts_with('[') && Json::parse(value, json::DEFAULT_MAX_DEPTH).is_ok();
        return if array { value } else { "[]" }.to_owned();
    }
    let mut out = String::new();
    let mut array = write::Array::new(&mut out);
    for name in value.split(',') {
        let name = name.trim();
        if !name.is_empty() {
            array.string(name);
        }
    }
    drop(array);
    out
}

/// The entries of a [normalised](normalise) value.
#[must_use]
pub(super) fn entries(array: &str) -> json::Elements<'_> {
    Json::written(array).elements()
}

/// Finds the entries that are not what they have to be, by their number from 1.
pub(super) fn check(
    value: &str,
    fault: fn(Json<'_>) -> Option<&'static str>,
    faults: &mut Vec<(u64, &'static str)>,
) {
    let mut number = 0;
    for entry in entries(&normalise(value)) {
        number += 1;
        if let Some(fault) = fault(entry) {
            faults.push((number, fault));
            if faults.len() == MOST_FAULTS {
                return;
            }
        }
    }
}

/// Whether a value is a string of at least one character, blanks apart.
#[must_use]
pub(super) fn is_text(value: Option<Json<'_>>) -> bool {
    value.and_then(|value| value.as_str()).is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_list() {
        for (value, array) in [
            ("a,b", r#"["a","b"]"#),
            (" a , ,b\" ", r#"["a","b\""]"#),
            ("", "[]"),
            (r#" ["a", {"id":"b"}] "#, r#"["a", {"id":"b"}]"#),
            (r#"["a""#, "[]"),
            (r#"{"a":1}"#, "[]"),
        ] {
            assert_eq!(normalise(value), array, "{value}");
        }
    }

    #[test]
    fn faults_have_numbers_and_a_limit() {
        let mut faults = Vec::new();
        check("a,b,c", |entry| (entry.raw() == "\"b\"").then_some("b"), &mut faults);
        assert_eq!(faults, [(2, "b")]);
        faults.clear();
        check(&"a,".repeat(1_000), |_| Some("all"), &mut faults);
        assert_eq!(faults.len(), MOST_FAULTS);
    }
}
