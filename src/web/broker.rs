//! The broker of the standard sign-in, as `js/broker.js` drives it.

use crate::auth::oauth::{Broker, Settings, Step, entra};
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

/// `(cloud, tenant)`: where the users of one of Microsoft's clouds sign in,
/// whichever organisation they are of where no tenant is given.
pub(super) fn authority_of(arguments: &mut Arguments<'_>) -> Reply {
    Reply::text(&entra::authority(&arguments.text(), &arguments.text()))
}

/// Most take the client's message first, and answer what is to be done about
/// it, see [`describe`].
pub(super) fn call(broker: &mut Broker, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
    let first = arguments.text();
    let step = match operation {
        // `(message; random)`
        "begin" => broker.begin(&first, &arguments.bytes()),
        // `(message, address)`
        "handleRedirect" => broker.handle_redirect(&first, &arguments.text()),
        // `(message)`
        "prepare" => broker.prepare(&first, arguments.now_ms),
        // `(message, status, headers; body)`
        "handleAnswer" => {
            let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
            broker.handle_answer(&first, &answer)
        }
        // `(message, word, limit)`
        "handleUnanswered" => broker.handle_unanswered(&first, &reply::transport_error(arguments)),
        // `(message, status, said)`: the window closed, or didn't open.
        "refuse" => broker.refuse(&first, &arguments.text(), &arguments.text()),
        // `(record)`: what is kept.
        "handleKept" => {
            broker.handle_kept(&first);
            Step::Nothing
        }
        // What is to be kept, the refresh token in the clear; nothing where
        // what is kept is to go.
        "record" => {
            let record = broker.record();
            return Ok(record.as_ref().map(Secret::expose).map_or(Reply::Nothing, Reply::text));
        }
        // A request that is worth sending, where there is one.
        "signOut" => broker.sign_out().map_or(Step::Nothing, Step::Send),
        _ => return Ok(Reply::Unknown),
    };
    Ok(describe(step))
}

/// `{open}` a window, `{request}` to send, `{reply}` for the client, or `{}` to
/// ask for tokens.
fn describe(step: Step) -> Reply {
    let mut out = String::new();
    {
        let mut told = write::Object::new(&mut out);
        match step {
            Step::Nothing => return Reply::Nothing,
            Step::Ask => {}
            Step::Open(url) => told.string("open", &url),
            Step::Send(request) => told.name("request").push_str(&reply::expose(&request)),
            Step::Reply(reply) => told.name("reply").push_str(reply.expose()),
        }
    }
    Reply::Json(out)
}
