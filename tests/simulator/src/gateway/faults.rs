//! Faults on demand: what the `<faults>` in `/with/<faults>/v1/messages` means.
//!
//! Comma-separated items, `name` or `name=value`. They belong to the URL, so
//! tests that run side by side don't disturb each other and a person can type
//! them. What isn't known is refused with the list of what is.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::errors::BodyStyle;
use super::stream::Speed;
use crate::clouds::sts;

/// One fault, as the README and the refusal of an unknown one list it.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The name before `=`.
    pub name: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// What it does.
    pub effect: &'static str,
}

const fn fault(name: &'static str, form: &'static str, effect: &'static str) -> Fault {
    Fault { name, form, effect }
}

/// Every fault, in the README's order.
pub const CATALOGUE: &[Fault] = &[
    fault(
        "on",
        "on=messages|models|count|sts|all",
        "which route the faults below up to `content-type` apply to; default messages",
    ),
    fault("times", "times=K", "they apply to the first K requests of this prefix only"),
    fault(
        "confirms",
        "confirms",
        "they spare a Messages request for one token, as which a connector asks whether a model answers",
    ),
    fault(
        "id",
        "id=TEXT",
        "nothing; makes the prefix another one, with a journal and a count of its own",
    ),
    fault("latency", "latency=MS", "wait before the headers"),
    fault("never", "never", "accept the request and never answer"),
    fault("status", "status=N", "answer with this status and an error body"),
    fault(
        "body",
        "body=STYLE",
        "whose error bodies: anthropic, openai, litellm, portkey, nested, html, text, empty, detail, bedrock, vertex, vertex-array, foundry, echo (quotes the received token)",
    ),
    fault(
        "retry-after",
        "retry-after=SECONDS|date:SECONDS",
        "header of error answers, as a number or as the date that many seconds ahead",
    ),
    fault("retry-after-ms", "retry-after-ms=MS", "header of error answers"),
    fault("x-should-retry", "x-should-retry=true|false", "header of error answers"),
    fault("html", "html=STATUS", "answer with a sign-in page, as a captive portal does"),
    fault("empty", "empty=STATUS", "answer with no body"),
    fault(
        "redirect",
        "redirect=self|other",
        "302 to a sign-in page on this origin, or on another one without CORS",
    ),
    fault(
        "file",
        "file=NAME",
        "answer with the bytes of a file in the fixtures directory; its ending chooses the content type",
    ),
    fault("json-for-stream", "json-for-stream", "answer in JSON although a stream was asked for"),
    fault("stream-for-json", "stream-for-json", "answer with a stream although JSON was asked for"),
    fault(
        "error-event",
        "error-event=TYPE",
        "an error event in the stream, which then ends; see `at`. In frames, a TYPE that ends with `Exception` is an exception",
    ),
    fault(
        "at",
        "at=N|last",
        "where `error-event` goes: after N events, or in the place of the last; default 0, the first",
    ),
    fault("invalid-json", "invalid-json=N", "break the JSON of event N, counted from 0"),
    fault("damage", "damage=N", "change a byte of frame N, which its checksum tells"),
    fault("stall", "stall=N", "after N events send nothing more and keep the connection open"),
    fault("cut", "cut=N", "after N events break the connection, as a network does"),
    fault("end", "end=N", "after N events end the body properly, as a proxy that gave up does"),
    fault("cutbytes", "cutbytes=N", "break the connection after N bytes of the body"),
    fault(
        "buffered",
        "buffered or buffered=body",
        "a proxy that holds everything back until the end; `body` lets the headers through at once",
    ),
    fault("chunk", "chunk=BYTES", "send the body in pieces of exactly this size"),
    fault(
        "gap",
        "gap=MS",
        "a fixed wait between events, instead of `speed`; with `chunk` and `file`, between pieces",
    ),
    fault("speed", "speed=N|max", "tokens a second"),
    fault("big", "big=MB", "a stream of that many megabytes, made while it is sent"),
    fault("endless-line", "endless-line", "after two events a data line that never ends"),
    fault("eol", "eol=lf|crlf|cr", "line ends of the stream"),
    fault("bom", "bom", "a byte order mark at the start of the stream"),
    fault("comments", "comments", "comment lines between and inside events"),
    fault("extra-fields", "extra-fields", "`id`, `retry` and unknown fields in events"),
    fault("data-lines", "data-lines", "JSON over several data lines"),
    fault("no-space", "no-space", "no space after the field name's colon"),
    fault("no-event-names", "no-event-names", "events without an `event` line"),
    fault("unknown-events", "unknown-events", "events that no client knows, between the others"),
    fault(
        "unknown-blocks",
        "unknown-blocks",
        "a content block, a delta and fields that no client knows",
    ),
    fault("bad-utf8", "bad-utf8", "bytes that are not UTF-8 inside text deltas"),
    fault(
        "no-final-blank",
        "no-final-blank or no-final-blank=bare",
        "the last event lacks its blank line; `bare`: its line end too",
    ),
    fault(
        "padding",
        "padding",
        "2 KB of comment first, and padding of varying length in each event",
    ),
    fault(
        "content-type",
        "content-type=sse|json|html|text|octets|none",
        "what the answer claims to be",
    ),
    fault(
        "cors",
        "cors=FAULT",
        "for every route: none, no-preflight, preflight-401, preflight-405, preflight-redirect, bare-errors, missing-HEADER (several with +), wildcard, duplicate, wrong-origin, litellm",
    ),
    fault("cors-on", "cors-on=messages", "`cors` is for the route of messages alone"),
    fault(
        "expose",
        "expose=HEADER+HEADER",
        "for every route: response headers that the page may read",
    ),
    fault(
        "models",
        "models=anthropic|openai|none|empty|mixed|paged",
        "the model list: forced shape, 404, no entries, other vendors' models among them, pages of at most ten",
    ),
    fault(
        "auth",
        "auth=any|x-api-key|bearer|entra|none",
        "which header may carry the token; `entra`: a bearer token that the simulated Entra signed for the gateway, and no other; `none`: everybody may come in",
    ),
    fault(
        "server-tools",
        "server-tools=STATUS",
        "refuse requests with tools that run on the server, as gateways without them do",
    ),
    fault(
        "sts",
        "sts=CODE",
        "AWS's error when credentials are asked for, for example ExpiredTokenException",
    ),
    fault(
        "lifetime",
        "lifetime=SECONDS",
        "how long AWS's credentials last by what the token service says",
    ),
    fault("clock", "clock=SECONDS", "how far the clouds' clocks are ahead; may be negative"),
];

/// A route that faults can be put on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum On {
    #[default]
    Messages,
    Models,
    Count,
    Sts,
    All,
}

/// Where a redirect leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    SameOrigin,
    OtherOrigin,
}

/// What a buffering proxy holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Buffered {
    Everything,
    Body,
}

/// How the gateway treats other origins. Only `Correct` works in a browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cors {
    #[default]
    Correct,
    None,
    NoPreflight,
    PreflightUnauthorized,
    PreflightMethodNotAllowed,
    PreflightRedirect,
    BareErrors,
    Missing(Vec<HeaderName>),
    Wildcard,
    Duplicate,
    WrongOrigin,
    LiteLlm,
}

/// The model list's shape and content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ModelList {
    /// Anthropic's shape if the request has `anthropic-version`, else OpenAI's.
    #[default]
    ByHeader,
    Anthropic,
    OpenAi,
    None,
    Empty,
    Mixed,
    Paged,
}

/// Which header may carry the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Auth {
    #[default]
    Any,
    ApiKey,
    Bearer,
    /// A token that the simulated Entra signed for the gateway, and no other.
    Entra,
    None,
}

/// How lines of a stream end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Eol {
    #[default]
    Lf,
    CrLf,
    Cr,
}

impl Eol {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// What is missing after the last event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FinalBlank {
    #[default]
    Present,
    Missing,
    NoLineEnd,
}

/// How events are written as bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Framing {
    pub(crate) eol: Eol,
    pub(crate) bom: bool,
    pub(crate) comments: bool,
    pub(crate) extra_fields: bool,
    pub(crate) data_lines: bool,
    pub(crate) no_space: bool,
    pub(crate) no_event_names: bool,
    pub(crate) bad_utf8: bool,
    pub(crate) final_blank: FinalBlank,
    pub(crate) padding: bool,
}

/// Where an error event goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    After(usize),
    Last,
}

impl Default for At {
    fn default() -> Self {
        Self::After(0)
    }
}

/// Where a stream stops being a good one. Positions count events on the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaks {
    pub(crate) error_event: Option<String>,
    pub(crate) at: At,
    pub(crate) invalid_json: Option<usize>,
    pub(crate) damage: Option<usize>,
    pub(crate) stall: Option<usize>,
    pub(crate) cut: Option<usize>,
    pub(crate) end: Option<usize>,
    pub(crate) endless_line: bool,
}

/// How bytes leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) cut_bytes: Option<usize>,
    pub(crate) buffered: Option<Buffered>,
    pub(crate) chunk: Option<NonZeroUsize>,
    pub(crate) gap: Option<Duration>,
    pub(crate) speed: Option<Speed>,
}

/// What goes wrong on one route, and only there.
#[derive(Clone, Debug, Default)]
pub(crate) struct RouteFaults {
    pub(crate) latency: Duration,
    pub(crate) never: bool,
    pub(crate) status: Option<StatusCode>,
    pub(crate) html: Option<StatusCode>,
    pub(crate) empty: Option<StatusCode>,
    pub(crate) redirect: Option<Redirect>,
    pub(crate) file: Option<String>,
    pub(crate) json_for_stream: bool,
    pub(crate) stream_for_json: bool,
    pub(crate) big_bytes: Option<usize>,
    pub(crate) unknown_events: bool,
    pub(crate) unknown_blocks: bool,
    pub(crate) breaks: Breaks,
    pub(crate) delivery: Delivery,
    pub(crate) framing: Framing,
    /// `Some(None)` is an answer without a content type.
    pub(crate) content_type: Option<Option<&'static str>>,
}

/// Everything that a prefix asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) on: On,
    pub(crate) times: Option<u32>,
    pub(crate) confirms: bool,
    pub(crate) route: RouteFaults,
    /// By default as whoever is asked writes them.
    pub(crate) body: Option<BodyStyle>,
    pub(crate) error_headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) retry_after_date: Option<Duration>,
    pub(crate) cors: Cors,
    /// Of the route of messages alone.
    pub(crate) cors_on_messages: bool,
    pub(crate) expose: Vec<HeaderName>,
    pub(crate) models: ModelList,
    pub(crate) auth: Auth,
    pub(crate) server_tools: Option<StatusCode>,
    pub(crate) sts: Option<&'static str>,
    pub(crate) lifetime_s: Option<i64>,
    pub(crate) clock_s: i64,
}

/// Why a list of faults can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultError {
    Unknown(String),
    Value { name: &'static str, form: &'static str, value: String },
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "unknown fault {name:?}; known are:")?;
                for fault in CATALOGUE {
                    write!(f, " {}", fault.name)?;
                }
                Ok(())
            }
            Self::Value { name, form, value } => {
                write!(f, "fault {name} can't be {value:?}; write {form}")
            }
        }
    }
}

impl std::error::Error for FaultError {}

impl Faults {
    /// Reads the text between `/with/` and the next slash, percent-decoded.
    pub(crate) fn parse(text: &str) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (name, value) = match item.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (item, None),
            };
            let Some(known) = CATALOGUE.iter().find(|fault| fault.name == name) else {
                return Err(FaultError::Unknown(name.to_owned()));
            };
            if faults.set(known.name, value).is_none() {
                return Err(FaultError::Value {
                    name: known.name,
                    form: known.form,
                    value: value.unwrap_or_default().to_owned(),
                });
            }
        }
        Ok(faults)
    }

    /// Sets one fault; nothing when the value doesn't fit.
    fn set(&mut self, name: &'static str, value: Option<&str>) -> Option<()> {
        let route = &mut self.route;
        match name {
            "on" => {
                self.on = match value? {
                    "messages" => On::Messages,
                    "models" => On::Models,
                    "count" => On::Count,
                    "sts" => On::Sts,
                    "all" => On::All,
                    _ => return None,
                }
            }
            "times" => self.times = Some(number(value)?),
            "confirms" => self.confirms = flag(value)?,
            "id" => _ = value?,
            "latency" => route.latency = milliseconds(value)?,
            "never" => route.never = flag(value)?,
            "status" => route.status = Some(status(value)?),
            "body" => self.body = Some(BodyStyle::parse(value?)?),
            "retry-after" => match value?.strip_prefix("date:") {
                Some(seconds) => {
                    self.retry_after_date = Some(Duration::from_secs(seconds.parse().ok()?));
                }
                None => self.error_header("retry-after", value?)?,
            },
            "retry-after-ms" | "x-should-retry" => self.error_header(name, value?)?,
            "html" => route.html = Some(status(value)?),
            "empty" => route.empty = Some(status(value)?),
            "redirect" => {
                route.redirect = Some(match value? {
                    "self" => Redirect::SameOrigin,
                    "other" => Redirect::OtherOrigin,
                    _ => return None,
                });
            }
            "file" => route.file = Some(file_name(value?)?),
            "json-for-stream" => route.json_for_stream = flag(value)?,
            "stream-for-json" => route.stream_for_json = flag(value)?,
            "error-event" => route.breaks.error_event = Some(value?.to_owned()),
            "at" => {
                route.breaks.at = match value? {
                    "last" => At::Last,
                    _ => At::After(number(value)?),
                }
            }
            "damage" => route.breaks.damage = Some(number(value)?),
            "invalid-json" => route.breaks.invalid_json = Some(number(value)?),
            "stall" => route.breaks.stall = Some(number(value)?),
            "cut" => route.breaks.cut = Some(number(value)?),
            "end" => route.breaks.end = Some(number(value)?),
            "cutbytes" => route.delivery.cut_bytes = Some(number(value)?),
            "buffered" => {
                route.delivery.buffered = Some(match value {
                    None => Buffered::Everything,
                    Some("body") => Buffered::Body,
                    Some(_) => return None,
                });
            }
            "chunk" => route.delivery.chunk = Some(NonZeroUsize::new(number(value)?)?),
            "gap" => route.delivery.gap = Some(milliseconds(value)?),
            "speed" => route.delivery.speed = Some(value?.parse().ok()?),
            "big" => route.big_bytes = Some(number::<usize>(value)?.checked_mul(1_000_000)?),
            "endless-line" => route.breaks.endless_line = flag(value)?,
            "eol" => {
                route.framing.eol = match value? {
                    "lf" => Eol::Lf,
                    "crlf" => Eol::CrLf,
                    "cr" => Eol::Cr,
                    _ => return None,
                }
            }
            "bom" => route.framing.bom = flag(value)?,
            "comments" => route.framing.comments = flag(value)?,
            "extra-fields" => route.framing.extra_fields = flag(value)?,
            "data-lines" => route.framing.data_lines = flag(value)?,
            "no-space" => route.framing.no_space = flag(value)?,
            "no-event-names" => route.framing.no_event_names = flag(value)?,
            "unknown-events" => route.unknown_events = flag(value)?,
            "unknown-blocks" => route.unknown_blocks = flag(value)?,
            "bad-utf8" => route.framing.bad_utf8 = flag(value)?,
            "no-final-blank" => {
                route.framing.final_blank = match value {
                    None => FinalBlank::Missing,
                    Some("bare") => FinalBlank::NoLineEnd,
                    Some(_) => return None,
                }
            }
            "padding" => route.framing.padding = flag(value)?,
            "content-type" => route.content_type = Some(content_type(value?)?),
            "cors" => self.cors = cors(value?)?,
            "cors-on" => self.cors_on_messages = (value? == "messages").then_some(true)?,
            "expose" => self.expose = header_names(value?)?,
            "models" => {
                self.models = match value? {
                    "anthropic" => ModelList::Anthropic,
                    "openai" => ModelList::OpenAi,
                    "none" => ModelList::None,
                    "empty" => ModelList::Empty,
                    "mixed" => ModelList::Mixed,
                    "paged" => ModelList::Paged,
                    _ => return None,
                }
            }
            "auth" => {
                self.auth = match value? {
                    "any" => Auth::Any,
                    "x-api-key" => Auth::ApiKey,
                    "bearer" => Auth::Bearer,
                    "entra" => Auth::Entra,
                    "none" => Auth::None,
                    _ => return None,
                }
            }
            "server-tools" => self.server_tools = Some(status(value)?),
            "sts" => self.sts = Some(sts::known_code(value?)?),
            "lifetime" => self.lifetime_s = Some(number(value)?),
            "clock" => self.clock_s = number(value)?,
            _ => return None,
        }
        Some(())
    }

    fn error_header(&mut self, name: &'static str, value: &str) -> Option<()> {
        let value = HeaderValue::from_str(value).ok()?;
        self.error_headers.push((HeaderName::from_static(name), value));
        Some(())
    }
}

fn flag(value: Option<&str>) -> Option<bool> {
    value.is_none().then_some(true)
}

fn number<T: std::str::FromStr>(value: Option<&str>) -> Option<T> {
    value?.parse().ok()
}

fn milliseconds(value: Option<&str>) -> Option<Duration> {
    number(value).map(Duration::from_millis)
}

fn status(value: Option<&str>) -> Option<StatusCode> {
    let status = StatusCode::from_u16(number(value)?).ok()?;
    (status.as_u16() >= 200).then_some(status)
}

/// One plain name: a request must not leave the fixtures directory.
fn file_name(value: &str) -> Option<String> {
    let plain = !value.is_empty()
        && !value.starts_with('.')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    plain.then(|| value.to_owned())
}

#[expect(
    clippy::option_option,
    reason = "unknown value, no header, and a header are three answers"
)]
fn content_type(value: &str) -> Option<Option<&'static str>> {
    Some(match value {
        "sse" => Some("text/event-stream"),
        "json" => Some("application/json"),
        "html" => Some("text/html; charset=utf-8"),
        "text" => Some("text/plain; charset=utf-8"),
        "octets" => Some("application/octet-stream"),
        "none" => None,
        _ => return None,
    })
}

fn cors(value: &str) -> Option<Cors> {
    Some(match value {
        "none" => Cors::None,
        "no-preflight" => Cors::NoPreflight,
        "preflight-401" => Cors::PreflightUnauthorized,
        "preflight-405" => Cors::PreflightMethodNotAllowed,
        "preflight-redirect" => Cors::PreflightRedirect,
        "bare-errors" => Cors::BareErrors,
        "wildcard" => Cors::Wildcard,
        "duplicate" => Cors::Duplicate,
        "wrong-origin" => Cors::WrongOrigin,
        "litellm" => Cors::LiteLlm,
        other => Cors::Missing(header_names(other.strip_prefix("missing-")?)?),
    })
}

fn header_names(value: &str) -> Option<Vec<HeaderName>> {
    value.split('+').map(|name| HeaderName::from_bytes(name.as_bytes()).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value that each fault accepts.
    fn example(fault: &Fault) -> String {
        let value = match fault.name {
            "on" => "models",
            "id" => "x",
            "body" => "nested",
            "x-should-retry" => "true",
            "redirect" => "self",
            "file" => "a.sse",
            "error-event" => "overloaded_error",
            "speed" => "max",
            "eol" => "crlf",
            "content-type" => "json",
            "cors" => "missing-anthropic-beta+x-org-team",
            "cors-on" => "messages",
            "expose" => "request-id+retry-after",
            "models" => "paged",
            "auth" => "bearer",
            "sts" => "AccessDenied",
            "at" => "last",
            "clock" => "-3600",
            "status" | "html" | "empty" | "server-tools" => "422",
            _ if fault.form.contains(&format!("{}=", fault.name))
                && !fault.form.contains(" or ") =>
            {
                "3"
            }
            _ => return fault.name.to_owned(),
        };
        format!("{}={value}", fault.name)
    }

    #[test]
    fn every_listed_fault_is_understood() {
        for fault in CATALOGUE {
            let text = example(fault);
            assert!(Faults::parse(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn readme_lists_every_fault_as_the_catalogue_does() {
        let readme = include_str!("../../README.md");
        for fault in CATALOGUE {
            let row = format!("| `{}` | {} |", fault.form.replace('|', "\\|"), fault.effect);
            assert!(readme.contains(&row), "missing in the README: {row}");
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        for text in [
            "stattus=500",
            "status",
            "status=99",
            "status=abc",
            "latency=-1",
            "never=1",
            "chunk=0",
            "file=../secret",
            "file=.hidden",
            "file=a/b",
            "on=chat",
            "cors=missing-",
            "cors=strict",
            "big=99999999999999999999",
            "speed=0",
        ] {
            assert!(Faults::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unknown_fault_names_the_known_ones() {
        let message = Faults::parse("nope=1").unwrap_err().to_string();
        assert!(message.contains("\"nope\""));
        assert!(CATALOGUE.iter().all(|fault| message.contains(fault.name)));
    }
}
