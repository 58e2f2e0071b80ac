//! No secret where it has no business: all that the identity providers gave
//! away is searched for in all that a page keeps, shows, prints, has in its
//! address or sends.

use std::sync::Arc;

use serde_json::{Value, json};
use simulator::{SecretKind, registrations};

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::{Frame, PackagePage};
use crate::sign_in_window::{Asked, Attempt, options, request};
use crate::stage::{Mark, Stage};
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("secrets: a session through the host's bridge", through_bridge),
        Case::new("secrets: a session with a window, a reload, a sign-out", through_window),
        Case::new("secrets: what is searched is found", found),
    ]
}

/// Everything of the page, as far as a script can find it.
async fn everything(page: &PackagePage<'_>) -> Outcome<Value> {
    page.run_with_secrets("everythingOfThisPage", json!({})).await
}

/// Complains where one of the secrets is in something.
fn search(stage: &Stage, when: &str, everything: &Value) -> Outcome {
    let text = everything.to_string();
    for secret in stage.world.secrets() {
        let kind = secret.kind;
        ensure!(!text.contains(&secret.value), "{when}, a secret lies about: {kind:?}");
    }
    Ok(())
}

/// The kinds of what was issued since the marks were taken.
fn issued_since(stage: &Stage, marks: [Mark; 2]) -> Vec<SecretKind> {
    stage.world.secrets_since(marks).into_iter().map(|secret| secret.kind).collect()
}

/// Signed in by the host, a conversation with a gateway that takes its tokens alone.
async fn through_bridge(stage: Arc<Stage>) -> Outcome {
    for frame in [Frame::SameSite, Frame::CrossSite, Frame::Sandboxed] {
        let marks = stage.world.marks();
        let page = PackagePage::in_frame(&stage);
        page.go_in_frame_with(frame, "&broker=delivery=event").await?;
        let opened = page.run("openSignIn", json!({})).await?;
        ensure!(opened.get("error").is_none(), "{}", opened.at("/error"));
        let gateway = stage.gateway(&format!("entra {frame:?}"), "auth=entra");
        let argument = json!({
            "parameters": {
                "gateway_url": gateway.url,
                "gateway_auth_source": "entra",
                "entra_scope": registrations::GATEWAY_SCOPE,
            },
            "confirm": gateway.origin(),
            "say": "repeat after me: signed in",
        });
        let answer = page.run("chatAsUser", argument).await?;
        ensure_eq!("answer", answer.text("/text")?, "signed in");
        search(&stage, &format!("in {frame:?}"), &everything(&page).await?)?;
        ensure!(
            issued_since(&stage, marks).contains(&SecretKind::AccessToken),
            "nothing was issued in {frame:?}"
        );
    }
    Ok(())
}

/// All five kinds of secrets come into being, and none is found at any time.
async fn through_window(stage: Arc<Stage>) -> Outcome {
    let marks = stage.world.marks();
    let asked = Asked::default();
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.enter("#ada").await?;
    attempt.back().await?;
    search(&stage, "while the window is open", &everything(&attempt.page).await?)?;
    attempt.choose("ada").await?;
    attempt.succeed().await?;
    let page = attempt.page;
    search(&stage, "signed in", &everything(&page).await?)?;
    page.go("").await?;
    let other = json!({ "open": options(&stage, &asked), "request": { "scopes": ["User.Read"] } });
    let silent = page.run("silently", other).await?;
    ensure!(silent.get("value").is_some(), "{silent}");
    search(&stage, "after a reload", &everything(&page).await?)?;
    page.run("signOutOfStandard", json!({})).await?;
    let after = everything(&page).await?;
    search(&stage, "signed out", &after)?;
    let kept = after.at("/kept");
    ensure!(!kept.to_string().contains("/sign-in/"), "a record is left: {kept}");
    ensure_eq!("keys", *kept.at("/databases"), json!([]));
    page.go("").await?;
    let argument = json!({ "open": options(&stage, &asked), "request": request(&asked) });
    let silent = page.run("silently", argument).await?;
    ensure_eq!("after signing out", silent.text("/error/code")?, "interaction-required");
    let kinds = issued_since(&stage, marks);
    for kind in [
        SecretKind::Code,
        SecretKind::Verifier,
        SecretKind::RefreshToken,
        SecretKind::AccessToken,
        SecretKind::IdToken,
    ] {
        ensure!(kinds.contains(&kind), "no {kind:?} was issued");
    }
    Ok(())
}

/// The search can fail: without encryption the refresh token lies in the clear,
/// as `storage` says, and the search finds it.
async fn found(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    page.run("breakStorage", json!({ "which": "subtle", "how": "absent" })).await?;
    let asked = Asked { how: "sso=ada", ..Asked::default() };
    let attempt = Attempt::begin_on(&stage, page, &asked).await?;
    attempt.succeed().await?;
    let kept = everything(&attempt.page).await?;
    ensure!(search(&stage, "unsealed", &kept).is_err(), "the search finds nothing: {kept}");
    attempt.page.run("signOutOfStandard", json!({})).await?;
    search(&stage, "signed out", &everything(&attempt.page).await?)
}
