//! Checks Node and installs the npm tools that `xtask/node` pins.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::SetupError;
use crate::process;
use crate::progress;
use crate::workspace::{self, Fingerprint, Workspace};

/// The oldest Node that the tools run on.
const OLDEST: u32 = 20;

/// Where the tools are.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    folder: PathBuf,
}

impl Node {
    /// A command that runs a script with Node.
    pub(crate) fn script(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.folder.join(script));
        command
    }

    pub(crate) fn wasm_opt(&self) -> Command {
        self.script("node_modules/binaryen/bin/wasm-opt")
    }

    pub(crate) fn esbuild(&self) -> Command {
        self.script("node_modules/esbuild/bin/esbuild")
    }

    pub(crate) fn terser(&self) -> Command {
        self.script("node_modules/terser/bin/terser")
    }

    pub(crate) fn tsc(&self) -> Command {
        self.script("node_modules/typescript/bin/tsc")
    }

    /// A path among the installed packages.
    pub(crate) fn package(&self, inside: &str) -> PathBuf {
        self.folder.join("node_modules").join(inside)
    }

    /// The file that pins every tool.
    pub(crate) fn lockfile(&self) -> PathBuf {
        self.folder.join("package-lock.json")
    }
}

/// Node's own test runner, in words that [`crate::test`] counts.
pub(crate) fn test_runner() -> Command {
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec"]).env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    command
}

/// npm without the network traffic and the notices that nobody asked for.
///
/// eventsource-parser and the AI SDK, peers in the tests, ask for Node 22 and run
/// on 20 all the same; who has set `engine-strict` would get none of the tools
/// for them.
pub(crate) fn npm() -> Command {
    let mut command = Command::new("npm");
    command.args(["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts"]);
    command.arg("--no-engine-strict");
    command
}

/// Checks Node and installs the tools, unless they are those of the lock file already.
///
/// # Errors
/// Node is missing or too old, or npm failed.
pub(crate) fn set_up(workspace: &Workspace) -> Result<Node, SetupError> {
    let advice = |error: SetupError| {
        error
            .install(format!("Node {OLDEST} or newer with npm: https://nodejs.org"))
            .install("on Debian, as root: apt-get install nodejs npm")
    };
    let version = process::read(Command::new("node").arg("--version"))
        .map_err(|error| advice(SetupError::run("Node", &error)))?;
    if major(&version).is_none_or(|major| major < OLDEST) {
        return Err(advice(SetupError::new("Node", format!("{} is too old", version.trim()))));
    }
    if process::find(&["npm"]).is_none() {
        return Err(advice(SetupError::new("npm", "not found")));
    }

    let node = Node { folder: workspace.path("xtask/node") };
    let unreadable = |error: std::io::Error| SetupError::new("the npm tools", error);
    let fingerprint =
        Fingerprint::default().text(&version).file(&node.lockfile()).map_err(unreadable)?.finish();
    let stamp = node.package(".xtask");
    if workspace::is_done(&stamp, &fingerprint) {
        return Ok(node);
    }
    progress::step("npm ci in xtask/node", "10 s");
    let mut command = npm();
    command.arg("ci").current_dir(&node.folder);
    process::run(&mut command, &workspace.log("npm"), Duration::from_secs(900))
        .map_err(|error| SetupError::run("the npm tools", &error))?;
    fs::write(&stamp, fingerprint).map_err(unreadable)?;
    Ok(node)
}

/// The first number in `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        for (answer, expected) in
            [("v20.20.2\n", Some(20)), ("v9.0.0", Some(9)), ("20.1", None), ("", None)]
        {
            assert_eq!(major(answer), expected, "{answer}");
        }
    }

    #[test]
    fn the_lock_file_names_no_registry_and_pins_every_tool() {
        let workspace = Workspace::locate();
        let lock = fs::read_to_string(workspace.path("xtask/node/package-lock.json")).unwrap();
        assert!(!lock.contains("\"resolved\""), "npm wrote addresses: see xtask/node/.npmrc");
        let manifest = fs::read_to_string(workspace.path("xtask/node/package.json")).unwrap();
        let ranges =
            manifest.lines().filter(|line| line.contains("\": \"^") || line.contains("\": \"~"));
        assert_eq!(ranges.collect::<Vec<_>>(), [] as [&str; 0]);
    }
}
