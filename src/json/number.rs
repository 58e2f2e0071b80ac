//! Whole numbers out of JSON's number syntax, without floating point.

/// The value of a valid JSON number where it is whole and fits: `17`, `1.70e1`
/// and `170e-1` alike.
pub(crate) fn as_u64(number: &str) -> Option<u64> {
    let number = number.as_bytes();
    let (negative, number) = match number {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, number),
    };
    let end = number.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(number.len());
    let (mantissa, exponent) = number.split_at_checked(end)?;
    let whole = mantissa.iter().position(|b| *b == b'.').unwrap_or(mantissa.len());
    // How many of the digits stand before the decimal point.
    let mut before_point = i64::try_from(whole).ok()?.saturating_add(saturating(exponent));
    let mut value = 0_u64;
    for digit in mantissa.iter().filter(|b| **b != b'.') {
        let digit = u64::from(digit.wrapping_sub(b'0'));
        if before_point > 0 {
            value = value.checked_mul(10)?.checked_add(digit)?;
        } else if digit != 0 {
            return None;
        }
        before_point = before_point.saturating_sub(1);
    }
    while before_point > 0 && value != 0 {
        value = value.checked_mul(10)?;
        before_point -= 1;
    }
    (!negative || value == 0).then_some(value)
}

/// The value of `e+7` and the like; 0 of nothing.
fn saturating(exponent: &[u8]) -> i64 {
    let mut value = 0_i64;
    for digit in exponent.iter().filter(|b| b.is_ascii_digit()) {
        value = value.saturating_mul(10).saturating_add(i64::from(*digit - b'0'));
    }
    if exponent.contains(&b'-') { -value } else { value }
}
