//! What the gateway notes about requests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::{Outcome, Speed};
use support::{LIMIT, Trial, ask, read};

async fn page(trial: &Trial, query: &str) -> (u16, Value) {
    let url = format!("{}/_journal?{query}", trial.organisation.gateway_url());
    let answer = read(trial.client.get(url).send().await.unwrap()).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    (answer.status.as_u16(), answer.value())
}

#[tokio::test]
async fn requests_are_noted_without_secrets() {
    let trial = Trial::start().await;
    let token = trial.organisation.token().to_owned();
    trial
        .post("id=note", &ask("Hello", true))
        .header("authorization", "Bearer other")
        .header("x-org-team", "blue")
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let (status, seen) = page(&trial, "prefix=/with/id=note&wait=ended&count=1").await;
    assert_eq!(status, 200);
    assert!(!seen.to_string().contains(&token));
    let entry = &seen[0];
    assert_eq!(entry["method"], "POST");
    assert_eq!(entry["path"], "/with/id=note/v1/messages");
    assert_eq!(entry["status"], 200);
    assert_eq!(entry["outcome"], "complete");
    assert_eq!(entry["clientClosed"], false);
    assert_eq!(entry["tokenElsewhere"], false);
    assert_eq!(entry["body"]["messages"][0]["content"], "Hello");
    let headers = entry["headers"].as_array().unwrap();
    let header = |name: &str| headers.iter().find(|header| header["name"] == name).unwrap();
    assert_eq!(header("x-api-key")["matchesToken"], true);
    assert_eq!(header("authorization")["matchesToken"], false);
    assert_eq!(header("authorization")["value"], "Bearer ••••");
    assert_eq!(header("x-org-team"), &json!({ "name": "x-org-team", "value": "blue" }));
}

#[tokio::test]
async fn bytes_sent_are_the_bodys() {
    let trial = Trial::start().await;
    for (faults, streamed) in
        [("id=stream", true), ("id=json", false), ("chunk=3", true), ("status=500", false)]
    {
        let answer = if streamed {
            trial.stream(faults, "Hello").await
        } else {
            trial.json(faults, "Hello").await
        };
        let entry = trial.organisation.journal().entries(&format!("/with/{faults}")).remove(0);
        assert_eq!(
            (entry.bytes_sent, entry.outcome),
            (answer.body.len(), Outcome::Complete),
            "{faults}"
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let trial = Trial::start().await;
    let journal = trial.organisation.journal();
    for (faults, after) in [("gap=20,id=first", 1), ("gap=20,id=later", 4), ("big=50", 10)] {
        let response = trial.post(faults, &ask("write a long report", true)).send().await.unwrap();
        let mut stream = response.bytes_stream();
        for _ in 0..after {
            stream.next().await.unwrap().unwrap();
        }
        drop(stream);
        let prefix = format!("/with/{faults}");
        let ended = |seen: &[simulator::Entry]| seen[0].outcome != Outcome::Open;
        let entry = journal.wait_until(&prefix, LIMIT, ended).await.unwrap().remove(0);
        assert_eq!(entry.outcome, Outcome::ClientClosed, "{faults}");
        assert!(entry.bytes_sent > 0, "{faults}");
    }
}

#[tokio::test]
async fn a_break_is_ours() {
    let trial = Trial::start().await;
    trial.stream("cut=2", "Hello").await;
    assert_eq!(trial.organisation.journal().entries("/with/cut=2")[0].outcome, Outcome::Broken);
}

#[tokio::test]
async fn a_token_out_of_place_is_noticed() {
    let trial = Trial::start().await;
    let token = trial.organisation.token().to_owned();
    let url = trial.organisation.gateway_url().to_owned();
    for (id, request) in [
        ("query", trial.client.get(format!("{url}/with/id=query/v1/models?key={token}"))),
        (
            "header",
            trial.client.get(format!("{url}/with/id=header/v1/models")).header("x-org-key", &token),
        ),
        ("body", trial.post("id=body", &ask(&format!("my token is {token}"), false))),
    ] {
        request.send().await.unwrap();
        let entry = trial.organisation.journal().entries(&format!("/with/id={id}")).remove(0);
        assert!(entry.token_elsewhere, "{id}");
        assert!(
            !format!("{:?}{:?}{:?}", entry.path, entry.query, entry.headers).contains(&token),
            "{id}"
        );
    }
}

#[tokio::test]
async fn preflights_are_noted() {
    let trial = Trial::start().await;
    let url = trial.organisation.gateway_url_with("id=preflight");
    let request = trial
        .client
        .request(Method::OPTIONS, format!("{url}/v1/messages"))
        .header("origin", trial.organisation.pane_origin())
        .header("access-control-request-headers", "content-type,x-api-key");
    request.send().await.unwrap();
    let entry = trial.organisation.journal().entries("/with/id=preflight").remove(0);
    assert_eq!(entry.method, "OPTIONS");
    assert_eq!(entry.header("access-control-request-headers"), Some("content-type,x-api-key"));
    assert_eq!((entry.status, entry.outcome), (Some(204), Outcome::Complete));
}

#[tokio::test]
async fn prefixes_end_at_a_slash() {
    let trial = Trial::start().await;
    for faults in ["id=a", "id=ab"] {
        trial.json(faults, "Hello").await;
    }
    let journal = trial.organisation.journal();
    assert_eq!(journal.entries("/with/id=a").len(), 1);
    assert_eq!(journal.entries("/with/id=a/").len(), 1);
    assert_eq!(journal.entries("/with/id=a/v1/messages").len(), 1);
    assert_eq!(journal.entries("").len(), 2);
    journal.clear("/with/id=a");
    assert_eq!(journal.entries("").len(), 1);
}

#[tokio::test]
async fn the_page_waits_clears_and_gives_up() {
    let trial = Trial::start().await;
    let (status, seen) = page(&trial, "prefix=/with/id=absent&count=1&timeout=20").await;
    assert_eq!((status, seen), (408, json!([])));

    let (late, (status, seen)) = tokio::join!(
        trial.json("id=late,latency=50", "Hello"),
        page(&trial, "prefix=%2Fwith%2Fid%3Dlate%2Clatency%3D50&count=1&wait=ended")
    );
    assert_eq!((late.status.as_u16(), status, seen.as_array().unwrap().len()), (200, 200, 1));

    let url =
        format!("{}/_journal?prefix=/with/id=late,latency=50", trial.organisation.gateway_url());
    assert_eq!(trial.client.delete(url).send().await.unwrap().status(), 204);
    assert!(trial.organisation.journal().entries("/with/id=late,latency=50").is_empty());
}

#[tokio::test]
async fn shutdown_ends_open_answers() {
    let trial = Trial::start_with(|options| options.speed = Speed::Tokens(5.0)).await;
    let slow = trial.post("", &ask("write a long report", true)).send().await.unwrap();
    let stalled = trial.post("stall=1", &ask("Hello", true)).send().await.unwrap();
    let never = tokio::spawn(trial.post("never", &ask("Hello", true)).send());
    let journal = trial.organisation.journal().clone();
    journal.wait_until("/with/never", LIMIT, |seen| !seen.is_empty()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), trial.organisation.shutdown()).await.unwrap();
    assert!(read(slow).await.broken);
    assert!(read(stalled).await.broken);
    match never.await.unwrap() {
        Ok(response) => assert!(read(response).await.broken),
        Err(error) => assert!(!error.is_timeout(), "{error}"),
    }
    assert!(journal.entries("").iter().all(|entry| entry.outcome == Outcome::Broken));
}
