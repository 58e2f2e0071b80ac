//! The HTML standard's algorithm over a whole stream, step by step as it is
//! written there and with no thought of speed.

use taskpane_connector::stream::{Limits, Part};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dispatched {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) events: Vec<Dispatched>,
    pub(crate) last_event_id: String,
    pub(crate) retry_ms: Option<u64>,
    /// The event that the end of the stream cut off.
    pub(crate) unfinished: Option<Dispatched>,
}

/// The events up to the first part of the stream that is longer than its limit,
/// and which part that is. By bytes as they arrive, whatever they decode to.
pub(crate) fn read_within(stream: &[u8], limits: Limits) -> (Vec<Dispatched>, Option<Part>) {
    let body = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut data: Option<usize> = None;
    let mut at = stream.len() - body.len();
    loop {
        let rest = &stream[at..];
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let line = &rest[..end.unwrap_or(rest.len())];
        if let Some(part) = excess(line, &mut data, limits, end.is_some()) {
            return (read(&stream[..at]).events, Some(part));
        }
        let Some(end) = end else { return (read(stream).events, None) };
        at += end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
    }
}

/// Whether a line goes past a limit, and which. `data` is how long the event's
/// data is so far.
fn excess(line: &[u8], data: &mut Option<usize>, limits: Limits, ended: bool) -> Option<Part> {
    if line.is_empty() {
        if ended {
            *data = None;
        }
        return None;
    }
    let value_of = |name: &[u8]| {
        let value = line.strip_prefix(name)?.strip_prefix(b":")?;
        Some(value.strip_prefix(b" ").unwrap_or(value))
    };
    let value = value_of(b"data").or(if ended && line == b"data" { Some(&[]) } else { None });
    if value_of(b"data").is_none() && line.len() > limits.line_bytes {
        return Some(Part::Line);
    }
    if let Some(value) = value {
        let length = data.map_or(0, |before| before + 1) + value.len();
        *data = Some(length);
        return (length > limits.event_bytes).then_some(Part::Event);
    }
    let id = value_of(b"id").filter(|id| ended && !id.contains(&0));
    id.is_some_and(|id| id.len() > limits.id_bytes).then_some(Part::Id)
}

pub(crate) fn read(stream: &[u8]) -> Reading {
    let text = String::from_utf8_lossy(stream);
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut reading = Reading::default();
    let (mut data, mut name, mut id) = (String::new(), String::new(), String::new());
    while let Some(end) = rest.find(['\r', '\n']) {
        let line = &rest[..end];
        rest = &rest[end..];
        rest = rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]);
        if line.is_empty() {
            reading.last_event_id.clone_from(&id);
            if !data.is_empty() {
                data.pop();
                reading.events.push(Dispatched { name, data, id: id.clone() });
            }
            (data, name) = (String::new(), String::new());
        } else {
            field(line, &mut data, &mut name, &mut id, &mut reading.retry_ms);
        }
    }
    if !rest.is_empty() {
        field(rest, &mut data, &mut name, &mut id, &mut None);
    }
    if !data.is_empty() {
        data.pop();
        reading.unfinished = Some(Dispatched { name, data, id });
    }
    reading
}

fn field(
    line: &str,
    data: &mut String,
    name: &mut String,
    id: &mut String,
    retry_ms: &mut Option<u64>,
) {
    let (field, value) = line.split_once(':').unwrap_or((line, ""));
    let value = value.strip_prefix(' ').unwrap_or(value);
    match field {
        "event" => *name = value.to_owned(),
        "data" => {
            data.push_str(value);
            data.push('\n');
        }
        "id" if !value.contains('\0') => *id = value.to_owned(),
        "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
            let time: u128 = value.parse().unwrap_or(u128::MAX);
            *retry_ms = Some(u64::try_from(time).unwrap_or(u64::MAX).min((1 << 53) - 1));
        }
        _ => {}
    }
}
