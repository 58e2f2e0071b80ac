//! Claims that are asked for: what a resource demands in its challenge, and
//! what goes to the host (OpenID Connect Core §5.5).

use crate::json::splice::{Edit, apply};

use crate::text::join;

use super::base64;
use super::fields::{Words, member, object_text, or, parse};

/// The claims that MSAL 5 always asks for in the ID token, if only where it can be had.
const ID_TOKEN: &str = "signin_state login_hint tenant_region_sub_scope";
const OPTIONAL: &str = r#"{"essential":false}"#;

/// The parameter of a challenge that holds the claims.
const PARAMETER: &[u8] = b"claims";

/// A caller's claims as a JSON object: given as such, or in base64 as a
/// challenge brings them. Empty where it is neither.
#[must_use]
pub fn read(text: &str) -> String {
    let claims = object_text(text);
    if !claims.is_empty() {
        return claims;
    }
    object_text(&base64::decode_text(text.trim_ascii()).unwrap_or_default())
}

/// The claims that a resource demands in its `WWW-Authenticate` header, as a
/// JSON object; empty where it demands none.
///
/// The parameter stands in any of the header's challenges (RFC 9110 §11.6.1),
/// quoted or not, in base64 of either alphabet or as it is. What a quoted
/// string says of claims is none, unless the server forgot where one ends.
#[must_use]
pub fn from_challenge(header: &str) -> String {
    let bytes = header.as_bytes();
    let mut quotes = Quotes::default();
    bytes.iter().for_each(|byte| quotes.pass(*byte));
    let heeds_quotes = !quotes.open;
    quotes = Quotes::default();
    // What stands before: the parameter's name isn't the end of a longer one.
    let mut before = b' ';
    for (at, byte) in bytes.iter().enumerate() {
        let name = bytes.get(at..at + PARAMETER.len()).unwrap_or_default();
        if !(quotes.open && heeds_quotes)
            && matches!(before, b',' | b' ' | b'\t')
            && name.eq_ignore_ascii_case(PARAMETER)
        {
            let behind = bytes.get(at + PARAMETER.len()..).unwrap_or_default();
            if let Some((b'=', value)) = behind.trim_ascii_start().split_first() {
                let claims = read(&parameter(value.trim_ascii_start()));
                if !claims.is_empty() {
                    return claims;
                }
            }
        }
        quotes.pass(*byte);
        before = *byte;
    }
    String::new()
}

/// Whether a header is inside a quoted string (RFC 9110 §5.6.4).
#[derive(Default)]
struct Quotes {
    open: bool,
    escaped: bool,
}

impl Quotes {
    fn pass(&mut self, byte: u8) {
        self.open ^= byte == b'"' && !self.escaped;
        self.escaped = self.open && byte == b'\\' && !self.escaped;
    }
}

/// The value of a parameter: a quoted string with its escapes resolved, or a token.
fn parameter(text: &[u8]) -> String {
    let quoted = text.first() == Some(&b'"');
    let mut value = Vec::new();
    let mut escaped = false;
    for byte in text.iter().skip(usize::from(quoted)) {
        let ends = if quoted { *byte == b'"' } else { matches!(byte, b',' | b' ' | b'\t') };
        if ends && !escaped {
            break;
        }
        escaped = quoted && *byte == b'\\' && !escaped;
        if !escaped {
            value.push(*byte);
        }
    }
    String::from_utf8(value).unwrap_or_default()
}

/// What is sent: the caller's claims, the ones that MSAL always asks for, and
/// what the client is capable of, a JSON list.
#[must_use]
pub fn merge(asked: &str, capabilities: &str) -> String {
    let asked = if asked.is_empty() { "{}" } else { asked };
    let mut id_token = or(object_text(member(parse(asked), "id_token").raw()), "{}");
    for name in Words(ID_TOKEN) {
        if parse(&id_token).get(name).is_none() {
            id_token = with(&id_token, name, OPTIONAL);
        }
    }
    let merged = with(asked, "id_token", &id_token);
    if capabilities.is_empty() {
        return merged;
    }
    let values = join(&[r#"{"values":"#, "}"], capabilities);
    let access_token = or(object_text(member(parse(asked), "access_token").raw()), "{}");
    with(&merged, "access_token", &with(&access_token, "xms_cc", &values))
}

/// The object with a member set.
fn with(object: &str, name: &str, value: &str) -> String {
    apply(parse(object), &[Edit::Set(name, parse(value))]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: &str = r#""signin_state":{"essential":false},"login_hint":{"essential":false},"tenant_region_sub_scope":{"essential":false}"#;

    #[test]
    fn merges_as_msal_does() {
        let capable = r#"["CP1"]"#;
        let cases = [
            (None, "", format!(r#"{{"id_token":{{{DEFAULTS}}}}}"#)),
            (
                None,
                capable,
                format!(r#"{{"id_token":{{{DEFAULTS}}},"access_token":{{"xms_cc":{{"values":["CP1"]}}}}}}"#),
            ),
            (
                Some(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#),
                capable,
                format!(
                    r#"{{"access_token":{{"acrs":{{"essential":true,"value":"c1"}},"xms_cc":{{"values":["CP1"]}}}},"id_token":{{{DEFAULTS}}}}}"#
                ),
            ),
            (
                Some(r#"{"id_token":{"login_hint":{"essential":true},"email":null},"x":1}"#),
                "",
                r#"{"id_token":{"login_hint":{"essential":true},"email":null,"signin_state":{"essential":false},"tenant_region_sub_scope":{"essential":false}},"x":1}"#
                    .to_owned(),
            ),
            (Some(r#"{"id_token":null}"#), "", format!(r#"{{"id_token":{{{DEFAULTS}}}}}"#)),
            (
                Some(r#"{"access_token":{"xms_cc":{"values":["old"]}}}"#),
                capable,
                format!(r#"{{"access_token":{{"xms_cc":{{"values":["CP1"]}}}},"id_token":{{{DEFAULTS}}}}}"#),
            ),
        ];
        for (asked, capabilities, merged) in cases {
            assert_eq!(merge(asked.unwrap_or_default(), capabilities), merged, "{asked:?}");
        }
    }

    #[test]
    fn reads_claims_as_json_and_as_base64() {
        for text in [r#"{"a":1}"#, r#" {"a":1} "#, "eyJhIjoxfQ==", "eyJhIjoxfQ"] {
            assert_eq!(read(text), r#"{"a":1}"#, "{text}");
        }
        for text in ["", "[1]", "null", "{", "bm9wZQ=="] {
            assert_eq!(read(text), "", "{text}");
        }
    }

    #[test]
    fn finds_the_claims_of_a_challenge() {
        let found = [
            // As Graph and Exchange send it.
            r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="eyJhIjoxfQ==""#,
            r#"Bearer claims="eyJhIjoxfQ==", error="insufficient_claims""#,
            r#"Bearer error="insufficient_claims",claims=eyJhIjoxfQ"#,
            r#"bearer Claims = "eyJhIjoxfQ==""#,
            r#"Basic realm="x", Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#,
            r#"PoP nonce="1", Bearer claims="{\"a\":1}""#,
            // One that can't be read doesn't hide the other.
            r#"Bearer claims="?", Bearer claims="eyJhIjoxfQ""#,
            r#"Bearer error_description="the claims are wrong", claims="eyJhIjoxfQ""#,
            r#"Bearer error_description="send claims=eyJiIjoyfQ, please", claims="eyJhIjoxfQ""#,
            r#"Bearer realm="\\", error_description="\" claims=eyJiIjoyfQ", claims="eyJhIjoxfQ""#,
            r#"Bearer error_description="a \" claims=eyJiIjoyfQ", claims="eyJhIjoxfQ""#,
            r#"Bearer realm="never closed, claims="eyJhIjoxfQ""#,
            r#"Negotiate, Bearer realm="a, b", claims="eyJhIjoxfQ", Basic realm="c""#,
        ];
        for header in found {
            assert_eq!(from_challenge(header), r#"{"a":1}"#, "{header}");
        }
        let none = [
            "",
            "Bearer",
            r#"Bearer realm="", error="invalid_token""#,
            r#"Bearer id_claims="eyJhIjoxfQ==""#,
            r#"Bearer error_description="send claims=eyJhIjoxfQ, please""#,
            r#"Bearer claims="not base64""#,
            r#"Bearer claims="#,
            r#"Bearer claims=""#,
            r#"Bearer claims="WzFd""#,
        ];
        for header in none {
            assert_eq!(from_challenge(header), "", "{header}");
        }
    }
}
