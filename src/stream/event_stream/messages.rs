//! The Messages API's events out of frames, as Amazon Bedrock sends them.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use super::chunk;
use super::frame::FrameRange;
use super::heads::{FrameHeads, MAX_HEAD};
use super::meaning::{Meaning, meaning};
use super::{FrameLimits, FrameParser, Headers};
use crate::stream::delta::{self, plain_delta};
use crate::stream::messages::Answer;
use crate::stream::output::LARGE;
use crate::stream::{Event, Fault, Found, Metrics, utf8};

/// Reads an answer that is streamed in frames: each chunk's event is read as
/// [`MessageDecoder`](crate::stream::MessageDecoder) reads that of a
/// server-sent event, exceptions and errors are faults.
#[derive(Debug)]
pub struct FramedMessageDecoder {
    parser: FrameParser,
    heads: FrameHeads,
    answer: Answer,
    replacement_characters: u64,
    /// How the frame began that is read the general way, before its base64 is
    /// decoded in place.
    beginning: Vec<u8>,
    /// The event that was too large to share a round.
    large: Option<LargeEvent>,
    /// It opens the next round.
    large_waits: bool,
}

/// An event that stays where it is while the host reads it.
#[derive(Debug)]
struct LargeEvent {
    number: u64,
    /// Where it is in the parser's input.
    place: Range<usize>,
    /// Its text, if what came was not UTF-8.
    repaired: Option<String>,
}

impl LargeEvent {
    fn bytes<'a>(&'a self, parser: &'a FrameParser) -> &'a [u8] {
        match &self.repaired {
            Some(text) => text.as_bytes(),
            None => parser.held().get(self.place.clone()),
        }
    }
}

impl FramedMessageDecoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(limits: FrameLimits) -> Self {
        Self {
            parser: FrameParser::new(limits),
            heads: FrameHeads::new(),
            answer: Answer::default(),
            replacement_characters: 0,
            beginning: Vec::with_capacity(MAX_HEAD),
            large: None,
            large_waits: false,
        }
    }

    /// From now on neighbouring deltas of a block come out as one segment.
    pub const fn merge_deltas(&mut self) {
        self.answer.output.merge();
    }

    /// Where bytes go in.
    pub const fn parser(&mut self) -> &mut FrameParser {
        &mut self.parser
    }

    #[cfg(test)]
    pub(super) const fn heads(&mut self) -> &mut FrameHeads {
        &mut self.heads
    }

    /// Makes room for bytes, and for what they may hold.
    pub fn reserve(&mut self, wanted: usize) {
        self.parser.reserve(wanted);
        self.answer.output.reserve(self.parser.input().capacity());
    }

    /// Reads on, one round of output at a time. Whether there is another round
    /// before the next bytes.
    pub fn decode(&mut self) -> bool {
        self.answer.output.clear();
        if mem::take(&mut self.large_waits) {
            self.read_large();
        } else {
            self.large = None;
        }
        while self.answer.fault.is_none() {
            self.heads.read(&mut self.parser, &mut self.answer.output);
            if self.answer.output.is_full() {
                return true;
            }
            match self.parser.advance() {
                Ok(Some(frame)) => self.read_frame(&frame),
                Ok(None) => break,
                Err(broken) => self.answer.fault = Some(Fault::Frame(broken)),
            }
            if self.large_waits {
                return true;
            }
        }
        self.parser.compact();
        false
    }

    fn read_frame(&mut self, frame: &FrameRange) {
        let input = self.parser.held();
        match meaning(Headers::new(input.get(frame.headers.clone()))) {
            Meaning::Chunk => self.read_chunk(frame),
            Meaning::Unknown => self.answer.unknown_events += 1,
            Meaning::Failure { name, message } => {
                let data = match message {
                    Some(message) => Cow::Borrowed(message),
                    None => utf8::decode(input.get(frame.payload.clone()), &mut 0),
                };
                self.answer.fail(name, &data);
            }
        }
    }

    fn read_chunk(&mut self, frame: &FrameRange) {
        let bytes = self.parser.held().get(frame.headers.start..frame.payload.end);
        self.beginning.clear();
        self.beginning.extend_from_slice(bytes.get(..MAX_HEAD).unwrap_or(bytes));
        let payload = self.parser.input().get_mut(frame.payload.clone());
        let place = match chunk::event(payload, &mut self.replacement_characters) {
            Ok(Some(event)) => frame.payload.start + event.start..frame.payload.start + event.end,
            Ok(None) => {
                self.answer.unknown_events += 1;
                return;
            }
            Err(problem) => {
                self.answer.fault = Some(Fault::Frame(frame.broken_payload(problem)));
                return;
            }
        };
        let event = self.parser.held().get(place.clone());
        let text = utf8::decode(event, &mut self.replacement_characters);
        if text.len() > LARGE {
            let repaired = match text {
                Cow::Borrowed(_) => None,
                Cow::Owned(text) => Some(text),
            };
            self.large = Some(LargeEvent { number: frame.number, place, repaired });
            if self.answer.output.is_empty() {
                self.read_large();
            } else {
                self.large_waits = true;
            }
        } else if let Some(delta) = plain_delta(text.as_bytes())
            && delta::write(delta, text.as_bytes(), &mut self.answer.output)
        {
            if let Cow::Borrowed(_) = text {
                let headers = frame.headers.len();
                self.heads.remember(self.parser.crc(), &self.beginning, headers, event, delta);
            }
        } else {
            self.answer.read(&data_of(frame.number, text));
        }
    }

    fn read_large(&mut self) {
        if let Some(large) = &self.large {
            let text = utf8::decode(large.bytes(&self.parser), &mut self.replacement_characters);
            self.answer.read(&data_of(large.number, text));
        }
    }

    /// The stream ended, which must not be inside a frame, nor before the
    /// message is complete.
    pub fn finish(&mut self) {
        self.answer.output.clear();
        if self.answer.fault.is_some() {
            return;
        }
        if let Err(broken) = self.parser.finish() {
            self.answer.fault = Some(Fault::Frame(broken));
        } else if !self.answer.stopped {
            self.answer.fault = Some(Fault::Truncated { events: self.parser.frames() });
        }
    }

    /// What the last call found.
    #[must_use]
    pub fn found(&self) -> Found<'_> {
        let output = &self.answer.output;
        let bytes = match &self.large {
            Some(large) if output.is_large() => large.bytes(&self.parser),
            _ => output.bytes(),
        };
        Found { bytes, segments: output.segments() }
    }

    /// Why the stream can't be read on; what came before was found.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.answer.fault.as_ref()
    }

    /// What went by so far. An event is a frame.
    #[must_use]
    pub const fn metrics(&self) -> Metrics {
        Metrics {
            bytes: self.parser.bytes(),
            events: self.parser.frames(),
            ignored_lines: 0,
            unknown_events: self.answer.unknown_events,
            replacement_characters: self.replacement_characters,
        }
    }

    /// What Amazon Bedrock measured, as JSON: the object
    /// `amazon-bedrock-invocationMetrics` of `message_stop`, up to 4 KiB.
    #[must_use]
    pub fn invocation_metrics(&self) -> Option<&str> {
        self.answer.invocation_metrics()
    }
}

/// An event without a name of its own: its JSON says what it is.
const fn data_of(number: u64, data: Cow<'_, str>) -> Event<'_> {
    Event { name: "", data, id: "", number, plain: None }
}
