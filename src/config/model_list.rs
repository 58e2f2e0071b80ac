//! `available_models`: which models an organisation offers, in its order and
//! under its names.

use crate::json::{Json, Kind, write};

use super::list;

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

/// The models that a value of `available_models` offers, in their order.
#[must_use]
pub fn read(value: &str) -> Vec<OfferedModel> {
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

/// The models that an organisation offers, in its order and under its names, of
/// those that were found: `[{id,displayName,source,verdict}]`. What it names
/// besides is offered as it wrote it. All that were found, where it says nothing
/// that can be offered.
#[must_use]
pub fn offer(value: &str, found: Json<'_>) -> String {
    let offered = read(value);
    if offered.is_empty() {
        return found.raw().to_owned();
    }
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        for entry in offered {
            let is = |test: &dyn Fn(&str) -> bool| {
                found.elements().find(|model| model.text("id").is_some_and(|id| test(&id)))
            };
            let same = is(&|id| id.eq_ignore_ascii_case(&entry.id));
            let model = same.or_else(|| is(&|id| entry.is(id)));
            let text = |name, otherwise: &str| {
                model.and_then(|model| model.text(name)).unwrap_or_else(|| otherwise.to_owned())
            };
            let label = entry.label.clone().unwrap_or_else(|| text("displayName", &entry.id));
            let mut object = list.object();
            object.string("id", &text("id", &entry.id));
            object.string("displayName", &label);
            object.string("source", &text("source", "configured"));
            object.string("verdict", &text("verdict", "unknown"));
        }
    }
    out
}

/// What is wrong with an entry.
pub(super) fn fault(entry: Json<'_>) -> Option<&'static str> {
    let id = if entry.kind() == Kind::Object { entry.get("id") } else { Some(entry) };
    (!list::is_text(id)).then_some("neither an id nor an object with one; skipped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_labels_are_the_administrators() {
        let models =
            read(r#"["claude-b", {"id":"prod-a","label":"A"}, 5, {"label":"x"}, "CLAUDE-B", ""]"#);
        let ids: Vec<_> =
            models.iter().map(|model| (model.id.as_str(), model.label.as_deref())).collect();
        assert_eq!(ids, [("claude-b", None), ("prod-a", Some("A"))]);
        assert_eq!(read("a, b")[1].id, "b");
        for nothing in ["[", "{}", "[]", ","] {
            assert_eq!(read(nothing), [], "{nothing}");
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

    #[test]
    fn what_is_offered_of_what_was_found() {
        let found = r#"[{"id":"claude-a-20250101","displayName":"Claude A","source":"listed","verdict":"usable"},{"id":"claude-c","displayName":"C","source":"listed","verdict":"usable"}]"#;
        let found = Json::parse(found, 8).unwrap();
        let offered = offer(r#"["own-model",{"id":"claude-a","label":"A"}]"#, found);
        assert_eq!(
            offered,
            r#"[{"id":"own-model","displayName":"own-model","source":"configured","verdict":"unknown"},{"id":"claude-a-20250101","displayName":"A","source":"listed","verdict":"usable"}]"#
        );
        assert_eq!(offer("[]", found), found.raw());
    }
}
