//! When a failed request is sent again, and after which wait.
//!
//! The policy of Anthropic's own SDKs, which gateways are used to, with one
//! addition: a wait that the server asks for is capped, since a pane that
//! sleeps for an hour looks dead.

use crate::date;
use crate::error::{Code, Failure};
use crate::text;

use super::answer::Head;

/// The longest wait between two attempts. A server that asks for more gets no
/// further attempt: the failure says how long it asked for.
pub const LONGEST_WAIT_MS: u64 = 60_000;

/// How often, and with which growing waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub max_retries: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_retries: 2 }
    }
}

impl RetryPolicy {
    /// The wait before the next attempt, or `None` when there is none.
    ///
    /// `attempt` counts the attempts that failed, from 1. `random` is from
    /// 0 up to 1 and spreads the waits of many panes that failed together.
    #[must_use]
    pub fn wait_ms(&self, attempt: u32, failure: &Failure, random: f64) -> Option<u64> {
        self.wait_after_ms(attempt, failure.retryable, failure.retry_after_ms, random)
    }

    /// The same from what is left of a failure that went through JavaScript.
    #[must_use]
    pub fn wait_after_ms(
        &self,
        attempt: u32,
        retryable: bool,
        asked: Option<u64>,
        random: f64,
    ) -> Option<u64> {
        if attempt > self.max_retries || !retryable {
            return None;
        }
        match asked {
            Some(asked) if asked > LONGEST_WAIT_MS => None,
            Some(asked) => Some(asked),
            None => {
                let doubled = 500_u64 << attempt.saturating_sub(1).min(4);
                let spread = 1.0 - random.clamp(0.0, 1.0) * 0.25;
                Some((doubled.min(8_000) as f64 * spread) as u64)
            }
        }
    }
}

/// Whether an answer of that status may turn out better later, unless the
/// server says so itself in `x-should-retry`.
#[must_use]
pub fn is_retryable(head: &Head, code: Code) -> bool {
    match head.header("x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => {
            // Gateways report a provider's overload under statuses of their own.
            matches!(code, Code::Overloaded | Code::RateLimited)
                || matches!(head.status, 408 | 409 | 429 | 500..) && !needs_somebody(code)
        }
    }
}

/// Whether a failure lasts until somebody does something about it, whatever the status.
fn needs_somebody(code: Code) -> bool {
    matches!(code, Code::CredentialInvalid | Code::PermissionDenied | Code::ModelNotAvailable)
}

/// How long the server asks to wait: `retry-after-ms`, else `retry-after` in
/// seconds or as a date (RFC 9110 §10.2.3), which needs the wall clock.
#[must_use]
pub fn retry_after_ms(head: &Head, now_wall_ms: u64) -> Option<u64> {
    if let Some(ms) = head.header("retry-after-ms").and_then(|value| positive(value, 1)) {
        return Some(ms);
    }
    let value = head.header("retry-after")?.trim();
    positive(value, 1_000).or_else(|| {
        let at = parse_imf_fixdate(value)?;
        at.checked_sub(now_wall_ms).filter(|wait| *wait > 0)
    })
}

/// A decimal number times a factor, in whole milliseconds. The standard
/// library's floating-point parser alone would add 4 KB to the module.
fn positive(value: &str, factor: u64) -> Option<u64> {
    let value = value.trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut ms = text::digits(whole)?.checked_mul(factor)?;
    let mut place = factor;
    for digit in fraction.bytes() {
        place /= 10;
        ms += u64::from(digit - b'0') * place;
    }
    (ms > 0).then_some(ms)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in milliseconds since 1970; the two
/// obsolete forms of RFC 9110 are not sent by anything that limits rates.
fn parse_imf_fixdate(value: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text::split_once(value, ", ")?.1.split(' ');
    let day: u64 = text::digits(parts.next()?)?;
    let name = parts.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = text::digits(parts.next()?)?;
    let mut clock = parts.next()?.split(':').map(text::digits);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let in_range = (1970..=9999).contains(&year) && (1..=31).contains(&day);
    if parts.next()? != "GMT" || !in_range || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = date::days(year, month, day)?;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, headers: &[(&str, &str)]) -> Head {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Head { status, headers }
    }

    fn failure() -> Failure {
        Failure::new(Code::Overloaded, "overloaded").retryable()
    }

    #[test]
    fn waits_double_and_are_capped() {
        let policy = RetryPolicy { max_retries: 9 };
        let waits: Vec<_> = (1..=7).map(|n| policy.wait_ms(n, &failure(), 0.0)).collect();
        let expected = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000].map(Some);
        assert_eq!(waits, expected);
        assert_eq!(policy.wait_ms(1, &failure(), 1.0), Some(375));
    }

    #[test]
    fn stops_after_the_last_attempt_and_for_what_will_not_pass() {
        let policy = RetryPolicy { max_retries: 2 };
        assert!(policy.wait_ms(2, &failure(), 0.5).is_some());
        assert_eq!(policy.wait_ms(3, &failure(), 0.5), None);
        assert_eq!(policy.wait_ms(1, &Failure::new(Code::RequestInvalid, "no"), 0.5), None);
    }

    #[test]
    fn a_server_given_wait_is_kept_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let asked = |ms| {
            let mut failure = failure();
            failure.retry_after_ms = Some(ms);
            failure
        };
        assert_eq!(policy.wait_ms(1, &asked(7_000), 0.9), Some(7_000));
        assert_eq!(policy.wait_ms(1, &asked(60_000), 0.9), Some(60_000));
        assert_eq!(policy.wait_ms(1, &asked(60_001), 0.9), None);
    }

    #[test]
    fn retry_after_in_every_form() {
        let now = 784_111_777_000; // Sun, 06 Nov 1994 08:49:37 GMT
        let cases: [(&[(&str, &str)], Option<u64>); 11] = [
            (&[("retry-after-ms", "1500")], Some(1_500)),
            (&[("retry-after-ms", "250.7"), ("retry-after", "9")], Some(250)),
            (&[("retry-after", "2")], Some(2_000)),
            (&[("retry-after", "0.5")], Some(500)),
            (&[("retry-after", "0")], None),
            (&[("retry-after", "-3")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT")], Some(20_000)),
            (&[("retry-after", "Sun, 06 Nov 1994 08:49:17 GMT")], None),
            (&[("retry-after", "soon")], None),
            (&[], None),
        ];
        for (headers, expected) in cases {
            assert_eq!(retry_after_ms(&head(429, headers), now), expected, "{headers:?}");
        }
    }

    #[test]
    fn dates() {
        let cases = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777_000)),
            ("Tue, 29 Feb 2028 12:00:00 GMT", Some(1_835_438_400_000)),
            ("Fri, 31 Dec 1999 23:59:60 GMT", Some(946_684_800_000)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799_000)),
            ("Sat, 01 Jan 10000 00:00:00 GMT", None),
            ("Wed, 31 Dec 1969 23:59:59 GMT", None),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:60:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:61 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_imf_fixdate(text), expected, "{text}");
        }
    }

    #[test]
    fn the_server_knows_best_whether_to_retry() {
        assert!(is_retryable(&head(529, &[]), Code::Overloaded));
        assert!(!is_retryable(&head(529, &[("x-should-retry", "false")]), Code::Overloaded));
        assert!(is_retryable(&head(400, &[("x-should-retry", "true")]), Code::RequestInvalid));
        assert!(!is_retryable(&head(422, &[]), Code::RequestInvalid));
        assert!(is_retryable(&head(200, &[]), Code::Overloaded));
    }
}
