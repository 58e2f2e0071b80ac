//! The bootstrap endpoint: an organisation's own server, which answers with
//! the configuration of the user who asks.

use crate::error::{Audience, Code, Failure};
use crate::http::answer::Answer;
use crate::http::{BaseUrl, Credential, Endpoints, HeaderName, HeaderValue, Request, RequestUrl};
use crate::json::splice::{Edit, apply};
use crate::json::{Json, Kind, write};
use crate::text;

use super::key::Key;
use super::merge::Configuration;
use super::provider::in_key;

/// Where a configuration says that the endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address, the query apart: whom a user agrees to.
    pub base: BaseUrl,
    /// All of the address.
    pub url: String,
}

impl Endpoint {
    /// What has to be the same for the user's agreement to still hold: the
    /// query is what users are told apart by, not whom a token goes to.
    #[must_use]
    pub fn identity(&self) -> String {
        text::join(&["bootstrap ", &self.base.to_string()], "")
    }

    /// Has it asked at another place. Whom the user agreed to stays.
    ///
    /// # Errors
    /// See [`Endpoints::locate`].
    pub fn locate(&mut self, endpoints: &Endpoints) -> Result<(), Failure> {
        let named = self.base.to_string();
        endpoints.locate(&mut self.base)?;
        let place = self.base.to_string();
        if place != named {
            let query = self.url.find('?').and_then(|at| self.url.get(at..)).unwrap_or_default();
            self.url = text::join(&[&place, query], "");
        }
        Ok(())
    }

    /// Reads `bootstrap_url`.
    ///
    /// # Errors
    /// An address that can't be asked, for one because a template is left in it.
    pub fn read(configuration: &Configuration) -> Result<Option<Self>, Failure> {
        let Some((url, layer)) = configuration.get(Key::BootstrapUrl) else { return Ok(None) };
        if text::contains(url, "{{") {
            return Err(in_key(unfilled(), Key::BootstrapUrl, layer));
        }
        let address = text::split_once(url, "?").map_or(url, |(address, _)| address);
        match BaseUrl::parse(address) {
            Ok(base) => Ok(Some(Self { base, url: url.to_owned() })),
            Err(error) => Err(in_key(error.into(), Key::BootstrapUrl, layer)),
        }
    }
}

/// The failure of an address that a template is left in.
pub(super) fn unfilled() -> Failure {
    Failure::told(
        Code::ConfigurationInvalid,
        "a template in it could not be filled",
        "fill-template",
        Audience::Admin,
        "Set what the template names, in a layer that this value sees, or correct its name.",
    )
}

/// What the access token for the endpoint is for, by `entra_scope`; empty where
/// it gets the ID token. A token that opens something of Microsoft's goes there
/// alone, whatever else it is configured for.
#[must_use]
pub fn scope(scopes: &str) -> &str {
    let own =
        |scope: &str| scope.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("api://"));
    let all = scopes.split([' ', ',']).filter(|scope| !scope.is_empty()).all(own);
    if all { scopes } else { "" }
}

/// The header that says in which application the pane runs.
const USER_AGENT: &str = "x-claude-user-agent";

/// The names of the headers that a [request](prepare) has, with a token or without.
#[must_use]
pub fn header_names(with_token: bool) -> Vec<String> {
    let mut names = vec![USER_AGENT.to_owned()];
    if with_token {
        names.push("authorization".to_owned());
    }
    names
}

/// The request. `credential` holds the user's token; `user_agent` says in which
/// application the pane runs.
///
/// # Errors
/// A name that no header can carry, or a credential for another server.
pub fn prepare(
    url: &RequestUrl,
    credential: Option<&Credential>,
    user_agent: &str,
) -> Result<Request, Failure> {
    let mut request = Request::get(url.clone());
    let value = HeaderValue::plain(user_agent)
        .map_err(|error| error.in_setting("the application's name"))?;
    request.set_header(HeaderName::known(USER_AGENT), value);
    if let Some(credential) = credential {
        credential.attach(&mut request)?;
    }
    Ok(request)
}

/// What the endpoint is told of where the pane runs: `claude-excel/1.4.2`.
#[must_use]
pub fn user_agent(app: &str, version: &str) -> String {
    text::join(&["claude-", app, "/", version], "")
}

/// What an endpoint answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootstrapAnswer {
    /// The object, the contents of its skills taken out: a number stands in
    /// the place of each.
    pub configuration: String,
    /// What was taken out, base64.
    pub contents: Vec<String>,
    /// When it ends, in milliseconds since 1970.
    pub expires_at_ms: Option<u64>,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootstrapError {
    /// The endpoint doesn't take the user's token.
    Unauthorized,
    /// The endpoint wants a token, and none is sent.
    Anonymous,
    /// The endpoint knows the user and refuses.
    Forbidden,
    /// There is nothing at the address.
    NotFound,
    /// Another status than 200.
    Status(u16),
    /// A web page: a proxy or a sign-in page in between, as a rule.
    WebPage,
    /// Not a JSON object.
    NotJson,
}

impl BootstrapError {
    /// The failure, with the host that answered.
    #[must_use]
    pub fn told(self, host: &str) -> Failure {
        let admin = Audience::Admin;
        let (code, what, id, text) = match self {
            Self::Unauthorized => (
                Code::CredentialInvalid,
                " refused the user's token",
                "check-bootstrap-token",
                "Let the endpoint accept the token's audience: the add-in's application, or the one that entra_scope names. The organisation has to be the issuer.",
            ),
            Self::Anonymous => (
                Code::CredentialInvalid,
                " asks who the user is, and is not told",
                "send-bootstrap-token",
                "Set entra_sso=1 and graph_client_id in the manifest, so that the pane shows the user's token; or let the endpoint answer without one.",
            ),
            Self::Forbidden => (
                Code::PermissionDenied,
                " has nothing for this user",
                "assign-user",
                "Let the endpoint answer this user, with {} where the organisation's settings are to be used.",
            ),
            Self::NotFound => (
                Code::NotFound,
                " has no such address",
                "check-bootstrap-url",
                "Correct bootstrap_url.",
            ),
            Self::Status(status) => {
                let mut message = " answered with status ".to_owned();
                write::push_number(&mut message, status.into());
                let code = match status {
                    429 => Code::RateLimited,
                    500.. => Code::ServerError,
                    _ => Code::ResponseInvalid,
                };
                let failure = Failure::told(
                    code,
                    &text::join(&["the bootstrap endpoint at ", host, &message], ""),
                    "check-bootstrap-endpoint",
                    admin,
                    "Look into the endpoint's log. It has to answer with status 200 and a JSON object.",
                );
                let is_passing = code != Code::ResponseInvalid;
                let failure = if is_passing { failure.retryable() } else { failure };
                return failure.with("host", host);
            }
            Self::WebPage => (
                Code::ResponseInvalid,
                " answered with a web page",
                "check-proxy",
                "A proxy or a sign-in page answered in its place. Let the endpoint be reached without it.",
            ),
            Self::NotJson => (
                Code::ResponseInvalid,
                " answered with something else than a JSON object",
                "check-bootstrap-endpoint",
                "Let it answer with a JSON object; {} is one.",
            ),
        };
        let message = text::join(&["the bootstrap endpoint at ", host, what], "");
        Failure::told(code, &message, id, admin, text).with("host", host)
    }
}

/// Reads an answer to a request, which had the user's token or had none.
///
/// # Errors
/// [`BootstrapError`] says why it is none.
pub fn parse(answer: &Answer, with_token: bool) -> Result<BootstrapAnswer, BootstrapError> {
    // Byte order marks come from editors on Windows.
    let body = text::trim(&answer.body);
    // PHP calls all that it writes a web page, so what begins like an object is one.
    let is_page = body.starts_with('<')
        || (answer.head.media_type() == "text/html" && !body.starts_with('{'));
    match answer.head.status {
        200 => {}
        401 if with_token => return Err(BootstrapError::Unauthorized),
        401 => return Err(BootstrapError::Anonymous),
        403 if is_page => return Err(BootstrapError::WebPage),
        403 => return Err(BootstrapError::Forbidden),
        404 => return Err(BootstrapError::NotFound),
        other => return Err(BootstrapError::Status(other)),
    }
    if is_page {
        return Err(BootstrapError::WebPage);
    }
    let object = Json::parse_object(body).ok_or(BootstrapError::NotJson)?;
    let mut contents = Vec::new();
    let skills = object.get(Key::Skills.name()).filter(|skills| skills.kind() == Kind::Array);
    let configuration = match skills {
        None => object.raw().to_owned(),
        Some(skills) => {
            let without = without_contents(skills, &mut contents);
            let skills = Json::written(&without);
            apply(object, &[Edit::Set(Key::Skills.name(), skills)]).unwrap_or_default()
        }
    };
    let expires_at_ms = object
        .get(Key::BootstrapExpiresAt.name())
        .and_then(|value| moment(value.as_str().as_deref().unwrap_or(value.raw())));
    Ok(BootstrapAnswer { configuration, contents, expires_at_ms })
}

/// Replaces each content by the number that it has among them.
fn without_contents(skills: Json<'_>, contents: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut array = write::Array::new(&mut out);
    for skill in skills.elements() {
        match skill.text("content") {
            Some(content) => {
                let mut number = String::new();
                write::push_number(&mut number, contents.len() as u64);
                contents.push(content);
                let set = Edit::Set("content", Json::written(&number));
                array.element().push_str(&apply(skill, &[set]).unwrap_or_default());
            }
            None => array.json(skill),
        }
    }
    drop(array);
    out
}

/// A moment in milliseconds, written in seconds or milliseconds since 1970,
/// whichever the number is large enough for. Clocks that count in fractions of a
/// second are common.
#[must_use]
pub(super) fn moment(text: &str) -> Option<u64> {
    const LEAST_MS: f64 = 1e12;
    // The end of what a date in JavaScript can be.
    const MOST_MS: f64 = 8.64e15;
    let number: f64 = text.trim().parse().ok()?;
    let ms = if number < LEAST_MS { number * 1_000.0 } else { number };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    (0.0..=MOST_MS).contains(&ms).then_some(ms as u64)
}

/// How long before its end an answer is fetched anew, in milliseconds: a tenth
/// of its life, at most [`MOST_AHEAD_MS`].
const AHEAD: u64 = 10;
const MOST_AHEAD_MS: u64 = 5 * 60 * 1_000;

/// What an answer is used for at least, in milliseconds, and how long a
/// failure to fetch it anew is waited out: one that comes expired must not be
/// fetched again and again.
pub const LEAST_WAIT_MS: u64 = 60 * 1_000;

/// How long to wait before an answer is fetched anew.
#[must_use]
pub fn wait_ms(expires_at_ms: u64, now_ms: u64) -> u64 {
    let life = expires_at_ms.saturating_sub(now_ms);
    (life - (life / AHEAD).min(MOST_AHEAD_MS)).max(LEAST_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::super::merge::Layers;
    use super::*;
    use crate::http::answer::Head;
    use crate::http::credential::Placement;

    fn answer(status: u16, media_type: &str, body: &str) -> Answer {
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Answer { head: Head { status, headers }, body: body.to_owned() }
    }

    #[test]
    fn the_request_is_as_specified() {
        let url = RequestUrl::parse("https://cfg.example.com/bootstrap?project=a").unwrap();
        let bearer = |url: &RequestUrl| {
            Credential::new(url.origin().clone(), Placement::Bearer, "e30.e30.x").unwrap()
        };
        let own = bearer(&url);
        let with = prepare(&url, Some(&own), &user_agent("excel", "1.4.2")).unwrap();
        let headers: Vec<_> =
            with.headers().iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        let agent = ("x-claude-user-agent", "claude-excel/1.4.2");
        assert_eq!(headers, [agent, ("authorization", "Bearer e30.e30.x")]);
        assert_eq!(with.method().as_str(), "GET");
        assert_eq!(with.url().as_str(), "https://cfg.example.com/bootstrap?project=a");
        let without = prepare(&url, None, "claude-word/1").unwrap();
        assert_eq!(without.headers().len(), 1);
        for agent in ["claude-word/1\r\nx: y", ""] {
            assert!(prepare(&url, Some(&own), agent).is_err(), "{agent}");
        }
        let other = bearer(&RequestUrl::parse("https://gw.example.com").unwrap());
        let refused = prepare(&url, Some(&other), "claude-word/1").unwrap_err();
        assert_eq!(refused.code, Code::AudienceRefused);
    }

    #[test]
    fn a_token_of_microsofts_own_is_not_for_it() {
        for own in ["", "api://cfg/access", "api://cfg/a,api://cfg/b", "API://cfg/a api://cfg/b"] {
            assert_eq!(scope(own), own);
        }
        for other in [
            "https://cognitiveservices.azure.com/.default",
            "https://graph.microsoft.com/.default",
            "User.Read",
            "api://cfg/a User.Read",
        ] {
            assert_eq!(scope(other), "", "{other}");
        }
    }

    #[test]
    fn answers_that_are_none() {
        let json = "application/json";
        for (answer, error) in [
            (answer(401, json, "{}"), BootstrapError::Unauthorized),
            (answer(403, json, "{}"), BootstrapError::Forbidden),
            (answer(404, json, ""), BootstrapError::NotFound),
            (answer(503, json, ""), BootstrapError::Status(503)),
            (answer(204, json, ""), BootstrapError::Status(204)),
            (answer(200, "text/html; charset=utf-8", ""), BootstrapError::WebPage),
            (answer(403, "text/html", "<html>"), BootstrapError::WebPage),
            (answer(429, json, "{}"), BootstrapError::Status(429)),
            (answer(200, "", " <!doctype html>"), BootstrapError::WebPage),
            (answer(200, json, ""), BootstrapError::NotJson),
            (answer(200, json, "[]"), BootstrapError::NotJson),
            (answer(200, json, "{\"a\":"), BootstrapError::NotJson),
        ] {
            assert_eq!(parse(&answer, true), Err(error));
            let failure = error.told("cfg.example.com");
            assert!(failure.message.contains("cfg.example.com"));
            assert!(failure.hint.is_some());
        }
        assert!(BootstrapError::Status(500).told("h").retryable);
        assert!(BootstrapError::Status(429).told("h").retryable);
        let unasked = parse(&answer(401, json, "{}"), false).unwrap_err();
        assert_eq!(unasked.told("h").code, Code::CredentialInvalid);
    }

    #[test]
    fn contents_are_taken_out() {
        let body = "\u{feff}{\"skills\":[{\"name\":\"a\",\"content\":\"QQ==\"},{\"name\":\"b\",\"url\":\"https://s.example\"},5,{\"name\":\"c\",\"content\":\"Qg==\"}],\"later\":1}";
        let answer = parse(&answer(200, "application/json", body), true).unwrap();
        assert_eq!(answer.contents, ["QQ==", "Qg=="]);
        assert_eq!(
            answer.configuration,
            r#"{"skills":[{"name":"a","content":0},{"name":"b","url":"https://s.example"},5,{"name":"c","content":1}],"later":1}"#
        );
    }

    #[test]
    fn when_it_ends() {
        for (value, ms) in [
            ("1790000000", Some(1_790_000_000_000)),
            ("1790000000000", Some(1_790_000_000_000)),
            ("\" 1790000000 \"", Some(1_790_000_000_000)),
            ("1.79e9", Some(1_790_000_000_000)),
            ("0", Some(0)),
            ("-1", None),
            ("\"soon\"", None),
            ("null", None),
            ("1790000000.25", Some(1_790_000_000_250)),
            ("18446744073709551615", None),
        ] {
            let body = format!("{{\"bootstrap_expires_at\":{value}}}");
            let answer = parse(&answer(200, "application/json", &body), true).unwrap();
            assert_eq!(answer.expires_at_ms, ms, "{value}");
        }
        let hour = 3_600_000;
        assert_eq!(wait_ms(10 * hour, 0), 10 * hour - MOST_AHEAD_MS);
        assert_eq!(wait_ms(600_000, 0), 540_000);
        assert_eq!(wait_ms(1, 0), LEAST_WAIT_MS);
        assert_eq!(wait_ms(0, hour), LEAST_WAIT_MS);
    }

    #[test]
    fn it_is_asked_where_it_is_and_agreed_to_by_name() {
        let endpoints = Endpoints::new(r#"{"*.contoso.example":"http://127.0.0.1:9/sim"}"#);
        for (url, asked) in [
            ("https://cfg.contoso.example/b?x={y}", "http://127.0.0.1:9/sim/b?x={y}"),
            ("https://cfg.contoso.example", "http://127.0.0.1:9/sim"),
            ("https://cfg.fabrikam.example/b?x=1", "https://cfg.fabrikam.example/b?x=1"),
        ] {
            let mut layers = Layers::default();
            layers.manifest.set(Key::BootstrapUrl, url);
            let configuration = Configuration::lay(layers, Vec::new(), Vec::new());
            let named = Endpoint::read(&configuration).unwrap().unwrap();
            let mut located = named.clone();
            located.locate(&endpoints).unwrap();
            assert_eq!(located.url, asked);
            assert_eq!(located.base.origin(), named.base.origin());
        }
    }

    #[test]
    fn agreement_goes_by_the_address() {
        let of = |url: &str| {
            let mut layers = Layers::default();
            layers.manifest.set(Key::BootstrapUrl, url);
            Endpoint::read(&Configuration::lay(layers, Vec::new(), Vec::new()))
        };
        let identity = |url| of(url).unwrap().unwrap().identity();
        assert_eq!(identity("https://a.example/b?x=1"), identity("https://a.example/b?x=2"));
        assert_ne!(identity("https://a.example/b"), identity("https://a.example/c"));
        for url in
            ["https://a.example/{{x}}", "http://a.example", "a.example", "https://u@a.example"]
        {
            let failure = of(url).unwrap_err();
            assert_eq!(failure.code, Code::ConfigurationInvalid, "{url}");
            assert!(failure.message.starts_with("bootstrap_url: "), "{}", failure.message);
        }
    }
}
