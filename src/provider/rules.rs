//! Which models the products support, where, and until when; read off the
//! models' names, which every provider dresses up differently.

use crate::text;

/// A rule of the products that a model doesn't meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// "At least one Claude model (Claude Sonnet 4.5 or later)", product
    /// documentation, troubleshooting.
    TooOld,
    /// "Claude for Outlook on third-party platforms currently supports Claude
    /// Opus 4.7 only", the same, Outlook.
    NotInOutlook,
}

impl Rule {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooOld => "too-old",
            Self::NotInOutlook => "not-in-outlook",
        }
    }
}

/// What the ids of models contain that are older than Claude Sonnet 4.5, and
/// what they end with where a date or a version is all that follows newer ones.
const OLD: [&str; 12] = [
    "claude-2",
    "claude-3",
    "claude-instant",
    "opus-4-0",
    "opus-4-1",
    "opus-4-2025",
    "opus-4@2025",
    "sonnet-4-0",
    "sonnet-4-2025",
    "sonnet-4@2025",
    "opus-4.1",
    "haiku-3",
];
const OLD_ENDS: [&str; 2] = ["claude-opus-4", "claude-sonnet-4"];

/// The model that is supported in Outlook.
const IN_OUTLOOK: [&str; 2] = ["opus-4-7", "opus-4.7"];

/// When models end, in milliseconds since 1970: the first moment of the day,
/// UTC, that the official SDK names (1.12, `DEPRECATED_MODELS`).
const ENDS: [(&str, u64); 1] = [("sonnet-4-5", 1_795_996_800_000)];

/// The rule that a model doesn't meet, in Outlook or elsewhere. A name that is
/// somebody's own is nobody's to judge.
#[must_use]
pub fn broken_by(id: &str, in_outlook: bool) -> Option<Rule> {
    if !contains(id, &["claude-"]) {
        return None;
    }
    if contains(id, &OLD) || OLD_ENDS.iter().any(|end| id.ends_with(end)) {
        return Some(Rule::TooOld);
    }
    (in_outlook && !contains(id, &IN_OUTLOOK)).then_some(Rule::NotInOutlook)
}

/// When a model ends, in milliseconds since 1970, where that is known.
#[must_use]
pub fn ends_ms(id: &str) -> Option<u64> {
    let (_, end) = ENDS.into_iter().find(|(name, _)| text::contains(id, name))?;
    Some(end)
}

fn contains(id: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text::contains(id, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Under the names that every provider gives them.
    #[test]
    fn what_the_products_support() {
        for id in [
            "claude-opus-4-8",
            "claude-sonnet-5",
            "claude-fable-5-2",
            "us.anthropic.claude-opus-4-6-v1",
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "claude-haiku-4-5@20251001",
            "claude-opus-5-5@default",
            "bedrock/eu.anthropic.claude-sonnet-4-6",
            "vertex_ai/claude-sonnet-4.6",
            "claude-opus-41",
        ] {
            assert_eq!(broken_by(id, false), None, "{id}");
            assert_eq!(broken_by(id, true), Some(Rule::NotInOutlook), "{id}");
        }
        for id in [
            "claude-opus-4",
            "claude-opus-4-20250514",
            "claude-opus-4-1",
            "claude-opus-4@20250514",
            "anthropic.claude-opus-4-1-20250805-v1:0",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "claude-3-5-sonnet-20241022",
            "anthropic.claude-3-opus-20240229-v1:0",
            "claude-3-7-sonnet-latest",
            "claude-instant-1.2",
        ] {
            assert_eq!(broken_by(id, false), Some(Rule::TooOld), "{id}");
            assert_eq!(broken_by(id, true), Some(Rule::TooOld), "{id}");
        }
        for id in
            ["us.anthropic.claude-opus-4-7", "claude-opus-4.7", "company-opus", "", "sonnet-3"]
        {
            assert_eq!(broken_by(id, false), None, "{id}");
            assert_eq!(broken_by(id, true), None, "{id}");
        }
    }

    #[test]
    fn when_a_model_ends() {
        let day = crate::date::days(2026, 11, 30).map(|day| day * 86_400_000);
        assert_eq!(ends_ms("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), day);
        assert_eq!(ends_ms("claude-opus-4-8"), None);
    }
}
