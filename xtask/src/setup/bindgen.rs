//! Finds or installs wasm-bindgen, at exactly the version that the core links.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SetupError, cargo_install};
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// Where the tools are.
#[derive(Clone, Debug)]
pub(crate) struct Bindgen {
    /// Makes the module and its bindings.
    pub(crate) program: PathBuf,
    /// Runs tests in a browser.
    pub(crate) test_runner: PathBuf,
    pub(crate) version: String,
}

/// Finds the tools, or installs them under the target folder.
///
/// # Errors
/// They could not be installed.
pub(crate) fn set_up(workspace: &Workspace) -> Result<Bindgen, SetupError> {
    let version = workspace
        .locked_version("wasm-bindgen")
        .ok_or_else(|| SetupError::new("wasm-bindgen", "Cargo.lock names no version of it"))?;
    let tools = workspace.target("tools");
    let ours = tools.join("bin");
    let on_path = process::find(&["wasm-bindgen"]).and_then(|program| {
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
    let found = Bindgen {
        program: folder.join("wasm-bindgen"),
        test_runner: folder.join("wasm-bindgen-test-runner"),
        version: version.to_owned(),
    };
    let fits = [(&found.program, "wasm-bindgen"), (&found.test_runner, "wasm-bindgen-test-runner")]
        .into_iter()
        .all(|(program, name)| {
            process::read(Command::new(program).arg("--version"))
                .is_ok_and(|answer| answer.trim() == format!("{name} {version}"))
        });
    fits.then_some(found)
}
