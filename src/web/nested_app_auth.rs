//! A client of the Office host's bridge as JavaScript holds it.

use wasm_bindgen::prelude::*;

use crate::auth::account::Account;
use crate::auth::bridge_error::Missing;
use crate::auth::{Client, Mode, claims, settings};
use crate::error::Failure;
use crate::json::{self, Json, write};

use super::failure as to_js;

/// The handle behind `NestedAppAuth`. After each call that changes something,
/// `js/nested_app_auth.js` posts what [`poll_message`](Self::poll_message)
/// gives, hands out what [`poll_outcome`](Self::poll_outcome) gives, and
/// ticks as often as [`tick_ms`](Self::tick_ms) says.
#[wasm_bindgen]
pub struct NestedAppAuthHandle {
    client: Client,
}

#[wasm_bindgen]
impl NestedAppAuthHandle {
    /// Takes the options in JSON. Sends nothing.
    ///
    /// # Errors
    /// A failure as JSON: no client ID.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Result<Self, JsValue> {
        Ok(Self { client: Client::new(settings::read(options)?) })
    }

    /// Greets the host. Returns who waits for its answer.
    pub fn initialise(&mut self) -> u32 {
        self.client.initialise()
    }

    /// Asks for a token in a mode: `silent`, `popup`, or else either. Returns
    /// who waits for it.
    ///
    /// # Errors
    /// A failure as JSON: a request that can't be sent.
    pub fn acquire(&mut self, mode: &str, request: &str, now_ms: f64) -> Result<u32, JsValue> {
        let mode = match mode {
            "silent" => Mode::Silent,
            "popup" => Mode::Popup,
            _ => Mode::Either,
        };
        Ok(self.client.acquire(mode, request, now_ms as u64)?)
    }

    /// The caller waits no longer.
    pub fn abandon(&mut self, caller: u32) {
        self.client.abandon(caller);
    }

    /// Takes a message of the host's.
    #[wasm_bindgen(js_name = handleMessage)]
    pub fn handle_message(&mut self, message: &str, now_ms: f64) {
        self.client.handle_message(message, now_ms as u64);
    }

    /// A message could not be posted.
    #[wasm_bindgen(js_name = handleUnsent)]
    pub fn handle_unsent(&mut self, message: &str, reason: &str, now_ms: f64) {
        self.client.handle_unsent(message, reason, now_ms as u64);
    }

    /// Counts the waits, by a clock that only goes forward.
    #[wasm_bindgen(js_name = handleTick)]
    pub fn handle_tick(&mut self, now_ms: f64) {
        self.client.handle_tick(now_ms as u64);
    }

    /// How far apart ticks are to be, in milliseconds; nothing while nobody waits.
    #[wasm_bindgen(getter, js_name = tickMs)]
    #[must_use]
    pub fn tick_ms(&self) -> Option<u32> {
        self.client.poll_tick_ms().and_then(|distance| u32::try_from(distance).ok())
    }

    /// The next message to post. `random` is 32 bytes in hexadecimal digits.
    #[wasm_bindgen(js_name = pollMessage)]
    pub fn poll_message(&mut self, random: &str, now_ms: f64) -> Option<String> {
        self.client.poll_message(random, now_ms as u64)
    }

    /// The next outcome as JSON, tokens and all: `{caller,answer}` or `{caller,failure}`.
    #[wasm_bindgen(js_name = pollOutcome)]
    pub fn poll_outcome(&mut self) -> Option<String> {
        let (caller, outcome) = self.client.poll_outcome()?;
        let mut out = String::new();
        {
            let mut told = write::Object::new(&mut out);
            told.number("caller", caller.into());
            match &outcome {
                Ok(answer) => told.name("answer").push_str(answer.expose()),
                Err(failure) => told.name("failure").push_str(&to_js::describe(failure)),
            }
        }
        Some(out)
    }

    /// The accounts that tokens came for, as JSON.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn accounts(&self) -> String {
        self.client.describe_accounts()
    }

    /// An extension attribute as JSON, of an account in JSON or of the latest one.
    #[must_use]
    pub fn attribute(&self, name: &str, account: Option<String>) -> Option<String> {
        let Some(text) = account else { return self.client.attribute(name, None) };
        let json = Json::parse(&text, json::DEFAULT_MAX_DEPTH).unwrap_or(Json::NULL);
        // Who names nobody gets nobody's.
        self.client.attribute(name, Some(&Account::read(json)))
    }

    /// A resource refused this token. Returns whether it was known.
    pub fn invalidate(&mut self, access_token: &str) -> bool {
        self.client.invalidate(access_token)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.client.clear();
    }
}

/// Why there is no bridge to talk over, by the words of `js/bridge.js`, as a failure in JSON.
#[wasm_bindgen(js_name = bridgeFailure)]
#[must_use]
pub fn bridge_failure(word: &str, waited_ms: u32) -> String {
    let waited_ms = waited_ms.into();
    let missing = match word {
        "hook-failed" => Missing::Hook,
        "hook-silent" => Missing::HookEnd { waited_ms },
        "methods" => Missing::Methods,
        _ => Missing::Bridge { waited_ms },
    };
    to_js::describe(&Failure::from(missing))
}

/// The claims that a `WWW-Authenticate` header demands, as JSON.
#[wasm_bindgen(js_name = claimsOfChallenge)]
#[must_use]
pub fn claims_of_challenge(header: &str) -> Option<String> {
    claims::from_challenge(header)
}
