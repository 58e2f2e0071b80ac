//! The crates that decode the same, each with serde_json for what is in the events.

use std::borrow::Cow;
use std::convert::Infallible;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use bytes::{Bytes, BytesMut};
use eventsource_stream::Eventsource as _;
use futures_util::stream::{self, Stream as Chunks};
use futures_util::{FutureExt as _, StreamExt as _};
use serde::Deserialize;
use sse_stream::SseByteStream;

use super::message::Message;
use super::stream::Stream;

pub(crate) fn eventsource_stream_events(stream: &Stream) -> (usize, usize) {
    ready(eventsource_stream(stream).fold((0, 0), async |found, data| count(found, &data)))
}

pub(crate) fn sse_stream_events(stream: &Stream) -> (usize, usize) {
    ready(sse_stream(stream).fold((0, 0), async |found, data| count(found, &data)))
}

pub(crate) fn eventsource_stream_message(stream: &Stream) -> Message {
    ready(
        eventsource_stream(stream)
            .fold(Message::default(), async |message, data| added(message, &data)),
    )
}

pub(crate) fn sse_stream_message(stream: &Stream) -> Message {
    ready(sse_stream(stream).fold(Message::default(), async |message, data| added(message, &data)))
}

pub(crate) fn smithy_frames(stream: &Stream) -> (usize, usize) {
    let mut found = (0, 0);
    smithy(stream, |payload| found = (found.0 + 1, found.1 + payload.len()));
    found
}

pub(crate) fn smithy_message(stream: &Stream) -> Message {
    let mut message = Message::default();
    smithy(stream, |payload| {
        let Chunk { bytes } = serde_json::from_slice(payload).unwrap();
        let event = aws_smithy_types::base64::decode(bytes).unwrap();
        add(&mut message, std::str::from_utf8(&event).unwrap());
    });
    message
}

/// What Bedrock puts into a frame.
#[derive(Deserialize)]
struct Chunk<'a> {
    bytes: &'a str,
}

fn smithy(stream: &Stream, mut take: impl FnMut(&[u8])) {
    let mut decoder = MessageFrameDecoder::new();
    let mut waiting = BytesMut::new();
    for chunk in &stream.chunks {
        waiting.extend_from_slice(chunk);
        while let DecodedFrame::Complete(frame) = decoder.decode_frame(&mut waiting).unwrap() {
            take(frame.payload());
        }
    }
}

/// The data of each event.
fn eventsource_stream(stream: &Stream) -> impl Chunks<Item = String> + '_ {
    arriving(stream).eventsource().map(|event| event.unwrap().data)
}

fn sse_stream(stream: &Stream) -> impl Chunks<Item = String> + '_ {
    SseByteStream::new(arriving(stream)).map(|event| event.unwrap().data.unwrap_or_default())
}

fn arriving(stream: &Stream) -> impl Chunks<Item = Result<Bytes, Infallible>> + Unpin + '_ {
    stream::iter(stream.chunks.iter().map(|chunk| Ok(chunk.clone())))
}

/// The result of what never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

const fn count((events, bytes): (usize, usize), data: &str) -> (usize, usize) {
    (events + 1, bytes + data.len())
}

/// As much of an event as the message needs.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    ContentBlockDelta {
        index: usize,
        #[serde(borrow)]
        delta: Delta<'a>,
    },
    MessageStop,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta<'a> {
    #[serde(rename = "text_delta")]
    Text {
        #[serde(borrow)]
        text: Cow<'a, str>,
    },
    #[serde(rename = "thinking_delta")]
    Thinking {
        #[serde(borrow)]
        thinking: Cow<'a, str>,
    },
    #[serde(rename = "input_json_delta")]
    InputJson {
        #[serde(borrow)]
        partial_json: Cow<'a, str>,
    },
    #[serde(other)]
    Other,
}

fn added(mut message: Message, data: &str) -> Message {
    add(&mut message, data);
    message
}

fn add(message: &mut Message, data: &str) {
    match serde_json::from_str(data).unwrap() {
        Event::ContentBlockDelta {
            index,
            delta:
                Delta::Text { text }
                | Delta::Thinking { thinking: text }
                | Delta::InputJson { partial_json: text },
        } => message.append(index, &text),
        Event::MessageStop => message.stopped = true,
        Event::ContentBlockDelta { delta: Delta::Other, .. } | Event::Other => {}
    }
}
