//! What a review of the layers comes to: which templates are filled with what,
//! what is told of lists, and what of them may be shown.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use taskpane_connector::config::review::{self, Review};
use taskpane_connector::config::{Key, Layer, skills};
use taskpane_connector::http::RequestUrl;
use taskpane_connector::json::Json;

fn review(layers: &serde_json::Value, names: &serde_json::Value, vouched: bool) -> Review {
    let (layers, names) = (layers.to_string(), names.to_string());
    review::review(
        Json::parse_object(&layers).unwrap(),
        Json::parse_object(&names).unwrap(),
        vouched,
    )
}

/// The values that were filled: layer, key, value, and the lowest layer in it.
fn filled(review: &Review) -> Vec<[String; 4]> {
    let texts: Vec<String> = serde_json::from_str(&review.filled).unwrap();
    texts.chunks_exact(4).map(|value| value.to_vec().try_into().unwrap()).collect()
}

/// What a value of the bootstrap answer comes to. Templates may name `names` of
/// that answer, and the gateway's token.
fn put_in(key: &str, value: &str, names: &[(&str, &str)]) -> String {
    let names: serde_json::Map<_, _> =
        names.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let layers = serde_json::json!({
        "bootstrap": { key: value, "gateway_url": "https://gw.example.com", "gateway_token": "t0k3n" },
    });
    let review = review(&layers, &serde_json::json!({ "bootstrap": names }), true);
    let value = filled(&review).into_iter().find(|[_, named, ..]| named == key);
    value.map_or_else(|| value_of(&layers, key), |[_, _, value, _]| value)
}

fn value_of(layers: &serde_json::Value, key: &str) -> String {
    layers["bootstrap"][key].as_str().unwrap().to_owned()
}

#[test]
fn an_address_begins_another_and_leads_nowhere_else() {
    let cases = [
        ("{{base}}/v1", "https://o.example/", "https://o.example/v1"),
        // What is no address can't become the host by standing first.
        ("{{base}}/v1", "//evil.example", "%2F%2Fevil.example/v1"),
        ("{{base}}", "javascript:alert(1)", "javascript%3Aalert%281%29"),
        (
            "https://o.example/{{base}}",
            "https://evil.example",
            "https://o.example/https%3A%2F%2Fevil.example",
        ),
        ("https://{{base}}.example", "evil.example/", "https://evil.example%2F.example"),
    ];
    for (template, base, expected) in cases {
        assert_eq!(put_in("otlp_endpoint", template, &[("base", base)]), expected, "{template}");
    }
}

#[test]
fn braces_that_hold_no_name_stay() {
    let names = [("team", "red"), ("long_name_1", "x")];
    let cases = [
        ("{{team}}-{{long_name_1}}", "red-x"),
        ("{{}}{{team}}", "{{}}red"),
        ("{{team", "{{team"),
        ("{{team}", "{{team}"),
        ("{{te am}}{{team}}", "{{te am}}red"),
        // The last brace of a run may open one.
        ("{{{team}}}", "{red}"),
        ("{{{{team}}}}", "{{red}}"),
    ];
    for (template, expected) in cases {
        assert_eq!(put_in("gcp_project_id", template, &names), expected, "{template}");
    }
}

/// A secret goes into a list's headers and nowhere else in it: the rest is shown.
#[test]
fn of_a_list_the_headers_alone_get_a_secret() {
    let servers = |value| put_in("mcp_servers", value, &[]);
    assert_eq!(
        servers(
            r#"[{"headers":{"x":"{{gateway_token}}"},"label":"{{gateway_token}}"},{"label":"{{gateway_token}}"}]"#
        ),
        r#"[{"headers":{"x":"t0k3n"},"label":"{{gateway_token}}"},{"label":"{{gateway_token}}"}]"#
    );
    // A list that is no secret has no place for one, whatever its entries call it.
    let models = r#"[{"id":"m","headers":{"x":"{{gateway_token}}"}}]"#;
    assert_eq!(put_in("available_models", models, &[]), models);
    // Headers that are the value themselves end with it, not with an inner brace.
    assert_eq!(
        put_in("inference_headers", r#"{"a":{},"b":"{{gateway_token}}"}"#, &[]),
        r#"{"a":{},"b":"t0k3n"}"#
    );
}

#[test]
fn what_a_skill_says_is_no_template() {
    let skills = r#"[{"name":"{{team}}","content":"write \"{{team}}\" here"}]"#;
    assert_eq!(
        put_in("skills", skills, &[("team", "red")]),
        r#"[{"name":"red","content":"write \"{{team}}\" here"}]"#
    );
}

/// Each list of pairs is read in its own way: headers with their blanks, resource attributes without.
#[test]
fn what_would_end_a_pair_is_encoded() {
    let names = [("who", "a b,c=d")];
    assert_eq!(put_in("otlp_headers", "user={{who}}", &names), "user=a b%2Cc%3Dd");
    assert_eq!(put_in("otlp_resource_attributes", "user={{who}}", &names), "user=a%20b%2Cc%3Dd");
}

/// A short template can't be made a long value: 64 KiB in all.
#[test]
fn so_much_is_put_into_one_value() {
    let long = "x".repeat(1_024);
    let value = put_in("gcp_project_id", &"{{long}}".repeat(100), &[("long", &long)]);
    let (put, left) = value.split_at(64 * 1_024);
    assert!(put.bytes().all(|byte| byte == b'x'));
    assert_eq!(left, "{{long}}".repeat(36));
}

#[test]
fn a_value_is_of_the_lowest_layer_in_it() {
    let names =
        serde_json::json!({ "attributes": { "team": "red" }, "bootstrap": { "desk": "4" } });
    let cases = [
        ("{{desk}}", "bootstrap"),
        ("{{desk}}{{team}}", "attributes"),
        ("{{team}}{{desk}}", "attributes"),
        ("{{desk}}{{gateway_url}}", "manifest"),
    ];
    for (value, source) in cases {
        let layers = serde_json::json!({
            "manifest": { "gateway_url": "https://gw.example.com" },
            "bootstrap": { "gcp_project_id": value },
        });
        let filled = filled(&review(&layers, &names, true));
        assert_eq!(filled[0][3], source, "{value}");
    }
}

/// An address that nobody vouches for may use what it brings itself, and no
/// secret of a layer above.
#[test]
fn a_link_fills_its_own_templates_with_its_own_secrets() {
    let headers = r#"{"x":"{{gateway_token}}"}"#;
    let of = |token_in: &str| {
        let mut layers = serde_json::json!({
            "manifest": { "gateway_url": "https://gw.example.com", "inference_headers": headers },
            "bootstrap": {},
        });
        layers[token_in]["gateway_token"] = "t0k3n".into();
        let review = review(&layers, &serde_json::json!({}), false);
        (filled(&review)[0][2].clone(), review.problems)
    };
    assert_eq!(of("manifest").0, r#"{"x":"t0k3n"}"#);
    let (left, problems) = of("bootstrap");
    assert_eq!(left, headers);
    assert_eq!(problems[0].id, "secret-for-address");
    assert_eq!(problems[0].other, Some((Key::GatewayToken, Some(Layer::Bootstrap))));
}

#[test]
fn an_entry_is_told_by_its_number_and_what_is_wrong() {
    let layers = serde_json::json!({
        "bootstrap": {
            "skills": r#"[{"name":"a","content":1},{"name":"b","url":"ftp://x"},{"name":"c"}]"#,
            "disabled_features": r#"["file.upload","no.such",5]"#,
        },
    });
    let problems = review(&layers, &serde_json::json!({}), true).problems;
    let told: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "skills: entry 2: its url is not an https address; skipped",
            "skills: entry 3: it needs either content or url; skipped",
            "disabled_features: entry 2: it names a feature that is not known here",
            "disabled_features: entry 3: not a string; skipped",
        ]
    );
}

#[test]
fn of_secret_lists_the_names_are_shown() {
    let layers = serde_json::json!({
        "bootstrap": {
            "mcp_servers": r#"[{"label":"Wiki","url":"https://w.example/?key=1"},{"url":"https://files.example/a?key=2"}]"#,
            "available_models": r#"["claude-a","claude-b"]"#,
        },
    });
    let review = review(&layers, &serde_json::json!({}), true);
    assert_eq!(review.shown, r#"{"mcp_servers":"Wiki, files.example"}"#);
    assert_eq!(review.first_model, "claude-a");
}

#[test]
fn skills_are_those_that_can_be_had_each_name_once() {
    let value = r#"[{"name":"a","content":3,"description":"d"},{"name":"a","content":4},{"name":"b","url":"https://s.example/b?sig=1"},{"name":"c","url":"s.example"},{"content":5}]"#;
    let skills = skills::read(value);
    let found: Vec<_> = skills.iter().map(|skill| (skill.name.as_str(), &skill.source)).collect();
    let url = RequestUrl::parse("https://s.example/b?sig=1").unwrap();
    assert_eq!(found, [("a", &skills::Source::Content(3)), ("b", &skills::Source::Url(url))]);
    assert_eq!(skills[0].description.as_deref(), Some("d"));
}
