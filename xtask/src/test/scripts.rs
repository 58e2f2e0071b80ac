//! The package's JavaScript with the optimised module, in Node.

use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::build;
use crate::process;
use crate::setup::node;
use crate::workspace::{self, Workspace};

const LIMIT: Duration = Duration::from_secs(30 * 60);

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    session.package()?;
    in_folder(session.workspace, "tests/js", "js")
}

/// Runs a folder's `*.test.mjs`, with a log of this name.
pub(super) fn in_folder(
    workspace: &Workspace,
    folder: &str,
    log: &str,
) -> Result<Cases, StageError> {
    let tests: Vec<_> = workspace::files(&workspace.path(folder))
        .map_err(|error| StageError::Wrong(error.to_string()))?
        .into_iter()
        .filter(|file| file.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    if tests.is_empty() {
        return Err(StageError::NoTests);
    }
    let mut runner = node::test_runner();
    runner
        .args(tests)
        .current_dir(workspace.root())
        // Where the scripts lie one by one, with the module.
        .env("STAGE", build::staged_scripts(workspace));
    counted(&process::run(&mut runner, &workspace.log(log), LIMIT)?)
}
