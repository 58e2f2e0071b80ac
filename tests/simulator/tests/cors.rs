//! Cross-origin answers: correct by default, and broken in each way on demand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use reqwest::Method;
use support::{Answer, Trial, read};

const ASKED: &str = "anthropic-beta,anthropic-version,content-type,x-api-key,x-org-team";

async fn preflight(trial: &Trial, faults: &str, asked: &str) -> Answer {
    let url = format!("{}/v1/messages", trial.organisation.gateway_url_with(faults));
    let request = trial
        .client
        .request(Method::OPTIONS, url)
        .header("origin", trial.organisation.pane_origin())
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", asked);
    read(request.send().await.unwrap()).await
}

/// The rule that browsers apply to a preflight.
fn allows(answer: &Answer, origin: &str, asked: &str) -> bool {
    let origins: Vec<_> = answer.headers.get_all("access-control-allow-origin").iter().collect();
    let [allowed] = origins.as_slice() else { return false };
    let listed = answer.header("access-control-allow-headers").unwrap_or_default().to_owned();
    let listed: Vec<&str> = listed.split(',').map(str::trim).collect();
    answer.status.is_success()
        && (*allowed == "*" || *allowed == origin)
        && asked.split(',').all(|name| listed.contains(&name) || listed == ["*"])
}

fn readable(answer: &Answer, origin: &str) -> bool {
    let origins: Vec<_> = answer.headers.get_all("access-control-allow-origin").iter().collect();
    matches!(origins.as_slice(), [allowed] if *allowed == "*" || *allowed == origin)
}

#[tokio::test]
async fn a_policy_can_be_that_of_messages_alone() {
    let trial = Trial::start().await;
    let origin = trial.organisation.pane_origin();
    let faults = "cors=preflight-405,cors-on=messages";
    assert!(!allows(&preflight(&trial, faults, ASKED).await, origin, ASKED));
    let url = format!("{}/v1/models", trial.organisation.gateway_url_with(faults));
    let asked = trial
        .client
        .request(Method::OPTIONS, url)
        .header("origin", origin)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", ASKED);
    assert!(allows(&read(asked.send().await.unwrap()).await, origin, ASKED));
}

#[tokio::test]
async fn each_policy_admits_what_it_says() {
    let trial = Trial::start().await;
    let origin = trial.organisation.pane_origin();
    //   fault, preflight passes, answer readable, error readable
    for (fault, passes, answer_readable, error_readable) in [
        ("id=correct", true, true, true),
        ("cors=none", false, false, false),
        ("cors=no-preflight", false, true, true),
        ("cors=preflight-401", false, true, true),
        ("cors=preflight-405", false, true, true),
        ("cors=preflight-redirect", false, true, true),
        ("cors=bare-errors", true, true, false),
        ("cors=missing-anthropic-version", false, true, true),
        ("cors=missing-x-org-team", false, true, true),
        ("cors=wildcard", true, true, true),
        ("cors=duplicate", false, false, false),
        ("cors=wrong-origin", false, false, false),
        ("cors=litellm", true, true, true),
    ] {
        assert_eq!(
            allows(&preflight(&trial, fault, ASKED).await, origin, ASKED),
            passes,
            "preflight of {fault}"
        );
        let answer = trial.json(fault, "Hello").await;
        assert_eq!(answer.status, 200, "{fault}");
        assert_eq!(readable(&answer, origin), answer_readable, "answer of {fault}");
        let error = trial.json(&format!("{fault},status=500"), "Hello").await;
        assert_eq!(readable(&error, origin), error_readable, "error of {fault}");
        let stream = trial.stream(fault, "Hello").await;
        assert_eq!(readable(&stream, origin), answer_readable, "stream of {fault}");
    }
}

#[tokio::test]
async fn only_the_listed_headers_are_admitted() {
    let trial = Trial::start().await;
    let origin = trial.organisation.pane_origin();
    for (asked, passes) in [
        ("authorization", true),
        ("x-org-anything", true),
        ("x-stainless-lang", false),
        ("anthropic-dangerous-direct-browser-access", false),
        ("content-type,x-api-key,x-other", false),
    ] {
        let answer = preflight(&trial, "id=x", asked).await;
        assert_eq!(allows(&answer, origin, asked), passes, "{asked}");
        assert!(answer.header("access-control-max-age").is_some());
        assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    }
}

#[tokio::test]
async fn missing_takes_several_headers() {
    let trial = Trial::start().await;
    let answer = preflight(&trial, "cors=missing-anthropic-version+x-org-team", ASKED).await;
    let listed = answer.header("access-control-allow-headers").unwrap();
    assert!(listed.contains("anthropic-beta"));
    assert!(!listed.contains("anthropic-version") && !listed.contains("x-org-team"), "{listed}");
}

#[tokio::test]
async fn a_redirected_preflight_is_a_redirect() {
    let trial = Trial::start().await;
    assert_eq!(preflight(&trial, "cors=preflight-redirect", ASKED).await.status, 302);
    assert_eq!(preflight(&trial, "cors=preflight-401", ASKED).await.status, 401);
    assert_eq!(preflight(&trial, "cors=preflight-405", ASKED).await.status, 405);
}

#[tokio::test]
async fn litellm_refuses_private_network_preflights() {
    let trial = Trial::start().await;
    for (fault, status) in [("cors=litellm", 400), ("id=correct", 204)] {
        let url = format!("{}/v1/messages", trial.organisation.gateway_url_with(fault));
        let request = trial
            .client
            .request(Method::OPTIONS, url)
            .header("origin", trial.organisation.pane_origin())
            .header("access-control-request-private-network", "true");
        assert_eq!(read(request.send().await.unwrap()).await.status, status, "{fault}");
    }
}

#[tokio::test]
async fn exposed_headers_are_named() {
    let trial = Trial::start().await;
    assert_eq!(trial.json("", "Hello").await.header("access-control-expose-headers"), None);
    let answer =
        trial.json("expose=request-id+retry-after,status=429,retry-after=3", "Hello").await;
    assert_eq!(answer.header("access-control-expose-headers"), Some("request-id, retry-after"));
    assert_eq!(answer.header("retry-after"), Some("3"));
}

#[tokio::test]
async fn without_an_origin_nothing_is_said() {
    let trial = Trial::start().await;
    let url = format!("{}/v1/models", trial.organisation.gateway_url());
    let request = trial.client.get(url).header("x-api-key", trial.organisation.token());
    assert_eq!(
        read(request.send().await.unwrap()).await.header("access-control-allow-origin"),
        None
    );
}

#[tokio::test]
async fn a_page_can_read_that_a_fault_is_unknown() {
    let trial = Trial::start().await;
    let origin = trial.organisation.pane_origin();
    assert!(allows(&preflight(&trial, "colour=red", ASKED).await, origin, ASKED));
    let refused = trial.json("colour=red", "Hello").await;
    assert_eq!(refused.status, 400);
    assert!(readable(&refused, origin));
}
