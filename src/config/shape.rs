//! What values usually look like. An organisation's own may look otherwise, so
//! what doesn't fit is told and used all the same.

use crate::http::BaseUrl;
use crate::json::{Json, Kind};
use crate::text;

use super::bootstrap;
use super::key::Key;

/// What is odd about a value, in words that follow the key.
pub(super) fn oddity(key: Key, value: &str) -> Option<&'static str> {
    let (fits, wanted) = match key {
        Key::GcpProjectId => (
            (6..=30).contains(&value.len())
                && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "is usually like my-project-123456",
        ),
        Key::GoogleClientId => (
            value.ends_with(".apps.googleusercontent.com"),
            "usually ends with .apps.googleusercontent.com",
        ),
        Key::GoogleClientSecret => (value.starts_with("GOCSPX-"), "usually begins with GOCSPX-"),
        Key::AwsRoleArn => (is_role(value), "is usually like arn:aws:iam::123456789012:role/name"),
        Key::AzureApiKey => (
            value.len() >= 20 && value.bytes().all(|b| b.is_ascii_alphanumeric()),
            "is usually letters and digits, 20 or more",
        ),
        Key::GraphClientId => (is_guid(value), "is usually a GUID, the application's client id"),
        Key::EntraScope => (is_of_one(value), "names more than one resource; a token is for one"),
        Key::AutoConnect | Key::EntraSso | Key::Allow1p => {
            (matches!(value, "0" | "1"), "is neither 1 nor 0")
        }
        // Of `bootstrap_url` there is more to tell, see the review.
        Key::OtlpEndpoint => (
            text::contains(value, "{{") || BaseUrl::parse(value).is_ok(),
            "is not an address with https:// that can be used",
        ),
        Key::BootstrapExpiresAt => (
            bootstrap::moment(value).is_some(),
            "is no time in seconds or milliseconds since 1970; the answer lasts until the pane is loaded again",
        ),
        Key::OtlpHeaders | Key::OtlpResourceAttributes => {
            (is_pairs(value), "is usually like name=value,other=value")
        }
        Key::McpServers | Key::Skills | Key::AccessPolicies => {
            (is_array(value), "is not a JSON array; ignored")
        }
        Key::AvailableModels | Key::DisabledFeatures => (
            !value.starts_with('[') || is_array(value),
            "begins like a JSON array and is none; ignored",
        ),
        _ => return None,
    };
    (!fits).then_some(wanted)
}

/// Whether scopes are all of one resource: what stands before the last slash.
/// Scopes without one are Microsoft Graph's.
fn is_of_one(scopes: &str) -> bool {
    let resource =
        |scope: &'_ str| scope.rfind('/').and_then(|at| scope.get(..at)).map(str::to_owned);
    let mut resources = scopes.split([' ', ',']).filter(|scope| !scope.is_empty()).map(resource);
    let first = resources.next();
    resources.all(|other| Some(other) == first)
}

fn is_array(text: &str) -> bool {
    let json = Json::parse(text, crate::json::DEFAULT_MAX_DEPTH);
    json.is_ok_and(|json| json.kind() == Kind::Array)
}

fn is_role(arn: &str) -> bool {
    let rest = arn.strip_prefix("arn:aws").unwrap_or_default();
    let Some((partition, rest)) = text::split_once(rest, ":iam::") else { return false };
    let (account, role) = rest.split_at_checked(12).unwrap_or_default();
    (partition.is_empty() || partition.starts_with('-'))
        && text::digits(account).is_some()
        && role.len() > 6
        && role.starts_with(":role/")
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Names and values with commas between; no name is empty or has a blank.
fn is_pairs(text: &str) -> bool {
    text.split(',').all(|pair| {
        let name = text::split_once(pair, "=").map_or("", |(name, _)| name);
        !name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_whitespace())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_and_what_does_not() {
        let cases: [(Key, &[&str], &[&str]); 16] = [
            (Key::GcpProjectId, &["contoso-ai"], &["Contoso", "a", "example.com:old"]),
            (Key::GoogleClientId, &["1-a.apps.googleusercontent.com"], &["1-a"]),
            (Key::GoogleClientSecret, &["GOCSPX-x"], &["x"]),
            (
                Key::AwsRoleArn,
                &["arn:aws:iam::123456789012:role/C", "arn:aws-us-gov:iam::123456789012:role/a/b"],
                &[
                    "arn:aws:iam::12345678901:role/C",
                    "arn:aws:iam::123456789012:user/C",
                    "arn:aws:iam::123456789012:role/",
                    "arn:awsx:iam::123456789012:role/C",
                    "arn:aws:iam::1é",
                ],
            ),
            (Key::AzureApiKey, &["0123456789abcdefABCD"], &["short", "0123456789abcdef-ABCD"]),
            (
                Key::GraphClientId,
                &["0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d001"],
                &["0c3f5a1e7f1d4c579c5b51a1c7e6d001", "0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d00g"],
            ),
            (Key::AutoConnect, &["0", "1"], &["true", "2"]),
            (
                Key::OtlpEndpoint,
                &["https://a.example/x", "http://127.0.0.1:1"],
                &["a.example", "http://a.example", "https://u:p@a.example"],
            ),
            (
                Key::BootstrapExpiresAt,
                &["1790000000", "1790000000000", "1790000000.25", "1.79e9", "0"],
                &["soon", "-1", "1e400", "NaN", "Infinity", "2026-11-22T00:00:00Z", "[1]"],
            ),
            (
                Key::EntraScope,
                &["api://a/b", "api://a/b, api://a/c", "User.Read Mail.Read", "openid"],
                &["api://a/b api://c/b", "api://a/b,User.Read"],
            ),
            (Key::OtlpHeaders, &["a=b", "a=b,c="], &["", "a", "a=b,,c=d", "a b=c", "=c"]),
            (Key::McpServers, &["[]"], &["{}", "[", "x"]),
            (Key::AvailableModels, &["a,b", "[\"a\"]"], &["[\"a\""]),
            (Key::DisabledFeatures, &["thumbs"], &["["]),
            (Key::AccessPolicies, &["[]"], &["deny"]),
            (Key::GatewayToken, &["", "anything"], &[]),
        ];
        for (key, right, wrong) in cases {
            for value in right {
                assert_eq!(oddity(key, value), None, "{key:?} {value}");
            }
            for value in wrong {
                assert!(oddity(key, value).is_some(), "{key:?} {value}");
            }
        }
    }
}
