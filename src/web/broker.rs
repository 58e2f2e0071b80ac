//! The broker of the standard sign-in, as `js/broker.js` drives it.

use crate::auth::oauth::{Begun, Broker, Redirected, Settings};
use crate::http::answer::Answer;
use crate::json::write;
use crate::secret::Secret;

use super::dispatch::Object;
use super::operation::{Arguments, Outcome, Reply};
use super::reply;

/// `(options)`: a broker that knows nobody yet.
///
/// # Errors
/// See [`Settings::read`].
pub(super) fn open(arguments: &mut Arguments<'_>) -> Outcome {
    let settings = Settings::read(arguments.json().raw())?;
    Ok(Reply::Object(Object::Broker(Box::new(Broker::new(settings)))))
}

/// Most take the client's message first. What is to be done is told as
/// `{reply}` for the client, `{open}` a window or `{request}` to send.
pub(super) fn call(broker: &mut Broker, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
    let first = arguments.text();
    Ok(match operation {
        // `(message; random)`: nothing where tokens are to be asked for.
        "begin" => match broker.begin(&first, &arguments.bytes()) {
            Begun::Open(url) => {
                let mut out = String::new();
                write::Object::new(&mut out).string("open", &url);
                Reply::Json(out)
            }
            Begun::Ask => Reply::Nothing,
            Begun::Reply(told) => task("reply", told.expose()),
        },
        // `(record)`: what is kept.
        "handleKept" => {
            broker.handle_kept(&first);
            Reply::Nothing
        }
        // `(message, address)`: nothing where it is no answer to the window that
        // is open, `{}` where tokens are to be asked for.
        "handleRedirect" => match broker.handle_redirect(&first, &arguments.text()) {
            Redirected::Foreign => Reply::Nothing,
            Redirected::Ask => Reply::Json("{}".to_owned()),
            Redirected::Reply(told) => task("reply", told.expose()),
        },
        // `(message)`: the request for tokens, secrets and all.
        "prepare" => match broker.prepare(&first, arguments.now_ms) {
            Ok(request) => task("request", &reply::expose(&request)),
            Err(told) => task("reply", told.expose()),
        },
        // `(message, status, headers; body)`
        "handleAnswer" => {
            let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
            json(broker.handle_answer(&first, &answer).expose())
        }
        // `(message, word, limit)`
        "handleUnanswered" => {
            json(broker.handle_unanswered(&first, &reply::transport_error(arguments)).expose())
        }
        // `(message, status, said)`: the window closed, or didn't open.
        "refuse" => json(broker.refuse(&first, &arguments.text(), &arguments.text()).expose()),
        // What is to be kept, the refresh token in the clear; nothing where
        // what is kept is to go.
        "record" => {
            let record = broker.record();
            record.as_ref().map(Secret::expose).map_or(Reply::Nothing, Reply::text)
        }
        // The request that revokes what the user granted, where there is one.
        "signOut" => Reply::optional(broker.sign_out().as_ref().map(reply::expose)),
        _ => Reply::Unknown,
    })
}

fn json(json: &str) -> Reply {
    Reply::Json(json.to_owned())
}

fn task(name: &str, json: &str) -> Reply {
    let mut out = String::with_capacity(json.len() + 16);
    write::Object::new(&mut out).name(name).push_str(json);
    Reply::Json(out)
}
