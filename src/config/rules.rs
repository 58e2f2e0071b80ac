//! What contradicts itself, so that nothing can connect until it is mended.

use crate::error::{Audience, Code, Failure};
use crate::sigv4::{Partition, Region};
use crate::text;

use super::key::Key;
use super::merge::{Configuration, Layer};
use super::problem::{Problem, Severity};
use super::provider::{Kind, meant};

/// The word of such problems.
const CONTRADICTION: &str = "contradiction";

/// What is of no use where signing in is switched off.
const SIGNS_IN: [Key; 4] =
    [Key::AwsRoleArn, Key::GatewayAuthSource, Key::EntraScope, Key::GraphClientId];

/// What opens each provider, where it is configured.
const CREDENTIALS: [(Kind, Key); 3] = [
    (Kind::Gateway, Key::GatewayToken),
    (Kind::Vertex, Key::GoogleClientSecret),
    (Kind::Foundry, Key::AzureApiKey),
];

/// Puts what contradicts itself among the problems.
pub(super) fn check(configuration: &mut Configuration) {
    if configuration.get(Key::EntraSso).is_some_and(|(value, _)| value == "0") {
        for key in SIGNS_IN {
            if configuration.get(key).is_some() {
                contradict(configuration, key, Key::EntraSso, "nobody may be signed in");
            }
        }
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
