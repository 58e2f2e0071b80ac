//! What a token's caller sees, and answers that only claim to have one.

use serde_json::{Value, json};
use taskpane_connector::auth::Mode;
use taskpane_connector::error::Code;
use taskpane_connector::json::Json;

use super::pane::{ADA, BOB, Pane, START_MS, TENANT, account, granted, id_token, report};

#[test]
fn an_answer_has_what_msals_is_made_of() {
    let mut pane = Pane::new();
    let request = json!({ "scopes": ["User.Read"], "state": "S", "correlationId": "I" });
    let answer = pane.get(request, granted(ADA, "at", "openid User.Read"));
    let claims = json!({ "oid": ADA, "tid": TENANT, "name": "Someone", "extn.team": ["red"] });
    let token = id_token(&claims);
    let mut expected_account = account(ADA);
    expected_account["name"] = json!("Someone");
    expected_account["idTokenClaims"] = claims.clone();
    let expires = START_MS / 1_000 * 1_000 + 3_600_000;
    assert_eq!(
        answer,
        json!({
            "authority": "login.microsoftonline.com", "scope": "openid User.Read",
            "account": expected_account, "idToken": token, "accessToken": "at", "fromCache": false,
            "expiresOn": expires, "tokenType": "Bearer",
            "correlationId": "I", "state": "S",
        })
    );
}

/// The members of a good answer with one changed; null takes it out.
fn changed(path: &str, value: Value) -> Value {
    let mut members = granted(ADA, "at", "User.Read");
    let place = members.pointer_mut(path).unwrap();
    *place = value;
    members
}

#[test]
fn an_answer_without_a_token_is_a_failure() {
    let cases = [
        (changed("/token", json!(null)), "no token or no account"),
        (changed("/token", json!("text")), "no token or no account"),
        (changed("/account", json!(null)), "no token or no account"),
        (changed("/token/access_token", json!("")), "empty token"),
        (changed("/token/access_token", json!(null)), "empty token"),
        (changed("/token/id_token", json!("")), "empty token"),
        (changed("/token/id_token", json!("opaque")), "three parts"),
        (changed("/token/id_token", json!("a.!.b")), "not base64url"),
        (changed("/token/id_token", json!("a.bm9wZQ.b")), "not a JSON object"),
    ];
    for (members, message) in cases {
        let mut pane = Pane::new();
        let caller = pane.ask(Mode::Silent, json!({}));
        pane.answer(0, members.clone());
        let failure = pane.outcome(caller).unwrap_err();
        assert_eq!(failure.code, Code::ResponseInvalid, "{members}");
        assert!(failure.message.contains(message), "{}", failure.message);
        assert_eq!(report(&failure)["method"], "GetToken");
        // A failure is not cached.
        pane.ask(Mode::Silent, json!({}));
        assert_eq!(pane.sent.len(), 2);
    }
}

#[test]
fn what_hosts_leave_out_is_made_up_for() {
    let cases = [
        (changed("/success", json!("true")), "/accessToken", json!("at")),
        (
            changed("/token/expires_in", json!("3600")),
            "/expiresOn",
            json!(START_MS / 1_000 * 1_000 + 3_600_000),
        ),
        (changed("/token/expires_in", json!(null)), "/expiresOn", json!(START_MS)),
        (changed("/token/scope", json!(null)), "/scope", json!("Mail.Read")),
        (
            changed("/account/environment", json!(null)),
            "/account/environment",
            json!("login.microsoftonline.com"),
        ),
        (
            changed("/account/homeAccountId", json!("")),
            "/account/homeAccountId",
            json!(format!("{ADA}.{TENANT}")),
        ),
        (changed("/account", json!({})), "/account/localAccountId", json!(ADA)),
    ];
    for (members, path, value) in cases {
        let answer = Pane::new().get(json!({ "scopes": ["Mail.Read"] }), members);
        assert_eq!(answer.pointer(path), Some(&value), "{path}");
    }
}

#[test]
fn a_token_of_somebody_else_is_refused() {
    let mut pane = Pane::new();
    let for_bob = json!({ "scopes": ["User.Read"], "account": account(BOB) });
    for mode in [Mode::Silent, Mode::Popup, Mode::Either] {
        let caller = pane.ask(mode, for_bob.clone());
        let at = pane.sent.len() - 1;
        assert_eq!(pane.sent[at]["tokenParams"]["platformBrokerId"], format!("{BOB}.{TENANT}"));
        pane.answer(at, granted(ADA, "ada's", "User.Read"));
        let failure = pane.outcome(caller).unwrap_err();
        assert_eq!(failure.code, Code::AccountMismatch);
        assert_eq!(
            failure.hint.as_ref().unwrap().params,
            [("username", "someone@contoso.example".to_owned())]
        );
    }
    // It is Ada's all the same.
    let answer = pane.hit(json!({ "scopes": ["User.Read"], "account": account(ADA) }));
    assert_eq!(answer["accessToken"], "ada's");
}

#[test]
fn an_authority_lets_in_its_own() {
    let elsewhere = "https://login.microsoftonline.com/bbbbbbbb-0000-4000-8000-00000000000b";
    for (authority, admitted) in [
        (format!("https://login.microsoftonline.com/{TENANT}"), true),
        ("https://login.microsoftonline.com/organizations".to_owned(), true),
        ("https://login.microsoftonline.com/consumers".to_owned(), false),
        (elsewhere.to_owned(), false),
    ] {
        let mut pane = Pane::with(json!({ "authority": authority }));
        let caller = pane.ask(Mode::Silent, json!({}));
        assert_eq!(pane.sent[0]["tokenParams"].get("authority"), None);
        pane.answer(0, granted(ADA, "at", "openid profile"));
        let outcome = pane.outcome(caller).map_err(|failure| failure.code);
        assert_eq!(outcome.is_ok(), admitted, "{authority}");
        if !admitted {
            assert_eq!(outcome, Err(Code::TenantMismatch));
            // And not by way of the cache.
            pane.ask(Mode::Silent, json!({ "account": account(ADA) }));
            assert_eq!(pane.sent.len(), 2);
        }
    }
}

#[test]
fn accounts_and_their_attributes() {
    let mut pane = Pane::new();
    assert_eq!(pane.client.describe_accounts(), "[]");
    assert_eq!(pane.client.attribute("team", Json::NULL), None);
    pane.get(json!({}), granted(ADA, "a", "openid profile"));
    pane.get(json!({ "account": account(BOB) }), granted(BOB, "b", "openid profile"));
    let accounts: Value = serde_json::from_str(&pane.client.describe_accounts()).unwrap();
    let ids: Vec<_> =
        accounts.as_array().unwrap().iter().map(|one| one["localAccountId"].clone()).collect();
    assert_eq!(ids, [BOB, ADA]);
    assert_eq!(accounts[0].get("idToken"), None);
    assert_eq!(pane.client.attribute("team", Json::NULL).as_deref(), Some(r#"["red"]"#));
    assert_eq!(pane.client.attribute("rank", Json::NULL), None);
}
