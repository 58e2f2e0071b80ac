//! Which models the products support, where, and until when; read off the
//! models' names, which every provider dresses up differently.

/// A model as its name tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    family: &'static str,
    /// Generation and release: 4 and 5 of `claude-sonnet-4-5`.
    version: (u8, u8),
}

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

const FAMILIES: [&str; 5] = ["opus", "sonnet", "haiku", "fable", "mythos"];

/// Sonnet 4.5 was the first of its generation's release.
const OLDEST: (u8, u8) = (4, 5);

const IN_OUTLOOK: Name = Name { family: "opus", version: (4, 7) };

/// When models end, in milliseconds since 1970: the first moment of the day,
/// UTC, that the official SDK names (1.12, `DEPRECATED_MODELS`).
const ENDS: [(Name, u64); 1] = [(Name { family: "sonnet", version: (4, 5) }, 1_795_996_800_000)];

impl Name {
    /// Reads an id or a display name: `us.anthropic.claude-opus-4-6-v1`,
    /// `claude-sonnet-4-5@20250929`, `Claude Opus 4.7`; of the generations
    /// before, whose version stands first, `claude-3-5-sonnet`. `None` where a
    /// name is somebody's own.
    #[must_use]
    pub fn read(id: &str) -> Option<Self> {
        let id = id.to_ascii_lowercase();
        let mut family = None;
        // Generation and release, and how many of them are there.
        let (mut version, mut known) = ([0, 0], 0);
        let mut last: &[u8] = b"";
        let mut is_claude = false;
        for word in id.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
            if let Some(found) = FAMILIES.into_iter().find(|known| known.as_bytes() == word) {
                family = Some(found);
            } else if let Some(number) = small_number(word)
                // `3` of `claude-3-5-sonnet`.
                && (family.is_some() || last == b"claude")
                && let Some(place) = version.get_mut(known)
            {
                *place = number;
                known += 1;
            } else if family.is_some() {
                // A word or a date ends the version.
                known = version.len();
            }
            is_claude |= word == b"claude";
            last = word;
        }
        let version = (version[0], version[1]);
        family.filter(|_| is_claude && version.0 > 0).map(|family| Self { family, version })
    }

    /// The rule that it doesn't meet, in Outlook or elsewhere.
    #[must_use]
    pub fn breaks(self, in_outlook: bool) -> Option<Rule> {
        if self.version < OLDEST {
            return Some(Rule::TooOld);
        }
        (in_outlook && self != IN_OUTLOOK).then_some(Rule::NotInOutlook)
    }

    /// When it ends, in milliseconds since 1970, where that is known.
    #[must_use]
    pub fn ends_ms(self) -> Option<u64> {
        ENDS.into_iter().find(|(name, _)| *name == self).map(|(_, end)| end)
    }
}

/// A number of one or two digits; longer ones are dates.
fn small_number(word: &[u8]) -> Option<u8> {
    match word {
        [ones @ b'0'..=b'9'] => Some(ones - b'0'),
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_provider() {
        let cases: [(&str, &str, (u8, u8)); 16] = [
            ("claude-opus-4-8", "opus", (4, 8)),
            ("claude-sonnet-5", "sonnet", (5, 0)),
            ("claude-fable-5-2", "fable", (5, 2)),
            ("Claude Opus 4.7", "opus", (4, 7)),
            ("us.anthropic.claude-opus-4-6-v1", "opus", (4, 6)),
            ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "sonnet", (4, 5)),
            ("claude-haiku-4-5@20251001", "haiku", (4, 5)),
            ("claude-opus-5-5@default", "opus", (5, 5)),
            ("bedrock/eu.anthropic.claude-sonnet-4-6", "sonnet", (4, 6)),
            ("vertex_ai/claude-sonnet-4.6", "sonnet", (4, 6)),
            ("claude-opus-4-20250514", "opus", (4, 0)),
            ("anthropic.claude-opus-4-1-20250805-v1:0", "opus", (4, 1)),
            ("claude-3-5-sonnet-20241022", "sonnet", (3, 0)),
            ("anthropic.claude-3-opus-20240229-v1:0", "opus", (3, 0)),
            ("claude-3-7-sonnet-latest", "sonnet", (3, 0)),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8",
                "opus",
                (4, 8),
            ),
        ];
        for (id, family, version) in cases {
            assert_eq!(Name::read(id), Some(Name { family, version }), "{id}");
        }
        for id in [
            "company-sonnet",
            "sonnet-2",
            "us-east-1/opus",
            "prod-claude",
            "prod-1-claude-sonnet",
            "claude",
            "claude-mythos-preview",
            "gpt-5",
            "",
        ] {
            assert_eq!(Name::read(id), None, "{id}");
        }
    }

    #[test]
    fn what_the_products_support() {
        let breaks = |id, in_outlook| Name::read(id).and_then(|name| name.breaks(in_outlook));
        for id in ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-5", "claude-mythos-5"] {
            assert_eq!(breaks(id, false), None, "{id}");
            assert_eq!(breaks(id, true), Some(Rule::NotInOutlook), "{id}");
        }
        for id in ["claude-opus-4-1-20250805", "claude-sonnet-4", "claude-3-7-sonnet-latest"] {
            assert_eq!(breaks(id, false), Some(Rule::TooOld), "{id}");
            assert_eq!(breaks(id, true), Some(Rule::TooOld), "{id}");
        }
        assert_eq!(breaks("us.anthropic.claude-opus-4-7", true), None);
        assert_eq!(breaks("company-opus", true), None);
    }

    #[test]
    fn when_a_model_ends() {
        let ends = |id| Name::read(id).and_then(Name::ends_ms);
        let day = crate::date::days(2026, 11, 30).map(|day| day * 86_400_000);
        assert_eq!(ends("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), day);
        assert_eq!(ends("claude-opus-4-8"), None);
    }
}
