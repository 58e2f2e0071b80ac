//! What leaves the page, and what must not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::{PackagePage, settings};
use crate::pane::encoded;
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("security: no cookies, no referrer, no header too many", bare_request),
        Case::new("security: a link's host is asked about first", forged_link),
        Case::new("security: agreeing to another host is not agreeing", wrong_consent),
        Case::new("security: the token leaves the address", stripped),
        Case::new("security: a host that page code names is trusted", named_host),
        Case::new("security: the policy holds", policy_holds),
    ]
}

/// Headers that browsers add by themselves.
const BROWSERS_OWN: [&str; 17] = [
    "host",
    "connection",
    "content-length",
    "user-agent",
    "accept",
    "accept-language",
    "accept-encoding",
    "origin",
    "cache-control",
    "pragma",
    "priority",
    "te",
    "sec-gpc",
    "dnt",
    "upgrade-insecure-requests",
    "content-type",
    "keep-alive",
];

async fn bare_request(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("bare request", "");
    let page = stage.package_page().await?;
    // Cookies know no ports: this one is the gateway's as well.
    stage.browser.evaluate("(document.cookie = 'session=cookie-of-the-user; path=/', 0)").await?;
    let marker = "?secret-of-the-address=1";
    page.go(marker).await?;
    let careless = format!("{}/v1/models?careless", gateway.url);
    page.run("careless", json!({ "address": careless })).await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "hello" } });
    let asked_result = page.run("ask", asked).await;
    stage.browser.evaluate("(document.cookie = 'session=; path=/; max-age=0', 0)").await?;
    asked_result?;
    let requests = gateway.requests("");
    // A request of the page's own shows that there was something to leave out.
    let (careless, own): (Vec<_>, Vec<_>) =
        requests.iter().partition(|request| request.query.as_deref() == Some("careless"));
    let carried = careless.iter().any(|request| request.header("cookie").is_some());
    ensure!(carried, "the cookie isn't sent anyway: nothing is tested here");
    let told = careless
        .iter()
        .any(|request| request.header("referer").is_some_and(|from| from.contains(marker)));
    ensure!(told, "the referrer isn't sent anyway: nothing is tested here");
    ensure_eq!("requests of the package", own.len(), 2);
    for request in own {
        for header in &request.headers {
            let name = header.name.as_str();
            let known = BROWSERS_OWN.contains(&name)
                || name.starts_with("sec-")
                || matches!(name, "x-api-key" | "anthropic-version");
            ensure!(known, "{} carries {name}: {}", request.path, header.value);
        }
        let key = request.headers.iter().find(|header| header.name == "x-api-key");
        ensure_eq!("the token", key.and_then(|key| key.matches_token), Some(true));
    }
    for preflight in gateway.entries().iter().filter(|entry| entry.method == "OPTIONS") {
        ensure_eq!("a preflight's cookie", preflight.header("cookie"), None);
        ensure_eq!("a preflight's referrer", preflight.header("referer"), None);
        let asked = preflight.header("access-control-request-headers").unwrap_or_default();
        let expected: &[&str] = if preflight.path.ends_with("/messages") {
            &["anthropic-version", "content-type", "x-api-key"]
        } else {
            &["anthropic-version", "x-api-key"]
        };
        let mut names: Vec<_> = asked.split(',').map(str::trim).collect();
        names.sort_unstable();
        ensure_eq!("headers that the package sets", names, expected);
    }
    Ok(())
}

async fn forged_link(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("forged link", "");
    let page = stage.package_page().await?;
    let open = json!({ "parameters": settings(&gateway) });
    let opened = page.run("reconnect", json!({ "open": open })).await?;
    ensure_eq!("state", opened.text("/state")?, "needs-settings");
    ensure_eq!("host to ask about", opened.text("/confirmation/host")?, gateway.host());
    ensure_eq!("origin to agree to", opened.text("/confirmation/origin")?, gateway.origin());
    ensure_eq!("address", opened.text("/confirmation/address")?, gateway.url.as_str());
    let changed = opened.at("/confirmation/changed").as_object().map(|changed| changed.keys());
    let keys: Vec<_> = changed.into_iter().flatten().map(String::as_str).collect();
    ensure_eq!("what to agree to", keys, ["gateway_url", "gateway_token"]);
    // Acting without having been asked is not enough.
    let acted = json!({ "open": open, "connect": { "interactive": true } });
    let acted = page.run("reconnect", acted).await?;
    ensure_eq!("code", acted.text("/error/code")?, "interaction-required");
    ensure_eq!("hint", acted.text("/error/hint/id")?, "confirm-host");
    ensure!(acted.text("/error/hint/text")?.contains(gateway.host()), "{acted}");
    ensure!(gateway.entries().is_empty(), "a request was sent before the user agreed");
    let agreed = json!({ "open": open, "connect": { "confirm": gateway.origin() } });
    let agreed = page.run("reconnect", agreed).await?;
    ensure_eq!(format!("state after {}", agreed.at("/error")), agreed.text("/state")?, "ready");
    ensure!(agreed.at("/confirmation").is_null(), "{}", agreed.at("/confirmation"));
    // It is asked once.
    page.go("").await?;
    let again = page.run("reconnect", json!({ "open": open })).await?;
    ensure_eq!("state the next time", again.text("/state")?, "ready");
    Ok(())
}

async fn wrong_consent(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("wrong consent", "");
    let page = stage.package_page().await?;
    let open = json!({ "parameters": settings(&gateway) });
    let port = gateway.host().split(':').nth(1).unwrap_or_default();
    for confirm in [
        "",
        "*",
        "null",
        "http://127.0.0.1",
        gateway.host(),
        &gateway.url,
        &format!("https://127.0.0.1:{port}"),
        &format!("http://localhost:{port}"),
    ] {
        let asked = json!({ "open": open, "connect": { "interactive": true, "confirm": confirm } });
        let result = page.run("reconnect", asked).await?;
        ensure_eq!(
            format!("code for {confirm:?}"),
            result.text("/error/code")?,
            "interaction-required"
        );
    }
    ensure!(gateway.entries().is_empty(), "a request was sent");
    Ok(())
}

async fn stripped(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("stripped", "");
    let query = format!(
        "?theme=dark&gateway_url={}&gateway_token={}&keep=1#part",
        encoded(&gateway.url),
        encoded(&gateway.token)
    );
    let page = PackagePage::open(&stage, &query).await?;
    let seen = page.run_with_secrets("lookAtAddress", json!({})).await?;
    ensure!(seen.text("/before")?.contains(&gateway.token), "nothing to strip: {seen}");
    let after = seen.text("/after")?;
    ensure!(!after.contains(&gateway.token) && !after.contains("gateway_token"), "{after}");
    for stays in ["theme=dark", "keep=1", "gateway_url=", "#part"] {
        ensure!(after.contains(stays), "{stays} is gone: {after}");
    }
    ensure!(seen.text("/token")?.starts_with("••••"), "{seen}");
    ensure_eq!("history", seen.at("/historyBefore"), seen.at("/historyAfter"));
    Ok(())
}

/// The simulated Office host frames the page, and page code says that it is one.
async fn named_host(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    let gateway = stage.gateway("named host", "");
    let host = stage.world.package.host_origin().to_owned();
    let address = format!("{host}/?page=package.html&gateway_url={}", encoded(&gateway.url));
    let limit = Duration::from_secs(10);
    for (trusted, state) in [(json!([]), "needs-settings"), (json!([host]), "ready")] {
        // Named in the address, so that a driver that is still in the former
        // frame doesn't take it for this one.
        stage.browser.open(&format!("{address}&round={state}")).await?;
        stage.browser.until("document.getElementById('frame').src", limit).await?;
        let loaded = format!("window.run && location.search.includes('round={state}')");
        stage.browser.enter_frame(&loaded, limit).await?;
        let result =
            page.run("connectAsPane", json!({ "open": { "hostOrigins": trusted } })).await?;
        ensure_eq!(format!("state with {trusted}"), result.text("/state")?, state);
        if state == "needs-settings" {
            ensure!(gateway.entries().is_empty(), "a request was sent");
            ensure_eq!("host to ask about", result.text("/confirmation/host")?, gateway.host());
        }
    }
    Ok(())
}

/// Everything above ran under the policy; here it is shown to be one.
async fn policy_holds(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    let result = page.run("tryPolicy", json!({})).await?;
    ensure!(!result.text("/eval")?.contains("ran"), "eval works under this policy: {result}");
    ensure!(result.list("/violations")?.len() >= 2, "nothing was reported: {result}");
    Ok(())
}
