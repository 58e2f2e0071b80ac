//! What has to be let through on the way from the pane: which hosts, and what
//! for.
//!
//! Derived from the configuration alone, so that a network team can be asked
//! before anybody opens the pane. The words for it, the table, the CSV, the
//! policy and the lines of CORS are `js/explain.js`'s.

use crate::auth::oauth::entra;
use crate::config::bootstrap::{Endpoint, header_names};
use crate::config::provider::{ApiFormat, Authorization, ProviderSettings, Reading};
use crate::config::{Configuration, Key};
use crate::http::BaseUrl;
use crate::json::{DEFAULT_MAX_DEPTH, Json, write};
use crate::provider::Provider;
use crate::text;

use super::probe::STAND_IN;
use super::target::{Target, push_list};

/// `[{address,purpose,headers,url?}]`: the taskpane's own origin, Microsoft's
/// library that makes a page a taskpane, whoever configures the user, the
/// provider that is configured, whoever issues what opens it, and what else the
/// configuration names. `headers` are those that the organisation's own server
/// has to let through. Where the configuration names an address and not only a
/// host, `url` is it, without a query, which may be a secret.
#[must_use]
pub fn describe(configuration: &Configuration, page_origin: &str) -> String {
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        let mut add = |address: &str, purpose: &str, headers: &[String], url: &str| {
            let mut entry = list.object();
            entry.string("address", address);
            entry.string("purpose", purpose);
            push_list(entry.name("headers"), headers);
            if !url.is_empty() {
                let url = text::split_once(url, "?").map_or(url, |(url, _)| url);
                entry.string("url", url);
            }
        };
        add(page_origin, "pane", &[], "");
        add("https://appsforoffice.microsoft.com", "office-js", &[], "");
        let value = |key| configuration.get(key).map_or("", |(value, _)| value);
        let cloud = entra::cloud(value(Key::GraphCloud)).unwrap_or(&entra::CLOUDS[0]);
        let by_entra = configuration.get(Key::EntraSso).is_some_and(|(value, _)| value == "1");
        let provider = named(configuration);
        let authorization = provider.as_ref().map(|provider| provider.settings().authorization);
        if by_entra || matches!(authorization, Some(Authorization::Entra | Authorization::AwsRole))
        {
            let (origin, _) = text::split_once(cloud.login, "/organizations").unwrap_or_default();
            add(origin, "entra", &[], "");
        }
        if let Ok(Some(endpoint)) = Endpoint::read(configuration) {
            let address = endpoint.base.origin().to_string();
            add(&address, "bootstrap", &header_names(by_entra), &endpoint.url);
        }
        if let Some(provider) = provider
            && let Some(mut target) = Target::of(&provider, 0.0)
        {
            let settings = provider.settings();
            if !target.is_own() {
                target.headers.clear();
            } else if settings.format != ApiFormat::Bedrock {
                // Sent where the page asks for a beta; Bedrock's format has them in the body.
                target.headers.push("anthropic-beta".to_owned());
            }
            add(&target.origin, "inference", &target.headers, "");
            match settings.authorization {
                Authorization::ApiKey | Authorization::Bearer | Authorization::Entra => {}
                Authorization::Google => {
                    add("https://accounts.google.com", "google-sign-in", &[], "");
                    add("https://oauth2.googleapis.com", "google-tokens", &[], "");
                }
                Authorization::AwsRole => {
                    for endpoint in provider.access().token_services() {
                        add(&endpoint.base().origin().to_string(), "aws-sts", &[], "");
                    }
                }
            }
        }
        if configuration.is_for_outlook() {
            add(&text::join(&["https://", cloud.graph_host], ""), "graph", &[], "");
        }
        for (key, purpose) in [(Key::McpServers, "mcp"), (Key::Skills, "skill")] {
            for entry in Json::parse(value(key), DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL).elements()
            {
                if let Some(url) = entry.text("url") {
                    let address = text::split_once(&url, "?").map_or(&*url, |(address, _)| address);
                    if let Ok(base) = BaseUrl::parse(address) {
                        add(&base.origin().to_string(), purpose, &[], address);
                    }
                }
            }
        }
        let traces = value(Key::OtlpEndpoint);
        if let Ok(endpoint) = BaseUrl::parse(traces) {
            add(&endpoint.origin().to_string(), "traces", &[], traces);
        }
    }
    out
}

/// The provider that a configuration names. What it would present is none of
/// the network's business: it is there or not.
fn named(configuration: &Configuration) -> Option<Provider> {
    let mut layers = configuration.layers().clone();
    for key in [Key::GatewayToken, Key::AzureApiKey] {
        layers.user.set(key, STAND_IN);
    }
    if configuration.get(Key::EntraScope).is_none() && configuration.get(Key::GatewayUrl).is_some()
    {
        layers.user.set(Key::EntraScope, "api://probe");
    }
    match ProviderSettings::read(&mut Configuration::lay(layers, Vec::new(), Vec::new())) {
        Ok(Reading::Complete(settings)) => Provider::new(*settings).ok(),
        _ => None,
    }
}
