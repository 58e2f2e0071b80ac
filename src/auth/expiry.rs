//! When a token expires, in the forms that hosts say it.

use crate::json::Json;

use super::fields::{member, or, parse, string};

/// Epoch numbers from here on are milliseconds: as seconds they would be
/// beyond the year 5000.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

/// When the token of an answer expires, in epoch milliseconds; `None` where
/// the host doesn't say.
///
/// `expires_in` counts seconds from the whole second in which the request was
/// sent, as MSAL does: the token is never believed to live longer than it
/// does. Numbers come as JSON numbers and as strings.
#[must_use]
pub fn of_token(token: Json<'_>, sent_at_ms: u64) -> Option<u64> {
    if let Some(lifetime) = number(token, "expires_in") {
        return (sent_at_ms / 1_000).checked_add(lifetime)?.checked_mul(1_000);
    }
    let at = number(token, "expires_on").or_else(|| number(token, "expiresOn"))?;
    if at < FIRST_MILLISECONDS { at.checked_mul(1_000) } else { Some(at) }
}

/// A number, whatever it is written as, without its fraction; a negative one is 0.
#[inline(never)]
fn number(token: Json<'_>, name: &str) -> Option<u64> {
    let value = member(token, name);
    let text = or(string(value), value.raw());
    let number = parse(&text);
    if number.raw().starts_with('-') {
        return Some(0);
    }
    let whole = number.raw().split_once('.').map_or(number, |(whole, _)| parse(whole));
    number.as_u64().or_else(|| whole.as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let cases = [
            (r#"{"expires_in":3600}"#, Some(3_601_000)),
            (r#"{"expires_in":"3600"}"#, Some(3_601_000)),
            (r#"{"expires_in":" 3600 "}"#, Some(3_601_000)),
            (r#"{"expires_in":3.6e3}"#, Some(3_601_000)),
            (r#"{"expires_in":3599.9}"#, Some(3_600_000)),
            (r#"{"expires_in":"3599.9"}"#, Some(3_600_000)),
            (r#"{"expires_in":0}"#, Some(1_000)),
            (r#"{"expires_in":-5}"#, Some(1_000)),
            (r#"{"expires_in":null,"expires_on":1700000000}"#, Some(1_700_000_000_000)),
            (r#"{"expires_on":"1700000000"}"#, Some(1_700_000_000_000)),
            (r#"{"expiresOn":1700000000000}"#, Some(1_700_000_000_000)),
            (r#"{"expires_in":1e300}"#, None),
            (r#"{"expires_in":18446744073709551615}"#, None),
            (r#"{"expires_in":"soon"}"#, None),
            (r#"{"expires_in":"1.x"}"#, None),
            (r#"{"expires_in":""}"#, None),
            (r#"{"expires_in":true}"#, None),
            (r#"{"expires_in":{}}"#, None),
            ("{}", None),
        ];
        for (token, expires) in cases {
            assert_eq!(of_token(Json::parse(token, 8).unwrap(), 1_999), expires, "{token}");
        }
    }
}
