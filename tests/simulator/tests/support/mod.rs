//! A started organisation and a plain HTTP client to judge it with.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    unreachable_pub,
    reason = "test code; each test crate uses a part of it"
)]

pub mod clouds;

use std::time::Duration;

use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use simulator::{Options, Organisation, Speed};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Nothing on loopback takes this long.
pub const LIMIT: Duration = Duration::from_secs(20);

pub const MODEL: &str = "claude-sonnet-5-5";

/// A recorded answer, with bytes that no framing of ours would make.
pub const RECORDED: &[u8] = b"\xef\xbb\xbfdata: {\"type\":\"ping\"}\r\n\r\rdata\xff: odd\n";

pub struct Trial {
    pub organisation: Organisation,
    pub client: Client,
    _files: TempDir,
}

/// An answer read to its end, however it ended.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The connection broke before the body's end.
    pub broken: bool,
    /// Sizes of the pieces as they arrived.
    pub pieces: Vec<usize>,
}

/// An event as a third party's parser reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: Value,
}

impl Trial {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let files = TempDir::new().unwrap();
        for directory in ["www/sub", "pkg", "vendor", "fixtures"] {
            std::fs::create_dir_all(files.path().join(directory)).unwrap();
        }
        for (path, content) in [
            ("www/taskpane.html", &b"<!doctype html><title>pane</title>"[..]),
            ("www/sub/index.html", b"sub"),
            ("www/style.css", b"body{}"),
            ("pkg/index.js", b"export {};"),
            ("pkg/core.wasm", b"\0asm\x01\0\0\0"),
            ("vendor/marked.esm.js", b"export {};"),
            ("fixtures/recorded.sse", RECORDED),
            ("fixtures/recorded.json", b"{}"),
            ("secret.txt", b"outside"),
        ] {
            std::fs::write(files.path().join(path), content).unwrap();
        }
        let mut options = Options {
            www: files.path().join("www"),
            pkg: files.path().join("pkg"),
            vendor: Some(files.path().join("vendor")),
            fixtures: Some(files.path().join("fixtures")),
            speed: Speed::Max,
            ..Options::default()
        };
        change(&mut options);
        let organisation = Organisation::start(options).await.unwrap();
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { organisation, client, _files: files }
    }

    /// A request to the gateway, with faults where there are any, and the token.
    pub fn gateway(&self, method: Method, faults: &str, path: &str) -> RequestBuilder {
        let base = match faults {
            "" => self.organisation.gateway_url().to_owned(),
            faults => self.organisation.gateway_url_with(faults),
        };
        self.client
            .request(method, format!("{base}{path}"))
            .header("x-api-key", self.organisation.token())
            .header("anthropic-version", "2023-06-01")
            .header("content-type", "application/json")
            .header("origin", self.organisation.pane_origin())
    }

    pub fn post(&self, faults: &str, body: &Value) -> RequestBuilder {
        self.gateway(Method::POST, faults, "/v1/messages").body(body.to_string())
    }

    /// Asks for a stream and reads it to its end.
    pub async fn stream(&self, faults: &str, prompt: &str) -> Answer {
        read(self.post(faults, &ask(prompt, true)).send().await.unwrap()).await
    }

    /// Asks for JSON.
    pub async fn json(&self, faults: &str, prompt: &str) -> Answer {
        read(self.post(faults, &ask(prompt, false)).send().await.unwrap()).await
    }

    /// Streams a well-formed answer and takes it apart.
    pub async fn events(&self, faults: &str, prompt: &str) -> Vec<Event> {
        parse(&self.stream(faults, prompt).await.body).await
    }
}

/// A minimal request.
pub fn ask(prompt: &str, stream: bool) -> Value {
    json!({
        "model": MODEL,
        "max_tokens": 20_000,
        "stream": stream,
        "messages": [{ "role": "user", "content": prompt }],
    })
}

/// Reads an answer to its end.
pub async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut answer =
        Answer { status, headers, body: Vec::new(), broken: false, pieces: Vec::new() };
    let mut stream = response.bytes_stream();
    let whole = async {
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(bytes) => {
                    answer.pieces.push(bytes.len());
                    answer.body.extend_from_slice(&bytes);
                }
                Err(_) => {
                    answer.broken = true;
                    return;
                }
            }
        }
    };
    tokio::time::timeout(LIMIT, whole).await.expect("the answer never ended");
    answer
}

/// The sizes of an answer's HTTP chunks, as they are on the wire: a client may join or split them.
pub async fn chunk_sizes(trial: &Trial, faults: &str, body: &Value) -> Vec<usize> {
    let address = trial.organisation.gateway_url().trim_start_matches("http://");
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "POST /with/{faults}/v1/messages HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-api-key: {}\r\n\
         anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        trial.organisation.token(),
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(LIMIT, connection.read_to_end(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (_, mut rest) = answer.split_once("\r\n\r\n").unwrap();
    let mut sizes = Vec::new();
    loop {
        let (size, after) = rest.split_once("\r\n").unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return sizes;
        }
        sizes.push(size);
        rest = after[size..].strip_prefix("\r\n").unwrap();
    }
}

/// Parses a stream with the eventsource-stream crate.
pub async fn parse(body: &[u8]) -> Vec<Event> {
    // The crate panics on the byte order mark that it means to skip, and takes a time with the square of a piece's size.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let pieces = body.chunks(1024).map(|piece| Ok::<_, std::convert::Infallible>(piece.to_vec()));
    let source = futures_util::stream::iter(pieces);
    let events: Vec<_> = source.eventsource().collect().await;
    events
        .into_iter()
        .map(|event| {
            let event = event.unwrap();
            let data = serde_json::from_str(&event.data)
                .unwrap_or_else(|error| panic!("{error}: {}", event.data));
            Event { name: event.event, id: event.id, data }
        })
        .collect()
}

/// Joins the text deltas.
pub fn text(events: &[Event]) -> String {
    deltas(events, "text_delta", "text")
}

pub fn deltas(events: &[Event], kind: &str, field: &str) -> String {
    events
        .iter()
        .filter(|event| event.data["delta"]["type"] == kind)
        .map(|event| event.data["delta"][field].as_str().unwrap())
        .collect()
}

impl Answer {
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The text of the first text block.
    pub fn message_text(&self) -> String {
        let value = self.value();
        let block =
            value["content"].as_array().unwrap().iter().find(|block| block["type"] == "text");
        block.unwrap()["text"].as_str().unwrap().to_owned()
    }
}

pub fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    (name.parse().unwrap(), value.parse().unwrap())
}
