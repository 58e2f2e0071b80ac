//! What has to be let through, in each of its forms.

use taskpane_connector::config::{Configuration, Key, Values};
use taskpane_connector::diagnosis::allowlist::{self, Purpose};

use super::world::PAGE;

fn configuration(pairs: &[(Key, &str)]) -> Configuration {
    let mut values = Values::default();
    for (key, value) in pairs {
        values.set(*key, *value);
    }
    Configuration::merge(values, Values::default(), Vec::new())
}

fn configured() -> Configuration {
    configuration(&[
        (Key::GatewayUrl, "https://gw.example.com:8443/anthropic/v1/messages"),
        (Key::GatewayAuthHeader, "authorization"),
        (Key::InferenceHeaders, r#"{"X-Org-Team":"finance"}"#),
    ])
}

#[test]
fn hosts_follow_from_the_configuration() {
    let cases: [(Configuration, &[(&str, Purpose)]); 3] = [
        (
            configured(),
            &[
                (PAGE, Purpose::Pane),
                ("https://appsforoffice.microsoft.com", Purpose::OfficeJs),
                ("https://gw.example.com:8443", Purpose::Inference),
            ],
        ),
        (
            configuration(&[]),
            &[(PAGE, Purpose::Pane), ("https://appsforoffice.microsoft.com", Purpose::OfficeJs)],
        ),
        (
            configuration(&[(Key::GatewayUrl, "http://gw.example.com")]),
            &[(PAGE, Purpose::Pane), ("https://appsforoffice.microsoft.com", Purpose::OfficeJs)],
        ),
    ];
    for (configuration, expected) in cases {
        let entries = allowlist::entries(&configuration, PAGE);
        let found: Vec<_> = entries.iter().map(|e| (e.address.as_str(), e.purpose)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_forms() {
    let entries = allowlist::entries(&configured(), PAGE);
    assert_eq!(
        allowlist::table(&entries),
        "\
https://addin.example.com            the taskpane's pages and this package (always)
https://appsforoffice.microsoft.com  office.js (in Office)
https://gw.example.com:8443          models and messages, through the organisation's gateway (while this gateway is configured)
"
    );
    assert_eq!(
        allowlist::csv(&entries),
        "address,purpose,when\r\n\
         \"https://addin.example.com\",\"the taskpane's pages and this package\",\"always\"\r\n\
         \"https://appsforoffice.microsoft.com\",\"office.js\",\"in Office\"\r\n\
         \"https://gw.example.com:8443\",\"models and messages, through the organisation's gateway\",\"while this gateway is configured\"\r\n"
    );
    assert_eq!(allowlist::connect_src(&entries), "connect-src 'self' https://gw.example.com:8443");
    assert_eq!(
        entries[2].cors,
        [
            "Access-Control-Allow-Origin: https://addin.example.com",
            "Vary: Origin",
            "Access-Control-Allow-Methods: GET, POST",
            "Access-Control-Allow-Headers: anthropic-beta, anthropic-version, authorization, content-type, x-org-team",
            "Access-Control-Max-Age: 600",
            "Access-Control-Expose-Headers: request-id, retry-after, retry-after-ms, x-should-retry",
        ]
    );
    assert!(entries[..2].iter().all(|entry| entry.cors.is_empty()));
}

#[test]
fn the_json_has_them_all() {
    let entries = allowlist::entries(&configured(), PAGE);
    let json: serde_json::Value = serde_json::from_str(&allowlist::describe(&entries)).unwrap();
    assert_eq!(json["csv"], allowlist::csv(&entries));
    assert_eq!(json["table"], allowlist::table(&entries));
    assert_eq!(json["connectSrc"], allowlist::connect_src(&entries));
    let gateway = &json["entries"][2];
    assert_eq!(gateway["address"], "https://gw.example.com:8443");
    assert_eq!((&gateway["id"], &gateway["connects"]), (&"inference".into(), &true.into()));
    assert_eq!(gateway["cors"].as_array().unwrap().len(), 6);
    assert_eq!(json["entries"][1]["connects"], false);
}
