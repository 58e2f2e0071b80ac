//! What the page and its browser are, as far as it decides what can be reached.

use crate::text;

/// The page that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its origin, as browsers send it.
    pub page_origin: String,
    /// Whether it is cross-origin isolated: then an answer without
    /// `Cross-Origin-Resource-Policy` is refused, opaque or not.
    pub isolated: bool,
    /// What the browser says of its permission to reach the local network:
    /// `granted`, `prompt` or `denied`. Chromium has one since 142; empty in
    /// engines without.
    pub local_network: String,
}

impl Environment {
    /// Whether a page loaded over https would reach for http.
    #[must_use]
    pub fn mixes_content(&self, origin: &str) -> bool {
        self.page_origin.starts_with("https:") && origin.starts_with("http:")
    }

    /// Whether a host is in a network that pages from outside it need a
    /// permission for, which isn't there. Of a name nobody can say.
    #[must_use]
    pub fn keeps_from(&self, host: &str) -> bool {
        let (_, page) = text::split_once(&self.page_origin, "://").unwrap_or_default();
        (self.local_network == "prompt" || self.local_network == "denied")
            && nearness(host) > nearness(page)
    }
}

/// 2 for this computer, 1 for a network that isn't the internet's, 0 for all
/// else (the address blocks of RFC 1918, 3927 and 6598). A port may follow.
fn nearness(host: &str) -> u8 {
    if host.starts_with("localhost") || host.starts_with("[::1]") {
        return 2;
    }
    if !host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b':') {
        return u8::from(text::contains(host, ".local"));
    }
    let mut parts = host.split('.');
    let mut number = || parts.next().and_then(text::digits).unwrap_or_default();
    match (number(), number()) {
        (127, _) => 2,
        (10, _) | (172, 16..=31) | (192, 168) | (169, 254) | (100, 64..=127) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_on_the_internet_is_kept_from_nearer_networks() {
        let cases = [
            ("https://addin.example.com", "10.1.2.3", true),
            ("https://addin.example.com", "172.31.0.1:8443", true),
            ("https://addin.example.com", "172.32.0.1", false),
            ("https://addin.example.com", "100.64.0.1", true),
            ("https://addin.example.com", "printer.local", true),
            ("https://addin.example.com", "localhost:4000", true),
            ("https://addin.example.com", "[::1]:4000", true),
            ("https://addin.example.com", "10.example.com", false),
            ("https://addin.example.com", "gw.example.com:8443", false),
            ("https://addin.example.com", "8.8.8.8", false),
            ("https://10.0.0.9:3000", "192.168.1.1", false),
            ("https://10.0.0.9:3000", "127.0.0.1:4000", true),
            ("http://localhost:3000", "127.0.0.1:4000", false),
            ("null", "127.0.0.1:4000", true),
        ];
        for (page, host, kept) in cases {
            for (state, counts) in
                [("denied", true), ("prompt", true), ("granted", false), ("", false)]
            {
                let environment = Environment {
                    page_origin: page.to_owned(),
                    local_network: state.to_owned(),
                    ..Environment::default()
                };
                assert_eq!(environment.keeps_from(host), kept && counts, "{page} {host} {state}");
            }
        }
    }

    #[test]
    fn https_that_reaches_for_http() {
        let cases = [
            ("https://addin.example.com", "http://localhost:4000", true),
            ("https://addin.example.com", "https://gw.example.com", false),
            ("http://localhost:3000", "http://localhost:4000", false),
        ];
        for (page, target, mixes) in cases {
            let environment =
                Environment { page_origin: page.to_owned(), ..Environment::default() };
            assert_eq!(environment.mixes_content(target), mixes, "{page} {target}");
        }
    }
}
