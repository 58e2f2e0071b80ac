//! Reads the XML of AWS's query protocol: nested elements with text in the
//! innermost ones.
//!
//! Not a general reader. A document type declaration is refused, so that no
//! entity can be defined; attributes and namespaces are passed over; nothing
//! is recursive, and what is kept is bounded by the limits below.

use crate::text;

use super::answer::Leaf;

/// How deep elements may nest. The service's answers have four levels.
const MAX_DEPTH: usize = 16;

/// How many elements an answer may have. The service's have some twenty.
const MAX_ELEMENTS: usize = 256;

/// The elements that hold no others. `None` when the document it isn't well-formed, declares or names an
/// entity that XML itself doesn't define, or is larger than any answer.
pub(super) fn read(document: &str) -> Option<Vec<Leaf>> {
    let mut rest = document.trim_start_matches('\u{feff}');
    let mut open: Vec<&str> = Vec::new();
    let mut leaves = Vec::new();
    let mut held = String::new();
    // The last tag opened an element, which may turn out to be a leaf.
    let mut is_leaf = false;
    let mut elements = 0;
    while let Some((before, tag)) = text::split_once(rest, "<") {
        push_text(&mut held, before, !open.is_empty())?;
        if tag.starts_with('?') {
            rest = text::split_once(tag, "?>")?.1;
        } else if let Some(comment) = tag.strip_prefix("!--") {
            rest = text::split_once(comment, "-->")?.1;
        } else if let Some(data) = tag.strip_prefix("![CDATA[") {
            let (data, behind) = text::split_once(data, "]]>")?;
            held.push_str(data);
            rest = behind;
            open.last()?;
        } else if let Some(end) = tag.strip_prefix('/') {
            let (name, behind) = text::split_once(end, ">")?;
            if open.pop()? != name.trim_ascii_end() {
                return None;
            }
            if is_leaf {
                leaves.push(leaf(&open, name, held.trim()));
            }
            is_leaf = false;
            held.clear();
            rest = behind;
        } else {
            let (name, closed, behind) = start_tag(tag)?;
            elements += 1;
            if open.is_empty() && elements > 1 || open.len() == MAX_DEPTH || elements > MAX_ELEMENTS
            {
                return None;
            }
            is_leaf = !closed;
            if closed {
                leaves.push(leaf(&open, name, ""));
            } else {
                open.push(name);
            }
            held.clear();
            rest = behind;
        }
    }
    (elements > 0 && open.is_empty() && rest.trim_ascii().is_empty()).then_some(leaves)
}

/// The name in a tag that begins an element, whether the element ends with it,
/// and what follows. `tag` begins behind its `<`.
fn start_tag(tag: &str) -> Option<(&str, bool, &str)> {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-' | b'.');
    let name = tag.bytes().position(|b| !is_name(&b)).filter(|end| (1..=64).contains(end))?;
    // Quotes may hold the tag's own end.
    let mut quote = 0;
    let mut before = 0;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'<' => return None,
            b'"' | b'\'' if quote == 0 && before == b'=' => quote = byte,
            _ if quote != 0 => quote = if byte == quote { 0 } else { quote },
            b'>' if before == b'=' => return None,
            b'>' => return Some((tag.get(..name)?, before == b'/', tag.get(at + 1..)?)),
            b' ' | b'\n' | b'\r' | b'\t' => continue,
            _ => {}
        }
        before = byte;
    }
    None
}

/// An element without its namespaces' prefixes.
fn leaf(open: &[&str], name: &str, text: &str) -> Leaf {
    let local =
        |name: &str| text::split_once(name, ":").map_or(name, |(_, local)| local).to_owned();
    let parent = open.last().map_or_else(String::new, |parent| local(parent));
    Leaf { parent, name: local(name.trim_ascii_end()), text: text.to_owned() }
}

/// Appends text, its entities resolved. Around the root there is white space
/// alone.
fn push_text(out: &mut String, mut raw: &str, inside: bool) -> Option<()> {
    if !inside {
        return raw.trim_ascii().is_empty().then_some(());
    }
    while let Some((plain, entity)) = text::split_once(raw, "&") {
        out.push_str(plain);
        let (entity, rest) = text::split_once(entity, ";")?;
        out.push(character(entity)?);
        raw = rest;
    }
    out.push_str(raw);
    Some(())
}

/// The five entities of XML itself, and numbers.
fn character(entity: &str) -> Option<char> {
    match entity {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = entity.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let mut code = 0_u32;
    for digit in digits.chars() {
        code = code.checked_mul(radix)?.checked_add(digit.to_digit(radix)?)?;
    }
    char::from_u32(code).filter(|c| *c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(document: &str, steps: &str) -> Option<String> {
        let (parent, name) = steps.split_once('/').unwrap_or(("", steps));
        {
            let leaves = read(document).unwrap();
            let found = leaves
                .iter()
                .find(|leaf| leaf.name == name && (parent.is_empty() || leaf.parent == parent));
            found.map(|leaf| leaf.text.clone())
        }
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
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a><b></a></b>",
            "</a>",
            "<a/><b/>",
            "<a/>text",
            "<a",
            "<a b>",
            "<a b=c>",
            "<a b='c>",
            "<a b='<'/>",
            "<>x</>",
            "< a/>",
            "<a>x</a",
            "<!-- <a/>",
            "<![CDATA[x]]><a/>",
            "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>",
            "<!doctype html><html></html>",
            "<a>&b;</a>",
            "<a>&amp</a>",
            "<a>&#0;</a>",
            "<a>&#xD800;</a>",
            "<a>&#x110000;</a>",
            "<a>&#99999999999;</a>",
            "<a>&#+65;</a>",
            "<a>&#;</a>",
            deep.as_str(),
            many.as_str(),
        ];
        for document in cases {
            assert_eq!(read(document), None, "{document}");
        }
        let deepest = format!("{}{}", "<a>".repeat(16), "</a>".repeat(16));
        assert!(read(&deepest).is_some());
    }
}
