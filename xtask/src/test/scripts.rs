//! Runs the tests of the package's scripts in Node, over the module just built.

use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::build::WASM;
use crate::process;
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(600);

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    session.package()?;
    let workspace = session.workspace;
    let stage = workspace.target("stage/release");
    let tests = workspace::files(&workspace.path("tests/js"))
        .map_err(|error| StageError::Wrong(error.to_string()))?;
    let mut node = std::process::Command::new("node");
    node.args(["--test", "--test-reporter=tap"])
        .args(tests.iter().filter(|file| file.to_string_lossy().ends_with(".test.mjs")))
        .current_dir(workspace.root())
        .env("STAGE", stage.join("js"))
        .env("MODULE", stage.join(WASM))
        .env("NODE_TOOLS", workspace.path("xtask/node"));
    counted(&process::run(&mut node, &workspace.log("scripts"), LIMIT)?)
}
