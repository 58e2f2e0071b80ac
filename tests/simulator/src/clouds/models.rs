//! Which models each cloud has, under which names, and who may use them.

use axum::http::StatusCode;

use super::registrations;
use super::sessions::Session;
use crate::gateway::errors::ApiError;
use crate::gateway::path::Place;

/// A model, and what the two clouds call it that have names of their own.
struct Offered {
    name: &'static str,
    /// Without the profile's prefix.
    bedrock: &'static str,
    vertex: &'static str,
}

const fn offered(name: &'static str, bedrock: &'static str, vertex: &'static str) -> Offered {
    Offered { name, bedrock, vertex }
}

const OFFERED: [Offered; 7] = [
    offered("claude-opus-5-5", "anthropic.claude-opus-5-5", "claude-opus-5-5"),
    offered("claude-sonnet-5-5", "anthropic.claude-sonnet-5-5", "claude-sonnet-5-5"),
    offered("claude-haiku-5-5", "anthropic.claude-haiku-5-5", "claude-haiku-5-5"),
    offered("claude-opus-4-8", "anthropic.claude-opus-4-8", "claude-opus-4-8"),
    offered("claude-opus-4-6", "anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
    offered("claude-sonnet-4-6", "anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"),
    offered(
        "claude-sonnet-4-5",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "claude-sonnet-4-5@20250929",
    ),
];

/// Bedrock has it, and this account was not given it.
const WITHOUT_ACCESS: &str = "claude-opus-4-8";

/// Vertex AI has it, and this project has no quota of it.
const WITHOUT_QUOTA: &str = "claude-opus-4-8";

/// What is deployed in the Foundry resource.
const DEPLOYED: [&str; 3] = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"];

/// Names that a gateway's owner thought of.
const ALIASES: [(&str, &str); 2] =
    [("größe/claude:v1@blau", "claude-haiku-5-5"), ("teams/finance/claude", "claude-sonnet-5-5")];

/// The parts of the world that a profile sends requests to, and how the names
/// of its regions begin.
const PROFILES: [(&str, &[&str]); 7] = [
    ("us.", &["us-east-", "us-west-", "ca-"]),
    ("eu.", &["eu-"]),
    ("apac.", &["ap-"]),
    ("jp.", &["ap-northeast-1", "ap-northeast-3"]),
    ("au.", &["ap-southeast-2", "ap-southeast-4"]),
    ("us-gov.", &["us-gov-"]),
    ("global.", &["us-east-", "us-west-", "ca-", "eu-", "ap-"]),
];

/// A name at the gateway in one of the clouds' formats.
pub(crate) fn at_gateway(id: &str) -> Result<&'static str, ApiError> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == id).map(|(_, name)| *name);
    let own = OFFERED.iter().find(|model| [model.name, model.bedrock, model.vertex].contains(&id));
    alias.or(own.map(|model| model.name)).ok_or_else(|| {
        ApiError::front(
            StatusCode::BAD_REQUEST,
            format!("Invalid model name passed in model={id}. Call `/v1/models` to view available models for your key."),
        )
    })
}

/// A name of Bedrock's: a profile's, or an ARN.
pub(crate) fn on_bedrock(
    id: &str,
    region: &str,
    session: &Session,
) -> Result<&'static str, ApiError> {
    let invalid = || {
        Err(ApiError::exception(
            StatusCode::BAD_REQUEST,
            "ValidationException",
            "The provided model identifier is invalid.",
        ))
    };
    let arn = id.strip_prefix("arn:aws:bedrock:");
    let name = match arn.and_then(|arn| arn.strip_prefix(region)) {
        None if arn.is_some() => return invalid(),
        None => id,
        Some(":123456789012:application-inference-profile/t8x2kq1") => {
            "us.anthropic.claude-haiku-5-5"
        }
        Some(rest) => match rest.split_once('/') {
            Some((":123456789012:inference-profile", name)) => name,
            Some(("::foundation-model", name)) => name,
            _ => return invalid(),
        },
    };
    let profile = PROFILES
        .iter()
        .find_map(|(prefix, regions)| Some((*prefix, *regions, name.strip_prefix(prefix)?)));
    let (prefix, bare) = match profile {
        Some((prefix, regions, bare)) if regions.iter().any(|start| region.starts_with(start)) => {
            (prefix, bare)
        }
        Some(_) => return invalid(),
        None => ("", name),
    };
    let Some(model) = OFFERED.iter().find(|model| model.bedrock == bare) else { return invalid() };
    let only_us = registrations::AWS_ROLE_ARN_US.ends_with(&format!("/{}", session.role));
    if only_us && prefix != "us." {
        return Err(not_authorized(session, "bedrock:InvokeModel", region, id));
    }
    if prefix.is_empty() {
        return Err(ApiError::exception(
            StatusCode::BAD_REQUEST,
            "ValidationException",
            format!(
                "Invocation of model ID {id} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
            ),
        ));
    }
    if model.name == WITHOUT_ACCESS {
        return Err(ApiError::exception(
            StatusCode::FORBIDDEN,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
        ));
    }
    Ok(model.name)
}

/// IAM's refusal.
pub(crate) fn not_authorized(session: &Session, action: &str, region: &str, id: &str) -> ApiError {
    let Session { role, session_name, .. } = session;
    ApiError::exception(
        StatusCode::FORBIDDEN,
        "AccessDeniedException",
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/{role}/{session_name} is not authorized to perform: {action} on resource: arn:aws:bedrock:{region}:123456789012:inference-profile/{id} because no identity-based policy allows the {action} action"
        ),
    )
}

/// A name of Vertex AI's.
pub(crate) fn on_vertex(id: &str, place: &Place) -> Result<&'static str, ApiError> {
    let Place { project, location } = place;
    if project != registrations::GCP_PROJECT_ID {
        return Err(ApiError::front(
            StatusCode::FORBIDDEN,
            format!(
                "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/{project}/locations/{location}/publishers/anthropic/models/{id}' (or it may not exist)."
            ),
        ));
    }
    let bare = id.strip_suffix("@default").unwrap_or(id);
    match OFFERED.iter().find(|model| model.vertex == bare) {
        Some(model) if model.name == WITHOUT_QUOTA => Err(ApiError::front(
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: anthropic-{}. Please submit a quota increase request.",
                model.name
            ),
        )),
        Some(model) => Ok(model.name),
        None => Err(ApiError::front(
            StatusCode::NOT_FOUND,
            format!(
                "Publisher Model `projects/{project}/locations/{location}/publishers/anthropic/models/{id}` was not found or your project does not have access to it. Please ensure you are using a valid model version."
            ),
        )),
    }
}

/// Whether a deployment has that name.
pub(crate) fn on_foundry(id: &str) -> Result<(), ApiError> {
    if DEPLOYED.contains(&id) {
        return Ok(());
    }
    Err(ApiError::exception(
        StatusCode::NOT_FOUND,
        "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
    ))
}
