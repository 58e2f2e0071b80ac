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
