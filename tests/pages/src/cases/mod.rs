//! All cases, by what they are about.

mod aborts;
mod answers;
mod failures;
mod load;
mod security;
mod settings;
mod start;
mod storage;

use crate::case::Case;

/// In the order in which they run.
pub(crate) fn all() -> Vec<Case> {
    [
        start::cases(),
        settings::cases(),
        answers::cases(),
        failures::cases(),
        aborts::cases(),
        storage::cases(),
        security::cases(),
        load::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
