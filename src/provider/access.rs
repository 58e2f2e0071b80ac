//! What opens a provider: a key, a token that ends, or AWS credentials that
//! sign.

use std::fmt;

use crate::auth::sts::RoleArn;
use crate::config::provider::{AuthHeader, Authorization, ProviderSettings, in_key};
use crate::error::{Audience, Code, Failure, Hint};
use crate::http::credential::{AudienceError, Placement};
use crate::http::header::HeaderError;
use crate::http::{Credential, Origin, Request};
use crate::sigv4::{
    AwsCredentials, Region, SignableRequest, SigningError, SigningParams, SigningSettings, sign,
};

/// The name that Bedrock's signatures are made for.
const SERVICE: &str = "bedrock";

/// What opens a provider, and for whom it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    audience: Origin,
    source: Source,
    held: Held,
}

/// Where what opens a provider comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The configuration.
    Key,
    /// Microsoft Entra ID.
    Entra {
        /// What the token is for.
        scope: String,
    },
    /// Google.
    Google,
    /// AWS's token service, for the user's Entra ID token.
    AwsRole {
        /// Whom to act as.
        role: RoleArn,
        /// Where requests go.
        region: Region,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Header(Credential),
    Signer(AwsCredentials),
}

impl Access {
    /// The access of some settings: whole where it is a key, else to be
    /// obtained first.
    ///
    /// # Errors
    /// A key that no header can carry, or a role that is none.
    pub fn new(settings: &ProviderSettings, credential: Option<&str>) -> Result<Self, Failure> {
        let audience = settings.base.origin().clone();
        let (source, held) = match &settings.authorization {
            Authorization::Key(header) => {
                let placement = match header {
                    AuthHeader::ApiKey => Placement::ApiKey,
                    AuthHeader::Authorization => Placement::Bearer,
                };
                let token = credential.unwrap_or_default();
                let credential = Credential::new(audience.clone(), placement, token)
                    .map_err(|error| refused(settings, &error))?;
                (Source::Key, Held::Header(credential))
            }
            Authorization::Entra { scope } => {
                (Source::Entra { scope: scope.clone() }, Held::Nothing)
            }
            Authorization::Google => (Source::Google, Held::Nothing),
            Authorization::AwsRole { role, region } => {
                let role = RoleArn::parse(role).map_err(|error| {
                    in_key(error.into(), settings.kind.named_by(), settings.layer)
                })?;
                (Source::AwsRole { role, region: region.clone() }, Held::Nothing)
            }
        };
        Ok(Self { audience, source, held })
    }

    /// Whether it comes from the same source; of a key, whether it is the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.source == other.source && (self.source != Source::Key || self.held == other.held)
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The key or token, where there is one.
    #[must_use]
    pub fn credential(&self) -> Option<&Credential> {
        match &self.held {
            Held::Header(credential) => Some(credential),
            _ => None,
        }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// [`HeaderError`] when no header can carry it.
    pub fn hold_token(&mut self, token: &str) -> Result<(), HeaderError> {
        let audience = self.audience.clone();
        self.held = Held::Header(Credential::new(audience, Placement::Bearer, token)?);
        Ok(())
    }

    /// Takes credentials to sign with.
    pub fn hold_credentials(&mut self, credentials: AwsCredentials) {
        self.held = Held::Signer(credentials);
    }

    /// Lets go of what ended or was refused. A key stays: there is no other.
    pub fn let_go(&mut self) {
        if self.source != Source::Key {
            self.held = Held::Nothing;
        }
    }

    /// Authorises a request to be sent at a time in seconds since 1970.
    /// Nothing else does, so what opens a provider goes there alone.
    ///
    /// # Errors
    /// [`AccessError`]; the request is unchanged then.
    pub fn authorize(&self, request: &mut Request, now_s: u64) -> Result<(), AccessError> {
        match &self.held {
            Held::Nothing => Err(AccessError::Nothing),
            Held::Header(credential) => credential.attach(request).map_err(AccessError::Audience),
            Held::Signer(credentials) => self.sign(request, credentials, now_s),
        }
    }

    fn sign(
        &self,
        request: &mut Request,
        credentials: &AwsCredentials,
        now_s: u64,
    ) -> Result<(), AccessError> {
        let Source::AwsRole { region, .. } = &self.source else { return Err(AccessError::Nothing) };
        if request.url().origin() != &self.audience {
            return Err(AccessError::Audience(AudienceError {
                audience: self.audience.clone(),
                target: request.url().origin().clone(),
            }));
        }
        let headers: Vec<_> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        let signable = SignableRequest {
            method: request.method().as_str(),
            url: request.url().as_str(),
            headers: &headers,
            body: request.body().unwrap_or_default().as_bytes(),
        };
        let params = SigningParams {
            credentials,
            region: region.as_str(),
            service: SERVICE,
            time: now_s,
            settings: SigningSettings::STANDARD,
        };
        for (name, value) in sign(&signable, &params).map_err(AccessError::Signing)? {
            request.set_header(name, value);
        }
        Ok(())
    }
}

fn refused(settings: &ProviderSettings, error: &HeaderError) -> Failure {
    let key = settings.kind.credential().map_or("", |key| key.name());
    let mut failure = error.in_setting(key);
    failure.hint = failure.hint.map(|hint| Box::new(hint.with("key", key)));
    failure
}

/// Why a request can't be authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessError {
    /// There is nothing to authorise it with yet.
    Nothing,
    /// It leads elsewhere.
    Audience(AudienceError),
    /// It can't be signed.
    Signing(SigningError),
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing opens the provider yet"),
            Self::Audience(error) => error.fmt(f),
            Self::Signing(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccessError {}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Nothing => Self::new(Code::InteractionRequired, error.to_string())
                .hint(Hint::new("sign-in-again", Audience::User, "Sign in and connect again.")),
            AccessError::Audience(error) => error.into(),
            AccessError::Signing(error) => error.into(),
        }
    }
}
