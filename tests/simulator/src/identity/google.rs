//! Google: sign-in page, token and revocation endpoints of a web application
//! with a client secret. Errors as Google writes them.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::users::{USERS, User};
use super::{
    Asked, Code, GoogleToken, Granted, SecretKind, applications, keys, page, readable, send_back,
    set, signing,
};
use crate::clouds::clock;

/// A choice of the page that takes the access asked for out of what is granted.
const WITHOUT_ACCESS: &str = "-without-access";

pub(super) fn answer(asked: &Asked<'_>, rest: &[&str]) -> Response {
    match rest {
        ["o", "oauth2", "v2", "auth"] => authorize(asked),
        ["token"] if asked.post => token(asked),
        ["revoke"] if asked.post => revoke(asked),
        ["oauth2", "v3", "certs"] => keys(asked.identity),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn authorize(asked: &Asked<'_>) -> Response {
    let request = &asked.query;
    let title = "Sign in with Google (simulated)";
    if request.get("client_id") != applications::GOOGLE {
        return page::dead_end(title, "Error 401: invalid_client. The OAuth client was not found.");
    }
    if request.get("redirect_uri") != asked.identity.redirect_uri {
        return page::dead_end(title, "Error 400: redirect_uri_mismatch");
    }
    if let Some(error) = &asked.trial.error {
        return send_back(request, vec![("error", error.clone())]);
    }
    let choice = request.get("choose");
    if choice == "cancel" {
        return send_back(request, vec![("error", "access_denied".into())]);
    }
    let chosen = User::by_name(choice.trim_end_matches(WITHOUT_ACCESS));
    let Some(user) = asked.trial.sso.or(chosen) else {
        let without = format!("{}{WITHOUT_ACCESS}", USERS[0].name);
        let mut choices = vec![(without.as_str(), format!("{}, without access", USERS[0].upn))];
        choices.extend(USERS.iter().map(|user| (user.name, user.upn.to_owned())));
        choices.push(("cancel", "Cancel".to_owned()));
        return page::choices(title, request, &choices);
    };
    let mut scope = granted_names(request.get("scope"));
    if choice.ends_with(WITHOUT_ACCESS) {
        scope.retain(|scope| !scope.ends_with("cloud-platform"));
    }
    let code = Code {
        client: applications::GOOGLE.to_owned(),
        redirect_uri: asked.identity.redirect_uri.clone(),
        challenge: request.get("code_challenge").to_owned(),
        nonce: request.get("nonce").to_owned(),
        claims: String::new(),
        scope: scope.join(" "),
        user,
        offline: request.get("access_type") == "offline" && request.get("prompt") == "consent",
        redeemed: false,
    };
    asked.identity.give_code(code, request)
}

/// Google grants `email` under a longer name.
fn granted_names(scope: &str) -> Vec<&str> {
    let name = |scope| match scope {
        "email" => "https://www.googleapis.com/auth/userinfo.email",
        other => other,
    };
    scope.split(' ').map(name).collect()
}

fn token(asked: &Asked<'_>) -> Response {
    let form = &asked.form;
    let grant_type = form.get("grant_type");
    asked.identity.issued(|issued| issued.journal.push(format!("google {grant_type}")));
    if form.get("client_id") != applications::GOOGLE {
        return refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "The OAuth client was not found.",
        );
    }
    match form.get("client_secret") {
        "" => {
            return refuse(StatusCode::BAD_REQUEST, "invalid_request", "client_secret is missing.");
        }
        applications::GOOGLE_SECRET => {}
        _ => {
            let text = "The provided client secret is invalid.";
            return refuse(StatusCode::UNAUTHORIZED, "invalid_client", text);
        }
    }
    match grant_type {
        "authorization_code" => match asked.identity.redeem(form) {
            Ok(code) => tokens(asked, &code.scope, code.user, Some(&code.nonce), code.offline),
            Err(_) => refuse(StatusCode::BAD_REQUEST, "invalid_grant", "Bad Request"),
        },
        "refresh_token" => {
            let known = asked
                .identity
                .issued(|issued| issued.grants.get(form.get("refresh_token")).cloned());
            match known {
                Some(granted) => tokens(asked, &granted.scope, granted.user, None, false),
                None => {
                    let text = "Token has been expired or revoked.";
                    refuse(StatusCode::BAD_REQUEST, "invalid_grant", text)
                }
            }
        }
        other => refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", other),
    }
}

fn tokens(
    asked: &Asked<'_>,
    scope: &str,
    user: &'static User,
    nonce: Option<&str>,
    offline: bool,
) -> Response {
    let mut claims = json!({
        "iss": "https://accounts.google.com", "aud": applications::GOOGLE, "azp": applications::GOOGLE,
        "sub": user.object_id, "email": user.upn, "email_verified": true, "name": user.display_name,
    });
    if let Some(nonce) = nonce {
        set(&mut claims, "nonce", json!(nonce));
    }
    let lifetime_s = asked.trial.lifetime_s.unwrap_or(3_599);
    // Whoever refreshes goes on with the same grant.
    let mut grant = asked.form.get("refresh_token").to_owned();
    if offline {
        let client = applications::GOOGLE.to_owned();
        let granted = Granted { client, scope: scope.to_owned(), user };
        grant = asked.identity.give_refresh_token(granted);
    }
    let mut body = json!({
        "access_token": access_token(asked, scope, lifetime_s, &grant),
        "expires_in": lifetime_s,
        "scope": scope,
        "token_type": "Bearer",
        "id_token": asked.identity.give_id_token(claims),
    });
    if offline {
        set(&mut body, "refresh_token", json!(grant));
    }
    readable(StatusCode::OK, &body)
}

/// An access token, remembered with what it is good for.
pub(super) fn access_token(asked: &Asked<'_>, scope: &str, lifetime_s: i64, grant: &str) -> String {
    let token = format!("ya29.{}", signing::random_text());
    let known = GoogleToken {
        scope: scope.to_owned(),
        expires_at_s: clock::now_s(0).saturating_add(lifetime_s),
        epoch: asked.identity.epoch(&asked.trial.id),
        grant: grant.to_owned(),
    };
    asked.identity.issued(|issued| issued.google.insert(token.clone(), known));
    asked.identity.give(SecretKind::AccessToken, token)
}

/// Either token ends the grant, and with it all that came of it.
fn revoke(asked: &Asked<'_>) -> Response {
    let token = asked.form.get("token");
    let known = asked.identity.issued(|issued| {
        issued.journal.push("google revoke".to_owned());
        let of_access = issued.google.remove(token).map(|access| access.grant);
        let grant = of_access.clone().unwrap_or_else(|| token.to_owned());
        let ended = issued.grants.remove(&grant).is_some();
        issued.google.retain(|_, access| access.grant.is_empty() || access.grant != grant);
        ended || of_access.is_some()
    });
    if known {
        return readable(StatusCode::OK, &json!({}));
    }
    refuse(StatusCode::BAD_REQUEST, "invalid_token", "Token expired or revoked")
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    let body: Value = json!({ "error": error, "error_description": description });
    readable(status, &body)
}
