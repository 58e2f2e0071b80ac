//! The demo page where the organisation configures its users one by one: what
//! the directory and the bootstrap endpoint say, who is not assigned, and who
//! has to sign in first.

use std::sync::Arc;

use serde_json::json;
use simulator::applications;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::pane::encoded;
use crate::stage::{Gateway, Stage};
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("configuration: by the bootstrap endpoint, through the host", configured),
        Case::new("configuration: nothing for this user", unassigned),
        Case::new("configuration: what it is fetched with takes the user", with_the_user),
        Case::new("configuration: an endpoint that fails", failing),
        Case::new("configuration: the last good answer serves on", kept),
        Case::new("configuration: a link asks before it tells an endpoint", of_a_link),
    ]
}

/// The host's address with a manifest that names the endpoint and no gateway.
fn manifest(stage: &Stage, how: &str, more: &str) -> String {
    let endpoint = encoded(&stage.world.demo.bootstrap_url(how));
    let client = applications::PANE;
    format!(
        "&gateway_url=&gateway_token=&entra_sso=1&graph_client_id={client}&bootstrap_url={endpoint}{more}"
    )
}

/// The endpoint's answer that leads to a gateway of the case's own.
fn leading_to(gateway: &Gateway) -> String {
    let (_, faults) = gateway.url.split_once("/with/").unwrap_or_default();
    format!("gateway={}", faults.replace(',', ";"))
}

async fn configured(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("configured", "");
    let pane = stage.pane();
    let how = leading_to(&gateway);
    pane.open_in_host(&manifest(&stage, &how, "&broker=popup=ok")).await?;
    pane.shows("chat").await?;
    pane.say("repeat after me: nobody typed anything").await?;
    ensure_eq!("answer", pane.answer().await?, "nobody typed anything");
    for request in gateway.requests("") {
        // A template of the endpoint's own, over the attribute of the directory.
        ensure_eq!("x-org-team", request.header("x-org-team"), Some("blue"));
    }
    pane.click("#open-settings").await?;
    let shown = pane.text("#configuration").await?;
    for part in ["from the bootstrap endpoint", "from this page’s address", "masked", "Risk"] {
        ensure!(shown.contains(part), "{part} is not in {shown}");
    }
    ensure!(!shown.contains(&gateway.token), "the token is shown");
    let problems = pane.text("#settings-problems").await?;
    ensure!(problems.contains("mcp_servers"), "{problems}");
    let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    ensure_eq!("wider than the pane", *pane.evaluate(wide).await?.at(""), json!(false));
    // The view of its own, layer by layer, with what to do; and back by the keyboard.
    pane.click("#open-configuration").await?;
    pane.shows("diagnostics").await?;
    for (layer, part) in [("bootstrap", "x-org-team"), ("manifest", "bootstrap_url")] {
        let told = pane.text(&format!("[data-layer={layer}]")).await?;
        ensure!(told.contains(part), "{layer}: {told}");
    }
    let told = pane.text("[data-layer=user]").await?;
    ensure!(told.contains("nothing in force"), "{told}");
    let told = pane.text("#configuration-panel").await?;
    ensure!(!told.contains(&gateway.token), "the token is shown");
    ensure!(told.contains("masked") && told.contains("Correct this entry"), "{told}");
    ensure_eq!("wider than the pane", *pane.evaluate(wide).await?.at(""), json!(false));
    let arrow = "(document.getElementById('configuration-tab').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true })), document.activeElement.id)";
    ensure_eq!("focus", pane.evaluate(arrow).await?, json!("checks-tab"));
    pane.until("!document.getElementById('checks-panel').hidden").await?;
    Ok(())
}

async fn kept(stage: Arc<Stage>) -> Outcome {
    let how = "anonymous,flaky,expires=70,id=kept";
    let url = stage.world.package.bootstrap_url(how);
    let page = stage.package_page().await?;
    let told = page.run("renewConfiguration", json!({ "url": url, "times": 2 })).await?;
    for (renewal, is_kept) in told.list("/renewals")?.iter().zip([true, false]) {
        ensure_eq!("state", renewal.text("/state")?, "ready");
        ensure_eq!("layer", renewal.text("/layer")?, "bootstrap");
        let problems = renewal.texts("/problems")?;
        ensure_eq!(format!("{problems:?}"), problems.contains(&"bootstrap-kept"), is_kept);
    }
    ensure_eq!("said", told.text("/said")?, "still here");
    Ok(())
}

async fn unassigned(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host(&manifest(&stage, "", "&user=bob&broker=popup=ok")).await?;
    pane.until("document.getElementById('connection-host').textContent === 'Not assigned'").await?;
    pane.shows("connect").await
}

async fn with_the_user(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host(&manifest(&stage, "id=user", "&broker=silent=50076,popup=ok")).await?;
    pane.shows("sign-in").await?;
    ensure_eq!("heading", pane.text("#sign-in-heading").await?, "Sign in");
    pane.click("#sign-in").await?;
    pane.shows("chat").await
}

async fn failing(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    for (how, said) in [("status=503", "503"), ("html", "web page"), ("nocors", "")] {
        pane.open_in_host(&manifest(&stage, how, "&broker=popup=ok")).await?;
        pane.until("document.getElementById('connect-error').textContent !== ''").await?;
        let shown = pane.text("#connect-error").await?;
        ensure!(shown.contains(said), "{how}: {shown}");
        let status = pane.text("#connection-host").await?;
        ensure_eq!(how, status, "Not connected");
    }
    Ok(())
}

async fn of_a_link(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    let endpoint = stage.world.demo.bootstrap_url("anonymous");
    pane.open_alone(&format!("?bootstrap_url={}", encoded(&endpoint))).await?;
    pane.shows("confirm").await?;
    let text = pane.text("#confirm-view").await?;
    ensure!(text.contains("Your settings would come from there"), "{text}");
    Ok(())
}
