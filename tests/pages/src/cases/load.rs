//! Much at once, and much in a row.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use simulator::Outcome as Ended;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::settings;
use crate::stage::Stage;
use crate::value::Look as _;

/// One event's worth of bytes plus a constant: what a stream may add to the module's memory.
const MOST_GROWTH: u64 = 1024 * 1024;

const MEGABYTES: u64 = 100;

const CYCLES: u64 = 1000;

pub(super) fn cases() -> Vec<Case> {
    let limit = Duration::from_secs(100);
    vec![
        Case::new("load: 100 MB to listeners", |stage| long_answer(stage, "listen")).within(limit),
        Case::new("load: 1,000 answers opened and called off", open_and_abort).within(limit),
        Case::new("load: connectors opened and freed", open_and_free),
    ]
}

/// The module's memory is that of the instance which `WebAssembly.instantiateStreaming` returned:
/// the page wraps that function before the package calls it.
async fn long_answer(stage: Arc<Stage>, way: &str) -> Outcome {
    let gateway = stage.gateway("long answer", &format!("big={MEGABYTES}"));
    let page = stage.package_page().await?;
    let result =
        page.run("longAnswer", json!({ "settings": settings(&gateway), "way": way })).await?;
    let (before, most) = (result.number("/before")?, result.number("/most")?);
    ensure!(before > 0, "the module's memory was not found");
    ensure!(most - before <= MOST_GROWTH, "wasm memory grew from {before} to {most} bytes");
    ensure_eq!("stop", result.text("/stop")?, "end_turn");
    ensure_eq!("characters told", result.number("/characters")?, result.number("/length")?);
    ensure!(result.number("/deltas")? > 100_000, "{result}");
    let entries = gateway.wait_until("for the end", |entries| {
        entries.iter().all(|entry| entry.outcome != Ended::Open)
    });
    let sent: usize = entries.await?.iter().map(|entry| entry.bytes_sent).sum();
    ensure!(sent as u64 >= MEGABYTES * 1_000_000, "only {sent} bytes were sent");
    println!("    wasm memory: {before} bytes before, {most} at most");
    Ok(())
}

/// The unit in which a module's memory grows, in bytes.
const WASM_PAGE: u64 = 64 << 10;

async fn open_and_abort(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("open and abort", "gap=20");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "cycles": CYCLES, "lanes": 5 });
    let result = page.run("openAndAbort", asked).await?;
    ensure_eq!("cycles", result.number("/done")?, CYCLES);
    ensure_eq!("ended otherwise", *result.at("/wrong"), json!([]));
    // Five lanes at once lie in memory as they happen to begin, which may take one more page
    // of wasm's: a leak of 66 bytes an answer would take more.
    let grown = result.number("/atEnd")?.saturating_sub(result.number("/afterWarmUp")?);
    ensure!(grown <= WASM_PAGE, "{grown} wasm bytes more at the end than after warming up");
    ensure_eq!("listeners left on the shared signal", result.number("/listeners")?, 0);
    ensure_eq!("timers left", result.number("/intervals")?, 0);
    ensure_eq!("an answer after all that", result.text("/last")?, "still here");
    let mut ends = gateway.messages_ended().await?;
    ensure!(ends.len() as u64 > CYCLES / 3, "only {} requests came", ends.len());
    ensure_eq!("the last one", ends.pop(), Some(Ended::Complete));
    let otherwise: Vec<_> = ends.iter().filter(|end| **end != Ended::ClientClosed).collect();
    ensure!(otherwise.is_empty(), "requests that were not closed: {otherwise:?}");
    Ok(())
}

async fn open_and_free(stage: Arc<Stage>) -> Outcome {
    let page = stage.package_page().await?;
    let result = page.run("openAndFree", json!({ "cycles": 1000 })).await?;
    ensure_eq!("wasm bytes", result.number("/atEnd")?, result.number("/afterWarmUp")?);
    ensure_eq!("listeners left on the window", result.number("/listeners")?, 0);
    Ok(())
}
