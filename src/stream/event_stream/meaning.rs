//! What a frame is, by the headers that AWS services name it with.

use super::Headers;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning<'a> {
    /// A piece of the answer.
    Chunk,
    /// An event of another kind, which has no part in a message.
    Unknown,
    /// A failure that the service reports.
    Failure {
        /// Its name, for example `throttlingException` or `InternalFailure`.
        name: &'a str,
        /// The service's words, unless the payload has them.
        message: Option<&'a str>,
    },
}

/// Reads headers that were checked. Where a name is repeated its last value counts.
pub(crate) fn meaning(headers: Headers<'_>) -> Meaning<'_> {
    let (mut message_type, mut event_type, mut exception_type) = ("event", "", "");
    let (mut code, mut message) = ("", "");
    for header in headers.flatten() {
        let Some(value) = header.as_str() else { continue };
        match header.name {
            ":message-type" => message_type = value,
            ":event-type" => event_type = value,
            ":exception-type" => exception_type = value,
            ":error-code" => code = value,
            ":error-message" => message = value,
            _ => {}
        }
    }
    match (message_type, event_type) {
        // One that the service's API describes, with a payload of its own.
        ("exception", _) => Meaning::Failure { name: exception_type, message: None },
        ("error", _) => Meaning::Failure { name: code, message: Some(message) },
        ("event", "chunk") => Meaning::Chunk,
        _ => Meaning::Unknown,
    }
}
