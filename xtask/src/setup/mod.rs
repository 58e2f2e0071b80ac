//! Installs what the build and the tests need, in order, each part once.

pub(crate) mod apt;
pub(crate) mod bindgen;
pub(crate) mod browsers;
pub(crate) mod cargo_install;
pub(crate) mod node;
pub(crate) mod wasm32;

use std::collections::HashMap;
use std::fmt;

use crate::process::RunError;
use crate::progress::say;
use crate::workspace::Workspace;
use bindgen::Bindgen;
use browsers::{Browser, Engine};
use node::Node;
use wasm32::Toolchain;

/// Why a part could not be set up, and what a person can do about it.
#[derive(Clone, Debug)]
pub(crate) struct SetupError {
    /// What is missing or unusable.
    what: String,
    /// Why xtask didn't mend it.
    why: String,
    /// What a failed command said.
    output: String,
    /// What to install, a line each.
    install: Vec<String>,
}

impl SetupError {
    pub(crate) fn new(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { what: what.into(), why: why.to_string(), output: String::new(), install: Vec::new() }
    }

    pub(crate) fn run(what: impl Into<String>, error: &RunError) -> Self {
        Self { output: error.output().to_owned(), ..Self::new(what, error) }
    }

    #[must_use]
    pub(crate) fn install(mut self, line: impl Into<String>) -> Self {
        self.install.push(line.into());
        self
    }

    pub(crate) fn output(&self) -> &str {
        &self.output
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        for line in &self.install {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SetupError {}

/// A part that commands and stages ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A Rust toolchain with the standard library for wasm32.
    Wasm32,
    /// wasm-bindgen's test runner.
    Bindgen,
    /// Node and the npm tools.
    Node,
    /// A browser and its driver.
    Browser(Engine),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wasm32 => f.write_str("wasm32 library"),
            Self::Bindgen => f.write_str("wasm-bindgen"),
            Self::Node => f.write_str("npm tools"),
            Self::Browser(engine) => write!(f, "{engine}"),
        }
    }
}

/// What has been found or installed so far in this run, failures included.
pub(crate) struct Setup<'a> {
    workspace: &'a Workspace,
    toolchain: Option<Result<Toolchain, SetupError>>,
    bindgen: Option<Result<Bindgen, SetupError>>,
    node: Option<Result<Node, SetupError>>,
    browsers: HashMap<Engine, Result<Browser, SetupError>>,
}

impl<'a> Setup<'a> {
    pub(crate) fn new(workspace: &'a Workspace) -> Self {
        Self { workspace, toolchain: None, bindgen: None, node: None, browsers: HashMap::new() }
    }

    pub(crate) fn toolchain(&mut self) -> Result<Toolchain, SetupError> {
        let workspace = self.workspace;
        self.toolchain.get_or_insert_with(|| wasm32::set_up(workspace)).clone()
    }

    pub(crate) fn bindgen(&mut self) -> Result<Bindgen, SetupError> {
        let workspace = self.workspace;
        self.bindgen.get_or_insert_with(|| bindgen::set_up(workspace)).clone()
    }

    pub(crate) fn node(&mut self) -> Result<Node, SetupError> {
        let workspace = self.workspace;
        self.node.get_or_insert_with(|| node::set_up(workspace)).clone()
    }

    pub(crate) fn browser(&mut self, engine: Engine) -> Result<Browser, SetupError> {
        let workspace = self.workspace;
        self.browsers.entry(engine).or_insert_with(|| browsers::set_up(workspace, engine)).clone()
    }

    /// Sets a part up, or returns what went wrong the first time.
    pub(crate) fn ensure(&mut self, need: Need) -> Result<(), SetupError> {
        match need {
            Need::Wasm32 => self.toolchain().map(drop),
            Need::Bindgen => self.bindgen().map(drop),
            Need::Node => self.node().map(drop),
            Need::Browser(engine) => self.browser(engine).map(drop),
        }
    }
}

/// `cargo xtask setup`: everything, for the engines asked for. Returns whether
/// all of it is ready; a part that fails doesn't stop the others.
pub(crate) fn command(workspace: &Workspace, engines: &[Engine]) -> bool {
    let mut setup = Setup::new(workspace);
    // Node first: it is the one that xtask can't install, and takes no time.
    let needs = [Need::Node, Need::Wasm32, Need::Bindgen]
        .into_iter()
        .chain(engines.iter().copied().map(Need::Browser));
    let mut all = true;
    for need in needs {
        match setup.ensure(need) {
            Ok(()) => say(format_args!("{need}: ready")),
            Err(error) => {
                all = false;
                for line in error.output().lines() {
                    say(format_args!("  | {line}"));
                }
                say(format_args!("{need}: FAILED\n  {error}"));
            }
        }
    }
    all
}
