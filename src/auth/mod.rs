//! Signing in: exchanging what the user is known by for what a provider takes.

pub mod sts;
