//! The decoders natively, beside the crates that decode the same.
//!
//! `cargo bench`, or `cargo bench -- messages` for a part. The streams are those
//! of `cargo xtask bench`; Node writes them.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

mod message;
mod ours;
mod peers;
mod stream;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

use stream::{Stream, stream};

fn main() {
    agree();
    divan::main();
}

/// Stops unless all decoders find the same.
fn agree() {
    for name in MESSAGES {
        let stream = stream(name);
        let [ours, one, other] =
            [ours::message, peers::eventsource_stream_message, peers::sse_stream_message]
                .map(|decode| decode(stream));
        assert_eq!(ours, one, "eventsource-stream finds otherwise in {name}");
        assert_eq!(ours, other, "sse-stream finds otherwise in {name}");
    }
    for name in EVENTS {
        let stream = stream(name);
        let [ours, one, other] =
            [ours::events, peers::eventsource_stream_events, peers::sse_stream_events]
                .map(|decode| decode(stream));
        assert_eq!(ours, one, "eventsource-stream finds otherwise in {name}");
        assert_eq!(ours, other, "sse-stream finds otherwise in {name}");
    }
    for name in FRAMED {
        let stream = stream(name);
        assert_eq!(ours::frames(stream), peers::smithy_frames(stream), "{name}");
        assert_eq!(ours::framed_message(stream), peers::smithy_message(stream), "{name}");
    }
}

fn measure<T>(bencher: Bencher, name: &str, decode: impl Fn(&Stream) -> T + Sync) {
    let stream = stream(name);
    bencher
        .counter(ItemsCount::new(stream.events))
        .counter(BytesCount::new(stream.bytes))
        .bench(|| decode(stream));
}

/// Streams and how they are cut.
const EVENTS: [&str; 2] = ["text 16k", "text event"];

/// Event names and data: how many, and how much data.
mod events {
    use super::{Bencher, EVENTS, measure, ours, peers};

    #[divan::bench(args = EVENTS)]
    fn taskpane_connector(bencher: Bencher, name: &str) {
        measure(bencher, name, ours::events);
    }

    #[divan::bench(args = EVENTS)]
    fn eventsource_stream(bencher: Bencher, name: &str) {
        measure(bencher, name, peers::eventsource_stream_events);
    }

    #[divan::bench(args = EVENTS)]
    fn sse_stream(bencher: Bencher, name: &str) {
        measure(bencher, name, peers::sse_stream_events);
    }
}

const MESSAGES: [&str; 5] =
    ["text 16k", "text event", "tool 16k", "thinking 16k", "interleaved 16k"];

/// The text of each block, put together.
mod messages {
    use super::{Bencher, MESSAGES, measure, ours, peers};

    #[divan::bench(args = MESSAGES)]
    fn taskpane_connector(bencher: Bencher, name: &str) {
        measure(bencher, name, ours::message);
    }

    #[divan::bench(args = MESSAGES)]
    fn eventsource_stream_and_serde_json(bencher: Bencher, name: &str) {
        measure(bencher, name, peers::eventsource_stream_message);
    }

    #[divan::bench(args = MESSAGES)]
    fn sse_stream_and_serde_json(bencher: Bencher, name: &str) {
        measure(bencher, name, peers::sse_stream_message);
    }
}

const FRAMED: [&str; 2] = ["bedrock 16k", "bedrock event"];

/// Frames of an event stream, both checksums verified: how many, and how much payload.
mod frames {
    use super::{Bencher, FRAMED, measure, ours, peers};

    #[divan::bench(args = FRAMED)]
    fn taskpane_connector(bencher: Bencher, name: &str) {
        measure(bencher, name, ours::frames);
    }

    #[divan::bench(args = FRAMED)]
    fn aws_smithy_eventstream(bencher: Bencher, name: &str) {
        measure(bencher, name, peers::smithy_frames);
    }
}

/// The text of each block out of Bedrock's frames.
mod framed_messages {
    use super::{Bencher, FRAMED, measure, ours, peers};

    #[divan::bench(args = FRAMED)]
    fn taskpane_connector(bencher: Bencher, name: &str) {
        measure(bencher, name, ours::framed_message);
    }

    #[divan::bench(args = FRAMED)]
    fn aws_smithy_eventstream_and_serde_json(bencher: Bencher, name: &str) {
        measure(bencher, name, peers::smithy_message);
    }
}
