//! One HTTP request as a value, ready for fetch.

use std::fmt;

use super::header::{HeaderName, HeaderValue, split_scheme};
use super::url::RequestUrl;

/// What the APIs that are spoken here use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Without a body.
    Get,
    /// With one.
    Post,
}

impl Method {
    /// As it stands in the request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request. `Debug` shows no secret, and of the body its length alone: a
/// form may hold a token, and a message is nobody's concern.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    method: Method,
    url: RequestUrl,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<String>,
}

impl Request {
    /// A GET without headers.
    #[must_use]
    pub fn get(url: RequestUrl) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: None }
    }

    /// A POST of JSON text, with the one header that this needs.
    #[must_use]
    pub fn post_json(url: RequestUrl, body: String) -> Self {
        Self::post(url, "application/json", body)
    }

    /// A POST of a form's fields, encoded already (see
    /// [`percent::form`](super::percent::form)). Browsers send it without a
    /// preflight, unless a header that needs one is added.
    #[must_use]
    pub fn post_form(url: RequestUrl, body: String) -> Self {
        Self::post(url, "application/x-www-form-urlencoded", body)
    }

    fn post(url: RequestUrl, content_type: &str, body: String) -> Self {
        let content_type = HeaderValue::Plain(content_type.to_owned());
        Self {
            method: Method::Post,
            url,
            headers: vec![(HeaderName::known("content-type"), content_type)],
            body: Some(body),
        }
    }

    /// Sets a header in the place of one of the same name.
    pub fn set_header(&mut self, name: HeaderName, value: HeaderValue) {
        match self.headers.iter_mut().find(|(existing, _)| *existing == name) {
            Some((_, existing)) => *existing = value,
            None => self.headers.push((name, value)),
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where it leads.
    #[must_use]
    pub fn url(&self) -> &RequestUrl {
        &self.url
    }

    /// In the order in which they were set.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// The header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers.iter().find(|(existing, _)| existing.as_str() == name).map(|(_, value)| value)
    }

    /// What must not be shown of its headers: values, without the scheme in
    /// front of a token.
    pub fn secrets(&self) -> impl Iterator<Item = &str> + Clone {
        self.headers.iter().filter_map(|(_, value)| match value {
            HeaderValue::Plain(_) => None,
            HeaderValue::Secret(secret) => Some(split_scheme(secret.expose()).1),
        })
    }

    /// Puts another body in the place of the one it has.
    pub fn set_body(&mut self, body: String) {
        self.body = Some(body);
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish()
    }
}
