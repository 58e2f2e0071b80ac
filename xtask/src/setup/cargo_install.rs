//! Installs tools that come as crates, under the target folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::SetupError;
use crate::process;
use crate::progress::say;
use crate::workspace::Workspace;

/// Generous: a slow machine compiles a tool for ten minutes.
const LIMIT: Duration = Duration::from_secs(3600);

/// Installs a crate's programs under the target folder: with the versions that
/// its author tested, or with the newest that the registry has where a mirror
/// of it lags behind those.
///
/// # Errors
/// cargo failed both ways.
pub(crate) fn install(workspace: &Workspace, package: &str, what: &str) -> Result<(), SetupError> {
    let scratch = workspace.target("tools").join("build");
    let installed = attempt(workspace, package, what, &scratch, &["--locked"]).or_else(|_| {
        say("  not with the versions of its own lock file; trying with the newest");
        attempt(workspace, package, what, &scratch, &[])
    });
    // Hundreds of megabytes that nothing needs again.
    let _ = fs::remove_dir_all(&scratch);
    installed
        .map_err(|error| SetupError::run(what, &error).install(format!("cargo install {package}")))
}

fn attempt(
    workspace: &Workspace,
    package: &str,
    what: &str,
    scratch: &Path,
    flags: &[&str],
) -> Result<(), process::RunError> {
    let mut command = workspace.cargo();
    command
        .args(["install", package, "--force", "--root"])
        .arg(workspace.target("tools"))
        .arg("--target-dir")
        .arg(scratch)
        .args(flags)
        // Flags meant for the workspace don't belong to its tools.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut command, &workspace.log(what), LIMIT).map(drop)
}
