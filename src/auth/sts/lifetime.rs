//! How long credentials are good for, and when to get new ones.

use crate::sigv4::AwsCredentials;

/// What is left when new credentials are fetched while the old ones serve, in
/// milliseconds; or a quarter of a session that is short.
const SOON_MS: u64 = 10 * 60 * 1_000;

/// What is left when the old ones serve no more: a request that is retried, or
/// waits in a queue, must not arrive with what has expired meanwhile.
const NOW_MS: u64 = 2 * 60 * 1_000;

/// How far two clocks may disagree before one of them is called wrong.
const TOLERANCE_S: u64 = 5 * 60;

/// Whether new credentials are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Use these.
    NotYet,
    /// Use these, and fetch new ones meanwhile.
    Soon,
    /// Fetch new ones first.
    Now,
}

/// Credentials with an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryCredentials {
    credentials: AwsCredentials,
    received_at_ms: u64,
    expires_at_ms: u64,
}

impl TemporaryCredentials {
    /// Credentials that arrived at a time of the clock here, with what the
    /// service says of their end and for how long they were asked.
    ///
    /// An end that has come already, or lies further ahead than what was asked
    /// for, tells that the clock here is wrong. They are then good for as long
    /// as was asked, counted from their arrival; so they are where the service
    /// didn't say.
    pub(super) fn new(
        credentials: AwsCredentials,
        received_at_ms: u64,
        expiration_s: Option<u64>,
        asked_s: u32,
    ) -> Self {
        let asked_ms = u64::from(asked_s) * 1_000;
        let longest = received_at_ms.saturating_add(asked_ms + TOLERANCE_S * 1_000);
        let plausible = received_at_ms.saturating_add(NOW_MS + 1)..=longest;
        let expires_at_ms = expiration_s
            .and_then(|seconds| seconds.checked_mul(1_000))
            .filter(|end| plausible.contains(end))
            .unwrap_or_else(|| received_at_ms.saturating_add(asked_ms));
        Self { credentials, received_at_ms, expires_at_ms }
    }

    /// What to sign with.
    #[must_use]
    pub fn credentials(&self) -> &AwsCredentials {
        &self.credentials
    }

    /// When they end by the clock here, in milliseconds since 1970.
    #[must_use]
    pub fn expires_at_ms(&self) -> u64 {
        self.expires_at_ms
    }

    /// Whether new ones are due, at a time of the clock here.
    #[must_use]
    pub fn renewal(&self, now_ms: u64) -> Renewal {
        let lifetime = self.expires_at_ms.saturating_sub(self.received_at_ms);
        let left = self.expires_at_ms.saturating_sub(now_ms);
        if left <= NOW_MS.min(lifetime / 10) {
            Renewal::Now
        } else if left <= SOON_MS.min(lifetime / 4) {
            Renewal::Soon
        } else {
            Renewal::NotYet
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;
    const NOON: u64 = 1_795_262_400_000;

    fn granted(expiration_s: Option<u64>) -> TemporaryCredentials {
        let credentials = AwsCredentials::new("ASIA", "secret", Some("token")).unwrap();
        TemporaryCredentials::new(credentials, NOON, expiration_s, 3_600)
    }

    #[test]
    fn an_end_that_contradicts_the_clock_is_counted_from_the_arrival() {
        let minutes = |minutes: u64| Some((NOON + minutes * MINUTE) / 1_000);
        let cases = [
            ("as asked", minutes(60), 60),
            ("a shorter session", minutes(15), 15),
            ("clocks a little apart", minutes(64), 64),
            ("this clock is an hour ahead", minutes(0), 60),
            ("this clock is days ahead", Some(NOON / 1_000 - 200_000), 60),
            ("so near that it would be renewed at once", minutes(2), 60),
            ("this clock is an hour behind", minutes(120), 60),
            ("not said", None, 60),
            ("beyond all numbers", Some(u64::MAX), 60),
        ];
        for (case, expiration, expected) in cases {
            assert_eq!(granted(expiration).expires_at_ms(), NOON + expected * MINUTE, "{case}");
        }
    }

    #[test]
    fn renewed_ahead_of_the_end() {
        let hour = granted(None);
        let cases = [
            (0, Renewal::NotYet),
            (49, Renewal::NotYet),
            (50, Renewal::Soon),
            (57, Renewal::Soon),
            (58, Renewal::Now),
            (60, Renewal::Now),
            (6_000, Renewal::Now),
        ];
        for (minute, expected) in cases {
            assert_eq!(hour.renewal(NOON + minute * MINUTE), expected, "{minute}");
        }
        // The clock was set back meanwhile.
        assert_eq!(hour.renewal(NOON - 90 * MINUTE), Renewal::NotYet);
        assert_eq!(hour.renewal(u64::MAX), Renewal::Now);
    }

    #[test]
    fn a_short_session_is_not_renewed_all_the_time() {
        let short = granted(Some((NOON + 8 * MINUTE) / 1_000));
        assert_eq!(short.renewal(NOON), Renewal::NotYet);
        assert_eq!(short.renewal(NOON + 6 * MINUTE), Renewal::Soon);
        assert_eq!(short.renewal(NOON + 8 * MINUTE - 48_000), Renewal::Now);
    }

    #[test]
    fn times_at_the_edges() {
        let credentials = AwsCredentials::new("ASIA", "secret", Some("token")).unwrap();
        for received in [0, u64::MAX - 1, u64::MAX] {
            let granted =
                TemporaryCredentials::new(credentials.clone(), received, Some(5), u32::MAX);
            let _ = granted.renewal(0);
            let _ = granted.renewal(u64::MAX);
        }
    }
}
