//! Every refusal of the protocol, and those outside of it.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::{Audience, Code, Failure};

use super::pane::{Pane, report};

/// What a silent request gets whose answer has this `error`.
fn refused(error: &Value) -> Failure {
    refused_in(Mode::Silent, error)
}

fn refused_in(mode: Mode, error: &Value) -> Failure {
    let mut pane = Pane::new();
    let caller = pane.ask(mode, json!({ "scopes": ["User.Read"], "correlationId": "I" }));
    pane.now_ms += 40;
    pane.answer(0, json!({ "success": false, "error": error }));
    Failure::clone(&pane.outcome(caller).unwrap_err())
}

#[test]
fn the_status_matrix() {
    use Code::*;
    // status, code, failure, retryable
    let cases = [
        ("USER_INTERACTION_REQUIRED", "interaction_required", InteractionRequired, false),
        ("USER_INTERACTION_REQUIRED", "", InteractionRequired, false),
        ("USER_INTERACTION_REQUIRED", "consent_required", ConsentRequired, false),
        ("USER_CANCEL", "anything", SignInCancelled, false),
        ("NO_NETWORK", "", Unreachable, true),
        ("ACCOUNT_UNAVAILABLE", "", SignInRequired, false),
        ("DISABLED", "", HostUnsupported, false),
        ("NESTED_APP_AUTH_UNAVAILABLE", "x", HostUnsupported, false),
        ("TRANSIENT_ERROR", "", ServerError, true),
        ("PERSISTENT_ERROR", "invalid_grant", ServerError, false),
        ("PERSISTENT_ERROR", "", ServerError, false),
        ("SOMETHING_NEW", "", ServerError, false),
        // Other spellings.
        ("Disabled", "", HostUnsupported, false),
        ("UserCancel", "", SignInCancelled, false),
        ("userInteractionRequired", "", InteractionRequired, false),
        ("no network", "", Unreachable, true),
        ("BridgeError", "", ServerError, false),
        // Statuses that hide what happened.
        ("PERSISTENT_ERROR", "user_cancelled", SignInCancelled, false),
        ("PERSISTENT_ERROR", "user_canceled", SignInCancelled, false),
        ("TRANSIENT_ERROR", "UserCanceled", SignInCancelled, false),
        ("PERSISTENT_ERROR", "interaction_required", InteractionRequired, false),
        ("PERSISTENT_ERROR", "login_required", InteractionRequired, false),
        ("PERSISTENT_ERROR", "consent_required", ConsentRequired, false),
        ("PERSISTENT_ERROR", "native_executor_error", ServerError, false),
    ];
    for (status, code, expected, retryable) in cases {
        let failure = refused(&json!({ "status": status, "code": code, "description": "said so" }));
        assert_eq!((failure.code, failure.retryable), (expected, retryable), "{status} {code}");
        assert!(failure.message.ends_with(": said so"), "{}", failure.message);
        let report = report(&failure);
        assert_eq!(report["status"], status);
        assert_eq!(report.get("code"), Some(&json!(code)).filter(|_| !code.is_empty()));
    }
}

#[test]
fn sub_errors_ask_for_the_user() {
    for (sub_error, code) in [
        ("basic_action", Code::InteractionRequired),
        ("message_only", Code::InteractionRequired),
        ("user_password_expired", Code::InteractionRequired),
        ("consent_required", Code::ConsentRequired),
        ("protection_policy_required", Code::ServerError),
    ] {
        let error =
            json!({ "status": "PERSISTENT_ERROR", "code": "invalid_grant", "subError": sub_error });
        let failure = refused(&error);
        assert_eq!(failure.code, code, "{sub_error}");
        assert_eq!(report(&failure)["subError"], sub_error);
    }
}

#[test]
fn the_number_of_entras_error_counts() {
    use Code::*;
    // number, under PERSISTENT_ERROR, under USER_INTERACTION_REQUIRED
    let cases = [
        (65001, ConsentRequired, ConsentRequired),
        (65004, ConsentRequired, ConsentRequired),
        (50076, InteractionRequired, InteractionRequired),
        (50173, InteractionRequired, InteractionRequired),
        (53003, AccessBlocked, InteractionRequired),
        (50105, AccessBlocked, InteractionRequired),
        (530_021, AccessBlocked, AccessBlocked),
        (50011, ConfigurationInvalid, ConfigurationInvalid),
        (9_002_326, ConfigurationInvalid, ConfigurationInvalid),
        (50196, RateLimited, RateLimited),
        (90033, ServerError, ServerError),
        (1, ServerError, InteractionRequired),
    ];
    for (number, persistent, interactive) in cases {
        for (status, code) in
            [("PERSISTENT_ERROR", persistent), ("USER_INTERACTION_REQUIRED", interactive)]
        {
            let description = format!("AADSTS: of no number. AADSTS{number}: because. AADSTS2");
            let failure = refused(&json!({ "status": status, "description": description }));
            assert_eq!(failure.code, code, "{status} {number}");
            assert_eq!(report(&failure)["aadsts"], number);
        }
    }
    assert!(refused(&json!({ "status": "x", "description": "AADSTS90033" })).retryable);
    let unknown = refused(&json!({ "description": "AADSTS99999999999" }));
    assert_eq!(report(&unknown).get("aadsts"), None);
}

/// Who asked the user already can't be sent to do that.
#[test]
fn a_policy_that_refuses_in_the_window_blocks() {
    let error = json!({ "status": "USER_INTERACTION_REQUIRED", "description": "AADSTS53003: no" });
    assert_eq!(refused_in(Mode::Popup, &error).code, Code::AccessBlocked);
}

#[test]
fn a_refusal_without_reasons_is_still_one() {
    for error in
        [json!(null), json!({}), json!({ "status": "" }), json!({ "status": 7, "code": null })]
    {
        let failure = refused(&error);
        assert_eq!(failure.code, Code::ServerError, "{error}");
        assert_eq!(failure.message, "no token could be had: no reason was given");
        let mut report = report(&failure);
        // The whole of it is there too, where there is any.
        report.as_object_mut().unwrap().remove("raw");
        assert_eq!(report, json!({ "method": "GetToken", "elapsedMs": 40, "correlationId": "I" }));
    }
    let failure = refused(&json!("no text that anybody agreed on"));
    assert_eq!(failure.message, "no token could be had: no text that anybody agreed on");

    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Silent, json!({}));
    pane.answer(0, json!({}));
    assert_eq!(pane.outcome(caller).unwrap_err().code, Code::ServerError);
}

#[test]
fn advice_has_what_it_takes() {
    let consent =
        refused(&json!({ "status": "USER_INTERACTION_REQUIRED", "subError": "consent_required" }));
    let hint = consent.hint.clone().unwrap();
    assert_eq!(
        hint.params,
        [("adminConsentUrl", "https://login.microsoftonline.com/organizations/adminconsent?client_id=cccccccc-cccc-4ccc-8ccc-cccccccccccc".to_owned())]
    );
    for description in ["AADSTS50011", "The origin is not valid for Nested App Auth"] {
        let hint = refused(&json!({ "status": "PERSISTENT_ERROR", "description": description }))
            .hint
            .clone()
            .unwrap();
        assert_eq!(hint.params, [("redirectUri", "brk-multihub://pane.example:3000".to_owned())]);
        assert_eq!(hint.audience, Audience::Admin);
        assert!(hint.text.contains("redirectUri"));
    }
}

#[test]
fn the_hosts_words_are_kept_without_tokens() {
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
    let failure = refused(&json!({
        "status": "PERSISTENT_ERROR",
        "description": format!("refused\n{jwt}"),
        "properties": { "MATS": jwt, "n": 1.50, jwt: ["a", null] },
    }));
    let all = format!("{} {:?}", failure.message, failure.bridge);
    assert!(!all.contains("eyJ"), "{all}");
    let raw = report(&failure)["raw"].clone();
    assert_eq!(raw["properties"], json!({ "MATS": "••••", "n": 1.50, "••••": ["a", null] }));
    assert_eq!(raw["description"], "refused\n••••");

    let long = "x".repeat(100_000);
    let failure = refused(&json!({ "description": format!("é{long}"), "more": [long] }));
    assert!(report(&failure)["description"].as_str().unwrap().len() <= 4_096);
    assert_eq!(report(&failure).get("raw"), None);
}
