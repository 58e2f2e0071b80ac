//! Signing on behalf of the page.

use crate::error::Failure;
use crate::json::write;
use crate::sigv4::fetch::sign_for_fetch;
use crate::sigv4::{AwsCredentials, SignableRequest, SigningParams, SigningSettings};

use super::operation::{Arguments, Outcome, Reply};
use super::reply;

/// `(method, url, region, service, accessKeyId, secretAccessKey, sessionToken,
/// headers, seconds; body)`: the headers to give fetch, as an object. `headers`
/// has names and values in turn, `seconds` is the time since 1970.
///
/// # Errors
/// See [`SigningError`](crate::sigv4::SigningError).
pub fn sign_aws_request(arguments: &mut Arguments<'_>) -> Outcome {
    let [method, url, region, service, id, secret] = std::array::from_fn(|_| arguments.text());
    let token = arguments.optional_text();
    let headers = arguments.texts();
    let body = arguments.bytes();
    let credentials = AwsCredentials::new(&id, &secret, token.as_deref()).map_err(Failure::from)?;
    let pairs: Vec<_> = reply::pairs(&headers).collect();
    let request = SignableRequest { method: &method, url: &url, headers: &pairs, body: &body };
    let params = SigningParams {
        credentials: &credentials,
        region: &region,
        service: &service,
        // What is larger than any whole number is past every year that can be signed.
        time: arguments.number().unwrap_or(u64::MAX),
        settings: SigningSettings::of_service(&service),
    };
    let headers = sign_for_fetch(&request, &params).map_err(Failure::from)?;
    let mut out = String::new();
    {
        let mut object = write::Object::new(&mut out);
        for (name, value) in &headers {
            object.string(name.as_str(), value.expose());
        }
    }
    Ok(Reply::Json(out))
}
