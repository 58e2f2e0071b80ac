//! Does what an Office host's broker does: signs the user in, and gives out
//! tokens for what it kept.

use crate::http::Request;
use crate::http::answer::{Answer, TransportError};
use crate::json::{Json, Kind};
use crate::secret::Secret;

use super::super::id_token;
use super::super::scopes::Scopes;
use super::code_flow::Attempt;
pub use super::code_flow::Random;
use super::grant::Grant;
use super::reply::{self, Account};
use super::settings::{Provider, Settings};
use super::{entra, fields, google, parse, text};

/// What the page is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    /// Hand a message to the client.
    Reply(Secret),
    /// Open a window at an address, in the place of the one that is open; its
    /// answer comes with this `state`.
    Open {
        /// The authorization endpoint, with all that it needs.
        url: String,
        /// Names the answer's way back.
        state: String,
    },
    /// Ask for tokens: with what is kept by then, see [`Broker::prepare`].
    Ask(String),
}

/// A message that isn't answered yet.
#[derive(Debug)]
struct Flight {
    request_id: String,
    /// The message's `tokenParams`.
    params: String,
    /// The sign-in in a window; none where a refresh token has to do.
    attempt: Option<Attempt>,
    sent_at_ms: u64,
}

impl Flight {
    fn params(&self) -> Json<'_> {
        parse(&self.params)
    }

    fn waits_for_window(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.code.is_none())
    }

    /// What is asked for, with what every sign-in needs.
    fn scope(&self, provider: Provider) -> String {
        let mut scope = text(self.params(), "scope");
        let needed: &[&str] = match provider {
            Provider::Entra => &["openid", "profile", "offline_access"],
            // Google has a parameter for what the last one means.
            Provider::Google => &["openid", "email"],
        };
        for needed in needed {
            if !scope.split(' ').any(|scope| scope.eq_ignore_ascii_case(needed)) {
                scope.push(' ');
                scope.push_str(needed);
            }
        }
        scope
    }
}

/// A broker without input or output. One window is open at a time: a newer
/// sign-in takes over from an older one.
///
/// Inputs: [`handle_message`](Self::handle_message),
/// [`handle_kept`](Self::handle_kept),
/// [`handle_redirect`](Self::handle_redirect),
/// [`handle_window`](Self::handle_window),
/// [`handle_answer`](Self::handle_answer),
/// [`handle_unanswered`](Self::handle_unanswered). After each, do what
/// [`poll`](Self::poll) gives until it gives nothing. To [`Task::Ask`]:
///
/// 1. While no other pane does the same, read what is kept and give it to
///    `handle_kept`.
/// 2. Send what [`prepare`](Self::prepare) gives, and hand over the answer.
/// 3. Keep [`record`](Self::record), or remove what is kept where there is none.
///
/// Each message gets exactly one reply.
#[derive(Debug)]
pub struct Broker {
    settings: Settings,
    grant: Option<Grant>,
    /// Who signed in last, for a window's form; empty for nobody.
    login_hint: String,
    /// Claims that a refusal said a sign-in has to bring, as JSON.
    demanded: String,
    flights: Vec<Flight>,
    tasks: Vec<Task>,
}

impl Broker {
    /// Knows nobody yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            grant: None,
            login_hint: String::new(),
            demanded: String::new(),
            flights: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// Takes a message of the client's. `random` is used for nothing else.
    pub fn handle_message(&mut self, message: &str, random: &Random) {
        let message = parse(message);
        let params = message.get("tokenParams").unwrap_or(Json::NULL);
        let mut flight = Flight {
            request_id: text(message, "requestId"),
            params: params.raw().to_owned(),
            attempt: None,
            sent_at_ms: 0,
        };
        match text(message, "method").as_str() {
            "GetTokenPopup" => {
                self.end_window("USER_CANCEL", "another sign-in took over");
                let attempt = Attempt::new(random);
                let (url, state) = (self.window_address(&flight, &attempt), attempt.state.clone());
                self.tasks.push(Task::Open { url, state });
                flight.attempt = Some(attempt);
                self.flights.push(flight);
            }
            // The client doesn't wait for what can't come.
            _ if !self.can_refresh(params) => self.ask_for_user(&flight.request_id),
            _ => {
                self.tasks.push(Task::Ask(flight.request_id.clone()));
                self.flights.push(flight);
            }
        }
    }

    /// Takes what is kept: this page's record, or the one that another pane
    /// has put in its place.
    pub fn handle_kept(&mut self, record: Option<&str>) {
        self.grant = record.and_then(|record| Grant::read(record, &self.settings));
        if let Some(grant) = &self.grant {
            self.login_hint.clone_from(&grant.login_hint);
        }
    }

    /// Takes an address that a window came back to, or its fields. Returns
    /// whether the window that is open was meant; nothing changes where not.
    pub fn handle_redirect(&mut self, address: &str) -> bool {
        let answer = fields::of_address(address);
        let state = fields::find(answer, "state");
        let answered = |flight: &Flight| {
            flight.waits_for_window()
                && flight.attempt.as_ref().is_some_and(|attempt| attempt.is_answered_by(&state))
        };
        let Some(at) = self.flights.iter().position(answered) else { return false };
        let issuer = fields::find(answer, "iss");
        let is_foreign = !issuer.is_empty() && !self.is_issuer(&issuer);
        let code = fields::find(answer, "code");
        if !code.is_empty()
            && !is_foreign
            && let Some(flight) = self.flights.get_mut(at)
            && let Some(attempt) = &mut flight.attempt
        {
            attempt.code = Some(Secret::new(code));
            self.tasks.push(Task::Ask(flight.request_id.clone()));
            return true;
        }
        let flight = self.flights.remove(at);
        if is_foreign {
            self.refuse(&flight.request_id, FOREIGN, "the answer is another server's");
        } else {
            self.refuse_as_told(&flight, "", &|name| fields::find(answer, name));
        }
        true
    }

    /// The window didn't open, or closed: `status` is a word of
    /// [`super::super::bridge_error`]'s.
    pub fn handle_window(&mut self, status: &str, said: &str) {
        self.end_window(status, said);
    }

    /// The request for tokens; `None` where there is nothing left to ask with.
    #[must_use]
    pub fn prepare(&mut self, request_id: &str, now_ms: u64) -> Option<Request> {
        let at = self.flights.iter().position(|flight| flight.request_id == request_id)?;
        let flight = self.flights.get_mut(at)?;
        flight.sent_at_ms = now_ms;
        let flight = self.flights.get(at)?;
        let body = match &flight.attempt {
            Some(attempt) => self.code_form(flight, attempt),
            None if self.can_refresh(flight.params()) => self.refresh_form(flight),
            None => {
                let flight = self.flights.remove(at);
                self.ask_for_user(&flight.request_id);
                return None;
            }
        };
        Some(Request::post_form(self.settings.token.clone(), body))
    }

    /// Takes the answer to a request for tokens.
    pub fn handle_answer(&mut self, request_id: &str, answer: &Answer) {
        let Some(flight) = self.take(request_id) else { return };
        let body = parse(&answer.body);
        if body.kind() != Kind::Object {
            // A proxy's page, which servers give under any status.
            let status = if answer.head.status >= 500 { TRANSIENT } else { FOREIGN };
            return self.refuse(request_id, status, "the token endpoint's answer is not JSON");
        }
        if !answer.head.is_success() || body.get("error").is_some() {
            return self.handle_refusal(&flight, answer.head.status, body);
        }
        let claims = id_token::claims(&text(body, "id_token")).unwrap_or_default();
        let claims = parse(&claims);
        if claims.is_null() || text(body, "access_token").is_empty() {
            return self.refuse(request_id, FOREIGN, "the token endpoint's answer has no tokens");
        }
        if let Some(attempt) = &flight.attempt
            && (text(claims, "nonce") != attempt.nonce
                || text(claims, "aud") != self.settings.client_id)
        {
            return self.refuse(request_id, FOREIGN, "the ID token is for another sign-in");
        }
        if self.lacks_scope(&flight, body) {
            let said = ["consent_required", "", "not all was granted that was asked for"];
            return self.refuse_said(request_id, INTERACTION, said);
        }
        let account = Account::of(body, claims);
        let reply = reply::granted(request_id, body, &account, flight.sent_at_ms);
        self.tasks.push(Task::Reply(reply));
        self.renew_grant(account, Secret::new(text(body, "refresh_token")));
    }

    /// There is no answer to a request for tokens.
    pub fn handle_unanswered(&mut self, request_id: &str, error: &TransportError) {
        if self.take(request_id).is_none() {
            return;
        }
        let status = match error {
            TransportError::TimedOut { .. } => TIMEOUT,
            TransportError::Network { .. } | TransportError::Interrupted => "NO_NETWORK",
            TransportError::Redirected | TransportError::TooLarge { .. } => FOREIGN,
        };
        let said = [self.settings.token.as_str(), ": ", &error.to_string()].concat();
        self.refuse(request_id, status, &said);
    }

    /// The next thing to do.
    #[must_use]
    pub fn poll(&mut self) -> Option<Task> {
        if self.tasks.is_empty() { None } else { Some(self.tasks.remove(0)) }
    }

    /// What is to be kept. It holds the refresh token in the clear.
    #[must_use]
    pub fn record(&self) -> Option<Secret> {
        self.grant.as_ref().map(|grant| grant.write(&self.settings))
    }

    /// Forgets the user. The request that revokes what they granted is worth
    /// sending, and its failure nobody's concern; Entra knows none.
    #[must_use]
    pub fn sign_out(&mut self) -> Option<Request> {
        let grant = self.grant.take();
        self.login_hint.clear();
        self.demanded.clear();
        for flight in std::mem::take(&mut self.flights) {
            self.refuse(&flight.request_id, "USER_CANCEL", "the user signed out");
        }
        let mut body = String::new();
        fields::push(&mut body, "token", grant?.refresh_token.expose());
        Some(Request::post_form(self.settings.revocation.clone()?, body))
    }

    fn take(&mut self, request_id: &str) -> Option<Flight> {
        let at = self.flights.iter().position(|flight| flight.request_id == request_id)?;
        Some(self.flights.remove(at))
    }

    /// Whether there is a refresh token of the account that is asked for.
    fn can_refresh(&self, params: Json<'_>) -> bool {
        let asked = text(params, "platformBrokerId");
        self.grant.as_ref().is_some_and(|grant| {
            asked.is_empty() || asked.eq_ignore_ascii_case(&grant.home_account_id)
        })
    }

    fn is_issuer(&self, issuer: &str) -> bool {
        let host = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
        host.split('/').next() == Some(&self.settings.issuer_host)
    }

    /// The authorization request (RFC 6749 §4.1.1).
    fn window_address(&self, flight: &Flight, attempt: &Attempt) -> String {
        let settings = &self.settings;
        let (challenge, scope) = (attempt.challenge(), flight.scope(settings.provider));
        let params = flight.params();
        let hints = params.get("extraParameters").unwrap_or(Json::NULL);
        let prompt = text(hints, "prompt");
        let mut login_hint = text(hints, "loginHint");
        // Who is to be chosen anew is not suggested.
        if login_hint.is_empty() && prompt.is_empty() {
            login_hint.clone_from(&self.login_hint);
        }
        let mut url = settings.authorization.as_str().to_owned();
        url.push('?');
        for (name, value) in [
            ("client_id", settings.client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", &settings.redirect_uri),
            ("scope", &scope),
            ("state", &attempt.state),
            ("nonce", &attempt.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", &login_hint),
        ] {
            fields::push(&mut url, name, value);
        }
        match settings.provider {
            Provider::Entra => {
                // A fragment is in no server's log.
                fields::push(&mut url, "response_mode", "fragment");
                fields::push(&mut url, "prompt", &prompt);
                fields::push(&mut url, "domain_hint", &text(hints, "domainHint"));
                self.push_entra(&mut url, params, true);
            }
            Provider::Google => {
                for (name, value) in google::OFFLINE {
                    fields::push(&mut url, name, value);
                }
            }
        }
        url
    }

    /// The form that exchanges a code (RFC 6749 §4.1.3, 7636 §4.5).
    fn code_form(&self, flight: &Flight, attempt: &Attempt) -> String {
        let mut body = self.form(flight, "authorization_code");
        fields::push(&mut body, "code", attempt.code.as_ref().map_or("", Secret::expose));
        fields::push(&mut body, "code_verifier", attempt.verifier.expose());
        fields::push(&mut body, "redirect_uri", &self.settings.redirect_uri);
        body
    }

    /// The form that uses the refresh token (RFC 6749 §6).
    fn refresh_form(&self, flight: &Flight) -> String {
        let mut body = self.form(flight, "refresh_token");
        let token = self.grant.as_ref().map_or("", |grant| grant.refresh_token.expose());
        fields::push(&mut body, "refresh_token", token);
        body
    }

    fn form(&self, flight: &Flight, grant_type: &str) -> String {
        let settings = &self.settings;
        let mut body = String::new();
        fields::push(&mut body, "client_id", &settings.client_id);
        fields::push(&mut body, "client_secret", settings.client_secret.expose());
        fields::push(&mut body, "grant_type", grant_type);
        if settings.provider == Provider::Entra {
            fields::push(&mut body, "scope", &flight.scope(settings.provider));
            self.push_entra(&mut body, flight.params(), flight.attempt.is_some());
        }
        body
    }

    /// A refusal of the token endpoint's (RFC 6749 §5.2).
    fn handle_refusal(&mut self, flight: &Flight, status: u16, error: Json<'_>) {
        self.demanded = text(error, "claims");
        let spent = match self.settings.provider {
            Provider::Entra => entra::spends_refresh_token(error),
            Provider::Google => text(error, "error") == "invalid_grant",
        };
        if spent && flight.attempt.is_none() {
            self.grant = None;
        }
        let fails = status == 429 || status >= 500;
        self.refuse_as_told(flight, if fails { TRANSIENT } else { "" }, &|name| text(error, name));
    }

    /// Passes on an error that the identity provider tells; its words choose
    /// the status where there is none.
    fn refuse_as_told(&mut self, flight: &Flight, status: &str, told: &dyn Fn(&str) -> String) {
        let (code, description) = (told("error"), told("error_description"));
        let status = match code.as_str() {
            _ if !status.is_empty() => status,
            // Entra says so with a number where it was consent that was denied.
            "access_denied" if !description.starts_with("AADSTS") => "USER_CANCEL",
            "invalid_grant" | "interaction_required" | "login_required" | "consent_required" => {
                INTERACTION
            }
            "temporarily_unavailable" | "server_error" => TRANSIENT,
            _ => "PERSISTENT_ERROR",
        };
        // Entra's at the token endpoint, Entra's in an address, Google's.
        let mut sub_error = told("suberror");
        for name in ["error_subcode", "error_subtype"] {
            if sub_error.is_empty() {
                sub_error = told(name);
            }
        }
        self.refuse_said(&flight.request_id, status, [&code, &sub_error, &description]);
    }

    fn refuse_said(&mut self, request_id: &str, status: &str, said: [&str; 3]) {
        self.tasks.push(Task::Reply(reply::refused(request_id, status, said)));
    }

    fn refuse(&mut self, request_id: &str, status: &str, description: &str) {
        self.refuse_said(request_id, status, ["", "", description]);
    }

    fn ask_for_user(&mut self, request_id: &str) {
        self.refuse(request_id, INTERACTION, "nobody is signed in");
    }

    fn end_window(&mut self, status: &str, said: &str) {
        if let Some(at) = self.flights.iter().position(Flight::waits_for_window) {
            let flight = self.flights.remove(at);
            self.refuse(&flight.request_id, status, said);
        }
    }

    /// The user can take a scope out of what they agree to at Google.
    fn lacks_scope(&self, flight: &Flight, answer: Json<'_>) -> bool {
        let granted = text(answer, "scope");
        let wanted = || Scopes::parse(&text(flight.params(), "scope"));
        self.settings.provider == Provider::Google
            && !granted.is_empty()
            && !Scopes::parse(&granted).cover(&wanted())
    }

    /// What Entra understands in both requests: who is asking about it in its
    /// logs, who the person is at home, and which claims are asked for.
    fn push_entra(&self, out: &mut String, params: Json<'_>, attended: bool) {
        fields::push(out, "client_info", "1");
        fields::push(out, "client-request-id", &text(params, "correlationId"));
        let asked = text(params, "claims");
        let is_demanded = attended && !self.demanded.is_empty();
        fields::push(out, "claims", if is_demanded { &self.demanded } else { &asked });
    }

    /// A new refresh token takes the place of the old one, which goes on
    /// where there is no new one (RFC 6749 §6) and it is the same person's.
    fn renew_grant(&mut self, account: Account, refresh_token: Secret) {
        self.demanded.clear();
        self.login_hint.clone_from(&account.login_hint);
        if refresh_token.expose().is_empty() {
            self.grant = self.grant.take().filter(|grant| grant.home_account_id == account.home_id);
        } else {
            self.grant = Some(Grant {
                home_account_id: account.home_id,
                login_hint: account.login_hint,
                refresh_token,
            });
        }
    }
}

const INTERACTION: &str = "USER_INTERACTION_REQUIRED";
const TRANSIENT: &str = "TRANSIENT_ERROR";
/// Not the protocol's, see [`super::super::bridge_error`].
const FOREIGN: &str = "FOREIGN_ANSWER";
const TIMEOUT: &str = "TIMEOUT";
