//! What a token is asked for, and whether what was granted covers it.

use crate::text::{contains, join};

use super::fields::{Words, has};

/// What MSAL asks for where a request names no scopes.
const OIDC_DEFAULT: &str = "openid profile offline_access";

/// Scopes of OpenID Connect itself. Entra grants them or not whatever was
/// asked, so they say nothing of what an access token is for.
const OIDC: &str = "openid profile email offline_access";

/// The one of them that a page gets nothing for: it is for a refresh token.
const OFFLINE: &str = "offline_access";

/// Microsoft Graph's application ID. Scopes without a resource are Graph's.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// A set of scopes: compared without regard to case, order and repetition
/// (RFC 6749 §3.3 has them case-sensitive, Entra has not), sent as they were
/// written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(String);

impl Scopes {
    /// Scopes separated by blanks. None at all stand for MSAL's default.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut scopes = String::new();
        for word in Words(text) {
            if !scopes.is_empty() {
                scopes.push(' ');
            }
            scopes.push_str(word);
        }
        if scopes.is_empty() {
            scopes.push_str(OIDC_DEFAULT);
        }
        Self(scopes)
    }

    /// As they go over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same set.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        lacking(&self.0, &other.0, "").is_none() && lacking(&other.0, &self.0, "").is_none()
    }

    /// Whether a token with these scopes serves who asked for `wanted`.
    #[must_use]
    pub fn cover(&self, wanted: &Self) -> bool {
        // Who wants only OpenID Connect's own wants those.
        let asks = lacking(OIDC, &wanted.0, "").is_some();
        lacking(&self.0, &wanted.0, if asks { OIDC } else { OFFLINE }).is_none()
    }

    /// Whether they have a scope of a resource in common.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> bool {
        let mut words = Words(&self.0);
        words.any(|word| has(&other.0, word) && !has(OIDC, word))
    }

    /// Two resources that can't be in one request; empty where there is one.
    #[must_use]
    pub fn mixed_resources(&self) -> String {
        let lower = self.0.to_ascii_lowercase();
        let mut first = "";
        for word in Words(&lower) {
            let resource = resource(word);
            if first.is_empty() {
                first = resource;
            } else if !resource.is_empty() && resource != first {
                return join(&[first, resource], " and ");
            }
        }
        String::new()
    }
}

/// The first word of `wanted` that is neither in `text` nor in `optional`.
fn lacking<'a>(text: &str, wanted: &'a str, optional: &str) -> Option<&'a str> {
    Words(wanted).find(|word| !has(text, word) && !has(optional, word))
}

/// What a scope is a scope of: all before its last slash, and Graph where
/// there is nothing before; nothing for OpenID Connect's own.
fn resource(scope: &str) -> &str {
    if has(OIDC, scope) {
        return "";
    }
    let (mut prefix, _) = scope.rsplit_once('/').unwrap_or_default();
    // `api://app` and `https://host` alone name no scope.
    if prefix.ends_with(":/") {
        return scope;
    }
    while let Some(shorter) = prefix.strip_suffix('/') {
        prefix = shorter;
    }
    // Its hosts in all clouds are named so.
    let graph = prefix.is_empty() || prefix == GRAPH || contains(prefix, "graph.");
    if graph { "Microsoft Graph" } else { prefix }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_same_in_every_spelling() {
        let spellings =
            ["User.Read Files.Read", "files.read  USER.READ", "User.Read Files.Read User.Read"];
        for text in spellings {
            assert!(Scopes::parse(text).same(&Scopes::parse("User.Read Files.Read")), "{text}");
        }
        assert_eq!(Scopes::parse(" b  A ").as_str(), "b A");
        assert_eq!(Scopes::parse("").as_str(), "openid profile offline_access");
    }

    #[test]
    fn a_grant_covers_what_it_holds() {
        let cases = [
            ("User.Read Files.Read", "files.read", true),
            ("User.Read", "User.Read Files.Read", false),
            ("User.Read", "User.Read openid profile email offline_access", true),
            ("openid profile User.Read", "openid profile offline_access", true),
            ("User.Read", "openid", false),
            ("api://x/a api://x/b", "api://x/.default", false),
        ];
        for (granted, wanted, covers) in cases {
            assert_eq!(
                Scopes::parse(granted).cover(&Scopes::parse(wanted)),
                covers,
                "{granted}: {wanted}"
            );
        }
    }

    #[test]
    fn only_resource_scopes_overlap() {
        let overlap = |one: &str, other: &str| Scopes::parse(one).overlap(&Scopes::parse(other));
        assert!(overlap("User.Read openid", "user.read Mail.Read"));
        assert!(!overlap("User.Read openid", "openid Mail.Read"));
    }

    #[test]
    fn one_request_is_for_one_resource() {
        let cases = [
            ("User.Read Mail.Read openid", ""),
            ("User.Read https://graph.microsoft.com/Mail.Read", ""),
            ("https://graph.microsoft.us/User.Read User.Read", ""),
            ("00000003-0000-0000-c000-000000000000/.default User.Read", ""),
            ("api://gw/.default openid offline_access", ""),
            ("api://gw/a api://gw/b", ""),
            ("https://vault.azure.net//.default", ""),
            ("api://gw", ""),
            ("api://gw/a User.Read", "api://gw and Microsoft Graph"),
            ("api://gw/a api://mcp/b", "api://gw and api://mcp"),
        ];
        for (text, mixed) in cases {
            assert_eq!(Scopes::parse(text).mixed_resources(), mixed, "{text}");
        }
    }
}
