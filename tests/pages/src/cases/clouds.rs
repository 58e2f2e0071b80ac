//! Every way to reach the model, from a browser to the simulated clouds and back.

use std::sync::Arc;

use serde_json::{Value, json};
use simulator::{Entry, Outcome as Ended, registrations};

use crate::case::{Case, Complaint, Outcome, ensure, ensure_eq};
use crate::cloud::{Cloud, Shape};
use crate::package_page::PackagePage;
use crate::stage::Stage;
use crate::value::{Look as _, set};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for shape in Shape::ALL {
        let name = format!("clouds: {}: from connecting to calling off", shape.name());
        cases.push(Case::new(name, move |stage| whole_way(stage, shape)));
        let name = format!("clouds: {}: cut in the middle", shape.name());
        cases.push(Case::new(name, move |stage| cut(stage, shape)));
        if !shape.tokens().is_empty() {
            let name = format!("clouds: {}: what expires in mid-conversation", shape.name());
            cases.push(Case::new(name, move |stage| expires(stage, shape)));
        }
    }
    cases.push(Case::new("clouds: one message over all shapes", same_message));
    cases.push(Case::new("clouds: another provider, and nothing left of the former", switches));
    for row in &IDS {
        let name = format!("clouds: the model {} on {}", row.id, row.shape.name());
        cases.push(Case::new(name, move |stage| model_id(stage, row)));
    }
    for row in &TROUBLES {
        let name = format!("clouds: trouble: {}, {}", row.name, row.shape.name());
        cases.push(Case::new(name, move |stage| trouble(stage, row)));
    }
    for (exception, code) in EXCEPTIONS {
        let name = format!("clouds: {exception} at the end of a stream");
        cases.push(Case::new(name, move |stage| exception_at_end(stage, exception, code)));
    }
    cases
        .push(Case::new("clouds: an exception before all content is asked again", exception_first));
    cases.push(Case::new("clouds: a frame damaged on the way", damaged));
    for (code, told, hint) in STS {
        let name = format!("clouds: the token service says {code}");
        cases.push(Case::new(name, move |stage| sts_refuses(stage, code, told, hint)));
    }
    for (how, told, hint) in TOKENS {
        let name = format!("clouds: an ID token with a wrong {how}");
        cases.push(Case::new(name, move |stage| wrong_token(stage, how, told, hint)));
    }
    cases.push(Case::new("clouds: a disabled region is asked elsewhere", region_disabled));
    for (name, faults) in [("slow", "clock=3600"), ("fast", "clock=-3600")] {
        let name = format!("clouds: a clock that is an hour {name}");
        cases.push(Case::new(name, move |stage| wrong_clock(stage, faults)));
    }
    for (name, region, host) in LOCATIONS {
        let name = format!("clouds: Vertex AI: {name}");
        cases.push(Case::new(name, move |stage| location(stage, region, host)));
    }
    cases
}

/// Connects a page, and complains where that fails.
async fn connected<'a>(
    stage: &'a Stage,
    cloud: &Cloud,
    settings: &Value,
) -> Outcome<(PackagePage<'a>, Value)> {
    let page = stage.package_page().await?;
    let opened = page.run_with_secrets("openCloud", cloud.open(settings)).await?;
    ensure!(opened.at("/error").is_null(), "{}", opened.at("/error"));
    ensure_eq!("state", opened.text("/state")?, "ready");
    Ok((page, opened))
}

fn say(shape: Shape, call: &str, words: &str) -> Value {
    json!({ "call": call, "model": shape.haiku(), "params": { "say": words } })
}

async fn whole_way(stage: Arc<Stage>, shape: Shape) -> Outcome {
    let faults = [shape.faults(), "gap=15"].join(",");
    let cloud = Cloud::new(&stage, &format!("way {}", shape.name()), faults.trim_matches(','), "");
    let (page, opened) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
    ensure_eq!("tokens", opened.texts("/issued")?, shape.tokens());
    // Those that can't be used are listed behind the others.
    let used = |model: &&Value| {
        !["no-access", "not-routed"].contains(&model.text("/verdict").unwrap_or_default())
    };
    let models: Vec<_> = opened.list("/models")?.iter().filter(used).collect();
    ensure_eq!(format!("models of {models:?}"), models.len(), shape.models());
    ensure!(models.iter().any(|model| *model.at("/id") == shape.haiku()), "{models:?}");
    let unknown: Vec<_> =
        models.iter().filter(|model| *model.at("/verdict") == "no-quota").collect();
    ensure_eq!("without quota", unknown.len(), usize::from(shape == Shape::Vertex));

    let answer =
        page.run("askCloud", say(shape, "stream", "repeat after me: größer als 5")).await?;
    ensure_eq!("text", answer.text("/finalText")?, "größer als 5");
    ensure_eq!("tokens", answer.texts("/issued")?, Vec::<&str>::new());
    let sent = cloud.messages().pop().ok_or_else(|| Complaint::new("no request"))?;
    ensure!(sent.path.ends_with(shape.streamed_path()), "{}", sent.path);
    let created = page.run("askCloud", say(shape, "create", "repeat after me: at once")).await?;
    ensure_eq!("text", created.text("/value/content/0/text")?, "at once");

    let counted = page.run("askCloud", say(shape, "countTokens", "hello")).await?;
    if shape.counts() {
        ensure!(counted.number("/value/input_tokens")? > 0, "{counted}");
    } else {
        ensure_eq!("count", counted.text("/error/code")?, "unsupported");
    }

    let aborted = page.run("askCloud", say(shape, "abort", "count to 2000")).await?;
    ensure_eq!("reason", aborted.text("/error/message")?, "enough");
    aborted.is_true("/aborted")?;
    ensure!(cloud.ended().await, "requests stay open");
    let outcomes = || cloud.messages().iter().any(|entry| entry.outcome == Ended::ClientClosed);
    // The gateway's own journal settles apart from the clouds'.
    cloud.gateway.messages_ended().await?;
    ensure!(outcomes(), "nothing was called off");
    // The token service is asked without a preflight, and knows none.
    ensure!(cloud.sts().iter().all(|entry| entry.method == "POST"), "a preflight");
    Ok(())
}

async fn cut(stage: Arc<Stage>, shape: Shape) -> Outcome {
    let faults = [shape.faults(), "cut=8"].join(",");
    let cloud = Cloud::new(&stage, &format!("cut {}", shape.name()), faults.trim_matches(','), "");
    let (page, _) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
    let answer = page.run("askCloud", say(shape, "stream", "count to 600")).await?;
    let error = answer.at("/error");
    let code = error.text("/code")?;
    ensure!(["unreachable", "stream-truncated"].contains(&code), "{error}");
    let partial = error.text("/partialMessage/content/0/text")?;
    ensure!(partial.starts_with("1\n"), "{partial}");
    ensure_eq!("what was told", partial, answer.text("/heard/text")?);
    Ok(())
}

async fn expires(stage: Arc<Stage>, shape: Shape) -> Outcome {
    let cloud = Cloud::new(&stage, &format!("expires {}", shape.name()), shape.faults(), "");
    let (page, _) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
    for round in 0..2 {
        let words = format!("repeat after me: round {round}");
        let before = cloud.messages().len();
        let answer = page.run("askCloud", say(shape, "stream", &words)).await?;
        ensure_eq!("text", answer.text("/finalText")?, format!("round {round}"));
        let renewed = answer.texts("/issued")?;
        let requests = cloud.messages().len() - before;
        if round == 0 {
            ensure_eq!("renewed", renewed, Vec::<&str>::new());
            ensure_eq!("requests", requests, 1);
            cloud.end_sessions(&stage);
        } else {
            // Once, unnoticed: no retry is told of, and no error.
            ensure_eq!("renewed", renewed.len(), 1);
            ensure_eq!("requests", requests, 2);
            ensure_eq!(
                "told",
                answer.texts("/heard/told")?,
                ["text", "contentBlock", "message", "end"]
            );
        }
    }
    if shape == Shape::Bedrock {
        ensure_eq!("asked for credentials", cloud.sts().len(), 2);
    }
    // Three calls at once that all find it expired share one renewal.
    cloud.end_sessions(&stage);
    let answers = page.run("askCloudThrice", say(shape, "create", "repeat after me: all")).await?;
    ensure_eq!("answers", answers.texts("/texts")?, ["all", "all", "all"]);
    ensure_eq!("renewed", answers.list("/issued")?.len(), 1);
    Ok(())
}

/// What an answer is apart from the names that are drawn anew for each.
fn content(message: &Value) -> Value {
    let mut message = message.clone();
    set(&mut message, "id", Value::Null);
    message
}

async fn same_message(stage: Arc<Stage>) -> Outcome {
    let mut first = None;
    for shape in Shape::ALL {
        let cloud = Cloud::new(&stage, &format!("same {}", shape.name()), shape.faults(), "");
        let (page, _) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
        let params = json!({ "say": "explain a table of formulas", "thinking": { "type": "enabled", "budget_tokens": 1024 } });
        let ask = |call: &str| json!({ "call": call, "model": shape.haiku(), "params": params });
        let streamed = page.run("askCloud", ask("stream")).await?;
        let streamed = content(streamed.at("/message"));
        let created = content(page.run("askCloud", ask("create")).await?.at("/value"));
        ensure_eq!("blocks", streamed.list("/content")?.len(), 2);
        ensure_eq!(format!("{} in one piece", shape.name()), created, streamed);
        let served = page.run("askCloud", ask("sdk")).await?;
        ensure!(served.text("/type")?.starts_with("text/event-stream"), "{}", served.at("/type"));
        ensure_eq!("the SDK's deltas", served.text("/text")?, streamed.text("/content/1/text")?);
        let served = content(served.at("/message"));
        ensure_eq!(format!("{} under the SDK", shape.name()), served, streamed);
        match &first {
            None => first = Some(streamed),
            Some(message) => ensure_eq!(format!("over {}", shape.name()), streamed, *message),
        }
    }
    Ok(())
}

async fn switches(stage: Arc<Stage>) -> Outcome {
    let cloud = Cloud::new(&stage, "switches", "", "");
    let order = [
        Shape::Gateway,
        Shape::Bedrock,
        Shape::FoundryKey,
        Shape::Vertex,
        Shape::FoundryEntra,
        Shape::GatewayVertex,
        Shape::Bedrock,
    ];
    let page = stage.package_page().await?;
    let mut open = cloud.open(&Shape::Gateway.settings(&cloud));
    // The gateway's scope is none for Foundry.
    set(&mut open, "parameters", json!({}));
    let opened = page.run_with_secrets("openCloud", open).await?;
    ensure_eq!("state", opened.text("/state")?, "ready");
    let all = || -> Vec<Entry> {
        let mut entries = cloud.entries();
        entries.extend(cloud.gateway.entries());
        entries
    };
    // By number and journal, to tell what is new.
    let key = |entry: &Entry| (entry.path.clone(), entry.number);
    let mut former: Vec<String> = Vec::new();
    for (turn, shape) in order.iter().enumerate() {
        if turn > 0 {
            let settings = json!({ "settings": shape.settings(&cloud) });
            let switched = page.run_with_secrets("switchCloud", settings).await?;
            ensure!(switched.at("/error").is_null(), "{}", switched.at("/error"));
        }
        let before: Vec<_> = all().iter().map(key).collect();
        let answer = page.run("askCloud", say(*shape, "stream", "repeat after me: here")).await?;
        ensure_eq!("text", answer.text("/finalText")?, "here");
        let new: Vec<Entry> =
            all().into_iter().filter(|entry| !before.contains(&key(entry))).collect();
        let sent: Vec<_> = new.iter().filter(|entry| entry.method == "POST").collect();
        let [entry] = sent.as_slice() else {
            return Err(Complaint::new(format!("{} requests", sent.len())));
        };
        ensure!(entry.path.ends_with(shape.streamed_path()), "{}", entry.path);
        let own: Vec<String> = entry.credentials().iter().map(ToString::to_string).collect();
        ensure_eq!(format!("credentials of {}", shape.name()), own.len(), 1);
        for print in &own {
            // The gateway has one token, whatever its format; all else is new each time.
            let gateways = matches!(shape, Shape::GatewayVertex);
            ensure!(gateways || !former.contains(print), "{} got an old credential", shape.name());
        }
        ensure!(!entry.token_elsewhere, "the gateway's token is elsewhere");
        former.extend(own);
    }
    Ok(())
}

/// A model's name that is not a plain word.
struct Id {
    shape: Shape,
    id: &'static str,
    /// As it is in the path.
    sent: &'static str,
}

const IDS: [Id; 8] = [
    Id {
        shape: Shape::Bedrock,
        id: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        sent: "/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/",
    },
    Id {
        shape: Shape::Bedrock,
        id: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/t8x2kq1",
        sent: "/model/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Ft8x2kq1/",
    },
    Id {
        shape: Shape::Bedrock,
        id: "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        sent: "profile%2Fus.anthropic.claude-sonnet-4-5-20250929-v1:0/",
    },
    Id {
        shape: Shape::Vertex,
        id: "claude-sonnet-4-5@20250929",
        sent: "/models/claude-sonnet-4-5@20250929:",
    },
    Id {
        shape: Shape::Vertex,
        id: "claude-haiku-5-5@default",
        sent: "/models/claude-haiku-5-5@default:",
    },
    Id {
        shape: Shape::GatewayBedrock,
        id: "größe/claude:v1@blau",
        sent: "/model/gr%C3%B6%C3%9Fe%2Fclaude:v1@blau/",
    },
    Id {
        shape: Shape::GatewayVertex,
        id: "größe/claude:v1@blau",
        sent: "/models/gr%C3%B6%C3%9Fe%2Fclaude:v1@blau:",
    },
    Id {
        shape: Shape::GatewayVertex,
        id: "teams/finance/claude",
        sent: "/models/teams%2Ffinance%2Fclaude:",
    },
];

async fn model_id(stage: Arc<Stage>, row: &Id) -> Outcome {
    let cloud = Cloud::new(&stage, &format!("id {} {}", row.shape.name(), row.id), "", "");
    let mut settings = row.shape.settings(&cloud);
    set(&mut settings, "model", json!(row.id));
    let (page, opened) = connected(&stage, &cloud, &settings).await?;
    ensure_eq!("first", opened.text("/models/0/id")?, row.id);
    for call in ["create", "stream"] {
        let asked =
            json!({ "call": call, "model": row.id, "params": { "say": "repeat after me: found" } });
        let answer = page.run("askCloud", asked).await?;
        let text = if call == "create" { "/value/content/0/text" } else { "/finalText" };
        ensure_eq!("text", answer.text(text)?, "found");
        let sent = cloud.messages().pop().map(|entry| entry.path).unwrap_or_default();
        ensure!(sent.contains(row.sent), "{sent}");
    }
    Ok(())
}

/// One of the rows of the products' troubleshooting page.
struct Trouble {
    name: &'static str,
    shape: Shape,
    faults: &'static str,
    /// What the identity providers do.
    how: &'static str,
    /// Settings that are other than usual, in JSON.
    change: &'static str,
    code: &'static str,
    hint: &'static str,
    /// Whose step it is.
    audience: &'static str,
}

const fn row(
    name: &'static str,
    shape: Shape,
    faults: &'static str,
    change: &'static str,
    told: (&'static str, &'static str, &'static str),
) -> Trouble {
    let (code, hint, audience) = told;
    Trouble { name, shape, faults, how: "", change, code, hint, audience }
}

const NOBODY: &str = "unplugged";
const NETWORK: (&str, &str, &str) = ("unreachable", "check-network-or-cors", "admin");

const TROUBLES: [Trouble; 26] = [
    row("connection refused", Shape::Bedrock, NOBODY, "{}", NETWORK),
    row("connection refused", Shape::Vertex, NOBODY, "{}", NETWORK),
    row("connection refused", Shape::FoundryKey, NOBODY, "{}", NETWORK),
    row(
        "401",
        Shape::FoundryKey,
        "",
        r#"{"azure_api_key":"0123456789abcdef0123456789abcdef"}"#,
        ("credential-invalid", "renew-azure-key", "admin"),
    ),
    row(
        "401",
        Shape::GatewayBedrock,
        "",
        r#"{"gateway_token":"nobody"}"#,
        ("credential-invalid", "check-token", "user"),
    ),
    row(
        "401 of LiteLLM's Vertex route",
        Shape::GatewayVertex,
        "auth=bearer",
        r#"{"gateway_auth_header":"x-api-key"}"#,
        ("credential-invalid", "use-authorization-header", "admin"),
    ),
    Trouble {
        how: "lifetime=-60",
        ..row("401", Shape::Vertex, "", "{}", ("credential-invalid", "sign-in-to-google", "user"))
    },
    row(
        "403 of a role",
        Shape::Bedrock,
        "",
        r#"{"aws_role_arn":"arn:aws:iam::123456789012:role/ClaudeUs","aws_region":"eu-central-1"}"#,
        ("permission-denied", "allow-invoke-model", "admin"),
    ),
    row(
        "403",
        Shape::Vertex,
        "",
        r#"{"gcp_project_id":"fabrikam"}"#,
        ("permission-denied", "grant-vertex-ai-user", "admin"),
    ),
    row(
        "403",
        Shape::FoundryKey,
        "status=403",
        "{}",
        ("permission-denied", "check-azure-access", "admin"),
    ),
    row(
        "403",
        Shape::GatewayVertex,
        "",
        r#"{"gateway_token":"forbidden"}"#,
        ("permission-denied", "ask-for-access", "admin"),
    ),
    row(
        "404 of a route",
        Shape::GatewayBedrock,
        "status=404,body=detail",
        "{}",
        ("not-found", "check-base-address", "admin"),
    ),
    row(
        "404 of a route",
        Shape::GatewayVertex,
        "status=404,body=html",
        "{}",
        ("not-found", "check-base-address", "admin"),
    ),
    row("500", Shape::Bedrock, "status=500", "{}", ("server-error", "wait", "user")),
    row("503", Shape::Bedrock, "status=503", "{}", ("server-error", "wait", "user")),
    row("500", Shape::Vertex, "status=500", "{}", ("server-error", "wait", "user")),
    row(
        "500 in LiteLLM's words",
        Shape::GatewayBedrock,
        "status=500,body=litellm",
        "{}",
        ("server-error", "report-to-gateway", "admin"),
    ),
    row("500", Shape::FoundryKey, "status=500", "{}", ("server-error", "wait", "user")),
    row(
        "no models",
        Shape::Bedrock,
        "",
        r#"{"aws_region":"sa-east-1"}"#,
        ("model-not-available", "type-model", "user"),
    ),
    row(
        "no models",
        Shape::Gateway,
        "models=empty",
        "{}",
        ("model-not-available", "type-model", "user"),
    ),
    row("CORS without a preflight's answer", Shape::Bedrock, "cors=no-preflight", "{}", NETWORK),
    row(
        "CORS without the session's token",
        Shape::Bedrock,
        "cors=missing-x-amz-security-token",
        "{}",
        NETWORK,
    ),
    row("CORS without the preflight's token", Shape::Vertex, "cors=preflight-401", "{}", NETWORK),
    row("CORS without the key", Shape::FoundryKey, "cors=missing-x-api-key", "{}", NETWORK),
    row(
        "CORS that errors lack",
        Shape::GatewayBedrock,
        "cors=bare-errors,status=500",
        "{}",
        NETWORK,
    ),
    row(
        "a page in the place of the answer",
        Shape::Vertex,
        "html=200",
        "{}",
        ("response-invalid", "check-portal", "user"),
    ),
];

async fn trouble(stage: Arc<Stage>, row: &Trouble) -> Outcome {
    let faults = if row.faults == NOBODY { "" } else { row.faults };
    let name = format!("trouble {} {}", row.name, row.shape.name());
    let mut cloud = Cloud::new(&stage, &name, faults, row.how);
    if row.faults == NOBODY {
        cloud.unplug();
    }
    let mut settings = row.shape.settings(&cloud);
    let change: Value = serde_json::from_str(row.change)?;
    for (name, value) in change.as_object().into_iter().flatten() {
        set(&mut settings, name, value.clone());
    }
    let page = stage.package_page().await?;
    let opened = page.run_with_secrets("openCloud", cloud.open(&settings)).await?;
    let error = opened.at("/error");
    ensure_eq!("state", opened.text("/state")?, "failed");
    ensure_eq!(format!("code of {error}"), error.text("/code")?, row.code);
    ensure_eq!(format!("hint of {error}"), error.text("/hint/id")?, row.hint);
    ensure_eq!("audience", error.text("/hint/audience")?, row.audience);
    ensure!(error.text("/hint/text")?.len() > 20, "{error}");
    // Whom it is about: the provider by its name, not by where it is here.
    let host = match row.shape {
        Shape::Bedrock => ".amazonaws.com",
        Shape::Vertex => ".googleapis.com",
        Shape::FoundryKey | Shape::FoundryEntra => ".services.ai.azure.com",
        _ => "127.0.0.1",
    };
    let all = error.text("/message")?.to_owned() + error.text("/hint/text")?;
    ensure!(all.contains(host), "{all}");
    Ok(())
}

/// What Bedrock puts into a stream (API reference, `ResponseStream`).
const EXCEPTIONS: [(&str, &str); 6] = [
    ("internalServerException", "server-error"),
    ("modelStreamErrorException", "server-error"),
    ("modelTimeoutException", "timeout"),
    ("serviceUnavailableException", "overloaded"),
    ("throttlingException", "rate-limited"),
    ("validationException", "request-invalid"),
];

async fn exception_at_end(
    stage: Arc<Stage>,
    exception: &'static str,
    code: &'static str,
) -> Outcome {
    let faults = format!("error-event={exception},at=last");
    let cloud = Cloud::new(&stage, exception, &faults, "");
    let shape = Shape::Bedrock;
    let (page, _) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
    let before = cloud.messages().len();
    let answer = page.run("askCloud", say(shape, "stream", "repeat after me: nearly all")).await?;
    let error = answer.at("/error");
    ensure_eq!(format!("code of {error}"), error.text("/code")?, code);
    ensure_eq!("partial", error.text("/partialMessage/content/0/text")?, "nearly all");
    ensure_eq!("stop", error.text("/partialMessage/stop_reason")?, "end_turn");
    ensure_eq!("requests", cloud.messages().len() - before, 1);
    Ok(())
}

async fn exception_first(stage: Arc<Stage>) -> Outcome {
    // The first seven or so go to the probes, which aren't streams.
    let cloud = Cloud::new(&stage, "exception first", "error-event=throttlingException", "");
    let shape = Shape::Bedrock;
    let page = stage.package_page().await?;
    let mut open = cloud.open(&shape.settings(&cloud));
    set(&mut open, "maxRetries", json!(1));
    page.run_with_secrets("openCloud", open).await?;
    let before = cloud.messages().len();
    let answer = page.run("askCloud", say(shape, "stream", "hello")).await?;
    ensure_eq!("code", answer.text("/error/code")?, "rate-limited");
    ensure_eq!("retries", answer.list("/heard/retries")?.len(), 1);
    ensure_eq!("requests", cloud.messages().len() - before, 2);
    Ok(())
}

async fn damaged(stage: Arc<Stage>) -> Outcome {
    let cloud = Cloud::new(&stage, "damaged", "damage=9", "");
    let shape = Shape::Bedrock;
    let (page, _) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
    let answer = page.run("askCloud", say(shape, "stream", "count to 600")).await?;
    ensure_eq!("code", answer.text("/error/code")?, "stream-corrupt");
    ensure!(!answer.text("/error/partialMessage/content/0/text")?.is_empty(), "nothing");
    Ok(())
}

const STS: [(&str, &str, &str); 10] = [
    ("IDPRejectedClaim", "permission-denied", "sign-in-again"),
    ("IDPCommunicationError", "server-error", "wait-for-identity-provider"),
    ("InvalidIdentityToken", "credential-invalid", "add-identity-provider"),
    ("ExpiredTokenException", "credential-invalid", "sign-in-again"),
    ("RegionDisabledException", "configuration-invalid", "activate-sts"),
    ("AccessDenied", "permission-denied", "check-trust-policy"),
    ("ValidationError", "configuration-invalid", "check-role-arn"),
    ("PackedPolicyTooLarge", "request-invalid", "reduce-session-tags"),
    ("Throttling", "rate-limited", "wait"),
    ("InternalFailure", "server-error", "try-again"),
];

async fn refused_by_sts(stage: &Stage, cloud: &Cloud, code: &str, hint: &str) -> Outcome {
    let page = stage.package_page().await?;
    let settings = Shape::Bedrock.settings(cloud);
    let opened = page.run_with_secrets("openCloud", cloud.open(&settings)).await?;
    let error = opened.at("/error");
    ensure_eq!(format!("code of {error}"), error.text("/code")?, code);
    ensure_eq!(format!("hint of {error}"), error.text("/hint/id")?, hint);
    ensure!(cloud.messages().is_empty(), "Bedrock was asked all the same");
    Ok(())
}

async fn sts_refuses(
    stage: Arc<Stage>,
    sts: &'static str,
    code: &'static str,
    hint: &'static str,
) -> Outcome {
    let cloud = Cloud::new(&stage, sts, &format!("sts={sts}"), "");
    refused_by_sts(&stage, &cloud, code, hint).await
}

const TOKENS: [(&str, &str, &str); 4] = [
    ("audience", "credential-invalid", "add-provider-audience"),
    ("issuer", "credential-invalid", "add-identity-provider"),
    ("signature", "credential-invalid", "sign-in-again"),
    ("expired", "credential-invalid", "sign-in-again"),
];

async fn wrong_token(
    stage: Arc<Stage>,
    how: &'static str,
    code: &'static str,
    hint: &'static str,
) -> Outcome {
    let cloud = Cloud::new(&stage, how, "", &format!("token={how}"));
    refused_by_sts(&stage, &cloud, code, hint).await?;
    // An expired one is asked for once more.
    ensure_eq!("asked", cloud.sts().len(), if how == "expired" { 2 } else { 1 });
    Ok(())
}

async fn region_disabled(stage: Arc<Stage>) -> Outcome {
    let cloud = Cloud::new(&stage, "disabled", "sts=RegionDisabledException,times=1", "");
    connected(&stage, &cloud, &Shape::Bedrock.settings(&cloud)).await?;
    let asked: Vec<_> = cloud.sts().into_iter().map(|entry| entry.path).collect();
    let [_, second] = asked.as_slice() else {
        return Err(Complaint::new(format!("asked {asked:?}")));
    };
    ensure!(second.contains("/sts.us-east-1.amazonaws.com/"), "{asked:?}");
    Ok(())
}

async fn wrong_clock(stage: Arc<Stage>, faults: &'static str) -> Outcome {
    let cloud = Cloud::new(&stage, "clock", faults, "lifetime=86400");
    let shape = Shape::Bedrock;
    let (page, _) = connected(&stage, &cloud, &shape.settings(&cloud)).await?;
    let refused =
        |entries: &[Entry]| entries.iter().filter(|entry| entry.status == Some(403)).count();
    let before = cloud.messages();
    // The first, and Claude Opus 4.8, which nobody here may use.
    ensure!((1..=3).contains(&refused(&before)), "{} refused", refused(&before));
    let answer = page.run("askCloud", say(shape, "stream", "repeat after me: on time")).await?;
    ensure_eq!("text", answer.text("/finalText")?, "on time");
    ensure_eq!("requests", cloud.messages().len() - before.len(), 1);
    Ok(())
}

const LOCATIONS: [(&str, &str, &str); 4] = [
    ("global", "global", "/aiplatform.googleapis.com/"),
    ("the United States", "us", "/aiplatform.us.rep.googleapis.com/"),
    ("Europe", "eu", "/aiplatform.eu.rep.googleapis.com/"),
    ("a region", registrations::GCP_REGION, "/us-east5-aiplatform.googleapis.com/"),
];

async fn location(stage: Arc<Stage>, region: &'static str, host: &'static str) -> Outcome {
    let cloud = Cloud::new(&stage, &format!("location {region}"), "", "");
    let mut settings = Shape::Vertex.settings(&cloud);
    set(&mut settings, "gcp_region", json!(region));
    let (page, _) = connected(&stage, &cloud, &settings).await?;
    let answer =
        page.run("askCloud", say(Shape::Vertex, "stream", "repeat after me: there")).await?;
    ensure_eq!("text", answer.text("/finalText")?, "there");
    let asked = cloud.messages();
    ensure!(asked.iter().all(|entry| entry.path.contains(host)), "another host was asked");
    ensure!(
        asked.iter().all(|entry| entry.path.contains(&format!("/locations/{region}/"))),
        "location"
    );
    Ok(())
}
