//! Reads the service's answers: XML, which is its own format, or JSON, which
//! it writes where asked. Emulators write either, whatever they were asked for.

use crate::date;
use crate::http::answer::Answer;
use crate::json::{self, Json, Kind};
use crate::secret::redact;
use crate::sigv4::AwsCredentials;
use crate::text;

use super::error::{Refusal, StsError, Unreadable};
use super::xml::{self, Leaves};

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
    let unreadable = |what| StsError::Unreadable { host: host.to_owned(), status, what };
    if answer.body.len() > LARGEST {
        return Err(unreadable(Unreadable::TooLarge));
    }
    let body = answer.body.trim_start_matches('\u{feff}').trim();
    let document = Document::parse(body);
    if let Some(document) = &document
        && let Some((code, message)) = document.error()
    {
        let clean = |text: &str| cut(&redact(text, &[token]));
        return Err(StsError::Refused(Refusal {
            host: host.to_owned(),
            status,
            code: clean(&code),
            message: clean(&message),
            request_id: document.request_id().map(|id| clean(&id)),
        }));
    }
    if !answer.head.is_success() {
        return Err(unreadable(what_instead(body)));
    }
    let Some(document) = document else { return Err(unreadable(what_instead(body))) };
    let text = |name| {
        document.text("Credentials", name).ok_or_else(|| unreadable(Unreadable::Missing(name)))
    };
    let credentials = AwsCredentials::new(
        &text("AccessKeyId")?,
        &text("SecretAccessKey")?,
        Some(&text("SessionToken")?),
    );
    Ok(Granted {
        credentials: credentials.map_err(|error| unreadable(Unreadable::Credentials(error)))?,
        expiration_s: document.text("Credentials", "Expiration").as_deref().and_then(moment),
    })
}

/// What there is in the place of an answer.
fn what_instead(body: &str) -> Unreadable {
    let starts = |with: &str| body.get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with));
    if starts("<!doctype html") || starts("<html") {
        Unreadable::WebPage
    } else if body.is_empty() {
        Unreadable::Nothing
    } else {
        Unreadable::Foreign
    }
}

fn cut(text: &str) -> String {
    text::cut(text.trim(), LONGEST_MESSAGE).to_owned()
}

/// An answer in one of its two formats.
enum Document<'a> {
    Xml(Leaves<'a>),
    Json(Json<'a>),
}

impl<'a> Document<'a> {
    fn parse(body: &'a str) -> Option<Self> {
        if body.starts_with('<') {
            xml::read(body).map(Self::Xml)
        } else {
            let json = Json::parse(body, json::DEFAULT_MAX_DEPTH).ok()?;
            (json.kind() == Kind::Object).then_some(Self::Json(json))
        }
    }

    /// The text of a member of `Credentials` or `Error`; never an empty one.
    fn text(&self, structure: &str, member: &str) -> Option<String> {
        let text = match self {
            Self::Xml(leaves) => leaves.text(structure, member)?.to_owned(),
            Self::Json(json) => {
                let value = find(*json, structure)?.get(member)?;
                match value.kind() {
                    Kind::String => value.as_str()?.trim().to_owned(),
                    Kind::Number => value.raw().to_owned(),
                    _ => return None,
                }
            }
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// Code and message of a refusal.
    fn error(&self) -> Option<(String, String)> {
        if let Some(code) = self.text("Error", "Code") {
            return Some((code, self.text("Error", "Message").unwrap_or_default()));
        }
        // As services of AWS write it whose protocol is JSON.
        let Self::Json(json) = self else { return None };
        let text = |name| json.get(name)?.as_str();
        let message = text("message").or_else(|| text("Message")).unwrap_or_default();
        Some((text("__type")?.into_owned(), message.into_owned()))
    }

    fn request_id(&self) -> Option<String> {
        match self {
            Self::Xml(leaves) => leaves.text("", "RequestId").map(str::to_owned),
            Self::Json(json) => Some(json.get("RequestId")?.as_str()?.into_owned()),
        }
    }
}

/// A structure of the operation's output: at the top, as some emulators write
/// it, or within the envelopes of the query protocol.
fn find<'a>(json: Json<'a>, structure: &str) -> Option<Json<'a>> {
    const ENVELOPES: [&str; 3] =
        ["AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult", "ErrorResponse"];
    let mut inside = json;
    loop {
        if let Some(found) = inside.get(structure) {
            return Some(found);
        }
        inside = ENVELOPES.iter().find_map(|name| inside.get(name))?;
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
