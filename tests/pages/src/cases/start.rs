//! Starting the package's module.

use std::sync::Arc;

use serde_json::json;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("start: used before init", too_early),
        Case::new("start: twice at once is once", twice),
        Case::new("start: from bytes, at once", at_once),
        Case::new("start: arguments that make no sense", nonsense),
    ];
    for source in ["bytes", "address", "URL", "Response", "promised Response", "compiled module"] {
        let name = format!("start: from a source: {source}");
        cases.push(Case::new(name, move |stage| good_source(stage, source)));
    }
    for source in ["wrong address", "web page", "empty bytes", "refused connection"] {
        let name = format!("start: fails from a {source}, then works");
        cases.push(Case::new(name, move |stage| bad_source(stage, source)));
    }
    cases
}

async fn too_early(stage: Arc<Stage>) -> Outcome {
    let result = stage.package_page().await?.run("tooEarly", json!({})).await?;
    ensure!(result.text("/version")?.starts_with("0."), "version {}", result.at("/version"));
    for way in ["open", "sseDecoder", "messageDecoder"] {
        ensure_eq!(way, result.text(&format!("/{way}/code"))?, "not-initialized");
        ensure_eq!(way, result.text(&format!("/{way}/hint/id"))?, "await-init");
        ensure_eq!(way, result.text(&format!("/{way}/name"))?, "ConnectorError");
    }
    result.is_true("/recognises")?;
    ensure_eq!("another error", *result.at("/recognisesOthers"), json!(false));
    Ok(())
}

async fn twice(stage: Arc<Stage>) -> Outcome {
    let result = stage.package_page().await?.run("startTwice", json!({})).await?;
    result.is_true("/one")?;
    ensure!(result.at("/value").is_null(), "init resolves to {}", result.at("/value"));
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    Ok(())
}

async fn good_source(stage: Arc<Stage>, source: &str) -> Outcome {
    let result = stage.package_page().await?.run("startFrom", json!({ "source": source })).await?;
    ensure!(result.get("error").is_none(), "init failed: {result}");
    ensure!(result.get("earlyError").is_none(), "open failed: {result}");
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    Ok(())
}

async fn bad_source(stage: Arc<Stage>, source: &str) -> Outcome {
    let result = stage.package_page().await?.run("startFrom", json!({ "source": source })).await?;
    ensure_eq!("code", result.text("/error/code")?, "module-failed");
    ensure_eq!("hint", result.text("/error/hint/id")?, "serve-module");
    ensure_eq!("what is used too early", result.text("/earlyError/code")?, "not-initialized");
    ensure!(result.get("thenError").is_none(), "init failed again: {result}");
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    Ok(())
}

async fn at_once(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    let result = page.run("startFromBytesAtOnce", json!({})).await?;
    ensure_eq!("code for bytes of no module", result.text("/wrong/code")?, "module-failed");
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    Ok(())
}

async fn nonsense(stage: Arc<Stage>) -> Outcome {
    let result = stage.package_page().await?.run("nonsense", json!({})).await?;
    for (what, code) in [
        ("notConnected", "interaction-required"),
        ("badTimeout", "invalid-argument"),
        ("badRetries", "invalid-argument"),
        ("noUrl", "configuration-invalid"),
        ("noToken", "configuration-invalid"),
    ] {
        ensure_eq!(what, result.text(&format!("/{what}/code"))?, code);
    }
    Ok(())
}
