//! The servers' clock, which a fault may set wrong, and how AWS writes its time.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Seconds since 1970 by a clock that is so many seconds ahead.
#[expect(clippy::disallowed_methods, reason = "a server has a clock; the core must not")]
pub(crate) fn now_s(ahead_s: i64) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX).saturating_add(ahead_s)
}

/// `2026-11-21T20:30:00Z`
pub(crate) fn iso(time_s: i64) -> String {
    DateTime::from_secs(time_s).fmt(Format::DateTime).unwrap_or_default()
}

/// `20261121T203000Z`
pub(crate) fn amz_date(time_s: i64) -> String {
    iso(time_s).replace(['-', ':'], "")
}

/// Reads the latter.
pub(crate) fn read_amz_date(text: &str) -> Option<SystemTime> {
    let part = |range: Range<usize>| {
        text.get(range).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
    };
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    );
    let right = text.len() == 16 && text.get(8..9) == Some("T") && text.ends_with('Z');
    let time = DateTime::from_str(&iso, Format::DateTime).ok().filter(|_| right)?;
    Some(UNIX_EPOCH + Duration::from_secs(u64::try_from(time.secs()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        assert_eq!(amz_date(1_440_938_160), "20150830T123600Z");
        let time = read_amz_date("20150830T123600Z");
        assert_eq!(time, Some(UNIX_EPOCH + Duration::from_secs(1_440_938_160)));
        for text in
            ["", "20150830T123600", "20150830 123600Z", "2015083xT123600Z", "20151330T123600Z"]
        {
            assert_eq!(read_amz_date(text), None, "{text}");
        }
    }
}
