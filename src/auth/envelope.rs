//! The messages of the bridge: JSON texts, told apart by their request ID alone.

use crate::json::{self, Json, Kind, write};

use super::claims;
use super::field::{text, truth};
use super::request::TokenRequest;

/// The longest message that is read, in bytes. Tokens of users in hundreds of
/// groups stay far below.
pub const LONGEST_MESSAGE: usize = 1 << 20;

const REQUEST: &str = "NestedAppAuthRequest";
const RESPONSE: &str = "NestedAppAuthResponse";

/// What the host is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Say who it is and who is signed in.
    GetInitContext,
    /// Give a token without asking the user.
    GetToken,
    /// Give a token; the user may be asked.
    GetTokenPopup,
}

impl Method {
    /// Its name in the protocol.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GetInitContext => "GetInitContext",
            Self::GetToken => "GetToken",
            Self::GetTokenPopup => "GetTokenPopup",
        }
    }
}

/// Who asks, as the host is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInfo {
    /// The application's ID.
    pub client_id: String,
    /// What it is capable of, for example `CP1`.
    pub capabilities: Vec<String>,
    /// The library's name and version.
    pub library: (String, String),
    /// Whether the broker takes hints: this crate's own does, a host's doesn't.
    pub hints: bool,
}

/// A UUID of version 4 (RFC 9562 §5.4) from random bytes.
#[must_use]
pub fn uuid(mut random: [u8; 16]) -> String {
    if let Some(version) = random.get_mut(6) {
        *version = *version & 0x0f | 0x40;
    }
    if let Some(variant) = random.get_mut(8) {
        *variant = *variant & 0x3f | 0x80;
    }
    let mut text = String::with_capacity(36);
    for (at, byte) in random.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(half.into(), 16));
        }
    }
    text
}

/// A message to the host: MSAL's members in MSAL's order.
#[must_use]
pub fn write(
    client: &ClientInfo,
    method: Method,
    request_id: &str,
    now_ms: u64,
    token: Option<(&TokenRequest, &str)>,
) -> String {
    let mut out = String::new();
    {
        let mut envelope = write::Object::new(&mut out);
        envelope.string("messageType", REQUEST);
        envelope.string("method", method.as_str());
        envelope.string("requestId", request_id);
        envelope.number("sendTime", now_ms);
        envelope.string("clientLibrary", &client.library.0);
        envelope.string("clientLibraryVersion", &client.library.1);
        if let Some((request, correlation_id)) = token {
            let mut params = envelope.object("tokenParams");
            write_params(&mut params, client, method, request, correlation_id);
        }
    }
    out
}

fn write_params(
    params: &mut write::Object<'_>,
    client: &ClientInfo,
    method: Method,
    request: &TokenRequest,
    correlation_id: &str,
) {
    let mut optional = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            params.string(name, &value);
        }
    };
    let account = request.account.as_ref().and_then(|account| account.text("homeAccountId"));
    optional("platformBrokerId", account);
    optional("clientId", Some(client.client_id.clone()));
    optional("authority", request.text("authority"));
    optional("resource", request.text("resource"));
    optional("scope", Some(request.scopes.as_str().to_owned()));
    optional("correlationId", Some(correlation_id.to_owned()));
    let claims = claims::merge(request.claims.as_deref(), &client.capabilities);
    optional("claims", Some(claims));
    optional("state", request.text("state"));
    optional("authenticationScheme", Some(request.scheme()));
    {
        // MSAL puts a map here, of which JSON keeps nothing.
        let mut extra = params.object("extraParameters");
        if client.hints {
            write_hints(&mut extra, request);
        }
    }
    if let Some(tokens) = &request.attribute_tokens {
        params.string("attributeTokens", tokens);
    }
    if let (Method::GetToken, Some(force)) = (method, request.force_refresh) {
        params.bool("forceRefresh", force);
    }
}

/// What a sign-in page can be told of whom to ask for, and how.
fn write_hints(extra: &mut write::Object<'_>, request: &TokenRequest) {
    let username = request.account.as_ref().and_then(|account| account.text("username"));
    for (name, value) in [
        ("loginHint", request.text("loginHint").or(username)),
        ("domainHint", request.text("domainHint")),
        ("prompt", request.text("prompt")),
    ] {
        if let Some(value) = value {
            extra.string(name, &value);
        }
    }
}

/// What a message from the host is.
#[derive(Debug)]
pub struct Reply<'a> {
    /// The request that it answers.
    pub request_id: String,
    /// Whether the host did what was asked.
    pub success: bool,
    /// The whole message.
    pub body: Json<'a>,
}

impl<'a> Reply<'a> {
    /// Reads a message; `None` where it is something else: not JSON, another
    /// kind of message, or an answer to nothing.
    #[must_use]
    pub fn read(message: Json<'a>) -> Option<Self> {
        if message.kind() != Kind::Object {
            return None;
        }
        // Hosts may leave it out; what has another type is somebody else's.
        if text(message, "messageType").is_some_and(|kind| kind != RESPONSE) {
            return None;
        }
        let request_id = text(message, "requestId")?;
        Some(Self { request_id, success: truth(message, "success"), body: message })
    }

    /// A member that is an object.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Json<'a>> {
        self.body.get(name).filter(|value| value.kind() == Kind::Object)
    }
}

/// The JSON of a message. Some hosts write the message as a JSON string of JSON.
#[must_use]
pub fn unwrap_message(message: &str) -> Option<std::borrow::Cow<'_, str>> {
    if message.len() > LONGEST_MESSAGE {
        return None;
    }
    let json = Json::parse(message, json::DEFAULT_MAX_DEPTH).ok()?;
    match json.as_str() {
        Some(inner) => Json::parse(&inner, json::DEFAULT_MAX_DEPTH).is_ok().then_some(inner),
        None => Some(json.raw().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let counting = std::array::from_fn(|at| u8::try_from(at).unwrap() * 0x11);
        assert_eq!(uuid(counting), "00112233-4455-4677-8899-aabbccddeeff");
    }

    fn client() -> ClientInfo {
        ClientInfo {
            client_id: "C".to_owned(),
            capabilities: vec!["CP1".to_owned()],
            library: ("lib".to_owned(), "1".to_owned()),
            hints: false,
        }
    }

    #[test]
    fn a_message_has_msals_members_in_msals_order() {
        assert_eq!(
            write(&client(), Method::GetInitContext, "R", 5, None),
            r#"{"messageType":"NestedAppAuthRequest","method":"GetInitContext","requestId":"R","sendTime":5,"clientLibrary":"lib","clientLibraryVersion":"1"}"#
        );
        let request = TokenRequest::read(
            r#"{"scopes":["User.Read"],"account":{"homeAccountId":"H"},"authority":"A","resource":"S","state":"T","attributeTokens":["b","a"],"forceRefresh":true}"#,
        )
        .unwrap();
        let silent = write(&client(), Method::GetToken, "R", 5, Some((&request, "I")));
        let params = r#""tokenParams":{"platformBrokerId":"H","clientId":"C","authority":"A","resource":"S","scope":"User.Read","correlationId":"I","claims":"{\"id_token\":{\"signin_state\":{\"essential\":false},\"login_hint\":{\"essential\":false},\"tenant_region_sub_scope\":{\"essential\":false}},\"access_token\":{\"xms_cc\":{\"values\":[\"CP1\"]}}}","state":"T","authenticationScheme":"Bearer","extraParameters":{},"attributeTokens":"a b""#;
        assert!(silent.ends_with(&format!(r#"{params},"forceRefresh":true}}}}"#)), "{silent}");
        let popup = write(&client(), Method::GetTokenPopup, "R", 5, Some((&request, "I")));
        assert!(popup.ends_with(&format!("{params}}}}}")), "{popup}");
    }

    #[test]
    fn a_reply_is_recognised_by_its_request() {
        let cases = [
            (
                r#"{"messageType":"NestedAppAuthResponse","requestId":"R","success":true}"#,
                Some(("R", true)),
            ),
            (r#"{"requestId":"R","success":"true","more":{}}"#, Some(("R", true))),
            (r#"{"requestId":"R"}"#, Some(("R", false))),
            (r#""{\"requestId\":\"R\",\"success\":1}""#, Some(("R", true))),
            (r#"{"messageType":"NestedAppAuthRequest","requestId":"R"}"#, None),
            (r#"{"messageType":"NestedAppAuthResponse","success":true}"#, None),
            (r#"{"requestId":7}"#, None),
            (r#"[{"requestId":"R"}]"#, None),
            (r#""text""#, None),
            ("null", None),
            ("not JSON", None),
            ("", None),
        ];
        for (message, expected) in cases {
            let text = unwrap_message(message);
            let json = text.as_ref().and_then(|text| Json::parse(text, 128).ok());
            let reply = json.and_then(Reply::read);
            let found = reply.as_ref().map(|reply| (reply.request_id.as_str(), reply.success));
            assert_eq!(found, expected, "{message}");
        }
    }

    #[test]
    fn a_message_has_a_longest() {
        let message = |length: usize| format!(r#"{{"requestId":"{}"}}"#, "R".repeat(length - 16));
        assert!(unwrap_message(&message(LONGEST_MESSAGE)).is_some());
        assert!(unwrap_message(&message(LONGEST_MESSAGE + 1)).is_none());
        assert!(unwrap_message(&"[".repeat(LONGEST_MESSAGE)).is_none());
    }
}
