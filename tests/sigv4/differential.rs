//! Random requests, signed by AWS's own crate as well.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest as TheirRequest,
    SigningSettings as TheirSettings, UriPathNormalizationMode, sign as sign_theirs,
};
use aws_sigv4::sign::v4;
use proptest::prelude::*;
use proptest::sample::select;
use taskpane_connector::http::percent;
use taskpane_connector::sigv4::fetch::sign_for_fetch;
use taskpane_connector::sigv4::{
    AwsCredentials, ClockSkew, PathEncoding, SignableRequest, SigningParams, SigningSettings, sign,
};
use url::Url;

use crate::support::{added, borrowed};

const LAST_SECOND: u64 = 253_402_300_799;

#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    secret: String,
    token: Option<String>,
    region: &'static str,
    service: &'static str,
    time: u64,
    settings: SigningSettings,
}

/// Any text as a page may write it, and pieces that addresses are made of.
fn near_path() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "/", "//", "/./", "/../", ".", "..", "%2F", "%2f", "%25", "%", "%4", ":", "@", "v1:0", "é",
        "ሴ", "😀", " ", "+", ";", "=", "&", "~", "*", "'", "(", "[", "|", "\"", "<", "^", "`", "{",
        "\\", "model", "a", "\t", "\u{7f}",
    ])
    .prop_map(str::to_owned);
    prop::collection::vec(
        prop_oneof![3 => pieces, 1 => any::<char>().prop_map(String::from)],
        0..12,
    )
    .prop_map(|pieces| pieces.concat().replace(['?', '#'], ""))
}

fn query() -> impl Strategy<Value = String> {
    let pieces = select(vec![
        "a", "b", "10", "2", "&", "=", "+", "%20", "%2F", "%2f", "%41", "%", "%4", "/", "?", "é",
        "ሴ", "~", "*", "'", ";", "-", "Param", "|", " ",
    ])
    .prop_map(str::to_owned);
    prop::collection::vec(
        prop_oneof![3 => pieces, 1 => any::<char>().prop_map(String::from)],
        0..12,
    )
    .prop_map(|pieces| pieces.concat().replace('#', ""))
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = select(vec![
        "Content-Type",
        "accept",
        "X-Amz-Target",
        "x-a",
        "X-A",
        "x-B",
        "anthropic-version",
        "User-Agent",
        "X-Amzn-Trace-Id",
    ])
    .prop_map(str::to_owned);
    prop::collection::vec((name, "[ -~]{0,20}"), 0..6)
}

fn case() -> impl Strategy<Value = Case> {
    let host = select(vec![
        "bedrock-runtime.us-east-1.amazonaws.com",
        "example.amazonaws.com:8443",
        "example.amazonaws.com:443",
        "EXAMPLE.amazonaws.com",
        "127.0.0.1:9",
    ]);
    let url = (host, near_path(), query()).prop_map(|(host, path, query)| {
        let mark = if query.is_empty() { "" } else { "?" };
        // As a browser reads it: that is what it sends.
        Url::parse(&format!("https://{host}/{path}{mark}{query}")).unwrap().to_string()
    });
    let settings =
        (any::<bool>(), any::<bool>()).prop_map(|(normalizes_path, sends_payload_hash)| {
            SigningSettings {
                path_encoding: PathEncoding::Double,
                normalizes_path,
                sends_payload_hash,
            }
        });
    (
        (select(vec!["GET", "POST", "PUT", "DELETE", "PATCH"]), url, headers()),
        prop::collection::vec(any::<u8>(), 0..100),
        ("[!-~]{1,90}", prop::option::of("[!-~]{1,300}")),
        select(vec!["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"]),
        select(vec!["bedrock", "sts", "execute-api"]),
        prop_oneof![0..=LAST_SECOND, select(vec![0, 951_782_400, LAST_SECOND])],
        settings,
    )
        .prop_map(
            |((method, url, headers), body, (secret, token), region, service, time, settings)| {
                Case { method, url, headers, body, secret, token, region, service, time, settings }
            },
        )
}

/// The `authorization` header by AWS's crate.
fn theirs(case: &Case) -> String {
    let credentials =
        Credentials::new("AKIDEXAMPLE", case.secret.as_str(), case.token.clone(), None, "test");
    let identity = credentials.into();
    let mut settings = TheirSettings::default();
    settings.percent_encoding_mode = match case.settings.path_encoding {
        PathEncoding::Double => PercentEncodingMode::Double,
        PathEncoding::Single => PercentEncodingMode::Single,
    };
    settings.uri_path_normalization_mode =
        UriPathNormalizationMode::from(case.settings.normalizes_path);
    settings.payload_checksum_kind = if case.settings.sends_payload_hash {
        PayloadChecksumKind::XAmzSha256
    } else {
        PayloadChecksumKind::NoHeader
    };
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(case.region)
        .name(case.service)
        .time(UNIX_EPOCH + Duration::from_secs(case.time))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let request = TheirRequest::new(
        case.method,
        &case.url,
        borrowed(&case.headers).into_iter(),
        SignableBody::Bytes(&case.body),
    )
    .unwrap();
    let (instructions, _) = sign_theirs(request, &params).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    let authorization = headers.iter().find(|header| header.name() == "authorization").unwrap();
    authorization.value().to_owned()
}

fn ours(case: &Case) -> String {
    let credentials =
        AwsCredentials::new("AKIDEXAMPLE", &case.secret, case.token.as_deref()).unwrap();
    let request = SignableRequest {
        method: case.method,
        url: &case.url,
        headers: &borrowed(&case.headers),
        body: &case.body,
    };
    let params = SigningParams {
        credentials: &credentials,
        region: case.region,
        service: case.service,
        time: case.time,
        settings: case.settings,
    };
    added(&sign(&request, &params).unwrap(), "authorization").unwrap().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn signed_as_aws_own_crate_does(case in case()) {
        // Of escapes that aren't UTF-8 it signs U+FFFD, and a server reads the bytes.
        prop_assume!(String::from_utf8(percent::decode(&case.url)).is_ok());
        prop_assert_eq!(ours(&case), theirs(&case));
    }

    /// Paths that are in S3's canonical spelling already: the crate takes them as they are.
    #[test]
    fn single_encoding_too(
        mut case in case(),
        path in "(/([A-Za-z0-9._~-]{1,9}|%20|%C3%A9|%25|%3A)){0,5}/?",
    ) {
        case.url = format!("https://bucket.s3.us-east-1.amazonaws.com{path}");
        case.settings = SigningSettings::S3;
        prop_assert_eq!(ours(&case), theirs(&case));
    }

    #[test]
    fn nothing_panics(
        texts in prop::collection::vec(".{0,30}", 8),
        url in prop_oneof![".{0,60}", near_path(), near_path().prop_map(|path| format!("https://h{path}"))],
        body in prop::collection::vec(any::<u8>(), 0..50),
        time in any::<u64>(),
    ) {
        let headers = [(texts[0].as_str(), texts[1].as_str()), ("x-a", texts[2].as_str())];
        let request = SignableRequest { method: &texts[3], url: &url, headers: &headers, body: &body };
        let plain = AwsCredentials::new("AKID", "secret", None).unwrap();
        let credentials = AwsCredentials::new(&texts[4], &texts[5], Some(&texts[6]))
            .unwrap_or(plain);
        let params = SigningParams {
            credentials: &credentials,
            region: &texts[7],
            service: "bedrock",
            time,
            settings: SigningSettings::STANDARD,
        };
        let _ = sign_for_fetch(&request, &params);
        let _ = sign(&request, &SigningParams { region: "us-east-1", ..params });
        let _ = sign(&request, &SigningParams { settings: SigningSettings::S3, ..params });
    }

    #[test]
    fn refusals_of_any_text_are_read_without_harm(
        pieces in prop::collection::vec(
            select(vec![
                "Signature expired:", " is now earlier than ", "Signature not yet current:",
                " is still later than ", "20261121T120000Z", "(", " - 5 min.)", "<ServerTime>", "<",
                "\"", "é", "99999999T999999Z",
            ]),
            0..12,
        ),
        now in any::<u64>(),
        later in any::<u64>(),
    ) {
        if let Some(skew) = ClockSkew::from_refusal(&pieces.concat(), now) {
            let _ = skew.correct(later);
        }
    }
}
