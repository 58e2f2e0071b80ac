//! Every form in which the service, and what stands in for it, answers.

use taskpane_connector::auth::sts::{Renewal, StsError, Unreadable};
use taskpane_connector::error::{Code, Failure};

use crate::support::{NOON_MS, TOKEN, fixtures, parse};

#[test]
fn the_same_credentials_in_every_form() {
    let cases = fixtures("success");
    assert_eq!(cases.len(), 15);
    for (name, body) in cases {
        let granted = parse(200, &body).unwrap_or_else(|error| panic!("{name}: {error}"));
        let credentials = granted.credentials();
        assert_eq!(credentials.access_key_id(), "ASIAIOSFODNN7EXAMPLE", "{name}");
        assert_eq!(
            credentials.secret_access_key().expose(),
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "{name}"
        );
        assert_eq!(
            credentials.session_token().unwrap().expose(),
            "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+abc/def==",
            "{name}"
        );
        assert_eq!(granted.expires_at_ms(), NOON_MS + 3_600_000, "{name}");
        assert_eq!(granted.renewal(NOON_MS), Renewal::NotYet, "{name}");
        assert!(!format!("{granted:?}").contains("bPxRfiCY"), "{name}");
    }
}

#[test]
fn every_refusal_has_its_hint() {
    use Code::{
        ConfigurationInvalid, CredentialInvalid, PermissionDenied, RateLimited, RequestInvalid,
        ServerError,
    };
    const FRESH: u8 = 1;
    const NEXT: u8 = 2;
    const RETRY: u8 = 4;
    let cases: [(&str, u16, Code, &str, u8); 24] = [
        ("access-denied.xml", 403, PermissionDenied, "check-trust-policy", 0),
        ("duration.xml", 400, ConfigurationInvalid, "raise-session-duration", 0),
        ("enveloped.json", 403, PermissionDenied, "check-trust-policy", 0),
        ("expired-as-an-emulator-says.xml", 400, CredentialInvalid, "sign-in-again", FRESH),
        ("expired.json", 400, CredentialInvalid, "sign-in-again", FRESH),
        ("expired.xml", 400, CredentialInvalid, "sign-in-again", FRESH),
        ("internal.xml", 500, ServerError, "try-again", NEXT | RETRY),
        ("invalid-token.xml", 400, CredentialInvalid, "sign-in-again", 0),
        ("keys-unavailable.xml", 400, CredentialInvalid, "wait-for-identity-provider", RETRY),
        ("malformed-policy.xml", 400, RequestInvalid, "reduce-session-tags", 0),
        ("no-provider.xml", 400, CredentialInvalid, "add-identity-provider", 0),
        ("packed-policy.xml", 400, RequestInvalid, "reduce-session-tags", 0),
        ("provider-unavailable.xml", 400, ServerError, "wait-for-identity-provider", RETRY),
        ("region-disabled.xml", 403, ConfigurationInvalid, "activate-sts", NEXT),
        ("rejected-claim.xml", 403, PermissionDenied, "sign-in-again", 0),
        ("role-arn.xml", 400, ConfigurationInvalid, "check-role-arn", 0),
        ("session-name.xml", 400, RequestInvalid, "check-aws-settings", 0),
        ("throttled.xml", 400, RateLimited, "wait", RETRY),
        ("thumbprint.xml", 400, CredentialInvalid, "check-thumbprint", 0),
        ("too-old.xml", 400, CredentialInvalid, "sign-in-again", FRESH),
        ("typed.json", 400, CredentialInvalid, "add-provider-audience", 0),
        ("unavailable.json", 503, ServerError, "try-again", NEXT | RETRY),
        ("unknown-forbidden.xml", 403, PermissionDenied, "check-trust-policy", 0),
        ("wrong-audience.xml", 400, CredentialInvalid, "add-provider-audience", 0),
    ];
    let fixtures = fixtures("refusals");
    let names: Vec<_> = fixtures.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, cases.map(|(name, ..)| name));
    for ((name, status, code, hint, next), (_, body)) in cases.into_iter().zip(&fixtures) {
        let error = parse(status, body).unwrap_err();
        assert_eq!(error.wants_fresh_token(), next & FRESH != 0, "{name}");
        assert_eq!(error.tries_next_endpoint(), next & NEXT != 0, "{name}");
        let failure = Failure::from(error);
        assert_eq!(failure.code, code, "{name}");
        assert_eq!(failure.hint.as_ref().unwrap().id, hint, "{name}");
        assert_eq!(failure.retryable, next & RETRY != 0, "{name}");
        assert_eq!(failure.status, Some(status), "{name}");
        assert!(failure.message.starts_with("STS AssumeRoleWithWebIdentity failed: "), "{name}");
        let id = failure.request_id.as_deref();
        let has_id = body.contains("26603485");
        assert_eq!(id, has_id.then_some("26603485-0bd5-11ea-a642-b7dfa91cf04b"), "{name}");
        // An error is one under any status.
        assert!(parse(200, body).is_err(), "{name}");
    }
}

#[test]
fn what_is_not_the_services() {
    let cases = [
        (200, "<!DOCTYPE html><html>Sign in</html>", Unreadable::WebPage),
        (200, "<HTML><body>Sign in", Unreadable::WebPage),
        (403, "<!doctype html><title>Blocked</title>", Unreadable::WebPage),
        (200, "", Unreadable::Nothing),
        (502, "\n", Unreadable::Nothing),
        (200, "Bad gateway", Unreadable::Foreign),
        (200, "[1]", Unreadable::Foreign),
        (404, "{\"message\":\"Not Found\"}", Unreadable::Foreign),
        (200, "{}", Unreadable::Missing("AccessKeyId")),
        (200, "<a/>", Unreadable::Missing("AccessKeyId")),
        (200, "{\"Credentials\":null}", Unreadable::Missing("AccessKeyId")),
        (200, "{\"Credentials\":{\"AccessKeyId\":\"\"}}", Unreadable::Missing("AccessKeyId")),
        (
            200,
            "<r><Credentials><AccessKeyId>A</AccessKeyId></Credentials></r>",
            Unreadable::Missing("SecretAccessKey"),
        ),
        (
            200,
            r#"{"Credentials":{"AccessKeyId":"A","SecretAccessKey":"s"}}"#,
            Unreadable::Missing("SessionToken"),
        ),
    ];
    for (status, body, expected) in cases {
        match parse(status, body) {
            Err(StsError::Unreadable { what, .. }) => assert_eq!(what, expected, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    let broken =
        r#"{"Credentials":{"AccessKeyId":"A","SecretAccessKey":"a b","SessionToken":"t"}}"#;
    let failure = Failure::from(parse(200, broken).unwrap_err());
    assert_eq!(failure.code, Code::ResponseInvalid);
    assert!(!failure.message.contains("a b"));
}

#[test]
fn a_token_that_the_answer_quotes_is_taken_out() {
    let body =
        format!("<e><Error><Code>X</Code><Message>bad token {TOKEN} here</Message></Error></e>");
    let failure = Failure::from(parse(400, &body).unwrap_err());
    assert_eq!(failure.message, "STS AssumeRoleWithWebIdentity failed: X: bad token •••• here");
}
