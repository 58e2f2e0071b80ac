//! A connection in words that may be shown: JSON for the page, secrets masked.

use crate::config::provider::ApiFormat;
use crate::config::{Key, Kind, gateway, headers};
use crate::http::Request;
use crate::json::write;
use crate::provider::capabilities::{Capabilities, capabilities};
use crate::provider::server_tools::{Offer, ServerTools};
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
                let mut entry = problems.object();
                entry.string("id", problem.id);
                entry.string("severity", problem.severity.as_str());
                entry.array("keys").string(problem.key.name());
                if let Some(layer) = problem.layer {
                    entry.string("layer", layer.as_str());
                }
                entry.string("message", &problem.message);
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

    /// [`describe_capabilities`] of the provider that answered, by what it was
    /// found to do.
    #[must_use]
    pub fn describe_capabilities(&self) -> Option<String> {
        let provider = self.provider().ok()?;
        let settings = provider.settings();
        let (row, offer) = (provider.capabilities(), provider.offer().get());
        Some(describe_capabilities(settings.kind, settings.format, row, offer))
    }

    /// As [`describe_models`].
    #[must_use]
    pub fn describe_models(&self) -> String {
        describe_models(self.models())
    }
}

/// A value as it may be shown: a secret masked, an address as it is used.
pub(crate) fn shown(key: Key, value: &str) -> String {
    match key {
        Key::InferenceHeaders => headers::shown(value),
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

/// [`describe_capabilities`] of a provider by its word, and a gateway's format
/// by its own; nothing where there is no such word.
#[must_use]
pub fn capabilities_of(provider: &str, format: &str) -> Option<String> {
    let kind = Kind::from_word(provider)?;
    let format = ApiFormat::of(kind, format)?;
    let row = capabilities(kind, format, None);
    Some(describe_capabilities(kind, format, row, Offer::by_table(row)))
}

/// `{provider,format,webSearch,codeExecution,streaming,countTokens,listsModels,outlook,notices}`
fn describe_capabilities(
    kind: Kind,
    format: ApiFormat,
    row: &Capabilities,
    offer: Offer,
) -> String {
    let mut out = String::new();
    let mut separator = '{';
    for (name, word) in [
        ("provider", kind.as_str()),
        ("format", format.as_str()),
        ("webSearch", offer.support(ServerTools::WEB_SEARCH).as_str()),
        ("codeExecution", offer.support(ServerTools::CODE_EXECUTION).as_str()),
    ] {
        out.push(separator);
        write::push_string(&mut out, name);
        out.push(':');
        write::push_string(&mut out, word);
        separator = ',';
    }
    out.push(',');
    out.push_str(row.told);
    out.push('}');
    out
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
