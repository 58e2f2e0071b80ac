//! What the gateway saw: each request, how its answer went, and whether the client stayed for all of it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time::Instant;

use super::path::Target;

/// Older entries are forgotten past this.
const KEPT: usize = 20_000;

/// A longer request body isn't kept.
const BODY_LIMIT: usize = 256 * 1024;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Still being answered.
    Open,
    /// Everything was handed to the connection.
    Complete,
    /// The client closed the connection before the end.
    ClientClosed,
    /// The gateway broke the connection, as a fault told it to, or because it shut down.
    Broken,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::ClientClosed => "client-closed",
            Self::Broken => "broken",
        }
    }
}

/// A request header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In lower case.
    pub name: String,
    /// Masked where it carries a credential.
    pub value: String,
    /// For credentials: whether it is the expected token.
    pub matches_token: Option<bool>,
    /// For credentials: the beginning of a hash of it, to tell one from another.
    pub fingerprint: Option<String>,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Counts up over all requests.
    pub number: u64,
    /// When it arrived, since the gateway started.
    pub at: Duration,
    /// The method.
    pub method: String,
    /// The path as it was sent, the expected token masked.
    pub path: String,
    /// The query as it was sent, the expected token masked.
    pub query: Option<String>,
    /// In the order of arrival.
    pub headers: Vec<Header>,
    /// The body where it is JSON.
    pub body: Option<Value>,
    /// Its size as it arrived.
    pub body_bytes: usize,
    /// Whether the expected token turned up in the URL, the body, or a header that isn't for it.
    pub token_elsewhere: bool,
    /// The answer's status, once there is one.
    pub status: Option<u16>,
    /// Bytes of the answer's body that were handed to the connection.
    pub bytes_sent: usize,
    /// How it ended.
    pub outcome: Outcome,
    decoded_path: String,
}

impl Entry {
    /// The value of a header, masked as it is.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
    }

    /// The fingerprints of the credentials that it brought.
    #[must_use]
    pub fn credentials(&self) -> Vec<&str> {
        self.headers.iter().filter_map(|header| header.fingerprint.as_deref()).collect()
    }

    fn to_json(&self) -> Value {
        let headers: Vec<Value> = self
            .headers
            .iter()
            .map(|header| {
                let mut value = json!({ "name": header.name, "value": header.value });
                if let (Some(matches), Some(object)) = (header.matches_token, value.as_object_mut())
                {
                    object.insert("matchesToken".to_owned(), Value::Bool(matches));
                }
                if let (Some(print), Some(object)) = (&header.fingerprint, value.as_object_mut()) {
                    object.insert("fingerprint".to_owned(), Value::String(print.clone()));
                }
                value
            })
            .collect();
        json!({
            "number": self.number,
            "atMs": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": headers,
            "body": self.body,
            "bodyBytes": self.body_bytes,
            "tokenElsewhere": self.token_elsewhere,
            "status": self.status,
            "bytesSent": self.bytes_sent,
            "outcome": self.outcome.as_str(),
            "clientClosed": self.outcome == Outcome::ClientClosed,
        })
    }
}

#[derive(Debug, Default)]
struct Pages {
    entries: VecDeque<Entry>,
    next: u64,
    /// How many requests each prefix's faults have met, for `times`.
    met: HashMap<String, u32>,
}

#[derive(Debug)]
struct Shared {
    begun: Instant,
    token: String,
    pages: Mutex<Pages>,
    changed: watch::Sender<()>,
}

/// The gateway's record of requests. Clones are the same journal.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Shared>);

impl Journal {
    pub(crate) fn new(token: &str) -> Self {
        Self(Arc::new(Shared {
            begun: Instant::now(),
            token: token.to_owned(),
            pages: Mutex::default(),
            changed: watch::Sender::new(()),
        }))
    }

    /// Requests whose path is the prefix or lies below it, oldest first; an empty prefix means all.
    #[must_use]
    pub fn entries(&self, prefix: &str) -> Vec<Entry> {
        let prefix = prefix.trim_end_matches('/');
        let below = |entry: &&Entry| {
            entry
                .decoded_path
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.pages().entries.iter().filter(below).cloned().collect()
    }

    /// Waits until the prefix's requests satisfy the condition; nothing when that takes too long.
    pub async fn wait_until(
        &self,
        prefix: &str,
        limit: Duration,
        condition: impl Fn(&[Entry]) -> bool,
    ) -> Option<Vec<Entry>> {
        let mut changes = self.0.changed.subscribe();
        let wait = async {
            loop {
                let entries = self.entries(prefix);
                if condition(&entries) {
                    return Some(entries);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::time::timeout(limit, wait).await.ok().flatten()
    }

    /// Forgets the prefix's requests and counts.
    pub fn clear(&self, prefix: &str) {
        let prefix = prefix.trim_end_matches('/');
        let below = |path: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut pages = self.pages();
        pages.entries.retain(|entry| !below(&entry.decoded_path));
        pages.met.retain(|faults, _| !below(&format!("/with/{faults}")));
        drop(pages);
        self.0.changed.send_replace(());
    }

    pub(crate) fn to_json(entries: &[Entry]) -> Value {
        Value::Array(entries.iter().map(Entry::to_json).collect())
    }

    /// How many requests these faults have met before this one.
    pub(crate) fn meet(&self, faults: &str) -> u32 {
        let mut pages = self.pages();
        let count = pages.met.entry(faults.to_owned()).or_default();
        let before = *count;
        *count = count.saturating_add(1);
        before
    }

    /// Begins an entry. Until the record is told otherwise, the client is held to have left.
    pub(crate) fn record(&self, target: &Target, parts: &Parts) -> Record {
        let mut pages = self.pages();
        let number = pages.next;
        pages.next = number.saturating_add(1);
        let token = self.0.token.as_str();
        let mut headers: Vec<Header> = parts
            .headers
            .iter()
            .map(|(name, value)| {
                self.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))
            })
            .collect();
        let stray = headers
            .iter_mut()
            .filter(|header| header.value.contains(token))
            .map(|header| {
                header.value = header.value.replace(token, MASK);
            })
            .count()
            > 0;
        let query = parts.uri.query();
        let entry = Entry {
            number,
            at: self.0.begun.elapsed(),
            method: parts.method.to_string(),
            path: parts.uri.path().replace(token, MASK),
            query: query.map(|query| query.replace(token, MASK)),
            headers,
            body: None,
            body_bytes: 0,
            token_elsewhere: stray
                || target.decoded.contains(token)
                || query.is_some_and(|query| query.contains(token)),
            status: None,
            bytes_sent: 0,
            outcome: Outcome::Open,
            decoded_path: target.decoded.clone(),
        };
        pages.entries.push_back(entry);
        if pages.entries.len() > KEPT {
            pages.entries.pop_front();
        }
        drop(pages);
        self.0.changed.send_replace(());
        Record { journal: self.clone(), number }
    }

    fn header(&self, name: &str, value: &str) -> Header {
        let token = &self.0.token;
        let name = name.to_owned();
        let (shown, secret, matches) = if name == header::AUTHORIZATION.as_str() {
            match value.split_once(' ') {
                // Of a signature all but itself may be seen; it changes with every request.
                Some(("AWS4-HMAC-SHA256", signed)) => {
                    let shown = signed.split_once("Signature=").map_or("", |(shown, _)| shown);
                    let value = format!("AWS4-HMAC-SHA256 {shown}Signature={MASK}");
                    return Header { name, value, matches_token: Some(false), fingerprint: None };
                }
                Some((scheme, secret)) => (format!("{scheme} {MASK}"), secret, secret == token),
                None => (MASK.to_owned(), value, false),
            }
        } else if name == "x-api-key" || name == "x-amz-security-token" {
            (MASK.to_owned(), value, value == token)
        } else if name == header::COOKIE.as_str() || name == header::PROXY_AUTHORIZATION.as_str() {
            (MASK.to_owned(), value, value.contains(token))
        } else {
            let value = value.to_owned();
            return Header { name, value, matches_token: None, fingerprint: None };
        };
        let fingerprint = Some(fingerprint(secret));
        Header { name, value: shown, matches_token: Some(matches), fingerprint }
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        let mut pages = self.pages();
        // Entries are looked for from the end: changes are nearly always to recent ones.
        if let Some(entry) = pages.entries.iter_mut().rev().find(|entry| entry.number == number) {
            change(entry);
        }
        drop(pages);
        self.0.changed.send_replace(());
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MASK: &str = "••••";

/// Tells secrets apart without being one.
fn fingerprint(secret: &str) -> String {
    Sha256::digest(secret).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Follows one answer. Dropped before [`Record::end`], it notes that the client closed the connection:
/// the server drops an answer's body only then.
#[derive(Debug)]
pub(crate) struct Record {
    journal: Journal,
    number: u64,
}

impl Record {
    pub(crate) fn body(&self, bytes: &[u8]) {
        let token = &self.journal.0.token;
        let kept =
            (bytes.len() <= BODY_LIMIT).then(|| serde_json::from_slice(bytes).ok()).flatten();
        let stray = String::from_utf8_lossy(bytes).contains(token.as_str());
        self.journal.change(self.number, |entry| {
            entry.body = kept;
            entry.body_bytes = bytes.len();
            entry.token_elsewhere |= stray;
        });
    }

    pub(crate) fn status(&self, status: StatusCode) {
        self.journal.change(self.number, |entry| entry.status = Some(status.as_u16()));
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.journal.change(self.number, |entry| {
            entry.bytes_sent = entry.bytes_sent.saturating_add(bytes);
        });
    }

    pub(crate) fn end(&self, outcome: Outcome) {
        self.journal.change(self.number, |entry| {
            if entry.outcome == Outcome::Open {
                entry.outcome = outcome;
            }
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.end(Outcome::ClientClosed);
    }
}

/// Which requests a page asks the journal for.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) prefix: String,
    /// Wait until none is open.
    pub(crate) ended: bool,
    /// Wait until there are this many.
    pub(crate) count: usize,
    /// How long to wait at most.
    pub(crate) limit: Duration,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let mut query = Self { limit: Duration::from_secs(10), ..Self::default() };
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = super::path::decode(value);
            match name {
                "prefix" => query.prefix = value,
                "wait" => query.ended = value == "ended",
                "count" => query.count = value.parse().unwrap_or_default(),
                "timeout" => query.limit = Duration::from_millis(value.parse().unwrap_or_default()),
                _ => {}
            }
        }
        query
    }

    pub(crate) fn satisfied(&self, entries: &[Entry]) -> bool {
        entries.len() >= self.count
            && !(self.ended && entries.iter().any(|entry| entry.outcome == Outcome::Open))
    }
}
