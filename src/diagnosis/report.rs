//! The text that goes into a ticket: what is configured and from where, what
//! was checked, what came of it. It may be posted in public.
//!
//! Of a secret there is its length and, where it is long enough that nobody
//! guesses it, the beginning of its SHA-256, which an administrator can compute
//! from the key that was handed out. People's names are shortened.

use crate::config::{Configuration, Key, headers};
use crate::connection::describe;
use crate::error::Failure;
use crate::json::write::push_number;
use crate::sigv4::canonical_request::sha256_hex;

use super::allowlist;
use super::finding::{Finding, Status};
use super::run::Diagnosis;

/// A secret with fewer characters gets no fingerprint: they could be tried.
const FEWEST_CHARACTERS: usize = 20;

/// How many digits of the fingerprint are shown.
const DIGITS: usize = 8;

/// The longest text that the host says of itself, in characters.
const LONGEST: usize = 400;

/// What the page knows of where it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// When the report is made, as people read it.
    pub time: String,
    /// The page's origin.
    pub page_origin: String,
    /// The manifest's version, where its addresses carry one.
    pub manifest: String,
    /// The Office application, its platform and version.
    pub host: String,
    /// The engine, as it calls itself.
    pub engine: String,
    /// The state of the connection.
    pub state: String,
}

/// Writes the report.
#[must_use]
pub fn report(
    configuration: &Configuration,
    failure: Option<&Failure>,
    diagnosis: Option<&Diagnosis>,
    facts: &Facts,
) -> String {
    let mut out = Report(String::new());
    let wrong = diagnosis.and_then(first_wrong);
    let failed = failure.is_some() || wrong.is_some_and(|f| f.status == Status::Failed);
    out.push("Claude for Office connection ");
    out.push(if failed { "failed" } else { "report" });
    let configured = configuration.get(Key::GatewayUrl).is_some();
    out.push(if configured { " (Gateway)\n" } else { " (not configured)\n" });
    out.push("Build: taskpane-connector ");
    out.push(env!("CARGO_PKG_VERSION"));
    if !facts.manifest.is_empty() {
        out.push(", manifest ");
        out.told(&facts.manifest);
    }
    out.push("\n");
    for (name, value) in [
        ("Time", &facts.time),
        ("Page", &facts.page_origin),
        ("Host", &facts.host),
        ("Engine", &facts.engine),
        ("State", &facts.state),
    ] {
        if !value.is_empty() {
            out.push(name);
            out.push(": ");
            out.told(value);
            out.push("\n");
        }
    }
    out.push("\n");
    match (wrong, failure) {
        (Some(finding), _) => out.told(&finding.message()),
        (None, Some(failure)) => out.told(&failure.message),
        (None, None) if diagnosis.is_some() => out.push("everything that was checked works"),
        (None, None) => out.push("nothing was checked yet"),
    }
    out.push("\n\nRequest:\n");
    out.values(configuration);
    out.push("Manifest params:\n");
    out.manifest(configuration);
    out.problems(configuration);
    if let Some(diagnosis) = diagnosis {
        out.checks(diagnosis);
    }
    out.push("Hosts:\n");
    for line in allowlist::table(&allowlist::entries(configuration, &facts.page_origin)).lines() {
        out.push("  ");
        out.push(line);
        out.push("\n");
    }
    out.raw_error(failure, wrong);
    out.push(
        "\nOf a secret: its length, and the first eight digits of what `printf %s \"$SECRET\" | sha256sum` prints; none below 20 characters.\n",
    );
    out.0
}

fn first_wrong(diagnosis: &Diagnosis) -> Option<&Finding> {
    let of = |status| diagnosis.findings().iter().find(|finding| finding.status == status);
    of(Status::Failed).or_else(|| of(Status::Warned))
}

struct Report(String);

impl Report {
    fn push(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn number(&mut self, number: usize) {
        push_number(&mut self.0, number as u64);
    }

    /// A text of others': on one line, of limited length, people's names shortened.
    fn told(&mut self, text: &str) {
        let mut word = String::new();
        for c in text.chars().take(LONGEST) {
            let c = if c.is_control() { ' ' } else { c };
            if c.is_alphanumeric() || "@._+-%…".contains(c) {
                word.push(c);
            } else {
                self.word(&word);
                word.clear();
                self.0.push(c);
            }
        }
        self.word(&word);
        if text.chars().nth(LONGEST).is_some() {
            self.push("…");
        }
    }

    /// A word; of an address of mail, or of a tenant's first domain, enough to
    /// recognise one's own.
    fn word(&mut self, word: &str) {
        let (name, rest) = match word.split_once('@') {
            Some((name, domain)) => (name, ["…@…", last_label(domain)].concat()),
            None => match word.to_ascii_lowercase().strip_suffix(".onmicrosoft.com") {
                Some(tenant) => {
                    (word.get(..tenant.len()).unwrap_or(""), "….onmicrosoft.com".into())
                }
                None => return self.push(word),
            },
        };
        self.0.extend(name.chars().take(2));
        self.push(&rest);
    }

    /// What is in force, and from where.
    fn values(&mut self, configuration: &Configuration) {
        for (key, value, layer) in configuration.iter() {
            self.entry(key, value);
            self.push(" (");
            self.push(layer.as_str());
            let manifest = configuration.manifest().get(key);
            if manifest.is_some_and(|manifest| manifest.trim() != value.trim()) {
                self.push(", differs from the manifest");
            }
            self.push(")\n");
        }
    }

    fn manifest(&mut self, configuration: &Configuration) {
        for (key, value) in configuration.manifest().iter() {
            self.entry(key, value);
            self.push("\n");
        }
    }

    fn entry(&mut self, key: Key, value: &str) {
        self.push("  ");
        self.push(key.name());
        self.push(": ");
        match key {
            Key::InferenceHeaders => self.headers(value),
            _ if key.is_secret() => self.secret(value),
            _ => self.told(&describe::shown(key, value)),
        }
        self.unresolved(key, value);
    }

    /// Each header's name, and of its value what may be said.
    fn headers(&mut self, value: &str) {
        let Ok((headers, _)) = headers::read(value) else { return self.secret(value) };
        for (index, (name, value)) in headers.iter().enumerate() {
            self.push(if index > 0 { "; " } else { "" });
            self.push(name.as_str());
            self.push(" ");
            self.secret(value.expose());
        }
    }

    fn secret(&mut self, secret: &str) {
        let secret = secret.trim();
        let characters = secret.chars().count();
        self.number(characters);
        self.push(if characters == 1 { " character" } else { " characters" });
        if characters >= FEWEST_CHARACTERS {
            self.push(", sha256 ");
            let digits = sha256_hex(secret.as_bytes());
            self.push(digits.get(..DIGITS).unwrap_or_default());
        }
    }

    /// Names in double braces that nothing was put in the place of. Those in a
    /// secret are counted as one, unnamed.
    fn unresolved(&mut self, key: Key, value: &str) {
        let mut rest = value;
        while let Some((_, after)) = rest.split_once("{{")
            && let Some((name, end)) = after.split_once("}}")
        {
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            rest = if is_name { end } else { after };
            if is_name {
                self.push(" [unresolved template");
                if key.is_secret() {
                    return self.push("]");
                }
                self.push(" {{");
                self.push(name);
                self.push("}}]");
            }
        }
    }

    fn problems(&mut self, configuration: &Configuration) {
        if configuration.problems().is_empty() {
            return;
        }
        self.push("Problems:\n");
        for problem in configuration.problems() {
            self.push("  ");
            self.push(problem.severity.as_str());
            self.push(": ");
            self.told(&problem.message);
            if let Some(layer) = problem.layer {
                self.push(" (");
                self.push(layer.as_str());
                self.push(")");
            }
            self.push("\n");
        }
    }

    fn checks(&mut self, diagnosis: &Diagnosis) {
        self.push("Checks:\n");
        for finding in diagnosis.findings() {
            self.push("  ");
            self.push(finding.step.as_str());
            self.push(": ");
            self.push(finding.status.as_str());
            if finding.elapsed_ms > 0 {
                self.push(" after ");
                push_number(&mut self.0, finding.elapsed_ms);
                self.push(" ms");
            }
            if let Some(verdict) = finding.verdict {
                self.push(", ");
                self.push(verdict.id());
                self.push(": ");
                self.told(&finding.message());
            }
            self.push("\n");
            for line in &finding.lines {
                self.push("    ");
                self.push(line);
                self.push("\n");
            }
        }
    }

    fn raw_error(&mut self, failure: Option<&Failure>, wrong: Option<&Finding>) {
        let refusal = wrong.and_then(|finding| finding.refusal.as_ref());
        let (code, message, status, request_id) = match (refusal, failure) {
            (Some(told), _) => {
                (told.code.as_str(), &told.message, told.status, told.request_id.as_str())
            }
            (None, Some(told)) => {
                let request_id = told.request_id.as_deref().unwrap_or_default();
                (told.code.as_str(), &told.message, told.status.unwrap_or(0).into(), request_id)
            }
            (None, None) => return,
        };
        self.push("Raw error: ");
        self.push(code);
        self.push(": ");
        self.told(message);
        if status > 0 {
            self.push(", HTTP ");
            self.number(status as usize);
        }
        if !request_id.is_empty() {
            self.push(", request ");
            self.told(request_id);
        }
        self.push("\n");
    }
}

fn last_label(domain: &str) -> &str {
    domain.rfind('.').and_then(|dot| domain.get(dot..)).unwrap_or_default()
}
