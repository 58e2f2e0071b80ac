//! The settings of an LLM gateway, read from a configuration.

use crate::error::Failure;
use crate::http::{BaseUrl, HeaderName, HeaderValue};
use crate::text;

use super::bootstrap::unfilled;
use super::headers;
use super::key::Key;
use super::merge::{Configuration, Layer};
use super::problem::Severity;
use super::provider::in_key;

type Headers = Vec<(HeaderName, HeaderValue)>;

/// The base address, with what had to be corrected told.
pub(super) fn base(configuration: &mut Configuration) -> Result<Option<BaseUrl>, Failure> {
    let Some((text, layer)) = configuration.get(Key::GatewayUrl) else { return Ok(None) };
    if text::contains(text, "{{") {
        return Err(in_key(unfilled(), Key::GatewayUrl, layer));
    }
    let (base, corrections) =
        base_in(configuration, text).map_err(|error| in_key(error, Key::GatewayUrl, layer))?;
    for correction in corrections {
        let told = correction.told();
        configuration.tell("address-normalised", Severity::Notice, Key::GatewayUrl, &told);
    }
    Ok(Some(base))
}

/// `inference_headers`, with the reserved ones left out and told. So are those
/// that an administrator wrote and that can't be sent; whoever typed one is
/// there to correct it.
pub(super) fn headers(configuration: &mut Configuration) -> Result<Headers, Failure> {
    let Some((text, layer)) = configuration.get(Key::InferenceHeaders) else {
        return Ok(Headers::new());
    };
    let read = headers::read(text).map_err(|error| in_key(error, Key::InferenceHeaders, layer))?;
    for mut name in read.reserved {
        name.push_str(" is reserved and not sent");
        configuration.tell("reserved-header", Severity::Warning, Key::InferenceHeaders, &name);
    }
    for mut fault in read.faults {
        if layer == Layer::User {
            return Err(in_key(fault, Key::InferenceHeaders, layer));
        }
        fault.message.push_str("; not sent");
        let id = "malformed-entry";
        configuration.tell(id, Severity::Warning, Key::InferenceHeaders, &fault.message);
    }
    Ok(read.sent)
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
    let (url, mut corrections) = read_address(text)?;
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

/// As [`read_base`], in the format that is configured: what would be one of
/// Anthropic's routes belongs to the base address in the others, Vertex AI's
/// version of the API first of all.
///
/// # Errors
/// What is wrong with the address.
pub fn base_in(
    configuration: &Configuration,
    text: &str,
) -> Result<(BaseUrl, Vec<Correction>), Failure> {
    match configuration.get(Key::GatewayApiFormat) {
        Some((format, _)) if !format.eq_ignore_ascii_case("anthropic") => read_address(text),
        _ => read_base(text),
    }
}

fn read_address(text: &str) -> Result<(BaseUrl, Vec<Correction>), Failure> {
    let mut corrections = Vec::new();
    let mut text = text.trim().to_owned();
    if !text.is_empty() && !text::contains(&text, "://") {
        let host = text.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
        let scheme =
            if host == "localhost" || host.starts_with("127.") { "http://" } else { "https://" };
        text.insert_str(0, scheme);
        corrections.push(Correction::AddedScheme(scheme));
    }
    Ok((BaseUrl::parse(&text)?, corrections))
}

#[cfg(test)]
mod tests {
    use super::super::merge::Values;
    use super::super::provider::{ApiFormat, Authorization, ProviderSettings, Reading};
    use super::*;
    use crate::error::Code;

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

    fn read(pairs: &[(Key, &str)]) -> (Result<Reading, Failure>, Configuration) {
        let mut values = Values::default();
        values.set(Key::GatewayToken, "t");
        for (key, value) in pairs {
            values.set(*key, *value);
        }
        let mut configuration = Configuration::merge(values, Values::default(), Vec::new());
        (ProviderSettings::read(&mut configuration), configuration)
    }

    fn complete(reading: Result<Reading, Failure>) -> ProviderSettings {
        match reading {
            Ok(Reading::Complete(settings)) => *settings,
            other => panic!("{other:?}"),
        }
    }

    const URL: (Key, &str) = (Key::GatewayUrl, "https://gw.example.com");

    #[test]
    fn without_an_address_there_is_no_gateway() {
        assert_eq!(read(&[]).0, Ok(Reading::Missing(Key::GatewayUrl)));
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
                &[URL, (Key::GatewayAuthSource, "google")],
                Code::ConfigurationInvalid,
                "gateway_auth_source: \"google\"",
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
        let settings = complete(read(&pairs).0);
        assert_eq!(settings.authorization, Authorization::Bearer);
    }

    #[test]
    fn a_scheme_that_was_copied_along_is_not_written_twice() {
        let of = |pairs: &[(Key, &str)]| complete(read(pairs).0).credential().to_owned();
        let pasted = (Key::GatewayToken, "bearer t-1");
        assert_eq!(of(&[URL, pasted, (Key::GatewayAuthHeader, "authorization")]), "t-1");
        assert_eq!(of(&[URL, pasted]), "bearer t-1");
        let short = (Key::GatewayToken, "Bearer");
        assert_eq!(of(&[URL, short, (Key::GatewayAuthHeader, "authorization")]), "Bearer");
    }

    #[test]
    fn each_format_has_its_own_base_and_needs() {
        let vertex = (Key::GatewayApiFormat, "Vertex");
        let (project, region) = ((Key::GcpProjectId, "p-1"), (Key::GcpRegion, "us-east5"));
        let base = (Key::GatewayUrl, "https://gw.example.com/vertex_ai/v1");
        assert_eq!(read(&[base, vertex]).0, Ok(Reading::Missing(Key::GcpProjectId)));
        assert_eq!(read(&[base, vertex, project]).0, Ok(Reading::Missing(Key::GcpRegion)));
        let settings = complete(read(&[base, vertex, project, region]).0);
        // Anthropic's `/v1` is a route; Vertex AI's belongs to the base.
        assert_eq!(settings.base.to_string(), base.1);
        assert_eq!(settings.format, ApiFormat::Vertex);
        assert_eq!(settings.place(), "/projects/p-1/locations/us-east5");
        let bedrock = complete(read(&[base, (Key::GatewayApiFormat, "bedrock")]).0);
        assert_eq!(bedrock.format, ApiFormat::Bedrock);
    }

    #[test]
    fn a_token_of_entras_takes_the_keys_place() {
        let (reading, configuration) =
            read(&[URL, (Key::GatewayAuthSource, "entra"), (Key::EntraScope, "api://gw/.default")]);
        let settings = complete(reading);
        assert_eq!(settings.authorization, Authorization::Entra);
        assert_eq!(settings.scope(), "api://gw/.default");
        let ids: Vec<_> = configuration.problems().iter().map(|problem| problem.id).collect();
        assert_eq!(ids, ["credential-ignored"]);
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_told_or_given_back_to_who_typed_it() {
        let headers = (Key::InferenceHeaders, r#"{"x-team":3,"x-desk":"4"}"#);
        let (reading, configuration) = read(&[URL, headers]);
        assert_eq!(complete(reading).headers.len(), 1);
        let told: Vec<_> =
            configuration.problems().iter().map(|p| (p.id, p.message.as_str())).collect();
        let message = "inference_headers: the value of x-team is not a string; not sent";
        assert_eq!(told, [("malformed-entry", message)]);

        let mut manifest = Values::default();
        manifest.set(URL.0, URL.1);
        manifest.set(Key::GatewayToken, "t");
        let mut user = Values::default();
        user.set(headers.0, headers.1);
        let mut configuration = Configuration::merge(manifest, user, Vec::new());
        let failure = ProviderSettings::read(&mut configuration).unwrap_err();
        assert_eq!(failure.code, Code::InvalidArgument);
        assert!(failure.message.starts_with("inference_headers: the value of x-team"));
    }

    #[test]
    fn corrections_and_reserved_headers_are_told_once() {
        let pairs = [
            (Key::GatewayUrl, "https://gw.example.com/v1"),
            (Key::InferenceHeaders, r#"{"Cookie":"a","X-Team":"b"}"#),
        ];
        let (settings, mut configuration) = read(&pairs);
        assert_eq!(complete(settings).headers.len(), 1);
        ProviderSettings::read(&mut configuration).unwrap();
        let ids: Vec<_> = configuration.problems().iter().map(|p| p.id).collect();
        assert_eq!(ids, ["address-normalised", "reserved-header"]);
    }
}
