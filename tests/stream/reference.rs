//! The HTML standard's algorithm over a whole stream, step by step as it is
//! written there and with no thought of speed.

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
