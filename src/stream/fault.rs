//! Why a stream can't be read on.

use std::fmt;

use super::event_stream::{self, BrokenFrame, FrameProblem};
use crate::error::{Audience, Code, Failure, Hint};
use crate::json;

/// A part of a stream that has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The data of an event.
    Event,
    /// A line other than data.
    Line,
    /// An event's id.
    Id,
}

/// Something is longer than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// What is too long.
    pub part: Part,
    /// The limit in bytes.
    pub limit: usize,
}

/// Why a stream can't be read on. The parser that reported it stays failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something is longer than its limit.
    TooLong(TooLong),
    /// An event's data isn't JSON.
    Corrupt {
        /// Which event of the stream, from 1.
        event: u64,
        /// What is wrong, and at which byte of the event's data.
        error: json::Error,
    },
    /// A frame is broken, or longer than allowed.
    Frame(BrokenFrame),
    /// The server reported an error inside the stream.
    Reported {
        /// The API's name for the kind of error, for example `overloaded_error`;
        /// in frames the service's, for example `throttlingException`.
        error_type: String,
        /// The server's words.
        message: String,
        /// The server's identifier of the request.
        request_id: Option<String>,
    },
    /// The stream ended before the message did.
    Truncated {
        /// How many events came.
        events: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(TooLong { part, limit }) => {
                let part = match part {
                    Part::Event => "an event",
                    Part::Line => "a line",
                    Part::Id => "an event's id",
                };
                write!(f, "{part} of the stream is longer than {limit} bytes")
            }
            Self::Corrupt { event, error } => {
                write!(f, "event {event} of the stream isn't valid JSON: {error}")
            }
            Self::Frame(broken) => broken.fmt(f),
            Self::Reported { error_type, message, .. } => {
                f.write_str("the server reported ")?;
                f.write_str(error_type)?;
                if !message.is_empty() {
                    f.write_str(": ")?;
                    f.write_str(message)?;
                }
                Ok(())
            }
            Self::Truncated { events } => {
                write!(f, "the stream ended after {events} events, before the message was complete")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl From<&Fault> for Failure {
    fn from(fault: &Fault) -> Self {
        let (code, retryable) = code_of(fault);
        let mut failure = Self::new(code, fault.to_string());
        failure.retryable = retryable;
        if let Fault::Reported { request_id, .. } = fault {
            failure.request_id.clone_from(request_id);
        }
        failure.hint(hint(code))
    }
}

/// What a fault is called, and whether the same request may succeed later.
fn code_of(fault: &Fault) -> (Code, bool) {
    const TOO_DEEP: json::ErrorKind = json::ErrorKind::TooDeep;
    match fault {
        Fault::TooLong(_) => (Code::LimitExceeded, false),
        Fault::Corrupt { error, .. } if error.kind == TOO_DEEP => (Code::LimitExceeded, false),
        Fault::Corrupt { .. } => (Code::StreamCorrupt, false),
        Fault::Frame(broken) => match broken.problem {
            FrameProblem::TooLong { .. } | FrameProblem::HeadersTooLong { .. } => {
                (Code::LimitExceeded, false)
            }
            FrameProblem::Payload(error) if error.kind == TOO_DEEP => (Code::LimitExceeded, false),
            FrameProblem::CutOff { .. } => (Code::StreamTruncated, true),
            _ => (Code::StreamCorrupt, false),
        },
        Fault::Truncated { .. } => (Code::StreamTruncated, true),
        Fault::Reported { error_type, .. } => code_of_reported(error_type),
    }
}

/// The next step. The decoder knows no host that it could name.
fn hint(code: Code) -> Hint {
    use Audience::{Admin, Developer, User};
    let (id, audience, text) = match code {
        Code::LimitExceeded => {
            ("raise-limit", Developer, "Raise the limit if answers of this size are expected.")
        }
        Code::StreamCorrupt => (
            "check-proxy",
            Admin,
            "Try again; if it repeats, look for a proxy on the way that changes what passes through it.",
        ),
        Code::StreamTruncated => (
            "check-proxy",
            Admin,
            "Try again; if it repeats, look for a proxy on the way that ends long answers.",
        ),
        Code::CredentialInvalid => {
            ("check-token", User, "Enter the token again, or ask for a new one.")
        }
        Code::PermissionDenied => (
            "ask-for-access",
            Admin,
            "The token may not do this: give it access to the model, or raise its budget.",
        ),
        Code::NotFound => ("choose-model", User, "Choose another model."),
        Code::RequestInvalid => (
            "check-request",
            Developer,
            "The server names what it does not accept; change the request accordingly.",
        ),
        Code::RateLimited | Code::Overloaded => ("wait", User, "Try again in a little while."),
        _ => {
            ("report-to-gateway", Admin, "Try again; if it repeats, look into the gateway's logs.")
        }
    };
    Hint::new(id, audience, text)
}

/// What the API's name for an error means, and whether the same request may
/// succeed later.
fn code_of_reported(error_type: &str) -> (Code, bool) {
    match error_type {
        "rate_limit_error" => (Code::RateLimited, true),
        "overloaded_error" => (Code::Overloaded, true),
        "api_error" => (Code::ServerError, true),
        "timeout_error" => (Code::Timeout, true),
        "authentication_error" => (Code::CredentialInvalid, false),
        "permission_error" => (Code::PermissionDenied, false),
        "not_found_error" => (Code::NotFound, false),
        "invalid_request_error" => (Code::RequestInvalid, false),
        _ => event_stream::code_of(error_type).unwrap_or((Code::StreamError, false)),
    }
}
