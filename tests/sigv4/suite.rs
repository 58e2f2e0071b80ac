//! The cases of AWS's signing test suite, stage by stage.

use std::fs;
use std::path::Path;

use serde_json::Value;
use taskpane_connector::date;
use taskpane_connector::sigv4::sign::signature;
use taskpane_connector::sigv4::{
    AwsCredentials, PathEncoding, SignableRequest, SigningParams, SigningSettings,
};

use crate::support::{added, borrowed, fixtures};

/// A request as it stands in a file. Its target may hold what no request
/// line could: blanks, and letters beyond ASCII.
struct Raw {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Raw {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let request_line = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
        let (method, target) = request_line.split_once(' ').unwrap();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with(' ') {
                // Obsolete line folding (RFC 9112 §5.2) stands for a blank.
                let (_, value) = headers.last_mut().unwrap();
                value.push_str(line);
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        Self { method: method.into(), target: target.into(), headers, body: body.into() }
    }

    fn header(&self, name: &str) -> &str {
        let (_, value) = self.headers.iter().find(|(other, _)| other == name).unwrap();
        value
    }
}

fn check(folder: &Path) {
    let case = folder.file_name().unwrap().to_string_lossy().into_owned();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let context: Value = serde_json::from_str(&read("context.json")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let key = &context["credentials"];
    let credentials = AwsCredentials::new(
        key["access_key_id"].as_str().unwrap(),
        key["secret_access_key"].as_str().unwrap(),
        key["token"].as_str(),
    )
    .unwrap();
    let raw = Raw::parse(&read("request.txt"));
    let url = format!("https://{}{}", raw.header("Host"), raw.target);
    let request = SignableRequest {
        method: &raw.method,
        url: &url,
        headers: &borrowed(&raw.headers),
        body: raw.body.as_bytes(),
    };
    let params = SigningParams {
        credentials: &credentials,
        region: &text(&context["region"]),
        service: &text(&context["service"]),
        time: date::parse_iso(&text(&context["timestamp"])).unwrap(),
        settings: SigningSettings {
            path_encoding: PathEncoding::Double,
            normalizes_path: context["normalize"].as_bool().unwrap(),
            sends_payload_hash: context["sign_body"].as_bool().unwrap(),
        },
    };
    let signed = signature(&request, &params).unwrap();
    assert_eq!(
        signed.canonical_request.expose(),
        read("header-canonical-request.txt").trim_end(),
        "{case}"
    );
    assert_eq!(signed.string_to_sign, read("header-string-to-sign.txt").trim_end(), "{case}");
    let expected = Raw::parse(&read("header-signed-request.txt"));
    assert_eq!(
        added(&signed.headers, "authorization"),
        Some(expected.header("Authorization")),
        "{case}"
    );
    for (name, value) in &signed.headers {
        let same = expected.headers.iter().any(|(other, sent)| {
            name.as_str().eq_ignore_ascii_case(other) && value.expose() == sent
        });
        assert!(same, "{case}: {}", name.as_str());
    }
}

#[test]
fn every_case_of_the_suite() {
    let mut cases = 0;
    for entry in fs::read_dir(fixtures().join("aws-signing-test-suite")).unwrap() {
        let folder = entry.unwrap().path();
        if folder.is_dir() {
            check(&folder);
            cases += 1;
        }
    }
    assert_eq!(cases, 37);
}
