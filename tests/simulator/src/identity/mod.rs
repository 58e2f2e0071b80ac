//! The identity providers: Entra under `/entra`, Google under `/google`.
//!
//! They hold clients to the protocol: registered redirect URIs to the letter,
//! PKCE, a code once, Entra's rule that a single-page application redeems from
//! its own origin and nobody else from a browser. Their tokens are really
//! signed, by a key that is drawn at each start.

mod entra;
mod google;
mod issue;
mod page;
mod signing;
mod trial;
mod users;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::organisation::Origins;
use signing::Signer;
use trial::Trial;
use users::User;

pub(crate) use signing::random_text;
pub(crate) use users::{BOB, TENANT};

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
    /// What was asked of the token endpoints, for tests: a word each.
    journal: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Identity {
    redirect_uri: String,
    signer: Signer,
    issued: Mutex<Issued>,
}

impl Identity {
    pub(crate) fn new(origins: &Origins) -> Self {
        Self {
            redirect_uri: format!("{}{REDIRECT_PAGE}", origins.pane),
            signer: Signer::new(),
            issued: Mutex::default(),
        }
    }

    fn issued<T>(&self, change: impl FnOnce(&mut Issued) -> T) -> T {
        change(&mut self.issued.lock().unwrap_or_else(PoisonError::into_inner))
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

    /// Sends the browser back with a code.
    fn give_code(&self, code: Code, request: &Fields) -> Response {
        let name = signing::random_text();
        let mut answer = vec![("code", name.clone())];
        self.issued(|issued| issued.codes.insert(name, code));
        answer.push(("session_state", signing::random_text()));
        send_back(request, answer)
    }

    /// Takes a code, and says what is wrong with how it is redeemed.
    fn redeem(&self, form: &Fields) -> Result<Code, CodeError> {
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
        let name = signing::random_text();
        self.issued(|issued| issued.grants.insert(name.clone(), granted));
        name
    }
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
    headers: &'a HeaderMap,
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
        headers: &headers,
        post: method == Method::POST,
    };
    let mut response = match asked.path.as_slice() {
        ["entra", tenant, rest @ ..] => entra::answer(&asked, tenant, rest),
        ["google", rest @ ..] => google::answer(&asked, rest),
        ["issue"] => issue::answer(&asked),
        ["end-sessions"] => issue::end_sessions(&asked),
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
