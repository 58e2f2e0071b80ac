//! Installs tools that come as crates, under the target folder.

use std::fs;
use std::time::Duration;

use super::SetupError;
use crate::process;
use crate::progress::say;
use crate::workspace::Workspace;

/// Generous: a slow machine compiles a tool for ten minutes.
const LIMIT: Duration = Duration::from_secs(3600);

/// Installs a crate's programs under the target folder.
///
/// # Errors
/// cargo failed, with the versions that the crate was released with and with
/// newer ones.
pub(crate) fn install(workspace: &Workspace, package: &str, what: &str) -> Result<(), SetupError> {
    let tools = workspace.target("tools");
    let scratch = tools.join("build");
    let log = workspace.log(what);
    let attempt = |locked: &[&str]| {
        let mut command = workspace.cargo();
        command
            .args(["install", package, "--force", "--root"])
            .arg(&tools)
            .arg("--target-dir")
            .arg(&scratch)
            .args(locked)
            // Flags meant for the workspace don't belong to its tools.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        process::run(&mut command, &log, LIMIT)
    };
    if attempt(&["--locked"]).is_err() {
        // A version that the crate was released with may be gone from the
        // registry, withdrawn or not mirrored.
        say("  not with its own lock file; trying with the versions that there are");
        attempt(&[]).map_err(|error| {
            SetupError::run(what, &error).install(format!("cargo install {package}"))
        })?;
    }
    // Hundreds of megabytes that nothing needs again.
    let _ = fs::remove_dir_all(&scratch);
    Ok(())
}
