//! The LLM gateway: Anthropic's API under any path prefix, with faults on demand.

pub(crate) mod answers;
mod auth;
mod cors;
mod errors;
pub(crate) mod faults;
mod framing;
pub(crate) mod journal;
mod message;
mod models;
mod path;
mod random;
mod request;
pub(crate) mod stream;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;

use crate::identity::Identity;
use crate::listener::Shutdown;
use crate::organisation::{Options, Origins};
use answers::markup;
use auth::Credentials;
use errors::{ApiError, BodyStyle};
use faults::{Buffered, Cors, Faults, On, Redirect, RouteFaults};
use journal::{Journal, Outcome, Query, Record};
use message::{Block, Message};
use path::{Route, Target};
use request::MessagesRequest;
use stream::{Speed, Step, Steps};

const JOURNAL_PATH: &str = "/_journal";
const PORTAL_PATH: &str = "/portal/sign-in";
const PORTAL_PAGE: &str = include_str!("../../host/sign-in.html");

/// What an answer that isn't streamed takes at most, however long it is.
const LONGEST_THOUGHT: Duration = Duration::from_secs(8);

/// The gateway's state; one for all prefixes.
#[derive(Debug)]
pub(crate) struct Gateway {
    token: String,
    speed: Speed,
    fixtures: Option<PathBuf>,
    /// A page on another origin, without CORS.
    other_origin_page: String,
    own_origin: String,
    journal: Journal,
    /// Who knows whether a token is Entra's.
    identity: Arc<Identity>,
    shutdown: Shutdown,
}

impl Gateway {
    pub(crate) fn new(
        origins: &Origins,
        options: &Options,
        journal: Journal,
        identity: Arc<Identity>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            token: options.token.clone(),
            speed: options.speed,
            fixtures: options.fixtures.clone(),
            other_origin_page: format!("{}/sign-in", origins.host),
            own_origin: origins.gateway.clone(),
            journal,
            identity,
            shutdown,
        }
    }
}

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new().fallback(answer).with_state(gateway)
}

/// An answer before it becomes one: its body is still to be sent.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    steps: Steps,
    /// Known for bodies that are whole before they are sent.
    length: Option<usize>,
}

impl Reply {
    fn whole(status: StatusCode, content_type: Option<&'static str>, body: Bytes) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let length = body.len();
        let steps: Vec<Step> = if body.is_empty() { Vec::new() } else { vec![Step::Send(body)] };
        Self { status, headers, steps: Box::new(steps.into_iter()), length: Some(length) }
    }

    fn json(value: &serde_json::Value) -> Self {
        Self::whole(StatusCode::OK, Some("application/json"), Bytes::from(value.to_string()))
    }

    fn sse(steps: Steps) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Self { status: StatusCode::OK, headers, steps, length: None }
    }

    /// No answer at all, as near as a server comes to it.
    fn broken() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            headers: HeaderMap::new(),
            steps: Box::new(std::iter::once(Step::Break)),
            length: None,
        }
    }

    fn after(mut self, wait: Duration) -> Self {
        if !wait.is_zero() {
            self.steps = Box::new(std::iter::once(Step::Wait(wait)).chain(self.steps));
        }
        self
    }
}

/// One request of a prefix with its faults.
struct Exchange<'a> {
    gateway: &'a Gateway,
    faults: &'a Faults,
    /// The faults of this request's route; none when they are for another one or used up.
    route_faults: &'a RouteFaults,
    parts: &'a Parts,
    request_id: &'a str,
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match parts.uri.path() {
        JOURNAL_PATH => return journal_page(&gateway, &parts).await,
        PORTAL_PATH => return portal(&parts),
        _ => {}
    }
    let target = Target::parse(parts.uri.path());
    let record = gateway.journal.record(&target, &parts);
    let faults = match target.faults.as_deref().map(Faults::parse) {
        None => Faults::default(),
        Some(Ok(faults)) => faults,
        // A page reads the refusal only if its preflight passes.
        Some(Err(_)) if parts.method == Method::OPTIONS => Faults::default(),
        Some(Err(error)) => {
            let error = ApiError::invalid(error.to_string());
            let (content_type, body) = errors::body(BodyStyle::Anthropic, &error, "", None);
            let reply = Reply::whole(error.status, content_type, body);
            return send(
                &gateway,
                &Faults::default(),
                &RouteFaults::default(),
                &parts,
                reply,
                record,
            );
        }
    };
    if parts.method == Method::OPTIONS {
        return preflight(&faults, &parts, &record);
    }

    let none = RouteFaults::default();
    let route_faults = if meets(&gateway, &target, &faults) { &faults.route } else { &none };
    let body = match axum::body::to_bytes(body, request::BODY_LIMIT).await {
        Ok(body) => Ok(body),
        Err(_) => Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE)),
    };
    if let Ok(body) = &body {
        record.body(body);
    }
    if wait(&gateway.shutdown, route_faults).await.is_err() {
        return send(&gateway, &faults, &none, &parts, Reply::broken(), record);
    }

    let request_id = random::identifier("req");
    let exchange = Exchange {
        gateway: &gateway,
        faults: &faults,
        route_faults,
        parts: &parts,
        request_id: &request_id,
    };
    let mut reply = match body {
        Ok(body) => exchange.reply(&target.route, &body).await,
        Err(error) => Err(error),
    }
    .unwrap_or_else(|error| exchange.refuse(&error));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        reply.headers.insert(HeaderName::from_static("request-id"), value);
    }
    if route_faults.delivery.buffered == Some(Buffered::Everything) {
        reply.steps = stream::hold(reply.steps, &gateway.shutdown).await;
    }
    send(&gateway, &faults, route_faults, &parts, reply, record)
}

/// Whether this request is one that the prefix's faults are for.
fn meets(gateway: &Gateway, target: &Target, faults: &Faults) -> bool {
    let concerned = match faults.on {
        On::All => true,
        On::Messages => target.route == Route::Messages,
        On::Count => target.route == Route::CountTokens,
        On::Models => matches!(target.route, Route::Models | Route::Model(_)),
    };
    let (Some(text), true) = (&target.faults, concerned) else { return false };
    match faults.times {
        None => true,
        Some(times) => gateway.journal.meet(text) < times,
    }
}

/// The waits before the headers. Fails when the gateway shuts down meanwhile.
async fn wait(shutdown: &Shutdown, faults: &RouteFaults) -> Result<(), ()> {
    if faults.never {
        shutdown.begun().await;
        return Err(());
    }
    if faults.latency.is_zero() {
        return Ok(());
    }
    tokio::select! {
        () = tokio::time::sleep(faults.latency) => Ok(()),
        () = shutdown.begun() => Err(()),
    }
}

impl Exchange<'_> {
    async fn reply(&self, route: &Route, body: &Bytes) -> Result<Reply, ApiError> {
        if let Some(reply) = self.replaced() {
            return Ok(reply);
        }
        let expected = match route {
            Route::Messages | Route::CountTokens => Method::POST,
            Route::Models | Route::Model(_) => Method::GET,
            Route::Unknown => return Ok(detail(StatusCode::NOT_FOUND, "Not Found")),
        };
        if self.parts.method != expected {
            let mut reply = detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
            if let Ok(allow) = HeaderValue::from_str(expected.as_str()) {
                reply.headers.insert(header::ALLOW, allow);
            }
            return Ok(reply);
        }
        let Gateway { token, identity, .. } = self.gateway;
        Credentials::of(&self.parts.headers).check(self.faults.auth, token, identity)?;
        if let Some(name) = &self.route_faults.file {
            return self.file(name).await;
        }
        match route {
            Route::Models => {
                models::list(self.faults.models, &self.parts.headers, self.parts.uri.query())
                    .map(|list| Reply::json(&list))
            }
            Route::Model(id) => models::one(id).map(|model| Reply::json(&model)),
            Route::CountTokens => {
                request::check_headers(&self.parts.headers)?;
                let input_tokens = request::count(&request::object(body)?)?;
                Ok(Reply::json(&serde_json::json!({ "input_tokens": input_tokens })))
            }
            Route::Messages => {
                request::check_headers(&self.parts.headers)?;
                let request = request::read(&request::object(body)?, self.faults.server_tools)?;
                Ok(self.message(&request))
            }
            Route::Unknown => Ok(detail(StatusCode::NOT_FOUND, "Not Found")),
        }
    }

    /// What a fault puts in the place of any answer.
    fn replaced(&self) -> Option<Reply> {
        let faults = self.route_faults;
        if let Some(redirect) = faults.redirect {
            let target = match redirect {
                Redirect::SameOrigin => format!("{}{PORTAL_PATH}", self.gateway.own_origin),
                Redirect::OtherOrigin => self.gateway.other_origin_page.clone(),
            };
            let mut reply = Reply::whole(StatusCode::FOUND, None, Bytes::new());
            if let Ok(location) = HeaderValue::from_str(&target) {
                reply.headers.insert(header::LOCATION, location);
            }
            return Some(reply);
        }
        if let Some(status) = faults.html {
            let page = Bytes::from_static(PORTAL_PAGE.as_bytes());
            return Some(Reply::whole(status, Some("text/html; charset=utf-8"), page));
        }
        if let Some(status) = faults.empty {
            return Some(Reply::whole(status, None, Bytes::new()));
        }
        faults.status.map(|status| self.refuse(&ApiError::of_status(status)))
    }

    fn refuse(&self, error: &ApiError) -> Reply {
        let token = Credentials::of(&self.parts.headers).token();
        let (content_type, body) = errors::body(self.faults.body, error, self.request_id, token);
        let mut reply = Reply::whole(error.status, content_type, body);
        reply.headers.extend(self.faults.error_headers.iter().cloned());
        if let Some(ahead) = self.faults.retry_after_date {
            reply.headers.insert(header::RETRY_AFTER, date_header(ahead));
        }
        reply
    }

    async fn file(&self, name: &str) -> Result<Reply, ApiError> {
        let not_there = |why: String| ApiError::invalid(format!("file={name}: {why}"));
        let Some(directory) = &self.gateway.fixtures else {
            return Err(not_there("the simulator runs without a fixtures directory".to_owned()));
        };
        let bytes = tokio::fs::read(directory.join(name))
            .await
            .map_err(|error| not_there(error.to_string()))?;
        let content_type = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("json") => "application/json",
            Some("html") => "text/html; charset=utf-8",
            Some("bin" | "eventstream") => "application/vnd.amazon.eventstream",
            _ => "text/event-stream",
        };
        let mut reply = Reply::whole(StatusCode::OK, Some(content_type), Bytes::from(bytes));
        // Recorded answers come as they did: in pieces, with no length known ahead.
        reply.length = None;
        Ok(reply)
    }

    fn message(&self, request: &MessagesRequest) -> Reply {
        let faults = self.route_faults;
        let mut answer = answers::compose(request, &self.gateway.own_origin)
            .limited(&request.stop_sequences, request.max_tokens);
        if faults.unknown_blocks {
            answer.blocks.insert(0, Block::Unknown(markup::unknown_block()));
        }
        let message =
            Message::new(&request.model, request.input_tokens, answer, faults.unknown_blocks);
        let speed = faults.delivery.speed.unwrap_or(self.gateway.speed);
        let streamed = (request.stream && !faults.json_for_stream) || faults.stream_for_json;
        if streamed {
            return Reply::sse(match faults.big_bytes {
                // Pacing a hundred megabytes would take days.
                Some(bytes) => framing::steps(
                    message::big_events(message, bytes),
                    faults,
                    faults.delivery.speed.unwrap_or(Speed::Max),
                ),
                None => framing::steps(message.events().into_iter(), faults, self.gateway.speed),
            });
        }
        let thought = speed.time_for(message.output_tokens()).min(LONGEST_THOUGHT);
        Reply::json(&message.to_json()).after(thought)
    }
}

/// The web framework's own refusal, not the API's.
fn detail(status: StatusCode, text: &str) -> Reply {
    let body = serde_json::json!({ "detail": text }).to_string();
    Reply::whole(status, Some("application/json"), Bytes::from(body))
}

#[expect(clippy::disallowed_methods, reason = "a date header of a server is by the wall clock")]
fn date_header(ahead: Duration) -> HeaderValue {
    let text = httpdate::fmt_http_date(SystemTime::now() + ahead);
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0"))
}

/// Turns a reply into the response, its body still to be sent step by step.
fn send(
    gateway: &Gateway,
    faults: &Faults,
    route_faults: &RouteFaults,
    parts: &Parts,
    mut reply: Reply,
    record: Record,
) -> Response {
    match route_faults.content_type {
        None => {}
        Some(None) => _ = reply.headers.remove(header::CONTENT_TYPE),
        Some(Some(content_type)) => {
            reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
    }
    let delivery = &route_faults.delivery;
    if let (Some(length), None) = (reply.length, delivery.chunk) {
        reply.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    cors::apply(&mut reply.headers, faults, reply.status, &parts.headers);
    record.status(reply.status);
    let mut delivery = delivery.clone();
    if route_faults.big_bytes.is_some() && delivery.chunk.is_none() {
        // A hundred thousand small writes would measure the simulator.
        delivery.chunk = std::num::NonZeroUsize::new(16 * 1024);
    }
    let steps = stream::deliver(reply.steps, &delivery);
    let mut response = Response::new(stream::body(steps, record, gateway.shutdown.clone()));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

fn preflight(faults: &Faults, parts: &Parts, record: &Record) -> Response {
    let answer = cors::preflight(faults, &parts.headers);
    record.status(answer.status);
    record.sent(answer.body.len());
    record.end(Outcome::Complete);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// The journal as a page reads it: open to every origin.
async fn journal_page(gateway: &Gateway, parts: &Parts) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, DELETE"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let (status, body) = match parts.method {
        Method::GET => {
            let waited = gateway
                .journal
                .wait_until(&query.prefix, query.limit, |entries| query.satisfied(entries))
                .await;
            let status =
                if waited.is_some() { StatusCode::OK } else { StatusCode::REQUEST_TIMEOUT };
            let entries = waited.unwrap_or_else(|| gateway.journal.entries(&query.prefix));
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (status, Body::from(Journal::to_json(&entries).to_string()))
        }
        Method::DELETE => {
            gateway.journal.clear(&query.prefix);
            (StatusCode::NO_CONTENT, Body::empty())
        }
        Method::OPTIONS => (StatusCode::NO_CONTENT, Body::empty()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, Body::empty()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Where `redirect=self` leads: a sign-in page that other origins may read.
fn portal(parts: &Parts) -> Response {
    let mut response = Response::new(Body::from(PORTAL_PAGE));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let faults = Faults { cors: Cors::Correct, ..Faults::default() };
    cors::apply(headers, &faults, StatusCode::OK, &parts.headers);
    response
}
