//! Whatever the server: it ends, it lies to nobody, and no probe has a secret.

use proptest::prelude::*;
use taskpane_connector::diagnosis::{Seen, Status, Step, Streamed, Verdict};

use super::world::{
    AllowHeaders, AllowOrigin, Instead, Route, Server, Setting, TOKEN, environment, refusal, run,
};

const NEEDED: [&str; 4] = ["anthropic-version", "content-type", "x-api-key", "x-org-team"];

fn allow_origin() -> impl Strategy<Value = AllowOrigin> {
    prop_oneof![
        3 => Just(AllowOrigin::Page),
        1 => Just(AllowOrigin::Any),
        1 => Just(AllowOrigin::Missing),
        1 => Just(AllowOrigin::Doubled),
        1 => Just(AllowOrigin::SomebodyElse),
    ]
}

fn route() -> impl Strategy<Value = Route> {
    (
        prop::option::of(prop::sample::subsequence(NEEDED.to_vec(), 0..=4)),
        prop::option::of(allow_origin()),
        prop::option::of(allow_origin()),
        prop_oneof![6 => Just((false, false)), 1 => Just((true, false)), 1 => Just((false, true))],
    )
        .prop_map(|(allowed, errors, answers, (no_preflight, broken))| Route {
            allow_headers: allowed.map(AllowHeaders::Listed),
            errors,
            answers,
            no_preflight,
            broken,
            to_anonymous: None,
        })
}

fn server() -> impl Strategy<Value = Server> {
    let codes = prop::sample::select(vec![
        ("credential-invalid", 401, false),
        ("not-found", 404, false),
        ("overloaded", 529, false),
        ("unreachable", 0, false),
        ("timeout", 0, true),
        ("stream-truncated", 0, true),
        ("no such code", 0, false),
    ]);
    (
        prop_oneof![9 => Just(None), 1 => Just(Some(Seen::Nothing)), 1 => Just(Some(Seen::Silence))],
        (allow_origin(), allow_origin(), allow_origin()),
        prop_oneof![4 => Just(204_u16), 1 => Just(200), 1 => Just(302), 1 => Just(401)],
        prop::sample::subsequence(NEEDED.to_vec(), 0..=4),
        prop_oneof![5 => Just(None), 1 => Just(Some(Instead::Redirect)), 1 => Just(Some(Instead::WebPage))],
        (prop::option::of(codes.clone()), prop::option::of(codes)),
        (any::<bool>(), 0..60_u64, 0..9_000_u64, 0..9_000_u64),
        route(),
    )
        .prop_map(|(seen, allows, options_status, allowed, to_anonymous, failures, stream, route)| {
            let (list, message) = failures;
            let (resource_policy, events, first_ms, spread) = stream;
            Server {
                seen,
                answers: allows.0,
                errors: allows.1,
                options: allows.2,
                options_status,
                allow_headers: AllowHeaders::Listed(allowed),
                resource_policy,
                to_anonymous,
                list: list.map(|(code, status, _)| refusal(code, status)),
                message: message.map(|(code, status, begun)| (refusal(code, status), begun)),
                route,
                streamed: Streamed {
                    content_type: "text/event-stream".into(),
                    events,
                    first_ms,
                    last_ms: first_ms + spread,
                },
            }
        })
}

proptest! {
    #[test]
    fn whatever_the_server(server in server(), known in any::<bool>()) {
        let setting = Setting { model: known.then_some("claude-a"), ..Setting::default() };
        let ran = run(setting, environment(), &server);
        let findings = ran.diagnosis.findings();
        prop_assert!(findings.iter().all(|f| !matches!(f.status, Status::Pending | Status::Running)));

        // "Connected" is said only if a message was answered, and something is wrong if not.
        let answered = findings[Step::Stream as usize].status != Status::Skipped
            && findings[Step::Answer as usize].status == Status::Passed
            && findings[Step::Stream as usize].status != Status::Failed;
        prop_assert_eq!(ran.diagnosis.passed(), answered);
        let failed = findings.iter().any(|f| f.status == Status::Failed);
        prop_assert_eq!(ran.diagnosis.passed(), !failed);

        // A handful, and none of those without a credential has a secret.
        prop_assert!(ran.probes.len() <= 2 + 2 + NEEDED.len() && ran.with_token <= 2);
        for (url, headers) in &ran.probes {
            let text = format!("{url} {headers:?}");
            prop_assert!(!text.contains(TOKEN) && !text.contains("finance-team-secret"), "{text}");
            let routes = ["models?limit=", "messages?probe="];
            prop_assert!(
                routes.iter().any(|route| url.starts_with(&format!("https://gw.example.com/anthropic/v1/{route}"))),
                "{url}"
            );
        }

        // "Check your network" is never said of a server that answered.
        let unreachable = ran.verdict(Step::Network) == Some(Verdict::Unreachable);
        let hidden = server.resource_policy && !server.errors.lets_in() | !server.answers.lets_in();
        prop_assert!(!unreachable || server.seen == Some(Seen::Nothing) || hidden);

        // The headers that are named are those that aren't let through.
        let named = |step| ran.verdict(step) == Some(Verdict::HeaderRefused);
        if named(Step::Headers) || named(Step::Answer) {
            let of_route = server.route.allow_headers.as_ref().filter(|_| named(Step::Answer));
            let AllowHeaders::Listed(allowed) = of_route.unwrap_or(&server.allow_headers) else {
                unreachable!()
            };
            let missing: Vec<_> = NEEDED.into_iter().filter(|name| !allowed.contains(name)).collect();
            let mut refused = ran.shown()["refused"].as_array().unwrap().clone();
            refused.sort_by_key(ToString::to_string);
            prop_assert_eq!(serde_json::json!(refused), serde_json::json!(missing));
        }

        // What the page gets has a word for each step that was not left out.
        for step in ran.shown()["steps"].as_array().unwrap() {
            prop_assert_eq!(step["verdict"] == "", step["status"] == "skipped");
        }
    }
}
