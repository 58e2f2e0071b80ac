//! The models that a gateway lists, in either of the shapes that gateways
//! answer with.

use crate::date;
use crate::json::{self, Json, Kind};
use crate::text;

use super::rules::{self, Rule};

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
    /// The products' rule that it doesn't meet, where its name tells.
    pub breaks: Option<Rule>,
    /// When it ends, in milliseconds since 1970, where that is known.
    pub ends_ms: Option<u64>,
}

impl Model {
    /// A model, judged by its id, which stands for a name that it lacks.
    #[must_use]
    pub fn new(
        id: String,
        display_name: Option<String>,
        source: ModelSource,
        verdict: Verdict,
        in_outlook: bool,
    ) -> Self {
        let breaks = rules::broken_by(&id, in_outlook);
        let ends_ms = rules::ends_ms(&id);
        let display_name = display_name.unwrap_or_else(|| id.clone());
        Self { id, display_name, source, verdict, breaks, ends_ms }
    }

    /// Whether a pane would begin with it.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.breaks.is_none() && !matches!(self.verdict, Verdict::NotRouted | Verdict::NoAccess)
    }
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
    /// It is there, and the quota for it is used up, or none was granted.
    NoQuota,
    /// It could not be asked at the time, for want of capacity.
    Unknown,
    /// It is there for others: the credential may not use it.
    NoAccess,
    /// The provider has nothing under its name.
    NotRouted,
}

impl Verdict {
    /// The verdict of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Usable, Self::NoQuota, Self::Unknown, Self::NoAccess, Self::NotRouted]
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
    }

    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usable => "usable",
            Self::NoQuota => "no-quota",
            Self::Unknown => "unknown",
            Self::NoAccess => "no-access",
            Self::NotRouted => "not-routed",
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
    /// array, of what this version found itself too. `None` when it is neither.
    #[must_use]
    pub fn read(text: &str, in_outlook: bool) -> Option<Self> {
        let json = Json::parse(text.trim(), json::DEFAULT_MAX_DEPTH).ok()?;
        let list = if json.kind() == Kind::Array { json } else { json.get("data")? };
        if list.kind() != Kind::Array {
            return None;
        }
        let mut page = Self::default();

        for entry in list.elements() {
            let Some(id) = entry.get("id").unwrap_or(entry).as_str() else { continue };
            let id = id.into_owned();
            let verdict = entry.text("verdict").and_then(|word| Verdict::from_word(&word));
            if verdict.is_none() && !names_claude(&id) {
                page.others += 1;
            } else if page.models.iter().all(|known| known.id != id) {
                let name = entry.text("display_name").or_else(|| entry.text("displayName"));
                let verdict = verdict.unwrap_or(Verdict::Usable);
                let mut model = Model::new(id, name, ModelSource::Listed, verdict, in_outlook);
                let ends = entry.text("retires_at").and_then(|text| date::parse_iso(&text));
                model.ends_ms = ends.map(|seconds| seconds * 1_000).or(model.ends_ms);
                page.models.push(model);
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
        let page = Page::read(anthropic, false).unwrap();
        assert_eq!(page.models[0].display_name, "Claude Opus 4.8");
        assert_eq!(page.next.as_deref(), Some("claude-opus-4-8"));

        let openai = r#"{"object":"list","data":[{"id":"gpt-5","object":"model"},{"id":"bedrock/us.anthropic.claude-sonnet-4-6"},{"id":"Company-Sonnet"},{"id":"Company-Sonnet"},{"id":7}]}"#;
        let page = Page::read(openai, false).unwrap();
        assert_eq!(ids(&page), ["bedrock/us.anthropic.claude-sonnet-4-6", "Company-Sonnet"]);
        assert_eq!((page.others, page.next), (1, None));
    }

    #[test]
    fn models_are_judged_by_their_names_and_the_list() {
        let list = r#"{"data":[{"id":"claude-opus-4-7"},{"id":"claude-3-opus-20240229"},{"id":"claude-sonnet-5","retires_at":"2027-02-03T00:00:00Z"},{"id":"Company-Sonnet","retires_at":5}]}"#;
        let read = |in_outlook| {
            let page = Page::read(list, in_outlook).unwrap();
            page.models.iter().map(|model| (model.breaks, model.ends_ms)).collect::<Vec<_>>()
        };
        let ends = Some(1_801_612_800_000);
        let old = (Some(Rule::TooOld), None);
        assert_eq!(read(false), [(None, None), old, (None, ends), (None, None)]);
        let other = (Some(Rule::NotInOutlook), ends);
        assert_eq!(read(true), [(None, None), old, other, (None, None)]);
    }

    #[test]
    fn other_answers_are_no_list() {
        for text in ["", "<html>", "{}", r#"{"data":{}}"#, "5"] {
            assert_eq!(Page::read(text, false), None, "{text}");
        }
        assert_eq!(Page::read(r#"{"data":[]}"#, false), Some(Page::default()));
        assert_eq!(ids(&Page::read(r#"["claude-a"]"#, false).unwrap()), ["claude-a"]);
    }
}
