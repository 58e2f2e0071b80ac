//! The messages of the bridge: JSON texts, told apart by their request ID alone.

use crate::json::{Json, write};

use super::account::place;
use super::claims;
use super::fields::{optional, parse, text};
use super::flight::Flight;
use super::settings::Settings;

/// The longest message that is read, in bytes. Tokens of users in hundreds of
/// groups stay far below.
pub const LONGEST_MESSAGE: usize = 1 << 20;

/// How often a message may be quoted: by the host, by JavaScript, and once more.
const DEEPEST_QUOTES: u32 = 3;

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

/// A UUID of version 4 (RFC 9562 §5.4) from 32 random hexadecimal digits.
#[must_use]
pub fn uuid(random: &[u8]) -> String {
    const VARIANT: [u8; 4] = *b"89ab";
    let mut text = String::with_capacity(36);
    for (at, digit) in random.iter().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let digit = match at {
            12 => b'4',
            16 => VARIANT.get(usize::from(digit & 3)).copied().unwrap_or_default(),
            _ => *digit,
        };
        text.push(char::from(digit));
    }
    text
}

/// A message to the host: MSAL's members in MSAL's order. `state` comes back
/// with the answer.
#[must_use]
pub(super) fn write(settings: &Settings, flight: &Flight, state: &str) -> String {
    let mut out = String::new();
    {
        let mut envelope = write::Object::new(&mut out);
        optional(&mut envelope, "messageType", REQUEST);
        optional(&mut envelope, "method", flight.method.as_str());
        optional(&mut envelope, "requestId", &flight.request_id);
        envelope.number("sendTime", flight.at_ms);
        optional(&mut envelope, "clientLibrary", settings.library_name());
        optional(&mut envelope, "clientLibraryVersion", settings.library_version());
        if flight.method != Method::GetInitContext {
            write_params(&mut envelope.object("tokenParams"), settings, flight, state);
        }
    }
    out
}

fn write_params(params: &mut write::Object<'_>, settings: &Settings, flight: &Flight, state: &str) {
    let request = &*flight.request;
    optional(params, "platformBrokerId", request.account.at(place::HOME));
    optional(params, "clientId", settings.client_id());
    optional(params, "authority", request.authority());
    optional(params, "resource", request.resource());
    optional(params, "scope", request.scopes.as_str());
    optional(params, "correlationId", &flight.correlation_id);
    optional(params, "claims", &claims::merge(request.claims(), settings.capabilities()));
    optional(params, "state", state);
    optional(params, "authenticationScheme", request.scheme());
    // MSAL puts a map here, of which JSON keeps nothing.
    {
        let mut extra = params.object("extraParameters");
        if settings.is_own_broker() {
            request.write_hints(&mut extra);
        }
    }
    optional(params, "attributeTokens", request.attribute_tokens());
    if let (Method::GetToken, Some(force)) = (flight.method, request.force_refresh) {
        params.bool("forceRefresh", force);
    }
}

/// The request that a message from the host answers; empty where the message
/// is something else: another kind of message, or an answer to nothing.
#[must_use]
pub(super) fn request_id(message: Json<'_>) -> String {
    let kind = text(message, "messageType");
    // Hosts may leave the type out; what has another one is somebody else's.
    if kind.is_empty() || kind == RESPONSE { text(message, "requestId") } else { String::new() }
}

/// The JSON of a message, which some hosts write as a JSON string of JSON;
/// empty where it is none.
#[must_use]
pub(super) fn unwrap_message(message: &str) -> String {
    let mut text = String::new();
    if message.len() <= LONGEST_MESSAGE {
        text.push_str(message);
    }
    for _ in 0..DEEPEST_QUOTES {
        if let Some(inner) = parse(&text).as_str() {
            text = inner.into_owned();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::flight::Stage;
    use super::super::patience::Patience;
    use super::super::request::TokenRequest;
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        assert_eq!(uuid(&[b'0'; 32]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(&[b'f'; 32]), "ffffffff-ffff-4fff-afff-ffffffffffff");
        let counting = b"00112233445566778899aabbccddeeff";
        assert_eq!(uuid(counting), "00112233-4455-4677-8899-aabbccddeeff");
    }

    #[test]
    fn a_message_has_msals_members_in_msals_order() {
        let settings = Settings::read(
            r#"{"clientId":"C","capabilities":"[\"CP1\"]","libraryName":"lib","libraryVersion":"1"}"#,
        );
        let write = |method, request| {
            let flight = Flight {
                id: 1,
                stage: Stage::Ready,
                method,
                request,
                request_id: "R".to_owned(),
                correlation_id: "I".to_owned(),
                at_ms: 5,
                stumbled: false,
                patience: Patience::new(1),
            };
            write(&settings, &flight, "T")
        };
        assert_eq!(
            write(Method::GetInitContext, Rc::default()),
            r#"{"messageType":"NestedAppAuthRequest","method":"GetInitContext","requestId":"R","sendTime":5,"clientLibrary":"lib","clientLibraryVersion":"1"}"#
        );
        let request = TokenRequest::read(
            r#"{"scopes":"User.Read","account":{"homeAccountId":"H"},"authority":"A","resource":"S","attributeTokens":"a b","forceRefresh":true}"#,
        );
        let request = Rc::new(request.unwrap());
        let silent = write(Method::GetToken, request.clone());
        let params = r#""tokenParams":{"platformBrokerId":"H","clientId":"C","authority":"A","resource":"S","scope":"User.Read","correlationId":"I","claims":"{\"id_token\":{\"signin_state\":{\"essential\":false},\"login_hint\":{\"essential\":false},\"tenant_region_sub_scope\":{\"essential\":false}},\"access_token\":{\"xms_cc\":{\"values\":[\"CP1\"]}}}","state":"T","authenticationScheme":"Bearer","extraParameters":{},"attributeTokens":"a b""#;
        assert!(silent.ends_with(&format!(r#"{params},"forceRefresh":true}}}}"#)), "{silent}");
        let popup = write(Method::GetTokenPopup, request);
        assert!(popup.ends_with(&format!("{params}}}}}")), "{popup}");
    }

    #[test]
    fn a_reply_is_recognised_by_its_request() {
        let cases = [
            (r#"{"messageType":"NestedAppAuthResponse","requestId":"R","success":true}"#, "R"),
            (r#"{"requestId":"R","success":"true","more":{}}"#, "R"),
            (r#""{\"requestId\":\"R\",\"success\":1}""#, "R"),
            (r#"{"messageType":"NestedAppAuthRequest","requestId":"R"}"#, ""),
            (r#"{"messageType":"NestedAppAuthResponse","success":true}"#, ""),
            (r#"{"requestId":7}"#, ""),
            (r#"[{"requestId":"R"}]"#, ""),
            (r#""text""#, ""),
            (r#""\"{\\\"requestId\\\":\\\"R\\\"}\"""#, "R"),
            ("null", ""),
            ("not JSON", ""),
            ("", ""),
        ];
        for (message, expected) in cases {
            let text = unwrap_message(message);
            let json = parse(&text);
            assert_eq!(request_id(json), expected, "{message}");
        }
    }

    #[test]
    fn a_message_has_a_longest() {
        let message = |length: usize| format!(r#"{{"requestId":"{}"}}"#, "R".repeat(length - 16));
        assert_ne!(unwrap_message(&message(LONGEST_MESSAGE)), "");
        assert_eq!(unwrap_message(&message(LONGEST_MESSAGE + 1)), "");
        assert_eq!(request_id(parse(&"[".repeat(LONGEST_MESSAGE))), "");
    }
}
