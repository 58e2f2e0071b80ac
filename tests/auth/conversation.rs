//! Who shares a message with whom, who is told what, and what comes too late.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::Code;

use super::pane::{ADA, Pane, account, granted, report};

fn request() -> Value {
    json!({ "scopes": ["User.Read"] })
}

fn greeting() -> Value {
    json!({ "success": true, "initContext": {} })
}

#[test]
fn the_host_is_greeted_once() {
    let mut pane = Pane::new();
    let opened = [pane.client.initialise(), pane.client.initialise()];
    assert_eq!(pane.post(), 1);
    assert_eq!(pane.sent[0]["method"], "GetInitContext");
    assert_eq!(pane.sent[0].get("tokenParams"), None);
    pane.answer(0, greeting());
    assert_eq!(pane.outcomes().into_keys().collect::<Vec<_>>(), opened);
    let again = pane.client.initialise();
    assert_eq!(pane.post(), 0);
    assert_eq!(pane.outcome(again), Ok(json!({})));
}

#[test]
fn a_host_that_does_not_say_what_it_is_has_no_bridge() {
    for members in [json!({ "success": true }), json!({ "success": true, "initContext": null })] {
        let mut pane = Pane::new();
        let opened = pane.client.initialise();
        pane.post();
        pane.answer(0, members);
        assert_eq!(pane.outcome(opened).unwrap_err().code, Code::HostUnsupported);
    }
    let mut pane = Pane::new();
    let opened = pane.client.initialise();
    pane.post();
    pane.refuse(0, "DISABLED");
    assert_eq!(pane.outcome(opened).unwrap_err().code, Code::HostUnsupported);
}

#[test]
fn a_late_greeting_serves_the_next_try() {
    let mut pane = Pane::new();
    let opened = pane.client.initialise();
    pane.post();
    pane.wait(4_999);
    assert!(pane.outcomes().is_empty());
    pane.wait(1);
    let failure = pane.outcome(opened).unwrap_err();
    assert_eq!((failure.code, failure.retryable), (Code::Timeout, true));
    let again = pane.client.initialise();
    assert_eq!(pane.post(), 1);
    assert!(pane.answer(0, greeting()));
    let third = pane.client.initialise();
    assert_eq!(pane.outcome(third), Ok(json!({})));
    assert!(pane.answer(1, greeting()));
    assert_eq!(pane.outcome(again), Ok(json!({})));
}

#[test]
fn equal_requests_share_a_message() {
    let mut pane = Pane::new();
    let same = [
        json!({ "scopes": ["User.Read", "Mail.Read"], "state": "a" }),
        json!({ "scopes": ["mail.read", "USER.READ", "User.Read"], "state": "b", "correlationId": "I" }),
        json!({ "scopes": ["Mail.Read User.Read"] }),
    ];
    let callers = same.map(|request| pane.ask(Mode::Silent, request));
    assert_eq!(pane.sent.len(), 1);
    let different = [
        json!({ "scopes": ["User.Read"] }),
        json!({ "scopes": ["User.Read", "Mail.Read"], "account": account(ADA) }),
        json!({ "scopes": ["User.Read", "Mail.Read"], "claims": "{}" }),
        json!({ "scopes": ["User.Read", "Mail.Read"], "forceRefresh": true }),
        json!({ "scopes": ["User.Read", "Mail.Read"], "authority": "https://login.microsoftonline.com/x" }),
        json!({ "scopes": ["User.Read", "Mail.Read"], "resource": "https://r.example" }),
    ];
    for (at, request) in different.into_iter().enumerate() {
        pane.ask(Mode::Silent, request.clone());
        assert_eq!(pane.sent.len(), at + 2, "{request}");
    }
    pane.ask(Mode::Popup, same_scopes());
    assert_eq!(pane.sent.len(), 8);

    pane.answer(0, granted(ADA, "at", "User.Read Mail.Read"));
    let mut outcomes = pane.outcomes();
    let states = callers.map(|caller| outcomes.remove(&caller).unwrap().unwrap()["state"].clone());
    assert_eq!(states, [json!("a"), json!("b"), Value::Null]);
    assert!(outcomes.is_empty());
}

fn same_scopes() -> Value {
    json!({ "scopes": ["User.Read", "Mail.Read"] })
}

#[test]
fn a_failure_is_told_to_all_and_not_kept() {
    let mut pane = Pane::new();
    pane.ask(Mode::Silent, request());
    pane.ask(Mode::Silent, request());
    pane.refuse(0, "TRANSIENT_ERROR");
    assert_eq!(pane.outcomes().into_values().filter(Result::is_err).count(), 2);
    pane.ask(Mode::Silent, request());
    assert_eq!(pane.sent.len(), 2);
}

#[test]
fn who_leaves_takes_nobody_along() {
    let mut pane = Pane::new();
    let leaves = pane.ask(Mode::Silent, request());
    let stays = pane.ask(Mode::Silent, request());
    pane.client.abandon(leaves);
    pane.answer(0, granted(ADA, "at", "User.Read"));
    assert_eq!(pane.outcome(stays).unwrap()["accessToken"], "at");
}

#[test]
fn what_everybody_left_still_fills_the_cache() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, request());
    pane.client.abandon(caller);
    // A silent request goes on waiting for it; a window may be gone.
    let joined = pane.ask(Mode::Silent, request());
    assert_eq!(pane.sent.len(), 1);
    let window = pane.ask(Mode::Popup, request());
    pane.client.abandon(window);
    pane.ask(Mode::Popup, request());
    assert_eq!(pane.sent.len(), 3);
    pane.client.abandon(joined);
    pane.answer(0, granted(ADA, "at", "User.Read"));
    assert!(pane.outcomes().is_empty());
    assert_eq!(pane.hit(request())["accessToken"], "at");
}

#[test]
fn an_outcome_is_not_for_who_left_before() {
    let mut pane = Pane::new();
    pane.get(request(), granted(ADA, "at", "User.Read"));
    let caller = pane.ask(Mode::Silent, request());
    pane.client.abandon(caller);
    assert!(pane.outcomes().is_empty());
}

#[test]
fn only_the_user_can_help_and_is_asked_once() {
    for (status, asked) in [
        ("USER_INTERACTION_REQUIRED", true),
        ("ACCOUNT_UNAVAILABLE", true),
        ("USER_CANCEL", false),
        ("NO_NETWORK", false),
        ("TRANSIENT_ERROR", false),
        ("DISABLED", false),
    ] {
        let mut pane = Pane::new();
        let either = pane.ask(Mode::Either, json!({ "scopes": ["User.Read"], "state": "e" }));
        let silent = pane.ask(Mode::Silent, request());
        pane.refuse(0, status);
        let outcomes = pane.outcomes();
        assert!(outcomes[&silent].is_err());
        assert_eq!(outcomes.contains_key(&either), !asked, "{status}");
        if !asked {
            assert_eq!(pane.sent.len(), 1, "{status}");
            continue;
        }
        assert_eq!(pane.sent[1]["method"], "GetTokenPopup");
        // A second one joins the window that is open.
        let other = pane.ask(Mode::Either, request());
        pane.refuse(2, status);
        assert_eq!(pane.sent.len(), 3);
        pane.answer(1, granted(ADA, "at", "User.Read"));
        let mut outcomes = pane.outcomes();
        assert_eq!(outcomes.remove(&either).unwrap().unwrap()["state"], "e");
        assert_eq!(outcomes.remove(&other).unwrap().unwrap()["accessToken"], "at");
        // Whatever the window comes to, it is the end.
        pane.now_ms += 3_600_000;
        let last = pane.ask(Mode::Either, request());
        pane.refuse(3, status);
        pane.refuse(4, status);
        assert!(pane.outcome(last).is_err());
        assert_eq!(pane.sent.len(), 5);
    }
}

#[test]
fn a_window_that_the_host_fails_at_is_tried_once_more() {
    let stumble =
        json!({ "error": { "status": "PERSISTENT_ERROR", "code": "native_executor_error" } });
    let methods = |pane: &Pane| {
        pane.sent.iter().map(|sent| sent["method"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // The user had signed in: the host knows now.
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"], "state": "s" }));
    pane.answer(0, stumble.clone());
    assert_eq!(methods(&pane), ["GetTokenPopup", "GetToken"]);
    pane.answer(1, granted(ADA, "at", "User.Read"));
    assert_eq!(pane.outcome(caller).unwrap()["state"], "s");

    // They had not: a second window, and its failure is the end.
    for mode in [Mode::Popup, Mode::Either] {
        let mut pane = Pane::new();
        let caller = pane.ask(mode, request());
        if mode == Mode::Either {
            pane.refuse(0, "USER_INTERACTION_REQUIRED");
        }
        pane.answer(pane.sent.len() - 1, stumble.clone());
        pane.refuse(pane.sent.len() - 1, "USER_INTERACTION_REQUIRED");
        assert_eq!(methods(&pane).last().unwrap(), "GetTokenPopup");
        assert!(pane.outcomes().is_empty());
        pane.answer(pane.sent.len() - 1, stumble.clone());
        let failure = pane.outcome(caller).unwrap_err();
        assert_eq!(failure.code, Code::ServerError, "{mode:?}");
        assert_eq!(report(&failure)["code"], "native_executor_error");
    }

    // Without a window there is nothing to try again.
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, request());
    pane.answer(0, stumble);
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::ServerError);
    assert_eq!(pane.sent.len(), 1);
}

#[test]
fn each_wait_has_its_limit() {
    for (mode, limit_ms, method) in [
        (Mode::Silent, 30_000, "GetToken"),
        (Mode::Popup, 300_000, "GetTokenPopup"),
        (Mode::Either, 30_000, "GetToken"),
    ] {
        let mut pane = Pane::new();
        let caller = pane.ask(mode, request());
        pane.wait(limit_ms - 1);
        assert!(pane.outcomes().is_empty(), "{mode:?}");
        pane.wait(1);
        let failure = pane.outcome(caller).unwrap_err();
        assert_eq!(failure.code, Code::Timeout);
        assert_eq!(
            failure.message,
            format!("there was no answer to {method} within {limit_ms} ms")
        );
        assert_eq!(pane.client.poll_tick_ms(), None);
        assert!(pane.answer(0, granted(ADA, "late", "User.Read")));
        assert_eq!(pane.hit(request())["accessToken"], "late");
        assert!(!pane.answer(0, granted(ADA, "again", "User.Read")), "an answer is taken once");
    }
}

#[test]
fn sleep_is_not_waiting() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, request());
    pane.wait(5_000);
    pane.now_ms += 8 * 3_600_000;
    pane.client.handle_tick(pane.now_ms);
    assert!(pane.outcomes().is_empty());
    pane.answer(0, granted(ADA, "at", "User.Read"));
    // Asked for before the night: it has expired, and the caller is told when.
    assert!(pane.outcome(caller).unwrap()["expiresOn"].as_u64().unwrap() < pane.now_ms);
    pane.ask(Mode::Silent, request());
    assert_eq!(pane.sent.len(), 2);
}

#[test]
fn a_message_that_cannot_be_posted_fails_for_its_callers() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, request());
    let other = pane.ask(Mode::Silent, json!({ "scopes": ["Mail.Read"] }));
    pane.fail_to_post(0, "port closed eyJhbGciOiJSUzI1NiJ9eyJhbGciOiJSUzI1NiJ9");
    let failure = pane.outcome(caller).unwrap_err();
    assert_eq!(failure.code, Code::HostUnsupported);
    assert_eq!(
        failure.message,
        "this Office host does not offer nested app authentication here: its bridge takes no messages: port closed ••••"
    );
    assert!(!pane.fail_to_post(0, "again"));
    pane.answer(1, granted(ADA, "at", "Mail.Read"));
    pane.outcome(other).unwrap();
}

#[test]
fn strangers_are_passed_over() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, request());
    let echo = pane.sent[0].to_string();
    for message in
        ["", "not JSON", "null", "[]", "{}", r#"{"requestId":"unknown","success":true}"#, &echo]
    {
        assert!(!pane.client.handle_message(message, pane.now_ms), "{message}");
    }
    assert!(pane.outcomes().is_empty());
    // Some hosts write IDs in capitals.
    let id = pane.sent[0]["requestId"].as_str().unwrap().to_uppercase();
    let mut members = granted(ADA, "at", "User.Read");
    members["requestId"] = json!(id);
    assert!(pane.answer(0, members));
    pane.outcome(caller).unwrap();
}
