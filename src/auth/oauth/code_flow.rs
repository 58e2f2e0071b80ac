//! One sign-in in a window: what is sent along, what has to come back.

use sha2::{Digest, Sha256};

use crate::json::Json;

use super::super::fields::{Fields, text};

/// How many random bytes one sign-in takes.
pub const RANDOM_BYTES: usize = 64;

/// A window's secrets. They never leave the pane but for the `state`, the
/// `nonce` and the verifier's digest.
#[derive(Debug, Default)]
pub(super) struct Attempt(Fields);

const VERIFIER: usize = 0;
const STATE: usize = 1;
const NONCE: usize = 2;
const CODE: usize = 3;
const REQUEST_ID: usize = 4;

impl Attempt {
    /// For a message, from [`RANDOM_BYTES`] that are used for nothing else.
    pub(super) fn new(message: Json<'_>, random: &[u8]) -> Self {
        let mut fields = Fields::default();
        let mut start = 0;
        for end in [32, 48, RANDOM_BYTES, RANDOM_BYTES] {
            fields.push(base64url(random.get(start..end).unwrap_or_default()));
            start = end;
        }
        fields.push(text(message, "requestId"));
        Self(fields)
    }

    /// Whether it is a message's; another one may have taken over.
    pub(super) fn is_of(&self, message: Json<'_>) -> bool {
        text(message, "requestId") == self.0.at(REQUEST_ID)
    }

    /// Shown when the code is exchanged (RFC 7636 §4.1): 256 bits.
    pub(super) fn verifier(&self) -> &str {
        self.0.at(VERIFIER)
    }

    /// The code challenge, method `S256` (RFC 7636 §4.2).
    pub(super) fn challenge(&self) -> String {
        base64url(&Sha256::digest(self.verifier().as_bytes()))
    }

    /// Comes back with the answer, and makes it one to this attempt (RFC 6749
    /// §10.12): 128 bits.
    pub(super) fn state(&self) -> &str {
        self.0.at(STATE)
    }

    /// Comes back in the ID token (OpenID Connect Core §3.1.2.1): 128 bits.
    pub(super) fn nonce(&self) -> &str {
        self.0.at(NONCE)
    }

    /// Empty until the answer is there.
    pub(super) fn code(&self) -> &str {
        self.0.at(CODE)
    }

    pub(super) fn set_code(&mut self, code: String) {
        self.0.set(CODE, code);
    }

    /// Whether an answer brought this attempt's `state`, for the first time; how
    /// long that takes tells nothing.
    pub(super) fn is_answered_by(&self, state: &str) -> bool {
        let own = self.state().as_bytes();
        let mut different = own.len() ^ state.len();
        for (one, other) in own.iter().zip(state.as_bytes()) {
            different |= usize::from(one ^ other);
        }
        different == 0 && !own.is_empty() && self.code().is_empty()
    }
}

/// RFC 4648 §5, without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    crate::text::base64(bytes, *b"-_")
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
        let mut random = [0; RANDOM_BYTES];
        random[..32].copy_from_slice(&octets);
        let attempt = Attempt::new(Json::NULL, &random);
        assert_eq!(attempt.verifier(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_its_own_state_answers_it() {
        let random: [u8; RANDOM_BYTES] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let attempt = Attempt::new(Json::NULL, &random);
        assert_ne!(attempt.state(), attempt.nonce());
        let state = attempt.state();
        assert!(attempt.is_answered_by(state));
        let shorter = state.get(1..).unwrap();
        let (longer, other) = (format!("{state}A"), state.replacen('I', "J", 1));
        for wrong in ["", shorter, &longer, &other, attempt.nonce()] {
            assert!(!attempt.is_answered_by(wrong), "{wrong}");
        }
        assert!(!Attempt::default().is_answered_by(""), "no window is open");
        assert!(!format!("{attempt:?}").contains(state));
    }
}
