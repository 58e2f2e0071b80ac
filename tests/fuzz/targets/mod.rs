//! What is true of every input. The fuzzer (`fuzz/`) and the tests call the
//! same functions; they panic where it isn't.

#![allow(dead_code, reason = "each of the fuzzer's programs uses one target")]

pub(crate) mod auth;
pub(crate) mod configuration;
pub(crate) mod frames;
pub(crate) mod json;
pub(crate) mod messages;
pub(crate) mod sse;

mod framing;
mod pieces;
mod shape;

#[path = "../../stream/accumulate.rs"]
mod accumulate;
#[path = "../../stream/answer.rs"]
mod answer;
#[path = "../../stream/feeding.rs"]
mod feeding;
#[path = "../../auth/pane.rs"]
mod host_pane;
#[path = "../../stream/reference.rs"]
mod reference;
#[path = "../../json/tree.rs"]
mod tree;
#[path = "../../oauth/pane.rs"]
mod window_pane;
