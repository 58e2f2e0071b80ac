//! The demo page where the gateway opens with a sign-in: by the host, in a
//! window, every way that it can end, and the developer panel.

use std::sync::Arc;
use std::time::Duration;

use fantoccini::Locator;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::case::{Case, Complaint, Outcome, ensure, ensure_eq};
use crate::environment::Engine;
use crate::pane::Pane;
use crate::stage::Stage;
use crate::value::Look as _;

/// How long a window may take to show what it is to show.
const SHOWN: Duration = Duration::from_secs(10);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("demo sign-in: by the host, who it was, and out again", by_the_host),
        Case::new("demo sign-in: in a window", in_a_window),
        Case::new("demo sign-in: what comes next after each end", ends),
        Case::new("demo sign-in: it says who lets in, and where", said_for_each),
        Case::new("demo sign-in: an administrator agrees by the link", consent_link),
        Case::new("demo sign-in: it lapses in the middle of a conversation", lapses)
            .not_in(Engine::Firefox, "its driver's scripts have a clock of their own"),
        Case::new("demo sign-in: the developer panel masks secrets", developer_panel),
    ]
}

async fn open(stage: &Stage, broker: &str) -> Outcome {
    stage.pane().open_in_host(&format!("&access=sign-in&broker={broker}")).await
}

async fn by_the_host(stage: Arc<Stage>) -> Outcome {
    open(&stage, "popup=ok").await?;
    let pane = stage.pane();
    pane.shows("chat").await?;
    pane.say("repeat after me: nobody typed a token").await?;
    ensure_eq!("answer", pane.answer().await?, "nobody typed a token");
    pane.click("#open-settings").await?;
    let account = pane.text("#account-details").await?;
    for part in ["Ada Lovelace", "ada@contoso.example", "5c0e7a52-3f64-4b0c-8d7e-2f1b9c6a0d11"] {
        ensure!(account.contains(part), "{part} is not in {account}");
    }
    pane.click("#sign-out").await?;
    pane.click("#sign-out-confirm").await?;
    pane.shows("sign-in").await?;
    ensure_eq!("notice", pane.text("#sign-in-lead").await?, "You signed out.");
    ensure_eq!(
        "conversation",
        *pane.evaluate("document.querySelectorAll('.answer').length").await?.at(""),
        json!(0)
    );
    // Signed out is signed out, also after a reload.
    pane.reopen_in_host("&access=sign-in&broker=popup=ok").await?;
    pane.shows("sign-in").await?;
    pane.click("#sign-in").await?;
    pane.shows("chat").await
}

/// Without a bridge: the window's first page stays, and another one is the identity provider's.
async fn in_a_window(stage: Arc<Stage>) -> Outcome {
    open(&stage, "bridge=none").await?;
    let pane = stage.pane();
    pane.shows("sign-in").await?;
    ensure_eq!("heading", pane.text("#sign-in-heading").await?, "Sign in");
    sign_in_as(&stage, &pane, "ada").await?;
    pane.shows("chat").await?;
    // It outlives a reload.
    pane.reopen_in_host("&access=sign-in&broker=bridge=none").await?;
    pane.shows("chat").await?;
    pane.click("#open-settings").await?;
    ensure!(
        pane.text("#account-details").await?.contains("encrypted"),
        "how it is kept isn't told"
    );
    pane.click("#sign-out").await?;
    pane.click("#sign-out-confirm").await?;
    pane.shows("sign-in").await
}

/// Clicks through the windows.
async fn sign_in_as(stage: &Stage, pane: &Pane<'_>, choice: &str) -> Outcome {
    let client = stage.browser.client();
    let home = client.window().await?;
    pane.click("#sign-in").await?;
    for element in ["body > button".to_owned(), format!("#{choice}")] {
        let shown = format!("document.querySelector('{element}') !== null");
        let end = Instant::now() + SHOWN;
        'found: loop {
            for window in client.windows().await? {
                if window != home
                    && client.switch_to_window(window).await.is_ok()
                    && stage.browser.evaluate(&shown).await.is_ok_and(|shown| shown == true)
                {
                    break 'found;
                }
            }
            if Instant::now() > end {
                return Err(Complaint::new(format!("no window shows {element}")));
            }
            sleep(Duration::from_millis(30)).await;
        }
        client.find(Locator::Css(&element)).await?.click().await?;
    }
    while client.windows().await?.len() > 1 {
        sleep(Duration::from_millis(50)).await;
    }
    client.switch_to_window(home).await?;
    client.enter_frame(0).await?;
    Ok(())
}

/// What the host says, the heading that the user sees, and what they can press.
const ENDS: [(&str, &str, &str); 6] = [
    ("silent=50076", "Sign in", "Sign in"),
    ("silent=65001", "Somebody has to agree first", "Sign in and agree"),
    ("silent=53003", "A policy does not let you in", "Try again"),
    ("silent=USER_CANCEL", "Not signed in yet", "Try again"),
    ("silent=ACCOUNT_UNAVAILABLE", "Sign in", "Sign in"),
    ("silent=650057", "Not signed in", "Try again"),
];

async fn ends(stage: Arc<Stage>) -> Outcome {
    for (script, heading, button) in ENDS {
        open(&stage, &format!("{script},popup=ok")).await?;
        let pane = stage.pane();
        pane.shows("sign-in").await?;
        ensure_eq!(script, pane.text("#sign-in-heading").await?, heading);
        ensure_eq!(script, pane.text("#sign-in").await?, button);
        // What mends it by itself lets the user in.
        if button.starts_with("Sign in") {
            pane.click("#sign-in").await?;
            pane.shows("chat").await?;
        }
    }
    // A registration that doesn't fit names what to register.
    let pane = stage.pane();
    let shown = pane.text("#sign-in-help").await?;
    let host = stage.world.demo.pane_origin().replace("http://", "brk-multihub://");
    ensure!(shown.contains(&host), "{host} is not in {shown}");
    Ok(())
}

/// What the manifest names instead of the gateway, and what the screen says then: who lets in, and
/// where to.
const LETS_IN: [(&str, &str, &str); 4] = [
    ("", "Your organisation’s gateway lets in", "Gateway: 127.0.0.1"),
    (
        "&gateway_url=&gateway_auth_source=&entra_scope=&google_client_id=1-a.apps.googleusercontent.com&google_client_secret=GOCSPX-not-real&gcp_project_id=contoso-ai&gcp_region=us-east5",
        "signed in with a Google account",
        "Google Cloud project: contoso-ai",
    ),
    (
        "&gateway_url=&gateway_auth_source=&entra_scope=&aws_role_arn=arn:aws:iam::123456789012:role/Claude&aws_region=us-east-1",
        "may act as its role",
        "AWS role: arn:aws:iam::123456789012:role/Claude",
    ),
    (
        "&gateway_url=&entra_scope=&azure_resource_name=contoso",
        "Azure AI Foundry resource lets in",
        "Azure resource: contoso",
    ),
];

async fn said_for_each(stage: Arc<Stage>) -> Outcome {
    for (query, words, purpose) in LETS_IN {
        open(&stage, &format!("silent=50076{query}")).await?;
        let pane = stage.pane();
        pane.shows("sign-in").await?;
        let lead = pane.text("#sign-in-lead").await?;
        ensure!(lead.contains(words), "{purpose}: {lead}");
        ensure_eq!("gateway", lead.contains("gateway"), query.is_empty());
        let shown = pane.text("#sign-in-purpose").await?;
        ensure!(shown.starts_with(purpose), "{purpose}: {shown}");
    }
    Ok(())
}

async fn consent_link(stage: Arc<Stage>) -> Outcome {
    open(&stage, "silent=65001,popup=USER_CANCEL").await?;
    let pane = stage.pane();
    pane.shows("sign-in").await?;
    let link = pane.evaluate("document.querySelector('#sign-in-help a').href").await?;
    let link = link.text("")?.to_owned();
    ensure!(link.contains("/adminconsent?client_id=0c3f5a1e-"), "{link}");
    stage.browser.open(&link).await?;
    stage.browser.until("document.querySelector('#accept')", SHOWN).await
}

/// Hours later the token has run out, and the host has nobody signed in: the
/// conversation stays while the user signs in again.
async fn lapses(stage: Arc<Stage>) -> Outcome {
    open(&stage, "popup=ok").await?;
    let pane = stage.pane();
    pane.shows("chat").await?;
    pane.say("repeat after me: before").await?;
    ensure_eq!("answer", pane.answer().await?, "before");
    choose_user(&stage, "").await?;
    let later = "(() => { const now = Date.now; Date.now = () => now() + 7_200_000; return 0; })()";
    pane.evaluate(later).await?;
    pane.say("repeat after me: after").await?;
    pane.shows("sign-in").await?;
    ensure_eq!("heading", pane.text("#sign-in-heading").await?, "Sign in");
    choose_user(&stage, "ada").await?;
    pane.click("#sign-in").await?;
    pane.shows("chat").await?;
    ensure!(pane.text("#transcript").await?.contains("before"), "the conversation is gone");
    pane.click_button("Retry").await?;
    ensure_eq!("answer", pane.answer().await?, "after");
    // Nobody sees what somebody else wrote.
    choose_user(&stage, "").await?;
    pane.evaluate(later).await?;
    pane.say("repeat after me: of Ada's").await?;
    pane.shows("sign-in").await?;
    choose_user(&stage, "bob").await?;
    pane.click("#sign-in").await?;
    pane.shows("chat").await?;
    let shown = pane.text("#transcript").await?;
    ensure!(!shown.contains("before") && !shown.contains("Ada"), "{shown}");
    Ok(())
}

/// Switches who is signed in to the application.
async fn choose_user(stage: &Stage, user: &str) -> Outcome {
    stage.browser.client().enter_parent_frame().await?;
    let user = json!(user);
    let switch = format!(
        "(choice => {{ choice.value = {user}; choice.dispatchEvent(new Event('change')); return 0; }})(document.getElementById('user'))"
    );
    stage.browser.evaluate(&switch).await?;
    stage.browser.client().enter_frame(0).await?;
    Ok(())
}

async fn developer_panel(stage: Arc<Stage>) -> Outcome {
    let mark = stage.world.secrets().len();
    open(&stage, "popup=ok").await?;
    let pane = stage.pane();
    pane.shows("chat").await?;
    ensure!(
        pane.evaluate("document.getElementById('developer-panel').hidden").await? == true,
        "it is shown unasked"
    );
    pane.click("#open-settings").await?;
    pane.click("#show-developer-panel").await?;
    pane.reopen_in_host("&access=sign-in&broker=popup=ok").await?;
    pane.shows("chat").await?;
    pane.until("document.querySelectorAll('#developer-entries li').length >= 4").await?;
    pane.evaluate("[...document.querySelectorAll('#developer-entries details')].map((each) => (each.open = true, 0))").await?;
    let shown = pane.text("#developer-entries").await?;
    for part in ["GetInitContext", "GetToken: success", "•••• (JWT, ", "ada@contoso.example"]
    {
        ensure!(shown.contains(part), "{part} is not in {shown}");
    }
    let secrets = stage.world.secrets();
    ensure!(secrets.len() > mark, "nothing was issued");
    for secret in secrets {
        let kind = secret.kind;
        ensure!(!shown.contains(&secret.value), "the panel shows a secret: {kind:?}");
        // Not its parts either.
        for part in secret.value.split('.').filter(|part| part.len() > 30) {
            ensure!(!shown.contains(part), "the panel shows a part of a secret: {kind:?}");
        }
    }
    pane.click("#developer-close").await?;
    ensure!(
        pane.evaluate("document.getElementById('developer-panel').hidden").await? == true,
        "it stays"
    );
    ensure_eq!(
        "entries",
        *pane.evaluate("document.querySelectorAll('#developer-entries li').length").await?.at(""),
        json!(0)
    );
    Ok(())
}
