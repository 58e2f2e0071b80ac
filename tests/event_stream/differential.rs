//! Random and damaged frames, against `aws-smithy-eventstream`.

use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;
use taskpane_connector::stream::event_stream::FrameLimits;

use super::answer::{Answer, merged};
use super::encoder::{chunk, frame, repair};
use super::feeding::{decode, event, parse};
use super::smithy::{compare, ours};

fn cut<'a>(stream: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    at.sort_unstable();
    let mut from = 0;
    let mut pieces = Vec::new();
    for to in at.into_iter().chain([stream.len()]) {
        pieces.push(&stream[from..to]);
        from = to;
    }
    pieces
}

fn header_value() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Int16),
        any::<i32>().prop_map(HeaderValue::Int32),
        any::<i64>().prop_map(HeaderValue::Int64),
        prop::collection::vec(any::<u8>(), 0..40)
            .prop_map(|bytes| HeaderValue::ByteArray(bytes.into())),
        any::<String>().prop_map(|text| HeaderValue::String(text.into())),
        any::<i64>().prop_map(|ms| HeaderValue::Timestamp(DateTime::from_millis(ms))),
        any::<u128>().prop_map(HeaderValue::Uuid),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    let header = ("[a-zé:-]{1,20}", header_value());
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    (prop::collection::vec(header, 0..6), payload).prop_map(|(headers, payload)| {
        headers.into_iter().fold(Message::new(payload), |message, (name, value)| {
            message.add_header(Header::new(name, value))
        })
    })
}

/// A delta or another event, as JSON in the API's order.
fn api_event() -> impl Strategy<Value = (String, serde_json::Value)> {
    let text = prop_oneof![
        any::<String>(),
        "[a-z ]{0,40}",
        select(vec!["", "\n", "\"", "\\", "}}", "😀", "\u{feff}", "é\u{0}"])
            .prop_map(str::to_owned),
    ];
    (0..7_u8, 0..3_u64, text, 0..4_usize).prop_map(|(kind, index, text, spaces)| {
        let (delta, field) = match kind {
            0..=2 => ("text_delta", "text"),
            3 => ("thinking_delta", "thinking"),
            4 => ("input_json_delta", "partial_json"),
            5 => ("signature_delta", "signature"),
            _ => {
                let event = json!({"type": "ping", "text": text});
                return (event.to_string(), event);
            }
        };
        let value = json!({
            "type": "content_block_delta", "index": index, "delta": {"type": delta, field: text},
        });
        let written = format!(
            r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{delta}","{field}":{}}}{}}}"#,
            json!(text),
            " ".repeat(spaces),
        );
        (written, value)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_messages_in_any_pieces(
        messages in prop::collection::vec(message(), 0..6),
        cuts in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let stream: Vec<u8> = messages.iter().flat_map(frame).collect();
        let expected: Vec<_> = messages.iter().map(ours).collect();
        let (found, fault) = parse(&cut(&stream, &cuts), FrameLimits::default());
        prop_assert_eq!(fault, None);
        prop_assert_eq!(found, expected);
    }

    /// Whatever the damage, a checksum tells.
    #[test]
    fn damage_is_found_as_they_find_it(
        messages in prop::collection::vec(message(), 1..4), at in any::<Index>(), byte in any::<u8>(),
    ) {
        let mut stream: Vec<u8> = messages.iter().flat_map(frame).collect();
        let at = at.index(stream.len());
        stream[at] = byte;
        compare(&stream);
        stream.truncate(at);
        compare(&stream);
    }

    /// Damage with checksums that are right, so that it gets further.
    #[test]
    fn repaired_damage_is_found_as_they_find_it(
        message in message(), changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
        more in prop::collection::vec(any::<u8>(), 0..20), lengths in any::<bool>(),
    ) {
        let mut stream = frame(&message);
        let before_trailer = stream.len() - 4;
        stream.splice(before_trailer..before_trailer, more);
        for (at, byte) in changes {
            // The lengths of the frame and of its headers, or what follows them.
            let at = if lengths { 2 + at.index(6) } else { 12 + at.index(stream.len() - 12) };
            stream[at] = byte;
        }
        if !lengths {
            let total = stream.len() as u32;
            stream[..4].copy_from_slice(&total.to_be_bytes());
        }
        repair(&mut stream);
        compare(&stream);
    }

    #[test]
    fn any_bytes_are_refused_as_they_refuse_them(stream in prop::collection::vec(any::<u8>(), 0..64)) {
        compare(&stream);
        let mut repaired = stream;
        if repaired.len() >= 16 {
            let total = repaired.len() as u32;
            repaired[..4].copy_from_slice(&total.to_be_bytes());
            repaired[4..6].fill(0);
            repair(&mut repaired);
            compare(&repaired);
        }
    }

    /// Repeated beginnings take the short way; whatever changes between frames
    /// must not show.
    #[test]
    fn any_events_in_any_pieces(
        events in prop::collection::vec((api_event(), 0..20_usize), 0..30),
        cuts in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let stream: Vec<u8> =
            events.iter().flat_map(|((event, _), padding)| chunk(event, *padding)).collect();
        let pieces = cut(&stream, &cuts);
        let answer = decode(&pieces, FrameLimits::default(), false);
        let found: Vec<_> = answer.segments.iter().map(event).collect();
        let expected: Vec<_> = events.iter().map(|((_, event), _)| event.clone()).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(answer.metrics.bytes, stream.len() as u64);
        let together = decode(&pieces, FrameLimits::default(), true);
        prop_assert_eq!(merged(&together.segments), merged(&answer.segments));
    }

    /// Damage in a remembered frame is told as in one that is read whole.
    #[test]
    fn the_short_way_hides_no_damage(
        (delta, _) in api_event(), padding in 0..20_usize, at in any::<Index>(), byte in any::<u8>(),
        mended in any::<bool>(),
    ) {
        let good = chunk(&delta, padding);
        let mut damaged = good.clone();
        let at = at.index(damaged.len());
        damaged[at] = byte;
        if mended {
            repair(&mut damaged);
        }
        let alone = decode(&[&damaged], FrameLimits::default(), false);
        let behind = decode(&[&good, &good, &damaged], FrameLimits::default(), false);
        prop_assert_eq!(&behind.segments[2..], &alone.segments[..]);
        let code = |answer: &Answer| answer.failure.as_ref().map(|failure| failure.code);
        prop_assert_eq!(code(&behind), code(&alone));
    }
}
