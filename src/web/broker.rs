//! The broker of the standard sign-in, as `js/broker.js` drives it.

use crate::auth::oauth::{Broker, Settings, Task};
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

/// After each operation that changes something, `js/broker.js` does what
/// `poll` gives until it gives nothing.
pub(super) fn call(broker: &mut Broker, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
    match operation {
        // `(message; random)`: what the client asks, and 64 random bytes.
        "handleMessage" => {
            let mut random = [0; 64];
            for (byte, drawn) in random.iter_mut().zip(arguments.bytes()) {
                *byte = drawn;
            }
            broker.handle_message(&arguments.text(), &random);
        }
        // `(record?)`: what is kept.
        "handleKept" => broker.handle_kept(arguments.optional_text().as_deref()),
        // `(address)`: whether it is an answer to the window that is open.
        "handleRedirect" => return Ok(Reply::flag(broker.handle_redirect(&arguments.text()))),
        // `(status, said)`: the window closed, or didn't open.
        "handleWindow" => broker.handle_window(&arguments.text(), &arguments.text()),
        // `(id)`: the request for tokens, secrets and all; nothing where there is
        // nothing left to ask with.
        "prepare" => {
            let request = broker.prepare(&arguments.text(), arguments.now_ms);
            return Ok(Reply::optional(request.as_ref().map(reply::expose)));
        }
        // `(id, status, headers; body)`
        "handleAnswer" => {
            let id = arguments.text();
            let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
            broker.handle_answer(&id, &answer);
        }
        // `(id, word, limit)`
        "handleUnanswered" => {
            let id = arguments.text();
            broker.handle_unanswered(&id, &reply::transport_error(arguments));
        }
        // What to do next.
        "poll" => return Ok(Reply::optional(broker.poll().as_ref().map(describe))),
        // What is to be kept, the refresh token in the clear; nothing where
        // what is kept is to go.
        "record" => {
            let record = broker.record();
            let record = record.as_ref().map(Secret::expose);
            return Ok(record.map_or(Reply::Nothing, Reply::text));
        }
        // The request that revokes what the user granted, where there is one.
        "signOut" => {
            return Ok(Reply::optional(broker.sign_out().as_ref().map(reply::expose)));
        }
        _ => return Ok(Reply::Unknown),
    }
    Ok(Reply::Nothing)
}

/// `{reply}` for the client, `{open, state}` for a window, or `{ask}`.
fn describe(task: &Task) -> String {
    let mut out = String::new();
    {
        let mut told = write::Object::new(&mut out);
        match task {
            Task::Reply(reply) => told.name("reply").push_str(reply.expose()),
            Task::Open { url, state } => {
                told.string("open", url);
                told.string("state", state);
            }
            Task::Ask(id) => told.string("ask", id),
        }
    }
    out
}
