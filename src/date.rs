//! Moments in UTC: arithmetic of the Gregorian calendar, and the notations of
//! ISO 8601 that AWS writes.

const DAY: u64 = 86_400;

/// Days from 1 March of the year 0 to 1 January 1970. Years that begin in
/// March have their leap day at the end, where it disturbs nothing.
const MARCH_0_TO_1970: u64 = 719_468;

/// A year of four digits ends before this second since 1970.
const YEAR_10000: u64 = 253_402_300_800;

/// Days since 1970 of a date that may not exist, such as 30 February, which
/// is counted on. `None` before 1970.
#[must_use]
pub fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, from_march) =
        if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (from_march * 153 + 2) / 5 + day.checked_sub(1)?;
    days.checked_sub(MARCH_0_TO_1970)
}

/// Year, month and day of a day since 1970.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + MARCH_0_TO_1970;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let from_march = (day * 5 + 2) / 153;
    let day = day - (from_march * 153 + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

/// `20150830T123600Z` for seconds since 1970; `None` from the year 10000 on.
#[must_use]
pub fn iso_basic(seconds: u64) -> Option<String> {
    if seconds >= YEAR_10000 {
        return None;
    }
    let (year, month, day) = date(seconds / DAY);
    let time = seconds % DAY;
    let mut text = String::with_capacity(16);
    push_digits(&mut text, year, 1_000);
    push_digits(&mut text, month, 10);
    push_digits(&mut text, day, 10);
    text.push('T');
    push_digits(&mut text, time / 3_600, 10);
    push_digits(&mut text, time / 60 % 60, 10);
    push_digits(&mut text, time % 60, 10);
    text.push('Z');
    Some(text)
}

fn push_digits(text: &mut String, number: u64, mut place: u64) {
    while place > 0 {
        text.extend(char::from_digit((number / place % 10) as u32, 10));
        place /= 10;
    }
}

/// Seconds since 1970 of an ISO 8601 moment, basic (`20150830T123600Z`) or
/// extended (`2015-08-30T12:36:00.5+02:00`). Without an offset it is taken as
/// UTC; fractions of a second are dropped.
#[must_use]
pub fn parse_iso(text: &str) -> Option<u64> {
    let mut rest = Rest(text.trim().as_bytes());
    let year = rest.number(4)?;
    rest.skip(b"-");
    let month = rest.number(2)?;
    rest.skip(b"-");
    let day = rest.number(2)?;
    if !rest.skip(b"Tt ") {
        return None;
    }
    let hour = rest.number(2)?;
    rest.skip(b":");
    let minute = rest.number(2)?;
    rest.skip(b":");
    let second = rest.number(2)?;
    if rest.skip(b".,") {
        rest.number(1)?;
        while rest.number(1).is_some() {}
    }
    let days = days(year, month, day)?;
    if date(days) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days * DAY + hour * 3_600 + minute * 60 + second;
    rest.offset(seconds).filter(|_| rest.0.is_empty())
}

/// What is left of a text.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// A number of so many digits.
    fn number(&mut self, digits: usize) -> Option<u64> {
        let (digits, rest) = self.0.split_at_checked(digits)?;
        let mut number = 0;
        for digit in digits {
            number = number * 10 + u64::from(char::from(*digit).to_digit(10)?);
        }
        self.0 = rest;
        Some(number)
    }

    /// Passes over one of these, if it is next.
    fn skip(&mut self, any_of: &[u8]) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if any_of.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// A local time as UTC, by the offset that follows it.
    fn offset(&mut self, seconds: u64) -> Option<u64> {
        if self.skip(b"Zz") || self.0.is_empty() {
            return Some(seconds);
        }
        let ahead = self.0.first() == Some(&b'+');
        if !self.skip(b"+-") {
            return None;
        }
        let hours = self.number(2)?;
        self.skip(b":");
        let offset = hours * 3_600 + self.number(2)? * 60;
        if ahead { seconds.checked_sub(offset) } else { seconds.checked_add(offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_their_notation() {
        let cases = [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_440_938_160, "20150830T123600Z"),
            (1_709_251_199, "20240229T235959Z"),
            (1_709_251_200, "20240301T000000Z"),
            (4_107_542_399, "21000228T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (1_798_761_599, "20261231T235959Z"),
            (253_402_300_799, "99991231T235959Z"),
        ];
        for (seconds, text) in cases {
            assert_eq!(iso_basic(seconds).as_deref(), Some(text));
            assert_eq!(parse_iso(text), Some(seconds), "{text}");
        }
        assert_eq!(iso_basic(253_402_300_800), None);
        assert_eq!(iso_basic(u64::MAX), None);
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 * 2 {
            let (year, month, day_of_month) = date(day);
            assert_eq!(days(year, month, day_of_month), Some(day));
        }
    }

    #[test]
    fn notations_that_services_use() {
        let noon = Some(1_440_936_000);
        let cases = [
            ("2015-08-30T12:00:00Z", noon),
            ("2015-08-30t12:00:00z", noon),
            ("2015-08-30 12:00:00Z", noon),
            (" 2015-08-30T12:00:00.872161Z\n", noon),
            ("2015-08-30T12:00:00,9Z", noon),
            ("2015-08-30T12:00:00", noon),
            ("2015-08-30T14:00:00+02:00", noon),
            ("2015-08-30T06:30:00-0530", noon),
            ("20150830T120000Z", noon),
            ("2015-08-30T11:59:60Z", noon),
            ("1970-01-01T00:30:00+01:00", None),
            ("2015-02-29T12:00:00Z", None),
            ("2015-13-01T12:00:00Z", None),
            ("2015-00-01T12:00:00Z", None),
            ("2015-08-00T12:00:00Z", None),
            ("0000-00-00T00:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("2015-08-30T24:00:00Z", None),
            ("2015-08-30T12:60:00Z", None),
            ("2015-08-30T12:00:61Z", None),
            ("2015-08-30T12:00:00.Z", None),
            ("2015-08-30T12:00:00+02", None),
            ("2015-08-30T12:00:00ZZ", None),
            ("2015-08-30", None),
            ("2015-08-30T12:00:00Zü", None),
            ("２０15-08-30T12:00:00Z", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_iso(text), expected, "{text}");
        }
    }
}
