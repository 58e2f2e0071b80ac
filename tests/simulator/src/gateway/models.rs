//! The models that the gateway has, listed in both shapes that gateways use.

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::errors::ApiError;
use super::faults::ModelList;

struct Model {
    id: &'static str,
    name: &'static str,
    created: &'static str,
    /// The same in seconds, as OpenAI's shape has it.
    created_s: u64,
    max_tokens: u64,
}

const fn model(
    id: &'static str,
    name: &'static str,
    created: &'static str,
    created_s: u64,
    max_tokens: u64,
) -> Model {
    Model { id, name, created, created_s, max_tokens }
}

/// Newest first, as the API lists them.
const MODELS: &[Model] = &[
    model("claude-opus-5-5", "Claude Opus 5.5", "2026-09-29T00:00:00Z", 1_790_640_000, 128_000),
    model("claude-sonnet-5-5", "Claude Sonnet 5.5", "2026-09-29T00:00:00Z", 1_790_640_000, 128_000),
    model("claude-haiku-5-5", "Claude Haiku 5.5", "2026-10-15T00:00:00Z", 1_792_022_400, 64_000),
    model("claude-opus-4-8", "Claude Opus 4.8", "2026-05-12T00:00:00Z", 1_778_544_000, 64_000),
    model("claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17T00:00:00Z", 1_771_286_400, 64_000),
];

/// What is routed and not listed: older ones that clouds still have.
const UNLISTED: [&str; 2] = ["claude-opus-4-6", "claude-sonnet-4-5"];

/// What else a gateway routes to.
const FOREIGN: &[&str] = &[
    "gpt-5.2",
    "text-embedding-3-large",
    "gemini-3-pro",
    "mistral-large-latest",
    "bge-reranker-v2",
];

/// How many models the fault `models=paged` lists, and how many at most in one page.
const PAGED: usize = 45;
const PAGED_LIMIT: usize = 10;

/// The API's own default and bound of `limit`.
const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 1000;

/// The most tokens that a model writes; nothing for a model that isn't there.
pub(crate) fn max_tokens(id: &str) -> Option<u64> {
    MODELS
        .iter()
        .find(|model| model.id == id)
        .map(|model| model.max_tokens)
        .or_else(|| (is_paged(id) || UNLISTED.contains(&id)).then_some(64_000))
}

/// What `/v1/models/{id}` answers.
pub(crate) fn one(id: &str) -> Result<Value, ApiError> {
    match MODELS.iter().find(|model| model.id == id) {
        Some(model) => Ok(anthropic(model)),
        None => Err(not_found(id)),
    }
}

pub(crate) fn not_found(id: &str) -> ApiError {
    ApiError::new(axum::http::StatusCode::NOT_FOUND, format!("model: {id}"))
}

/// What `/v1/models` answers.
pub(crate) fn list(
    kind: ModelList,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Value, ApiError> {
    let by_header = headers.contains_key("anthropic-version");
    match kind {
        ModelList::None => Err(ApiError::new(axum::http::StatusCode::NOT_FOUND, "Not found")),
        ModelList::OpenAi => Ok(openai_list(MODELS.iter().map(openai).collect())),
        ModelList::ByHeader if !by_header => Ok(openai_list(MODELS.iter().map(openai).collect())),
        ModelList::Mixed if !by_header => {
            let foreign = FOREIGN.iter().map(|id| openai_entry(id, 1_760_000_000, "other"));
            Ok(openai_list(MODELS.iter().map(openai).chain(foreign).collect()))
        }
        ModelList::Empty if !by_header => Ok(openai_list(Vec::new())),
        ModelList::Empty => page(Vec::new(), query, MAX_LIMIT),
        ModelList::Mixed => {
            let foreign = FOREIGN.iter().map(|id| {
                json!({ "type": "model", "id": id, "display_name": id, "created_at": "2025-10-09T08:53:20Z" })
            });
            page(MODELS.iter().map(anthropic).chain(foreign).collect(), query, MAX_LIMIT)
        }
        ModelList::Paged => page((0..PAGED).map(paged).collect(), query, PAGED_LIMIT),
        ModelList::Anthropic | ModelList::ByHeader => {
            page(MODELS.iter().map(anthropic).collect(), query, MAX_LIMIT)
        }
    }
}

fn anthropic(model: &Model) -> Value {
    json!({
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": model.created,
        "max_input_tokens": 200_000,
        "max_tokens": model.max_tokens,
        "lifecycle": "active",
    })
}

fn openai(model: &Model) -> Value {
    openai_entry(model.id, model.created_s, "openai")
}

fn openai_entry(id: &str, created: u64, owner: &str) -> Value {
    json!({ "id": id, "object": "model", "created": created, "owned_by": owner })
}

fn openai_list(models: Vec<Value>) -> Value {
    json!({ "data": models, "object": "list" })
}

fn paged(number: usize) -> Value {
    json!({
        "type": "model",
        "id": format!("claude-team-{number:02}"),
        "display_name": format!("Claude for team {number:02}"),
        "created_at": "2026-02-17T00:00:00Z",
    })
}

fn is_paged(id: &str) -> bool {
    id.strip_prefix("claude-team-").is_some_and(|number| {
        number.len() == 2 && number.parse::<usize>().is_ok_and(|number| number < PAGED)
    })
}

/// One page, by `limit`, `after_id` and `before_id`.
fn page(models: Vec<Value>, query: Option<&str>, most: usize) -> Result<Value, ApiError> {
    let parameter = |name: &str| {
        query.unwrap_or_default().split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            (key == name).then(|| super::path::decode(value))
        })
    };
    let limit = match parameter("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => match text.parse::<usize>() {
            Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => limit,
            _ => return Err(ApiError::invalid("limit: Input should be between 1 and 1000")),
        },
    }
    .min(most);
    let position = |id: &str| {
        models.iter().position(|model| id_of(model) == Some(id)).ok_or_else(|| {
            ApiError::invalid(format!("model {id:?} not found; can't page from there"))
        })
    };
    let (start, end) = match (parameter("after_id"), parameter("before_id")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("only one of before_id and after_id can be used"));
        }
        (Some(after), None) => {
            let start = position(&after)?.saturating_add(1);
            (start, start.saturating_add(limit).min(models.len()))
        }
        (None, Some(before)) => {
            let end = position(&before)?;
            (end.saturating_sub(limit), end)
        }
        (None, None) => (0, limit.min(models.len())),
    };
    let backwards = parameter("before_id").is_some();
    let has_more = if backwards { start > 0 } else { end < models.len() };
    let shown = models.get(start..end).unwrap_or_default();
    Ok(json!({
        "data": shown,
        "has_more": has_more,
        "first_id": shown.first().and_then(id_of),
        "last_id": shown.last().and_then(id_of),
    }))
}

fn id_of(model: &Value) -> Option<&str> {
    model.get("id")?.as_str()
}
