//! What has to be let through follows from the configuration.

use taskpane_connector::config::{Configuration, Key, Values};
use taskpane_connector::diagnosis::allowlist;

use super::world::PAGE;

fn described(pairs: &[(Key, &str)]) -> serde_json::Value {
    let mut values = Values::default();
    for (key, value) in pairs {
        values.set(*key, *value);
    }
    let configuration = Configuration::merge(values, Values::default(), Vec::new());
    serde_json::from_str(&allowlist::describe(&configuration, PAGE)).unwrap()
}

#[test]
fn hosts_follow_from_the_configuration() {
    let always = serde_json::json!([
        { "address": PAGE, "purpose": "pane", "headers": [] },
        { "address": "https://appsforoffice.microsoft.com", "purpose": "office-js", "headers": [] },
    ]);
    assert_eq!(described(&[]), always);
    assert_eq!(described(&[(Key::GatewayUrl, "http://gw.example.com")]), always);

    // No token is needed to know whom to let through.
    let gateway = described(&[
        (Key::GatewayUrl, "https://gw.example.com:8443/anthropic/v1/messages"),
        (Key::GatewayAuthHeader, "authorization"),
        (Key::InferenceHeaders, r#"{"X-Org-Team":"finance"}"#),
    ]);
    assert_eq!(gateway.as_array().unwrap()[..2], always.as_array().unwrap()[..]);
    assert_eq!(
        gateway[2],
        serde_json::json!({
            "address": "https://gw.example.com:8443",
            "purpose": "inference",
            "headers": ["content-type", "x-org-team", "anthropic-version", "authorization", "anthropic-beta"],
        })
    );
}

#[test]
fn whoever_signs_in_is_of_the_chosen_cloud() {
    for (cloud, login) in [
        ("global", "https://login.microsoftonline.com"),
        ("us-gov-high", "https://login.microsoftonline.us"),
        ("us-gov-dod", "https://login.microsoftonline.us"),
        ("china", "https://login.partner.microsoftonline.cn"),
        ("mars", "https://login.microsoftonline.com"),
    ] {
        let hosts = described(&[(Key::EntraSso, "1"), (Key::GraphCloud, cloud)]);
        let expected = serde_json::json!({ "address": login, "purpose": "entra", "headers": [] });
        assert_eq!(hosts[2], expected, "{cloud}");
    }
}

#[test]
fn outlook_needs_graph() {
    for (cloud, graph) in
        [("", "https://graph.microsoft.com"), ("china", "https://microsoftgraph.chinacloudapi.cn")]
    {
        let mut values = Values::default();
        values.set(Key::GraphCloud, cloud);
        let configuration = Configuration::merge(values, Values::default(), Vec::new());
        let of = |configuration: &Configuration| -> serde_json::Value {
            serde_json::from_str(&allowlist::describe(configuration, PAGE)).unwrap()
        };
        assert_eq!(of(&configuration).as_array().unwrap().len(), 2);
        let hosts = of(&configuration.in_outlook(true));
        assert_eq!((&hosts[2]["address"], &hosts[2]["purpose"]), (&graph.into(), &"graph".into()));
    }
}

#[test]
fn what_else_the_configuration_names() {
    let hosts = described(&[
        (
            Key::McpServers,
            r#"[{"url":"https://mcp.contoso.example/risk","label":"Risk"},{"url":"not an address"},5]"#,
        ),
        (
            Key::Skills,
            r#"[{"name":"a","url":"https://files.contoso.example/a?sig=s3cret"},{"name":"b","content":0}]"#,
        ),
        (Key::OtlpEndpoint, "https://traces.contoso.example/v1"),
    ]);
    let hosts = hosts.as_array().unwrap();
    let named: Vec<_> =
        hosts[2..].iter().map(|host| (&host["purpose"], &host["address"], &host["url"])).collect();
    // Without a query, which may be a secret.
    assert_eq!(
        named,
        [
            (
                &"mcp".into(),
                &"https://mcp.contoso.example".into(),
                &"https://mcp.contoso.example/risk".into()
            ),
            (
                &"skill".into(),
                &"https://files.contoso.example".into(),
                &"https://files.contoso.example/a".into()
            ),
            (
                &"traces".into(),
                &"https://traces.contoso.example".into(),
                &"https://traces.contoso.example/v1".into()
            ),
        ]
    );
}
