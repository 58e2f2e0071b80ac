//! What `aws-smithy-eventstream` makes of a stream of frames.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::{HeaderValue, Message};
use taskpane_connector::stream::event_stream::{
    BrokenFrame, FrameLimits, FrameProblem, HeaderProblem,
};

use super::feeding::{self, Value, parse};

/// Their message in our terms.
pub(crate) fn ours(message: &Message) -> feeding::Message {
    let value = |value: &HeaderValue| match value {
        HeaderValue::Bool(value) => Value::Boolean(*value),
        HeaderValue::Byte(value) => Value::Byte(*value),
        HeaderValue::Int16(value) => Value::Short(*value),
        HeaderValue::Int32(value) => Value::Integer(*value),
        HeaderValue::Int64(value) => Value::Long(*value),
        HeaderValue::ByteArray(value) => Value::Binary(value.to_vec()),
        HeaderValue::String(value) => Value::String(value.as_str().to_owned()),
        HeaderValue::Timestamp(value) => Value::Timestamp(value.to_millis().unwrap()),
        HeaderValue::Uuid(value) => Value::Uuid(value.to_be_bytes()),
        other => panic!("{other:?}"),
    };
    feeding::Message {
        headers: message
            .headers()
            .iter()
            .map(|header| (header.name().as_str().to_owned(), value(header.value())))
            .collect(),
        payload: message.payload().to_vec(),
    }
}

/// What they make of a stream, and whether it ended as it should.
fn theirs(mut stream: &[u8]) -> (Vec<feeding::Message>, bool) {
    let mut decoder = MessageFrameDecoder::new();
    let mut messages = Vec::new();
    loop {
        let whole = stream.is_empty();
        match decoder.decode_frame(&mut stream) {
            Ok(DecodedFrame::Complete(message)) => messages.push(ours(&message)),
            Ok(_) => return (messages, whole),
            Err(_) => return (messages, false),
        }
    }
}

/// Where we are stricter: they take a header without a name, and values that
/// their own encoder refuses to write.
fn is_stricter(broken: Option<BrokenFrame>) -> bool {
    let problem = broken.map(|broken| broken.problem);
    matches!(
        problem,
        Some(FrameProblem::Header(HeaderProblem::NoName | HeaderProblem::ValueTooLong(_)))
    )
}

/// What they read of a stream is what we read of it.
pub(crate) fn compare(stream: &[u8]) {
    let (found, fault) = parse(&[stream], FrameLimits::default());
    let (expected, good) = theirs(stream);
    if is_stricter(fault) {
        assert_eq!(&found[..], &expected[..found.len()]);
        return;
    }
    assert_eq!(found, expected, "{:?}", fault);
    assert_eq!(fault.is_none(), good, "{:?}", fault);
}
