//! Configurations: whatever an endpoint answers and a link says, nothing panics,
//! and no secret gets where it is shown.

use taskpane_connector::auth::attributes;
use taskpane_connector::config::provider::Reading;
use taskpane_connector::config::{
    Key, Layer, ProviderSettings, bootstrap, layer, mcp_servers, model_list, policy, review, skills,
};
use taskpane_connector::connection::{Connection, Consent};
use taskpane_connector::credentials::Kept;
use taskpane_connector::http::answer::{Answer, Head};
use taskpane_connector::json::Json;

/// A secret that is always configured.
const SECRET: &str = "s3cr3t-of-the-user-0123456789";

/// The first line is the manifest's, as a query; the rest is the answer.
pub(crate) fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (query, body) = text.split_once('\n').unwrap_or(("", text));
    let mut parameters: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    parameters.push(("gateway_token", SECRET));
    for vouched in [false, true] {
        check_with(&parameters, body, vouched);
    }
}

fn check_with(parameters: &[(&str, &str)], body: &str, vouched: bool) {
    let mut connection = Connection::open(parameters.iter().copied(), Kept::default(), vouched);
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let answer = Answer { head: Head { status: 200, headers }, body: body.to_owned() };
    let mut names = "{}".to_owned();
    if let Ok(answer) = bootstrap::parse(&answer, true) {
        let mut problems = Vec::new();
        let object = Json::parse_object(&answer.configuration).expect("an object");
        let fetched = layer::read(object, Layer::Bootstrap, &mut problems);
        names = format!("{{\"bootstrap\":{}}}", fetched.names);
        let _ = connection.take_layer(Layer::Bootstrap, &fetched.values);
    }
    if let Ok(attributes) = attributes::read(body, body) {
        let _ = connection.take_layer(Layer::Attributes, &attributes);
    }
    let layers = connection.expose_layers();
    let layers = Json::parse_object(&layers).expect("layers");
    let reviewed = review::review(layers, Json::parse_object(&names).expect("names"), vouched);
    let _ = connection.take_filled(&reviewed.filled, &reviewed.first_model);

    let configuration = connection.configuration();
    for (key, value, _) in configuration.iter() {
        let is_typed_in = body.contains(SECRET)
            || parameters.iter().filter(|(_, v)| v.contains(SECRET)).count() > 1;
        assert!(key.is_secret() || is_typed_in || !value.contains(SECRET), "{}", key.name());
    }
    let value = |key| configuration.get(key).map_or("", |(value, _)| value);
    let _ = mcp_servers::read(value(Key::McpServers));
    let _ = model_list::read(value(Key::AvailableModels));
    let _ = skills::read(value(Key::Skills));
    let resource = policy::Resource::default();
    let (features, policies) = (value(Key::DisabledFeatures), value(Key::AccessPolicies));
    let _ = policy::allows(features, policies, "addin.access", Some(&resource));
    let mut clone = configuration.clone();
    if let Ok(Reading::Complete(settings)) = ProviderSettings::read(&mut clone) {
        // What is sent can be sent.
        assert!(settings.headers.iter().all(|(_, value)| !value.expose().contains(['\r', '\n'])));
    }
    let _ = (connection.describe_configuration(), connection.confirmation());
    let _ = connection.poll_layer(true, &Consent { interactive: true, confirm: None });
}
