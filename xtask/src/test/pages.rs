//! The demo page end to end, by the `pages` crate.

use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::demo;
use crate::process;
use crate::setup::browsers::Engine;

const LIMIT: Duration = Duration::from_secs(30 * 60);

pub(super) fn run(session: &mut Session<'_>, engine: Engine) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let browser = session.setup.browser(engine)?;
    let package = session.package()?;
    let node = session.setup.node()?;
    let vendor = demo::lay_out_vendor(workspace, &node)
        .map_err(|error| StageError::Wrong(error.to_string()))?;

    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "pages"]);
    process::run(&mut cargo, &workspace.log("pages-compile"), LIMIT)?;

    let mut pages = browser.command(&workspace.target("debug/pages"));
    pages
        .args(["--engine", engine.as_str()])
        .current_dir(workspace.root())
        .env("TASKPANE_WEBDRIVER", &browser.driver)
        .env("TASKPANE_BROWSER", &browser.binary)
        .env("TASKPANE_PKG", &package.folder)
        .env("TASKPANE_WWW", workspace.path("www"))
        .env("TASKPANE_VENDOR", vendor);
    let log = workspace.log(&format!("pages-{engine}"));
    counted(&process::run(&mut pages, &log, LIMIT)?)
}
