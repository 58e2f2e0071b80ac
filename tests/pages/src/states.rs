//! The demo page's states, each as a person gets into it: for pictures, and to look for what keeps people out.

use std::future::Future;
use std::pin::Pin;

use simulator::applications;

use crate::case::Outcome;
use crate::pane::{NEWEST, Pane, encoded};
use crate::stage::Stage;

type Reach = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A state and the way to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) name: &'static str,
    /// Leaves the browser inside the pane's frame.
    pub(crate) reach: Reach,
}

macro_rules! state {
    ($name:literal, $reach:ident) => {
        State { name: $name, reach: |stage| Box::pin($reach(stage)) }
    };
}

/// All of them, in the order in which a person might meet them.
pub(crate) const STATES: [State; 26] = [
    state!("first run", first_run),
    state!("first run with mistakes", mistakes),
    state!("first run with Vertex", vertex),
    state!("first run with Bedrock", bedrock),
    state!("first run with Foundry", foundry),
    state!("connecting", connecting),
    state!("a question before connecting", question),
    state!("signing in", signing_in),
    state!("nobody has agreed", nobody_has_agreed),
    state!("connected", connected),
    state!("streaming", streaming),
    state!("reading back", reading_back),
    state!("answered", answered),
    state!("long tool input", long_tool_input),
    state!("asked for a tool", asked_for_a_tool),
    state!("stopped", stopped),
    state!("overloaded", overloaded),
    state!("offline", offline),
    state!("expired", expired),
    state!("diagnostics", diagnostics),
    state!("diagnostics without a fault", nothing_wrong),
    state!("configuration", configuration),
    state!("settings", settings),
    state!("settings of who signed in", settings_of_who_signed_in),
    state!("signing out", signing_out),
    state!("signed out", signed_out),
];

const ERROR: &str = "document.querySelector('.error:not([hidden])')?.checkVisibility?.() ?? document.querySelector('.error')";

/// Nothing in the manifest, nothing kept.
async fn first_run(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host("&gateway_url=&gateway_token=").await?;
    pane.shows("connect").await
}

async fn first_run_with(stage: &Stage, provider: &str) -> Outcome {
    first_run(stage).await?;
    stage.pane().click(&format!("input[name='provider'][value='{provider}']")).await
}

async fn vertex(stage: &Stage) -> Outcome {
    first_run_with(stage, "vertex").await
}

async fn bedrock(stage: &Stage) -> Outcome {
    first_run_with(stage, "bedrock").await
}

async fn foundry(stage: &Stage) -> Outcome {
    first_run_with(stage, "foundry").await
}

/// A manifest that names Bedrock, in an application that can't sign in without asking.
async fn signing_in(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host("&access=sign-in&broker=silent=50076&gateway_url=&gateway_auth_source=&entra_scope=&aws_role_arn=arn:aws:iam::123456789012:role/Claude&aws_region=us-east-1").await?;
    pane.shows("sign-in").await
}

async fn nobody_has_agreed(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host("&access=sign-in&broker=silent=65001").await?;
    pane.shows("sign-in").await
}

async fn mistakes(stage: &Stage) -> Outcome {
    first_run(stage).await?;
    let pane = stage.pane();
    pane.type_into("#gateway-url", "http://gateway.example").await?;
    pane.click("#connect").await?;
    pane.until("document.getElementById('gateway-url-error').innerText").await
}

async fn connecting(stage: &Stage) -> Outcome {
    let gateway = stage.demo_gateway("state connecting", "never,on=models");
    let pane = stage.pane();
    pane.open_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.until("!document.getElementById('start-cancel').hidden").await
}

/// A link from somewhere, in a page that is no Office's.
async fn question(stage: &Stage) -> Outcome {
    let gateway = stage.demo_gateway("state question", "");
    let pane = stage.pane();
    let query =
        format!("?gateway_url={}&gateway_token={}", encoded(&gateway.url), encoded(&gateway.token));
    pane.open_framed(&query).await?;
    pane.shows("confirm").await
}

async fn connected(stage: &Stage) -> Outcome {
    stage.pane().chat_with(&stage.demo_gateway("state connected", "")).await
}

async fn streaming(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("state streaming", "speed=150,stall=300")).await?;
    pane.choose_longest().await?;
    pane.say("write a long report").await?;
    pane.until(&format!("{NEWEST}?.querySelector('.answer-body').innerText.length > 500")).await
}

/// Scrolled up while more arrives.
async fn reading_back(stage: &Stage) -> Outcome {
    streaming(stage).await?;
    let pane = stage.pane();
    pane.until("document.getElementById('transcript').scrollTop > 200").await?;
    pane.evaluate("(document.getElementById('transcript').scrollTop -= 200, 0)").await?;
    pane.until("!document.getElementById('jump').hidden").await
}

async fn answered(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("state answered", "speed=max")).await?;
    pane.say("a table and code").await?;
    pane.answer().await?;
    Ok(())
}

async fn long_tool_input(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("state tool input", "file=long-tool-input.sse")).await?;
    pane.say("Fill the table.").await?;
    pane.until("document.querySelector('.tool pre')").await
}

async fn asked_for_a_tool(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("state tool", "speed=max")).await?;
    pane.click("#toggle-options").await?;
    pane.click("#offer-tools").await?;
    pane.say("What is the current date in my time zone?").await?;
    pane.until("document.querySelector('.tool .actions')").await
}

/// In the middle of an answer, with the options open.
async fn stopped(stage: &Stage) -> Outcome {
    streaming(stage).await?;
    let pane = stage.pane();
    pane.click("#send").await?;
    pane.until("document.querySelector('.answer.incomplete .answer-foot')").await?;
    pane.click("#toggle-options").await
}

async fn failing(pane: &Pane<'_>) -> Outcome {
    pane.say("Hello").await?;
    pane.until(ERROR).await
}

async fn overloaded(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("state overloaded", "status=529,x-should-retry=false"))
        .await?;
    failing(&pane).await
}

/// The network goes away under an open conversation.
async fn offline(stage: &Stage) -> Outcome {
    answered(stage).await?;
    let pane = stage.pane();
    pane.evaluate("(window.fetch = () => Promise.reject(new TypeError('refused')), Object.defineProperty(navigator, 'onLine', { value: false }), 0)").await?;
    failing(&pane).await
}

/// The gateway takes the token no longer.
async fn expired(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("state expired", "status=401")).await?;
    failing(&pane).await
}

async fn diagnostics(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    pane.open_in_host("&faults=cors=preflight-405").await?;
    pane.shows("connect").await?;
    pane.click("#connect-diagnose").await?;
    pane.until(
        "document.querySelector('.step.failed') && !document.getElementById('diagnosis-actions').hidden",
    )
    .await
}

/// All checks passed, and what the network has to let through is shown.
async fn nothing_wrong(stage: &Stage) -> Outcome {
    settings(stage).await?;
    let pane = stage.pane();
    pane.click("#diagnose").await?;
    pane.until("document.querySelector('#diagnosis-result .success')").await?;
    pane.click("#allowlist > summary").await?;
    pane.until("document.getElementById('allowlist-text').textContent").await
}

/// What the directory and the bootstrap endpoint say of one user, who is signed in.
async fn by_the_organisation(stage: &Stage) -> Outcome {
    let pane = stage.pane();
    let endpoint = encoded(&stage.world.demo.bootstrap_url("id=state"));
    let client = applications::PANE;
    pane.open_in_host(&format!("&gateway_url=&gateway_token=&entra_sso=1&graph_client_id={client}&bootstrap_url={endpoint}&broker=popup=ok")).await?;
    pane.shows("chat").await?;
    pane.click("#open-settings").await?;
    pane.shows("settings").await
}

/// Values of several layers, and something odd in one of them.
async fn configuration(stage: &Stage) -> Outcome {
    by_the_organisation(stage).await?;
    let pane = stage.pane();
    pane.click("#open-configuration").await?;
    pane.until("document.querySelector('.layer-values') && document.querySelector('#configuration-problems .problem')").await
}

async fn settings_of_who_signed_in(stage: &Stage) -> Outcome {
    by_the_organisation(stage).await?;
    stage.pane().until("document.getElementById('account-details').childElementCount > 1").await
}

async fn settings(stage: &Stage) -> Outcome {
    connected(stage).await?;
    let pane = stage.pane();
    pane.click("#open-settings").await?;
    pane.shows("settings").await
}

async fn signing_out(stage: &Stage) -> Outcome {
    settings(stage).await?;
    let pane = stage.pane();
    pane.click("#sign-out").await?;
    pane.until("!document.getElementById('sign-out-sure').hidden").await
}

async fn signed_out(stage: &Stage) -> Outcome {
    signing_out(stage).await?;
    let pane = stage.pane();
    pane.click("#sign-out-confirm").await?;
    pane.shows("connect").await
}
