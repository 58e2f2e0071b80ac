//! `{{key}}` in a value: another value of the configuration takes its place.
//!
//! In one pass, so what is put in is not looked into again, and in two phases:
//! `bootstrap_url` sees what is known before it is asked, all else sees the
//! whole. What the user typed is neither filled in nor looked into.

use crate::http::{BaseUrl, percent};
use crate::json::{Json, write};
use crate::text;

use super::key::{Form, Key};
use super::layer::{Names, is_name};
use super::merge::{Configuration, Layer, Layers};
use super::problem::{Problem, Severity};

/// What opens a template, and what closes it.
const OPEN: &[u8] = b"{{";
const CLOSE: &[u8] = b"}}";

/// How much is put into one value, in bytes: a short template could name a long
/// value any number of times.
const MOST_PUT_IN: usize = 64 * 1_024;

/// How much is told of one value.
const MOST_TOLD: usize = 16;

/// Fills the templates of all layers but the user's, and writes what was filled:
/// `[layer,key,value,source,…]`.
pub(super) fn fill(
    configuration: &mut Configuration,
    names: &Names,
    vouched: bool,
    out: &mut String,
) {
    // As they are written: what is put in comes from no template.
    let written_layers = configuration.layers().clone();
    let known = Known { layers: &written_layers, names, vouched };
    let mut written = write::Array::new(out);
    for layer in Layer::ADMIN {
        for key in Key::ALL {
            let Some(value) = known.layers.of(layer).get(key) else { continue };
            if text::contains(value, "{{") {
                let (value, source) = fill_value(configuration, &known, layer, key);
                for text in [layer.as_str(), key.name(), &value, source.as_str()] {
                    written.string(text);
                }
                configuration.layers_mut().of_mut(layer).set(key, value);
            }
        }
    }
}

fn fill_value(
    configuration: &mut Configuration,
    known: &Known<'_>,
    layer: Layer,
    key: Key,
) -> (String, Layer) {
    let up_to = if key == Key::BootstrapUrl { Layer::Attributes } else { Layer::Bootstrap };
    let room = MOST_PUT_IN;
    let mut filling = Filling { known, key, layer, up_to, room, found: Vec::new() };
    let value = known.layers.of(layer).get(key).unwrap_or_default();
    let filled = match key.form() {
        Form::Json => filling.json(value),
        Form::Address => filling.text(value, Place::Address),
        _ if key.is_secret() => filling.text(value, Place::Hidden),
        Form::Pairs => filling.text(value, Place::Pairs),
        Form::Text => filling.text(value, Place::Text),
    };
    let mut source = layer;
    for found in filling.found {
        match found {
            Found::Filled(of) => source = source.min(of),
            Found::Refused(refusal) => refusal.tell(configuration, key, layer),
        }
    }
    (filled, source)
}

/// Where a value is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    Address,
    Pairs,
    /// Text that is never shown.
    Hidden,
}

/// What came of a template.
enum Found {
    Filled(Layer),
    Refused(Refusal),
}

/// Why a template is left as it is.
struct Refusal {
    id: &'static str,
    severity: Severity,
    name: String,
    other: Option<Layer>,
    why: &'static str,
}

impl Refusal {
    fn tell(self, configuration: &mut Configuration, key: Key, layer: Layer) {
        let message = text::join(&[key.name(), ": {{", &self.name, "}} ", self.why], "");
        let mut problem = Problem::new(self.id, self.severity, key, Some(layer), message);
        if let (Some(named), Some(of)) = (Key::from_name(&self.name), self.other) {
            problem = problem.and(named, of);
        }
        configuration.report(problem);
    }
}

/// What there is to be put in.
struct Known<'a> {
    layers: &'a Layers,
    names: &'a Names,
    vouched: bool,
}

struct Filling<'a> {
    known: &'a Known<'a>,
    key: Key,
    layer: Layer,
    up_to: Layer,
    room: usize,
    found: Vec<Found>,
}

impl Filling<'_> {
    fn text(&mut self, value: &str, place: Place) -> String {
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = text::find(rest, "{{") {
            let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.push_str(before);
            let bytes = behind.as_bytes();
            let name = bytes.get(OPEN.len()..).unwrap_or_default();
            let length = name.iter().position(|byte| !is_name(*byte)).unwrap_or(name.len());
            let closed = name.get(length..).is_some_and(|rest| rest.starts_with(CLOSE));
            // The last brace of a run may open one.
            let end = if !closed || length == 0 { 1 } else { OPEN.len() + length + CLOSE.len() };
            let (template, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
            let name =
                template.get(OPEN.len()..OPEN.len() + length).filter(|_| closed && length > 0);
            let starts = out.is_empty();
            if name.is_none_or(|name| !self.put(&mut out, name, place, starts)) {
                out.push_str(template);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Puts in the value of a name, or says why not.
    fn put(&mut self, out: &mut String, name: &str, place: Place, starts: bool) -> bool {
        let key = Key::from_name(name);
        let value = match key {
            Some(key) => self.known.layers.top(key, self.up_to),
            None => self.known.names.get(name).filter(|(_, layer)| *layer <= self.up_to),
        };
        let found = &mut self.found;
        let mut refuse = |id, severity, other, why| {
            let name = text::cut(name, 40).to_owned();
            if found.len() < MOST_TOLD {
                found.push(Found::Refused(Refusal { id, severity, name, other, why }));
            }
            false
        };
        let Some((value, source)) = value.filter(|(value, _)| !text::contains(value, "{{")) else {
            let why = "is not set and stays as it is";
            return refuse("unresolved-template", Severity::Warning, None, why);
        };
        if key.is_some_and(|key| key.form() == Form::Json) {
            let why = "is a list and stays as it is";
            return refuse("unresolved-template", Severity::Warning, Some(source), why);
        }
        if value.bytes().any(|byte| byte.is_ascii_control()) {
            let why = "has a control character and is not put in";
            return refuse("control-character", Severity::Error, Some(source), why);
        }
        if key.is_some_and(Key::is_secret) {
            if place == Place::Address {
                let why = "is secret and not put into an address";
                return refuse("secret-in-address", Severity::Error, Some(source), why);
            }
            if place != Place::Hidden {
                let why = "is secret and not put where it would be shown";
                return refuse("secret-shown", Severity::Error, Some(source), why);
            }
            if !self.known.vouched && self.layer < source {
                let why = "is secret and not put where this page's address wants it";
                return refuse("secret-for-address", Severity::Error, Some(source), why);
            }
        }
        let Some(room) = self.room.checked_sub(value.len()) else {
            let why = "is too long to be put in so often";
            return refuse("template-too-long", Severity::Error, Some(source), why);
        };
        self.room = room;
        match place {
            // An address as the beginning of another one.
            Place::Address if starts && BaseUrl::parse(value).is_ok() => {
                out.push_str(value.trim_end_matches('/'));
            }
            Place::Address | Place::Pairs => percent::encode_into(out, value.as_bytes(), b""),
            Place::Text | Place::Hidden => match self.key {
                // Values of this list are decoded when it is read.
                Key::OtlpHeaders => percent::encode_into(out, value.as_bytes(), b" "),
                _ => out.push_str(value),
            },
        }
        let lower = |found: &Found| matches!(found, Found::Filled(known) if *known <= source);
        if !self.found.iter().any(lower) {
            self.found.push(Found::Filled(source));
        }
        true
    }

    /// Fills the strings of a JSON text; what is no JSON is left to be refused.
    fn json(&mut self, value: &str) -> String {
        let mut out = String::with_capacity(value.len());
        let bytes = value.as_bytes();
        let mut name = "";
        let mut in_headers = self.key == Key::InferenceHeaders;
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let end = if *byte == b'"' { end_of_string(bytes, at) } else { at + 1 };
            let Some(token) = value.get(at..end) else {
                // In the middle of a character, which stands in no string here.
                return value.to_owned();
            };
            at = end;
            match byte {
                b'"' if is_before_colon(bytes, end) => name = token,
                b'"' if text::contains(token, "{{") && name != "\"content\"" => {
                    let Some(string) = Json::parse(token, 1).ok().and_then(|json| json.as_str())
                    else {
                        return value.to_owned();
                    };
                    let place = match name {
                        "\"url\"" => Place::Address,
                        _ if in_headers => Place::Hidden,
                        _ => Place::Text,
                    };
                    write::push_string(&mut out, &self.text(&string, place));
                    continue;
                }
                // Of other lists the whole is shown, whatever their entries call their parts.
                b'{' if name == "\"headers\"" && self.key.is_secret() => in_headers = true,
                b'}' if self.key != Key::InferenceHeaders => in_headers = false,
                _ => {}
            }
            out.push_str(token);
        }
        out
    }
}

/// Behind the closing quote of a string that begins here.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// Whether a colon follows, behind blanks.
fn is_before_colon(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}
