//! What the page and its browser are, as far as it decides what can be reached.

use crate::text;

use super::verdict::Verdict;

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
    /// The same of its permission to reach this computer.
    pub loopback_network: String,
}

impl Environment {
    /// Why there is no answer from an origin, as far as the page itself tells it.
    #[must_use]
    pub fn unreachable(&self, origin: &str) -> Verdict {
        let (_, host) = text::split_once(origin, "://").unwrap_or_default();
        if self.keeps_from(host) {
            Verdict::LocalNetworkRefused
        } else if self.mixes_content(origin) {
            Verdict::MixedContent
        } else if self.isolated {
            Verdict::IsolatedPage
        } else {
            Verdict::Unreachable
        }
    }

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
        let near = nearness(host);
        let state = if near == 2 { &self.loopback_network } else { &self.local_network };
        (state == "prompt" || state == "denied") && near > nearness(page)
    }
}

/// 2 for this computer, 1 for a network that isn't the internet's, 0 for all
/// else. Addresses: the blocks of RFC 1918, 3927 and 6598, and of IPv6 all but
/// `2000::/3` and `ff00::/8`. Names: `localhost`, what ends with `.localhost` (RFC
/// 6761) or `.local` (RFC 6762). A port may follow.
fn nearness(host: &str) -> u8 {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let group = text::split_once(address, ":").map_or(address, |(first, _)| first);
        let is_global = group.len() == 4 && group.starts_with(['2', '3']);
        return match address {
            "::1" => 2,
            // What an IPv4 address is written into is not looked into.
            _ if is_global || group.is_empty() || group.starts_with("ff") => 0,
            _ => 1,
        };
    }
    let name = text::split_once(host, ":").map_or(host, |(name, _)| name);
    if name == "localhost" || name.ends_with(".localhost") {
        return 2;
    }
    if !name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return u8::from(name.ends_with(".local"));
    }
    let mut parts = name.split('.');
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
            ("https://addin.example.com", "printer.local:8443", true),
            ("https://addin.example.com", "gw.local.example.com", false),
            ("https://addin.example.com", "gw.localhost:4000", true),
            ("https://addin.example.com", "localhost.example.com", false),
            ("https://localhost.example.com", "127.0.0.1:4000", true),
            ("https://addin.example.com", "[fd00::1]:8443", true),
            ("https://addin.example.com", "[fe80::1]", true),
            ("https://addin.example.com", "[2001:db8::1]", false),
            ("https://addin.example.com", "[2a00::1]:8443", false),
            ("https://addin.example.com", "[ff02::1]", false),
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
                    loopback_network: state.to_owned(),
                    ..Environment::default()
                };
                assert_eq!(environment.keeps_from(host), kept && counts, "{page} {host} {state}");
            }
        }
    }

    #[test]
    fn this_computer_has_a_permission_of_its_own() {
        let environment = Environment {
            page_origin: "https://addin.example.com".to_owned(),
            local_network: "granted".to_owned(),
            loopback_network: "denied".to_owned(),
            ..Environment::default()
        };
        assert!(environment.keeps_from("127.0.0.1:4000"));
        assert!(!environment.keeps_from("10.1.2.3"));
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
