//! A message to the host, from the decision to send it to its answer.

use std::rc::Rc;

use super::envelope::Method;
use super::patience::Patience;
use super::request::TokenRequest;

/// Where a message is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// To be posted.
    Ready,
    /// Posted.
    UnderWay,
    /// Nobody waits any longer; an answer is let in all the same.
    Overdue,
    /// Answered, and remembered, because it met a challenge.
    Met,
}

/// A message and its answer.
#[derive(Debug)]
pub(super) struct Flight {
    /// Tells callers what they wait for.
    pub(super) id: u32,
    pub(super) stage: Stage,
    pub(super) method: Method,
    /// Empty for `GetInitContext`.
    pub(super) request: Rc<TokenRequest>,
    /// Which answer is this message's.
    pub(super) request_id: String,
    /// The request's name in the identity provider's logs.
    pub(super) correlation_id: String,
    /// When it was sent, in epoch milliseconds; of a challenge, when it was met.
    pub(super) at_ms: u64,
    /// Whether the host failed at it as it may fail once
    /// ([`stumbled`](super::bridge_error::stumbled)).
    pub(super) stumbled: bool,
    pub(super) patience: Patience,
}

impl Flight {
    pub(super) fn is_waited_for(&self) -> bool {
        matches!(self.stage, Stage::Ready | Stage::UnderWay)
    }
}
