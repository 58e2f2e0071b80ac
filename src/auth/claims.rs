//! Claims that are asked for: what a resource demands in its challenge, and
//! what goes to the host (OpenID Connect Core §5.5).

use crate::json::splice::{Edit, apply};
use crate::json::{self, Json, Kind, write};

use super::base64;

/// The claims that MSAL 5 always asks for in the ID token.
const ID_TOKEN: [&str; 3] = ["signin_state", "login_hint", "tenant_region_sub_scope"];

/// The parameter of a challenge that holds the claims.
const PARAMETER: &str = "claims";

/// `{"essential":false}`
const OPTIONAL: &str = r#"{"essential":false}"#;

/// A caller's claims as a JSON object: given as such, or in base64 as a
/// challenge brings them. `None` where it is neither.
#[must_use]
pub fn read(text: &str) -> Option<String> {
    object(text).or_else(|| object(&base64::decode_text(text.trim())?))
}

/// The claims that a resource demands in its `WWW-Authenticate` header, as a
/// JSON object; `None` where it demands none.
///
/// The parameter stands in any of the header's challenges (RFC 9110 §11.6.1),
/// quoted or not, in base64 of either alphabet or as it is.
#[must_use]
pub fn from_challenge(header: &str) -> Option<String> {
    let lower = header.to_ascii_lowercase();
    lower.match_indices(PARAMETER).find_map(|(at, _)| {
        let (before, found) = header.split_at_checked(at)?;
        // Not the end of a longer name, such as `id_claims`.
        if before.chars().next_back().is_some_and(|c| c != ',' && !c.is_ascii_whitespace()) {
            return None;
        }
        let value = found.get(PARAMETER.len()..)?.trim_start().strip_prefix('=')?;
        read(&parameter(value.trim_start()))
    })
}

/// The value of a parameter: a quoted string with its escapes resolved, or a token.
fn parameter(text: &str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c == ',' || c.is_ascii_whitespace()).unwrap_or(text.len());
        return text.get(..end).unwrap_or_default().to_owned();
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    value
}

fn object(text: &str) -> Option<String> {
    let json = Json::parse(text, json::DEFAULT_MAX_DEPTH).ok()?;
    (json.kind() == Kind::Object).then(|| json.raw().to_owned())
}

/// What is sent: the caller's claims, the ones that MSAL always asks for, and
/// what the client is capable of.
#[must_use]
pub fn merge(asked: Option<&str>, capabilities: &[String]) -> String {
    let asked = asked.unwrap_or("{}");
    let id_token =
        with_members(member(asked, "id_token"), &ID_TOKEN.map(|name| (name, OPTIONAL)), false);
    let merged = with_members(asked, &[("id_token", id_token.as_str())], true);
    if capabilities.is_empty() {
        return merged;
    }
    let mut values = String::new();
    {
        let mut object = write::Object::new(&mut values);
        let mut list = object.array("values");
        for capability in capabilities {
            list.string(capability);
        }
    }
    let access_token =
        with_members(member(&merged, "access_token"), &[("xms_cc", values.as_str())], true);
    with_members(&merged, &[("access_token", access_token.as_str())], true)
}

/// The text of a member that is an object, else of an empty one.
fn member<'a>(object: &'a str, name: &str) -> &'a str {
    let object = Json::parse(object, json::DEFAULT_MAX_DEPTH).ok();
    let member = object.and_then(|object| object.get(name));
    member.filter(|member| member.kind() == Kind::Object).map_or("{}", |member| member.raw())
}

/// The object with members set, or only with those added that it lacks.
fn with_members(object: &str, members: &[(&str, &str)], replace: bool) -> String {
    let parse = |text| Json::parse(text, json::DEFAULT_MAX_DEPTH).ok();
    let Some(json) = parse(object) else { return object.to_owned() };
    let missing = members.iter().filter(|(name, _)| replace || json.get(name).is_none());
    let edits: Vec<_> =
        missing.filter_map(|(name, value)| Some(Edit::Set(name, parse(*value)?))).collect();
    apply(json, &edits).unwrap_or_else(|| object.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: &str = r#""signin_state":{"essential":false},"login_hint":{"essential":false},"tenant_region_sub_scope":{"essential":false}"#;

    #[test]
    fn merges_as_msal_does() {
        let capable = ["CP1".to_owned()];
        let cases = [
            (None, &[][..], format!(r#"{{"id_token":{{{DEFAULTS}}}}}"#)),
            (
                None,
                &capable[..],
                format!(r#"{{"id_token":{{{DEFAULTS}}},"access_token":{{"xms_cc":{{"values":["CP1"]}}}}}}"#),
            ),
            (
                Some(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#),
                &capable[..],
                format!(
                    r#"{{"access_token":{{"acrs":{{"essential":true,"value":"c1"}},"xms_cc":{{"values":["CP1"]}}}},"id_token":{{{DEFAULTS}}}}}"#
                ),
            ),
            (
                Some(r#"{"id_token":{"login_hint":{"essential":true},"email":null},"x":1}"#),
                &[][..],
                r#"{"id_token":{"login_hint":{"essential":true},"email":null,"signin_state":{"essential":false},"tenant_region_sub_scope":{"essential":false}},"x":1}"#
                    .to_owned(),
            ),
            (Some(r#"{"id_token":null}"#), &[][..], format!(r#"{{"id_token":{{{DEFAULTS}}}}}"#)),
            (
                Some(r#"{"access_token":{"xms_cc":{"values":["old"]}}}"#),
                &capable[..],
                format!(r#"{{"access_token":{{"xms_cc":{{"values":["CP1"]}}}},"id_token":{{{DEFAULTS}}}}}"#),
            ),
        ];
        for (asked, capabilities, merged) in cases {
            assert_eq!(merge(asked, capabilities), merged, "{asked:?}");
        }
    }

    #[test]
    fn reads_claims_as_json_and_as_base64() {
        for text in [r#"{"a":1}"#, r#" {"a":1} "#, "eyJhIjoxfQ==", "eyJhIjoxfQ"] {
            assert_eq!(read(text).as_deref(), Some(r#"{"a":1}"#), "{text}");
        }
        for text in ["", "[1]", "null", "{", "bm9wZQ=="] {
            assert_eq!(read(text), None, "{text}");
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
        ];
        for header in found {
            assert_eq!(from_challenge(header).as_deref(), Some(r#"{"a":1}"#), "{header}");
        }
        let none = [
            "",
            "Bearer",
            r#"Bearer realm="", error="invalid_token""#,
            r#"Bearer id_claims="eyJhIjoxfQ==""#,
            r#"Bearer claims="not base64""#,
            r#"Bearer claims="#,
            r#"Bearer claims=""#,
            r#"Bearer claims="WzFd""#,
        ];
        for header in none {
            assert_eq!(from_challenge(header), None, "{header}");
        }
    }
}
