//! Google's way of the same.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::Code;

use super::pane::{Pane, REDIRECT, id_token};

const CLOUD: &str = "https://www.googleapis.com/auth/cloud-platform";
const ID: &str = "1234-abc.apps.googleusercontent.com";

fn pane(kept: Option<String>) -> Pane {
    let options = json!({
        "cloud": "google",
        "clientId": ID,
        "clientSecret": "GOCSPX-not-a-secret",
        "authority": "",
    });
    Pane::with(options, kept)
}

fn tokens(pane: &Pane, scope: &str) -> Value {
    let nonce = pane.windows.last().map_or("", |window| window.fields.get("nonce"));
    json!({
        "access_token": "ya29.token",
        "expires_in": 3_599,
        "refresh_token": "1//refresh",
        "scope": scope,
        "token_type": "Bearer",
        "id_token": id_token(&json!({
            "iss": "https://accounts.google.com", "aud": ID, "sub": "1089", "nonce": nonce,
            "email": "ada@contoso.example", "email_verified": true, "hd": "contoso.example",
        })),
    })
}

fn granted() -> String {
    format!("openid {CLOUD} https://www.googleapis.com/auth/userinfo.email")
}

#[test]
fn a_sign_in_and_its_renewal() {
    let mut pane = pane(None);
    let caller = pane.ask(Mode::Popup, json!({ "scopes": [CLOUD] }));
    let window = &pane.windows[0];
    assert_eq!(window.endpoint, "https://accounts.google.com/o/oauth2/v2/auth");
    let expected = [
        ("client_id", ID),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", &format!("{CLOUD} openid email")),
        ("access_type", "offline"),
        ("prompt", "consent"),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in expected {
        assert_eq!(window.fields.get(name), value, "{name}");
    }
    for entras in ["client_info", "claims", "response_mode", "client-request-id"] {
        assert!(!window.fields.has(entras), "{entras}");
    }
    assert!(pane.come_back("code=4%2F0A&iss=https://accounts.google.com&scope=x&prompt=consent"));
    let sent = &pane.sent[0];
    assert_eq!(sent.url, "https://oauth2.googleapis.com/token");
    assert_eq!(sent.form.get("client_secret"), "GOCSPX-not-a-secret");
    assert_eq!(sent.form.get("code"), "4/0A");
    assert_eq!(
        sent.form.names(),
        ["client_id", "client_secret", "grant_type", "code", "code_verifier", "redirect_uri"]
    );
    let answer = tokens(&pane, &granted()).to_string();
    pane.answer(200, &answer);
    let answer = pane.outcome(caller).unwrap();
    assert_eq!(answer["accessToken"], "ya29.token");
    assert_eq!(answer["account"]["username"], "ada@contoso.example");
    // MSAL's form, without a tenant.
    assert_eq!(answer["account"]["homeAccountId"], "1089.");
    assert_eq!(answer["account"]["environment"], "accounts.google.com");

    // Another page of the same: Google gives no new refresh token.
    let mut later = self::pane(pane.kept);
    let caller = later.ask(Mode::Silent, json!({ "scopes": [CLOUD] }));
    let form = &later.sent[0].form;
    assert_eq!(form.names(), ["client_id", "client_secret", "grant_type", "refresh_token"]);
    assert_eq!(form.get("refresh_token"), "1//refresh");
    let mut answer = tokens(&later, &granted());
    answer.as_object_mut().unwrap().remove("refresh_token");
    later.answer(200, &answer.to_string());
    assert!(later.outcome(caller).is_ok());
    assert!(later.kept.unwrap().contains("1//refresh"));
}

#[test]
fn a_scope_that_was_taken_out_is_noticed() {
    let mut pane = pane(None);
    let caller = pane.ask(Mode::Popup, json!({ "scopes": [CLOUD] }));
    pane.come_back("code=c");
    let answer = tokens(&pane, "openid https://www.googleapis.com/auth/userinfo.email").to_string();
    pane.answer(200, &answer);
    let failure = pane.outcome(caller).unwrap_err();
    assert_eq!(failure.code, Code::ConsentRequired);
    assert_eq!(pane.kept, None);
}

#[test]
fn googles_errors() {
    use Code::*;
    let cases = [
        (
            400,
            json!({ "error": "invalid_grant", "error_description": "Token has been expired or revoked." }),
            InteractionRequired,
            false,
        ),
        (
            400,
            json!({ "error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)", "error_subtype": "invalid_rapt" }),
            InteractionRequired,
            false,
        ),
        (
            401,
            json!({ "error": "invalid_client", "error_description": "The provided client secret is invalid." }),
            CredentialInvalid,
            true,
        ),
        (
            401,
            json!({ "error": "unauthorized_client", "error_description": "Unauthorized" }),
            ConfigurationInvalid,
            true,
        ),
        (
            400,
            json!({ "error": "invalid_request", "error_description": "client_secret is missing." }),
            CredentialInvalid,
            true,
        ),
        (400, json!({ "error": "redirect_uri_mismatch" }), ConfigurationInvalid, true),
        (400, json!({ "error": "admin_policy_enforced" }), AccessBlocked, true),
        (403, json!({ "error": "org_internal" }), TenantMismatch, true),
        (500, json!({ "error": "internal_failure" }), ServerError, true),
    ];
    for (status, body, code, kept) in cases {
        let mut pane = pane(None);
        let caller = pane.ask(Mode::Popup, json!({ "scopes": [CLOUD] }));
        pane.come_back("code=c");
        let answer = tokens(&pane, &granted()).to_string();
        pane.answer(200, &answer);
        pane.outcome(caller).unwrap();
        let caller = pane.ask(Mode::Silent, json!({ "scopes": [CLOUD], "forceRefresh": true }));
        pane.answer(status, &body.to_string());
        assert_eq!(pane.outcome(caller).unwrap_err().code, code, "{body}");
        assert_eq!(pane.kept.is_some(), kept, "{body}");
    }
}

#[test]
fn signing_out_revokes() {
    let mut pane = pane(None);
    pane.ask(Mode::Popup, json!({ "scopes": [CLOUD] }));
    pane.come_back("code=c");
    let answer = tokens(&pane, &granted()).to_string();
    pane.answer(200, &answer);
    let request = pane.broker.sign_out().unwrap();
    assert_eq!(request.url().as_str(), "https://oauth2.googleapis.com/revoke");
    assert_eq!(request.body(), Some("token=1%2F%2Frefresh"));
    assert_eq!(pane.broker.sign_out(), None);
}
