//! Microsoft Entra: its clouds, its routes, and what it says in its own way.

use crate::json::Json;

use crate::text::{join, split_once};

use super::super::fields::text;

/// Routes of a tenant.
pub(super) const AUTHORIZE: &str = "/oauth2/v2.0/authorize";
pub(super) const TOKEN: &str = "/oauth2/v2.0/token";

/// What stands in a tenant's place for all of them that are organisations.
const ANY_TENANT: &str = "organizations";

/// What every sign-in needs: an ID token with a name in it, a refresh token.
pub(super) const SCOPES: &str = "openid profile offline_access";

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The value of `graph_cloud`.
    pub name: &'static str,
    /// Where its users sign in, whichever organisation they are of.
    pub login: &'static str,
    /// Its Microsoft Graph, which scopes without a resource belong to.
    pub graph_host: &'static str,
}

/// The clouds, the worldwide one first (Microsoft identity platform, "National
/// clouds"; Microsoft Graph, "National cloud deployments").
pub static CLOUDS: [Cloud; 4] = [
    Cloud {
        name: "global",
        login: "https://login.microsoftonline.com/organizations",
        graph_host: "graph.microsoft.com",
    },
    Cloud {
        name: "us-gov-high",
        login: "https://login.microsoftonline.us/organizations",
        graph_host: "graph.microsoft.us",
    },
    Cloud {
        name: "us-gov-dod",
        login: "https://login.microsoftonline.us/organizations",
        graph_host: "dod-graph.microsoft.us",
    },
    Cloud {
        name: "china",
        login: "https://login.partner.microsoftonline.cn/organizations",
        graph_host: "microsoftgraph.chinacloudapi.cn",
    },
];

/// The cloud of that name. No name is the worldwide cloud's.
#[must_use]
pub fn cloud(name: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| name.is_empty() || name == cloud.name)
}

/// Where the users of the cloud of that name sign in; empty for none of
/// Microsoft's.
#[must_use]
pub fn login(name: &str) -> &'static str {
    cloud(name).map_or("", |cloud| cloud.login)
}

/// Where the users of a tenant sign in, which is named by its ID; those of any
/// organisation where it isn't.
#[must_use]
pub fn authority(cloud: &str, tenant: &str) -> String {
    let login = login(cloud);
    let is_id = tenant.len() == 36 && tenant.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match split_once(login, ANY_TENANT) {
        Some((host, _)) if is_id => join(&[host, tenant], ""),
        _ => login.to_owned(),
    }
}

/// Errors that say that the refresh token itself is of no use any more: it
/// expired unused (700082), it is one of a single-page application and its
/// 24 hours are over (700084), or the user's grant was revoked (50173).
const SPENT: [&str; 3] = ["AADSTS50173:", "AADSTS700082:", "AADSTS700084:"];

/// Whether a refusal leaves no use for the refresh token that was shown.
#[must_use]
pub fn spends_refresh_token(error: Json<'_>) -> bool {
    let sub_error = text(error, "suberror");
    let description = text(error, "error_description");
    let mut spends = sub_error == "bad_token" || sub_error == "token_expired";
    for number in SPENT {
        spends |= description.starts_with(number);
    }
    spends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_by_its_id() {
        const TENANT: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
        let cases = [
            ("", "", "https://login.microsoftonline.com/organizations"),
            ("", TENANT, "https://login.microsoftonline.com/aaaaaaaa-0000-4000-8000-00000000000a"),
            ("china", "a/../b", "https://login.partner.microsoftonline.cn/organizations"),
            ("mars", TENANT, ""),
        ];
        for (cloud, tenant, expected) in cases {
            assert_eq!(authority(cloud, tenant), expected);
        }
    }

    #[test]
    fn clouds_go_by_their_configured_name() {
        assert_eq!(login("us-gov-dod"), CLOUDS[2].login);
        assert_eq!(login(""), CLOUDS[0].login);
        assert_eq!(login("Global"), "");
        for cloud in &CLOUDS {
            let host = cloud.login.strip_prefix("https://").unwrap();
            assert!(host.ends_with("/organizations"), "{host}");
            assert!(!cloud.graph_host.contains('/'));
        }
    }

    #[test]
    fn a_demand_for_the_user_leaves_the_refresh_token() {
        let cases = [
            (r#"{"error":"invalid_grant","error_description":"AADSTS700084: The"}"#, true),
            (r#"{"error":"invalid_grant","error_description":"AADSTS50173: The"}"#, true),
            (r#"{"error":"invalid_grant","suberror":"bad_token"}"#, true),
            (r#"{"suberror":"basic_action","error_description":"AADSTS50076: Due"}"#, false),
            (r#"{"suberror":"consent_required","error_description":"AADSTS65001: The"}"#, false),
            (r#"{"error_description":"AADSTS7000840: Not"}"#, false),
            ("{}", false),
        ];
        for (error, spends) in cases {
            assert_eq!(spends_refresh_token(Json::parse(error, 8).unwrap()), spends, "{error}");
        }
    }
}
