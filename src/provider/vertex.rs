//! Vertex AI's rawPredict and streamRawPredict: the model stands in the path,
//! the version in the body, and whether to stream in both.

use crate::error::Failure;
use crate::json::Json;
use crate::json::splice::Edit;

use super::format::{Draft, quoted};
use super::messages::MessageParams;
use super::model_id;

/// The version of the API, in the body's `anthropic_version`.
pub const VERSION: &str = "vertex-2023-10-16";

/// `POST {place}/publishers/anthropic/models/{id}:rawPredict`, or
/// `…:streamRawPredict`.
pub(super) fn message(
    place: &str,
    params: &MessageParams<'_>,
    stream: bool,
    version: &str,
) -> Result<Draft, Failure> {
    let mut route = models(place);
    model_id::push_before_method(&mut route, &params.model())?;
    route.push_str(if stream { ":streamRawPredict" } else { ":rawPredict" });
    let version = quoted(version);
    // Servers in between look at the flag, Google at the method.
    let flag = if stream { Edit::Set("stream", Json::TRUE) } else { Edit::Remove("stream") };
    let edits =
        [Edit::Remove("model"), flag, Edit::Add("anthropic_version", Json::written(&version))];
    Ok(Draft { route, body: params.edited(&edits) })
}

/// `POST {place}/publishers/anthropic/models/count-tokens:rawPredict`: here the
/// model stays in the body.
pub(super) fn count_tokens(place: &str, params: &MessageParams<'_>, version: &str) -> Draft {
    let mut route = models(place);
    route.push_str("count-tokens:rawPredict");
    let version = quoted(version);
    let edits = [Edit::Add("anthropic_version", Json::written(&version))];
    Draft { route, body: params.edited(&edits) }
}

fn models(place: &str) -> String {
    let mut route = place.to_owned();
    route.push_str("/publishers/anthropic/models/");
    route
}
