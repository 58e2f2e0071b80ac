//! What opens a provider: a key, a token that ends, or AWS credentials that
//! sign. Keys are configured; the rest is obtained when it is needed and again
//! before it ends.
//!
//! The driver, before it sends anything: while [`Access::poll`] wants
//! something, it gets that and hands it over ([`handle_token`],
//! [`handle_answer`], [`handle_no_answer`]). Then [`Access::authorize`] puts
//! what is held into requests. Where the provider refuses it all the same,
//! [`Access::refused`] lets go of it, once for each call, and it begins again.
//!
//! Clones share what they hold, so all calls of a connection use what one of
//! them obtained; whoever polls meanwhile is told the same step, and only one
//! has to take it.
//!
//! [`handle_token`]: Access::handle_token
//! [`handle_answer`]: Access::handle_answer
//! [`handle_no_answer`]: Access::handle_no_answer

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::auth::claims;
use crate::auth::resource::bind;
use crate::auth::sts::{self, AssumeRole, Endpoint, Renewal, RoleArn, TemporaryCredentials};
use crate::config::Key;
use crate::config::provider::{Authorization, ProviderSettings, in_key};
use crate::error::{Audience, Code, Failure};
use crate::http::answer::{Answer, Head, TransportError};
use crate::http::credential::{AudienceError, Placement};
use crate::http::header::HeaderError;
use crate::http::{Credential, Request};
use crate::secret::Secret;
use crate::sigv4::{
    ClockSkew, Region, SignableRequest, SigningError, SigningParams, SigningSettings, sign,
};

use super::failure::{self, Asked};

/// The name that Bedrock's signatures are made for.
const SERVICE: &str = "bedrock";

/// A token that ends sooner than this is not used any more, in milliseconds:
/// what is sent with it may have to wait on its way.
const TOKEN_MARGIN_MS: u64 = 2 * 60 * 1_000;

/// After credentials could not be renewed ahead of their end, the next try is
/// this much later, in milliseconds.
const POSTPONED_MS: u64 = 60 * 1_000;

/// What opens a provider, and whom it is for. Clones share it. The driver loop,
/// one at a time for all who wait:
///
/// 1. While [`poll`](Self::poll) wants a token, have it issued and hand it to
///    [`handle_token`](Self::handle_token), or say so by
///    [`handle_no_token`](Self::handle_no_token); while it wants something sent,
///    send it, and hand over the answer
///    ([`handle_answer`](Self::handle_answer)), or why there is none
///    ([`handle_no_answer`](Self::handle_no_answer)).
/// 2. In the same step in which `poll` says that it is ready,
///    [`authorize`](Self::authorize) the request.
/// 3. When the provider refuses what opened it, [`refused`](Self::refused), with
///    the number that `authorize` gave, and from the top; when it calls a
///    signature's time wrong, [`correct_clock`](Self::correct_clock).
#[derive(Clone, Debug)]
pub struct Access {
    settings: Rc<ProviderSettings>,
    state: Rc<RefCell<State>>,
}

#[derive(Debug)]
struct State {
    held: Held,
    /// Counts what was held, so that a refusal is told of what it was for.
    generation: u32,
    /// The token service is being asked.
    asking: Option<Asking>,
    /// The next token has to be issued anew.
    fresh: bool,
    /// What the provider demanded when it refused the last one, as JSON.
    claims: String,
    /// Before this, credentials that still serve are not renewed.
    not_before_ms: u64,
    skew: ClockSkew,
}

#[derive(Debug)]
enum Held {
    Nothing,
    /// With its end by the clock here, where that is known.
    Header(Credential, Option<u64>),
    Signer(TemporaryCredentials),
}

#[derive(Debug)]
struct Asking {
    role: AssumeRole,
    endpoints: Vec<Endpoint>,
    at: usize,
}

/// What is to be done next.
#[derive(Debug)]
pub enum Next {
    /// Nothing: requests can be authorised.
    Ready,
    /// Get a token.
    Token(TokenRequest),
    /// Send this and hand the answer over.
    Send(Request),
}

/// A token that somebody has to issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who and what for.
    pub kind: TokenKind,
    /// What an access token is for; empty for an ID token.
    pub scope: String,
    /// It must not come out of a cache: the last one was refused.
    pub fresh: bool,
    /// Claims that the provider demands, as JSON; empty where it demands none.
    pub claims: String,
}

/// Kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An ID token of Microsoft Entra ID.
    EntraId,
    /// An access token of Microsoft Entra ID.
    Entra,
    /// An access token of Google.
    Google,
}

impl TokenKind {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EntraId => "entra-id",
            Self::Entra => "entra",
            Self::Google => "google",
        }
    }
}

/// The right that Google's tokens need for Vertex AI.
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

impl Access {
    /// The access of some settings: whole where it is a key, else to be
    /// obtained first.
    ///
    /// # Errors
    /// A key that no header can carry, or a role that is none.
    pub(super) fn new(settings: &Rc<ProviderSettings>) -> Result<Self, Failure> {
        let state = State {
            held: Held::Nothing,
            generation: 0,
            asking: None,
            fresh: false,
            claims: String::new(),
            not_before_ms: 0,
            skew: ClockSkew::default(),
        };
        let access = Self { settings: Rc::clone(settings), state: Rc::new(RefCell::new(state)) };
        match settings.authorization {
            Authorization::ApiKey | Authorization::Bearer => {
                let credential = access.credential(settings.credential()).map_err(|error| {
                    let key = settings.kind.credential().map_or("", Key::name);
                    let mut failure = error.in_setting(key);
                    if let Some(hint) = &mut failure.hint {
                        hint.params.push(("key", key.to_owned()));
                    }
                    failure
                })?;
                access.state.borrow_mut().hold(Held::Header(credential, None));
            }
            Authorization::Entra | Authorization::Google => {}
            Authorization::AwsRole => {
                access.role()?;
            }
        }
        Ok(access)
    }

    /// How the user signs in where that opens it, see
    /// [`ProviderSettings::sign_in`].
    #[must_use]
    pub fn sign_in(&self) -> Secret {
        self.settings.sign_in()
    }

    /// The same for clones, and for nothing else that is held at the same time.
    #[must_use]
    pub fn identity(&self) -> u64 {
        Rc::as_ptr(&self.state).addr() as u64
    }

    /// Whether what opens it is configured, and nothing can take its place.
    fn is_key(&self) -> bool {
        matches!(self.settings.authorization, Authorization::ApiKey | Authorization::Bearer)
    }

    fn credential(&self, token: &str) -> Result<Credential, HeaderError> {
        let placement = match self.settings.authorization {
            Authorization::ApiKey => Placement::ApiKey,
            _ => Placement::Bearer,
        };
        Credential::new(self.settings.base.origin().clone(), placement, token)
    }

    /// Whom it may ask for credentials; nobody where it needs no such service.
    #[must_use]
    pub fn token_services(&self) -> Vec<Endpoint> {
        match self.settings.authorization {
            Authorization::AwsRole => self.role().map(|(_, hosts)| hosts).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The role, and where to ask to act as it.
    fn role(&self) -> Result<(RoleArn, Vec<Endpoint>), Failure> {
        let Self { settings, .. } = self;
        let in_key = |failure| in_key(failure, Key::AwsRoleArn, settings.layer);
        let role = RoleArn::parse(settings.value(Key::AwsRoleArn))
            .map_err(|error| in_key(error.into()))?;
        let region = Region::parse(settings.value(Key::AwsRegion))?;
        let mut endpoints = sts::endpoints(&role, &region).map_err(|error| in_key(error.into()))?;
        for endpoint in &mut endpoints {
            endpoint.locate(settings.endpoints())?;
        }
        Ok((role, endpoints))
    }

    /// What is to be done before requests can be authorised, at a time in
    /// milliseconds since 1970.
    #[must_use]
    pub fn poll(&self, now_ms: u64) -> Next {
        let state = self.state.borrow();
        if let Some(asking) = &state.asking
            && let Some(endpoint) = asking.endpoints.get(asking.at)
        {
            return Next::Send(asking.role.prepare(endpoint));
        }
        if state.serves(now_ms, false) {
            return Next::Ready;
        }
        let (kind, scope) = match self.settings.authorization {
            Authorization::AwsRole => (TokenKind::EntraId, ""),
            Authorization::Google => (TokenKind::Google, CLOUD_PLATFORM),
            _ => (TokenKind::Entra, self.settings.scope()),
        };
        let (scope, claims) = (scope.to_owned(), state.claims.clone());
        Next::Token(TokenRequest { kind, scope, fresh: state.fresh, claims })
    }

    /// Takes a token. `account` names its owner in AWS's logs; `expires_at_ms`
    /// is its end in milliseconds since 1970, where that is known. A token that
    /// nobody waits for any more changes nothing.
    ///
    /// # Errors
    /// A text that is no token, or a token for something else of Microsoft's.
    pub fn handle_token(
        &self,
        token: &str,
        account: &str,
        expires_at_ms: Option<u64>,
        now_ms: u64,
    ) -> Result<(), Failure> {
        if self.is_key() {
            return Ok(());
        }
        if self.settings.authorization == Authorization::AwsRole {
            let (role, endpoints) = self.role()?;
            let role = AssumeRole::new(role, account, token)?;
            self.state.borrow_mut().asking = Some(Asking { role, endpoints, at: 0 });
            return Ok(());
        }
        let credential = bind(self.settings.base.origin(), token)?;
        // One that comes expired is the provider's to judge, not to be asked for
        // again and again.
        let end = expires_at_ms.filter(|end| now_ms.saturating_add(TOKEN_MARGIN_MS) < *end);
        self.state.borrow_mut().hold(Held::Header(credential, end));
        Ok(())
    }

    /// Takes the token service's answer, which arrived at a time in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// Why there are no credentials. An answer that says what can be tried next
    /// is no error, nor is one while the former credentials still serve.
    pub fn handle_answer(&self, answer: &Answer, now_ms: u64) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        let Some(mut asking) = state.asking.take() else { return Ok(()) };
        let Some(endpoint) = asking.endpoints.get(asking.at) else { return Ok(()) };
        let error = match asking.role.parse(endpoint, answer, now_ms) {
            Ok(credentials) => {
                state.hold(Held::Signer(credentials));
                return Ok(());
            }
            Err(error) => error,
        };
        if error.wants_fresh_token() && !state.fresh {
            state.fresh = true;
            return Ok(());
        }
        if error.tries_next_endpoint() && asking.at + 1 < asking.endpoints.len() {
            asking.at += 1;
            state.asking = Some(asking);
            return Ok(());
        }
        state.fresh = false;
        if state.postpone(now_ms) { Ok(()) } else { Err(error.into()) }
    }

    /// The token service could not be reached.
    ///
    /// # Errors
    /// As [`handle_answer`](Self::handle_answer).
    pub fn handle_no_answer(
        &self,
        error: &TransportError,
        page_origin: &str,
        now_ms: u64,
    ) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        let Some(mut asking) = state.asking.take() else { return Ok(()) };
        let Some(endpoint) = asking.endpoints.get(asking.at) else { return Ok(()) };
        let request = asking.role.prepare(endpoint);
        if asking.at + 1 < asking.endpoints.len() {
            asking.at += 1;
            state.asking = Some(asking);
            return Ok(());
        }
        if state.postpone(now_ms) {
            return Ok(());
        }
        let asked = Asked { request: &request, page_origin, now_wall_ms: now_ms };
        Err(failure::from_transport(error, &asked))
    }

    /// No token could be had: whether what is held serves a while longer.
    #[must_use]
    pub fn handle_no_token(&self, now_ms: u64) -> bool {
        self.state.borrow_mut().postpone(now_ms)
    }

    /// The provider refused what was held when a request was authorised: lets
    /// go of it, unless something else is held by now, and heeds the claims that
    /// the refusal demands. It comes from the server that the credential was
    /// for: nothing else gets one. Whether there can be something else.
    #[must_use]
    pub fn refused(&self, generation: u32, refusal: &Head) -> bool {
        if self.is_key() {
            return false;
        }
        let mut state = self.state.borrow_mut();
        if state.generation == generation {
            state.held = Held::Nothing;
            // AWS refuses what came of a token, not the token.
            state.fresh = self.settings.authorization != Authorization::AwsRole;
            // What AWS or Google demands is not Entra's to heed.
            if self.settings.authorization == Authorization::Entra {
                let challenge = refusal.header("www-authenticate").unwrap_or_default();
                state.claims = claims::from_challenge(challenge);
            }
        }
        true
    }

    /// The provider refused a signature's time: takes the server's clock from
    /// the body of the refusal. Whether it said how wrong the clock here is.
    #[must_use]
    pub fn correct_clock(&self, body: &str, now_s: u64) -> bool {
        match ClockSkew::from_refusal(body, now_s) {
            Some(skew) if self.settings.authorization == Authorization::AwsRole => {
                let mut state = self.state.borrow_mut();
                state.skew = skew;
                // Signatures are others from here on.
                state.generation += 1;
                true
            }
            _ => false,
        }
    }

    /// The names of the headers that [`authorize`](Self::authorize) adds, in
    /// lower case, whether anything is held or not.
    #[must_use]
    pub fn headers(&self) -> &'static [&'static str] {
        match self.settings.authorization {
            Authorization::ApiKey => &["x-api-key"],
            Authorization::AwsRole => &["x-amz-date", "x-amz-security-token", "authorization"],
            _ => &["authorization"],
        }
    }

    /// Authorises a request to be sent at a time in seconds since 1970. Nothing
    /// else does, so what opens a provider goes there alone. What it gives is
    /// for [`refused`](Self::refused).
    ///
    /// # Errors
    /// [`AccessError`]; the request is unchanged then.
    pub fn authorize(&self, request: &mut Request, now_s: u64) -> Result<u32, AccessError> {
        let state = self.state.borrow();
        match &state.held {
            Held::Nothing => return Err(AccessError::Nothing),
            Held::Header(credential, _) => {
                credential.attach(request).map_err(AccessError::Audience)?;
            }
            Held::Signer(credentials) => {
                self.sign(request, credentials, state.skew.correct(now_s))?;
            }
        }
        Ok(state.generation)
    }

    fn sign(
        &self,
        request: &mut Request,
        credentials: &TemporaryCredentials,
        time: u64,
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
            credentials: credentials.credentials(),
            region: self.settings.value(Key::AwsRegion),
            service: SERVICE,
            time,
            settings: SigningSettings::STANDARD,
        };
        for (name, value) in sign(&signable, &params).map_err(AccessError::Signing)? {
            request.set_header(name, value);
        }
        Ok(())
    }
}

impl State {
    fn hold(&mut self, held: Held) {
        self.held = held;
        self.generation += 1;
        self.fresh = false;
        self.claims.clear();
        self.not_before_ms = 0;
    }

    /// Whether what is held can be used; `to_its_end` when there is nothing
    /// else to be had.
    fn serves(&self, now_ms: u64, to_its_end: bool) -> bool {
        match &self.held {
            Held::Nothing => false,
            Held::Header(_, None) => true,
            Held::Header(_, Some(end)) => now_ms.saturating_add(TOKEN_MARGIN_MS) < *end,
            Held::Signer(credentials) => match credentials.renewal(now_ms) {
                Renewal::NotYet => true,
                Renewal::Soon => to_its_end || now_ms < self.not_before_ms,
                Renewal::Now => false,
            },
        }
    }

    /// Goes on with what is held, if it still serves.
    fn postpone(&mut self, now_ms: u64) -> bool {
        let serves = self.serves(now_ms, true);
        if serves {
            self.not_before_ms = now_ms.saturating_add(POSTPONED_MS);
        }
        serves
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

const NOTHING: &str = "nothing opens the provider yet";

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str(NOTHING),
            Self::Audience(error) => error.fmt(f),
            Self::Signing(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccessError {}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Nothing => Self::told(
                Code::InteractionRequired,
                NOTHING,
                "sign-in-again",
                Audience::User,
                "Sign in and connect again.",
            ),
            AccessError::Audience(error) => error.into(),
            AccessError::Signing(error) => error.into(),
        }
    }
}
