//! Signing in through the simulated Office application's broker.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::{Frame, PackagePage};
use crate::stage::Stage;
use crate::value::Look as _;

/// Ada's account, as brokers name it.
const ADA: &str = "a1b5c9d3-0000-4000-8000-0000000000ad.5c0e7a52-3f64-4b0c-8d7e-2f1b9c6a0d11";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("sign-in: a token without the user", silently),
        Case::new("sign-in: however an answer is delivered", deliveries),
        Case::new("sign-in: with the user, where they are asked for", with_the_user),
        Case::new("sign-in: the user closes the window", cancelled),
        Case::new("sign-in: refused by Entra's policies", policies),
        Case::new("sign-in: consent of the user, and of an administrator", consent),
        Case::new("sign-in: what hosts send beside the protocol", oddities),
        Case::new("sign-in: extension attributes", attributes),
        Case::new("sign-in: no bridge", no_bridge),
        Case::new("sign-in: a bridge that comes late", late_bridge),
        Case::new("sign-in: a host that says nothing", silence),
        Case::new("sign-in: another account", another_account),
        Case::new("sign-in: in a frame of another site", cross_site),
        Case::new("sign-in: in a sandboxed frame", sandboxed),
    ]
}

/// The package's page in the application's frame, with a script for its broker.
async fn page<'a>(stage: &'a Stage, frame: Frame, broker: &str) -> Outcome<PackagePage<'a>> {
    let page = PackagePage::in_frame(stage);
    page.go_in_frame_with(frame, &format!("&broker={broker}")).await?;
    Ok(page)
}

async fn open(page: &PackagePage<'_>) -> Outcome {
    let opened = page.run("openSignIn", json!({})).await?;
    ensure!(opened.get("error").is_none(), "{}", opened.at("/error"));
    ensure_eq!("greeting", opened.text("/availability/init")?, "answered");
    ensure_eq!("host", opened.text("/availability/sdkName")?, "simulated-office");
    Ok(())
}

async fn ask(page: &PackagePage<'_>, modes: Value) -> Outcome<Value> {
    page.run("askForTokens", json!({ "modes": modes })).await
}

/// One token for all who ask at once, found again afterwards.
async fn one_token(page: &PackagePage<'_>) -> Outcome {
    open(page).await?;
    let answers = ask(page, json!(["silent", "either", "silent"])).await?;
    for answer in answers.list("")? {
        ensure!(answer.get("error").is_none(), "{}", answer.at("/error"));
        ensure_eq!("issued", answer.text("/issued")?, "ada-1");
        ensure_eq!("username", answer.text("/username")?, "ada@contoso.example");
    }
    let again = ask(page, json!(["silent"])).await?;
    ensure_eq!("issued", again.text("/0/issued")?, "ada-1");
    ensure_eq!("from the cache", *again.at("/0/fromCache"), json!(true));
    page.run("forgetTokens", json!({})).await?;
    ensure_eq!(
        "issued after all was forgotten",
        ask(page, json!(["silent"])).await?.text("/0/issued")?,
        "ada-2"
    );
    Ok(())
}

async fn silently(stage: Arc<Stage>) -> Outcome {
    one_token(&page(&stage, Frame::SameSite, "").await?).await
}

async fn cross_site(stage: Arc<Stage>) -> Outcome {
    one_token(&page(&stage, Frame::CrossSite, "").await?).await
}

/// Without an origin, and so without anything to keep a token in.
async fn sandboxed(stage: Arc<Stage>) -> Outcome {
    one_token(&page(&stage, Frame::Sandboxed, "").await?).await
}

async fn deliveries(stage: Arc<Stage>) -> Outcome {
    for delivery in ["event", "text", "object", "quoted"] {
        let script = format!("delivery={delivery},repeat=2,latency=20");
        one_token(&page(&stage, Frame::SameSite, &script).await?).await?;
    }
    let page = page(&stage, Frame::SameSite, "reorder=3").await?;
    open(&page).await?;
    let scopes = json!([["api://gateway/a"], ["api://gateway/b"], ["api://gateway/c"]]);
    let asked = json!({ "modes": ["silent", "silent", "silent"], "scopes": scopes });
    let answers = page.run("askForTokens", asked).await?;
    for (number, answer) in answers.list("")?.iter().enumerate() {
        ensure_eq!("scopes", answer.at("/scopes"), scopes.at(&format!("/{number}")));
        ensure_eq!("issued", answer.text("/issued")?, format!("ada-{}", number + 1));
    }
    Ok(())
}

async fn with_the_user(stage: Arc<Stage>) -> Outcome {
    let script = "silent=USER_INTERACTION_REQUIRED:interaction_required,popup=ok";
    let page = page(&stage, Frame::SameSite, script).await?;
    open(&page).await?;
    let answers = ask(&page, json!(["silent", "either"])).await?;
    ensure_eq!("silently", answers.text("/0/error/code")?, "interaction-required");
    ensure_eq!("with the user", answers.text("/1/issued")?, "ada-1");
    ensure_eq!("afterwards", ask(&page, json!(["silent"])).await?.text("/0/issued")?, "ada-1");
    Ok(())
}

async fn cancelled(stage: Arc<Stage>) -> Outcome {
    // As the protocol has it, and as Outlook on the web tells it.
    for popup in ["USER_CANCEL", "PERSISTENT_ERROR:user_cancelled"] {
        let page = page(&stage, Frame::SameSite, &format!("popup={popup}")).await?;
        open(&page).await?;
        let answers = ask(&page, json!(["popup"])).await?;
        ensure_eq!(popup, answers.text("/0/error/code")?, "sign-in-cancelled");
    }
    Ok(())
}

/// What Entra says by number arrives as what it means, and who can do something about it.
async fn policies(stage: Arc<Stage>) -> Outcome {
    for (number, code, hint) in [
        (53_003, "access-blocked", "check-conditional-access"),
        (530_021, "access-blocked", "check-conditional-access"),
        (50_105, "access-blocked", "check-conditional-access"),
        (50_076, "interaction-required", "sign-in"),
        (65_001, "consent-required", "grant-consent"),
        (650_057, "configuration-invalid", "register-redirect-uri"),
    ] {
        let page = page(&stage, Frame::SameSite, &format!("silent={number},popup=ok")).await?;
        open(&page).await?;
        let refused = ask(&page, json!(["silent"])).await?;
        let error = refused.at("/0/error");
        ensure_eq!(format!("{number} in {error}"), error.text("/code")?, code);
        ensure_eq!("number", error.number("/bridge/aadsts")?, number);
        ensure_eq!("hint", error.text("/hint/id")?, hint);
        // With the user it works, where it is for the user to do.
        if hint == "sign-in" || hint == "grant-consent" {
            let answers = ask(&page, json!(["either"])).await?;
            ensure!(answers.at("/0").get("error").is_none(), "{number}: {answers}");
        }
    }
    Ok(())
}

/// The simulated host asks Entra, which wants somebody's consent.
async fn consent(stage: Arc<Stage>) -> Outcome {
    let page = page(&stage, Frame::SameSite, "popup=USER_CANCEL").await?;
    open(&page).await?;
    for scope in ["api://unconsented/use", "api://admin-only/use"] {
        let asked = json!({ "modes": ["silent"], "scopes": [[scope]] });
        let refused = page.run("askForTokens", asked).await?;
        let error = refused.at("/0/error");
        ensure_eq!(format!("{scope} in {error}"), error.text("/code")?, "consent-required");
        let link = error.text("/hint/params/adminConsentUrl")?;
        ensure!(link.starts_with("https://login.microsoftonline.com/"), "{link}");
        ensure!(link.contains("/adminconsent?client_id=cccccccc-"), "{link}");
        let asked = json!({ "modes": ["popup"], "scopes": [[scope]] });
        let declined = page.run("askForTokens", asked).await?;
        ensure_eq!("declined", declined.text("/0/error/code")?, "sign-in-cancelled");
    }
    Ok(())
}

async fn oddities(stage: Arc<Stage>) -> Outcome {
    for odd in ["success-text", "expires-text", "noise", "no-type"] {
        one_token(&page(&stage, Frame::SameSite, &format!("odd={odd}")).await?).await?;
    }
    for (script, code) in [
        ("odd=no-account", "response-invalid"),
        ("odd=no-id-token", "response-invalid"),
        ("odd=broken-id-token", "response-invalid"),
        ("silent=TRANSIENT_ERROR,odd=null-error", "server-error"),
    ] {
        let page = page(&stage, Frame::SameSite, script).await?;
        open(&page).await?;
        let answers = ask(&page, json!(["silent"])).await?;
        ensure_eq!(format!("{script}: {answers}"), answers.text("/0/error/code")?, code);
    }
    // Nobody knows how long it lasts, so it is given out once.
    let endless = page(&stage, Frame::SameSite, "odd=no-expiry").await?;
    open(&endless).await?;
    for issued in ["ada-1", "ada-2"] {
        let answers = ask(&endless, json!(["silent"])).await?;
        ensure_eq!("issued", answers.text("/0/issued")?, issued);
    }
    let foreign = page(&stage, Frame::SameSite, "odd=other-account").await?;
    open(&foreign).await?;
    let ada = json!({ "account": { "homeAccountId": ADA } });
    let asked = json!({ "modes": ["silent"], "request": ada });
    let answers = foreign.run("askForTokens", asked).await?;
    ensure_eq!("another's", answers.text("/0/error/code")?, "account-mismatch");
    Ok(())
}

/// In every spelling that Entra has for them.
async fn attributes(stage: Arc<Stage>) -> Outcome {
    let spelled = "extension_cccccccccccc4ccc8ccccccccccccccc_gateway";
    let script = format!("claim=extn.gateway:a%252Fb,claim={spelled}:c");
    let page = page(&stage, Frame::SameSite, &script).await?;
    open(&page).await?;
    let answers = ask(&page, json!(["silent"])).await?;
    let expected = json!({ "extn.team": ["red"], "extn.gateway": "a/b", spelled: "c" });
    ensure_eq!("attributes", *answers.at("/0/attributes"), expected);
    Ok(())
}

async fn no_bridge(stage: Arc<Stage>) -> Outcome {
    for (script, hook) in [("bridge=none", "absent"), ("bridge=broken", "failed")] {
        let page = page(&stage, Frame::SameSite, script).await?;
        let options = json!({ "options": { "timeouts": { "bridgeMs": 300 } } });
        let opened = page.run("openSignIn", options).await?;
        ensure_eq!(script, opened.text("/error/code")?, "host-unsupported");
        ensure_eq!("hook", opened.text("/error/availability/hook")?, hook);
        ensure_eq!("bridge", opened.text("/error/availability/bridge")?, "absent");
    }
    Ok(())
}

async fn late_bridge(stage: Arc<Stage>) -> Outcome {
    for script in ["bridge=late:600", "bridge=hook:300"] {
        one_token(&page(&stage, Frame::SameSite, script).await?).await?;
    }
    Ok(())
}

async fn silence(stage: Arc<Stage>) -> Outcome {
    let page = page(&stage, Frame::SameSite, "silent=never").await?;
    let options = json!({ "options": { "timeouts": { "silentMs": 400 } } });
    let opened = page.run("openSignIn", options).await?;
    ensure!(opened.get("error").is_none(), "{}", opened.at("/error"));
    let answers = ask(&page, json!(["silent", "silent"])).await?;
    for answer in answers.list("")? {
        ensure_eq!("code", answer.text("/error/code")?, "timeout");
        ensure_eq!("method", answer.text("/error/bridge/method")?, "GetToken");
    }
    let silent = self::page(&stage, Frame::SameSite, "greeting=never").await?;
    let options = json!({ "options": { "timeouts": { "initMs": 400 } } });
    let opened = silent.run("openSignIn", options).await?;
    ensure_eq!("greeting", opened.text("/error/code")?, "timeout");
    ensure_eq!("availability", opened.text("/error/availability/init")?, "silent");
    Ok(())
}

/// The user switches in Office: the next token says so, and the former one isn't given out for it.
async fn another_account(stage: Arc<Stage>) -> Outcome {
    let page = page(&stage, Frame::SameSite, "").await?;
    open(&page).await?;
    let ada = ask(&page, json!(["silent"])).await?;
    ensure_eq!("first", ada.text("/0/username")?, "ada@contoso.example");
    stage.browser.client().enter_parent_frame().await?;
    let switch = "(user => { user.value = 'bob'; user.dispatchEvent(new Event('change')); return 0; })(document.getElementById('user'))";
    stage.browser.evaluate(switch).await?;
    stage.browser.client().enter_frame(0).await?;
    let request = json!({ "modes": ["silent"], "scopes": [["api://gateway/other"]] });
    let bob = page.run("askForTokens", request).await?;
    ensure_eq!("second", bob.text("/0/username")?, "bob@contoso.example");
    // Ada's token is still there, and not for him.
    ensure_eq!("third", ask(&page, json!(["silent"])).await?.text("/0/issued")?, "bob-3");
    let accounts = page.run("knownAccounts", json!({})).await?;
    ensure_eq!("accounts", accounts, json!(["bob@contoso.example", "ada@contoso.example"]));
    Ok(())
}
