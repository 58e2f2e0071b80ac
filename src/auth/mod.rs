//! Signing in: through the Office host (nested app authentication), and what
//! an ID token can be exchanged for ([`sts`]).
//!
//! The host has a bridge on the page's window; JSON messages go over it, and
//! the host's broker does the rest. [`Client`] decides what to send and what
//! an answer means; the page's side of it, `js/nested_app_auth.js`, posts and
//! waits.
//!
//! The messages are those of MSAL.js 5.29 (`@azure/msal-browser`), member by
//! member. What is different, and meant to be:
//!
//! - `clientLibrary` says the truth, unless the page sets another name.
//! - No scopes (`scopes: []`) ask for the default instead of for nothing, and
//!   scopes of two resources are refused before anything is sent: the host's
//!   answer to them differs from day to day.
//! - Blanks around and between scopes are one, and empty texts of a request
//!   are left out.
//! - A host that doesn't greet, or whose bridge throws, is a failure
//!   (`host-unsupported`, or `timeout`), where MSAL goes on as the client that
//!   signs in without a host, and then knows no account.
//! - Every wait has an end. An answer that comes after it is kept: a late
//!   token for the next caller, a late greeting for the next `open`.
//! - Equal requests that are under way share one message.
//! - The cache knows a token by what was asked for, too, so that `.default`
//!   is found again; a named account gets its own token or none; of several
//!   tokens that serve, the youngest does; a token pushes out another only
//!   where it covers it. Near its end a token is renewed while it still
//!   serves. The account of the latest token counts, not the one that the
//!   host had when the page loaded. A token for a `resource` (RFC 8707) serves
//!   nobody who doesn't name it. The names that a cloud's sign-in has had are
//!   one environment. What comes from the cache has a correlation ID where the
//!   request brought one, since it is in no log.
//! - A token that came for claims, or was forced, replaces all that it
//!   overlaps with. [`Client::invalidate`] makes the next request a forced one.
//! - A token for another account than the named one is a failure, and so is
//!   one of a tenant that the client's authority doesn't admit.
//! - A failure keeps the sub-error, the AADSTS number and the host's words.
//!   A status counts in any spelling. A closed window, a demand for the user
//!   or for consent is known by the code and the number too, where the status
//!   hides it. `error: null` is a failure like others, and so is
//!   `success: "false"`.
//! - `expires_in` may be a string or missing (`expires_on` is looked for); a
//!   token whose end nobody knows is given out once and not kept.
//! - Success without a token or an account is a broken answer, where MSAL takes
//!   it for a missing bridge. The second in which a request was sent is cut
//!   off, where MSAL rounds it: a token ends up to a second earlier. So is
//!   what `expires_in` has of a second.
//! - After a window that ended in `native_executor_error`, all is tried once
//!   more: silently, then with the user.
//! - `account.environment` may be missing: the ID token's issuer says it.
//! - Claims may be in base64, as a challenge brings them; where `id_token` or
//!   `access_token` in them is no object, one takes its place.
//! - Messages of another type, or that aren't JSON, are passed over. An ID is
//!   the same in capitals.
//! - [`Client::clear`] forgets everything; nothing outlives the page.
//! - An `account` has no `tenantProfiles`.

pub mod account;
pub mod attributes;
pub mod base64;
pub mod bridge_error;
pub mod cache;
pub mod claims;
pub mod client;
pub mod envelope;
pub mod expiry;
mod fields;
mod flight;
pub mod graph;
pub mod id_token;
mod meaning;
pub mod oauth;
pub mod patience;
pub mod request;
pub mod resource;
pub mod scopes;
pub mod settings;
pub mod sts;
pub mod token;

pub use client::{CallerId, Client, Mode, Outcome};
pub use settings::Settings;
