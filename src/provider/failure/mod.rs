//! From what a server answered, or that it did not, to what the caller is told.

mod code;
mod next_step;

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::answer::{Answer, TransportError, Wait};
use crate::http::{Origin, Request};
use crate::http::{percent, retry};
use crate::json::Json;
use crate::secret::{REDACTED, redact};
use crate::text;

use super::error_body::{ErrorBody, cap};

/// What an answer is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The request that was sent.
    pub request: &'a Request,
    /// The origin of the page, which the server must allow.
    pub page_origin: &'a str,
    /// The wall clock, for a `retry-after` that is a date.
    pub now_wall_ms: u64,
}

impl Asked<'_> {
    fn origin(&self) -> &Origin {
        self.request.url().origin()
    }

    fn host(&self) -> String {
        self.origin().authority()
    }
}

/// No answer could be read.
#[must_use]
pub fn from_transport(error: &TransportError, asked: &Asked<'_>) -> Failure {
    let host = asked.host();
    match error {
        TransportError::Network { offline: true } => {
            Failure::new(Code::Unreachable, "this computer is offline").retryable().hint(Hint::new(
                "go-online",
                Audience::User,
                "Connect this computer to the network and try again.",
            ))
        }
        TransportError::Network { offline: false } => {
            Failure::new(Code::Unreachable, format!("no answer from {host} could be read"))
                .retryable()
                .hint(next_step::without_answer(asked))
        }
        TransportError::TimedOut { wait, .. } => {
            let why = match wait {
                Wait::Whole => "sends its answer too slowly",
                _ => "accepted the connection and stayed silent",
            };
            Failure::new(Code::Timeout, format!("{host}: {error}")).retryable().hint(
                Hint::new(
                    "wait-or-check-proxy",
                    Audience::Admin,
                    format!("{host} {why}. Try again; if it repeats, look for a proxy on the way that holds answers back."),
                )
                .with("host", host),
            )
        }
        TransportError::Redirected => Failure::new(
            Code::ResponseInvalid,
            format!("{host} answered with a redirect instead of an answer"),
        )
        .hint(next_step::at_portal(asked)),
        TransportError::TooLarge { limit } => Failure::new(
            Code::LimitExceeded,
            format!("the answer of {host} is larger than {limit} bytes"),
        )
        .hint(
            Hint::new(
                "raise-limit",
                Audience::Developer,
                "Raise the limit if answers of this size are expected.",
            )
            .with("host", host),
        ),
        TransportError::Interrupted => Failure::new(
            Code::Unreachable,
            format!("the connection to {host} broke while the answer arrived"),
        )
        .retryable()
        .hint(
            Hint::new(
                "check-proxy",
                Audience::Admin,
                "Try again; if it repeats, look for a proxy on the way that ends long answers.",
            )
            .with("host", host),
        ),
    }
}

/// An answer with a status that isn't success.
#[must_use]
pub fn from_answer(answer: &Answer, asked: &Asked<'_>) -> Failure {
    let body = ErrorBody::read(answer);
    let head = &answer.head;
    let host = asked.host();
    let code = code::of(head, &body);
    let said = body.message.as_deref().map(|text| clean(text, asked));
    let message = match (&said, body.html) {
        (Some(said), true) => format!("{host} answered {} with a web page: {said}", head.status),
        (Some(said), false) => format!("{host} answered {}: {said}", head.status),
        (None, true) => format!("{host} answered {} with a web page", head.status),
        (None, false) => format!("{host} answered {}", head.status),
    };
    let mut failure = Failure::new(code, message);
    failure.status = Some(head.status);
    let request_id = head.request_id().or(body.request_id.as_deref());
    failure.request_id = request_id.map(|id| clean(id, asked));
    failure.retry_after_ms = retry::retry_after_ms(head, asked.now_wall_ms);
    failure.retryable = retry::is_retryable(head, code);
    let said = said.as_deref().unwrap_or_default();
    let hint = next_step::after(code, said, body.html, asked);
    failure.hint = Some(Box::new(hint));
    failure
}

/// JSON under a status of success that isn't what was asked for: an error
/// that a gateway reports that way, or something foreign.
#[must_use]
pub fn from_success(json: Json<'_>, answer: &Answer, asked: &Asked<'_>) -> Failure {
    if json.get("error").is_some() {
        from_answer(answer, asked)
    } else {
        from_foreign_answer(answer, asked)
    }
}

/// An answer with a status of success that isn't one of the API's.
#[must_use]
pub fn from_foreign_answer(answer: &Answer, asked: &Asked<'_>) -> Failure {
    let host = asked.host();
    let body = ErrorBody::read(answer);
    let status = answer.head.status;
    let mut failure = if body.html {
        let title =
            body.message.map(|text| format!(": {}", clean(&text, asked))).unwrap_or_default();
        Failure::new(
            Code::ResponseInvalid,
            format!("{host} answered {status} with a web page{title}"),
        )
        .hint(next_step::at_portal(asked))
    } else if answer.body.trim().is_empty() {
        Failure::new(Code::ResponseInvalid, format!("{host} answered {status} with nothing")).hint(Hint::new(
            "check-base-address",
            Audience::Admin,
            "Check that the base address leads to an API in the Anthropic format, and that no proxy on the way empties its answers.",
        ))
    } else {
        Failure::new(
            Code::ResponseInvalid,
            format!("{host} answered {status} with something that is not the API's"),
        )
        .hint(Hint::new(
            "check-base-address",
            Audience::Admin,
            "Check that the base address leads to an API in the Anthropic format.",
        ))
    };
    failure.status = Some(status);
    failure
}

/// A text of the server's without the secrets that were sent, in whatever way
/// servers quote them, and no longer than anybody reads.
#[must_use]
pub fn clean(text: &str, asked: &Asked<'_>) -> String {
    // Cut afterwards, so that no half of a secret is left at the end.
    let secrets: Vec<_> = asked.request.secrets().collect();
    let mut clean = redact(text, &secrets);
    // A shorter one is a word of its own, if anything.
    for secret in secrets.into_iter().filter(|secret| secret.len() >= 8) {
        let mut percent = String::new();
        percent::encode_into(&mut percent, secret.as_bytes(), b"");
        clean = text::replace(&clean, &percent, REDACTED);
        // The last group depends on whether anything follows.
        let groups = secret.as_bytes().get(..secret.len() / 3 * 3).unwrap_or_default();
        for last in [b"+/", b"-_"] {
            clean = text::replace(&clean, &text::base64(groups, *last), REDACTED);
        }
    }
    cap(&clean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::answer::Head;
    use crate::http::{BaseUrl, HeaderName, HeaderValue};

    fn request() -> Request {
        let url = BaseUrl::parse("https://gw.example.com").unwrap().join("/v1/messages");
        let mut request = Request::post_json(url, "{}".into());
        request.set_header(
            HeaderName::parse("x-api-key").unwrap(),
            HeaderValue::secret("gw-secret-token").unwrap(),
        );
        request
    }

    fn failure(status: u16, headers: &[(&str, &str)], body: &str) -> Failure {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let answer = Answer { head: Head { status, headers }, body: body.to_owned() };
        let request = request();
        from_answer(
            &answer,
            &Asked { request: &request, page_origin: "https://pane.example", now_wall_ms: 0 },
        )
    }

    #[test]
    fn a_secret_is_taken_out_however_it_is_quoted() {
        let secret = "q=Wx?&=spec/ial+tok~n>>?";
        let url = BaseUrl::parse("https://gw.example.com").unwrap().join("/v1/messages");
        let mut request = Request::post_json(url, "{}".into());
        request.set_header(HeaderName::known("x-api-key"), HeaderValue::secret(secret).unwrap());
        request.set_header(HeaderName::known("x-team"), HeaderValue::secret("a").unwrap());
        let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
        for quoted in [
            secret,
            "q%3DWx%3F%26%3Dspec%2Fial%2Btok~n%3E%3E%3F",
            "cT1XeD8mPXNwZWMvaWFsK3Rva35uPj4/",
            "cT1XeD8mPXNwZWMvaWFsK3Rva35uPj4_",
        ] {
            assert_eq!(clean(&format!("got {quoted} ... now"), &asked), "got •••• ... now");
        }
    }

    #[test]
    fn statuses_and_bodies() {
        let nested = r#"{"error":{"message":"AnthropicException - {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}","type":"api_error"}}"#;
        let cases = [
            (
                400,
                "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"max_tokens: required\"}}",
                Code::RequestInvalid,
                "check-request",
                false,
            ),
            (
                400,
                "{\"error\":{\"message\":\"No connected db.\",\"type\":\"no_db_connection\"}}",
                Code::CredentialInvalid,
                "check-token",
                false,
            ),
            (
                400,
                "{\"error\":{\"message\":\"Invalid model name passed in model=x\"}}",
                Code::ModelNotAvailable,
                "choose-model",
                false,
            ),
            (
                401,
                "{\"error\":{\"message\":\"Malformed API Key. Ensure Key has `Bearer ` prefix\"}}",
                Code::CredentialInvalid,
                "use-authorization-header",
                false,
            ),
            (401, "", Code::CredentialInvalid, "check-token", false),
            (403, "{}", Code::PermissionDenied, "ask-for-access", false),
            (404, "{\"detail\":\"Not Found\"}", Code::NotFound, "check-base-address", false),
            (
                404,
                "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"model: claude-x\"}}",
                Code::ModelNotAvailable,
                "choose-model",
                false,
            ),
            (404, "<html><title>404</title>", Code::NotFound, "check-base-address", false),
            (405, "", Code::NotFound, "check-base-address", false),
            (408, "", Code::Timeout, "report-to-gateway", true),
            (413, "", Code::LimitExceeded, "shorten", false),
            (
                422,
                "{\"detail\":\"unknown tool web_search_20250305\"}",
                Code::RequestInvalid,
                "leave-out-server-tools",
                false,
            ),
            (429, "{}", Code::RateLimited, "wait", true),
            (500, "{}", Code::ServerError, "report-to-gateway", true),
            (500, nested, Code::Overloaded, "wait", true),
            (502, "<html><title>Bad gateway</title>", Code::ServerError, "report-to-gateway", true),
            (529, "{}", Code::Overloaded, "wait", true),
        ];
        for (status, body, code, hint, retryable) in cases {
            let failure = failure(status, &[], body);
            assert_eq!(failure.code, code, "{status} {body}");
            assert_eq!(failure.hint.clone().unwrap().id, hint, "{status} {body}");
            assert_eq!(failure.retryable, retryable, "{status} {body}");
            assert_eq!(failure.status, Some(status));
        }
    }

    /// Bodies as AWS, Google and Microsoft write them.
    #[test]
    fn what_the_clouds_say() {
        let bedrock = "https://bedrock-runtime.us-east-1.amazonaws.com";
        let vertex = "https://us-east5-aiplatform.googleapis.com";
        let foundry = "https://contoso-ai.services.ai.azure.com";
        let cases = [
            (
                bedrock,
                403,
                r#"{"message":"The security token included in the request is expired"}"#,
                Code::CredentialInvalid,
                "sign-in-for-aws",
            ),
            (
                bedrock,
                403,
                r#"{"message":"The security token included in the request is invalid."}"#,
                Code::CredentialInvalid,
                "sign-in-for-aws",
            ),
            (
                bedrock,
                403,
                r#"{"message":"Signature expired: 20261121T110000Z is now earlier than 20261121T115500Z"}"#,
                Code::CredentialInvalid,
                "sign-in-for-aws",
            ),
            (
                bedrock,
                403,
                r#"{"Message":"User: x is not authorized to perform: bedrock:InvokeModel on resource: y"}"#,
                Code::PermissionDenied,
                "allow-invoke-model",
            ),
            (
                bedrock,
                403,
                r#"{"message":"You don't have access to the model with the specified model ID."}"#,
                Code::PermissionDenied,
                "allow-invoke-model",
            ),
            (
                bedrock,
                400,
                r#"{"message":"The provided model identifier is invalid."}"#,
                Code::ModelNotAvailable,
                "choose-model",
            ),
            (
                bedrock,
                400,
                "{\"message\":\"Invocation of model ID x with on-demand throughput isn\u{2019}t supported.\"}",
                Code::ModelNotAvailable,
                "choose-model",
            ),
            (
                bedrock,
                400,
                r#"{"message":"invalid beta flag"}"#,
                Code::RequestInvalid,
                "check-request",
            ),
            (
                bedrock,
                400,
                r#"{"__type":"com.amazon.coral.service#ServiceQuotaExceededException:http://x","message":"no"}"#,
                Code::RateLimited,
                "wait",
            ),
            (bedrock, 424, r#"{"message":"model failed"}"#, Code::ServerError, "wait"),
            (
                bedrock,
                408,
                r#"{"__type":"ModelTimeoutException","message":"slow"}"#,
                Code::Timeout,
                "wait",
            ),
            (
                bedrock,
                429,
                r#"{"__type":"ModelNotReadyException","message":"wait"}"#,
                Code::Overloaded,
                "wait",
            ),
            (
                vertex,
                401,
                r#"[{"error":{"code":401,"status":"UNAUTHENTICATED","message":"no"}}]"#,
                Code::CredentialInvalid,
                "sign-in-to-google",
            ),
            (
                vertex,
                403,
                r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}}"#,
                Code::PermissionDenied,
                "grant-vertex-ai-user",
            ),
            (
                vertex,
                404,
                r#"[{"error":{"code":404,"status":"NOT_FOUND","message":"Publisher Model `x` was not found"}}]"#,
                Code::ModelNotAvailable,
                "choose-model",
            ),
            (
                vertex,
                400,
                r#"{"error":{"code":400,"status":"FAILED_PRECONDITION","message":"Project 1 is not allowed to use Publisher Model `x`"}}"#,
                Code::ModelNotAvailable,
                "choose-model",
            ),
            (
                vertex,
                429,
                r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota exceeded"}}]"#,
                Code::RateLimited,
                "wait",
            ),
            (
                vertex,
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"}}"#,
                Code::RequestInvalid,
                "check-request",
            ),
            (vertex, 404, "<html><title>Error 404</title>", Code::NotFound, "check-base-address"),
            (
                foundry,
                401,
                r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#,
                Code::CredentialInvalid,
                "renew-azure-key",
            ),
            (
                foundry,
                403,
                r#"{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}"#,
                Code::PermissionDenied,
                "check-azure-access",
            ),
            (
                foundry,
                404,
                r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
                Code::ModelNotAvailable,
                "choose-model",
            ),
            (foundry, 403, "<html><title>Blocked</title>", Code::PermissionDenied, "check-portal"),
            (
                foundry,
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                Code::Overloaded,
                "wait",
            ),
        ];
        for (host, status, body, code, hint) in cases {
            let mut request = Request::get(BaseUrl::parse(host).unwrap().join("/v1/messages"));
            if host == foundry {
                let key = HeaderValue::secret("0123456789abcdef").unwrap();
                request.set_header(HeaderName::parse("x-api-key").unwrap(), key);
            }
            let head = Head { status, headers: Vec::new() };
            let answer = Answer { head, body: body.to_owned() };
            let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
            let failure = from_answer(&answer, &asked);
            assert_eq!(
                (failure.code, failure.hint.clone().unwrap().id),
                (code, hint),
                "{status} {body}"
            );
        }
        let named = failure(400, &[("x-amzn-errortype", "ThrottlingException:http://x")], "{}");
        assert_eq!(named.code, Code::RateLimited);
    }

    #[test]
    fn what_the_server_says_of_waiting_and_of_itself() {
        let failure = failure(429, &[("retry-after", "7"), ("x-request-id", "abc")], "{}");
        assert_eq!(
            (failure.retry_after_ms, failure.request_id.as_deref()),
            (Some(7_000), Some("abc"))
        );
    }

    #[test]
    fn a_token_that_the_server_quotes_is_taken_out() {
        let failure = failure(
            401,
            &[],
            r#"{"error":{"message":"key gw-secret-token (sk-live-0123456789abcdef) unknown"}}"#,
        );
        assert_eq!(failure.message, "gw.example.com answered 401: key •••• (••••) unknown");
    }

    #[test]
    fn nothing_secret_that_was_sent_comes_back() {
        let mut request = request();
        let team = HeaderValue::secret("Bearer pk-0123456789").unwrap();
        request.set_header(HeaderName::parse("x-gateway-key").unwrap(), team);
        let filler = "x".repeat(1_990);
        let said = format!("pk-0123456789 {filler} gw-secret-token");
        let headers = vec![("x-request-id".to_owned(), "for-gw-secret-token".to_owned())];
        let answer = Answer { head: Head { status: 401, headers }, body: said };
        let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
        let failure = from_answer(&answer, &asked);
        assert_eq!(failure.request_id.as_deref(), Some("for-••••"));
        for part in ["pk-0", "gw-s"] {
            assert!(!failure.message.contains(part), "{}", failure.message);
        }
        let page = format!("<title>{}</title>", "é".repeat(9_000));
        let answer = Answer { head: Head { status: 502, ..Head::default() }, body: page };
        assert!(from_answer(&answer, &asked).message.chars().count() < 2_100);
    }

    #[test]
    fn no_answer_names_the_host_and_what_cors_needs() {
        let request = request();
        let asked =
            Asked { request: &request, page_origin: "https://pane.example", now_wall_ms: 0 };
        let failure = from_transport(&TransportError::Network { offline: false }, &asked);
        let hint = failure.hint.clone().unwrap();
        assert_eq!(failure.code, Code::Unreachable);
        assert!(failure.message.contains("gw.example.com"));
        for part in ["CORS", "https://pane.example", "content-type, x-api-key"] {
            assert!(hint.text.contains(part), "{part}");
        }
        let list = Request::get(request.url().clone());
        let asked_list = Asked { request: &list, ..asked };
        let failure = from_transport(&TransportError::Network { offline: false }, &asked_list);
        assert!(
            failure
                .hint
                .clone()
                .unwrap()
                .text
                .ends_with("Access-Control-Allow-Headers: content-type.")
        );
        let slow = from_transport(
            &TransportError::TimedOut { wait: Wait::FirstByte, limit_ms: 1_500 },
            &asked,
        );
        assert_eq!(
            (slow.code, slow.message.as_str()),
            (Code::Timeout, "gw.example.com: no answer within 1.5 s")
        );
        let trickle = TransportError::TimedOut { wait: Wait::Whole, limit_ms: 15_000 };
        let trickle = from_transport(&trickle, &asked).hint.clone().unwrap();
        assert!(trickle.text.starts_with("gw.example.com sends its answer too slowly."));
        assert_eq!(
            from_transport(&TransportError::Redirected, &asked).hint.clone().unwrap().id,
            "check-portal"
        );
    }

    #[test]
    fn success_that_is_none() {
        let request = request();
        let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
        let answer = |body: &str| Answer {
            head: Head { status: 200, headers: Vec::new() },
            body: body.to_owned(),
        };
        let cases = [
            (
                "<title>Sign in</title>",
                "check-portal",
                "gw.example.com answered 200 with a web page: Sign in",
            ),
            (" ", "check-base-address", "gw.example.com answered 200 with nothing"),
            (
                "{\"ok\":true}",
                "check-base-address",
                "gw.example.com answered 200 with something that is not the API's",
            ),
        ];
        for (body, hint, message) in cases {
            let failure = from_foreign_answer(&answer(body), &asked);
            assert_eq!(
                (failure.hint.clone().unwrap().id, failure.message.as_str()),
                (hint, message)
            );
        }
    }
}
