//! What is told of a configuration beyond what decides whether it connects:
//! templates that could not be filled, values that look odd, entries of lists
//! that are skipped. It takes more code than most sessions need, so it runs in
//! the module that is loaded on demand, over the layers as JSON.

use crate::json::{Json, write};
use crate::text;

use super::bootstrap;
use super::key::Key;
use super::layer::Names;
use super::merge::{Configuration, Layer, Layers};
use super::problem::{Problem, Severity};
use super::{list, mcp_servers, model_list, policy, shape, sign_in, skills, template};

/// The word of a key that is missing for another one.
const NEEDS_KEY: &str = "needs-key";

/// What the products' documentation has go with another key. This package does
/// without where it can, so it is only told.
const NEEDS: [(Key, Key); 7] = [
    (Key::AwsRoleArn, Key::EntraSso),
    (Key::GatewayAuthSource, Key::EntraSso),
    (Key::EntraScope, Key::EntraSso),
    (Key::GraphClientId, Key::EntraSso),
    (Key::GatewayAuthSource, Key::EntraScope),
    (Key::EntraScope, Key::GraphClientId),
    (Key::GraphCloud, Key::GraphClientId),
];

/// Says what is wrong with an entry of a list.
type Fault = fn(Json<'_>) -> Option<&'static str>;

/// The lists, and what their entries have to be.
const LISTS: [(Key, Fault); 5] = [
    (Key::McpServers, mcp_servers::fault),
    (Key::Skills, skills::fault),
    (Key::AvailableModels, model_list::fault),
    (Key::DisabledFeatures, policy::feature_fault),
    (Key::AccessPolicies, policy::statement_fault),
];

/// What a review came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// `[layer,key,value,source,…]`, for
    /// [`Connection::take_filled`](crate::connection::Connection::take_filled):
    /// a value whose templates were filled, and the lowest layer that it is made
    /// of. It holds secrets in the clear.
    pub filled: String,
    /// What is told.
    pub problems: Vec<Problem>,
    /// What may be shown of secret lists: `{key:text}`, the names in them.
    pub shown: String,
    /// The first model that is offered; empty where nobody says so.
    pub first_model: String,
}

/// Reviews layers: `{layer:{key:value}}`. `names` is what else templates may
/// name, `{layer:{name:value}}`. `vouched` says that somebody but a link stands
/// behind the manifest's parameters.
#[must_use]
pub fn review(layers: Json<'_>, names: Json<'_>, vouched: bool) -> Review {
    let mut read = Layers::default();
    let mut named = Names::default();
    for layer in Layer::ALL {
        for (name, value) in layers.get(layer.as_str()).unwrap_or(Json::NULL).members() {
            if let (Some(key), Some(value)) = (Key::from_name(&name), value.as_str()) {
                read.of_mut(layer).set(key, value);
            }
        }
        for (name, value) in names.get(layer.as_str()).unwrap_or(Json::NULL).members() {
            named.add(&name, &value.as_str().unwrap_or_default(), layer);
        }
    }
    let mut configuration = Configuration::written(read);
    let mut filled = String::new();
    template::fill(&mut configuration, &named, vouched, &mut filled);
    check(&mut configuration);
    let value = |key| configuration.get(key).map_or("", |(value, _)| value);
    let mut shown = String::new();
    {
        let mut object = write::Object::new(&mut shown);
        for (key, name) in [(Key::McpServers, "label"), (Key::Skills, "name")] {
            if configuration.get(key).is_some() {
                object.string(key.name(), &names_in(value(key), name));
            }
        }
    }
    let first_model = model_list::read(value(Key::AvailableModels)).into_iter().next();
    Review {
        filled,
        problems: configuration.problems().to_vec(),
        shown,
        first_model: first_model.map_or_else(String::new, |model| model.id),
    }
}

/// The names of a list's entries; of one without, the host of its address.
fn names_in(value: &str, name: &str) -> String {
    let mut shown = String::new();
    for entry in list::entries(&list::normalise(value)) {
        let text = entry.text(name).or_else(|| Some(host_of(&entry.text("url")?)));
        if let Some(text) = text {
            if !shown.is_empty() {
                shown.push_str(", ");
            }
            shown.push_str(text::cut(&text, 60));
        }
    }
    shown
}

fn host_of(address: &str) -> String {
    let rest = text::split_once(address, "://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

/// What is told when the bootstrap endpoint could not be asked anew.
#[must_use]
pub fn kept(why: &str) -> Problem {
    let message = text::join(
        &["bootstrap_url: could not be asked anew, and its last answer is used on: ", why],
        "",
    );
    let key = Key::BootstrapUrl;
    Problem::new("bootstrap-kept", Severity::Warning, key, None, message)
}

/// What is told of a bootstrap answer that had ended when it came.
#[must_use]
pub fn expired() -> Problem {
    let message =
        "bootstrap_expires_at: lies in the past; the answer is used, and fetched anew each minute";
    let (key, layer) = (Key::BootstrapExpiresAt, Some(Layer::Bootstrap));
    Problem::new("bootstrap-expired", Severity::Warning, key, layer, message)
}

/// What is told where nobody can sign in, so that there are no attributes.
#[must_use]
pub fn without_attributes(why: &str) -> Problem {
    let message =
        text::join(&["entra_sso: the user's attributes in the directory are not read: ", why], "");
    Problem::new("attributes-unread", Severity::Warning, Key::EntraSso, None, message)
}

/// Puts what is odd among the problems.
fn check(configuration: &mut Configuration) {
    for key in Key::ALL {
        if let Some((value, _)) = configuration.get(key)
            && let Some(oddity) = shape::oddity(key, value)
        {
            configuration.tell("unexpected-shape", Severity::Warning, key, oddity);
        }
    }
    // Of a template that is left in it the review tells by itself.
    let has_template =
        configuration.get(Key::BootstrapUrl).is_some_and(|(url, _)| text::contains(url, "{{"));
    if !has_template && let Err(failure) = bootstrap::Endpoint::read(configuration) {
        let layer = configuration.get(Key::BootstrapUrl).map(|(_, layer)| layer);
        let (key, message) = (Key::BootstrapUrl, failure.message.clone());
        configuration.report(Problem::new("unusable-value", Severity::Error, key, layer, message));
    }
    for (key, needed) in NEEDS {
        check_need(configuration, key, needed);
    }
    for (key, fault) in LISTS {
        let mut faults = Vec::new();
        if let Some((value, _)) = configuration.get(key) {
            list::check(value, fault, &mut faults);
        }
        for (number, fault) in faults {
            let mut message = "entry ".to_owned();
            write::push_number(&mut message, number);
            message.push_str(": ");
            message.push_str(fault);
            configuration.tell("malformed-entry", Severity::Warning, key, &message);
        }
    }
    if let (Some(_), Some(_)) =
        (configuration.get(Key::BootstrapUrl), configuration.get(Key::AwsRoleArn))
        && is_on(configuration, Key::EntraSso)
        && scope_of(configuration).is_empty()
    {
        let message = "gets the ID token, which the AWS role accepts as well; set entra_scope to the endpoint's own application";
        let (key, role) = (Key::BootstrapUrl, Key::AwsRoleArn);
        let layer_of = |key| configuration.get(key).map(|(_, layer)| layer);
        let message = text::join(&[key.name(), ": ", message], "");
        let id = "bootstrap-token-opens-aws";
        let problem = Problem::new(id, Severity::Warning, key, layer_of(key), message)
            .and(role, layer_of(role));
        configuration.report(problem);
    }
}

/// Whether a switch is on.
fn is_on(configuration: &Configuration, key: Key) -> bool {
    configuration.get(key).is_some_and(|(value, _)| value == "1")
}

/// What the access token for the bootstrap endpoint is for.
fn scope_of(configuration: &Configuration) -> &str {
    bootstrap::scope(configuration.get(Key::EntraScope).map_or("", |(scope, _)| scope))
}

fn check_need(configuration: &mut Configuration, key: Key, needed: Key) {
    let Some((value, layer)) = configuration.get(key) else { return };
    // What the user typed, the page finds tokens for; and every tenant is global.
    let is_national = sign_in::cloud(Some(value)) != sign_in::cloud(None);
    // What a token for Foundry's models is for is known.
    let is_known = needed == Key::EntraScope && configuration.get(Key::GatewayUrl).is_none();
    if layer == Layer::User
        || (key == Key::GraphCloud && !is_national)
        || is_known
        || configuration.get(needed).is_some()
    {
        return;
    }
    // Told once for each key that is missing.
    let known = configuration
        .problems()
        .iter()
        .any(|problem| problem.id == NEEDS_KEY && problem.other == Some((needed, None)));
    if !known {
        let message = text::join(&[key.name(), ": is documented to need ", needed.name()], "");
        let problem = Problem::new(NEEDS_KEY, Severity::Warning, key, Some(layer), message);
        configuration.report(problem.and(needed, None));
    }
}
