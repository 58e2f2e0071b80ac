//! The reference is what the declarations say, and the code in the pages holds against them.

use super::cases::Cases;
use super::{Session, StageError, scripts};

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    session.setup.node()?;
    scripts::in_folder(session.workspace, "xtask/node/docs", "docs")
}
