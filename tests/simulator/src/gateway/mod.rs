//! The LLM gateway: Anthropic's API under any path prefix, in its own format and
//! in those of Bedrock and Vertex AI, with faults on demand. The clouds answer
//! through it, behind doors of their own ([`crate::clouds`]).

pub(crate) mod answers;
pub(crate) mod auth;
mod cors;
pub(crate) mod errors;
pub(crate) mod faults;
mod framing;
pub(crate) mod journal;
mod message;
mod models;
pub(crate) mod path;
pub(crate) mod random;
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
use serde_json::{Map, Value};

use crate::clouds::{Clouds, Service, clock, models as cloud_models, sts};
use crate::identity::Fields;
use crate::listener::Shutdown;
use crate::organisation::{Options, Origins};
use answers::markup;
use auth::Credentials;
use errors::{ApiError, BodyStyle};
use faults::{Auth, Buffered, Cors, Faults, On, Redirect, RouteFaults};
use framing::Encoding;
use journal::{Journal, Outcome, Query, Record};
use message::{Block, Message};
use path::{Place, Route, Target};
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
    shutdown: Shutdown,
    clouds: Arc<Clouds>,
    /// Whether paths begin with the host of a cloud.
    is_cloud: bool,
}

impl Gateway {
    pub(crate) fn new(
        origins: &Origins,
        options: &Options,
        journal: Journal,
        shutdown: Shutdown,
        clouds: Arc<Clouds>,
    ) -> Self {
        Self {
            token: options.token.clone(),
            speed: options.speed,
            fixtures: options.fixtures.clone(),
            other_origin_page: format!("{}/sign-in", origins.host),
            own_origin: origins.gateway.clone(),
            journal,
            shutdown,
            clouds,
            is_cloud: false,
        }
    }

    /// The listener on which the clouds are.
    pub(crate) fn of_clouds(self) -> Self {
        Self { is_cloud: true, ..self }
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

    fn stream(steps: Steps, encoding: Encoding) -> Self {
        let mut headers = HeaderMap::new();
        let content_type = match encoding {
            Encoding::Sse => "text/event-stream; charset=utf-8",
            Encoding::Frames => "application/vnd.amazon.eventstream",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
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
    /// Whether they are.
    is_met: bool,
    parts: &'a Parts,
    target: &'a Target,
    request_id: &'a str,
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match parts.uri.path() {
        JOURNAL_PATH => return journal_page(&gateway, &parts).await,
        PORTAL_PATH => return portal(&parts),
        _ => {}
    }
    let path = parts.uri.path();
    let target = if gateway.is_cloud { Target::of_cloud(path) } else { Target::parse(path) };
    let record = gateway.journal.record(&target, &parts);
    let mut faults = match target.faults.as_deref().map(Faults::parse) {
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
    if faults.cors_on_messages && target.route != Route::Messages {
        faults.cors = Cors::default();
    }
    if parts.method == Method::OPTIONS {
        return preflight(&faults, &target, &parts, &record);
    }

    let none = RouteFaults::default();
    let body = match axum::body::to_bytes(body, request::BODY_LIMIT).await {
        Ok(body) => Ok(body),
        Err(_) => Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE)),
    };
    if let Ok(body) = &body {
        record.body(body);
    }
    let is_spared = faults.confirms && body.as_ref().is_ok_and(|body| is_question(&target, body));
    let is_met = !is_spared && meets(&gateway, &target, &faults);
    let route_faults = if is_met { &faults.route } else { &none };
    if wait(&gateway.shutdown, route_faults).await.is_err() {
        return send(&gateway, &faults, &none, &parts, Reply::broken(), record);
    }

    let request_id = random::identifier("req");
    let exchange = Exchange {
        gateway: &gateway,
        faults: &faults,
        route_faults,
        is_met,
        parts: &parts,
        target: &target,
        request_id: &request_id,
    };
    let mut reply = match body {
        Ok(body) => exchange.reply(&body).await,
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

/// Whether it asks for one token.
fn is_question(target: &Target, body: &[u8]) -> bool {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    target.route == Route::Messages && asked.get("max_tokens").and_then(Value::as_u64) == Some(1)
}

/// Whether this request is one that the prefix's faults are for.
fn meets(gateway: &Gateway, target: &Target, faults: &Faults) -> bool {
    let concerned = match target.route {
        Route::Messages | Route::Invoke { .. } | Route::Predict { .. } => {
            matches!(faults.on, On::Messages | On::All)
        }
        Route::CountTokens | Route::InvokeCount(_) | Route::PredictCount(_) => {
            matches!(faults.on, On::Count | On::All)
        }
        Route::Models | Route::Model(_) => matches!(faults.on, On::Models | On::All),
        // An error of the service's own is meant for nobody else.
        Route::Credentials => matches!(faults.on, On::Sts | On::All) || faults.sts.is_some(),
        Route::Unknown => faults.on == On::All,
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
    async fn reply(&self, body: &Bytes) -> Result<Reply, ApiError> {
        if let Some(reply) = self.replaced() {
            return Ok(reply);
        }
        let route = &self.target.route;
        let expected = match route {
            Route::Models | Route::Model(_) => Method::GET,
            Route::Unknown => return Ok(self.nothing_there()),
            _ => Method::POST,
        };
        if self.parts.method != expected {
            let mut reply = detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
            if let Ok(allow) = HeaderValue::from_str(expected.as_str()) {
                reply.headers.insert(header::ALLOW, allow);
            }
            return Ok(reply);
        }
        if *route == Route::Credentials {
            return Ok(self.credentials(body));
        }
        let object = self.let_in(body)?;
        if let Some(name) = &self.route_faults.file {
            return self.file(name).await;
        }
        match route {
            Route::Models => {
                models::list(self.faults.models, &self.parts.headers, self.parts.uri.query())
                    .map(|list| Reply::json(&list))
            }
            Route::Model(id) => models::one(id).map(|model| Reply::json(&model)),
            Route::CountTokens | Route::PredictCount(_) => {
                let input_tokens = request::count(&object)?;
                Ok(Reply::json(&serde_json::json!({ "input_tokens": input_tokens })))
            }
            Route::InvokeCount(_) => {
                let input_tokens = request::count(&object)?;
                Ok(Reply::json(&serde_json::json!({ "inputTokens": input_tokens })))
            }
            _ => {
                let request = request::read(&object, self.faults.server_tools)?;
                Ok(self.message(&request))
            }
        }
    }

    /// The clouds' time.
    fn now_s(&self) -> i64 {
        clock::now_s(self.faults.clock_s)
    }

    /// Who may not come in is refused; of the others, the request as Anthropic's
    /// own API would have got it.
    fn let_in(&self, body: &Bytes) -> Result<Map<String, Value>, ApiError> {
        let (clouds, parts, now_s) = (&self.gateway.clouds, self.parts, self.now_s());
        let headers = &parts.headers;
        match (&self.target.service, &self.target.route) {
            (Service::Aws { region }, Route::Invoke { model, .. } | Route::InvokeCount(model)) => {
                let (session, region) = clouds.signed(parts, body, region.as_deref(), now_s)?;
                let model = cloud_models::on_bedrock(model, &region, &session)?;
                if let Route::InvokeCount(id) = &self.target.route {
                    if !session.may_count() {
                        let action = "bedrock:CountTokens";
                        return Err(cloud_models::not_authorized(&session, action, &region, id));
                    }
                    return request::of_bedrock_count(body, model);
                }
                self.of_cloud(body, model)
            }
            (Service::Vertex { location }, Route::Predict { place, model, .. }) => {
                clouds.google(parts, place, location.as_deref(), now_s)?;
                self.of_cloud(body, cloud_models::on_vertex(model, place)?)
            }
            (Service::Vertex { location }, Route::PredictCount(place)) => {
                clouds.google(parts, place, location.as_deref(), now_s)?;
                self.counted_on_vertex(body, place)
            }
            (Service::Foundry, _) => {
                clouds.foundry(parts, now_s)?;
                request::check_headers(headers)?;
                let object = request::object(body)?;
                cloud_models::on_foundry(text(&object, "model"))?;
                Ok(object)
            }
            (_, route) => {
                Credentials::of(headers).check(self.faults.auth, &self.gateway.token)?;
                if self.faults.auth == Auth::Entra {
                    clouds.entra(parts, now_s)?;
                }
                match route {
                    Route::Models | Route::Model(_) => Ok(Map::new()),
                    Route::Invoke { model, .. } | Route::Predict { model, .. } => {
                        self.of_cloud(body, cloud_models::at_gateway(model)?)
                    }
                    Route::InvokeCount(model) => {
                        request::of_bedrock_count(body, cloud_models::at_gateway(model)?)
                    }
                    Route::PredictCount(place) => self.counted_on_vertex(body, place),
                    _ => {
                        request::check_headers(headers)?;
                        request::object(body)
                    }
                }
            }
        }
    }

    /// A request in one of the clouds' formats.
    fn of_cloud(&self, body: &Bytes, model: &str) -> Result<Map<String, Value>, ApiError> {
        let (version, streamed) = match self.target.route {
            Route::Predict { streamed, .. } => (request::VERTEX_VERSION, streamed),
            Route::Invoke { streamed, .. } => (request::BEDROCK_VERSION, streamed),
            _ => (request::VERTEX_VERSION, false),
        };
        request::check_content_type(&self.parts.headers)?;
        request::of_cloud(body, version, model, streamed)
    }

    /// Vertex AI counts for the model that the body names.
    fn counted_on_vertex(
        &self,
        body: &Bytes,
        place: &Place,
    ) -> Result<Map<String, Value>, ApiError> {
        let id = text(&request::object(body)?, "model").to_owned();
        let model = match self.target.service {
            Service::Gateway => cloud_models::at_gateway(&id)?,
            _ => cloud_models::on_vertex(&id, place)?,
        };
        request::check_content_type(&self.parts.headers)?;
        request::of_vertex_count(body, model)
    }

    /// AWS's token service.
    fn credentials(&self, body: &Bytes) -> Reply {
        let form = Fields::read(&String::from_utf8_lossy(body));
        let terms = sts::Terms { now_s: self.now_s(), lifetime_s: self.faults.lifetime_s };
        let region = match &self.target.service {
            Service::Aws { region } => region.as_deref(),
            _ => None,
        };
        // What the fault tells applies as often as the prefix says.
        let refused = self.is_met.then_some(self.faults.sts).flatten();
        let result = match refused {
            Some(code) => Err(sts::error_of(code)),
            None => sts::assume_role(&self.gateway.clouds, &form, region, terms),
        };
        let status = result.as_ref().map_or_else(|error| error.status, |_| StatusCode::OK);
        let (content_type, body) = sts::written(&result, &self.parts.headers);
        Reply::whole(status, Some(content_type), Bytes::from(body))
    }

    /// What is answered where there is nothing.
    fn nothing_there(&self) -> Reply {
        match self.target.service {
            Service::Aws { .. } => self.refuse(&ApiError::exception(
                StatusCode::NOT_FOUND,
                "UnknownOperationException",
                "Unable to determine service/operation name to be authorized",
            )),
            Service::Vertex { .. } | Service::Foundry => {
                self.refuse(&ApiError::of_front(StatusCode::NOT_FOUND))
            }
            Service::Gateway => detail(StatusCode::NOT_FOUND, "Not Found"),
            Service::Nobody => detail(StatusCode::MISDIRECTED_REQUEST, "No such host"),
        }
    }

    /// Whose error bodies these are where no fault says.
    fn style(&self, error: &ApiError) -> BodyStyle {
        match (&self.target.service, &self.target.route) {
            (Service::Aws { .. }, _) => BodyStyle::Bedrock,
            (Service::Vertex { .. } | Service::Foundry, _) if !error.in_front => {
                BodyStyle::Anthropic
            }
            // What would have been a stream is a list.
            (Service::Vertex { .. }, Route::Predict { streamed: true, .. }) => {
                BodyStyle::VertexArray
            }
            (Service::Vertex { .. }, _) => BodyStyle::Vertex,
            (Service::Foundry, _) => BodyStyle::Foundry,
            _ => BodyStyle::Anthropic,
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
        faults.status.map(|status| self.refuse(&ApiError::of_front(status)))
    }

    fn refuse(&self, error: &ApiError) -> Reply {
        let token = Credentials::of(&self.parts.headers).token();
        let style = self.faults.body.unwrap_or_else(|| self.style(error));
        let (content_type, body) = errors::body(style, error, self.request_id, token);
        let mut reply = Reply::whole(error.status, content_type, body);
        if let Service::Aws { .. } = self.target.service {
            // Pages can't read it, as it isn't exposed to them.
            let exception = HeaderValue::from_static(error.exception_name());
            reply.headers.insert(HeaderName::from_static("x-amzn-errortype"), exception);
        }
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
        let encoding = match self.target.route {
            Route::Invoke { .. } => Encoding::Frames,
            _ => Encoding::Sse,
        };
        if streamed {
            let steps = match faults.big_bytes {
                // Pacing a hundred megabytes would take days.
                Some(bytes) => framing::steps(
                    message::big_events(message, bytes),
                    faults,
                    faults.delivery.speed.unwrap_or(Speed::Max),
                    encoding,
                ),
                None => framing::steps(
                    message.events().into_iter(),
                    faults,
                    self.gateway.speed,
                    encoding,
                ),
            };
            return Reply::stream(steps, encoding);
        }
        let thought = speed.time_for(message.output_tokens()).min(LONGEST_THOUGHT);
        Reply::json(&message.to_json()).after(thought)
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
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

fn preflight(faults: &Faults, target: &Target, parts: &Parts, record: &Record) -> Response {
    let answer = cors::preflight(faults, target, &parts.headers);
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
