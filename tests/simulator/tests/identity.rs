//! The identity providers hold clients to the protocol.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::EncodedPoint;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use reqwest::redirect::Policy;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use simulator::applications;
use support::Trial;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn form(fields: &[(&str, &str)]) -> String {
    let encode =
        |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    fields.join("&")
}

struct Browser {
    trial: Trial,
    client: reqwest::Client,
}

impl Browser {
    async fn start() -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { trial: Trial::start().await, client }
    }

    fn redirect_uri(&self) -> String {
        format!("{}/auth.html", self.trial.organisation.pane_origin())
    }

    /// Status, where it leads, and the page.
    async fn authorize(&self, client: &str, changes: &[(&str, &str)]) -> (u16, String, String) {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let uri = self.redirect_uri();
        let mut fields = vec![
            ("client_id", client),
            ("response_type", "code"),
            ("redirect_uri", &uri),
            ("response_mode", "fragment"),
            ("scope", "api://x/use openid offline_access"),
            ("state", "S"),
            ("nonce", "N"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        let identity = self.trial.organisation.identity_url("sso=ada");
        let url = format!("{identity}/entra/common/oauth2/v2.0/authorize?{}", form(&fields));
        let answer = self.client.get(url).send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get("location");
        let location = location.map_or("", |location| location.to_str().unwrap()).to_owned();
        (status, location, answer.text().await.unwrap())
    }

    async fn code(&self, client: &str) -> String {
        let (_, location, _) = self.authorize(client, &[]).await;
        let (_, rest) = location.split_once("#code=").expect("a code");
        let (code, _) = rest.split_once('&').unwrap();
        percent_encoding::percent_decode_str(code).decode_utf8().unwrap().into_owned()
    }

    async fn token(&self, origin: Option<&str>, fields: &[(&str, &str)]) -> (u16, Value) {
        let url =
            format!("{}/entra/common/oauth2/v2.0/token", self.trial.organisation.identity_url(""));
        let mut request = self.client.post(url).body(form(fields));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn redeem(&self, client: &str, code: &str, verifier: &str) -> (u16, Value) {
        let uri = self.redirect_uri();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", &uri),
            ("code_verifier", verifier),
        ];
        self.token(Some(self.trial.organisation.pane_origin()), &fields).await
    }
}

fn number(answer: &(u16, Value)) -> u64 {
    assert_eq!(answer.0, 400, "{}", answer.1);
    answer.1["error_codes"][0].as_u64().unwrap()
}

#[tokio::test]
async fn a_code_is_good_once_and_with_its_verifier() {
    let browser = Browser::start().await;
    let code = browser.code(applications::PANE).await;
    let (status, tokens) = browser.redeem(applications::PANE, &code, VERIFIER).await;
    assert_eq!((status, &tokens["token_type"]), (200, &"Bearer".into()));
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(number(&browser.redeem(applications::PANE, &code, VERIFIER).await), 54_005);
    let code = browser.code(applications::PANE).await;
    assert_eq!(number(&browser.redeem(applications::PANE, &code, "wrong").await), 501_481);
    assert_eq!(number(&browser.redeem(applications::PANE, "made up", VERIFIER).await), 70_008);
}

#[tokio::test]
async fn the_id_token_is_signed_by_the_listed_key() {
    let browser = Browser::start().await;
    let code = browser.code(applications::PANE).await;
    let (_, tokens) = browser.redeem(applications::PANE, &code, VERIFIER).await;
    let url =
        format!("{}/entra/common/discovery/v2.0/keys", browser.trial.organisation.identity_url(""));
    let keys = browser.client.get(url).send().await.unwrap().text().await.unwrap();
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let coordinate = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
        p256::FieldBytes::from(<[u8; 32]>::try_from(bytes).unwrap())
    };
    let point = EncodedPoint::from_affine_coordinates(&coordinate("x"), &coordinate("y"), false);
    let key = VerifyingKey::from_encoded_point(&point).unwrap();
    let (signed, signature) = tokens["id_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    assert!(key.verify(b"something else", &signature).is_err());
    let claims = URL_SAFE_NO_PAD.decode(signed.rsplit_once('.').unwrap().1).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["nonce"], &claims["aud"]), (&"N".into(), &applications::PANE.into()));
}

#[tokio::test]
async fn only_its_own_origin_redeems_for_a_single_page_application() {
    let browser = Browser::start().await;
    let fields = [("grant_type", "authorization_code"), ("client_id", applications::PANE)];
    assert_eq!(number(&browser.token(None, &fields).await), 9_002_327);
    assert_eq!(number(&browser.token(Some("https://evil.example"), &fields).await), 9_002_327);
    let fields = [("grant_type", "authorization_code"), ("client_id", applications::WEB)];
    let own = browser.trial.organisation.pane_origin();
    assert_eq!(number(&browser.token(Some(own), &fields).await), 9_002_326);
    let fields = [("grant_type", "authorization_code"), ("client_id", "nobody")];
    assert_eq!(number(&browser.token(Some(own), &fields).await), 700_016);
}

#[tokio::test]
async fn what_is_not_registered_is_sent_nowhere() {
    let browser = Browser::start().await;
    let longer = format!("{}/", browser.redirect_uri());
    for (client, changes, shown) in [
        (applications::ELSEWHERE, vec![], "AADSTS50011"),
        (applications::PANE, vec![("redirect_uri", longer.as_str())], "AADSTS50011"),
        (applications::PANE, vec![("redirect_uri", "https://evil.example/")], "AADSTS50011"),
        ("nobody", vec![], "AADSTS700016"),
    ] {
        let (status, location, page) = browser.authorize(client, &changes).await;
        assert_eq!((status, location.as_str()), (400, ""), "{client}");
        assert!(page.contains(shown), "{page}");
    }
    for missing in [("code_challenge", ""), ("code_challenge_method", "plain"), ("nonce", "")] {
        let (status, location, _) = browser.authorize(applications::PANE, &[missing]).await;
        assert_eq!(status, 302, "{missing:?}");
        assert!(location.contains("error=invalid") && location.contains("state=S"), "{location}");
    }
}

#[tokio::test]
async fn what_nobody_understands_is_refused() {
    let browser = Browser::start().await;
    let url = format!("{}/entra/common/x", browser.trial.organisation.identity_url("sso=nobody"));
    let answer = browser.client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("sso=nobody"));
}

#[tokio::test]
async fn the_bootstrap_endpoint_judges_tokens() {
    let browser = Browser::start().await;
    let ask = |how: &'static str, token: Option<String>| {
        let mut asked = browser.client.get(browser.trial.organisation.bootstrap_url(how));
        asked = asked.header("x-claude-user-agent", "claude-excel/1");
        if let Some(token) = token {
            asked = asked.header("authorization", format!("Bearer {token}"));
        }
        async move {
            let answer = asked.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        }
    };
    let code = browser.code(applications::PANE).await;
    let (_, tokens) = browser.redeem(applications::PANE, &code, VERIFIER).await;
    let id_token = tokens["id_token"].as_str().unwrap().to_owned();
    let (status, body) = ask("", Some(id_token.clone())).await;
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["gateway_token"], browser.trial.organisation.token());
    // Another application's token, a damaged one, and none.
    let access_token = tokens["access_token"].as_str().unwrap().to_owned();
    for token in [Some(access_token), Some(format!("{}A", &id_token[..id_token.len() - 1])), None] {
        assert_eq!(ask("", token).await.0, 401);
    }
    assert_eq!(ask("anonymous", None).await.0, 200);
    assert_eq!(ask("anonymous,empty", None).await.1, "{}");
    assert_eq!(ask("anonymous,status=503", None).await.0, 503);
    assert!(serde_json::from_str::<Value>(&ask("anonymous,malformed", None).await.1).is_err());
    assert!(ask("anonymous,huge=70000", None).await.1.len() > 70_000);
    assert_eq!(ask("unknown", None).await.0, 400);
    let without = browser.client.get(browser.trial.organisation.bootstrap_url("anonymous"));
    assert_eq!(without.send().await.unwrap().status(), 400);
}
