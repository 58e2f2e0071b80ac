//! Requests that botocore has signed.

use std::fs;

use serde_json::Value;
use taskpane_connector::date;
use taskpane_connector::sigv4::fetch::sign_for_fetch;
use taskpane_connector::sigv4::sign::signature;
use taskpane_connector::sigv4::{AwsCredentials, SignableRequest, SigningParams, SigningSettings};

use crate::support::{added, borrowed, fixtures};

#[test]
fn signed_as_botocore_does() {
    let text = fs::read_to_string(fixtures().join("botocore.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 24);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let name = text("name");
        let credentials = AwsCredentials::new(
            text("accessKeyId"),
            text("secretAccessKey"),
            case["sessionToken"].as_str(),
        )
        .unwrap();
        let headers: Vec<(String, String)> =
            serde_json::from_value(case["headers"].clone()).unwrap();
        let request = SignableRequest {
            method: text("method"),
            url: text("url"),
            headers: &borrowed(&headers),
            body: text("body").as_bytes(),
        };
        let params = SigningParams {
            credentials: &credentials,
            region: text("region"),
            service: text("service"),
            time: date::parse_iso(text("time")).unwrap(),
            settings: SigningSettings::of_service(text("service")),
        };
        let signed = signature(&request, &params).unwrap();
        assert_eq!(signed.canonical_request.expose(), text("canonicalRequest"), "{name}");
        assert_eq!(signed.string_to_sign, text("stringToSign"), "{name}");
        let authorization = Some(text("authorization"));
        assert_eq!(added(&signed.headers, "authorization"), authorization, "{name}");
        let sent = sign_for_fetch(&request, &params).unwrap();
        assert_eq!(added(&sent, "authorization"), authorization, "{name}, by fetch");
    }
}
