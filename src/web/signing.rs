//! Signing on behalf of the page.

use wasm_bindgen::prelude::*;

use crate::error::Failure;
use crate::json::write;
use crate::sigv4::fetch::sign_for_fetch;
use crate::sigv4::{AwsCredentials, SignableRequest, SigningParams, SigningSettings};

use super::reply;

/// What a request is signed with, as `js/aws_request.js` lists it.
struct Arguments {
    method: String,
    url: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    region: String,
    service: String,
}

impl Arguments {
    fn read(list: &str) -> Self {
        let mut texts = reply::strings(list).into_iter();
        let mut next = || texts.next().unwrap_or_default();
        Self {
            method: next(),
            url: next(),
            region: next(),
            service: next(),
            access_key_id: next(),
            secret_access_key: next(),
            session_token: texts.next(),
        }
    }
}

/// The headers to give fetch, as a JSON object. `arguments` is a JSON array:
/// method, address, region, service, access key id, secret access key, and the
/// session's token where there is one. `headers` is one of names and values in
/// turn.
///
/// # Errors
/// A failure as JSON.
#[wasm_bindgen(js_name = signAwsRequest)]
pub fn sign_aws_request(
    arguments: &str,
    headers: &str,
    body: &[u8],
    now_ms: f64,
) -> Result<String, JsValue> {
    let arguments = Arguments::read(arguments);
    let credentials = AwsCredentials::new(
        &arguments.access_key_id,
        &arguments.secret_access_key,
        arguments.session_token.as_deref(),
    )
    .map_err(Failure::from)?;
    let headers = reply::strings(headers);
    let pairs: Vec<_> = headers
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [name, value] => Some((name.as_str(), value.as_str())),
            _ => None,
        })
        .collect();
    let request =
        SignableRequest { method: &arguments.method, url: &arguments.url, headers: &pairs, body };
    let params = SigningParams {
        credentials: &credentials,
        region: &arguments.region,
        service: &arguments.service,
        // Saturates; what isn't a number is 0, which js/ has refused already.
        time: (now_ms / 1_000.0) as u64,
        settings: SigningSettings::of_service(&arguments.service),
    };
    let headers = sign_for_fetch(&request, &params).map_err(Failure::from)?;
    let mut out = String::new();
    {
        let mut object = write::Object::new(&mut out);
        for (name, value) in &headers {
            object.string(name.as_str(), value.expose());
        }
    }
    Ok(out)
}
