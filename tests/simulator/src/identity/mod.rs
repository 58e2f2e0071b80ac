//! The identity providers, Entra under `/entra` and Google under `/google`, and
//! what only their tokens open: Microsoft Graph under `/graph`.
//!
//! They hold clients to the protocol: registered redirect URIs to the letter,
//! PKCE, a code once, Entra's rule that a single-page application redeems from
//! its own origin and nobody else from a browser. Their tokens are really
//! signed, by a key that is drawn at each start.

mod entra;
mod google;
mod graph;
mod issue;
mod office;
mod page;
mod permissions;
mod refusal;
mod signing;
mod trial;
mod users;
pub(crate) mod verification;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::organisation::Origins;
use crate::secrets::{SecretKind, Secrets};
use signing::Signer;
use trial::{TokenFault, Trial};
use users::User;

pub(crate) use permissions::resource;
pub(crate) use signing::random_text;
pub(crate) use users::{BOB, TENANT, accounts};

/// The applications that are registered at Entra.
pub mod applications {
    /// A single-page application with the pane's `auth.html`.
    pub const PANE: &str = "0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d001";
    /// The same redirect URI, registered for the platform "Web".
    pub const WEB: &str = "0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d002";
    /// One with another redirect URI.
    pub const ELSEWHERE: &str = "0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d003";
    /// At Google, a web application.
    pub const GOOGLE: &str = "318274650112-simulated.apps.googleusercontent.com";
    /// What Google gave to it.
    pub const GOOGLE_SECRET: &str = "GOCSPX-simulated-not-a-secret";
}

/// The page of the pane's origin that the registrations name.
const REDIRECT_PAGE: &str = "/auth.html";

/// What a code stands for until it is redeemed.
#[derive(Clone, Debug)]
struct Code {
    client: String,
    redirect_uri: String,
    challenge: String,
    nonce: String,
    /// The claims that were demanded, as JSON.
    claims: String,
    scope: String,
    user: &'static User,
    /// Whether a refresh token comes with it.
    offline: bool,
    redeemed: bool,
}

/// What a refresh token stands for.
#[derive(Clone, Debug)]
struct Granted {
    client: String,
    scope: String,
    user: &'static User,
}

/// What an access token of Google's is good for.
#[derive(Clone, Debug)]
struct GoogleToken {
    scope: String,
    expires_at_s: i64,
    epoch: String,
    /// The refresh token of the same grant, where there is one.
    grant: String,
}

#[derive(Debug, Default)]
struct Issued {
    codes: HashMap<String, Code>,
    grants: HashMap<String, Granted>,
    /// Google's access tokens.
    google: HashMap<String, GoogleToken>,
    /// How often the sessions of an id were ended.
    ended: HashMap<String, u32>,
    /// The applications that all was agreed to for, with the trial that it was agreed in.
    consents: HashSet<(String, String)>,
    /// What was asked of the token endpoints, for tests: a word each.
    journal: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Identity {
    redirect_uri: String,
    origin: String,
    host_origin: String,
    secrets: Secrets,
    signer: Signer,
    issued: Mutex<Issued>,
}

/// Whom tokens are for.
struct Grantee<'a> {
    client: &'a str,
    user: &'static User,
    nonce: Option<&'a str>,
}

/// What tokens are for.
struct TokenSpec<'a> {
    scope: &'a str,
    /// What the user has done to get them.
    contexts: Vec<String>,
    lifetime_s: i64,
    /// What tells one from another in a test.
    number: &'a str,
}

/// An ID token and an access token.
struct Tokens {
    access: String,
    id: String,
    scope: String,
}

impl Identity {
    pub(crate) fn new(origins: &Origins, secrets: Secrets) -> Self {
        Self {
            redirect_uri: format!("{}{REDIRECT_PAGE}", origins.pane),
            origin: origins.identity.clone(),
            host_origin: origins.host.clone(),
            secrets,
            signer: Signer::new(),
            issued: Mutex::default(),
        }
    }

    fn issued<T>(&self, change: impl FnOnce(&mut Issued) -> T) -> T {
        change(&mut self.issued.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who an object of the directory is.
    pub(crate) fn name_of(&self, object_id: &str) -> Option<&'static str> {
        Some(User::by_object_id(object_id)?.display_name)
    }

    /// Which sessions of an id are going on: what is issued now belongs to them,
    /// and is over when they are ended.
    pub(crate) fn epoch(&self, id: &str) -> String {
        let count = self.issued(|issued| issued.ended.get(id).copied().unwrap_or_default());
        format!("{id}#{count}")
    }

    /// Whether sessions go on.
    pub(crate) fn is_current(&self, epoch: &str) -> bool {
        epoch.rsplit_once('#').is_some_and(|(id, _)| self.epoch(id) == epoch)
    }

    /// Ends the sessions of an id: whatever was issued to it is refused from here
    /// on, at all clouds, though it says that it lasts.
    pub(crate) fn end_sessions(&self, id: &str) {
        self.issued(|issued| {
            let count = issued.ended.entry(id.to_owned()).or_default();
            *count = count.saturating_add(1);
        });
    }

    /// What an access token of Google's is good for at a time in seconds since 1970.
    pub(crate) fn google_scope(&self, token: &str, now_s: i64) -> Option<String> {
        let known = self.issued(|issued| issued.google.get(token).cloned())?;
        let serves = now_s < known.expires_at_s && self.is_current(&known.epoch);
        serves.then_some(known.scope)
    }

    /// The public key that tokens are signed for.
    pub(crate) fn key_coordinates(&self) -> (String, String) {
        let key = self.signer.public_key();
        let text =
            |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text("x"), text("y"))
    }

    pub(crate) fn journal(&self) -> Vec<String> {
        self.issued(|issued| issued.journal.clone())
    }

    /// Notes a secret that is given away.
    fn give(&self, kind: SecretKind, secret: String) -> String {
        self.secrets.add(kind, &secret);
        secret
    }

    fn give_id_token(&self, claims: Value) -> String {
        self.give(SecretKind::IdToken, self.signer.token(claims, 3_600))
    }

    /// A token of Entra's, with what is to be wrong with it.
    fn sign(&self, trial: &Trial, mut claims: Value, lifetime_s: i64) -> String {
        match trial.token {
            None => self.signer.token(claims, lifetime_s),
            Some(TokenFault::Expired) => self.signer.token(claims, -60),
            Some(TokenFault::Audience) => {
                set(&mut claims, "aud", json!(applications::ELSEWHERE));
                self.signer.token(claims, lifetime_s)
            }
            Some(TokenFault::Issuer) => {
                let nobody = "00000000-0000-4000-8000-00000000dead";
                set(&mut claims, "tid", json!(nobody));
                set(&mut claims, "iss", json!(issuer(nobody)));
                self.signer.token(claims, lifetime_s)
            }
            Some(TokenFault::Signature) => Signer::new().token(claims, lifetime_s),
            Some(TokenFault::Malformed) => format!("EwB4{}", signing::random_text()),
        }
    }

    /// Entra's tokens.
    fn give_tokens(&self, trial: &Trial, to: &Grantee<'_>, spec: &TokenSpec<'_>) -> Tokens {
        let user = to.user;
        let (issuer, sessions) = (issuer(user.tenant), self.epoch(&trial.id));
        let mut claims = json!({
            "aud": to.client, "iss": issuer, "ver": "2.0",
            "oid": user.object_id, "sub": user.object_id, "tid": user.tenant,
            "preferred_username": user.upn, "name": user.display_name,
            "login_hint": format!("hint-of-{}", user.name), "extn.team": ["red"],
            "sid": sessions,
        });
        if let Some(nonce) = to.nonce {
            set(&mut claims, "nonce", json!(nonce));
        }
        for (name, value) in &trial.claims {
            set(&mut claims, name, json!(value));
        }
        let scope = permissions::granted(spec.scope);
        let mut access = json!({
            "aud": permissions::resource(spec.scope), "iss": issuer, "ver": "2.0",
            "azp": to.client, "oid": user.object_id, "tid": user.tenant,
            "scp": permissions::names(&scope), "sid": sessions,
            // Each token is another one.
            "uti": format!("{}{}", spec.number, signing::random_text()),
        });
        if !spec.contexts.is_empty() {
            set(&mut access, "acrs", json!(spec.contexts));
        }
        let sign = |kind, claims| self.give(kind, self.sign(trial, claims, spec.lifetime_s));
        Tokens {
            access: sign(SecretKind::AccessToken, access),
            id: sign(SecretKind::IdToken, claims),
            scope,
        }
    }

    /// Whether somebody has agreed to all that an application asks for.
    fn has_consented(&self, trial: &Trial, client: &str) -> bool {
        self.issued(|issued| issued.consents.contains(&(trial.id.clone(), client.to_owned())))
    }

    fn consent(&self, trial: &Trial, client: &str) {
        self.issued(|issued| issued.consents.insert((trial.id.clone(), client.to_owned())));
    }

    /// Sends the browser back with a code.
    fn give_code(&self, code: Code, request: &Fields) -> Response {
        let name = self.give(SecretKind::Code, signing::random_text());
        let mut answer = vec![("code", name.clone())];
        self.issued(|issued| issued.codes.insert(name, code));
        answer.push(("session_state", signing::random_text()));
        send_back(request, answer)
    }

    /// Takes a code, and says what is wrong with how it is redeemed.
    fn redeem(&self, form: &Fields) -> Result<Code, CodeError> {
        self.secrets.add(SecretKind::Verifier, form.get("code_verifier"));
        self.issued(|issued| {
            let code = issued.codes.get_mut(form.get("code")).ok_or(CodeError::Unknown)?;
            if std::mem::replace(&mut code.redeemed, true) {
                return Err(CodeError::Redeemed);
            }
            if code.client != form.get("client_id") || code.redirect_uri != form.get("redirect_uri")
            {
                return Err(CodeError::Unknown);
            }
            if signing::challenge(form.get("code_verifier")) != code.challenge {
                return Err(CodeError::Verifier);
            }
            Ok(code.clone())
        })
    }

    fn give_refresh_token(&self, granted: Granted) -> String {
        let name = self.give(SecretKind::RefreshToken, signing::random_text());
        self.issued(|issued| issued.grants.insert(name.clone(), granted));
        name
    }
}

/// Who issues a tenant's tokens.
fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

/// Why a code isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CodeError {
    Unknown,
    Redeemed,
    Verifier,
}

/// A query or a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(text: &str) -> Self {
        let decoded = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let fields = text.split('&').filter_map(|field| field.split_once('='));
        Self(fields.map(|(name, value)| (decoded(name), decoded(value))).collect())
    }

    /// The value, empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(found, _)| found == name);
        field.map_or("", |(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }
}

/// Sends the browser back to the application, in the mode that it asked for.
fn send_back(request: &Fields, mut answer: Vec<(&str, String)>) -> Response {
    answer.push(("state", request.get("state").to_owned()));
    let fields: Vec<String> =
        answer.iter().map(|(name, value)| format!("{name}={}", percent_encode(value))).collect();
    let mark = if request.get("response_mode") == "fragment" { '#' } else { '?' };
    let target = format!("{}{mark}{}", request.get("redirect_uri"), fields.join("&"));
    (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
}

fn percent_encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// One request, as all parts see it.
struct Asked<'a> {
    identity: &'a Identity,
    trial: &'a Trial,
    /// The path without what says how to answer, split at its slashes.
    path: Vec<&'a str>,
    query: Fields,
    /// The form of a POST.
    form: Fields,
    body: &'a [u8],
    headers: &'a HeaderMap,
    method: Method,
    post: bool,
}

pub(crate) fn router(identity: Arc<Identity>) -> Router {
    Router::new().fallback(answer).with_state(identity)
}

async fn answer(
    State(identity): State<Arc<Identity>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (trial, path) = match Trial::of_path(uri.path()) {
        Ok(found) => found,
        Err(wrong) => return (StatusCode::BAD_REQUEST, wrong).into_response(),
    };
    let asked = Asked {
        identity: &identity,
        trial: &trial,
        path: path.split('/').filter(|segment| !segment.is_empty()).collect(),
        query: Fields::read(uri.query().unwrap_or_default()),
        form: Fields::read(&String::from_utf8_lossy(&body)),
        body: &body,
        headers: &headers,
        post: method == Method::POST,
        method,
    };
    let mut response = match asked.path.as_slice() {
        ["entra", tenant, rest @ ..] => entra::answer(&asked, tenant, rest),
        ["google", rest @ ..] => google::answer(&asked, rest),
        ["issue"] => issue::answer(&asked),
        ["end-sessions"] => issue::end_sessions(&asked),
        ["graph", "v1.0" | "beta", rest @ ..] => graph::answer(&asked, rest),
        ["download", id] => graph::download(&asked, id),
        ["office", "token"] if asked.post => office::answer(&asked),
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if trial.coop {
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    }
    response
}

/// A JSON answer that any page may read, as both providers' token endpoints give it.
fn readable(status: StatusCode, body: &Value) -> Response {
    let fixed = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (status, fixed, body.to_string()).into_response()
}

/// Sets a member of an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The public keys, and as Entra lists them.
fn keys(identity: &Identity) -> Response {
    readable(StatusCode::OK, &json!({ "keys": [identity.signer.public_key()] }))
}
