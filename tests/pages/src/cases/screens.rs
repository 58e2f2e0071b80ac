//! The demo page's other screens: connecting, the question before it, settings.

use std::sync::Arc;

use fantoccini::key::Key;
use serde_json::json;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::environment::Engine;
use crate::pane::{Pane, encoded};
use crate::stage::{Gateway, Stage};
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("screen: connecting with what is typed", typed),
        Case::new("screen: the simulated gateway, at one's own choice", simulated),
        Case::new("screen: wrong addresses and tokens are told at their fields", wrong),
        Case::new("screen: a gateway that can't be reached", unreachable),
        Case::new("screen: a sign-in page in the gateway's place", portal),
        Case::new("screen: testing what is typed keeps nothing", test_typed),
        Case::new("screen: connecting can be cancelled", cancelled),
        Case::new("screen: a forged link is asked about and declined", forged_declined),
        Case::new("screen: a forged link is asked about and accepted", forged_accepted),
        Case::new("screen: a link that changes the headers is asked about", forged_headers),
        Case::new("screen: settings mask the token and test the connection", settings),
        Case::new("screen: settings show a failing test", failing_test),
        Case::new("screen: a change that fails leaves the connection", failing_change),
        Case::new("screen: signing out", sign_out),
        Case::new("screen: kept over a reload", kept),
        Case::new("screen: the chosen theme", chosen_theme),
        Case::new("screen: the host's theme", host_theme)
            .not_in(Engine::Webkit, "its frames follow the system and not the page around them"),
    ]
}

async fn fill(pane: &Pane<'_>, url: &str, token: &str) -> Outcome {
    pane.shows("connect").await?;
    pane.type_into("#gateway-url", url).await?;
    pane.type_into("#gateway-token", token).await
}

async fn typed(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("typed", "auth=bearer,speed=max");
    let pane = stage.pane();
    pane.open_alone("").await?;
    fill(&pane, &gateway.url, &gateway.token).await?;
    pane.click("input[name='gateway-auth-header'][value='authorization']").await?;
    // Enter in a field submits.
    pane.type_into("#model", "claude-haiku-5-5").await?;
    pane.press(Key::Enter).await?;
    pane.shows("chat").await?;
    ensure_eq!("the bar", pane.text("#connection-host").await?, gateway.host());
    let chosen = pane.evaluate("document.getElementById('model-choice').value").await?;
    ensure_eq!("model", chosen, json!("claude-haiku-5-5"));
    ensure_eq!(
        "the token's field",
        pane.evaluate("document.getElementById('gateway-token').value").await?,
        json!("")
    );
    Ok(())
}

async fn simulated(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    pane.open_alone("").await?;
    pane.shows("connect").await?;
    let before = stage.world.demo.journal().entries("/v1").len();
    pane.click("#use-simulated").await?;
    pane.shows("chat").await?;
    ensure!(stage.world.demo.journal().entries("/v1").len() > before, "no request");
    Ok(())
}

async fn wrong(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("wrong", "");
    let pane = stage.pane();
    pane.open_alone("").await?;
    let rows = [
        ("http://gateway.example", "t", "#gateway-url-error", "http"),
        ("https://u:hunter2hunter2@gateway.example", "t", "#gateway-url-error", "password"),
        ("https://gateway.example/?key=hunter2hunter2", "t", "#gateway-url-error", "query"),
        ("", "t", "#gateway-url-error", "URL"),
        (gateway.url.as_str(), "", "#gateway-token-error", "token"),
        (gateway.url.as_str(), "hunter2…hunter2", "#gateway-token-error", "…"),
    ];
    for (url, token, place, word) in rows {
        fill(&pane, url, token).await?;
        pane.click("#connect").await?;
        let place_text = json!(place);
        pane.until(&format!("document.querySelector({place_text}).innerText")).await?;
        let told = pane.text(place).await?;
        ensure!(told.contains(word), "{url:?} {token:?}: {told}");
        ensure!(!told.contains("hunter2"), "a secret is shown: {told}");
        let field = place.trim_end_matches("-error");
        let marked = format!("document.querySelector('{field}').getAttribute('aria-invalid')");
        ensure_eq!("aria-invalid", pane.evaluate(&marked).await?, json!("true"));
        let focus = pane.evaluate("'#' + document.activeElement.id").await?;
        ensure_eq!(format!("focus after {url:?}"), focus, json!(field));
        // Typing takes the complaint away.
        pane.type_into(field, "x").await?;
        pane.until(&format!("!document.querySelector({place_text}).innerText")).await?;
    }
    ensure!(gateway.entries().is_empty(), "a request was sent");
    // A token that only the gateway can judge.
    fill(&pane, &gateway.url, "another-token-that-nobody-knows").await?;
    pane.click("#connect").await?;
    pane.until("document.querySelector('#connect-error .error')").await?;
    ensure_eq!("title", pane.text(".error-title").await?, "The gateway did not accept the token");
    ensure!(pane.text(".error-hint").await?.contains("token"), "no hint");
    ensure_eq!(
        "at the field",
        pane.text("#gateway-token-error").await?,
        "The gateway did not accept the token."
    );
    Ok(())
}

async fn unreachable(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    for gateway in [
        stage.demo_gateway("unreachable", "cors=preflight-405"),
        stage.demo_gateway("unreachable", "cors=none"),
    ] {
        pane.open_alone("").await?;
        fill(&pane, &gateway.url, &gateway.token).await?;
        pane.click("#connect").await?;
        pane.until("document.querySelector('#connect-error .error')").await?;
        ensure_eq!("title", pane.text(".error-title").await?, "The gateway could not be reached");
        let hint = pane.text(".error-hint").await?;
        for word in [
            "For your IT administrator",
            gateway.host(),
            "CORS",
            stage.world.demo.pane_origin(),
            "x-api-key",
        ] {
            ensure!(hint.contains(word), "the hint lacks {word:?}: {hint}");
        }
    }
    Ok(())
}

async fn portal(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("portal", "html=200,on=all");
    let pane = stage.pane();
    pane.open_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.until("document.querySelector('#connect-error .error')").await?;
    ensure_eq!(
        "title",
        pane.text(".error-title").await?,
        "Something other than the gateway answered"
    );
    ensure!(pane.text(".error-hint").await?.contains("sign-in page"), "no hint");
    Ok(())
}

async fn test_typed(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("test typed", "");
    let pane = stage.pane();
    pane.open_alone("").await?;
    fill(&pane, &gateway.url, &gateway.token).await?;
    pane.click("#connect-test").await?;
    pane.until("document.querySelector('#connect-result .success')").await?;
    let told = pane.text("#connect-result").await?;
    ensure!(told.contains("5 models"), "{told}");
    ensure_eq!("kept", pane.evaluate("Object.keys(localStorage)").await?, json!([]));
    pane.shows("connect").await
}

async fn cancelled(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("cancelled", "never,on=models");
    let pane = stage.pane();
    pane.open_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.until("!document.getElementById('start-cancel').hidden").await?;
    gateway
        .wait_until("for the request", |entries| entries.iter().any(|entry| entry.method == "GET"))
        .await?;
    ensure_eq!("heading", pane.text("#start-heading").await?, "Connecting");
    pane.click("#start-cancel").await?;
    pane.shows("connect").await?;
    ensure!(pane.text("#connect-notice").await?.contains("Cancelled"), "it isn't told");
    pane.click("#connect").await?;
    pane.until("!document.getElementById('connect-progress').hidden").await?;
    pane.click("#connect-cancel").await?;
    pane.until("document.getElementById('connect-progress').hidden").await?;
    gateway.messages_ended().await?;
    Ok(())
}

fn forged(gateway: &Gateway) -> String {
    format!(
        "?m=3p-demo&gateway_url={}&gateway_token={}&auto_connect=1&_host_Info={}",
        encoded(&gateway.url),
        encoded(&gateway.token),
        // A link can say that it is Excel's.
        "Excel$Win32$16.01$en-US$$$$0"
    )
}

async fn forged_declined(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("forged declined", "");
    let pane = stage.pane();
    for by_key in [false, true] {
        pane.open_alone(&forged(&gateway)).await?;
        pane.shows("confirm").await?;
        ensure_eq!("host", pane.text("#confirm-host").await?, gateway.origin());
        let text = pane.text("#confirm-text").await?;
        ensure!(text.contains("token"), "the token isn't mentioned: {text}");
        let details = pane.text("#confirm-details").await?;
        ensure!(details.contains(&gateway.url), "the address isn't shown: {details}");
        ensure!(details.contains("••••"), "the token isn't shown: {details}");
        ensure!(!details.contains(&gateway.token), "the token is shown: {details}");
        let focus = pane.evaluate("document.activeElement.id").await?;
        ensure!(focus != "confirm-accept", "a stray key would agree");
        if by_key {
            pane.press(Key::Escape).await?;
        } else {
            pane.click("#confirm-decline").await?;
        }
        pane.shows("connect").await?;
        ensure!(gateway.entries().is_empty(), "a request was sent");
    }
    Ok(())
}

/// A link to a gateway that the user has agreed to, which brings headers of its own.
async fn forged_headers(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("forged headers", "");
    let pane = stage.pane();
    pane.open_alone(&forged(&gateway)).await?;
    pane.shows("confirm").await?;
    pane.click("#confirm-accept").await?;
    pane.shows("chat").await?;
    let sent = gateway.entries().len();
    let headers = encoded(r#"{"x-org-forward":"https://evil.example/?key=hunter2"}"#);
    pane.reopen_alone(&format!("{}&inference_headers={headers}", forged(&gateway))).await?;
    pane.shows("confirm").await?;
    let lead = pane.text("#confirm-lead").await?;
    ensure!(lead.contains("before"), "it isn't said that only something changes: {lead}");
    let details = pane.text("#confirm-details").await?;
    ensure!(details.contains("x-org-forward"), "the header isn't named: {details}");
    ensure!(!details.contains("evil.example"), "the header's value is shown: {details}");
    ensure!(!details.contains("Token"), "the token has not changed: {details}");
    ensure_eq!("requests before the user agreed", gateway.entries().len(), sent);
    Ok(())
}

async fn forged_accepted(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("forged accepted", "");
    let pane = stage.pane();
    pane.open_alone(&forged(&gateway)).await?;
    pane.shows("confirm").await?;
    ensure!(gateway.entries().is_empty(), "a request was sent before the user agreed");
    pane.click("#confirm-accept").await?;
    pane.shows("chat").await?;
    ensure!(!gateway.entries().is_empty(), "no request");
    let address = pane.evaluate("location.search").await?;
    ensure!(!address.to_string().contains("gateway_token"), "{address}");
    Ok(())
}

async fn settings(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("settings", "");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.click("#open-settings").await?;
    pane.shows("settings").await?;
    let table = pane.text("#configuration").await?;
    let end: String = gateway.token.chars().skip(gateway.token.chars().count() - 4).collect();
    ensure!(table.contains(&format!("••••{end}")) && table.contains("masked"), "{table}");
    ensure!(table.contains(&gateway.url), "{table}");
    ensure!(table.contains("from this page’s address"), "{table}");
    let storage = pane.text("#storage-status").await?;
    ensure!(storage.contains("It is encrypted"), "protection isn't told: {storage}");
    let before = gateway.requests("/v1/models").len();
    pane.click("#test-connection").await?;
    pane.until("document.querySelector('#test-result .success')").await?;
    ensure!(pane.text("#test-result").await?.contains("lists 5 models"), "no result");
    ensure_eq!("requests", gateway.requests("/v1/models").len(), before + 1);
    ensure!(pane.text("#about").await?.contains("taskpane-connector 0."), "no version");
    pane.click("#back").await?;
    pane.shows("chat").await
}

async fn failing_test(stage: Arc<Stage>) -> Outcome {
    // The list is there once, for connecting.
    let gateway = stage.demo_gateway("failing test", "models=anthropic");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.click("#open-settings").await?;
    pane.shows("settings").await?;
    pane.evaluate("(window.fetch = () => Promise.reject(new TypeError('refused')), 0)").await?;
    pane.click("#test-connection").await?;
    pane.until("document.querySelector('#test-error .error')").await?;
    ensure_eq!(
        "title",
        pane.text("#test-error .error-title").await?,
        "The gateway could not be reached"
    );
    pane.click("#back").await?;
    // The connection that there was is still there.
    pane.shows("chat").await
}

async fn failing_change(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("failing change", "speed=max");
    let other = stage.demo_gateway("failing change elsewhere", "status=401,on=models");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.click("#open-settings").await?;
    pane.shows("settings").await?;
    pane.click("#change-connection").await?;
    fill(&pane, &other.url, &other.token).await?;
    pane.click("#connect").await?;
    pane.until("document.getElementById('gateway-token-error').innerText").await?;
    ensure!(!other.entries().is_empty(), "the other gateway was not asked");
    let title = pane.evaluate("document.getElementById('connection-status').title").await?;
    ensure_eq!("the bar", title, json!(format!("Connected to {}", gateway.url)));
    // Back to where it was opened from, and from there to the chat.
    pane.click("#back").await?;
    pane.shows("settings").await?;
    ensure_eq!(
        "focus",
        pane.evaluate("document.activeElement.id").await?,
        json!("change-connection")
    );
    pane.click("#back").await?;
    pane.shows("chat").await?;
    pane.say("repeat after me: still here").await?;
    ensure_eq!("answer", pane.answer().await?, "still here");
    ensure!(other.requests("/v1/messages").is_empty(), "the message went elsewhere");
    Ok(())
}

async fn sign_out(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("sign out pane", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("repeat after me: to be forgotten").await?;
    pane.answer().await?;
    pane.click("#open-settings").await?;
    pane.click("#sign-out").await?;
    ensure_eq!(
        "focus",
        pane.evaluate("document.activeElement.id").await?,
        json!("sign-out-cancel")
    );
    pane.click("#sign-out-confirm").await?;
    pane.shows("connect").await?;
    ensure!(pane.text("#connect-notice").await?.contains("signed out"), "it isn't told");
    let all =
        pane.evaluate("document.documentElement.outerHTML + JSON.stringify(localStorage)").await?;
    ensure!(!all.text("")?.contains("to be forgotten"), "the conversation is still there");
    ensure!(!all.text("")?.contains(&gateway.token), "the token is still there");
    // The host's address has everything; the pane waits for its user all the same.
    let before = gateway.entries().len();
    pane.reopen_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.shows("connect").await?;
    ensure_eq!("requests", gateway.entries().len(), before);
    pane.click("#connect").await?;
    pane.shows("chat").await
}

async fn kept(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("kept", "");
    let pane = stage.pane();
    pane.open_alone("").await?;
    fill(&pane, &gateway.url, &gateway.token).await?;
    pane.click("#connect").await?;
    pane.shows("chat").await?;
    pane.reopen_alone("").await?;
    pane.shows("chat").await?;
    ensure_eq!("the bar", pane.text("#connection-host").await?, gateway.host());
    Ok(())
}

/// The dark style sheet has been applied.
const DARK: &str = "getComputedStyle(document.documentElement).colorScheme.includes('dark')";

/// How bright the page's background is, from 0 to 255.
async fn brightness(pane: &Pane<'_>) -> Outcome<u64> {
    let colour = pane.evaluate("getComputedStyle(document.body).backgroundColor").await?;
    let text = colour.text("")?;
    let parts: Vec<u64> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .take(3)
        .collect();
    ensure_eq!(format!("parts of {text}"), parts.len(), 3);
    Ok(parts.iter().sum::<u64>() / 3)
}

async fn chosen_theme(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("chosen theme", "");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    ensure!(brightness(&pane).await? > 200, "dark before it was chosen");
    pane.click("#open-settings").await?;
    pane.choose("#theme", "dark").await?;
    pane.until("document.getElementById('dark-theme').media === 'all'").await?;
    pane.until(DARK).await?;
    ensure!(brightness(&pane).await? < 80, "not dark");
    pane.reopen_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.shows("chat").await?;
    pane.until(DARK).await?;
    ensure!(brightness(&pane).await? < 80, "forgotten");
    pane.evaluate("(localStorage.removeItem('taskpane-demo:theme'), 0)").await?;
    Ok(())
}

async fn host_theme(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("host theme", "");
    let pane = stage.pane();
    for (theme, dark) in [("dark", true), ("light", false)] {
        pane.open_in_host(&format!("&theme={theme}&gateway_url={}", encoded(&gateway.url))).await?;
        pane.shows("chat").await?;
        let bright = brightness(&pane).await?;
        ensure_eq!(format!("dark at a brightness of {bright}"), bright < 80, dark);
    }
    Ok(())
}
