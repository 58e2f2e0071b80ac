//! Google's authorization server ("Using OAuth 2.0 for Web Server Applications").

/// Where users sign in.
pub const LOGIN_HOST: &str = "accounts.google.com";

/// Where codes and refresh tokens are exchanged, and revoked.
pub const TOKEN_HOST: &str = "oauth2.googleapis.com";

/// Routes of [`LOGIN_HOST`].
pub const AUTHORIZATION: &str = "/o/oauth2/v2/auth";

/// Routes of [`TOKEN_HOST`].
pub const TOKEN: &str = "/token";
/// See [`TOKEN`].
pub const REVOCATION: &str = "/revoke";

/// Further fields of an authorization request. Only both together bring a
/// refresh token also to a user who has agreed before.
pub const OFFLINE: [(&str, &str); 2] = [("access_type", "offline"), ("prompt", "consent")];
