//! The standard sign-in from within frames, as in Office on the web: the
//! window's first page stays and passes on what another window brings.

use std::sync::Arc;

use fantoccini::Locator;
use serde_json::json;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::Frame;
use crate::sign_in_window::{Asked, Attempt, options, request};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("framed sign-in: same site, kept over a reload", same_site),
        Case::new("framed sign-in: cross site, kept over a reload", cross_site),
        Case::new("framed sign-in: with the opener cut off on the way", cut_off),
        Case::new("framed sign-in: the user cancels", cancelled),
        Case::new("framed sign-in: in a sandbox without windows", sandboxed),
    ]
}

/// Clicks on in the window that stays, where it names the host that it leads to.
async fn go_on(stage: &Stage, attempt: &Attempt<'_>) -> Outcome {
    attempt.enter("body > button").await?;
    let button = stage.browser.client().find(Locator::Css("body > button")).await?;
    let host = stage.world.package.identity_url("").replace("http://", "");
    ensure_eq!("the button", button.text().await?, format!("Continue to {host}"));
    let opener = stage.browser.evaluate("window.opener !== null").await?;
    ensure!(opener == true, "the page that stays has lost the pane");
    button.click().await?;
    Ok(())
}

async fn same_site(stage: Arc<Stage>) -> Outcome {
    kept(&stage, Frame::SameSite).await
}

async fn cross_site(stage: Arc<Stage>) -> Outcome {
    kept(&stage, Frame::CrossSite).await
}

/// Signed in, after a reload still, and after a sign-out no more.
async fn kept(stage: &Stage, frame: Frame) -> Outcome {
    let asked = Asked::default();
    let attempt = Attempt::begin_in_frame(stage, frame, &asked).await?;
    go_on(stage, &attempt).await?;
    attempt.choose("bob").await?;
    let result = attempt.succeed().await?;
    ensure_eq!("who", result.text("/account/username")?, "bob@contoso.example");
    let page = attempt.page;
    page.go_in_frame(frame).await?;
    let argument = json!({ "open": options(stage, &asked), "request": request(&asked) });
    let silent = page.run("silently", argument.clone()).await?;
    ensure_eq!(
        format!("who, in {silent}"),
        silent.text("/value/account/username")?,
        "bob@contoso.example"
    );
    let storage = json!({ "kind": "local", "persistent": true, "protection": "encrypted" });
    ensure_eq!("storage", *silent.at("/storage"), storage);
    page.run("signOutOfStandard", json!({})).await?;
    page.go_in_frame(frame).await?;
    let after = page.run("silently", argument).await?;
    ensure_eq!("after signing out", after.text("/error/code")?, "interaction-required");
    Ok(())
}

/// The answer reaches the page that stays by the origin's channel, and the frame by that page.
async fn cut_off(stage: Arc<Stage>) -> Outcome {
    for frame in [Frame::SameSite, Frame::CrossSite] {
        let asked = Asked { how: "coop", ..Asked::default() };
        let attempt = Attempt::begin_in_frame(&stage, frame, &asked).await?;
        go_on(&stage, &attempt).await?;
        attempt.choose("ada").await?;
        attempt.succeed().await?;
        attempt.page.run("signOutOfStandard", json!({})).await?;
    }
    Ok(())
}

async fn cancelled(stage: Arc<Stage>) -> Outcome {
    let attempt = Attempt::begin_in_frame(&stage, Frame::CrossSite, &Asked::default()).await?;
    go_on(&stage, &attempt).await?;
    attempt.choose("cancel").await?;
    attempt.failure("sign-in-cancelled").await?;
    Ok(())
}

/// No window and nothing to keep anything in, which is told. The Office host's
/// broker works there all the same (`sign_in::sandboxed`).
async fn sandboxed(stage: Arc<Stage>) -> Outcome {
    let asked = Asked::default();
    let attempt = Attempt::begin_in_frame(&stage, Frame::Sandboxed, &asked).await?;
    let outcome = attempt.failure("popup-blocked").await?;
    ensure_eq!("hint", outcome.text("/error/hint/id")?, "allow-popups");
    let argument = json!({ "open": options(&stage, &asked), "request": request(&asked) });
    let silent = attempt.page.run("silently", argument).await?;
    ensure_eq!("silently", silent.text("/error/code")?, "interaction-required");
    let storage =
        json!({ "kind": "memory", "persistent": false, "protection": "none", "reason": "blocked" });
    ensure_eq!("storage", *silent.at("/storage"), storage);
    Ok(())
}
