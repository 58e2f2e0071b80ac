//! A client of the Office host's bridge, as JavaScript drives it.

use crate::auth::account::Account;
use crate::auth::bridge_error::Missing;
use crate::auth::{Client, Mode, Settings, claims};
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

/// `(word, waitedMs)`: throws why there is no bridge to talk over, by a word of
/// `js/bridge.js`.
pub(super) fn no_bridge(arguments: &mut Arguments<'_>) -> Outcome {
    let word = arguments.text();
    let waited_ms = arguments.small_number().into();
    Err(match word.as_str() {
        "hook-failed" => Missing::Hook,
        "hook-silent" => Missing::HookEnd { waited_ms },
        "methods" => Missing::Methods,
        _ => Missing::Bridge { waited_ms },
    }
    .into())
}

/// `(header)`: the claims that a `WWW-Authenticate` header demands.
pub(super) fn claims_of_challenge(arguments: &mut Arguments<'_>) -> Reply {
    claims::from_challenge(&arguments.text()).map_or(Reply::Nothing, |claims| Reply::text(&claims))
}

/// After each operation that changes something, `js/nested_app_auth.js` asks
/// for the next steps until there is none.
pub(super) fn call(client: &mut Client, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
    let now_ms = arguments.now_ms;
    Ok(match operation {
        // Who waits for the host's greeting.
        "initialise" => number(client.initialise()),
        // `(mode; request)`: who waits for the token.
        "acquire" => {
            let mode = match arguments.text().as_str() {
                "silent" => Mode::Silent,
                "popup" => Mode::Popup,
                _ => Mode::Either,
            };
            number(client.acquire(mode, &arguments.body()?, now_ms)?)
        }
        // `(caller)`
        "abandon" => {
            client.abandon(arguments.small_number());
            Reply::Nothing
        }
        // `(message)`: what the host said, as text or as what that stands for.
        "handleMessage" => {
            client.handle_message(arguments.json().raw(), now_ms);
            Reply::Nothing
        }
        // `(message, reason)`
        "handleUnsent" => {
            client.handle_unsent(&arguments.text(), &arguments.text(), now_ms);
            Reply::Nothing
        }
        // `(milliseconds)` of a clock that only goes forward.
        "handleTick" => {
            client.handle_tick(arguments.number().unwrap_or_default());
            Reply::Nothing
        }
        // `(random)`: what to do next, tokens and all.
        "nextStep" => Reply::Json(next_step(client, &arguments.text(), now_ms)),
        "accounts" => Reply::Json(client.describe_accounts()),
        // `(name, account)`: an attribute of that account, or of the latest one.
        "attribute" => {
            let name = arguments.text();
            let account = arguments.json();
            let account = (!account.is_null()).then(|| Account::read(account));
            Reply::optional(client.attribute(&name, account.as_ref()))
        }
        // `(accessToken)`: whether it was known.
        "invalidate" => Reply::flag(client.invalidate(&arguments.text())),
        "clear" => {
            client.clear();
            Reply::Nothing
        }
        _ => Reply::Unknown,
    })
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
