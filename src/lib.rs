//! The core of an Office taskpane that talks to Claude through the
//! organisation's own LLM gateway.
//!
//! Everything outside `web` is free of input and output: time and random
//! bytes are arguments, and work for the host is returned as a value.

pub mod error;
pub mod json;
pub mod stream;
pub mod web;
