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
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use simulator::registrations::GATEWAY_SCOPE;
use simulator::{Part, SecretKind, applications};
use support::Trial;

const ADA: &str = "a1b5c9d3-0000-4000-8000-0000000000ad";
const GRAPH: &str = "https://graph.microsoft.com";
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
        self.authorize_with("sso=ada", client, changes).await
    }

    async fn authorize_with(
        &self,
        how: &str,
        client: &str,
        changes: &[(&str, &str)],
    ) -> (u16, String, String) {
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
        let identity = self.trial.organisation.identity_url(how);
        let url = format!("{identity}/entra/common/oauth2/v2.0/authorize?{}", form(&fields));
        let answer = self.client.get(url).send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get("location");
        let location = location.map_or("", |location| location.to_str().unwrap()).to_owned();
        (status, location, answer.text().await.unwrap())
    }

    async fn code(&self, client: &str) -> String {
        self.code_for(client, &[]).await
    }

    async fn code_for(&self, client: &str, changes: &[(&str, &str)]) -> String {
        let (_, location, _) = self.authorize(client, changes).await;
        let (_, rest) = location.split_once("#code=").expect("a code");
        let (code, _) = rest.split_once('&').unwrap();
        percent_encoding::percent_decode_str(code).decode_utf8().unwrap().into_owned()
    }

    async fn token(&self, origin: Option<&str>, fields: &[(&str, &str)]) -> (u16, Value) {
        self.token_with("", origin, fields).await
    }

    async fn token_with(
        &self,
        how: &str,
        origin: Option<&str>,
        fields: &[(&str, &str)],
    ) -> (u16, Value) {
        let url =
            format!("{}/entra/common/oauth2/v2.0/token", self.trial.organisation.identity_url(how));
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

impl Browser {
    /// The claims of one of the tokens, as the jsonwebtoken crate reads it with Entra's list of keys.
    async fn claims(
        &self,
        tokens: &Value,
        name: &str,
        audience: &str,
    ) -> jsonwebtoken::errors::Result<Value> {
        let url = format!(
            "{}/entra/common/discovery/v2.0/keys",
            self.trial.organisation.identity_url("")
        );
        let keys = self.client.get(url).send().await.unwrap().text().await.unwrap();
        let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&keys).unwrap();
        let token = tokens[name].as_str().unwrap();
        let id = jsonwebtoken::decode_header(token)?.kid.unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[audience]);
        let key = DecodingKey::from_jwk(keys.find(&id).unwrap())?;
        Ok(jsonwebtoken::decode::<Value>(token, &key, &validation)?.claims)
    }

    /// The tokens that Entra gives for a refresh token.
    async fn refresh(&self, how: &str, token: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut fields = vec![
            ("grant_type", "refresh_token"),
            ("client_id", applications::PANE),
            ("refresh_token", token),
        ];
        fields.extend(more);
        self.token_with(how, Some(self.trial.organisation.pane_origin()), &fields).await
    }

    async fn signed_in(&self) -> String {
        let code = self.code(applications::PANE).await;
        let (_, tokens) = self.redeem(applications::PANE, &code, VERIFIER).await;
        tokens["refresh_token"].as_str().unwrap().to_owned()
    }

    async fn graph(&self, path: &str, token: &str) -> reqwest::Response {
        let url = format!("{}/graph/v1.0/{path}", self.trial.organisation.identity_url(""));
        self.client
            .get(url)
            .header("authorization", format!("Bearer {token}"))
            .send()
            .await
            .unwrap()
    }

    /// The broker's request, as the host page sends it.
    async fn office(&self, how: &str, origin: &str, request: Value) -> (u16, Value) {
        let url = format!("{}/office/token", self.trial.organisation.identity_url(how));
        let request = self.client.post(url).header("origin", origin).body(request.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
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
async fn another_library_finds_the_tokens_signed_by_the_listed_key() {
    let browser = Browser::start().await;
    let code = browser.code(applications::PANE).await;
    let (_, tokens) = browser.redeem(applications::PANE, &code, VERIFIER).await;
    let id_token = browser.claims(&tokens, "id_token", applications::PANE).await.unwrap();
    assert_eq!((&id_token["nonce"], &id_token["oid"]), (&"N".into(), &ADA.into()));
    assert_eq!(id_token["extn.team"], json!(["red"]));
    let access = browser.claims(&tokens, "access_token", "api://x").await.unwrap();
    assert_eq!(
        (&access["scp"], &access["azp"]),
        (&"use openid".into(), &applications::PANE.into())
    );
    // It tells audiences and signatures apart.
    assert!(browser.claims(&tokens, "access_token", GRAPH).await.is_err());
    let mut forged = tokens.clone();
    let token = forged["access_token"].as_str().unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    forged["access_token"] = json!(format!("{signed}.{}", "A".repeat(86)));
    assert!(browser.claims(&forged, "access_token", "api://x").await.is_err());
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
    let (signed, signature) = id_token.rsplit_once('.').unwrap();
    // The first character, for the last one's lower bits are padding.
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    let damaged = format!("{signed}.{other}{}", &signature[1..]);
    for token in [Some(access_token), Some(damaged), None] {
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

#[tokio::test]
async fn refusals_have_what_goes_with_their_number() {
    let browser = Browser::start().await;
    let token = browser.signed_in().await;
    for (asked, error, sub_error, demands) in [
        (50_076, "interaction_required", Some("basic_action"), true),
        (53_003, "invalid_grant", Some("message_only"), true),
        (65_001, "invalid_grant", Some("consent_required"), false),
        (50_173, "invalid_grant", Some("bad_token"), false),
        (700_084, "invalid_grant", None, false),
        (99_999, "invalid_grant", None, false),
    ] {
        let refused = browser.refresh(&format!("refresh={asked}"), &token, &[]).await;
        assert_eq!(number(&refused), asked);
        let body = refused.1;
        assert_eq!((&body["error"], body["suberror"].as_str()), (&error.into(), sub_error));
        let said = body["error_description"].as_str().unwrap();
        assert!(said.starts_with(&format!("AADSTS{asked}: ")), "{said}");
        let claims = body["claims"].as_str().map(serde_json::from_str::<Value>);
        assert_eq!(claims.is_some(), demands, "{asked}");
        assert!(
            claims.is_none_or(|claims| claims.unwrap()["access_token"]["capolids"].is_object())
        );
    }
    let (status, _, page) =
        browser.authorize_with("sso=ada,blocked=53003", applications::PANE, &[]).await;
    assert_eq!(status, 400);
    assert!(page.contains("AADSTS53003: Access has been blocked"), "{page}");
}

#[tokio::test]
async fn what_an_administrator_agrees_to_is_agreed_to_for_everybody() {
    let browser = Browser::start().await;
    let scope = [("scope", "api://x/admin-only openid")];
    let how = "sso=ada,id=agreeing";
    let (status, _, page) = browser.authorize_with(how, applications::PANE, &scope).await;
    assert!(status == 200 && page.contains("Need admin approval"), "{page}");
    let link = format!(
        "{}/entra/common/adminconsent?client_id={}",
        browser.trial.organisation.identity_url(how),
        applications::PANE
    );
    let page = browser.client.get(&link).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("id=\"accept\""), "{page}");
    let agreed = browser.client.get(format!("{link}&choose=accept")).send().await.unwrap();
    assert_eq!(agreed.status(), 200);
    let (status, location, _) = browser.authorize_with(how, applications::PANE, &scope).await;
    assert!(status == 302 && location.contains("#code="), "{location}");
    // That was this trial's.
    let (status, ..) = browser.authorize(applications::PANE, &scope).await;
    assert_eq!(status, 200);
    let nobody = link.replace(applications::PANE, "nobody");
    assert_eq!(browser.client.get(nobody).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn graph_opens_to_its_own_tokens_and_may_demand_more_of_them() {
    let browser = Browser::start().await;
    let refresh_token = browser.signed_in().await;
    let token = async |scope: &str, claims: &str| {
        let more = [("scope", scope), ("claims", claims)];
        let (status, tokens) = browser.refresh("", &refresh_token, &more).await;
        assert_eq!(status, 200, "{tokens}");
        tokens["access_token"].as_str().unwrap().to_owned()
    };
    let plain = token("User.Read openid", "").await;
    let me = browser.graph("me", &plain).await;
    assert_eq!(me.headers()["access-control-allow-origin"], "*");
    let me: Value = serde_json::from_str(&me.text().await.unwrap()).unwrap();
    assert_eq!((&me["id"], &me["displayName"]), (&ADA.into(), &"Ada Lovelace".into()));
    for other in ["", "made.up.token", &token("api://x/use", "").await] {
        assert_eq!(browser.graph("me", other).await.status(), 401);
    }

    let demand = |answer: reqwest::Response| {
        assert_eq!(answer.status(), 401);
        let header = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
        let (_, claims) = header.split_once("error=\"insufficient_claims\", claims=\"").unwrap();
        let claims = base64::engine::general_purpose::STANDARD.decode(claims.trim_end_matches('"'));
        String::from_utf8(claims.unwrap()).unwrap()
    };
    let claims = demand(browser.graph("me/messages", &plain).await);
    let stepped_up = token("User.Read", &claims).await;
    assert_eq!(browser.graph("me/messages", &stepped_up).await.status(), 200);
    demand(browser.graph("me/contacts", &stepped_up).await);
    // This one takes the user.
    let claims = demand(browser.graph("me/events", &stepped_up).await);
    let more = [("scope", "User.Read"), ("claims", claims.as_str())];
    assert_eq!(number(&browser.refresh("", &refresh_token, &more).await), 50_076);
    let changes = [("claims", claims.as_str()), ("scope", "User.Read openid")];
    let code = browser.code_for(applications::PANE, &changes).await;
    let (_, tokens) = browser.redeem(applications::PANE, &code, VERIFIER).await;
    let with_user = tokens["access_token"].as_str().unwrap();
    assert_eq!(browser.graph("me/events", with_user).await.status(), 200);

    let download = browser.graph("me/drive/items/7/content", &plain).await;
    assert_eq!(download.status(), 302);
    let elsewhere = download.headers()["location"].to_str().unwrap().to_owned();
    let origin = browser.trial.organisation.identity_url("").replace("127.0.0.1", "localhost");
    assert_eq!(elsewhere, format!("{origin}/download/7"));
    let request = || browser.client.get(elsewhere.replace("localhost", "127.0.0.1"));
    assert_eq!(request().send().await.unwrap().status(), 200);
    let with_token = request().header("authorization", format!("Bearer {plain}"));
    assert_eq!(with_token.send().await.unwrap().status(), 400);
    let seen = browser.trial.organisation.sightings();
    let stray: Vec<_> = seen.iter().filter(|sighting| !sighting.is_meant()).collect();
    assert_eq!(stray.len(), 1, "{stray:?}");
    assert_eq!(stray[0].kind, SecretKind::AccessToken);
    assert_eq!(stray[0].part, Part::Header("authorization".to_owned()));
    assert_eq!(stray[0].path, "/download/7");
}

#[tokio::test]
async fn the_office_host_gets_tokens_and_nobody_else_does() {
    let browser = Browser::start().await;
    let host = browser.trial.organisation.host_origin();
    let ask = |scope: &str, attended: bool| json!({ "user": "ada", "clientId": applications::PANE, "scope": scope, "attended": attended, "number": "n-1-" });
    let (status, answer) =
        browser.office("claim=extn.url:a%2Fb", host, ask("api://gw/.default", false)).await;
    assert_eq!((status, &answer["success"]), (200, &true.into()), "{answer}");
    assert_eq!(answer["token"]["scope"], "api://gw/user_impersonation");
    assert_eq!(answer["account"]["localAccountId"], ADA);
    let claims = browser.claims(&answer["token"], "id_token", applications::PANE).await.unwrap();
    assert_eq!(claims["extn.url"], "a/b");
    let access = browser.claims(&answer["token"], "access_token", "api://gw").await.unwrap();
    assert!(access["uti"].as_str().unwrap().starts_with("n-1-"));
    let elsewhere = host.replace("127.0.0.1", "localhost");
    assert_eq!(browser.office("", &elsewhere, ask("User.Read", false)).await.0, 200);
    for origin in [browser.trial.organisation.pane_origin(), "https://evil.example", "null"] {
        assert_eq!(browser.office("", origin, ask("User.Read", false)).await.0, 403);
    }

    let how = "id=office";
    let silent = browser.office(how, host, ask("api://unconsented/use", false)).await.1;
    assert_eq!(silent["error"]["subError"], "consent_required", "{silent}");
    let attended = browser.office(how, host, ask("api://unconsented/use", true)).await.1;
    assert_eq!(attended["success"], true, "{attended}");
    let again = browser.office(how, host, ask("api://unconsented/use", false)).await.1;
    assert_eq!(again["success"], true, "{again}");
    let admins = browser.office("", host, ask("api://admin-only/use", true)).await.1;
    assert!(admins["error"]["description"].as_str().unwrap().starts_with("AADSTS90094: "));
    let mut blocked = ask("User.Read", true);
    blocked["refusal"] = json!(53_003);
    let blocked = browser.office("", host, blocked).await.1;
    assert_eq!(
        (&blocked["success"], &blocked["error"]["status"]),
        (&false.into(), &"PERSISTENT_ERROR".into())
    );
    let mut nobody = ask("User.Read", true);
    nobody["user"] = Value::Null;
    let nobody = browser.office("", host, nobody).await.1;
    assert_eq!(nobody["error"]["status"], "ACCOUNT_UNAVAILABLE");
}

#[tokio::test]
async fn a_gateway_that_wants_entra_takes_its_own_tokens_alone() {
    let browser = Browser::start().await;
    let host = browser.trial.organisation.host_origin();
    let token = async |scope: &str, expires: u64| {
        let request = json!({ "user": "bob", "clientId": applications::PANE, "scope": scope, "expires": expires });
        let answer = browser.office("", host, request).await.1;
        answer["token"].clone()
    };
    let good = token(GATEWAY_SCOPE, 600).await;
    let models = format!("{}/v1/models", browser.trial.organisation.gateway_url_with("auth=entra"));
    for (bearer, status) in [
        (&good["access_token"], 200),
        (&good["id_token"], 401),
        (&token("User.Read", 600).await["access_token"], 401),
        (&token(GATEWAY_SCOPE, 0).await["access_token"], 401),
        (&json!(browser.trial.organisation.token()), 401),
    ] {
        let bearer = format!("Bearer {}", bearer.as_str().unwrap());
        let request = browser.client.get(&models).header("authorization", bearer);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn secrets_are_seen_wherever_they_turn_up() {
    let browser = Browser::start().await;
    let organisation = &browser.trial.organisation;
    let refresh_token = browser.signed_in().await;
    let kinds: Vec<_> = organisation.issued_secrets().iter().map(|secret| secret.kind).collect();
    for kind in [
        SecretKind::Code,
        SecretKind::Verifier,
        SecretKind::RefreshToken,
        SecretKind::AccessToken,
        SecretKind::IdToken,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    assert!(organisation.sightings().iter().all(simulator::Sighting::is_meant));
    let before = organisation.sightings().len();
    let encoded: String = refresh_token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let pane = organisation.pane_origin();
    let gateway = organisation.gateway_url();
    browser.client.get(format!("{pane}/?x={encoded}")).send().await.unwrap();
    browser
        .client
        .get(pane)
        .header("referer", format!("{pane}/{refresh_token}"))
        .send()
        .await
        .unwrap();
    browser.client.post(format!("{gateway}/v1/messages")).body(refresh_token).send().await.unwrap();
    let seen: Vec<_> = organisation.sightings().split_off(before);
    let parts: Vec<_> = seen.iter().map(|sighting| (sighting.listener, &sighting.part)).collect();
    let referer = Part::Header("referer".to_owned());
    assert_eq!(parts, [("pane", &Part::Address), ("pane", &referer), ("gateway", &Part::Body)]);
    assert!(!seen.iter().any(simulator::Sighting::is_meant));
}
