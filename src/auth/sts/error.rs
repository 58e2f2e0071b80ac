//! Why there are no credentials, and who can do what about it.

use std::fmt;

use crate::error::{Audience, Code, Failure};
use crate::json::write;
use crate::sigv4::CredentialsError;
use crate::text;

/// Why there are no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StsError {
    /// The service says no.
    Refused(Refusal),
    /// The answer isn't the service's, or not whole.
    Unreadable {
        /// Who answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        what: Unreadable,
    },
}

/// What the service said. Holds no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who answered.
    pub host: String,
    /// HTTP status.
    pub status: u16,
    /// The error's code, for example `InvalidIdentityToken`.
    pub code: String,
    /// The message for people.
    pub message: String,
    /// The service's identifier of the request.
    pub request_id: Option<String>,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Longer than any answer.
    TooLarge,
    /// A web page.
    WebPage,
    /// An empty body.
    Nothing,
    /// Something else than the service writes.
    Foreign,
    /// Credentials without this member.
    Missing(&'static str),
    /// Credentials that none can be.
    Credentials(CredentialsError),
}

/// What a refusal comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    TokenExpired,
    NoProvider,
    WrongAudience,
    KeysUnavailable,
    Certificate,
    TokenInvalid,
    ClaimRejected,
    ProviderUnavailable,
    RegionDisabled,
    AccessDenied,
    Duration,
    RoleArn,
    PolicyTooLarge,
    Throttled,
    Failed,
    Other,
}

impl Refusal {
    /// The code without what some servers put around it:
    /// `com.amazonaws.sts#ExpiredTokenException:…` is `ExpiredToken`.
    fn short_code(&self) -> &str {
        let code = text::split_once(&self.code, "#").map_or(&*self.code, |(_, code)| code);
        let code = text::split_once(code, ":").map_or(code, |(code, _)| code);
        code.strip_suffix("Exception").unwrap_or(code)
    }

    fn reason(&self) -> Reason {
        let message = self.message.to_ascii_lowercase();
        let says = |part: &str| text::contains(&message, part);
        match self.short_code() {
            "ExpiredToken" | "ExpiredWebIdentityToken" => Reason::TokenExpired,
            "InvalidIdentityToken" if says("openidconnect provider found") => Reason::NoProvider,
            "InvalidIdentityToken" if says("audience") => Reason::WrongAudience,
            "InvalidIdentityToken" if says("verification key") => Reason::KeysUnavailable,
            "InvalidIdentityToken" if says("thumbprint") || says("certificate") => {
                Reason::Certificate
            }
            "InvalidIdentityToken" if says("expired") => Reason::TokenExpired,
            "InvalidIdentityToken" => Reason::TokenInvalid,
            "IDPRejectedClaim" => Reason::ClaimRejected,
            "IDPCommunicationError" => Reason::ProviderUnavailable,
            "RegionDisabled" => Reason::RegionDisabled,
            "AccessDenied" => Reason::AccessDenied,
            "ValidationError" | "Validation" if says("durationseconds") => Reason::Duration,
            "ValidationError" | "Validation" if says("arn") => Reason::RoleArn,
            "PackedPolicyTooLarge" | "MalformedPolicyDocument" => Reason::PolicyTooLarge,
            "Throttling" | "ThrottlingException" | "TooManyRequests" | "RequestLimitExceeded" => {
                Reason::Throttled
            }
            "InternalFailure" | "InternalError" | "ServiceUnavailable" => Reason::Failed,
            _ if self.status == 429 => Reason::Throttled,
            _ if self.status >= 500 => Reason::Failed,
            _ if self.status == 403 => Reason::AccessDenied,
            _ => Reason::Other,
        }
    }
}

impl Reason {
    const fn code(self) -> Code {
        match self {
            Self::TokenExpired
            | Self::NoProvider
            | Self::WrongAudience
            | Self::KeysUnavailable
            | Self::Certificate
            | Self::TokenInvalid => Code::CredentialInvalid,
            Self::ClaimRejected | Self::AccessDenied => Code::PermissionDenied,
            Self::RegionDisabled | Self::Duration | Self::RoleArn => Code::ConfigurationInvalid,
            Self::PolicyTooLarge | Self::Other => Code::RequestInvalid,
            Self::Throttled => Code::RateLimited,
            Self::ProviderUnavailable | Self::Failed => Code::ServerError,
        }
    }

    /// Whether the same request may succeed later.
    const fn passes(self) -> bool {
        // The service reports keys that it can't fetch at the moment as an
        // invalid token.
        matches!(
            self,
            Self::KeysUnavailable | Self::ProviderUnavailable | Self::Throttled | Self::Failed
        )
    }

    const fn hint(self) -> (&'static str, Audience, &'static str) {
        use Audience::{Admin, User};
        match self {
            Self::TokenExpired | Self::TokenInvalid | Self::ClaimRejected => (
                "sign-in-again",
                User,
                "Sign in to Office again. If it repeats, the identity provider in IAM doesn't fit the application registration.",
            ),
            Self::NoProvider => (
                "add-identity-provider",
                Admin,
                "Add an OpenID Connect identity provider with the issuer that the message names to the role's AWS account.",
            ),
            Self::WrongAudience => (
                "add-provider-audience",
                Admin,
                "Add the application's client id to the identity provider's audiences in IAM and to the role's trust policy.",
            ),
            Self::KeysUnavailable | Self::ProviderUnavailable => (
                "wait-for-identity-provider",
                Admin,
                "Try again. If it repeats, AWS can't reach the identity provider's issuer from the internet.",
            ),
            Self::Certificate => (
                "check-thumbprint",
                Admin,
                "Renew the identity provider's thumbprint in IAM: its certificate has changed.",
            ),
            Self::RegionDisabled => (
                "activate-sts",
                Admin,
                "Activate STS for this region in IAM's account settings, or use another region.",
            ),
            Self::AccessDenied => (
                "check-trust-policy",
                Admin,
                "Check that the role exists and that its trust policy allows sts:AssumeRoleWithWebIdentity to this identity provider, client id and user.",
            ),
            Self::Duration => (
                "raise-session-duration",
                Admin,
                "Set the role's maximum session duration to one hour or more.",
            ),
            Self::RoleArn => (
                "check-role-arn",
                Admin,
                "Copy the role's ARN from IAM; it looks like arn:aws:iam::123456789012:role/name.",
            ),
            Self::PolicyTooLarge => {
                ("reduce-session-tags", Admin, "Have fewer session tags put into the ID token.")
            }
            Self::Throttled => ("wait", User, "Wait a little: AWS received too many sign-ins."),
            Self::Failed => ("try-again", User, "Try again: AWS reports an error of its own."),
            Self::Other => (
                "check-aws-settings",
                Admin,
                "Check the configured role and region; the message says what AWS dislikes.",
            ),
        }
    }
}

impl StsError {
    /// Whether a token that the identity provider issues anew may help.
    #[must_use]
    pub fn wants_fresh_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.reason() == Reason::TokenExpired)
    }

    /// Whether another host of the service may grant what this one didn't.
    #[must_use]
    pub fn tries_next_endpoint(&self) -> bool {
        match self {
            Self::Refused(refusal) => {
                matches!(refusal.reason(), Reason::RegionDisabled | Reason::Failed)
            }
            // A proxy that doesn't let this host through may let the other.
            Self::Unreadable { what, .. } => {
                matches!(what, Unreadable::WebPage | Unreadable::Nothing | Unreadable::Foreign)
            }
        }
    }
}

impl StsError {
    /// What happened, in a sentence.
    fn told(&self) -> String {
        let mut out = "STS AssumeRoleWithWebIdentity failed: ".to_owned();
        match self {
            Self::Refused(Refusal { code, message, .. }) => {
                out.push_str(code);
                if !message.is_empty() {
                    out.push_str(": ");
                    out.push_str(message);
                }
            }
            Self::Unreadable { host, status, what } => {
                out.push_str(host);
                out.push_str(" answered ");
                write::push_number(&mut out, (*status).into());
                let (what, part) = match what {
                    Unreadable::TooLarge => (" with more than any answer of the service has", ""),
                    Unreadable::WebPage => (" with a web page", ""),
                    Unreadable::Nothing => (" with nothing", ""),
                    Unreadable::Foreign => (" with something that is not the service's", ""),
                    Unreadable::Missing(name) => (" with credentials that lack ", *name),
                    Unreadable::Credentials(_) => (" with credentials that none can be", ""),
                };
                out.push_str(what);
                out.push_str(part);
            }
        }
        out
    }
}

impl fmt::Display for StsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told())
    }
}

impl std::error::Error for StsError {}

impl From<StsError> for Failure {
    fn from(error: StsError) -> Self {
        let message = error.told();
        let (host, status, request_id, code, passes, (id, audience, text)) = match error {
            StsError::Refused(refusal) => {
                let reason = refusal.reason();
                let (code, passes) = (reason.code(), reason.passes());
                (refusal.host, refusal.status, refusal.request_id, code, passes, reason.hint())
            }
            StsError::Unreadable { host, status, what } => {
                let code = match what {
                    Unreadable::TooLarge => Code::LimitExceeded,
                    _ => Code::ResponseInvalid,
                };
                let hint = (
                    "check-portal",
                    Audience::Admin,
                    "Something on the way answers in the place of AWS: let the host through the proxy unchanged.",
                );
                (host, status, None, code, status >= 500, hint)
            }
        };
        let mut failure = Self::told(code, &message, id, audience, text).with("host", host);
        failure.status = Some(status);
        failure.request_id = request_id;
        failure.retryable = passes;
        failure
    }
}
