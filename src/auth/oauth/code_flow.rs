//! One sign-in in a window: what is sent along, what has to come back.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// Random bytes for one sign-in.
pub type Random = [u8; 64];

/// A window's secrets. They never leave the pane but for the `state`, the
/// `nonce` and the verifier's digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Comes back with the answer, and makes it one to this attempt (RFC 6749
    /// §10.12): 128 bits.
    pub state: String,
    /// Comes back in the ID token (OpenID Connect Core §3.1.2.1): 128 bits.
    pub nonce: String,
    /// Shown when the code is exchanged (RFC 7636 §4.1): 256 bits.
    pub verifier: Secret,
    /// Set once the answer is there.
    pub code: Option<Secret>,
}

impl Attempt {
    /// From random bytes that are used for nothing else.
    #[must_use]
    pub fn new(random: &Random) -> Self {
        let (verifier, rest) = random.split_at(32);
        let (state, nonce) = rest.split_at(16);
        Self {
            state: base64url(state),
            nonce: base64url(nonce),
            verifier: Secret::new(base64url(verifier)),
            code: None,
        }
    }

    /// The code challenge, method `S256` (RFC 7636 §4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        base64url(&Sha256::digest(self.verifier.expose().as_bytes()))
    }

    /// Whether an answer brought this attempt's `state`; how long that takes
    /// tells nothing.
    #[must_use]
    pub fn is_answered_by(&self, state: &str) -> bool {
        let (own, given) = (self.state.as_bytes(), state.as_bytes());
        let different = own.iter().zip(given).fold(0, |sum, (one, other)| sum | (one ^ other));
        own.len() == given.len() && different == 0
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt(••••)")
    }
}

/// RFC 4648 §5, without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    let (mut bits, mut held) = (0_u32, 0);
    let mut push = |bits: u32| {
        out.push(DIGITS.get(bits as usize & 63).copied().map_or('A', char::from));
    };
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 6 {
            held -= 6;
            push(bits >> held);
        }
    }
    if held > 0 {
        push(bits << (6 - held));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 §10, in the alphabet of its §5.
    #[test]
    fn base64url_of_every_length() {
        let cases: [(&[u8], &str); 7] = [
            (b"", ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"fooba", "Zm9vYmE"),
            (&[0xfb, 0xff, 0xbf], "-_-_"),
        ];
        for (bytes, text) in cases {
            assert_eq!(base64url(bytes), text);
        }
    }

    /// RFC 7636 appendix B.
    #[test]
    fn the_challenge_of_the_rfc() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let mut random = [0; 64];
        random[..32].copy_from_slice(&octets);
        let attempt = Attempt::new(&random);
        assert_eq!(attempt.verifier.expose(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_its_own_state_answers_it() {
        let attempt = Attempt::new(&std::array::from_fn(|at| u8::try_from(at).unwrap()));
        assert_ne!(attempt.state, attempt.nonce);
        let state = attempt.state.clone();
        assert!(attempt.is_answered_by(&state));
        let shorter = state.get(1..).unwrap();
        let (longer, other) = (format!("{state}A"), state.replacen('I', "J", 1));
        for wrong in ["", shorter, &longer, &other, &attempt.nonce] {
            assert!(!attempt.is_answered_by(wrong), "{wrong}");
        }
        assert_eq!(format!("{attempt:?}"), "Attempt(••••)");
    }
}
