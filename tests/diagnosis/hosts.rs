//! The other hosts that a configuration names: which are asked, for what, and
//! what is said of each.

use taskpane_connector::config::{Configuration, Key, Values};
use taskpane_connector::diagnosis::{
    Action, Asker, Diagnosis, Environment, Hosts, Mode, Seen, Status, Step, Streamed, Target,
    Verdict, allowlist,
};
use taskpane_connector::http::Endpoints;
use taskpane_connector::json::Json;

use super::world::{PAGE, environment, handed_over, provider, refusal};

const MCP: (Key, &str) = (
    Key::McpServers,
    r#"[{"url":"https://mcp.contoso.example/risk?key=s3cret","label":"Risk"},
        {"url":"https://mcp.contoso.example/other","label":"On the same host"},
        {"url":"https://gw.example.com/mcp","label":"On the gateway"}]"#,
);
const SKILLS: (Key, &str) = (
    Key::Skills,
    r#"[{"name":"a","url":"https://files.contoso.example/a.zip?sig=s3cret"},{"name":"b","content":0}]"#,
);
const ROLE: [(Key, &str); 3] = [
    (Key::EntraSso, "1"),
    (Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"),
    (Key::AwsRegion, "eu-central-1"),
];
const GATEWAY: [(Key, &str); 2] =
    [(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "token-0123456789abcdef")];

fn configured(pairs: &[(Key, &str)]) -> Configuration {
    let mut values = Values::default();
    for (key, value) in pairs {
        values.set(*key, *value);
    }
    Configuration::merge(values, Values::default(), Vec::new())
}

fn hosts(configuration: &Configuration, signs_in: bool, endpoints: &str) -> Hosts {
    let described = allowlist::describe(configuration, PAGE);
    let asker = Asker { provider: "https://gw.example.com", signs_in, vouched: true };
    let entries = Json::parse(&described, 8).unwrap();
    Hosts::read(entries, asker, &Endpoints::new(endpoints))
}

fn asked(hosts: &Hosts) -> Vec<(String, Mode)> {
    for probe in hosts.pending() {
        assert!(probe.headers().is_empty() && probe.method().as_str() == "GET");
        assert!(!probe.url().contains("s3cret"), "{}", probe.url());
    }
    hosts.pending().map(|probe| (probe.url().to_owned(), probe.mode())).collect()
}

#[test]
fn only_what_is_configured_is_asked_and_each_host_once() {
    let gateway = GATEWAY.to_vec();
    let with = |more: &[(Key, &'static str)]| [gateway.clone(), more.to_vec()].concat();
    const LOGIN: &str =
        "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration";
    let google = vec![
        (Key::GoogleClientId, "1-a.apps.googleusercontent.com"),
        (Key::GcpProjectId, "contoso-ai"),
        (Key::GcpRegion, "us-east5"),
    ];
    let cases: Vec<(&str, Vec<(Key, &str)>, bool, Vec<&str>)> = vec![
        ("nothing", vec![], true, vec![]),
        ("a gateway by its key", gateway.clone(), true, vec![]),
        (
            "what it names beside it",
            with(&[MCP, SKILLS, (Key::OtlpEndpoint, "https://traces.contoso.example/otlp")]),
            true,
            vec![
                "https://mcp.contoso.example/risk",
                "https://files.contoso.example/a.zip",
                "https://traces.contoso.example/otlp",
            ],
        ),
        (
            "a bootstrap endpoint",
            with(&[(Key::BootstrapUrl, "https://cfg.contoso.example/b?user=s3cret")]),
            true,
            vec!["https://cfg.contoso.example/b"],
        ),
        (
            "a role",
            ROLE.to_vec(),
            true,
            vec![
                LOGIN,
                "https://bedrock-runtime.eu-central-1.amazonaws.com",
                "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
                "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
            ],
        ),
        (
            "Google",
            google.clone(),
            true,
            vec![
                "https://accounts.google.com/.well-known/openid-configuration",
                "https://oauth2.googleapis.com/tokeninfo",
            ],
        ),
        ("Google, where the page issues tokens", google, false, vec![]),
        (
            "a sovereign cloud",
            with(&[(Key::EntraSso, "1"), (Key::GraphCloud, "us-gov-high")]),
            true,
            vec![
                "https://login.microsoftonline.us/organizations/v2.0/.well-known/openid-configuration",
            ],
        ),
    ];
    for (name, pairs, signs_in, expected) in cases {
        let found: Vec<_> = asked(&hosts(&configured(&pairs), signs_in, ""))
            .into_iter()
            .map(|(url, _)| url)
            .collect();
        // Whoever answers messages is asked elsewhere, whoever that is.
        let expected: Vec<_> =
            expected.into_iter().filter(|url| !url.contains("bedrock-runtime")).collect();
        assert_eq!(found, expected, "{name}");
    }
    let outlook = configured(&gateway).in_outlook(true);
    assert_eq!(
        asked(&hosts(&outlook, true, "")),
        [("https://graph.microsoft.com/v1.0".into(), Mode::Opaque)]
    );
}

/// The manifest's layer is the page's own address, and the user agreed to the
/// gateway alone.
#[test]
fn what_a_link_names_is_not_asked() {
    let configuration =
        configured(&[MCP, SKILLS, (Key::OtlpEndpoint, "https://traces.contoso.example/otlp")]);
    let described = allowlist::describe(&configuration, PAGE);
    let asker = Asker { provider: "https://gw.example.com", signs_in: true, vouched: false };
    let entries = Json::parse(&described, 8).unwrap();
    let found = Hosts::read(entries, asker, &Endpoints::default());
    assert_eq!(asked(&found), [("https://files.contoso.example/a.zip".into(), Mode::Readable)]);
}

#[test]
fn they_are_asked_where_the_page_says_that_they_are() {
    let endpoints = r#"{"sts.amazonaws.com":"http://127.0.0.1:9/sts","login.microsoftonline.com":"http://127.0.0.1:9/entra","cfg.contoso.example":"http://127.0.0.1:9/cfg"}"#;
    let pairs =
        [&ROLE[..], &[(Key::BootstrapUrl, "https://cfg.contoso.example/b?user=s3cret")]].concat();
    let found: Vec<_> = asked(&hosts(&configured(&pairs), true, endpoints));
    let urls: Vec<_> = found.iter().map(|(url, _)| url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "http://127.0.0.1:9/entra/organizations/v2.0/.well-known/openid-configuration",
            "http://127.0.0.1:9/cfg/b",
            "http://127.0.0.1:9/sts/?Action=GetCallerIdentity&Version=2011-06-15",
            "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        ]
    );
}

#[test]
fn no_more_than_eight_are_asked() {
    let servers: Vec<_> =
        (0..20).map(|n| format!(r#"{{"url":"https://mcp{n}.example/a","label":"{n}"}}"#)).collect();
    let servers = format!("[{}]", servers.join(","));
    assert_eq!(asked(&hosts(&configured(&[(Key::McpServers, &servers)]), true, "")).len(), 8);
}

/// Asks until nothing waits: what is seen of readable requests, and of opaque ones.
fn verdict(mut hosts: Hosts, readable: Seen, opaque: Seen, environment: &Environment) -> Verdict {
    let mut rounds = 0;
    while hosts.is_waiting() {
        let seen: Vec<_> = hosts
            .pending()
            .map(|probe| if probe.mode() == Mode::Readable { readable } else { opaque })
            .collect();
        hosts.handle(&seen, environment);
        rounds += 1;
        assert!(rounds < 3);
    }
    hosts.verdict()
}

#[test]
fn what_is_said_of_them() {
    use Seen::{Answer, Nothing, Offline, Policy, Redirect, Silence, WebPage};
    let [skill, mcp] = [SKILLS, MCP].map(|pair| hosts(&configured(&[pair]), true, ""));
    let isolated = Environment { isolated: true, ..environment() };
    for (name, hosts, seen, environment, expected) in [
        ("a skill", &skill, (Answer, Answer), environment(), Verdict::HostsReachable),
        (
            "a bucket without CORS",
            &skill,
            (Nothing, Answer),
            environment(),
            Verdict::HostsUnreadable,
        ),
        ("nobody there", &skill, (Nothing, Nothing), environment(), Verdict::HostsUnreachable),
        ("a redirect", &skill, (Redirect, Answer), environment(), Verdict::HostsUnreachable),
        ("a portal", &skill, (WebPage, Answer), environment(), Verdict::HostsUnreachable),
        ("a server", &mcp, (Nothing, Answer), environment(), Verdict::HostsReachable),
        ("a dead server", &mcp, (Answer, Nothing), environment(), Verdict::HostsUnreachable),
        ("a silent one", &mcp, (Answer, Silence), environment(), Verdict::HostsUnreachable),
        ("the page's policy", &mcp, (Answer, Policy), environment(), Verdict::HostsUnreachable),
        ("offline", &mcp, (Answer, Offline), environment(), Verdict::HostsUnreachable),
        ("what nobody can tell", &mcp, (Answer, Nothing), isolated, Verdict::HostsReachable),
    ] {
        assert_eq!(verdict(hosts.clone(), seen.0, seen.1, &environment), expected, "{name}");
    }
    // Of what was not told, nothing was seen.
    let mut untold = mcp.clone();
    untold.handle(&[], &environment());
    assert_eq!(untold.verdict(), Verdict::HostsUnreachable);
}

fn begun(pairs: &[(Key, &'static str)], signs_in: bool) -> Diagnosis {
    let configuration = configured(pairs);
    let target = handed_over(&Target::of(&provider(configuration.clone()), 0.25).unwrap());
    let hosts = hosts(&configuration, signs_in, "");
    Diagnosis::new(target, environment(), Some("claude-a".into())).with_hosts(hosts)
}

fn answered(diagnosis: &mut Diagnosis) {
    while let Some(Action::Probe(_)) = diagnosis.poll() {
        diagnosis.handle_probe(Seen::Answer, 1);
    }
    if diagnosis.poll() == Some(Action::ObtainAccess) {
        diagnosis.handle_access(Ok(()), 1);
    }
    let streamed = Streamed {
        content_type: "text/event-stream".into(),
        events: 40,
        first_ms: 600,
        last_ms: 1_700,
    };
    diagnosis.handle_answer(Ok(streamed), true, 1_800);
}

#[test]
fn they_are_a_step_of_their_own_after_all_others() {
    let mut diagnosis = begun(&[&GATEWAY[..], &[MCP, SKILLS]].concat(), true);
    answered(&mut diagnosis);
    assert_eq!(diagnosis.poll(), Some(Action::ProbeHosts));
    assert!(!diagnosis.passed(), "not before all is known");
    let shown: serde_json::Value = serde_json::from_str(&diagnosis.describe()).unwrap();
    assert_eq!(shown["steps"][7]["status"], "running");
    assert_eq!(
        shown["probeHosts"],
        serde_json::json!([
            { "method": "GET", "url": "https://mcp.contoso.example/risk", "mode": "no-cors", "redirect": "follow", "headers": {} },
            { "method": "GET", "url": "https://files.contoso.example/a.zip", "mode": "cors", "redirect": "manual", "headers": {} },
        ])
    );
    diagnosis.handle_hosts(&[Seen::Answer, Seen::Nothing], 20);
    assert_eq!(diagnosis.host_probes().count(), 1, "whether there is an answer at all");
    diagnosis.handle_hosts(&[Seen::Answer], 5);
    assert_eq!(diagnosis.poll(), None);
    // It works all the same.
    assert!(diagnosis.passed());
    let last = diagnosis.findings().last().unwrap();
    assert_eq!((last.step, last.verdict), (Step::Hosts, Some(Verdict::HostsUnreadable)));
    assert_eq!(last.elapsed_ms, 25);
    let shown: serde_json::Value = serde_json::from_str(&diagnosis.describe()).unwrap();
    assert_eq!(
        shown["hosts"],
        serde_json::json!([
            { "address": "https://mcp.contoso.example", "purpose": "mcp", "verdict": "reachable" },
            { "address": "https://files.contoso.example", "purpose": "skill", "verdict": "origin-refused" },
        ])
    );
}

#[test]
fn they_are_asked_where_the_provider_failed_too_but_not_without_a_network() {
    let mut failed = begun(&[&GATEWAY[..], &[MCP]].concat(), true);
    let mut offline = failed.clone();
    for _ in 0..2 {
        failed.handle_probe(Seen::Nothing, 1);
    }
    assert_eq!(failed.poll(), Some(Action::ProbeHosts));
    failed.handle_hosts(&[Seen::Answer], 1);
    let verdicts = failed.findings().iter().filter_map(|finding| finding.verdict);
    let expected = [Verdict::Configured, Verdict::Unreachable, Verdict::HostsReachable];
    assert_eq!(verdicts.collect::<Vec<_>>(), expected);
    assert!(!failed.passed());

    offline.handle_probe(Seen::Offline, 1);
    assert_eq!(offline.poll(), None);
    assert!(offline.findings().iter().skip(2).all(|finding| finding.status == Status::Skipped));
}

#[test]
fn whoever_signs_in_elsewhere_needs_no_way_to_the_sign_in() {
    let pairs = [&GATEWAY[..], &[(Key::EntraSso, "1")]].concat();
    let by_key = |seen| {
        let mut diagnosis = begun(&pairs, true);
        answered(&mut diagnosis);
        diagnosis.handle_hosts(&[seen], 1);
        diagnosis.findings().last().unwrap().verdict.unwrap()
    };
    assert_eq!(by_key(Seen::Policy), Verdict::HostsUnreachable);
    let role = |seen| {
        let mut diagnosis = begun(&ROLE, true);
        answered(&mut diagnosis);
        diagnosis.handle_hosts(&[seen, Seen::Answer, Seen::Answer, Seen::Answer], 1);
        diagnosis.findings().last().unwrap().verdict.unwrap()
    };
    // The host's broker got the token; the page's own policy is none of its business.
    assert_eq!(role(Seen::Policy), Verdict::HostsReachable);
    assert_eq!(role(Seen::Nothing), Verdict::HostsUnreachable);
}

#[test]
fn news_of_hosts_that_were_not_asked_changes_nothing() {
    let mut diagnosis = begun(&GATEWAY, true);
    let before = diagnosis.clone();
    diagnosis.handle_hosts(&[Seen::Answer], 5);
    assert_eq!(diagnosis, before);
    let mut over = Diagnosis::unconfigured(environment(), refusal("configuration-invalid", 0));
    over.handle_hosts(&[Seen::Answer], 5);
    assert_eq!(over.poll(), None);
}
