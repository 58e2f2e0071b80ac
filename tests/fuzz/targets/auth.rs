//! What signing in has to read: ID tokens, challenges, an Office host's
//! messages, addresses that a window came back to, answers of a token endpoint,
//! kept records, authorities. Nothing panics, nobody is left without an answer,
//! and no token is given out that the answer doesn't have or that was somebody
//! else's.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use taskpane_connector::auth::oauth::{Broker, Settings};
use taskpane_connector::auth::{Mode, claims, id_token};

use super::host_pane;
use super::window_pane::{self, base64url};

/// Deeper JSON is refused by the core, and not by serde_json everywhere.
const SHALLOW: usize = 100;

const ENDPOINT: &str = "http://127.0.0.1:9/t/oauth2/v2.0/token";

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let members: Option<Map<String, Value>> = serde_json::from_str(&text).ok();
    check_id_token(&text);
    check_challenge(&text);
    check_redirect(&text);
    check_authority(&text);
    check_kept(&text, members.as_ref());
    check_host(&text, members.as_ref());
    if let Some(members) = members {
        check_tokens(members);
    }
}

/// Whether a text is the JSON of an object, of any numbers and escapes.
fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
}

fn is_shallow(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() < SHALLOW
}

/// Once as it is, once with the text for its payload.
fn check_id_token(text: &str) {
    if let Ok(claims) = id_token::claims(text) {
        assert!(is_object(&claims), "{claims}");
    }
    let token = format!("e30.{}.c2ln", base64url(text.as_bytes()));
    match id_token::claims(&token) {
        Ok(claims) => assert!(is_object(text) && text.contains(claims.trim()), "{claims}"),
        Err(error) => assert!(!is_object(text) || !is_shallow(text), "{error:?} for {text}"),
    }
}

fn check_challenge(header: &str) {
    let claims = claims::from_challenge(header);
    assert!(claims.is_empty() || is_object(&claims), "{claims}");
    // What is demanded is found, wherever in the header it stands.
    if is_object(header) && is_shallow(header) {
        let encoded = base64url(header.as_bytes());
        for header in [
            format!(r#"Bearer realm="", error="insufficient_claims", claims="{encoded}""#),
            format!(r#"Basic realm="claims", Bearer claims={encoded}, error="x""#),
        ] {
            assert!(is_object(&claims::from_challenge(&header)), "{header}");
        }
    }
}

/// Without its `state` an address is nobody's answer; with it, it is this window's.
fn check_redirect(address: &str) {
    let mut pane = window_pane::Pane::new();
    pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    let state = pane.windows[0].state.clone();
    assert!(!pane.redirect(address), "an answer without {state}: {address}");
    assert!(pane.redirect(&format!("{address}&state={state}")), "no answer: {address}");
    for sent in pane.sent.clone() {
        let form = &sent.form;
        assert!(address.contains("code") && form.has("code_verifier"), "{form:?}");
        pane.answer(503, "");
    }
    // It is good once.
    assert!(!pane.redirect(&format!("{address}&state={state}")) || pane.sent.is_empty());
    told_once(&mut pane);
}

fn told_once(pane: &mut window_pane::Pane) {
    for _ in 0..3 {
        pane.end_window("USER_CANCEL", "closed");
    }
    let (_, outcome) = pane.client.poll_outcome().expect("somebody waits for ever");
    assert!(pane.client.poll_outcome().is_none(), "told twice, first {outcome:?}");
}

/// Tokens go to a server on this computer, or by TLS.
fn check_authority(authority: &str) {
    let _any = Settings::read(authority);
    let options = json!({ "clientId": "c", "redirectUri": "r", "authority": authority });
    let Ok(settings) = Settings::read(&options.to_string()) else { return };
    let url = url::Url::parse(settings.token().as_str()).expect("an address");
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    assert!(url.scheme() == "https" || is_loopback, "{url}");
}

/// A record that is read is written again as it was read, and gone after a sign-out.
fn check_kept(text: &str, members: Option<&Map<String, Value>>) {
    let authority = ENDPOINT.trim_end_matches("/oauth2/v2.0/token");
    let options = json!({ "clientId": "C", "redirectUri": "r", "authority": authority });
    let mut broker = Broker::new(Settings::read(&options.to_string()).expect("settings"));
    let mut records = vec![text.to_owned()];
    if let Some(members) = members {
        let mut ours = members.clone();
        for (name, value) in
            [("v", json!(1)), ("audience", json!(ENDPOINT)), ("clientId", json!("C"))]
        {
            ours.insert(name.to_owned(), value);
        }
        records.push(Value::Object(ours).to_string());
    }
    for record in records {
        broker.handle_kept(&record);
        let Some(read) = broker.record() else { continue };
        let value: Value = serde_json::from_str(read.expose()).expect("a record is JSON");
        assert_eq!((&value["audience"], &value["clientId"]), (&json!(ENDPOINT), &json!("C")));
        assert!(value["refreshToken"].as_str().is_some_and(|token| !token.is_empty()), "{value}");
        broker.handle_kept(read.expose());
        assert_eq!(broker.record().expect("a record").expose(), read.expose());
        let _revocation = broker.sign_out();
        assert!(broker.record().is_none(), "kept after a sign-out: {record}");
    }
}

/// A host may say anything: as it is, and as the members of an answer.
fn check_host(text: &str, members: Option<&Map<String, Value>>) {
    let mut pane = host_pane::Pane::new();
    let caller = pane.ask(Mode::Silent, json!({ "scopes": ["Scope.1"] }));
    assert!(!pane.client.handle_message(text, pane.now_ms), "an answer to nothing: {text}");
    let mut members = members.cloned().unwrap_or_default();
    members.remove("messageType");
    members.remove("requestId");
    let answer = Value::Object(members);
    pane.answer(0, answer.clone());
    pane.wait(30_000);
    let mut outcomes = pane.outcomes();
    let outcome = outcomes.remove(&caller).expect("the caller waits for ever");
    assert!(outcomes.is_empty(), "{outcomes:?}");
    if let Ok(token) = outcome {
        assert_eq!(token["accessToken"], answer["token"]["access_token"]);
        assert_ne!(token["accessToken"], "");
        assert!(!matches!(&answer["success"], Value::Null | Value::Bool(false)), "{answer}");
    }
}

/// What a token endpoint answers to a code, with the text's `claims` in an ID
/// token. Its `nonce` may be a right one, where it says `NONCE`.
fn check_tokens(mut answer: Map<String, Value>) {
    let mut pane = window_pane::Pane::new();
    pane.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
    let nonce = pane.windows[0].fields.get("nonce").to_owned();
    assert!(pane.come_back("code=the-code"));
    let mut claims = answer.get("claims").cloned().unwrap_or_default();
    if claims.is_object() {
        if claims["nonce"] == "NONCE" {
            claims["nonce"] = json!(nonce);
        }
        answer.insert("id_token".to_owned(), json!(window_pane::id_token(&claims)));
    }
    let status = if answer.contains_key("error") { 400 } else { 200 };
    let answer = Value::Object(answer);
    pane.answer(status, &answer.to_string());
    for _ in 0..3 {
        pane.end_window("USER_CANCEL", "closed");
    }
    let (_, outcome) = pane.client.poll_outcome().expect("the caller waits for ever");
    assert!(pane.client.poll_outcome().is_none());
    let Ok(token) = outcome else { return };
    let token: Value = serde_json::from_str(token.expose()).expect("JSON");
    assert_eq!(token["accessToken"], answer["access_token"]);
    if claims.is_object() {
        assert_eq!(claims["nonce"], json!(nonce), "another sign-in's token: {answer}");
        assert_eq!(claims["aud"], window_pane::CLIENT, "another application's token: {answer}");
    }
    if let Some(kept) = &pane.kept {
        let kept: Value = serde_json::from_str(kept).expect("JSON");
        assert_eq!(kept["refreshToken"], answer["refresh_token"]);
    }
}
