//! Finds or installs wasm-bindgen's test runner, at exactly the version that
//! the tests link.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SetupError, cargo_install};
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Where the runner is.
#[derive(Clone, Debug)]
pub(crate) struct Bindgen {
    /// Runs tests in a browser.
    pub(crate) test_runner: PathBuf,
}

/// Finds the runner, or installs it under the target folder.
///
/// # Errors
/// It could not be installed.
pub(crate) fn set_up(workspace: &Workspace) -> Result<Bindgen, SetupError> {
    let version = workspace
        .locked_version("wasm-bindgen")
        .ok_or_else(|| SetupError::new("wasm-bindgen", "Cargo.lock names no version of it"))?;
    let tools = workspace.target("tools");
    let ours = tools.join("bin");
    let on_path = process::find(&["wasm-bindgen-test-runner"]).and_then(|program| {
        let folder = program.parent()?;
        Some(folder.to_path_buf())
    });
    for folder in [Some(ours.clone()), on_path].into_iter().flatten() {
        if let Some(found) = in_folder(&folder, &version) {
            return Ok(found);
        }
    }

    let package = format!("wasm-bindgen-cli@{version}");
    progress::step(format_args!("cargo install {package}"), "3 min");
    cargo_install::install(workspace, &package, "wasm-bindgen")?;
    in_folder(&ours, &version)
        .ok_or_else(|| SetupError::new("wasm-bindgen", "installed, but it doesn't run"))
}

fn in_folder(folder: &Path, version: &str) -> Option<Bindgen> {
    let test_runner = folder.join("wasm-bindgen-test-runner");
    let answer = process::read(Command::new(&test_runner).arg("--version")).ok()?;
    let fits = answer.trim() == format!("wasm-bindgen-test-runner {version}");
    fits.then_some(Bindgen { test_runner })
}
