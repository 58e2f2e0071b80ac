//! What opens a provider, from nothing held to a refusal in the middle.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use taskpane_connector::config::{Configuration, Key, ProviderSettings, Reading, Values};
use taskpane_connector::error::{Code, Failure};
use taskpane_connector::http::answer::TransportError;
use taskpane_connector::http::{Answer, Head, Request};
use taskpane_connector::provider::Provider;
use taskpane_connector::provider::access::{Access, AccessError, Next, TokenKind};
use taskpane_connector::provider::messages::MessageParams;

const MINUTE: u64 = 60_000;
const NOON: u64 = 1_795_262_400_000;
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
const GLOBAL: &str = "https://sts.amazonaws.com/";
const REGIONAL: &str = "https://sts.eu-central-1.amazonaws.com/";

const BEDROCK: [(Key, &str); 2] =
    [(Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"), (Key::AwsRegion, "eu-central-1")];
const VERTEX: [(Key, &str); 3] =
    [(Key::GoogleClientId, "c"), (Key::GcpProjectId, "contoso-ai"), (Key::GcpRegion, "global")];
const ENTRA: [(Key, &str); 2] =
    [(Key::AzureResourceName, "contoso-ai"), (Key::GatewayAuthSource, "entra")];
const KEY: [(Key, &str); 2] = [(Key::AzureResourceName, "contoso-ai"), (Key::AzureApiKey, "k")];

fn provider(pairs: &[(Key, &str)]) -> Provider {
    let mut values = Values::default();
    for (key, value) in pairs {
        values.set(*key, *value);
    }
    let mut configuration = Configuration::merge(values, Values::default(), Vec::new());
    let Ok(Reading::Complete(settings)) = ProviderSettings::read(&mut configuration) else {
        panic!("incomplete");
    };
    Provider::new(*settings).unwrap()
}

fn answer(status: u16, body: &str) -> Answer {
    Answer { head: Head { status, headers: Vec::new() }, body: body.to_owned() }
}

/// Credentials that end some minutes after noon.
fn granted(id: &str, minutes: u64) -> Answer {
    let end = (NOON + minutes * MINUTE) / 1_000;
    answer(
        200,
        &format!(
            r#"{{"Credentials":{{"AccessKeyId":"{id}","SecretAccessKey":"s","SessionToken":"t","Expiration":{end}}}}}"#
        ),
    )
}

fn refused(status: u16, code: &str) -> Answer {
    answer(status, &format!(r#"{{"Error":{{"Code":"{code}","Message":"no"}}}}"#))
}

/// What is to be done next, in a word.
fn next(access: &Access, now_ms: u64) -> String {
    match access.poll(now_ms) {
        Next::Ready => "ready".to_owned(),
        Next::Send(request) => request.url().as_str().to_owned(),
        Next::Token(wanted) => {
            let fresh = if wanted.fresh { " anew" } else { "" };
            format!("{}{fresh}", wanted.kind.as_str())
        }
    }
}

fn message(provider: &Provider) -> Request {
    let params = MessageParams::read(r#"{"model":"m","max_tokens":1,"messages":[]}"#).unwrap();
    provider.messages_request(&params, false, &[]).unwrap()
}

/// Which key or token a request is authorised with, and which of the ones held it is.
fn used(provider: &Provider, now_ms: u64) -> (String, u32) {
    let mut request = message(provider);
    let generation = provider.access().authorize(&mut request, now_ms / 1_000).unwrap();
    let value = request.header("authorization").unwrap().expose();
    let id = value.split(['=', '/', ' ']).filter(|part| part.len() > 1).nth(1).unwrap();
    let id = if id == "Credential" { value.split(['=', '/']).nth(1).unwrap() } else { id };
    (id.to_owned(), generation)
}

/// A provider whose role has been assumed at noon for an hour.
fn assumed() -> Provider {
    let provider = provider(&BEDROCK);
    let access = provider.access();
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    access.handle_answer(&granted("FIRST", 60), NOON).unwrap();
    provider
}

#[test]
fn a_key_is_there_from_the_start_and_for_good() {
    let provider = provider(&KEY);
    assert_eq!(next(provider.access(), u64::MAX), "ready");
    let mut request = message(&provider);
    let generation = provider.access().authorize(&mut request, 0).unwrap();
    assert!(!provider.access().refused(generation, &Head::default()), "there is no other");
    provider.access().handle_token("other", "", None, NOON).unwrap();
    provider.access().authorize(&mut request, 0).unwrap();
    assert_eq!(request.header("x-api-key").unwrap().expose(), "k");
}

#[test]
fn a_role_is_assumed_with_an_id_token() {
    let provider = provider(&BEDROCK);
    let access = provider.access();
    assert_eq!(access.authorize(&mut message(&provider), 0), Err(AccessError::Nothing));
    assert_eq!(next(access, NOON), "entra-id");
    access.handle_token(TOKEN, "ada@contoso.com", None, NOON).unwrap();
    let Next::Send(request) = access.poll(NOON) else { panic!("nothing to send") };
    assert_eq!(request.url().as_str(), GLOBAL);
    assert!(request.body().unwrap().contains("RoleSessionName=ada%40contoso.com"));
    access.handle_answer(&granted("FIRST", 60), NOON).unwrap();
    assert_eq!(next(access, NOON), "ready");
    assert_eq!(used(&provider, NOON).0, "FIRST");
}

#[test]
fn one_flight_serves_all_clones() {
    let provider = provider(&BEDROCK);
    let (one, other) = (provider.clone(), provider.clone());
    one.access().handle_token(TOKEN, "ada", None, NOON).unwrap();
    assert_eq!(next(other.access(), NOON), GLOBAL);
    other.access().handle_answer(&granted("FIRST", 60), NOON).unwrap();
    // The same answer, once more and late, from whoever sent it as well.
    one.access().handle_answer(&granted("SECOND", 60), NOON).unwrap();
    assert_eq!(used(&one, NOON).0, "FIRST");
}

#[test]
fn the_regions_own_host_is_asked_where_the_global_one_does_not_help() {
    let network = TransportError::Network { offline: false };
    type Fault<'a> = &'a dyn Fn(&Access) -> Result<(), Failure>;
    let faults: [(&str, Fault<'_>); 4] = [
        ("unreachable", &|access| access.handle_no_answer(&network, "", NOON)),
        ("a proxy", &|access| access.handle_answer(&answer(200, "<html>"), NOON)),
        ("disabled", &|access| {
            access.handle_answer(&refused(403, "RegionDisabledException"), NOON)
        }),
        ("failing", &|access| access.handle_answer(&refused(500, "InternalFailure"), NOON)),
    ];
    for (fault, fail) in faults {
        let provider = provider(&BEDROCK);
        let access = provider.access();
        access.handle_token(TOKEN, "ada", None, NOON).unwrap();
        assert_eq!(next(access, NOON), GLOBAL);
        fail(access).unwrap();
        assert_eq!(next(access, NOON), REGIONAL, "{fault}");
        assert!(fail(access).is_err(), "{fault}");
        // The next attempt begins anew.
        assert_eq!(next(access, NOON), "entra-id", "{fault}");
    }
}

#[test]
fn an_expired_token_is_asked_for_anew_once() {
    let provider = provider(&BEDROCK);
    let access = provider.access();
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    access.handle_answer(&refused(400, "ExpiredTokenException"), NOON).unwrap();
    assert_eq!(next(access, NOON), "entra-id anew");
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    let failure = access.handle_answer(&refused(400, "ExpiredTokenException"), NOON).unwrap_err();
    assert_eq!(failure.code, Code::CredentialInvalid);
    assert_eq!(next(access, NOON), "entra-id");
}

#[test]
fn a_refusal_for_good_asks_nobody_else() {
    for code in ["AccessDenied", "InvalidIdentityToken", "IDPRejectedClaim"] {
        let provider = provider(&BEDROCK);
        provider.access().handle_token(TOKEN, "ada", None, NOON).unwrap();
        assert!(provider.access().handle_answer(&refused(403, code), NOON).is_err(), "{code}");
        assert_eq!(next(provider.access(), NOON), "entra-id");
    }
}

#[test]
fn credentials_are_renewed_ahead_of_their_end() {
    let provider = assumed();
    let access = provider.access();
    assert_eq!(next(access, NOON + 49 * MINUTE), "ready");
    assert_eq!(next(access, NOON + 50 * MINUTE), "entra-id");
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    access.handle_answer(&granted("SECOND", 110), NOON + 50 * MINUTE).unwrap();
    assert_eq!(used(&provider, NOON + 50 * MINUTE).0, "SECOND");
    assert_eq!(next(access, NOON + 90 * MINUTE), "ready");
}

#[test]
fn while_they_serve_a_failed_renewal_is_nobodys_concern() {
    let provider = assumed();
    let access = provider.access();
    let soon = NOON + 50 * MINUTE;
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    access.handle_answer(&refused(403, "AccessDenied"), soon).unwrap();
    assert_eq!(next(access, soon), "ready");
    assert_eq!(used(&provider, soon).0, "FIRST");
    assert_eq!(next(access, soon + MINUTE), "entra-id", "tried again after a while");
    assert!(access.handle_no_token(soon + MINUTE));
    assert_eq!(next(access, soon + MINUTE), "ready");
    // At the end there is no way round it.
    let end = NOON + 58 * MINUTE;
    assert_eq!(next(access, end), "entra-id");
    assert!(!access.handle_no_token(end));
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    assert!(access.handle_answer(&refused(403, "AccessDenied"), end).is_err());
}

#[test]
fn what_is_refused_in_the_middle_is_let_go_of_once() {
    let provider = assumed();
    let access = provider.access();
    let (_, first) = used(&provider, NOON);
    assert!(access.refused(first, &Head::default()));
    assert_eq!(next(access, NOON), "entra-id", "AWS refuses the credentials, not the token");
    access.handle_token(TOKEN, "ada", None, NOON).unwrap();
    access.handle_answer(&granted("SECOND", 60), NOON).unwrap();
    // Another call hears of the same refusal only now: what is held is newer.
    assert!(access.refused(first, &Head::default()));
    assert_eq!(used(&provider, NOON).0, "SECOND");
}

#[test]
fn tokens_are_bearers_for_their_provider() {
    for (pairs, kind, scope) in [
        (&VERTEX[..], TokenKind::Google, "https://www.googleapis.com/auth/cloud-platform"),
        (&ENTRA[..], TokenKind::Entra, "https://cognitiveservices.azure.com/.default"),
    ] {
        let provider = provider(pairs);
        let access = provider.access();
        let Next::Token(wanted) = access.poll(NOON) else { panic!("no token wanted") };
        assert_eq!((wanted.kind, &*wanted.scope, wanted.fresh), (kind, scope, false));
        access.handle_token("one.two", "", Some(NOON + 60 * MINUTE), NOON).unwrap();
        let (token, generation) = used(&provider, NOON);
        assert_eq!(token, "one.two");
        assert_eq!(next(access, NOON + 57 * MINUTE), "ready");
        assert_eq!(next(access, NOON + 58 * MINUTE), kind.as_str());
        assert!(access.refused(generation, &Head::default()));
        assert_eq!(next(access, NOON), format!("{} anew", kind.as_str()));
        // One that doesn't say when it ends serves until it is refused.
        access.handle_token("three", "", None, NOON).unwrap();
        assert_eq!(next(access, u64::MAX), "ready");
        // Nor is one asked for again that comes expired: the provider judges it.
        access.handle_token("four", "", Some(NOON - MINUTE), NOON).unwrap();
        assert_eq!(next(access, NOON), "ready");
        assert!(access.handle_token("to\nken", "", None, NOON).is_err());
    }
}

#[test]
fn claims_are_heeded_where_the_refused_token_was_entras() {
    let challenge = r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#;
    let refusal =
        Head { status: 401, headers: vec![("www-authenticate".to_owned(), challenge.to_owned())] };
    for (pairs, claims) in [(&ENTRA[..], r#"{"a":1}"#), (&VERTEX[..], "")] {
        let provider = provider(pairs);
        let access = provider.access();
        access.handle_token("one", "", None, NOON).unwrap();
        let (_, generation) = used(&provider, NOON);
        assert!(access.refused(generation, &refusal));
        let Next::Token(wanted) = access.poll(NOON) else { panic!("no token wanted") };
        assert_eq!((wanted.fresh, &*wanted.claims), (true, claims));
        // Whoever hears of the refusal later doesn't take back what came since.
        access.handle_token("two", "", None, NOON).unwrap();
        assert!(access.refused(generation, &refusal));
        assert_eq!(next(access, NOON), "ready");
        let (_, generation) = used(&provider, NOON);
        assert!(access.refused(generation, &Head::default()));
        let Next::Token(wanted) = access.poll(NOON) else { panic!("no token wanted") };
        assert_eq!((wanted.fresh, &*wanted.claims), (true, ""));
    }
    let provider = assumed();
    let (_, generation) = used(&provider, NOON);
    assert!(provider.access().refused(generation, &refusal));
    let Next::Token(wanted) = provider.access().poll(NOON) else { panic!("no token wanted") };
    assert_eq!((wanted.kind, &*wanted.claims), (TokenKind::EntraId, ""));
}

/// What a refusal demanded was met by the token that came after it.
#[test]
fn a_token_that_ends_is_asked_for_as_the_first_one_was() {
    let provider = provider(&ENTRA);
    let access = provider.access();
    let end = NOON + 60 * MINUTE;
    access.handle_token("first-token", "", Some(end), NOON).unwrap();
    let challenge = r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#;
    let headers = vec![("www-authenticate".to_owned(), challenge.to_owned())];
    let generation = used(&provider, NOON).1;
    assert!(access.refused(generation, &Head { status: 401, headers }));
    assert_eq!(next(access, NOON), "entra anew");
    access.handle_token("second-token", "", Some(end), NOON).unwrap();
    assert_eq!(next(access, NOON), "ready");
    let Next::Token(wanted) = access.poll(end) else { panic!("not asked") };
    assert_eq!((wanted.fresh, &*wanted.claims), (false, ""));
}

#[test]
fn a_token_for_something_else_of_microsofts_is_refused() {
    // {"aud":"https://graph.microsoft.com"}
    let token = "e30.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ.c2ln";
    for pairs in [&VERTEX[..], &ENTRA[..]] {
        let provider = provider(pairs);
        let failure = provider.access().handle_token(token, "", None, NOON).unwrap_err();
        assert_eq!(failure.code, Code::AudienceRefused);
        assert!(!failure.message.contains(token));
        assert_ne!(next(provider.access(), NOON), "ready");
    }
}

#[test]
fn a_wrong_clock_is_corrected_from_the_refusal() {
    let provider = assumed();
    let body = r#"{"message":"Signature expired: 20261121T120000Z is now earlier than 20261121T125500Z (20261121T130000Z - 5 min.)"}"#;
    assert!(!provider.access().correct_clock("{}", NOON / 1_000));
    assert!(provider.access().correct_clock(body, NOON / 1_000));
    let mut request = message(&provider);
    provider.access().authorize(&mut request, NOON / 1_000).unwrap();
    assert_eq!(request.header("x-amz-date").unwrap().expose(), "20261121T130000Z");
    assert!(!self::provider(&KEY).access().correct_clock(body, NOON / 1_000));
}

#[test]
fn nothing_secret_shows() {
    let provider = assumed();
    provider.access().handle_token(TOKEN, "ada", None, NOON).unwrap();
    let shown = format!("{provider:?} {:?}", provider.access().poll(NOON));
    assert!(!shown.contains("c2lnbmF0dXJl") && !shown.contains("\"s\""), "{shown}");
}

#[test]
fn credentials_go_to_their_own_host_alone() {
    let elsewhere = provider(&[BEDROCK[0], (Key::AwsRegion, "us-east-1")]);
    let error = assumed().access().authorize(&mut message(&elsewhere), 0).unwrap_err();
    assert_eq!(Failure::from(error).code, Code::AudienceRefused);
}

/// What is asked for at a preflight without anything held.
#[test]
fn the_names_of_the_headers_are_known_before() {
    for provider in [assumed(), provider(&VERTEX), provider(&ENTRA), provider(&KEY)] {
        let access = provider.access();
        access.handle_token(TOKEN, "", None, NOON).unwrap();
        let mut request = message(&provider);
        let before = request.headers().len();
        access.authorize(&mut request, NOON / 1_000).unwrap();
        let added = request.headers()[before..].iter().map(|(name, _)| name.as_str());
        let mut added: Vec<_> = added.collect();
        let mut known = access.headers().to_vec();
        added.sort_unstable();
        known.sort_unstable();
        assert_eq!(added, known);
    }
}
