//! What isn't signed, and what of a signature may be shown.

use taskpane_connector::http::HeaderValue;
use taskpane_connector::sigv4::sign::{Signature, signature};
use taskpane_connector::sigv4::{
    AwsCredentials, SignableRequest, SigningError, SigningParams, SigningSettings,
};

const TOKEN: &str = "session-token-0123456789";

fn signed(method: &str, region: &str, service: &str) -> Result<Signature, SigningError> {
    let credentials = AwsCredentials::new("AKIDEXAMPLE", "secret-0123456789", Some(TOKEN)).unwrap();
    let request = SignableRequest {
        method,
        url: "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/invoke",
        headers: &[],
        body: b"{}",
    };
    let params = SigningParams {
        credentials: &credentials,
        region,
        service,
        time: 1_800_000_000,
        settings: SigningSettings::of_service(service),
    };
    signature(&request, &params)
}

/// With either of the two, whoever reads a log can send requests for a while.
#[test]
fn the_session_token_and_the_signature_are_secret() {
    let signed = signed("POST", "us-east-1", "bedrock").unwrap();
    let secret: Vec<_> = signed
        .headers
        .iter()
        .filter(|(_, value)| matches!(value, HeaderValue::Secret(_)))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(secret, ["x-amz-security-token", "authorization"]);
    let shown = format!("{:?}", signed.headers);
    assert!(!shown.contains(TOKEN) && !shown.contains(&signed.signature), "{shown}");
}

/// A slash in one of them would make the scope another one.
#[test]
fn what_has_no_place_in_a_scope() {
    for name in ["", "us-east-1/s3", "us east", "é"] {
        assert_eq!(signed("POST", name, "bedrock").err(), Some(SigningError::Region), "{name}");
        assert_eq!(signed("POST", "us-east-1", name).err(), Some(SigningError::Service), "{name}");
    }
    assert_eq!(signed("PO ST", "us-east-1", "bedrock").err(), Some(SigningError::Method));
}
