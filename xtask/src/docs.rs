//! Writes the reference of the package's declarations, `docs/api`.

use std::fmt;
use std::time::Duration;

use crate::process::{self, RunError};
use crate::progress::say;
use crate::setup::{Setup, SetupError};
use crate::workspace::Workspace;

/// Where the reference is in the checkout.
const PAGES: &str = "docs/api";

const LIMIT: Duration = Duration::from_secs(300);

/// Why there is no reference, or not all of it.
#[derive(Debug)]
pub(crate) enum DocsError {
    Setup(SetupError),
    /// The declarations can't be read, or don't describe everything.
    Run(RunError),
}

impl DocsError {
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Run(error) => error.output(),
        }
    }
}

impl fmt::Display for DocsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DocsError {}

/// Writes the pages anew; the `docs` stage compares them with what is committed.
///
/// # Errors
/// See [`DocsError`].
pub(crate) fn command(workspace: &Workspace) -> Result<(), DocsError> {
    let node = Setup::new(workspace).node().map_err(DocsError::Setup)?;
    let mut write = node.script("docs/reference.mjs");
    write.arg(workspace.path("js")).arg(workspace.path(PAGES));
    process::run(&mut write, &workspace.log("reference"), LIMIT).map_err(DocsError::Run)?;
    say(format_args!("the reference is in {PAGES}"));
    Ok(())
}
