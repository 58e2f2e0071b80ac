//! What the fuzzer runs, without the fuzzer: each target over its committed
//! corpus, over the fixtures and over a few seconds of random inputs. Long runs
//! are `cargo xtask fuzz`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod inputs;
mod targets;

use proptest::prelude::*;

use inputs::{damaged, seeds};

/// A target with the folders that its inputs are in.
macro_rules! target {
    ($name:ident, $cases:literal, $folders:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn over_the_corpus() {
                let corpus = concat!("fuzz/corpus/", stringify!($name));
                assert!(!seeds(&[corpus]).is_empty(), "the corpus of the fuzzer is missing");
                for (path, input) in seeds(&[corpus]).into_iter().chain(seeds(&$folders)) {
                    // Named where it fails.
                    println!("{}", path.display());
                    targets::$name::check(&input);
                }
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases($cases))]

                #[test]
                fn over_random_inputs(input in damaged(&$folders)) {
                    targets::$name::check(&input);
                }
            }
        }
    };
}

target!(
    sse,
    1500,
    [
        "tests/fixtures/event-source/wpt",
        "tests/fixtures/event-source/eventsource-parser",
        "tests/fixtures/event-source/own",
    ]
);
target!(messages, 400, ["tests/fixtures/streams"]);
target!(
    frames,
    300,
    [
        "tests/fixtures/event-stream/messages",
        "tests/fixtures/event-stream/frames",
        "tests/fixtures/event-stream/smithy-rs",
    ]
);
target!(auth, 1000, ["fuzz/corpus/auth"]);
target!(json, 2000, ["tests/fixtures/json/json-test-suite"]);
target!(configuration, 500, ["fuzz/corpus/configuration"]);
