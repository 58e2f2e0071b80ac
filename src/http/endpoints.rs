//! Where hosts really are, when the page's own code says so: a private endpoint
//! of a cloud, a proxy in front of it, a simulated one.
//!
//! A credential is for a host by its proper name, and so is everything else
//! that is decided; only the address that is asked, and signed, is another.

use std::rc::Rc;

use crate::error::{Code, Failure};
use crate::json::{DEFAULT_MAX_DEPTH, Json};

use super::url::BaseUrl;

/// A JSON object of addresses by hosts, or by `*.` and what the names of several
/// hosts end with. Never configured and never kept: a link could bring the one,
/// another page the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(Rc<str>);

impl Endpoints {
    /// Takes the object as text. What can't be read says nothing.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// What they say: hosts and their addresses.
    pub fn iter(&self) -> impl Iterator<Item = (String, String)> {
        let all = Json::parse(&self.0, DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
        all.members().map(|(host, address)| {
            (host.into_owned(), address.as_str().unwrap_or_default().into_owned())
        })
    }

    /// Has a server asked where it is: by its host's whole name, else by the
    /// longest end of it.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an address that credentials must not go to
    /// (see [`BaseUrl::parse`]).
    pub fn locate(&self, base: &mut BaseUrl) -> Result<(), Failure> {
        let all = Json::parse(&self.0, DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
        let host = base.origin().host();
        let mut name = host.to_owned();
        let mut end = host;
        loop {
            if let Some(address) = all.text(&name) {
                let place = BaseUrl::parse(&address).map_err(|_| wrong(&name))?;
                base.locate(&place);
                return Ok(());
            }
            // From the next dot on.
            end = end.get(1..).unwrap_or_default();
            let Some(at) = end.bytes().position(|b| b == b'.') else { return Ok(()) };
            end = end.get(at..).unwrap_or_default();
            name.clear();
            name.push('*');
            name.push_str(end);
        }
    }
}

fn wrong(name: &str) -> Failure {
    let mut message = "endpoints: not an https or loopback address: ".to_owned();
    message.push_str(name);
    Failure::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_counts_before_the_longest_end() {
        let endpoints = Endpoints::new(
            r#"{
                "*.example.com": "https://short.example",
                "*.b.example.com": "https://long.example/under",
                "c.b.example.com": "http://127.0.0.1:9/exact/",
                "*.c.example.com": "https://never.example"
            }"#,
        );
        for (base, url) in [
            ("https://c.b.example.com", "http://127.0.0.1:9/exact/v1"),
            ("https://C.B.example.com/path", "http://127.0.0.1:9/exact/path/v1"),
            ("https://d.b.example.com/path", "https://long.example/under/path/v1"),
            ("https://e.d.b.example.com:8443", "https://long.example/under/v1"),
            ("https://b.example.com", "https://short.example/v1"),
            ("https://c.example.com", "https://short.example/v1"),
            ("https://example.com", "https://example.com/v1"),
            ("https://badexample.com", "https://badexample.com/v1"),
            ("https://localhost", "https://localhost/v1"),
            ("http://[::1]:8/a", "http://[::1]:8/a/v1"),
        ] {
            let named = BaseUrl::parse(base).unwrap();
            let mut located = named.clone();
            endpoints.locate(&mut located).unwrap();
            assert_eq!(located.join("/v1").as_str(), url);
            // What credentials are bound to is the name.
            assert_eq!(located.join("/v1").origin(), named.origin());
            assert_eq!(located.path(), named.path());
        }
    }

    #[test]
    fn only_addresses_for_credentials() {
        for address in [
            "http://a.example",
            "http://127.0.0.1.example",
            "https://user@a.example",
            "https://a.example?q=1",
            "a.example",
            "",
        ] {
            let mut text = String::new();
            crate::json::write::Object::new(&mut text).string("*.example.com", address);
            let mut base = BaseUrl::parse("https://a.example.com").unwrap();
            let error = Endpoints::new(&text).locate(&mut base).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{address}");
            assert_eq!(base.to_string(), "https://a.example.com");
        }
    }

    #[test]
    fn nonsense_says_nothing() {
        for text in ["", "null", "[]", "{", r#"{"a.example": 5}"#] {
            let mut base = BaseUrl::parse("https://a.example").unwrap();
            Endpoints::new(text).locate(&mut base).unwrap();
            assert_eq!(base.to_string(), "https://a.example", "{text}");
        }
    }
}
