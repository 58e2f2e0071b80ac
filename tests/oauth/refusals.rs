//! What the token endpoint says in the place of tokens.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::{Code, Failure};
use taskpane_connector::http::answer::{TransportError, Wait};

use super::pane::{ADA, CLIENT, Pane, REDIRECT, TENANT, id_token};

/// An error as Entra writes it.
fn entra_error(error: &str, number: u32, sub_error: &str) -> Value {
    let mut body = json!({
        "error": error,
        "error_description": format!("AADSTS{number}: What happened. Trace ID: 0 Correlation ID: I Timestamp: 2026-11-21 17:05:00Z"),
        "error_codes": [number],
        "timestamp": "2026-11-21 17:05:00Z",
        "trace_id": "00000000-0000-4000-8000-000000000000",
        "correlation_id": "I",
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    });
    if !sub_error.is_empty() {
        body["suberror"] = json!(sub_error);
    }
    body
}

/// A pane whose silent request got this answer; the failure.
fn refresh_refused(status: u16, body: &str) -> (Pane, Failure) {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["User.Read"], "correlationId": "I" }));
    pane.answer(status, body);
    let failure = pane.outcome(caller).unwrap_err();
    (pane, failure)
}

fn code_refused(status: u16, body: &str) -> Failure {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    pane.come_back("code=c");
    pane.answer(status, body);
    pane.outcome(caller).unwrap_err()
}

#[test]
fn entras_errors_and_what_is_left_of_the_refresh_token() {
    use Code::*;
    // error, number, sub-error; code; whether the refresh token is kept
    let cases = [
        // The 24 hours of a single-page application are over.
        ("invalid_grant", 700_084, "", InteractionRequired, false),
        ("invalid_grant", 700_082, "", InteractionRequired, false),
        ("invalid_grant", 50_173, "bad_token", InteractionRequired, false),
        ("invalid_grant", 70_043, "token_expired", InteractionRequired, false),
        ("interaction_required", 50_076, "basic_action", InteractionRequired, true),
        ("invalid_grant", 65_001, "consent_required", ConsentRequired, true),
        ("invalid_grant", 90_094, "", ConsentRequired, true),
        ("interaction_required", 530_021, "", AccessBlocked, true),
        ("invalid_resource", 500_011, "", ConfigurationInvalid, true),
        ("invalid_scope", 70_011, "", ConfigurationInvalid, true),
        ("unauthorized_client", 700_016, "", ConfigurationInvalid, true),
        ("invalid_grant", 50_020, "", TenantMismatch, true),
        ("temporarily_unavailable", 90_024, "", ServerError, true),
        ("invalid_request", 90_014, "", ServerError, true),
    ];
    for (error, number, sub_error, code, kept) in cases {
        let body = entra_error(error, number, sub_error).to_string();
        let (pane, failure) = refresh_refused(400, &body);
        assert_eq!(failure.code, code, "{body}");
        assert_eq!(pane.kept.is_some(), kept, "{body}");
        let report: Value = serde_json::from_str(&failure.bridge.clone().unwrap()).unwrap();
        assert_eq!(report["aadsts"], number);
        assert_eq!(report["code"], error);
        assert_eq!(report["correlationId"], "I");
        assert_eq!(report["subError"].as_str().unwrap_or_default(), sub_error);
    }
}

#[test]
fn what_is_not_registered_is_named_to_the_letter() {
    for (error, number) in [
        ("invalid_request", 9_002_326),
        ("invalid_client", 7_000_218),
        ("invalid_client", 700_016),
        ("invalid_request", 500_113),
    ] {
        let failure = code_refused(400, &entra_error(error, number, "").to_string());
        assert_eq!(failure.code, Code::ConfigurationInvalid, "{number}");
        let hint = failure.hint.clone().unwrap();
        assert_eq!(hint.id, "register-redirect-uri");
        assert_eq!(hint.params, [("redirectUri", REDIRECT.to_owned())]);
        assert!(hint.text.contains("single-page application"));
    }
}

#[test]
fn who_is_not_assigned_is_blocked() {
    let failure = code_refused(400, &entra_error("invalid_grant", 50_105, "").to_string());
    assert_eq!(failure.code, Code::AccessBlocked);
}

#[test]
fn a_code_that_is_no_good_starts_over() {
    for number in [70_008, 54_005, 501_481] {
        let failure = code_refused(400, &entra_error("invalid_grant", number, "").to_string());
        assert_eq!(failure.code, Code::InteractionRequired, "{number}");
    }
}

/// Conditional Access says which claims a sign-in has to bring; the window
/// asks for them, and no longer once it has.
#[test]
fn demanded_claims_go_into_the_next_window() {
    let demanded = r#"{"access_token":{"capolids":{"essential":true,"values":["p"]}}}"#;
    let mut body = entra_error("interaction_required", 50_079, "message_only");
    body["claims"] = json!(demanded);
    let (mut pane, failure) = refresh_refused(400, &body.to_string());
    assert_eq!(failure.code, Code::InteractionRequired);
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    assert_eq!(pane.windows[1].fields.get("claims"), demanded);
    pane.come_back("code=c");
    assert_eq!(pane.sent.last().unwrap().form.get("claims"), demanded);
    let tokens = pane.tokens(ADA, "at-2").to_string();
    pane.answer(200, &tokens);
    pane.outcome(caller).unwrap();
    pane.ask(Mode::Popup, json!({ "scopes": ["Mail.Read"] }));
    assert!(!pane.windows[2].fields.get("claims").contains("capolids"));
}

#[test]
fn silence_then_the_user_in_one_call() {
    let mut pane = Pane::new();
    pane.sign_in(ADA, "at-1");
    let caller = pane.ask(Mode::Either, json!({ "scopes": ["User.Read"] }));
    pane.answer(400, &entra_error("invalid_grant", 700_084, "").to_string());
    assert_eq!(pane.windows.len(), 2);
    assert_eq!(pane.windows[1].fields.get("login_hint"), "someone@contoso.example");
    pane.come_back("code=c");
    let tokens = pane.tokens(ADA, "at-2").to_string();
    pane.answer(200, &tokens);
    assert_eq!(pane.outcome(caller).unwrap()["accessToken"], "at-2");
}

#[test]
fn servers_that_fail_may_be_asked_again() {
    let page = "<!doctype html><title>Sign in to the network</title>";
    // status, body, code, retryable
    let cases = [
        (500, "", Code::ServerError, true),
        (503, page, Code::ServerError, true),
        (429, r#"{"error":"throttled"}"#, Code::ServerError, true),
        (429, r#"{"error":"x","error_description":"AADSTS50196: loop"}"#, Code::RateLimited, true),
        (200, page, Code::ResponseInvalid, false),
        (200, "", Code::ResponseInvalid, false),
        (200, "[]", Code::ResponseInvalid, false),
        (403, page, Code::ResponseInvalid, false),
        (200, "{}", Code::ResponseInvalid, false),
        (200, r#"{"access_token":"at"}"#, Code::ResponseInvalid, false),
        (200, r#"{"access_token":"at","id_token":"opaque"}"#, Code::ResponseInvalid, false),
        (200, r#"{"access_token":"","id_token":"e30.e30.c2ln"}"#, Code::ResponseInvalid, false),
        (400, "{}", Code::ServerError, false),
    ];
    for (status, body, code, retryable) in cases {
        let (pane, failure) = refresh_refused(status, body);
        assert_eq!((failure.code, failure.retryable), (code, retryable), "{status} {body}");
        assert!(!failure.message.contains("<!"), "{}", failure.message);
        // A bad day of the server's is no reason to sign in again.
        assert!(pane.kept.is_some(), "{status} {body}");
    }
}

#[test]
fn no_answer_at_all() {
    let timed_out = |wait| TransportError::TimedOut { wait, limit_ms: 15_000 };
    let cases = [
        (TransportError::Network { offline: true }, Code::Unreachable, true),
        (TransportError::Network { offline: false }, Code::Unreachable, true),
        (TransportError::Interrupted, Code::Unreachable, true),
        (timed_out(Wait::FirstByte), Code::Timeout, true),
        (timed_out(Wait::Whole), Code::Timeout, true),
        (TransportError::Redirected, Code::ResponseInvalid, false),
        (TransportError::TooLarge { limit: 1 << 20 }, Code::ResponseInvalid, false),
    ];
    for (error, code, retryable) in cases {
        let mut pane = Pane::new();
        pane.sign_in(ADA, "at-1");
        let caller = pane.ask(Mode::Silent, json!({ "scopes": ["User.Read"] }));
        pane.unanswered(error.clone());
        let failure = pane.outcome(caller).unwrap_err();
        assert_eq!((failure.code, failure.retryable), (code, retryable), "{error:?}");
        assert!(failure.message.contains("login.microsoftonline.com"), "{}", failure.message);
        assert!(pane.kept.is_some());
    }
}

/// OpenID Connect Core §3.1.3.7.
#[test]
fn an_id_token_of_another_sign_in_is_not_taken() {
    let changes = [("nonce", json!("other")), ("nonce", json!(null)), ("aud", json!("other"))];
    for (name, value) in changes {
        let mut pane = Pane::new();
        let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
        pane.come_back("code=c");
        let mut claims = json!({
            "aud": CLIENT, "oid": ADA, "tid": TENANT, "nonce": pane.windows[0].fields.get("nonce"),
        });
        claims[name] = value.clone();
        let mut tokens = pane.tokens(ADA, "at");
        tokens["id_token"] = json!(id_token(&claims));
        pane.answer(200, &tokens.to_string());
        assert_eq!(pane.outcome(caller).unwrap_err().code, Code::ResponseInvalid, "{name} {value}");
        assert_eq!(pane.kept, None);
    }
}

#[test]
fn an_account_of_another_tenant_is_not_let_in() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    pane.come_back("code=c");
    let mut tokens = pane.tokens(ADA, "at");
    let nonce = pane.windows[0].fields.get("nonce").to_owned();
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let claims = json!({ "aud": CLIENT, "nonce": nonce, "oid": ADA, "tid": personal });
    tokens["id_token"] = json!(id_token(&claims));
    pane.answer(200, &tokens.to_string());
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::TenantMismatch);
}

#[test]
fn errors_show_no_tokens() {
    let quoted = json!({
        "error": "invalid_grant",
        "error_description": "AADSTS9002313: malformed eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl",
    });
    let (_, failure) = refresh_refused(400, &quoted.to_string());
    assert!(!format!("{failure:?}").contains("eyJhbGci"), "{failure:?}");
}
