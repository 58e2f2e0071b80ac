//! The configuration's chain: what each layer may set, what lies on top, what
//! templates come to, and what is told.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use taskpane_connector::auth::attributes;
use taskpane_connector::config::provider::Reading;
use taskpane_connector::config::{
    Configuration, Key, Layer, Problem, ProviderSettings, Severity, Values, bootstrap, layer,
    mcp_servers, model_list, policy, review, skills,
};
use taskpane_connector::connection::{Connection, Consent, MissingLayer, Plan, Renewal, State};
use taskpane_connector::credentials::Kept;
use taskpane_connector::error::Code;
use taskpane_connector::http::answer::{Answer, Head};
use taskpane_connector::json::Json;
use taskpane_connector::provider::{Model, ModelSource, Verdict};

/// What a configuration has of its keys, each with its layer.
type InForce = &'static [(Key, &'static str, Layer)];

struct Case {
    name: &'static str,
    manifest: &'static [(&'static str, &'static str)],
    attributes: &'static str,
    bootstrap: &'static str,
    in_force: InForce,
    /// The problems' words and keys.
    told: &'static [(&'static str, Key)],
}

impl Case {
    const fn named(name: &'static str) -> Self {
        Self { name, manifest: &[], attributes: "{}", bootstrap: "{}", in_force: &[], told: &[] }
    }
}

/// What the layers come to once they are reviewed, and all that is told.
struct Laid {
    configuration: Configuration,
    problems: Vec<Problem>,
}

fn lay(manifest: &[(&str, &str)], attributes: &str, bootstrap: &str, vouched: bool) -> Laid {
    let mut connection = Connection::open(manifest.iter().copied(), Kept::default(), vouched);
    let mut problems = Vec::new();
    let mut names = Vec::new();
    for (text, of) in [(attributes, Layer::Attributes), (bootstrap, Layer::Bootstrap)] {
        let object = Json::parse_object(text).expect(text);
        let fetched = layer::read(object, of, &mut problems);
        let _ = connection.take_layer(of, &fetched.values);
        names.push(format!("\"{}\":{}", of.as_str(), fetched.names));
    }
    problems.extend(review(&mut connection, &format!("{{{}}}", names.join(","))));
    let configuration = connection.configuration().clone();
    let decided = configuration.problems().iter().filter(|problem| problem.id != "unusable-value");
    problems.extend(decided.cloned());
    Laid { configuration, problems }
}

/// Has a connection's layers reviewed, as the script does; what is told.
fn review(connection: &mut Connection, names: &str) -> Vec<Problem> {
    let layers = connection.expose_layers();
    let reviewed = review::review(
        Json::parse_object(&layers).unwrap(),
        Json::parse_object(names).unwrap(),
        connection.is_vouched(),
    );
    let _ = connection.take_filled(&reviewed.filled, &reviewed.first_model);
    reviewed.problems
}

/// Takes a layer as the script does.
fn take(connection: &mut Connection, of: Layer, text: &str) -> Renewal {
    let mut problems = Vec::new();
    let fetched = layer::read(Json::parse_object(text).unwrap(), of, &mut problems);
    let taken = connection.take_layer(of, &fetched.values);
    review(connection, &format!("{{\"{}\":{}}}", of.as_str(), fetched.names));
    taken
}

#[test]
fn layers_and_templates() {
    const URL: &str = "https://gw.example.com";
    let cases = [
        Case {
            manifest: &[("gateway_url", URL), ("gcp_region", "a"), ("m", "1"), ("et", "x")],
            attributes: r#"{"gcp_region":"b"}"#,
            bootstrap: r#"{"gcp_region":"c","later":{"x":1}}"#,
            in_force: &[
                (Key::GatewayUrl, URL, Layer::Manifest),
                (Key::GcpRegion, "c", Layer::Bootstrap),
            ],
            ..Case::named("a later layer lies on top; foreign names are left alone")
        },
        Case {
            attributes: r#"{"entra_sso":"1","graph_client_id":"x","access_policies":"[]","model":"m"}"#,
            bootstrap: r#"{"entra_scope":"api://x/y","bootstrap_url":"https://b.example","auto_connect":0,"allow_1p":true}"#,
            told: &[
                ("not-in-layer", Key::EntraSso),
                ("not-in-layer", Key::GraphClientId),
                ("not-in-layer", Key::AccessPolicies),
                ("not-in-layer", Key::Model),
                ("not-in-layer", Key::EntraScope),
                ("not-in-layer", Key::BootstrapUrl),
                ("not-in-layer", Key::AutoConnect),
                ("not-in-layer", Key::Allow1p),
            ],
            ..Case::named("what a layer can't set is told")
        },
        Case {
            manifest: &[
                ("gateway_token", "t-0123456789"),
                ("gateway_url", "https://{{team}}.example.com/{{gcp_project_id}}"),
            ],
            attributes: r#"{"team":"red"}"#,
            bootstrap: r#"{"gcp_project_id":"a/b c","mcp_servers":[{"url":"{{gateway_url}}/mcp","label":"L","headers":{"Authorization":"Bearer {{gateway_token}}"}}]}"#,
            in_force: &[
                (Key::GatewayUrl, "https://red.example.com/a%2Fb%20c", Layer::Manifest),
                (
                    Key::McpServers,
                    r#"[{"url":"{{gateway_url}}/mcp","label":"L","headers":{"Authorization":"Bearer t-0123456789"}}]"#,
                    Layer::Bootstrap,
                ),
            ],
            told: &[
                // One pass: what is put in is not looked into.
                ("unresolved-template", Key::McpServers),
                ("malformed-entry", Key::McpServers),
                ("unexpected-shape", Key::GcpProjectId),
            ],
            ..Case::named("templates see all layers, once")
        },
        Case {
            manifest: &[("gateway_url", URL), ("gateway_token", "t")],
            bootstrap: r#"{"mcp_servers":[{"url":"{{gateway_url}}/mcp"}],"otlp_headers":"Authorization=Bearer {{gateway_token}}","otlp_endpoint":"https://o.example","inference_headers":{"x-user":"{{desk}}"},"desk":"4\"2","otlp_resource_attributes":"team={{team}},desk={{desk}}","team":"a,b=c"}"#,
            in_force: &[
                (Key::McpServers, r#"[{"url":"https://gw.example.com/mcp"}]"#, Layer::Bootstrap),
                (Key::OtlpHeaders, "Authorization=Bearer t", Layer::Bootstrap),
                (Key::InferenceHeaders, r#"{"x-user":"4\"2"}"#, Layer::Bootstrap),
                (Key::OtlpResourceAttributes, "team=a%2Cb%3Dc,desk=4%222", Layer::Bootstrap),
            ],
            ..Case::named("each place has its own way to be written into")
        },
        Case {
            manifest: &[("gateway_url", URL), ("gateway_token", "secret-0123456789")],
            bootstrap: r#"{"mcp_servers":[{"url":"https://a.example/{{gateway_token}}","label":"{{gateway_token}}"}],"gcp_project_id":"{{gateway_token}}","otlp_endpoint":"https://o.example/{{gateway_token}}"}"#,
            in_force: &[
                (Key::GcpProjectId, "{{gateway_token}}", Layer::Bootstrap),
                (Key::OtlpEndpoint, "https://o.example/{{gateway_token}}", Layer::Bootstrap),
            ],
            told: &[
                ("secret-shown", Key::GcpProjectId),
                ("secret-in-address", Key::McpServers),
                ("secret-shown", Key::McpServers),
                ("secret-in-address", Key::OtlpEndpoint),
                ("malformed-entry", Key::McpServers),
                ("unexpected-shape", Key::GcpProjectId),
            ],
            ..Case::named("a secret goes into no address and nowhere where it is shown")
        },
        Case {
            manifest: &[("gateway_url", URL)],
            bootstrap: r#"{"inference_headers":{"x-a":"{{line}}"},"line":"a\r\nx-b: c","otlp_headers":"a={{nobody}}","otlp_endpoint":"https://o.example"}"#,
            in_force: &[(Key::OtlpHeaders, "a={{nobody}}", Layer::Bootstrap)],
            told: &[
                ("control-character", Key::InferenceHeaders),
                ("unresolved-template", Key::OtlpHeaders),
            ],
            ..Case::named("no line ends and nothing that nobody sets is put in")
        },
        Case {
            manifest: &[("gateway_url", URL)],
            bootstrap: r#"{"inference_headers":{"x-a":"{{available_models}}"},"available_models":["m"]}"#,
            in_force: &[(
                Key::InferenceHeaders,
                r#"{"x-a":"{{available_models}}"}"#,
                Layer::Bootstrap,
            )],
            told: &[("unresolved-template", Key::InferenceHeaders)],
            ..Case::named("a list is put in nowhere")
        },
        Case {
            bootstrap: r#"{"bootstrap_expires_at":"soon","otlp_endpoint":"http://o.example"}"#,
            told: &[
                ("unexpected-shape", Key::BootstrapExpiresAt),
                ("unexpected-shape", Key::OtlpEndpoint),
            ],
            ..Case::named("a moment that is none, and an address that is plain")
        },
        Case {
            manifest: &[("gateway_url", URL), ("gateway_token", "t")],
            bootstrap: r#"{"gateway_url":"https://other.example.com"}"#,
            in_force: &[(Key::GatewayUrl, "https://other.example.com", Layer::Bootstrap)],
            told: &[("secret-not-inherited", Key::GatewayToken)],
            ..Case::named("a secret stays with whom its layer named")
        },
        Case {
            manifest: &[("gateway_token", "t")],
            bootstrap: r#"{"gateway_url":"https://gw.example.com"}"#,
            in_force: &[(Key::GatewayToken, "t", Layer::Manifest)],
            ..Case::named("a layer that names nobody leaves it to the others")
        },
        Case {
            manifest: &[("otlp_endpoint", "https://a.example"), ("otlp_headers", "k=v")],
            attributes: r#"{"otlp_endpoint":"https://b.example"}"#,
            in_force: &[(Key::OtlpEndpoint, "https://b.example", Layer::Attributes)],
            told: &[("secret-not-inherited", Key::OtlpHeaders)],
            ..Case::named("headers for traces are bound likewise")
        },
        Case {
            manifest: &[
                ("gateway_url", URL),
                ("aws_role_arn", "arn:aws:iam::123456789012:role/C"),
                ("entra_scope", "api://a/b"),
                ("graph_cloud", "us-gov-high"),
                ("graph_client_id", "mine"),
                ("allow_1p", "yes"),
                ("bootstrap_url", "b.example"),
            ],
            told: &[
                ("unexpected-shape", Key::GraphClientId),
                ("unusable-value", Key::BootstrapUrl),
                ("unexpected-shape", Key::Allow1p),
                ("needs-key", Key::AwsRoleArn),
                ("provider-ignored", Key::AwsRoleArn),
            ],
            ..Case::named("what is odd, and what needs another key")
        },
        Case {
            manifest: &[
                ("bootstrap_url", "https://b.example"),
                ("entra_sso", "1"),
                ("aws_role_arn", "arn:aws:iam::123456789012:role/C"),
                ("aws_region", "us-east-1"),
            ],
            told: &[("bootstrap-token-opens-aws", Key::BootstrapUrl)],
            ..Case::named("an endpoint that gets what opens AWS")
        },
        Case {
            manifest: &[
                ("bootstrap_url", "https://b.example"),
                ("entra_sso", "1"),
                ("graph_client_id", "0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d001"),
                ("entra_scope", "api://b/access"),
                ("aws_role_arn", "arn:aws:iam::123456789012:role/C"),
                ("aws_region", "us-east-1"),
            ],
            ..Case::named("an endpoint with a token of its own")
        },
    ];
    for case in cases {
        let Laid { configuration, problems } =
            lay(case.manifest, case.attributes, case.bootstrap, true);
        for (key, value, of) in case.in_force {
            assert_eq!(configuration.get(*key), Some((*value, *of)), "{}: {key:?}", case.name);
        }
        let mut told: Vec<_> = problems.iter().map(|problem| (problem.id, problem.key)).collect();
        let mut expected = case.told.to_vec();
        told.sort_unstable();
        expected.sort_unstable();
        assert_eq!(told, expected, "{}: {problems:?}", case.name);
        let words = format!("{problems:?}");
        assert!(!words.contains("secret-0123456789"), "{}", case.name);
    }
}

#[test]
fn a_link_gets_no_secret_of_another_layer() {
    let manifest = [
        ("gateway_url", "https://gw.example.com"),
        ("mcp_servers", r#"[{"url":"https://evil.example","headers":{"x":"{{gateway_token}}"}}]"#),
    ];
    let bootstrap = r#"{"gateway_token":"users-own-token"}"#;
    let value = |vouched| {
        let laid = lay(&manifest, "{}", bootstrap, vouched);
        (laid.configuration.get(Key::McpServers).unwrap().0.to_owned(), laid.problems)
    };
    assert!(value(true).0.contains("users-own-token"));
    let (forged, problems) = value(false);
    assert!(!forged.contains("users-own-token"));
    assert_eq!(problems[0].id, "secret-for-address");
}

#[test]
fn contradictions_name_both_keys_and_layers() {
    let role = "arn:aws-us-gov:iam::123456789012:role/C";
    type Named = (Key, Layer);
    type Manifest<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Manifest<'_>, &str, Named, Named); 4] = [
        (
            &[("gateway_url", "https://a.example"), ("gateway_auth_source", "entra")],
            r#"{"gateway_auth_header":"x-api-key"}"#,
            (Key::GatewayAuthSource, Layer::Manifest),
            (Key::GatewayAuthHeader, Layer::Bootstrap),
        ),
        (
            &[("aws_role_arn", role)],
            r#"{"aws_region":"us-east-1"}"#,
            (Key::AwsRoleArn, Layer::Manifest),
            (Key::AwsRegion, Layer::Bootstrap),
        ),
        (
            &[("azure_resource_name", "a-b"), ("gateway_token", "t")],
            r#"{"azure_api_key":"0123456789abcdef0123"}"#,
            (Key::AzureApiKey, Layer::Bootstrap),
            (Key::GatewayToken, Layer::Manifest),
        ),
        (
            &[("entra_sso", "0"), ("aws_region", "us-gov-west-1")],
            &format!(r#"{{"aws_role_arn":"{role}"}}"#),
            (Key::AwsRoleArn, Layer::Bootstrap),
            (Key::EntraSso, Layer::Manifest),
        ),
    ];
    for (manifest, bootstrap, first, second) in cases {
        let configuration = lay(manifest, "{}", bootstrap, true).configuration;
        let problem = configuration
            .problems()
            .iter()
            .find(|problem| problem.severity == Severity::Error)
            .expect(bootstrap);
        assert_eq!((problem.key, problem.layer.unwrap()), first);
        assert_eq!(problem.other, Some((second.0, Some(second.1))));
        for (key, layer) in [first, second] {
            let named = format!("{} ({})", key.name(), layer.as_str());
            assert!(problem.message.contains(&named), "{}", problem.message);
        }
    }
}

#[test]
fn of_several_providers_of_the_administrators_the_gateway_is_meant() {
    let mut configuration = lay(
        &[("gateway_url", "https://gw.example.com"), ("gateway_token", "t")],
        r#"{"azure_resource_name":"contoso-ai"}"#,
        r#"{"azure_api_key":"0123456789abcdef0123"}"#,
        true,
    )
    .configuration;
    let Ok(Reading::Complete(settings)) = ProviderSettings::read(&mut configuration) else {
        panic!("incomplete")
    };
    assert_eq!(settings.base.to_string(), "https://gw.example.com");
    assert!(configuration.problems().iter().any(|problem| problem.id == "provider-ignored"
        && problem.key == Key::AzureResourceName
        && problem.layer == Some(Layer::Attributes)));
}

fn open(parameters: &[(&str, &str)], vouched: bool) -> Connection {
    Connection::open(parameters.iter().copied(), Kept::default(), vouched)
}

fn by_itself(connection: &mut Connection) -> Option<MissingLayer> {
    connection.poll_layer(false, &Consent::default()).expect("a layer")
}

fn model(id: &str) -> Model {
    Model::new(id.to_owned(), None, ModelSource::Listed, Verdict::Usable, false)
}

/// Connects with what is there.
fn connect(connection: &mut Connection, models: &[&str]) {
    let Ok(Plan::Attempt(mut attempt)) = connection.plan(None, Consent::default()) else {
        panic!("stayed")
    };
    connection.begin(&mut attempt);
    connection.succeed(*attempt, models.iter().map(|id| model(id)).collect());
    assert_eq!(connection.state(), State::Ready);
}

const SIGNED_IN: [(&str, &str); 2] =
    [("entra_sso", "1"), ("bootstrap_url", "https://cfg.example.com/b?team={{team}}")];

#[test]
fn attributes_come_first_and_name_the_endpoint() {
    let mut connection = open(&SIGNED_IN, true);
    assert_eq!(connection.state(), State::NeedsSettings);
    assert_eq!(
        by_itself(&mut connection),
        Some(MissingLayer::Attributes { client_id: String::new() })
    );
    // Nothing is planned before all is there.
    assert!(matches!(connection.plan(None, Consent::default()), Ok(Plan::Stay)));
    take(&mut connection, Layer::Attributes, r#"{"team":"red"}"#);
    let Some(MissingLayer::Bootstrap { url, with_token, scope }) = by_itself(&mut connection)
    else {
        panic!("no endpoint")
    };
    assert_eq!(url.as_str(), "https://cfg.example.com/b?team=red");
    assert!(with_token && scope.is_empty());
    let answer = r#"{"gateway_url":"https://gw.example.com","gateway_token":"t","available_models":["claude-b",{"id":"claude-a","label":"A"},"own-model"]}"#;
    take(&mut connection, Layer::Bootstrap, answer);
    assert_eq!(by_itself(&mut connection), None);
    connect(&mut connection, &["claude-a-20250101", "claude-c"]);
}

#[test]
fn without_sign_in_the_endpoint_gets_no_token() {
    let mut connection = open(&[("bootstrap_url", "https://b.example/x")], true);
    match by_itself(&mut connection) {
        Some(MissingLayer::Bootstrap { with_token, .. }) => assert!(!with_token),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_has_nothing_is_not_assigned() {
    let mut connection = open(&SIGNED_IN, true);
    take(&mut connection, Layer::Attributes, "{}");
    assert_eq!(connection.state(), State::NeedsSettings);
    take(&mut connection, Layer::Bootstrap, "{}");
    assert_eq!(connection.state(), State::NotAssigned);
    assert!(matches!(connection.plan(None, Consent::default()), Ok(Plan::Stay)));
    let acted = Consent { interactive: true, confirm: None };
    let failure = connection.plan(None, acted.clone()).unwrap_err();
    assert_eq!(failure.hint.as_ref().unwrap().id, "not-assigned");
    assert_eq!(connection.failure(), Some(failure));
    // What somebody types connects all the same.
    let mut typed = Values::default();
    typed.set(Key::GatewayUrl, "https://gw.example.com");
    typed.set(Key::GatewayToken, "t");
    assert!(matches!(connection.plan(Some(typed), acted), Ok(Plan::Attempt(_))));
    // Without a chain there is a form to fill in.
    assert_eq!(open(&[], true).state(), State::NeedsSettings);
}

#[test]
fn an_endpoint_of_a_link_is_asked_about_first() {
    let link = [("bootstrap_url", "https://evil.example/b?x=1")];
    let mut connection = open(&link, false);
    assert_eq!(by_itself(&mut connection), None);
    let question = connection.confirmation().unwrap();
    assert_eq!(question.hint.as_ref().unwrap().id, "confirm-host");
    let acted = Consent { interactive: true, confirm: None };
    assert_eq!(connection.poll_layer(true, &acted).unwrap_err(), question);
    let elsewhere = Consent { interactive: true, confirm: Some("https://gw.example".into()) };
    assert!(connection.poll_layer(true, &elsewhere).is_err());
    let agreed = Consent { interactive: true, confirm: Some("https://evil.example".into()) };
    assert!(connection.poll_layer(true, &agreed).unwrap().is_some());
    // What it answers is its own word, not the link's.
    let answer = r#"{"gateway_url":"https://gw.example.com","gateway_token":"t"}"#;
    take(&mut connection, Layer::Bootstrap, answer);
    assert_eq!(connection.confirmation(), None);
    connect(&mut connection, &["claude-a"]);
    let kept = Kept::read(&connection.poll_changes().unwrap().expose());
    let mut again = Connection::open(link, kept, false);
    assert!(by_itself(&mut again).is_some());
    // What the answer makes of the link's words is the link's.
    let mut mixed = open(&[("bootstrap_url", "https://a.example"), ("gcp_region", "evil")], false);
    let agreed = Consent { interactive: true, confirm: Some("https://a.example".into()) };
    assert!(mixed.poll_layer(true, &agreed).unwrap().is_some());
    let answer = r#"{"gateway_url":"https://{{gcp_region}}.example","gateway_token":"t"}"#;
    take(&mut mixed, Layer::Bootstrap, answer);
    assert!(mixed.confirmation().unwrap().message.contains("evil.example"));
}

/// What the Office host vouches for today may stand in a link tomorrow.
#[test]
fn nobody_agreed_to_an_endpoint_that_was_vouched_for() {
    let manifest = [("bootstrap_url", "https://b.example/b")];
    let mut connection = open(&manifest, true);
    assert!(by_itself(&mut connection).is_some());
    let answer = r#"{"gateway_url":"https://gw.example.com","gateway_token":"t"}"#;
    take(&mut connection, Layer::Bootstrap, answer);
    connect(&mut connection, &["claude-a"]);
    let kept = Kept::read(&connection.poll_changes().unwrap().expose());
    let mut link = Connection::open(manifest, kept, false);
    assert_eq!(by_itself(&mut link), None);
    assert!(link.confirmation().is_some());
}

#[test]
fn nothing_is_fetched_where_nothing_connects_by_itself() {
    let mut off = open(&[("bootstrap_url", "https://b.example"), ("auto_connect", "0")], true);
    assert_eq!(by_itself(&mut off), None);
    assert!(off.poll_layer(true, &Consent::default()).unwrap().is_some());
    let mut out = open(&[("bootstrap_url", "https://b.example")], true);
    out.forget();
    assert_eq!(by_itself(&mut out), None);
}

#[test]
fn a_newer_answer_goes_on_with_the_connection() {
    let mut connection = open(&[("bootstrap_url", "https://b.example")], true);
    let answer =
        |url: &str, token: &str| format!(r#"{{"gateway_url":"{url}","gateway_token":"{token}"}}"#);
    take(&mut connection, Layer::Bootstrap, &answer("https://gw.example.com", "one"));
    connect(&mut connection, &["claude-a"]);
    for (url, token, renewal) in [
        ("https://gw.example.com", "one", Renewal::Same),
        ("https://gw.example.com", "two", Renewal::Renewed),
        ("https://other.example.com", "two", Renewal::Moved),
    ] {
        let taken = take(&mut connection, Layer::Bootstrap, &answer(url, token));
        assert_eq!(taken, renewal, "{url} {token}");
        assert_eq!(
            connection.provider().unwrap().settings().credential(),
            if token == "one" { "one" } else { "two" }
        );
    }
    assert_eq!(take(&mut connection, Layer::Bootstrap, "{}"), Renewal::Moved);
    assert_eq!(connection.state(), State::Ready);
}

#[test]
fn the_last_answer_serves_on_and_that_is_told() {
    let told = review::kept("no answer from cfg.example.com could be read");
    assert_eq!((told.id, told.key), ("bootstrap-kept", Key::BootstrapUrl));
    assert!(told.message.ends_with("no answer from cfg.example.com could be read"));
}

#[test]
fn another_users_layers_are_forgotten() {
    let mut connection = open(&SIGNED_IN, true);
    take(
        &mut connection,
        Layer::Attributes,
        r#"{"gateway_url":"https://gw.example.com","team":"red"}"#,
    );
    connection.use_account("ada");
    assert!(connection.configuration().get(Key::GatewayUrl).is_some());
    connection.use_account("bob");
    assert_eq!(connection.configuration().get(Key::GatewayUrl), None);
    assert!(matches!(by_itself(&mut connection), Some(MissingLayer::Attributes { .. })));
}

#[test]
fn a_contradiction_connects_nobody() {
    let connection = open(
        &[
            ("gateway_url", "https://gw.example.com"),
            ("gateway_auth_source", "entra"),
            ("gateway_auth_header", "x-api-key"),
            ("entra_scope", "api://a/b"),
        ],
        true,
    );
    let failure = connection.plan(None, Consent::default()).unwrap_err();
    assert_eq!(failure.code, Code::ConfigurationInvalid);
    assert!(failure.message.contains("gateway_auth_source (manifest)"));
    assert!(failure.message.contains("gateway_auth_header (manifest)"));
}

/// Reads an answer in every way that it is read.
fn read_everything(manifest: &[(String, String)], body: &str) -> Configuration {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let answer = Answer { head: Head { status: 200, headers }, body: body.to_owned() };
    let text =
        bootstrap::parse(&answer, true).map_or_else(|_| "{}".to_owned(), |read| read.configuration);
    let pairs: Vec<_> =
        manifest.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut configuration = lay(&pairs, "{}", &text, false).configuration;
    let _ = ProviderSettings::read(&mut configuration);
    let _ = bootstrap::Endpoint::read(&configuration);
    let value = |key| configuration.get(key).map_or("", |(value, _)| value);
    let _ = mcp_servers::read(value(Key::McpServers));
    let _ = model_list::read(value(Key::AvailableModels));
    let _ = (skills::read(value(Key::Skills)), attributes::read(body, body));
    let resource = policy::Resource::default();
    let (features, policies) = (value(Key::DisabledFeatures), value(Key::AccessPolicies));
    let _ = policy::allows(features, policies, "addin.access", Some(&resource));
    configuration
}

/// Texts that are nearly what is wanted.
fn texts() -> impl Strategy<Value = String> {
    let keys = Key::ALL.map(Key::name).to_vec();
    let template = prop::sample::select(keys).prop_map(|name| format!("{{{{{name}}}}}"));
    prop::collection::vec(
        prop_oneof![
            template,
            prop::sample::select(vec![
                "https://",
                "a.example",
                "/",
                "?",
                "[",
                "]",
                "{",
                "}",
                "{{",
                "}}",
                "\"",
                ":",
                ",",
                "\\",
                "\r\n",
                "é",
                "=",
                "\"url\":",
                "\"headers\":",
                "\"content\"",
                "__proto__",
            ])
            .prop_map(str::to_owned),
            ".{0,6}",
        ],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_that_arrives_panics(
        names in prop::collection::vec(prop::sample::select(Key::ALL.map(Key::name).to_vec()), 0..6),
        values in prop::collection::vec(texts(), 6),
        body in texts(),
    ) {
        let manifest: Vec<_> = names.iter().map(|name| (*name).to_owned()).zip(values.clone()).collect();
        read_everything(&manifest, &body);
        let members: Vec<_> = names
            .iter()
            .zip(&values)
            .map(|(name, value)| format!("\"{name}\":{}", serde_json::to_string(value).unwrap()))
            .collect();
        read_everything(&manifest, &format!("{{{}}}", members.join(",")));
    }

    /// A secret comes out nowhere but in values that are secret themselves.
    #[test]
    fn secrets_stay_where_they_are_hidden(value in texts(), name in prop::sample::select(Key::ALL.map(Key::name).to_vec())) {
        const SECRET: &str = "s3cr3t-0123456789";
        let text = serde_json::json!({ name: value, "gateway_token": SECRET }).to_string();
        let Laid { configuration, problems } = lay(&[("gateway_url", "https://gw.example.com")], "{}", &text, true);
        for (key, value, _) in configuration.iter() {
            prop_assert!(key.is_secret() || !value.contains(SECRET), "{}", key.name());
        }
        let told = format!("{problems:?}");
        prop_assert!(!told.contains(SECRET), "{}", told);
    }

    /// JSON stays JSON whatever is put into it.
    #[test]
    fn templates_break_no_json(inserted in "[^\\x00-\\x1f\\x7f]{0,20}", template in "[a-z{} ]{0,10}") {
        let body = serde_json::json!({
            "team": inserted,
            "inference_headers": { "x-a": format!("{template}{{{{team}}}}") },
        });
        let configuration = lay(&[("gateway_url", "https://gw.example.com")], "{}", &body.to_string(), true).configuration;
        let (value, _) = configuration.get(Key::InferenceHeaders).unwrap();
        prop_assert!(serde_json::from_str::<serde_json::Value>(value).is_ok(), "{}", value);
    }
}
