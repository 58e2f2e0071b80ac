//! Reads the XML of AWS's query protocol: nested elements with text in the
//! innermost ones.
//!
//! Not a general reader. A document type declaration is refused, so that no
//! entity can be defined; attributes and namespaces are passed over; nothing
//! is recursive, and what is kept is bounded by the limits below.

/// How deep elements may nest. The service's answers have four levels.
const MAX_DEPTH: usize = 16;

/// How many elements an answer may have. The service's have some twenty.
const MAX_ELEMENTS: usize = 256;

/// Why a text can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum XmlError {
    /// It isn't well-formed.
    Syntax,
    /// It has a document type declaration.
    Doctype,
    /// It names an entity that XML itself doesn't define.
    Entity,
    /// It is deeper or longer than any answer.
    TooLarge,
}

/// The elements that hold no others, with what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leaves(Vec<(String, String)>);

impl Leaves {
    /// The text of the first element whose path, such as
    /// `Response/Result/Credentials/AccessKeyId`, ends with these steps.
    pub(super) fn text(&self, steps: &str) -> Option<&str> {
        let ends = |path: &str| {
            let before = path.strip_suffix(steps);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        self.0.iter().find(|(path, _)| ends(path)).map(|(_, text)| text.as_str())
    }
}

/// Reads a document.
pub(super) fn read(document: &str) -> Result<Leaves, XmlError> {
    Reader { rest: document.trim_start_matches('\u{feff}') }.read()
}

struct Reader<'a> {
    rest: &'a str,
}

/// An element that is open.
struct Open<'a> {
    /// With its prefix, as its end will repeat it.
    name: &'a str,
    is_leaf: bool,
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<Leaves, XmlError> {
        let mut open: Vec<Open<'a>> = Vec::new();
        let mut leaves = Vec::new();
        let mut text = String::new();
        let mut elements = 0;
        while !self.rest.is_empty() {
            let (before, rest) = match self.rest.split_once('<') {
                Some((before, rest)) => (before, rest),
                None => (self.rest, ""),
            };
            let ended = before.len() == self.rest.len();
            self.rest = rest;
            if open.is_empty() {
                // Around the root there is white space alone.
                if !before.trim().is_empty() {
                    return Err(XmlError::Syntax);
                }
            } else {
                push_text(&mut text, before)?;
            }
            if ended {
                break;
            }
            if self.skip("?") {
                self.until("?>")?;
            } else if self.skip("!--") {
                self.until("-->")?;
            } else if self.skip("![CDATA[") {
                if open.is_empty() {
                    return Err(XmlError::Syntax);
                }
                text.push_str(self.until("]]>")?);
            } else if self.skip("!") {
                return Err(XmlError::Doctype);
            } else if self.skip("/") {
                let name = self.until(">")?.trim_end();
                let closed = open.pop().filter(|open| open.name == name).ok_or(XmlError::Syntax)?;
                if closed.is_leaf {
                    leaves.push((path(&open, closed.name), text.trim().to_owned()));
                }
                text.clear();
            } else {
                elements += 1;
                if open.is_empty() && elements > 1 {
                    return Err(XmlError::Syntax);
                }
                if open.len() == MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err(XmlError::TooLarge);
                }
                if let Some(parent) = open.last_mut() {
                    parent.is_leaf = false;
                }
                text.clear();
                let name = self.name()?;
                if self.attributes()? {
                    leaves.push((path(&open, name), String::new()));
                } else {
                    open.push(Open { name, is_leaf: true });
                }
            }
        }
        if elements == 0 || !open.is_empty() {
            return Err(XmlError::Syntax);
        }
        Ok(Leaves(leaves))
    }

    fn skip(&mut self, start: &str) -> bool {
        match self.rest.strip_prefix(start) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes over what ends with `end`, and returns what stands before that.
    fn until(&mut self, end: &str) -> Result<&'a str, XmlError> {
        let (before, rest) = self.rest.split_once(end).ok_or(XmlError::Syntax)?;
        self.rest = rest;
        Ok(before)
    }

    fn name(&mut self) -> Result<&'a str, XmlError> {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
        let end = self.rest.find(ends).ok_or(XmlError::Syntax)?;
        let (name, rest) = self.rest.split_at_checked(end).ok_or(XmlError::Syntax)?;
        self.rest = rest;
        let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_name) {
            return Err(XmlError::Syntax);
        }
        Ok(name)
    }

    /// Passes over attributes and the tag's end: whether the element ends
    /// with it.
    fn attributes(&mut self) -> Result<bool, XmlError> {
        loop {
            self.rest = self.rest.trim_start();
            if self.skip("/>") {
                return Ok(true);
            }
            if self.skip(">") {
                return Ok(false);
            }
            let name = self.until("=")?.trim_end();
            if name.is_empty() || name.contains(['<', '>', '"', '\'']) {
                return Err(XmlError::Syntax);
            }
            self.rest = self.rest.trim_start();
            let value = if self.skip("\"") { self.until("\"") } else { self.until_apostrophe() }?;
            if value.contains('<') {
                return Err(XmlError::Syntax);
            }
        }
    }

    fn until_apostrophe(&mut self) -> Result<&'a str, XmlError> {
        if self.skip("'") { self.until("'") } else { Err(XmlError::Syntax) }
    }
}

/// The path to an element, without prefixes of namespaces.
fn path(open: &[Open<'_>], name: &str) -> String {
    let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let mut path = String::new();
    for parent in open {
        path.push_str(&local(parent.name));
        path.push('/');
    }
    path.push_str(&local(name));
    path
}

/// Appends text, its entities resolved.
fn push_text(out: &mut String, raw: &str) -> Result<(), XmlError> {
    let mut parts = raw.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or(XmlError::Entity)?;
        out.push(character(entity).ok_or(XmlError::Entity)?);
        out.push_str(rest);
    }
    Ok(())
}

/// The five entities of XML itself, and numbers.
fn character(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix('x') {
                Some(digits) => (digits, 16),
                None => (number, 10),
            };
            // A sign is no digit.
            let code = digits
                .chars()
                .all(|c| c.is_digit(radix))
                .then(|| u32::from_str_radix(digits, radix));
            char::from_u32(code?.ok()?).filter(|c| *c != '\0')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &str, steps: &str) -> Option<String> {
        read(document).unwrap().text(steps).map(str::to_owned)
    }

    #[test]
    fn leaves_by_the_end_of_their_path() {
        let document = "\u{feff}<?xml version=\"1.0\" encoding='UTF-8'?>\n<!-- <a> -->\n\
            <r xmlns=\"https://x/\" a = 'b>' >\n  <ns:one x='1'>\n <two > a&amp;b \n</two ></ns:one>\
            <two>second</two><none/><empty></empty><c><![CDATA[<&amp;>]]>&#65;&#x42;</c></r>\n<!-- end -->";
        let cases = [
            ("one/two", Some("a&b")),
            ("two", Some("a&b")),
            ("r/two", Some("second")),
            ("r/none", Some("")),
            ("empty", Some("")),
            ("c", Some("<&amp;>AB")),
            ("one", None),
            ("wo", None),
            ("three", None),
        ];
        for (steps, expected) in cases {
            assert_eq!(text(document, steps).as_deref(), expected, "{steps}");
        }
    }

    #[test]
    fn what_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        let many = format!("<a>{}</a>", "<b/>".repeat(256));
        let cases = [
            ("", XmlError::Syntax),
            ("text", XmlError::Syntax),
            ("<a>", XmlError::Syntax),
            ("<a></b>", XmlError::Syntax),
            ("<a><b></a></b>", XmlError::Syntax),
            ("</a>", XmlError::Syntax),
            ("<a/><b/>", XmlError::Syntax),
            ("<a/>text", XmlError::Syntax),
            ("<a", XmlError::Syntax),
            ("<a b>", XmlError::Syntax),
            ("<a b=c>", XmlError::Syntax),
            ("<a b='c>", XmlError::Syntax),
            ("<a b='<'/>", XmlError::Syntax),
            ("<>x</>", XmlError::Syntax),
            ("< a/>", XmlError::Syntax),
            ("<a>x</a", XmlError::Syntax),
            ("<!-- <a/>", XmlError::Syntax),
            ("<![CDATA[x]]><a/>", XmlError::Syntax),
            ("<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>", XmlError::Doctype),
            ("<!doctype html><html></html>", XmlError::Doctype),
            ("<a>&b;</a>", XmlError::Entity),
            ("<a>&amp</a>", XmlError::Entity),
            ("<a>&#0;</a>", XmlError::Entity),
            ("<a>&#xD800;</a>", XmlError::Entity),
            ("<a>&#x110000;</a>", XmlError::Entity),
            ("<a>&#99999999999;</a>", XmlError::Entity),
            ("<a>&#+65;</a>", XmlError::Entity),
            ("<a>&#;</a>", XmlError::Entity),
            (deep.as_str(), XmlError::TooLarge),
            (many.as_str(), XmlError::TooLarge),
        ];
        for (document, error) in cases {
            assert_eq!(read(document).err(), Some(error), "{document}");
        }
        let deepest = format!("{}{}", "<a>".repeat(16), "</a>".repeat(16));
        assert!(read(&deepest).is_ok());
    }
}
