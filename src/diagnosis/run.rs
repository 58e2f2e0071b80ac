//! The order in which it is asked, and what the answers say.

use crate::http::Method;
use crate::json::write;
use crate::text;

use super::answer::{self, Streamed};
use super::environment::Environment;
use super::finding::{Finding, PENDING, Refusal, Status, Step};
use super::hosts::Hosts;
use super::probe::{Mode, Probe, Seen};
use super::target::{Target, push_list};
use super::verdict::Verdict;

/// The most headers that are asked for one by one.
const MOST_HEADERS: usize = 12;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Send this, without a credential.
    Probe(Probe<'a>),
    /// Get what opens the provider.
    ObtainAccess,
    /// Find the models, with the credential.
    FindModels,
    /// Send [`message`](super::target::message) to this model, once, as a stream, with the credential.
    Ask(&'a str),
    /// Send each of [`host_probes`](Diagnosis::host_probes), without a credential.
    ProbeHosts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Readable,
    Opaque,
    AllHeaders,
    OneHeader(usize),
    AnyHeader,
    Access,
    Models,
    Answer,
    RouteReadable,
    RouteOpaque,
    RouteAllHeaders,
    RouteOneHeader(usize),
    Hosts,
    End,
}

impl Next {
    const fn step(self) -> Option<Step> {
        match self {
            Self::Readable | Self::Opaque => Some(Step::Network),
            Self::AllHeaders | Self::OneHeader(_) | Self::AnyHeader => Some(Step::Headers),
            Self::Access | Self::Models => Some(Step::Models),
            Self::Answer => Some(Step::Answer),
            Self::Hosts => Some(Step::Hosts),
            // Of the step that could not be read.
            Self::RouteReadable
            | Self::RouteOpaque
            | Self::RouteAllHeaders
            | Self::RouteOneHeader(_)
            | Self::End => None,
        }
    }
}

/// A diagnosis under way. The driver loop:
///
/// 1. [`poll`](Self::poll) what to do. Nothing: it is over.
/// 2. Do it, and tell what came of it: [`handle_probe`](Self::handle_probe),
///    [`handle_access`](Self::handle_access), [`handle_models`](Self::handle_models),
///    [`handle_answer`](Self::handle_answer) or [`handle_hosts`](Self::handle_hosts), with
///    the milliseconds that it took.
///
/// [`findings`](Self::findings) can be read at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    target: Option<Target>,
    environment: Environment,
    model: Option<String>,
    next: Next,
    refused: Vec<String>,
    /// The step that made the route of messages be looked at by itself.
    on_route: Option<Step>,
    hosts: Hosts,
    /// The first probe was redirected.
    redirected: bool,
    /// What opens the provider is there.
    opened: bool,
    streamed: Streamed,
    refusal: Option<Refusal>,
    findings: Vec<Finding>,
}

impl Diagnosis {
    /// Begins with a server, and with a model where one is known already.
    #[must_use]
    pub fn new(target: Target, environment: Environment, model: Option<String>) -> Self {
        let mut begun = Self::before(Some(target), environment, model, Next::Readable);
        begun.conclude(Step::Configuration, Verdict::Configured);
        begun
    }

    /// There is nobody to ask: nothing is configured, or it was refused.
    #[must_use]
    pub fn unconfigured(environment: Environment, refusal: Refusal) -> Self {
        let mut over = Self::before(None, environment, None, Next::End);
        let verdict =
            if refusal.is_unassigned() { Verdict::NotAssigned } else { Verdict::NotConfigured };
        over.refusal = Some(refusal);
        over.fail(Step::Configuration, verdict);
        over
    }

    /// The bootstrap endpoint gave no answer that could be read, so that nobody
    /// knows whom to ask. It is probed itself.
    #[must_use]
    pub fn unfetched(endpoint: Target, environment: Environment, refusal: Refusal) -> Self {
        let mut begun = Self::before(Some(endpoint), environment, None, Next::Readable);
        begun.refusal = Some(refusal);
        begun.conclude(Step::Configuration, Verdict::NotFetched);
        begun
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
            on_route: None,
            hosts: Hosts::default(),
            redirected: false,
            opened: false,
            streamed: Streamed::default(),
            refusal: None,
            findings: PENDING.to_vec(),
        }
    }

    /// Has the other hosts that the configuration names probed as well, at the end.
    #[must_use]
    pub fn with_hosts(mut self, hosts: Hosts) -> Self {
        if !hosts.is_empty() {
            self.findings.push(Finding::pending(Step::Hosts));
            self.hosts = hosts;
        }
        self
    }

    /// What to do next, or nothing when all is known.
    #[must_use = "nothing is sent by asking for it"]
    pub fn poll(&self) -> Option<Action<'_>> {
        let target = self.target.as_ref()?;
        let needed = target.headers.as_slice();
        let (headers, mode): (&[String], _) = match self.next {
            Next::Readable | Next::RouteReadable => (&[], Mode::Readable),
            Next::Opaque | Next::RouteOpaque => (&[], Mode::Opaque),
            Next::AllHeaders | Next::RouteAllHeaders => (needed, Mode::Readable),
            Next::OneHeader(index) | Next::RouteOneHeader(index) => {
                (needed.get(index..=index)?, Mode::Readable)
            }
            Next::AnyHeader => (&target.unneeded, Mode::Readable),
            Next::Access => return Some(Action::ObtainAccess),
            Next::Models => return Some(Action::FindModels),
            Next::Answer => return self.model.as_deref().map(Action::Ask),
            Next::Hosts => return Some(Action::ProbeHosts),
            Next::End => return None,
        };
        let (method, address) = match self.next.step() {
            None => (Method::Post, &target.route),
            Some(_) => (target.method, &target.address),
        };
        Some(Action::Probe(Probe::new(method, address, headers, mode)))
    }

    /// What [`Action::ProbeHosts`] is to send, all at once.
    pub fn host_probes(&self) -> impl Iterator<Item = Probe<'_>> {
        self.hosts.pending()
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

    /// Takes what was seen of the answer to a probe.
    pub fn handle_probe(&mut self, seen: Seen, elapsed_ms: u64) {
        let Some(step) = self.running() else { return };
        self.spend(step, elapsed_ms);
        let stopped = match seen {
            Seen::Answer | Seen::WebPage | Seen::Redirect | Seen::Nothing => None,
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
                // Nobody here could change what a cloud lets through.
                let asks = |target: &Target| target.is_own() && target.sends_authorization();
                if self.target.as_ref().is_some_and(asks) {
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
            Next::RouteReadable => self.handle_route(step, seen),
            Next::RouteOpaque => {
                let verdict = match answered {
                    false => Verdict::ConnectionBroken,
                    // Where no error can be read, this one says nothing of the route.
                    true if self.is(Step::Origin, Verdict::ErrorsUnreadable) => {
                        Verdict::AnswerUnreadable
                    }
                    true => Verdict::OriginRefused,
                };
                self.fail(step, verdict);
            }
            Next::RouteAllHeaders if !answered => self.next = Next::RouteOneHeader(0),
            Next::RouteAllHeaders => self.fail(step, Verdict::AnswerUnreadable),
            Next::RouteOneHeader(index) => {
                self.handle_one_header_of_route(step, index, answered);
            }
            Next::Access | Next::Models | Next::Answer | Next::Hosts | Next::End => {}
        }
    }

    fn handle_readable(&mut self, seen: Seen) {
        match seen {
            Seen::WebPage => self.fail(Step::Network, Verdict::WebPage),
            Seen::Answer | Seen::Redirect => {
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
            let own = self.is_own();
            let verdict = if own { Verdict::OriginRefused } else { Verdict::Unprobed };
            self.conclude(Step::Origin, verdict);
            if !own {
                self.conclude(Step::Headers, Verdict::Unprobed);
            }
            // The answer to a request with its token may have what this one lacked.
            self.present_credential();
        } else {
            let origin = self.target.as_ref().map_or("", |target| target.origin.as_str());
            let verdict = self.environment.unreachable(origin);
            self.fail(Step::Network, verdict);
        }
    }

    /// Keeps the header of that index, if it was refused, and tells how many were
    /// tried, and whether there are further ones.
    fn try_one_header(&mut self, index: usize, answered: bool) -> (usize, bool) {
        let names =
            self.target.as_ref().map(|target| target.headers.as_slice()).unwrap_or_default();
        if !answered && let Some(name) = names.get(index) {
            self.refused.push(name.clone());
        }
        let tried = index + 1;
        (tried, tried < names.len().min(MOST_HEADERS))
    }

    fn handle_one_header(&mut self, index: usize, answered: bool) {
        let (tried, more) = self.try_one_header(index, answered);
        if more {
            self.next = Next::OneHeader(tried);
        } else if self.refused.is_empty() {
            // None by itself is refused: the request with its token decides.
            self.conclude(Step::Headers, Verdict::HeadersAllowed);
            self.present_credential();
        } else if !self.is_own() {
            // A cloud may answer a wrong credential without CORS.
            self.conclude(Step::Headers, Verdict::Unprobed);
            self.present_credential();
        } else {
            let verdict = self.refused_of(tried);
            self.fail(Step::Headers, verdict);
        }
    }

    fn refused_of(&self, tried: usize) -> Verdict {
        let all = self.refused.len() == tried;
        if all { Verdict::PreflightRefused } else { Verdict::HeaderRefused }
    }

    /// The answer to the token can't be read, though the list of models lets this
    /// page in: the same questions again, to the route of messages.
    fn handle_route(&mut self, step: Step, seen: Seen) {
        match seen {
            Seen::Answer => self.next = Next::RouteAllHeaders,
            Seen::WebPage => self.fail(step, Verdict::WebPage),
            Seen::Redirect => self.fail(step, Verdict::Redirected),
            _ => self.next = Next::RouteOpaque,
        }
    }

    fn handle_one_header_of_route(&mut self, step: Step, index: usize, answered: bool) {
        let (tried, more) = self.try_one_header(index, answered);
        if more {
            self.next = Next::RouteOneHeader(tried);
        } else {
            let none = self.refused.is_empty();
            let verdict = if none { Verdict::AnswerUnreadable } else { self.refused_of(tried) };
            self.fail(step, verdict);
        }
    }

    /// Takes what was seen of each of [`host_probes`](Self::host_probes), in their order.
    pub fn handle_hosts(&mut self, seen: &[Seen], elapsed_ms: u64) {
        if self.next != Next::Hosts {
            return;
        }
        self.spend(Step::Hosts, elapsed_ms);
        self.hosts.handle(seen, &self.environment);
        if !self.hosts.is_waiting() {
            if self.opened {
                self.hosts.forgive_sign_in();
            }
            let verdict = self.hosts.verdict();
            self.conclude(Step::Hosts, verdict);
            self.next = Next::End;
        }
    }

    /// What comes next carries the credential.
    fn present_credential(&mut self) {
        if self.target.as_ref().is_some_and(Target::is_bootstrap) {
            return self.end();
        }
        let obtains = self.target.as_ref().is_some_and(Target::is_opened_by_token);
        self.next = if obtains && !self.opened {
            Next::Access
        } else if self.model.is_some() {
            self.conclude(Step::Models, Verdict::ModelFound);
            Next::Answer
        } else {
            Next::Models
        };
    }

    /// Takes the news that what opens the provider is there, or why it isn't.
    pub fn handle_access(&mut self, obtained: Result<(), Refusal>, elapsed_ms: u64) {
        self.spend(Step::Models, elapsed_ms);
        match obtained {
            Ok(()) => {
                self.opened = true;
                self.present_credential();
            }
            Err(refusal) => {
                let verdict = match refusal.code.as_str() {
                    "sign-in-required"
                    | "interaction-required"
                    | "consent-required"
                    | "account-mismatch"
                    | "tenant-mismatch"
                    | "host-unsupported" => Verdict::NotSignedIn,
                    "unreachable" => Verdict::TokenServiceUnreachable,
                    _ => Verdict::AccessNotObtained,
                };
                self.refusal = Some(refusal);
                self.fail(Step::Models, verdict);
            }
        }
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
                let verdict = answer::judge_stream(&streamed);
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
        if self.is(Step::Origin, Verdict::Unprobed) {
            self.conclude(Step::Origin, Verdict::OriginAllowed);
        }
        if self.is(Step::Headers, Verdict::Unprobed) {
            self.refused.clear();
            self.conclude(Step::Headers, Verdict::HeadersAllowed);
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
            let has_route = self.target.as_ref().is_some_and(|target| !target.route.is_empty());
            if has_route {
                // Where there is no list, it was messages that were to find the models.
                self.refusal = Some(refusal);
                self.on_route = Some(step);
                self.next = Next::RouteReadable;
                return;
            }
        } else if refusal.status > 0 {
            self.read_after_all();
        }
        let mut failed = step;
        if begun {
            self.answered();
            failed = Step::Stream;
        }
        self.refusal = Some(refusal);
        self.fail(failed, verdict);
    }

    fn verdict_of(&self, refusal: &Refusal, begun: bool) -> Verdict {
        if refusal.hint == "check-portal" {
            return if refusal.status == 0 { Verdict::Redirected } else { Verdict::WebPage };
        }
        match answer::of_code(&refusal.code) {
            Verdict::AnswerUnreadable if begun => Verdict::StreamBroken,
            Verdict::Silent if begun => Verdict::StreamStalled,
            // A gateway that waited for its provider.
            Verdict::Silent if refusal.status > 0 => Verdict::ServerError,
            Verdict::KeyRefused if self.wants_other_header(refusal) => Verdict::OtherAuthHeader,
            verdict => verdict,
        }
    }

    /// Of gateways and their keys alone: elsewhere nobody can choose.
    fn wants_other_header(&self, refusal: &Refusal) -> bool {
        let is_key = |target: &Target| target.is_own() && !target.is_opened_by_token();
        if !self.target.as_ref().is_some_and(is_key) {
            false
        } else if self.target.as_ref().is_some_and(Target::sends_authorization) {
            text::contains(&refusal.message, "x-api-key")
        } else {
            // Of the one that was not sent, nobody speaks but who wants it.
            let said = refusal.message.to_ascii_lowercase();
            refusal.hint == "use-authorization-header"
                || text::contains(&said, "authorization header")
                || text::contains(&said, "bearer")
        }
    }

    /// The step that is under way.
    fn running(&self) -> Option<Step> {
        match self.next {
            Next::End => None,
            next => next.step().or(self.on_route),
        }
    }

    fn is_own(&self) -> bool {
        self.target.as_ref().is_some_and(Target::is_own)
    }

    fn is(&self, step: Step, verdict: Verdict) -> bool {
        self.findings.iter().any(|f| f.step == step && f.verdict == Some(verdict))
    }

    fn status(&self, step: Step) -> Status {
        self.findings.get(step as usize).map_or(Status::Pending, |finding| finding.status)
    }

    fn spend(&mut self, step: Step, elapsed_ms: u64) {
        if let Some(finding) = self.findings.get_mut(step as usize) {
            finding.elapsed_ms = finding.elapsed_ms.saturating_add(elapsed_ms);
        }
    }

    fn conclude(&mut self, step: Step, verdict: Verdict) {
        if let Some(finding) = self.findings.get_mut(step as usize) {
            finding.status = verdict.status();
            finding.verdict = Some(verdict);
        }
    }

    /// A step failed, and with it the rest.
    fn fail(&mut self, step: Step, verdict: Verdict) {
        self.conclude(step, verdict);
        self.end();
    }

    fn end(&mut self) {
        let offline = self.is(Step::Network, Verdict::Offline);
        let asks = self.target.is_some() && self.hosts.is_waiting() && !offline;
        self.next = if asks { Next::Hosts } else { Next::End };
        for finding in &mut self.findings {
            if finding.status == Status::Pending && !(asks && finding.step == Step::Hosts) {
                finding.status = Status::Skipped;
            }
        }
    }

    /// The headers that the preflight doesn't let through.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// What the server or the browser said to what failed.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// `{passed,page,model,refused,provider?,access?,host?,origin?,headers?,route?,hosts?,steps:[{id,status,verdict,elapsedMs}]}`,
    /// and what to do next, for the driver: `probe`, `obtainAccess`, `findModels`, `ask` or
    /// `probeHosts`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = String::new();
        {
            let mut description = write::Object::new(&mut out);
            description.bool("passed", self.passed());
            description.string("page", &self.environment.page_origin);
            description.string("model", self.model.as_deref().unwrap_or_default());
            push_list(description.name("refused"), &self.refused);
            if let Some(target) = &self.target {
                description.string("provider", &target.provider);
                description.string("access", &target.access);
                description.string("host", &target.host);
                description.string("origin", &target.origin);
                push_list(description.name("headers"), &target.headers);
                if self.on_route.is_some() {
                    description.string("route", target.route_path());
                }
            }
            if !self.hosts.is_empty() {
                self.hosts.describe(&mut description.array("hosts"));
            }
            match self.poll() {
                Some(Action::Probe(probe)) => probe.describe(&mut description.object("probe")),
                Some(Action::ObtainAccess) => description.bool("obtainAccess", true),
                Some(Action::FindModels) => description.bool("findModels", true),
                Some(Action::Ask(model)) => description.string("ask", model),
                Some(Action::ProbeHosts) => {
                    let mut probes = description.array("probeHosts");
                    for probe in self.host_probes() {
                        probe.describe(&mut probes.object());
                    }
                }
                None => {}
            }
            let mut steps = description.array("steps");
            for finding in &self.findings {
                let waits = finding.status == Status::Pending;
                let running = waits && self.running() == Some(finding.step);
                let status = if running { Status::Running } else { finding.status };
                let mut step = steps.object();
                step.string("id", finding.step.as_str());
                step.string("status", status.as_str());
                step.string("verdict", finding.verdict.map_or("", Verdict::id));
                step.number("elapsedMs", finding.elapsed_ms);
            }
        }
        out
    }
}
