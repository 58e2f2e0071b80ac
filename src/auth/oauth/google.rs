//! Google's authorization server ("Using OAuth 2.0 for Web Server Applications").

/// Where users sign in.
pub(super) const LOGIN: &str = "https://accounts.google.com";

/// Where codes and refresh tokens are exchanged, and revoked.
pub(super) const TOKENS: &str = "https://oauth2.googleapis.com";

/// Routes of these two.
pub(super) const AUTHORIZE: &str = "/o/oauth2/v2/auth";
pub(super) const TOKEN: &str = "/token";
pub(super) const REVOKE: &str = "/revoke";

/// What is needed of every sign-in; there is no scope for a refresh token.
pub(super) const SCOPES: &str = "openid email";

/// Further fields of an authorization request. Only both together bring a
/// refresh token also to a user who has agreed before.
pub(super) const OFFLINE: &str = "&access_type=offline&prompt=consent";
