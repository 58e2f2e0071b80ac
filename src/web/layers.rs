//! The layers of the configuration that are fetched, as `js/connector.js` asks
//! for them: while `missingLayer` gives one, `js/bootstrap.js` fetches it.

use crate::config::Layer;
use crate::config::skills::{self, Source};
use crate::connection::{Connection, Consent, MissingLayer};
use crate::error::{Code, Failure};
use crate::http::Request;
use crate::json::write;

use super::operation::{Arguments, Outcome, Reply};
use super::reply;

pub(super) fn call(
    connection: &mut Connection,
    operation: &str,
    arguments: &mut Arguments<'_>,
) -> Outcome {
    match operation {
        // Whether there is a layer to fetch.
        "awaitsLayers" => Ok(Reply::flag(connection.awaits_layers())),
        // `(acted, confirm)`: the next layer to fetch.
        "missingLayer" => {
            let acted = arguments.flag();
            let consent = Consent { interactive: acted, confirm: arguments.optional_text() };
            Ok(describe(connection.poll_layer(acted, &consent)?))
        }
        // The bootstrap answer, to be fetched anew.
        "renewedLayer" => Ok(describe(connection.renewed_layer()?)),
        // What is missing is being fetched.
        "beginLayers" => {
            connection.begin_layers();
            Ok(Reply::Nothing)
        }
        // `(isBootstrap; layer)`: takes a layer, and tells what that changed.
        "takeLayer" => {
            let layer = if arguments.flag() { Layer::Bootstrap } else { Layer::Attributes };
            Ok(Reply::text(connection.take_layer(layer, &arguments.body()?)?.as_str()))
        }
        // `(why)`: there is no newer answer. Whether the last one serves on.
        "keepBootstrap" => Ok(Reply::flag(connection.keep_bootstrap(&arguments.text()))),
        // `(failed)`: fetching came to an end.
        "endLayers" => {
            connection.end_layers(arguments.flag());
            Ok(Reply::Nothing)
        }
        // `[{name,description,source}]`
        "skills" => Ok(Reply::Json(describe_skills(connection))),
        // `(name)`: `{content}`, a number, or `{request}`.
        "skillSource" => skill_source(connection, &arguments.text()),
        _ => Ok(Reply::Unknown),
    }
}

/// `{clientId}` for attributes, `{url,withToken,scope}` for the answer.
fn describe(missing: Option<MissingLayer>) -> Reply {
    let mut out = String::new();
    {
        let mut described = write::Object::new(&mut out);
        match missing {
            None => return Reply::Nothing,
            Some(MissingLayer::Attributes { client_id }) => {
                described.string("clientId", &client_id);
            }
            Some(MissingLayer::Bootstrap { url, with_token, scope }) => {
                described.string("url", url.as_str());
                described.bool("withToken", with_token);
                described.string("scope", &scope);
            }
        }
    }
    Reply::Json(out)
}

fn describe_skills(connection: &Connection) -> String {
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        for skill in skills::read(connection.configuration()) {
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

fn skill_source(connection: &Connection, name: &str) -> Outcome {
    let skills = skills::read(connection.configuration());
    let Some(skill) = skills.into_iter().find(|skill| skill.name == name) else {
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
