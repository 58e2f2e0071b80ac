//! What Entra says when it gives no token: by number, with the error, the
//! sub-error and the words of it, for the token endpoint, for the sign-in page
//! and for the broker of an Office host.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{readable, set};

/// One of Entra's errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    number: u32,
    error: &'static str,
    sub_error: &'static str,
    text: &'static str,
    /// What a broker calls it.
    status: &'static str,
    /// Whether it demands that the user meets a policy, in claims.
    demands: bool,
}

const GRANT: &str = "invalid_grant";
const INTERACTION: &str = "interaction_required";
const ASK: &str = "USER_INTERACTION_REQUIRED";
const LASTING: &str = "PERSISTENT_ERROR";
const PASSING: &str = "TRANSIENT_ERROR";

const fn refusal(
    number: u32,
    error: &'static str,
    sub_error: &'static str,
    status: &'static str,
    text: &'static str,
) -> Refusal {
    Refusal { number, error, sub_error, text, status, demands: false }
}

const fn demanding(refusal: Refusal) -> Refusal {
    Refusal { demands: true, ..refusal }
}

/// By number.
static REFUSALS: &[Refusal] = &[
    refusal(
        50_058,
        "login_required",
        "",
        ASK,
        "A silent sign-in request was sent but no user is signed in.",
    ),
    demanding(refusal(
        50_074,
        INTERACTION,
        "basic_action",
        ASK,
        "Strong Authentication is required.",
    )),
    demanding(refusal(
        50_076,
        INTERACTION,
        "basic_action",
        ASK,
        "Due to a configuration change made by your administrator, you must use multi-factor authentication.",
    )),
    demanding(refusal(
        50_079,
        INTERACTION,
        "basic_action",
        ASK,
        "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.",
    )),
    refusal(
        50_105,
        GRANT,
        "",
        LASTING,
        "Your administrator has configured the application to block users unless they are specifically granted access.",
    ),
    refusal(
        50_173,
        GRANT,
        "bad_token",
        ASK,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    ),
    refusal(
        50_196,
        GRANT,
        "",
        LASTING,
        "The server terminated an operation because it encountered a client request loop.",
    ),
    demanding(refusal(
        53_000,
        INTERACTION,
        "message_only",
        LASTING,
        "Device is not in required device state: compliant. Conditional Access policy requires a compliant device.",
    )),
    demanding(refusal(
        53_001,
        INTERACTION,
        "message_only",
        LASTING,
        "Device is not in required device state: domain_joined.",
    )),
    demanding(refusal(
        53_003,
        GRANT,
        "message_only",
        LASTING,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    )),
    refusal(
        65_001,
        GRANT,
        "consent_required",
        ASK,
        "The user or administrator has not consented to use the application.",
    ),
    refusal(
        70_043,
        GRANT,
        "bad_token",
        ASK,
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
    ),
    refusal(90_033, "temporarily_unavailable", "", PASSING, "A transient error has occurred."),
    refusal(
        90_094,
        GRANT,
        "consent_required",
        ASK,
        "An administrator of the organisation has not consented to use the application.",
    ),
    refusal(
        500_011,
        "invalid_resource",
        "",
        LASTING,
        "The resource principal was not found in the tenant named Contoso.",
    ),
    refusal(
        530_021,
        INTERACTION,
        "message_only",
        LASTING,
        "Application does not meet the conditional access approved app requirements.",
    ),
    refusal(
        650_057,
        "invalid_resource",
        "",
        LASTING,
        "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration.",
    ),
    refusal(
        700_084,
        GRANT,
        "",
        ASK,
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.",
    ),
];

impl Refusal {
    /// That of a number; of one that isn't listed, what all have in common.
    pub(super) fn of(number: u32) -> Self {
        let listed = REFUSALS.iter().find(|refusal| refusal.number == number);
        listed.copied().unwrap_or(refusal(number, GRANT, "", LASTING, "As asked for."))
    }

    /// What the sign-in page says of an application that isn't registered.
    pub(super) fn unknown_application(client: &str) -> String {
        format!(
            "AADSTS700016: Application with identifier '{client}' was not found in the directory 'Contoso'."
        )
    }

    /// As a page shows it.
    pub(super) fn sentence(self) -> String {
        format!("AADSTS{}: {}", self.number, self.text)
    }

    /// As the token endpoint answers.
    pub(super) fn response(self) -> Response {
        let mut body = body(self.error, self.number, self.text);
        if !self.sub_error.is_empty() {
            set(&mut body, "suberror", json!(self.sub_error));
        }
        if self.demands {
            let policy =
                json!({ "essential": true, "values": ["c9a3b2d1-0000-4000-8000-0000000ca001"] });
            let claims = json!({ "access_token": { "capolids": policy } });
            set(&mut body, "claims", json!(claims.to_string()));
        }
        readable(StatusCode::BAD_REQUEST, &body)
    }

    /// As an Office host's broker passes it on.
    pub(super) fn of_broker(self) -> Value {
        json!({
            "status": self.status,
            "code": self.error,
            "subError": self.sub_error,
            "description": self.sentence(),
            "properties": null,
        })
    }
}

/// An error for which there is no more than a sentence.
pub(super) fn error(code: &str, number: u32, text: &str) -> Response {
    readable(StatusCode::BAD_REQUEST, &body(code, number, text))
}

fn body(code: &str, number: u32, text: &str) -> Value {
    const TRACE: &str = "255d1aef-8c98-452f-ac51-23d051240864";
    const WHEN: &str = "2026-11-21 17:05:00Z";
    json!({
        "error": code,
        "error_description": format!("AADSTS{number}: {text} Trace ID: {TRACE} Correlation ID: fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7 Timestamp: {WHEN}"),
        "error_codes": [number],
        "timestamp": WHEN,
        "trace_id": TRACE,
        "correlation_id": "fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7",
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    })
}
