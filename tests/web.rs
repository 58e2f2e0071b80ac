//! The module's own classes, as compiled for browsers and called in them.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

/// Built along for its own tests: the vector instructions are in WebAssembly alone.
#[allow(dead_code, unreachable_pub, reason = "most of it is only used by the decoders")]
#[path = "../src/block.rs"]
mod block;

use js_sys::{JSON, Reflect};
use taskpane_connector::web::connector::{ConnectorHandle, is_secret_parameter};
use taskpane_connector::web::records::{
    associated_data, join_sealed, record_names, record_prefix, split_sealed,
};
use taskpane_connector::web::signing::sign_aws_request;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const PARAMETERS: &str =
    r#"["gateway_url","https://gw.example.com/v1","gateway_token","admin-token-0123456789"]"#;
const LIST: &str = r#"{"data":[{"id":"claude-a"}]}"#;
const PARAMS: &str = r#"{"model":"claude-a","max_tokens":5,"messages":[],"kept":1.50}"#;

fn open(parameters: &str, records: &str, vouched: bool) -> ConnectorHandle {
    ConnectorHandle::open(parameters, records, vouched, "https://pane.example".to_owned(), 2)
}

/// A member of JSON text, by JavaScript's own parser.
fn member(json: &str, path: &[&str]) -> JsValue {
    path.iter().fold(JSON::parse(json).expect("valid JSON"), |value, name| {
        Reflect::get(&value, &(*name).into()).expect("an object")
    })
}

fn text(json: &str, path: &[&str]) -> String {
    member(json, path).as_string().unwrap_or_else(|| panic!("no text at {path:?} of {json}"))
}

/// What a call threw: a failure as JSON.
fn thrown<T>(result: Result<T, JsValue>) -> String {
    result.err().expect("a failure").as_string().expect("JSON text")
}

fn connected() -> ConnectorHandle {
    let mut handle = open(PARAMETERS, "{}", true);
    let mut discovery = handle.plan(None, false, None).unwrap().expect("an attempt");
    handle.begin(&mut discovery);
    assert_eq!(handle.state(), "connecting");
    discovery.poll().unwrap().expect("the list");
    discovery.answered(200, "[]", LIST.to_owned(), 0.0).unwrap();
    assert_eq!(discovery.poll().unwrap(), None);
    handle.succeed(&mut discovery).unwrap();
    handle
}

#[wasm_bindgen_test]
fn connects_and_tells_what_to_keep() {
    let mut handle = connected();
    assert_eq!(handle.state(), "ready");
    assert_eq!(text(&handle.models(), &["0", "id"]), "claude-a");
    let changes = handle.take_changes().expect("something to keep");
    assert_eq!(
        text(&text(&changes, &["secrets"]), &["manifest", "gateway_token"]),
        "admin-token-0123456789"
    );
    assert_eq!(handle.take_changes(), None);
    // What was kept opens the next pane, without the token in its address.
    let next = open(r#"["gateway_url","https://gw.example.com"]"#, &changes, true);
    assert!(next.plan(None, false, None).unwrap().is_some());
}

#[wasm_bindgen_test]
fn a_request_is_exposed_to_the_driver_and_masked_for_the_page() {
    let handle = connected();
    let call = handle.message_call(PARAMS, true, "[]").unwrap();
    let request = call.request();
    assert_eq!(text(&request, &["url"]), "https://gw.example.com/v1/messages");
    assert_eq!(text(&request, &["headers", "x-api-key"]), "admin-token-0123456789");
    assert_eq!(
        text(&request, &["body"]),
        r#"{"model":"claude-a","max_tokens":5,"messages":[],"kept":1.50,"stream":true}"#
    );
    assert!(!call.describe().contains("admin-token"));
}

#[wasm_bindgen_test]
fn answers_are_judged_by_what_they_are() {
    let handle = connected();
    let mut call = handle.message_call(PARAMS, true, "[]").unwrap();
    assert!(call.streams(200, r#"["Content-Type","text/event-stream; charset=utf-8"]"#));
    assert!(!call.streams(200, r#"["content-type","application/json"]"#));
    assert!(!call.streams(529, r#"["content-type","text/event-stream"]"#));
    let whole = call.answered(200, "[]", r#"{"type":"message","content":[]}"#.to_owned(), 0.0);
    assert_eq!(whole.unwrap(), "message");
    let failure = thrown(call.answered(529, r#"["Retry-After","3"]"#, String::new(), 0.0));
    assert_eq!(text(&failure, &["code"]), "overloaded");
    assert_eq!(member(&failure, &["retryAfterMs"]).as_f64(), Some(3_000.0));
    assert_eq!(call.retry_wait(true, Some(3_000.0), 0.5), Some(3_000.0));
    assert!(call.retry_wait(true, None, 0.5).is_some());
    assert_eq!(call.retry_wait(true, None, 0.5), None);
    assert_eq!(call.redact("key admin-token-0123456789 is gone"), "key •••• is gone");
}

#[wasm_bindgen_test]
fn failures_are_thrown_as_json_without_secrets() {
    let handle = open("[]", "{}", false);
    let failure = thrown(handle.message_call(PARAMS, true, "[]"));
    assert_eq!(text(&failure, &["code"]), "interaction-required");
    assert_eq!(text(&failure, &["hint", "id"]), "connect-first");
    let typed =
        r#"{"gateway_url":"http://gw.example.com","gateway_token":"typed-token-0123456789"}"#;
    let failure = thrown(handle.plan(Some(typed.to_owned()), true, None));
    assert_eq!(text(&failure, &["code"]), "invalid-argument");
    assert!(!failure.contains("typed-token"));
    let unreachable =
        connected().message_call(PARAMS, true, "[]").unwrap().unanswered("network", 0);
    assert!(text(&unreachable, &["hint", "text"]).contains("https://pane.example"));
}

#[wasm_bindgen_test]
fn a_forged_link_only_asks() {
    let handle = open(PARAMETERS, "{}", false);
    assert!(handle.plan(None, false, None).unwrap().is_none());
    let question = handle.confirmation().expect("a question");
    assert_eq!(text(&question, &["hint", "params", "host"]), "gw.example.com");
    let agreed = Some("https://gw.example.com".to_owned());
    assert!(handle.plan(None, true, agreed).unwrap().is_some());
}

#[wasm_bindgen_test]
fn nonsense_from_the_driver_does_no_harm() {
    for nonsense in ["", "null", "{}", "[1,null,{}]", "[\"one\"]", "\u{0}"] {
        let mut handle = open(nonsense, nonsense, true);
        assert_eq!(handle.state(), "needs-settings");
        handle.reload(nonsense);
        let connected = connected();
        let call = connected.message_call(PARAMS, false, nonsense).map_err(|_| ());
        if let Ok(call) = call {
            assert!(!call.streams(200, nonsense));
            assert!(call.answered(0, nonsense, nonsense.to_owned(), f64::NAN).is_err());
            assert!(!call.unanswered(nonsense, 0).is_empty());
        }
    }
}

#[wasm_bindgen_test]
fn names_of_records_and_secret_parameters() {
    assert_eq!(record_prefix("a/b"), "taskpane-connector/2/a%2Fb/");
    let names = record_names("a/b");
    assert_eq!(member(&names, &["secrets"]), "taskpane-connector/2/a%2Fb/secrets");
    assert_eq!(member(&names, &["former-secrets"]), "taskpane-connector/1/a%2Fb/secrets");
    assert!(is_secret_parameter("gateway_token") && !is_secret_parameter("gateway_url"));
}

#[wasm_bindgen_test]
fn vectors_say_what_plain_arithmetic_says() {
    block::tests::both_ways_say_the_same();
}

#[wasm_bindgen_test]
fn a_request_to_aws_is_signed() {
    // AWS's signing test suite, get-vanilla.
    let arguments = r#"["get","https://example.amazonaws.com/","us-east-1","service","AKIDEXAMPLE","wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"]"#;
    let headers = sign_aws_request(arguments, "[]", b"", 1_440_938_160_999.0).unwrap();
    assert_eq!(text(&headers, &["x-amz-date"]), "20150830T123600Z");
    assert_eq!(
        text(&headers, &["authorization"]),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
    for nonsense in ["", "[]", "[1,2]", "{}"] {
        let failure = thrown(sign_aws_request(nonsense, nonsense, b"", f64::NAN));
        assert_eq!(text(&failure, &["code"]), "invalid-argument");
    }
}

#[wasm_bindgen_test]
fn sealed_records_come_apart_as_they_were_joined() {
    let associated = associated_data("a", r#"{"v":1,"audience":"https://gw.example.com"}"#);
    let text = join_sealed(&associated.clone().expect("a record"), "AAAA");
    let parts = split_sealed("a", &text).expect("a sealed record");
    assert_eq!(member(&parts, &["0"]).as_string(), associated);
    assert_eq!(member(&parts, &["1"]), "AAAA");
    assert_eq!((split_sealed("b", &text), associated_data("a", "1")), (None, None));
}
