//! JSONTestSuite: `y_` must be accepted, `n_` refused, `i_` is left to the
//! parser and is settled here as JavaScript's `JSON.parse` settles it.

use std::path::Path;

use taskpane_connector::json::{DEFAULT_MAX_DEPTH, ErrorKind, Json};

/// What `JSON.parse` does with the cases that the standard leaves open, where
/// the text is UTF-8 at all: all are accepted but these.
const REFUSED_AS_IN_JAVASCRIPT: [&str; 1] = ["i_structure_UTF-8_BOM_empty_object.json"];

#[test]
fn every_case_of_the_suite_is_settled_as_in_javascript() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/json/json-test-suite");
    let mut seen = [0; 3];
    let mut not_utf8 = 0;
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let files = files.map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(&path).unwrap())
    });
    // The suite's two largest are short to say.
    let largest = [
        ("n_structure_100000_opening_arrays.json".to_owned(), b"[".repeat(100_000)),
        ("n_structure_open_array_object.json".to_owned(), b"[{\"\":".repeat(50_000)),
    ];
    for (name, bytes) in files.chain(largest) {
        // The bytes become text before they become JSON, so a text that isn't
        // UTF-8 can't reach the reader.
        let Ok(text) = String::from_utf8(bytes) else {
            not_utf8 += 1;
            continue;
        };
        let accepted = Json::parse(&text, usize::MAX).is_ok();
        let (kind, expected) = match name.as_bytes()[0] {
            b'y' => (0, true),
            b'n' => (1, false),
            b'i' => (2, !REFUSED_AS_IN_JAVASCRIPT.contains(&name.as_str())),
            other => panic!("{name}: unknown kind {other}"),
        };
        assert_eq!(accepted, expected, "{name}");
        seen[kind] += 1;
    }
    assert_eq!(seen[0], 95, "{seen:?}");
    assert_eq!(seen.iter().sum::<usize>() + not_utf8, 318, "the suite isn't complete: {seen:?}");
}

#[test]
fn nesting_is_refused_one_level_past_the_limit() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(Json::parse(&nested(DEFAULT_MAX_DEPTH), DEFAULT_MAX_DEPTH).is_ok());
        let error = Json::parse(&nested(DEFAULT_MAX_DEPTH + 1), DEFAULT_MAX_DEPTH).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooDeep);
        assert_eq!(error.offset, DEFAULT_MAX_DEPTH * open.len());
    }
}

#[test]
fn depth_costs_no_stack() {
    let deep = 200_000;
    let text = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    assert!(Json::parse(&text, usize::MAX).is_ok());
    assert_eq!(
        Json::parse(&"[".repeat(deep), usize::MAX).unwrap_err().kind,
        ErrorKind::UnexpectedEnd
    );
    assert_eq!(Json::parse(&"[{\"\":".repeat(deep), 500).unwrap_err().kind, ErrorKind::TooDeep);
}

#[test]
fn errors_name_the_byte() {
    let cases = [
        ("", ErrorKind::UnexpectedEnd, 0),
        (" ", ErrorKind::UnexpectedEnd, 1),
        ("[1, 2", ErrorKind::UnexpectedEnd, 5),
        ("[1 2]", ErrorKind::UnexpectedByte, 3),
        ("[1,]", ErrorKind::UnexpectedByte, 3),
        ("{\"a\" 1}", ErrorKind::UnexpectedByte, 5),
        ("{a:1}", ErrorKind::UnexpectedByte, 1),
        ("1 2", ErrorKind::TrailingText, 2),
        ("\"a\nb\"", ErrorKind::ControlCharacter, 2),
        ("\"\\x\"", ErrorKind::InvalidEscape, 2),
        ("\"\\u12g4\"", ErrorKind::InvalidEscape, 5),
        ("\"\\u12", ErrorKind::UnexpectedEnd, 5),
        ("01", ErrorKind::InvalidNumber, 1),
        ("1.x", ErrorKind::InvalidNumber, 2),
        ("1e", ErrorKind::UnexpectedEnd, 2),
        ("-", ErrorKind::UnexpectedEnd, 1),
        ("nul", ErrorKind::UnexpectedEnd, 3),
        ("nuls", ErrorKind::UnexpectedByte, 3),
        ("\u{feff}{}", ErrorKind::UnexpectedByte, 0),
        ("\u{a0}1", ErrorKind::UnexpectedByte, 0),
        ("NaN", ErrorKind::UnexpectedByte, 0),
        ("// no\n1", ErrorKind::UnexpectedByte, 0),
    ];
    for (text, kind, offset) in cases {
        let error = Json::parse(text, 8).unwrap_err();
        assert_eq!((error.kind, error.offset), (kind, offset), "{text:?}");
    }
}
