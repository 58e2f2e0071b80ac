//! How wrong this computer's clock is, as AWS tells it when it refuses a
//! signature for its time.
//!
//! A signature is good for some minutes around its time. Across origins the
//! `date` header can't be read, so the text of the refusal is what there is.
//! All services of AWS write the same two sentences, under various codes
//! (`InvalidSignatureException`, `SignatureDoesNotMatch`, …) and in various
//! envelopes; S3 has an element of its own in its `RequestTimeTooSkewed`.

use crate::date;
use crate::text;

/// The least that a signature's time may be off.
const WINDOW: u64 = 5 * 60;

/// The server's clock against this computer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockSkew {
    seconds: i64,
}

impl ClockSkew {
    /// Reads the body of a refusal, JSON, XML or text, that arrived at `now`
    /// in seconds since 1970 by the clock here. `None` where the refusal is
    /// for another reason.
    #[must_use]
    pub fn from_refusal(body: &str, now: u64) -> Option<Self> {
        let server = server_time(body)?;
        let seconds = i64::try_from(server).ok()?.checked_sub_unsigned(now)?;
        Some(Self { seconds })
    }

    /// The server's time for a time of the clock here; both in seconds since 1970.
    #[must_use]
    pub fn correct(self, now: u64) -> u64 {
        now.saturating_add_signed(self.seconds)
    }

    /// By how much the server's clock is ahead.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }
}

fn server_time(body: &str) -> Option<u64> {
    server_time_element(body)
        .or_else(|| {
            let (_, rest) = text::split_once(body, "Signature expired:")?;
            let (_, rest) = text::split_once(rest, "is now earlier than")?;
            in_parentheses(rest).or_else(|| first_moment(rest)?.checked_add(WINDOW))
        })
        .or_else(|| {
            let (_, rest) = text::split_once(body, "Signature not yet current:")?;
            let (_, rest) = text::split_once(rest, "is still later than")?;
            in_parentheses(rest).or_else(|| first_moment(rest)?.checked_sub(WINDOW))
        })
}

/// `<ServerTime>2026-11-21T10:00:00Z</ServerTime>`
fn server_time_element(body: &str) -> Option<u64> {
    let (_, rest) = text::split_once(body, "<ServerTime>")?;
    date::parse_iso(rest.split('<').next()?)
}

/// The server's own time follows the limit that it computed from it:
/// ` 20261121T095500Z (20261121T100000Z - 5 min.)`.
fn in_parentheses(rest: &str) -> Option<u64> {
    let (limit, rest) = rest.split_once('(')?;
    first_moment(limit)?;
    first_moment(rest)
}

fn first_moment(text: &str) -> Option<u64> {
    let word = text.trim_start().split([' ', ')', '<', '"']).next()?;
    date::parse_iso(word.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_795_262_400; // 20261121T120000Z

    #[test]
    fn refusals_as_services_write_them() {
        let cases = [
            (
                "JSON, this clock is behind",
                r#"{"message":"Signature expired: 20261121T110000Z is now earlier than 20261121T115500Z (20261121T120000Z - 5 min.)"}"#,
                NOON - 3_600,
                Some(3_600),
            ),
            (
                "JSON, this clock is ahead",
                r#"{"Message":"Signature not yet current: 20261121T130000Z is still later than 20261121T120500Z (20261121T120000Z + 5 min.)"}"#,
                NOON + 3_600,
                Some(-3_600),
            ),
            (
                "the query protocol's XML",
                "<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Signature expired: 20261121T113000Z is now earlier than 20261121T114500Z (20261121T120000Z - 15 min.)</Message></Error></ErrorResponse>",
                NOON - 1_800,
                Some(1_800),
            ),
            (
                "S3's XML",
                "<Error><Code>RequestTimeTooSkewed</Code><RequestTime>20261121T110000Z</RequestTime><ServerTime>2026-11-21T12:00:00Z</ServerTime><MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds></Error>",
                NOON - 3_600,
                Some(3_600),
            ),
            (
                "without the server's own time, expired",
                "Signature expired: 20261121T110000Z is now earlier than 20261121T115500Z",
                NOON - 3_600,
                Some(3_600),
            ),
            (
                "without the server's own time, not yet current",
                "Signature not yet current: 20261121T130000Z is still later than 20261121T120500Z.",
                NOON + 3_600,
                Some(-3_600),
            ),
            (
                "another reason",
                r#"{"message":"The security token included in the request is expired"}"#,
                NOON,
                None,
            ),
            (
                "the key is wrong",
                r#"{"message":"The request signature we calculated does not match the signature you provided."}"#,
                NOON,
                None,
            ),
            ("cut off", "Signature expired: 20261121T110000Z is now earlier than 2026", NOON, None),
            (
                "a year that is none",
                "Signature expired: x is now earlier than 99999999T999999Z (",
                NOON,
                None,
            ),
            ("empty", "", NOON, None),
        ];
        for (case, body, now, expected) in cases {
            let skew = ClockSkew::from_refusal(body, now);
            assert_eq!(skew.map(ClockSkew::seconds), expected, "{case}");
            if let Some(skew) = skew {
                assert_eq!(skew.correct(now), NOON, "{case}");
            }
        }
    }

    #[test]
    fn corrections_at_the_edges() {
        let body = "<ServerTime>1970-01-01T00:00:00Z</ServerTime>";
        assert_eq!(ClockSkew::from_refusal(body, u64::MAX), None);
        let back = ClockSkew::from_refusal(body, NOON).unwrap();
        assert_eq!(back.correct(5), 0);
        assert_eq!(ClockSkew::default().correct(u64::MAX), u64::MAX);
    }
}
