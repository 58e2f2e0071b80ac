//! The demo as real Office loads it: over https, with office.js from somewhere else, or from nowhere.

use std::sync::Arc;
use std::time::Duration;

use simulator::{Options, Organisation, Speed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::pane::{Pane, encoded};
use crate::stage::Stage;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("https: the whole organisation", whole_organisation),
        Case::new("https: office.js is loaded where Office opened the page", office_js),
        Case::new("https: a page that Office did not open asks nobody for office.js", no_office),
        Case::new("https: office.js that never comes", never_comes),
        Case::new("https: office.js that can't be had", refused),
    ]
}

/// What the address of a pane begins with in Excel on Windows.
const IN_EXCEL: &str = "_host_Info=Excel$Win32$16.01$en-US$$$$0";

/// An organisation of the case's own.
async fn organisation(
    stage: &Stage,
    https: bool,
    office_js: Option<String>,
) -> Outcome<Organisation> {
    let output = &stage.environment.output;
    let options = Options {
        www: output.join("www"),
        pkg: stage.environment.package.clone(),
        vendor: Some(stage.environment.vendor.clone()),
        speed: Speed::Max,
        https: https.then(|| output.join("certificate")),
        office_js,
        ..Options::default()
    };
    Ok(Organisation::start(options).await?)
}

async fn whole_organisation(stage: Arc<Stage>) -> Outcome {
    let organisation = organisation(&stage, true, None).await?;
    let host = organisation.host_origin();
    ensure!(host.starts_with("https://localhost:"), "the host page is at {host}");
    let pane = stage.pane();
    pane.open_host_at(&format!("{host}/?width=320")).await?;
    pane.shows("chat").await?;
    pane.say("repeat after me: over TLS").await?;
    ensure_eq!("answer", pane.answer().await?, "over TLS");
    let secure = pane.evaluate("[isSecureContext, location.origin]").await?;
    ensure_eq!("the pane", secure, serde_json::json!([true, organisation.pane_origin()]));
    let plain = pane
        .evaluate("performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.startsWith('http:'))")
        .await?;
    ensure_eq!("loaded without TLS", plain, serde_json::json!([]));
    pane.click("#open-settings").await?;
    pane.shows("settings").await?;
    let storage = pane.text("#storage-status").await?;
    ensure!(storage.contains("It is encrypted"), "protection isn't told: {storage}");
    organisation.shutdown().await;
    Ok(())
}

/// What stands in for Microsoft's host.
struct Cdn {
    address: String,
    asked: Arc<std::sync::atomic::AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl Cdn {
    /// Answers with a script, or takes connections and says nothing.
    async fn start(script: Option<&'static str>) -> Outcome<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = format!("http://{}/lib/1/hosted/office.js", listener.local_addr()?);
        let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4096];
                // A browser opens connections in reserve; one that asks nothing is not counted.
                let asks = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut head));
                if !matches!(asks.await, Ok(Ok(length)) if length > 0) {
                    continue;
                }
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if let Some(script) = script {
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{script}",
                        script.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                } else {
                    held.push(stream);
                }
            }
        });
        Ok(Self { address, asked, serving })
    }

    fn asked(&self) -> usize {
        self.asked.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl Drop for Cdn {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// As much of office.js as the pane looks at.
const SCRIPT: &str = "window.Office = {
  context: { host: 'Excel', officeTheme: { isDarkTheme: true } },
  calls: 0,
  onReady() { this.calls += 1; return Promise.resolve({ host: 'Excel', platform: 'PC' }); },
};";

async fn open_as_office(pane: &Pane<'_>, organisation: &Organisation, parameters: &str) -> Outcome {
    let query = format!("?gateway_url={}{parameters}", encoded(organisation.gateway_url()));
    pane.open_at(organisation.pane_origin(), &query).await
}

async fn office_js(stage: Arc<Stage>) -> Outcome {
    let cdn = Cdn::start(Some(SCRIPT)).await?;
    let organisation = organisation(&stage, false, Some(cdn.address.clone())).await?;
    let pane = stage.pane();
    open_as_office(&pane, &organisation, &format!("&{IN_EXCEL}")).await?;
    pane.shows("connect").await?;
    ensure!(pane.evaluate("Office.calls > 0").await? == true, "Office was not told");
    ensure_eq!("asked for", cdn.asked(), 1);
    // The theme is the host's.
    pane.until("getComputedStyle(document.documentElement).colorScheme.includes('dark')").await
}

async fn no_office(stage: Arc<Stage>) -> Outcome {
    let cdn = Cdn::start(Some(SCRIPT)).await?;
    let organisation = organisation(&stage, false, Some(cdn.address.clone())).await?;
    let pane = stage.pane();
    open_as_office(&pane, &organisation, "").await?;
    pane.shows("connect").await?;
    // Framed as by the demo's host page: Office on Windows frames nothing.
    pane.open_host_at(&format!("{}/?width=320", organisation.host_origin())).await?;
    pane.shows("chat").await?;
    ensure_eq!("asked for", cdn.asked(), 0);
    Ok(())
}

async fn never_comes(stage: Arc<Stage>) -> Outcome {
    let cdn = Cdn::start(None).await?;
    let organisation = organisation(&stage, false, Some(cdn.address.clone())).await?;
    let pane = stage.pane();
    let began = Instant::now();
    open_as_office(&pane, &organisation, &format!("&{IN_EXCEL}")).await?;
    pane.shows("connect").await?;
    ensure!(cdn.asked() > 0, "nobody asked for it");
    let took = began.elapsed();
    ensure!(took < Duration::from_secs(9), "the pane waited {took:?}");
    Ok(())
}

async fn refused(stage: Arc<Stage>) -> Outcome {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?;
    let address = format!("http://{nobody}/lib/1/hosted/office.js");
    let organisation = organisation(&stage, false, Some(address)).await?;
    let pane = stage.pane();
    let began = Instant::now();
    open_as_office(&pane, &organisation, &format!("&{IN_EXCEL}")).await?;
    pane.shows("connect").await?;
    let took = began.elapsed();
    ensure!(took < Duration::from_secs(4), "the pane waited {took:?}");
    Ok(())
}
