//! The steps of a diagnosis, and what came of each.

use crate::config::provider::Kind;

use super::verdict::Verdict;

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Whether there is something to connect with.
    Configuration,
    /// Whether the host answers at all.
    Network,
    /// Whether this page may read its answers.
    Origin,
    /// Whether the preflight lets the headers through.
    Headers,
    /// Whether there is what opens the provider, and a model to ask. This and the next one present the credential.
    Models,
    /// Whether it answers.
    Answer,
    /// Whether the answer streams.
    Stream,
    /// Whether the other hosts that the configuration names can be reached. Only
    /// where there are any.
    Hosts,
}

impl Step {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Network => "network",
            Self::Origin => "origin",
            Self::Headers => "headers",
            Self::Models => "models",
            Self::Answer => "answer",
            Self::Stream => "stream",
            Self::Hosts => "hosts",
        }
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// As it should be.
    Passed,
    /// It works, and not as it should.
    Warned,
    /// It doesn't work.
    Failed,
    /// Left out, because an earlier step decides it.
    Skipped,
}

impl Status {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A failure as the driver tells it, secrets taken out already: what is left
/// of a `ConnectorError`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The error's code.
    pub code: String,
    /// What was wrong, in words.
    pub message: String,
    /// HTTP status of the answer; 0 where there was none.
    pub status: u32,
    /// The server's identifier of the request; empty where there was none.
    pub request_id: String,
    /// The id of its hint.
    pub hint: String,
}

impl Refusal {
    /// Whether it is for want of any provider: what is missing is the key that
    /// names the first one, or the user's own configuration names none.
    #[must_use]
    pub fn is_unassigned(&self) -> bool {
        let missing = self.message.strip_suffix(" is missing");
        self.hint == "not-assigned"
            || (self.hint == "enter-value" && missing == Some(Kind::Gateway.named_by().name()))
    }
}

/// A step and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub status: Status,
    /// What it came to; nothing before it ended.
    pub verdict: Option<Verdict>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

impl Finding {
    pub(super) const fn pending(step: Step) -> Self {
        Self { step, status: Status::Pending, verdict: None, elapsed_ms: 0 }
    }
}

/// Every step before anything was asked, in the order of [`Step`].
pub(super) const PENDING: [Finding; 7] = [
    Finding::pending(Step::Configuration),
    Finding::pending(Step::Network),
    Finding::pending(Step::Origin),
    Finding::pending(Step::Headers),
    Finding::pending(Step::Models),
    Finding::pending(Step::Answer),
    Finding::pending(Step::Stream),
];
