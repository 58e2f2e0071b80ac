//! What the page and its browser are, as far as it decides what can be reached.

use crate::http::Origin;

/// What the browser says of its permission to reach the local network.
/// Chromium asks for one since 142, other engines know none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocalNetwork {
    /// The engine has no such permission.
    #[default]
    Unknown,
    /// Granted.
    Granted,
    /// The user has not been asked, or has not answered.
    Prompt,
    /// Refused by the user, by a policy, or by the page that frames this one.
    Denied,
}

impl LocalNetwork {
    /// By the state that `navigator.permissions` gives.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "granted" => Self::Granted,
            "prompt" => Self::Prompt,
            "denied" => Self::Denied,
            _ => Self::Unknown,
        }
    }
}

/// The page that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its origin, as browsers send it.
    pub page_origin: String,
    /// Whether it is cross-origin isolated: then an answer without
    /// `Cross-Origin-Resource-Policy` is refused, opaque or not.
    pub isolated: bool,
    /// The permission to reach the local network.
    pub local_network: LocalNetwork,
}

impl Environment {
    fn page(&self) -> (&str, &str) {
        self.page_origin.split_once("://").unwrap_or_default()
    }

    /// Whether a page loaded over https would reach for http.
    #[must_use]
    pub fn mixes_content(&self, target: &Origin) -> bool {
        self.page().0 == "https" && target.to_string().starts_with("http:")
    }

    /// Whether the target's address is of a network that pages from outside
    /// it need a permission for, which isn't there. Of a name nobody can say.
    #[must_use]
    pub fn keeps_from(&self, target: &Origin) -> bool {
        let (_, page) = self.page();
        let page = nearness(page.rsplit_once(':').map_or(page, |(host, _)| host));
        nearness(target.host()) > page
            && matches!(self.local_network, LocalNetwork::Prompt | LocalNetwork::Denied)
    }
}

/// 2 for this computer, 1 for a network that isn't the internet's, 0 for all else
/// (the address blocks of RFC 1918, 3927 and 6598).
fn nearness(host: &str) -> u8 {
    if host == "localhost" || host == "[::1]" {
        return 2;
    }
    let mut numbers = [0_u8; 4];
    let mut parts = host.split('.');
    for number in &mut numbers {
        match parts.next().and_then(|part| part.parse().ok()) {
            Some(part) => *number = part,
            None => return u8::from(host.ends_with(".local")),
        }
    }
    match numbers {
        [127, ..] => 2,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] | [100, 64..=127, ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BaseUrl;

    fn origin(text: &str) -> Origin {
        BaseUrl::parse(text).unwrap().origin().clone()
    }

    #[test]
    fn a_page_on_the_internet_is_kept_from_nearer_networks() {
        let cases = [
            ("https://addin.example.com", "https://10.1.2.3", true),
            ("https://addin.example.com", "https://172.31.0.1:8443", true),
            ("https://addin.example.com", "https://172.32.0.1", false),
            ("https://addin.example.com", "https://100.64.0.1", true),
            ("https://addin.example.com", "https://printer.local", true),
            ("https://addin.example.com", "http://localhost:4000", true),
            ("https://addin.example.com", "https://10.example.com", false),
            ("https://addin.example.com", "https://gw.example.com", false),
            ("https://10.0.0.9:3000", "https://192.168.1.1", false),
            ("https://10.0.0.9:3000", "http://127.0.0.1:4000", true),
            ("http://localhost:3000", "http://127.0.0.1:4000", false),
            ("null", "http://127.0.0.1:4000", true),
        ];
        for (page, target, kept) in cases {
            for (state, counts) in [
                (LocalNetwork::Denied, true),
                (LocalNetwork::Prompt, true),
                (LocalNetwork::Granted, false),
                (LocalNetwork::Unknown, false),
            ] {
                let environment = Environment {
                    page_origin: page.to_owned(),
                    local_network: state,
                    ..Environment::default()
                };
                let found = environment.keeps_from(&origin(target));
                assert_eq!(found, kept && counts, "{page} {target} {state:?}");
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
            assert_eq!(environment.mixes_content(&origin(target)), mixes, "{page} {target}");
        }
    }
}
