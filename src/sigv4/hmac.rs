//! HMAC-SHA-256 (RFC 2104) and hexadecimal digits.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A code or a key, overwritten when it is dropped.
pub(super) type Code = Zeroizing<[u8; 32]>;

/// The code of a message under a key of any length.
pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> Code {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => return Zeroizing::new([0; 32]),
    };
    mac.update(message);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// Appends two lower-case digits a byte.
pub(super) fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        out.extend(char::from_digit(u32::from(byte >> 4), 16));
        out.extend(char::from_digit(u32::from(byte & 15), 16));
    }
}
