//! The text for a ticket: read as a whole, and searched for what must not be in it.

use proptest::prelude::*;
use taskpane_connector::config::{Configuration, Key, Values, manifest};
use taskpane_connector::diagnosis::report::{Facts, report};
use taskpane_connector::diagnosis::{Refusal, Status};
use taskpane_connector::error::{Code, Failure};
use taskpane_connector::http::Endpoints;

use super::world::{AllowHeaders, PAGE, Server, Setting, checks, environment, refusal, run};

const ADMIN_KEY: &str = "sk-admin-0123456789-abcdefghij";
const USER_KEY: &str = "sk-user-9876543210-zyxwvutsrq";

fn facts() -> Facts {
    Facts {
        page_origin: PAGE.into(),
        state: "failed",
        lines: [
            "2026-11-21T17:40:00Z",
            "1.0.0.4",
            "Excel Win32 16.01",
            "Mozilla/5.0 (Windows NT 10.0) Edg/142.0",
        ]
        .map(str::to_owned)
        .into(),
        sentences: Vec::new(),
        endpoints: Endpoints::default(),
    }
}

fn configuration(manifest_layer: &[(&str, &str)], user: &[(Key, &str)]) -> Configuration {
    let mut problems = Vec::new();
    let manifest = manifest::read(manifest_layer.iter().copied(), &mut problems);
    let mut typed = Values::default();
    for (key, value) in user {
        typed.set(*key, *value);
    }
    Configuration::merge(manifest, typed, problems)
}

fn configured() -> Configuration {
    configuration(
        &[
            ("gateway_url", "https://gw.example.com/anthropic"),
            ("gateway_token", ADMIN_KEY),
            ("gateway_token", "second-token-second-token"),
            ("inference_headers", r#"{"X-Org-Team":"finance","X-Org-Key":"0123456789abcdefghij"}"#),
            ("et", "entitlement-blob"),
            ("_host_Info", "Excel$Win32$16.01$en-US"),
        ],
        &[(Key::GatewayToken, USER_KEY)],
    )
}

#[test]
fn where_hosts_are_asked_is_told() {
    let mut facts = facts();
    facts.endpoints = Endpoints::new(
        r#"{"sts.amazonaws.com":"https://egress.example/sts","*.azure.com":"http://127.0.0.1:9"}"#,
    );
    let text = report(&configured(), None, None, &facts);
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("Elsewhere")).collect();
    assert_eq!(
        lines,
        [
            "Elsewhere: sts.amazonaws.com at https://egress.example/sts",
            "Elsewhere: *.azure.com at http://127.0.0.1:9",
        ]
    );
}

#[test]
fn the_whole_text() {
    let server = Server {
        allow_headers: AllowHeaders::Listed(vec![
            "content-type",
            "anthropic-version",
            "x-org-team",
        ]),
        ..Server::default()
    };
    let ran = run(Setting::default(), environment(), &server);
    let text = report(&configured(), None, Some(&checks(&ran.diagnosis)), &facts());
    let expected = include_str!("../fixtures/report/header-refused.txt");
    assert_eq!(text, expected.replace("VERSION", env!("CARGO_PKG_VERSION")), "{text}");
}

#[test]
fn the_page_puts_it_into_words() {
    let ran = run(
        Setting::default(),
        environment(),
        &Server { options_status: 405, ..Server::default() },
    );
    let mut sentences = vec![String::new(); 7];
    sentences[3] = "The preflight is refused.\nAdd: x\nAdd: y".into();
    let facts = Facts { sentences, ..facts() };
    let text = report(&configured(), None, Some(&checks(&ran.diagnosis)), &facts);
    let words = "preflight-refused: The preflight is refused.\n    Add: x\n    Add: y\n";
    assert!(text.contains(&format!("\n\n{words}\n")), "{text}");
    assert!(text.contains(&format!("  failed headers 50 ms {words}")), "{text}");
    assert!(text.contains("  passed network 10 ms reachable\n"), "{text}");
}

#[test]
fn what_the_server_said_without_people_and_with_its_request() {
    let said = Refusal {
        message: "gw.example.com answered 401: user alice.smith@contoso.example of contoso.onmicrosoft.com may not".into(),
        request_id: "req_0123".into(),
        ..refusal("credential-invalid", 401)
    };
    let server = Server { message: Some((said, false)), ..Server::default() };
    let ran = run(Setting::default(), environment(), &server);
    let text = report(&configured(), None, Some(&checks(&ran.diagnosis)), &facts());
    let raw = text.split("Raw error: ").nth(1).unwrap();
    assert_eq!(
        raw.lines().take(3).collect::<Vec<_>>(),
        [
            "credential-invalid: gw.example.com answered 401: user al…@… of co….onmicrosoft.com may not",
            "  HTTP status: 401",
            "  Request id: req_0123",
        ]
    );
    assert!(!text.contains("alice") && !text.contains("contoso"), "{text}");
    assert!(text.starts_with("Claude for Office connection failed (Gateway)\n"));
}

#[test]
fn a_failure_without_a_diagnosis() {
    let mut failure = Failure::new(Code::Overloaded, "gw.example.com answered 529: busy");
    failure.status = Some(529);
    let text = report(&configured(), Some(&failure), None, &facts());
    assert!(text.contains("\ngw.example.com answered 529: busy\n"), "{text}");
    assert!(text.contains(
        "Raw error: overloaded: gw.example.com answered 529: busy\n  HTTP status: 529\n"
    ));
    assert!(text.contains("Checks:\nRaw error"), "nothing was checked: {text}");
}

#[test]
fn nothing_is_wrong_and_nothing_is_configured() {
    let ran = run(Setting::default(), environment(), &Server::default());
    assert!(ran.diagnosis.findings().iter().all(|finding| finding.status == Status::Passed));
    let fine = report(&configured(), None, Some(&checks(&ran.diagnosis)), &facts());
    assert!(fine.starts_with("Claude for Office connection report (Gateway)\n"), "{fine}");
    assert!(fine.contains("\nAll that was checked works.\n"), "{fine}");

    let none = report(&Configuration::default(), None, None, &Facts::default());
    assert!(none.starts_with("Claude for Office connection report (not configured)\n"), "{none}");
    assert!(none.contains("\nNothing is configured: "), "{none}");
}

#[test]
fn what_interpolation_left_over_is_named() {
    let configuration = configuration(
        &[
            ("gateway_url", "https://{{tenant_host}}/x"),
            ("gateway_token", "{{secret_name}}-{{other}}"),
            ("gateway_auth_header", "{{a b}} and {{header}}"),
        ],
        &[],
    );
    let text = report(&configuration, None, None, &facts());
    assert!(text.contains("[unresolved {{tenant_host}}] (manifest)"), "{text}");
    let header = "gateway_auth_header: {{a b}} and {{header}} [unresolved {{header}}]";
    assert!(text.contains(header), "{text}");
    assert!(text.contains("gateway_token: 25 characters, sha256 "), "{text}");
    // In force and in the manifest, two each.
    assert_eq!(text.matches("[unresolved {{…}}]").count(), 4);
    assert!(!text.contains("secret_name"), "{text}");
}

#[test]
fn a_fingerprint_is_what_the_command_prints() {
    // printf %s sk-user-9876543210-zyxwvutsrq | sha256sum
    let text = report(&configured(), None, None, &facts());
    assert!(text.contains("gateway_token: 29 characters, sha256 "), "{text}");
    let cases = [
        ("abcdefghijklmnopqrs", "19 characters (manifest)"),
        ("abcdefghijklmnopqrst", "20 characters, sha256 dd65eea0 (manifest)"),
        ("k", "1 characters (manifest)"),
    ];
    for (token, shown) in cases {
        let one = configuration(&[("gateway_token", token)], &[]);
        let text = report(&one, None, None, &facts());
        assert!(text.contains(&format!("  gateway_token: {shown}\n")), "{text}");
    }
}

proptest! {
    #[test]
    fn no_secret_is_in_it(
        token in "[!-~]{20,60}",
        short in "[A-Z]{6,19}[0-9]",
        header in "[a-zA-Z0-9+/=._-]{12,60}",
        url in prop_oneof![
            Just("https://gw.example.com".to_owned()),
            "https://[a-z]{3,9}:PASSWORD@gw.example.com/",
            "https://gw.example.com/\\?key=PASSWORD",
        ],
        host in ".{0,300}",
    ) {
        let headers = serde_json::json!({ "x-org-key": header }).to_string();
        let configuration = configuration(
            &[("gateway_url", &url), ("gateway_token", &token), ("inference_headers", &headers), ("et", "BLOB")],
            &[(Key::GatewayToken, &short)],
        );
        let mut facts = facts();
        facts.lines[2] = host;
        let text = report(&configuration, None, None, &facts);
        for secret in [token.as_str(), &short, &header, "PASSWORD", "BLOB"] {
            prop_assert!(!text.contains(secret) || facts.lines[2].contains(secret), "{secret} in {text}");
        }
        // What others wrote adds no line.
        let lines = report(&configuration, None, None, &self::facts()).lines().count();
        prop_assert_eq!(text.lines().count(), lines);
    }
}
