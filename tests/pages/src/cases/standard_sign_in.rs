//! The standard sign-in: a real window, a simulated identity provider.

use std::sync::Arc;

use fantoccini::Locator;
use serde_json::{Value, json};
use simulator::applications;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::sign_in_window::{Asked, Attempt, SHOWN, TENANT, options, request};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("standard sign-in: in a pop-up, then silently", whole_way),
        Case::new("standard sign-in: with the opener cut off", cut_off),
        Case::new("standard sign-in: kept over a reload, forgotten at sign-out", kept),
        Case::new("standard sign-in: silently first, in one click", silent_first),
        Case::new("standard sign-in: the user cancels", cancelled),
        Case::new("standard sign-in: the window is closed", closed),
        Case::new("standard sign-in: the pop-up is blocked", blocked),
        Case::new("standard sign-in: forged messages change nothing", forged),
        Case::new("standard sign-in: consent is asked for, and declined", consent),
        Case::new("standard sign-in: only an administrator can agree", admin_consent),
        Case::new("standard sign-in: refused by Entra's policies", policies),
        Case::new("standard sign-in: what a policy demands is asked for in the window", demanded),
        Case::new("standard sign-in: the redirect URI is not registered", not_registered),
        Case::new("standard sign-in: registered for the platform Web", registered_as_web),
        Case::new("standard sign-in: the refresh token of a day is over", refresh_over),
        Case::new("standard sign-in: a personal account", personal),
        Case::new("standard sign-in: Google", google),
        Case::new("standard sign-in: Google, with the access taken out", google_without_access),
    ]
}

/// The journal's words since a mark.
fn asked_since(stage: &Stage, mark: usize) -> Vec<String> {
    stage.world.package.identity_journal().split_off(mark)
}

fn mark(stage: &Stage) -> usize {
    stage.world.package.identity_journal().len()
}

async fn whole_way(stage: Arc<Stage>) -> Outcome {
    let mark = mark(&stage);
    let asked = Asked::default();
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.choose("ada").await?;
    let result = attempt.succeed().await?;
    ensure_eq!("who", result.text("/account/username")?, "ada@contoso.example");
    ensure_eq!("tenant", result.text("/tenantId")?, TENANT);
    ensure_eq!("an extension attribute", *result.at("/team"), json!(["red"]));
    ensure_eq!("parts of the tokens", *result.at("/tokens"), json!([3, 3]));
    // Another resource needs no window.
    let other = json!({ "open": options(&stage, &asked), "request": { "scopes": ["User.Read"] } });
    let silent = attempt.page.run("silently", other).await?;
    ensure_eq!(
        format!("who, in {silent}"),
        silent.text("/value/account/username")?,
        "ada@contoso.example"
    );
    ensure_eq!(
        "asked of the token endpoint",
        asked_since(&stage, mark),
        ["entra authorization_code", "entra refresh_token"]
    );
    Ok(())
}

/// The identity provider's page cuts the window's tie to the pane.
async fn cut_off(stage: Arc<Stage>) -> Outcome {
    // A driver may have the focus anywhere, so that doesn't decide here.
    let options = json!({ "timeouts": { "closedMs": 60_000 } });
    let asked = Asked { how: "coop", options, ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.enter("#ada").await?;
    let opener = stage.browser.evaluate("String(window.opener)").await?;
    ensure_eq!("the window's opener", opener, json!("null"));
    attempt.back().await?;
    attempt.choose("ada").await?;
    attempt.succeed().await?;
    Ok(())
}

async fn kept(stage: Arc<Stage>) -> Outcome {
    let asked = Asked { how: "sso=bob", ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.succeed().await?;
    let page = attempt.page;
    page.go("").await?;
    let argument = json!({ "open": options(&stage, &asked), "request": request(&asked) });
    let silent = page.run("silently", argument.clone()).await?;
    ensure_eq!(
        format!("who, in {silent}"),
        silent.text("/value/account/username")?,
        "bob@contoso.example"
    );
    ensure_eq!("protection", silent.text("/storage/protection")?, "encrypted");
    let kept = page.run_with_secrets("kept", json!({})).await?.to_string();
    ensure!(kept.contains("/sign-in/"), "nothing is kept: {kept}");
    for clear in ["refreshToken", "bob@", "a0d11"] {
        ensure!(!kept.contains(clear), "{clear} lies in the clear: {kept}");
    }
    page.run("signOutOfStandard", json!({})).await?;
    let kept = page.run_with_secrets("kept", json!({})).await?.to_string();
    ensure!(!kept.contains("/sign-in/"), "something is left: {kept}");
    page.go("").await?;
    let after = page.run("silently", argument).await?;
    ensure_eq!("after signing out", after.text("/error/code")?, "interaction-required");
    Ok(())
}

async fn silent_first(stage: Arc<Stage>) -> Outcome {
    let asked = Asked { how: "sso=ada", also: Some("silentFirst"), ..Asked::default() };
    Attempt::begin(&stage, &asked).await?.succeed().await?;
    Ok(())
}

async fn cancelled(stage: Arc<Stage>) -> Outcome {
    let attempt = Attempt::begin(&stage, &Asked::default()).await?;
    attempt.choose("cancel").await?;
    let outcome = attempt.failure("sign-in-cancelled").await?;
    ensure_eq!("hint", outcome.text("/error/hint/id")?, "try-again");
    Ok(())
}

async fn closed(stage: Arc<Stage>) -> Outcome {
    let options = json!({ "timeouts": { "closedMs": 300 } });
    let attempt = Attempt::begin(&stage, &Asked { options, ..Asked::default() }).await?;
    attempt.enter("#ada").await?;
    stage.browser.client().close_window().await?;
    attempt.back().await?;
    // The user is back: the pane has the focus.
    stage.browser.client().find(Locator::Css("h1")).await?.click().await?;
    attempt.failure("sign-in-cancelled").await?;
    Ok(())
}

async fn blocked(stage: Arc<Stage>) -> Outcome {
    let asked = Asked { also: Some("blocked"), ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    let outcome = attempt.failure("popup-blocked").await?;
    ensure_eq!("hint", outcome.text("/error/hint/id")?, "allow-popups");
    Ok(())
}

async fn forged(stage: Arc<Stage>) -> Outcome {
    let mark = mark(&stage);
    let attempt = Attempt::begin(&stage, &Asked::default()).await?;
    attempt.enter("#ada").await?;
    attempt.back().await?;
    attempt.page.run("forge", json!({})).await?;
    attempt.choose("ada").await?;
    let outcome = attempt.outcome().await?;
    attempt.leave().await?;
    ensure!(outcome.get("value").is_some(), "no token: {outcome}");
    let reasons: Vec<_> = outcome
        .list("/ignored")?
        .iter()
        .map(|ignored| ignored.text("/reason"))
        .collect::<Result<_, _>>()?;
    ensure_eq!("ignored", reasons, ["state", "origin"]);
    ensure_eq!("exchanges", asked_since(&stage, mark), ["entra authorization_code"]);
    Ok(())
}

async fn consent(stage: Arc<Stage>) -> Outcome {
    let scopes = Some("api://unconsented/use");
    let asked = Asked { how: "sso=ada", scopes, ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.choose("decline").await?;
    let outcome = attempt.failure("consent-required").await?;
    let link = outcome.text("/error/hint/params/adminConsentUrl")?;
    ensure!(link.contains("/adminconsent?client_id="), "{link}");
    let attempt = Attempt::begin_on(&stage, attempt.page, &asked).await?;
    attempt.choose("ada-agrees").await?;
    attempt.succeed().await?;
    Ok(())
}

/// Nobody gets in before an administrator has followed the link.
async fn admin_consent(stage: Arc<Stage>) -> Outcome {
    // What was agreed to stays so for the same trial, also where the case is tried again.
    let how = format!("sso=ada,id=agreeing-{}", mark(&stage));
    let tenant = format!("{}/entra/{TENANT}", stage.world.package.identity_url(&how));
    let options = json!({ "authority": tenant });
    let scopes = Some("api://admin-only/use");
    let asked = Asked { options, scopes, ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.choose("decline").await?;
    let outcome = attempt.failure("consent-required").await?;
    ensure_eq!("who helps", outcome.text("/error/hint/audience")?, "admin");
    let link = format!("{tenant}/adminconsent?client_id={}", applications::PANE);
    stage.browser.open(&link).await?;
    let client = stage.browser.client();
    client.find(Locator::Css("#accept")).await?.click().await?;
    client.wait().at_most(SHOWN).for_element(Locator::Css("#done")).await?;
    attempt.page.go("").await?;
    Attempt::begin_on(&stage, attempt.page, &asked).await?.succeed().await?;
    Ok(())
}

/// What Entra says by number, to a code and on its own page.
async fn policies(stage: Arc<Stage>) -> Outcome {
    for (how, number, code, hint) in [
        ("sso=ada,exchange=53003", 53_003, "access-blocked", "check-conditional-access"),
        ("sso=ada,exchange=50105", 50_105, "access-blocked", "check-conditional-access"),
        ("sso=ada,exchange=50076", 50_076, "interaction-required", "sign-in"),
        ("sso=ada,exchange=500011", 500_011, "configuration-invalid", "register-redirect-uri"),
    ] {
        let asked = Asked { how, ..Asked::default() };
        let outcome = Attempt::begin(&stage, &asked).await?.failure(code).await?;
        ensure_eq!("number", outcome.number("/error/bridge/aadsts")?, number);
        ensure_eq!("hint", outcome.text("/error/hint/id")?, hint);
    }
    // Entra tells the user alone, who closes the window.
    let options = json!({ "timeouts": { "closedMs": 300 } });
    let asked = Asked { how: "sso=ada,blocked=53003", options, ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.enter("#error").await?;
    stage.browser.client().close_window().await?;
    attempt.back().await?;
    stage.browser.client().find(Locator::Css("h1")).await?.click().await?;
    attempt.failure("sign-in-cancelled").await?;
    Ok(())
}

/// A refresh is refused with claims, and the next window asks for those.
async fn demanded(stage: Arc<Stage>) -> Outcome {
    let asked = Asked { how: "sso=ada,refresh=50076", ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.succeed().await?;
    let other = json!({ "open": options(&stage, &asked), "request": { "scopes": ["User.Read"] } });
    let silent = attempt.page.run("silently", other).await?;
    ensure_eq!(format!("{silent}"), silent.text("/error/code")?, "interaction-required");
    let addresses = attempt.page.run("clickAndNote", json!({ "request": request(&asked) })).await?;
    let address = addresses.text("/0")?;
    ensure!(address.contains("capolids"), "no claims in {address}");
    ensure!(address.contains("code_challenge_method=S256"), "{address}");
    Ok(())
}

/// The user is left on the identity provider's page, and closes it.
async fn not_registered(stage: Arc<Stage>) -> Outcome {
    let options = json!({ "clientId": applications::ELSEWHERE, "timeouts": { "closedMs": 300 } });
    let attempt = Attempt::begin(&stage, &Asked { options, ..Asked::default() }).await?;
    attempt.enter("#error").await?;
    let shown = stage.browser.evaluate("document.querySelector('#error').textContent").await?;
    ensure!(shown.to_string().contains("AADSTS50011"), "{shown}");
    stage.browser.client().close_window().await?;
    attempt.back().await?;
    stage.browser.client().find(Locator::Css("h1")).await?.click().await?;
    let outcome = attempt.failure("sign-in-cancelled").await?;
    names_redirect_uri(&stage, &outcome)
}

fn names_redirect_uri(stage: &Stage, outcome: &Value) -> Outcome {
    let uri = format!("{}/auth.html", stage.world.package.pane_origin());
    ensure_eq!("the URI to register", outcome.text("/error/hint/params/redirectUri")?, uri);
    Ok(())
}

async fn registered_as_web(stage: Arc<Stage>) -> Outcome {
    let options = json!({ "clientId": applications::WEB });
    let asked = Asked { how: "sso=ada", options, ..Asked::default() };
    let outcome = Attempt::begin(&stage, &asked).await?.failure("configuration-invalid").await?;
    ensure_eq!("number", outcome.number("/error/bridge/aadsts")?, 9_002_326);
    names_redirect_uri(&stage, &outcome)
}

async fn refresh_over(stage: Arc<Stage>) -> Outcome {
    let how = "sso=ada,refresh=700084";
    let asked = Asked { how, ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.succeed().await?;
    let other = json!({ "open": options(&stage, &asked), "request": { "scopes": ["User.Read"] } });
    let silent = attempt.page.run("silently", other).await?;
    ensure_eq!(format!("{silent}"), silent.text("/error/code")?, "interaction-required");
    ensure_eq!("number", silent.number("/error/bridge/aadsts")?, 700_084);
    Ok(())
}

async fn personal(stage: Arc<Stage>) -> Outcome {
    let identity = stage.world.package.identity_url("sso=home");
    let options = json!({ "authority": format!("{identity}/entra/common") });
    let asked = Asked { how: "sso=home", options, ..Asked::default() };
    // `common` lets everybody in; `organizations` doesn't, whatever Entra says.
    Attempt::begin(&stage, &asked).await?.succeed().await?;
    let options = json!({ "authority": format!("{identity}/entra/organizations") });
    let asked = Asked { how: "sso=home", options, ..Asked::default() };
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.enter("#error").await?;
    stage.browser.client().close_window().await?;
    attempt.back().await
}

fn google_options(stage: &Stage, how: &'static str) -> Asked {
    let options = json!({
        "cloud": "google",
        "clientId": applications::GOOGLE,
        "clientSecret": applications::GOOGLE_SECRET,
        "authority": format!("{}/google", stage.world.package.identity_url(how)),
    });
    let scopes = Some("https://www.googleapis.com/auth/cloud-platform");
    Asked { how, options, scopes, ..Asked::default() }
}

async fn google(stage: Arc<Stage>) -> Outcome {
    let mark = mark(&stage);
    let asked = google_options(&stage, "");
    let attempt = Attempt::begin(&stage, &asked).await?;
    attempt.choose("bob").await?;
    let result = attempt.succeed().await?;
    ensure_eq!("who", result.text("/account/username")?, "bob@contoso.example");
    let argument = json!({ "open": options(&stage, &asked), "request": request(&asked) });
    let silent = attempt.page.run("silently", argument).await?;
    ensure!(silent.get("value").is_some(), "{silent}");
    attempt.page.run("signOutOfStandard", json!({})).await?;
    ensure_eq!(
        "asked of Google",
        asked_since(&stage, mark),
        ["google authorization_code", "google refresh_token", "google revoke"]
    );
    Ok(())
}

async fn google_without_access(stage: Arc<Stage>) -> Outcome {
    let attempt = Attempt::begin(&stage, &google_options(&stage, "")).await?;
    attempt.choose("ada-without-access").await?;
    attempt.failure("consent-required").await?;
    Ok(())
}
