//! Who signs.

use std::fmt;

use crate::error::{Audience, Code, Failure, Hint};
use crate::secret::Secret;

/// An access key: long-lived, or from the Security Token Service with the
/// session's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCredentials {
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Option<Secret>,
}

impl AwsCredentials {
    /// Takes an access key.
    ///
    /// # Errors
    /// [`CredentialsError`] names the part that no access key can have: one
    /// that is empty, or has blanks, line breaks or letters beyond ASCII in
    /// it, as texts do that were not copied well. Such a key would be refused
    /// with "the signature does not match", which says nothing.
    pub fn new(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: Option<&str>,
    ) -> Result<Self, CredentialsError> {
        // They delimit the key in the header that it stands in.
        if access_key_id.contains(['/', ',']) {
            return Err(CredentialsError::Character(Part::AccessKeyId));
        }
        check(Part::AccessKeyId, access_key_id)?;
        check(Part::SecretAccessKey, secret_access_key)?;
        if let Some(token) = session_token {
            check(Part::SessionToken, token)?;
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Secret::new(secret_access_key),
            session_token: session_token.map(Secret::new),
        })
    }

    /// Which key it is. Not secret: it stands in every signature.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// What signs.
    #[must_use]
    pub fn secret_access_key(&self) -> &Secret {
        &self.secret_access_key
    }

    /// What temporary credentials have besides, sent along with each request.
    #[must_use]
    pub fn session_token(&self) -> Option<&Secret> {
        self.session_token.as_ref()
    }
}

fn check(part: Part, text: &str) -> Result<(), CredentialsError> {
    if text.is_empty() {
        Err(CredentialsError::Empty(part))
    } else if text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(CredentialsError::Character(part))
    }
}

/// A part of an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `AKIA…` or `ASIA…`
    AccessKeyId,
    /// The secret.
    SecretAccessKey,
    /// The session's token.
    SessionToken,
}

impl Part {
    const fn as_str(self) -> &'static str {
        match self {
            Self::AccessKeyId => "accessKeyId",
            Self::SecretAccessKey => "secretAccessKey",
            Self::SessionToken => "sessionToken",
        }
    }
}

/// Why a text can't be a part of an access key. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsError {
    /// It is empty.
    Empty(Part),
    /// It has a character that no such part has.
    Character(Part),
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(part) => write!(f, "{} is empty", part.as_str()),
            Self::Character(part) => {
                write!(f, "{} has a character that no such key has", part.as_str())
            }
        }
    }
}

impl std::error::Error for CredentialsError {}

impl From<CredentialsError> for Failure {
    fn from(error: CredentialsError) -> Self {
        let hint = Hint::new(
            "copy-again",
            Audience::User,
            "Copy the value again from where it was issued, without blanks or line breaks around it.",
        );
        Self::new(Code::InvalidArgument, error.to_string()).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badly_copied_keys_are_told_apart_from_wrong_ones() {
        use CredentialsError::{Character, Empty};
        use Part::{AccessKeyId, SecretAccessKey, SessionToken};
        let cases = [
            (("AKID", "secret/+=", None), None),
            (("AKID", "secret", Some("token//+==")), None),
            (("", "secret", None), Some(Empty(AccessKeyId))),
            (("AKID", "", None), Some(Empty(SecretAccessKey))),
            (("AKID", "secret", Some("")), Some(Empty(SessionToken))),
            (("AK ID", "secret", None), Some(Character(AccessKeyId))),
            (("AK/ID", "secret", None), Some(Character(AccessKeyId))),
            (("AK,ID", "secret", None), Some(Character(AccessKeyId))),
            (("AKID", "secret\n", None), Some(Character(SecretAccessKey))),
            (("AKID", "sécret", None), Some(Character(SecretAccessKey))),
            (("AKID", "secret", Some("to\rken")), Some(Character(SessionToken))),
        ];
        for ((id, secret, token), expected) in cases {
            let made = AwsCredentials::new(id, secret, token);
            assert_eq!(made.err(), expected, "{id:?} {secret:?} {token:?}");
        }
    }

    #[test]
    fn nothing_shows_the_secrets() {
        let credentials = AwsCredentials::new("AKID", "hunter2", Some("session7")).unwrap();
        let shown = format!("{credentials:?}");
        assert!(
            shown.contains("AKID") && !shown.contains("hunter2") && !shown.contains("session7")
        );
        let error = AwsCredentials::new("AKID", "hunter2 ", None).unwrap_err();
        assert!(!Failure::from(error).message.contains("hunter2"));
    }
}
