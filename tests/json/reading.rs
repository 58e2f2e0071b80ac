//! Reading parts of a value.

use taskpane_connector::json::{Json, Kind};

fn json(text: &str) -> Json<'_> {
    Json::parse(text, 16).unwrap()
}

#[test]
fn kinds() {
    let cases = [
        ("null", Kind::Null),
        ("true", Kind::Bool),
        (" false\n", Kind::Bool),
        ("-1e3", Kind::Number),
        ("\"\"", Kind::String),
        ("[]", Kind::Array),
        ("{}", Kind::Object),
    ];
    for (text, kind) in cases {
        assert_eq!(json(text).kind(), kind, "{text}");
        assert_eq!(json(text).raw(), text.trim());
    }
}

#[test]
fn strings_decode_as_in_javascript() {
    let cases = [
        (r#""""#, "", true),
        (r#""plain""#, "plain", true),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t", true),
        (r#""\u0041\u00e9\u20AC""#, "Aé€", true),
        (r#""\ud83d\ude00""#, "😀", true),
        (r#""\uD83D\uDE00!""#, "😀!", true),
        (r#""\u0000""#, "\0", true),
        (r#""\ud83d""#, "\u{fffd}", false),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}", false),
        (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}", false),
        (r#""\ud83d\u0041""#, "\u{fffd}A", false),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀", false),
        (r#""\ud83d\n""#, "\u{fffd}\n", false),
        ("\"\u{7f}\u{2028}\u{85}\"", "\u{7f}\u{2028}\u{85}", true),
        (r#""\ufffd""#, "\u{fffd}", true),
    ];
    for (text, expected, lossless) in cases {
        let decoded = json(text).decode().unwrap();
        assert_eq!((decoded.text.as_ref(), decoded.lossless), (expected, lossless), "{text}");
    }
    assert_eq!(json("1").as_str(), None);
}

#[test]
fn whole_numbers_however_they_are_written() {
    let cases = [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("17", Some(17)),
        ("1.79E9", Some(1_790_000_000)),
        ("179e-1", None),
        ("1790e-1", Some(179)),
        ("1.70e1", Some(17)),
        ("1.0", Some(1)),
        ("1.5", None),
        ("-1", None),
        ("0e999999999999999999999999", Some(0)),
        ("0.000e-99999999999999999999", Some(0)),
        ("1e999999999999999999999999", None),
        ("1e-99999999999999999999999", None),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("1e19", Some(10_000_000_000_000_000_000)),
        ("1e20", None),
        ("0.001e3", Some(1)),
        ("\"1\"", None),
    ];
    for (text, expected) in cases {
        assert_eq!(json(text).as_u64(), expected, "{text}");
    }
    assert_eq!(json("1.5e-3").as_f64(), Some(0.0015));
    assert_eq!(json("1e400").as_f64(), Some(f64::INFINITY));
    assert_eq!(json("true").as_f64(), None);
}

#[test]
fn members_keep_their_order_and_the_last_of_a_name_wins() {
    let object = json(r#" { "a" : 1 , "b":[1,{"a":2}], "\u0061":{"x":"}"} ,"c":null} "#);
    let members: Vec<(String, &str)> =
        object.members().map(|(name, value)| (name.into_owned(), value.raw())).collect();
    let expected = [("a", "1"), ("b", r#"[1,{"a":2}]"#), ("a", r#"{"x":"}"}"#), ("c", "null")];
    assert_eq!(members, expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(object.get("a").unwrap().raw(), r#"{"x":"}"}"#);
    assert!(object.get("c").unwrap().is_null());
    assert!(object.get("d").is_none());
    assert_eq!(json("{}").members().count(), 0);
    assert_eq!(json("{ \n}").members().count(), 0);
    assert_eq!(json("[1]").members().count(), 0);
}

#[test]
fn a_name_with_half_a_surrogate_pair_is_no_replacement_character() {
    let object = json(r#"{"\ud800":1}"#);
    assert!(object.get("\u{fffd}").is_none());
    assert_eq!(object.members().count(), 1);
}

#[test]
fn elements_in_order() {
    let array = json(r#"[ 1, "a]", [], {"b":[2]} , true ]"#);
    let elements: Vec<&str> = array.elements().map(|element| element.raw()).collect();
    assert_eq!(elements, ["1", "\"a]\"", "[]", r#"{"b":[2]}"#, "true"]);
    assert_eq!(json("[]").elements().count(), 0);
    assert_eq!(json("[\t]").elements().count(), 0);
    assert_eq!(json("{\"a\":1}").elements().count(), 0);
}
