//! Measures the decoders beside their peers: in browsers, and in Node.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::{self, BuildError, Package, Profile};
use crate::demo::{self, DemoError};
use crate::process::{self, RunError};
use crate::progress::say;
use crate::setup::browsers::Engine;
use crate::setup::node::Node;
use crate::setup::{Setup, SetupError};
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
    let mut setup = Setup::new(workspace);
    let package =
        build::build(workspace, &mut setup, Profile::Release).map_err(BenchError::Build)?;
    let node = setup.node().map_err(BenchError::Setup)?;
    let vendor = demo::lay_out_vendor(workspace, &node).map_err(BenchError::Peers)?;
    let output = workspace.target("bench");
    fs::create_dir_all(&output).map_err(|cause| BenchError::Io { path: output.clone(), cause })?;

    let bench = Bench { node, package, vendor, output, options };
    bench.in_node(workspace)
}

struct Bench<'a> {
    node: Node,
    package: Package,
    vendor: PathBuf,
    output: PathBuf,
    options: &'a Options,
}

impl Bench<'_> {
    fn in_node(&self, workspace: &Workspace) -> Result<(), BenchError> {
        let mut command = self.node.script("bench.mjs");
        command.arg(&self.package.folder).arg(self.vendor.join(demo::PEERS));
        self.measure(workspace, command, &self.output.join("node.json"))
    }

    /// Runs what measures, which talks to the terminal itself.
    fn measure(
        &self,
        workspace: &Workspace,
        mut command: Command,
        results: &Path,
    ) -> Result<(), BenchError> {
        for case in &self.options.cases {
            command.args(["--case", case]);
        }
        if let Some(rounds) = self.options.rounds {
            command.args(["--rounds", &rounds.to_string()]);
        }
        if self.options.quick {
            command.arg("--quick");
        }
        command.arg("--json").arg(results).current_dir(workspace.root());
        let child = process::start(&mut command).map_err(BenchError::Run)?;
        process::wait(&command, child).map_err(BenchError::Run)?;
        say(format_args!("the results are in {}", results.display()));
        Ok(())
    }
}
