//! What a token is asked for, and whether what was granted covers it.

/// What MSAL asks for where a request names no scopes.
const OIDC_DEFAULT: &str = "openid profile offline_access";

/// Scopes of OpenID Connect itself. Entra grants them or not whatever was
/// asked, so they say nothing of what an access token is for.
const OIDC: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Microsoft Graph, which scopes without a resource belong to: its hosts in
/// all clouds, and its application ID.
const GRAPH: [&str; 6] = [
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://graph.microsoft.de",
    "https://microsoftgraph.chinacloudapi.cn",
    "00000003-0000-0000-c000-000000000000",
];

/// A set of scopes: compared without regard to case, order and repetition
/// (RFC 6749 §3.3 has them case-sensitive, Entra has not), sent as they were
/// written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes {
    text: String,
    set: Vec<String>,
}

impl Scopes {
    /// Scopes separated by blanks. None at all stand for MSAL's default.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut words: Vec<_> = text.split_ascii_whitespace().collect();
        if words.is_empty() {
            words = OIDC_DEFAULT.split(' ').collect();
        }
        let text = words.join(" ");
        let set = sorted(words.iter().map(|word| word.to_ascii_lowercase()));
        Self { text, set }
    }

    /// As they go over the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same for every spelling of the same set.
    #[must_use]
    pub fn canonical(&self) -> String {
        self.set.join(" ")
    }

    /// Whether both are the same set.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        self.set == other.set
    }

    /// Whether a token with these scopes serves who asked for `wanted`.
    #[must_use]
    pub fn cover(&self, wanted: &Self) -> bool {
        let relevant: Vec<_> = wanted.resource_scopes().collect();
        if relevant.is_empty() {
            // Only OpenID Connect's own: a refresh token is nothing a page gets.
            return wanted
                .set
                .iter()
                .filter(|scope| *scope != "offline_access")
                .all(|scope| self.set.contains(scope));
        }
        relevant.into_iter().all(|scope| self.set.contains(scope))
    }

    /// Whether they have a scope of a resource in common.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> bool {
        self.resource_scopes().any(|scope| other.set.contains(scope))
    }

    /// Two resources that can't be in one request, where there are two.
    #[must_use]
    pub fn mixed_resources(&self) -> Option<(&str, &str)> {
        let mut resources = self.resource_scopes().map(|scope| resource(scope));
        let first = resources.next()?;
        let other = resources.find(|other| *other != first)?;
        Some((first, other))
    }

    fn resource_scopes(&self) -> impl Iterator<Item = &String> {
        self.set.iter().filter(|scope| !OIDC.contains(&scope.as_str()))
    }
}

/// The words in order, each once. There are a handful; the standard library's
/// sorting is made for more, and costs 3 KB.
pub(super) fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut sorted: Vec<String> = Vec::new();
    for word in words {
        let at = sorted.iter().position(|other| *other >= word).unwrap_or(sorted.len());
        if sorted.get(at) != Some(&word) {
            sorted.insert(at, word);
        }
    }
    sorted
}

/// What a scope is a scope of: all before its last slash, and Graph where
/// there is nothing before.
fn resource(scope: &str) -> &str {
    let prefix = match scope.rsplit_once('/') {
        // `api://app` and `https://host` alone name no scope.
        Some((prefix, _)) if !prefix.ends_with(":/") => prefix.trim_end_matches('/'),
        Some(_) => scope,
        None => "",
    };
    if prefix.is_empty() || GRAPH.contains(&prefix) { "Microsoft Graph" } else { prefix }
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
            ("User.Read Mail.Read openid", None),
            ("User.Read https://graph.microsoft.com/Mail.Read", None),
            ("https://graph.microsoft.us/User.Read User.Read", None),
            ("00000003-0000-0000-c000-000000000000/.default User.Read", None),
            ("api://gw/.default openid offline_access", None),
            ("api://gw/a api://gw/b", None),
            ("https://vault.azure.net//.default", None),
            ("api://gw", None),
            ("api://gw/a User.Read", Some(("api://gw", "Microsoft Graph"))),
            ("api://gw/a api://mcp/b", Some(("api://gw", "api://mcp"))),
        ];
        for (text, mixed) in cases {
            assert_eq!(Scopes::parse(text).mixed_resources(), mixed, "{text}");
        }
    }
}
