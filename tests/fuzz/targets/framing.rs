//! The frames' own tests, as far as the fuzzer's target is made of them.

use super::answer;

#[path = "../../event_stream/encoder.rs"]
pub(crate) mod encoder;
#[path = "../../event_stream/feeding.rs"]
pub(crate) mod feeding;
#[path = "../../event_stream/smithy.rs"]
pub(crate) mod smithy;
