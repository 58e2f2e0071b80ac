//! Does what an Office host's broker does: signs the user in, and gives out
//! tokens for what it kept.

use crate::http::Request;
use crate::http::answer::{Answer, TransportError};
use crate::json::{Json, Kind, write};
use crate::secret::Secret;
use crate::text::{join, split_once};

use super::super::account::{Account, place};
use super::super::fields::{member, object, or, parse, text};
use super::super::scopes::Scopes;
use super::super::{base64, id_token};
use super::code_flow::Attempt;
use super::grant::Grant;
use super::settings::{Provider, Settings};
use super::{entra, fields, google, reply};

/// What is to be done next about a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: an address was no answer to the window that is open.
    Nothing,
    /// Open a window at this address, in the place of the one that is open.
    Open(String),
    /// Ask for tokens, see [`Broker::prepare`].
    Ask,
    /// Send this, for [`Broker::handle_answer`].
    Send(Request),
    /// Reply this, which ends it.
    Reply(Secret),
}

/// A broker without input or output: it takes the client's messages, which are
/// JSON, and says what to do and what to reply. Each gets one reply.
///
/// 1. [`begin`](Self::begin) with the message. A window that was open for
///    another one is refused with [`refuse`](Self::refuse).
/// 2. For a window, [`handle_redirect`](Self::handle_redirect) with each address
///    that claims to be its answer; `refuse` when it is closed or didn't open.
/// 3. To ask for tokens, while no other pane does: give what is kept to
///    [`handle_kept`](Self::handle_kept), send what [`prepare`](Self::prepare)
///    gives, give what is kept by then, reply what [`handle_answer`](Self::handle_answer) or
///    [`handle_unanswered`](Self::handle_unanswered) makes of it, and keep
///    [`record`](Self::record).
#[derive(Debug)]
pub struct Broker {
    settings: Settings,
    grant: Grant,
    /// Claims that a refusal said a sign-in has to bring, as JSON.
    demanded: String,
    /// The window that is open, or whose code is being exchanged.
    attempt: Attempt,
    sent_at_ms: u64,
}

impl Broker {
    /// Knows nobody yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            grant: Grant::default(),
            demanded: String::new(),
            attempt: Attempt::default(),
            sent_at_ms: 0,
        }
    }

    /// Takes a message. `random` has [`super::RANDOM_BYTES`] and is used for
    /// nothing else.
    pub fn begin(&mut self, message: &str, random: &[u8]) -> Step {
        let message = parse(message);
        if is_attended(message) {
            self.attempt = Attempt::new(message, random);
            return Step::Open(self.window_address(object(message, "tokenParams")));
        }
        if self.can_refresh(message) { Step::Ask } else { nobody(message) }
    }

    /// Takes what is kept: this page's record, or the one that another pane
    /// has put in its place.
    pub fn handle_kept(&mut self, record: &str) {
        let endpoint = self.settings.token();
        match Grant::read(record, self.settings.client_id(), endpoint.as_str()) {
            Some(grant) => self.grant = grant,
            None => self.grant.spend(),
        }
    }

    /// Takes an address that a window came back to, or its fields.
    pub fn handle_redirect(&mut self, message: &str, address: &str) -> Step {
        let answer = fields::of_address(address);
        let (message, answer) = (parse(message), parse(&answer));
        if !self.attempt.is_answered_by(&text(answer, "state")) || !self.attempt.is_of(message) {
            return Step::Nothing;
        }
        let (issuer, code) = (text(answer, "iss"), text(answer, "code"));
        if !issuer.is_empty() && !self.is_issuer(&issuer) {
            return foreign(message, "another server answers");
        }
        if code.is_empty() && text(answer, "error").is_empty() {
            return foreign(message, "the answer has neither a code nor an error");
        }
        if code.is_empty() {
            return refused_as_told(message, 0, answer);
        }
        self.attempt.set_code(code);
        Step::Ask
    }

    /// The request for tokens, or the reply where there is nothing left to ask with.
    pub fn prepare(&mut self, message: &str, now_ms: u64) -> Step {
        let message = parse(message);
        let attended = is_attended(message);
        if attended && !self.attempt.is_of(message) {
            return taken_over(message);
        }
        if !attended && !self.can_refresh(message) {
            return nobody(message);
        }
        self.sent_at_ms = now_ms;
        let form = self.form(object(message, "tokenParams"), attended);
        Step::Send(Request::post_form(self.settings.token(), form))
    }

    /// Takes the answer to a request for tokens; the reply.
    pub fn handle_answer(&mut self, message: &str, answer: &Answer) -> Step {
        let message = parse(message);
        let status = answer.head.status;
        let body = parse(&answer.body);
        // A refresh has nothing to do with the window that may be open.
        let mut attempt = Attempt::default();
        if is_attended(message) {
            if !self.attempt.is_of(message) {
                return taken_over(message);
            }
            std::mem::swap(&mut attempt, &mut self.attempt);
        } else if !self.can_refresh(message) {
            // Signed out meanwhile, in this pane or in another.
            return nobody(message);
        }
        let nonce = attempt.nonce();
        if body.kind() != Kind::Object {
            // A proxy's page, which servers give under any status.
            let status = if status >= 500 { TRANSIENT } else { FOREIGN };
            return refused(message, status, "the token endpoint's answer is not JSON");
        }
        if !member(body, "error").is_null() || !(200..300).contains(&status) {
            self.demanded = text(body, "claims");
            let spent = match self.settings.provider {
                Provider::Entra => entra::spends_refresh_token(body),
                Provider::Google => text(body, "error") == "invalid_grant",
            };
            if spent && nonce.is_empty() {
                self.grant.spend();
            }
            return refused_as_told(message, status, body);
        }
        let claims = id_token::claims(&text(body, "id_token")).unwrap_or_default();
        let told = parse(&claims);
        let is_ours = nonce.is_empty()
            || text(told, "nonce") == nonce && text(told, "aud") == self.settings.client_id();
        if claims.is_empty() || !is_ours || text(body, "access_token").is_empty() {
            return foreign(message, "the tokens are not this sign-in's");
        }
        if self.lacks_scope(message, body) {
            let said = ["consent_required", "", "not all was granted that was asked for"];
            return Step::Reply(reply::refused(message, INTERACTION, said));
        }
        let given = home_account(body);
        let account = Account::of_token(parse(&given), &claims);
        let home = account.at(place::HOME);
        // Whom the client turns away is asked again, not signed in for good.
        if self.settings.tenancy().admits(&account) {
            self.renew_grant(home, account.login_hint(), text(body, "refresh_token"));
        }
        Step::Reply(reply::granted(message, body, home, self.sent_at_ms))
    }

    /// There is no answer to a request for tokens; the reply.
    #[must_use]
    pub fn handle_unanswered(&self, message: &str, error: &TransportError) -> Step {
        let status = match error {
            TransportError::TimedOut { .. } => "TIMEOUT",
            TransportError::Network { .. } | TransportError::Interrupted => "NO_NETWORK",
            TransportError::Redirected | TransportError::TooLarge { .. } => FOREIGN,
        };
        refused(parse(message), status, self.settings.token().as_str())
    }

    /// The reply that there is no token, for a status of
    /// [`super::super::bridge_error`]'s.
    #[must_use]
    pub fn refuse(&self, message: &str, status: &str, said: &str) -> Step {
        refused(parse(message), status, said)
    }

    /// What is to be kept: it holds the refresh token in the clear.
    #[must_use]
    pub fn record(&self) -> Option<Secret> {
        self.grant.write(self.settings.client_id(), self.settings.token().as_str())
    }

    /// Forgets the user. The request that revokes what they granted is worth
    /// sending, and its failure nobody's concern; Entra knows none.
    #[must_use]
    pub fn sign_out(&mut self) -> Option<Request> {
        let grant = std::mem::take(&mut self.grant);
        self.attempt = Attempt::default();
        self.demanded.clear();
        let mut form = String::new();
        fields::push(&mut form, "token", grant.token());
        let endpoint = self.settings.revocation().filter(|_| !form.is_empty())?;
        Some(Request::post_form(endpoint, form))
    }

    /// Whether there is a refresh token of the account that is asked for.
    fn can_refresh(&self, message: Json<'_>) -> bool {
        let asked = text(object(message, "tokenParams"), "platformBrokerId");
        let is_theirs =
            asked.is_empty() || asked.eq_ignore_ascii_case(self.grant.home_account_id());
        is_theirs && !self.grant.token().is_empty()
    }

    fn is_issuer(&self, issuer: &str) -> bool {
        let (_, rest) = split_once(issuer, "://").unwrap_or_default();
        let host = split_once(rest, "/").map_or(rest, |(host, _)| host);
        host == self.settings.issuer_host()
    }

    /// The authorization request (RFC 6749 §4.1.1).
    fn window_address(&self, params: Json<'_>) -> String {
        let settings = &self.settings;
        let hints = object(params, "extraParameters");
        let prompt = text(hints, "prompt");
        let mut login_hint = text(hints, "loginHint");
        // Who is to be chosen anew is not suggested.
        if login_hint.is_empty() && prompt.is_empty() {
            login_hint.push_str(self.grant.login_hint());
        }
        let mut url = settings.authorization().as_str().to_owned();
        url.push_str("?response_type=code&code_challenge_method=S256");
        for (name, value) in [
            ("client_id", settings.client_id()),
            ("redirect_uri", settings.redirect_uri()),
            ("state", self.attempt.state()),
            ("nonce", self.attempt.nonce()),
            ("code_challenge", &self.attempt.challenge()),
            ("login_hint", &login_hint),
        ] {
            fields::push(&mut url, name, value);
        }
        self.push_scope(&mut url, params);
        match settings.provider {
            Provider::Entra => {
                // A fragment is in no server's log.
                url.push_str("&response_mode=fragment");
                fields::push(&mut url, "prompt", &prompt);
                fields::push(&mut url, "domain_hint", &text(hints, "domainHint"));
                self.push_entra(&mut url, params, true);
            }
            Provider::Google => url.push_str(google::OFFLINE),
        }
        url
    }

    /// The form that exchanges a code (RFC 6749 §4.1.3, 7636 §4.5), or that
    /// uses the refresh token (RFC 6749 §6).
    fn form(&self, params: Json<'_>, attended: bool) -> String {
        let settings = &self.settings;
        let mut form = String::new();
        fields::push(&mut form, "client_id", settings.client_id());
        fields::push(&mut form, "client_secret", settings.client_secret());
        if attended {
            fields::push(&mut form, "grant_type", "authorization_code");
            fields::push(&mut form, "code", self.attempt.code());
            fields::push(&mut form, "code_verifier", self.attempt.verifier());
            fields::push(&mut form, "redirect_uri", settings.redirect_uri());
        } else {
            fields::push(&mut form, "grant_type", "refresh_token");
            fields::push(&mut form, "refresh_token", self.grant.token());
        }
        if settings.provider == Provider::Entra {
            self.push_scope(&mut form, params);
            self.push_entra(&mut form, params, attended);
        }
        form
    }

    /// What is asked for, with what every sign-in needs.
    fn push_scope(&self, out: &mut String, params: Json<'_>) {
        let needed = match self.settings.provider {
            Provider::Entra => entra::SCOPES,
            Provider::Google => google::SCOPES,
        };
        let all = join(&[&text(params, "scope"), needed], " ");
        fields::push(out, "scope", Scopes::parse(&all).as_str());
    }

    /// What Entra understands in both requests: who is asking about it in its
    /// logs, who the person is at home, and which claims are asked for.
    fn push_entra(&self, out: &mut String, params: Json<'_>, attended: bool) {
        out.push_str("&client_info=1");
        fields::push(out, "client-request-id", &text(params, "correlationId"));
        let is_demanded = attended && !self.demanded.is_empty();
        let asked = text(params, "claims");
        fields::push(out, "claims", if is_demanded { &self.demanded } else { &asked });
    }

    /// The user can take a scope out of what they agree to at Google.
    fn lacks_scope(&self, message: Json<'_>, answer: Json<'_>) -> bool {
        if self.settings.provider != Provider::Google {
            return false;
        }
        let granted = text(answer, "scope");
        let wanted = text(object(message, "tokenParams"), "scope");
        !granted.is_empty() && !Scopes::parse(&granted).cover(&Scopes::parse(&wanted))
    }

    /// A new refresh token takes the place of the old one, which goes on
    /// where there is no new one (RFC 6749 §6) and it is the same person's.
    fn renew_grant(&mut self, home_account_id: &str, login_hint: &str, refresh_token: String) {
        self.demanded.clear();
        if !refresh_token.is_empty() || self.grant.home_account_id() != home_account_id {
            self.grant = Grant::new(home_account_id, login_hint, refresh_token);
        }
    }
}

const INTERACTION: &str = "USER_INTERACTION_REQUIRED";
const CANCELLED: &str = "USER_CANCEL";
const TRANSIENT: &str = "TRANSIENT_ERROR";
/// Not the protocol's, see [`super::super::bridge_error`].
const FOREIGN: &str = "FOREIGN_ANSWER";

/// Whether a message asks for a window.
fn is_attended(message: Json<'_>) -> bool {
    text(message, "method") == "GetTokenPopup"
}

fn refused(message: Json<'_>, status: &str, said: &str) -> Step {
    Step::Reply(reply::refused(message, status, ["", "", said]))
}

fn nobody(message: Json<'_>) -> Step {
    refused(message, INTERACTION, "nobody is signed in")
}

fn taken_over(message: Json<'_>) -> Step {
    refused(message, CANCELLED, "another sign-in took over")
}

fn foreign(message: Json<'_>, said: &str) -> Step {
    refused(message, FOREIGN, said)
}

/// Who the person is at home, as the host's part of an account: Entra says it in
/// `client_info`, while in another tenant the ID token names the guest.
fn home_account(answer: Json<'_>) -> String {
    let info = base64::decode_text(&text(answer, "client_info")).unwrap_or_default();
    let (user, tenant) = (text(parse(&info), "uid"), text(parse(&info), "utid"));
    let mut out = String::from("{");
    if !user.is_empty() && !tenant.is_empty() {
        out.push_str("\"homeAccountId\":");
        write::push_string(&mut out, &join(&[&user, &tenant], "."));
    }
    out.push('}');
    out
}

/// Passes on an error that the identity provider tells (RFC 6749 §4.1.2.1 and
/// §5.2), under an HTTP status or in an address.
fn refused_as_told(message: Json<'_>, status: u16, error: Json<'_>) -> Step {
    let (code, description) = (text(error, "error"), text(error, "error_description"));
    let status = match code.as_str() {
        _ if status == 429 || status >= 500 => TRANSIENT,
        // Entra says so with a number where it was consent that was denied.
        "access_denied" if !description.starts_with("AADSTS") => CANCELLED,
        "invalid_grant" | "interaction_required" | "login_required" | "consent_required" => {
            INTERACTION
        }
        "temporarily_unavailable" | "server_error" => TRANSIENT,
        _ => "PERSISTENT_ERROR",
    };
    let sub_error = or(text(error, "suberror"), &text(error, "error_subtype"));
    Step::Reply(reply::refused(message, status, [&code, &sub_error, &description]))
}
