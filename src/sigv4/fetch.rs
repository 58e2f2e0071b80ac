//! Signs a request as a browser's fetch will send it, which is not always as
//! it was written (Fetch standard, "Requests" and "Headers class").

use crate::http::header::{HeaderName, HeaderValue};

use super::error::SigningError;
use super::sign::{OF_A_SIGNATURE, SignableRequest, SigningParams, sign};

/// Headers that fetch leaves out, without a word, whatever a page sets.
const FORBIDDEN: [&str; 21] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Signs what fetch will send, and returns all the headers to give it: the
/// request's own without those that fetch leaves out, and the signature's.
///
/// The address must be as the URL standard writes it, which `new URL(…).href`
/// is: fetch sends that.
///
/// # Errors
/// [`SigningError`], also for what fetch refuses.
pub fn sign_for_fetch(
    request: &SignableRequest<'_>,
    params: &SigningParams<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, SigningError> {
    let method = method(request.method)?;
    if matches!(method.as_str(), "GET" | "HEAD") && !request.body.is_empty() {
        return Err(SigningError::Body);
    }
    let mut headers = combine(request.headers)?;
    let sent: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let added = sign(&SignableRequest { method: &method, headers: &sent, ..*request }, params)?;
    headers.retain(|(name, _)| {
        let replaced = added.iter().any(|(added, _)| added == name);
        !replaced && !OF_A_SIGNATURE.contains(&name.as_str())
    });
    let own = headers.into_iter().map(|(name, value)| (name, HeaderValue::Plain(value)));
    Ok(own.chain(added).collect())
}

/// The methods that everybody knows in upper case; others as they are
/// written. `patch` is another method than `PATCH`.
fn method(method: &str) -> Result<String, SigningError> {
    let upper = method.to_ascii_uppercase();
    match upper.as_str() {
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => Ok(upper),
        "CONNECT" | "TRACE" | "TRACK" => Err(SigningError::Method),
        _ => Ok(method.to_owned()),
    }
}

/// The headers that are sent, those of one name as one.
fn combine(headers: &[(&str, &str)]) -> Result<Vec<(HeaderName, String)>, SigningError> {
    let mut combined: Vec<(HeaderName, String)> = Vec::new();
    for (name, value) in headers {
        let name = HeaderName::parse(name).map_err(SigningError::HeaderName)?;
        let value = value.trim_matches([' ', '\t', '\r', '\n']);
        if is_forbidden(name.as_str(), value) {
            continue;
        }
        match combined.iter_mut().find(|(existing, _)| *existing == name) {
            Some((_, existing)) => {
                existing.push_str(", ");
                existing.push_str(value);
            }
            None => combined.push((name, value.to_owned())),
        }
    }
    Ok(combined)
}

fn is_forbidden(name: &str, value: &str) -> bool {
    let overrides = ["x-http-method", "x-http-method-override", "x-method-override"];
    FORBIDDEN.contains(&name)
        || name.starts_with("proxy-")
        || name.starts_with("sec-")
        || overrides.contains(&name) && value.split(',').any(|word| method(word.trim()).is_err())
}

#[cfg(test)]
mod tests {
    use super::super::{AwsCredentials, SigningSettings};
    use super::*;

    fn signed(
        method: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<(String, String)>, SigningError> {
        let credentials = AwsCredentials::new("AKID", "secret", None).unwrap();
        let params = SigningParams {
            credentials: &credentials,
            region: "us-east-1",
            service: "service",
            time: 1_440_938_160,
            settings: SigningSettings::STANDARD,
        };
        let url = "https://example.amazonaws.com/";
        let headers = sign_for_fetch(&SignableRequest { method, url, headers, body }, &params)?;
        let text = |(name, value): (HeaderName, HeaderValue)| {
            (name.as_str().to_owned(), value.expose().to_owned())
        };
        Ok(headers.into_iter().map(text).collect())
    }

    fn names(headers: &[(&str, &str)]) -> Vec<String> {
        signed("POST", headers, b"").unwrap().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn what_fetch_leaves_out_is_neither_signed_nor_returned() {
        let mut headers: Vec<_> = FORBIDDEN.iter().map(|name| (*name, "x")).collect();
        headers.extend([("Proxy-X", "x"), ("Sec-Fetch-Mode", "x"), ("Host", "other.example")]);
        headers.extend([("X-HTTP-Method-Override", "PUT, trace"), ("X-Method-Override", "PUT")]);
        let sent = ["x-method-override", "x-amz-date", "authorization"];
        assert_eq!(names(&headers), sent);
        let authorization = signed("POST", &headers, b"").unwrap().pop().unwrap().1;
        assert!(authorization.contains("SignedHeaders=host;x-amz-date;x-method-override,"));
    }

    #[test]
    fn headers_of_one_name_are_sent_as_one() {
        let headers = signed("POST", &[("X-A", " 1 "), ("x-b", ""), ("x-a", "2\n")], b"").unwrap();
        assert_eq!(headers[0], ("x-a".to_owned(), "1, 2".to_owned()));
        assert_eq!(headers[1], ("x-b".to_owned(), String::new()));
    }

    #[test]
    fn signing_again_replaces_the_first_signature() {
        let first = signed("POST", &[("accept", "a/b")], b"x").unwrap();
        let headers: Vec<_> = first.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(signed("POST", &headers, b"x").unwrap(), first);
    }

    #[test]
    fn nothing_of_a_former_signature_stays() {
        let former = [
            ("Authorization", "AWS4-HMAC-SHA256 old"),
            ("X-Amz-Date", "20140101T000000Z"),
            ("X-Amz-Security-Token", "a token that is another key's"),
        ];
        assert_eq!(signed("POST", &former, b"x").unwrap(), signed("POST", &[], b"x").unwrap());
        // The hash of a body that was another.
        let first = signed("POST", &[("x-amz-content-sha256", "")], b"x").unwrap();
        let headers: Vec<_> = first.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let second = signed("POST", &headers, b"y").unwrap();
        let fresh = signed("POST", &[("x-amz-content-sha256", "")], b"y").unwrap();
        assert_eq!(second, fresh);
        let unsigned = [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")];
        let either = [b"x", b"y"].map(|body| signed("POST", &unsigned, body).unwrap());
        assert_eq!(either[0], either[1]);
        assert_eq!(either[0][1].1, "UNSIGNED-PAYLOAD");
    }

    #[test]
    fn methods() {
        let authorization = |method| signed(method, &[], b"").unwrap().pop().unwrap().1;
        assert_eq!(authorization("get"), authorization("GET"));
        assert_ne!(authorization("patch"), authorization("PATCH"));
        for method in ["CONNECT", "trace", "TRACK", "", "G T", "GET\n"] {
            assert_eq!(signed(method, &[], b""), Err(SigningError::Method), "{method:?}");
        }
        assert_eq!(signed("get", &[], b"x"), Err(SigningError::Body));
        assert_eq!(signed("Head", &[], b"x"), Err(SigningError::Body));
        assert!(signed("DELETE", &[], b"x").is_ok());
    }
}
