//! What a failed operation tells its caller, whichever part it failed in.
//!
//! Each operation has an error enum of its own, which says precisely what was
//! wrong. All of them turn into a [`Failure`]: the one shape that crosses to
//! JavaScript, where `js/error.js` makes a `ConnectorError` of it.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// The word that callers branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// An argument of a call is unusable.
    InvalidArgument,
    /// The configuration can't be used as it is.
    ConfigurationInvalid,
    /// Nobody is signed in.
    SignInRequired,
    /// Only the user can decide to go on.
    InteractionRequired,
    /// The sign-in ended before it was done.
    SignInCancelled,
    /// The browser did not let the sign-in window open.
    PopupBlocked,
    /// The token is for another account than the one that was named.
    AccountMismatch,
    /// The account is of a tenant that isn't let in.
    TenantMismatch,
    /// Nobody has agreed to what the application asks for.
    ConsentRequired,
    /// A policy of the organisation refuses the user.
    AccessBlocked,
    /// The host lacks what it would take.
    HostUnsupported,
    /// The server refused the credential.
    CredentialInvalid,
    /// The credential is valid and not allowed to do this.
    PermissionDenied,
    /// A credential would have gone to a host that it isn't meant for.
    AudienceRefused,
    /// No answer could be read: network, DNS, TLS, firewall or CORS.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The server has nothing at this address.
    NotFound,
    /// The server has no such model, or none at all.
    ModelNotAvailable,
    /// The server calls the request itself wrong.
    RequestInvalid,
    /// Too many requests, or a quota is used up.
    RateLimited,
    /// The model's service has no capacity at the moment.
    Overloaded,
    /// The server failed.
    ServerError,
    /// An answer arrived and isn't one of the API's.
    ResponseInvalid,
    /// The server reported an error inside a stream.
    StreamError,
    /// A stream ended before the message did.
    StreamTruncated,
    /// A stream isn't what its content type says.
    StreamCorrupt,
    /// Something grew past its limit.
    LimitExceeded,
    /// Asked for something that isn't supported.
    Unsupported,
}

impl Code {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            Self::ConfigurationInvalid => "configuration-invalid",
            Self::SignInRequired => "sign-in-required",
            Self::InteractionRequired => "interaction-required",
            Self::SignInCancelled => "sign-in-cancelled",
            Self::PopupBlocked => "popup-blocked",
            Self::AccountMismatch => "account-mismatch",
            Self::TenantMismatch => "tenant-mismatch",
            Self::ConsentRequired => "consent-required",
            Self::AccessBlocked => "access-blocked",
            Self::HostUnsupported => "host-unsupported",
            Self::CredentialInvalid => "credential-invalid",
            Self::PermissionDenied => "permission-denied",
            Self::AudienceRefused => "audience-refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::NotFound => "not-found",
            Self::ModelNotAvailable => "model-not-available",
            Self::RequestInvalid => "request-invalid",
            Self::RateLimited => "rate-limited",
            Self::Overloaded => "overloaded",
            Self::ServerError => "server-error",
            Self::ResponseInvalid => "response-invalid",
            Self::StreamError => "stream-error",
            Self::StreamTruncated => "stream-truncated",
            Self::StreamCorrupt => "stream-corrupt",
            Self::LimitExceeded => "limit-exceeded",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Who can take the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The person in front of the pane.
    User,
    /// Whoever runs the gateway or deploys the add-in.
    Admin,
    /// Whoever writes the taskpane.
    Developer,
}

impl Audience {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Developer => "developer",
        }
    }
}

/// The next step, in words and as an identifier that a page can translate by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// A stable word, for example `check-token`.
    pub id: &'static str,
    /// What the text names, for translations. Never a secret.
    pub params: Vec<(&'static str, String)>,
    /// One or two English sentences.
    pub text: String,
    /// Who takes the step.
    pub audience: Audience,
}

impl Hint {
    /// A hint that names nothing.
    pub fn new(id: &'static str, audience: Audience, text: impl Into<String>) -> Self {
        Self { id, params: Vec::new(), text: text.into(), audience }
    }

    /// Adds a value that the text names.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }
}

/// A failed operation as its caller sees it. Holds no secret. It is a pointer
/// to its [`Details`], so that results which may be one are small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Details>);

/// What a [`Failure`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The word to branch on.
    pub code: Code,
    /// What was wrong and where; lowercase, without a full stop.
    pub message: String,
    /// Whether the same call may succeed later without anything being changed.
    pub retryable: bool,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// How long the server asked to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The server's identifier of the request.
    pub request_id: Option<String>,
    /// The next step.
    pub hint: Option<Box<Hint>>,
    /// What an Office host said when it gave no token, as JSON: `BridgeReport` in `js/index.d.ts`.
    pub bridge: Option<String>,
}

impl Deref for Failure {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Failure {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Failure {
    /// A failure that trying again won't mend.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            message: message.into(),
            retryable: false,
            status: None,
            retry_after_ms: None,
            request_id: None,
            hint: None,
            bridge: None,
        }))
    }

    /// Whether the server refused what the request was authorised with.
    #[must_use]
    pub fn refuses_credential(&self) -> bool {
        matches!(self.code, Code::CredentialInvalid)
    }

    /// A failure with its next step, both in words that stand in the source.
    #[must_use]
    #[inline(never)]
    pub fn told(
        code: Code,
        message: &str,
        id: &'static str,
        audience: Audience,
        text: &str,
    ) -> Self {
        Self::new(code, message).hint(Hint::new(id, audience, text))
    }

    /// Adds a value that the hint names.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Some(hint) = &mut self.hint {
            hint.params.push((name, value.into()));
        }
        self
    }

    /// Marks it as one that may pass by itself.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: Hint) -> Self {
        self.hint = Some(Box::new(hint));
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
