//! Which token answers which request, and for how long.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;

use super::pane::{ADA, BOB, Pane, account, granted};

fn scopes(text: &str) -> Value {
    json!({ "scopes": text.split(' ').collect::<Vec<_>>() })
}

/// Whether the host is asked.
fn misses(pane: &mut Pane, request: Value) -> bool {
    let before = pane.sent.len();
    pane.ask(Mode::Silent, request);
    pane.outcomes();
    pane.sent.len() > before
}

#[test]
fn a_grant_answers_what_it_covers() {
    let cases = [
        ("User.Read Mail.Read", "user.read", true),
        ("User.Read", "User.Read Mail.Read", false),
        ("User.Read", "User.Read openid profile", true),
        ("api://gw/a api://gw/b", "api://gw/.default", false),
    ];
    for (grant, wanted, hits) in cases {
        let mut pane = Pane::new();
        pane.get(scopes("Other.Scope"), granted(ADA, "at", grant));
        assert_eq!(!misses(&mut pane, scopes(wanted)), hits, "{grant}: {wanted}");
    }
}

#[test]
fn the_default_scope_is_found_again() {
    let mut pane = Pane::new();
    pane.get(scopes("api://gw/.default"), granted(ADA, "at", "api://gw/a api://gw/b"));
    for wanted in ["api://gw/.default", "API://GW/.DEFAULT", "api://gw/b"] {
        assert_eq!(pane.hit(scopes(wanted))["accessToken"], "at", "{wanted}");
    }
    assert!(misses(&mut pane, scopes("api://gw/c")));
}

#[test]
fn a_token_pushes_out_only_what_it_covers() {
    let mut pane = Pane::new();
    pane.get(scopes("User.Read Mail.Read"), granted(ADA, "mail", "User.Read Mail.Read"));
    pane.now_ms += 1;
    pane.get(scopes("User.Read Files.Read"), granted(ADA, "files", "User.Read Files.Read"));
    assert_eq!(pane.hit(scopes("Mail.Read"))["accessToken"], "mail");
    assert_eq!(pane.hit(scopes("Files.Read"))["accessToken"], "files");
    // Of several that serve, the youngest.
    assert_eq!(pane.hit(scopes("User.Read"))["accessToken"], "files");
}

#[test]
fn each_account_has_its_own_tokens() {
    let mut pane = Pane::new();
    let request = |user| json!({ "scopes": ["User.Read"], "account": account(user) });
    pane.get(request(ADA), granted(ADA, "ada's", "User.Read"));
    assert!(misses(&mut pane, request(BOB)));
    pane.answer(1, granted(BOB, "bob's", "User.Read"));
    pane.outcomes();
    assert_eq!(pane.hit(request(ADA))["accessToken"], "ada's");
    assert_eq!(pane.hit(request(BOB))["accessToken"], "bob's");
    assert_eq!(pane.hit(json!({ "scopes": ["User.Read"], "account": { "username": "nobody", "localAccountId": ADA } }))["accessToken"], "ada's");
    // Nobody is named: whoever the host gave a token of last.
    assert_eq!(pane.hit(scopes("User.Read"))["accessToken"], "bob's");
}

#[test]
fn the_hosts_account_counts_until_a_token_says_otherwise() {
    let mut pane = Pane::new();
    let opened = pane.client.initialise();
    pane.post();
    pane.answer(0, json!({ "success": true, "initContext": { "sdkName": "host", "accountContext": account(BOB) } }));
    assert_eq!(pane.outcome(opened).unwrap()["sdkName"], "host");
    let for_ada = json!({ "scopes": ["User.Read"], "account": account(ADA) });
    pane.get(for_ada.clone(), granted(ADA, "ada's", "User.Read"));
    assert_eq!(pane.hit(scopes("User.Read"))["accessToken"], "ada's");
    // The user switched in the host: its next answer tells.
    pane.get(scopes("Mail.Read"), granted(BOB, "bob's", "Mail.Read"));
    assert!(misses(&mut pane, scopes("User.Read")));
}

#[test]
fn the_margin_is_300_seconds() {
    let mut pane = Pane::new();
    pane.now_ms = pane.now_ms / 1_000 * 1_000;
    pane.get(scopes("User.Read"), granted(ADA, "at", "User.Read"));
    let start = pane.now_ms;
    for (after_ms, serves) in [(3_300_000, true), (3_300_999, true), (3_301_000, false)] {
        pane.now_ms = start + after_ms;
        let caller = pane.ask(Mode::Silent, scopes("User.Read"));
        let answered = pane.outcomes().remove(&caller);
        assert_eq!(answered.is_some(), serves, "{after_ms}");
    }
}

#[test]
fn a_clock_that_went_back_trusts_nothing() {
    let mut pane = Pane::new();
    pane.get(scopes("User.Read"), granted(ADA, "at", "User.Read"));
    pane.now_ms -= 1;
    assert!(misses(&mut pane, scopes("User.Read")));
}

#[test]
fn a_token_of_unknown_end_is_not_kept() {
    let mut pane = Pane::new();
    let mut members = granted(ADA, "at", "User.Read");
    members["token"]["expires_in"] = Value::Null;
    pane.get(scopes("User.Read"), members);
    assert!(misses(&mut pane, scopes("User.Read")));
}

#[test]
fn an_old_token_is_renewed_while_it_serves() {
    // Lifetime in seconds, when the renewal is due.
    for (lifetime, due_s) in
        [(1_200, 600), (3_600, 2_700), (7_199, 6_299), (7_200, 3_600), (86_400, 43_200)]
    {
        let mut pane = Pane::new();
        pane.now_ms = pane.now_ms / 1_000 * 1_000;
        let start = pane.now_ms;
        let mut members = granted(ADA, "old", "User.Read");
        members["token"]["expires_in"] = json!(lifetime);
        pane.get(scopes("User.Read"), members);
        let state = json!({ "scopes": ["User.Read"], "state": "S", "correlationId": "I" });

        pane.now_ms = start + due_s * 1_000 - 1;
        assert_eq!(pane.hit(state.clone())["accessToken"], "old", "{lifetime}");
        pane.now_ms += 1;
        let caller = pane.ask(Mode::Silent, state.clone());
        assert_eq!(pane.outcome(caller).unwrap()["accessToken"], "old");
        assert_eq!(pane.sent.len(), 2, "{lifetime}: not renewed");
        let params = &pane.sent[1]["tokenParams"];
        assert_eq!((params.get("state"), params["correlationId"] == "I"), (None, false));
        // Once, whatever comes of it.
        assert_eq!(pane.hit(state.clone())["accessToken"], "old");
        pane.refuse(1, "TRANSIENT_ERROR");
        assert!(pane.outcomes().is_empty());
        assert_eq!(pane.hit(state.clone())["accessToken"], "old");
        // Not again at once, but later.
        pane.now_ms += 299_999;
        pane.hit(state.clone());
        pane.now_ms += 1;
        pane.ask(Mode::Silent, state.clone());
        assert_eq!(pane.sent.len(), 3, "{lifetime}: not renewed again");
        pane.outcomes();
        pane.answer(2, granted(ADA, "new", "User.Read"));
        assert_eq!(pane.hit(state)["accessToken"], "new");
    }
}

#[test]
fn what_may_not_come_from_the_cache_does_not() {
    let filled = || {
        let mut pane = Pane::new();
        pane.get(scopes("User.Read"), granted(ADA, "at", "User.Read"));
        pane
    };
    let passed_over = [
        json!({ "scopes": ["User.Read"], "forceRefresh": true }),
        json!({ "scopes": ["User.Read"], "claims": "{}" }),
        json!({ "scopes": ["User.Read"], "cacheLookupPolicy": 3 }),
        json!({ "scopes": ["User.Read"], "cacheLookupPolicy": 5 }),
        json!({ "scopes": ["User.Read"], "resource": "https://mcp.example" }),
        json!({ "scopes": ["User.Read"], "authenticationScheme": "pop" }),
    ];
    for request in passed_over {
        assert!(misses(&mut filled(), request.clone()), "{request}");
    }
    let mut pane = filled();
    for policy in [0, 1, 2] {
        pane.hit(json!({ "scopes": ["User.Read"], "cacheLookupPolicy": policy }));
    }
    let before = pane.sent.len();
    pane.ask(Mode::Popup, scopes("User.Read"));
    assert_eq!(pane.sent.len(), before + 1);
}

#[test]
fn a_refused_token_is_replaced_by_force() {
    let mut pane = Pane::new();
    pane.get(scopes("User.Read"), granted(ADA, "revoked", "User.Read Mail.Read"));
    assert!(!pane.client.invalidate("unknown"));
    assert!(pane.client.invalidate("revoked"));
    let force = |pane: &Pane, at: usize| pane.sent[at]["tokenParams"].get("forceRefresh").cloned();
    // The host insists on it.
    let answer = pane.get(scopes("User.Read"), granted(ADA, "revoked", "User.Read Mail.Read"));
    assert_eq!(
        (answer["accessToken"].as_str(), force(&pane, 1)),
        (Some("revoked"), Some(json!(true)))
    );
    pane.get(scopes("Mail.Read"), granted(ADA, "fresh", "User.Read Mail.Read"));
    assert_eq!(force(&pane, 2), Some(json!(true)));
    assert_eq!(pane.hit(scopes("User.Read"))["accessToken"], "fresh");
}

#[test]
fn a_late_answer_does_not_push_out_a_younger_one() {
    let mut pane = Pane::new();
    let late = pane.ask(Mode::Silent, scopes("User.Read"));
    pane.wait(31_000);
    assert!(pane.outcome(late).is_err());
    pane.get(scopes("User.Read"), granted(BOB, "bob's", "User.Read"));
    assert!(pane.answer(0, granted(ADA, "ada's", "User.Read")));
    assert_eq!(pane.hit(scopes("User.Read"))["accessToken"], "bob's");
    assert_eq!(
        pane.hit(json!({ "scopes": ["User.Read"], "account": account(ADA) }))["accessToken"],
        "ada's"
    );
}

#[test]
fn clearing_forgets_what_was_and_what_still_comes() {
    let mut pane = Pane::new();
    pane.get(scopes("User.Read"), granted(ADA, "at", "User.Read"));
    pane.ask(Mode::Silent, scopes("Mail.Read"));
    pane.client.clear();
    assert!(!pane.answer(1, granted(ADA, "late", "Mail.Read")));
    assert!(pane.outcomes().is_empty());
    assert_eq!(pane.client.describe_accounts(), "[]");
    for wanted in ["User.Read", "Mail.Read"] {
        assert!(misses(&mut pane, json!({ "scopes": [wanted], "account": account(ADA) })));
    }
}

#[test]
fn the_cache_has_a_size() {
    let mut pane = Pane::new();
    for number in 0..100 {
        pane.now_ms += 1;
        let scope = format!("api://gw/{number}");
        pane.get(scopes(&scope), granted(ADA, &scope, &scope));
    }
    pane.hit(scopes("api://gw/99"));
    pane.hit(scopes("api://gw/36"));
    assert!(misses(&mut pane, scopes("api://gw/35")));
}
