//! A layer that arrives as a JSON object: attributes of the directory, or the
//! answer of a bootstrap endpoint.

use crate::json::{Json, Kind};
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

    /// Forgets what a layer brought.
    pub fn forget(&mut self, layer: Layer) {
        self.0.retain(|(.., of)| *of != layer);
    }

    fn add(&mut self, name: &str, value: &str, layer: Layer) {
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

/// Takes the known keys out of an object. Values may be JSON of their own
/// kind or, as in the manifest, text; unknown members are left alone, and
/// their texts may be named by templates.
#[must_use]
pub fn read(
    object: Json<'_>,
    layer: Layer,
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> Values {
    let mut values = Values::default();
    for (name, value) in object.members() {
        let Some(key) = Key::from_name(&name) else {
            if let Some(text) = value.as_str() {
                names.add(&name, text.trim(), layer);
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
        if let Some((id, message)) = told {
            let message = text::join(&[key.name(), ": ", message], "");
            problems.push(Problem::new(id, Severity::Warning, key, Some(layer), message));
        }
    }
    values
}

/// A value as the manifest would have it.
fn text_of(key: Key, value: Json<'_>) -> Option<String> {
    let is_json = key.form() == Form::Json;
    match value.kind() {
        Kind::String => Some(value.as_str()?.trim().to_owned()),
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

    fn read_text(text: &str, layer: Layer) -> (Values, Names, Vec<Problem>) {
        let (mut names, mut problems) = (Names::default(), Vec::new());
        let object = Json::parse_object(text).unwrap();
        let values = read(object, layer, &mut names, &mut problems);
        (values, names, problems)
    }

    #[test]
    fn values_of_their_own_kind_and_texts_mean_the_same() {
        let text = r#"{"gateway_url":" https://gw.example.com ","inference_headers":{"x-a":"1"},
            "mcp_servers":"[]","available_models":["m"],"bootstrap_expires_at":1.79e9,"model":"x",
            "entra_sso":"1","gateway_token":"","gcp_region":null,"gcp_project_id":["a"],"team":"red",
            "__proto__":"p","constructor":{},"with space":"x"}"#;
        let (values, names, problems) = read_text(text, Layer::Bootstrap);
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
            assert_eq!(values.get(key), value, "{key:?}");
        }
        assert_eq!(names.get("team"), Some(("red", Layer::Bootstrap)));
        assert_eq!(names.get("__proto__"), Some(("p", Layer::Bootstrap)));
        assert_eq!((names.get("with space"), names.get("constructor")), (None, None));
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
        names.forget(Layer::Attributes);
        assert_eq!(names, Names::default());
    }
}
