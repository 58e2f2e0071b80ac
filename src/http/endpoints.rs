//! Where hosts really are, when the page's own code says so: a private endpoint
//! of a cloud, a proxy in front of it, a simulated one.
//!
//! A credential is for a host by its proper name, and so is everything else
//! that is decided; only the address that is asked, and signed, is another.

use crate::error::{Code, Failure};

use super::url::BaseUrl;

/// Hosts, or `*.` and what the names of several end with, and where each is.
/// Never configured and never kept: a link could bring the one, another page
/// the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(Vec<(String, BaseUrl)>);

impl Endpoints {
    /// Reads names and addresses in turn.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for a name that is none, or for an address
    /// that credentials must not go to (see [`BaseUrl::parse`]).
    pub fn read(texts: &[String]) -> Result<Self, Failure> {
        let mut endpoints = Vec::new();
        for [name, address] in texts.as_chunks().0 {
            let host = name.strip_prefix("*.").unwrap_or(name);
            let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
            match BaseUrl::parse(address) {
                Ok(base) if !host.is_empty() && host.bytes().all(plain) => {
                    endpoints.push((name.clone(), base));
                }
                _ => return Err(wrong(name)),
            }
        }
        Ok(Self(endpoints))
    }

    /// Has a server asked where it is: by its host's whole name, else by the
    /// longest end of it.
    pub fn locate(&self, base: &mut BaseUrl) {
        let host = base.origin().host();
        let mut found = None;
        let mut length = 0;
        for (name, place) in &self.0 {
            let matched = match name.strip_prefix('*') {
                Some(end) if host.len() > end.len() && host.ends_with(end) => end.len(),
                None if name == host => usize::MAX,
                _ => 0,
            };
            if matched > length {
                length = matched;
                found = Some(place);
            }
        }
        if let Some(place) = found {
            base.locate(place);
        }
    }
}

fn wrong(name: &str) -> Failure {
    let mut message = "endpoints: not a host and an https or loopback address: ".to_owned();
    message.push_str(name);
    Failure::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Endpoints, Failure> {
        let texts: Vec<_> =
            pairs.iter().flat_map(|(name, at)| [(*name).to_owned(), (*at).to_owned()]).collect();
        Endpoints::read(&texts)
    }

    #[test]
    fn the_whole_name_counts_before_the_longest_end() {
        let endpoints = read(&[
            ("*.example.com", "https://short.example"),
            ("*.b.example.com", "https://long.example/under"),
            ("c.b.example.com", "http://127.0.0.1:9/exact/"),
            ("*.c.example.com", "https://never.example"),
        ])
        .unwrap();
        for (base, url) in [
            ("https://c.b.example.com", "http://127.0.0.1:9/exact/v1"),
            ("https://C.B.example.com/path", "http://127.0.0.1:9/exact/path/v1"),
            ("https://d.b.example.com/path", "https://long.example/under/path/v1"),
            ("https://b.example.com", "https://short.example/v1"),
            ("https://c.example.com", "https://short.example/v1"),
            ("https://example.com", "https://example.com/v1"),
            ("https://badexample.com", "https://badexample.com/v1"),
        ] {
            let named = BaseUrl::parse(base).unwrap();
            let mut located = named.clone();
            endpoints.locate(&mut located);
            let request = located.join("/v1");
            assert_eq!(request.as_str(), url);
            // What credentials are bound to, and what people read, is the name.
            assert_eq!(request.origin(), named.origin());
            assert_eq!(located.to_string(), named.to_string());
        }
    }

    #[test]
    fn only_hosts_and_addresses_for_credentials() {
        for (name, address) in [
            ("", "https://a.example"),
            ("*.", "https://a.example"),
            ("*", "https://a.example"),
            ("a*.example", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("a.example/path", "https://a.example"),
            ("A.example", "https://a.example"),
            ("a.example", "http://a.example"),
            ("a.example", "http://127.0.0.1.example"),
            ("a.example", "https://user@a.example"),
            ("a.example", "https://a.example?q=1"),
            ("a.example", "a.example"),
            ("a.example", ""),
        ] {
            let error = read(&[(name, address)]).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{name} {address}");
        }
        assert_eq!(read(&[]).unwrap(), Endpoints::default());
    }
}
