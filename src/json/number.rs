//! Whole numbers out of JSON's number syntax, without floating point.

/// The value of a valid JSON number where it is whole and fits: `17`, `1.70e1`
/// and `170e-1` alike.
pub(crate) fn as_u64(number: &str) -> Option<u64> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, saturating_exponent(exponent)),
        None => (number, 0),
    };
    let (mantissa, negative) = match mantissa.strip_prefix('-') {
        Some(mantissa) => (mantissa, true),
        None => (mantissa, false),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // How many of the digits stand before the decimal point.
    let point = i64::try_from(whole.len()).ok()?.saturating_add(exponent);
    let mut value = 0_u64;
    let mut position = 0_i64;
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = u64::from(digit.wrapping_sub(b'0'));
        if position < point {
            value = value.checked_mul(10)?.checked_add(digit)?;
        } else if digit != 0 {
            return None;
        }
        position += 1;
    }
    while position < point && value != 0 {
        value = value.checked_mul(10)?;
        position += 1;
    }
    (!negative || value == 0).then_some(value)
}

fn saturating_exponent(text: &str) -> i64 {
    let (digits, negative) = match text.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    let mut value = 0_i64;
    for digit in digits.bytes() {
        value = value.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0')));
    }
    if negative { -value } else { value }
}
