//! Signing in without the Office host: the authorization code flow with PKCE
//! (RFC 6749, 7636, OpenID Connect Core), for Entra and for Google.
//!
//! A [`Broker`] takes the messages of nested app authentication and does
//! itself what a host's broker would: it lets the user sign in in a window,
//! exchanges the code, keeps a refresh token and renews with it. So the client
//! of this crate, [`super::Client`], caches, shares, renews and refuses as it
//! does in front of a host, and a page gets the same results and the same
//! failures whichever of the two signs it in.
//!
//! Prepare, send, parse; windows, fetch and storage are the page's
//! (`js/standard_sign_in.js`). What is checked:
//!
//! - `state`, drawn for each window, in constant time: an answer that doesn't
//!   bring it is somebody else's, and changes nothing.
//! - `iss` of the answer where there is one (RFC 9207): the host of the server
//!   that was asked.
//! - The ID token's `nonce` and `aud`. Its signature is not: it comes from the
//!   token endpoint itself, over TLS (OpenID Connect Core §3.1.3.7).
//!
//! The refresh token is the one secret that outlives the page. It is sealed
//! where the host can do that, and revoked at sign-out where the identity
//! provider knows how.

pub mod broker;
mod code_flow;
pub mod entra;
mod fields;
mod google;
mod grant;
mod reply;
pub mod settings;

pub use broker::{Broker, Step};
pub use code_flow::RANDOM_BYTES;
pub use settings::Settings;
