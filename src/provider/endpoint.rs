//! A provider that can be asked: where it is, which API it speaks, and what
//! opens it.
//!
//! A browser asks the server's permission for every header that isn't trivial
//! (CORS preflight), and strict gateways refuse what they don't know. So a
//! request carries its credential, `content-type`, the version where it is a
//! header, what the organisation configured, and nothing else.

use std::cell::Cell;
use std::rc::Rc;

use crate::config::Key;
use crate::config::provider::{ApiFormat, ProviderSettings};
use crate::error::Failure;
use crate::http::header::HeaderName;
use crate::http::{BaseUrl, HeaderValue, Request, percent};
use crate::json::write;

use super::access::Access;
use super::betas::Betas;
use super::capabilities::{Capabilities, capabilities};
use super::format::Format;
use super::messages::MessageParams;
use super::models::{Model, ModelSource, Verdict};
use super::server_tools::{self, ServerTools};
use super::{anthropic, bedrock, vertex};

/// As many models as a page of a list may hold.
const MODELS_PER_PAGE: &str = "/v1/models?limit=1000";

/// A provider and what opens it. A clone is the same provider: what it was
/// made with is shared.
#[derive(Clone, Debug)]
pub struct Provider {
    settings: Rc<ProviderSettings>,
    access: Access,
    /// The server tools that it has not, by the table and by what it said.
    refused_tools: Rc<Cell<ServerTools>>,
}

impl Provider {
    /// The provider of some settings.
    ///
    /// # Errors
    /// A credential that no header can carry, or a role that is none.
    pub fn new(settings: ProviderSettings) -> Result<Self, Failure> {
        let settings = Rc::new(settings);
        let access = Access::new(&settings)?;
        let refused = server_tools::refused_by_table(capabilities_of(&settings));
        Ok(Self { settings, access, refused_tools: Rc::new(Cell::new(refused)) })
    }

    /// A model of its, judged by its name.
    #[must_use]
    pub fn model(&self, id: &str, name: &str, source: ModelSource, verdict: Verdict) -> Model {
        let name = Some(name.to_owned());
        Model::new(id.to_owned(), name, source, verdict, self.settings.in_outlook)
    }

    /// What it can do by the feature table.
    #[must_use]
    pub fn capabilities(&self) -> &'static Capabilities {
        capabilities_of(&self.settings)
    }

    /// The server tools that it has not, by the table and by what it said since.
    #[must_use]
    pub fn refused_tools(&self) -> &Rc<Cell<ServerTools>> {
        &self.refused_tools
    }

    /// The version of the API that requests and answers are in.
    fn version(&self) -> &str {
        match self.settings.value(Key::AnthropicVersion) {
            "" => self.format().version,
            version => version,
        }
    }

    /// What it was made with.
    #[must_use]
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Whether both are clones of one, whatever tokens came and went meanwhile.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.settings, &other.settings)
    }

    /// The base address.
    #[must_use]
    pub fn base(&self) -> &BaseUrl {
        &self.settings.base
    }

    /// What opens it.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whether it has a list of its models.
    #[must_use]
    pub fn lists_models(&self) -> bool {
        self.capabilities().lists_models
    }

    fn format(&self) -> &'static Format {
        match self.settings.format {
            ApiFormat::Anthropic => &anthropic::FORMAT,
            ApiFormat::Bedrock => &bedrock::FORMAT,
            ApiFormat::Vertex => &vertex::FORMAT,
        }
    }

    /// What every route begins with.
    fn place(&self) -> String {
        match self.settings.format {
            ApiFormat::Vertex => self.settings.place(),
            _ => String::new(),
        }
    }

    /// A request for a message, not authorised yet. The caller's JSON is kept
    /// as it is, but for what the format has elsewhere.
    ///
    /// # Errors
    /// A beta's name that no header can carry, or a model that no path can.
    pub fn messages_request(
        &self,
        params: &MessageParams<'_>,
        stream: bool,
        betas: &[String],
    ) -> Result<Request, Failure> {
        let betas = Betas::new(self.settings.kind, params.json(), betas)?;
        let mut route = self.place();
        let body = self.format().message(&mut route, params, stream, &betas, self.version())?;
        Ok(self.post(&route, self.without_refused_tools(params, body), &betas))
    }

    /// A request for a count of tokens, not authorised yet.
    ///
    /// # Errors
    /// A beta's name that no header can carry; [`Code::Unsupported`](crate::error::Code::Unsupported) in
    /// Bedrock's format.
    pub fn count_tokens_request(
        &self,
        params: &MessageParams<'_>,
        betas: &[String],
    ) -> Result<Request, Failure> {
        let betas = Betas::new(self.settings.kind, params.json(), betas)?;
        let mut route = self.place();
        let body = self.format().count_tokens(&mut route, params, &betas, self.version())?;
        Ok(self.post(&route, self.without_refused_tools(params, body), &betas))
    }

    fn without_refused_tools(&self, params: &MessageParams<'_>, body: String) -> String {
        let unwanted = server_tools::tools_of(params.json()).among(self.refused_tools.get());
        if unwanted.is_empty() {
            return body;
        }
        server_tools::leave_out(&body, unwanted).unwrap_or(body)
    }

    /// `GET {base}/v1/models`, the page after a model; not authorised yet.
    #[must_use]
    pub fn models_request(&self, after: Option<&str>) -> Request {
        let mut route = MODELS_PER_PAGE.to_owned();
        if let Some(after) = after {
            route.push_str("&after_id=");
            percent::encode_into(&mut route, after.as_bytes(), b"");
        }
        let mut request = Request::get(self.base().join(&route));
        self.add_headers(&mut request, "");
        request
    }

    /// The smallest request that shows whether a model answers, and with
    /// `stream` whether what it streams comes through; not authorised yet.
    ///
    /// # Errors
    /// A model that no path can hold.
    pub fn probe_request(&self, model: &str, stream: bool) -> Result<Request, Failure> {
        let mut params = String::new();
        {
            let mut object = write::Object::new(&mut params);
            object.string("model", model);
            object.number("max_tokens", 1);
            let mut messages = object.array("messages");
            let mut message = messages.object();
            message.string("role", "user");
            message.string("content", "Hi");
        }
        self.messages_request(&MessageParams::read(&params)?, stream, &[])
    }

    fn post(&self, route: &str, body: String, betas: &Betas) -> Request {
        let mut request = Request::post_json(self.base().join(route), body);
        self.add_headers(&mut request, &betas.names);
        request
    }

    fn add_headers(&self, request: &mut Request, betas: &str) {
        for (name, value) in &self.settings.headers {
            request.set_header(name.clone(), value.clone());
        }
        let format = self.format();
        let mut set = |name, value: String| {
            request.set_header(HeaderName::known(name), HeaderValue::Plain(value));
        };
        if !format.version_in_body {
            set("anthropic-version", self.version().to_owned());
        }
        if !format.betas_in_body && !betas.is_empty() {
            set("anthropic-beta", betas.to_owned());
        }
    }
}

fn capabilities_of(settings: &ProviderSettings) -> &'static Capabilities {
    capabilities(settings.kind, settings.format, Some(&settings.base))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::{Configuration, Reading, Values};
    use crate::error::Code;

    const URL: (Key, &str) = (Key::GatewayUrl, "https://gw.example.com/a");
    const TOKEN: (Key, &str) = (Key::GatewayToken, "token-7f3a");
    const TEAM: (Key, &str) = (Key::InferenceHeaders, r#"{"x-team":"finance"}"#);
    const PARAMS: &str = r#"{"model":"m/1","max_tokens":1,"messages":[],"x":1.50}"#;

    pub(in crate::provider) fn provider(pairs: &[(Key, &str)]) -> Provider {
        in_pane(pairs, false)
    }

    /// The same in a pane of Outlook's.
    pub(in crate::provider) fn in_outlook(pairs: &[(Key, &str)]) -> Provider {
        in_pane(pairs, true)
    }

    fn in_pane(pairs: &[(Key, &str)], is_outlook: bool) -> Provider {
        let mut values = Values::default();
        for (key, value) in pairs {
            values.set(*key, *value);
        }
        let mut configuration =
            Configuration::merge(values, Values::default(), Vec::new()).in_outlook(is_outlook);
        let Ok(Reading::Complete(settings)) = ProviderSettings::read(&mut configuration) else {
            panic!("incomplete");
        };
        Provider::new(*settings).unwrap()
    }

    fn names(request: &Request) -> Vec<&str> {
        request.headers().iter().map(|(name, _)| name.as_str()).collect()
    }

    fn authorized(provider: &Provider, mut request: Request) -> Request {
        provider.access().authorize(&mut request, 0).unwrap();
        request
    }

    fn message(provider: &Provider, stream: bool, betas: &[String]) -> Request {
        let params = MessageParams::read(PARAMS).unwrap();
        authorized(provider, provider.messages_request(&params, stream, betas).unwrap())
    }

    #[test]
    fn a_message_request_carries_what_it_needs_and_nothing_else() {
        let request = message(&provider(&[URL, TOKEN, TEAM]), true, &[]);
        assert_eq!(request.url().as_str(), "https://gw.example.com/a/v1/messages");
        assert_eq!(names(&request), ["content-type", "x-team", "anthropic-version", "x-api-key"]);
        assert_eq!(
            request.body(),
            Some(r#"{"model":"m/1","max_tokens":1,"messages":[],"x":1.50,"stream":true}"#)
        );
    }

    #[test]
    fn the_token_goes_into_the_header_that_was_chosen() {
        let provider = provider(&[URL, TOKEN, (Key::GatewayAuthHeader, "authorization"), TEAM]);
        let request = authorized(&provider, provider.models_request(Some("claude:x/1")));
        assert_eq!(
            request.url().as_str(),
            "https://gw.example.com/a/v1/models?limit=1000&after_id=claude%3Ax%2F1"
        );
        assert_eq!(request.header("authorization").unwrap().expose(), "Bearer token-7f3a");
        assert_eq!(names(&request), ["x-team", "anthropic-version", "authorization"]);
    }

    #[test]
    fn betas_are_joined_and_checked() {
        let provider = provider(&[URL, TOKEN]);
        let request = message(&provider, false, &["a-1".into(), "b-2".into()]);
        assert_eq!(request.header("anthropic-beta").unwrap().expose(), "a-1,b-2");
        let params = MessageParams::read(PARAMS).unwrap();
        assert!(provider.messages_request(&params, false, &["a\nb".into()]).is_err());
    }

    /// The caller's own betas stand where the format has them; so does a version.
    #[test]
    fn betas_and_versions_go_where_the_format_has_them() {
        let params = r#"{"model":"m","messages":[],"anthropic_beta":["b-2"],"x":1}"#;
        let params = MessageParams::read(params).unwrap();
        let given = ["a-1".to_owned()];
        let version = (Key::AnthropicVersion, "2026-10-21");
        let message = |pairs: &[(Key, &str)]| {
            let provider = provider(&[pairs, &[version]].concat());
            provider.messages_request(&params, false, &given).unwrap()
        };
        let anthropic = message(&[URL, TOKEN]);
        assert_eq!(anthropic.header("anthropic-beta").unwrap().expose(), "a-1,b-2");
        assert_eq!(anthropic.header("anthropic-version").unwrap().expose(), "2026-10-21");
        assert_eq!(anthropic.body(), Some(r#"{"model":"m","messages":[],"x":1}"#));
        let bedrock = message(&[URL, TOKEN, (Key::GatewayApiFormat, "bedrock")]);
        assert_eq!(names(&bedrock), ["content-type"]);
        assert_eq!(
            bedrock.body(),
            Some(
                r#"{"messages":[],"anthropic_beta":["a-1","b-2"],"x":1,"anthropic_version":"2026-10-21"}"#
            )
        );
        let vertex = [
            (Key::GatewayApiFormat, "vertex"),
            (Key::GcpProjectId, "contoso-ai"),
            (Key::GcpRegion, "global"),
        ];
        let vertex = message(&[&[URL, TOKEN], &vertex[..]].concat());
        assert_eq!(vertex.header("anthropic-beta").unwrap().expose(), "a-1,b-2");
        assert_eq!(
            vertex.body(),
            Some(r#"{"messages":[],"x":1,"anthropic_version":"2026-10-21"}"#)
        );
        // A list that comes to nothing is not sent at all.
        let role = [
            (Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"),
            (Key::AwsRegion, "us-east-1"),
        ];
        let params = r#"{"model":"m","messages":[],"anthropic_beta":["files-api-2025-04-14"]}"#;
        let params = MessageParams::read(params).unwrap();
        let refused = provider(&role).messages_request(&params, false, &[]).unwrap();
        assert_eq!(
            refused.body(),
            Some(r#"{"messages":[],"anthropic_version":"bedrock-2023-05-31"}"#)
        );
    }

    #[test]
    fn tokens_are_counted_where_the_table_says_so() {
        let formats = ["anthropic", "bedrock", "vertex"];
        let place = [(Key::GcpProjectId, "contoso-ai"), (Key::GcpRegion, "global")];
        for format in formats {
            let pairs = [&[URL, TOKEN, (Key::GatewayApiFormat, format)], &place[..]].concat();
            let provider = provider(&pairs);
            let params = MessageParams::read(PARAMS).unwrap();
            let counted = provider.count_tokens_request(&params, &[]).is_ok();
            let told = format!("\"countTokens\":{counted},");
            assert!(provider.capabilities().told.contains(&told), "{format}");
        }
    }

    #[test]
    fn what_a_provider_cannot_run_is_not_sent() {
        let params = r#"{"model":"m","messages":[],"tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"sum"}]}"#;
        let params = MessageParams::read(params).unwrap();
        let body = |provider: &Provider| {
            let request = provider.messages_request(&params, false, &[]).unwrap();
            request.body().unwrap().to_owned()
        };
        let role = [
            (Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"),
            (Key::AwsRegion, "us-east-1"),
        ];
        let own = r#""tools":[{"name":"sum"}]"#;
        assert!(body(&provider(&role)).contains(own));
        let gateway = provider(&[URL, TOKEN]);
        assert!(body(&gateway).contains("web_search"));
        // What one clone learns, all know.
        gateway.clone().refused_tools().set(ServerTools::WEB_SEARCH);
        assert!(body(&gateway).contains(own));
        let counted = gateway.count_tokens_request(&params, &[]).unwrap();
        assert!(counted.body().unwrap().contains(own));
    }

    #[test]
    fn no_secret_shows_in_debug() {
        let provider = provider(&[URL, TOKEN, TEAM]);
        let request = authorized(&provider, provider.probe_request("m", false).unwrap());
        let shown = format!("{provider:?} {request:?}");
        assert!(!shown.contains("token-7f3a") && !shown.contains("finance"), "{shown}");
    }

    #[test]
    fn what_is_to_be_obtained_opens_nothing_before() {
        let pairs = [
            (Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"),
            (Key::AwsRegion, "us-east-1"),
        ];
        let provider = provider(&pairs);
        let params = MessageParams::read(PARAMS).unwrap();
        let mut request = provider.messages_request(&params, false, &[]).unwrap();
        let error = provider.access().authorize(&mut request, 0).unwrap_err();
        assert_eq!(Failure::from(error).code, Code::InteractionRequired);
        assert_eq!(names(&request), ["content-type"]);
    }
}
