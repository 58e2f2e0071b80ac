//! The models that a gateway lists, in either of the shapes that gateways
//! answer with.

use crate::json::{self, Json, Kind};
use crate::text;

/// A model that messages can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// As requests name it.
    pub id: String,
    /// As people read it.
    pub display_name: String,
    /// Who named it.
    pub source: ModelSource,
    /// What is known of it.
    pub verdict: Verdict,
}

/// Who named a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// The gateway's list.
    Listed,
    /// The settings.
    Configured,
    /// This version knows it, and it answered.
    Probed,
}

impl ModelSource {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Configured => "configured",
            Self::Probed => "probed",
        }
    }
}

/// What is known of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Listed, or it answered.
    Usable,
    /// It could not be asked at the time, for want of capacity.
    Unknown,
}

impl Verdict {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::Unknown => "unknown",
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Those that can be Claude.
    pub models: Vec<Model>,
    /// How many others were listed: gateways route many vendors' models.
    pub others: usize,
    /// After which model the next page begins, when there is one.
    pub next: Option<String>,
}

impl Page {
    /// Reads `{"data":[{"id":…}]}`, Anthropic's shape or OpenAI's, or a bare
    /// array. `None` when it is neither.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let json = Json::parse(text.trim(), json::DEFAULT_MAX_DEPTH).ok()?;
        let list = if json.kind() == Kind::Array { json } else { json.get("data")? };
        if list.kind() != Kind::Array {
            return None;
        }
        let mut page = Self::default();

        for entry in list.elements() {
            let Some(id) = entry.get("id").unwrap_or(entry).as_str() else { continue };
            let id = id.into_owned();
            if !names_claude(&id) {
                page.others += 1;
            } else if page.models.iter().all(|known| known.id != id) {
                page.models.push(Model {
                    display_name: entry.text("display_name").unwrap_or_else(|| id.clone()),
                    id,
                    source: ModelSource::Listed,
                    verdict: Verdict::Usable,
                });
            }
        }
        if json.get("has_more").and_then(|more| more.as_bool()) == Some(true) {
            page.next = json.text("last_id");
        }
        Some(page)
    }
}

/// Whether a name is one that gateways give to Claude's models.
fn names_claude(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    ["claude", "anthropic", "opus", "sonnet", "haiku", "fable", "mythos"]
        .iter()
        .any(|name| text::contains(&id, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(page: &Page) -> Vec<&str> {
        page.models.iter().map(|model| model.id.as_str()).collect()
    }

    #[test]
    fn both_shapes() {
        let anthropic = r#"{"data":[{"type":"model","id":"claude-opus-4-8","display_name":"Claude Opus 4.8","new":1}],"has_more":true,"last_id":"claude-opus-4-8"}"#;
        let page = Page::read(anthropic).unwrap();
        assert_eq!(page.models[0].display_name, "Claude Opus 4.8");
        assert_eq!(page.next.as_deref(), Some("claude-opus-4-8"));

        let openai = r#"{"object":"list","data":[{"id":"gpt-5","object":"model"},{"id":"bedrock/us.anthropic.claude-sonnet-4-6"},{"id":"Company-Sonnet"},{"id":"Company-Sonnet"},{"id":7}]}"#;
        let page = Page::read(openai).unwrap();
        assert_eq!(ids(&page), ["bedrock/us.anthropic.claude-sonnet-4-6", "Company-Sonnet"]);
        assert_eq!((page.others, page.next), (1, None));
    }

    #[test]
    fn other_answers_are_no_list() {
        for text in ["", "<html>", "{}", r#"{"data":{}}"#, "5"] {
            assert_eq!(Page::read(text), None, "{text}");
        }
        assert_eq!(Page::read(r#"{"data":[]}"#), Some(Page::default()));
        assert_eq!(ids(&Page::read(r#"["claude-a"]"#).unwrap()), ["claude-a"]);
    }
}
