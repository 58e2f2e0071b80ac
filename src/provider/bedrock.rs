//! Amazon Bedrock's InvokeModel and InvokeModelWithResponseStream: the model
//! and whether to stream stand in the path, version and betas in the body.

use crate::error::Failure;
use crate::json::Json;
use crate::json::splice::Edit;

use super::format::{Draft, betas_as_json, quoted};
use super::messages::MessageParams;
use super::model_id;

/// The version of the API, in the body's `anthropic_version`.
pub const VERSION: &str = "bedrock-2023-05-31";

/// `POST /model/{id}/invoke`, or `…/invoke-with-response-stream`.
pub(super) fn message(
    params: &MessageParams<'_>,
    stream: bool,
    betas: &[String],
    version: &str,
) -> Result<Draft, Failure> {
    let mut route = "/model/".to_owned();
    model_id::push_segment(&mut route, &params.model())?;
    route.push_str(if stream { "/invoke-with-response-stream" } else { "/invoke" });
    let (version, betas_json) = (quoted(version), betas_as_json(betas));
    let edits = [
        Edit::Remove("model"),
        Edit::Remove("stream"),
        Edit::Add("anthropic_version", Json::written(&version)),
        Edit::Add("anthropic_beta", Json::written(&betas_json)),
    ];
    let edits = if betas.is_empty() { edits.get(..3) } else { edits.get(..) };
    Ok(Draft { route, body: params.edited(edits.unwrap_or_default()) })
}
