//! A layer that arrives as a JSON object: attributes of the directory, or the
//! answer of a bootstrap endpoint.

use crate::json::{Json, Kind, write};
use crate::text;

use super::key::{Form, Key};
use super::merge::{Layer, Values};
use super::problem::{Problem, Severity};

/// How many names besides the keys a configuration may bring for templates.
const MOST_NAMES: usize = 64;

/// How long each of them and its value may be, in bytes. A directory's
/// attributes hold 256 characters.
const LONGEST: usize = 1_024;

/// What templates may name besides keys: other attributes of the directory,
/// other texts of the bootstrap answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<(String, String, Layer)>);

impl Names {
    /// The value of a name that lies on top, and its layer.
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<(&str, Layer)> {
        let (_, value, layer) = self.0.iter().rev().find(|(known, ..)| known == name)?;
        Some((value, *layer))
    }

    pub(super) fn add(&mut self, name: &str, value: &str, layer: Layer) {
        let fits = name.len() <= LONGEST && value.len() <= LONGEST;
        if fits && self.0.len() < MOST_NAMES && name.bytes().all(is_name) {
            self.0.push((name.to_owned(), value.to_owned(), layer));
        }
    }
}

/// What names in templates are made of.
pub(super) const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Takes the known keys out of an object, for
/// [`Connection::take_layer`](crate::connection::Connection::take_layer).
/// Values may be JSON of their own kind or, as in the manifest, text; unknown
/// members are left alone, and their texts may be named by templates.
pub fn read(object: Json<'_>, layer: Layer, problems: &mut Vec<Problem>) -> FetchedLayer {
    let mut values = Values::default();
    let mut names = Names::default();
    for (name, value) in object.members() {
        let Some(key) = Key::from_name(&name) else {
            if let Some(text) = value.as_str() {
                names.add(&name, text::trim(&text), layer);
            }
            continue;
        };
        let told = if !key.may_come_from(layer) {
            Some(("not-in-layer", "can't be set here; ignored"))
        } else {
            match (value.kind(), text_of(key, value)) {
                (Kind::Null, _) => None,
                (_, None) => Some(("wrong-type", "not of the type that it has to be; ignored")),
                (_, Some(text)) if text.is_empty() => Some(("empty-value", "empty; ignored")),
                (_, Some(text)) => {
                    values.set(key, text);
                    None
                }
            }
        };
        if let Some((id, message)) = told
            && problems.len() < MOST_NAMES
        {
            let message = text::join(&[key.name(), ": ", message], "");
            problems.push(Problem::new(id, Severity::Warning, key, Some(layer), message));
        }
    }
    FetchedLayer {
        values: write_texts(values.iter().map(|(key, value)| (key.name(), value))),
        names: write_texts(names.0.iter().map(|(name, value, _)| (name.as_str(), value.as_str()))),
    }
}

/// A layer as it crosses between the modules, secrets in the clear.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FetchedLayer {
    /// `{key:text}`
    pub values: String,
    /// What else templates may name: `{name:text}`
    pub names: String,
}

impl std::fmt::Debug for FetchedLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FetchedLayer(••••)")
    }
}

/// Texts by their names, as a JSON object.
fn write_texts<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    let mut object = write::Object::new(&mut out);
    for (name, text) in texts {
        object.string(name, text);
    }
    drop(object);
    out
}

/// A value as the manifest would have it.
fn text_of(key: Key, value: Json<'_>) -> Option<String> {
    let is_json = key.form() == Form::Json;
    match value.kind() {
        Kind::String => Some(text::trim(&value.as_str()?).to_owned()),
        Kind::Array | Kind::Object if is_json => Some(value.raw().to_owned()),
        Kind::Bool if matches!(key, Key::AutoConnect | Key::EntraSso | Key::Allow1p) => {
            Some(if value.as_bool() == Some(true) { "1" } else { "0" }.to_owned())
        }
        Kind::Number if !is_json => Some(value.raw().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_their_own_kind_and_texts_mean_the_same() {
        let text = r#"{"gateway_url":" https://gw.example.com ","inference_headers":{"x-a":"1"},
            "mcp_servers":"[]","available_models":["m"],"bootstrap_expires_at":1.79e9,"model":"x",
            "entra_sso":"1","gateway_token":"","gcp_region":null,"gcp_project_id":["a"],"team":"red",
            "__proto__":"p","constructor":{},"with space":"x"}"#;
        let mut problems = Vec::new();
        let read = read(Json::parse_object(text).unwrap(), Layer::Bootstrap, &mut problems);
        let values = Json::parse_object(&read.values).unwrap();
        for (key, value) in [
            (Key::GatewayUrl, Some("https://gw.example.com")),
            (Key::InferenceHeaders, Some(r#"{"x-a":"1"}"#)),
            (Key::McpServers, Some("[]")),
            (Key::AvailableModels, Some(r#"["m"]"#)),
            (Key::BootstrapExpiresAt, Some("1.79e9")),
            (Key::Model, None),
            (Key::EntraSso, None),
            (Key::GatewayToken, None),
            (Key::GcpRegion, None),
            (Key::GcpProjectId, None),
        ] {
            assert_eq!(values.text(key.name()).as_deref(), value, "{key:?}");
        }
        assert_eq!(read.names, r#"{"team":"red","__proto__":"p"}"#);
        let ids: Vec<_> = problems.iter().map(|problem| (problem.id, problem.key)).collect();
        let expected = [
            ("not-in-layer", Key::Model),
            ("not-in-layer", Key::EntraSso),
            ("empty-value", Key::GatewayToken),
            ("wrong-type", Key::GcpProjectId),
        ];
        assert_eq!(ids, expected);
    }

    #[test]
    fn names_have_a_limit() {
        let mut names = Names::default();
        for number in 0..100 {
            names.add(&format!("n{number}"), "v", Layer::Attributes);
        }
        names.add("long", &"v".repeat(LONGEST + 1), Layer::Attributes);
        assert!(names.get("n63").is_some() && names.get("n64").is_none());
    }
}
