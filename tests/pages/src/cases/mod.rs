//! All cases, by what they are about.

mod aborts;
mod access;
mod accessibility;
mod answers;
mod benchmark;
mod chat;
mod clouds;
mod configuration;
mod connect;
mod demo_sign_in;
mod diagnosis;
mod failures;
mod fetch;
mod framed_sign_in;
mod graph;
mod https;
mod load;
mod markup;
mod screens;
mod secrets;
mod security;
mod settings;
mod sign_in;
mod standard_sign_in;
mod start;
mod storage;

use crate::case::Case;

/// In the order in which they run.
pub(crate) fn all() -> Vec<Case> {
    [
        start::cases(),
        settings::cases(),
        configuration::cases(),
        answers::cases(),
        failures::cases(),
        diagnosis::cases(),
        aborts::cases(),
        fetch::cases(),
        storage::cases(),
        sign_in::cases(),
        standard_sign_in::cases(),
        framed_sign_in::cases(),
        graph::cases(),
        secrets::cases(),
        clouds::cases(),
        security::cases(),
        load::cases(),
        chat::cases(),
        demo_sign_in::cases(),
        screens::cases(),
        connect::cases(),
        markup::cases(),
        access::cases(),
        accessibility::cases(),
        https::cases(),
        benchmark::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
