//! `available_models`: which models an organisation offers, in its order and
//! under its names.

use crate::json::{Json, Kind};

use super::key::Key;
use super::list;
use super::merge::Configuration;

/// A model that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedModel {
    /// As the administrator wrote it: a provider's own form, or the canonical one.
    pub id: String,
    /// What people read instead.
    pub label: Option<String>,
}

impl OfferedModel {
    /// Whether a provider's id is this model: the same without regard to case,
    /// or a provider's form of it. `claude-opus-4-5` is also
    /// `us.anthropic.claude-opus-4-5-20251101-v1:0` and
    /// `claude-opus-4-5@20251101`, and isn't `claude-opus-4-5-fast`.
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        let (own, id) = (self.id.to_ascii_lowercase(), id.to_ascii_lowercase());
        own == id || canonical(&id) == own
    }
}

/// A provider's id without what providers put around it: a region and vendor in
/// front, a date and version behind.
fn canonical(id: &str) -> &str {
    let name = id.rsplit(['.', '/']).find(|part| part.starts_with("claude")).unwrap_or(id);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    // `-v1` of Bedrock, then the date.
    let name = match name.rsplit_once("-v") {
        Some((front, version)) if is_digits(version) => front,
        _ => name,
    };
    match name.rsplit_once('-') {
        Some((front, date)) if date.len() == 8 && is_digits(date) => front,
        _ => name,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The models that are offered, in their order; empty where nobody says so.
#[must_use]
pub fn read(configuration: &Configuration) -> Vec<OfferedModel> {
    let Some((value, _)) = configuration.get(Key::AvailableModels) else { return Vec::new() };
    let mut models: Vec<OfferedModel> = Vec::new();
    for entry in list::entries(&list::normalise(value)) {
        if fault(entry).is_some() {
            continue;
        }
        let id = entry.get("id").unwrap_or(entry).as_str().unwrap_or_default();
        let id = id.trim();
        if models.iter().all(|known| !known.id.eq_ignore_ascii_case(id)) {
            models.push(OfferedModel { id: id.to_owned(), label: entry.text("label") });
        }
    }
    models
}

/// What is wrong with an entry.
pub(super) fn fault(entry: Json<'_>) -> Option<&'static str> {
    let id = if entry.kind() == Kind::Object { entry.get("id") } else { Some(entry) };
    (!list::is_text(id)).then_some("neither an id nor an object with one; skipped")
}

#[cfg(test)]
mod tests {
    use super::super::merge::Values;
    use super::*;

    fn offered(value: &str) -> Vec<OfferedModel> {
        let mut values = Values::default();
        values.set(Key::AvailableModels, value);
        read(&Configuration::merge(values, Values::default(), Vec::new()))
    }

    #[test]
    fn order_and_labels_are_the_administrators() {
        let models = offered(
            r#"["claude-b", {"id":"prod-a","label":"A"}, 5, {"label":"x"}, "CLAUDE-B", ""]"#,
        );
        let ids: Vec<_> =
            models.iter().map(|model| (model.id.as_str(), model.label.as_deref())).collect();
        assert_eq!(ids, [("claude-b", None), ("prod-a", Some("A"))]);
        assert_eq!(offered("a, b")[1].id, "b");
        for nothing in ["[", "{}", "[]", ","] {
            assert_eq!(offered(nothing), [], "{nothing}");
        }
    }

    #[test]
    fn a_canonical_id_covers_the_providers_forms() {
        let model = OfferedModel { id: "Claude-Opus-4-5".to_owned(), label: None };
        for id in [
            "claude-opus-4-5",
            "claude-opus-4-5-20251101",
            "us.anthropic.claude-opus-4-5-20251101-v1:0",
            "anthropic.claude-opus-4-5-20251101-v1",
            "claude-opus-4-5@20251101",
            "bedrock/eu.anthropic.claude-opus-4-5-20251101-v1:0",
        ] {
            assert!(model.is(id), "{id}");
        }
        for id in ["claude-opus-4-6", "claude-opus-4", "claude-opus-4-5-fast", "opus", ""] {
            assert!(!model.is(id), "{id}");
        }
    }
}
