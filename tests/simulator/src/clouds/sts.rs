//! AWS's token service: `AssumeRoleWithWebIdentity` for an ID token of the
//! simulated Entra's, in XML, or in JSON for whoever asks for that.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::sessions::Session;
use super::{Clouds, clock, registrations};
use crate::gateway::random::identifier;
use crate::identity::verification::{self, TokenError};
use crate::identity::{Fields, applications};

/// How long a role's sessions last at most, in seconds.
const MOST_S: i64 = 3_600;

/// An error as the service has it: status, code and message.
#[derive(Clone, Debug)]
pub(crate) struct StsError {
    pub(crate) status: StatusCode,
    code: String,
    message: String,
}

/// The codes that the fault `sts=CODE` knows, with what AWS says and under
/// which status (API reference of STS, "AssumeRoleWithWebIdentity" and "Common
/// Errors").
const CODES: [(&str, u16, &str); 15] = [
    ("MalformedPolicyDocument", 400, "Syntax errors in policy."),
    ("PackedPolicyTooLarge", 400, "Packed size of session tags consumes 112% of allotted space."),
    ("IDPRejectedClaim", 403, "The identity provider rejected the claim."),
    ("IDPCommunicationError", 400, "The identity provider could not be reached."),
    (
        "InvalidIdentityToken",
        400,
        "No OpenIDConnect provider found in your account for https://login.microsoftonline.com/tenant/v2.0",
    ),
    (
        "ExpiredTokenException",
        400,
        "Token expired: current date/time 1795292400 must be before the expiration date/time 1795288800",
    ),
    (
        "RegionDisabledException",
        403,
        "STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.",
    ),
    ("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ("ValidationError", 400, "Request ARN is invalid"),
    ("Throttling", 400, "Rate exceeded"),
    ("RequestLimitExceeded", 503, "Request limit exceeded."),
    (
        "InternalFailure",
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    ("ServiceUnavailable", 503, "The request has failed due to a temporary failure of the server."),
    ("InvalidAction", 400, "Could not find operation for version 2011-06-15"),
    ("MissingAction", 400, "The request is missing an action or a required parameter."),
];

/// A code of the fault's, as it is known.
pub(crate) fn known_code(code: &str) -> Option<&'static str> {
    CODES.iter().map(|(known, ..)| *known).find(|known| *known == code)
}

/// The error of a code.
pub(crate) fn error_of(code: &'static str) -> StsError {
    let (status, message) = CODES
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or((400, ""), |(_, status, message)| (*status, *message));
    StsError {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

fn refuse(code: &'static str, message: impl Into<String>) -> StsError {
    StsError { message: message.into(), ..error_of(code) }
}

/// The service's clock, and how long what it issues lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) now_s: i64,
    pub(crate) lifetime_s: Option<i64>,
}

/// Who asked for what.
pub(crate) struct Granted {
    session: Session,
    role_arn: String,
    subject: String,
}

/// Issues credentials for a form.
pub(crate) fn assume_role(
    clouds: &Clouds,
    form: &Fields,
    region: Option<&str>,
    terms: Terms,
) -> Result<Granted, StsError> {
    match form.get("Action") {
        "AssumeRoleWithWebIdentity" => {}
        "" => return Err(error_of("MissingAction")),
        _ => return Err(error_of("InvalidAction")),
    }
    if form.get("Version") != "2011-06-15" {
        return Err(error_of("InvalidAction"));
    }
    let role_arn = form.get("RoleArn");
    let session_name = form.get("RoleSessionName");
    let token = form.get("WebIdentityToken");
    constrain("roleArn", role_arn, 20..=2_048, |_| true)?;
    constrain("roleSessionName", session_name, 2..=64, |c| {
        c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
    })?;
    constrain("webIdentityToken", token, 4..=20_000, |_| true)?;
    let asked_s = match form.get("DurationSeconds") {
        "" => MOST_S,
        text => text.parse().unwrap_or(0),
    };
    if asked_s < 900 {
        return Err(refuse(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{asked_s}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
            ),
        ));
    }
    if asked_s > MOST_S {
        return Err(refuse(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let partition = match region {
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        Some(region) if region.starts_with("cn-") => "aws-cn",
        _ => "aws",
    };
    let Some(resource) = role_arn.strip_prefix(&format!("arn:{partition}:iam::")) else {
        return Err(refuse("ValidationError", "Request ARN is invalid"));
    };
    let is_audience = |audience: &str| audience == applications::PANE;
    let claims = verification::verify(&clouds.identity, token, is_audience, terms.now_s)
        .map_err(|error| refusal(error, terms.now_s))?;
    // A role that isn't there and one that doesn't trust the caller look the same.
    let role = resource
        .strip_prefix("123456789012:role/")
        .and_then(|path| path.rsplit('/').next())
        .filter(|role| {
            [registrations::AWS_ROLE_ARN, registrations::AWS_ROLE_ARN_US]
                .iter()
                .any(|arn| arn.ends_with(&format!("/{role}")))
        });
    let Some(role) = role else { return Err(error_of("AccessDenied")) };
    let text =
        |name: &str| claims.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let expires_at_s = terms.now_s.saturating_add(terms.lifetime_s.unwrap_or(asked_s));
    let session = clouds.sessions.issue(role, session_name, expires_at_s, text("sid").to_owned());
    Ok(Granted { session, role_arn: role_arn.to_owned(), subject: text("sub").to_owned() })
}

fn constrain(
    name: &str,
    value: &str,
    lengths: std::ops::RangeInclusive<usize>,
    fits: impl Fn(char) -> bool,
) -> Result<(), StsError> {
    if lengths.contains(&value.len()) && value.chars().all(fits) {
        return Ok(());
    }
    // The token is not repeated.
    let shown = if name == "webIdentityToken" { "***" } else { value };
    Err(refuse(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{shown}' at '{name}' failed to satisfy constraint: Member must have length between {} and {}, and satisfy its pattern",
            lengths.start(),
            lengths.end()
        ),
    ))
}

fn refusal(error: TokenError, now_s: i64) -> StsError {
    match error {
        TokenError::Malformed => refuse(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        ),
        TokenError::Issuer(issuer) => refuse(
            "InvalidIdentityToken",
            format!("No OpenIDConnect provider found in your account for {issuer}"),
        ),
        TokenError::Audience => refuse("InvalidIdentityToken", "Incorrect token audience"),
        TokenError::Signature => refuse(
            "InvalidIdentityToken",
            "The web identity token's signature could not be verified",
        ),
        TokenError::Expired { at_s } => refuse(
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {now_s} must be before the expiration date/time {at_s}"
            ),
        ),
    }
}

/// Content type and body of an answer, in the format that was asked for.
pub(crate) fn written(
    result: &Result<Granted, StsError>,
    headers: &HeaderMap,
) -> (&'static str, String) {
    let asked = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let request_id = identifier("sts");
    if asked.is_some_and(|accept| accept.contains("application/json")) {
        ("application/json", json_of(result, &request_id).to_string())
    } else {
        ("text/xml", xml_of(result, &request_id))
    }
}

fn json_of(result: &Result<Granted, StsError>, request_id: &str) -> serde_json::Value {
    match result {
        Err(error) => json!({
            "Error": { "Code": error.code, "Message": error.message, "Type": "Sender" },
            "RequestId": request_id,
        }),
        Ok(Granted { session, role_arn, subject }) => json!({
            "AssumeRoleWithWebIdentityResponse": {
                "AssumeRoleWithWebIdentityResult": {
                    "AssumedRoleUser": {
                        "Arn": assumed(session),
                        "AssumedRoleId": format!("AROASIMULATED:{}", session.session_name),
                    },
                    "Audience": applications::PANE,
                    "Credentials": {
                        "AccessKeyId": session.access_key_id,
                        "Expiration": session.expires_at_s,
                        "SecretAccessKey": session.secret_access_key,
                        "SessionToken": session.session_token,
                    },
                    "PackedPolicySize": null,
                    "Provider": role_arn,
                    "SubjectFromWebIdentityToken": subject,
                },
                "ResponseMetadata": { "RequestId": request_id },
            },
        }),
    }
}

fn xml_of(result: &Result<Granted, StsError>, request_id: &str) -> String {
    const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
    match result {
        Err(StsError { code, message, .. }) => {
            let message = escaped(message);
            format!(
                "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
            )
        }
        Ok(Granted { session, subject, .. }) => {
            let Session { access_key_id, secret_access_key, session_token, .. } = session;
            let (arn, expiration) = (assumed(session), clock::iso(session.expires_at_s));
            let (subject, name) = (escaped(subject), escaped(&session.session_name));
            format!(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"{NAMESPACE}\">\n  <AssumeRoleWithWebIdentityResult>\n    <Audience>{}</Audience>\n    <AssumedRoleUser>\n      <AssumedRoleId>AROASIMULATED:{name}</AssumedRoleId>\n      <Arn>{arn}</Arn>\n    </AssumedRoleUser>\n    <SubjectFromWebIdentityToken>{subject}</SubjectFromWebIdentityToken>\n    <Credentials>\n      <AccessKeyId>{access_key_id}</AccessKeyId>\n      <SecretAccessKey>{secret_access_key}</SecretAccessKey>\n      <SessionToken>{session_token}</SessionToken>\n      <Expiration>{expiration}</Expiration>\n    </Credentials>\n  </AssumeRoleWithWebIdentityResult>\n  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n</AssumeRoleWithWebIdentityResponse>\n",
                applications::PANE
            )
        }
    }
}

fn assumed(session: &Session) -> String {
    format!("arn:aws:sts::123456789012:assumed-role/{}/{}", session.role, session.session_name)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
