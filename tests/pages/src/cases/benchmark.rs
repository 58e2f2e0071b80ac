//! The benchmark page: that it runs and shows what it finds, whatever the times are.

use std::sync::Arc;
use std::time::Duration;

use fantoccini::key::Key;
use serde_json::json;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::pane::{Pane, encoded};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("benchmark: every decoder gives the same, case by case", all_cases)
            .within(Duration::from_secs(100)),
        Case::new("benchmark: a case chosen and run by keyboard", by_keyboard),
        Case::new("benchmark: stopped, and run again", stopped),
        Case::new("benchmark: from the settings and back", there_and_back),
    ]
}

/// The page is there and can be used.
const READY: &str = "window.benchmark?.state === 'ready'";

async fn open(pane: &Pane<'_>, query: &str) -> Outcome {
    // The page has no use for a token, and would leave it in its address.
    pane.open_in_host(&format!("&page=bench.html&gateway_token={query}")).await
}

/// A run so short that it says nothing about speed, in 320 pixels.
async fn all_cases(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane, "&run=1&trial=1").await?;
    let limit = Duration::from_secs(90);
    pane.browser().until("['done', 'failed'].includes(window.benchmark?.state)", limit).await?;
    let found = pane
        .evaluate(
            "(() => {
               const rows = benchmark.report.cases.flatMap(({ id, rows }) => rows.map((row) => ({ id, ...row })));
               return {
                 state: benchmark.state,
                 cases: benchmark.report.cases.length,
                 offered: document.querySelectorAll('#cases input').length,
                 unlike: rows.filter(({ status, note }) => status !== 'measured' && note !== 'not built'),
                 untimed: rows.filter(({ status, nsPerEvent }) => status === 'measured' && !(nsPerEvent.median >= 0)).length,
                 kinds: [...new Set(rows.map(({ contender }) => contender))].sort(),
                 bars: document.querySelectorAll('.chart .bar').length,
                 measured: rows.filter(({ status }) => status === 'measured').length,
                 tableRows: document.querySelectorAll('.numbers tbody tr').length,
                 rows: rows.length,
                 markdown: benchmark.markdown.split('\\n').filter((line) => line.startsWith('| l')).length,
               };
             })()",
        )
        .await?;
    ensure_eq!("state", found.text("/state")?, "done");
    ensure_eq!("cases", found.number("/cases")?, found.number("/offered")?);
    ensure_eq!("unlike the others", *found.at("/unlike"), json!([]));
    ensure_eq!("without a time", found.number("/untimed")?, 0);
    ensure_eq!("bars", found.number("/bars")?, found.number("/measured")?);
    ensure_eq!("rows of tables", found.number("/tableRows")?, found.number("/rows")?);
    ensure_eq!("rows of Markdown", found.number("/markdown")?, found.number("/rows")?);
    ensure_eq!(
        "contenders",
        *found.at("/kinds"),
        json!([
            "baseline",
            "call",
            "eventsource-parser",
            "json-parse",
            "memcpy",
            "ours",
            "ours-awaited",
            "ours-parsed",
            "sdk-message-stream",
            "sdk-stream",
            "smithy",
            "text-decoder"
        ])
    );
    Ok(())
}

async fn by_keyboard(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane, "&trial=1").await?;
    pane.until(READY).await?;
    pane.click("#choose-none").await?;
    pane.evaluate("(document.querySelector('[value=l1-text-16k]').focus(), 0)").await?;
    pane.press(Key::Space).await?;
    ensure_eq!(
        "chosen",
        pane.evaluate(
            "[...document.querySelectorAll('#cases :checked')].map(({ value }) => value)"
        )
        .await?,
        json!(["l1-text-16k"])
    );
    pane.evaluate("(document.getElementById('run').focus(), 0)").await?;
    pane.press(Key::Enter).await?;
    pane.until("benchmark.state === 'done'").await?;
    ensure_eq!(
        "charts",
        pane.evaluate("document.querySelectorAll('.chart').length").await?,
        json!(1)
    );
    ensure_eq!("focus", pane.evaluate("document.activeElement.id").await?, json!("run"));
    let said = pane.evaluate("document.querySelector('.chart').getAttribute('aria-label')").await?;
    ensure!(said.text("")?.contains("eventsource-parser"), "the chart says {said}");
    pane.click_button("Copy as Markdown").await?;
    pane.until("window.watched.copied.length > 0 || document.querySelector('.copy-by-hand')")
        .await?;
    Ok(())
}

async fn stopped(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    open(&pane, "&rounds=500&case=l1-text-16k").await?;
    pane.until(READY).await?;
    pane.click("#run").await?;
    pane.until("benchmark.state === 'running' && benchmark.progress.includes('round')").await?;
    ensure_eq!(
        "run is hidden",
        pane.evaluate("document.getElementById('run').hidden").await?,
        json!(true)
    );
    pane.click("#stop").await?;
    pane.until("benchmark.state === 'stopped'").await?;
    ensure_eq!("status", pane.text("#status").await?, "Stopped.");
    ensure_eq!(
        "progress is hidden",
        pane.evaluate("document.getElementById('progress').hidden").await?,
        json!(true)
    );
    pane.click("#run").await?;
    pane.until("benchmark.state === 'running'").await?;
    pane.click("#stop").await?;
    pane.until("benchmark.state === 'stopped'").await
}

async fn there_and_back(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("benchmark and back", "");
    let pane = stage.pane();
    pane.open_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.shows("chat").await?;
    pane.click("#open-settings").await?;
    pane.shows("settings").await?;
    follow(&pane, "#benchmark", READY).await?;
    follow(&pane, "#back", "document.getElementById('chat-view')?.hidden === false").await?;
    ensure_eq!("the bar", pane.text("#connection-host").await?, gateway.host());
    Ok(())
}

/// Clicks a link and waits for the page that it leads to. A script that is under way when the frame
/// goes there ends with its page.
async fn follow(pane: &Pane<'_>, link: &str, condition: &str) -> Outcome {
    pane.click(link).await?;
    pane.browser().client().enter_parent_frame().await?;
    pane.browser().enter_frame(condition, Duration::from_secs(12)).await
}
