//! What it takes to fetch layers of the configuration, for `js/bootstrap.js`.

use crate::auth::attributes;
use crate::config::bootstrap;
use crate::config::skills;
use crate::error::{Code, Failure};
use crate::http::answer::Answer;
use crate::http::{Request, RequestUrl};
use crate::json::write;
use crate::provider::failure::{self, Asked};

use super::operation::{Arguments, Outcome, Reply};
use super::{failure as to_js, reply};

/// `(idToken, clientId)`: the attributes, as the layer that they are.
///
/// # Errors
/// The text is no ID token.
pub fn read_attributes(arguments: &mut Arguments<'_>) -> Outcome {
    let (token, client_id) = (arguments.text(), arguments.text());
    match attributes::read(&token, &client_id) {
        Ok(layer) => Ok(Reply::text(&layer)),
        Err(error) => Err(Failure::new(Code::ResponseInvalid, error.as_str())),
    }
}

/// `(url, token, app, version)`: the request, with its secrets. No version is
/// this package's.
///
/// # Errors
/// A token or a name that can't be sent.
pub fn request(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    let token = arguments.text();
    let (app, version) = (arguments.text(), arguments.text());
    let version = if version.is_empty() { env!("CARGO_PKG_VERSION") } else { &version };
    let user_agent = bootstrap::user_agent(&app, version);
    let request = bootstrap::prepare(&url, &token, &user_agent)?;
    Ok(Reply::Json(reply::expose(&request)))
}

/// `(url, status, headers; body)`: `{layer,contents,waitMs?}`, the layer as text.
///
/// # Errors
/// The answer is none.
pub fn read(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
    let host = url.origin().authority();
    let read = bootstrap::parse(&answer).map_err(|error| error.told(&host))?;
    let mut out = String::new();
    {
        let mut object = write::Object::new(&mut out);
        object.string("layer", &read.configuration);
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

/// `(url, word, limit, pageOrigin)`: what it means that there is no answer, as
/// a failure.
///
/// # Errors
/// An address that can't be used.
pub fn unanswered(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    // Its headers stand in the hint, for the server to allow.
    let request = bootstrap::prepare(&url, "-", "claude").unwrap_or_else(|_| Request::get(url));
    let error = reply::transport_error(arguments);
    let page_origin = arguments.text();
    let asked =
        Asked { request: &request, page_origin: &page_origin, now_wall_ms: arguments.now_ms };
    Ok(Reply::Json(to_js::describe(&failure::from_transport(&error, &asked))))
}

/// `(name, status; bytes)`: `zip` or `text`.
///
/// # Errors
/// The skill could not be had, or is neither.
pub fn read_skill(arguments: &mut Arguments<'_>) -> Outcome {
    let (name, status) = (arguments.text(), arguments.small_number());
    let format = skills::judge(status, &arguments.bytes());
    Ok(Reply::text(format.map_err(|error| error.told(&name))?.as_str()))
}
