//! String to sign, signing key, signature.

use zeroize::Zeroizing;

use crate::date;
use crate::http::header::{HeaderName, HeaderValue};
use crate::secret::Secret;

use super::canonical_request::{CanonicalRequest, sha256_hex};
use super::credentials::AwsCredentials;
use super::error::SigningError;
use super::hmac::{Code, hmac_sha256, push_hex};
use super::settings::SigningSettings;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const AUTHORIZATION: &str = "authorization";
const AMZ_DATE: &str = "x-amz-date";
const PAYLOAD_HASH: &str = "x-amz-content-sha256";
const SECURITY_TOKEN: &str = "x-amz-security-token";

/// What of a former signature must not stay in a request.
pub(super) const OF_A_SIGNATURE: [&str; 3] = [AUTHORIZATION, AMZ_DATE, SECURITY_TOKEN];

/// What a request says in `x-amz-content-sha256` when its body is not signed.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// A request as it will be sent. Has no `Debug`: its headers may be secret.
#[derive(Clone, Copy)]
pub struct SignableRequest<'a> {
    /// As it stands in the request line.
    pub method: &'a str,
    /// Absolute, percent-encoded as it will be sent.
    pub url: &'a str,
    /// Names and values. `host` comes from the address, and the headers of a
    /// former signature count for nothing.
    pub headers: &'a [(&'a str, &'a str)],
    /// Empty where there is none.
    pub body: &'a [u8],
}

/// Who signs, for which service, when.
#[derive(Clone, Copy, Debug)]
pub struct SigningParams<'a> {
    /// Who.
    pub credentials: &'a AwsCredentials,
    /// For example `us-east-1`.
    pub region: &'a str,
    /// The service's signing name, for example `bedrock`.
    pub service: &'a str,
    /// Seconds since 1970, by the server's clock as well as it is known.
    pub time: u64,
    /// What the service expects.
    pub settings: SigningSettings,
}

impl SigningParams<'_> {
    /// What the signature is good for: a day, a region, a service.
    fn scope(&self, amz_date: &str) -> Result<String, SigningError> {
        let is_name = |text: &str| {
            let part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            !text.is_empty() && text.bytes().all(part)
        };
        if !is_name(self.region) {
            return Err(SigningError::Region);
        }
        if !is_name(self.service) {
            return Err(SigningError::Service);
        }
        let day = day(amz_date);
        Ok(format!("{day}/{}/{}/aws4_request", self.region, self.service))
    }

    /// The key for the scope, derived from the secret key step by step.
    fn signing_key(&self, amz_date: &str) -> Code {
        let secret =
            Zeroizing::new(format!("AWS4{}", self.credentials.secret_access_key().expose()));
        let key = hmac_sha256(secret.as_bytes(), day(amz_date).as_bytes());
        let key = hmac_sha256(&*key, self.region.as_bytes());
        let key = hmac_sha256(&*key, self.service.as_bytes());
        hmac_sha256(&*key, b"aws4_request")
    }
}

fn day(amz_date: &str) -> &str {
    amz_date.split('T').next().unwrap_or_default()
}

/// A signature's steps, for whoever compares them with another signer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Step 1.
    pub canonical_request: CanonicalRequest,
    /// Step 2.
    pub string_to_sign: String,
    /// Step 4, in hexadecimal.
    pub signature: String,
    /// The headers to add to the request, in the place of any of these names.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Signs a request: the headers to add to it, in the place of any of these
/// names.
///
/// The session's token is signed along. A request that says
/// `UNSIGNED-PAYLOAD` in `x-amz-content-sha256`, as S3 allows, is signed
/// without its body; any other value there gives way to the body's hash.
///
/// # Errors
/// [`SigningError`] for what can't be signed.
pub fn sign(
    request: &SignableRequest<'_>,
    params: &SigningParams<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, SigningError> {
    Ok(signature(request, params)?.headers)
}

/// As [`sign`], with the steps on the way.
///
/// # Errors
/// See [`sign`].
pub fn signature(
    request: &SignableRequest<'_>,
    params: &SigningParams<'_>,
) -> Result<Signature, SigningError> {
    if HeaderName::parse(request.method).is_err() {
        return Err(SigningError::Method);
    }
    let amz_date = date::iso_basic(params.time).ok_or(SigningError::Time)?;
    let scope = params.scope(&amz_date)?;
    let mut hashes =
        request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(PAYLOAD_HASH));
    let own_hash = hashes.next().map(|(_, hash)| hash.trim());
    let payload_hash = match own_hash {
        Some(UNSIGNED_PAYLOAD) => UNSIGNED_PAYLOAD.to_owned(),
        _ => sha256_hex(request.body),
    };

    let mut added = vec![(AMZ_DATE, amz_date.as_str())];
    if let Some(token) = params.credentials.session_token() {
        added.push((SECURITY_TOKEN, token.expose()));
    }
    if params.settings.sends_payload_hash || own_hash.is_some() {
        added.push((PAYLOAD_HASH, &payload_hash));
    }
    let canonical_request =
        CanonicalRequest::new(request, &added, &payload_hash, &params.settings)?;

    let hash = canonical_request.hash();
    let string_to_sign = format!("{ALGORITHM}\n{amz_date}\n{scope}\n{hash}");
    let code = hmac_sha256(&*params.signing_key(&amz_date), string_to_sign.as_bytes());
    let mut signature = String::with_capacity(64);
    push_hex(&mut signature, &*code);

    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        params.credentials.access_key_id(),
        canonical_request.signed_headers(),
    );
    let mut headers = Vec::with_capacity(added.len() + 1);
    for (name, value) in added {
        let value = if name == SECURITY_TOKEN {
            HeaderValue::Secret(Secret::new(value))
        } else {
            HeaderValue::Plain(value.to_owned())
        };
        headers.push((HeaderName::known(name), value));
    }
    // Whoever has it can send the same request for some minutes.
    let authorization = HeaderValue::Secret(Secret::new(authorization));
    headers.push((HeaderName::known(AUTHORIZATION), authorization));
    Ok(Signature { canonical_request, string_to_sign, signature, headers })
}
