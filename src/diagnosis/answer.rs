//! What the answer to a message comes to: how it arrived, or what it failed with.

use super::verdict::Verdict;

/// An answer that takes longer to begin is called slow, in milliseconds.
const SLOW_MS: u64 = 5_000;

/// All of an answer within so many milliseconds, after a wait that is at least
/// [`HELD_BACK_MS`], is more than a model writes.
const AT_ONCE_MS: u64 = 50;
const HELD_BACK_MS: u64 = 400;

/// Fewer events than these are no stream to judge.
const FEWEST_EVENTS: u64 = 8;

/// How a streamed answer arrived; times in milliseconds since the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// What the answer called itself.
    pub content_type: String,
    /// How many events had content.
    pub events: u64,
    /// When the first of them came; 0 if none did.
    pub first_ms: u64,
    /// When the last of them came.
    pub last_ms: u64,
}

/// What the codes of failures come to, before the answer began.
static CODES: [(&str, Verdict); 14] = [
    ("unreachable", Verdict::AnswerUnreadable),
    ("timeout", Verdict::Silent),
    ("credential-invalid", Verdict::KeyRefused),
    ("permission-denied", Verdict::AccessRefused),
    ("not-found", Verdict::WrongPath),
    ("model-not-available", Verdict::NoModel),
    ("request-invalid", Verdict::RequestRefused),
    ("rate-limited", Verdict::RateLimited),
    ("overloaded", Verdict::Overloaded),
    ("server-error", Verdict::ServerError),
    ("response-invalid", Verdict::NotTheApi),
    ("stream-truncated", Verdict::StreamBroken),
    ("stream-corrupt", Verdict::StreamInvalid),
    ("stream-error", Verdict::StreamFailed),
];

/// What a failure's code comes to.
pub(super) fn of_code(code: &str) -> Verdict {
    let mut verdict = Verdict::Failed;
    for (known, meant) in &CODES {
        if code == *known {
            verdict = *meant;
        }
    }
    verdict
}

/// How an answer that is whole arrived.
pub(super) fn judge_stream(streamed: &Streamed) -> Verdict {
    let kind = streamed.content_type.to_ascii_lowercase();
    if !kind.starts_with("text/event-stream") && !kind.starts_with("application/vnd.amazon.") {
        return Verdict::NotStreamed;
    }
    let spread = streamed.last_ms.saturating_sub(streamed.first_ms);
    let at_once = streamed.events >= FEWEST_EVENTS && spread <= AT_ONCE_MS;
    if at_once && streamed.first_ms >= HELD_BACK_MS {
        Verdict::Buffered
    } else if streamed.first_ms >= SLOW_MS {
        Verdict::Slow
    } else {
        Verdict::Streams
    }
}
