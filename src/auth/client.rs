//! The conversation with the host: who waits for what, which message answers
//! whom, and what to do when none does.

use std::rc::Rc;

use crate::error::{Code, Failure};
use crate::json::{Json, write};
use crate::secret::Secret;

use super::account::{Account, place};
use super::bridge_error::{self, Asked, within};
use super::cache::{Cache, Found};
use super::envelope::{self, Method};
use super::fields::{member, object, parse, truth};
use super::flight::{Flight, Stage};
use super::id_token;
use super::meaning::{Kindred, add_param};
use super::patience::Patience;
use super::request::TokenRequest;
use super::settings::Settings;
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
pub type Outcome = Result<Secret, Rc<Failure>>;

#[derive(Debug)]
struct Caller {
    id: CallerId,
    /// The flight that is waited for.
    flight: u32,
    mode: Mode,
    /// The host failed at its window, and everything was tried again.
    started_over: bool,
    state: String,
    /// What is to be told.
    outcome: Option<Outcome>,
}

/// A client of the bridge, without input or output. Several callers may wait
/// at once; equal requests share a message.
///
/// Inputs: [`initialise`](Self::initialise), [`acquire`](Self::acquire),
/// [`abandon`](Self::abandon), [`handle_message`](Self::handle_message),
/// [`handle_tick`](Self::handle_tick), [`invalidate`](Self::invalidate),
/// [`forget`](Self::forget), [`clear`](Self::clear). After each:
///
/// 1. Post what [`poll_message`](Self::poll_message) gives until it gives
///    nothing. An answer may arrive while a message is being posted; one that
///    can't be posted is answered in the host's place by an error of the
///    status `UNSENT`.
/// 2. Hand out what [`poll_outcome`](Self::poll_outcome) gives. Each caller
///    that wasn't abandoned gets exactly one outcome.
/// 3. While [`poll_tick_ms`](Self::poll_tick_ms) gives a distance, call
///    `handle_tick` that often.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    /// Whom the host is signed in as, as far as it told.
    current: Account,
    /// When that was asked for, in epoch milliseconds.
    current_since_ms: u64,
    /// The host's `initContext`; empty until it has answered.
    context: String,
    cache: Cache,
    // In boxes, lists of anything share the code that moves it about.
    #[allow(clippy::vec_box, reason = "smaller")]
    flights: Vec<Box<Flight>>,
    #[allow(clippy::vec_box, reason = "smaller")]
    callers: Vec<Box<Caller>>,
    last_id: u32,
}

impl Client {
    /// Nothing is sent yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            current: Account::default(),
            current_since_ms: 0,
            context: String::new(),
            cache: Cache::default(),
            flights: Vec::new(),
            callers: Vec::new(),
            last_id: 0,
        }
    }

    /// Asks the host whether it is there. The outcome is its `initContext`.
    pub fn initialise(&mut self) -> CallerId {
        let mut caller = self.caller(Mode::Silent, "");
        if self.context.is_empty() {
            self.join(caller, Method::GetInitContext, Rc::default())
        } else {
            caller.outcome = Some(Ok(Secret::new(self.context.as_str())));
            self.wait(caller)
        }
    }

    /// Asks for a token.
    ///
    /// # Errors
    /// The request can't be sent as it is.
    pub fn acquire(&mut self, mode: Mode, request: &str, now_ms: u64) -> Result<CallerId, Failure> {
        let mut request = TokenRequest::read(request)?;
        let mut caller = self.caller(mode, request.state());
        let mut method = Method::GetToken;
        let mut renewal = false;
        if mode == Mode::Popup {
            method = Method::GetTokenPopup;
        } else if mode == Mode::Either && !request.claims().is_empty() {
            method = self.meet_challenge(&request, &mut caller, now_ms);
        } else if request.may_use_cache {
            match self.find(&request, &mut caller, now_ms) {
                Found::Renewable => renewal = true,
                Found::Refused => request.force_refresh = Some(true),
                Found::Fresh | Found::Nothing => {}
            }
        }
        let request = Rc::new(request);
        if renewal && self.under_way(method, &request).is_none() {
            // Nobody waits for it, and nobody is to be told of it.
            self.start(method, request, "");
            return Ok(self.wait(caller));
        }
        if caller.outcome.is_some() {
            Ok(self.wait(caller))
        } else {
            Ok(self.join(caller, method, request))
        }
    }

    /// The caller waits no longer. Its message stays under way: a token that
    /// still comes is kept for the next caller.
    pub fn abandon(&mut self, caller: CallerId) {
        if let Some(at) = self.callers.iter().position(|waiting| waiting.id == caller) {
            self.callers.remove(at);
        }
    }

    /// Takes a message of the host's. Returns whether it answers anything.
    pub fn handle_message(&mut self, message: &str, now_ms: u64) -> bool {
        let message = envelope::unwrap_message(message);
        let reply = parse(&message);
        let flight = self.take_flight(&envelope::request_id(reply));
        let answers = flight.is_some();
        if let Some(flight) = flight {
            self.land(flight, reply, now_ms);
        }
        answers
    }

    /// Counts the waits; `now_ms` is of a clock that only goes forward.
    pub fn handle_tick(&mut self, now_ms: u64) {
        let mut at = 0;
        while let Some(flight) = self.flights.get_mut(at) {
            // What isn't sent yet isn't waited for.
            if flight.stage == Stage::UnderWay && flight.patience.tick(now_ms) {
                let flight = self.flights.remove(at);
                self.time_out(flight);
            } else {
                at += 1;
            }
        }
    }

    /// How far apart ticks are to be, in milliseconds; nothing while nobody waits.
    #[must_use]
    pub fn poll_tick_ms(&self) -> Option<u64> {
        let mut shortest = None;
        for flight in &self.flights {
            if flight.is_waited_for() {
                let tick_ms = flight.patience.tick_ms();
                shortest = Some(shortest.map_or(tick_ms, |other| tick_ms.min(other)));
            }
        }
        shortest
    }

    /// The next message to post. `random` names it: 64 hexadecimal digits, new
    /// each time.
    #[must_use]
    pub fn poll_message(&mut self, random: &str, now_ms: u64) -> Option<String> {
        let flight = self.flights.iter_mut().find(|flight| flight.stage == Stage::Ready)?;
        let (first, second) = random.as_bytes().split_at_checked(32).unwrap_or_default();
        if flight.correlation_id.is_empty() {
            flight.correlation_id = envelope::uuid(second);
        }
        flight.request_id = envelope::uuid(first);
        flight.at_ms = now_ms;
        flight.stage = Stage::UnderWay;
        let waiting = self.callers.iter().find(|caller| caller.flight == flight.id);
        let state = waiting.map_or("", |caller| caller.state.as_str());
        Some(envelope::write(&self.settings, flight, state))
    }

    /// The next outcome, with whom it is for.
    #[must_use]
    pub fn poll_outcome(&mut self) -> Option<(CallerId, Outcome)> {
        let at = self.callers.iter().position(|caller| caller.outcome.is_some())?;
        let caller = self.callers.remove(at);
        Some((caller.id, caller.outcome?))
    }

    /// The accounts that tokens came for, as a JSON list; the latest first.
    #[must_use]
    pub fn describe_accounts(&self) -> String {
        let mut out = String::new();
        {
            let mut list = write::Array::new(&mut out);
            for account in self.cache.accounts() {
                account.write(&mut list.object());
            }
        }
        out
    }

    /// A directory extension attribute, as JSON, of the account that is named,
    /// or of the latest one for `null`. See [`id_token::attribute`].
    #[must_use]
    pub fn attribute(&self, name: &str, named: Json<'_>) -> Option<String> {
        let hint = Account::read(named);
        let mut accounts = self.cache.accounts();
        let account = accounts.find(|known| named.is_null() || hint.accepts(known))?;
        let value = id_token::attribute(account.claims(), name, self.settings.client_id())?;
        Some(value.raw().to_owned())
    }

    /// A resource refused this token: it is given out no more, and the host is
    /// told to look for another one. Returns whether it was known.
    pub fn invalidate(&mut self, access_token: &str) -> bool {
        self.cache.refuse(access_token)
    }

    /// Forgets tokens and accounts: who was signed in signed out elsewhere. What
    /// is under way goes on.
    pub fn forget(&mut self) {
        self.cache.clear();
        self.current = Account::default();
    }

    /// Forgets tokens and accounts, and whatever still arrives for what was
    /// asked before. Whoever waits gets no outcome.
    pub fn clear(&mut self) {
        self.forget();
        self.current_since_ms = 0;
        self.flights.clear();
        self.callers.clear();
    }

    fn next_id(&mut self) -> u32 {
        self.last_id = self.last_id.wrapping_add(1);
        self.last_id
    }

    fn caller(&mut self, mode: Mode, state: &str) -> Box<Caller> {
        Box::new(Caller {
            id: self.next_id(),
            flight: 0,
            mode,
            started_over: false,
            state: state.to_owned(),
            outcome: None,
        })
    }

    fn wait(&mut self, caller: Box<Caller>) -> CallerId {
        let id = caller.id;
        self.callers.push(caller);
        id
    }

    /// Looks into the cache, for the account that is named, or for who is
    /// signed in; a token that serves is the caller's.
    fn find(&mut self, request: &TokenRequest, caller: &mut Caller, now_ms: u64) -> Found {
        let named = &request.account;
        let account = if named.is_nobody() { &self.current } else { named };
        let (found, token) = self.cache.find(request, account, now_ms);
        if let Some(token) = token {
            let answer = token.answer(true, request.correlation_id(), &caller.state);
            caller.outcome = Some(Ok(answer));
        }
        found
    }

    /// A resource demands claims. Once without the user, then once with the
    /// user; a resource that goes on demanding won't be content with a third.
    fn meet_challenge(
        &mut self,
        request: &TokenRequest,
        caller: &mut Caller,
        now_ms: u64,
    ) -> Method {
        let met = self
            .flights
            .iter()
            .rev()
            .find(|flight| flight.stage == Stage::Met && flight.request.asks_the_same(request));
        let Some(met) = met else { return Method::GetToken };
        let (method, age_ms) = (met.method, now_ms.saturating_sub(met.at_ms));
        if age_ms >= CHALLENGE_MET_MS {
            return Method::GetToken;
        }
        if age_ms < CHALLENGE_ECHO_MS {
            self.find(request, caller, now_ms);
            return method;
        }
        if method == Method::GetTokenPopup {
            caller.outcome = Some(Err(Rc::new(Kindred::StillChallenged.failure(""))));
        }
        Method::GetTokenPopup
    }

    /// Waits for a message that is under way, or for a new one.
    fn join(
        &mut self,
        mut caller: Box<Caller>,
        method: Method,
        request: Rc<TokenRequest>,
    ) -> CallerId {
        caller.flight = self.flight_for(method, request);
        self.wait(caller)
    }

    fn flight_for(&mut self, method: Method, request: Rc<TokenRequest>) -> u32 {
        match self.under_way(method, &request) {
            Some(flight) => flight,
            None => {
                let correlation_id = request.correlation_id().to_owned();
                self.start(method, request, &correlation_id)
            }
        }
    }

    /// A message that asks for the same.
    fn under_way(&self, method: Method, request: &TokenRequest) -> Option<u32> {
        for flight in &self.flights {
            if flight.is_waited_for()
                && flight.method == method
                && flight.request.asks_the_same(request)
                // What isn't forced doesn't serve who forces. A window that nobody
                // waits for may be gone: a click opens a new one.
                && match method {
                    Method::GetInitContext => true,
                    Method::GetToken => flight.request.is_forced() == request.is_forced(),
                    Method::GetTokenPopup => self.callers.iter().any(|caller| caller.waits_for(flight)),
                }
            {
                return Some(flight.id);
            }
        }
        None
    }

    fn start(&mut self, method: Method, request: Rc<TokenRequest>, correlation_id: &str) -> u32 {
        let id = self.next_id();
        self.flights.push(Box::new(Flight {
            id,
            stage: Stage::Ready,
            method,
            request,
            request_id: String::new(),
            correlation_id: correlation_id.to_owned(),
            at_ms: 0,
            stumbled: false,
            patience: Patience::new(self.settings.limit_ms(method)),
        }));
        id
    }

    /// The flight that an answer with this ID is for, taken out.
    fn take_flight(&mut self, request_id: &str) -> Option<Box<Flight>> {
        let at = self.flights.iter().position(|flight| {
            matches!(flight.stage, Stage::UnderWay | Stage::Overdue)
                && flight.request_id.eq_ignore_ascii_case(request_id)
        })?;
        Some(self.flights.remove(at))
    }

    /// Keeps a flight that is over, and at most so many of its stage.
    fn keep(&mut self, mut flight: Box<Flight>, stage: Stage, most: usize) {
        let mut count = 0;
        let mut oldest = 0;
        for (at, other) in self.flights.iter().enumerate().rev() {
            if other.stage == stage {
                count += 1;
                oldest = at;
            }
        }
        if count >= most {
            self.flights.remove(oldest);
        }
        flight.stage = stage;
        self.flights.push(flight);
    }

    fn asked<'a>(&'a self, flight: &'a Flight, now_ms: u64) -> Asked<'a> {
        Asked {
            flight,
            elapsed_ms: now_ms.saturating_sub(flight.at_ms),
            settings: &self.settings,
            account: &self.current,
        }
    }

    /// The host has answered.
    fn land(&mut self, mut flight: Box<Flight>, reply: Json<'_>, now_ms: u64) {
        flight.stumbled = bridge_error::stumbled(member(reply, "error"));
        let asked = self.asked(&flight, now_ms);
        let failure = if !truth(reply, "success") {
            asked.refusal(member(reply, "error"))
        } else if flight.method == Method::GetInitContext {
            let context = object(reply, "initContext");
            if !context.is_null() {
                return self.land_context(&flight, context);
            }
            asked.failure(Kindred::Unavailable, "it answers without saying what it is")
        } else {
            let (token, account) = (object(reply, "token"), object(reply, "account"));
            match Token::read(token, account, &flight.request, flight.at_ms) {
                Ok(token) => return self.land_token(flight, Rc::new(token), now_ms),
                Err(error) => asked.failure(Kindred::Broken, error.as_str()),
            }
        };
        self.fail(&flight, failure);
    }

    fn land_context(&mut self, flight: &Flight, context: Json<'_>) {
        // What a token said of the account since is newer.
        if self.current.is_nobody() {
            self.current = Account::read(object(context, "accountContext"));
        }
        self.context = context.raw().to_owned();
        for caller in &mut self.callers {
            if caller.waits_for(flight) {
                caller.outcome = Some(Ok(Secret::new(self.context.as_str())));
            }
        }
    }

    fn land_token(&mut self, mut flight: Box<Flight>, token: Rc<Token>, now_ms: u64) {
        let claims = !flight.request.claims().is_empty();
        let replaces = claims || flight.request.is_forced();
        let named = &token.request.account;
        // Why it isn't given to whom it was asked for.
        let refusal = if !self.settings.tenancy.admits(&token.account) {
            Some(Kindred::OtherTenant)
        } else if !named.is_nobody() && !named.names(&token.account) {
            Some(Kindred::OtherAccount)
        } else {
            None
        };
        if refusal != Some(Kindred::OtherTenant) {
            self.cache.store(token.clone(), replaces, now_ms);
        }
        if let Some(kind) = refusal {
            let mut failure = kind.failure("");
            add_param(&mut failure, "username", token.account.at(place::USERNAME).to_owned());
            return self.fail(&flight, failure);
        }
        // A late answer says who was signed in, not who is.
        if flight.at_ms >= self.current_since_ms {
            self.current_since_ms = flight.at_ms;
            self.current = token.account.clone();
        }
        let mut met = false;
        for caller in &mut self.callers {
            if caller.waits_for(&flight) {
                met |= claims && caller.mode == Mode::Either;
                let answer = token.answer(false, &flight.correlation_id, &caller.state);
                caller.outcome = Some(Ok(answer));
            }
        }
        if met {
            flight.at_ms = now_ms;
            self.keep(flight, Stage::Met, MOST_CHALLENGES);
        }
    }

    fn time_out(&mut self, flight: Box<Flight>) {
        let limit_ms = flight.patience.limit_ms();
        let said = within(flight.method.as_str(), limit_ms);
        let failure = self.asked(&flight, flight.at_ms + limit_ms).failure(Kindred::Silence, &said);
        self.fail(&flight, failure);
        self.keep(flight, Stage::Overdue, MOST_OVERDUE);
    }

    /// Tells a failure to whom it ends for; the others go on with the user, or,
    /// once, from the start.
    fn fail(&mut self, flight: &Flight, failure: Failure) {
        let (goes_on, next) = match flight.method {
            Method::GetToken => (
                matches!(
                    failure.code,
                    Code::InteractionRequired | Code::ConsentRequired | Code::SignInRequired
                ),
                Method::GetTokenPopup,
            ),
            _ => (flight.stumbled, Method::GetToken),
        };
        let failure = Rc::new(failure);
        let mut at = 0;
        while let Some(caller) = self.callers.get_mut(at) {
            at += 1;
            if !caller.waits_for(flight) {
                continue;
            }
            if goes_on && caller.may_go_on(next) {
                let flight = self.flight_for(next, flight.request.clone());
                if let Some(caller) = self.callers.get_mut(at - 1) {
                    caller.flight = flight;
                }
            } else {
                caller.outcome = Some(Err(failure.clone()));
            }
        }
    }
}

impl Caller {
    fn waits_for(&self, flight: &Flight) -> bool {
        self.flight == flight.id && self.outcome.is_none()
    }

    /// Whether a failure isn't the end. Who starts over goes on with the user,
    /// who was to be asked anyway.
    fn may_go_on(&mut self, next: Method) -> bool {
        if next == Method::GetTokenPopup {
            return self.mode == Mode::Either;
        }
        self.mode = Mode::Either;
        !std::mem::replace(&mut self.started_over, true)
    }
}
