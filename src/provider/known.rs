//! The models that this version knows, by the names that each provider gives
//! them: what is asked for where there is no list.

use crate::config::Key;
use crate::config::provider::{ApiFormat, ProviderSettings};
use crate::text;

/// A model as everybody names it, and what some providers add.
struct Known {
    /// Without a date.
    name: &'static str,
    display_name: &'static str,
    /// `-20250929` where Bedrock and Vertex AI have the date in the id.
    date: &'static str,
    /// What Bedrock's id ends with.
    bedrock_end: &'static str,
}

const fn known(name: &'static str, display_name: &'static str) -> Known {
    Known { name, display_name, date: "", bedrock_end: "" }
}

/// The newest first: the first that answers is the one that a pane begins with.
/// Older ones than these the product doesn't support; Sonnet 4.5 ends on 30
/// November 2026. Names from the official SDKs (1.12) and public price lists.
const MODELS: [Known; 12] = [
    known("claude-opus-5-5", "Claude Opus 5.5"),
    known("claude-sonnet-5-5", "Claude Sonnet 5.5"),
    known("claude-haiku-5-5", "Claude Haiku 5.5"),
    known("claude-opus-5", "Claude Opus 5"),
    known("claude-sonnet-5", "Claude Sonnet 5"),
    known("claude-opus-4-8", "Claude Opus 4.8"),
    known("claude-opus-4-7", "Claude Opus 4.7"),
    Known { bedrock_end: "-v1", ..known("claude-opus-4-6", "Claude Opus 4.6") },
    known("claude-sonnet-4-6", "Claude Sonnet 4.6"),
    Known { date: "20251101", bedrock_end: "-v1:0", ..known("claude-opus-4-5", "Claude Opus 4.5") },
    Known {
        date: "20250929",
        bedrock_end: "-v1:0",
        ..known("claude-sonnet-4-5", "Claude Sonnet 4.5")
    },
    Known {
        date: "20251001",
        bedrock_end: "-v1:0",
        ..known("claude-haiku-4-5", "Claude Haiku 4.5")
    },
];

/// The place of a model among those that are known.
pub(super) fn rank(display_name: &str) -> usize {
    MODELS.iter().position(|model| model.display_name == display_name).unwrap_or(MODELS.len())
}

/// A name to try for one of the models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    model: usize,
    prefix: usize,
}

impl Candidate {
    /// The first name of each model.
    pub(super) fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..MODELS.len()).map(|model| Self { model, prefix: 0 })
    }

    /// The model's first name, which stands for it where it has none that answers.
    pub(super) fn first(self) -> Self {
        Self { prefix: 0, ..self }
    }

    /// What to try where this name is unknown.
    pub(super) fn next(self) -> Self {
        Self { prefix: self.prefix + 1, ..self }
    }

    /// Id and display name; `None` where there is no further name.
    pub(super) fn names(self, settings: &ProviderSettings) -> Option<(String, &'static str)> {
        let model = MODELS.get(self.model)?;
        let Known { name, display_name, date, bedrock_end } = model;
        let id = match settings.format {
            ApiFormat::Bedrock => {
                let prefix = prefixes(settings).get(self.prefix)?;
                let between = if date.is_empty() { "" } else { "-" };
                text::join(&[prefix, "anthropic.", name, between, date, bedrock_end], "")
            }
            _ if self.prefix > 0 => return None,
            ApiFormat::Vertex if !date.is_empty() => text::join(&[name, date], "@"),
            ApiFormat::Vertex | ApiFormat::Anthropic => (*name).to_owned(),
        };
        Some((id, display_name))
    }
}

/// The inference profiles that models are reached through on Bedrock, by where
/// the region is: its part of the world first, which keeps the data there.
fn prefixes(settings: &ProviderSettings) -> &'static [&'static str] {
    let region = settings.value(Key::AwsRegion);
    let starts = |with| region.starts_with(with);
    match region {
        // A gateway that nobody gave a region.
        "" => &["", "global.", "us.", "eu."],
        "ap-northeast-1" | "ap-northeast-3" => &["jp.", "apac.", "global."],
        "ap-southeast-2" | "ap-southeast-4" => &["au.", "apac.", "global."],
        _ if starts("us-gov") => &["us-gov."],
        _ if starts("us-") || starts("ca-") => &["us.", "global."],
        _ if starts("eu-") => &["eu.", "global."],
        _ if starts("ap-") => &["apac.", "global."],
        _ if starts("cn-") || starts("eusc-") => &[""],
        _ => &["global.", ""],
    }
}
