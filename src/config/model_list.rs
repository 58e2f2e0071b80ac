//! `available_models`: which models an organisation offers, in its order and
//! under its names.

use crate::json::splice::{self, Edit};
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

/// The model that an object names, params or settings, where a value of
/// `available_models` forbids it: where it offers any, and not that one.
#[must_use]
pub fn forbidden(value: &str, named: &str) -> Option<String> {
    let model = Json::parse_object(named)?.text("model").filter(|model| !model.is_empty())?;
    let offered = read(value);
    let is_offered = offered.is_empty() || offered.iter().any(|entry| entry.is(&model));
    (!is_offered).then_some(model)
}

/// The models that an organisation offers of those that were found
/// (`[{id,displayName,source,verdict,…}]`), in its order and under its names,
/// those that can't be used behind the others. What it names besides is offered
/// as it wrote it; not in Outlook, where an organisation may only narrow what
/// the products allow. All that were found, where it says nothing that can be
/// offered.
#[must_use]
pub fn offer(value: &str, found: Json<'_>, in_outlook: bool) -> String {
    let offered = read(value);
    if offered.is_empty() {
        return found.raw().to_owned();
    }
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for entry in offered {
        let named = |test: &dyn Fn(&str) -> bool, fits: &dyn Fn(Json<'_>) -> bool| {
            found
                .elements()
                .find(|model| model.text("id").is_some_and(|id| test(&id)) && fits(*model))
        };
        let (exactly, by_form) =
            (|id: &str| id.eq_ignore_ascii_case(&entry.id), |id: &str| entry.is(id));
        // One that can be used under another form of its name is better than
        // the name as written, which a provider may not know.
        let model = named(&exactly, &can_begin)
            .or_else(|| named(&by_form, &can_begin))
            .or_else(|| named(&exactly, &|_| true))
            .or_else(|| named(&by_form, &|_| true));
        match model {
            Some(model) if can_begin(model) => first.push(labelled(model, &entry)),
            Some(model) => last.push(labelled(model, &entry)),
            None if in_outlook => {}
            None => first.push(unseen(&entry)),
        }
    }
    if first.is_empty() && last.is_empty() {
        return found.raw().to_owned();
    }
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        for model in first.into_iter().chain(last) {
            list.element().push_str(&model);
        }
    }
    out
}

/// Whether a pane can begin with a model that was found.
fn can_begin(model: Json<'_>) -> bool {
    let verdict = model.text("verdict").unwrap_or_default();
    !matches!(&*verdict, "no-access" | "not-routed") && model.get("unsupported").is_none()
}

/// A model that was found, under the administrator's name for it.
fn labelled(model: Json<'_>, entry: &OfferedModel) -> String {
    let Some(label) = &entry.label else { return model.raw().to_owned() };
    let mut name = String::new();
    write::push_string(&mut name, label);
    let edits = [Edit::Set("displayName", Json::written(&name))];
    splice::apply(model, &edits).unwrap_or_default()
}

/// A model that nobody has found.
fn unseen(entry: &OfferedModel) -> String {
    let mut out = String::new();
    let mut object = write::Object::new(&mut out);
    object.string("id", &entry.id);
    object.string("displayName", entry.label.as_deref().unwrap_or(&entry.id));
    object.string("source", "configured");
    object.string("verdict", "unknown");
    drop(object);
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
    fn a_list_forbids_what_it_does_not_offer() {
        let opus = r#"[{"id":"claude-opus-4-5","label":"Opus"}]"#;
        for (list, model, is_forbidden) in [
            ("[]", "anything", false),
            ("[5]", "anything", false),
            ("claude-a, claude-opus-4-5", "Claude-A", false),
            (opus, "us.anthropic.claude-opus-4-5-20251101-v1:0", false),
            (opus, "claude-opus-4-5-fast", true),
            ("claude-a", "claude-b", true),
            ("claude-a", "", false),
        ] {
            let named = format!(r#"{{"max_tokens":1,"model":"{model}"}}"#);
            let expected = is_forbidden.then_some(model);
            assert_eq!(forbidden(list, &named).as_deref(), expected, "{list} {model}");
        }
        for odd in ["", "[]", "{}", r#"{"model":5}"#, r#"{"model""#] {
            assert_eq!(forbidden("claude-a", odd), None, "{odd}");
        }
    }

    #[test]
    fn what_is_offered_of_what_was_found() {
        let found = r#"[{"id":"claude-a-20250101","displayName":"Claude A","source":"listed","verdict":"usable"},{"id":"claude-c","displayName":"C","source":"listed","verdict":"usable"}]"#;
        let found = Json::parse(found, 8).unwrap();
        let offered = offer(r#"["own-model",{"id":"claude-a","label":"A"}]"#, found, false);
        assert_eq!(
            offered,
            r#"[{"id":"own-model","displayName":"own-model","source":"configured","verdict":"unknown"},{"id":"claude-a-20250101","displayName":"A","source":"listed","verdict":"usable"}]"#
        );
        assert_eq!(offer("[]", found, false), found.raw());
        // In Outlook it may only narrow, and not down to nothing.
        let narrowed = offer(r#"["own-model",{"id":"claude-a","label":"A"}]"#, found, true);
        assert!(narrowed.contains("claude-a") && !narrowed.contains("own-model"), "{narrowed}");
        assert_eq!(offer("own-model", found, true), found.raw());
    }

    #[test]
    fn a_form_that_can_be_used_stands_for_a_name_that_the_provider_does_not_know() {
        let found = r#"[{"id":"claude-a","verdict":"not-routed"},{"id":"eu.anthropic.claude-a-20250101-v1:0","verdict":"no-access"},{"id":"us.anthropic.claude-a-20250101-v1:0","verdict":"usable"}]"#;
        let offered = offer("claude-a", Json::parse(found, 8).unwrap(), false);
        assert_eq!(offered, r#"[{"id":"us.anthropic.claude-a-20250101-v1:0","verdict":"usable"}]"#);
        let found = r#"[{"id":"claude-a-20250101","verdict":"no-access"},{"id":"claude-a","verdict":"not-routed"}]"#;
        let offered = offer("claude-a", Json::parse(found, 8).unwrap(), false);
        assert_eq!(offered, r#"[{"id":"claude-a","verdict":"not-routed"}]"#);
    }

    #[test]
    fn what_cannot_be_used_comes_last_and_says_why() {
        let found = r#"[{"id":"claude-b","verdict":"usable"},{"id":"claude-a","verdict":"no-access"},{"id":"claude-c","verdict":"usable","unsupported":"too-old","retiresAt":5}]"#;
        let offered = offer("claude-a, claude-c, claude-b", Json::parse(found, 8).unwrap(), false);
        assert_eq!(
            offered,
            r#"[{"id":"claude-b","verdict":"usable"},{"id":"claude-a","verdict":"no-access"},{"id":"claude-c","verdict":"usable","unsupported":"too-old","retiresAt":5}]"#
        );
    }
}
