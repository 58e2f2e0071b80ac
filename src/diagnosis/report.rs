//! The text that goes into a ticket: what is configured and from where, what
//! was checked, what came of it. It may be posted in public.
//!
//! Of a secret there is its length and, where it is long enough that nobody
//! guesses it, the beginning of its SHA-256, which an administrator can compute
//! from the key that was handed out. People's names are shortened.

use crate::config::provider::Kind;
use crate::config::{Configuration, Key, headers};
use crate::connection::describe;
use crate::error::Failure;
use crate::http::Endpoints;
use crate::json::write::push_number;
use crate::sigv4::canonical_request::sha256_hex;
use crate::text;

use super::finding::Refusal;

/// A secret with fewer characters gets no fingerprint: they could be tried.
const FEWEST_CHARACTERS: usize = 20;

/// How many digits of the fingerprint are shown.
const DIGITS: usize = 8;

/// The longest text of others', in characters.
const LONGEST: usize = 400;

/// What the page knows of where it runs, and how it puts things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The page's origin.
    pub page_origin: String,
    /// The state of the connection.
    pub state: &'static str,
    /// When the report is made, the manifest's version, the Office application
    /// and the engine; empty where there is none.
    pub lines: Vec<String>,
    /// What each step of the diagnosis came to, in words; none where the page
    /// has none.
    pub sentences: Vec<String>,
    /// Where the page's code says that hosts are.
    pub endpoints: Endpoints,
}

/// What came of a diagnosis, as it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// The steps in their order.
    pub steps: Vec<Check>,
    /// The headers that the preflight doesn't let through.
    pub refused: Vec<String>,
    /// What the server or the browser said to what failed.
    pub refusal: Option<Refusal>,
}

/// What came of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// The word of the [`Step`](super::Step).
    pub step: String,
    /// The word of the [`Status`](super::Status).
    pub status: String,
    /// The id of the [`Verdict`](super::Verdict); empty where there is none.
    pub verdict: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// What the [`lines`](Facts::lines) are called.
const LINES: [&str; 4] = ["Time", "Manifest", "Host", "Engine"];

/// Writes the report.
#[must_use]
pub fn report(
    configuration: &Configuration,
    failure: Option<&Failure>,
    checks: Option<&Checks>,
    facts: &Facts,
) -> String {
    let mut out = Report { text: String::new(), sentences: &facts.sentences };
    let wrong = checks.and_then(first_wrong);
    let failed = failure.is_some() || wrong.is_some_and(|(_, check)| check.status == FAILED);
    out.push("Claude for Office connection ");
    out.push(if failed { "failed" } else { "report" });
    let kind = Kind::named_in(configuration);
    out.push(match kind {
        Some(Kind::Gateway) => " (Gateway)\n",
        Some(Kind::Vertex) => " (Google Vertex AI)\n",
        Some(Kind::Bedrock) => " (Amazon Bedrock)\n",
        Some(Kind::Foundry) => " (Azure AI Foundry)\n",
        None => " (not configured)\n",
    });
    out.line("Build", concat!("taskpane-connector ", env!("CARGO_PKG_VERSION")));
    let mut lines = facts.lines.iter();
    for name in LINES {
        out.line(name, lines.next().map_or("", String::as_str));
    }
    out.line("Page", &facts.page_origin);
    out.line("State", facts.state);
    for (host, address) in facts.endpoints.iter() {
        out.push("Elsewhere: ");
        out.told(&host);
        out.push(" at ");
        out.told(&address);
        out.push("\n");
    }
    out.push("\n");
    match (wrong, failure) {
        (Some((index, check)), _) => out.check(index, check),
        (None, Some(failure)) => out.told(&failure.message),
        (None, None) if checks.is_some() => out.push("All that was checked works."),
        (None, None) if kind.is_none() => {
            out.push("Nothing is configured: neither the manifest nor the directory nor a bootstrap answer names a provider.");
        }
        (None, None) => out.push("Nothing was checked yet."),
    }
    out.push("\n\nRequest:\n");
    for key in Key::ALL {
        let Some((value, layer)) = configuration.get(key) else { continue };
        out.entry(key, value);
        out.push(" (");
        out.push(layer.as_str());
        let manifest = configuration.manifest().get(key);
        let differs = manifest.is_some_and(|manifest| manifest != value);
        out.push(if differs { ", differs from the manifest)\n" } else { ")\n" });
    }
    out.push("Manifest params:\n");
    for key in Key::ALL {
        if let Some(value) = configuration.manifest().get(key) {
            out.entry(key, value);
            out.push("\n");
        }
    }
    out.push("Problems:\n");
    for problem in configuration.problems() {
        out.push("  ");
        out.line(problem.severity.as_str(), &problem.message);
    }
    out.push("Checks:\n");
    let (steps, refused) = checks.map_or((&[][..], &[][..]), |c| (&c.steps, &c.refused));
    for (index, check) in steps.iter().enumerate() {
        out.push("  ");
        out.told(&check.status);
        out.push(" ");
        out.told(&check.step);
        out.push(" ");
        push_number(&mut out.text, check.elapsed_ms);
        out.push(" ms ");
        out.check(index, check);
        out.push("\n");
    }
    for name in refused {
        out.push("  ");
        out.line("refused header", name);
    }
    if let Some(told) = checks.and_then(|checks| checks.refusal.as_ref()) {
        out.raw_error(&told.code, &told.message, told.status, &told.request_id);
    } else if let Some(told) = failure {
        let request_id = told.request_id.as_deref().unwrap_or_default();
        let status = told.status.unwrap_or_default().into();
        out.raw_error(told.code.as_str(), &told.message, status, request_id);
        if let Some(hint) = &told.hint {
            out.push("  ");
            out.line("What to do", &hint.text);
        }
    }
    out.push("Of a secret: its length, and from 20 characters on the first 8 digits of: printf %s \"$SECRET\" | sha256sum\n");
    out.text
}

const FAILED: &str = "failed";
const WARNED: &str = "warned";

/// The first that failed, or else that isn't as it should be.
fn first_wrong(checks: &Checks) -> Option<(usize, &Check)> {
    let of = |status| checks.steps.iter().enumerate().find(|(_, check)| check.status == status);
    of(FAILED).or_else(|| of(WARNED))
}

struct Report<'a> {
    text: String,
    sentences: &'a [String],
}

impl Report<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self, name: &str, value: &str) {
        self.push(name);
        self.push(": ");
        self.told(value);
        self.push("\n");
    }

    fn number(&mut self, number: usize) {
        push_number(&mut self.text, number as u64);
    }

    /// A text of others': on one line, of limited length, people's names shortened.
    fn told(&mut self, text: &str) {
        let text = text::cut(text, LONGEST);
        let mut begin = 0;
        for (at, byte) in text.bytes().enumerate() {
            if !is_of_word(byte) {
                self.word(text.get(begin..at).unwrap_or_default());
                self.text.push(if byte.is_ascii_control() { ' ' } else { char::from(byte) });
                begin = at + 1;
            }
        }
        self.word(text.get(begin..).unwrap_or_default());
    }

    /// A word; of an address of mail, or of a tenant's first domain, enough to
    /// recognise one's own.
    fn word(&mut self, word: &str) {
        const TENANTS: &str = ".onmicrosoft.com";
        let domain = word.len().checked_sub(TENANTS.len()).and_then(|at| word.get(at..));
        let end = if domain.is_some_and(|domain| domain.eq_ignore_ascii_case(TENANTS)) {
            TENANTS
        } else if text::contains(word, "@") {
            "@…"
        } else {
            return self.push(word);
        };
        self.push(text::cut(word, 2));
        self.push("…");
        self.push(end);
    }

    /// A setting by its key, and of its value what may be said.
    fn entry(&mut self, key: Key, value: &str) {
        self.push("  ");
        self.push(key.name());
        self.push(": ");
        match headers::read(value) {
            Ok(read) if key == Key::InferenceHeaders => {
                let mut between = "";
                for (name, value) in read.sent {
                    self.push(between);
                    self.push(name.as_str());
                    self.push(" ");
                    self.secret(value.expose());
                    between = "; ";
                }
            }
            _ if key.is_secret() => self.secret(value),
            _ => self.told(&describe::shown(key, value)),
        }
        self.unresolved(key, value);
    }

    fn secret(&mut self, secret: &str) {
        let secret = secret.trim();
        let characters = secret.chars().count();
        self.number(characters);
        self.push(" characters");
        if characters >= FEWEST_CHARACTERS {
            self.push(", sha256 ");
            let digits = sha256_hex(secret.as_bytes());
            self.push(text::cut(&digits, DIGITS));
        }
    }

    /// Names in double braces that nothing was put in the place of; those in a
    /// secret aren't named.
    fn unresolved(&mut self, key: Key, value: &str) {
        let mut rest = value;
        while let Some((_, after)) = text::split_once(rest, "{{")
            && let Some((name, end)) = text::split_once(after, "}}")
        {
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            rest = if is_name { end } else { after };
            if is_name {
                self.push(" [unresolved {{");
                self.push(if key.is_secret() { "…" } else { name });
                self.push("}}]");
            }
        }
    }

    /// What a step came to, by its id, and in the page's words.
    fn check(&mut self, index: usize, check: &Check) {
        self.told(&check.verdict);
        let mut before = ": ";
        for line in self.sentences.get(index).map_or("", String::as_str).lines() {
            self.push(before);
            self.told(line);
            before = "\n    ";
        }
    }

    fn raw_error(&mut self, code: &str, message: &str, status: u32, request_id: &str) {
        self.push("Raw error: ");
        self.line(code, message);
        if status > 0 {
            self.push("  HTTP status: ");
            self.number(status as usize);
            self.push("\n");
        }
        if !request_id.is_empty() {
            self.push("  ");
            self.line("Request id", request_id);
        }
    }
}

/// What addresses of mail and hosts are made of; letters beyond ASCII too.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"@._+-%".contains(&byte)
}
