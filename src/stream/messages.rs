//! The Messages API's events out of a `text/event-stream`.

use std::borrow::Cow;
use std::mem;

use super::delta::{self, Heads, plain_delta};
use super::output::{LARGE, Output};
use super::{Event, Fault, Found, Limits, Metrics, SegmentKind, SseParser};
use crate::json::{DEFAULT_MAX_DEPTH, Json, Kind};

/// How much of a server's error message is kept.
const MAX_MESSAGE_CHARS: usize = 2048;

/// What Amazon Bedrock measured: a member of `message_stop`, which gateways
/// pass on.
const INVOCATION_METRICS: &str = "amazon-bedrock-invocationMetrics";

/// Longer ones aren't kept.
const MAX_INVOCATION_METRICS: usize = 4 << 10;

/// The events that an answer is made of.
const EVENT_TYPES: [&str; 7] = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
    "ping",
];

/// The deltas that can be added to a block.
const DELTA_TYPES: [&str; 6] = [
    "text_delta",
    "input_json_delta",
    "citations_delta",
    "thinking_delta",
    "signature_delta",
    "compaction_delta",
];

/// Reads a streamed answer. The text of plain deltas comes out decoded; every
/// other event, and every delta that has something more to it, as the JSON text
/// that arrived.
#[derive(Debug)]
pub struct MessageDecoder {
    parser: SseParser,
    heads: Heads,
    answer: Answer,
    /// The event that the parser found last opens the next round.
    large_waits: bool,
}

/// What was read of the answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) output: Output,
    /// The message is complete.
    pub(super) stopped: bool,
    pub(super) unknown_events: u64,
    pub(super) fault: Option<Fault>,
    invocation_metrics: Option<String>,
}

impl MessageDecoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            parser: SseParser::new(limits),
            heads: Heads::default(),
            answer: Answer::default(),
            large_waits: false,
        }
    }

    /// From now on neighbouring deltas of a block come out as one segment.
    pub const fn merge_deltas(&mut self) {
        self.answer.output.merge();
    }

    /// Where bytes go in.
    pub fn parser(&mut self) -> &mut SseParser {
        &mut self.parser
    }

    /// Makes room for bytes, and for what they may hold.
    pub fn reserve(&mut self, wanted: usize) {
        self.parser.reserve(wanted);
        self.answer.output.reserve(self.parser.input().capacity());
    }

    /// Reads on, one round of output at a time. Whether there is another round
    /// before the next bytes.
    pub fn decode(&mut self) -> bool {
        let Self { parser, heads, answer, large_waits } = self;
        answer.output.clear();
        if mem::take(large_waits) {
            answer.read(&parser.event());
        }
        while answer.fault.is_none() {
            let waits = heads.read(parser, &mut answer.output);
            if answer.output.is_full() {
                return true;
            }
            if waits {
                break;
            }
            let event = match parser.next_event() {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(too_long) => {
                    answer.fault = Some(Fault::TooLong(too_long));
                    break;
                }
            };
            if event.data.len() > LARGE {
                if let Cow::Owned(data) = event.data {
                    parser.repair_found(data);
                }
                if !answer.output.is_empty() {
                    *large_waits = true;
                    return true;
                }
                answer.read(&parser.event());
            } else if event.name != "error"
                && let Some(delta) = plain_delta(event.data.as_bytes())
                && delta::write(delta, event.data.as_bytes(), &mut answer.output)
            {
                heads.remember(&event, delta);
            } else {
                answer.read(&event);
            }
        }
        parser.compact();
        false
    }

    /// The stream ended. A last event without its blank line counts if it is
    /// whole; then the message must be complete.
    pub fn finish(&mut self) {
        let Self { parser, answer, .. } = self;
        answer.output.clear();
        if answer.fault.is_some() {
            return;
        }
        let events = parser.metrics().events;
        if let Ok(Some(event)) = parser.unfinished_event() {
            if let Cow::Owned(data) = event.data {
                parser.repair_found(data);
            }
            answer.read(&parser.event());
            // Cut off in the middle, as was to be expected.
            if matches!(answer.fault, Some(Fault::Corrupt { .. })) {
                answer.fault = None;
            }
        }
        if !answer.stopped && answer.fault.is_none() {
            answer.fault = Some(Fault::Truncated { events });
        }
    }

    /// What the last call found.
    #[must_use]
    #[allow(clippy::inline_always, reason = "called for each chunk")]
    #[inline(always)]
    pub fn found(&self) -> Found<'_> {
        Found::new(&self.answer.output, &self.parser)
    }

    /// Why the stream can't be read on; what came before was found.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.answer.fault.as_ref()
    }

    /// What went by so far.
    #[must_use]
    pub const fn metrics(&self) -> Metrics {
        Metrics { unknown_events: self.answer.unknown_events, ..self.parser.metrics() }
    }

    /// What Amazon Bedrock measured, as JSON: the object
    /// `amazon-bedrock-invocationMetrics` of `message_stop`, up to 4 KiB.
    #[must_use]
    pub fn invocation_metrics(&self) -> Option<&str> {
        self.answer.invocation_metrics()
    }
}

impl Answer {
    /// What Amazon Bedrock measured, as JSON.
    pub(super) fn invocation_metrics(&self) -> Option<&str> {
        self.invocation_metrics.as_deref()
    }

    /// Takes in a failure that was reported outside of any event: its name,
    /// and what is said of it, as JSON or in words.
    pub(super) fn fail(&mut self, name: &str, data: &str) {
        let json = Json::parse(data, DEFAULT_MAX_DEPTH).ok();
        let mut fault = reported(json, data);
        if let Fault::Reported { error_type, .. } = &mut fault
            && !name.is_empty()
        {
            name.clone_into(error_type);
        }
        self.fault = Some(fault);
    }

    /// Takes in an event of any form.
    pub(super) fn read(&mut self, event: &Event<'_>) {
        match read(event) {
            Ok(Content::Nothing) => {}
            Ok(Content::Foreign) => self.unknown_events += 1,
            Ok(Content::Event { json, known, stop }) => {
                self.unknown_events += u64::from(!known);
                if stop {
                    self.stopped = true;
                    self.invocation_metrics = invocation_metrics(json);
                }
                if event.data.len() > LARGE {
                    self.output.push_large(SegmentKind::Json, &event.data);
                } else {
                    self.output.push(SegmentKind::Json, json.raw());
                }
            }
            Err(Problem::Invalid(error)) => {
                self.fault = Some(Fault::Corrupt { event: event.number, error });
            }
            Err(Problem::Reported(fault)) => self.fault = Some(fault),
        }
    }
}

enum Content<'a> {
    /// Keep-alives and end marks of other protocols.
    Nothing,
    /// JSON, but no object.
    Foreign,
    Event {
        json: Json<'a>,
        known: bool,
        /// It ends the message.
        stop: bool,
    },
}

enum Problem {
    Invalid(crate::json::Error),
    Reported(Fault),
}

/// Reads an event of any form.
fn read<'a>(event: &'a Event<'_>) -> Result<Content<'a>, Problem> {
    let data = event.data.trim_matches([' ', '\t', '\n', '\r']);
    let names_error = event.name == "error";
    if !names_error && (data.is_empty() || data == "[DONE]") {
        return Ok(Content::Nothing);
    }
    let json = match Json::parse(&event.data, DEFAULT_MAX_DEPTH) {
        Ok(json) => json,
        Err(_) if names_error => return Err(Problem::Reported(reported(None, data))),
        Err(_) if event.name == "ping" => return Ok(Content::Nothing),
        Err(error) => return Err(Problem::Invalid(error)),
    };
    let member = json.get("type").and_then(|value| value.as_str());
    let kind = member.as_deref();
    // Gateways report errors without a type of their own too.
    let is_error = names_error
        || kind == Some("error")
        || kind.is_none() && json.get("error").is_some_and(|error| !error.is_null());
    if is_error {
        return Err(Problem::Reported(reported(Some(json), data)));
    }
    if json.kind() != Kind::Object {
        return Ok(Content::Foreign);
    }
    let known = kind.is_some_and(|kind| EVENT_TYPES.contains(&kind))
        && (kind != Some("content_block_delta") || has_known_delta(json));
    Ok(Content::Event { json, known, stop: kind == Some("message_stop") })
}

fn invocation_metrics(event: Json<'_>) -> Option<String> {
    let metrics = event.get(INVOCATION_METRICS)?;
    let kept = metrics.kind() == Kind::Object && metrics.raw().len() <= MAX_INVOCATION_METRICS;
    kept.then(|| metrics.raw().to_owned())
}

fn has_known_delta(event: Json<'_>) -> bool {
    let kind = event.get("delta").and_then(|delta| delta.get("type"));
    kind.and_then(|kind| kind.as_str()).is_some_and(|kind| DELTA_TYPES.contains(&&*kind))
}

/// The error that an event reports: `{"error":{"type","message"},"request_id"}`,
/// or whatever is there of it. `data` is the message if there is no JSON.
fn reported(json: Option<Json<'_>>, data: &str) -> Fault {
    let error = json.and_then(|json| json.get("error"));
    let message = text_of(error, "message")
        .or_else(|| error.and_then(|error| error.as_str()))
        .or_else(|| text_of(json, "message"))
        .or_else(|| text_of(json, "Message"))
        .unwrap_or(if json.is_none() { data.into() } else { "".into() });
    let mut message: String = message.chars().take(MAX_MESSAGE_CHARS).collect();
    // The words of a model beside the general ones of the service before it.
    if let Some(original) = text_of(json, "originalMessage") {
        if !message.is_empty() {
            message.push(' ');
        }
        message.extend(original.chars().take(MAX_MESSAGE_CHARS));
    }
    Fault::Reported {
        error_type: text_of(error, "type").unwrap_or("an error".into()).into_owned(),
        message,
        request_id: text_of(json, "request_id").map(Cow::into_owned),
    }
}

fn text_of<'a>(value: Option<Json<'a>>, name: &str) -> Option<Cow<'a, str>> {
    value?.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host fills whatever room there is, not only what it asked for.
    #[test]
    fn text_as_long_as_the_room_is_written_without_making_more() {
        let mut decoder = MessageDecoder::new(Limits::default());
        decoder.reserve(1);
        let room = decoder.parser().input().room().len();
        assert!(room > 1000);
        let (out, _) = decoder.answer.output.open();
        assert!(out.room() >= room, "{} for {room}", out.room());
    }
}
