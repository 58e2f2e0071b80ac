//! The organisation over https, seen by a client that trusts its authority and nobody else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use simulator::{Options, Organisation};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const LIMIT: Duration = Duration::from_secs(20);

async fn start(files: &Path) -> Organisation {
    fs::write(files.join("taskpane.html"), "<!doctype html>").unwrap();
    let options = Options {
        www: files.to_owned(),
        pkg: files.to_owned(),
        https: Some(files.join("certificates")),
        ..Options::default()
    };
    Organisation::start(options).await.unwrap()
}

/// A client that trusts this authority alone.
fn client(authority: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn port(origin: &str) -> u16 {
    origin.rsplit(':').next().unwrap().parse().unwrap()
}

/// What a server answers to a GET, its head included.
async fn get(client: &TlsConnector, name: &str, origin: &str, path: &str) -> io::Result<String> {
    let asking = async {
        let stream = TcpStream::connect(("127.0.0.1", port(origin))).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut stream = client.connect(name, stream).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    timeout(LIMIT, asking).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[tokio::test]
async fn every_origin_is_https_and_tells_the_others_so() {
    let files = TempDir::new().unwrap();
    let organisation = start(files.path()).await;
    let trusting = client(&organisation.authority().unwrap().file);
    let (pane, identity) = (organisation.pane_origin(), organisation.identity_url(""));
    for (origin, path, said) in [
        (organisation.host_origin(), "/host.json", pane),
        (pane, "/taskpane.html", "<!doctype html>"),
        (pane, "/organisation.json", organisation.gateway_url()),
        (organisation.gateway_url(), "/v1/models", "authentication_error"),
        (&identity, "/entra/common/discovery/v2.0/keys", "\"keys\""),
    ] {
        assert!(origin.starts_with("https://localhost:"), "{origin}");
        for name in ["localhost", "127.0.0.1", "::1"] {
            let answer = get(&trusting, name, origin, path).await.unwrap();
            assert!(answer.contains(said), "{name} {origin}{path}: {answer}");
            assert!(
                !answer.contains("http://127.0.0.1:4") && !answer.contains("http://localhost:4")
            );
        }
    }
    organisation.shutdown().await;
}

#[tokio::test]
async fn nobody_else_is_certified_and_nobody_else_certifies() {
    let (files, others) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let organisation = start(files.path()).await;
    let other = start(others.path()).await;
    let authority = organisation.authority().unwrap();
    assert_ne!(authority.name, other.authority().unwrap().name);
    for (case, trusted, name) in [
        ("another name", authority, "gateway.example"),
        ("a name that looks alike", authority, "localhost.example"),
        ("another authority", other.authority().unwrap(), "localhost"),
    ] {
        let asked = get(&client(&trusted.file), name, organisation.pane_origin(), "/").await;
        assert!(asked.is_err(), "{case}: {asked:?}");
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_keeps_nobody_waiting() {
    let files = TempDir::new().unwrap();
    let organisation = start(files.path()).await;
    let pane = organisation.pane_origin();
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(("127.0.0.1", port(pane))).await.unwrap());
    }
    let trusting = client(&organisation.authority().unwrap().file);
    let asking = get(&trusting, "localhost", pane, "/taskpane.html");
    let answer = timeout(Duration::from_secs(5), asking).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn the_authority_outlives_a_restart() {
    let files = TempDir::new().unwrap();
    let first = start(files.path()).await;
    let authority = first.authority().unwrap().clone();
    assert!(authority.is_new);
    first.shutdown().await;
    let second = start(files.path()).await;
    let found = second.authority().unwrap();
    assert!(!found.is_new);
    assert_eq!((&found.name, &found.file), (&authority.name, &authority.file));
    let trusting = client(&authority.file);
    let answer = get(&trusting, "localhost", second.pane_origin(), "/taskpane.html").await;
    assert!(answer.is_ok(), "{answer:?}");
}
