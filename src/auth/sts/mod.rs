//! Temporary AWS credentials for the user's ID token: the operation
//! AssumeRoleWithWebIdentity of the AWS Security Token Service.
//!
//! Prepare, send, parse; the sending is the caller's:
//!
//! 1. [`AssumeRole::new`] with the role, the account and the ID token.
//! 2. For each of [`endpoints`], until one answers: send
//!    [`AssumeRole::prepare`], hand the answer to [`AssumeRole::parse`]. Go on
//!    to the next where there was no answer, or where
//!    [`StsError::tries_next_endpoint`] says so.
//! 3. Where [`StsError::wants_fresh_token`], begin again, once, with a token
//!    that the identity provider has issued anew.
//! 4. Before each use, [`TemporaryCredentials::renewal`] says whether to do
//!    all this again.
//!
//! The ID token goes to the service's own hosts: an [`Endpoint`] can only be
//! made from a region, and nothing else can be prepared for.

mod answer;
mod endpoint;
mod error;
mod lifetime;
mod request;
mod role_arn;
mod xml;

pub use endpoint::{Endpoint, EndpointError, endpoints};
pub use error::{Refusal, StsError, Unreadable};
pub use lifetime::{Renewal, TemporaryCredentials};
pub use request::{AssumeRole, TokenError, session_name};
pub use role_arn::{RoleArn, RoleArnError};
