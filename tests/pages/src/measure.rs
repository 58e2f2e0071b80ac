//! Lets the benchmark page measure, and keeps its results.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use simulator::{Options, Organisation};

use crate::browser::Browser;
use crate::case::{Complaint, Outcome, ensure};
use crate::environment::{Engine, Environment, Measure};
use crate::value::Look as _;

/// How long the page's modules may take.
const LOADED: Duration = Duration::from_secs(30);

/// How often the page is asked how far it is. Seldom, for each question costs it time.
const LOOK: Duration = Duration::from_secs(2);

/// A page that is stuck in one step this long won't come out of it.
const STUCK: Duration = Duration::from_secs(300);

/// Runs what the query chooses.
///
/// # Errors
/// The browser or the page failed. Times are no reason to fail.
pub(crate) async fn measure(engine: Engine, measure: &Measure) -> Outcome {
    let environment = Environment::read(engine);
    fs::create_dir_all(&environment.output)?;
    let organisation = Organisation::start(Options {
        www: environment.www.clone(),
        pkg: environment.package.clone(),
        vendor: Some(environment.vendor.clone()),
        // Elsewhere clocks are too coarse to time anything short.
        cross_origin_isolated: true,
        ..Options::default()
    })
    .await?;
    let browser = Browser::start(engine, &environment).await?;
    let address = format!("{}/bench.html{}", organisation.pane_origin(), measure.query);
    let outcome = run(&browser, &address, measure).await;
    browser.end().await;
    organisation.shutdown().await;
    outcome
}

async fn run(browser: &Browser, address: &str, measure: &Measure) -> Outcome {
    browser.open(address).await?;
    browser.until("window.benchmark?.state !== undefined", LOADED).await?;
    ensure!(
        browser.evaluate("crossOriginIsolated").await? == true,
        "the page isn't cross-origin isolated"
    );
    let (mut shown, mut told) = (0, String::new());
    let mut same = Duration::ZERO;
    loop {
        let state = browser
            .evaluate("(({ state, progress, error, text }) => ({ state, progress, error, text }))(benchmark)")
            .await?;
        let text = state.text("/text")?;
        print_new(text, &mut shown);
        match state.text("/state")? {
            "done" => break,
            "running" => {}
            other => {
                return Err(Complaint::new(format!(
                    "the benchmark is {other}: {}",
                    state.at("/error")
                )));
            }
        }
        let progress = state.text("/progress")?;
        if progress == told {
            same += LOOK;
            ensure!(same < STUCK, "the benchmark hangs at {progress}");
        } else {
            eprintln!("  {progress}");
            progress.clone_into(&mut told);
            same = Duration::ZERO;
        }
        tokio::time::sleep(LOOK).await;
    }
    let report: Value = browser.evaluate("benchmark.report").await?;
    fs::write(&measure.results, serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

/// Prints what came to the results since.
fn print_new(text: &str, shown: &mut usize) {
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().skip(*shown) {
        println!("{line}");
    }
    *shown = lines.len();
}
