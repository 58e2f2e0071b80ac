//! Frames for tests, written by somebody else's checksum.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};

/// A whole frame.
pub(crate) fn frame(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_message_to(message, &mut bytes).unwrap();
    bytes
}

fn text(value: &str) -> HeaderValue {
    HeaderValue::String(value.to_owned().into())
}

/// A chunk as Amazon Bedrock sends it, with so much padding.
pub(crate) fn chunk(event: &str, padding: usize) -> Vec<u8> {
    let bytes = aws_smithy_types::base64::encode(event);
    let padding = &"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[..padding];
    let payload = format!(r#"{{"bytes":"{bytes}","p":"{padding}"}}"#);
    frame(
        &Message::new(payload)
            .add_header(Header::new(":event-type", text("chunk")))
            .add_header(Header::new(":content-type", text("application/json")))
            .add_header(Header::new(":message-type", text("event"))),
    )
}

/// Makes both checksums right again.
pub(crate) fn repair(frame: &mut [u8]) {
    let checksum = |bytes: &[u8]| crc32fast::hash(bytes).to_be_bytes();
    if frame.len() >= 12 {
        let prelude = checksum(&frame[..8]);
        frame[8..12].copy_from_slice(&prelude);
    }
    if let Some((body, trailer)) = frame.split_last_chunk_mut::<4>() {
        *trailer = checksum(body);
    }
}
