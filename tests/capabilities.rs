//! What a page says of itself, what a provider can do, and what is remembered
//! of its models.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use taskpane_connector::config::Key;
use taskpane_connector::connection::{Attempt, Connection, Consent, Plan};
use taskpane_connector::credentials::Kept;
use taskpane_connector::error::Code;
use taskpane_connector::provider::capabilities::by_words;
use taskpane_connector::provider::{Model, ModelSource, Verdict};

const ADDRESS: &[(&str, &str)] =
    &[("gateway_url", "https://gw.example.com"), ("gateway_token", "admin-token-0123456789")];

fn models() -> Vec<Model> {
    vec![Model::new("claude-a".to_owned(), None, ModelSource::Probed, Verdict::Usable, false)]
}

fn open(parameters: &[(&str, &str)], kept: Kept, vouched: bool) -> Connection {
    Connection::open(parameters.iter().copied(), kept, vouched)
}

fn by_itself() -> Consent {
    Consent::default()
}

fn asked() -> Consent {
    Consent { interactive: true, confirm: None }
}

const ROLE: [(&str, &str); 2] =
    [("aws_role_arn", "arn:aws:iam::123456789012:role/Claude"), ("aws_region", "us-east-1")];
const FOUNDRY: [(&str, &str); 2] =
    [("azure_resource_name", "contoso-ai"), ("azure_api_key", "key-0123456789abcdef")];

fn outlook(parameters: &[(&str, &str)], kept: Kept) -> Connection {
    Connection::open_in(parameters.iter().copied(), kept, true, true)
}

#[test]
fn bedrock_is_refused_in_outlook_before_anything_is_asked() {
    let mut connection = outlook(&ROLE, Kept::default());
    let ids = |connection: &Connection| -> Vec<_> {
        let problems = connection.configuration().problems();
        problems.iter().map(|problem| (problem.id, problem.key)).collect()
    };
    assert_eq!(ids(&connection), [("unusable-value", Key::AwsRoleArn)]);
    for consent in [by_itself(), asked()] {
        let failure = connection.plan(None, consent).expect_err("is refused");
        assert_eq!(failure.code, Code::Unsupported);
        assert_eq!(failure.hint.as_ref().expect("a hint").id, "choose-another-provider");
    }
    connection.reload(Kept::default());
    assert_eq!(ids(&connection), [("unusable-value", Key::AwsRoleArn)]);
    // Elsewhere it isn't, nor is another provider here.
    assert!(open(&ROLE, Kept::default(), true).plan(None, by_itself()).is_ok());
    let foundry = outlook(&FOUNDRY, Kept::default());
    assert!(foundry.configuration().problems().is_empty());
    assert!(foundry.plan(None, by_itself()).is_ok());
}

fn attempt(connection: &Connection) -> Box<Attempt> {
    match connection.plan(None, asked()).expect("is there") {
        Plan::Attempt(attempt) => attempt,
        Plan::Stay => panic!("stays"),
    }
}

/// How many questions a connection would ask, at a time.
fn questions(connection: &Connection, now_ms: u64) -> usize {
    let mut discovery = connection.discovery(&attempt(connection), now_ms);
    std::iter::from_fn(|| discovery.poll()).count()
}

/// What the store holds after a connection with what was found.
fn kept(parameters: &[(&str, &str)], now_ms: u64) -> (Connection, String) {
    let mut connection = open(parameters, Kept::default(), true);
    let mut attempt = attempt(&connection);
    connection.begin(&mut attempt);
    connection.succeed(*attempt, models());
    connection.remember_models(now_ms);
    let changes = connection.poll_changes().expect("is there").expose();
    (connection, changes)
}

const HOUR_MS: u64 = 3_600_000;
const NOW_MS: u64 = 1_000 * HOUR_MS;

#[test]
fn what_was_found_is_believed_for_a_day() {
    let (connection, changes) = kept(&FOUNDRY, NOW_MS);
    let stored = Kept::read(&changes);
    assert!(!stored.models.as_ref().expect("is there").contains("key-0123456789"));
    let reopened = |parameters| open(parameters, stored.clone(), true);
    for (now_ms, expected) in [
        (NOW_MS, 1),
        (NOW_MS + 24 * HOUR_MS, 1),
        (NOW_MS + 24 * HOUR_MS + 1, 12),
        // The clock was set back.
        (NOW_MS - 1, 12),
    ] {
        assert_eq!(questions(&connection, now_ms), expected, "{now_ms}");
        assert_eq!(questions(&reopened(&FOUNDRY), now_ms), expected, "{now_ms}");
    }
    let others: [(&str, &[(&str, &str)]); 2] = [
        ("another resource", &[("azure_resource_name", "other-ai"), FOUNDRY[1]]),
        ("another key", &[FOUNDRY[0], ("azure_api_key", "another-key-0123456789")]),
    ];
    for (case, parameters) in others {
        assert_eq!(questions(&reopened(parameters), NOW_MS), 12, "{case}");
    }
    // The pane took the key out of its address; what is kept is the same.
    assert_eq!(questions(&reopened(&FOUNDRY[..1]), NOW_MS), 1);
    let in_outlook = outlook(&FOUNDRY, stored.clone());
    assert_eq!(questions(&in_outlook, NOW_MS), 1, "its one model is asked for anew");
    let damaged = Kept { models: Some("damaged".into()), ..stored.clone() };
    assert_eq!(questions(&open(&FOUNDRY, damaged, true), NOW_MS), 12);
}

#[test]
fn a_list_is_not_remembered_and_signing_out_forgets() {
    let (_, changes) = kept(ADDRESS, NOW_MS);
    assert_eq!(Kept::read(&changes).models, None);
    let (mut connection, _) = kept(&FOUNDRY, NOW_MS);
    connection.forget();
    let changes = connection.poll_changes().expect("is there").expose();
    assert!(changes.contains(r#""models":null"#), "{changes}");
}

#[test]
fn capabilities_are_those_of_the_provider_that_answered() {
    assert_eq!(open(&ROLE, Kept::default(), true).describe_capabilities(), None);
    let of = |parameters: &[(&str, &str)]| {
        let (connection, _) = kept(parameters, NOW_MS);
        connection.describe_capabilities().expect("connected")
    };
    let gateway = r#"{"provider":"gateway","format":"anthropic","webSearch":"unknown","codeExecution":"unknown","streaming":true,"countTokens":true,"listsModels":true,"outlook":true,"notices":[]}"#;
    assert_eq!(of(ADDRESS), gateway);
    let bedrock = r#"{"provider":"bedrock","format":"bedrock","webSearch":"unavailable","codeExecution":"unavailable","streaming":true,"countTokens":false,"listsModels":false,"outlook":false,"notices":[]}"#;
    assert_eq!(of(&ROLE), bedrock);
    assert_eq!(by_words("bedrock", "").expect("a row").told, bedrock);
    assert_eq!(by_words("azure", ""), None);
    assert_eq!(by_words("gateway", "soap"), None);
    assert!(of(&FOUNDRY).contains(r#""id":"runs-on-anthropic""#));
    let at_foundry =
        [("gateway_url", "https://contoso-ai.services.ai.azure.com/anthropic"), ADDRESS[1]];
    assert!(of(&at_foundry).contains(r#""codeExecution":"available""#));
}
