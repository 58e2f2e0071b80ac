//! The steps of a diagnosis, and what came of each.

use crate::error::Audience;
use crate::json::write;

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
    /// Whether there is a model to ask. This and the next one present the credential.
    Models,
    /// Whether it answers.
    Answer,
    /// Whether the answer streams.
    Stream,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 7] = [
        Self::Configuration,
        Self::Network,
        Self::Origin,
        Self::Headers,
        Self::Models,
        Self::Answer,
        Self::Stream,
    ];

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
    /// The address that the hint names; empty where it names none.
    pub url: String,
}

/// A step and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub status: Status,
    /// What it came to; nothing before it ended.
    pub verdict: Option<Verdict>,
    /// What the verdict is about: header names, an address, a model.
    pub subject: String,
    /// What the server or the browser said.
    pub refusal: Option<Refusal>,
    /// What to add on the server, line by line.
    pub lines: Vec<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

impl Finding {
    pub(super) const fn pending(step: Step) -> Self {
        Self {
            step,
            status: Status::Pending,
            verdict: None,
            subject: String::new(),
            refusal: None,
            lines: Vec::new(),
            elapsed_ms: 0,
        }
    }

    /// What it says, in words.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = String::new();
        let Some(verdict) = self.verdict else { return message };
        message.push_str(verdict.message());
        if !self.subject.is_empty() {
            message.push_str(": ");
            message.push_str(&self.subject);
            if verdict.subject().ends_with("Ms") {
                message.push_str(" ms");
            }
        }
        message
    }

    /// Who can mend it.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.verdict.map_or(Audience::Admin, Verdict::audience)
    }

    /// `{id,status,elapsedMs,verdict?:{id,message,audience,params,lines,said?,httpStatus?,requestId?}}`
    pub(super) fn describe(&self, status: Status, host: &str, entry: &mut write::Object<'_>) {
        entry.string("id", self.step.as_str());
        entry.string("status", status.as_str());
        entry.number("elapsedMs", self.elapsed_ms);
        let Some(verdict) = self.verdict else { return };
        let mut told = entry.object("verdict");
        told.string("id", verdict.id());
        told.string("message", &self.message());
        told.string("audience", self.audience().as_str());
        {
            let mut params = told.object("params");
            params.string("host", host);
            if !verdict.subject().is_empty() {
                params.string(verdict.subject(), &self.subject);
            }
        }
        {
            let mut lines = told.array("lines");
            for line in &self.lines {
                lines.string(line);
            }
        }
        let Some(refusal) = &self.refusal else { return };
        told.string("said", &refusal.message);
        if refusal.status > 0 {
            told.number("httpStatus", refusal.status.into());
        }
        if !refusal.request_id.is_empty() {
            told.string("requestId", &refusal.request_id);
        }
        if !refusal.hint.is_empty() {
            told.string("hint", &refusal.hint);
        }
    }
}
