//! Installs tools that come as crates, under the target folder.

use std::fs;
use std::time::Duration;

use super::SetupError;
use crate::process;
use crate::workspace::Workspace;

/// Generous: a slow machine compiles a tool for ten minutes.
const LIMIT: Duration = Duration::from_secs(3600);

/// Installs a crate's programs under the target folder.
pub(crate) fn install(workspace: &Workspace, package: &str, what: &str) -> Result<(), SetupError> {
    let tools = workspace.target("tools");
    let scratch = tools.join("build");
    let mut command = workspace.cargo();
    command
        .args(["install", package, "--locked", "--force", "--root"])
        .arg(&tools)
        .arg("--target-dir")
        .arg(&scratch)
        // Flags meant for the workspace don't belong to its tools.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    process::run(&mut command, &workspace.log(what), LIMIT).map_err(|error| {
        SetupError::run(what, &error).install(format!("cargo install {package} --locked"))
    })?;
    // Hundreds of megabytes that nothing needs again.
    let _ = fs::remove_dir_all(&scratch);
    Ok(())
}
