//! The bytes on the wire, for each provider and format: as the official SDKs
//! send them, signed as two other signers sign them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest as TheirRequest, SigningSettings as TheirSettings,
};
use aws_sigv4::sign::v4;
use serde_json::Value;
use taskpane_connector::config::{Configuration, Key, ProviderSettings, Reading, Values};
use taskpane_connector::date;
use taskpane_connector::http::{Answer, Head, Request};
use taskpane_connector::provider::Provider;
use taskpane_connector::provider::messages::MessageParams;
use taskpane_connector::sigv4::sign::signature;
use taskpane_connector::sigv4::{AwsCredentials, SignableRequest, SigningParams, SigningSettings};

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/requests");
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.join("request.json").exists()).collect();
    folders.sort();
    folders
}

struct Case {
    name: String,
    folder: PathBuf,
    input: Value,
    params: String,
    expected: Value,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            folder: folder.to_owned(),
            input: serde_json::from_str(&text("input.json")).unwrap(),
            params: text("params.json").trim_end().to_owned(),
            expected: serde_json::from_str(&text("request.json")).unwrap(),
        }
    }

    fn all() -> Vec<Self> {
        folders().iter().map(|folder| Self::read(folder)).collect()
    }

    fn credentials(&self) -> Option<AwsCredentials> {
        let key = self.input.get("credentials")?;
        let text = |name: &str| key[name].as_str().unwrap();
        let (id, secret) = (text("accessKeyId"), text("secretAccessKey"));
        Some(AwsCredentials::new(id, secret, Some(text("sessionToken"))).unwrap())
    }

    fn time(&self) -> u64 {
        self.input["time"].as_str().map_or(0, |time| date::parse_iso(time).unwrap())
    }

    fn provider(&self) -> Provider {
        let mut values = Values::default();
        for (name, value) in self.input["settings"].as_object().unwrap() {
            values.set(Key::from_name(name).unwrap(), value.as_str().unwrap());
        }
        let mut configuration = Configuration::merge(values, Values::default(), Vec::new());
        let Ok(Reading::Complete(settings)) = ProviderSettings::read(&mut configuration) else {
            panic!("{}: incomplete", self.name);
        };
        let provider = Provider::new(*settings).unwrap();
        if let Some(token) = self.input["token"].as_str() {
            provider.access().handle_token(token, "", None, 0).unwrap();
        }
        if let Some(key) = self.input.get("credentials") {
            provider
                .access()
                .handle_token("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "ada", None, 0)
                .unwrap();
            let text = |name: &str| key[name].clone();
            let credentials = serde_json::json!({
                "AccessKeyId": text("accessKeyId"),
                "SecretAccessKey": text("secretAccessKey"),
                "SessionToken": text("sessionToken"),
            });
            let body = serde_json::json!({ "Credentials": credentials }).to_string();
            let head = Head { status: 200, headers: Vec::new() };
            let answer = Answer { head, body };
            provider.access().handle_answer(&answer, self.time() * 1_000).unwrap();
        }
        provider
    }

    /// What is asked of the provider, not authorised yet.
    fn draft(&self, provider: &Provider) -> Request {
        let params = MessageParams::read(&self.params).unwrap();
        let betas: Vec<String> = match self.input.get("betas") {
            Some(betas) => serde_json::from_value(betas.clone()).unwrap(),
            None => Vec::new(),
        };
        let is = |name: &str| self.input[name].as_bool() == Some(true);
        if is("count") {
            return provider.count_tokens_request(&params, &betas).unwrap();
        }
        provider.messages_request(&params, is("stream"), &betas).unwrap()
    }
}

fn headers(request: &Request) -> BTreeMap<String, String> {
    let text = |value: &taskpane_connector::http::HeaderValue| value.expose().to_owned();
    request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

#[test]
fn each_request_is_the_one_on_the_wire() {
    let cases = Case::all();
    assert_eq!(cases.len(), 31);
    for case in cases {
        let provider = case.provider();
        let mut request = case.draft(&provider);
        provider.access().authorize(&mut request, case.time()).unwrap();
        let (name, expected) = (&case.name, &case.expected);
        assert_eq!(request.method().as_str(), expected["method"].as_str().unwrap(), "{name}");
        assert_eq!(request.url().as_str(), expected["url"].as_str().unwrap(), "{name}");
        assert_eq!(request.body(), expected["body"].as_str(), "{name}");
        let sent: BTreeMap<String, String> =
            serde_json::from_value(expected["headers"].clone()).unwrap();
        assert_eq!(headers(&request), sent, "{name}");
        // What fetch makes of the address is what was signed.
        assert_eq!(
            url::Url::parse(request.url().as_str()).unwrap().as_str(),
            request.url().as_str()
        );
    }
}

#[test]
fn each_signature_has_the_same_steps_elsewhere() {
    let mut signed = 0;
    for case in Case::all() {
        let Some(credentials) = case.credentials() else { continue };
        signed += 1;
        let request = case.draft(&case.provider());
        let pairs = headers(&request);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        let signable = SignableRequest {
            method: request.method().as_str(),
            url: request.url().as_str(),
            headers: &pairs,
            body: request.body().unwrap().as_bytes(),
        };
        let region = case.input["settings"]["aws_region"].as_str().unwrap();
        let params = SigningParams {
            credentials: &credentials,
            region,
            service: "bedrock",
            time: case.time(),
            settings: SigningSettings::STANDARD,
        };
        let ours = signature(&signable, &params).unwrap();
        let stage = |file: &str| fs::read_to_string(case.folder.join(file)).unwrap();
        let name = &case.name;
        assert_eq!(ours.canonical_request.expose(), stage("canonical-request.txt"), "{name}");
        assert_eq!(ours.string_to_sign, stage("string-to-sign.txt"), "{name}");
        assert_eq!(ours.signature, signed_by_aws(&case, &request, region), "{name}");
    }
    assert_eq!(signed, 10);
}

/// The signature of AWS's own crate.
fn signed_by_aws(case: &Case, request: &Request, region: &str) -> String {
    let key = &case.input["credentials"];
    let text = |name: &str| key[name].as_str().unwrap();
    let token = Some(text("sessionToken").to_owned());
    let credentials =
        Credentials::new(text("accessKeyId"), text("secretAccessKey"), token, None, "test");
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("bedrock")
        .time(UNIX_EPOCH + Duration::from_secs(case.time()))
        .settings(TheirSettings::default())
        .build()
        .unwrap();
    let sent = headers(request);
    let sent = sent.iter().map(|(name, value)| (&**name, &**value));
    let body = SignableBody::Bytes(request.body().unwrap().as_bytes());
    let theirs =
        TheirRequest::new(request.method().as_str(), request.url().as_str(), sent, body).unwrap();
    aws_sigv4::http_request::sign(theirs, &params.into()).unwrap().signature().to_owned()
}

/// A retry is signed anew, at its own time.
#[test]
fn a_later_signature_replaces_the_first() {
    let case = Case::all().into_iter().find(|case| case.name == "bedrock").unwrap();
    let provider = case.provider();
    let (mut twice, mut once) = (case.draft(&provider), case.draft(&provider));
    provider.access().authorize(&mut twice, case.time() - 60).unwrap();
    provider.access().authorize(&mut twice, case.time()).unwrap();
    provider.access().authorize(&mut once, case.time()).unwrap();
    assert_eq!(headers(&twice), headers(&once));
}

#[test]
fn bedrock_counts_no_tokens() {
    let case = Case::all().into_iter().find(|case| case.name == "bedrock").unwrap();
    let params = MessageParams::read(&case.params).unwrap();
    let failure = case.provider().count_tokens_request(&params, &[]).unwrap_err();
    assert_eq!(failure.code.as_str(), "unsupported");
}
