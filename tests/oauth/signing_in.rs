//! The way through: a window, a code, tokens, and renewing them.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::Code;

use super::pane::{ADA, BOB, CLIENT, Pane, REDIRECT, START_MS, TENANT, base64url, id_token};

#[test]
fn the_authorization_request_has_what_entra_needs() {
    let mut pane = Pane::new();
    pane.ask(
        Mode::Popup,
        json!({ "scopes": ["api://gw/use"], "loginHint": "ada@contoso.example", "domainHint": "contoso.example", "prompt": "login", "correlationId": "I" }),
    );
    let window = &pane.windows[0];
    assert_eq!(
        window.endpoint,
        format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/authorize")
    );
    let expected = [
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "api://gw/use openid profile offline_access"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ada@contoso.example"),
        ("response_mode", "fragment"),
        ("prompt", "login"),
        ("domain_hint", "contoso.example"),
        ("client_info", "1"),
        ("client-request-id", "I"),
    ];
    for (name, value) in expected {
        assert_eq!(window.fields.get(name), value, "{name}");
    }
    assert_eq!(window.fields.get("state"), window.state);
    // 128 bits each, in base64url.
    for name in ["state", "nonce"] {
        assert_eq!(window.fields.get(name).len(), 22, "{name}");
    }
    assert_ne!(window.fields.get("state"), window.fields.get("nonce"));
    let claims: serde_json::Value = serde_json::from_str(window.fields.get("claims")).unwrap();
    assert_eq!(claims["id_token"]["login_hint"], json!({ "essential": false }));
    assert_eq!(window.fields.names().len(), 15);
    assert!(pane.sent.is_empty());
}

#[test]
fn a_code_becomes_tokens() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"], "state": "mine" }));
    pane.now_ms += 120_999;
    assert!(pane.come_back("code=a%2Bb%2Fc&session_state=x"));

    let sent = &pane.sent[0];
    assert_eq!(sent.url, format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"));
    let form = &sent.form;
    let expected = [
        ("client_id", CLIENT),
        ("grant_type", "authorization_code"),
        ("code", "a+b/c"),
        ("redirect_uri", REDIRECT),
        ("scope", "api://gw/use openid profile offline_access"),
        ("client_info", "1"),
    ];
    for (name, value) in expected {
        assert_eq!(form.get(name), value, "{name}");
    }
    assert!(!form.has("client_secret"));
    let digest = Sha256::digest(form.get("code_verifier").as_bytes());
    assert_eq!(base64url(&digest), pane.windows[0].fields.get("code_challenge"));
    assert_eq!(form.get("code_verifier").len(), 43);

    let tokens = pane.tokens(ADA, "at-1").to_string();
    pane.answer(200, &tokens);
    let answer = pane.outcome(caller).unwrap();
    assert_eq!(answer["accessToken"], "at-1");
    assert_eq!(answer["scope"], "api://gw/use");
    assert_eq!((&answer["tokenType"], &answer["state"]), (&json!("Bearer"), &json!("mine")));
    assert_eq!(answer["account"]["homeAccountId"], format!("{ADA}.{TENANT}"));
    assert_eq!(answer["account"]["username"], "someone@contoso.example");
    assert_eq!(answer["account"]["environment"], "login.microsoftonline.com");
    assert_eq!(answer["account"]["tenantId"], TENANT);
    // From when the code was exchanged, not from when the window opened.
    let exchanged_s = (START_MS + 120_999) / 1_000;
    assert_eq!(answer["expiresOn"], (exchanged_s + 3_600) * 1_000);
    assert!(!answer.to_string().contains("refresh-of"));
    assert!(pane.kept.as_deref().unwrap().contains("refresh-of-at-1"));
}

#[test]
fn what_was_kept_signs_in_without_a_window() {
    let mut first = Pane::new();
    first.sign_in(ADA, "at-1");
    let mut pane = Pane::with(json!({}), first.kept);
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["User.Read"], "correlationId": "I" }));
    let form = &pane.sent[0].form;
    assert_eq!(form.get("grant_type"), "refresh_token");
    assert_eq!(form.get("refresh_token"), "refresh-of-at-1");
    assert_eq!(form.get("scope"), "User.Read openid profile offline_access");
    assert_eq!(form.get("client-request-id"), "I");
    assert!(!form.has("code_verifier") && !form.has("redirect_uri"));
    let mut tokens = pane.tokens(ADA, "at-2");
    tokens["scope"] = json!("User.Read");
    pane.answer(200, &tokens.to_string());
    assert_eq!(pane.outcome(caller).unwrap()["accessToken"], "at-2");
    // The refresh token is a new one each time; where it isn't, the old one goes on.
    assert!(pane.kept.as_deref().unwrap().contains("refresh-of-at-2"));
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["User.Read"], "forceRefresh": true }));
    let mut tokens = pane.tokens(ADA, "at-3");
    tokens.as_object_mut().unwrap().remove("refresh_token");
    pane.answer(200, &tokens.to_string());
    assert_eq!(pane.outcome(caller).unwrap()["accessToken"], "at-3");
    assert!(pane.kept.as_deref().unwrap().contains("refresh-of-at-2"));
    assert!(pane.windows.is_empty());
}

#[test]
fn a_token_at_hand_asks_nobody() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["api://gw/use"] }));
    assert_eq!(pane.outcome(caller).unwrap()["fromCache"], true);
    assert_eq!(pane.sent.len(), 1);
}

#[test]
fn equal_requests_share_a_window_and_an_exchange() {
    let mut pane = Pane::new();
    let callers = [0, 1, 2].map(|_| pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] })));
    assert_eq!(pane.windows.len(), 1);
    pane.come_back("code=c");
    let tokens = pane.tokens(ADA, "at").to_string();
    pane.answer(200, &tokens);
    for caller in callers {
        let (told, outcome) = pane.client.poll_outcome().unwrap();
        assert_eq!(told, caller);
        assert!(outcome.is_ok());
    }
    assert_eq!(pane.sent.len(), 1);
}

/// A window that opened before any wait: nothing is asked over the network
/// first, or the browser would have forgotten the click.
#[test]
fn without_a_refresh_token_the_window_opens_at_once() {
    let mut pane = Pane::new();
    pane.ask(Mode::Either, json!({ "scopes": ["api://gw/use"] }));
    assert_eq!((pane.windows.len(), pane.sent.len()), (1, 0));
}

#[test]
fn a_silent_request_of_nobody_needs_the_user() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["api://gw/use"] }));
    let failure = pane.outcome(caller).unwrap_err();
    assert_eq!(failure.code, Code::InteractionRequired);
    assert!(pane.windows.is_empty() && pane.sent.is_empty());
}

#[test]
fn another_accounts_refresh_token_is_not_used() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let bob =
        json!({ "homeAccountId": format!("{BOB}.{TENANT}"), "username": "bob@contoso.example" });
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["User.Read"], "account": bob }));
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::InteractionRequired);
    // In a window Bob is suggested, and his sign-in replaces what was kept.
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"], "account": bob }));
    assert_eq!(pane.windows[1].fields.get("login_hint"), "bob@contoso.example");
    pane.come_back("code=c");
    let tokens = pane.tokens(BOB, "at-2").to_string();
    pane.answer(200, &tokens);
    pane.outcome(caller).unwrap();
    let kept = pane.kept.unwrap();
    assert!(kept.contains("refresh-of-at-2") && !kept.contains("refresh-of-at-1"), "{kept}");
}

#[test]
fn another_persons_sign_in_without_a_refresh_token_forgets_the_former() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    pane.come_back("code=c");
    let mut tokens = pane.tokens(BOB, "at-2");
    tokens.as_object_mut().unwrap().remove("refresh_token");
    pane.answer(200, &tokens.to_string());
    pane.outcome(caller).unwrap();
    assert_eq!(pane.kept, None);
}

#[test]
fn who_is_not_let_in_is_not_kept() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let before = pane.kept.clone();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    pane.come_back("code=c");
    let mut tokens = pane.tokens(BOB, "at-2");
    let claims = json!({
        "aud": CLIENT, "oid": BOB, "tid": "bbbbbbbb-0000-4000-8000-00000000000b",
        "nonce": pane.windows[1].fields.get("nonce"), "preferred_username": "bob@fabrikam.example",
    });
    tokens["id_token"] = json!(id_token(&claims));
    pane.answer(200, &tokens.to_string());
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::TenantMismatch);
    // Ada's is still there, and Bob's never was.
    assert_eq!(pane.kept, before);
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["Files.Read"] }));
    let tokens = pane.tokens(ADA, "at-3").to_string();
    pane.answer(200, &tokens);
    pane.outcome(caller).unwrap();
}

#[test]
fn who_signed_in_is_suggested_unless_another_is_to_be_chosen() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let cases = [
        (json!({ "scopes": ["a"] }), "someone@contoso.example"),
        (json!({ "scopes": ["b"], "loginHint": "b@x" }), "b@x"),
        (json!({ "scopes": ["c"], "prompt": "select_account" }), ""),
    ];
    for (request, hint) in cases {
        pane.ask(Mode::Popup, request);
        assert_eq!(pane.windows.last().unwrap().fields.get("login_hint"), hint);
    }
}

#[test]
fn a_guest_is_told_by_who_they_are_at_home() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    pane.come_back("code=c");
    let mut tokens = pane.tokens(ADA, "at");
    let home = json!({ "uid": BOB, "utid": "home" }).to_string();
    tokens["client_info"] = json!(base64url(home.as_bytes()));
    pane.answer(200, &tokens.to_string());
    let account = &pane.outcome(caller).unwrap()["account"];
    assert_eq!(account["homeAccountId"], format!("{BOB}.home"));
    assert_eq!((&account["localAccountId"], &account["tenantId"]), (&json!(ADA), &json!(TENANT)));
}

#[test]
fn lifetimes_come_in_several_forms() {
    let exchanged_s = START_MS / 1_000;
    for (lifetime, life_s) in
        [(json!(3_600), 3_600), (json!("3600"), 3_600), (json!("3600.9"), 3_600), (json!(null), 0)]
    {
        let mut pane = Pane::new();
        let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
        pane.come_back("code=c");
        let mut tokens = pane.tokens(ADA, "at");
        tokens["expires_in"] = lifetime.clone();
        pane.answer(200, &tokens.to_string());
        let answer = pane.outcome(caller).unwrap();
        let expected = if life_s == 0 { START_MS } else { (exchanged_s + life_s) * 1_000 };
        assert_eq!(answer["expiresOn"], expected, "{lifetime}");
    }
}

/// Two panes share what is kept: the second uses what the first was given.
#[test]
fn what_another_pane_has_renewed_is_used() {
    let mut first = Pane::new();
    first.sign_in(ADA, "at-1");
    let mut second = Pane::with(json!({}), first.kept.clone());
    second.alone = false;
    let caller = second.ask(Mode::Silent, json!({ "scopes": ["User.Read"] }));
    // Meanwhile, under the lock, the first one renews.
    let asked = first.ask(Mode::Silent, json!({ "scopes": ["User.Read"] }));
    let tokens = first.tokens(ADA, "at-2").to_string();
    first.answer(200, &tokens);
    first.outcome(asked).unwrap();
    second.kept = first.kept.clone();
    second.send();
    assert_eq!(second.sent[0].form.get("refresh_token"), "refresh-of-at-2");
    // Or signs out.
    let third = second.ask(Mode::Silent, json!({ "scopes": ["Mail.Read"] }));
    second.kept = None;
    second.send();
    assert_eq!(second.outcome(third).unwrap_err().code, Code::InteractionRequired);
    assert!(second.is_quiet());
    let _first_still_waits = caller;
}

#[test]
fn who_signed_out_meanwhile_is_not_brought_back() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["User.Read"] }));
    let tokens = pane.tokens(ADA, "at-2").to_string();
    // In another pane.
    pane.broker.handle_kept("");
    pane.client.forget();
    pane.answer(200, &tokens);
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::InteractionRequired);
    assert_eq!(pane.broker.record(), None);
    let again = pane.ask(Mode::Silent, json!({ "scopes": ["api://gw/use"] }));
    assert_eq!(pane.outcome(again).unwrap_err().code, Code::InteractionRequired);
}

#[test]
fn signing_out_forgets() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    pane.client.clear();
    assert_eq!(pane.broker.sign_out(), None);
    assert_eq!(pane.broker.record(), None);
    // What still arrives brings nobody back.
    assert!(!pane.come_back("code=late"));
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["api://gw/use"] }));
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::InteractionRequired);
}

#[test]
fn nothing_is_shown_of_what_is_secret() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    let verifier = pane.sent[0].form.get("code_verifier").to_owned();
    let shown = format!("{:?}", pane.broker);
    for secret in ["refresh-of", "at-1", &verifier] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
