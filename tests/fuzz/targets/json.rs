//! JSON texts: accepted, refused and read as serde_json does.

use serde_json::Value;
use serde_json::value::RawValue;
use taskpane_connector::json::splice::{Edit, apply};
use taskpane_connector::json::write::push_string;
use taskpane_connector::json::{DEFAULT_MAX_DEPTH, ErrorKind, Json, Kind, partial};

use super::pieces::Choices;
use super::shape::{depth, repeats_names};
use super::tree::{grew, read};

pub(crate) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let written = write(text);
    let valid = serde_json::from_str::<&RawValue>(text).is_ok();
    match Json::parse(text, usize::MAX) {
        Ok(json) => {
            assert!(valid, "accepted");
            assert_eq!(json.raw(), text.trim_matches([' ', '\t', '\n', '\r']));
            check_depth(text);
            if let Ok(value) = serde_json::from_str::<Value>(text) {
                assert_eq!(read(json), value);
                check_number(json, &value);
                check_splice(json, value);
            }
        }
        Err(error) => {
            assert!(!valid, "refused: {error}");
            assert!(error.offset <= text.len());
        }
    }
    check_partial(text, valid);
    assert_eq!(Json::parse(&written, 1).unwrap().as_str().unwrap(), text);
}

/// The text as a JSON string, which serde_json reads back.
fn write(text: &str) -> String {
    let mut written = String::new();
    push_string(&mut written, text);
    assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    written
}

fn check_depth(text: &str) {
    let depth = depth(text);
    assert!(Json::parse(text, depth).is_ok());
    if depth > 0 {
        assert_eq!(Json::parse(text, depth - 1).unwrap_err().kind, ErrorKind::TooDeep);
    }
}

fn check_number(json: Json<'_>, value: &Value) {
    if json.kind() != Kind::Number {
        assert_eq!((json.as_u64(), json.as_f64()), (None, None));
        return;
    }
    assert_eq!(json.as_f64(), value.as_f64());
    if let Some(whole) = value.as_u64() {
        assert_eq!(json.as_u64(), Some(whole));
    }
    if let Some(whole) = json.as_u64() {
        // Rounded, where the text has more digits than a double.
        assert_eq!(Some(whole as f64), value.as_f64());
    }
}

fn check_splice(json: Json<'_>, value: Value) {
    let edits = [Edit::Remove("a"), Edit::Set("b", Json::TRUE), Edit::Set("type", Json::NULL)];
    let edited = apply(json, &edits);
    let Value::Object(mut expected) = value else {
        assert_eq!(edited, None);
        return;
    };
    expected.remove("a");
    expected.insert("b".into(), Value::Bool(true));
    expected.insert("type".into(), Value::Null);
    let edited = edited.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&edited).unwrap(), Value::Object(expected));
}

/// The view of an unfinished text is JSON, only ever grows, and ends as the
/// text; what can go on to be JSON is never refused.
fn check_partial(text: &str, valid: bool) {
    let mut before: Option<Value> = None;
    let mut refused = false;
    let mut choices = Choices::of(text.as_bytes());
    let step = 1 + text.len() / 64;
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    for at in ends.filter(|&at| at == text.len() || step == 1 || choices.below(step) == 0) {
        let Ok(view) = partial::view(&text[..at]) else {
            assert!(!valid || depth(text) > DEFAULT_MAX_DEPTH, "refused at {at}");
            refused = true;
            continue;
        };
        assert!(!refused, "refused, and no longer at {at}");
        let Some(view) = view else {
            assert_eq!(before, None);
            continue;
        };
        assert!(serde_json::from_str::<&RawValue>(&view).is_ok(), "{view}");
        // A name that comes again has another value then.
        if repeats_names(Json::parse(&view, DEFAULT_MAX_DEPTH).unwrap()) {
            before = None;
            continue;
        }
        let Ok(view) = serde_json::from_str(&view) else { continue };
        if let Some(before) = &before {
            assert!(grew(before, &view), "{before} then {view}");
        }
        before = Some(view);
    }
    if valid && !refused {
        assert_eq!(partial::view(text).unwrap().as_deref(), certain(text));
    }
}

/// The whole text, but for a number: more digits may follow it.
fn certain(text: &str) -> Option<&str> {
    if text.ends_with(|end: char| end.is_ascii_digit()) { None } else { Some(text) }
}
