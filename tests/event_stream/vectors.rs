//! Frames from files, each at every split.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};
use taskpane_connector::error::Failure;
use taskpane_connector::stream::Fault;
use taskpane_connector::stream::event_stream::{BrokenFrame, FrameLimits};

use super::answer::splits;
use super::feeding::{Message, Value, decode_frames, parse};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/event-stream")
}

/// The files that `frames.json` knows are those that there are.
fn cases() -> Vec<(String, Vec<u8>, Json)> {
    let table = std::fs::read_to_string(folder().join("frames.json")).unwrap();
    let table: BTreeMap<String, Json> = serde_json::from_str(&table).unwrap();
    let mut files = Vec::new();
    for kind in ["aws-c-event-stream", "aws-sdk-js", "frames", "smithy-rs"] {
        for file in std::fs::read_dir(folder().join(kind)).unwrap() {
            files.push(format!("{kind}/{}", file.unwrap().file_name().to_str().unwrap()));
        }
    }
    files.sort();
    assert_eq!(files, table.keys().cloned().collect::<Vec<_>>());
    assert!(files.len() >= 70, "fixtures are missing");
    table
        .into_iter()
        .map(|(name, expected)| {
            let stream = std::fs::read(folder().join(&name)).unwrap();
            (name, stream, expected)
        })
        .collect()
}

fn base64(text: &Json) -> Vec<u8> {
    aws_smithy_types::base64::decode(text.as_str().unwrap()).unwrap()
}

fn number<T: TryFrom<i64>>(value: &Json) -> T
where
    T::Error: std::fmt::Debug,
{
    T::try_from(value.as_i64().unwrap()).unwrap()
}

fn value(header: &Json) -> Value {
    let value = &header["value"];
    match header["type"].as_str().unwrap() {
        "boolean" => Value::Boolean(value.as_bool().unwrap()),
        "byte" => Value::Byte(number(value)),
        "short" => Value::Short(number(value)),
        "integer" => Value::Integer(number(value)),
        "long" => Value::Long(value.as_str().unwrap().parse().unwrap()),
        "binary" => Value::Binary(base64(value)),
        "string" => Value::String(value.as_str().unwrap().to_owned()),
        "timestamp" => Value::Timestamp(number(value)),
        "uuid" => {
            let digits = value.as_str().unwrap().replace('-', "");
            Value::Uuid(u128::from_str_radix(&digits, 16).unwrap().to_be_bytes())
        }
        other => panic!("{other}"),
    }
}

/// By name, the last one where a name is repeated.
fn by_name(message: &Message) -> BTreeMap<String, Value> {
    message.headers.iter().cloned().collect()
}

#[test]
fn every_vector_gives_its_frames_at_every_split() {
    for (name, stream, expected) in cases() {
        let (messages, fault) = parse(&[&stream], FrameLimits::default());
        let frames = expected["frames"].as_array().unwrap();
        assert_eq!(messages.len(), frames.len(), "{name}: {fault:?}");
        for (message, frame) in messages.iter().zip(frames) {
            let headers: &Map<String, Json> = frame["headers"].as_object().unwrap();
            let headers: BTreeMap<String, Value> =
                headers.iter().map(|(name, header)| (name.clone(), value(header))).collect();
            assert_eq!(by_name(message), headers, "{name}");
            assert_eq!(message.payload, base64(&frame["payload"]), "{name}");
        }
        check_fault(&name, &expected["failure"], fault);
        let payloads: Vec<_> = messages.iter().map(|message| message.payload.clone()).collect();
        for pieces in splits(&stream) {
            let split = parse(&pieces, FrameLimits::default());
            assert_eq!(split, (messages.clone(), fault), "{name} in {}", pieces.len());
            let split = decode_frames(&pieces);
            assert_eq!(
                split,
                (payloads.clone(), fault.map(Fault::Frame)),
                "{name} in {}",
                pieces.len()
            );
        }
    }
}

fn check_fault(name: &str, expected: &Json, fault: Option<BrokenFrame>) {
    if expected.is_null() {
        assert_eq!(fault, None, "{name}");
        return;
    }
    let fault = fault.unwrap_or_else(|| panic!("{name}: no fault"));
    let failure = Failure::from(&Fault::Frame(fault));
    assert_eq!(failure.code.as_str(), expected["code"], "{name}: {failure:?}");
    assert!(failure.message.contains(expected["says"].as_str().unwrap()), "{name}: {failure:?}");
    assert_eq!(fault.at, expected["at"].as_u64().unwrap(), "{name}: {failure:?}");
}
