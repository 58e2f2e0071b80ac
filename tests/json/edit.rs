//! Writing and splicing.

use taskpane_connector::json::Json;
use taskpane_connector::json::splice::{Edit, apply};
use taskpane_connector::json::write::{Array, Object, push_string};

#[test]
fn splices_touch_nothing_else() {
    let set = |name, value| Edit::Set(name, Json::parse(value, 8).unwrap());
    let stream = set("stream", "true");
    let model = set("model", "\"b\"");
    let add = Edit::Add("stream", Json::TRUE);
    let cases: &[(&str, &[Edit<'_>], &str)] = &[
        ("{}", &[], "{}"),
        ("{ }", &[stream], r#"{"stream":true}"#),
        (r#"{"a":1}"#, &[stream], r#"{"a":1,"stream":true}"#),
        ("{\n  \"a\": 1.0\n}", &[stream], "{\n  \"a\": 1.0,\"stream\":true\n}"),
        (r#"{"stream" : false, "a":1}"#, &[stream], r#"{"stream" : true, "a":1}"#),
        (r#"{"stream":false,"a":1,"stream":0}"#, &[stream], r#"{"stream":true,"a":1}"#),
        (r#"{"\u0073tream":false}"#, &[stream], r#"{"\u0073tream":true}"#),
        (r#"{"a":1}"#, &[Edit::Remove("a")], "{}"),
        (r#"{ "a":1, "b":2, "c":3 }"#, &[Edit::Remove("a")], r#"{ "b":2, "c":3 }"#),
        (r#"{ "a":1, "b":2, "c":3 }"#, &[Edit::Remove("b")], r#"{ "a":1, "c":3 }"#),
        (r#"{ "a":1, "b":2, "c":3 }"#, &[Edit::Remove("c")], r#"{ "a":1, "b":2}"#),
        (r#"{"a":1,"b":2,"a":3}"#, &[Edit::Remove("a")], r#"{"b":2}"#),
        (
            r#"{"model":"a","x":{"model":[1e0,"é\u00e9"]},"stream":true}"#,
            &[Edit::Remove("stream"), model],
            r#"{"model":"b","x":{"model":[1e0,"é\u00e9"]}}"#,
        ),
        (r#"{"model":1}"#, &[Edit::Remove("model"), stream], r#"{"stream":true}"#),
        (r#"{"a":1}"#, &[add], r#"{"a":1,"stream":true}"#),
        (r#"{"stream" : 0, "a":1}"#, &[add], r#"{"stream" : 0, "a":1}"#),
        (r#"{"stream":0,"a":1,"stream":2}"#, &[add], r#"{"stream":0,"a":1,"stream":2}"#),
        (r#"{"\u0073tream":0}"#, &[add], r#"{"\u0073tream":0}"#),
    ];
    for (text, edits, expected) in cases {
        let edited = apply(Json::parse(text, 8).unwrap(), edits).unwrap();
        assert_eq!(edited, *expected, "{text}");
        assert!(Json::parse(&edited, 8).is_ok(), "{edited}");
    }
    assert_eq!(apply(Json::parse("[1]", 8).unwrap(), &[]), None);
}

#[test]
fn writers_compose() {
    let mut out = String::new();
    {
        let mut object = Object::new(&mut out);
        object.string("a\n", "\u{0}\u{1f}\"\\/\u{8}\u{c}\r\té\u{2028}😀");
        object.number("n", u64::MAX);
        object.number("zero", 0);
        object.number("ten", 10);
        object.bool("b", false);
        object.null("nothing");
        object.json("j", Json::parse(" [1.0] ", 2).unwrap());
        object.object("o");
        let mut array = object.array("l");
        array.array().string("x");
        array.object().bool("y", true);
        array.number(7);
        array.json(Json::NULL);
    }
    let expected = concat!(
        r#"{"a\n":"\u0000\u001f\"\\/\b\f\r\té"#,
        "\u{2028}",
        r#"😀","n":18446744073709551615,"zero":0,"ten":10,"b":false,"nothing":null,"#,
        r#""j":[1.0],"o":{},"l":[["x"],{"y":true},7,null]}"#
    );
    assert_eq!(out, expected);
    assert!(Json::parse(&out, 8).is_ok());
}

#[test]
fn an_empty_array_closes() {
    let mut out = String::new();
    Array::new(&mut out);
    assert_eq!(out, "[]");
    push_string(&mut out, "");
    assert_eq!(out, "[]\"\"");
}
