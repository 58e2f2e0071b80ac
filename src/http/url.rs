//! Addresses of servers: parsed so strictly that every browser reads them the
//! same way, since a token is only sent where this parser says it goes.
//!
//! The WHATWG URL parser repairs a great deal (backslashes, tabs, `127.1`,
//! upper case, IDNA). An address that would need repair is refused here with
//! the reason, so there is no second reading of it to be fooled by.

use std::fmt;

use crate::error::{Audience, Code, Failure, Hint};
use crate::text;

/// `http` or `https`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Loopback only: what is sent can be read on the way.
    Http,
    /// Everywhere else.
    Https,
}

impl Scheme {
    /// Without the colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Scheme, host and port: what a credential is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    /// `None` is the scheme's own.
    port: Option<u16>,
}

impl Origin {
    /// The host as it stands in the address: lower case, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host, with the port where it isn't the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether nothing leaves the machine: 127.0.0.0/8, `::1`, `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

/// An absolute address without credentials, query or fragment: the base that
/// request paths are joined to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    origin: Origin,
    /// Where it is asked: the origin, unless that is elsewhere, and the path.
    text: String,
    /// Where in it the path begins, which is empty, or `/` and what follows,
    /// without a trailing slash.
    path_at: usize,
}

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`UrlError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if let Some(found) =
            text.chars().find(|c| c.is_whitespace() || c.is_control() || *c == '\\')
        {
            return Err(UrlError::Character(found));
        }
        let (scheme, rest) = text::split_once(text, "://").ok_or(UrlError::NoScheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(UrlError::Scheme(text::cut(scheme, 20).to_owned())),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.as_bytes().contains(&b'@') {
            return Err(UrlError::Credentials);
        }
        if path.as_bytes().contains(&b'?') {
            return Err(UrlError::Query);
        }
        if path.as_bytes().contains(&b'#') {
            return Err(UrlError::Fragment);
        }
        let origin = parse_authority(scheme, authority)?;
        if scheme == Scheme::Http && !origin.is_loopback() {
            return Err(UrlError::PlainHttp { host: origin.host });
        }
        check_path(path)?;
        Ok(Self::new(origin, path))
    }

    fn new(origin: Origin, path: &str) -> Self {
        let mut text = origin.to_string();
        let path_at = text.len();
        text.push_str(path.trim_end_matches('/'));
        Self { origin, text, path_at }
    }

    /// A server of a provider's own. `host` is made of labels in lower case that
    /// were looked at before, `path` is one that this type could have parsed.
    pub(crate) fn https(host: String, path: &str) -> Self {
        let origin = Origin { scheme: Scheme::Https, host, port: None };
        let base = Self::new(origin, path);
        debug_assert_eq!(Self::parse(&base.to_string()).as_ref(), Ok(&base));
        base
    }

    /// What a credential for this server is bound to.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Empty, or starting with `/` and not ending with one.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(self.path_at..).unwrap_or_default()
    }

    /// The same server with another path, which must be empty or one that
    /// this type could have parsed.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        Self::new(self.origin.clone(), path)
    }

    /// Has it asked at another place (see [`Endpoints`](super::Endpoints)).
    pub(super) fn locate(&mut self, place: &Self) {
        let mut text = place.text.clone();
        let path_at = text.len();
        text.push_str(self.path());
        (self.text, self.path_at) = (text, path_at);
    }

    /// The address of a route of this server. `route` starts with `/` and is
    /// percent-encoded already; a query may follow it.
    #[must_use]
    pub fn join(&self, route: &str) -> RequestUrl {
        debug_assert!(route.starts_with('/'));
        let mut text = self.text.clone();
        text.push_str(route);
        RequestUrl { origin: self.origin.clone(), text }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The whole address of a request; only a [`BaseUrl`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestUrl {
    origin: Origin,
    text: String,
}

impl RequestUrl {
    /// Reads the whole address of one request, its query included.
    ///
    /// # Errors
    /// [`UrlError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let (address, query) = text::split_once(text, "?").unwrap_or((text, ""));
        let origin = BaseUrl::parse(address)?.origin;
        let (_, rest) = text::split_once(address, "://").unwrap_or_default();
        let path = rest.get(rest.find('/').unwrap_or(rest.len())..).unwrap_or_default();
        if let Some(found) = query.chars().find(|c| !c.is_ascii_graphic() || *c == '\\') {
            return Err(UrlError::Character(found));
        }
        if query.as_bytes().contains(&b'#') {
            return Err(UrlError::Fragment);
        }
        let mut text = origin.to_string();
        text.push_str(if path.is_empty() { "/" } else { path });
        if !query.is_empty() {
            text.push('?');
            text.push_str(query);
        }
        Ok(Self { origin, text })
    }

    /// Whom it is for, wherever that is asked.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// As it is given to fetch.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn parse_authority(scheme: Scheme, authority: &str) -> Result<Origin, UrlError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']').ok_or(UrlError::Host(authority.into()))?;
            // Other addresses of that kind have many spellings, and no
            // certificate; the parser for them would cost 5 KB.
            if inside != "::1" {
                return Err(UrlError::Ipv6);
            }
            let port = match after {
                "" => None,
                _ => Some(after.strip_prefix(':').ok_or(UrlError::Host(authority.into()))?),
            };
            ("[::1]".to_owned(), port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (check_name(host)?, Some(port)),
            None => (check_name(authority)?, None),
        },
    };
    let port = match port {
        None => None,
        Some(digits) => match text::digits(digits).map(u16::try_from) {
            Some(Ok(number)) if number > 0 => Some(number),
            _ => return Err(UrlError::Port(digits.into())),
        },
    };
    let port = port.filter(|number| *number != scheme.default_port());
    Ok(Origin { scheme, host, port })
}

/// A DNS name or a dotted IPv4 address, in lower case.
fn check_name(host: &str) -> Result<String, UrlError> {
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    if !host.is_ascii() {
        return Err(UrlError::NotAscii { host: host.into() });
    }
    let host = host.to_ascii_lowercase();
    let name = host.strip_suffix('.').unwrap_or(&host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let mut last = "";
    for label in name.split('.') {
        if name.len() > 253 || !is_label(label) {
            return Err(UrlError::Host(host));
        }
        last = label;
    }
    // The URL standard reads a name whose last label is a number, decimal or
    // hexadecimal, as an IPv4 address, in notations that hide where it leads.
    let numeric = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if numeric && parse_ipv4(name).is_none() {
        return Err(UrlError::Host(host));
    }
    Ok(if numeric { name.to_owned() } else { host })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host == "[::1]"
        || parse_ipv4(host).is_some_and(|[first, ..]| first == 127)
}

/// Four decimal numbers without leading zeros: the one notation that no
/// parser reads as octal or hexadecimal.
fn parse_ipv4(address: &str) -> Option<[u8; 4]> {
    let mut numbers = [0; 4];
    let mut parts = address.split('.');
    for number in &mut numbers {
        let part = parts.next()?;
        let plain = part == "0" || !part.starts_with('0');
        *number = text::digits(part).filter(|_| plain)?.try_into().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// A path may hold what RFC 3986 allows in one; dot segments would be
/// resolved by the browser to something else than was written.
fn check_path(path: &str) -> Result<(), UrlError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&b);
    if let Some(found) = path.chars().find(|c| !c.is_ascii() || !allowed(*c as u8)) {
        return Err(UrlError::Character(found));
    }
    let dots = |segment: &str| {
        let plain = text::replace(&segment.to_ascii_lowercase(), "%2e", ".");
        plain == "." || plain == ".."
    };
    if path.split('/').any(dots) {
        return Err(UrlError::DotSegment);
    }
    Ok(())
}

/// Why an address can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// Nothing was given.
    Empty,
    /// No `https://` in front.
    NoScheme,
    /// Something else than `http` or `https`.
    Scheme(String),
    /// No host after the scheme.
    NoHost,
    /// A host that browsers would read differently or not at all.
    Host(String),
    /// An IPv6 address other than this computer's.
    Ipv6,
    /// A host with letters beyond ASCII.
    NotAscii {
        /// As it was given.
        host: String,
    },
    /// Not a number from 1 to 65535.
    Port(String),
    /// `user:password@` in front of the host.
    Credentials,
    /// Plain http to another machine.
    PlainHttp {
        /// Where it would have gone.
        host: String,
    },
    /// A `?` and what follows.
    Query,
    /// A `#` and what follows.
    Fragment,
    /// `.` or `..` as a part of the path.
    DotSegment,
    /// A character that has no place in an address.
    Character(char),
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the address is empty"),
            Self::NoScheme => f.write_str("the address does not start with https://"),
            Self::Scheme(scheme) => {
                write!(f, "the address starts with {scheme}:// instead of https://")
            }
            Self::NoHost => f.write_str("the address has no host"),
            Self::Ipv6 => f.write_str("the host is an IPv6 address other than [::1]"),
            Self::Host(host) => {
                write!(f, "\"{host}\" is not a host name that every browser reads the same way")
            }
            Self::NotAscii { host } => write!(f, "the host \"{host}\" has letters beyond ASCII"),
            Self::Port(_) => f.write_str("the port is not a number from 1 to 65535"),
            Self::Credentials => f.write_str("the address contains a user name or password"),
            Self::PlainHttp { host } => {
                write!(f, "plain http to {host} would send the token unprotected")
            }
            Self::Query => {
                f.write_str("the address has a query (a question mark and what follows)")
            }
            Self::Fragment => {
                f.write_str("the address has a fragment (a number sign and what follows)")
            }
            Self::DotSegment => f.write_str("the path contains . or .. as a part"),
            Self::Character(c) => {
                write!(
                    f,
                    "the character {} (U+{:04X}) has no place in an address",
                    visible(*c),
                    u32::from(*c)
                )
            }
        }
    }
}

impl std::error::Error for UrlError {}

/// The character, or the replacement character for one that can't be seen.
pub(super) fn visible(c: char) -> char {
    if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }
}

impl UrlError {
    fn hint(&self) -> Hint {
        match self {
            Self::PlainHttp { host } => Hint::new(
                "use-https",
                Audience::Admin,
                format!("Serve {host} over https and write https:// in front. Plain http is accepted for this computer only (localhost, 127.0.0.1)."),
            )
            .with("host", host),
            Self::Credentials => Hint::new(
                "remove-credentials",
                Audience::User,
                "Remove what stands before the @ and put the token into its own field.",
            ),
            Self::Query | Self::Fragment => Hint::new(
                "remove-query",
                Audience::User,
                "Remove the ? or # and everything after it. A version or key that the gateway wants there belongs into a header.",
            ),
            Self::NotAscii { .. } => Hint::new(
                "use-punycode",
                Audience::User,
                "Write the host in its ASCII form, which starts with xn--, as the browser's address bar shows it when copied.",
            ),
            _ => Hint::new(
                "check-address",
                Audience::User,
                "Write the gateway's base address, for example https://gateway.example.com or https://gateway.example.com/anthropic.",
            ),
        }
    }
}

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        let hint = error.hint();
        Self::new(Code::InvalidArgument, error.to_string()).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        let cases = [
            ("https://gw.example.com", "https://gw.example.com", "gw.example.com"),
            (" https://gw.example.com/ ", "https://gw.example.com", "gw.example.com"),
            ("HTTPS://GW.Example.COM:443/a/b/", "https://gw.example.com/a/b", "gw.example.com"),
            ("https://gw.example.com:8443", "https://gw.example.com:8443", "gw.example.com"),
            (
                "http://localhost:4000/with/status=529,times=2",
                "http://localhost:4000/with/status=529,times=2",
                "localhost",
            ),
            ("http://127.8.9.1", "http://127.8.9.1", "127.8.9.1"),
            ("http://[::1]:8080/x", "http://[::1]:8080/x", "[::1]"),
            ("https://a_b.example", "https://a_b.example", "a_b.example"),
            ("https://gw.example.com/%7Eteam", "https://gw.example.com/%7Eteam", "gw.example.com"),
        ];
        for (text, normal, host) in cases {
            let url = BaseUrl::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(url.to_string(), normal);
            assert_eq!(url.origin().host(), host);
        }
    }

    #[test]
    fn refused_with_the_reason() {
        let cases = [
            ("", UrlError::Empty),
            ("   ", UrlError::Empty),
            ("gw.example.com", UrlError::NoScheme),
            ("ftp://gw.example.com", UrlError::Scheme("ftp".into())),
            ("https://", UrlError::NoHost),
            ("https:///path", UrlError::NoHost),
            ("http://gw.example.com", UrlError::PlainHttp { host: "gw.example.com".into() }),
            (
                "http://localhost.evil.example",
                UrlError::PlainHttp { host: "localhost.evil.example".into() },
            ),
            ("http://10.0.0.1", UrlError::PlainHttp { host: "10.0.0.1".into() }),
            ("https://me:pw@gw.example.com", UrlError::Credentials),
            ("https://gw.example.com@evil.example", UrlError::Credentials),
            ("https://gw.example.com?key=1", UrlError::Query),
            ("https://gw.example.com/a?key=1", UrlError::Query),
            ("https://gw.example.com#x", UrlError::Fragment),
            ("https://gw.example.com:0", UrlError::Port("0".into())),
            ("https://gw.example.com:+443", UrlError::Port("+443".into())),
            ("https://gw.example.com:99999", UrlError::Port("99999".into())),
            ("https://gw.example.com:", UrlError::Port(String::new())),
            ("https://0x7f.1", UrlError::Host("0x7f.1".into())),
            ("https://127.1", UrlError::Host("127.1".into())),
            ("https://2130706433", UrlError::Host("2130706433".into())),
            ("https://256.1.1.1", UrlError::Host("256.1.1.1".into())),
            ("https://a..b", UrlError::Host("a..b".into())),
            ("https://a%2eb", UrlError::Host("a%2eb".into())),
            ("https://[::1", UrlError::Host("[::1".into())),
            ("https://[2001:db8::1]", UrlError::Ipv6),
            ("https://127.0.0.01", UrlError::Host("127.0.0.01".into())),
            ("https://1.2.3.4.5", UrlError::Host("1.2.3.4.5".into())),
            ("https://[::1]x", UrlError::Host("[::1]x".into())),
            ("https://bücher.example", UrlError::NotAscii { host: "bücher.example".into() }),
            ("https://gw.example.com\\@evil.example", UrlError::Character('\\')),
            ("https://gw.exa mple.com", UrlError::Character(' ')),
            ("https://gw.exa\tmple.com", UrlError::Character('\t')),
            ("https://gw.example.com/\u{201c}v1\u{201d}", UrlError::Character('\u{201c}')),
            ("https://gw.example.com/a/../b", UrlError::DotSegment),
            ("https://gw.example.com/a/%2E%2e/b", UrlError::DotSegment),
        ];
        for (text, error) in cases {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_host_is_a_name_that_dns_can_hold() {
        let label = "a".repeat(63);
        let name = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(name.len(), 253);
        assert!(BaseUrl::parse(&format!("https://{name}")).is_ok());
        for host in [format!("{name}a"), format!("a{label}")] {
            let error = UrlError::Host(host.clone());
            assert_eq!(BaseUrl::parse(&format!("https://{host}")), Err(error));
        }
    }

    /// A name that is only a number may end with a dot, which isn't kept: some
    /// parsers compare it with the dot and some without.
    #[test]
    fn an_address_in_numbers_is_written_in_one_way() {
        let url = BaseUrl::parse("http://127.0.0.1.:8080").unwrap();
        assert_eq!(url.origin().to_string(), "http://127.0.0.1:8080");
        assert_eq!(BaseUrl::parse("http://[::1]").unwrap().to_string(), "http://[::1]");
    }

    #[test]
    fn each_refusal_has_its_next_step() {
        let cases = [
            ("http://gw.example.com", "use-https", Audience::Admin),
            ("https://me:pw@gw.example.com", "remove-credentials", Audience::User),
            ("https://gw.example.com?key=1", "remove-query", Audience::User),
            ("https://gw.example.com#x", "remove-query", Audience::User),
            ("https://bücher.example", "use-punycode", Audience::User),
            ("gw.example.com", "check-address", Audience::User),
        ];
        for (address, id, audience) in cases {
            let failure = Failure::from(BaseUrl::parse(address).unwrap_err());
            let hint = failure.hint.clone().unwrap();
            assert_eq!(
                (failure.code, hint.id, hint.audience),
                (Code::InvalidArgument, id, audience),
                "{address}"
            );
        }
    }

    #[test]
    fn a_query_holds_what_needs_no_escape() {
        let url = RequestUrl::parse(" https://files.example?sig=a%2Fb&x=1 ").unwrap();
        assert_eq!(url.as_str(), "https://files.example/?sig=a%2Fb&x=1");
        for (query, error) in [
            ("a b", UrlError::Character(' ')),
            ("a\\b", UrlError::Character('\\')),
            ("é", UrlError::Character('é')),
            ("a#b", UrlError::Fragment),
        ] {
            assert_eq!(RequestUrl::parse(&format!("https://files.example/?{query}")), Err(error));
        }
    }

    #[test]
    fn joining_keeps_the_prefix() {
        let base = BaseUrl::parse("https://gw.example.com/anthropic/").unwrap();
        assert_eq!(
            base.join("/v1/messages").as_str(),
            "https://gw.example.com/anthropic/v1/messages"
        );
        assert_eq!(base.join("/v1/messages").origin(), base.origin());
    }
}
