//! Installs Debian packages where xtask may: as root, or by a sudo that asks for no password.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::SetupError;
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_secs(20 * 60);

/// Whether the package lists were fetched in this run.
static UPDATED: AtomicBool = AtomicBool::new(false);

/// The line that a person would type.
pub(crate) fn line(packages: &[&str]) -> String {
    format!("apt-get install --no-install-recommends {}", packages.join(" "))
}

/// Installs packages; `what` is missing without them.
///
/// # Errors
/// There is no apt, no right to use it, or it failed.
pub(crate) fn install(
    workspace: &Workspace,
    what: &str,
    packages: &[&str],
    usually: &str,
) -> Result<(), SetupError> {
    let advice = |error: SetupError| {
        error.install(format!("on Debian, as root: apt-get update && {}", line(packages)))
    };
    if process::find(&["apt-get"]).is_none() {
        return Err(advice(SetupError::new(
            what,
            "not found, and there is no apt-get to install it",
        )));
    }
    let root = nix::unistd::geteuid().is_root();
    if !root && process::read(Command::new("sudo").args(["-n", "true"])).is_err() {
        return Err(advice(SetupError::new(
            what,
            "not found; installing it needs root, or a sudo without a password",
        )));
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = if root {
            Command::new("env")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        };
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
            .args(["-y", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments);
        command
    };
    progress::step(format_args!("apt-get install {}", packages.join(" ")), usually);
    let log = workspace.log("apt");
    let failed = |error: process::RunError| advice(SetupError::run(what, &error));
    if !UPDATED.swap(true, Ordering::Relaxed) {
        process::run(&mut apt_get(&["update"]), &log, LIMIT).map_err(failed)?;
    }
    let mut arguments = vec!["install", "--no-install-recommends"];
    arguments.extend_from_slice(packages);
    process::run(&mut apt_get(&arguments), &log, LIMIT).map_err(failed)?;
    Ok(())
}
