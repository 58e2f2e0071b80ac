//! The demo page by axe-core's rules, in each of its states and both themes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::case::{Case, Complaint, Outcome, ensure};
use crate::environment::Engine;
use crate::pane::Theme;
use crate::stage::Stage;
use crate::states::{STATES, State};
use crate::value::Look as _;

/// The rules look at the document and at computed styles, which engines agree on.
const ONE_ENGINE: &str = "one engine is enough for rules on markup";

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = STATES
        .into_iter()
        .map(|state| {
            Case::new(format!("accessibility: {}", state.name), move |stage| check(stage, state))
        })
        .collect();
    cases.push(Case::new("accessibility: what is wrong is found", finds));
    cases
        .into_iter()
        .map(|case| {
            case.within(Duration::from_secs(60))
                .not_in(Engine::Firefox, ONE_ENGINE)
                .not_in(Engine::Webkit, ONE_ENGINE)
        })
        .collect()
}

async fn check(stage: Arc<Stage>, state: State) -> Outcome {
    (state.reach)(&stage).await?;
    for theme in [Theme::Light, Theme::Dark] {
        stage.pane().wear(theme).await?;
        let violations = violations(&stage).await?;
        ensure!(violations.is_empty(), "{theme:?}: {}", violations.join("\n"));
    }
    Ok(())
}

/// A check that finds nothing because it looks at nothing would pass, too.
async fn finds(stage: Arc<Stage>) -> Outcome {
    let settings = STATES.iter().find(|state| state.name == "settings");
    let settings = settings.ok_or_else(|| Complaint::new("no such state"))?;
    (settings.reach)(&stage).await?;
    stage
        .browser
        .evaluate(
            "(document.getElementById('settings-heading').style.color = '#bbb',
              document.getElementById('theme').labels[0].remove(), 0)",
        )
        .await?;
    stage.pane().wear(Theme::Light).await?;
    let found = violations(&stage).await?.join("\n");
    for rule in ["color-contrast", "select-name"] {
        ensure!(found.contains(rule), "{rule} was not found: {found:?}");
    }
    Ok(())
}

/// What axe-core finds wrong with the page as it is now: a line each.
async fn violations(stage: &Stage) -> Outcome<Vec<String>> {
    let file = &stage.environment.axe;
    let source = std::fs::read_to_string(file)
        .map_err(|error| Complaint::new(format!("{}: {error}", file.display())))?;
    // By the driver: the page's own policy would not let it in.
    stage.browser.client().execute(&source, Vec::new()).await?;
    let found = stage
        .browser
        .await_text(
            // Colours that are on their way from one theme to the other are neither's.
            "Promise.all(document.getAnimations().filter((animation) => animation instanceof CSSTransition).map((animation) => animation.finished.catch(() => {})))
             .then(() => axe.run(document, { iframes: false }))
             .then(({ violations, passes, incomplete }) => JSON.stringify({
               passes: passes.map(({ id }) => id),
               undecided: incomplete.map(({ id, nodes }) => `${id} ${nodes.length} ${nodes[0].any[0]?.message}`),
               violations: violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`)),
             }))",
            Vec::new(),
        )
        .await?;
    // A rule that could not be decided anywhere would pass as well.
    ensure!(found.texts("/passes")?.contains(&"color-contrast"), "contrast wasn't seen: {found}");
    let lines = found.list("/violations")?;
    Ok(lines.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
