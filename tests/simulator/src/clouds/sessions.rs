//! The credentials that AWS's token service has issued.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::registrations;
use crate::identity::random_text;

/// Temporary credentials, and for what.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    /// The role's name, without its path.
    pub(crate) role: String,
    pub(crate) session_name: String,
    /// Seconds since 1970 by the service's clock.
    pub(crate) expires_at_s: i64,
    /// Which sessions of a sign-in these are; see `Identity::epoch`.
    pub(crate) epoch: String,
}

impl Session {
    /// Whether the role's policy has CountTokens, which the product's set-up doesn't give.
    pub(crate) fn may_count(&self) -> bool {
        registrations::AWS_ROLE_ARN.ends_with(&format!("/{}", self.role))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({})", self.access_key_id)
    }
}

/// All that were issued, by their access key ids.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    /// Issues credentials.
    pub(crate) fn issue(
        &self,
        role: &str,
        session_name: &str,
        expires_at_s: i64,
        epoch: String,
    ) -> Session {
        let letters = |count: usize| {
            let mut text = random_text().to_ascii_uppercase();
            text.retain(|c| c.is_ascii_alphanumeric());
            text.truncate(count);
            text
        };
        let session = Session {
            access_key_id: format!("ASIA{}", letters(16)),
            secret_access_key: random_text(),
            // As long as AWS's, and with the characters that theirs have.
            session_token: format!(
                "IQoJb3JpZ2luX2Vj//{}+/{}=",
                random_text().repeat(8),
                random_text()
            ),
            role: role.to_owned(),
            session_name: session_name.to_owned(),
            expires_at_s,
            epoch,
        };
        self.all().insert(session.access_key_id.clone(), session.clone());
        session
    }

    /// The session of an access key.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<Session> {
        self.all().get(access_key_id).cloned()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
