//! The settings of Google Vertex AI, and the project and region that a gateway
//! in its format needs too.

use crate::error::{Audience, Failure, Hint};
use crate::http::BaseUrl;

use super::key::Key;
use super::merge::{Configuration, Layer};
use super::problem::{Problem, Severity};
use super::provider::{ApiFormat, Authorization, Kind, ProviderSettings, Reading, unusable};

/// The longest name of a region that leaves room for the rest of the host's
/// first label, which may have 63 characters.
const LONGEST_REGION: usize = 50;

/// Reads project, region and client.
pub(super) fn read(configuration: &mut Configuration, layer: Layer) -> Result<Reading, Failure> {
    let (place, place_layer) = match place(configuration)? {
        Ok(place) => place,
        Err(missing) => return Ok(Reading::Missing(missing)),
    };
    let Some((region, region_layer)) = configuration.get(Key::GcpRegion) else {
        return Ok(Reading::Missing(Key::GcpRegion));
    };
    let host = host(region);
    // A region is a part of one label of the host, so this can be parsed.
    let base = BaseUrl::parse(&format!("https://{host}/v1"))?;
    if host.contains(".rep.") {
        let message =
            format!("gcp_region: requests go to {host}, which allowlists often leave out");
        let id = "multi-region-host";
        configuration.report(Problem::new(
            id,
            Severity::Notice,
            Key::GcpRegion,
            Some(region_layer),
            message,
        ));
    }
    Ok(Reading::Complete(Box::new(ProviderSettings {
        kind: Kind::Vertex,
        base,
        layer: layer.min(place_layer),
        format: ApiFormat::Vertex { place },
        authorization: Authorization::Google,
        headers: Vec::new(),
        model: configuration.model(),
    })))
}

/// `/projects/{project}/locations/{region}` and who said so, or the key that
/// is missing.
pub(super) fn place(
    configuration: &Configuration,
) -> Result<Result<(String, Layer), Key>, Failure> {
    let Some((project, layer)) = configuration.get(Key::GcpProjectId) else {
        return Ok(Err(Key::GcpProjectId));
    };
    // Ids, numbers, and the domain-scoped ids of old (`example.com:project`).
    if project.len() > 100 || !is_name(project, b"-.:") {
        return Err(unusable(
            Key::GcpProjectId,
            layer,
            "not the id of a project",
            Hint::new(
                "check-project",
                Audience::Admin,
                "Copy the project's id, not its name, from the Google Cloud console; it looks like my-project-123456.",
            ),
        ));
    }
    let Some((region, region_layer)) = configuration.get(Key::GcpRegion) else {
        return Ok(Err(Key::GcpRegion));
    };
    if region.len() > LONGEST_REGION || !is_name(region, b"-") {
        return Err(unusable(
            Key::GcpRegion,
            region_layer,
            "not the name of a region",
            Hint::new(
                "check-region",
                Audience::Admin,
                "Use global, us, eu or a region such as us-east5.",
            ),
        ));
    }
    Ok(Ok((format!("/projects/{project}/locations/{region}"), layer.min(region_layer))))
}

/// Lower-case letters and digits at both ends, `inner` as well between them.
fn is_name(text: &str, inner: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.bytes().all(|b| plain(&b) || inner.contains(&b))
        && text.as_bytes().first().is_some_and(plain)
        && text.as_bytes().last().is_some_and(plain)
}

/// Where a region's models are, as the official SDKs have it; they know `us`
/// and `eu` of the regions that span several.
fn host(region: &str) -> String {
    if region == "global" {
        "aiplatform.googleapis.com".to_owned()
    } else if region.contains('-') {
        format!("{region}-aiplatform.googleapis.com")
    } else {
        format!("aiplatform.{region}.rep.googleapis.com")
    }
}
