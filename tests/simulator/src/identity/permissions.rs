//! What tokens are for: the resource behind a scope, what a resource demands
//! of a token besides, and what nobody has agreed to yet.

use serde_json::Value;

/// Microsoft Graph, which scopes without a resource belong to.
pub(super) const GRAPH: &str = "https://graph.microsoft.com";

/// The scopes that are about the user and not about a resource.
const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A scope with this in it needs consent: of the user, or of an administrator.
const UNCONSENTED: &str = "unconsented";
const ADMINS_ALONE: &str = "admin-only";

/// The claim of a token for what a user has done to get it (Conditional Access,
/// "authentication context"), and the one that takes a window.
const CONTEXT: &str = "acrs";
const WITH_USER: &str = "c2";

/// Who has to agree before there is a token for a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    User,
    Admin,
}

pub(super) fn consent(scope: &str) -> Consent {
    if scope.contains(ADMINS_ALONE) {
        Consent::Admin
    } else if scope.contains(UNCONSENTED) {
        Consent::User
    } else {
        Consent::Given
    }
}

/// The resource of a request's first scope for one: a token's `aud`.
pub(crate) fn resource(scope: &str) -> &str {
    let of_resource = scope.split(' ').find(|scope| !OPENID.contains(scope));
    match of_resource.and_then(|scope| scope.rsplit_once('/')) {
        Some((resource, _)) => resource,
        None => GRAPH,
    }
}

/// What is granted: `.default` under the name behind it, as Entra does.
pub(super) fn granted(scope: &str) -> String {
    let granted: Vec<String> = scope
        .split(' ')
        .filter(|scope| *scope != "offline_access")
        .map(|scope| match scope.strip_suffix("/.default") {
            Some(resource) => format!("{resource}/user_impersonation"),
            None => scope.to_owned(),
        })
        .collect();
    granted.join(" ")
}

/// The permissions alone: a token's `scp`.
pub(super) fn names(granted: &str) -> String {
    let names: Vec<&str> =
        granted.split(' ').map(|scope| scope.rsplit('/').next().unwrap_or(scope)).collect();
    names.join(" ")
}

/// The authentication contexts that a request's `claims` demand of the token.
pub(super) fn contexts(claims: &str) -> Vec<String> {
    let claims: Value = serde_json::from_str(claims).unwrap_or_default();
    let Some(demanded) = claims.pointer(&format!("/access_token/{CONTEXT}")) else {
        return Vec::new();
    };
    let one = demanded.get("value").into_iter();
    let several = demanded.get("values").and_then(Value::as_array).into_iter().flatten();
    one.chain(several).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a context is one that a user has to do something for.
pub(super) fn takes_user(contexts: &[String]) -> bool {
    contexts.iter().any(|context| context == WITH_USER)
}

/// Whether a token's claims have a context.
pub(super) fn has_context(claims: &Value, context: &str) -> bool {
    let held = claims.get(CONTEXT).and_then(Value::as_array);
    held.is_some_and(|held| held.iter().any(|one| one == context))
}
