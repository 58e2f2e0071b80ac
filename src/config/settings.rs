//! The user layer: what somebody typed, as the page hands it over.

use crate::error::{Code, Failure};
use crate::json::{Json, Kind};
use crate::text;

use super::key::Key;
use super::merge::Values;

/// Reads a JSON object whose keys are the configuration's own names. Header
/// values may be an object or JSON text. An empty value takes back what was
/// typed before; of a secret it counts as not typed, since pages never show
/// the one that is kept.
///
/// # Errors
/// A key that the user can't set, or a value of the wrong type: a page that
/// mistypes a key would otherwise wonder why it has no effect.
pub fn read(text: &str) -> Result<Values, Failure> {
    let Some(object) = Json::parse_object(text) else {
        return Err(Failure::new(Code::InvalidArgument, "settings: not an object"));
    };
    let mut values = Values::default();
    for (name, value) in object.members() {
        let Some(key) = Key::from_name(&name).filter(|key| key.in_settings()) else {
            let name = text::cut(&name, 40);
            return Err(Failure::new(
                Code::InvalidArgument,
                format!("settings: \"{name}\" is not a setting"),
            ));
        };
        let text = match value.kind() {
            Kind::Null => continue,
            Kind::String => text::trim(&value.as_str().unwrap_or_default()).to_owned(),
            Kind::Object if key == Key::InferenceHeaders => value.raw().to_owned(),
            _ => {
                let message = format!("settings: the value of {} is not a string", key.name());
                return Err(Failure::new(Code::InvalidArgument, message));
            }
        };
        if !text.is_empty() || !key.is_secret() {
            values.set(key, text);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values() {
        let text = r#"{"gateway_url":" https://gw.example.com ","gateway_token":"","model":null,"inference_headers":{"x-a":"1"}}"#;
        let values = read(text).unwrap();
        assert_eq!(values.get(Key::GatewayUrl), Some("https://gw.example.com"));
        assert_eq!(values.get(Key::GatewayToken), None);
        assert_eq!(read(r#"{"model":" "}"#).unwrap().get(Key::Model), Some(""));
        assert_eq!(values.get(Key::InferenceHeaders), Some(r#"{"x-a":"1"}"#));
    }

    #[test]
    fn mistyped_settings_are_refused() {
        for text in
            ["[]", r#"{"gatewayUrl":"x"}"#, r#"{"auto_connect":"1"}"#, r#"{"gateway_url":5}"#]
        {
            assert_eq!(read(text).unwrap_err().code, Code::InvalidArgument, "{text}");
        }
    }
}
