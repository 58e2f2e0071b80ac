//! The view of an unfinished text.

use serde_json::Value;
use taskpane_connector::json::partial::view;

#[test]
fn only_what_is_certain_is_shown() {
    let table: Value = serde_json::from_str(include_str!("../fixtures/json/partial.json")).unwrap();
    for case in table["cases"].as_array().unwrap() {
        let text = case[0].as_str().unwrap();
        match (&case[1], view(text)) {
            (Value::Bool(false), Err(_)) => {}
            (Value::Null, Ok(None)) => {}
            (Value::String(expected), Ok(Some(shown))) => {
                let expected: Value = serde_json::from_str(expected).unwrap();
                let shown: Value = serde_json::from_str(&shown).expect(&shown);
                assert_eq!(shown, expected, "{text}");
            }
            (expected, shown) => panic!("{text:?}: {shown:?} instead of {expected}"),
        }
    }
}

#[test]
fn the_view_of_a_whole_text_is_the_text() {
    let text = r#" {"a": [1, 2.50, "x", {"b": null}]} "#;
    assert_eq!(view(text).unwrap().as_deref(), Some(text));
}
