//! What an organisation allows: `disabled_features` and `access_policies`.

use crate::http::percent;
use crate::json::{Json, Kind};
use crate::text;

use super::list;

/// What is known of a document's sensitivity label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Label {
    /// It can't be read, or nobody looked.
    #[default]
    Unreadable,
    /// The document has none.
    None,
    /// Its GUID and its name, each where it is known.
    Known {
        /// In any case.
        guid: Option<String>,
        /// As the labelling client wrote it.
        name: Option<String>,
    },
}

/// A document that something is to be done with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// `open_file` or `uploaded_file`.
    pub kind: String,
    /// Its label.
    pub label: Label,
    /// Its path or address, as Office tells it.
    pub path: Option<String>,
}

impl Resource {
    /// Reads `{type, label?: {guid?, name?} | null, path?}`. A label that is
    /// missing is one that could not be read.
    #[must_use]
    pub fn read(resource: Json<'_>) -> Option<Self> {
        let label = match resource.get("label") {
            None => Label::Unreadable,
            Some(label) if label.is_null() => Label::None,
            Some(label) => match (label.text("guid"), label.text("name")) {
                (None, None) => Label::Unreadable,
                (guid, name) => Label::Known { guid, name },
            },
        };
        Some(Self { kind: resource.text("type")?, label, path: resource.text("path") })
    }
}

/// Whether an action is allowed, on a document or in general, by the values of
/// `disabled_features` and `access_policies`.
///
/// A feature that is switched off isn't. Of the statements that name the
/// action, one that denies beats one that allows; where one allows, what none
/// allows is denied; and a label that can't be read is taken for one that is
/// denied. Statements about documents say nothing in general.
#[must_use]
pub fn allows(features: &str, policies: &str, action: &str, resource: Option<&Resource>) -> bool {
    let features = list::normalise(features);
    let disabled = list::entries(&features)
        .any(|feature| feature.as_str().is_some_and(|name| is(&name, action)));
    if disabled {
        return false;
    }
    let statements = list::normalise(policies);
    let (mut listed, mut allowed) = (false, false);
    for statement in list::entries(&statements) {
        if statement_fault(statement).is_some_and(|fault| fault != UNKNOWN)
            || !names(statement, action)
        {
            continue;
        }
        let matched = match (statement.get("resource"), resource) {
            (None, _) => Some(true),
            (Some(wanted), Some(resource))
                if wanted.text("type") == Some(resource.kind.clone()) =>
            {
                matches(wanted, resource)
            }
            _ => continue,
        };
        let denies = statement.text("effect").as_deref() == Some("deny");
        match matched {
            None => return false,
            Some(true) if denies => return false,
            Some(matched) if !denies => {
                listed = true;
                allowed |= matched;
            }
            Some(_) => {}
        }
    }
    allowed || !listed
}

/// Whether a name as an administrator wrote it is an action's: what is to be
/// switched off must not stay on for a capital or a blank.
fn is(name: &str, action: &str) -> bool {
    name.trim().eq_ignore_ascii_case(action)
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| is(name, known))
}

/// Whether a statement is about an action.
fn names(statement: Json<'_>, action: &str) -> bool {
    let actions = statement.get("action").unwrap_or(Json::NULL);
    let named = |slug: Json<'_>| slug.as_str().is_some_and(|slug| is(&slug, action));
    named(actions) || actions.elements().any(named)
}

/// Whether one of the identifiers is the document's; `None` where that depends
/// on a label that can't be read.
fn matches(wanted: Json<'_>, resource: &Resource) -> Option<bool> {
    let mut unreadable = false;
    for identifier in wanted.get("identifiers").unwrap_or(Json::NULL).elements() {
        let kind = identifier.text("type").unwrap_or_default();
        let own = match (&resource.label, kind.as_str()) {
            (_, "file_path") => match &resource.path {
                Some(path) => path.as_str(),
                None => continue,
            },
            (Label::Unreadable, _) => {
                unreadable = true;
                continue;
            }
            (label, _) => {
                let (has, text) = match label {
                    Label::Known { guid, .. } if kind == "mip_label_guid" => (true, guid),
                    Label::Known { name, .. } => (true, name),
                    _ => (false, &None),
                };
                if let Some(exists) = identifier.get("exists") {
                    if exists.as_bool() == Some(has) {
                        return Some(true);
                    }
                    continue;
                }
                match text {
                    Some(text) => text.as_str(),
                    // The label is there, and what it is asked for isn't known.
                    None => {
                        unreadable |= has;
                        continue;
                    }
                }
            }
        };
        if is_identified(identifier, &kind, own) {
            return Some(true);
        }
    }
    if unreadable { None } else { Some(false) }
}

fn is_identified(identifier: Json<'_>, kind: &str, own: &str) -> bool {
    let as_compared = |text: &str| match kind {
        "mip_label_guid" => text.to_ascii_lowercase(),
        "file_path" => path_as_compared(text),
        _ => text.to_owned(),
    };
    let own = as_compared(own);
    let operand = |operator| identifier.text(operator).map(|text| as_compared(&text));
    operand("equals").is_some_and(|text| own == text)
        || operand("startsWith").is_some_and(|text| own.starts_with(&text))
        || operand("endsWith").is_some_and(|text| own.ends_with(&text))
}

/// A path with its letters in lower case and one kind of separator; a `file:`
/// address as the path that it names.
fn path_as_compared(path: &str) -> String {
    let lower = path.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix("file:") {
        let rest = rest.strip_prefix("///").unwrap_or(rest);
        let decoded = percent::decode(rest);
        return String::from_utf8_lossy(&decoded).into_owned();
    }
    if text::contains(&lower, "://") { lower } else { text::replace(&lower, "\\", "/") }
}

/// The actions that products know today.
const KNOWN: [&str; 4] = ["addin.access", "file.upload", "skills.authoring", "thumbs"];

/// What is told of an action that isn't among them: a page may still ask for it.
const UNKNOWN: &str = "it names a feature that is not known here";

/// What is wrong with an entry of `disabled_features`.
pub(super) fn feature_fault(entry: Json<'_>) -> Option<&'static str> {
    match entry.as_str() {
        None => Some("not a string; skipped"),
        Some(name) if is_known(&name) => None,
        Some(_) => Some(UNKNOWN),
    }
}

/// What is wrong with an entry of `access_policies`.
pub(super) fn statement_fault(statement: Json<'_>) -> Option<&'static str> {
    let effect = statement.text("effect").unwrap_or_default();
    if !matches!(effect.as_str(), "allow" | "deny") {
        return Some("its effect is neither allow nor deny; skipped");
    }
    let action = statement.get("action").unwrap_or(Json::NULL);
    let one = [action];
    let mut known = true;
    let mut count = 0;
    for slug in action.elements().chain(one.into_iter().filter(|one| one.kind() != Kind::Array)) {
        count += 1;
        match slug.as_str() {
            Some(slug) if !slug.trim().is_empty() => known &= is_known(&slug),
            _ => return Some("its action is not the name of a feature; skipped"),
        }
    }
    if count == 0 {
        return Some("its action is not the name of a feature; skipped");
    }
    if let Some(resource) = statement.get("resource")
        && let Some(fault) = resource_fault(resource)
    {
        return Some(fault);
    }
    (!known).then_some(UNKNOWN)
}

fn resource_fault(resource: Json<'_>) -> Option<&'static str> {
    let kind = resource.text("type").unwrap_or_default();
    if !matches!(kind.as_str(), "open_file" | "uploaded_file") {
        return Some("its resource is neither open_file nor uploaded_file; skipped");
    }
    let identifiers = resource.get("identifiers").unwrap_or(Json::NULL);
    if identifiers.kind() != Kind::Array {
        return Some("its resource has no list of identifiers; skipped");
    }
    for identifier in identifiers.elements() {
        let operators: &[&str] = match identifier.text("type").as_deref() {
            Some("mip_label_guid") => &["equals", "exists"],
            Some("mip_label_name") => &["equals", "startsWith", "endsWith", "exists"],
            Some("file_path") if kind == "open_file" => &["equals", "startsWith"],
            Some("file_path") => return Some("uploaded files have no file_path; skipped"),
            _ => return Some("an identifier is of no known type; skipped"),
        };
        let mut given = 0;
        for operator in ["equals", "startsWith", "endsWith", "exists"] {
            let Some(operand) = identifier.get(operator) else { continue };
            let wanted = if operator == "exists" { Kind::Bool } else { Kind::String };
            if operand.kind() != wanted || !operators.contains(&operator) {
                return Some("an identifier has an operator that it can't have; skipped");
            }
            given += 1;
        }
        if given != 1 {
            return Some("an identifier needs exactly one operator; skipped");
        }
    }
    None
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
