//! The core of an Office taskpane that talks to Claude through the
//! organisation's own LLM gateway.
//!
//! Everything outside `web` is free of input and output: time and random
//! bytes are arguments, and work for the host is returned as a value.

pub mod auth;
mod block;
pub mod config;
pub mod connection;
pub mod credentials;
pub mod date;
pub mod diagnosis;
pub mod error;
pub mod http;
pub mod json;
pub mod provider;
pub mod secret;
pub mod sigv4;
pub mod stream;
mod text;
pub mod web;
