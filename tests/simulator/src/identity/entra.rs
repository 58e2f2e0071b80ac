//! Entra: sign-in and consent pages, the token endpoint with its rules for
//! single-page applications, keys. Errors as Entra writes them.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::permissions::{self, Consent};
use super::refusal::{Refusal, error};
use super::users::{TENANT, USERS, User};
use super::{
    Asked, Code, CodeError, Fields, Granted, Grantee, TokenSpec, applications, keys, page,
    readable, send_back, set, signing,
};

pub(super) fn answer(asked: &Asked<'_>, tenant: &str, rest: &[&str]) -> Response {
    match rest {
        ["oauth2", "v2.0", "authorize"] => authorize(asked, tenant),
        ["oauth2", "v2.0", "token"] if asked.post => token(asked),
        ["discovery", "v2.0", "keys"] => keys(asked.identity),
        ["adminconsent"] => admin_consent(asked),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The redirect URI of a registration, and whether it is one of a single-page application.
fn registration<'a>(asked: &'a Asked<'_>, client: &str) -> Option<(&'a str, bool)> {
    let own = asked.identity.redirect_uri.as_str();
    match client {
        applications::PANE => Some((own, true)),
        applications::WEB => Some((own, false)),
        applications::ELSEWHERE => Some(("https://elsewhere.example/auth.html", true)),
        _ => None,
    }
}

/// The page on which an administrator agrees for everybody.
fn admin_consent(asked: &Asked<'_>) -> Response {
    const TITLE: &str = "Permissions requested for your organisation";
    let client = asked.query.get("client_id");
    if registration(asked, client).is_none() {
        return page::dead_end(TITLE, &Refusal::unknown_application(client));
    }
    if asked.query.get("choose") == "accept" {
        asked.identity.consent(asked.trial, client);
        return page::done(TITLE, "Everybody in Contoso may use the application.");
    }
    page::choices(TITLE, &asked.query, &[("accept", "Accept".to_owned())])
}

fn authorize(asked: &Asked<'_>, tenant: &str) -> Response {
    let request = &asked.query;
    let client = request.get("client_id");
    let title = "Sign in to Contoso (simulated)";
    let Some((redirect_uri, _)) = registration(asked, client) else {
        return page::dead_end(title, &Refusal::unknown_application(client));
    };
    // To whoever is not registered nothing is told but on this page.
    if redirect_uri != request.get("redirect_uri") {
        let text = format!(
            "AADSTS50011: The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application '{client}'.",
            request.get("redirect_uri")
        );
        return page::dead_end(title, &text);
    }
    for needed in ["response_type", "scope", "state", "nonce", "code_challenge"] {
        if !request.has(needed) {
            let text = format!(
                "AADSTS900144: The request body must contain the following parameter: '{needed}'."
            );
            return refuse_in_address(request, "invalid_request", &text);
        }
    }
    if request.get("code_challenge_method") != "S256" {
        return refuse_in_address(
            request,
            "invalid_request",
            "AADSTS501491: Invalid code challenge method.",
        );
    }
    if let Some(error) = &asked.trial.error {
        return refuse_in_address(request, error, "");
    }
    let choice = request.get("choose");
    if choice == "cancel" {
        return send_back(
            request,
            vec![("error", "access_denied".into()), ("error_subcode", "cancel".into())],
        );
    }
    if choice == "decline" {
        let text = "AADSTS65004: User declined to consent to access the app.";
        return refuse_in_address(request, "access_denied", text);
    }
    let Some(user) = asked.trial.sso.or_else(|| User::by_name(choice.trim_end_matches("-agrees")))
    else {
        return page::choices(title, request, &sign_in_choices(request.get("login_hint")));
    };
    if tenant != "common" && tenant != "consumers" && user.tenant != TENANT {
        let text = format!(
            "AADSTS50020: User account '{}' from identity provider 'live.com' does not exist in tenant 'Contoso' and cannot access the application '{client}' in that tenant.",
            user.upn
        );
        return page::dead_end(title, &text);
    }
    if let Some(number) = asked.trial.blocked {
        return page::dead_end("You cannot access this right now", &Refusal::of(number).sentence());
    }
    match permissions::consent(request.get("scope")) {
        Consent::Given => {}
        _ if asked.identity.has_consented(asked.trial, client) => {}
        Consent::User if choice.ends_with("-agrees") => {}
        Consent::User => {
            let agrees = format!("{}-agrees", user.name);
            let choices =
                [(agrees.as_str(), "Accept".to_owned()), ("decline", "Cancel".to_owned())];
            return page::choices("Permissions requested", request, &choices);
        }
        Consent::Admin => {
            let back = "Return to the application without granting consent".to_owned();
            return page::choices("Need admin approval", request, &[("decline", back)]);
        }
    }
    let code = Code {
        client: client.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        challenge: request.get("code_challenge").to_owned(),
        nonce: request.get("nonce").to_owned(),
        claims: request.get("claims").to_owned(),
        scope: request.get("scope").to_owned(),
        user,
        offline: true,
        redeemed: false,
    };
    asked.identity.give_code(code, request)
}

fn sign_in_choices(hint: &str) -> Vec<(&'static str, String)> {
    let mut choices: Vec<_> = USERS
        .iter()
        .map(|user| (user.name, format!("{} <{}>", user.display_name, user.upn)))
        .collect();
    if let Some(at) = USERS.iter().position(|user| user.upn == hint) {
        choices.swap(0, at);
    }
    choices.push(("cancel", "Cancel".to_owned()));
    choices
}

fn refuse_in_address(request: &Fields, error: &str, description: &str) -> Response {
    let mut answer = vec![("error", error.to_owned())];
    if !description.is_empty() {
        answer.push(("error_description", description.to_owned()));
    }
    send_back(request, answer)
}

fn token(asked: &Asked<'_>) -> Response {
    let (form, trial) = (&asked.form, asked.trial);
    let grant_type = form.get("grant_type");
    asked.identity.issued(|issued| issued.journal.push(format!("entra {grant_type}")));
    if let Some(status) = trial.down {
        return StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY).into_response();
    }
    if trial.html {
        let fixed =
            [(header::CONTENT_TYPE, "text/html"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
        return (fixed, "<!doctype html><title>Contoso network access</title>").into_response();
    }
    let client = form.get("client_id");
    let Some((redirect_uri, single_page)) = registration(asked, client) else {
        return error(
            "unauthorized_client",
            700_016,
            "Application was not found in the directory.",
        );
    };
    let origin = asked.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    match (single_page, origin) {
        (true, None) => {
            let text = "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.";
            return error("invalid_request", 9_002_327, text);
        }
        (true, Some(origin)) if !redirect_uri.starts_with(&format!("{origin}/")) => {
            return error("invalid_request", 9_002_327, "The origin is not the redirect URI's.");
        }
        (false, Some(_)) => {
            let text = "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.";
            return error("invalid_request", 9_002_326, text);
        }
        _ => {}
    }
    match grant_type {
        "authorization_code" => exchange(asked),
        "refresh_token" => refresh(asked),
        _ => {
            error("unsupported_grant_type", 70_003, "The app requested an unsupported grant type.")
        }
    }
}

fn exchange(asked: &Asked<'_>) -> Response {
    if let Some(number) = asked.trial.exchange {
        return Refusal::of(number).response();
    }
    match asked.identity.redeem(&asked.form) {
        Ok(code) => {
            let scope = scope_of(asked, &code.scope);
            let contexts = permissions::contexts(&code.claims);
            let grantee =
                Grantee { client: &code.client, user: code.user, nonce: Some(&code.nonce) };
            tokens(asked, &grantee, &scope, contexts, code.offline)
        }
        Err(CodeError::Redeemed) => {
            error("invalid_grant", 54_005, "OAuth2 Authorization code was already redeemed.")
        }
        Err(CodeError::Verifier) => error(
            "invalid_grant",
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        ),
        Err(CodeError::Unknown) => {
            error("invalid_grant", 70_008, "The provided authorization code is expired.")
        }
    }
}

fn refresh(asked: &Asked<'_>) -> Response {
    if let Some(number) = asked.trial.refresh {
        return Refusal::of(number).response();
    }
    let form = &asked.form;
    let known =
        asked.identity.issued(|issued| issued.grants.get(form.get("refresh_token")).cloned());
    let Some(granted) = known.filter(|granted| granted.client == form.get("client_id")) else {
        return error(
            "invalid_grant",
            9_002_313,
            "Invalid request. Request is malformed or invalid.",
        );
    };
    let scope = scope_of(asked, &granted.scope);
    let (needed, had) = (permissions::consent(&scope), permissions::consent(&granted.scope));
    if needed != Consent::Given
        && needed != had
        && !asked.identity.has_consented(asked.trial, &granted.client)
    {
        return Refusal::of(65_001).response();
    }
    let contexts = permissions::contexts(form.get("claims"));
    if permissions::takes_user(&contexts) {
        return Refusal::of(50_076).response();
    }
    let grantee = Grantee { client: &granted.client, user: granted.user, nonce: None };
    tokens(asked, &grantee, &scope, contexts, true)
}

/// What is asked for now, else what was asked for before.
fn scope_of(asked: &Asked<'_>, before: &str) -> String {
    let now = asked.form.get("scope");
    if now.is_empty() { before.to_owned() } else { now.to_owned() }
}

fn tokens(
    asked: &Asked<'_>,
    to: &Grantee<'_>,
    scope: &str,
    contexts: Vec<String>,
    offline: bool,
) -> Response {
    let lifetime_s = asked.trial.lifetime_s.unwrap_or(3_600);
    let spec = TokenSpec { scope, contexts, lifetime_s, number: "" };
    let tokens = asked.identity.give_tokens(asked.trial, to, &spec);
    let user = to.user;
    let mut body = json!({
        "token_type": "Bearer",
        "scope": tokens.scope,
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": tokens.access,
        "id_token": tokens.id,
        "client_info": signing::encode(json!({ "uid": user.object_id, "utid": user.tenant }).to_string()),
    });
    if offline && scope.contains("offline_access") {
        let granted = Granted { client: to.client.to_owned(), scope: scope.to_owned(), user };
        set(&mut body, "refresh_token", json!(asked.identity.give_refresh_token(granted)));
        set(&mut body, "refresh_token_expires_in", json!(86_399));
    }
    readable(StatusCode::OK, &body)
}
