//! What values say about each other: what one needs, what contradicts another.

use crate::error::{Audience, Code, Failure};
use crate::json::{Json, write};
use crate::sigv4::{Partition, Region};
use crate::text;

use super::key::{GRAPH_CLOUDS, Key};
use super::merge::{Configuration, Layer};
use super::problem::{Problem, Severity};
use super::provider::{Kind, meant};
use super::{list, mcp_servers, model_list, policy, shape, skills};

/// The word of problems that have to be mended before anything connects.
const CONTRADICTION: &str = "contradiction";

/// The word of a key that is missing for another one.
const NEEDS_KEY: &str = "needs-key";

/// What can't be used without another key.
const NEEDS: [(Key, Key); 6] = [
    (Key::AwsRoleArn, Key::EntraSso),
    (Key::GatewayAuthSource, Key::EntraSso),
    (Key::EntraScope, Key::EntraSso),
    (Key::GraphClientId, Key::EntraSso),
    (Key::EntraScope, Key::GraphClientId),
    (Key::GraphCloud, Key::GraphClientId),
];

/// What opens each provider, where it is configured.
const CREDENTIALS: [(Kind, Key); 3] = [
    (Kind::Gateway, Key::GatewayToken),
    (Kind::Vertex, Key::GoogleClientSecret),
    (Kind::Foundry, Key::AzureApiKey),
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

/// Puts what is wrong among the problems.
pub(super) fn check(configuration: &mut Configuration) {
    for key in Key::ALL {
        if let Some((value, _)) = configuration.get(key)
            && let Some(oddity) = shape::oddity(key, value)
        {
            configuration.tell("unexpected-shape", Severity::Warning, key, oddity);
        }
    }
    for (key, needed) in NEEDS {
        check_need(configuration, key, needed);
    }
    let is = |key, wanted: &str| {
        configuration.get(key).is_some_and(|(value, _)| value.eq_ignore_ascii_case(wanted))
    };
    let kind = meant(configuration);
    if kind == Some(Kind::Gateway)
        && is(Key::GatewayAuthSource, "entra")
        && is(Key::GatewayAuthHeader, "x-api-key")
    {
        let why = "a token of Entra's is sent as authorization";
        contradict(configuration, Key::GatewayAuthSource, Key::GatewayAuthHeader, why);
    }
    if kind == Some(Kind::Bedrock) && partitions_differ(configuration) {
        let why = "the role is of another partition of AWS than the region";
        contradict(configuration, Key::AwsRoleArn, Key::AwsRegion, why);
    }
    check_credentials(configuration, kind);
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
        && bootstrap_scope(configuration).is_none()
    {
        let message = "gets the ID token, which the AWS role accepts as well; set entra_scope to the endpoint's own application";
        configuration.tell(
            "bootstrap-token-opens-aws",
            Severity::Warning,
            Key::BootstrapUrl,
            message,
        );
    }
}

/// Why nothing can connect with a configuration, where two of its values
/// contradict each other.
#[must_use]
pub fn contradiction(configuration: &Configuration) -> Option<Failure> {
    let problem = configuration.problems().iter().find(|problem| problem.id == CONTRADICTION)?;
    let text = "Take one of the two away, or change it.";
    let failure = Failure::told(
        Code::ConfigurationInvalid,
        &problem.message,
        "resolve-contradiction",
        Audience::Admin,
        text,
    );
    let other = problem.other.map_or("", |(other, _)| other.name());
    Some(failure.with("key", problem.key.name()).with("other", other))
}

/// Whether a switch is on.
#[must_use]
pub(super) fn is_on(configuration: &Configuration, key: Key) -> bool {
    configuration.get(key).is_some_and(|(value, _)| value == "1")
}

/// What the access token for the bootstrap endpoint is for; `None` where it
/// gets the ID token. A token that opens something of Microsoft's goes there
/// alone, whatever else it is configured for.
#[must_use]
pub fn bootstrap_scope(configuration: &Configuration) -> Option<&str> {
    let (scopes, _) = configuration.get(Key::EntraScope)?;
    let own =
        |scope: &str| scope.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("api://"));
    scopes.split([' ', ',']).filter(|scope| !scope.is_empty()).all(own).then_some(scopes)
}

fn check_need(configuration: &mut Configuration, key: Key, needed: Key) {
    let Some((value, layer)) = configuration.get(key) else { return };
    let [global, national @ ..] = GRAPH_CLOUDS;
    debug_assert_eq!(global, "global");
    // What the user typed, the page finds tokens for; and every tenant is global.
    if layer == Layer::User || (key == Key::GraphCloud && !national.contains(&value)) {
        return;
    }
    match configuration.get(needed) {
        Some((_, of)) if needed != Key::EntraSso || is_on(configuration, needed) => {
            debug_assert!(of < Layer::User);
        }
        Some((_, _)) => contradict(configuration, key, needed, "it takes entra_sso=1"),
        None => {
            // Told once for each key that is missing.
            let known = configuration
                .problems()
                .iter()
                .any(|problem| problem.id == NEEDS_KEY && problem.message.ends_with(needed.name()));
            if !known {
                let message = text::join(&["is of no use without ", needed.name()], "");
                configuration.tell(NEEDS_KEY, Severity::Warning, key, &message);
            }
        }
    }
}

fn partitions_differ(configuration: &Configuration) -> bool {
    let value = |key| configuration.get(key).map_or("", |(value, _)| value);
    let (role, region) = (value(Key::AwsRoleArn), value(Key::AwsRegion));
    let partition = role.split(':').nth(1).and_then(Partition::named);
    match (partition, Region::parse(region)) {
        (Some(partition), Ok(region)) => partition != region.partition(),
        _ => false,
    }
}

/// A credential of a provider that nobody names, beside the one that is used.
fn check_credentials(configuration: &mut Configuration, kind: Option<Kind>) {
    let Some(own) = CREDENTIALS.into_iter().find(|(of, _)| Some(*of) == kind) else { return };
    if configuration.get(own.1).is_none() {
        return;
    }
    for (other, key) in CREDENTIALS {
        if other != own.0
            && configuration.get(key).is_some()
            && configuration.get(other.named_by()).is_none()
        {
            contradict(configuration, own.1, key, "there is one credential too many");
        }
    }
}

/// Tells of two values that can't both be meant.
fn contradict(configuration: &mut Configuration, key: Key, other: Key, why: &str) {
    let layer = |key| configuration.get(key).map_or(Layer::Manifest, |(_, layer)| layer);
    let (of, others) = (layer(key), layer(other));
    let message = text::join(
        &[
            key.name(),
            " (",
            of.as_str(),
            ") and ",
            other.name(),
            " (",
            others.as_str(),
            ") contradict each other: ",
            why,
        ],
        "",
    );
    let problem = Problem::new(CONTRADICTION, Severity::Error, key, Some(of), message);
    configuration.report(problem.and(other, others));
}
