//! What opens a provider: a key, a token that ends, or AWS credentials that
//! sign.

use std::fmt;
use std::rc::Rc;

use crate::auth::sts::{self, RoleArn};
use crate::config::Key;
use crate::config::provider::{Authorization, ProviderSettings, in_key};
use crate::error::{Audience, Code, Failure, Hint};
use crate::http::credential::{AudienceError, Placement};
use crate::http::header::HeaderError;
use crate::http::{Credential, Request};
use crate::sigv4::{
    AwsCredentials, Region, SignableRequest, SigningError, SigningParams, SigningSettings, sign,
};

/// The name that Bedrock's signatures are made for.
const SERVICE: &str = "bedrock";

/// What opens a provider, and whom it is for.
#[derive(Clone, Debug)]
pub struct Access {
    settings: Rc<ProviderSettings>,
    held: Held,
}

#[derive(Clone, Debug)]
enum Held {
    Nothing,
    Header(Rc<Credential>),
    Signer(Rc<AwsCredentials>),
}

impl Access {
    /// The access of some settings: whole where it is a key, else to be
    /// obtained first.
    ///
    /// # Errors
    /// A key that no header can carry, or a role that is none.
    pub(super) fn new(settings: &Rc<ProviderSettings>) -> Result<Self, Failure> {
        let mut access = Self { settings: Rc::clone(settings), held: Held::Nothing };
        match settings.authorization {
            Authorization::ApiKey | Authorization::Bearer => {
                access.hold_token(settings.credential()).map_err(|error| {
                    let key = settings.kind.credential().map_or("", |key| key.name());
                    let mut failure = error.in_setting(key);
                    failure.hint = failure.hint.map(|hint| Box::new(hint.with("key", key)));
                    failure
                })?
            }
            Authorization::Entra | Authorization::Google => {}
            Authorization::AwsRole => {
                let in_key = |failure| in_key(failure, settings.kind.named_by(), settings.layer);
                let role = RoleArn::parse(settings.value(Key::AwsRoleArn))
                    .map_err(|error| in_key(error.into()))?;
                let region = Region::parse(settings.value(Key::AwsRegion))?;
                sts::endpoints(&role, &region).map_err(|error| in_key(error.into()))?;
            }
        }
        Ok(access)
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
        let placement = match self.settings.authorization {
            Authorization::ApiKey => Placement::ApiKey,
            _ => Placement::Bearer,
        };
        let audience = self.settings.base.origin().clone();
        self.held = Held::Header(Rc::new(Credential::new(audience, placement, token)?));
        Ok(())
    }

    /// Takes credentials to sign with.
    pub fn hold_credentials(&mut self, credentials: AwsCredentials) {
        self.held = Held::Signer(Rc::new(credentials));
    }

    /// Lets go of what ended or was refused.
    pub fn let_go(&mut self) {
        self.held = Held::Nothing;
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
        let audience = self.settings.base.origin();
        if request.url().origin() != audience {
            return Err(AccessError::Audience(AudienceError {
                audience: audience.clone(),
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
            region: self.settings.value(Key::AwsRegion),
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
