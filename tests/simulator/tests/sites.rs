//! The host page and the pane's files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use std::collections::BTreeMap;

use serde_json::json;
use simulator::{OFFICE_JS, Options, Organisation, StartError};
use support::{Answer, Trial, read};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn get(trial: &Trial, url: String) -> Answer {
    read(trial.client.get(url).send().await.unwrap()).await
}

#[tokio::test]
async fn the_panes_files_have_types_and_a_policy() {
    let trial = Trial::start().await;
    let organisation = &trial.organisation;
    for (path, status, content_type) in [
        ("/taskpane.html", 200, "text/html"),
        ("/sub/", 200, "text/html"),
        ("/style.css", 200, "text/css"),
        ("/pkg/index.js", 200, "text/javascript"),
        ("/pkg/core.wasm", 200, "application/wasm"),
        ("/vendor/marked.esm.js", 200, "text/javascript"),
        ("/organisation.json", 200, "application/json"),
        ("/absent.html", 404, ""),
        ("/pkg/absent.js", 404, ""),
    ] {
        let answer = get(&trial, format!("{}{path}", organisation.pane_origin())).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(
            answer.header("content-type").unwrap_or_default().starts_with(content_type),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:",
            &format!(
                "connect-src 'self' {} https: http://127.0.0.1:* http://localhost:*",
                organisation.gateway_url()
            ),
            &format!("frame-ancestors {} 'self'", organisation.host_origin()),
            "base-uri 'none'; form-action 'none'; object-src 'none'",
        ] {
            assert!(policy.contains(part), "{part} in {policy}");
        }
    }
}

#[tokio::test]
async fn the_organisation_introduces_itself() {
    let trial = Trial::start().await;
    let organisation = &trial.organisation;
    let answer = get(&trial, format!("{}/organisation.json", organisation.pane_origin())).await;
    let endpoints: BTreeMap<_, _> = organisation.endpoints("", "").into_iter().collect();
    let mut told = answer.value();
    let providers = told.as_object_mut().unwrap().remove("providers").unwrap();
    assert_eq!(
        told,
        json!({
            "gatewayUrl": organisation.gateway_url(),
            "gatewayToken": organisation.token(),
            "hostOrigin": organisation.host_origin(),
            "identityUrl": organisation.identity_url(""),
            "endpoints": endpoints,
            "authority": format!("{}/entra/5c0e7a52-3f64-4b0c-8d7e-2f1b9c6a0d11", organisation.identity_url("")),
            "simulated": true,
        })
    );
    for kind in ["gateway", "vertex", "bedrock", "foundry"] {
        assert!(providers[kind].is_object(), "{kind}: {providers}");
    }
}

#[tokio::test]
async fn files_outside_are_not_served() {
    let trial = Trial::start().await;
    let address = trial.organisation.pane_origin().trim_start_matches("http://").to_owned();
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/pkg/../../secret.txt",
        "/pkg/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/pkg/..\\..\\secret.txt",
        "//secret.txt",
        "/sub/../../secret.txt",
    ] {
        // A client would tidy the path first.
        let mut connection = tokio::net::TcpStream::connect(&address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(!answer.contains("outside"), "{path}");
    }
}

#[tokio::test]
async fn the_host_page_runs_under_a_strict_policy() {
    let trial = Trial::start().await;
    let organisation = &trial.organisation;
    for (path, content_type) in [
        ("/", "text/html"),
        ("/?app=word&theme=dark", "text/html"),
        ("/host.css", "text/css"),
        ("/host.js", "text/javascript"),
        ("/broker.js", "text/javascript"),
        ("/icon.svg", "image/svg+xml"),
        ("/host.json", "application/json"),
    ] {
        let answer = get(&trial, format!("{}{path}", organisation.host_origin())).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").unwrap().starts_with(content_type), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'; script-src 'self'; style-src 'self'"),
            "{policy}"
        );
        assert!(policy.contains(&format!("frame-src {};", organisation.pane_origin())), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        if content_type == "text/html" {
            let page = answer.text();
            assert!(
                !page.contains("<style")
                    && !page.contains(" style=")
                    && !page.contains(" onclick=")
            );
            assert!(!page.contains("<script>"));
        }
    }
}

#[tokio::test]
async fn isolation_and_office_are_options() {
    let plain = Trial::start().await;
    let changed = Trial::start_with(|options| {
        options.cross_origin_isolated = true;
        options.office_js = Some(OFFICE_JS.to_owned());
    })
    .await;
    for (trial, isolated) in [(&plain, None), (&changed, Some("require-corp"))] {
        for url in [trial.organisation.host_origin(), trial.organisation.pane_origin()] {
            let answer = get(trial, format!("{url}/")).await;
            assert_eq!(answer.header("cross-origin-embedder-policy"), isolated, "{url}");
        }
        let pane = get(trial, format!("{}/taskpane.html", trial.organisation.pane_origin())).await;
        let policy = pane.header("content-security-policy").unwrap();
        assert_eq!(
            policy.contains(
                "script-src 'self' 'wasm-unsafe-eval' https://appsforoffice.microsoft.com;"
            ),
            isolated.is_some()
        );
        assert_eq!(policy.contains(" https://*.officeapps.live.com "), isolated.is_some());
        let told = get(trial, format!("{}/organisation.json", trial.organisation.pane_origin()));
        assert_eq!(told.await.value().get("officeJs").is_some(), isolated.is_some());
    }
}

#[tokio::test]
async fn a_start_that_fails_says_why() {
    let trial = Trial::start().await;
    let taken: u16 = trial.organisation.host_origin().rsplit(':').next().unwrap().parse().unwrap();
    let directory = std::env::temp_dir();
    let good = || Options { www: directory.clone(), pkg: directory.clone(), ..Options::default() };
    for (options, part) in [
        (Options { www: directory.join("absent-for-sure"), ..good() }, "no directory"),
        (Options { port: taken, ..good() }, "can't listen on 127.0.0.1"),
        (Options { port: u16::MAX, ..good() }, "port"),
        (Options { token: "with space".to_owned(), ..good() }, "token"),
    ] {
        let error: StartError = Organisation::start(options).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}
