//! Random texts and values, against `serde_json`.

use proptest::prelude::*;
use serde_json::Value;
use taskpane_connector::json::splice::{Edit, apply};
use taskpane_connector::json::write::push_string;
use taskpane_connector::json::{Json, partial};

use super::tree::{grew, read};

/// Whether `serde_json` takes the text for JSON. Unlike JavaScript it refuses
/// half surrogate pairs and numbers past the range of a double, so those
/// aren't generated; raw values aren't interpreted, which leaves the grammar.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// Texts that are JSON or nearly so.
fn near_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\""),
        Just("\\"),
        Just("\"a\""),
        Just("\"\""),
        Just("\\n"),
        Just("\\u0041"),
        Just("\\u12"),
        Just("true"),
        Just("false"),
        Just("null"),
        Just("nul"),
        Just("0"),
        Just("-"),
        Just("1"),
        Just("."),
        Just("e"),
        Just("+"),
        Just(" "),
        Just("\n"),
        Just("\t"),
        Just("\r"),
        Just("\u{c}"),
        Just("é"),
        Just("\u{0}"),
        Just("{\"a\":"),
        Just("[1,"),
        Just("12.5e3"),
        Just("\u{feff}"),
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(|number: f64| Value::from(number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value with other whitespace and escapes.
fn restyle(value: &Value, style: u32, out: &mut String) {
    let gap = ["", " ", "\n\t", "\r\n  "][(style % 4) as usize];
    let style = style.rotate_right(3);
    match value {
        Value::String(text) => {
            if style.is_multiple_of(3) {
                out.push('"');
                for unit in text.encode_utf16() {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
                out.push('"');
            } else {
                push_string(out, text);
            }
        }
        Value::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(gap);
                restyle(element, style, out);
                out.push_str(gap);
            }
            out.push_str(gap);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (i, (name, member)) in members.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                out.push_str(gap);
                restyle(&Value::from(name.as_str()), style, out);
                out.push_str(gap);
                out.push(':');
                out.push_str(gap);
                restyle(member, style, out);
            }
            out.push_str(gap);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn accepts_what_serde_json_accepts(text in near_json()) {
        prop_assert_eq!(Json::parse(&text, 128).is_ok(), is_json(&text), "{:?}", text);
    }

    #[test]
    fn accepts_damaged_values_as_serde_json_does(
        value in any_value(), at in any::<prop::sample::Index>(), byte in 0_u8..128,
    ) {
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert_eq!(Json::parse(&text, 128).is_ok(), is_json(&text), "{:?}", text);
        }
    }

    #[test]
    fn reads_what_serde_json_reads(value in any_value(), style in any::<u32>()) {
        let mut text = String::new();
        restyle(&value, style, &mut text);
        let json = Json::parse(&text, 128).unwrap();
        prop_assert_eq!(read(json), value);
    }

    #[test]
    fn numbers_agree(text in "-?(0|[1-9][0-9]{0,7})(\\.[0-9]{1,5})?([eE][+-]?[0-9])?") {
        let json = Json::parse(&text, 1).unwrap();
        let theirs: f64 = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json.as_f64(), Some(theirs));
        // Few enough digits for a double to tell whether the number is whole.
        let whole = theirs >= 0.0 && theirs.fract() == 0.0;
        prop_assert_eq!(json.as_u64().map(|ours| ours as f64), whole.then_some(theirs));
    }

    #[test]
    fn written_strings_read_back(text in any::<String>()) {
        let mut written = String::new();
        push_string(&mut written, &text);
        prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
        prop_assert_eq!(Json::parse(&written, 1).unwrap().as_str().unwrap(), text);
    }

    #[test]
    fn splicing_changes_the_named_members_only(
        members in prop::collection::vec(("[a-d]", any_value()), 0..6), style in any::<u32>(),
    ) {
        let object = Value::Object(members.into_iter().collect());
        let mut text = String::new();
        restyle(&object, style, &mut text);
        let edited = apply(
            Json::parse(&text, 128).unwrap(),
            &[Edit::Remove("a"), Edit::Set("b", Json::TRUE), Edit::Set("e", Json::NULL)],
        ).unwrap();
        let mut expected = object.as_object().unwrap().clone();
        expected.remove("a");
        expected.insert("b".into(), Value::Bool(true));
        expected.insert("e".into(), Value::Null);
        prop_assert_eq!(read(Json::parse(&edited, 128).unwrap()), Value::Object(expected));
    }

    #[test]
    fn a_partial_view_only_ever_grows(value in any_value(), style in any::<u32>()) {
        let mut text = String::new();
        restyle(&value, style, &mut text);
        let mut before: Option<Value> = None;
        for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let Some(view) = partial::view(&text[..at]).unwrap() else {
                prop_assert!(before.is_none());
                continue;
            };
            let view: Value = serde_json::from_str(&view).unwrap();
            if let Some(before) = &before {
                prop_assert!(grew(before, &view), "{} then {}", before, view);
            }
            before = Some(view);
        }
        if value.is_object() || value.is_array() {
            prop_assert_eq!(before, Some(value));
        }
    }
}
