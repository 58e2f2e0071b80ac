//! A client of the Office host's bridge, as JavaScript drives it.

use crate::auth::{Client, Mode, Settings, bridge_error};
use crate::json::write;

use super::dispatch::Object;
use super::failure;
use super::operation::{Arguments, Outcome, Reply};

/// `(; options)`: a client that has sent nothing yet.
///
/// # Errors
/// The options are no text.
pub(super) fn open(arguments: &mut Arguments<'_>) -> Outcome {
    let settings = Settings::read(&arguments.body()?);
    Ok(Reply::Object(Object::NestedAppAuth(Box::new(Client::new(settings)))))
}

/// `(why, waitedMs)`: throws that there is no bridge to talk over.
pub(super) fn no_bridge(arguments: &mut Arguments<'_>) -> Outcome {
    let why = arguments.text();
    Err(bridge_error::no_bridge(&why, arguments.number().unwrap_or_default()))
}

/// After each operation that changes something, `js/nested_app_auth.js` asks
/// for the next steps until there is none.
pub(super) fn call(client: &mut Client, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
    let now_ms = arguments.now_ms;
    match operation {
        // Who waits for the host's greeting.
        "initialise" => return Ok(number(client.initialise())),
        // `(mode; request)`: who waits for the token.
        "acquire" => {
            let mode = mode(arguments.small_number());
            return Ok(number(client.acquire(mode, &arguments.body()?, now_ms)?));
        }
        // `(caller)`
        "abandon" => client.abandon(arguments.small_number()),
        // `(message)`: what the host said, as text or as what that stands for.
        "handleMessage" => {
            client.handle_message(arguments.json().raw(), now_ms);
        }
        // `(milliseconds)` of a clock that only goes forward.
        "handleTick" => client.handle_tick(arguments.number().unwrap_or_default()),
        "forget" => client.forget(),
        "clear" => client.clear(),
        // `(random)`: what to do next, tokens and all.
        "nextStep" => return Ok(Reply::Json(next_step(client, &arguments.text(), now_ms))),
        "accounts" => return Ok(Reply::Json(client.describe_accounts())),
        // `(accessToken)`: whether it was known.
        "invalidate" => return Ok(Reply::flag(client.invalidate(&arguments.text()))),
        _ => return Ok(Reply::Unknown),
    }
    Ok(Reply::Nothing)
}

/// By the numbers of `js/nested_app_auth.js`.
fn mode(number: u32) -> Mode {
    match number {
        0 => Mode::Silent,
        1 => Mode::Popup,
        _ => Mode::Either,
    }
}

fn number(number: u32) -> Reply {
    let mut json = String::new();
    write::push_number(&mut json, number.into());
    Reply::Json(json)
}

/// `{message}` to post, `{caller, answer}` or `{caller, failure}` to hand out,
/// and when there is none of these `{tickMs}` while somebody waits, else `{}`.
fn next_step(client: &mut Client, random: &str, now_ms: u64) -> String {
    let mut out = String::new();
    {
        let mut step = write::Object::new(&mut out);
        if let Some(message) = client.poll_message(random, now_ms) {
            step.string("message", &message);
        } else if let Some((caller, outcome)) = client.poll_outcome() {
            step.number("caller", caller.into());
            match outcome {
                Ok(answer) => step.name("answer").push_str(answer.expose()),
                Err(failure) => step.name("failure").push_str(&failure::describe(&failure)),
            }
        } else if let Some(tick_ms) = client.poll_tick_ms() {
            step.number("tickMs", tick_ms);
        }
    }
    out
}
