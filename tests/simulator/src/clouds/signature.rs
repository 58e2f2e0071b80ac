//! Whether a request is signed as it should be: AWS's own crate signs it once
//! more, and the two signatures have to be the same.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::clock;
use super::sessions::{Session, Sessions};

/// What Bedrock's signatures are made for.
const SERVICE: &str = "bedrock";

/// How far the two clocks may be apart.
const SKEW_S: i64 = 5 * 60;

/// Why a signature isn't taken. Texts and exceptions are AWS's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    /// There is none, or it can't be read.
    Missing,
    /// Nobody has these credentials.
    UnknownKey,
    /// The key is known and the token isn't its own.
    WrongToken,
    Expired,
    /// It is for another region or service.
    Scope {
        named: String,
        wanted: String,
    },
    TooEarly {
        signed: String,
        now_s: i64,
    },
    TooLate {
        signed: String,
        now_s: i64,
    },
    Mismatch,
}

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let part = |name: &str| {
            rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let credential: Vec<&str> = part("Credential")?.split('/').collect();
        let [access_key_id, date, region, service, "aws4_request"] = credential.as_slice() else {
            return None;
        };
        Some(Self {
            access_key_id,
            date,
            region,
            service,
            signed_headers: part("SignedHeaders")?.split(';').collect(),
            signature: part("Signature")?,
        })
    }
}

/// Whose request it is. `is_current` says whether a session was not ended.
pub(crate) fn verify(
    parts: &Parts,
    body: &[u8],
    sessions: &Sessions,
    is_current: impl Fn(&str) -> bool,
    region: Option<&str>,
    now_s: i64,
) -> Result<(Session, String), SignatureError> {
    let text = |name: &str| text(&parts.headers, name);
    let authorization = text(header::AUTHORIZATION.as_str()).and_then(Authorization::read);
    let (Some(authorization), Some(date)) = (authorization, text("x-amz-date")) else {
        return Err(SignatureError::Missing);
    };
    let session = sessions.find(authorization.access_key_id).ok_or(SignatureError::UnknownKey)?;
    if text("x-amz-security-token") != Some(&session.session_token) {
        return Err(SignatureError::WrongToken);
    }
    if session.expires_at_s <= now_s || !is_current(&session.epoch) {
        return Err(SignatureError::Expired);
    }
    if authorization.service != SERVICE {
        let named = authorization.service.to_owned();
        return Err(SignatureError::Scope { named, wanted: SERVICE.to_owned() });
    }
    if let Some(region) = region
        && region != authorization.region
    {
        let named = authorization.region.to_owned();
        return Err(SignatureError::Scope { named, wanted: region.to_owned() });
    }
    let time = clock::read_amz_date(date).filter(|_| date.starts_with(authorization.date));
    let Some(time) = time else { return Err(SignatureError::Missing) };
    let now = UNIX_EPOCH + Duration::from_secs(u64::try_from(now_s).unwrap_or_default());
    let skew = Duration::from_secs(SKEW_S.unsigned_abs());
    if time + skew < now {
        return Err(SignatureError::TooLate { signed: date.to_owned(), now_s });
    }
    if now + skew < time {
        return Err(SignatureError::TooEarly { signed: date.to_owned(), now_s });
    }
    let expected = signature(parts, body, &session, &authorization, time);
    if expected.as_deref() != Some(authorization.signature) {
        return Err(SignatureError::Mismatch);
    }
    Ok((session, authorization.region.to_owned()))
}

/// The signature by AWS's crate.
fn signature(
    parts: &Parts,
    body: &[u8],
    session: &Session,
    authorization: &Authorization<'_>,
    time: std::time::SystemTime,
) -> Option<String> {
    let credentials = Credentials::new(
        session.access_key_id.as_str(),
        session.secret_access_key.as_str(),
        Some(session.session_token.clone()),
        None,
        "simulator",
    );
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Double;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Enabled;
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(authorization.region)
        .name(authorization.service)
        .time(time)
        .settings(settings)
        .build()
        .ok()?
        .into();
    // What it adds by itself, and takes from the address.
    let own = ["host", "x-amz-date", "x-amz-security-token"];
    let headers: Vec<(&str, &str)> = authorization
        .signed_headers
        .iter()
        .filter(|name| !own.contains(name))
        .map(|name| Some((*name, text(&parts.headers, name)?)))
        .collect::<Option<_>>()?;
    if !own.iter().all(|name| authorization.signed_headers.contains(name)) {
        return None;
    }
    let host = text(&parts.headers, header::HOST.as_str())?;
    let address = format!("http://{host}{}", parts.uri);
    let request = SignableRequest::new(
        parts.method.as_str(),
        address,
        headers.into_iter(),
        SignableBody::Bytes(body),
    )
    .ok()?;
    let (instructions, _) = sign(request, &params).ok()?.into_parts();
    let (headers, _) = instructions.into_parts();
    let signed = headers.iter().find(|header| header.name() == "authorization")?;
    Some(Authorization::read(signed.value())?.signature.to_owned())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
