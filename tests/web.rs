//! The module's own operations, as compiled for browsers and called in them.
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
use taskpane_connector::web::dispatch::{Answer, Objects};
use taskpane_connector::web::operation::Arguments;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const PARAMETERS: &str =
    r#"["gateway_url","https://gw.example.com/v1","gateway_token","admin-token-0123456789"]"#;
const LIST: &str = r#"{"data":[{"id":"claude-a"}]}"#;
const STREAM: &str = "data: {\"type\":\"message_start\"}\n\ndata: {\"type\":\"message_stop\"}\n\n";
const PARAMS: &str = r#"{"model":"claude-a","max_tokens":5,"messages":[],"kept":1.50}"#;

const MODULE: u32 = 0;

/// What the module holds, and the calls that JavaScript makes of it.
struct Core(Objects);

impl Core {
    fn new() -> Self {
        Self(Objects::new())
    }

    fn answer(&mut self, object: u32, list: &str, body: &str) -> Answer {
        let mut arguments = Arguments::new(list, body.into(), 1_000, 0.5);
        self.0.call(object, &mut arguments)
    }

    fn value(&mut self, object: u32, list: &str, body: &str) -> String {
        match self.answer(object, list, body) {
            Answer::Value(json) => json,
            other => panic!("{list}: {other:?}"),
        }
    }

    fn done(&mut self, object: u32, list: &str, body: &str) {
        assert_eq!(self.answer(object, list, body), Answer::Nothing, "{list}");
    }

    /// The failure that a call throws, as JSON.
    fn thrown(&mut self, object: u32, list: &str, body: &str) -> String {
        match self.answer(object, list, body) {
            Answer::Failure(json) => json,
            other => panic!("{list}: {other:?}"),
        }
    }

    /// The number of the object that a call makes.
    fn made(&mut self, object: u32, list: &str, body: &str) -> u32 {
        self.value(object, list, body).parse().unwrap()
    }

    fn open(&mut self, parameters: &str, records: &str, vouched: bool) -> u32 {
        let list =
            format!(r#"["open",{parameters},{records},{vouched},false,"https://pane.example",2]"#);
        self.made(MODULE, &list, "")
    }

    fn connected(&mut self) -> u32 {
        let connector = self.open(PARAMETERS, "{}", true);
        let discovery = self.made(connector, r#"["plan",null,false,null]"#, "");
        self.done(connector, &format!(r#"["begin",{discovery}]"#), "");
        assert_eq!(self.value(connector, r#"["state"]"#, ""), r#""connecting""#);
        self.done(discovery, r#"["toObtain"]"#, "");
        for (route, body) in [("models?limit=1000", LIST), ("messages", STREAM)] {
            let polled = self.value(discovery, r#"["poll"]"#, "");
            let url = text(&polled, &["request", "url"]);
            assert_eq!(url, format!("https://gw.example.com/v1/{route}"));
            let number = member(&polled, &["number"]).as_f64().unwrap();
            self.done(discovery, &format!(r#"["answered",{number},200,[]]"#), body);
        }
        self.done(discovery, r#"["poll"]"#, "");
        self.done(connector, &format!(r#"["succeed",{discovery}]"#), "");
        assert!(self.0.free(discovery).is_some());
        connector
    }
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

#[wasm_bindgen_test]
fn connects_and_tells_what_to_keep() {
    let mut core = Core::new();
    let connector = core.connected();
    assert_eq!(core.value(connector, r#"["state"]"#, ""), r#""ready""#);
    assert_eq!(text(&core.value(connector, r#"["models"]"#, ""), &["0", "id"]), "claude-a");
    let changes = core.value(connector, r#"["takeChanges"]"#, "");
    assert_eq!(
        text(&text(&changes, &["secrets"]), &["manifest", "gateway_token"]),
        "admin-token-0123456789"
    );
    core.done(connector, r#"["takeChanges"]"#, "");
    // What was kept opens the next pane, without the token in its address.
    let next = core.open(r#"["gateway_url","https://gw.example.com"]"#, &changes, true);
    core.made(next, r#"["plan",null,false,null]"#, "");
}

#[wasm_bindgen_test]
fn a_request_is_exposed_to_the_driver_and_masked_for_the_page() {
    let mut core = Core::new();
    let connector = core.connected();
    let call = core.made(connector, r#"["messageCall",true,[]]"#, PARAMS);
    let request = core.value(call, r#"["request"]"#, "");
    assert_eq!(text(&request, &["url"]), "https://gw.example.com/v1/messages");
    assert_eq!(text(&request, &["headers", "x-api-key"]), "admin-token-0123456789");
    assert_eq!(
        text(&request, &["body"]),
        r#"{"model":"claude-a","max_tokens":5,"messages":[],"kept":1.50,"stream":true}"#
    );
    assert!(!core.value(call, r#"["describe"]"#, "").contains("admin-token"));
}

#[wasm_bindgen_test]
fn answers_are_judged_by_what_they_are() {
    let mut core = Core::new();
    let connector = core.connected();
    let call = core.made(connector, r#"["messageCall",true,[]]"#, PARAMS);
    core.value(call, r#"["request"]"#, "");
    for (list, streams) in [
        (r#"["streams",200,["Content-Type","text/event-stream; charset=utf-8"]]"#, "true"),
        (r#"["streams",200,["content-type","application/json"]]"#, "false"),
        (r#"["streams",529,["content-type","text/event-stream"]]"#, "false"),
    ] {
        assert_eq!(core.value(call, list, ""), streams, "{list}");
    }
    let whole = core.value(call, r#"["answered",200,[]]"#, r#"{"type":"message","content":[]}"#);
    assert_eq!(whole, r#""message""#);
    let failure = core.thrown(call, r#"["answered",529,["Retry-After","3"]]"#, "");
    assert_eq!(text(&failure, &["code"]), "overloaded");
    assert_eq!(member(&failure, &["retryAfterMs"]).as_f64(), Some(3_000.0));
    let retry = core.value(call, r#"["retryWait",true,3000]"#, "");
    assert_eq!(retry, r#"{"attempt":1,"delayMs":3000}"#);
    assert!(core.value(call, r#"["retryWait",true,null]"#, "").starts_with(r#"{"attempt":2,"#));
    core.done(call, r#"["retryWait",true,null]"#, "");
    let redacted = core.value(call, r#"["redact"]"#, "key admin-token-0123456789 is gone");
    assert_eq!(redacted, r#""key •••• is gone""#);
}

#[wasm_bindgen_test]
fn failures_are_thrown_as_json_without_secrets() {
    let mut core = Core::new();
    let connector = core.open("[]", "{}", false);
    let failure = core.thrown(connector, r#"["messageCall",true,[]]"#, PARAMS);
    assert_eq!(text(&failure, &["code"]), "interaction-required");
    assert_eq!(text(&failure, &["hint", "id"]), "connect-first");
    let typed = r#"["plan","{\"gateway_url\":\"http://gw.example.com\",\"gateway_token\":\"typed-token-0123456789\"}",true,null]"#;
    let failure = core.thrown(connector, typed, "");
    assert_eq!(text(&failure, &["code"]), "invalid-argument");
    assert!(!failure.contains("typed-token"));
    let connector = core.connected();
    let call = core.made(connector, r#"["messageCall",true,[]]"#, PARAMS);
    let unreachable = core.value(call, r#"["unanswered","network",0]"#, "");
    assert!(text(&unreachable, &["hint", "text"]).contains("https://pane.example"));
}

#[wasm_bindgen_test]
fn a_forged_link_only_asks() {
    let mut core = Core::new();
    let connector = core.open(PARAMETERS, "{}", false);
    core.done(connector, r#"["plan",null,false,null]"#, "");
    let question = core.value(connector, r#"["confirmation"]"#, "");
    assert_eq!(text(&question, &["hint", "params", "host"]), "gw.example.com");
    core.made(connector, r#"["plan",null,true,"https://gw.example.com"]"#, "");
}

#[wasm_bindgen_test]
fn nonsense_from_the_driver_does_no_harm() {
    let operations = [
        "open",
        "isSecretParameter",
        "recordPrefix",
        "recordNames",
        "associatedData",
        "joinSealed",
        "splitSealed",
        "signAwsRequest",
        "state",
        "failure",
        "configuration",
        "models",
        "capabilities",
        "takeChanges",
        "confirmation",
        "signOut",
        "renew",
        "reload",
        "plan",
        "rediscover",
        "messageCall",
        "tokenCountCall",
        "begin",
        "succeed",
        "fail",
        "callOff",
        "renewModels",
        "allowlist",
        "report",
        "diagnose",
        "ask",
        "diagnosis",
        "handled",
        "poll",
        "answered",
        "unanswered",
        "retryWait",
        "describeModels",
        "request",
        "describe",
        "streams",
        "redact",
        "toObtain",
        "takeToken",
        "missToken",
        "takeAnswer",
        "missAnswer",
        "openNestedAppAuth",
        "claimsOfChallenge",
        "initialise",
        "acquire",
        "accounts",
        "invalidate",
        "clear",
        "handleMessage",
        "handleTick",
        "nextStep",
        "noBridge",
        "abandon",
        "openBroker",
        "openDiagnosis",
        "prepare",
        "handleKept",
        "handleRedirect",
        "handleAnswer",
        "handleUnanswered",
        "step",
        "record",
        "identity",
        "nonsense",
        "",
    ];
    for nonsense in ["", "null", "{}", "[1,null,{}]", "[\"one\"]", "\"\\ud800\"", "-1e400,7"] {
        let mut core = Core::new();
        let connector = core.connected();
        let call = core.made(connector, r#"["messageCall",true,[]]"#, PARAMS);
        let discovery = core.made(connector, r#"["rediscover"]"#, "");
        for object in [MODULE, connector, call, discovery, u32::MAX] {
            core.answer(object, nonsense, nonsense);
            for operation in operations {
                for list in [
                    format!(r#"["{operation}"]"#),
                    format!(r#"["{operation}",{nonsense},{nonsense},{nonsense}]"#),
                    format!(r#"["{operation}",{call},{discovery}]"#),
                ] {
                    core.answer(object, &list, nonsense);
                }
            }
        }
        // All of them are still there.
        for (object, list) in [(connector, "state"), (call, "describe"), (discovery, "poll")] {
            let answer = core.answer(object, &format!(r#"["{list}"]"#), "");
            assert_ne!(answer, Answer::Unknown, "{list} after {nonsense}");
        }
    }
}

#[wasm_bindgen_test]
fn what_is_not_there_is_unknown() {
    let mut core = Core::new();
    let connector = core.connected();
    let discovery = core.made(connector, r#"["rediscover"]"#, "");
    assert_eq!(core.answer(connector, r#"["poll"]"#, ""), Answer::Unknown);
    assert_eq!(core.answer(MODULE, r#"["state"]"#, ""), Answer::Unknown);
    assert_eq!(core.answer(connector, &format!(r#"["begin",{connector}]"#), ""), Answer::Unknown);
    assert!(core.0.free(discovery).is_some());
    assert!(core.0.free(discovery).is_none());
    assert_eq!(core.answer(discovery, r#"["poll"]"#, ""), Answer::Unknown);
    assert_eq!(core.answer(connector, &format!(r#"["begin",{discovery}]"#), ""), Answer::Unknown);
    // A number is not given again.
    assert_ne!(core.made(connector, r#"["rediscover"]"#, ""), discovery);
}

#[wasm_bindgen_test]
fn names_of_records_and_secret_parameters() {
    let mut core = Core::new();
    let prefix = core.value(MODULE, r#"["recordPrefix","a/b"]"#, "");
    assert_eq!(prefix, r#""taskpane-connector/2/a%2Fb/""#);
    let names = core.value(MODULE, r#"["recordNames","a/b"]"#, "");
    assert_eq!(member(&names, &["secrets"]), "taskpane-connector/2/a%2Fb/secrets");
    assert_eq!(member(&names, &["former-secrets"]), "taskpane-connector/1/a%2Fb/secrets");
    for (name, secret) in [("gateway_token", "true"), ("gateway_url", "false")] {
        let list = format!(r#"["isSecretParameter","{name}"]"#);
        assert_eq!(core.value(MODULE, &list, ""), secret, "{name}");
    }
}

#[wasm_bindgen_test]
fn vectors_say_what_plain_arithmetic_says() {
    block::tests::both_ways_say_the_same();
}

#[wasm_bindgen_test]
fn a_request_to_aws_is_signed() {
    let mut core = Core::new();
    // AWS's signing test suite, get-vanilla.
    let list = r#"["signAwsRequest","get","https://example.amazonaws.com/","us-east-1","service","AKIDEXAMPLE","wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",null,[],1440938160]"#;
    let headers = core.value(MODULE, list, "");
    assert_eq!(text(&headers, &["x-amz-date"]), "20150830T123600Z");
    assert_eq!(
        text(&headers, &["authorization"]),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
    for nonsense in ["", ",[]", ",[1,2]", ",{}"] {
        let failure = core.thrown(MODULE, &format!(r#"["signAwsRequest"{nonsense}]"#), nonsense);
        assert_eq!(text(&failure, &["code"]), "invalid-argument");
    }
}

#[wasm_bindgen_test]
fn sealed_records_come_apart_as_they_were_joined() {
    let mut core = Core::new();
    let record = r#"{"v":1,"audience":"https://gw.example.com"}"#;
    let associated = core.value(MODULE, r#"["associatedData","a"]"#, record);
    let joined = core.value(MODULE, &format!(r#"["joinSealed",{associated},"AAAA"]"#), "");
    let joined = JSON::parse(&joined).unwrap().as_string().unwrap();
    let parts = core.value(MODULE, r#"["splitSealed","a"]"#, &joined);
    assert_eq!(parts, format!(r#"[{associated},"AAAA"]"#));
    core.done(MODULE, r#"["splitSealed","b"]"#, &joined);
    core.done(MODULE, r#"["associatedData","a"]"#, "1");
}
