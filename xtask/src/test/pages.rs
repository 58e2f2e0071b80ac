//! The demo page end to end, by the `pages` crate.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::build::Package;
use crate::demo;
use crate::process::{self, RunError};
use crate::setup::browsers::{Browser, Engine};
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_secs(30 * 60);

pub(super) fn run(session: &mut Session<'_>, engine: Engine) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let browser = session.setup.browser(engine)?;
    let package = session.package()?;
    let node = session.setup.node()?;
    let vendor = demo::lay_out_vendor(workspace, &node)
        .map_err(|error| StageError::Wrong(error.to_string()))?;

    let mut pages = command(workspace, &browser, &package, &vendor)?;
    pages.args(session.page_cases);
    let log = workspace.log(&format!("pages-{engine}"));
    counted(&process::run(&mut pages, &log, LIMIT)?)
}

/// Compiles the `pages` crate and returns a command that runs it in a browser.
pub(crate) fn command(
    workspace: &Workspace,
    browser: &Browser,
    package: &Package,
    vendor: &Path,
) -> Result<Command, RunError> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "pages"]);
    process::run(&mut cargo, &workspace.log("pages-compile"), LIMIT)?;

    let mut pages = browser.command(&workspace.target("debug/pages"));
    pages
        .args(["--engine", browser.engine.as_str()])
        .current_dir(workspace.root())
        .env("TASKPANE_WEBDRIVER", &browser.driver)
        .env("TASKPANE_BROWSER", &browser.binary)
        .env("TASKPANE_PKG", &package.folder)
        .env("TASKPANE_WWW", workspace.path("www"))
        .env("TASKPANE_VENDOR", vendor);
    Ok(pages)
}
