//! Connecting with settings that people type or administrators configure.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::settings;
use crate::stage::Stage;
use crate::value::{Look as _, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("settings: token in x-api-key", |stage| auth_header(stage, "x-api-key")),
        Case::new("settings: token in authorization", |stage| auth_header(stage, "authorization")),
        Case::new("settings: a gateway that wants the other header", other_header),
        Case::new("settings: address with /v1/messages at the end", route_at_the_end),
        Case::new("settings: duplicate parameters", duplicate_parameters),
        Case::new("settings: inference headers, reserved ones left out", inference_headers),
        Case::new("settings: test keeps nothing", test_keeps_nothing),
        Case::new("settings: refreshed models", refreshed),
    ];
    cases.extend(MODELS.iter().map(|row| {
        Case::new(format!("settings: models: {}", row.name), move |stage| models(stage, row))
    }));
    cases.extend(REFUSED.iter().map(|row| {
        Case::new(format!("settings: refused: {}", row.name), move |stage| refused(stage, row))
    }));
    cases
}

async fn auth_header(stage: Arc<Stage>, header: &str) -> Outcome {
    let faults = if header == "authorization" { "auth=bearer" } else { "auth=x-api-key" };
    let gateway = stage.gateway("auth header", faults);
    let mut typed = settings(&gateway);
    set(&mut typed, "gateway_auth_header", json!(header));
    let page = stage.package_page().await?;
    let asked =
        page.run("ask", json!({ "settings": typed, "params": { "say": "repeat after me: hi" } }));
    ensure_eq!("answer", asked.await?.text("/finalText")?, "hi");
    for request in gateway.requests("") {
        let carried: Vec<_> =
            request.headers.iter().filter(|header| header.matches_token.is_some()).collect();
        ensure_eq!("headers with a credential", carried.len(), 1);
        ensure!(
            carried
                .iter()
                .all(|carried| carried.name == header && carried.matches_token == Some(true)),
            "{carried:?}"
        );
    }
    Ok(())
}

async fn other_header(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("other header", "auth=bearer");
    let page = stage.package_page().await?;
    let result = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("code", result.text("/error/code")?, "credential-invalid");
    ensure!(!result.text("/error/hint/text")?.is_empty(), "no hint");
    ensure_eq!("state", result.text("/state")?, "failed");
    Ok(())
}

async fn route_at_the_end(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("route at the end", "");
    let page = stage.package_page().await?;
    for route in ["/v1/messages", "/v1/messages/", "/v1", "/v1/models"] {
        let mut typed = settings(&gateway);
        set(&mut typed, "gateway_url", json!(format!("{}{route}", gateway.url)));
        let result = page.run("connect", json!({ "settings": typed })).await?;
        ensure_eq!(route, result.text("/state")?, "ready");
        let problem = result.at("/configuration/problems/0");
        ensure_eq!(route, problem.text("/id")?, "address-normalised");
        ensure_eq!(route, problem.text("/severity")?, "notice");
        page.go("").await?;
    }
    ensure!(
        gateway.requests("").iter().all(
            |request| !request.path.contains("/v1/v1") && !request.path.contains("messages/v1")
        ),
        "the route was doubled"
    );
    Ok(())
}

async fn duplicate_parameters(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    let parameters = "?gateway_url=https://first.example&gateway_url=https://second.example&gateway_auth_header=authorization&gateway_auth_header=x-api-key";
    let result = page.run("look", json!({ "open": { "parameters": parameters } })).await?;
    let values = result.at("/configuration/values");
    ensure_eq!("address", values.text("/gateway_url/value")?, "https://first.example");
    let header = values.at("/gateway_auth_header");
    ensure_eq!("header", header.text("/value")?, "authorization");
    ensure_eq!("layer", header.text("/layer")?, "manifest");
    let problems = result.list("/configuration/problems")?;
    let duplicates: Vec<_> =
        problems.iter().filter(|problem| problem.at("/id") == "duplicate-parameter").collect();
    ensure_eq!("duplicates listed", duplicates.len(), 2);
    Ok(())
}

async fn inference_headers(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("inference headers", "");
    let mut typed = settings(&gateway);
    set(
        &mut typed,
        "inference_headers",
        json!({
            "X-Org-Team": "tax",
            "x-org-key": "another-secret-value-0815",
            "Cookie": "a=b",
            "anthropic-version": "2020-01-01",
        }),
    );
    let page = stage.package_page().await?;
    let asked = json!({ "settings": typed, "call": "prepare", "params": { "say": "hi" } });
    let prepared = page.run("ask", asked).await?;
    ensure!(
        !prepared.to_string().contains("another-secret-value"),
        "a configured header's value is shown"
    );
    ensure!(prepared.at("/value/headers/x-org-key").is_string(), "{prepared}");
    let result = page.run("connect", json!({ "settings": typed })).await?;
    ensure_eq!("state", result.text("/state")?, "ready");
    ensure!(
        !result.to_string().contains("another-secret-value"),
        "a configured header's value is shown"
    );
    let problems = result.list("/configuration/problems")?;
    let reserved = problems.iter().filter(|problem| problem.at("/id") == "reserved-header").count();
    ensure_eq!("reserved headers told", reserved, 2);
    for request in gateway.requests("") {
        ensure_eq!("x-org-team", request.header("x-org-team"), Some("tax"));
        ensure_eq!("x-org-key", request.header("x-org-key"), Some("another-secret-value-0815"));
        ensure_eq!("anthropic-version", request.header("anthropic-version"), Some("2023-06-01"));
        ensure_eq!("cookie", request.header("cookie"), None);
    }
    Ok(())
}

async fn test_keeps_nothing(stage: Arc<Stage>) -> Outcome {
    let good = stage.gateway("test keeps nothing", "");
    let bad = stage.gateway("test keeps nothing", "status=403,on=all");
    let page = stage.package_page().await?;
    let found = page.run("testSettings", json!({ "test": settings(&good) })).await?;
    ensure!(!found.list("/found")?.is_empty(), "no models");
    ensure_eq!("state", found.text("/state")?, "needs-settings");
    ensure_eq!("kept", page.run("kept", json!({})).await?, json!({ "local": {}, "session": {} }));
    // A test that fails leaves the connection as it is.
    let asked = json!({ "settings": settings(&good), "test": settings(&bad) });
    let failed = page.run("testSettings", asked).await?;
    ensure_eq!("code", failed.text("/error/code")?, "permission-denied");
    ensure_eq!("state", failed.text("/state")?, "ready");
    let url = failed.text("/configuration/values/gateway_url/value")?;
    ensure_eq!("address", url, good.url);
    Ok(())
}

async fn refreshed(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("refreshed", "");
    let page = stage.package_page().await?;
    let result = page.run("refresh", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("models", result.at("/after"), result.at("/before"));
    ensure_eq!("requests", gateway.requests("/v1/models").len(), 2);
    Ok(())
}

struct Models {
    name: &'static str,
    faults: &'static str,
    /// Typed by the user.
    model: Option<&'static str>,
    /// The ids in order, or the error's code.
    expected: Result<&'static [&'static str], (&'static str, &'static str)>,
    /// How many there are in all, and where the first came from.
    count: usize,
    source: &'static str,
}

const LISTED: &[&str] = &["claude-opus-5-5", "claude-sonnet-5-5"];

const MODELS: [Models; 10] = [
    Models {
        name: "Anthropic's shape",
        faults: "models=anthropic",
        model: None,
        expected: Ok(LISTED),
        count: 5,
        source: "listed",
    },
    Models {
        name: "OpenAI's shape",
        faults: "models=openai",
        model: None,
        expected: Ok(LISTED),
        count: 5,
        source: "listed",
    },
    Models {
        name: "in pages",
        faults: "models=paged",
        model: None,
        expected: Ok(&["claude-team-00", "claude-team-01"]),
        count: 45,
        source: "listed",
    },
    Models {
        name: "other vendors' among them",
        faults: "models=mixed",
        model: None,
        expected: Ok(LISTED),
        count: 5,
        source: "listed",
    },
    Models {
        name: "no list, one typed",
        faults: "models=none",
        model: Some("claude-haiku-5-5"),
        expected: Ok(&["claude-haiku-5-5"]),
        count: 1,
        source: "configured",
    },
    Models {
        name: "no list, none typed",
        faults: "models=none",
        model: None,
        expected: Err(("not-found", "type-model")),
        count: 0,
        source: "",
    },
    Models {
        name: "empty list",
        faults: "models=empty",
        model: None,
        expected: Err(("model-not-available", "type-model")),
        count: 0,
        source: "",
    },
    Models {
        name: "empty list, one typed",
        faults: "models=empty",
        model: Some("claude-opus-4-8"),
        expected: Ok(&["claude-opus-4-8"]),
        count: 1,
        source: "configured",
    },
    Models {
        name: "one typed that is listed comes first",
        faults: "",
        model: Some("claude-haiku-5-5"),
        expected: Ok(&["claude-haiku-5-5", "claude-opus-5-5"]),
        count: 5,
        source: "listed",
    },
    Models {
        name: "one typed that nobody has",
        faults: "",
        model: Some("claude-none-9"),
        expected: Err(("model-not-available", "choose-model")),
        count: 0,
        source: "",
    },
];

async fn models(stage: Arc<Stage>, row: &Models) -> Outcome {
    let gateway = stage.gateway(&format!("models {}", row.name), row.faults);
    let mut typed = settings(&gateway);
    if let Some(model) = row.model {
        set(&mut typed, "model", json!(model));
    }
    let result = stage.package_page().await?.run("connect", json!({ "settings": typed })).await?;
    match row.expected {
        Ok(first) => {
            ensure!(result.get("error").is_none(), "connect failed: {}", result.at("/error"));
            ensure_eq!("state", result.text("/state")?, "ready");
            let found = result.list("/models")?;
            ensure_eq!("how many", found.len(), row.count);
            for (model, expected) in found.iter().zip(first) {
                ensure_eq!("model", model.text("/id")?, *expected);
            }
            ensure!(
                found
                    .iter()
                    .all(|model| model.at("/id").as_str().is_some_and(|id| id.contains("claude"))),
                "{found:?}"
            );
            ensure_eq!("source", result.text("/models/0/source")?, row.source);
            ensure!(!result.text("/models/0/displayName")?.is_empty(), "no name to show");
        }
        Err((code, hint)) => {
            ensure_eq!("code", result.text("/error/code")?, code);
            ensure_eq!("hint", result.text("/error/hint/id")?, hint);
            ensure_eq!("state", result.text("/state")?, "failed");
            ensure_eq!("the connector's error", result.text("/lastError/code")?, code);
        }
    }
    Ok(())
}

struct Refused {
    name: &'static str,
    /// Typed instead of the good ones.
    typed: fn(&mut Value),
    code: &'static str,
    /// The key that the error is about.
    key: &'static str,
    /// Words of the message, in any case.
    says: &'static [&'static str],
    /// What must not be repeated.
    hides: &'static str,
}

const REFUSED: [Refused; 14] = [
    Refused {
        name: "http that is not loopback",
        typed: |typed| set(typed, "gateway_url", json!("http://gateway.example/llm")),
        code: "invalid-argument",
        key: "gateway_url",
        says: &["http", "gateway.example"],
        hides: "",
    },
    Refused {
        name: "http to a host that only looks like loopback",
        typed: |typed| set(typed, "gateway_url", json!("http://127.0.0.1.example")),
        code: "invalid-argument",
        key: "gateway_url",
        says: &["http"],
        hides: "",
    },
    Refused {
        name: "credentials in the address",
        typed: |typed| {
            set(typed, "gateway_url", json!("https://user:hunter2hunter2@gateway.example"))
        },
        code: "invalid-argument",
        key: "gateway_url",
        says: &["name", "password"],
        hides: "hunter2",
    },
    Refused {
        name: "a query",
        typed: |typed| {
            set(typed, "gateway_url", json!("https://gateway.example/?key=hunter2hunter2"))
        },
        code: "invalid-argument",
        key: "gateway_url",
        says: &["query"],
        hides: "hunter2",
    },
    Refused {
        name: "a fragment",
        typed: |typed| set(typed, "gateway_url", json!("https://gateway.example/#hunter2hunter2")),
        code: "invalid-argument",
        key: "gateway_url",
        says: &["fragment"],
        hides: "hunter2",
    },
    Refused {
        name: "another scheme",
        typed: |typed| set(typed, "gateway_url", json!("ftp://gateway.example")),
        code: "invalid-argument",
        key: "gateway_url",
        says: &["ftp"],
        hides: "",
    },
    Refused {
        name: "a host in numbers that hide where it leads",
        typed: |typed| set(typed, "gateway_url", json!("http://2130706433/")),
        code: "invalid-argument",
        key: "gateway_url",
        says: &["2130706433"],
        hides: "",
    },
    Refused {
        name: "no address",
        typed: |typed| set(typed, "gateway_url", json!("   ")),
        code: "configuration-invalid",
        key: "gateway_url",
        says: &["gateway_url"],
        hides: "",
    },
    Refused {
        name: "an empty token",
        typed: |typed| set(typed, "gateway_token", json!("")),
        code: "configuration-invalid",
        key: "gateway_token",
        says: &["gateway_token"],
        hides: "",
    },
    Refused {
        name: "a token of blanks",
        typed: |typed| set(typed, "gateway_token", json!("   ")),
        code: "configuration-invalid",
        key: "gateway_token",
        says: &["gateway_token"],
        hides: "",
    },
    Refused {
        name: "a token with a character that no header can carry",
        typed: |typed| set(typed, "gateway_token", json!("hunter2…hunter2")),
        code: "invalid-argument",
        key: "gateway_token",
        says: &["…", "8"],
        hides: "hunter2",
    },
    Refused {
        name: "a token with a line break inside",
        typed: |typed| set(typed, "gateway_token", json!("hunter2\nhunter2")),
        code: "invalid-argument",
        key: "gateway_token",
        says: &["8"],
        hides: "hunter2",
    },
    Refused {
        name: "an unknown header for the token",
        typed: |typed| set(typed, "gateway_auth_header", json!("x-token")),
        code: "invalid-argument",
        key: "gateway_auth_header",
        says: &["x-token"],
        hides: "",
    },
    Refused {
        name: "headers that are no JSON",
        typed: |typed| set(typed, "inference_headers", json!("{\"x-org-key\": hunter2hunter2")),
        code: "invalid-argument",
        key: "inference_headers",
        says: &["json"],
        hides: "hunter2",
    },
];

async fn refused(stage: Arc<Stage>, row: &Refused) -> Outcome {
    let gateway = stage.gateway("refused", "");
    let mut typed = settings(&gateway);
    (row.typed)(&mut typed);
    let page = stage.package_page().await?;
    let result = page.run("connect", json!({ "settings": typed })).await?;
    let error = result.at("/error");
    ensure_eq!("code", error.text("/code")?, row.code);
    ensure!(!error.text("/hint/text")?.is_empty(), "no hint");
    ensure_eq!("the hint's key", error.text("/hint/params/key")?, row.key);
    let message = error.text("/message")?.to_lowercase();
    for word in row.says {
        ensure!(message.contains(word), "{message:?} doesn't say {word:?}");
    }
    if !row.hides.is_empty() {
        let all = result.to_string();
        ensure!(!all.contains(row.hides), "a secret is repeated: {all}");
    }
    ensure!(gateway.entries().is_empty(), "a request was sent");
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    ensure_eq!("kept", page.run("kept", json!({})).await?, json!({ "local": {}, "session": {} }));
    // What an administrator configured is refused in the same way, where he reads of it.
    let parameters: Value = typed
        .as_object()
        .map(|all| {
            all.iter()
                .filter(|(_, value)| value.is_string())
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        })
        .unwrap_or_default();
    let open = json!({ "open": { "parameters": parameters }, "connect": { "interactive": true } });
    let result = page.run("connect", open).await?;
    ensure!(result.at("/error/code").is_string(), "accepted from the manifest: {result}");
    if !row.hides.is_empty() {
        let error = result.at("/error").to_string();
        ensure!(!error.contains(row.hides), "a secret is repeated: {error}");
    }
    ensure!(gateway.entries().is_empty(), "a request was sent");
    Ok(())
}
