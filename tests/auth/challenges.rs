//! Claims that a resource demands.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::Code;

use super::pane::{ADA, Pane, granted};

const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1795226300"}}}"#;

fn plain() -> Value {
    json!({ "scopes": ["User.Read"] })
}

fn challenged() -> Value {
    json!({ "scopes": ["User.Read"], "claims": CLAIMS })
}

#[test]
fn the_result_replaces_the_refused_token() {
    let mut pane = Pane::new();
    pane.get(
        json!({ "scopes": ["User.Read", "Mail.Read"] }),
        granted(ADA, "refused", "User.Read Mail.Read"),
    );
    pane.get(challenged(), granted(ADA, "new", "User.Read"));
    assert_eq!(pane.hit(plain())["accessToken"], "new");
    // What it overlaps with was revoked as well.
    let before = pane.sent.len();
    pane.ask(Mode::Silent, json!({ "scopes": ["Mail.Read"] }));
    assert_eq!(pane.sent.len(), before + 1);
}

#[test]
fn capabilities_and_claims_go_together() {
    let mut pane = Pane::with(json!({ "capabilities": r#"["CP1"]"# }));
    pane.ask(Mode::Silent, challenged());
    let sent: Value =
        serde_json::from_str(pane.sent[0]["tokenParams"]["claims"].as_str().unwrap()).unwrap();
    assert_eq!(
        sent["access_token"],
        json!({ "nbf": { "essential": true, "value": "1795226300" }, "xms_cc": { "values": ["CP1"] } })
    );
}

#[test]
fn first_without_the_user_then_with_then_not_at_all() {
    let mut pane = Pane::new();
    let method = |pane: &Pane| pane.sent.last().unwrap()["method"].as_str().unwrap().to_owned();
    pane.get(plain(), granted(ADA, "one", "User.Read"));

    let caller = pane.ask(Mode::Either, challenged());
    assert_eq!(method(&pane), "GetToken");
    pane.answer(1, granted(ADA, "two", "User.Read"));
    assert_eq!(pane.outcome(caller).unwrap()["accessToken"], "two");

    // Requests that were under way with the first token are challenged too.
    pane.now_ms += 9_000;
    let echo = pane.ask(Mode::Either, challenged());
    let answer = pane.outcome(echo).unwrap();
    assert_eq!(
        (answer["accessToken"].as_str(), answer["fromCache"].as_bool()),
        (Some("two"), Some(true))
    );

    pane.now_ms += 2_000;
    let caller = pane.ask(Mode::Either, challenged());
    assert_eq!((method(&pane).as_str(), pane.sent.len()), ("GetTokenPopup", 3));
    pane.answer(2, granted(ADA, "three", "User.Read"));
    assert_eq!(pane.outcome(caller).unwrap()["accessToken"], "three");

    pane.now_ms += 11_000;
    let caller = pane.ask(Mode::Either, challenged());
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::AccessBlocked);
    assert_eq!(pane.sent.len(), 3);

    // Another challenge is news, and so is the same one later.
    pane.ask(Mode::Either, json!({ "scopes": ["User.Read"], "claims": "{}" }));
    assert_eq!((method(&pane).as_str(), pane.sent.len()), ("GetToken", 4));
    pane.now_ms += 300_000;
    pane.ask(Mode::Either, challenged());
    assert_eq!((method(&pane).as_str(), pane.sent.len()), ("GetToken", 5));
}

#[test]
fn an_echo_with_a_token_that_was_refused_since_asks_again() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Either, challenged());
    pane.answer(0, granted(ADA, "two", "User.Read"));
    pane.outcome(caller).unwrap();
    pane.client.invalidate("two");
    pane.ask(Mode::Either, challenged());
    assert_eq!(pane.sent.len(), 2);
}

#[test]
fn who_asks_silently_is_answered_by_the_host_each_time() {
    let mut pane = Pane::new();
    for number in 0..3 {
        pane.get(challenged(), granted(ADA, &format!("{number}"), "User.Read"));
        pane.now_ms += 1;
    }
    assert_eq!(pane.sent.len(), 3);
}
