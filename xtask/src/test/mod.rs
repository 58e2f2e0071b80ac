//! Runs the checks and tests, stage by stage, and sums them up.

mod cases;
mod docs;
mod native;
mod package;
pub(crate) mod pages;
mod scripts;
mod stage;
mod types;
mod wasm;

use std::fmt;
use std::time::Duration;

use crate::build::{self, BuildError, Package, Profile};
use crate::clock::{self, Readable};
use crate::process::{self, RunError};
use crate::progress::say;
use crate::setup::browsers::Engine;
use crate::setup::{Need, Setup, SetupError};
use crate::size;
use crate::workspace::Workspace;
use cases::Cases;
pub(crate) use stage::Stage;

/// What of a failed stage's output is shown; the rest is in its log.
const SHOWN_LINES: usize = 400;

/// What to run.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Only what runs natively and soon: fmt, clippy, native tests.
    pub(crate) native: bool,
    /// Only these engines, and only what runs in them.
    pub(crate) engines: Vec<Engine>,
    /// Only these stages.
    pub(crate) stages: Vec<Stage>,
    /// Only page cases with one of these in their names.
    pub(crate) page_cases: Vec<String>,
}

impl Selection {
    /// The stages in order, each with its engine where it has one.
    fn runs(&self) -> Vec<(Stage, Option<Engine>)> {
        let engines =
            if self.engines.is_empty() { Engine::ALL.to_vec() } else { self.engines.clone() };
        let chosen = |stage: &Stage| {
            if !self.stages.is_empty() {
                self.stages.contains(stage)
            } else if !self.page_cases.is_empty() {
                *stage == Stage::Pages
            } else if self.native {
                stage.is_quick()
            } else {
                self.engines.is_empty() || stage.is_per_engine()
            }
        };
        let (in_engines, once): (Vec<Stage>, Vec<Stage>) =
            Stage::ALL.into_iter().filter(chosen).partition(|stage| stage.is_per_engine());
        let once = once.into_iter().map(|stage| (stage, None));
        let per_engine = engines.into_iter().flat_map(|engine| {
            in_engines.clone().into_iter().map(move |stage| (stage, Some(engine)))
        });
        once.chain(per_engine).collect()
    }
}

/// Why a stage failed.
#[derive(Debug)]
pub(crate) enum StageError {
    /// What it needs could not be set up.
    Setup(SetupError),
    /// There is no package to test.
    Build(BuildError),
    /// A tool or a test failed.
    Run(RunError),
    /// A runner succeeded and ran nothing.
    NoTests,
    /// Anything else that is wrong with what was tested.
    Wrong(String),
}

impl StageError {
    fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Build(error) => error.output(),
            Self::Run(error) => error.output(),
            Self::NoTests | Self::Wrong(_) => "",
        }
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::NoTests => f.write_str("the runner found no test"),
            Self::Wrong(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StageError {}

impl From<SetupError> for StageError {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl From<BuildError> for StageError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<RunError> for StageError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

/// What the stages of one run share.
pub(crate) struct Session<'a> {
    workspace: &'a Workspace,
    setup: Setup<'a>,
    package: Option<Result<Package, BuildError>>,
    page_cases: &'a [String],
    /// Errors that were shown with all their output.
    shown: Vec<String>,
}

impl Session<'_> {
    /// The package as it would be published, built once.
    fn package(&mut self) -> Result<Package, BuildError> {
        let Self { workspace, setup, package, .. } = self;
        package.get_or_insert_with(|| build::build(workspace, setup, Profile::Release)).clone()
    }
}

/// A row of the table at the end.
struct Row {
    name: String,
    outcome: Outcome,
    took: Duration,
}

enum Outcome {
    Ready,
    NotReady,
    Ran(Cases),
    Failed(Cases),
}

/// Runs the selection; returns whether everything passed.
pub(crate) fn command(workspace: &Workspace, selection: &Selection) -> bool {
    process::adopt_orphans();
    let mut session = Session {
        workspace,
        setup: Setup::new(workspace),
        package: None,
        page_cases: &selection.page_cases,
        shown: Vec::new(),
    };
    let mut rows = Vec::new();
    let started = clock::now();
    for (stage, engine) in selection.runs() {
        for need in stage.needs(engine) {
            set_up(&mut session, need, &mut rows);
        }
        let name = engine.map_or_else(|| stage.to_string(), |engine| format!("{stage} {engine}"));
        say(format_args!("{name}: {} (usually {})", stage.purpose(), stage.usual_time()));
        let began = clock::now();
        let result = stage.run(&mut session, engine);
        let took = clock::now().duration_since(began);
        let outcome = match result {
            Ok(cases) => {
                say(format_args!("{name}: {}, {}", passed(cases), Readable(took)));
                Outcome::Ran(cases)
            }
            Err(error) => {
                show_failure(&mut session, &name, &error);
                say(format_args!("{name}: FAILED, {}", Readable(took)));
                let mut cases = match &error {
                    StageError::Run(error) => Cases::count(error.output()),
                    _ => Cases::default(),
                };
                cases.failed = cases.failed.max(1);
                Outcome::Failed(cases)
            }
        };
        rows.push(Row { name, outcome, took });
    }
    let took = clock::now().duration_since(started);
    summarise(&rows, took)
}

fn passed(cases: Cases) -> String {
    if cases == Cases::ONE { "passed".to_owned() } else { format!("{} passed", cases.passed) }
}

/// Sets a part up ahead of the stage that needs it, so that the stage's time
/// is its own. A failure is shown by each stage that can't run for it.
fn set_up(session: &mut Session<'_>, need: Need, rows: &mut Vec<Row>) {
    let began = clock::now();
    let ready = session.setup.ensure(need).is_ok();
    let took = clock::now().duration_since(began);
    if took > Duration::from_secs(1) {
        let (word, outcome) =
            if ready { ("ready", Outcome::Ready) } else { ("FAILED", Outcome::NotReady) };
        say(format_args!("set-up of {need}: {word}, {}", Readable(took)));
        rows.push(Row { name: format!("set-up of {need}"), outcome, took });
    }
}

/// Shows an error, with what its tool said the first time.
fn show_failure(session: &mut Session<'_>, name: &str, error: &StageError) {
    let text = error.to_string();
    if session.shown.contains(&text) {
        say(format_args!("  {name}: not run, for the reason shown above"));
        return;
    }
    let output = error.output();
    let lines: Vec<&str> = output.lines().filter(|line| !is_progress(line)).collect();
    let cut = lines.len().saturating_sub(SHOWN_LINES);
    if cut > 0 {
        say(format_args!(
            "  [{cut} lines left out; all of it is in {}]",
            session.workspace.target("xtask/log").display()
        ));
    }
    for line in lines.iter().skip(cut) {
        say(format_args!("  | {line}"));
    }
    say(format_args!("  {name}: {text}"));
    session.shown.push(text);
}

/// Whether cargo only tells here what it is about to do.
fn is_progress(line: &str) -> bool {
    let word = line.split_ascii_whitespace().next();
    line.starts_with(' ')
        && matches!(word, Some("Compiling" | "Checking" | "Downloaded" | "Documenting"))
}

/// Prints the table and the closing line.
fn summarise(rows: &[Row], took: Duration) -> bool {
    let mut sum = Cases::default();
    say("");
    for row in rows {
        let outcome = match row.outcome {
            Outcome::Ready => "ready".to_owned(),
            // Counted by the stages that can't run for it.
            Outcome::NotReady => "FAILED".to_owned(),
            Outcome::Ran(cases) => {
                sum += cases;
                passed(cases)
            }
            Outcome::Failed(cases) => {
                sum += cases;
                format!("FAILED ({cases})")
            }
        };
        say(format_args!("{:<24} {outcome:<28} {:>12}", row.name, Readable(row.took).to_string()));
    }
    say(format_args!("{:<24} {:<28} {:>12}", "all", "", Readable(took).to_string()));
    say("");
    say(sum);
    sum.failed == 0 && sum.passed > 0
}

/// The `size` stage.
fn size(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let package = session.package()?;
    size::check(session.workspace, &mut session.setup, &package)
        .map_err(|error| StageError::Wrong(error.to_string()))?;
    Ok(Cases::ONE)
}

/// Cases of a runner that succeeded; none is an error, for then nothing was tested.
fn counted(output: &str) -> Result<Cases, StageError> {
    match Cases::count(output) {
        Cases { passed: 0, .. } => Err(StageError::NoTests),
        cases => Ok(cases),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(selection: &Selection) -> Vec<String> {
        selection
            .runs()
            .into_iter()
            .map(|(stage, engine)| engine.map_or(stage.to_string(), |e| format!("{stage} {e}")))
            .collect()
    }

    #[test]
    fn selections_run_in_order() {
        let everything = names(&Selection::default());
        assert_eq!(everything.len(), Stage::ALL.len() - 2 + 2 * Engine::ALL.len());
        assert_eq!(everything.first().map(String::as_str), Some("fmt"));
        for (name, selection, expected) in [
            (
                "native",
                Selection { native: true, ..Selection::default() },
                vec!["fmt", "clippy", "native"],
            ),
            (
                "one engine",
                Selection { engines: vec![Engine::Firefox], ..Selection::default() },
                vec!["wasm firefox", "pages firefox"],
            ),
            (
                "stages of one engine, whatever their order",
                Selection {
                    engines: vec![Engine::Webkit],
                    stages: vec![Stage::Wasm, Stage::Size],
                    ..Selection::default()
                },
                vec!["size", "wasm webkit"],
            ),
        ] {
            assert_eq!(names(&selection), expected, "{name}");
        }
    }

    #[test]
    fn a_run_of_nothing_is_a_failure() {
        assert!(matches!(counted("test result: ok. 0 passed; 0 failed"), Err(StageError::NoTests)));
        assert!(matches!(counted("test result: ok. 1 passed; 0 failed"), Ok(Cases::ONE)));
    }
}
