//! Measures the decoders beside their peers: in browsers, and in Node.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::build::{self, BuildError, Package, Profile};
use crate::demo::{self, DemoError};
use crate::process::{self, RunError};
use crate::progress::say;
use crate::setup::browsers::{Browser, Engine};
use crate::setup::node::Node;
use crate::setup::{Setup, SetupError};
use crate::test::pages;
use crate::workspace::Workspace;

/// Where something is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Browser(Engine),
    Node,
}

impl Place {
    /// The word for Node on the command line.
    pub(crate) const NODE: &str = "node";

    pub(crate) fn parse(word: &str) -> Option<Self> {
        if word == Self::NODE {
            return Some(Self::Node);
        }
        Engine::parse(word).map(Self::Browser)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Browser(engine) => engine.fmt(f),
            Self::Node => f.write_str(Self::NODE),
        }
    }
}

/// What to measure, where, and how thoroughly.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// None: the three browsers.
    pub(crate) places: Vec<Place>,
    /// Only cases with one of these in their names; none: all.
    pub(crate) cases: Vec<String>,
    pub(crate) rounds: Option<u32>,
    /// Fewer and shorter rounds.
    pub(crate) quick: bool,
}

/// Why nothing could be measured.
#[derive(Debug)]
pub(crate) enum BenchError {
    Setup(SetupError),
    Build(BuildError),
    Peers(DemoError),
    Run(RunError),
    Io { path: PathBuf, cause: io::Error },
}

impl BenchError {
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Build(error) => error.output(),
            Self::Peers(error) => error.output(),
            Self::Run(error) => error.output(),
            Self::Io { .. } => "",
        }
    }
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::Peers(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for BenchError {}

/// Builds the package as it is published and measures it. Times fail nothing.
///
/// # Errors
/// See [`BenchError`].
pub(crate) fn command(workspace: &Workspace, options: &Options) -> Result<(), BenchError> {
    process::adopt_orphans();
    let mut setup = Setup::new(workspace);
    let package =
        build::build(workspace, &mut setup, Profile::Release).map_err(BenchError::Build)?;
    let node = setup.node().map_err(BenchError::Setup)?;
    let vendor = demo::lay_out_vendor(workspace, &node).map_err(BenchError::Peers)?;
    let output = workspace.target("bench");
    fs::create_dir_all(&output).map_err(|cause| BenchError::Io { path: output.clone(), cause })?;

    let bench = Bench { workspace, node, package, vendor, output, options };
    let mut results = Vec::new();
    let mut failure = None;
    for place in options.places() {
        say(format_args!("{place}: measuring (usually {})", options.usual_time()));
        // What one engine can't do is no reason to keep the others from it.
        match bench.measure(&mut setup, place) {
            Ok(file) => results.push(file),
            Err(error) => {
                say(format_args!("{place}: FAILED\n  {error}"));
                failure.get_or_insert(error);
            }
        }
    }
    if !results.is_empty() {
        bench.summarise(&results)?;
    }
    failure.map_or(Ok(()), Err)
}

struct Bench<'a> {
    workspace: &'a Workspace,
    node: Node,
    package: Package,
    vendor: PathBuf,
    output: PathBuf,
    options: &'a Options,
}

impl Bench<'_> {
    /// Measures in one place and returns the file with the results.
    fn measure(&self, setup: &mut Setup<'_>, place: Place) -> Result<PathBuf, BenchError> {
        match place {
            Place::Node => self.in_node(),
            Place::Browser(engine) => {
                self.in_browser(&setup.browser(engine).map_err(BenchError::Setup)?)
            }
        }
    }

    fn in_node(&self) -> Result<PathBuf, BenchError> {
        let results = self.output.join("node.json");
        let mut bench = self.node.script("bench.mjs");
        bench.arg(&self.package.folder).arg(self.vendor.join(demo::PEERS)).arg(&results);
        for (name, value) in self.options.parameters() {
            bench.arg(format!("--{name}")).args(value);
        }
        self.run(&mut bench)?;
        Ok(results)
    }

    fn in_browser(&self, browser: &Browser) -> Result<PathBuf, BenchError> {
        let results = self.output.join(format!("{}.json", browser.engine));
        let mut pages = pages::command(self.workspace, browser, &self.package, &self.vendor)
            .map_err(BenchError::Run)?;
        let query: Vec<String> = std::iter::once("?run".to_owned())
            .chain(self.options.parameters().into_iter().map(|(name, value)| {
                value.map_or_else(|| name.to_owned(), |value| format!("{name}={value}"))
            }))
            .collect();
        pages.arg("--measure").arg(query.join("&")).arg(&results);
        self.run(&mut pages)?;
        Ok(results)
    }

    /// Runs what talks to the terminal itself.
    fn run(&self, command: &mut Command) -> Result<(), BenchError> {
        command.current_dir(self.workspace.root());
        let child = process::start(command).map_err(BenchError::Run)?;
        process::wait(command, child).map_err(BenchError::Run)
    }

    /// Writes what all engines measured side by side.
    fn summarise(&self, results: &[PathBuf]) -> Result<(), BenchError> {
        let file = self.output.join("results.md");
        let text = process::read(self.node.script("bench_summary.mjs").args(results))
            .map_err(BenchError::Run)?;
        fs::write(&file, &text).map_err(|cause| BenchError::Io { path: file.clone(), cause })?;
        say(format_args!("\nresults: {} and the .json files beside it", file.display()));
        Ok(())
    }
}

impl Options {
    fn places(&self) -> Vec<Place> {
        if self.places.is_empty() {
            Engine::ALL.map(Place::Browser).to_vec()
        } else {
            self.places.clone()
        }
    }

    /// What chooses cases and rounds, by the names that the page and the script know.
    fn parameters(&self) -> Vec<(&'static str, Option<String>)> {
        let mut parameters = Vec::new();
        for case in &self.cases {
            parameters.push(("case", Some(case.clone())));
        }
        if let Some(rounds) = self.rounds {
            parameters.push(("rounds", Some(rounds.to_string())));
        }
        if self.quick {
            parameters.push(("quick", None));
        }
        parameters
    }

    const fn usual_time(&self) -> &'static str {
        if self.quick { "1 min" } else { "3 min" }
    }
}
