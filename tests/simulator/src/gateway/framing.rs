//! Events as bytes of a `text/event-stream`, well formed or as gateways mangle them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::errors;
use super::faults::{At, Breaks, Delivery, FinalBlank, Framing, RouteFaults};
use super::message::Event;
use super::random::{Variation, identifier};
use super::stream::{Speed, Step, Steps};
use crate::clouds::frames::{self, Frames};

/// How long a model thinks before its first token, at human speed.
const FIRST_TOKEN: Duration = Duration::from_millis(350);

/// After so many bytes an endless line ends the connection, should the client not have.
const ENDLESS_BYTES: usize = 256_000_000;

/// How events become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Sse,
    /// AWS's frames.
    Frames,
}

/// A stream of events with everything that the faults do to it.
pub(crate) fn steps(
    events: impl Iterator<Item = Event> + Send + 'static,
    faults: &RouteFaults,
    default_speed: Speed,
    encoding: Encoding,
) -> Steps {
    let events: Box<dyn Iterator<Item = Event> + Send> =
        if faults.unknown_events { Box::new(with_unknown(events)) } else { Box::new(events) };
    let writer = match encoding {
        Encoding::Frames => Encoder::Frames(Frames::new()),
        Encoding::Sse => Encoder::Sse(Writer {
            framing: faults.framing.clone(),
            variation: Variation::of("framing"),
            frames: 0,
            text_deltas: 0,
            written: None,
        }),
    };
    let wire = Wire {
        events: events.peekable(),
        writer,
        breaks: faults.breaks.clone(),
        pace: Pace::of(&faults.delivery, default_speed),
        position: 0,
        state: State::Running,
        next: None,
    };
    let opening = opening(&faults.framing);
    if opening.is_empty() || encoding == Encoding::Frames {
        Box::new(wire)
    } else {
        Box::new(std::iter::once(Step::Send(Bytes::from(opening))).chain(wire))
    }
}

/// Bytes before the first event.
fn opening(framing: &Framing) -> Vec<u8> {
    let eol = framing.eol.as_str();
    let mut bytes = Vec::new();
    if framing.bom {
        bytes.extend_from_slice(b"\xef\xbb\xbf");
    }
    if framing.padding {
        // What services send against proxies that wait for a full buffer.
        bytes.push(b':');
        bytes.extend(std::iter::repeat_n(b' ', 2048));
        bytes.extend_from_slice(eol.as_bytes());
        bytes.extend_from_slice(eol.as_bytes());
    }
    if framing.comments {
        bytes.extend_from_slice(format!(": connected{eol}{eol}").as_bytes());
    }
    bytes
}

/// Puts events that nobody knows between the others.
fn with_unknown(events: impl Iterator<Item = Event> + Send) -> impl Iterator<Item = Event> + Send {
    let known = |event: &Event| event.name == "message_start" || event.name == "content_block_stop";
    events.flat_map(move |event| {
        let after = known(&event).then(|| {
            Event::new(
                "gateway_notice",
                json!({ "type": "gateway_notice", "notice": { "route": "eu-1", "cost": 0.0125 } }),
            )
        });
        std::iter::once(event).chain(after)
    })
}

#[derive(Clone, Copy)]
enum Pace {
    Gap(Duration),
    Speed(Speed),
}

impl Pace {
    fn of(delivery: &Delivery, default_speed: Speed) -> Self {
        match (delivery.gap, delivery.chunk) {
            // With pieces of a fixed size the gap is between those.
            (Some(gap), None) => Self::Gap(gap),
            (Some(_), Some(_)) => Self::Speed(Speed::Max),
            (None, _) => Self::Speed(delivery.speed.unwrap_or(default_speed)),
        }
    }

    fn before(self, event: &Event, position: usize) -> Duration {
        match self {
            Self::Gap(_) if position == 0 => Duration::ZERO,
            Self::Gap(gap) => gap,
            Self::Speed(Speed::Max) => Duration::ZERO,
            Self::Speed(_) if event.name == "content_block_start" && position <= 1 => FIRST_TOKEN,
            Self::Speed(speed) => speed.time_for(event.tokens),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Endless(usize),
    Over,
}

struct Wire<I: Iterator<Item = Event>> {
    events: std::iter::Peekable<I>,
    writer: Encoder,
    breaks: Breaks,
    pace: Pace,
    /// Events that are out.
    position: usize,
    state: State,
    /// What follows a wait.
    next: Option<Step>,
}

impl<I: Iterator<Item = Event>> Iterator for Wire<I> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(step) = self.next.take() {
            return Some(step);
        }
        match self.state {
            State::Over => None,
            State::Endless(sent) => Some(self.endless(sent)),
            State::Running => self.event(),
        }
    }
}

impl<I: Iterator<Item = Event>> Wire<I> {
    fn event(&mut self) -> Option<Step> {
        let here = Some(self.position);
        if self.breaks.cut == here {
            self.state = State::Over;
            return Some(Step::Break);
        }
        if self.breaks.stall == here {
            self.state = State::Over;
            return Some(Step::Stall);
        }
        if self.breaks.end == here {
            return None;
        }
        if self.breaks.endless_line && self.position == 2 {
            self.state = State::Endless(0);
            return Some(Step::Send(Bytes::from_static(
                b"event: content_block_delta\ndata: {\"type\":\"",
            )));
        }
        let is_end = |event: &Event| event.name == "message_stop";
        let now = match self.breaks.at {
            At::After(events) => self.position == events,
            At::Last => self.events.peek().is_some_and(is_end),
        };
        if let Some(kind) = self.breaks.error_event.take_if(|_| now) {
            self.state = State::Over;
            return Some(Step::Send(self.writer.error(&kind)));
        }
        let event = self.events.next()?;
        let last = self.events.peek().is_none();
        let broken = self.breaks.invalid_json == here;
        let mut bytes = self.writer.write(&event, broken, last);
        if self.breaks.damage == here {
            bytes = frames::damaged(&bytes);
        }
        let wait = self.pace.before(&event, self.position);
        self.position = self.position.saturating_add(1);
        if wait.is_zero() {
            return Some(Step::Send(bytes));
        }
        self.next = Some(Step::Send(bytes));
        Some(Step::Wait(wait))
    }

    fn endless(&mut self, sent: usize) -> Step {
        static PIECE: [u8; 65_536] = [b'x'; 65_536];
        if sent >= ENDLESS_BYTES {
            self.state = State::Over;
            return Step::Break;
        }
        self.state = State::Endless(sent.saturating_add(PIECE.len()));
        Step::Send(Bytes::from_static(&PIECE))
    }
}

enum Encoder {
    Sse(Writer),
    Frames(Frames),
}

impl Encoder {
    fn write(&mut self, event: &Event, broken: bool, last: bool) -> Bytes {
        match self {
            Self::Sse(writer) => writer.write(event, broken, last),
            Self::Frames(frames) => frames.chunk(&event.data, broken),
        }
    }

    fn error(&mut self, kind: &str) -> Bytes {
        let error = errors::anthropic(kind, errors::message_of_kind(kind), &identifier("req"));
        match self {
            Self::Sse(writer) => writer.write(&Event::new("error", error), false, true),
            Self::Frames(frames) => frames.error(kind, &error),
        }
    }
}

struct Writer {
    framing: Framing,
    variation: Variation,
    frames: usize,
    text_deltas: usize,
    /// The last data and its text: a big stream repeats the same data.
    written: Option<(Arc<Value>, Vec<u8>)>,
}

impl Writer {
    fn write(&mut self, event: &Event, broken: bool, last: bool) -> Bytes {
        let framing = self.framing.clone();
        let eol = framing.eol.as_str();
        let space = if framing.no_space { "" } else { " " };
        let mut out = Vec::new();
        let mut line = |field: &str, value: &[u8]| {
            out.extend_from_slice(field.as_bytes());
            out.push(b':');
            out.extend_from_slice(space.as_bytes());
            out.extend_from_slice(value);
            out.extend_from_slice(eol.as_bytes());
        };

        let frame = self.frames;
        self.frames = frame.saturating_add(1);
        if framing.comments && frame.is_multiple_of(3) {
            line("", b"keep-alive");
        }
        if !framing.no_event_names {
            line("event", event.name.as_bytes());
        }
        if framing.extra_fields {
            line("id", frame.to_string().as_bytes());
            line("retry", b"3000");
            line("x-gateway-region", b"eu-1");
        }
        if framing.comments {
            line("", b"between fields");
        }
        let json = self.json(event, broken);
        if framing.data_lines {
            for part in json.split(|byte| *byte == b'\n') {
                line("data", part);
            }
        } else {
            line("data", &json);
        }
        match framing.final_blank {
            FinalBlank::Missing if last => {}
            FinalBlank::NoLineEnd if last => out.truncate(out.len().saturating_sub(eol.len())),
            _ => out.extend_from_slice(eol.as_bytes()),
        }
        Bytes::from(out)
    }

    fn json(&mut self, event: &Event, broken: bool) -> Vec<u8> {
        let mut bytes = match &self.written {
            Some((data, bytes)) if Arc::ptr_eq(data, &event.data) && !self.framing.padding => {
                bytes.clone()
            }
            _ => self.serialised(&event.data),
        };
        if broken {
            // The closing brace is missing: what a proxy that cuts long lines leaves.
            bytes.pop();
        }
        if self.framing.bad_utf8 {
            bytes = self.with_bad_utf8(bytes);
        }
        bytes
    }

    fn serialised(&mut self, data: &Arc<Value>) -> Vec<u8> {
        let mut value = Arc::clone(data);
        if self.framing.padding
            && let Some(object) = Arc::make_mut(&mut value).as_object_mut()
        {
            let length = self.variation.below(48).saturating_add(1);
            object.insert("p".to_owned(), self.variation.letters(length).into());
        }
        let text = if self.framing.data_lines {
            serde_json::to_string_pretty(&*value).unwrap_or_default()
        } else {
            value.to_string()
        };
        self.written = Some((Arc::clone(data), text.clone().into_bytes()));
        text.into_bytes()
    }

    /// Puts bytes that are not UTF-8 around the text of some deltas. A character cut over two deltas is
    /// among them: each delta is a text of its own, so its halves must not become one again.
    fn with_bad_utf8(&mut self, json: Vec<u8>) -> Vec<u8> {
        const START: &[u8] = b"\"text_delta\",\"text\":\"";
        let Some(at) = find(&json, START).and_then(|at| at.checked_add(START.len())) else {
            return json;
        };
        let Some(end) = json.iter().rposition(|byte| *byte == b'"') else { return json };
        let turn = self.text_deltas;
        self.text_deltas = turn.saturating_add(1);
        let (place, bad): (usize, &[u8]) = match turn % 6 {
            0 => (at, b"\xc3("),
            1 => (end, b"\xf0\x9f"),
            2 => (at, b"\x98\x80"),
            3 => (at, b"\xed\xa0\x80"),
            4 => (at, b"\xff\xc0\xaf"),
            _ => return json,
        };
        let (before, after) = json.split_at_checked(place).unwrap_or((&json, &[]));
        [before, bad, after].concat()
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
