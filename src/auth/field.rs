//! Members of objects that hosts and pages send, read with patience.

use crate::json::Json;

/// A text with something in it. Hosts write `""` and `null` for nothing.
pub(super) fn text(object: Json<'_>, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(|text| text.into_owned()).filter(|text| !text.is_empty())
}

/// Whether a member is true the way JavaScript sees it; text that says the
/// opposite is not.
pub(super) fn truth(object: Json<'_>, name: &str) -> bool {
    let Some(value) = object.get(name) else { return false };
    match value.as_str() {
        Some(text) => !matches!(text.trim().to_ascii_lowercase().as_str(), "" | "false" | "0"),
        None => !matches!(value.raw(), "false" | "null" | "0" | "-0" | "0.0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::DEFAULT_MAX_DEPTH;

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
        for (json, holds) in cases {
            assert_eq!(truth(Json::parse(json, DEFAULT_MAX_DEPTH).unwrap(), "a"), holds, "{json}");
        }
    }
}
