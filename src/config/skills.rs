//! `skills`: what an organisation hands each user, inline or by address.

use crate::error::{Audience, Code, Failure};
use crate::http::RequestUrl;
use crate::json::{Json, Kind};
use crate::text;

use super::list;

/// What is wrong with an entry.
pub(super) fn fault(entry: Json<'_>) -> Option<&'static str> {
    if !list::is_text(entry.get("name")) {
        return Some("it has no name; skipped");
    }
    match (entry.get("content"), entry.text("url")) {
        // A number stands for what was taken out of the answer.
        (Some(content), None) if matches!(content.kind(), Kind::String | Kind::Number) => None,
        (None, Some(url)) if RequestUrl::parse(&url).is_ok() => None,
        (None, Some(_)) => Some("its url is not an https address; skipped"),
        _ => Some("it needs either content or url; skipped"),
    }
}

/// Where a skill comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The number of its content among those of the answer.
    Content(u64),
    /// An address, whose query may open it for anybody: secret.
    Url(RequestUrl),
}

/// One skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// What it is called; no two are called the same.
    pub name: String,
    /// For people who choose.
    pub description: Option<String>,
    /// Where it comes from.
    pub source: Source,
}

/// The skills; entries that can't be used are left out.
#[must_use]
pub fn read(value: &str) -> Vec<Skill> {
    let mut skills: Vec<Skill> = Vec::new();
    for entry in list::entries(&list::normalise(value)) {
        let (None, Some(name)) = (fault(entry), entry.text("name")) else { continue };
        let content = entry.get("content").and_then(|content| content.as_u64());
        let source = match (content, entry.text("url").map(|url| RequestUrl::parse(&url))) {
            (Some(number), _) => Source::Content(number),
            (None, Some(Ok(url))) => Source::Url(url),
            _ => continue,
        };
        if skills.iter().all(|known| known.name != name) {
            skills.push(Skill { name, description: entry.text("description"), source });
        }
    }
    skills
}

/// What the bytes of a skill are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A bundle with a `SKILL.md` in it.
    Zip,
    /// The text of a `SKILL.md`.
    Text,
}

impl Format {
    /// Tells by how the bytes begin (APPNOTE.TXT §4.3.7). `None` for bytes that
    /// are neither a zip file nor text.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(Self::Zip);
        }
        (!bytes.is_empty() && !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok())
            .then_some(Self::Text)
    }

    /// The word as JavaScript sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Text => "text",
        }
    }
}

/// Why a skill can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkillError {
    /// Its address answered with this status.
    Status(u32),
    /// Neither a zip file nor text.
    Unreadable,
    /// A web page: a sign-in page in between, as a rule.
    WebPage,
}

impl SkillError {
    /// The failure, with the skill's name.
    #[must_use]
    pub fn told(self, name: &str) -> Failure {
        let name = text::cut(name, 60);
        let (code, what, id, text) = match self {
            Self::Status(404) => (
                Code::NotFound,
                " is not at its address",
                "check-skill-url",
                "Correct the url of the skill.",
            ),
            Self::Status(status @ 400..=499) if status != 429 => (
                Code::PermissionDenied,
                " is not given out: its address is refused",
                "renew-skill-url",
                "Sign the skill's url anew, for a longer time or with the right to read.",
            ),
            Self::Status(_) => (
                Code::ServerError,
                " could not be given out by its server",
                "check-skill-server",
                "Try again; if it repeats, look into the log of the server that the skill's url names.",
            ),
            Self::WebPage => (
                Code::ResponseInvalid,
                " is a web page",
                "check-proxy",
                "A proxy or a sign-in page answers in the place of the skill's server: open its url in a browser to see. Let it be reached without it.",
            ),
            Self::Unreadable => (
                Code::ResponseInvalid,
                " is neither a zip file nor text",
                "check-skill",
                "Provide a zip file with a SKILL.md in it, or the text of one; as content in base64.",
            ),
        };
        let message = text::join(&["the skill ", name, what], "");
        Failure::told(code, &message, id, Audience::Admin, text).with("skill", name)
    }
}

/// What the bytes are that a server gave out under a status.
///
/// # Errors
/// [`SkillError`]
pub fn judge(status: u32, bytes: &[u8]) -> Result<Format, SkillError> {
    match status {
        200 if is_page(bytes) => Err(SkillError::WebPage),
        200 => Format::sniff(bytes).ok_or(SkillError::Unreadable),
        other => Err(SkillError::Status(other)),
    }
}

/// Whether bytes begin as a web page does. Markdown may begin with other tags.
fn is_page(bytes: &[u8]) -> bool {
    let begins = |with: &[u8]| {
        bytes.trim_ascii_start().get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with))
    };
    begins(b"<!doctype") || begins(b"<html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_source() {
        for (entry, wrong) in [
            (r#"{"name":"a","content":"eA=="}"#, false),
            (r#"{"name":"a","url":"https://b.example/a.zip?sig=1"}"#, false),
            (r#"{"name":"a"}"#, true),
            (r#"{"name":"a","content":"eA==","url":"https://b.example"}"#, true),
            (r#"{"name":" ","content":"eA=="}"#, true),
            (r#"{"name":"a","url":"http://b.example"}"#, true),
            (r#"{"name":"a","url":5}"#, true),
            ("[]", true),
        ] {
            assert_eq!(fault(Json::parse(entry, 8).unwrap()).is_some(), wrong, "{entry}");
        }
    }

    #[test]
    fn bytes_tell_what_they_are() {
        for (bytes, format) in [
            (&b"PK\x03\x04\x14"[..], Some(Format::Zip)),
            (b"# Skill", Some(Format::Text)),
            ("é".as_bytes(), Some(Format::Text)),
            (b"", None),
            (b"\xff\xfe", None),
            (b"a\0b", None),
        ] {
            assert_eq!(Format::sniff(bytes), format);
            assert_eq!(judge(200, bytes).ok(), format);
        }
    }

    #[test]
    fn a_sign_in_page_is_no_skill() {
        for page in [&b"\r\n<!DOCTYPE html><title>Sign in"[..], b"<HTML>"] {
            assert_eq!(judge(200, page), Err(SkillError::WebPage));
        }
        for text in [&b"<!-- draft -->\n# Memo"[..], b"<h1>", b"<htm"] {
            assert_eq!(judge(200, text), Ok(Format::Text));
        }
    }

    #[test]
    fn what_a_refusal_means() {
        for (status, code) in [
            (404, Code::NotFound),
            (403, Code::PermissionDenied),
            (400, Code::PermissionDenied),
            (429, Code::ServerError),
            (503, Code::ServerError),
        ] {
            let error = judge(status, b"<Error/>").unwrap_err();
            assert_eq!(error.told("deal-memo").code, code, "{status}");
            assert!(error.told("deal-memo").message.starts_with("the skill deal-memo "));
        }
    }
}
