//! An LLM gateway that speaks Anthropic's Messages API.
//!
//! A browser asks the gateway's permission for every header that isn't
//! trivial (CORS preflight), and strict gateways refuse what they don't know.
//! So a request carries the token, `content-type`, `anthropic-version`, what
//! the organisation configured, and nothing else.

use crate::config::{AuthHeader, GatewaySettings};
use crate::error::{Code, Failure};
use crate::http::credential::Placement;
use crate::http::header::HeaderError;
use crate::http::percent;
use crate::http::{BaseUrl, Credential, HeaderName, HeaderValue, Request};
use crate::json::write;
use crate::text;

use super::messages::MessageParams;

/// The version of the API that requests and answers are in. Gateways that are
/// deployed know this one.
pub const ANTHROPIC_VERSION: &str = "2023-06-01";

/// As many models as a page of the list may hold.
const MODELS_PER_PAGE: u32 = 1_000;

/// A gateway and the token for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    base: BaseUrl,
    credential: Credential,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Gateway {
    /// Binds the token to the gateway's origin.
    ///
    /// # Errors
    /// [`HeaderError`] when no header can carry the token.
    pub fn new(settings: &GatewaySettings, token: &str) -> Result<Self, HeaderError> {
        let placement = match settings.auth_header {
            AuthHeader::ApiKey => Placement::ApiKey,
            AuthHeader::Authorization => Placement::Bearer,
        };
        let credential = Credential::new(settings.base.origin().clone(), placement, token)?;
        Ok(Self { base: settings.base.clone(), credential, headers: settings.headers.clone() })
    }

    /// The base address.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The token and whom it is for.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// `POST {base}/v1/messages`. The caller's JSON is kept as it is, but for `stream`.
    ///
    /// # Errors
    /// A beta's name that no header can carry.
    pub fn messages_request(
        &self,
        params: &MessageParams<'_>,
        stream: bool,
        betas: &[String],
    ) -> Result<Request, Failure> {
        let mut request = Request::post_json(self.base.join("/v1/messages"), params.body(stream));
        self.complete(&mut request, betas)?;
        Ok(request)
    }

    /// `POST {base}/v1/messages/count_tokens`
    ///
    /// # Errors
    /// A beta's name that no header can carry.
    pub fn count_tokens_request(
        &self,
        params: &MessageParams<'_>,
        betas: &[String],
    ) -> Result<Request, Failure> {
        let mut request = Request::post_json(
            self.base.join("/v1/messages/count_tokens"),
            params.raw().to_owned(),
        );
        self.complete(&mut request, betas)?;
        Ok(request)
    }

    /// `GET {base}/v1/models`, the page after a model.
    ///
    /// # Errors
    /// None that the type of `after` doesn't exclude.
    pub fn models_request(&self, after: Option<&str>) -> Result<Request, Failure> {
        let mut route = format!("/v1/models?limit={MODELS_PER_PAGE}");
        if let Some(after) = after {
            route.push_str("&after_id=");
            percent::encode_into(&mut route, after.as_bytes(), b"");
        }
        let mut request = Request::get(self.base.join(&route));
        self.complete(&mut request, &[])?;
        Ok(request)
    }

    /// The smallest request that shows whether a model answers.
    ///
    /// # Errors
    /// None that the type of `model` doesn't exclude.
    pub fn probe_request(&self, model: &str) -> Result<Request, Failure> {
        let mut body = String::new();
        {
            let mut object = write::Object::new(&mut body);
            object.string("model", model);
            object.number("max_tokens", 1);
            let mut messages = object.array("messages");
            let mut message = messages.object();
            message.string("role", "user");
            message.string("content", "Hi");
        }
        let mut request = Request::post_json(self.base.join("/v1/messages"), body);
        self.complete(&mut request, &[])?;
        Ok(request)
    }

    fn complete(&self, request: &mut Request, betas: &[String]) -> Result<(), Failure> {
        for (name, value) in &self.headers {
            request.set_header(name.clone(), value.clone());
        }
        let version = HeaderValue::Plain(ANTHROPIC_VERSION.to_owned());
        request.set_header(HeaderName::known("anthropic-version"), version);
        if !betas.is_empty() {
            request.set_header(HeaderName::known("anthropic-beta"), beta_value(betas)?);
        }
        self.credential.attach(request)?;
        Ok(())
    }
}

/// Names joined by commas, without blanks: the form that every gateway splits.
fn beta_value(betas: &[String]) -> Result<HeaderValue, Failure> {
    let mut value = String::new();
    for beta in betas {
        if HeaderName::parse(beta).is_err() {
            let beta: String = text::cut(beta, 40).chars().filter(|c| !c.is_control()).collect();
            return Err(Failure::new(
                Code::InvalidArgument,
                format!("betas: \"{}\" is not a name", beta),
            ));
        }
        if !value.is_empty() {
            value.push(',');
        }
        value.push_str(beta);
    }
    Ok(HeaderValue::Plain(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layer;

    fn settings(base: &str, auth_header: AuthHeader) -> GatewaySettings {
        GatewaySettings {
            base: BaseUrl::parse(base).unwrap(),
            base_layer: Layer::User,
            auth_header,
            headers: vec![(
                HeaderName::parse("x-team").unwrap(),
                HeaderValue::secret("finance").unwrap(),
            )],
            model: None,
        }
    }

    fn names(request: &Request) -> Vec<&str> {
        request.headers().iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_message_request_carries_what_it_needs_and_nothing_else() {
        let gateway =
            Gateway::new(&settings("https://gw.example.com/a", AuthHeader::ApiKey), "token")
                .unwrap();
        let text = r#"{"model":"m","max_tokens":1,"messages":[],"x":1.50}"#;
        let params = MessageParams::read(text).unwrap();
        let request = gateway.messages_request(&params, true, &[]).unwrap();
        assert_eq!(request.url().as_str(), "https://gw.example.com/a/v1/messages");
        assert_eq!(names(&request), ["content-type", "x-team", "anthropic-version", "x-api-key"]);
        assert_eq!(
            request.body(),
            Some(r#"{"model":"m","max_tokens":1,"messages":[],"x":1.50,"stream":true}"#)
        );
    }

    #[test]
    fn the_token_goes_into_the_header_that_was_chosen() {
        let gateway =
            Gateway::new(&settings("https://gw.example.com", AuthHeader::Authorization), "token")
                .unwrap();
        let request = gateway.models_request(Some("claude:x/1")).unwrap();
        assert_eq!(
            request.url().as_str(),
            "https://gw.example.com/v1/models?limit=1000&after_id=claude%3Ax%2F1"
        );
        assert_eq!(request.header("authorization").unwrap().expose(), "Bearer token");
        assert_eq!(names(&request), ["x-team", "anthropic-version", "authorization"]);
    }

    #[test]
    fn betas_are_joined_and_checked() {
        let gateway =
            Gateway::new(&settings("https://gw.example.com", AuthHeader::ApiKey), "token").unwrap();
        let params = MessageParams::read(r#"{"model":"m","max_tokens":1,"messages":[]}"#).unwrap();
        let request =
            gateway.messages_request(&params, false, &["a-1".into(), "b-2".into()]).unwrap();
        assert_eq!(request.header("anthropic-beta").unwrap().expose(), "a-1,b-2");
        assert!(gateway.messages_request(&params, false, &["a\nb".into()]).is_err());
    }

    #[test]
    fn no_secret_shows_in_debug() {
        let gateway =
            Gateway::new(&settings("https://gw.example.com", AuthHeader::ApiKey), "token-7f3a")
                .unwrap();
        let shown = format!("{gateway:?} {:?}", gateway.probe_request("m").unwrap());
        assert!(!shown.contains("token-7f3a") && !shown.contains("finance"), "{shown}");
    }
}
