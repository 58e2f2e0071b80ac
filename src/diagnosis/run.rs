//! The order in which it is asked, and what the answers say.

use crate::http::{Origin, Request};
use crate::json::write;

use super::cors;
use super::environment::Environment;
use super::finding::{Finding, Refusal, Status, Step};
use super::probe::{self, Mode, Probe, Seen};
use super::verdict::Verdict;

/// The most headers that are asked for one by one.
const MOST_HEADERS: usize = 12;

/// A header that nothing needs: whoever lets it through lets any through.
const UNNEEDED_HEADER: &str = "x-not-configured";

/// An answer that takes longer to begin is called slow, in milliseconds.
const SLOW_MS: u64 = 5_000;

/// All of an answer within so many milliseconds, after a wait that is at least
/// [`HELD_BACK_MS`], is more than a model writes.
const AT_ONCE_MS: u64 = 50;
const HELD_BACK_MS: u64 = 400;

/// Fewer events than these are no stream to judge.
const FEWEST_EVENTS: u64 = 8;

/// Which server is asked, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    origin: Origin,
    address: String,
    headers: Vec<String>,
}

impl Target {
    /// The server of a request that lists models, and the headers that it
    /// carries. `random` from 0 to 1 keeps remembered preflights out of it.
    #[must_use]
    pub fn new(listing: &Request, random: f64) -> Self {
        let mut headers: Vec<String> = Vec::new();
        for (name, _) in listing.headers() {
            headers.push(name.as_str().to_owned());
        }
        // Messages are sent next, and they have a body.
        if !headers.iter().any(|name| name == "content-type") {
            headers.push("content-type".to_owned());
        }
        headers.sort_unstable();
        Self {
            origin: listing.url().origin().clone(),
            address: probe::address(listing, random),
            headers,
        }
    }

    /// Its host, with the port where it isn't the scheme's own.
    #[must_use]
    pub fn host(&self) -> String {
        self.origin.authority()
    }

    fn sends_authorization(&self) -> bool {
        self.headers.iter().any(|name| name == "authorization")
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this, without a credential.
    Probe(Probe),
    /// Find the models, with the credential.
    FindModels,
    /// Send [`message`] to this model, once, as a stream, with the credential.
    Ask(String),
}

/// How a streamed answer arrived; times in milliseconds since the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// What the answer called itself.
    pub content_type: String,
    /// How many events had content.
    pub events: u64,
    /// When the first of them came; 0 if none did.
    pub first_ms: u64,
    /// When the last of them came.
    pub last_ms: u64,
}

/// The one message that is ever sent: fixed, tiny, and long enough to see
/// whether it streams.
#[must_use]
pub fn message(model: &str) -> String {
    let mut params = String::new();
    {
        let mut object = write::Object::new(&mut params);
        object.string("model", model);
        object.number("max_tokens", 64);
        let mut messages = object.array("messages");
        let mut message = messages.object();
        message.string("role", "user");
        message.string("content", "Count to 40.");
    }
    params
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Readable,
    Opaque,
    AllHeaders,
    OneHeader(usize),
    AnyHeader,
    Models,
    Answer,
    End,
}

impl Next {
    const fn step(self) -> Option<Step> {
        match self {
            Self::Readable | Self::Opaque => Some(Step::Network),
            Self::AllHeaders | Self::OneHeader(_) | Self::AnyHeader => Some(Step::Headers),
            Self::Models => Some(Step::Models),
            Self::Answer => Some(Step::Answer),
            Self::End => None,
        }
    }
}

/// A diagnosis under way. The driver loop:
///
/// 1. [`poll`](Self::poll) what to do. Nothing: it is over.
/// 2. Do it, and tell what came of it: [`handle_probe`](Self::handle_probe),
///    [`handle_models`](Self::handle_models) or
///    [`handle_answer`](Self::handle_answer), with the milliseconds that it took.
///
/// [`findings`](Self::findings) can be read at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    target: Option<Target>,
    environment: Environment,
    model: Option<String>,
    next: Next,
    refused: Vec<String>,
    /// The first probe was redirected.
    redirected: bool,
    streamed: Streamed,
    findings: [Finding; Step::ALL.len()],
}

impl Diagnosis {
    /// Begins with a server, and with a model where one is known already.
    #[must_use]
    pub fn new(target: Target, environment: Environment, model: Option<String>) -> Self {
        let mut begun = Self::before(Some(target), environment, model, Next::Readable);
        begun.conclude(Step::Configuration, Verdict::Configured);
        begun
    }

    /// There is nothing to ask: the configuration was refused.
    #[must_use]
    pub fn unconfigured(environment: Environment, refusal: Refusal) -> Self {
        let mut over = Self::before(None, environment, None, Next::End);
        if let Some(finding) = over.findings.first_mut() {
            finding.refusal = Some(refusal);
        }
        over.fail(Step::Configuration, Verdict::NotConfigured);
        over
    }

    fn before(
        target: Option<Target>,
        environment: Environment,
        model: Option<String>,
        next: Next,
    ) -> Self {
        Self {
            target,
            environment,
            model,
            next,
            refused: Vec::new(),
            redirected: false,
            streamed: Streamed::default(),
            findings: Step::ALL.map(Finding::pending),
        }
    }

    /// What to do next, or nothing when all is known.
    #[must_use = "nothing is sent by asking for it"]
    pub fn poll(&self) -> Option<Action> {
        let target = self.target.as_ref()?;
        let readable = |headers: &[&str]| {
            Some(Action::Probe(Probe::new(&target.address, headers, Mode::Readable)))
        };
        match self.next {
            Next::Readable => readable(&[]),
            Next::Opaque => Some(Action::Probe(Probe::new(&target.address, &[], Mode::Opaque))),
            Next::AllHeaders => {
                let names: Vec<&str> = target.headers.iter().map(String::as_str).collect();
                readable(&names)
            }
            Next::OneHeader(index) => {
                target.headers.get(index).and_then(|name| readable(&[name.as_str()]))
            }
            Next::AnyHeader => readable(&[UNNEEDED_HEADER]),
            Next::Models => Some(Action::FindModels),
            Next::Answer => self.model.clone().map(Action::Ask),
            Next::End => None,
        }
    }

    /// Each step and what came of it.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether messages can be sent. Not before all is known.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.next == Next::End
            && self.findings.iter().all(|f| matches!(f.status, Status::Passed | Status::Warned))
    }

    /// The host that is asked; empty where none is configured.
    #[must_use]
    pub fn host(&self) -> String {
        self.target.as_ref().map(Target::host).unwrap_or_default()
    }

    /// Takes what was seen of the answer to a probe.
    pub fn handle_probe(&mut self, seen: Seen, elapsed_ms: u64) {
        let Some(step) = self.next.step() else { return };
        self.spend(step, elapsed_ms);
        let stopped = match seen {
            Seen::Answer { .. } | Seen::Redirect | Seen::Nothing => None,
            Seen::Offline => Some(Verdict::Offline),
            Seen::Policy => Some(Verdict::PolicyRefused),
            Seen::Silence => Some(Verdict::Silent),
        };
        if let Some(verdict) = stopped {
            return self.fail(step, verdict);
        }
        let answered = seen != Seen::Nothing;
        match self.next {
            Next::Readable => self.handle_readable(seen),
            Next::Opaque => self.handle_opaque(answered),
            Next::AllHeaders if !answered => self.next = Next::OneHeader(0),
            Next::AllHeaders => {
                if self.target.as_ref().is_some_and(Target::sends_authorization) {
                    self.next = Next::AnyHeader;
                } else {
                    self.conclude(Step::Headers, Verdict::HeadersAllowed);
                    self.present_credential();
                }
            }
            Next::OneHeader(index) => self.handle_one_header(index, answered),
            Next::AnyHeader => {
                let verdict =
                    if answered { Verdict::AnyHeaderAllowed } else { Verdict::HeadersAllowed };
                self.conclude(Step::Headers, verdict);
                self.present_credential();
            }
            Next::Models | Next::Answer | Next::End => {}
        }
    }

    fn handle_readable(&mut self, seen: Seen) {
        match seen {
            Seen::Answer { status: 200..=299, html: true } => {
                self.fail(Step::Network, Verdict::WebPage);
            }
            Seen::Answer { .. } | Seen::Redirect => {
                self.conclude(Step::Network, Verdict::Reachable);
                self.conclude(Step::Origin, Verdict::OriginAllowed);
                self.redirected = seen == Seen::Redirect;
                if self.redirected {
                    // A preflight may not be redirected, so it would say nothing of the headers.
                    self.present_credential();
                } else {
                    self.next = Next::AllHeaders;
                }
            }
            _ => self.next = Next::Opaque,
        }
    }

    fn handle_opaque(&mut self, answered: bool) {
        if answered {
            self.conclude(Step::Network, Verdict::Reachable);
            self.conclude(Step::Origin, Verdict::OriginRefused);
            // The answer to a request with its token may have what this one lacked.
            self.present_credential();
        } else {
            let verdict = self.unreachable();
            self.fail(Step::Network, verdict);
        }
    }

    fn unreachable(&self) -> Verdict {
        let Some(target) = &self.target else { return Verdict::Unreachable };
        if self.environment.keeps_from(&target.origin) {
            Verdict::LocalNetworkRefused
        } else if self.environment.mixes_content(&target.origin) {
            Verdict::MixedContent
        } else if self.environment.isolated {
            Verdict::IsolatedPage
        } else {
            Verdict::Unreachable
        }
    }

    fn handle_one_header(&mut self, index: usize, answered: bool) {
        let names =
            self.target.as_ref().map(|target| target.headers.as_slice()).unwrap_or_default();
        if !answered && let Some(name) = names.get(index) {
            self.refused.push(name.clone());
        }
        let tried = index + 1;
        if tried < names.len().min(MOST_HEADERS) {
            self.next = Next::OneHeader(tried);
        } else if self.refused.is_empty() {
            // None by itself is refused: the request with its token decides.
            self.conclude(Step::Headers, Verdict::HeadersAllowed);
            self.present_credential();
        } else {
            let all = self.refused.len() == tried;
            let verdict = if all { Verdict::PreflightRefused } else { Verdict::HeaderRefused };
            self.fail(Step::Headers, verdict);
        }
    }

    /// What comes next carries the credential.
    fn present_credential(&mut self) {
        self.next = if self.model.is_some() {
            self.conclude(Step::Models, Verdict::ModelFound);
            Next::Answer
        } else {
            Next::Models
        };
    }

    /// Takes the model to ask, or why there is none.
    pub fn handle_models(&mut self, found: Result<String, Refusal>, elapsed_ms: u64) {
        self.spend(Step::Models, elapsed_ms);
        match found {
            Ok(model) => {
                self.read_after_all();
                self.model = Some(model);
                self.present_credential();
            }
            Err(refusal) => self.handle_refusal(Step::Models, refusal, false),
        }
    }

    /// Takes how the answer arrived, or what it failed with; `begun` says that
    /// some of it had arrived by then.
    pub fn handle_answer(
        &mut self,
        answer: Result<Streamed, Refusal>,
        begun: bool,
        elapsed_ms: u64,
    ) {
        self.spend(Step::Answer, elapsed_ms);
        match answer {
            Ok(streamed) => {
                self.answered();
                let verdict = judge_stream(&streamed);
                self.streamed = streamed;
                self.conclude(Step::Stream, verdict);
                self.end();
            }
            Err(refusal) => self.handle_refusal(Step::Answer, refusal, begun),
        }
    }

    fn answered(&mut self) {
        self.conclude(Step::Answer, Verdict::Answered);
        self.read_after_all();
        if self.status(Step::Headers) == Status::Pending {
            self.conclude(Step::Headers, Verdict::HeadersAllowed);
        }
    }

    /// An answer to a request with its token was read, so it is others that
    /// can't be.
    fn read_after_all(&mut self) {
        if self.status(Step::Origin) == Status::Failed {
            self.conclude(Step::Origin, Verdict::ErrorsUnreadable);
        }
    }

    fn handle_refusal(&mut self, step: Step, refusal: Refusal, begun: bool) {
        let verdict = self.verdict_of(&refusal, begun);
        if verdict == Verdict::AnswerUnreadable {
            // What the first probe saw is why.
            if self.redirected {
                return self.fail(Step::Network, Verdict::Redirected);
            }
            if self.status(Step::Origin) == Status::Failed {
                return self.end();
            }
        } else if refusal.status > 0 {
            self.read_after_all();
        }
        let mut failed = step;
        if begun {
            self.answered();
            failed = Step::Stream;
        }
        if let Some(finding) = self.findings.get_mut(failed as usize) {
            finding.refusal = Some(refusal);
        }
        self.fail(failed, verdict);
    }

    fn verdict_of(&self, refusal: &Refusal, begun: bool) -> Verdict {
        let with_bearer = self.target.as_ref().is_some_and(Target::sends_authorization);
        let portal = refusal.hint == "check-portal";
        match refusal.code.as_str() {
            _ if portal && refusal.status == 0 => Verdict::Redirected,
            _ if portal => Verdict::WebPage,
            "unreachable" | "stream-truncated" if begun => Verdict::StreamBroken,
            "unreachable" => Verdict::AnswerUnreadable,
            "timeout" if begun => Verdict::StreamStalled,
            "timeout" if refusal.status == 0 => Verdict::Silent,
            "credential-invalid" => {
                let other = if with_bearer {
                    refusal.message.contains("x-api-key")
                } else {
                    refusal.hint == "use-authorization-header"
                };
                if other { Verdict::OtherAuthHeader } else { Verdict::KeyRefused }
            }
            "permission-denied" => Verdict::AccessRefused,
            "not-found" => Verdict::WrongPath,
            "model-not-available" => Verdict::NoModel,
            "request-invalid" => Verdict::RequestRefused,
            "rate-limited" => Verdict::RateLimited,
            "overloaded" => Verdict::Overloaded,
            "server-error" | "timeout" => Verdict::ServerError,
            "response-invalid" => Verdict::NotTheApi,
            "stream-truncated" => Verdict::StreamBroken,
            "stream-corrupt" | "limit-exceeded" => Verdict::StreamInvalid,
            "stream-error" => Verdict::StreamFailed,
            _ => Verdict::Failed,
        }
    }

    fn status(&self, step: Step) -> Status {
        self.findings.get(step as usize).map_or(Status::Pending, |finding| finding.status)
    }

    fn spend(&mut self, step: Step, elapsed_ms: u64) {
        if let Some(finding) = self.findings.get_mut(step as usize) {
            finding.elapsed_ms += elapsed_ms;
        }
    }

    fn conclude(&mut self, step: Step, verdict: Verdict) {
        let lines = self.lines(verdict);
        let subject = self.subject(step, verdict);
        if let Some(finding) = self.findings.get_mut(step as usize) {
            finding.status = verdict.status();
            finding.verdict = Some(verdict);
            finding.subject = subject;
            finding.lines = lines;
        }
    }

    /// A step failed, and with it the rest.
    fn fail(&mut self, step: Step, verdict: Verdict) {
        self.conclude(step, verdict);
        self.end();
    }

    fn end(&mut self) {
        self.next = Next::End;
        for finding in &mut self.findings {
            if finding.status == Status::Pending {
                finding.status = Status::Skipped;
            }
        }
    }

    /// What a verdict is about.
    fn subject(&self, step: Step, verdict: Verdict) -> String {
        let mut subject = String::new();
        let target = self.target.as_ref();
        match verdict.subject() {
            "page" => subject.push_str(&self.environment.page_origin),
            "origin" => return target.map(|target| target.origin.to_string()).unwrap_or_default(),
            "model" => return self.model.clone().unwrap_or_default(),
            "header" => subject.push_str(self.other_header()),
            "headers" if verdict == Verdict::HeaderRefused => {
                cors::push_list(&mut subject, &self.refused);
            }
            "headers" => cors::push_list(
                &mut subject,
                target.map(|target| target.headers.as_slice()).unwrap_or_default(),
            ),
            "url" => {
                let refusal = self.findings.get(step as usize).and_then(|f| f.refusal.as_ref());
                subject.push_str(refusal.map(|refusal| refusal.url.as_str()).unwrap_or_default());
            }
            "contentType" => subject.push_str(&self.streamed.content_type),
            "waitedMs" => write::push_number(&mut subject, self.streamed.first_ms),
            _ => {}
        }
        subject
    }

    fn other_header(&self) -> &'static str {
        match &self.target {
            Some(target) if target.sends_authorization() => "x-api-key",
            _ => "authorization",
        }
    }

    /// What has to be added, and where a setting has to be changed, line by line.
    fn lines(&self, verdict: Verdict) -> Vec<String> {
        let Some(target) = &self.target else { return Vec::new() };
        let page = &self.environment.page_origin;
        match verdict {
            Verdict::OriginRefused | Verdict::ErrorsUnreadable | Verdict::AnswerUnreadable => {
                cors::allow_origin(page)
            }
            Verdict::PreflightRefused => cors::preflight(page, &target.headers),
            Verdict::HeaderRefused | Verdict::AnyHeaderAllowed => {
                vec![cors::allow_headers(&target.headers)]
            }
            Verdict::PolicyRefused => vec![["connect-src ", &target.origin.to_string()].concat()],
            Verdict::OtherAuthHeader => {
                vec![["gateway_auth_header=", self.other_header()].concat()]
            }
            Verdict::NotStreamed => vec!["Content-Type: text/event-stream".to_owned()],
            Verdict::Buffered => vec![
                "X-Accel-Buffering: no".to_owned(),
                "Cache-Control: no-cache, no-transform".to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    /// `{passed,done,host,steps:[…]}`
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = String::new();
        {
            let mut description = write::Object::new(&mut out);
            description.bool("passed", self.passed());
            let host = self.host();
            description.string("host", &host);
            let mut steps = description.array("steps");
            for finding in &self.findings {
                let waits = finding.status == Status::Pending;
                let running = waits && self.next.step() == Some(finding.step);
                let status = if running { Status::Running } else { finding.status };
                finding.describe(status, &host, &mut steps.object());
            }
        }
        out
    }

    /// What to do next, as JSON for the driver; nothing when all is known:
    /// `{"probe":{…}}`, `{"findModels":true}` or `{"ask":model}`.
    #[must_use]
    pub fn describe_next(&self) -> Option<String> {
        let action = self.poll()?;
        let mut out = String::new();
        {
            let mut next = write::Object::new(&mut out);
            match &action {
                Action::Probe(probe) => probe.describe(&mut next.object("probe")),
                Action::FindModels => next.bool("findModels", true),
                Action::Ask(model) => next.string("ask", model),
            }
        }
        Some(out)
    }
}

/// How an answer that is whole arrived.
fn judge_stream(streamed: &Streamed) -> Verdict {
    let kind = streamed.content_type.to_ascii_lowercase();
    if !kind.starts_with("text/event-stream") && !kind.starts_with("application/vnd.amazon.") {
        return Verdict::NotStreamed;
    }
    let spread = streamed.last_ms.saturating_sub(streamed.first_ms);
    let at_once = streamed.events >= FEWEST_EVENTS && spread <= AT_ONCE_MS;
    if at_once && streamed.first_ms >= HELD_BACK_MS {
        Verdict::Buffered
    } else if streamed.first_ms >= SLOW_MS {
        Verdict::Slow
    } else {
        Verdict::Streams
    }
}
