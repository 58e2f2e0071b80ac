//! The conversation with the host: who waits for what, which message answers
//! whom, and what to do when none does.

use std::rc::Rc;

use crate::error::{Audience, Code, Failure, Hint};
use crate::json::{self, Json};
use crate::secret::{Secret, redact};

use super::account::{Account, Tenancy};
use super::bridge_error::{self, Asked};
use super::cache::{Cache, Found};
use super::envelope::{self, ClientInfo, Method, Reply};
use super::field::text;
use super::id_token;
use super::patience::Patience;
use super::request::TokenRequest;
use super::token::Token;

/// Messages that ran out of time, whose answers are still let in; the oldest go first.
const MOST_OVERDUE: usize = 32;

/// How long a challenge that was met counts as met, in milliseconds: a demand
/// for the same claims is then no news.
const CHALLENGE_MET_MS: u64 = 300_000;

/// Within this, in milliseconds, the same demand comes from requests that were
/// under way with the former token.
const CHALLENGE_ECHO_MS: u64 = 10_000;

/// The most challenges that are remembered.
const MOST_CHALLENGES: usize = 16;

/// How a client is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who asks.
    pub client: ClientInfo,
    /// Which accounts are let in.
    pub tenancy: Tenancy,
    /// What has to be registered as redirect URI, for what failures advise.
    pub redirect_uri: Option<String>,
    /// Where the cloud's users sign in, for the same.
    pub login_origin: String,
    /// The wait for the host's first answer, in milliseconds.
    pub init_ms: u64,
    /// The wait for a token that needs no user, in milliseconds.
    pub silent_ms: u64,
    /// The wait for the user, in milliseconds.
    pub popup_ms: u64,
}

/// How a token may be got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// From the cache, or from the host without the user.
    Silent,
    /// From the host, which may ask the user.
    Popup,
    /// Silently, and where only the user can help, with the user.
    Either,
}

/// Tells who waits.
pub type CallerId = u32;

/// What a caller gets: an answer in JSON, or why there is none.
pub type Outcome = Result<Secret, Failure>;

#[derive(Debug)]
struct Caller {
    id: CallerId,
    mode: Mode,
    state: Option<String>,
}

/// A message, from the decision to send it to its answer.
#[derive(Debug)]
struct Flight {
    method: Method,
    /// Nothing for `GetInitContext`.
    request: Option<Rc<TokenRequest>>,
    key: String,
    /// Set once it is sent.
    request_id: Option<String>,
    correlation_id: String,
    sent_at_ms: u64,
    patience: Patience,
    callers: Vec<Caller>,
}

/// A challenge that was met.
#[derive(Debug)]
struct Challenge {
    key: String,
    met_by: Method,
    at_ms: u64,
}

/// A client of the bridge, without input or output. Several callers may wait
/// at once; equal requests share a message.
///
/// Inputs: [`initialise`](Self::initialise), [`acquire`](Self::acquire),
/// [`abandon`](Self::abandon), [`handle_message`](Self::handle_message),
/// [`handle_unsent`](Self::handle_unsent), [`handle_tick`](Self::handle_tick),
/// [`invalidate`](Self::invalidate), [`clear`](Self::clear). After each:
///
/// 1. Post what [`poll_message`](Self::poll_message) gives until it gives
///    nothing. An answer may arrive while a message is being posted.
/// 2. Hand out what [`poll_outcome`](Self::poll_outcome) gives. Each caller
///    that wasn't abandoned gets exactly one outcome.
/// 3. While [`poll_tick_ms`](Self::poll_tick_ms) gives a distance, call
///    `handle_tick` that often.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    /// Whom the host is signed in as, as far as it told.
    current: Option<Account>,
    /// When that was asked for, in epoch milliseconds.
    current_since_ms: u64,
    /// The host's `initContext`; set once it has answered.
    context: Option<String>,
    cache: Cache,
    flights: Vec<Flight>,
    overdue: Vec<Flight>,
    challenges: Vec<Challenge>,
    outcomes: Vec<(CallerId, Outcome)>,
    callers: CallerId,
}

impl Client {
    /// Nothing is sent yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            current: None,
            current_since_ms: 0,
            context: None,
            cache: Cache::default(),
            flights: Vec::new(),
            overdue: Vec::new(),
            challenges: Vec::new(),
            outcomes: Vec::new(),
            callers: 0,
        }
    }

    /// Asks the host whether it is there. The outcome is its `initContext`.
    pub fn initialise(&mut self) -> CallerId {
        let caller = self.caller(Mode::Silent, None);
        let id = caller.id;
        match &self.context {
            Some(context) => self.outcomes.push((id, Ok(Secret::new(context.as_str())))),
            None => self.join(Method::GetInitContext, None, String::new(), caller),
        }
        id
    }

    /// Asks for a token.
    ///
    /// # Errors
    /// The request can't be sent as it is.
    pub fn acquire(&mut self, mode: Mode, request: &str, now_ms: u64) -> Result<CallerId, Failure> {
        let mut request = TokenRequest::read(request)?;
        let caller = self.caller(mode, request.text("state"));
        let id = caller.id;
        if mode == Mode::Popup {
            self.join_for(Method::GetTokenPopup, Rc::new(request), caller);
            return Ok(id);
        }
        if mode == Mode::Either && request.claims.is_some() {
            self.meet_challenge(request, caller, now_ms);
            return Ok(id);
        }
        if request.may_use_cache() {
            match self.find(&request, now_ms) {
                Answer::Token(answer) => {
                    self.outcomes.push((id, Ok(answer)));
                    return Ok(id);
                }
                Answer::Renewable(answer) => {
                    self.outcomes.push((id, Ok(answer)));
                    self.renew(&request);
                    return Ok(id);
                }
                Answer::Refused => request.force_refresh = Some(true),
                Answer::Nothing => {}
            }
        }
        self.join_for(Method::GetToken, Rc::new(request), caller);
        Ok(id)
    }

    /// The caller waits no longer. Its message stays under way: a token that
    /// still comes is kept for the next caller.
    pub fn abandon(&mut self, caller: CallerId) {
        for flight in &mut self.flights {
            flight.callers.retain(|waiting| waiting.id != caller);
        }
        self.outcomes.retain(|(id, _)| *id != caller);
    }

    /// Takes a message of the host's. Returns whether it answers anything.
    pub fn handle_message(&mut self, message: &str, now_ms: u64) -> bool {
        let Some(message) = envelope::unwrap_message(message) else { return false };
        let Ok(message) = Json::parse(&message, json::DEFAULT_MAX_DEPTH) else { return false };
        let Some(reply) = Reply::read(message) else { return false };
        let answers = |flight: &Flight| {
            flight.request_id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(&reply.request_id))
        };
        if let Some(at) = self.flights.iter().position(answers) {
            let flight = self.flights.remove(at);
            self.land(flight, &reply, now_ms);
            return true;
        }
        let Some(at) = self.overdue.iter().position(answers) else { return false };
        let flight = self.overdue.remove(at);
        self.land(flight, &reply, now_ms);
        true
    }

    /// A message that [`poll_message`](Self::poll_message) gave could not be posted.
    pub fn handle_unsent(&mut self, message: &str, reason: &str, now_ms: u64) {
        let sent = Json::parse(message, json::DEFAULT_MAX_DEPTH).ok();
        let Some(id) = sent.and_then(|sent| text(sent, "requestId")) else { return };
        let Some(at) =
            self.flights.iter().position(|flight| flight.request_id.as_ref() == Some(&id))
        else {
            return;
        };
        let flight = self.flights.remove(at);
        let asked = self.asked(&flight, now_ms.saturating_sub(flight.sent_at_ms));
        let reason = redact(reason, std::iter::empty());
        let mut failure =
            bridge_error::unavailable(&["its bridge takes no messages: ", &reason].concat());
        failure.bridge = Some(Box::new(asked.report()));
        self.fail(flight, &failure);
    }

    /// Counts the waits; `now_ms` is of a clock that only goes forward.
    pub fn handle_tick(&mut self, now_ms: u64) {
        let mut at = 0;
        while let Some(flight) = self.flights.get_mut(at) {
            // What isn't sent yet isn't waited for.
            if flight.request_id.is_none() || !flight.patience.tick(now_ms) {
                at += 1;
                continue;
            }
            let flight = self.flights.remove(at);
            self.time_out(flight);
        }
    }

    /// How far apart ticks are to be, in milliseconds; nothing while nobody waits.
    #[must_use]
    pub fn poll_tick_ms(&self) -> Option<u64> {
        self.flights.iter().map(|flight| flight.patience.tick_ms()).min()
    }

    /// The next message to post. `random` names it, and is new each time.
    #[must_use]
    pub fn poll_message(&mut self, random: [[u8; 16]; 2], now_ms: u64) -> Option<String> {
        let flight = self.flights.iter_mut().find(|flight| flight.request_id.is_none())?;
        let [request_id, correlation_id] = random.map(envelope::uuid);
        if flight.correlation_id.is_empty() {
            flight.correlation_id = correlation_id;
        }
        flight.sent_at_ms = now_ms;
        let token =
            flight.request.as_deref().map(|request| (request, flight.correlation_id.as_str()));
        let client = &self.settings.client;
        let message = envelope::write(client, flight.method, &request_id, now_ms, token);
        flight.request_id = Some(request_id);
        Some(message)
    }

    /// The next outcome, with whom it is for.
    #[must_use]
    pub fn poll_outcome(&mut self) -> Option<(CallerId, Outcome)> {
        if self.outcomes.is_empty() { None } else { Some(self.outcomes.remove(0)) }
    }

    /// The accounts that tokens came for, as a JSON list; the latest first.
    #[must_use]
    pub fn describe_accounts(&self) -> String {
        let mut out = String::new();
        {
            let mut list = json::write::Array::new(&mut out);
            for account in self.cache.accounts() {
                list.json(account.json());
            }
        }
        out
    }

    /// A directory extension attribute of the account that is named, or of the
    /// latest one, as JSON. See [`id_token::attribute`].
    #[must_use]
    pub fn attribute(&self, name: &str, account: Option<&Account>) -> Option<String> {
        let mut accounts = self.cache.accounts();
        let account = accounts.find(|known| account.is_none_or(|hint| hint.accepts(known)))?;
        let client_id = &self.settings.client.client_id;
        let value = id_token::attribute(account.claims(), name, client_id)?;
        Some(value.raw().to_owned())
    }

    /// A resource refused this token: it is given out no more, and the host is
    /// told to look for another one. Returns whether it was known.
    pub fn invalidate(&mut self, access_token: &str) -> bool {
        self.cache.refuse(access_token)
    }

    /// Forgets tokens and accounts, and whatever still arrives for what was
    /// asked before. Whoever waits gets no outcome.
    pub fn clear(&mut self) {
        self.cache.clear();
        self.current = None;
        self.current_since_ms = 0;
        self.overdue.clear();
        self.challenges.clear();
        self.outcomes.clear();
        self.flights.retain(|flight| flight.method == Method::GetInitContext);
    }

    fn caller(&mut self, mode: Mode, state: Option<String>) -> Caller {
        self.callers = self.callers.wrapping_add(1);
        Caller { id: self.callers, mode, state }
    }

    fn find(&mut self, request: &TokenRequest, now_ms: u64) -> Answer {
        let Some(account) = request.account.as_ref().or(self.current.as_ref()) else {
            return Answer::Nothing;
        };
        let correlation_id = request.text("correlationId").unwrap_or_default();
        let state = request.text("state");
        let answer = |token: &Token| token.answer(true, &correlation_id, state.as_deref());
        match self.cache.find(request, account, now_ms) {
            Found::Fresh(token) => Answer::Token(answer(token)),
            Found::Renewable(token) => Answer::Renewable(answer(token)),
            Found::Refused => Answer::Refused,
            Found::Nothing => Answer::Nothing,
        }
    }

    /// Asks for a successor of a token that still serves; nobody waits for it.
    fn renew(&mut self, request: &TokenRequest) {
        let key = request.key();
        let under_way = |flight: &Flight| flight.method == Method::GetToken && flight.key == key;
        if !self.flights.iter().any(under_way) {
            self.start(Method::GetToken, Some(Rc::new(request.unattended())), key, Vec::new());
        }
    }

    /// A resource demands claims. Once without the user, then once with the
    /// user; a resource that goes on demanding won't be content with a third.
    fn meet_challenge(&mut self, request: TokenRequest, caller: Caller, now_ms: u64) {
        let key = request.key();
        self.challenges.retain(|met| now_ms.saturating_sub(met.at_ms) < CHALLENGE_MET_MS);
        let met = self.challenges.iter().find(|met| met.key == key);
        let method = match met.map(|met| (met.met_by, now_ms.saturating_sub(met.at_ms))) {
            None => Method::GetToken,
            Some((met_by, age_ms)) if age_ms < CHALLENGE_ECHO_MS => {
                let mut plain = request.clone();
                plain.claims = None;
                if let Answer::Token(answer) | Answer::Renewable(answer) = self.find(&plain, now_ms)
                {
                    self.outcomes.push((caller.id, Ok(answer)));
                    return;
                }
                met_by
            }
            Some((Method::GetToken, _)) => Method::GetTokenPopup,
            Some(_) => {
                self.outcomes.push((caller.id, Err(still_challenged())));
                return;
            }
        };
        self.join_for(method, Rc::new(request), caller);
    }

    fn join_for(&mut self, method: Method, request: Rc<TokenRequest>, caller: Caller) {
        let mut key = request.key();
        if method == Method::GetToken && request.force_refresh == Some(true) {
            key.push_str("\nforced");
        }
        self.join(method, Some(request), key, caller);
    }

    /// Waits for a message that is under way, or for a new one.
    fn join(
        &mut self,
        method: Method,
        request: Option<Rc<TokenRequest>>,
        key: String,
        caller: Caller,
    ) {
        // A window that nobody waits for may be gone: a click opens a new one.
        let joinable = |flight: &&mut Flight| {
            flight.method == method
                && flight.key == key
                && (method != Method::GetTokenPopup || !flight.callers.is_empty())
        };
        match self.flights.iter_mut().find(joinable) {
            Some(flight) => flight.callers.push(caller),
            None => self.start(method, request, key, vec![caller]),
        }
    }

    fn start(
        &mut self,
        method: Method,
        request: Option<Rc<TokenRequest>>,
        key: String,
        callers: Vec<Caller>,
    ) {
        let limit_ms = match method {
            Method::GetInitContext => self.settings.init_ms,
            Method::GetToken => self.settings.silent_ms,
            Method::GetTokenPopup => self.settings.popup_ms,
        };
        let given = request.as_ref().and_then(|request| request.text("correlationId"));
        self.flights.push(Flight {
            method,
            request,
            key,
            request_id: None,
            correlation_id: given.unwrap_or_default(),
            sent_at_ms: 0,
            patience: Patience::new(limit_ms),
            callers,
        });
    }

    fn asked<'a>(&'a self, flight: &'a Flight, elapsed_ms: u64) -> Asked<'a> {
        Asked {
            method: flight.method,
            correlation_id: &flight.correlation_id,
            elapsed_ms,
            client_id: &self.settings.client.client_id,
            tenant: self.current.as_ref().and_then(|account| account.text("tenantId")),
            redirect_uri: self.settings.redirect_uri.as_deref(),
            login_origin: &self.settings.login_origin,
        }
    }

    /// The host has answered.
    fn land(&mut self, flight: Flight, reply: &Reply<'_>, now_ms: u64) {
        let elapsed_ms = now_ms.saturating_sub(flight.sent_at_ms);
        if !reply.success {
            let asked = self.asked(&flight, elapsed_ms);
            let failure = bridge_error::failure(reply.body.get("error"), &asked);
            return self.fail(flight, &failure);
        }
        let Some(request) = &flight.request else {
            return self.land_context(flight, reply, elapsed_ms);
        };
        let token =
            Token::read(reply.object("token"), reply.object("account"), request, flight.sent_at_ms);
        match token {
            Ok(token) => self.land_token(flight, token, now_ms),
            Err(error) => {
                let mut failure = Failure::new(Code::ResponseInvalid, error.as_str());
                failure.bridge = Some(Box::new(self.asked(&flight, elapsed_ms).report()));
                self.fail(flight, &failure);
            }
        }
    }

    fn land_context(&mut self, flight: Flight, reply: &Reply<'_>, elapsed_ms: u64) {
        let Some(context) = reply.object("initContext") else {
            let mut failure = bridge_error::unavailable("it answers without saying what it is");
            failure.bridge = Some(Box::new(self.asked(&flight, elapsed_ms).report()));
            return self.fail(flight, &failure);
        };
        // What a token said of the account since is newer.
        if self.current.is_none() {
            self.current = context.get("accountContext").and_then(Account::named);
        }
        let context = context.raw().to_owned();
        for caller in flight.callers {
            self.outcomes.push((caller.id, Ok(Secret::new(context.as_str()))));
        }
        self.context = Some(context);
    }

    fn land_token(&mut self, flight: Flight, token: Token, now_ms: u64) {
        let Some(request) = &flight.request else { return };
        let replaces = request.claims.is_some() || request.force_refresh == Some(true);
        if let Some(failure) = self.refusal(request, &token) {
            if failure.code == Code::AccountMismatch {
                self.cache.store(token, replaces, now_ms);
            }
            return self.fail(flight, &failure);
        }
        // A late answer says who was signed in, not who is.
        if flight.sent_at_ms >= self.current_since_ms {
            self.current_since_ms = flight.sent_at_ms;
            self.current = Some(token.account.clone());
        }
        let escalates = |caller: &Caller| caller.mode == Mode::Either;
        if request.claims.is_some() && flight.callers.iter().any(escalates) {
            let key = request.key();
            self.challenges.retain(|met| met.key != key);
            if self.challenges.len() == MOST_CHALLENGES {
                self.challenges.remove(0);
            }
            self.challenges.push(Challenge { key, met_by: flight.method, at_ms: now_ms });
        }
        for caller in &flight.callers {
            let answer = token.answer(false, &flight.correlation_id, caller.state.as_deref());
            self.outcomes.push((caller.id, Ok(answer)));
        }
        self.cache.store(token, replaces, now_ms);
    }

    /// Why a token isn't given to whom it was asked for.
    fn refusal(&self, request: &TokenRequest, token: &Token) -> Option<Failure> {
        let account = &token.account;
        let username = account.text("username").unwrap_or_default();
        let named = request.account.as_ref();
        let (code, message, id, advice) = if !self.settings.tenancy.admits(account) {
            (
                Code::TenantMismatch,
                "the token is for an account that this add-in does not let in",
                "use-work-account",
                "Sign in to Office with an account of the organisation that this add-in belongs to.",
            )
        } else if named.is_some_and(|named| !named.names(account)) {
            (
                Code::AccountMismatch,
                "the token is for another account than the one that was named",
                "switch-account",
                "Switch the account in Office, or go on with the one that is signed in there.",
            )
        } else {
            return None;
        };
        let hint = Hint::new(id, Audience::User, advice).with("username", username);
        Some(Failure::new(code, message).hint(hint))
    }

    fn time_out(&mut self, mut flight: Flight) {
        let limit_ms = flight.patience.limit_ms();
        let mut failure = Failure::new(
            Code::Timeout,
            format!("no answer to {} came within {limit_ms} ms", flight.method.as_str()),
        )
        .retryable();
        failure.bridge = Some(Box::new(self.asked(&flight, limit_ms).report()));
        if self.overdue.len() == MOST_OVERDUE {
            self.overdue.remove(0);
        }
        let callers = std::mem::take(&mut flight.callers);
        self.tell(&flight, callers, &failure);
        self.overdue.push(flight);
    }

    fn fail(&mut self, mut flight: Flight, failure: &Failure) {
        let callers = std::mem::take(&mut flight.callers);
        self.tell(&flight, callers, failure);
    }

    /// Tells the failure to whom it ends for; the others go on with the user.
    fn tell(&mut self, flight: &Flight, callers: Vec<Caller>, failure: &Failure) {
        let asks_the_user = matches!(
            failure.code,
            Code::InteractionRequired | Code::ConsentRequired | Code::SignInRequired
        );
        for caller in callers {
            match &flight.request {
                Some(request)
                    if asks_the_user
                        && caller.mode == Mode::Either
                        && flight.method == Method::GetToken =>
                {
                    self.join_for(Method::GetTokenPopup, request.clone(), caller);
                }
                _ => self.outcomes.push((caller.id, Err(failure.clone()))),
            }
        }
    }
}

/// What the cache had, ready to be handed out.
enum Answer {
    Token(Secret),
    Renewable(Secret),
    Refused,
    Nothing,
}

fn still_challenged() -> Failure {
    Failure::new(
        Code::AccessBlocked,
        "the resource demands claims again that the token has been given",
    )
    .hint(Hint::new(
        "check-resource",
        Audience::Admin,
        "Look at the resource's Conditional Access policies and at the claims that it demands: a token that has them is refused.",
    ))
}
