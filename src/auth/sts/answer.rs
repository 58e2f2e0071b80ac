//! Reads the service's answers: XML, which is its own format, or JSON, which
//! it writes where asked. Emulators write either, whatever they were asked for.

use crate::date;
use crate::http::answer::Answer;
use crate::json::{Json, Kind};
use crate::secret::redact;
use crate::sigv4::AwsCredentials;
use crate::text;

use super::error::{Refusal, StsError, Unreadable};
use super::xml;

/// The longest answer that is read, in bytes. The service's have some two
/// thousand.
const LARGEST: usize = 256 * 1024;

/// The longest message of a refusal that is kept, in characters.
const LONGEST_MESSAGE: usize = 1_000;

/// Epoch numbers from here on are milliseconds: as seconds they would be
/// beyond the year 5000.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

/// What the service granted.
pub(super) struct Granted {
    pub(super) credentials: AwsCredentials,
    /// Seconds since 1970 by the service's clock; `None` where it can't be read.
    pub(super) expiration_s: Option<u64>,
}

/// Reads an answer of `host` to a request that showed it `token`.
pub(super) fn read(answer: &Answer, host: &str, token: &str) -> Result<Granted, StsError> {
    let status = answer.head.status;
    let body = answer.body.trim_start_matches('\u{feff}').trim();
    let leaves = if body.len() > LARGEST { None } else { leaves(body) };
    let leaves = leaves.as_deref().unwrap_or_default();
    if let Some((code, message)) = refusal(leaves) {
        let clean =
            |text: &str| text::cut(redact(text, &[token]).trim(), LONGEST_MESSAGE).to_owned();
        return Err(StsError::Refused(Refusal {
            host: host.to_owned(),
            status,
            code: clean(code),
            message: clean(message),
            request_id: find(leaves, "", "RequestId").map(clean),
        }));
    }
    let granted = if answer.head.is_success() && !leaves.is_empty() {
        granted(leaves)
    } else {
        Err(what_instead(body, answer.head.is_success()))
    };
    granted.map_err(|what| StsError::Unreadable { host: host.to_owned(), status, what })
}

fn granted(leaves: &[Leaf]) -> Result<Granted, Unreadable> {
    let text = |name| find(leaves, "Credentials", name).ok_or(Unreadable::Missing(name));
    let credentials = AwsCredentials::new(
        text("AccessKeyId")?,
        text("SecretAccessKey")?,
        Some(text("SessionToken")?),
    );
    Ok(Granted {
        credentials: credentials.map_err(Unreadable::Credentials)?,
        expiration_s: text("Expiration").ok().and_then(moment),
    })
}

/// Code and message of a refusal.
fn refusal(leaves: &[Leaf]) -> Option<(&str, &str)> {
    if let Some(code) = find(leaves, "Error", "Code") {
        return Some((code, find(leaves, "Error", "Message").unwrap_or_default()));
    }
    // As services of AWS write it whose protocol is JSON.
    let message = find(leaves, "", "message").or_else(|| find(leaves, "", "Message"));
    Some((find(leaves, "", "__type")?, message.unwrap_or_default()))
}

/// What there is in the place of an answer.
fn what_instead(body: &str, success: bool) -> Unreadable {
    let starts = |with: &str| body.get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with));
    if body.len() > LARGEST {
        Unreadable::TooLarge
    } else if starts("<!doctype html") || starts("<html") {
        Unreadable::WebPage
    } else if body.is_empty() {
        Unreadable::Nothing
    } else if success && (starts("{") || xml::read(body).is_some()) {
        Unreadable::Missing("AccessKeyId")
    } else {
        Unreadable::Foreign
    }
}

/// A text in a document, with its name and that of what it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) parent: String,
    pub(super) name: String,
    pub(super) text: String,
}

/// The first text of that name directly within `parent`, wherever that is;
/// within anything, where `parent` is empty. Never an empty one.
pub(super) fn find<'a>(leaves: &'a [Leaf], parent: &str, name: &str) -> Option<&'a str> {
    let is = |leaf: &&Leaf| {
        leaf.name == name && (parent.is_empty() || leaf.parent == parent) && !leaf.text.is_empty()
    };
    leaves.iter().find(is).map(|leaf| leaf.text.as_str())
}

/// The texts of an answer in one of its two formats.
fn leaves(body: &str) -> Option<Vec<Leaf>> {
    if body.starts_with('<') {
        return xml::read(body);
    }
    let mut leaves = Vec::new();
    push_leaves(&mut leaves, Json::parse_object(body)?, "", DEEPEST);
    Some(leaves)
}

/// Envelopes around what counts, in JSON; the service has two.
const DEEPEST: u32 = 4;

fn push_leaves(leaves: &mut Vec<Leaf>, json: Json<'_>, parent: &str, depth: u32) {
    for (name, value) in json.members() {
        let text = match value.kind() {
            Kind::Object if depth > 0 => {
                push_leaves(leaves, value, &name, depth - 1);
                continue;
            }
            Kind::String => value.as_str().unwrap_or_default().trim().to_owned(),
            Kind::Number => value.raw().to_owned(),
            _ => continue,
        };
        leaves.push(Leaf { parent: parent.to_owned(), name: name.into_owned(), text });
    }
}

/// Seconds since 1970 of a moment in ISO 8601, or of a count of seconds or
/// milliseconds.
fn moment(text: &str) -> Option<u64> {
    let count = |text| {
        let count = decimal(text)?;
        Some(if count < FIRST_MILLISECONDS { count } else { count / 1_000 })
    };
    date::parse_iso(text).or_else(|| count(text))
}

/// A number such as `1790000000.5` or `1.79E9`, without its fraction. The
/// standard library's parser for them would add 4 KB to the module.
fn decimal(text: &str) -> Option<u64> {
    let (number, exponent) = match text.bytes().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, "0"),
    };
    let exponent = text::digits(exponent.strip_prefix('+').unwrap_or(exponent))?;
    let (whole, fraction) = text::split_once(number, ".").unwrap_or((number, ""));
    let mut value = text::digits(whole)?;
    let mut fraction = fraction.bytes();
    for _ in 0..exponent.min(20) {
        let digit =
            fraction.next().unwrap_or(b'0').checked_sub(b'0').filter(|digit| *digit < 10)?;
        value = value.checked_mul(10)?.checked_add(digit.into())?;
    }
    fraction.all(|b| b.is_ascii_digit()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let at = Some(1_790_000_000);
        let cases = [
            ("2026-09-21T14:13:20Z", at),
            ("2026-09-21T14:13:20.872161Z", at),
            ("2026-09-21T16:13:20+02:00", at),
            ("1790000000", at),
            ("1790000000.75", at),
            ("1.79E9", at),
            ("1.79e+9", at),
            ("1.7900000005E9", at),
            ("1790000000123", at),
            ("1.790000000123E12", at),
            ("179E7", at),
            ("", None),
            ("soon", None),
            ("-5", None),
            ("1.79E-9", None),
            ("1E99", None),
            ("1E19", Some(10_000_000_000_000_000)),
            ("99999999999999999999999", None),
            (".5", None),
            ("1.x", None),
            ("1E", None),
        ];
        for (text, expected) in cases {
            assert_eq!(moment(text), expected, "{text}");
        }
    }
}
