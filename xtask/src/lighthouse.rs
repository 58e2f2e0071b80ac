//! Lighthouse's accessibility score of the demo's pages, in Chromium.

use std::fmt;
use std::fs;
use std::io;
use std::process::Command;
use std::time::Duration;

use crate::build::{self, BuildError, Profile};
use crate::demo::{self, DemoError};
use crate::process::{self, RunError};
use crate::progress::{self, say};
use crate::setup::browsers::Engine;
use crate::setup::{Setup, SetupError, node};
use crate::workspace::{self, Fingerprint, Workspace};

const LIMIT: Duration = Duration::from_secs(1800);

/// Why there is no score, or a low one.
#[derive(Debug)]
pub(crate) enum LighthouseError {
    Setup(SetupError),
    Build(BuildError),
    Vendor(DemoError),
    Run(RunError),
    Io(io::Error),
}

impl LighthouseError {
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Build(error) => error.output(),
            Self::Vendor(error) => error.output(),
            Self::Run(error) => error.output(),
            Self::Io(_) => "",
        }
    }
}

impl fmt::Display for LighthouseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::Vendor(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::Io(error) => write!(f, "Lighthouse's folder: {error}"),
        }
    }
}

impl std::error::Error for LighthouseError {}

/// Installs Lighthouse, which has a folder and a lock file of its own for its
/// size, and fails below a score of 100.
///
/// # Errors
/// See [`LighthouseError`].
pub(crate) fn command(workspace: &Workspace) -> Result<(), LighthouseError> {
    process::adopt_orphans();
    let mut setup = Setup::new(workspace);
    let package =
        build::build(workspace, &mut setup, Profile::Release).map_err(LighthouseError::Build)?;
    let tools = setup.node().map_err(LighthouseError::Setup)?;
    let browser = setup.browser(Engine::Chromium).map_err(LighthouseError::Setup)?;
    let vendor = demo::lay_out_vendor(workspace, &tools).map_err(LighthouseError::Vendor)?;
    install(workspace)?;

    progress::step("compiling the simulated organisation", "1 min at first, then 3 s");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "simulator"]);
    process::run(&mut cargo, &workspace.log("simulator"), LIMIT).map_err(LighthouseError::Run)?;

    progress::step("Lighthouse looks at the demo's pages", "2 min");
    let mut lighthouse = Command::new("node");
    lighthouse
        .arg(workspace.path("xtask/lighthouse/run.mjs"))
        .arg(&browser.binary)
        .arg(workspace.target("debug/simulator"))
        .args(["serve", "--quiet", "--www"])
        .arg(workspace.path("www"))
        .arg("--pkg")
        .arg(&package.folder)
        .arg("--vendor")
        .arg(&vendor)
        .current_dir(workspace.root());
    let scores = process::run(&mut lighthouse, &workspace.log("lighthouse"), LIMIT)
        .map_err(LighthouseError::Run)?;
    say(scores.trim_end());
    Ok(())
}

/// Installs it unless it is the lock file's already.
fn install(workspace: &Workspace) -> Result<(), LighthouseError> {
    let folder = workspace.path("xtask/lighthouse");
    let stamp = folder.join("node_modules/.xtask");
    let fingerprint = Fingerprint::default()
        .file(&folder.join("package-lock.json"))
        .map_err(LighthouseError::Io)?
        .finish();
    if workspace::is_done(&stamp, &fingerprint) {
        return Ok(());
    }
    progress::step("npm install in xtask/lighthouse", "30 s");
    let mut npm = node::npm();
    // `npm ci` misses a peer of a peer in a lock file without addresses.
    npm.args(["install", "--no-save"]).current_dir(&folder);
    process::run(&mut npm, &workspace.log("npm-lighthouse"), LIMIT)
        .map_err(LighthouseError::Run)?;
    fs::write(&stamp, fingerprint).map_err(LighthouseError::Io)
}
