//! The settings of an LLM gateway, read from a configuration.

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::{BaseUrl, HeaderName, HeaderValue};
use crate::text;

use super::headers;
use super::key::Key;
use super::merge::{Configuration, Layer};
use super::problem::{Problem, Severity};

/// The header that carries the gateway's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthHeader {
    /// `x-api-key`
    #[default]
    ApiKey,
    /// `authorization: Bearer`
    Authorization,
}

impl AuthHeader {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "x-api-key",
            Self::Authorization => "authorization",
        }
    }
}

/// All that it takes to talk to a gateway, the token apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySettings {
    /// Without `/v1/messages`.
    pub base: BaseUrl,
    /// Where the address came from.
    pub base_layer: Layer,
    /// How the token is shown.
    pub auth_header: AuthHeader,
    /// `inference_headers`, the reserved ones left out.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The model that the user typed.
    pub model: Option<String>,
}

impl GatewaySettings {
    /// Reads the settings, and puts what it had to correct among the
    /// configuration's problems. `None` when no gateway is configured.
    ///
    /// # Errors
    /// The first value that can't be used, named with its key and layer.
    pub fn read(configuration: &mut Configuration) -> Result<Option<Self>, Failure> {
        let Some((text, base_layer)) = configuration.get(Key::GatewayUrl) else { return Ok(None) };
        let (base, corrections) =
            read_base(text).map_err(|error| in_key(error, Key::GatewayUrl, base_layer))?;
        let auth_header = read_auth_header(configuration)?;
        read_api_format(configuration)?;
        let (headers, dropped) = match configuration.get(Key::InferenceHeaders) {
            Some((text, layer)) => {
                headers::read(text).map_err(|error| in_key(error, Key::InferenceHeaders, layer))?
            }
            None => Default::default(),
        };
        let headers_layer = configuration.get(Key::InferenceHeaders).map(|(_, layer)| layer);
        let model = configuration.get(Key::Model).map(|(model, _)| model.to_owned());
        for correction in corrections {
            let message = format!("gateway_url: {}", correction.told());
            let id = "address-normalised";
            configuration.report(Problem::new(
                id,
                Severity::Notice,
                Key::GatewayUrl,
                Some(base_layer),
                message,
            ));
        }
        for name in dropped {
            let message = format!("inference_headers: {name} is reserved and not sent");
            let id = "reserved-header";
            configuration.report(Problem::new(
                id,
                Severity::Warning,
                Key::InferenceHeaders,
                headers_layer,
                message,
            ));
        }
        Ok(Some(Self { base, base_layer, auth_header, headers, model }))
    }
}

/// What was put right in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// `https://` (or, for this computer, `http://`) was added.
    AddedScheme(&'static str),
    /// A route of the API was taken off.
    RemovedRoute(&'static str),
}

impl Correction {
    fn told(self) -> String {
        match self {
            Self::AddedScheme(scheme) => format!("{scheme} was added in front"),
            Self::RemovedRoute(route) => {
                format!("{route} at the end was removed; the base address stands without it")
            }
        }
    }
}

/// As many characters of a wrong value are quoted.
const LONGEST_QUOTE: usize = 40;

/// Routes that people copy along with the base address; the longest first.
const ROUTES: [&str; 7] = [
    "/v1/messages/count_tokens",
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/messages",
    "/v1/models",
    "/messages",
    "/v1",
];

/// Reads a gateway's base address and mends the usual mistakes.
///
/// # Errors
/// What is wrong with the address.
pub fn read_base(text: &str) -> Result<(BaseUrl, Vec<Correction>), Failure> {
    let mut corrections = Vec::new();
    let mut text = text.trim().to_owned();
    if !text.is_empty() && !text::contains(&text, "://") {
        let host = text.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
        let scheme =
            if host == "localhost" || host.starts_with("127.") { "http://" } else { "https://" };
        text.insert_str(0, scheme);
        corrections.push(Correction::AddedScheme(scheme));
    }
    let url = BaseUrl::parse(&text)?;
    let lower = url.path().to_ascii_lowercase();
    for route in ROUTES {
        if lower.ends_with(route) {
            let end = url.path().len() - route.len();
            let path = url.path().get(..end).unwrap_or_default();
            corrections.push(Correction::RemovedRoute(route));
            return Ok((url.with_path(path), corrections));
        }
    }
    Ok((url, corrections))
}

fn read_auth_header(configuration: &Configuration) -> Result<AuthHeader, Failure> {
    let Some((text, layer)) = configuration.get(Key::GatewayAuthHeader) else {
        return Ok(AuthHeader::default());
    };
    match text.to_ascii_lowercase().as_str() {
        "x-api-key" => Ok(AuthHeader::ApiKey),
        "authorization" => Ok(AuthHeader::Authorization),
        _ => Err(in_key(
            Failure::new(
                Code::InvalidArgument,
                format!("\"{}\" is not one of the headers", text::cut(text, LONGEST_QUOTE)),
            )
            .hint(Hint::new(
                "choose-auth-header",
                Audience::Admin,
                "Use x-api-key or authorization.",
            )),
            Key::GatewayAuthHeader,
            layer,
        )),
    }
}

fn read_api_format(configuration: &Configuration) -> Result<(), Failure> {
    let Some((text, layer)) = configuration.get(Key::GatewayApiFormat) else { return Ok(()) };
    match text.to_ascii_lowercase().as_str() {
        "anthropic" => Ok(()),
        "bedrock" | "vertex" => Err(in_key(
            Failure::new(
                Code::Unsupported,
                format!("the {} format is not supported yet", text::cut(text, LONGEST_QUOTE)),
            )
            .hint(Hint::new(
                "choose-api-format",
                Audience::Admin,
                "Use the gateway's Anthropic format: gateway_api_format=anthropic.",
            )),
            Key::GatewayApiFormat,
            layer,
        )),
        _ => Err(in_key(
            Failure::new(
                Code::InvalidArgument,
                format!("\"{}\" is not a format", text::cut(text, LONGEST_QUOTE)),
            )
            .hint(Hint::new(
                "choose-api-format",
                Audience::Admin,
                "Use anthropic, or leave the key out.",
            )),
            Key::GatewayApiFormat,
            layer,
        )),
    }
}

/// Tells which key a failure is about, and who set it.
fn in_key(mut failure: Failure, key: Key, layer: Layer) -> Failure {
    failure.message = format!("{}: {}", key.name(), failure.message);
    if layer == Layer::Manifest {
        failure.code = match failure.code {
            Code::InvalidArgument => Code::ConfigurationInvalid,
            code => code,
        };
    }
    failure.hint = failure
        .hint
        .map(|hint| Box::new(hint.with("key", key.name()).with("layer", layer.as_str())));
    failure
}

#[cfg(test)]
mod tests {
    use super::super::merge::Values;
    use super::*;

    #[test]
    fn mistakes_that_people_make_in_addresses() {
        use Correction::{AddedScheme, RemovedRoute};
        let cases: [(&str, &str, &[Correction]); 13] = [
            ("https://gw.example.com", "https://gw.example.com", &[]),
            ("https://gw.example.com///", "https://gw.example.com", &[]),
            ("gw.example.com", "https://gw.example.com", &[AddedScheme("https://")]),
            ("localhost:4000", "http://localhost:4000", &[AddedScheme("http://")]),
            ("127.0.0.1:4000/x", "http://127.0.0.1:4000/x", &[AddedScheme("http://")]),
            ("https://gw.example.com/v1", "https://gw.example.com", &[RemovedRoute("/v1")]),
            ("https://gw.example.com/v1/", "https://gw.example.com", &[RemovedRoute("/v1")]),
            (
                "https://gw.example.com/v1/messages",
                "https://gw.example.com",
                &[RemovedRoute("/v1/messages")],
            ),
            (
                "https://gw.example.com/a/V1/Messages/",
                "https://gw.example.com/a",
                &[RemovedRoute("/v1/messages")],
            ),
            (
                "https://gw.example.com/messages",
                "https://gw.example.com",
                &[RemovedRoute("/messages")],
            ),
            (
                "https://gw.example.com/v1/models",
                "https://gw.example.com",
                &[RemovedRoute("/v1/models")],
            ),
            (
                "https://gw.example.com/v1/chat/completions",
                "https://gw.example.com",
                &[RemovedRoute("/v1/chat/completions")],
            ),
            ("https://gw.example.com/v12", "https://gw.example.com/v12", &[]),
        ];
        for (typed, base, corrections) in cases {
            let (url, made) = read_base(typed).unwrap_or_else(|e| panic!("{typed}: {e}"));
            assert_eq!((url.to_string().as_str(), made.as_slice()), (base, corrections), "{typed}");
        }
    }

    fn read(pairs: &[(Key, &str)]) -> (Result<Option<GatewaySettings>, Failure>, Configuration) {
        let mut values = Values::default();
        for (key, value) in pairs {
            values.set(*key, *value);
        }
        let mut configuration = Configuration::merge(values, Values::default(), Vec::new());
        (GatewaySettings::read(&mut configuration), configuration)
    }

    const URL: (Key, &str) = (Key::GatewayUrl, "https://gw.example.com");

    #[test]
    fn without_an_address_there_is_no_gateway() {
        assert_eq!(read(&[(Key::GatewayToken, "t")]).0, Ok(None));
    }

    #[test]
    fn values_that_cannot_be_used_are_named() {
        let cases: [(&[(Key, &str)], Code, &str); 5] = [
            (
                &[(Key::GatewayUrl, "http://gw.example.com")],
                Code::ConfigurationInvalid,
                "gateway_url: plain http",
            ),
            (
                &[URL, (Key::GatewayAuthHeader, "cookie")],
                Code::ConfigurationInvalid,
                "gateway_auth_header: \"cookie\"",
            ),
            (
                &[URL, (Key::GatewayApiFormat, "vertex")],
                Code::Unsupported,
                "gateway_api_format: the vertex",
            ),
            (
                &[URL, (Key::GatewayApiFormat, "openai")],
                Code::ConfigurationInvalid,
                "gateway_api_format: \"openai\"",
            ),
            (
                &[URL, (Key::InferenceHeaders, "[1]")],
                Code::ConfigurationInvalid,
                "inference_headers: ",
            ),
        ];
        for (pairs, code, message) in cases {
            let failure = read(pairs).0.expect_err(message);
            assert_eq!(failure.code, code, "{message}");
            assert!(failure.message.starts_with(message), "{}", failure.message);
            assert!(failure.hint.is_some());
        }
    }

    #[test]
    fn words_are_read_in_any_case() {
        let pairs =
            [URL, (Key::GatewayAuthHeader, "Authorization"), (Key::GatewayApiFormat, "ANTHROPIC")];
        let settings = read(&pairs).0.unwrap().unwrap();
        assert_eq!(settings.auth_header, AuthHeader::Authorization);
    }

    #[test]
    fn corrections_and_reserved_headers_are_told_once() {
        let pairs = [
            (Key::GatewayUrl, "https://gw.example.com/v1"),
            (Key::InferenceHeaders, r#"{"Cookie":"a","X-Team":"b"}"#),
        ];
        let (settings, mut configuration) = read(&pairs);
        assert_eq!(settings.unwrap().unwrap().headers.len(), 1);
        GatewaySettings::read(&mut configuration).unwrap();
        let ids: Vec<_> = configuration.problems().iter().map(|p| p.id).collect();
        assert_eq!(ids, ["address-normalised", "reserved-header"]);
    }
}
