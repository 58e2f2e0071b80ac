//! The reference is what the declarations say, and the code in the pages holds against them.

use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::process;
use crate::setup::node;
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(600);

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    session.setup.node()?;
    let workspace = session.workspace;
    let folder = workspace.path("xtask/node/docs");
    let tests: Vec<_> = workspace::files(&folder)
        .map_err(|error| StageError::Wrong(error.to_string()))?
        .into_iter()
        .filter(|file| file.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    if tests.is_empty() {
        return Err(StageError::NoTests);
    }
    let mut runner = node::test_runner();
    runner.args(tests).current_dir(workspace.root());
    counted(&process::run(&mut runner, &workspace.log("docs"), LIMIT)?)
}
