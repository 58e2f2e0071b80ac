//! Which route a path means: `[/with/<faults>][/any/prefix]/v1/…`, or the routes
//! of Bedrock's and Vertex AI's formats. At the clouds, `[/with/<faults>]/<host>/…`.

use percent_encoding::percent_decode_str;

use crate::clouds::Service;

/// What is asked for, below whatever prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Messages,
    CountTokens,
    Models,
    Model(String),
    /// Bedrock's InvokeModel and its stream.
    Invoke {
        model: String,
        streamed: bool,
    },
    /// Bedrock's CountTokens.
    InvokeCount(String),
    /// Vertex AI's rawPredict and streamRawPredict.
    Predict {
        place: Place,
        model: String,
        streamed: bool,
    },
    /// Vertex AI's count of tokens, which has the model in the body.
    PredictCount(Place),
    /// The query API of AWS's token service.
    Credentials,
    /// Nothing that there is.
    Unknown,
}

/// Where a model is on Vertex AI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) project: String,
    pub(crate) location: String,
}

/// A request's path, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The whole path, percent-decoded: what the journal is searched by.
    pub(crate) decoded: String,
    /// What stands between `/with/` and the next slash.
    pub(crate) faults: Option<String>,
    /// Who is asked.
    pub(crate) service: Service,
    pub(crate) route: Route,
}

impl Target {
    /// A path of the gateway's.
    pub(crate) fn parse(path: &str) -> Self {
        let (faults, rest) = split_faults(path);
        Self { decoded: decode(path), faults, service: Service::Gateway, route: route(rest) }
    }

    /// A path of the clouds', which begins with the host that is meant.
    pub(crate) fn of_cloud(path: &str) -> Self {
        let (faults, rest) = split_faults(path);
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let at = rest.find('/').unwrap_or(rest.len());
        let (host, rest) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let service = Service::of_host(host);
        let route = match &service {
            Service::Aws { .. } if matches!(rest, "" | "/") => Route::Credentials,
            Service::Aws { .. } => rest.strip_prefix("/model/").map_or(Route::Unknown, invoke),
            Service::Vertex { .. } => {
                rest.strip_prefix("/v1/projects/").map_or(Route::Unknown, predict)
            }
            Service::Foundry => match rest {
                "/anthropic/v1/messages" => Route::Messages,
                "/anthropic/v1/messages/count_tokens" => Route::CountTokens,
                _ => Route::Unknown,
            },
            Service::Gateway | Service::Nobody => Route::Unknown,
        };
        Self { decoded: decode(path), faults, service, route }
    }
}

fn split_faults(path: &str) -> (Option<String>, &str) {
    let Some(after) = path.strip_prefix("/with/") else { return (None, path) };
    let at = after.find('/').unwrap_or(after.len());
    let (faults, rest) = after.split_at_checked(at).unwrap_or((after, ""));
    (Some(decode(faults)), rest)
}

fn route(path: &str) -> Route {
    let is_base = |prefix: &str| !prefix.contains("//") && !prefix.ends_with('/');
    if let Some((prefix, rest)) = path.split_once("/model/") {
        return if is_base(prefix) { invoke(rest) } else { Route::Unknown };
    }
    if let Some((prefix, rest)) = path.split_once("/projects/") {
        return if is_base(prefix) { predict(rest) } else { Route::Unknown };
    }
    // A gateway that gets a doubled path has nothing there; the last `/v1/` alone doesn't make it right.
    let Some((prefix, rest)) = path.split_once("/v1/") else { return Route::Unknown };
    if !is_base(prefix) {
        return Route::Unknown;
    }
    match rest {
        "messages" => Route::Messages,
        "messages/count_tokens" => Route::CountTokens,
        "models" => Route::Models,
        other => match other.strip_prefix("models/") {
            Some(id) if !id.is_empty() && !id.contains('/') => Route::Model(decode(id)),
            _ => Route::Unknown,
        },
    }
}

/// `{model}/invoke` and what else there is; the model is one segment.
fn invoke(path: &str) -> Route {
    let Some((model, operation)) = path.split_once('/') else { return Route::Unknown };
    let model = decode(model);
    match operation {
        _ if model.is_empty() => Route::Unknown,
        "invoke" => Route::Invoke { model, streamed: false },
        "invoke-with-response-stream" => Route::Invoke { model, streamed: true },
        "count-tokens" => Route::InvokeCount(model),
        _ => Route::Unknown,
    }
}

/// `{project}/locations/{location}/publishers/anthropic/models/{model}:{method}`.
fn predict(path: &str) -> Route {
    let segments: Vec<&str> = path.split('/').collect();
    let [project, "locations", location, "publishers", "anthropic", "models", last] =
        segments.as_slice()
    else {
        return Route::Unknown;
    };
    let place = Place { project: decode(project), location: decode(location) };
    let Some((model, method)) = last.rsplit_once(':') else { return Route::Unknown };
    match (decode(model), method) {
        (model, _) if model.is_empty() => Route::Unknown,
        (model, "rawPredict") if model == "count-tokens" => Route::PredictCount(place),
        (model, "rawPredict") => Route::Predict { place, model, streamed: false },
        (model, "streamRawPredict") => Route::Predict { place, model, streamed: true },
        _ => Route::Unknown,
    }
}

pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        for (path, faults, route) in [
            ("/v1/messages", None, Route::Messages),
            ("/team/a/v1/messages", None, Route::Messages),
            ("/v1/messages/count_tokens", None, Route::CountTokens),
            ("/with/status=529,times=2/v1/messages", Some("status=529,times=2"), Route::Messages),
            ("/with/status%3D529%2Ctimes%3D2/v1/models", Some("status=529,times=2"), Route::Models),
            (
                "/with/cut=3/team/v1/models/claude-x",
                Some("cut=3"),
                Route::Model("claude-x".to_owned()),
            ),
            ("/with/cut=3", Some("cut=3"), Route::Unknown),
            ("/with/", Some(""), Route::Unknown),
            ("/", None, Route::Unknown),
            ("//v1/messages", None, Route::Unknown),
            ("/team//v1/messages", None, Route::Unknown),
            ("/v1/v1/messages", None, Route::Unknown),
            ("/v1/messages/v1/messages", None, Route::Unknown),
            ("/v1/messages/", None, Route::Unknown),
            ("/v1/models/", None, Route::Unknown),
            ("/v1", None, Route::Unknown),
        ] {
            let target = Target::parse(path);
            assert_eq!((target.faults.as_deref(), target.route), (faults, route), "{path}");
        }
    }

    #[test]
    fn routes_of_the_clouds_formats() {
        let invoke = |model: &str, streamed| Route::Invoke { model: model.to_owned(), streamed };
        let place = || Place { project: "p".to_owned(), location: "us-east5".to_owned() };
        let predict = |model: &str, streamed| Route::Predict {
            place: place(),
            model: model.to_owned(),
            streamed,
        };
        let vertex = "/projects/p/locations/us-east5/publishers/anthropic/models";
        for (path, route) in [
            ("/bedrock/model/a.b-v1:0/invoke", invoke("a.b-v1:0", false)),
            ("/model/a%2Fb/invoke-with-response-stream", invoke("a/b", true)),
            ("/model/gr%C3%B6%C3%9Fe/invoke", invoke("größe", false)),
            ("/model/a/b/invoke", Route::Unknown),
            ("/model//invoke", Route::Unknown),
            ("//model/a/invoke", Route::Unknown),
            ("/model/a/converse", Route::Unknown),
            ("/model/a/count-tokens", Route::InvokeCount("a".to_owned())),
            (&format!("/vertex_ai/v1{vertex}/m@1:rawPredict"), predict("m@1", false)),
            (&format!("{vertex}/m:x:streamRawPredict"), predict("m:x", true)),
            (&format!("{vertex}/count-tokens:rawPredict"), Route::PredictCount(place())),
            (&format!("{vertex}/a/b:rawPredict"), Route::Unknown),
            (&format!("{vertex}/m:predict"), Route::Unknown),
        ] {
            assert_eq!(Target::parse(path).route, route, "{path}");
        }
    }

    #[test]
    fn routes_of_the_clouds_hosts() {
        let aws = |region: &str| Service::Aws { region: Some(region.to_owned()) };
        for (path, faults, service, route) in [
            ("/sts.us-east-1.amazonaws.com/", None, aws("us-east-1"), Route::Credentials),
            (
                "/with/sts=AccessDenied/sts.amazonaws.com/",
                Some("sts=AccessDenied"),
                Service::Aws { region: None },
                Route::Credentials,
            ),
            (
                "/bedrock-runtime.eu-central-1.amazonaws.com/model/m/invoke",
                None,
                aws("eu-central-1"),
                Route::Invoke { model: "m".to_owned(), streamed: false },
            ),
            (
                "/contoso.services.ai.azure.com/anthropic/v1/messages",
                None,
                Service::Foundry,
                Route::Messages,
            ),
            ("/contoso.services.ai.azure.com/v1/messages", None, Service::Foundry, Route::Unknown),
            (
                "/aiplatform.googleapis.com/projects/p",
                None,
                Service::Vertex { location: Some("global".to_owned()) },
                Route::Unknown,
            ),
            ("/", None, Service::Nobody, Route::Unknown),
        ] {
            let target = Target::of_cloud(path);
            let found = (target.faults.as_deref(), target.service, target.route);
            assert_eq!(found, (faults, service, route), "{path}");
        }
    }
}
