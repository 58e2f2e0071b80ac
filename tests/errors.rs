//! What servers answer when they refuse, and what the caller is told of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use serde_json::Value;
use taskpane_connector::http::{Answer, BaseUrl, Head, HeaderName, HeaderValue, Request};
use taskpane_connector::provider::failure::{self, Asked};

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("fixtures/errors/answers.json")).unwrap()
}

fn request(case: &Value) -> Request {
    let base = BaseUrl::parse(case["host"].as_str().unwrap()).unwrap();
    let mut request = Request::post_json(base.join("/v1/messages"), "{}".to_owned());
    if let Some(header) = case["with"].as_str() {
        let secret = HeaderValue::secret("0123456789abcdef").unwrap();
        request.set_header(HeaderName::parse(header).unwrap(), secret);
    }
    request
}

#[test]
fn each_refusal_is_told_for_what_it_is() {
    let mut wrong = Vec::new();
    for case in cases() {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
        let media = if text("body").contains("<html") { "text/html" } else { "application/json" };
        let headers = vec![("content-type".to_owned(), media.to_owned())];
        let answer = Answer { head: Head { status, headers }, body: text("body") };
        let request = request(&case);
        let asked =
            Asked { request: &request, page_origin: "https://pane.example", now_wall_ms: 0 };
        let told = failure::from_answer(&answer, &asked);
        let found = (told.code.as_str(), told.hint.as_ref().unwrap().id, told.retryable);
        let expected = (text("code"), text("hint"), case["retryable"].as_bool().unwrap());
        if found != (&*expected.0, &*expected.1, expected.2)
            || !told.message.contains(&text("says"))
        {
            wrong.push(format!(
                "{}: {found:?}, expected {expected:?}: {}",
                text("from"),
                told.message
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
