//! What to do after an answer, or after none, and who does it.

use crate::error::{Audience, Code, Hint};
use crate::text;

use super::Asked;

/// A browser tells a page the same of a dead host and of a refused preflight,
/// so the hint names both, with the exact lines that CORS needs.
pub(super) fn without_answer(asked: &Asked<'_>) -> Hint {
    let host = asked.host();
    let mut names: Vec<_> = asked.request.headers().iter().map(|(name, _)| name.as_str()).collect();
    // Whoever lists models will send messages next.
    if !names.contains(&"content-type") {
        names.push("content-type");
    }
    let names = text::join(&names, ", ");
    let page = asked.page_origin;
    Hint::new(
        "check-network-or-cors",
        Audience::Admin,
        format!(
            "Either {host} can't be reached from this computer (name, firewall, certificate), or it does not allow this page by CORS. For the latter, answer OPTIONS without asking for a token and send: Access-Control-Allow-Origin: {page} on every answer, errors included, and Access-Control-Allow-Headers: {names}."
        ),
    )
    .with("host", host)
    .with("origin", page)
    .with("headers", names)
}

/// What to do where something on the way answers in the server's place.
pub(super) fn at_portal(asked: &Asked<'_>) -> Hint {
    let (host, origin) = (asked.host(), asked.origin());
    Hint::new(
        "check-portal",
        Audience::User,
        format!("Something between this computer and {host} answers in its place: a sign-in page of the network or of a proxy. Open {origin} in a browser, sign in there, and try again."),
    )
    .with("host", host)
}

/// What to do after an answer. `said` is the server's message, `html` whether
/// it came as a web page.
pub(super) fn after(code: Code, said: &str, html: bool, asked: &Asked<'_>) -> Hint {
    // A proxy that wants a sign-in first, or doesn't let this through.
    if html && matches!(code, Code::CredentialInvalid | Code::PermissionDenied) {
        return at_portal(asked);
    }
    let by_host = if html { None } else { by_host(code, said, asked) };
    let hint = match by_host.or_else(|| by_words(code, said)) {
        Some((id, audience, text)) => Hint::new(id, audience, text),
        None => by_code(code, asked),
    };
    hint.with("host", asked.host())
}

/// The next step, where the host tells whose it is: nobody here runs a cloud, or can look into its logs.
fn by_host(code: Code, said: &str, asked: &Asked<'_>) -> Option<Step> {
    let host = asked.origin().host();
    let cloud = match () {
        () if text::contains(host, "bedrock-runtime") => &AMAZON,
        () if host.ends_with(".googleapis.com") => &GOOGLE,
        () if !host.ends_with(".ai.azure.com") => return None,
        () if asked.request.header("x-api-key").is_some() => &MICROSOFT_BY_KEY,
        () => &MICROSOFT,
    };
    Some(match code {
        Code::CredentialInvalid => cloud.refused,
        Code::PermissionDenied if text::contains(said, "has not been used in project") => (
            "enable-vertex-ai-api",
            Audience::Admin,
            "Enable the Vertex AI API for the project, and wait a few minutes.",
        ),
        Code::PermissionDenied => cloud.denied,
        Code::ModelNotAvailable => (
            "choose-model",
            Audience::User,
            "Choose another model, or have this one enabled in the cloud's console.",
        ),
        Code::ServerError | Code::Timeout => (
            "wait",
            Audience::User,
            "Try again in a little while. If it goes on, the provider's status page may say why.",
        ),
        _ => return None,
    })
}

/// The next step, where only a gateway's words tell it.
fn by_words(code: Code, said: &str) -> Option<Step> {
    let says = |words| text::contains(said, words);
    Some(match code {
        // Azure API Management, https://learn.microsoft.com/azure/api-management/api-management-subscriptions
        Code::CredentialInvalid if says("missing subscription key") => (
            "name-subscription-key",
            Audience::Admin,
            "The gateway wants its subscription key in a header of its own: let the API's settings there call it x-api-key, or add Ocp-Apim-Subscription-Key to inference_headers.",
        ),
        // What a gateway passes on of a browser's headers makes Anthropic's API judge it as one.
        Code::CredentialInvalid if says("CORS requests") => (
            "remove-origin",
            Audience::Admin,
            "Let the gateway take the header Origin out of what it forwards.",
        ),
        Code::CredentialInvalid if says("Bearer") => (
            "use-authorization-header",
            Audience::Admin,
            "The gateway wants the token in the Authorization header: set gateway_auth_header to authorization.",
        ),
        Code::RequestInvalid if says("web_search") || says("code_execution") => (
            "leave-out-server-tools",
            Audience::Developer,
            "This gateway does not offer server tools (web search, code execution): leave them out of the request.",
        ),
        _ => return None,
    })
}

/// The next step after a gateway's answer that says no more than its code.
fn by_code(code: Code, asked: &Asked<'_>) -> Hint {
    let host = asked.host();
    match code {
        Code::CredentialInvalid => Hint::new(
            "check-token",
            Audience::User,
            format!(
                "Enter the token again, or ask whoever runs {host} for a new one. Some gateways want it in the other of the two headers."
            ),
        ),
        Code::PermissionDenied => Hint::new(
            "ask-for-access",
            Audience::Admin,
            format!(
                "The token is known to {host} and may not do this: give it access to the model, or raise its budget."
            ),
        ),
        Code::ModelNotAvailable => Hint::new(
            "choose-model",
            Audience::User,
            format!("Choose another model, or ask whoever runs {host} which names it routes."),
        ),
        Code::NotFound => Hint::new(
            "check-base-address",
            Audience::Admin,
            format!("Check the base address: requests go to {}.", asked.request.url().as_str()),
        )
        .with("url", asked.request.url().as_str()),
        Code::LimitExceeded => Hint::new(
            "shorten",
            Audience::User,
            "Shorten the conversation or leave out an attachment.",
        ),
        Code::RequestInvalid => Hint::new(
            "check-request",
            Audience::Developer,
            "The gateway names what it does not accept; change the request accordingly.",
        ),
        Code::RateLimited => Hint::new(
            "wait",
            Audience::User,
            "Wait a little and try again. If it goes on, a quota is used up: ask whoever runs the gateway.",
        ),
        Code::Overloaded => Hint::new(
            "wait",
            Audience::User,
            "The model has no capacity at the moment. Try again in a little while.",
        ),
        _ => Hint::new(
            "report-to-gateway",
            Audience::Admin,
            format!("Try again; if it repeats, look into the logs of {host}."),
        ),
    }
}

/// A hint's id, whose step it is, and what to do.
type Step = (&'static str, Audience, &'static str);

/// The next steps after what a cloud answered.
struct Cloud {
    refused: Step,
    denied: Step,
}

const AMAZON: Cloud = Cloud {
    refused: (
        "sign-in-for-aws",
        Audience::User,
        "Connect again. If it repeats, check this computer's clock, and that your account may use the role.",
    ),
    denied: (
        "allow-invoke-model",
        Audience::Admin,
        "Allow the role bedrock:InvokeModel and InvokeModelWithResponseStream for the model and its inference profile.",
    ),
};

const GOOGLE: Cloud = Cloud {
    refused: (
        "sign-in-to-google",
        Audience::User,
        "Sign in to Google again. If it repeats, the OAuth client isn't set up for this.",
    ),
    denied: (
        "grant-vertex-ai-user",
        Audience::Admin,
        "Give the Google account the role Vertex AI User on the project.",
    ),
};

const AZURE_ACCESS: Step = (
    "check-azure-access",
    Audience::Admin,
    "Check the resource's networking rules, that the key is this resource's, and that the user has the role Cognitive Services User.",
);

const MICROSOFT: Cloud = Cloud { refused: AZURE_ACCESS, denied: AZURE_ACCESS };

const MICROSOFT_BY_KEY: Cloud = Cloud {
    refused: (
        "renew-azure-key",
        Audience::Admin,
        "Copy the key again, or regenerate it, under Keys and Endpoint in the Azure portal.",
    ),
    ..MICROSOFT
};
