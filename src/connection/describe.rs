//! A connection in words that may be shown: JSON for the page, secrets masked.

use crate::config::{Key, Problem, gateway, headers};
use crate::http::Request;
use crate::json::splice::{self, Edit};
use crate::json::{Json, write};
use crate::provider::server_tools::ServerTools;
use crate::secret::Secret;

use super::state::Connection;

impl Connection {
    /// `{"values":{key:{value,layer,secret}},"problems":[…]}`
    #[must_use]
    pub fn describe_configuration(&self) -> String {
        let mut out = String::new();
        {
            let mut description = write::Object::new(&mut out);
            {
                let mut values = description.object("values");
                for (key, value, layer) in self.configuration().iter() {
                    let mut entry = values.object(key.name());
                    entry.string("value", &self.shown_in_force(key, value));
                    entry.string("layer", layer.as_str());
                    entry.bool("secret", key.is_secret());
                }
            }
            let mut problems = description.array("problems");
            for problem in self.configuration().problems() {
                describe_problem(&mut problems, problem);
            }
        }
        out
    }

    /// As [`shown`], an address as its format uses it.
    fn shown_in_force(&self, key: Key, value: &str) -> String {
        match gateway::base_in(self.configuration(), value) {
            Ok((base, _)) if key == Key::GatewayUrl => base.to_string(),
            _ => shown(key, value),
        }
    }

    /// `{provider,format,webSearch,codeExecution,streaming,countTokens,listsModels,outlook,notices}`
    /// of the provider that answered, by what it was found to do.
    #[must_use]
    pub fn describe_capabilities(&self) -> Option<String> {
        let provider = self.provider().ok()?;
        let refused = provider.refused_tools().get();
        let unavailable = Json::written("\"unavailable\"");
        let mut edits = Vec::new();
        for (tool, name) in
            [(ServerTools::WEB_SEARCH, "webSearch"), (ServerTools::CODE_EXECUTION, "codeExecution")]
        {
            if !refused.among(tool).is_empty() {
                edits.push(Edit::Set(name, unavailable));
            }
        }
        splice::apply(Json::written(provider.capabilities().told), &edits)
    }

    /// As [`describe_models`].
    #[must_use]
    pub fn describe_models(&self) -> String {
        describe_models(self.models())
    }
}

/// Adds `{id,severity,keys,layer?,otherLayer?,message}`.
pub fn describe_problem(list: &mut write::Array<'_>, problem: &Problem) {
    let mut entry = list.object();
    entry.string("id", problem.id);
    entry.string("severity", problem.severity.as_str());
    {
        let mut keys = entry.array("keys");
        keys.string(problem.key.name());
        if let Some((other, _)) = problem.other {
            keys.string(other.name());
        }
    }
    if let Some(layer) = problem.layer {
        entry.string("layer", layer.as_str());
    }
    if let Some((_, Some(other))) = problem.other {
        entry.string("otherLayer", other.as_str());
    }
    entry.string("message", &problem.message);
}

/// A value as it may be shown: a secret masked, an address as it is used.
pub(crate) fn shown(key: Key, value: &str) -> String {
    match key {
        Key::InferenceHeaders => headers::shown(value),
        Key::BootstrapUrl | Key::OtlpEndpoint => without_secrets(value),
        _ if key.is_secret() => Secret::new(value).masked(),
        Key::GatewayUrl => match gateway::read_base(value) {
            Ok((base, _)) => base.to_string(),
            Err(_) => without_secrets(value),
        },
        _ => value.to_owned(),
    }
}

/// An address that can't be used may hold a password or a key in its query.
fn without_secrets(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    match address.bytes().rposition(|b| b == b'@') {
        Some(at) => "••••".to_owned() + address.get(at..).unwrap_or_default(),
        None => address.to_owned(),
    }
}

/// `[{id,displayName,source,verdict,unsupported?,retiresAt?}]`
#[must_use]
pub fn describe_models(models: &[crate::provider::Model]) -> String {
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        for model in models {
            let mut entry = list.object();
            entry.string("id", &model.id);
            entry.string("displayName", &model.display_name);
            entry.string("source", model.source.as_str());
            entry.string("verdict", model.verdict.as_str());
            if let Some(rule) = model.breaks {
                entry.string("unsupported", rule.as_str());
            }
            if let Some(ends_ms) = model.ends_ms {
                entry.number("retiresAt", ends_ms);
            }
        }
    }
    out
}

/// `{method,url,headers,body}` of a request, secrets masked.
#[must_use]
pub fn describe_request(request: &Request) -> String {
    let mut out = String::new();
    {
        let mut description = write::Object::new(&mut out);
        description.string("method", request.method().as_str());
        description.string("url", request.url().as_str());
        {
            let mut headers = description.object("headers");
            for (name, value) in request.headers() {
                headers.string(name.as_str(), &value.masked());
            }
        }
        description.string("body", request.body().unwrap_or_default());
    }
    out
}
