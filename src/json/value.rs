//! A valid JSON text and its parts.

use std::borrow::Cow;

use super::scan::{Scanner, StringToken};
use super::string::{Decoded, decode};
use super::{Error, number};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A text that is known to be one JSON value.
///
/// Reading a part costs a pass over the value that holds it; nothing is
/// allocated but strings with escapes.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a> {
    text: &'a str,
}

impl Json<'static> {
    /// `true`
    pub const TRUE: Self = Self { text: "true" };
    /// `false`
    pub const FALSE: Self = Self { text: "false" };
    /// `null`
    pub const NULL: Self = Self { text: "null" };
}

impl<'a> Json<'a> {
    /// Checks a whole text. Accepts exactly what JavaScript's `JSON.parse`
    /// does, down to `max_depth` nested arrays and objects.
    pub fn parse(text: &'a str, max_depth: usize) -> Result<Self, Error> {
        let mut scanner = Scanner::new(text.as_bytes());
        scanner.skip_whitespace();
        let start = scanner.at();
        scanner.value(max_depth)?;
        let end = scanner.at();
        scanner.finish()?;
        Ok(Self { text: text.get(start..end).unwrap_or("null") })
    }

    /// A text that [`write`](super::write) has composed, whole and without
    /// blanks around it.
    pub(crate) const fn written(text: &'a str) -> Self {
        Self { text }
    }

    /// Checks a whole text, which has to be an object.
    #[must_use]
    pub fn parse_object(text: &'a str) -> Option<Self> {
        let json = Self::parse(text, super::DEFAULT_MAX_DEPTH).ok()?;
        (json.kind() == Kind::Object).then_some(json)
    }

    /// The value's own text, without whitespace around it.
    #[must_use]
    pub const fn raw(&self) -> &'a str {
        self.text
    }

    /// What the value is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// The text of a string. Half a surrogate pair is U+FFFD; see [`Self::decode`].
    #[must_use]
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        self.decode().map(|decoded| decoded.text)
    }

    /// The text of a string, and whether it is exact.
    #[must_use]
    pub fn decode(&self) -> Option<Decoded<'a>> {
        let body = self.text.strip_prefix('"')?.strip_suffix('"')?;
        Some(decode(body, body.as_bytes().contains(&b'\\')))
    }

    /// The value of `true` or `false`.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.text == "null"
    }

    /// A whole number that fits, however it is written (`1.79E9` is one).
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if self.kind() == Kind::Number { number::as_u64(self.text) } else { None }
    }

    /// A number as JavaScript has it. Infinite where it is too large.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if self.kind() == Kind::Number { self.text.parse().ok() } else { None }
    }

    /// The members of an object in their order, repeated names included;
    /// nothing for other values.
    #[must_use]
    pub fn members(&self) -> Members<'a> {
        Members { slots: self.slots() }
    }

    /// The elements of an array; nothing for other values.
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        let mut scanner = Scanner::new(self.text.as_bytes());
        let more = scanner.take(b'[');
        Elements { text: self.text, scanner, more }
    }

    /// The member of this name; the last one where the name is repeated, as in JavaScript.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Json<'a>> {
        self.slots().filter(|slot| slot.is_named(name)).last().map(|slot| slot.value)
    }

    /// The text of a member that is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str().map(Cow::into_owned)
    }

    pub(crate) fn slots(&self) -> Slots<'a> {
        let mut scanner = Scanner::new(self.text.as_bytes());
        let more = scanner.take(b'{');
        Slots { text: self.text, scanner, more }
    }
}

/// The members of an object. See [`Json::members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    slots: Slots<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let slot = self.slots.next()?;
        Some((slot.name().text, slot.value))
    }
}

/// A member and where it stands in the object's text.
pub(crate) struct Slot<'a> {
    /// Where the comma or brace before it ends.
    pub(crate) start: usize,
    pub(crate) value_start: usize,
    pub(crate) value_end: usize,
    /// Where the comma or brace after it is.
    pub(crate) end: usize,
    name: &'a str,
    escaped: bool,
    pub(crate) value: Json<'a>,
}

impl<'a> Slot<'a> {
    pub(crate) fn name(&self) -> Decoded<'a> {
        decode(self.name, self.escaped)
    }

    pub(crate) fn is_named(&self, name: &str) -> bool {
        if !self.escaped {
            return self.name == name;
        }
        let decoded = self.name();
        decoded.lossless && decoded.text == name
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Slots<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    more: bool,
}

impl<'a> Iterator for Slots<'a> {
    type Item = Slot<'a>;

    fn next(&mut self) -> Option<Slot<'a>> {
        if !self.more {
            return None;
        }
        let start = self.scanner.at();
        self.scanner.skip_whitespace();
        // The empty object ends here; the text is valid, so nothing else fails.
        let StringToken { start: name_start, end: name_end, escaped } = self.scanner.name().ok()?;
        let value_start = self.scanner.at();
        self.scanner.value(usize::MAX).ok()?;
        let value_end = self.scanner.at();
        self.scanner.skip_whitespace();
        let end = self.scanner.at();
        self.more = self.scanner.take(b',');
        Some(Slot {
            start,
            value_start,
            value_end,
            end,
            name: self.text.get(name_start..name_end)?,
            escaped,
            value: Json { text: self.text.get(value_start..value_end)? },
        })
    }
}

/// The elements of an array. See [`Json::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a str,
    scanner: Scanner<'a>,
    more: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        if !self.more {
            return None;
        }
        self.scanner.skip_whitespace();
        let start = self.scanner.at();
        // The empty array ends here; the text is valid, so nothing else fails.
        self.scanner.value(usize::MAX).ok()?;
        let end = self.scanner.at();
        self.scanner.skip_whitespace();
        self.more = self.scanner.take(b',');
        Some(Json { text: self.text.get(start..end)? })
    }
}
