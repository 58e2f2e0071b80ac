//! The demo page's connect screen: four providers, each with its own fields.

use std::sync::Arc;

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::pane::Pane;
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("connect: each provider has its fields, and fits", fields),
        Case::new("connect: by keys alone", by_keys),
        Case::new("connect: how a value looks is said while it is typed", shapes),
        Case::new("connect: a gateway's format asks for its own", formats),
        Case::new("connect: Foundry by the work account needs no key", work_account),
        Case::new("connect: what is wrong is told at the provider's field", wrong),
        Case::new("connect: Outlook has no Bedrock", outlook),
    ];
    for provider in ["vertex", "bedrock", "foundry"] {
        let name = format!("connect: {provider} chats, and is kept masked over a reload");
        cases.push(Case::new(name, move |stage| chats(stage, provider)));
    }
    cases
}

async fn choose(pane: &Pane<'_>, provider: &str) -> Outcome {
    pane.click(&format!("input[name='provider'][value='{provider}']")).await
}

/// The ids of the fields that can be filled in.
async fn shown(pane: &Pane<'_>) -> Outcome<Value> {
    pane.evaluate(
        "[...document.querySelectorAll('#connect-form input:not([type=radio])')].filter((field) => field.offsetParent).map(({ id }) => id)",
    )
    .await
}

async fn open(pane: &Pane<'_>) -> Outcome {
    pane.open_in_host("&gateway_url=&gateway_token=&auto_connect=").await?;
    pane.shows("connect").await
}

async fn fields(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    let rows = [
        ("gateway", json!(["gateway-url", "gateway-token", "model"]), "if offered", false),
        (
            "vertex",
            json!([
                "google-client-id",
                "google-client-secret",
                "gcp-project-id",
                "gcp-region",
                "model"
            ]),
            "Web search: yes. Code execution: no.",
            false,
        ),
        ("bedrock", json!(["aws-role-arn", "aws-region", "model"]), "Web search: no.", false),
        (
            "foundry",
            json!(["azure-resource-name", "azure-api-key", "model"]),
            "Code execution: yes.",
            true,
        ),
    ];
    let place = "document.getElementById('providers').getBoundingClientRect().top";
    let top = pane.evaluate(place).await?;
    for (provider, ids, can, notice) in rows {
        choose(&pane, provider).await?;
        ensure_eq!(provider, shown(&pane).await?, ids);
        ensure!(pane.text("#provider-can").await?.contains(can), "{provider}: {can}");
        let said = pane.text("#provider-notices").await?;
        ensure_eq!(provider, said.contains("Anthropic's infrastructure"), notice);
        ensure_eq!("the choice stays where it is", pane.evaluate(place).await?, top.clone());
        let wide = pane.evaluate("document.getElementById('connect-view').scrollWidth").await?;
        ensure!(wide.as_u64().is_some_and(|wide| wide <= 320), "{provider} is {wide} wide");
    }
    Ok(())
}

async fn by_keys(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    // A frame takes no keys before somebody has clicked into it.
    choose(&pane, "gateway").await?;
    pane.evaluate("(document.querySelector('input[name=provider]:checked').focus(), 0)").await?;
    // Not past the ends: there WebKit stays, where the others begin anew.
    for (key, provider) in [
        (Key::Right, "vertex"),
        (Key::Right, "bedrock"),
        (Key::Right, "foundry"),
        (Key::Left, "bedrock"),
        (Key::Left, "vertex"),
    ] {
        pane.press(key).await?;
        let chosen = "document.querySelector('input[name=provider]:checked').value";
        ensure_eq!("chosen", pane.evaluate(chosen).await?, json!(provider));
        ensure!(!shown(&pane).await?.list("")?.is_empty(), "no fields");
    }
    pane.press(Key::Tab).await?;
    let focus = pane.evaluate("document.activeElement.id").await?;
    ensure_eq!("focus", focus, json!("google-client-id"));
    Ok(())
}

async fn shapes(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    choose(&pane, "bedrock").await?;
    let note = "document.getElementById('aws-role-arn-note')";
    let height = pane.evaluate(&format!("{note}.offsetHeight")).await?;
    for (typed, words) in [
        ("", "As in arn:"),
        ("arn:aws:iam::12", "Not like"),
        ("arn:aws:iam::123456789012:role/Claude", "As in arn:"),
    ] {
        pane.type_into("#aws-role-arn", typed).await?;
        ensure!(pane.text("#aws-role-arn-note").await?.starts_with(words), "{typed:?}: {words}");
        let now = pane.evaluate(&format!("{note}.offsetHeight")).await?;
        ensure_eq!("the note's height", now, height.clone());
    }
    Ok(())
}

async fn formats(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    pane.choose("#gateway-api-format", "vertex").await?;
    let ids = json!(["gateway-url", "gateway-token", "gcp-project-id", "gcp-region", "model"]);
    ensure_eq!("Vertex AI's format", shown(&pane).await?, ids);
    ensure!(pane.text("#provider-can").await?.contains("Models are tried"), "it lists them");
    pane.choose("#gateway-api-format", "bedrock").await?;
    ensure!(pane.text("#provider-can").await?.contains("Token counts: no"), "it counts");
    Ok(())
}

async fn work_account(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    choose(&pane, "foundry").await?;
    pane.click("input[name='azure-auth'][value='entra']").await?;
    ensure_eq!("fields", shown(&pane).await?, json!(["azure-resource-name", "model"]));
    pane.type_into("#azure-resource-name", "contoso").await?;
    pane.click("#connect").await?;
    pane.shows("chat").await?;
    ensure_eq!("the bar", pane.text("#connection-host").await?, "Azure, contoso");
    Ok(())
}

async fn wrong(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    choose(&pane, "foundry").await?;
    pane.type_into("#azure-resource-name", "contoso").await?;
    pane.click("#connect").await?;
    pane.until("document.getElementById('azure-api-key-error').innerText").await?;
    pane.type_into("#azure-api-key", "another-key-that-nobody-knows").await?;
    pane.click("#connect").await?;
    pane.until("document.querySelector('#connect-error .error')").await?;
    let title = pane.text(".error-title").await?;
    ensure_eq!("title", title, "Azure AI Foundry did not accept the key");
    ensure!(pane.text(".error-hint").await?.contains("Azure portal"), "no hint");
    let marked = "document.getElementById('azure-api-key').getAttribute('aria-invalid')";
    ensure_eq!("aria-invalid", pane.evaluate(marked).await?, json!("true"));
    choose(&pane, "bedrock").await?;
    ensure_eq!("another provider's error", pane.text("#connect-error").await?, "");
    pane.type_into("#aws-role-arn", "arn:aws:s3:::bucket").await?;
    pane.type_into("#aws-region", "us-east-1").await?;
    pane.click("#connect").await?;
    pane.until("document.getElementById('aws-role-arn-error').innerText").await
}

async fn outlook(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    pane.open_alone("?_host_Info=Outlook$Win32$16.01$en-US").await?;
    pane.shows("connect").await?;
    let disabled = "document.querySelector('input[name=provider][value=bedrock]').disabled";
    ensure_eq!("Bedrock", pane.evaluate(disabled).await?, json!(true));
    let note = pane.text("#providers-note").await?;
    ensure!(note.contains("not supported in Outlook"), "{note}");
    Ok(())
}

async fn chats(stage: Arc<Stage>, provider: &'static str) -> Outcome {
    let pane = stage.pane();
    open(&pane).await?;
    choose(&pane, provider).await?;
    pane.click("#use-simulated").await?;
    pane.shows("chat").await?;
    pane.type_into("#message", "Hello").await?;
    pane.press(Key::Enter).await?;
    pane.until("document.querySelector('.usage')?.innerText").await?;
    let host = pane.text("#connection-host").await?;
    let name = match provider {
        "vertex" => "Vertex AI",
        "bedrock" => "Bedrock",
        _ => "Azure",
    };
    ensure!(host.starts_with(name), "{host}");
    pane.reopen_in_host("&gateway_url=&gateway_token=&auto_connect=").await?;
    pane.shows("chat").await?;
    pane.click("#open-settings").await?;
    pane.click("#change-connection").await?;
    pane.shows("connect").await?;
    let chosen = "document.querySelector('input[name=provider]:checked').value";
    ensure_eq!("chosen", pane.evaluate(chosen).await?, json!(provider));
    let html = pane.evaluate("document.documentElement.outerHTML + [...document.querySelectorAll('input')].map(({ value }) => value)");
    let html = html.await?.to_string();
    ensure!(!html.contains("not-a-real-key"), "the key is shown");
    if provider == "foundry" {
        ensure!(pane.text("#azure-api-key-note").await?.contains("A key is kept: ••••"), "no note");
    }
    Ok(())
}
