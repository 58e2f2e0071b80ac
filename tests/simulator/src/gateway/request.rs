//! Reads a Messages request and refuses what the API refuses, in its words.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::errors::ApiError;
use super::{models, tokens};

/// Top-level fields that the API knows.
const FIELDS: &[&str] = &[
    "model",
    "messages",
    "max_tokens",
    "cache_control",
    "container",
    "context_management",
    "inference_geo",
    "mcp_servers",
    "metadata",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// Largest body that the API takes.
pub(crate) const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// Which tool the model may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToolChoice {
    Auto,
    Any,
    Tool(String),
    None,
}

/// A tool that the client runs.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) input_schema: Value,
}

/// A request that the model can answer.
#[derive(Clone, Debug)]
pub(crate) struct MessagesRequest {
    pub(crate) model: String,
    pub(crate) max_tokens: usize,
    pub(crate) stream: bool,
    pub(crate) thinking: bool,
    pub(crate) stop_sequences: Vec<String>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) tool_choice: ToolChoice,
    pub(crate) turns: Vec<Turn>,
    pub(crate) input_tokens: usize,
}

/// One message of the conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) from_user: bool,
    pub(crate) text: String,
    /// Texts of tool results, with whether the tool failed.
    pub(crate) tool_results: Vec<(String, bool)>,
    tool_uses: Vec<String>,
    answered: Vec<String>,
    /// What else is in it: `image`, `document`.
    pub(crate) attachments: Vec<String>,
}

/// The versions of the API in the clouds' formats.
pub(crate) const BEDROCK_VERSION: &str = "bedrock-2023-05-31";
pub(crate) const VERTEX_VERSION: &str = "vertex-2023-10-16";

/// A body in one of the clouds' formats, as Anthropic's own API would have got
/// it: the model stands in the path, the version in the body.
pub(crate) fn of_cloud(
    body: &[u8],
    version: &str,
    model: &str,
    streamed: bool,
) -> Result<Map<String, Value>, ApiError> {
    let mut object = object(body)?;
    let stray = |name: &str| ApiError::invalid(format!("{name}: Extra inputs are not permitted"));
    if object.contains_key("model") {
        return Err(stray("model"));
    }
    match object.shift_remove("anthropic_version") {
        Some(Value::String(given)) if given == version => {}
        None => return Err(required("anthropic_version")),
        Some(_) => return Err(ApiError::invalid("anthropic_version: Invalid API version")),
    }
    let stream = object.shift_remove("stream");
    let agrees = match (version, &stream) {
        // Bedrock's methods say it alone.
        (BEDROCK_VERSION, stream) => stream.is_none(),
        // Gateways in front of Vertex AI look at the member, Google at the method.
        (_, None) => !streamed,
        (_, Some(stream)) => *stream == Value::Bool(streamed),
    };
    if !agrees {
        return Err(stray("stream"));
    }
    if version == BEDROCK_VERSION
        && let Some(betas) = object.shift_remove("anthropic_beta")
        && !betas.as_array().is_some_and(|betas| betas.iter().all(Value::is_string))
    {
        return Err(ApiError::invalid("anthropic_beta: Input should be a valid list of strings"));
    }
    object.insert("model".to_owned(), Value::String(model.to_owned()));
    object.insert("stream".to_owned(), Value::Bool(streamed));
    Ok(object)
}

/// A count of tokens in Vertex AI's format: its model stands in the body.
pub(crate) fn of_vertex_count(body: &[u8], model: &str) -> Result<Map<String, Value>, ApiError> {
    let mut object = object(body)?;
    if object.shift_remove("anthropic_version") != Some(Value::String(VERTEX_VERSION.to_owned())) {
        return Err(required("anthropic_version"));
    }
    object.insert("model".to_owned(), Value::String(model.to_owned()));
    Ok(object)
}

/// Bedrock's CountTokens: another request's body, in base64.
pub(crate) fn of_bedrock_count(body: &[u8], model: &str) -> Result<Map<String, Value>, ApiError> {
    let outer = Value::Object(object(body)?);
    let inner = outer
        .pointer("/input/invokeModel/body")
        .and_then(Value::as_str)
        .and_then(|text| STANDARD.decode(text).ok())
        .ok_or_else(|| required("input.invokeModel.body"))?;
    let mut object = of_cloud(&inner, BEDROCK_VERSION, model, false)?;
    object.shift_remove("stream");
    object.shift_remove("max_tokens");
    Ok(object)
}

/// Refuses requests that the wire alone shows to be wrong.
pub(crate) fn check_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(version) = headers.get("anthropic-version") else {
        return Err(ApiError::invalid("anthropic-version: header is required"));
    };
    let version = version.to_str().unwrap_or_default();
    if !matches!(version, "2023-01-01" | "2023-06-01" | "2026-10-21") {
        return Err(ApiError::invalid(format!(
            "anthropic-version: {version:?} is not a valid version"
        )));
    }
    check_content_type(headers)
}

/// Refuses what isn't said to be JSON.
pub(crate) fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.is_some_and(|value| {
        value
            .split(';')
            .next()
            .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
    });
    if is_json { Ok(()) } else { Err(ApiError::invalid("content-type: must be application/json")) }
}

/// Reads a body as a JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ApiError::invalid("Input should be a valid dictionary or object")),
        Err(error) => {
            Err(ApiError::invalid(format!("The request body is not valid JSON: {error}")))
        }
    }
}

/// Reads a request for a message.
pub(crate) fn read(
    object: &Map<String, Value>,
    server_tools: Option<StatusCode>,
) -> Result<MessagesRequest, ApiError> {
    if let Some(unknown) = object.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(ApiError::invalid(format!("{unknown}: Extra inputs are not permitted")));
    }
    let (model, turns) = conversation(object)?;
    let most = models::max_tokens(&model).ok_or_else(|| models::not_found(&model))?;

    let max_tokens = integer(object, "max_tokens")?.ok_or_else(|| required("max_tokens"))?;
    if max_tokens < 1 {
        return Err(ApiError::invalid("max_tokens: Input should be greater than or equal to 1"));
    }
    if max_tokens > most {
        return Err(ApiError::invalid(format!(
            "max_tokens: {max_tokens} > {most}, which is the maximum allowed number of output tokens for {model}"
        )));
    }
    range(object, "temperature", 0.0, 1.0)?;
    range(object, "top_p", 0.0, 1.0)?;
    integer(object, "top_k")?;
    let thinking = thinking(object, max_tokens)?;
    let tools = tools(object, server_tools)?;
    let tool_choice = tool_choice(object, &tools)?;
    Ok(MessagesRequest {
        model,
        max_tokens: usize::try_from(max_tokens).unwrap_or(usize::MAX),
        stream: boolean(object, "stream")?.unwrap_or(false),
        thinking,
        stop_sequences: stop_sequences(object)?,
        tools,
        tool_choice,
        turns,
        input_tokens: input_tokens(object),
    })
}

/// Reads a request to count tokens: a conversation without limits.
pub(crate) fn count(object: &Map<String, Value>) -> Result<usize, ApiError> {
    if object.contains_key("max_tokens") {
        return Err(ApiError::invalid("max_tokens: Extra inputs are not permitted"));
    }
    let (model, _) = conversation(object)?;
    models::max_tokens(&model).ok_or_else(|| models::not_found(&model))?;
    tools(object, None)?;
    Ok(input_tokens(object))
}

/// The same number for the count and for the answer's usage.
fn input_tokens(object: &Map<String, Value>) -> usize {
    /// What the format around a conversation costs.
    const FRAME: usize = 7;
    const PER_MESSAGE: usize = 3;
    let message_count = object.get("messages").and_then(Value::as_array).map_or(0, Vec::len);
    ["system", "messages", "tools"]
        .iter()
        .filter_map(|name| object.get(*name))
        .map(text_tokens)
        .fold(FRAME, usize::saturating_add)
        .saturating_add(message_count.saturating_mul(PER_MESSAGE))
}

fn text_tokens(value: &Value) -> usize {
    match value {
        Value::String(text) => tokens::count(text),
        Value::Array(items) => items.iter().map(text_tokens).sum(),
        Value::Object(object) => object
            .iter()
            // An image costs by its size, not by its base64.
            .map(|(key, value)| if key == "data" { 1500 } else { text_tokens(value) })
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

fn conversation(object: &Map<String, Value>) -> Result<(String, Vec<Turn>), ApiError> {
    let model = match object.get("model") {
        None => return Err(required("model")),
        Some(Value::String(model)) if model.is_empty() => {
            return Err(ApiError::invalid("model: String should have at least 1 character"));
        }
        Some(Value::String(model)) => model.clone(),
        Some(_) => return Err(ApiError::invalid("model: Input should be a valid string")),
    };
    match object.get("system") {
        None | Some(Value::String(_)) => {}
        Some(Value::Array(blocks)) if blocks.iter().all(|block| kind(block) == Some("text")) => {}
        Some(_) => {
            return Err(ApiError::invalid(
                "system: Input should be a valid string or a list of text blocks",
            ));
        }
    }
    let messages = match object.get("messages") {
        None => return Err(required("messages")),
        Some(Value::Array(messages)) => messages,
        Some(_) => return Err(ApiError::invalid("messages: Input should be a valid list")),
    };
    if messages.is_empty() {
        return Err(ApiError::invalid("messages: at least one message is required"));
    }
    let turns: Vec<Turn> = messages
        .iter()
        .enumerate()
        .map(|(index, message)| turn(index, message, index.saturating_add(1) == messages.len()))
        .collect::<Result<_, _>>()?;
    if turns.first().is_some_and(|turn| !turn.from_user) {
        return Err(ApiError::invalid("messages: first message must use the \"user\" role"));
    }
    check_tool_results(&turns)?;
    Ok((model, turns))
}

fn turn(index: usize, message: &Value, is_last: bool) -> Result<Turn, ApiError> {
    let at = |rest: &str| ApiError::invalid(format!("messages.{index}{rest}"));
    let Some(object) = message.as_object() else {
        return Err(at(": Input should be a valid dictionary or object"));
    };
    let from_user = match object.get("role").and_then(Value::as_str) {
        Some("user") => true,
        Some("assistant") => false,
        Some("system") => {
            return Err(ApiError::invalid(
                "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
            ));
        }
        Some(_) => return Err(at(".role: Input should be 'user' or 'assistant'")),
        None => return Err(at(".role: Field required")),
    };
    let mut turn = Turn { from_user, ..Turn::default() };
    match object.get("content") {
        None => return Err(at(".content: Field required")),
        Some(Value::String(text)) => text.clone_into(&mut turn.text),
        Some(Value::Array(blocks)) => {
            for (position, block) in blocks.iter().enumerate() {
                read_block(&mut turn, block)
                    .map_err(|problem| at(&format!(".content.{position}{problem}")))?;
            }
        }
        Some(_) => return Err(at(".content: Input should be a valid string or a list of blocks")),
    }
    let has_content = !turn.text.is_empty()
        || object.get("content").and_then(Value::as_array).is_some_and(|blocks| !blocks.is_empty());
    if !has_content && (from_user || !is_last) {
        return Err(ApiError::invalid(format!(
            "messages.{index}: all messages must have non-empty content except for the optional final assistant message"
        )));
    }
    if is_last && !from_user && turn.text.ends_with(char::is_whitespace) {
        return Err(ApiError::invalid(
            "messages: final assistant content cannot end with trailing whitespace",
        ));
    }
    Ok(turn)
}

fn read_block(turn: &mut Turn, block: &Value) -> Result<(), String> {
    let text = |key: &str| block.get(key).and_then(Value::as_str);
    let needed =
        |key: &str| text(key).map(str::to_owned).ok_or_else(|| format!(".{key}: Field required"));
    match kind(block) {
        None => return Err(".type: Field required".to_owned()),
        Some("text") => {
            let text = needed("text")?;
            if text.is_empty() {
                return Err(": text content blocks must be non-empty".to_owned());
            }
            if !turn.text.is_empty() {
                turn.text.push('\n');
            }
            turn.text.push_str(&text);
        }
        Some("tool_use") => {
            needed("name")?;
            if !block.get("input").is_some_and(Value::is_object) {
                return Err(".input: Input should be a valid dictionary".to_owned());
            }
            turn.tool_uses.push(needed("id")?);
        }
        Some("tool_result") => {
            turn.answered.push(needed("tool_use_id")?);
            let failed = block.get("is_error").and_then(Value::as_bool).unwrap_or(false);
            turn.tool_results.push((plain_text(block.get("content")), failed));
        }
        Some("thinking") => {
            needed("thinking")?;
            if needed("signature")?.is_empty() {
                return Err(".signature: Invalid `signature` in `thinking` block".to_owned());
            }
        }
        Some(attachment @ ("image" | "document")) => turn.attachments.push(attachment.to_owned()),
        Some(_) => {}
    }
    Ok(())
}

/// The text of a tool's result, which is a string or a list of blocks.
fn plain_text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => blocks
            .iter()
            .filter_map(|block| block.get("text").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}

fn check_tool_results(turns: &[Turn]) -> Result<(), ApiError> {
    let empty = Turn::default();
    let next = turns.iter().skip(1).chain([&empty]);
    let previous = [&empty].into_iter().chain(turns);
    for (index, ((turn, next), previous)) in turns.iter().zip(next).zip(previous).enumerate() {
        if let Some(stray) = turn.answered.iter().find(|id| !previous.tool_uses.contains(id)) {
            return Err(ApiError::invalid(format!(
                "messages.{index}.content: unexpected `tool_use_id` found in `tool_result` blocks: {stray}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )));
        }
        if let Some(open) = turn.tool_uses.iter().find(|id| !next.answered.contains(id)) {
            return Err(ApiError::invalid(format!(
                "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {open}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
            )));
        }
    }
    Ok(())
}

fn thinking(object: &Map<String, Value>, max_tokens: u64) -> Result<bool, ApiError> {
    let Some(thinking) = object.get("thinking") else { return Ok(false) };
    match kind(thinking) {
        Some("disabled") => Ok(false),
        Some("adaptive") => Ok(true),
        Some("enabled") => {
            let budget = thinking.get("budget_tokens").and_then(Value::as_u64);
            match budget {
                None => Err(required("thinking.enabled.budget_tokens")),
                Some(budget) if budget < 1024 => Err(ApiError::invalid(
                    "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
                )),
                Some(budget) if budget >= max_tokens => Err(ApiError::invalid(
                    "`max_tokens` must be greater than `thinking.budget_tokens`.",
                )),
                Some(_) => Ok(true),
            }
        }
        _ => Err(ApiError::invalid(
            "thinking: Input tag found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'",
        )),
    }
}

fn tools(
    object: &Map<String, Value>,
    server_tools: Option<StatusCode>,
) -> Result<Vec<Tool>, ApiError> {
    let list = match object.get("tools") {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(ApiError::invalid("tools: Input should be a valid list")),
    };
    let mut tools = Vec::new();
    for (index, tool) in list.iter().enumerate() {
        match kind(tool) {
            None | Some("custom") => {}
            Some(server_tool) => {
                if let Some(status) = server_tools {
                    return Err(ApiError::new(
                        status,
                        format!(
                            "tools.{index}.type: Input should be 'custom', not {server_tool:?}"
                        ),
                    ));
                }
                continue;
            }
        }
        let Some(name) = tool.get("name").and_then(Value::as_str) else {
            return Err(required(&format!("tools.{index}.custom.name")));
        };
        let valid = (1..=128).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !valid {
            return Err(ApiError::invalid(format!(
                "tools.{index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
            )));
        }
        let schema = match tool.get("input_schema") {
            None => return Err(required(&format!("tools.{index}.custom.input_schema"))),
            Some(schema) if kind(schema) == Some("object") => schema.clone(),
            Some(_) => {
                return Err(ApiError::invalid(format!(
                    "tools.{index}.custom.input_schema.type: Input should be 'object'"
                )));
            }
        };
        if tools.iter().any(|other: &Tool| other.name == name) {
            return Err(ApiError::invalid("tools: Tool names must be unique."));
        }
        tools.push(Tool {
            name: name.to_owned(),
            description: tool
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            input_schema: schema,
        });
    }
    Ok(tools)
}

fn tool_choice(object: &Map<String, Value>, tools: &[Tool]) -> Result<ToolChoice, ApiError> {
    let Some(choice) = object.get("tool_choice") else { return Ok(ToolChoice::Auto) };
    if !object.contains_key("tools") {
        return Err(ApiError::invalid("tool_choice may only be specified while providing tools."));
    }
    match kind(choice) {
        Some("auto") => Ok(ToolChoice::Auto),
        Some("any") => Ok(ToolChoice::Any),
        Some("none") => Ok(ToolChoice::None),
        Some("tool") => match choice.get("name").and_then(Value::as_str) {
            Some(name) if tools.iter().any(|tool| tool.name == name) => {
                Ok(ToolChoice::Tool(name.to_owned()))
            }
            Some(name) => Err(ApiError::invalid(format!(
                "tool_choice.name: Tool '{name}' not found in provided tools"
            ))),
            None => Err(required("tool_choice.tool.name")),
        },
        _ => Err(ApiError::invalid(
            "tool_choice: Input tag found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'",
        )),
    }
}

fn stop_sequences(object: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    match object.get("stop_sequences") {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .iter()
            .enumerate()
            .map(|(index, item)| match item.as_str() {
                Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
                Some(_) => Err(ApiError::invalid(
                    "stop_sequences: each stop sequence must contain non-whitespace",
                )),
                None => Err(ApiError::invalid(format!(
                    "stop_sequences.{index}: Input should be a valid string"
                ))),
            })
            .collect(),
        Some(_) => Err(ApiError::invalid("stop_sequences: Input should be a valid list")),
    }
}

fn kind(value: &Value) -> Option<&str> {
    value.get("type")?.as_str()
}

fn required(field: &str) -> ApiError {
    ApiError::invalid(format!("{field}: Field required"))
}

fn integer(object: &Map<String, Value>, field: &str) -> Result<Option<u64>, ApiError> {
    match object.get(field) {
        None => Ok(None),
        Some(value) => {
            value.as_u64().or_else(|| value.as_i64().map(|_| 0)).map(Some).ok_or_else(|| {
                ApiError::invalid(format!("{field}: Input should be a valid integer"))
            })
        }
    }
}

fn boolean(object: &Map<String, Value>, field: &str) -> Result<Option<bool>, ApiError> {
    match object.get(field) {
        None => Ok(None),
        Some(value) => value
            .as_bool()
            .map(Some)
            .ok_or_else(|| ApiError::invalid(format!("{field}: Input should be a valid boolean"))),
    }
}

fn range(object: &Map<String, Value>, field: &str, least: f64, most: f64) -> Result<(), ApiError> {
    match object.get(field).map(Value::as_f64) {
        None => Ok(()),
        Some(Some(number)) if (least..=most).contains(&number) => Ok(()),
        Some(Some(_)) => Err(ApiError::invalid(format!("{field}: range: {least}..{most}"))),
        Some(None) => Err(ApiError::invalid(format!("{field}: Input should be a valid number"))),
    }
}
