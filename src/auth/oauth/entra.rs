//! Microsoft Entra: its clouds, its routes, and what it says in its own way.

use crate::json::Json;

use super::super::fields::text;

/// Routes of a tenant.
pub(super) const AUTHORIZE: &str = "/oauth2/v2.0/authorize";
pub(super) const TOKEN: &str = "/oauth2/v2.0/token";

/// What every sign-in needs: an ID token with a name in it, a refresh token.
pub(super) const SCOPES: &str = "openid profile offline_access";

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The value of `graph_cloud`.
    pub name: &'static str,
    /// Where its users sign in.
    pub login_host: &'static str,
    /// Its Microsoft Graph, which scopes without a resource belong to.
    pub graph_host: &'static str,
}

/// The clouds, the worldwide one first (Microsoft identity platform, "National
/// clouds"; Microsoft Graph, "National cloud deployments").
pub const CLOUDS: [Cloud; 4] = [
    Cloud {
        name: "global",
        login_host: "login.microsoftonline.com",
        graph_host: "graph.microsoft.com",
    },
    Cloud {
        name: "us-gov-high",
        login_host: "login.microsoftonline.us",
        graph_host: "graph.microsoft.us",
    },
    Cloud {
        name: "us-gov-dod",
        login_host: "login.microsoftonline.us",
        graph_host: "dod-graph.microsoft.us",
    },
    Cloud {
        name: "china",
        login_host: "login.partner.microsoftonline.cn",
        graph_host: "microsoftgraph.chinacloudapi.cn",
    },
];

/// The cloud of that name; the worldwide one where none is named.
#[must_use]
pub fn cloud(name: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.name == name || name.is_empty())
}

/// Errors that say that the refresh token itself is of no use any more: it
/// expired unused (700082), it is one of a single-page application and its
/// 24 hours are over (700084), or the user's grant was revoked (50173).
const SPENT: [u64; 3] = [50_173, 700_082, 700_084];

/// Whether a refusal leaves no use for the refresh token that was shown.
#[must_use]
pub fn spends_refresh_token(error: Json<'_>) -> bool {
    let sub_error = text(error, "suberror");
    let mut spends = sub_error == "bad_token" || sub_error == "token_expired";
    for number in error.get("error_codes").unwrap_or(Json::NULL).elements() {
        spends |= SPENT.iter().any(|spent| number.as_u64() == Some(*spent));
    }
    spends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_go_by_their_configured_name() {
        assert_eq!(cloud("china").map(|cloud| cloud.graph_host), Some(CLOUDS[3].graph_host));
        assert_eq!(cloud(""), Some(&CLOUDS[0]));
        assert_eq!(cloud("Global"), None);
    }

    #[test]
    fn a_demand_for_the_user_leaves_the_refresh_token() {
        let cases = [
            (r#"{"error":"invalid_grant","error_codes":[700084]}"#, true),
            (r#"{"error":"invalid_grant","error_codes":[50173]}"#, true),
            (r#"{"error":"invalid_grant","suberror":"bad_token"}"#, true),
            (r#"{"error":"invalid_grant","suberror":"basic_action","error_codes":[50076]}"#, false),
            (
                r#"{"error":"invalid_grant","suberror":"consent_required","error_codes":[65001]}"#,
                false,
            ),
            (r#"{"error_codes":"700084"}"#, false),
            ("{}", false),
        ];
        for (error, spends) in cases {
            assert_eq!(spends_refresh_token(Json::parse(error, 8).unwrap()), spends, "{error}");
        }
    }
}
