//! Microsoft Graph through the connector: its own tokens, what it demands of
//! them, and downloads that lead away.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use simulator::applications;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::{Frame, PackagePage};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("graph: who is signed in", who),
        Case::new("graph: claims are brought, by the user where it takes one", claims),
        Case::new("graph: a download goes on without the token", download),
        Case::new("graph: nothing goes to another host", other_hosts),
    ]
}

async fn ask(stage: &Stage, paths: Value) -> Outcome<Value> {
    let page = PackagePage::in_frame(stage);
    page.go_in_frame_with(Frame::CrossSite, "&broker=popup=ok").await?;
    let endpoints: Map<String, Value> = stage
        .world
        .package
        .endpoints("", "")
        .into_iter()
        .map(|(host, address)| (host, address.into()))
        .collect();
    let argument = json!({
        "endpoints": endpoints,
        "clientId": applications::PANE,
        "paths": paths,
    });
    page.run("askGraph", argument).await
}

async fn who(stage: Arc<Stage>) -> Outcome {
    let asked = ask(&stage, json!([{ "path": "/v1.0/me" }, { "path": "/v1.0/absent" }])).await?;
    let me: Value = serde_json::from_str(asked.text("/answers/0/text")?)?;
    ensure_eq!("who", me.text("/userPrincipalName")?, "ada@contoso.example");
    ensure_eq!("account", asked.text("/account/username")?, "ada@contoso.example");
    ensure_eq!("what isn't there", asked.number("/answers/1/status")?, 404);
    Ok(())
}

async fn claims(stage: Arc<Stage>) -> Outcome {
    let asked = ask(
        &stage,
        json!([
            { "path": "/v1.0/me/messages" },
            { "path": "/v1.0/me/events" },
            { "path": "/v1.0/me/events", "interactive": true },
            { "path": "/v1.0/me/contacts" },
        ]),
    )
    .await?;
    ensure_eq!(format!("demanded, in {asked}"), asked.number("/answers/0/status")?, 200);
    ensure_eq!("of the user", asked.text("/answers/1/error/code")?, "interaction-required");
    ensure_eq!("with the user", asked.number("/answers/2/status")?, 200);
    // What is never satisfied ends, as Graph's answer or as a failure.
    ensure!(asked.at("/answers/3/status") != 200, "{asked}");
    ensure!(asked.list("/asked")?.len() < 12, "asked over and over: {}", asked.at("/asked"));
    Ok(())
}

/// The check after each case finds a token that came along.
async fn download(stage: Arc<Stage>) -> Outcome {
    let asked = ask(&stage, json!([{ "path": "/v1.0/me/drive/items/7/content" }])).await?;
    ensure_eq!(format!("{asked}"), asked.text("/answers/0/text")?, "quarterly figures 7");
    Ok(())
}

async fn other_hosts(stage: Arc<Stage>) -> Outcome {
    let asked = ask(
        &stage,
        json!([
            { "path": "https://evil.example/v1.0/me" },
            { "path": "https://graph.microsoft.com.evil.example/v1.0/me" },
            { "path": "https://graph.microsoft.us/v1.0/me" },
            { "path": "http://graph.microsoft.com/v1.0/me" },
            { "path": "//evil.example/v1.0/me" },
            { "path": "https://graph.microsoft.com@evil.example/" },
            { "path": "/v1.0/me", "headers": { "Authorization": "Bearer mine" } },
        ]),
    )
    .await?;
    for (at, answer) in asked.list("/answers")?.iter().enumerate() {
        // Without TLS, or with a token of the page's own, it is no request at all.
        let expected = if at == 3 || at == 6 { "invalid-argument" } else { "audience-refused" };
        ensure_eq!(format!("{at}: {answer}"), answer.text("/error/code")?, expected);
    }
    ensure_eq!("sent", *asked.at("/asked"), json!([]));
    Ok(())
}
