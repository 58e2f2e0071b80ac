//! Each provider: what is probed and with which headers, whom the allowlist
//! names, what the report is titled, and what opens it.

use taskpane_connector::config::{Configuration, Key, Values};
use taskpane_connector::diagnosis::report::{Facts, report};
use taskpane_connector::diagnosis::{
    Action, Diagnosis, Mode, Refusal, Seen, Status, Step, Streamed, Target, Verdict, allowlist,
};

use super::world::{PAGE, environment, handed_over, provider, refusal};

const TOKEN: (Key, &str) = (Key::GatewayToken, "token-0123456789abcdef");
const GATEWAY: (Key, &str) = (Key::GatewayUrl, "https://gw.example.com/llm");
const ENTRA: (Key, &str) = (Key::GatewayAuthSource, "entra");
const PROJECT: (Key, &str) = (Key::GcpProjectId, "contoso-ai");
const REGION: (Key, &str) = (Key::GcpRegion, "us-east5");
const RESOURCE: (Key, &str) = (Key::AzureResourceName, "contoso-ai");
const LOGIN: (&str, &str) = ("https://login.microsoftonline.com", "entra");

/// What a provider is, and what follows from it.
struct Case {
    name: &'static str,
    pairs: Vec<(Key, &'static str)>,
    title: &'static str,
    access: &'static str,
    probe: (&'static str, &'static str),
    headers: &'static [&'static str],
    /// Those that the organisation has to let through.
    allowed: &'static [&'static str],
    /// The provider's own host, then the further ones with what for.
    origin: &'static str,
    further: Vec<(&'static str, &'static str)>,
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "a gateway",
            pairs: vec![GATEWAY, TOKEN],
            title: "Gateway",
            access: "key",
            probe: ("GET", "https://gw.example.com/llm/v1/models?limit=250"),
            headers: &["content-type", "anthropic-version", "x-api-key"],
            allowed: &["content-type", "anthropic-version", "x-api-key", "anthropic-beta"],
            origin: "https://gw.example.com",
            further: vec![],
        },
        Case {
            name: "a gateway by Entra",
            pairs: vec![GATEWAY, ENTRA, (Key::EntraScope, "api://gw/.default")],
            title: "Gateway",
            access: "entra",
            probe: ("GET", "https://gw.example.com/llm/v1/models?limit=250"),
            headers: &["content-type", "anthropic-version", "authorization"],
            allowed: &["content-type", "anthropic-version", "authorization", "anthropic-beta"],
            origin: "https://gw.example.com",
            further: vec![LOGIN],
        },
        Case {
            name: "a gateway in Bedrock's format",
            pairs: vec![GATEWAY, TOKEN, (Key::GatewayApiFormat, "bedrock")],
            title: "Gateway",
            access: "key",
            probe: (
                "POST",
                "https://gw.example.com/llm/model/probe/invoke-with-response-stream?probe=250",
            ),
            headers: &["content-type", "x-api-key"],
            allowed: &["content-type", "x-api-key"],
            origin: "https://gw.example.com",
            further: vec![],
        },
        Case {
            name: "a gateway in Vertex AI's format",
            pairs: vec![GATEWAY, TOKEN, PROJECT, REGION, (Key::GatewayApiFormat, "vertex")],
            title: "Gateway",
            access: "key",
            probe: (
                "POST",
                "https://gw.example.com/llm/projects/contoso-ai/locations/us-east5/publishers/anthropic/models/probe:streamRawPredict?probe=250",
            ),
            headers: &["content-type", "x-api-key"],
            allowed: &["content-type", "x-api-key", "anthropic-beta"],
            origin: "https://gw.example.com",
            further: vec![],
        },
        Case {
            name: "Bedrock",
            pairs: vec![
                (Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"),
                (Key::AwsRegion, "eu-central-1"),
            ],
            title: "Amazon Bedrock",
            access: "aws-role",
            probe: (
                "POST",
                "https://bedrock-runtime.eu-central-1.amazonaws.com/model/probe/invoke-with-response-stream?probe=250",
            ),
            headers: &["content-type", "x-amz-date", "x-amz-security-token", "authorization"],
            allowed: &[],
            origin: "https://bedrock-runtime.eu-central-1.amazonaws.com",
            further: vec![
                LOGIN,
                ("https://sts.amazonaws.com", "aws-sts"),
                ("https://sts.eu-central-1.amazonaws.com", "aws-sts"),
            ],
        },
        Case {
            name: "Bedrock in a partition without a global token service",
            pairs: vec![
                (Key::AwsRoleArn, "arn:aws-us-gov:iam::123456789012:role/Claude"),
                (Key::AwsRegion, "us-gov-west-1"),
            ],
            title: "Amazon Bedrock",
            access: "aws-role",
            probe: (
                "POST",
                "https://bedrock-runtime.us-gov-west-1.amazonaws.com/model/probe/invoke-with-response-stream?probe=250",
            ),
            headers: &["content-type", "x-amz-date", "x-amz-security-token", "authorization"],
            allowed: &[],
            origin: "https://bedrock-runtime.us-gov-west-1.amazonaws.com",
            further: vec![LOGIN, ("https://sts.us-gov-west-1.amazonaws.com", "aws-sts")],
        },
        Case {
            name: "Vertex AI",
            pairs: vec![
                (Key::GoogleClientId, "1-a.apps.googleusercontent.com"),
                PROJECT,
                (Key::GcpRegion, "eu"),
            ],
            title: "Google Vertex AI",
            access: "google",
            probe: (
                "POST",
                "https://aiplatform.eu.rep.googleapis.com/v1/projects/contoso-ai/locations/eu/publishers/anthropic/models/probe:streamRawPredict?probe=250",
            ),
            headers: &["content-type", "authorization"],
            allowed: &[],
            origin: "https://aiplatform.eu.rep.googleapis.com",
            further: vec![
                ("https://accounts.google.com", "google-sign-in"),
                ("https://oauth2.googleapis.com", "google-tokens"),
            ],
        },
        Case {
            name: "Foundry by key",
            pairs: vec![RESOURCE, (Key::AzureApiKey, "foundry-key-0123456789")],
            title: "Azure AI Foundry",
            access: "key",
            probe: (
                "POST",
                "https://contoso-ai.services.ai.azure.com/anthropic/v1/messages?probe=250",
            ),
            headers: &["content-type", "anthropic-version", "x-api-key"],
            allowed: &[],
            origin: "https://contoso-ai.services.ai.azure.com",
            further: vec![],
        },
        Case {
            name: "Foundry by Entra",
            pairs: vec![RESOURCE, ENTRA],
            title: "Azure AI Foundry",
            access: "entra",
            probe: (
                "POST",
                "https://contoso-ai.services.ai.azure.com/anthropic/v1/messages?probe=250",
            ),
            headers: &["content-type", "anthropic-version", "authorization"],
            allowed: &[],
            origin: "https://contoso-ai.services.ai.azure.com",
            further: vec![LOGIN],
        },
    ]
}

fn configured(pairs: &[(Key, &str)]) -> Configuration {
    let mut values = Values::default();
    for (key, value) in pairs {
        values.set(*key, *value);
    }
    Configuration::merge(values, Values::default(), Vec::new())
}

fn begun(pairs: &[(Key, &str)], model: Option<&str>) -> Diagnosis {
    let target = handed_over(&Target::of(&provider(configured(pairs)), 0.25).unwrap());
    Diagnosis::new(target, environment(), model.map(str::to_owned))
}

fn shown(diagnosis: &Diagnosis) -> serde_json::Value {
    serde_json::from_str(&diagnosis.describe()).unwrap()
}

#[test]
fn the_route_of_its_requests_is_probed_with_the_headers_that_they_have() {
    for case in cases() {
        let name = case.name;
        let mut diagnosis = begun(&case.pairs, None);
        let opaque = diagnosis.clone();
        let Some(Action::Probe(probe)) = diagnosis.poll() else { panic!("{name}") };
        assert_eq!((probe.method().as_str(), probe.url()), case.probe, "{name}");
        assert!(probe.headers().is_empty(), "{name}");
        assert_eq!(probe.mode(), Mode::Readable, "{name}");
        let described = shown(&diagnosis);
        assert_eq!(described["probe"]["method"], case.probe.0, "{name}");
        assert_eq!(described["access"], case.access, "{name}");
        assert_eq!(described["origin"], case.origin, "{name}");

        diagnosis.handle_probe(Seen::Answer, 10);
        let Some(Action::Probe(probe)) = diagnosis.poll() else { panic!("{name}") };
        assert_eq!((probe.method().as_str(), probe.url()), case.probe, "{name}");
        assert_eq!(probe.headers(), case.headers, "{name}");
        for (_, value) in shown(&diagnosis)["probe"]["headers"].as_object().unwrap() {
            assert!(["probe", "application/json"].contains(&value.as_str().unwrap()), "{name}");
        }

        // Where nothing can be read, the same is asked without being read.
        let mut diagnosis = opaque;
        diagnosis.handle_probe(Seen::Nothing, 10);
        let Some(Action::Probe(probe)) = diagnosis.poll() else { panic!("{name}") };
        assert_eq!((probe.method().as_str(), probe.url()), case.probe, "{name}");
        assert_eq!(probe.mode(), Mode::Opaque, "{name}");
    }
}

#[test]
fn the_allowlist_names_all_hosts_and_the_organisations_headers() {
    for case in cases() {
        let described = allowlist::describe(&configured(&case.pairs), PAGE);
        let described: serde_json::Value = serde_json::from_str(&described).unwrap();
        let mut expected = vec![serde_json::json!({
            "address": case.origin, "purpose": "inference", "headers": case.allowed,
        })];
        for (address, purpose) in case.further {
            let entry =
                serde_json::json!({ "address": address, "purpose": purpose, "headers": [] });
            // Who signs in comes ahead of what that opens.
            let place = if (address, purpose) == LOGIN { 0 } else { expected.len() };
            expected.insert(place, entry);
        }
        assert_eq!(described.as_array().unwrap()[2..], expected, "{}", case.name);
    }
}

#[test]
fn an_allowlist_needs_nothing_that_opens_a_provider() {
    let hosts = |pairs: &[(Key, &str)]| {
        let described = allowlist::describe(&configured(pairs), PAGE);
        let described: Vec<serde_json::Value> = serde_json::from_str(&described).unwrap();
        described[2..].iter().map(|entry| entry["address"].as_str().unwrap().to_owned()).collect()
    };
    let cases: [(&[(Key, &str)], &[&str]); 5] = [
        (&[GATEWAY], &["https://gw.example.com"]),
        (&[GATEWAY, ENTRA], &[LOGIN.0, "https://gw.example.com"]),
        (&[GATEWAY, (Key::GatewayToken, "not a\ntoken")], &["https://gw.example.com"]),
        (&[RESOURCE], &["https://contoso-ai.services.ai.azure.com"]),
        (&[PROJECT, REGION], &[]),
    ];
    for (pairs, expected) in cases {
        let found: Vec<String> = hosts(pairs);
        assert_eq!(found, expected, "{pairs:?}");
    }
    // What the user chose, not what the manifest has.
    let mut user = Values::default();
    user.set(RESOURCE.0, RESOURCE.1);
    let mut manifest = Values::default();
    manifest.set(GATEWAY.0, GATEWAY.1);
    let both = Configuration::merge(manifest, user, Vec::new());
    let described = allowlist::describe(&both, PAGE);
    assert!(described.contains("contoso-ai") && !described.contains("gw.example"), "{described}");
}

#[test]
fn the_report_is_titled_by_the_provider() {
    for case in cases() {
        let text = report(&configured(&case.pairs), None, None, &Facts::default());
        let title = format!("Claude for Office connection report ({})\n", case.title);
        assert!(text.starts_with(&title), "{}: {text}", case.name);
        assert!(!text.contains("0123456789"), "{}: {text}", case.name);
    }
}

#[test]
fn what_opens_it_is_obtained_before_anything_is_asked_with_it() {
    for case in cases() {
        for model in [None, Some("claude-a")] {
            let mut diagnosis = begun(&case.pairs, model);
            while let Some(Action::Probe(_)) = diagnosis.poll() {
                diagnosis.handle_probe(Seen::Answer, 10);
            }
            if case.access != "key" {
                assert_eq!(diagnosis.poll(), Some(Action::ObtainAccess), "{}", case.name);
                assert_eq!(shown(&diagnosis)["obtainAccess"], true);
                assert_eq!(shown(&diagnosis)["steps"][4]["status"], "running");
                diagnosis.handle_access(Ok(()), 300);
            }
            if model.is_none() {
                assert_eq!(diagnosis.poll(), Some(Action::FindModels), "{}", case.name);
                diagnosis.handle_models(Ok("claude-a".into()), 100);
            }
            assert_eq!(diagnosis.poll(), Some(Action::Ask("claude-a")), "{}", case.name);
            diagnosis.handle_answer(Ok(streamed()), true, 900);
            assert!(diagnosis.passed(), "{}", case.name);
        }
    }
}

fn streamed() -> Streamed {
    Streamed {
        content_type: "application/vnd.amazon.eventstream".into(),
        events: 20,
        first_ms: 500,
        last_ms: 900,
    }
}

/// A cloud's diagnosis as far as what opens it.
fn opened(name: &str, seen: impl Fn(&[String], Mode) -> Seen) -> Diagnosis {
    let case = cases().into_iter().find(|case| case.name == name).unwrap();
    let mut diagnosis = begun(&case.pairs, Some("claude-a"));
    while let Some(Action::Probe(probe)) = diagnosis.poll() {
        let seen = seen(probe.headers(), probe.mode());
        diagnosis.handle_probe(seen, 10);
    }
    diagnosis
}

#[test]
fn why_nothing_opens_it() {
    let cases = [
        ("sign-in-required", 0, Verdict::NotSignedIn),
        ("interaction-required", 0, Verdict::NotSignedIn),
        ("unreachable", 0, Verdict::TokenServiceUnreachable),
        ("credential-invalid", 400, Verdict::AccessNotObtained),
        ("permission-denied", 403, Verdict::AccessNotObtained),
        ("timeout", 0, Verdict::AccessNotObtained),
    ];
    for (code, status, verdict) in cases {
        let mut diagnosis = opened("Bedrock", |_, _| Seen::Answer);
        diagnosis.handle_access(Err(refusal(code, status)), 200);
        let findings = diagnosis.findings();
        assert_eq!(findings[Step::Models as usize].verdict, Some(verdict), "{code}");
        assert_eq!(findings[Step::Headers as usize].status, Status::Passed, "{code}");
        assert_eq!(findings[Step::Answer as usize].status, Status::Skipped, "{code}");
        assert_eq!(diagnosis.poll(), None, "{code}");
        assert!(!diagnosis.passed(), "{code}");
        assert_eq!(diagnosis.refusal().unwrap().code, code);
    }
}

/// Nobody can add a header to a cloud's answers, so that what it doesn't show
/// without a credential is no fault.
#[test]
fn what_a_cloud_does_not_show_is_decided_by_a_message() {
    type Browser = fn(&[String], Mode) -> Seen;
    let browsers: [(&str, Browser, usize); 2] = [
        (
            "nothing readable",
            |_, mode| if mode == Mode::Opaque { Seen::Answer } else { Seen::Nothing },
            0,
        ),
        (
            "wrong credentials unreadable",
            |names, _| {
                if names.iter().any(|name| name == "authorization") {
                    Seen::Nothing
                } else {
                    Seen::Answer
                }
            },
            1,
        ),
    ];
    for (case, browser, refused) in browsers {
        let mut diagnosis = opened("Vertex AI", browser);
        assert_eq!(diagnosis.poll(), Some(Action::ObtainAccess), "{case}");
        assert_eq!(
            diagnosis.findings()[Step::Headers as usize].verdict,
            Some(Verdict::Unprobed),
            "{case}"
        );
        assert_eq!(diagnosis.refused().len(), refused, "{case}");
        diagnosis.handle_access(Ok(()), 1);

        let mut works = diagnosis.clone();
        works.handle_answer(Ok(streamed()), true, 900);
        assert!(works.findings().iter().all(|f| f.status == Status::Passed), "{case}: {works:?}");
        assert!(works.refused().is_empty(), "{case}");

        // A refusal that could be read says the same of the way there.
        let mut denied = diagnosis.clone();
        denied.handle_answer(Err(refusal("permission-denied", 403)), false, 90);
        let verdict = |step: Step| denied.findings()[step as usize].verdict;
        assert_eq!(verdict(Step::Origin), Some(Verdict::OriginAllowed), "{case}");
        assert_eq!(verdict(Step::Headers), Some(Verdict::HeadersAllowed), "{case}");
        assert_eq!(verdict(Step::Answer), Some(Verdict::AccessRefused), "{case}");

        let unreadable =
            Refusal { hint: "check-network-or-cors".into(), ..refusal("unreachable", 0) };
        diagnosis.handle_answer(Err(unreadable), false, 90);
        let verdict = |step: Step| diagnosis.findings()[step as usize].verdict;
        assert_eq!(verdict(Step::Headers), Some(Verdict::Unprobed), "{case}");
        assert_eq!(verdict(Step::Answer), Some(Verdict::AnswerUnreadable), "{case}");
        assert!(!diagnosis.passed(), "{case}");
    }
}

#[test]
fn a_cloud_that_lets_any_header_through_is_not_told_to_list_them() {
    let diagnosis = opened("Vertex AI", |_, _| Seen::Answer);
    assert_eq!(diagnosis.findings()[Step::Headers as usize].verdict, Some(Verdict::HeadersAllowed));
}

#[test]
fn the_other_header_is_proposed_where_there_is_a_choice() {
    let told = Refusal {
        hint: "use-authorization-header".into(),
        message: "send x-api-key".into(),
        ..refusal("credential-invalid", 401)
    };
    let cases = [
        ("a gateway", Verdict::OtherAuthHeader),
        ("a gateway by Entra", Verdict::KeyRefused),
        ("Foundry by key", Verdict::KeyRefused),
        ("Foundry by Entra", Verdict::KeyRefused),
    ];
    for (name, verdict) in cases {
        let mut diagnosis = opened(name, |_, _| Seen::Answer);
        if diagnosis.poll() == Some(Action::ObtainAccess) {
            diagnosis.handle_access(Ok(()), 1);
        }
        diagnosis.handle_answer(Err(told.clone()), false, 90);
        let found = diagnosis.findings()[Step::Answer as usize].verdict;
        assert_eq!(found, Some(verdict), "{name}");
    }
}
