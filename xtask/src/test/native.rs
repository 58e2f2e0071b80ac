//! The stages that cargo does by itself: format, lints, documentation, native tests.

use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::process;
use crate::progress::say;
use crate::setup::wasm32::TARGET;

const LIMIT: Duration = Duration::from_secs(40 * 60);

pub(super) fn fmt(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let mut cargo = workspace.cargo();
    cargo.args(["fmt", "--all", "--check", "--", "--color=never"]);
    process::run(&mut cargo, &workspace.log("fmt"), LIMIT)?;
    Ok(Cases::ONE)
}

pub(super) fn clippy(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let mut cargo = workspace.cargo();
    cargo.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    process::run(&mut cargo, &workspace.log("clippy"), LIMIT)?;
    Ok(Cases::ONE)
}

pub(super) fn clippy_wasm(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let toolchain = session.setup.toolchain()?;
    // All of it with its test, and what each of the package's modules is made of.
    let scopes: [&[&str]; 3] = [
        &["--lib", "--test", "web"],
        &["--lib", "--no-default-features", "--features", "start"],
        &["--lib", "--no-default-features", "--features", "on-demand"],
    ];
    let log = workspace.log("clippy-wasm32");
    for scope in scopes {
        let scope = [scope, &["--package", "taskpane-connector", "--target", TARGET]].concat();
        if let Some(mut clippy) = toolchain.clippy(workspace) {
            clippy.args(scope).args(["--", "--deny", "warnings"]);
            process::run(&mut clippy, &log, LIMIT)?;
        } else {
            say("  the wasm32 toolchain has no clippy; the compiler's own warnings count instead");
            let mut cargo = toolchain.cargo(workspace);
            let flags = format!("target.{TARGET}.rustflags=[\"-Dwarnings\"]");
            cargo.arg("check").args(scope).arg("--config").arg(flags);
            process::run(&mut cargo, &log, LIMIT)?;
        }
    }
    // `wasm-pack test` compiles every test for wasm32, those for the host too.
    let mut cargo = toolchain.cargo(workspace);
    cargo.args(["check", "--package", "taskpane-connector", "--tests", "--target", TARGET]);
    process::run(&mut cargo, &workspace.log("check-wasm32"), LIMIT)?;
    Ok(Cases::ONE)
}

pub(super) fn rustdoc(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let mut cargo = workspace.cargo();
    cargo
        .args(["doc", "--workspace", "--no-deps", "--document-private-items"])
        .env("RUSTDOCFLAGS", "--deny warnings");
    process::run(&mut cargo, &workspace.log("rustdoc"), LIMIT)?;
    Ok(Cases::ONE)
}

pub(super) fn tests(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let mut cargo = workspace.cargo();
    // The pages crate drives browsers; it has a stage of its own.
    cargo.args(["test", "--workspace", "--exclude", "pages", "--no-fail-fast"]);
    counted(&process::run(&mut cargo, &workspace.log("native"), LIMIT)?)
}
