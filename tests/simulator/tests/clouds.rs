//! The clouds hold their clients to what the real ones hold them to.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test code"
)]

mod support;

use std::time::{Duration, SystemTime};

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use simulator::registrations::{AWS_ROLE_ARN, AWS_ROLE_ARN_US, GATEWAY_SCOPE};
use support::clouds::{AwsSession, cloud_message, frames};
use support::{Answer, MODEL, Trial, ask, parse, read, text};

const BEDROCK: &str = "bedrock-2023-05-31";
const VERTEX: &str = "vertex-2023-10-16";
const HOST: &str = "bedrock-runtime.us-east-1.amazonaws.com";
const INVOKE: &str = "/model/us.anthropic.claude-sonnet-5-5/invoke";
const STREAM: &str = "/model/us.anthropic.claude-sonnet-5-5/invoke-with-response-stream";
const CLOUD_PLATFORM: &str = "kind=google&scope=https://www.googleapis.com/auth/cloud-platform";
const PLACE: &str = "/v1/projects/contoso-ai/locations/us-east5/publishers/anthropic/models";

fn code(answer: &Answer) -> String {
    answer.value()["Error"]["Code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sts_issues_credentials_in_json_and_in_xml() {
    let trial = Trial::start().await;
    let answer = trial.assume("", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some(trial.organisation.pane_origin())
    );
    let session = AwsSession::of(&answer);
    assert!(session.access_key_id.starts_with("ASIA"), "{session:?}");

    let token = trial.issued("", "kind=entra-id").await;
    let url = format!("{}/", trial.at("", "sts.us-east-1.amazonaws.com"));
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={AWS_ROLE_ARN}&RoleSessionName=ada&WebIdentityToken={token}"
    );
    let answer = read(trial.client.post(url).body(form).send().await.unwrap()).await;
    assert_eq!(answer.header("content-type"), Some("text/xml"));
    let xml = answer.text();
    assert!(xml.contains("<AccessKeyId>ASIA") && xml.contains("Z</Expiration>"), "{xml}");
}

#[tokio::test]
async fn sts_answers_no_preflight() {
    let trial = Trial::start().await;
    let url = format!("{}/", trial.at("", "sts.amazonaws.com"));
    let request = trial
        .client
        .request(Method::OPTIONS, url)
        .header("origin", trial.organisation.pane_origin())
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-a");
    let answer = read(request.send().await.unwrap()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn sts_looks_at_the_token() {
    let trial = Trial::start().await;
    let address = trial.at("", "sts.amazonaws.com");
    for (how, status, expected, part) in [
        ("token=expired", 400, "ExpiredTokenException", "must be before"),
        ("token=audience", 400, "InvalidIdentityToken", "Incorrect token audience"),
        ("token=issuer", 400, "InvalidIdentityToken", "No OpenIDConnect provider found"),
        ("token=signature", 400, "InvalidIdentityToken", "could not be verified"),
        ("token=malformed", 400, "InvalidIdentityToken", "not a valid JWT"),
    ] {
        let token = trial.issued(how, "kind=entra-id").await;
        let answer = trial.assume_with(&address, &token, &[]).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (status, expected), "{how}");
        assert!(answer.text().contains(part), "{how}: {}", answer.text());
        assert!(!answer.text().contains(&token), "{how}");
    }
    // No one saw the tokens but those whom they are for.
    assert!(trial.organisation.sightings().iter().all(simulator::Sighting::is_meant));
    // An access token is for somebody else.
    let token = trial.issued("", "kind=entra&scope=api://x/.default").await;
    assert_eq!(code(&trial.assume_with(&address, &token, &[]).await), "InvalidIdentityToken");
    let token = trial.issued("id=over", "kind=entra-id").await;
    trial.organisation.end_sessions("over");
    assert_eq!(code(&trial.assume_with(&address, &token, &[]).await), "ExpiredTokenException");
}

#[tokio::test]
async fn sts_looks_at_the_form() {
    let trial = Trial::start().await;
    for (field, value, expected) in [
        ("Action", "GetCallerIdentity", "InvalidAction"),
        ("Action", "", "MissingAction"),
        ("Version", "2010-05-08", "InvalidAction"),
        ("RoleArn", "Claude", "ValidationError"),
        ("RoleArn", "arn:aws-us-gov:iam::123456789012:role/Claude", "ValidationError"),
        ("RoleArn", "arn:aws:iam::123456789012:role/Nobody", "AccessDenied"),
        ("RoleArn", "arn:aws:iam::210987654321:role/Claude", "AccessDenied"),
        ("RoleSessionName", "a", "ValidationError"),
        ("RoleSessionName", "ada lovelace", "ValidationError"),
        ("DurationSeconds", "60", "ValidationError"),
        ("DurationSeconds", "7200", "ValidationError"),
    ] {
        let answer = trial.assume("", &[(field, value)]).await;
        assert_eq!(code(&answer), expected, "{field}={value}");
    }
    let govern = [("RoleArn", "arn:aws-us-gov:iam::123456789012:role/Claude")];
    let token = trial.issued("", "kind=entra-id").await;
    let address = trial.at("", "sts.us-gov-west-1.amazonaws.com");
    assert_eq!(trial.assume_with(&address, &token, &govern).await.status, 200);
}

#[tokio::test]
async fn sts_errors_on_demand() {
    let trial = Trial::start().await;
    for (wanted, status) in [
        ("MalformedPolicyDocument", 400),
        ("PackedPolicyTooLarge", 400),
        ("IDPRejectedClaim", 403),
        ("IDPCommunicationError", 400),
        ("InvalidIdentityToken", 400),
        ("ExpiredTokenException", 400),
        ("RegionDisabledException", 403),
        ("AccessDenied", 403),
        ("Throttling", 400),
        ("InternalFailure", 500),
    ] {
        let answer = trial.assume(&format!("sts={wanted}"), &[]).await;
        assert_eq!((answer.status.as_u16(), code(&answer).as_str()), (status, wanted));
    }
    // As often as the prefix says; and what is meant for messages is not for it.
    assert_eq!(trial.assume("sts=AccessDenied,times=1", &[]).await.status, 403);
    assert_eq!(trial.assume("sts=AccessDenied,times=1", &[]).await.status, 200);
    assert_eq!(trial.assume("status=503", &[]).await.status, 200);
    assert_eq!(trial.assume("status=503,on=sts", &[]).await.status, 503);
}

#[tokio::test]
async fn bedrock_verifies_who_signed() {
    let trial = Trial::start().await;
    let session = trial.aws_session("id=bedrock", AWS_ROLE_ARN).await;
    let address = trial.at("", HOST);
    let hello = cloud_message(BEDROCK, "repeat after me: signed");
    let answer =
        read(trial.bedrock(&session, &address, INVOKE, &hello).send().await.unwrap()).await;
    assert_eq!(answer.message_text(), "signed");

    let other = |change: fn(&mut AwsSession)| {
        let mut session = session.clone();
        change(&mut session);
        session
    };
    for (name, wrong, exception) in [
        (
            "key",
            other(|session| session.access_key_id = "ASIANOBODY".into()),
            "UnrecognizedClientException",
        ),
        ("token", other(|session| session.session_token.push('x')), "UnrecognizedClientException"),
        (
            "secret",
            other(|session| session.secret_access_key.push('x')),
            "InvalidSignatureException",
        ),
    ] {
        let answer =
            read(trial.bedrock(&wrong, &address, INVOKE, &hello).send().await.unwrap()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("x-amzn-errortype")),
            (403, Some(exception)),
            "{name}"
        );
    }
    // Another body than was signed, another path, another region.
    let signed = trial.bedrock(&session, &address, INVOKE, &hello);
    let changed = signed.body(cloud_message(BEDROCK, "something else").to_string());
    assert_eq!(read(changed.send().await.unwrap()).await.status, 403);
    let elsewhere =
        trial.bedrock_at(&session, &address, INVOKE, &hello, SystemTime::now(), "eu-west-1");
    let answer = read(elsewhere.send().await.unwrap()).await;
    assert!(answer.text().contains("Credential should be scoped"), "{}", answer.text());
    let unsigned = trial.client.post(format!("{address}{INVOKE}")).body(hello.to_string());
    let answer = read(unsigned.send().await.unwrap()).await;
    assert_eq!(answer.header("x-amzn-errortype"), Some("MissingAuthenticationTokenException"));

    trial.organisation.end_sessions("bedrock");
    let answer =
        read(trial.bedrock(&session, &address, INVOKE, &hello).send().await.unwrap()).await;
    assert_eq!(answer.header("x-amzn-errortype"), Some("ExpiredTokenException"));
    assert_eq!(
        answer.value(),
        json!({ "message": "The security token included in the request is expired" })
    );
    // No secret is in the journal.
    let seen = format!("{:?}", trial.organisation.clouds_journal().entries(""));
    for secret in [&session.secret_access_key, &session.session_token] {
        assert!(!seen.contains(secret.as_str()));
    }
}

#[tokio::test]
async fn bedrock_has_a_clock() {
    let trial = Trial::start().await;
    let session = trial.aws_session("", AWS_ROLE_ARN).await;
    let hello = cloud_message(BEDROCK, "hello");
    let hour = Duration::from_secs(3_000);
    for (time, part) in [
        (SystemTime::now() - hour, "Signature expired: "),
        (SystemTime::now() + hour, "Signature not yet current: "),
    ] {
        let request =
            trial.bedrock_at(&session, &trial.at("", HOST), INVOKE, &hello, time, "us-east-1");
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.header("x-amzn-errortype"), Some("InvalidSignatureException"));
        assert!(answer.text().contains(part), "{}", answer.text());
    }
    for faults in ["clock=-3000", "clock=3000"] {
        let request = trial.bedrock(&session, &trial.at(faults, HOST), INVOKE, &hello);
        assert_eq!(read(request.send().await.unwrap()).await.status, 403, "{faults}");
    }
}

#[tokio::test]
async fn bedrock_has_models_by_profile_region_and_role() {
    let trial = Trial::start().await;
    let session = trial.aws_session("", AWS_ROLE_ARN).await;
    let only_us = trial.aws_session("", AWS_ROLE_ARN_US).await;
    let hello = cloud_message(BEDROCK, "hello");
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Ft8x2kq1";
    for (session, id, status, part) in [
        (&session, "us.anthropic.claude-haiku-5-5", 200, ""),
        (&session, "global.anthropic.claude-haiku-5-5", 200, ""),
        (&session, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 200, ""),
        (&session, "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0", 200, ""),
        (&session, arn, 200, ""),
        (
            &session,
            "anthropic.claude-haiku-5-5",
            400,
            "with on-demand throughput isn\u{2019}t supported",
        ),
        (&session, "eu.anthropic.claude-haiku-5-5", 400, "model identifier is invalid"),
        (&session, "us.anthropic.claude-2", 400, "model identifier is invalid"),
        (&session, "us.anthropic.claude-opus-4-8", 403, "don't have access to the model"),
        (&only_us, "us.anthropic.claude-haiku-5-5", 200, ""),
        (
            &only_us,
            "global.anthropic.claude-haiku-5-5",
            403,
            "not authorized to perform: bedrock:InvokeModel",
        ),
    ] {
        let path = format!("/model/{id}/invoke");
        let request = trial.bedrock(session, &trial.at("", HOST), &path, &hello);
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{id}: {}", answer.text());
        assert!(answer.text().contains(part), "{id}: {}", answer.text());
    }
    // Lists are another host's.
    let list = trial.client.get(format!("{}/foundation-models", trial.at("", HOST)));
    assert_eq!(read(list.send().await.unwrap()).await.status, 404);
}

#[tokio::test]
async fn bedrock_reads_its_own_format_only() {
    let trial = Trial::start().await;
    let session = trial.aws_session("", AWS_ROLE_ARN).await;
    let with = |name: &str, value: Value| {
        let mut body = cloud_message(BEDROCK, "hello");
        body[name] = value;
        body
    };
    for (body, status) in [
        (with("anthropic_beta", json!(["a-2026-01-01"])), 200),
        (with("anthropic_beta", json!("a")), 400),
        (with("model", json!(MODEL)), 400),
        (with("stream", json!(false)), 400),
        (with("anthropic_version", json!("2023-06-01")), 400),
        (ask("hello", false), 400),
    ] {
        let request = trial.bedrock(&session, &trial.at("", HOST), INVOKE, &body);
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
        if status == 400 {
            assert_eq!(answer.header("x-amzn-errortype"), Some("ValidationException"));
            assert!(answer.value()["message"].is_string());
        }
    }
}

#[tokio::test]
async fn bedrock_streams_frames() {
    let trial = Trial::start().await;
    let session = trial.aws_session("", AWS_ROLE_ARN).await;
    let stream = async |faults: &str| {
        let body = cloud_message(BEDROCK, "count to 30");
        let request = trial.bedrock(&session, &trial.at(faults, HOST), STREAM, &body);
        read(request.send().await.unwrap()).await
    };
    let answer = stream("").await;
    assert_eq!(answer.header("content-type"), Some("application/vnd.amazon.eventstream"));
    let all = frames(&answer.body).unwrap();
    let events: Vec<Value> = all.iter().map(|frame| frame.event()).collect();
    let said: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert!(said.starts_with("1\n2\n3") && said.ends_with("30"), "{said}");
    let last = events.last().unwrap();
    assert_eq!(last["type"], "message_stop");
    let output = &events[events.len() - 2]["usage"]["output_tokens"];
    assert_eq!(&last["amazon-bedrock-invocationMetrics"]["outputTokenCount"], output);

    for (faults, count, exception) in [
        ("error-event=throttlingException", Some(1), "throttlingException"),
        ("error-event=modelStreamErrorException,at=5", Some(6), "modelStreamErrorException"),
        // How many there are differs from answer to answer.
        ("error-event=serviceUnavailableException,at=last", None, "serviceUnavailableException"),
    ] {
        let all = frames(&stream(faults).await.body).unwrap();
        match count {
            Some(count) => assert_eq!(all.len(), count, "{faults}"),
            None => assert_eq!(all[all.len() - 2].event()["type"], "message_delta"),
        }
        let last = all.last().unwrap();
        assert_eq!(last.header(":message-type"), "exception", "{faults}");
        assert_eq!(last.header(":exception-type"), exception, "{faults}");
        assert!(last.payload["message"].is_string());
    }
    let overloaded = frames(&stream("error-event=overloaded_error,at=2").await.body).unwrap();
    assert_eq!(overloaded[2].event()["error"]["type"], "overloaded_error");
    assert_eq!(frames(&stream("end=4").await.body).unwrap().len(), 4);
    assert!(stream("cut=4").await.broken);
    assert_eq!(frames(&stream("cutbytes=300").await.body), Err("not whole".to_owned()));
}

#[tokio::test]
async fn bedrock_counts_for_who_may() {
    let trial = Trial::start().await;
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD
            .encode(cloud_message(BEDROCK, "hello").to_string())
    };
    let body = json!({ "input": { "invokeModel": { "body": encoded } } });
    let path = "/model/us.anthropic.claude-sonnet-5-5/count-tokens";
    for (role, status) in [(AWS_ROLE_ARN, 200), (AWS_ROLE_ARN_US, 403)] {
        let session = trial.aws_session("", role).await;
        let request = trial.bedrock(&session, &trial.at("", HOST), path, &body);
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{role}: {}", answer.text());
        assert_eq!(answer.value()["inputTokens"].is_u64(), status == 200);
    }
}

/// A request to Vertex AI.
async fn vertex(trial: &Trial, token: &str, address: &str, path: &str, body: &Value) -> Answer {
    let request = trial
        .client
        .post(format!("{address}{path}"))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("origin", trial.organisation.pane_origin());
    read(request.body(body.to_string()).send().await.unwrap()).await
}

#[tokio::test]
async fn vertex_takes_googles_tokens() {
    let trial = Trial::start().await;
    let address = trial.at("", "us-east5-aiplatform.googleapis.com");
    let raw = format!("{PLACE}/claude-sonnet-4-5@20250929:rawPredict");
    let streamed = format!("{PLACE}/claude-haiku-5-5:streamRawPredict");
    let hello = cloud_message(VERTEX, "repeat after me: hello");
    let token = trial.issued("id=vertex", CLOUD_PLATFORM).await;
    assert_eq!(vertex(&trial, &token, &address, &raw, &hello).await.message_text(), "hello");
    let mut streaming = hello.clone();
    streaming["stream"] = json!(true);
    let answer = vertex(&trial, &token, &address, &streamed, &streaming).await;
    assert_eq!(text(&parse(&answer.body).await), "hello");
    let count = json!({ "anthropic_version": VERTEX, "model": "claude-haiku-5-5", "messages": hello["messages"] });
    let path = format!("{PLACE}/count-tokens:rawPredict");
    let answer = vertex(&trial, &token, &address, &path, &count).await;
    assert!(answer.value()["input_tokens"].is_u64(), "{}", answer.text());

    // Errors come in a list where a stream was asked for.
    for (path, body, place) in
        [(&raw, &hello, "/error/status"), (&streamed, &streaming, "/0/error/status")]
    {
        let answer = vertex(&trial, "ya29.nobody", &address, path, body).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.value().pointer(place).unwrap(), "UNAUTHENTICATED");
    }
    let narrow = trial.issued("", "kind=google&scope=email").await;
    assert_eq!(vertex(&trial, &narrow, &address, &raw, &hello).await.status, 403);
    trial.organisation.end_sessions("vertex");
    assert_eq!(vertex(&trial, &token, &address, &raw, &hello).await.status, 401);
}

#[tokio::test]
async fn vertex_has_projects_locations_and_quotas() {
    let trial = Trial::start().await;
    let token = trial.issued("", CLOUD_PLATFORM).await;
    let hello = cloud_message(VERTEX, "hello");
    let regional = "us-east5-aiplatform.googleapis.com";
    for (host, location, project, model, status, said) in [
        (regional, "us-east5", "contoso-ai", "claude-haiku-5-5", 200, ""),
        (regional, "us-east5", "contoso-ai", "claude-haiku-5-5@default", 200, ""),
        ("aiplatform.googleapis.com", "global", "contoso-ai", "claude-haiku-5-5", 200, ""),
        ("aiplatform.eu.rep.googleapis.com", "eu", "contoso-ai", "claude-haiku-5-5", 200, ""),
        ("*.googleapis.com", "asia-east1", "contoso-ai", "claude-haiku-5-5", 200, ""),
        (regional, "europe-west1", "contoso-ai", "claude-haiku-5-5", 400, "INVALID_ARGUMENT"),
        (regional, "us-east5", "fabrikam", "claude-haiku-5-5", 403, "PERMISSION_DENIED"),
        (regional, "us-east5", "contoso-ai", "claude-2", 404, "NOT_FOUND"),
        (regional, "us-east5", "contoso-ai", "claude-opus-4-8", 429, "RESOURCE_EXHAUSTED"),
    ] {
        let path = format!(
            "/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:rawPredict"
        );
        let answer = vertex(&trial, &token, &trial.at("", host), &path, &hello).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        assert!(answer.text().contains(said), "{path}: {}", answer.text());
    }
    // What the model itself refuses comes in Anthropic's words.
    let path = format!("{PLACE}/claude-haiku-5-5:rawPredict");
    let answer = vertex(
        &trial,
        &token,
        &trial.at("", regional),
        &path,
        &json!({ "anthropic_version": VERTEX }),
    )
    .await;
    assert_eq!(answer.value()["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn foundry_has_two_doors() {
    let trial = Trial::start().await;
    let address = trial.at("", "contoso.services.ai.azure.com");
    let foundry = async |header: &str, value: &str, body: &Value| {
        let request = trial
            .client
            .post(format!("{address}/anthropic/v1/messages"))
            .header(header, value)
            .header("anthropic-version", "2023-06-01")
            .header("content-type", "application/json")
            .body(body.to_string());
        read(request.send().await.unwrap()).await
    };
    let organisation: Value = {
        let url = format!("{}/organisation.json", trial.organisation.pane_origin());
        read(trial.client.get(url).send().await.unwrap()).await.value()
    };
    let key = organisation["providers"]["foundry"]["azure_api_key"].as_str().unwrap();
    let hello = ask("repeat after me: hello", false);
    assert_eq!(foundry("x-api-key", key, &hello).await.message_text(), "hello");
    for scope in ["https://cognitiveservices.azure.com/.default", "https://ai.azure.com/.default"] {
        let bearer =
            format!("Bearer {}", trial.issued("", &format!("kind=entra&scope={scope}")).await);
        assert_eq!(foundry("authorization", &bearer, &hello).await.status, 200, "{scope}");
    }
    let elsewhere = trial.issued("", "kind=entra&scope=https://graph.microsoft.com/.default").await;
    for (header, value) in
        [("x-api-key", "nobody's"), ("authorization", &format!("Bearer {elsewhere}"))]
    {
        let answer = foundry(header, value, &hello).await;
        assert_eq!(
            (answer.status.as_u16(), answer.value()["error"]["code"].as_str()),
            (401, Some("401"))
        );
    }
    let bob = trial.issued("", "kind=entra&user=bob&scope=https://ai.azure.com/.default").await;
    let answer = foundry("authorization", &format!("Bearer {bob}"), &hello).await;
    assert_eq!(answer.value()["error"]["code"], "PermissionDenied");
    let mut other = hello.clone();
    other["model"] = json!("claude-opus-5");
    assert_eq!(
        foundry("x-api-key", key, &other).await.value()["error"]["code"],
        "DeploymentNotFound"
    );
    let answer = foundry("x-api-key", key, &json!({ "model": MODEL })).await;
    assert_eq!(answer.value()["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn the_gateway_speaks_the_clouds_formats() {
    let trial = Trial::start().await;
    for path in [
        "/bedrock/model/anthropic.claude-haiku-5-5/invoke",
        "/model/gr%C3%B6%C3%9Fe%2Fclaude:v1@blau/invoke",
        "/model/teams%2Ffinance%2Fclaude/invoke",
    ] {
        let body = cloud_message(BEDROCK, "repeat after me: hi").to_string();
        let answer =
            read(trial.gateway(Method::POST, "", path).body(body).send().await.unwrap()).await;
        assert_eq!(answer.message_text(), "hi", "{path}");
    }
    let streamed = "/bedrock/model/anthropic.claude-haiku-5-5/invoke-with-response-stream";
    let body = cloud_message(BEDROCK, "repeat after me: hi").to_string();
    let answer =
        read(trial.gateway(Method::POST, "", streamed).body(body).send().await.unwrap()).await;
    assert!(frames(&answer.body).unwrap().len() > 5);

    let path = "/vertex_ai/v1/projects/any/locations/global/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict";
    let body = cloud_message(VERTEX, "repeat after me: hi").to_string();
    let answer =
        read(trial.gateway(Method::POST, "", path).body(body.clone()).send().await.unwrap()).await;
    assert_eq!(answer.message_text(), "hi");
    // LiteLLM's habit: that route takes a bearer only.
    let request = trial.gateway(Method::POST, "auth=bearer,body=litellm", path).body(body);
    let answer = read(request.send().await.unwrap()).await;
    assert_eq!(answer.status, 401);
    let unknown = trial
        .gateway(Method::POST, "", "/model/gpt-5/invoke")
        .body(cloud_message(BEDROCK, "x").to_string());
    assert_eq!(read(unknown.send().await.unwrap()).await.status, 400);
}

#[tokio::test]
async fn the_gateway_takes_entras_tokens_where_told_to() {
    let trial = Trial::start().await;
    let send = async |token: &str| {
        let url = format!("{}/v1/messages", trial.organisation.gateway_url_with("auth=entra"));
        let request = trial
            .client
            .post(url)
            .bearer_auth(token)
            .header("anthropic-version", "2023-06-01")
            .header("content-type", "application/json");
        read(request.body(ask("hello", false).to_string()).send().await.unwrap()).await.status
    };
    let scope = format!("kind=entra&scope={GATEWAY_SCOPE}");
    assert_eq!(send(&trial.issued("", &scope).await).await, 200);
    for how in ["expired", "audience", "issuer", "signature", "malformed"] {
        let token = trial.issued(&format!("token={how}"), &scope).await;
        assert_eq!(send(&token).await, 401, "{how}");
    }
    let token = trial.issued("id=gateway", &scope).await;
    assert_eq!(send(&token).await, 200);
    trial.organisation.end_sessions("gateway");
    assert_eq!(send(&token).await, 401);
    assert_eq!(send(trial.organisation.token()).await, 401);
}

#[tokio::test]
async fn each_cloud_allows_its_own_headers_and_no_more() {
    let trial = Trial::start().await;
    for (host, path, allowed, others) in [
        (HOST, INVOKE, "x-amz-security-token", "anthropic-version"),
        ("us-east5-aiplatform.googleapis.com", PLACE, "anthropic-beta", "anthropic-version"),
        ("contoso.services.ai.azure.com", "/anthropic/v1/messages", "x-api-key", "x-org-team"),
    ] {
        let request = trial
            .client
            .request(Method::OPTIONS, format!("{}{path}", trial.at("", host)))
            .header("origin", trial.organisation.pane_origin())
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", format!("{allowed},{others}"));
        let headers: HeaderMap = read(request.send().await.unwrap()).await.headers;
        let allows = headers["access-control-allow-headers"].to_str().unwrap().to_owned();
        let names: Vec<_> = allows.split(", ").collect();
        assert!(names.contains(&allowed) && !names.contains(&others), "{host}: {allows}");
    }
}
