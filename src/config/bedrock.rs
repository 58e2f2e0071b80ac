//! The settings of Amazon Bedrock.

use crate::error::Failure;
use crate::http::BaseUrl;
use crate::sigv4::Region;

use super::key::Key;
use super::merge::{Configuration, Layer};
use super::provider::{ApiFormat, Authorization, Kind, ProviderSettings, Reading, in_key};

/// Reads role and region. What can be a role is the token service's to say.
pub(super) fn read(configuration: &Configuration, layer: Layer) -> Result<Reading, Failure> {
    let Some((role, _)) = configuration.get(Key::AwsRoleArn) else {
        return Ok(Reading::Missing(Key::AwsRoleArn));
    };
    let Some((region, region_layer)) = configuration.get(Key::AwsRegion) else {
        return Ok(Reading::Missing(Key::AwsRegion));
    };
    let region = Region::parse(region)
        .map_err(|error| in_key(error.into(), Key::AwsRegion, region_layer))?;
    let suffix = region.partition().dns_suffix();
    // A region is a label of the host by its type, so this can be parsed.
    let base = BaseUrl::parse(&format!("https://bedrock-runtime.{}.{suffix}", region.as_str()))?;
    Ok(Reading::Complete(Box::new(ProviderSettings {
        kind: Kind::Bedrock,
        base,
        layer: layer.min(region_layer),
        format: ApiFormat::Bedrock,
        authorization: Authorization::AwsRole { role: role.to_owned(), region },
        headers: Vec::new(),
        model: configuration.model(),
    })))
}
