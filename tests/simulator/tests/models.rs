//! The model list: both shapes, and pages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use reqwest::Method;
use serde_json::Value;
use support::{Trial, read};

async fn list(trial: &Trial, faults: &str, query: &str) -> Value {
    let request = trial.gateway(Method::GET, faults, &format!("/v1/models{query}"));
    read(request.send().await.unwrap()).await.value()
}

fn ids(list: &Value) -> Vec<String> {
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_version_header_chooses_the_shape() {
    let trial = Trial::start().await;
    let anthropic = list(&trial, "", "").await;
    assert_eq!(anthropic["data"][0]["type"], "model");
    assert!(anthropic["data"][0]["display_name"].is_string());
    assert_eq!(anthropic["has_more"], false);
    assert_eq!(anthropic["first_id"], anthropic["data"][0]["id"]);

    let request = trial.client.get(format!("{}/v1/models", trial.organisation.gateway_url()));
    let openai =
        read(request.header("x-api-key", trial.organisation.token()).send().await.unwrap())
            .await
            .value();
    assert_eq!(openai["object"], "list");
    assert_eq!(openai["data"][0]["object"], "model");
    assert_eq!(ids(&openai), ids(&anthropic));
}

#[tokio::test]
async fn pages_join_to_the_whole_list() {
    let trial = Trial::start().await;
    for (faults, limit, pages) in
        [("models=paged", 1000, 5), ("models=paged", 7, 7), ("", 2, 3), ("", 1000, 1)]
    {
        let mut all = Vec::new();
        let mut after = String::new();
        let mut count = 0;
        loop {
            let page = list(&trial, faults, &format!("?limit={limit}{after}")).await;
            count += 1;
            let page_ids = ids(&page);
            assert!(page_ids.len() <= limit);
            assert_eq!(page["last_id"].as_str(), page_ids.last().map(String::as_str));
            all.extend(page_ids);
            if page["has_more"] != true {
                break;
            }
            after = format!("&after_id={}", page["last_id"].as_str().unwrap());
        }
        assert_eq!(count, pages, "{faults} {limit}");
        assert_eq!(all.len(), if faults.is_empty() { 5 } else { 45 });
        let mut unique = all.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), all.len());
    }
}

#[tokio::test]
async fn pages_go_backwards_too() {
    let trial = Trial::start().await;
    let page = list(&trial, "models=paged", "?limit=3&before_id=claude-team-05").await;
    assert_eq!(ids(&page), ["claude-team-02", "claude-team-03", "claude-team-04"]);
    assert_eq!(page["has_more"], true);
}

#[tokio::test]
async fn wrong_pages_are_refused() {
    let trial = Trial::start().await;
    for query in [
        "?limit=0",
        "?limit=1001",
        "?limit=x",
        "?after_id=nope",
        "?after_id=claude-opus-4-8&before_id=claude-opus-4-8",
    ] {
        assert_eq!(
            list(&trial, "", query).await["error"]["type"],
            "invalid_request_error",
            "{query}"
        );
    }
}
