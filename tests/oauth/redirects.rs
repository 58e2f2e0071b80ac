//! What comes back in an address: from the identity provider, or from anybody.

use serde_json::json;
use taskpane_connector::auth::Mode;
use taskpane_connector::error::Code;
use taskpane_connector::error::Failure;

use super::pane::{ADA, Pane, REDIRECT, TENANT};

/// What a popup's caller gets whose window came back with these fields.
fn refused(fields: &str) -> Failure {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    assert!(pane.come_back(fields), "{fields}");
    assert!(pane.sent.is_empty());
    pane.outcome(caller).unwrap_err()
}

#[test]
fn forged_and_replayed_answers_change_nothing() {
    let mut pane = Pane::new();
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    let state = pane.windows[0].state.clone();
    let flipped: String = state.chars().rev().collect();
    for forged in [
        String::new(),
        "#".into(),
        "#code=evil".into(),
        "#code=evil&state=".into(),
        "#error=access_denied&state=AAAAAAAAAAAAAAAAAAAAAA".into(),
        format!("#code=evil&state={flipped}"),
        format!("#code=evil&state={}", state.get(1..).unwrap()),
        format!("#code=evil&state={state}A"),
        format!("#code=evil&xstate={state}"),
        format!("?code=evil&state={state}#code=evil&state=wrong"),
        format!("#state={state}&code=evil&state=wrong"),
    ] {
        assert!(!pane.redirect(&format!("{REDIRECT}{forged}")), "{forged}");
        assert!(pane.is_quiet() && pane.sent.is_empty(), "{forged}");
    }
    let answer = format!("{REDIRECT}#code=good&state={state}");
    assert!(pane.redirect(&answer));
    // The same once more, while its code is exchanged and after.
    assert!(!pane.redirect(&answer));
    assert_eq!(pane.sent[0].form.get("code"), "good");
    let tokens = pane.tokens(ADA, "at").to_string();
    pane.answer(200, &tokens);
    assert!(pane.outcome(caller).is_ok());
    assert!(!pane.redirect(&answer));
    assert_eq!(pane.sent.len(), 1);
}

#[test]
fn answers_come_in_the_fragment_or_in_the_query() {
    for mark in ["#", "?", "?_host_Info=Excel$Win32$16.01$en-US#", "", "https://x/?a=b#"] {
        let mut pane = Pane::new();
        pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
        let state = pane.windows[0].state.clone();
        assert!(pane.redirect(&format!("{mark}code=c&state={state}")), "{mark}");
    }
}

/// RFC 9207.
#[test]
fn only_the_server_that_was_asked_may_answer() {
    let cases = [
        ("https%3A%2F%2Flogin.microsoftonline.com%2Fcommon%2Fv2.0", true),
        ("https://login.microsoftonline.com/x/v2.0", true),
        ("https://login.microsoftonline.com", true),
        ("https://login.microsoftonline.com.evil.example/", false),
        ("https://evil.example/login.microsoftonline.com", false),
        ("https://login.microsoftonline.us/x/v2.0", false),
    ];
    for (issuer, accepted) in cases {
        let mut pane = Pane::new();
        let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
        assert!(pane.come_back(&format!("code=c&iss={issuer}")));
        assert_eq!(pane.sent.len(), usize::from(accepted), "{issuer}");
        if !accepted {
            assert_eq!(pane.outcome(caller).unwrap_err().code, Code::ResponseInvalid);
        }
    }
}

#[test]
fn what_the_user_or_the_server_refused() {
    use Code::*;
    let cases = [
        ("error=access_denied", SignInCancelled, "try-again"),
        ("error=access_denied&error_subcode=cancel", SignInCancelled, "try-again"),
        (
            "error=access_denied&error_description=AADSTS65004%3A+User+declined+to+consent",
            ConsentRequired,
            "grant-consent",
        ),
        (
            "error=consent_required&error_description=AADSTS65001%3a+The+user+or+administrator+has+not+consented",
            ConsentRequired,
            "grant-consent",
        ),
        ("error=login_required", InteractionRequired, "sign-in"),
        ("error=server_error&error_description=AADSTS90033", ServerError, ""),
        ("error=temporarily_unavailable", ServerError, ""),
        (
            "error=invalid_request&error_description=AADSTS50011%3A+The+redirect+URI",
            ConfigurationInvalid,
            "register-redirect-uri",
        ),
        (
            "error=unauthorized_client&error_description=AADSTS700016%3A+not+found+in+the+directory",
            ConfigurationInvalid,
            "register-redirect-uri",
        ),
        (
            "error=interaction_required&error_description=AADSTS53003%3A+blocked+by+Conditional+Access",
            AccessBlocked,
            "check-conditional-access",
        ),
        (
            "error=invalid_request&error_description=AADSTS50020%3A+User+account+%27a%40live.com%27",
            TenantMismatch,
            "use-work-account",
        ),
        ("error=something_new", ServerError, ""),
    ];
    for (fields, code, hint) in cases {
        let failure = refused(fields);
        assert_eq!(failure.code, code, "{fields}");
        let id = failure.hint.as_ref().map_or("", |hint| hint.id);
        assert_eq!(id, hint, "{fields}");
        if matches!(hint, "try-again" | "register-redirect-uri") {
            let hint = failure.hint.clone().unwrap();
            assert_eq!(hint.params, [("redirectUri", REDIRECT.to_owned())], "{fields}");
        }
    }
}

#[test]
fn an_answer_of_nothing_is_none() {
    for fields in ["error=", "session_state=only", "code=&error="] {
        let failure = refused(fields);
        assert_eq!(failure.code, Code::ResponseInvalid, "{fields}: {failure:?}");
        assert!(failure.message.contains("neither a code nor an error"), "{failure:?}");
    }
}

#[test]
fn a_consent_link_is_ready_for_the_administrator() {
    let params = refused("error=consent_required").hint.clone().unwrap().params;
    let link = &params[0].1;
    assert_eq!(params[0].0, "adminConsentUrl");
    // Of the tenant that the authority names: an application may be that one's alone.
    let begin = format!("https://login.microsoftonline.com/{TENANT}/adminconsent?client_id=cccc");
    assert!(link.starts_with(&begin), "{link}");

    let authority = json!({ "authority": "https://login.microsoftonline.us/common" });
    let mut pane = Pane::with(authority, None);
    let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    pane.come_back("error=consent_required");
    let link = pane.outcome(caller).unwrap_err().hint.clone().unwrap().params.remove(0).1;
    assert!(link.starts_with("https://login.microsoftonline.us/organizations/"), "{link}");
}

#[test]
fn a_window_that_fails_says_how() {
    use Code::*;
    let cases = [
        ("POPUP_BLOCKED", PopupBlocked, "allow-popups"),
        ("USER_CANCEL", SignInCancelled, "try-again"),
        ("TIMEOUT", Timeout, ""),
        ("WINDOW_FAILED", ConfigurationInvalid, "check-start-page"),
    ];
    for (status, code, hint) in cases {
        let mut pane = Pane::new();
        let caller = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
        pane.end_window(status, "said so");
        let failure = pane.outcome(caller).unwrap_err();
        assert_eq!(failure.code, code);
        assert!(failure.message.ends_with(": said so"), "{}", failure.message);
        assert_eq!(failure.hint.as_ref().map_or("", |hint| hint.id), hint);
    }
}

#[test]
fn a_newer_window_takes_over() {
    let mut pane = Pane::new();
    let first = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    let second = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    assert_eq!(pane.outcome(first).unwrap_err().code, Code::SignInCancelled);
    let former = pane.windows[0].state.clone();
    assert!(!pane.redirect(&format!("#code=c&state={former}")));
    assert!(pane.come_back("code=c"));
    let tokens = pane.tokens(ADA, "at").to_string();
    pane.answer(200, &tokens);
    assert!(pane.outcome(second).is_ok());
}

/// A window that is opened while the code of another one is on its way leaves
/// nothing to check the other one's tokens against.
#[test]
fn tokens_of_a_window_that_was_taken_over_are_not_taken() {
    let mut pane = Pane::new();
    let first = pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    pane.come_back("code=c");
    let tokens = pane.tokens(ADA, "at").to_string();
    let second = pane.ask(Mode::Popup, json!({ "scopes": ["User.Read"] }));
    pane.answer(200, &tokens);
    assert_eq!(pane.outcome(first).unwrap_err().code, Code::SignInCancelled);
    assert_eq!(pane.kept, None);
    pane.come_back("code=c2");
    let tokens = pane.tokens(ADA, "at-2").to_string();
    pane.answer(200, &tokens);
    assert_eq!(pane.outcome(second).unwrap()["accessToken"], "at-2");
}
