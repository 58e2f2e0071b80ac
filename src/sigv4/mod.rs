//! AWS Signature Version 4: the headers that prove to an AWS service who sends
//! a request, and when.
//!
//! [`sign()`] is pure: the time is an argument, and it returns the headers to
//! add. Each step of the signature is a function of its own, as AWS describes
//! them in "Create a signed AWS API request" (IAM User Guide):
//!
//! 1. [`canonical_request`]: the request in the one form that both sides hash;
//! 2. [`sign`](mod@sign): the string to sign, the signing key, the signature.
//!
//! [`region`] knows which names can be regions, [`fetch`] signs what a browser
//! will make of a request, and [`clock_skew`] reads out of a refusal how wrong
//! this computer's clock is.
//!
//! Not here: signatures in the query (presigned URLs), chunked uploads and
//! Signature Version 4A, which nothing that a taskpane talks to needs.

pub mod canonical_request;
pub mod clock_skew;
pub mod credentials;
mod error;
pub mod fetch;
mod hmac;
pub mod region;
pub mod settings;
pub mod sign;

pub use clock_skew::ClockSkew;
pub use credentials::{AwsCredentials, CredentialsError};
pub use error::SigningError;
pub use region::{Partition, Region, RegionError};
pub use settings::{PathEncoding, SigningSettings};
pub use sign::{SignableRequest, SigningParams, sign};
