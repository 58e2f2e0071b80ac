//! What it takes to fetch layers of the configuration and to tell what of it is
//! odd, for `js/bootstrap.js`.

use crate::auth::{attributes, resource};
use crate::config::layer::{self, FetchedLayer};
use crate::config::skills::{self, Source};
use crate::config::{Layer, Problem, bootstrap, model_list, policy, review};
use crate::connection::describe::describe_problem;
use crate::error::{Code, Failure};
use crate::http::answer::Answer;
use crate::http::{Request, RequestUrl};
use crate::json::{DEFAULT_MAX_DEPTH, Json, write};
use crate::provider::error_body::ErrorBody;
use crate::provider::failure::{self, Asked};
use crate::secret::redact_tokens;
use crate::text;

use super::operation::{Arguments, Outcome, Reply};
use super::{failure as to_js, reply};

/// How much is repeated of what an endpoint says of an error, in characters.
const MOST_SAID: usize = 300;

pub(super) fn call(operation: &str, arguments: &mut Arguments<'_>) -> Option<Outcome> {
    Some(match operation {
        "readAttributes" => read_attributes(arguments),
        "noAttributes" => no_attributes(arguments),
        // `(entraScope)`: what the access token is for; empty for the ID token.
        "bootstrapScope" => Ok(Reply::text(bootstrap::scope(&arguments.text()))),
        "bootstrapRequest" => request(arguments),
        "readBootstrap" => read(arguments),
        "bootstrapUnanswered" => unanswered(arguments),
        "review" => review_layers(arguments),
        // `(why)`: what is told where the last answer serves on.
        "bootstrapKept" => {
            let mut out = String::new();
            describe_problems(&mut out, &[review::kept(&arguments.text())]);
            Ok(Reply::Json(out))
        }
        // `(features, policies, action, resource)`: whether it is allowed.
        "allows" => {
            let (features, policies) = (arguments.text(), arguments.text());
            let action = arguments.text();
            let resource = policy::Resource::read(arguments.json());
            Ok(Reply::flag(policy::allows(&features, &policies, &action, resource.as_ref())))
        }
        // `(value, models, inOutlook)`: the models that are offered of those that were found.
        "offerModels" => {
            let (value, found) = (arguments.text(), arguments.json());
            Ok(Reply::Json(model_list::offer(&value, found, arguments.flag())))
        }
        // `(value; named)`: the model that params or settings name, where the list forbids it.
        "forbiddenModel" => {
            let value = arguments.text();
            arguments.body().map(|named| {
                let forbidden = model_list::forbidden(&value, &named);
                forbidden.map_or(Reply::Nothing, |model| Reply::text(&model))
            })
        }
        // `(value)`: `[{name,description,source}]`
        "describeSkills" => Ok(Reply::Json(describe_skills(&arguments.text()))),
        "skillSource" => skill_source(arguments),
        "readSkill" => read_skill(arguments),
        _ => return None,
    })
}

/// `(idToken, clientId)`: the attributes, as [`describe_layer`] writes them.
fn read_attributes(arguments: &mut Arguments<'_>) -> Outcome {
    let (token, client_id) = (arguments.text(), arguments.text());
    let text = attributes::read(&token, &client_id)
        .map_err(|error| Failure::new(Code::ResponseInvalid, error.as_str()))?;
    let mut out = String::new();
    drop(describe_layer(&mut out, &text, Layer::Attributes, Vec::new()));
    Ok(Reply::Json(out))
}

/// `(why)`: none, which is told.
fn no_attributes(arguments: &mut Arguments<'_>) -> Outcome {
    let mut out = String::new();
    {
        let mut described = write::Object::new(&mut out);
        described.string("values", "{}");
        described.json("names", Json::parse_object("{}").unwrap_or(Json::NULL));
        let problems = [review::without_attributes(&arguments.text())];
        describe_problems(described.name("problems"), &problems);
    }
    Ok(Reply::Json(out))
}

/// `{values,names,problems}` of an object, the former two as text.
fn describe_layer<'o>(
    out: &'o mut String,
    object: &str,
    layer: Layer,
    mut problems: Vec<Problem>,
) -> write::Object<'o> {
    let object = Json::parse_object(object).unwrap_or(Json::NULL);
    let FetchedLayer { values, names } = layer::read(object, layer, &mut problems);
    let mut described = write::Object::new(out);
    described.string("values", &values);
    described.json("names", Json::parse_object(&names).unwrap_or(Json::NULL));
    describe_problems(described.name("problems"), &problems);
    described
}

fn describe_problems(out: &mut String, problems: &[Problem]) {
    let mut list = write::Array::new(out);
    for problem in problems {
        describe_problem(&mut list, problem);
    }
}

/// `(url, token, app, version)`: the request, with its secrets. No version is
/// this package's.
fn request(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    let token = arguments.text();
    let (app, version) = (arguments.text(), arguments.text());
    let version = if version.is_empty() { env!("CARGO_PKG_VERSION") } else { &version };
    let user_agent = bootstrap::user_agent(&app, version);
    let credential = match token.as_str() {
        "" => None,
        token => Some(resource::bind(url.origin(), token)?),
    };
    let request = bootstrap::prepare(&url, credential.as_ref(), &user_agent)?;
    Ok(Reply::Json(reply::expose(&request)))
}

/// `(url, status, headers, withToken; body)`: as [`describe_layer`], with `contents` of
/// skills and `waitMs` until it is to be fetched anew.
fn read(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    let head = reply::head(arguments);
    let with_token = arguments.flag();
    let answer = Answer { head, body: arguments.body()? };
    let read = bootstrap::parse(&answer, with_token)
        .map_err(|error| said(error.told(&url.origin().authority()), &answer, &url))?;
    let mut out = String::new();
    {
        let is_expired = read.expires_at_ms.is_some_and(|end| end <= arguments.now_ms);
        let problems = if is_expired { vec![review::expired()] } else { Vec::new() };
        let mut object = describe_layer(&mut out, &read.configuration, Layer::Bootstrap, problems);
        {
            let mut contents = object.array("contents");
            for content in &read.contents {
                contents.string(content);
            }
        }
        if let Some(end) = read.expires_at_ms {
            object.number("waitMs", bootstrap::wait_ms(end, arguments.now_ms));
        }
    }
    Ok(Reply::Json(out))
}

/// A failure with what the endpoint itself says of it; nothing where its address
/// has a query, which is secret and might be quoted.
fn said(mut failure: Failure, answer: &Answer, url: &RequestUrl) -> Failure {
    let body = ErrorBody::read(answer);
    if answer.head.status != 200
        && !body.html
        && !text::contains(url.as_str(), "?")
        && let Some(message) = body.message
    {
        failure.message.push_str(": ");
        failure.message.push_str(text::cut(&redact_tokens(message.trim()), MOST_SAID));
    }
    failure
}

/// `(url, word, limit, pageOrigin, isSkill, withToken)`: what it means that there is no answer, as
/// a failure.
fn unanswered(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    let error = reply::transport_error(arguments);
    let page_origin = arguments.text();
    let is_bare = arguments.flag();
    let with_token = arguments.flag();
    // Its headers stand in the hint, for the server to allow.
    let any = if with_token { resource::bind(url.origin(), "-").ok() } else { None };
    let request = match bootstrap::prepare(&url, any.as_ref(), "claude") {
        Ok(request) if !is_bare => request,
        _ => Request::get(url),
    };
    let now_wall_ms = arguments.now_ms;
    let asked = Asked { request: &request, page_origin: &page_origin, now_wall_ms };
    Ok(Reply::Json(to_js::describe(&failure::from_transport(&error, &asked))))
}

/// `(vouched, names; layers)`: `{filled,firstModel,shown,problems}`, the first as text.
fn review_layers(arguments: &mut Arguments<'_>) -> Outcome {
    let layers = arguments.body()?;
    let layers = Json::parse(&layers, DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
    let vouched = arguments.flag();
    let review = review::review(layers, arguments.json(), vouched);
    let mut out = String::new();
    {
        let mut object = write::Object::new(&mut out);
        object.string("filled", &review.filled);
        object.string("firstModel", &review.first_model);
        object.name("shown").push_str(&review.shown);
        describe_problems(object.name("problems"), &review.problems);
    }
    Ok(Reply::Json(out))
}

fn describe_skills(value: &str) -> String {
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        for skill in skills::read(value) {
            let mut entry = list.object();
            entry.string("name", &skill.name);
            if let Some(description) = &skill.description {
                entry.string("description", description);
            }
            let source = if matches!(skill.source, Source::Url(_)) { "url" } else { "content" };
            entry.string("source", source);
        }
    }
    out
}

/// `(value, name)`: `{content}`, a number, or `{request}`.
fn skill_source(arguments: &mut Arguments<'_>) -> Outcome {
    let (value, name) = (arguments.text(), arguments.text());
    let Some(skill) = skills::read(&value).into_iter().find(|skill| skill.name == name) else {
        return Err(Failure::new(Code::InvalidArgument, "there is no skill of that name"));
    };
    let mut out = String::new();
    {
        let mut source = write::Object::new(&mut out);
        match skill.source {
            Source::Content(number) => source.number("content", number),
            // Bare: whatever opens it stands in the address.
            Source::Url(url) => {
                source.name("request").push_str(&reply::expose(&Request::get(url)));
            }
        }
    }
    Ok(Reply::Json(out))
}

/// `(name, status; bytes)`: `zip` or `text`.
fn read_skill(arguments: &mut Arguments<'_>) -> Outcome {
    let (name, status) = (arguments.text(), arguments.small_number());
    let format = skills::judge(status, &arguments.bytes());
    Ok(Reply::text(format.map_err(|error| error.told(&name))?.as_str()))
}
