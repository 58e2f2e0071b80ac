//! A browser and a server, as far as CORS goes: what a page gets to see is
//! decided by the steps of the Fetch standard ("CORS check", "CORS-preflight
//! fetch", "HTTP-redirect fetch"), written apart from the diagnosis.

use taskpane_connector::config::{Configuration, Key, ProviderSettings, Reading, Values};
use taskpane_connector::diagnosis::report::{Check, Checks};
use taskpane_connector::diagnosis::{
    Action, Diagnosis, Environment, Mode, Probe, Refusal, Seen, Status, Step, Streamed, Target,
    Verdict,
};
use taskpane_connector::http::Method;
use taskpane_connector::json::Json;
use taskpane_connector::provider::Provider;

pub(crate) const PAGE: &str = "https://addin.example.com";
pub(crate) const TOKEN: &str = "gw-token-that-must-not-be-in-a-probe";

/// What an answer has for `Access-Control-Allow-Origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllowOrigin {
    Page,
    Any,
    Missing,
    Doubled,
    SomebodyElse,
}

impl AllowOrigin {
    /// The header's values in one, as a browser compares them.
    pub(crate) const fn lets_in(self) -> bool {
        matches!(self, Self::Page | Self::Any)
    }
}

/// Which headers a preflight lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AllowHeaders {
    Listed(Vec<&'static str>),
    /// `*`, which engines let stand for `Authorization` too.
    Wildcard,
    /// Whatever is asked for.
    Echo,
}

/// Rules that the route of messages has of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// `OPTIONS` is refused there.
    pub(crate) no_preflight: bool,
    /// The headers that its preflight lets through, if those are others.
    pub(crate) allow_headers: Option<AllowHeaders>,
    /// Whom its answers allow, those to requests without the token and with it.
    pub(crate) errors: Option<AllowOrigin>,
    pub(crate) answers: Option<AllowOrigin>,
    /// The connection breaks.
    pub(crate) broken: bool,
    /// What is answered to requests without the token.
    pub(crate) to_anonymous: Option<Instead>,
}

/// What is answered in the place of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instead {
    Redirect,
    WebPage,
}

#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) seen: Option<Seen>,
    pub(crate) answers: AllowOrigin,
    pub(crate) errors: AllowOrigin,
    /// A preflight's status; a redirect is no success.
    pub(crate) options_status: u16,
    pub(crate) options: AllowOrigin,
    pub(crate) allow_headers: AllowHeaders,
    pub(crate) resource_policy: bool,
    pub(crate) to_anonymous: Option<Instead>,
    /// The failure of the list, and of the message; codes as the page is told them.
    pub(crate) list: Option<Refusal>,
    pub(crate) message: Option<(Refusal, bool)>,
    pub(crate) route: Route,
    pub(crate) streamed: Streamed,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            seen: None,
            answers: AllowOrigin::Page,
            errors: AllowOrigin::Page,
            options_status: 204,
            options: AllowOrigin::Page,
            allow_headers: AllowHeaders::Listed(vec![
                "x-api-key",
                "authorization",
                "content-type",
                "anthropic-version",
                "x-org-team",
            ]),
            resource_policy: false,
            to_anonymous: None,
            list: None,
            message: None,
            route: Route::default(),
            streamed: Streamed {
                content_type: "text/event-stream; charset=utf-8".into(),
                events: 40,
                first_ms: 600,
                last_ms: 1_700,
            },
        }
    }
}

pub(crate) fn refusal(code: &str, status: u32) -> Refusal {
    Refusal {
        code: code.into(),
        status,
        message: format!("{code} of a test"),
        ..Refusal::default()
    }
}

impl Server {
    /// The same server, as its route of messages is.
    fn on_route(&self) -> Self {
        let Route { no_preflight, allow_headers, errors, answers, broken, to_anonymous } =
            self.route.clone();
        let mut server = self.clone();
        server.route = Route::default();
        if no_preflight {
            server.options_status = 405;
        }
        if broken {
            server.seen = Some(Seen::Nothing);
        }
        server.allow_headers = allow_headers.unwrap_or(server.allow_headers);
        server.errors = errors.unwrap_or(server.errors);
        server.answers = answers.unwrap_or(server.answers);
        server.to_anonymous = to_anonymous.or(server.to_anonymous);
        server
    }

    fn preflight(&self, headers: &[String]) -> bool {
        let lets = |name: &String| match &self.allow_headers {
            AllowHeaders::Listed(names) => names.contains(&name.as_str()),
            AllowHeaders::Wildcard | AllowHeaders::Echo => true,
        };
        (200..300).contains(&self.options_status)
            && self.options.lets_in()
            && headers.iter().all(lets)
    }

    pub(crate) fn see(&self, probe: &Probe) -> Seen {
        if let Some(seen) = self.seen {
            return seen;
        }
        if probe.mode() == Mode::Opaque {
            // Redirects are followed, and whatever comes in the end is opaque.
            let blocked = self.resource_policy;
            return if blocked { Seen::Nothing } else { Seen::Answer };
        }
        if !probe.headers().is_empty() && !self.preflight(probe.headers()) {
            return Seen::Nothing;
        }
        // Without a token the answer is an error.
        let allowed = if self.to_anonymous.is_none() { self.errors } else { self.answers };
        match self.to_anonymous {
            _ if !allowed.lets_in() => Seen::Nothing,
            None => Seen::Answer,
            Some(Instead::Redirect) => Seen::Redirect,
            Some(Instead::WebPage) => Seen::WebPage,
        }
    }

    /// What comes of a request with the token.
    fn refused(&self, headers: &[String], refusal: Option<&Refusal>) -> Option<Refusal> {
        let unreadable = refusal_of_browser();
        if self.seen.is_some() || !self.preflight(headers) {
            return Some(unreadable);
        }
        let allowed = match refusal {
            Some(refusal) if refusal.status >= 400 => self.errors,
            _ => self.answers,
        };
        if !allowed.lets_in() { Some(unreadable) } else { refusal.cloned() }
    }
}

fn refusal_of_browser() -> Refusal {
    Refusal { hint: "check-network-or-cors".into(), ..refusal("unreachable", 0) }
}

/// How the gateway is configured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) url: &'static str,
    pub(crate) bearer: bool,
    pub(crate) model: Option<&'static str>,
}

impl Default for Setting {
    fn default() -> Self {
        Self { url: "https://gw.example.com/anthropic", bearer: false, model: Some("claude-a") }
    }
}

pub(crate) fn configuration(setting: Setting) -> Configuration {
    let mut values = Values::default();
    values.set(Key::GatewayUrl, setting.url);
    values.set(Key::GatewayToken, TOKEN);
    values.set(Key::InferenceHeaders, r#"{"X-Org-Team":"finance-team-secret"}"#);
    if setting.bearer {
        values.set(Key::GatewayAuthHeader, "authorization");
    }
    Configuration::merge(values, Values::default(), Vec::new())
}

pub(crate) fn provider(mut configuration: Configuration) -> Provider {
    match ProviderSettings::read(&mut configuration) {
        Ok(Reading::Complete(settings)) => Provider::new(*settings).unwrap(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn environment() -> Environment {
    Environment { page_origin: PAGE.into(), ..Environment::default() }
}

/// All that was asked, and the diagnosis at its end.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) diagnosis: Diagnosis,
    /// The address and the headers' names of each probe.
    pub(crate) probes: Vec<(String, Vec<String>)>,
    pub(crate) with_token: usize,
}

impl Ran {
    pub(crate) fn verdict(&self, step: Step) -> Option<Verdict> {
        self.diagnosis.findings()[step as usize].verdict
    }

    /// Everything that isn't as it should be, in order.
    pub(crate) fn wrong(&self) -> Vec<(Step, Verdict)> {
        let findings = self.diagnosis.findings().iter();
        findings
            .filter(|f| matches!(f.status, Status::Failed | Status::Warned))
            .map(|f| (f.step, f.verdict.unwrap()))
            .collect()
    }

    /// What the page gets.
    pub(crate) fn shown(&self) -> serde_json::Value {
        serde_json::from_str(&self.diagnosis.describe()).expect("JSON")
    }
}

pub(crate) fn run(setting: Setting, environment: Environment, server: &Server) -> Ran {
    let provider = provider(configuration(setting));
    let target = handed_over(&Target::of(&provider, 0.25).unwrap());
    let mut listing = provider.models_request(None);
    provider.access().authorize(&mut listing, 0).unwrap();
    let mut headers: Vec<String> =
        listing.headers().iter().map(|(name, _)| name.as_str().to_owned()).collect();
    headers.push("content-type".into());
    let model = setting.model.map(str::to_owned);
    let mut ran = Ran {
        diagnosis: Diagnosis::new(target, environment, model),
        probes: Vec::new(),
        with_token: 0,
    };
    while let Some(action) = ran.diagnosis.poll() {
        // The page can be shown how far it is at any time.
        let shown = ran.shown();
        let running = shown["steps"].as_array().unwrap().iter();
        assert_eq!(running.filter(|step| step["status"] == "running").count(), 1, "{shown}");
        match action {
            Action::Probe(probe) => {
                ran.probes.push((probe.url().to_owned(), probe.headers().to_vec()));
                check_sent(&probe, &shown["probe"]);
                let on_route = probe.method() == Method::Post;
                let seen =
                    if on_route { server.on_route().see(&probe) } else { server.see(&probe) };
                ran.diagnosis.handle_probe(seen, 10);
            }
            Action::ObtainAccess => panic!("a key is there"),
            Action::ProbeHosts => panic!("no other host is configured"),
            Action::FindModels => {
                ran.with_token += 1;
                let refused = server.refused(&headers, server.list.as_ref());
                ran.diagnosis.handle_models(refused.map_or(Ok("claude-b".into()), Err), 100);
            }
            Action::Ask(_) => {
                ran.with_token += 1;
                let (refusal, begun) = match &server.message {
                    Some((refusal, begun)) => (Some(refusal), *begun),
                    None => (None, false),
                };
                let refused = server.on_route().refused(&headers, refusal);
                let answer = refused.map_or(Ok(server.streamed.clone()), Err);
                ran.diagnosis.handle_answer(answer, begun, 1_800);
            }
        }
        assert!(ran.probes.len() + ran.with_token < 30, "no end: {:?}", ran.diagnosis);
    }
    let over = ran.shown();
    assert!(
        ["probe", "findModels", "ask", "probeHosts"].iter().all(|next| over.get(next).is_none()),
        "{over}"
    );
    ran
}

/// What goes to fetch is the probe: the names of headers with a value that says nothing.
fn check_sent(probe: &Probe<'_>, sent: &serde_json::Value) {
    assert_eq!(sent["url"], probe.url());
    assert_eq!(sent["method"], probe.method().as_str());
    let on_route = probe.url().starts_with("https://gw.example.com/anthropic/v1/messages?probe=");
    assert_eq!(probe.method() == Method::Post, on_route);
    let readable = probe.mode() == Mode::Readable;
    assert_eq!(sent["mode"], if readable { "cors" } else { "no-cors" });
    assert_eq!(sent["redirect"], if readable { "manual" } else { "follow" });
    let headers = sent["headers"].as_object().unwrap();
    assert_eq!(headers.len(), probe.headers().len());
    for (name, value) in headers {
        assert!(probe.headers().contains(name));
        assert_eq!(value, if name == "content-type" { "application/json" } else { "probe" });
    }
}

/// As it arrives in the module that asks.
pub(crate) fn handed_over(target: &Target) -> Target {
    let text = target.describe();
    let read = Target::read(Json::parse(&text, 8).unwrap()).unwrap();
    assert_eq!(read, *target);
    read
}

/// As they are told for a report.
pub(crate) fn checks(diagnosis: &Diagnosis) -> Checks {
    let steps = diagnosis.findings().iter().map(|finding| Check {
        step: finding.step.as_str().into(),
        status: finding.status.as_str().into(),
        verdict: finding.verdict.map_or("", Verdict::id).into(),
        elapsed_ms: finding.elapsed_ms,
    });
    Checks {
        steps: steps.collect(),
        refused: diagnosis.refused().to_vec(),
        refusal: diagnosis.refusal().cloned(),
    }
}
