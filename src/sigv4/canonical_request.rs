//! The request in the one form that sender and server both hash.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::http::header::HeaderName;
use crate::http::percent;
use crate::http::url::{BaseUrl, UrlError};
use crate::text;

use super::error::SigningError;
use super::hmac::push_hex;
use super::settings::{PathEncoding, SigningSettings};
use super::sign::{OF_A_SIGNATURE, SignableRequest};

/// Headers that a browser or a proxy may set or change on the way; the
/// server would hash something else.
const UNSIGNED: [&str; 15] = [
    "accept-encoding",
    "cache-control",
    "connection",
    "expect",
    "keep-alive",
    "pragma",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// The canonical request, and what of it the signature names. `Debug` shows
/// the names of its headers alone: the session's token is among the values.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalRequest {
    text: String,
    signed_headers: String,
}

impl CanonicalRequest {
    /// Builds it. `added` are the headers that signing adds; they replace the
    /// request's own of those names.
    ///
    /// # Errors
    /// [`SigningError`] for an address or a header that can't be signed.
    pub fn new(
        request: &SignableRequest<'_>,
        added: &[(&str, &str)],
        payload_hash: &str,
        settings: &SigningSettings,
    ) -> Result<Self, SigningError> {
        let target = Target::of(request.url).map_err(SigningError::Url)?;
        let headers = headers(request, &target.host, added)?;
        let mut signed_headers = String::new();
        for (name, _) in &headers {
            if !signed_headers.is_empty() {
                signed_headers.push(';');
            }
            signed_headers.push_str(name);
        }

        let mut text = String::new();
        text.push_str(request.method);
        text.push('\n');
        push_path(&mut text, target.path, settings);
        text.push('\n');
        push_query(&mut text, target.query);
        text.push('\n');
        for (name, value) in &headers {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&signed_headers);
        text.push('\n');
        text.push_str(payload_hash);
        Ok(Self { text, signed_headers })
    }

    /// The text that is hashed, secrets and all.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The names of the headers that are signed, as the signature lists them.
    #[must_use]
    pub fn signed_headers(&self) -> &str {
        &self.signed_headers
    }

    /// Its SHA-256 in hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(self.text.as_bytes())
    }
}

impl fmt::Debug for CanonicalRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalRequest({})", self.signed_headers)
    }
}

/// The SHA-256 of bytes in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    push_hex(&mut hex, &Sha256::digest(bytes));
    hex
}

/// Where a request leads, as the server will see it.
struct Target<'a> {
    /// With the port where it isn't the scheme's own, as in the `host` header.
    host: String,
    path: &'a str,
    query: &'a str,
}

impl<'a> Target<'a> {
    fn of(url: &'a str) -> Result<Self, UrlError> {
        let url = url.split('#').next().unwrap_or_default();
        let (scheme, rest) = text::split_once(url, "://").ok_or(UrlError::NoScheme)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let origin = BaseUrl::parse(&format!("{scheme}://{authority}"))?;
        Ok(Self { host: origin.origin().authority(), path, query })
    }
}

fn push_path(out: &mut String, path: &str, settings: &SigningSettings) {
    let normal = if settings.normalizes_path { normalize(path) } else { path.to_owned() };
    if !normal.starts_with('/') {
        out.push('/');
    }
    match settings.path_encoding {
        PathEncoding::Double => percent::encode_into(out, normal.as_bytes(), b"/"),
        PathEncoding::Single => percent::encode_into(out, &percent::decode(&normal), b"/"),
    }
}

/// A path without dot segments and empty ones.
fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    // Where the last segment goes, the slash before it stays.
    let mut ends_with_slash = false;
    for segment in path.split('/') {
        ends_with_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    let mut normal = "/".to_owned() + &text::join(&kept, "/");
    if ends_with_slash && !kept.is_empty() {
        normal.push('/');
    }
    normal
}

/// Names and values, each encoded once however they are spelled, in the order
/// of their bytes. Queries are read as forms are: `+` is a blank, which is what
/// `URLSearchParams` writes for one.
fn push_query(out: &mut String, query: &str) {
    let canonical = |part: &str| {
        let mut out = String::new();
        percent::encode_into(&mut out, &percent::decode(&text::replace(part, "+", " ")), b"");
        out
    };
    let mut parameters: Sorted = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        insert(&mut parameters, (canonical(name), canonical(value)));
    }
    for (position, (name, value)) in parameters.iter().enumerate() {
        if position > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

/// Pairs in the order of their bytes.
type Sorted = Vec<(String, String)>;

/// Inserts a pair in its place. A sort of the standard library's costs 2 KB
/// of the module, and these lists are short.
fn insert(sorted: &mut Sorted, pair: (String, String)) {
    let place = sorted.iter().position(|other| *other > pair).unwrap_or(sorted.len());
    sorted.insert(place, pair);
}

/// The headers to sign, each name once.
fn headers(
    request: &SignableRequest<'_>,
    host: &str,
    added: &[(&str, &str)],
) -> Result<Sorted, SigningError> {
    let mut headers = vec![("host".to_owned(), host.to_owned())];
    for (name, value) in added {
        insert(&mut headers, ((*name).to_owned(), canonical_value(name, value)?));
    }
    for (name, value) in request.headers {
        let name = HeaderName::parse(name).map_err(SigningError::HeaderName)?;
        let name = name.as_str();
        let replaced = name == "host" || added.iter().any(|(added, _)| *added == name);
        if replaced || OF_A_SIGNATURE.contains(&name) || UNSIGNED.contains(&name) {
            continue;
        }
        let value = canonical_value(name, value)?;
        match headers.iter_mut().find(|(existing, _)| existing == name) {
            Some((_, existing)) => {
                existing.push(',');
                existing.push_str(&value);
            }
            None => insert(&mut headers, (name.to_owned(), value)),
        }
    }
    Ok(headers)
}

/// A value without blanks around it, each run of blanks within it as one.
fn canonical_value(name: &str, value: &str) -> Result<String, SigningError> {
    if !value.bytes().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\t')) {
        return Err(SigningError::HeaderValue { name: name.to_owned() });
    }
    let mut canonical = String::with_capacity(value.len());
    for word in value.split([' ', '\t']).filter(|word| !word.is_empty()) {
        if !canonical.is_empty() {
            canonical.push(' ');
        }
        canonical.push_str(word);
    }
    Ok(canonical)
}
