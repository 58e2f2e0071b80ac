//! Each fault does what the catalogue says it does.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]

mod support;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{CATALOGUE, Outcome};
use support::clouds::{cloud_message, frames};
use support::{Answer, LIMIT, RECORDED, Trial, ask, chunk_sizes, parse, read, text};
use tokio::time::Instant;

const COUNTED: &str = "count to 30";

fn counted() -> String {
    (1..=30).map(|n| n.to_string()).collect::<Vec<_>>().join("\n")
}

/// A stream that is mangled and still says the same to a parser that knows the standard.
async fn same_answer(trial: &Trial, faults: &str) -> Answer {
    let answer = trial.stream(faults, COUNTED).await;
    assert!(!answer.broken, "{faults}");
    assert_eq!(text(&parse(&answer.body).await), counted(), "{faults}: {}", answer.text());
    answer
}

fn occurrences(answer: &Answer, part: &str) -> usize {
    answer.text().matches(part).count()
}

/// A new fault has to come with a check here.
#[tokio::test]
async fn every_fault_does_what_it_says() {
    let trial = Trial::start().await;
    for fault in CATALOGUE {
        check(&trial, fault.name).await;
    }
}

async fn check(trial: &Trial, name: &str) {
    match name {
        "on" => {
            let models = |faults| trial.gateway(Method::GET, faults, "/v1/models").send();
            assert_eq!(models("on=models,status=503").await.unwrap().status(), 503);
            assert_eq!(models("status=503").await.unwrap().status(), 200);
            assert_eq!(models("on=all,status=503").await.unwrap().status(), 503);
            assert_eq!(trial.json("on=models,status=503", "Hello").await.status, 200);
            let count =
                trial.gateway(Method::POST, "on=count,status=503", "/v1/messages/count_tokens");
            assert_eq!(count.body("{}").send().await.unwrap().status(), 503);
        }
        "times" => {
            for expected in [529, 529, 200, 200] {
                assert_eq!(trial.json("status=529,times=2", "Hello").await.status, expected);
            }
            trial.organisation.journal().clear("/with/status=529,times=2");
            assert_eq!(trial.json("status=529,times=2", "Hello").await.status, 529);
        }
        "id" => {
            for id in ["a", "b"] {
                let faults = format!("status=529,times=1,id={id}");
                assert_eq!(trial.json(&faults, "Hello").await.status, 529, "{id}");
                assert_eq!(trial.json(&faults, "Hello").await.status, 200, "{id}");
            }
        }
        "latency" => {
            let begun = Instant::now();
            assert_eq!(trial.json("latency=120", "Hello").await.status, 200);
            assert!(begun.elapsed() >= Duration::from_millis(120));
        }
        "never" => {
            let journal = trial.organisation.journal();
            let request = trial.post("never", &ask("Hello", true)).send();
            tokio::select! {
                answer = request => panic!("answered: {answer:?}"),
                arrived = journal.wait_until("/with/never", LIMIT, |seen| seen.iter().any(|entry| entry.body.is_some())) => {
                    assert!(arrived.is_some());
                }
            }
            let seen = journal
                .wait_until("/with/never", LIMIT, |seen| seen[0].outcome != Outcome::Open)
                .await
                .unwrap();
            assert_eq!((seen[0].outcome, seen[0].status), (Outcome::ClientClosed, None));
        }
        "damage" => {
            let path = "/model/anthropic.claude-haiku-5-5/invoke-with-response-stream";
            let body = cloud_message("bedrock-2023-05-31", COUNTED).to_string();
            let request = trial.gateway(Method::POST, "damage=2", path).body(body);
            let error = frames(&read(request.send().await.unwrap()).await.body).unwrap_err();
            assert!(error.contains("checksum"), "{error}");
        }
        "sts" => {
            let answer = trial.assume("sts=AccessDenied", &[]).await;
            assert_eq!(answer.value()["Error"]["Code"], "AccessDenied");
        }
        "lifetime" | "clock" => {
            let ends = async |faults: &str| {
                let value = trial.assume(faults, &[]).await.value();
                value
                    .pointer("/AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/Expiration")
                    .and_then(Value::as_i64)
                    .unwrap()
            };
            let usual = ends("").await;
            assert!((3_590..=3_610).contains(&(usual - ends("lifetime=1").await + 1)));
            assert!((590..=610).contains(&(usual - ends("clock=-600").await)));
        }
        "status" => {
            for (status, kind) in [
                (400, "invalid_request_error"),
                (401, "authentication_error"),
                (403, "permission_error"),
                (404, "not_found_error"),
                (413, "request_too_large"),
                (422, "invalid_request_error"),
                (429, "rate_limit_error"),
                (500, "api_error"),
                (503, "api_error"),
                (504, "timeout_error"),
                (529, "overloaded_error"),
                (200, "api_error"),
            ] {
                let answer = trial.stream(&format!("status={status}"), "Hello").await;
                assert_eq!(answer.status.as_u16(), status);
                assert_eq!(answer.value()["error"]["type"], kind, "{status}");
            }
        }
        "body" => bodies(trial).await,
        "retry-after" => {
            let answer = trial.json("status=429,retry-after=7", "Hello").await;
            assert_eq!(answer.header("retry-after"), Some("7"));
            let answer = trial.json("status=429,retry-after=date:3600", "Hello").await;
            let date = httpdate::parse_http_date(answer.header("retry-after").unwrap()).unwrap();
            let sent = httpdate::parse_http_date(answer.header("date").unwrap()).unwrap();
            let ahead = date.duration_since(sent).unwrap().as_secs();
            assert!((3598..=3602).contains(&ahead), "{ahead}");
        }
        "retry-after-ms" => {
            let answer = trial.json("status=429,retry-after-ms=250", "Hello").await;
            assert_eq!(answer.header("retry-after-ms"), Some("250"));
        }
        "x-should-retry" => {
            let answer = trial.json("status=400,x-should-retry=true", "Hello").await;
            assert_eq!(answer.header("x-should-retry"), Some("true"));
        }
        "html" => {
            for status in [200, 403] {
                let answer = trial.stream(&format!("html={status}"), "Hello").await;
                assert_eq!(answer.status.as_u16(), status);
                assert!(answer.header("content-type").unwrap().starts_with("text/html"));
                assert!(answer.text().contains("Sign in to continue"));
            }
        }
        "empty" => {
            for status in [200, 502] {
                let answer = trial.stream(&format!("empty={status}"), "Hello").await;
                assert_eq!(
                    (answer.status.as_u16(), answer.body.len(), answer.broken),
                    (status, 0, false)
                );
            }
        }
        "redirect" => {
            let organisation = &trial.organisation;
            for (target, origin, readable) in [
                ("self", organisation.gateway_url(), true),
                ("other", organisation.host_origin(), false),
            ] {
                let answer = trial.json(&format!("redirect={target}"), "Hello").await;
                assert_eq!(answer.status, 302);
                let location = answer.header("location").unwrap();
                assert!(location.starts_with(origin), "{location}");
                let page = trial
                    .client
                    .get(location)
                    .header("origin", organisation.pane_origin())
                    .send()
                    .await
                    .unwrap();
                assert_eq!(page.status(), 200);
                assert_eq!(page.headers().contains_key("access-control-allow-origin"), readable);
                assert!(page.text().await.unwrap().contains("Sign in"));
            }
        }
        "file" => {
            let answer = trial.stream("file=recorded.sse", "Hello").await;
            assert_eq!(answer.body, RECORDED);
            assert_eq!(answer.header("content-type"), Some("text/event-stream"));
            assert_eq!(
                trial.json("file=recorded.json", "Hello").await.header("content-type"),
                Some("application/json")
            );
            let answer = trial.stream("file=recorded.sse,chunk=1", "Hello").await;
            assert_eq!((answer.body, answer.pieces), (RECORDED.to_vec(), vec![1; RECORDED.len()]));
            let missing = trial.stream("file=absent.sse", "Hello").await;
            assert_eq!(missing.status, 400);
            assert!(missing.text().contains("absent.sse"));
        }
        "json-for-stream" => {
            let answer = trial.stream("json-for-stream", COUNTED).await;
            assert_eq!(answer.header("content-type"), Some("application/json"));
            assert_eq!(answer.message_text(), counted());
        }
        "stream-for-json" => {
            let answer = trial.json("stream-for-json", COUNTED).await;
            assert!(answer.header("content-type").unwrap().starts_with("text/event-stream"));
            assert_eq!(text(&parse(&answer.body).await), counted());
        }
        "error-event" | "at" => {
            for at in [0, 1, 5] {
                let events =
                    trial.events(&format!("error-event=overloaded_error,at={at}"), COUNTED).await;
                assert_eq!(events.len(), at + 1);
                assert_eq!(events[at].name, "error");
                assert_eq!(
                    events[at].data["error"],
                    json!({ "type": "overloaded_error", "message": "Overloaded" })
                );
            }
        }
        "invalid-json" => {
            let answer = trial.stream("invalid-json=4", COUNTED).await;
            let lines: Vec<String> = answer
                .text()
                .lines()
                .filter_map(|line| line.strip_prefix("data: ").map(str::to_owned))
                .collect();
            for (position, line) in lines.iter().enumerate() {
                assert_eq!(serde_json::from_str::<Value>(line).is_err(), position == 4, "{line}");
            }
            assert!(lines.last().unwrap().contains("message_stop"));
        }
        "stall" => stall(trial).await,
        "cut" => {
            for events in [0, 3] {
                let answer = trial.stream(&format!("cut={events}"), COUNTED).await;
                assert!(answer.broken);
                assert_eq!(
                    (answer.status.as_u16(), parse(&answer.body).await.len()),
                    (200, events)
                );
            }
        }
        "end" => {
            for events in [0, 3] {
                let answer = trial.stream(&format!("end={events}"), COUNTED).await;
                assert!(!answer.broken);
                assert_eq!(parse(&answer.body).await.len(), events);
            }
        }
        "cutbytes" => {
            for (bytes, streamed) in [(0, true), (7, true), (700, true), (25, false), (5000, true)]
            {
                let faults = format!("cutbytes={bytes}");
                let prompt = if bytes == 5000 { "write a long report" } else { COUNTED };
                let answer = if streamed {
                    trial.stream(&faults, prompt).await
                } else {
                    trial.json(&faults, prompt).await
                };
                assert!(answer.broken, "{bytes}");
                assert_eq!(answer.body.len(), bytes);
            }
        }
        "buffered" => buffered(trial).await,
        "chunk" => {
            for size in [1, 7, 1000] {
                let faults = format!("chunk={size},comments");
                same_answer(trial, &faults).await;
                let sizes = chunk_sizes(trial, &faults, &ask(COUNTED, true)).await;
                let (last, others) = sizes.split_last().unwrap();
                assert!(
                    others.iter().all(|chunk| *chunk == size) && *last <= size,
                    "{size}: {sizes:?}"
                );
            }
            let answer = trial.json("chunk=10", "Hello").await;
            assert_eq!(answer.header("content-length"), None);
            assert!(answer.message_text().len() > 10);
        }
        "gap" => {
            let begun = Instant::now();
            let events = trial.events("gap=15", "repeat after me: short").await;
            let least = Duration::from_millis(15) * u32::try_from(events.len() - 1).unwrap();
            assert!(begun.elapsed() >= least, "{:?} for {}", begun.elapsed(), events.len());
        }
        "speed" => {
            let begun = Instant::now();
            let events = trial.events("speed=100", COUNTED).await;
            let tokens = events.iter().find(|event| event.name == "message_delta").unwrap().data["usage"]["output_tokens"].as_u64().unwrap();
            assert!(
                begun.elapsed() >= Duration::from_millis(10 * tokens),
                "{:?} for {tokens}",
                begun.elapsed()
            );
        }
        "big" => {
            let answer = trial.stream("big=3", "Hello").await;
            let size = answer.body.len();
            assert!((3_000_000..3_002_000).contains(&size), "{size}");
            let events = parse(&answer.body).await;
            assert_eq!(events.last().unwrap().name, "message_stop");
            assert!(text(&events).len() > 1_000_000);
        }
        "endless-line" => {
            let answer = trial.stream("endless-line,cutbytes=3000000", "Hello").await;
            let tail = &answer.body[answer.body.len() - 2_000_000..];
            assert!(tail.iter().all(|byte| *byte == b'x'));
        }
        "eol" => {
            for (eol, sign) in [("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")] {
                let answer = same_answer(trial, &format!("eol={eol}")).await;
                assert!(answer.text().ends_with(&format!("}}{sign}{sign}")));
                assert_eq!(answer.text().contains('\n'), sign.contains('\n'));
            }
        }
        "bom" => assert!(same_answer(trial, "bom").await.body.starts_with(b"\xef\xbb\xbfevent: ")),
        "comments" => {
            let answer = same_answer(trial, "comments").await;
            assert!(occurrences(&answer, "\n: ") > 5);
            assert!(answer.text().starts_with(": connected\n\n"));
        }
        "extra-fields" => {
            let answer = same_answer(trial, "extra-fields").await;
            for field in ["\nretry: 3000\n", "\nx-gateway-region: eu-1\n"] {
                assert!(occurrences(&answer, field) > 5, "{field}");
            }
            assert_eq!(parse(&answer.body).await[5].id, "5");
        }
        "data-lines" => {
            assert!(occurrences(&same_answer(trial, "data-lines").await, "\ndata:   \"") > 5)
        }
        "no-space" => {
            let answer = same_answer(trial, "no-space").await;
            assert_eq!((occurrences(&answer, "data: "), occurrences(&answer, "event: ")), (0, 0));
        }
        "no-event-names" => {
            let answer = same_answer(trial, "no-event-names").await;
            assert_eq!(occurrences(&answer, "event:"), 0);
            assert!(parse(&answer.body).await.iter().all(|event| event.name == "message"));
        }
        "unknown-events" => {
            let events = parse(&same_answer(trial, "unknown-events").await.body).await;
            assert!(events.iter().filter(|event| event.name == "gateway_notice").count() >= 2);
        }
        "unknown-blocks" => {
            let events = parse(&same_answer(trial, "unknown-blocks").await.body).await;
            let started = events.iter().find(|event| event.name == "content_block_start").unwrap();
            assert_eq!(started.data["content_block"]["type"], "search_annotations");
            assert!(events.iter().any(|event| event.data["delta"]["type"] == "annotation_delta"));
            assert!(events[0].data["x_gateway_trace"].is_object());
            let message = trial.json("unknown-blocks", COUNTED).await;
            assert_eq!(message.value()["content"][0], started.data["content_block"]);
        }
        "bad-utf8" => {
            let answer = trial.stream("bad-utf8", COUNTED).await;
            assert!(std::str::from_utf8(&answer.body).is_err());
            let repaired = String::from_utf8_lossy(&answer.body).into_owned();
            let said = text(&parse(repaired.as_bytes()).await);
            assert!(said.contains('\u{fffd}') && !said.contains('\u{1f600}'), "{said}");
            let rest: String = said.chars().filter(|c| *c != '\u{fffd}' && *c != '(').collect();
            assert_eq!(rest, counted());
        }
        "no-final-blank" => {
            let whole = trial.stream("", COUNTED).await.text();
            assert!(whole.ends_with("}\n\n"));
            let missing = trial.stream("no-final-blank", COUNTED).await.text();
            assert!(missing.ends_with("\"message_stop\"}\n") && !missing.ends_with("\n\n"));
            assert!(
                trial
                    .stream("no-final-blank=bare", COUNTED)
                    .await
                    .text()
                    .ends_with("\"message_stop\"}")
            );
        }
        "padding" => {
            let answer = same_answer(trial, "padding").await;
            assert!(answer.text().starts_with(&format!(":{}\n\n", " ".repeat(2048))));
            let events = parse(&answer.body).await;
            let lengths: std::collections::HashSet<_> =
                events.iter().map(|event| event.data["p"].as_str().unwrap().len()).collect();
            assert!(lengths.len() > 5);
        }
        "content-type" => {
            for (value, expected) in [
                ("sse", Some("text/event-stream")),
                ("json", Some("application/json")),
                ("html", Some("text/html; charset=utf-8")),
                ("text", Some("text/plain; charset=utf-8")),
                ("octets", Some("application/octet-stream")),
                ("none", None),
            ] {
                let answer = same_answer(trial, &format!("content-type={value}")).await;
                assert_eq!(answer.header("content-type"), expected, "{value}");
            }
        }
        // Tables of their own: tests/cors.rs, tests/messages.rs.
        "cors" | "cors-on" | "expose" | "auth" => {}
        "models" => {
            for (kind, status, object, count) in [
                ("anthropic", 200, Value::Null, 5),
                ("openai", 200, json!("list"), 5),
                ("empty", 200, Value::Null, 0),
                ("mixed", 200, Value::Null, 10),
                ("paged", 200, Value::Null, 10),
                ("none", 404, Value::Null, 0),
            ] {
                let faults = format!("models={kind}");
                let answer =
                    read(trial.gateway(Method::GET, &faults, "/v1/models").send().await.unwrap())
                        .await;
                let value = answer.value();
                assert_eq!(answer.status.as_u16(), status, "{kind}");
                assert_eq!(value["object"], object, "{kind}");
                assert_eq!(value["data"].as_array().map_or(0, Vec::len), count, "{kind}");
            }
            let url = trial.organisation.gateway_url_with("models=anthropic");
            let request = trial
                .client
                .get(format!("{url}/v1/models"))
                .header("x-api-key", trial.organisation.token());
            assert_eq!(read(request.send().await.unwrap()).await.value()["has_more"], false);
        }
        "server-tools" => {
            let mut body = ask("Hello", false);
            body.as_object_mut().unwrap().insert(
                "tools".to_owned(),
                json!([{ "type": "web_search_20250305", "name": "web_search" }]),
            );
            for (faults, status) in [("server-tools=422", 422), ("", 200)] {
                let answer = read(trial.post(faults, &body).send().await.unwrap()).await;
                assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
            }
        }
        "confirms" => {
            let mut question = ask("Hello", false);
            question["max_tokens"] = 1.into();
            let mut streamed = question.clone();
            streamed["stream"] = true.into();
            for (body, status) in [(&question, 200), (&streamed, 200), (&ask("Hello", false), 529)]
            {
                let answer =
                    read(trial.post("status=529,confirms", body).send().await.unwrap()).await;
                assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
            }
        }
        other => panic!("no check for the fault {other}"),
    }
}

async fn bodies(trial: &Trial) {
    for (style, status, pointer, expected) in [
        ("anthropic", 429, "/error/type", "rate_limit_error"),
        ("openai", 429, "/error/code", "rate_limit_exceeded"),
        ("litellm", 401, "/error/type", "token_not_found_in_db"),
        ("litellm", 500, "/error/message", "AnthropicException - {\"type\":\"error\""),
        ("portkey", 401, "/status", "failure"),
        ("portkey", 529, "/error/message", "anthropic error: Overloaded"),
        (
            "nested",
            529,
            "/error/message",
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"",
        ),
        ("detail", 404, "/detail", "Not Found"),
        ("detail", 429, "/detail/error", "{\"message\":"),
        ("bedrock", 429, "/message", "Too many requests"),
        ("vertex", 403, "/error/status", "PERMISSION_DENIED"),
        ("vertex-array", 429, "/0/error/status", "RESOURCE_EXHAUSTED"),
        ("foundry", 401, "/error/message", "invalid subscription key"),
        ("echo", 401, "/error/message", trial.organisation.token()),
    ] {
        let answer = trial.json(&format!("body={style},status={status}"), "Hello").await;
        assert_eq!(answer.status.as_u16(), status, "{style}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{style}");
        let value = answer.value();
        let found = value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        assert!(found.contains(expected), "{style} {status}: {value}");
    }
    for (style, content_type, part) in [
        ("html", Some("text/html"), "<h1>502 Bad Gateway</h1>"),
        ("text", Some("text/plain; charset=utf-8"), "Bad Gateway"),
        ("empty", None, ""),
    ] {
        let answer = trial.json(&format!("body={style},status=502"), "Hello").await;
        assert_eq!(answer.header("content-type"), content_type, "{style}");
        assert!(answer.text().contains(part), "{style}");
        assert_eq!(answer.body.is_empty(), part.is_empty(), "{style}");
    }
}

async fn stall(trial: &Trial) {
    let response = trial.post("stall=3", &ask(COUNTED, true)).send().await.unwrap();
    let mut stream = response.bytes_stream();
    let mut body = Vec::new();
    let journal = trial.organisation.journal();
    while body.windows(2).filter(|window| window == b"\n\n").count() < 3 {
        let piece = futures_util::StreamExt::next(&mut stream).await;
        body.extend_from_slice(&piece.unwrap().unwrap());
    }
    let more = tokio::time::timeout(
        Duration::from_millis(150),
        futures_util::StreamExt::next(&mut stream),
    )
    .await;
    assert!(more.is_err(), "{more:?}");
    assert_eq!(journal.entries("/with/stall=3")[0].outcome, Outcome::Open);
    drop(stream);
    let seen = journal
        .wait_until("/with/stall=3", LIMIT, |seen| seen[0].outcome != Outcome::Open)
        .await
        .unwrap();
    assert_eq!((seen[0].outcome, seen[0].bytes_sent), (Outcome::ClientClosed, body.len()));
}

async fn buffered(trial: &Trial) {
    for (faults, headers_wait) in [("buffered,gap=40", true), ("buffered=body,gap=40", false)] {
        let begun = Instant::now();
        let response =
            trial.post(faults, &ask("repeat after me: one two", true)).send().await.unwrap();
        let headers_after = begun.elapsed();
        let answer = read(response).await;
        let events = parse(&answer.body).await;
        let whole = Duration::from_millis(40) * u32::try_from(events.len() - 1).unwrap();
        assert!(begun.elapsed() >= whole, "{faults}");
        assert_eq!(
            headers_after >= whole,
            headers_wait,
            "{faults}: {headers_after:?} of {whole:?}"
        );
        assert_eq!(answer.pieces, [answer.body.len()], "{faults}");
        assert_eq!(events.last().unwrap().name, "message_stop");
    }
}

#[tokio::test]
async fn unknown_faults_are_refused_with_the_known_ones() {
    let trial = Trial::start().await;
    for (faults, part) in [
        ("status=529,colour=red", "unknown fault \"colour\""),
        ("status=abc", "write status=N"),
        ("chunk", "write chunk=BYTES"),
    ] {
        let answer = trial.json(faults, "Hello").await;
        assert_eq!(answer.status, 400, "{faults}");
        let value = answer.value();
        let message = value["error"]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
        assert!(answer.headers.contains_key("access-control-allow-origin"));
        if part.starts_with("unknown") {
            assert!(CATALOGUE.iter().all(|fault| message.contains(fault.name)));
        }
    }
}

#[tokio::test]
async fn faults_may_be_percent_encoded() {
    let trial = Trial::start().await;
    let url =
        format!("{}/with/status%3D529%2Cid%3Dx/v1/messages", trial.organisation.gateway_url());
    let answer = read(trial.client.post(url).send().await.unwrap()).await;
    assert_eq!(answer.status, 529);
    assert_eq!(trial.organisation.journal().entries("/with/status=529,id=x").len(), 1);
}

#[tokio::test]
async fn prefixes_do_not_disturb_each_other() {
    let trial = Trial::start().await;
    let (failing, working) =
        tokio::join!(trial.json("status=500", "Hello"), trial.json("", "Hello"));
    assert_eq!((failing.status.as_u16(), working.status.as_u16()), (500, 200));
}
