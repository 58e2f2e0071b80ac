//! The manifest layer: the parameters of the page's own address.

use crate::text;

use super::key::Key;
use super::merge::{Layer, Values};
use super::problem::{Problem, Severity};

/// Takes the known keys out of name-value pairs that are decoded already, in
/// their order. The first of several values wins, since that is the one that
/// an administrator sees first in the manifest; foreign names are ignored. A
/// name that an ampersand was escaped before once too often is the one meant.
pub fn read<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    problems: &mut Vec<Problem>,
) -> Values {
    let mut values = Values::default();
    for (name, value) in pairs {
        let Some((key, is_escaped)) = named(name) else { continue };
        let mut report = |id, severity, message: &str| {
            problems.push(Problem::new(
                id,
                severity,
                key,
                Some(Layer::Manifest),
                format!("{}: {message}", key.name()),
            ));
        };
        let value = text::trim(value);
        if is_escaped {
            report("escaped-twice", Severity::Notice, "the & before it is escaped once too often");
        }
        if !key.may_come_from(Layer::Manifest) {
            report("not-in-manifest", Severity::Warning, "can't be set by the manifest; ignored");
        } else if values.get(key).is_some() {
            report(
                "duplicate-parameter",
                Severity::Warning,
                "given more than once; the first value is used",
            );
        } else if value.is_empty() {
            report("empty-value", Severity::Warning, "empty; ignored");
        } else {
            values.set(key, value);
        }
    }
    values
}

/// Whether a parameter of the address is one that must not stay there.
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    named(name).is_some_and(|(key, _)| key.is_secret())
}

/// The key that a parameter means, and whether its name begins with what is
/// left of an escaped ampersand.
fn named(name: &str) -> Option<(Key, bool)> {
    let rest = name.strip_prefix("amp;");
    Some((Key::from_name(rest.unwrap_or(name))?, rest.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ampersand_that_was_escaped_twice_costs_nothing_but_a_notice() {
        let mut problems = Vec::new();
        let pairs = [
            ("gateway_url", "\u{feff}https://gw.example.com\u{200b}"),
            ("amp;gateway_token", "t"),
            ("amp;et", "entitlement"),
            ("amp;amp;gateway_token", "u"),
        ];
        let values = read(pairs, &mut problems);
        assert_eq!(values.get(Key::GatewayUrl), Some("https://gw.example.com"));
        assert_eq!(values.get(Key::GatewayToken), Some("t"));
        let ids: Vec<_> = problems.iter().map(|p| (p.id, p.key)).collect();
        assert_eq!(ids, [("escaped-twice", Key::GatewayToken)]);
        assert!(is_secret_parameter("amp;gateway_token") && !is_secret_parameter("amp;et"));
    }

    #[test]
    fn known_keys_are_taken_and_the_rest_is_left_alone() {
        let mut problems = Vec::new();
        let pairs = [
            ("m", "tag-1"),
            ("gateway_url", " https://gw.example.com "),
            ("et", "entitlement"),
            ("gateway_url", "https://other.example.com"),
            ("_host_Info", "Excel$Win32"),
            ("gateway_token", ""),
            ("model", "claude-x"),
        ];
        let values = read(pairs, &mut problems);
        assert_eq!(values.get(Key::GatewayUrl), Some("https://gw.example.com"));
        assert_eq!(values.get(Key::GatewayToken), None);
        assert_eq!(values.get(Key::Model), None);
        let ids: Vec<_> = problems.iter().map(|p| p.id).collect();
        assert_eq!(ids, ["duplicate-parameter", "empty-value", "not-in-manifest"]);
        let told: String = problems.iter().map(|p| p.message.clone()).collect();
        assert!(!told.contains("entitlement") && !told.contains("Excel"));
    }
}
