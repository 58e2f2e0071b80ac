//! What is wrong with a configuration, for the people who can mend it.

use super::key::Key;
use super::merge::Layer;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing can connect like this.
    Error,
    /// It works, and probably not as meant.
    Warning,
    /// It was put right; told so that it can be put right at its source.
    Notice,
}

impl Severity {
    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One thing that is wrong. Holds no secret and no foreign parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable word.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The key concerned.
    pub key: Key,
    /// Where its value came from, when that is one place.
    pub layer: Option<Layer>,
    /// The other key that it is about, and that one's layer, where it is set.
    pub other: Option<(Key, Option<Layer>)>,
    /// Lowercase, without a full stop.
    pub message: String,
}

impl Problem {
    /// A problem with the value of one key.
    pub fn new(
        id: &'static str,
        severity: Severity,
        key: Key,
        layer: Option<Layer>,
        message: impl Into<String>,
    ) -> Self {
        Self { id, severity, key, layer, other: None, message: message.into() }
    }

    /// The same between two keys.
    #[must_use]
    pub(super) fn and(mut self, key: Key, layer: impl Into<Option<Layer>>) -> Self {
        self.other = Some((key, layer.into()));
        self
    }
}
