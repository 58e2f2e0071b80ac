//! Every fault by itself gets its verdict, two at once are both found or one
//! after the other, and what is to be added is said to the letter.

use taskpane_connector::diagnosis::target::message;
use taskpane_connector::diagnosis::{
    Action, Diagnosis, Environment, Refusal, Seen, Status, Step, Streamed, Target, Verdict,
};
use taskpane_connector::http::RequestUrl;
use taskpane_connector::provider::messages::MessageParams;

use super::world::{
    AllowHeaders, AllowOrigin, Instead, PAGE, Ran, Route, Server, Setting, configuration,
    environment, handed_over, provider, refusal, run,
};

fn ask(server: &Server) -> Ran {
    run(Setting::default(), environment(), server)
}

#[test]
fn a_gateway_that_works_is_asked_three_times() {
    let ran = ask(&Server::default());
    assert!(ran.diagnosis.passed());
    assert_eq!(ran.wrong(), []);
    assert_eq!((ran.probes.len(), ran.with_token), (2, 1));
    let expected = [
        Verdict::Configured,
        Verdict::Reachable,
        Verdict::OriginAllowed,
        Verdict::HeadersAllowed,
        Verdict::ModelFound,
        Verdict::Answered,
        Verdict::Streams,
    ];
    let verdicts = ran.diagnosis.findings().iter().map(|finding| finding.verdict.unwrap());
    assert_eq!(verdicts.collect::<Vec<_>>(), expected);
}

#[test]
fn without_a_model_the_list_is_asked_for_one() {
    let ran = run(Setting { model: None, ..Setting::default() }, environment(), &Server::default());
    assert!(ran.diagnosis.passed());
    assert_eq!((ran.probes.len(), ran.with_token), (2, 2));
    assert_eq!(ran.shown()["model"], "claude-b");
}

/// A fault, and what it comes to.
fn single_faults() -> Vec<(&'static str, Server, Step, Verdict)> {
    let listed = |names: &[&'static str]| AllowHeaders::Listed(names.to_vec());
    let at = |code, status, begun| Server {
        message: Some((refusal(code, status), begun)),
        ..Server::default()
    };
    let portal = |status| Server {
        message: Some((
            Refusal { hint: "check-portal".into(), ..refusal("response-invalid", status) },
            false,
        )),
        ..Server::default()
    };
    let routed = |route| Server { route, ..Server::default() };
    let seen = |seen| Server { seen: Some(seen), ..Server::default() };
    let everywhere =
        |allow| Server { answers: allow, errors: allow, options: allow, ..Server::default() };
    let streamed = |content_type: &str, events, first_ms, last_ms| Server {
        streamed: Streamed { content_type: content_type.into(), events, first_ms, last_ms },
        ..Server::default()
    };
    vec![
        ("nobody there", seen(Seen::Nothing), Step::Network, Verdict::Unreachable),
        ("offline", seen(Seen::Offline), Step::Network, Verdict::Offline),
        ("the page's policy", seen(Seen::Policy), Step::Network, Verdict::PolicyRefused),
        ("silence", seen(Seen::Silence), Step::Network, Verdict::Silent),
        (
            "a captive portal that lets everybody read it",
            Server { to_anonymous: Some(Instead::WebPage), ..Server::default() },
            Step::Network,
            Verdict::WebPage,
        ),
        ("a captive portal", portal(200), Step::Answer, Verdict::WebPage),
        ("a redirect", portal(0), Step::Answer, Verdict::Redirected),
        (
            "no header at all",
            everywhere(AllowOrigin::Missing),
            Step::Origin,
            Verdict::OriginRefused,
        ),
        (
            "two of the header",
            everywhere(AllowOrigin::Doubled),
            Step::Origin,
            Verdict::OriginRefused,
        ),
        (
            "somebody else's origin",
            everywhere(AllowOrigin::SomebodyElse),
            Step::Origin,
            Verdict::OriginRefused,
        ),
        (
            "errors without the header",
            Server { errors: AllowOrigin::Missing, ..Server::default() },
            Step::Origin,
            Verdict::ErrorsUnreadable,
        ),
        (
            "OPTIONS wants a token",
            Server { options_status: 401, ..Server::default() },
            Step::Headers,
            Verdict::PreflightRefused,
        ),
        (
            "OPTIONS is no method",
            Server { options_status: 405, ..Server::default() },
            Step::Headers,
            Verdict::PreflightRefused,
        ),
        (
            "OPTIONS is redirected",
            Server { options_status: 302, ..Server::default() },
            Step::Headers,
            Verdict::PreflightRefused,
        ),
        (
            "OPTIONS without the header",
            Server { options: AllowOrigin::Missing, ..Server::default() },
            Step::Headers,
            Verdict::PreflightRefused,
        ),
        (
            "no header is let through",
            Server { allow_headers: listed(&[]), ..Server::default() },
            Step::Headers,
            Verdict::PreflightRefused,
        ),
        (
            "one header isn't let through",
            Server {
                allow_headers: listed(&["x-api-key", "content-type", "x-org-team"]),
                ..Server::default()
            },
            Step::Headers,
            Verdict::HeaderRefused,
        ),
        ("the wrong key", at("credential-invalid", 401, false), Step::Answer, Verdict::KeyRefused),
        (
            "a key without",
            at("permission-denied", 403, false),
            Step::Answer,
            Verdict::AccessRefused,
        ),
        ("the wrong path", at("not-found", 404, false), Step::Answer, Verdict::WrongPath),
        ("an unknown model", at("model-not-available", 404, false), Step::Answer, Verdict::NoModel),
        ("a quota", at("rate-limited", 429, false), Step::Answer, Verdict::RateLimited),
        ("no capacity", at("overloaded", 529, false), Step::Answer, Verdict::Overloaded),
        ("its own failure", at("server-error", 500, false), Step::Answer, Verdict::ServerError),
        ("its timeout", at("timeout", 504, false), Step::Answer, Verdict::ServerError),
        ("another API", at("response-invalid", 200, false), Step::Answer, Verdict::NotTheApi),
        (
            "a wrong request",
            at("request-invalid", 400, false),
            Step::Answer,
            Verdict::RequestRefused,
        ),
        ("no answer to the message", at("timeout", 0, false), Step::Answer, Verdict::Silent),
        (
            "an unreadable answer",
            at("unreachable", 0, false),
            Step::Answer,
            Verdict::AnswerUnreadable,
        ),
        (
            "a route whose answers lack the header where there is the token",
            routed(Route { answers: Some(AllowOrigin::Missing), ..Route::default() }),
            Step::Answer,
            Verdict::AnswerUnreadable,
        ),
        (
            "a route without the header",
            routed(Route {
                errors: Some(AllowOrigin::Missing),
                answers: Some(AllowOrigin::Missing),
                ..Route::default()
            }),
            Step::Answer,
            Verdict::OriginRefused,
        ),
        (
            "a route without OPTIONS",
            routed(Route { no_preflight: true, ..Route::default() }),
            Step::Answer,
            Verdict::PreflightRefused,
        ),
        (
            "a route that lets one header through less",
            routed(Route {
                allow_headers: Some(listed(&["x-api-key", "anthropic-version", "x-org-team"])),
                ..Route::default()
            }),
            Step::Answer,
            Verdict::HeaderRefused,
        ),
        (
            "a route where connections break",
            routed(Route { broken: true, ..Route::default() }),
            Step::Answer,
            Verdict::ConnectionBroken,
        ),
        (
            "a route that is redirected",
            routed(Route {
                no_preflight: true,
                to_anonymous: Some(Instead::Redirect),
                ..Route::default()
            }),
            Step::Answer,
            Verdict::Redirected,
        ),
        (
            "a route with a portal",
            routed(Route {
                no_preflight: true,
                to_anonymous: Some(Instead::WebPage),
                ..Route::default()
            }),
            Step::Answer,
            Verdict::WebPage,
        ),
        ("a cut stream", at("stream-truncated", 0, true), Step::Stream, Verdict::StreamBroken),
        ("a broken connection", at("unreachable", 0, true), Step::Stream, Verdict::StreamBroken),
        ("a stalled stream", at("timeout", 0, true), Step::Stream, Verdict::StreamStalled),
        ("a damaged stream", at("stream-corrupt", 0, true), Step::Stream, Verdict::StreamInvalid),
        ("an error inside", at("stream-error", 0, true), Step::Stream, Verdict::StreamFailed),
        ("something new", at("policy-denied", 0, false), Step::Answer, Verdict::Failed),
        (
            "JSON for a stream",
            streamed("application/json", 40, 900, 900),
            Step::Stream,
            Verdict::NotStreamed,
        ),
        (
            "a proxy that holds back",
            streamed("text/event-stream", 40, 900, 905),
            Step::Stream,
            Verdict::Buffered,
        ),
        (
            "a slow beginning",
            streamed("text/event-stream", 40, 6_000, 7_000),
            Step::Stream,
            Verdict::Slow,
        ),
    ]
}

#[test]
fn every_single_fault_gets_its_own_verdict() {
    for (fault, server, step, verdict) in single_faults() {
        let ran = ask(&server);
        assert_eq!(ran.wrong(), [(step, verdict)], "{fault}");
        assert_eq!(ran.diagnosis.passed(), verdict.status() == Status::Warned, "{fault}");
        assert!(ran.probes.len() + ran.with_token <= 9, "{fault}: {}", ran.probes.len());
    }
}

#[test]
fn a_fast_answer_is_not_called_held_back() {
    for (events, first_ms, last_ms) in [
        // A simulated model, or a cache: quick from the start.
        (40, 12, 14),
        (40, 399, 399),
        // Too little to judge.
        (7, 2_000, 2_000),
        (0, 0, 0),
        (40, 900, 951),
    ] {
        let streamed =
            Streamed { content_type: "Text/Event-Stream".into(), events, first_ms, last_ms };
        let ran = ask(&Server { streamed, ..Server::default() });
        assert_eq!(ran.verdict(Step::Stream), Some(Verdict::Streams), "{events} {first_ms}");
    }
}

#[test]
fn two_faults_at_once() {
    // Both are found.
    let server = Server {
        errors: AllowOrigin::Missing,
        streamed: Streamed {
            content_type: "text/event-stream".into(),
            events: 40,
            first_ms: 800,
            last_ms: 801,
        },
        ..Server::default()
    };
    let expected = [(Step::Origin, Verdict::ErrorsUnreadable), (Step::Stream, Verdict::Buffered)];
    assert_eq!(ask(&server).wrong(), expected);

    // The second is found when the first is gone.
    let mut server = Server {
        answers: AllowOrigin::Missing,
        errors: AllowOrigin::Missing,
        allow_headers: AllowHeaders::Listed(vec![
            "content-type",
            "x-org-team",
            "anthropic-version",
        ]),
        message: Some((refusal("credential-invalid", 401), false)),
        ..Server::default()
    };
    assert_eq!(ask(&server).wrong(), [(Step::Origin, Verdict::OriginRefused)]);
    (server.answers, server.errors) = (AllowOrigin::Page, AllowOrigin::Page);
    let ran = ask(&server);
    assert_eq!(ran.wrong(), [(Step::Headers, Verdict::HeaderRefused)]);
    assert_eq!(ran.shown()["refused"], serde_json::json!(["x-api-key"]));
    assert_eq!(ran.with_token, 0, "what can't be sent isn't");
    server.allow_headers = AllowHeaders::Echo;
    assert_eq!(ask(&server).wrong(), [(Step::Answer, Verdict::KeyRefused)]);
}

#[test]
fn errors_that_are_readable_with_the_token_only() {
    // The list is refused with an error that has the header; the anonymous one had none.
    let server = Server {
        errors: AllowOrigin::Missing,
        list: Some(refusal("response-invalid", 200)),
        ..Server::default()
    };
    let ran = run(Setting { model: None, ..Setting::default() }, environment(), &server);
    let expected = [(Step::Origin, Verdict::ErrorsUnreadable), (Step::Models, Verdict::NotTheApi)];
    assert_eq!(ran.wrong(), expected);
}

#[test]
fn anonymous_requests_may_be_redirected_where_the_token_lets_in() {
    let passes = Server { to_anonymous: Some(Instead::Redirect), ..Server::default() };
    let ran = ask(&passes);
    assert_eq!(ran.wrong(), []);
    assert!(ran.diagnosis.passed());

    // Preflights are redirected as well: the redirect is what is in the way.
    let ran = ask(&Server { options_status: 302, ..passes });
    assert_eq!(ran.wrong(), [(Step::Network, Verdict::Redirected)]);
}

#[test]
fn the_other_header_is_recognised() {
    let at = |hint: &str, message: &str| Server {
        message: Some((
            Refusal {
                hint: hint.into(),
                message: message.into(),
                ..refusal("credential-invalid", 401)
            },
            false,
        )),
        ..Server::default()
    };
    let key_sent = Setting::default();
    let bearer_sent = Setting { bearer: true, ..key_sent };
    for (setting, server) in [
        (key_sent, at("use-authorization-header", "wants Bearer")),
        (key_sent, at("check-token", "Authorization header is missing")),
        (key_sent, at("check-token", "No Bearer token was given")),
        (bearer_sent, at("check-token", "x-api-key header is required")),
    ] {
        let ran = run(setting, environment(), &server);
        assert_eq!(ran.wrong(), [(Step::Answer, Verdict::OtherAuthHeader)]);
    }
    for (setting, server) in [
        (key_sent, at("check-token", "invalid x-api-key")),
        (bearer_sent, at("check-token", "Invalid bearer token")),
    ] {
        assert_eq!(
            run(setting, environment(), &server).wrong(),
            [(Step::Answer, Verdict::KeyRefused)]
        );
    }
}

#[test]
fn a_wildcard_is_pointed_out_where_the_standard_leaves_authorization_out() {
    let bearer = Setting { bearer: true, ..Setting::default() };
    for (setting, allow_headers, wrong) in [
        (bearer, AllowHeaders::Wildcard, vec![(Step::Headers, Verdict::AnyHeaderAllowed)]),
        // From a page the two look the same, which the message says.
        (bearer, AllowHeaders::Echo, vec![(Step::Headers, Verdict::AnyHeaderAllowed)]),
        (bearer, Server::default().allow_headers, vec![]),
        (Setting::default(), AllowHeaders::Wildcard, vec![]),
    ] {
        let ran = run(setting, environment(), &Server { allow_headers, ..Server::default() });
        assert_eq!(ran.wrong(), wrong);
        assert!(ran.diagnosis.passed());
    }
}

#[test]
fn what_the_page_itself_is_decides_what_cannot_be_reached() {
    let nobody = Server { seen: Some(Seen::Nothing), ..Server::default() };
    let near = Setting { url: "https://192.168.1.9", ..Setting::default() };
    let plain = Setting { url: "http://localhost:4000", ..Setting::default() };
    let denied = Environment { local_network: "denied".into(), ..environment() };
    let isolated = Environment { isolated: true, ..environment() };
    for (setting, environment, verdict) in [
        (near, denied.clone(), Verdict::LocalNetworkRefused),
        (near, environment(), Verdict::Unreachable),
        (Setting::default(), denied, Verdict::Unreachable),
        (plain, environment(), Verdict::MixedContent),
        (Setting::default(), isolated, Verdict::IsolatedPage),
    ] {
        let ran = run(setting, environment, &nobody);
        assert_eq!(ran.wrong(), [(Step::Network, verdict)], "{}", setting.url);
        assert_eq!((ran.probes.len(), ran.with_token), (2, 0));
    }
}

#[test]
fn a_resource_policy_does_not_hide_a_server_that_allows_the_page() {
    let ran = ask(&Server { resource_policy: true, ..Server::default() });
    assert!(ran.diagnosis.passed());
}

#[test]
fn what_the_lines_are_made_of() {
    let server =
        Server { allow_headers: AllowHeaders::Listed(vec!["content-type"]), ..Server::default() };
    let shown = ask(&server).shown();
    assert_eq!(shown["page"], PAGE);
    assert_eq!(shown["host"], "gw.example.com");
    assert_eq!(shown["origin"], "https://gw.example.com");
    assert_eq!(
        shown["headers"],
        serde_json::json!(["content-type", "x-org-team", "anthropic-version", "x-api-key"])
    );
    assert_eq!(
        shown["refused"],
        serde_json::json!(["x-org-team", "anthropic-version", "x-api-key"])
    );
}

#[test]
fn the_route_of_messages_is_named_where_it_alone_is_at_fault() {
    let route = Route {
        allow_headers: Some(AllowHeaders::Listed(vec!["anthropic-version", "x-org-team"])),
        ..Route::default()
    };
    let ran = ask(&Server { route, ..Server::default() });
    assert_eq!(ran.wrong(), [(Step::Answer, Verdict::HeaderRefused)]);
    let shown = ran.shown();
    assert_eq!(shown["route"], "/anthropic/v1/messages");
    assert_eq!(shown["refused"], serde_json::json!(["content-type", "x-api-key"]));
    assert_eq!(ran.diagnosis.refusal().unwrap().code, "unreachable");
    assert_eq!(ran.with_token, 1);
    assert!(ask(&Server::default()).shown().get("route").is_none());
}

/// A gateway without a list: messages are what models are looked for with.
#[test]
fn the_route_is_asked_where_no_model_could_be_found_by_it() {
    let route = Route { no_preflight: true, ..Route::default() };
    let unread = Server { list: Some(refusal("unreachable", 0)), ..Server::default() };
    let setting = Setting { model: None, ..Setting::default() };
    let ran = run(setting, environment(), &Server { route, ..unread.clone() });
    assert_eq!(ran.wrong(), [(Step::Models, Verdict::PreflightRefused)]);
    assert_eq!(ran.shown()["route"], "/anthropic/v1/messages");
    assert_eq!(ran.diagnosis.findings()[Step::Answer as usize].status, Status::Skipped);
    // It is the list itself.
    let ran = run(setting, environment(), &unread);
    assert_eq!(ran.wrong(), [(Step::Models, Verdict::AnswerUnreadable)]);
}

#[test]
fn where_no_error_can_be_read_the_route_is_not_blamed_for_it() {
    let route = Route { no_preflight: true, ..Route::default() };
    let server = Server { errors: AllowOrigin::Missing, route, ..Server::default() };
    // The list was read with the token; without it nothing can be.
    let ran = run(Setting { model: None, ..Setting::default() }, environment(), &server);
    let expected =
        [(Step::Origin, Verdict::ErrorsUnreadable), (Step::Answer, Verdict::AnswerUnreadable)];
    assert_eq!(ran.wrong(), expected);
}

#[test]
fn what_has_no_list_was_probed_where_its_messages_go() {
    let gateway = Target::of(&provider(configuration(Setting::default())), 0.5).unwrap();
    assert_eq!(gateway.route, "https://gw.example.com/anthropic/v1/messages?probe=500");
    let url = RequestUrl::parse("https://cfg.example.com/bootstrap").unwrap();
    assert_eq!(Target::of_bootstrap(&url, true, 0.5).route, "");
}

/// Whoever names no provider is told what to do about that.
#[test]
fn nothing_configured_is_an_end_of_its_own() {
    let told = |hint: &str, message: &str| Refusal {
        hint: hint.into(),
        message: message.into(),
        ..refusal("configuration-invalid", 0)
    };
    for (refusal, verdict) in [
        (told("not-assigned", "nothing is configured for this user"), Verdict::NotAssigned),
        (told("enter-value", "gateway_url is missing"), Verdict::NotAssigned),
        (told("enter-value", "gateway_token is missing"), Verdict::NotConfigured),
        (told("", "gateway_url is missing"), Verdict::NotConfigured),
        (Refusal::default(), Verdict::NotConfigured),
    ] {
        let diagnosis = Diagnosis::unconfigured(environment(), refusal.clone());
        assert_eq!(diagnosis.findings()[0].verdict, Some(verdict), "{refusal:?}");
        assert_eq!(diagnosis.poll(), None);
    }
}

#[test]
fn a_configuration_that_cannot_be_used_is_asked_nothing() {
    let refusal = refusal("configuration-invalid", 0);
    let diagnosis = Diagnosis::unconfigured(environment(), refusal.clone());
    assert_eq!(diagnosis.poll(), None);
    assert!(!diagnosis.passed());
    let [first, others @ ..] = diagnosis.findings() else { panic!("no findings") };
    assert_eq!((first.status, first.verdict), (Status::Failed, Some(Verdict::NotConfigured)));
    assert_eq!(diagnosis.refusal(), Some(&refusal));
    assert!(others.iter().all(|finding| finding.status == Status::Skipped));
}

#[test]
fn the_message_is_fixed_and_can_be_sent() {
    let text = message("claude \"a\"");
    let params = MessageParams::read(&text).unwrap();
    let request =
        provider(configuration(Setting::default())).messages_request(&params, true, &[]).unwrap();
    let body: serde_json::Value = serde_json::from_str(request.body().unwrap()).unwrap();
    let expected = serde_json::json!({
        "model": "claude \"a\"",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Count to 40."}],
        "stream": true,
    });
    assert_eq!(body, expected);
}

#[test]
fn what_the_driver_saw_is_read() {
    let cases = [
        ("answer", Seen::Answer),
        ("web-page", Seen::WebPage),
        ("redirected", Seen::Redirect),
        ("offline", Seen::Offline),
        ("policy", Seen::Policy),
        ("first-byte", Seen::Silence),
        ("network", Seen::Nothing),
        ("interrupted", Seen::Nothing),
    ];
    for (word, seen) in cases {
        assert_eq!(Seen::read(word), seen, "{word}");
    }
}

#[test]
fn times_that_cannot_be_are_no_panic() {
    let target =
        handed_over(&Target::of(&provider(configuration(Setting::default())), 0.5).unwrap());
    let mut diagnosis = Diagnosis::new(target, environment(), None);
    for seen in [Seen::Nothing, Seen::Answer] {
        diagnosis.handle_probe(seen, u64::MAX);
    }
    assert_eq!(diagnosis.findings()[Step::Network as usize].elapsed_ms, u64::MAX);
}

/// What is asked of an endpoint that could not be read, and what is found.
fn of_bootstrap(seen: &[Seen]) -> (Vec<String>, Diagnosis) {
    let url = RequestUrl::parse("https://cfg.example.com/bootstrap?user=ada").unwrap();
    let endpoint = Target::of_bootstrap(&url, true, 0.5);
    let mut diagnosis = Diagnosis::unfetched(endpoint, environment(), refusal("unreachable", 0));
    let mut probes = Vec::new();
    for seen in seen {
        let Some(Action::Probe(probe)) = diagnosis.poll() else { panic!("no probe: {probes:?}") };
        assert_eq!(probe.url(), "https://cfg.example.com/bootstrap?probe=500");
        probes.push(probe.headers().join(" "));
        diagnosis.handle_probe(*seen, 1);
    }
    assert_eq!(diagnosis.poll(), None, "{probes:?}");
    (probes, diagnosis)
}

/// Without its answer nobody knows whom to connect to, so it is asked itself,
/// without a token and without what its address says of the user.
#[test]
fn a_bootstrap_endpoint_that_can_not_be_read() {
    use Seen::{Answer, Nothing};
    let (step, verdict) = (Step::Configuration, Verdict::NotFetched);
    let cases: [(&str, &[Seen], Option<(Step, Verdict)>); 6] = [
        ("nobody there", &[Nothing, Nothing], Some((Step::Network, Verdict::Unreachable))),
        ("no header", &[Nothing, Answer], Some((Step::Origin, Verdict::OriginRefused))),
        (
            "one header",
            &[Answer, Nothing, Nothing, Answer],
            Some((Step::Headers, Verdict::HeaderRefused)),
        ),
        (
            "no preflight",
            &[Answer, Nothing, Nothing, Nothing],
            Some((Step::Headers, Verdict::PreflightRefused)),
        ),
        ("any header", &[Answer, Answer, Answer], Some((Step::Headers, Verdict::AnyHeaderAllowed))),
        ("the answer to the token", &[Answer, Answer, Nothing], None),
    ];
    for (name, seen, expected) in cases {
        let (_, diagnosis) = of_bootstrap(seen);
        let wrong = diagnosis
            .findings()
            .iter()
            .filter(|finding| matches!(finding.status, Status::Failed | Status::Warned))
            .map(|finding| (finding.step, finding.verdict.unwrap()));
        let expected: Vec<_> = [Some((step, verdict)), expected].into_iter().flatten().collect();
        assert_eq!(wrong.collect::<Vec<_>>(), expected, "{name}");
        assert!(!diagnosis.passed(), "{name}");
    }
    assert_eq!(
        of_bootstrap(&[Answer, Answer, Answer]).0,
        ["", "x-claude-user-agent authorization", "x-not-configured"]
    );
}
