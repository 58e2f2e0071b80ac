//! `mcp_servers`: the organisation's own MCP servers.

use crate::http::header::check_value;
use crate::http::{HeaderName, HeaderValue, RequestUrl};
use crate::json::{Json, Kind};

use super::list;

/// Headers that belong to the browser or to the protocol.
const RESERVED: [&str; 8] = [
    "host",
    "content-length",
    "cookie",
    "origin",
    "accept-encoding",
    "connection",
    "accept",
    "content-type",
];

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct McpServer {
    /// Its name for people, and for whoever opens it.
    pub label: String,
    /// Where it is.
    pub url: RequestUrl,
    /// Sent with every request; all of them secret.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How it is signed in to.
    pub sign_in: SignIn,
    /// The client that the administrator registered for it.
    pub oauth: Option<OauthClient>,
}

/// How a server is signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// By its headers.
    Headers,
    /// As the server says when it is asked (OAuth discovery).
    Discover,
    /// Not at all.
    Anonymous,
}

/// A client at an authorization server. Times and texts are the entry's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OauthClient {
    /// The client's id.
    pub client_id: Option<String>,
    /// The tenant, where the server signs in with Entra.
    pub tenant_id: Option<String>,
    /// What is asked for.
    pub scope: Option<String>,
    /// `resource` of RFC 8707: another one than the server's address.
    pub resource: Option<String>,
    /// Whether `resource` is left out, as Entra wants it.
    pub omits_resource: bool,
}

/// The servers; entries that can't be used are left out.
#[must_use]
pub fn read(value: &str) -> Vec<McpServer> {
    let mut servers: Vec<McpServer> = Vec::new();
    for entry in list::entries(&list::normalise(value)) {
        if let Some(server) = read_entry(entry)
            && servers.iter().all(|known| known.label != server.label)
        {
            servers.push(server);
        }
    }
    servers
}

fn read_entry(entry: Json<'_>) -> Option<McpServer> {
    if fault(entry).is_some() {
        return None;
    }
    let url = RequestUrl::parse(&entry.text("url")?).ok()?;
    let mut headers = Vec::new();
    for (name, value) in entry.get("headers").unwrap_or(Json::NULL).members() {
        let name = HeaderName::parse(&name).ok()?;
        if !is_reserved(name.as_str()) {
            headers.push((name, HeaderValue::secret(&value.as_str()?).ok()?));
        }
    }
    let sign_in = match entry.get("discover").and_then(|discover| discover.as_bool()) {
        Some(true) => SignIn::Discover,
        Some(false) => SignIn::Anonymous,
        None if headers.is_empty() => SignIn::Discover,
        None => SignIn::Headers,
    };
    let label = entry.text("label").unwrap_or_else(|| url.origin().authority());
    Some(McpServer { label, url, headers, sign_in, oauth: entry.get("oauth").map(read_client) })
}

/// The block is written in snake case here and in camel case on the desktop.
fn read_client(block: Json<'_>) -> OauthClient {
    let either = |snake, camel| block.text(snake).or_else(|| block.text(camel));
    OauthClient {
        client_id: either("client_id", "clientId"),
        tenant_id: either("tenant_id", "tenantId"),
        scope: block.text("scope"),
        resource: block.text("resource"),
        omits_resource: block.get("resource").and_then(|given| given.as_bool()) == Some(false),
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name.starts_with("mcp-")
}

/// What is wrong with an entry.
pub(super) fn fault(entry: Json<'_>) -> Option<&'static str> {
    let url = entry.text("url").unwrap_or_default();
    if RequestUrl::parse(&url).is_err() {
        return Some("its url is not an https address; skipped");
    }
    let kind = |name| entry.get(name).map_or(Kind::Null, |value| value.kind());
    if !matches!(kind("label"), Kind::Null | Kind::String) {
        return Some("its label is not a string; skipped");
    }
    if !matches!(kind("headers"), Kind::Null | Kind::Object) {
        return Some("its headers are not an object; skipped");
    }
    for (name, value) in entry.get("headers").unwrap_or(Json::NULL).members() {
        let sendable = value.as_str().is_some_and(|value| check_value(&value).is_ok());
        if !sendable || HeaderName::parse(&name).is_err() {
            return Some("a header can't be sent; skipped");
        }
    }
    if !matches!(kind("discover"), Kind::Null | Kind::Bool) {
        return Some("its discover is neither true nor false; skipped");
    }
    if !matches!(kind("oauth"), Kind::Null | Kind::Object) {
        return Some("its oauth is not an object; skipped");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(value: &str) -> (Vec<McpServer>, usize) {
        let mut faults = Vec::new();
        list::check(value, fault, &mut faults);
        (read(value), faults.len())
    }

    #[test]
    fn how_a_server_is_signed_in_to() {
        let with = r#""headers":{"Authorization":"Bearer t"}"#;
        for (rest, sign_in) in [
            ("", SignIn::Discover),
            (&format!(",{with}"), SignIn::Headers),
            (r#","discover":true"#, SignIn::Discover),
            (r#","discover":false"#, SignIn::Anonymous),
            (&format!(r#",{with},"discover":true"#), SignIn::Discover),
            (r#","headers":{"Host":"x","Mcp-Session-Id":"y"}"#, SignIn::Discover),
        ] {
            let (servers, told) =
                servers(&format!(r#"[{{"url":"https://mcp.example.com/mcp?a=1"{rest}}}]"#));
            assert_eq!((servers[0].sign_in, told), (sign_in, 0), "{rest}");
            assert_eq!(servers[0].label, "mcp.example.com");
            assert_eq!(servers[0].url.as_str(), "https://mcp.example.com/mcp?a=1");
        }
    }

    #[test]
    fn both_spellings_of_the_client() {
        for block in [
            r#"{"client_id":"c","tenant_id":"t","scope":"s","resource":false}"#,
            r#"{"clientId":"c","tenantId":"t","scope":"s","resource":false}"#,
        ] {
            let (servers, _) =
                servers(&format!(r#"[{{"url":"https://a.example","oauth":{block}}}]"#));
            let client = servers[0].oauth.clone().unwrap();
            assert_eq!(client.client_id.as_deref(), Some("c"));
            assert_eq!(client.tenant_id.as_deref(), Some("t"));
            assert_eq!((client.scope.as_deref(), client.omits_resource), (Some("s"), true));
        }
    }

    #[test]
    fn malformed_entries_are_skipped_and_told() {
        let broken = r#"[5, {}, {"url":"http://a.example"}, {"url":"https://a.example","label":1},
            {"url":"https://a.example","headers":["x"]}, {"url":"https://a.example","headers":{"a":"b\r\nc: d"}},
            {"url":"https://a.example","discover":"no"}, {"url":"https://good.example","label":"good"}]"#;
        let (servers, told) = servers(broken);
        assert_eq!((servers.len(), told), (1, 7));
        assert_eq!(servers[0].label, "good");
    }

    #[test]
    fn a_label_names_one_server() {
        let (servers, _) = servers(
            r#"[{"url":"https://a.example","label":"x"},{"url":"https://b.example","label":"x"}]"#,
        );
        assert_eq!(servers.len(), 1);
    }
}
