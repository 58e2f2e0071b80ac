//! Checks the TypeScript declarations: by themselves, and in use.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError};
use crate::process;
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let package = session.package()?;
    let workspace = session.workspace;
    let tools = session.setup.node()?;
    let unreadable = |error: io::Error| StageError::Wrong(error.to_string());

    let declarations = with_ending(&package.folder, ".d.ts").map_err(unreadable)?;
    let uses = with_ending(&workspace.path("tests/types"), ".ts").map_err(unreadable)?;
    if declarations.is_empty() || uses.is_empty() {
        return Err(StageError::NoTests);
    }

    // The oldest library that a taskpane may be written against: the
    // declarations must not lean on what it lacks.
    let mut alone = tools.tsc();
    alone
        .args(["--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom"])
        .args(["--module", "esnext", "--moduleResolution", "bundler", "--types", ""])
        .args(&declarations)
        .current_dir(workspace.root());
    process::run(&mut alone, &workspace.log("types-alone"), LIMIT)?;

    let mut in_use = tools.tsc();
    in_use.arg("--project").arg(workspace.path("tests/types/tsconfig.json"));
    in_use.current_dir(workspace.root());
    process::run(&mut in_use, &workspace.log("types-in-use"), LIMIT)?;

    let mut cases = Cases::default();
    for _ in declarations.iter().chain(&uses) {
        cases += Cases::ONE;
    }
    Ok(cases)
}

fn with_ending(folder: &Path, ending: &str) -> io::Result<Vec<String>> {
    let files = workspace::files(folder)?;
    let paths = files.iter().map(|file| file.to_string_lossy().into_owned());
    Ok(paths.filter(|path| path.ends_with(ending)).collect())
}
