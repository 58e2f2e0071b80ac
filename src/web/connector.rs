//! The connector as JavaScript holds it: converts, delegates, and runs the
//! connection's driver loop.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Function, Math, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use crate::config::{Values, manifest, settings};
use crate::connection::{Attempt, Connection, Consent, Plan, describe};
use crate::credentials::Vault;
use crate::error::{Code, Failure};
use crate::http::retry::RetryPolicy;
use crate::json::{self, Json};
use crate::provider::messages::MessageParams;
use crate::provider::{Discovery, Model, failure};

use super::abort::{Abort, Cause};
use super::call::{Call, Expected, Host};
use super::clock;
use super::error;
use super::fetch::Unanswered;
use super::storage::{Kind, StorageLike, Store};

/// The handle behind `Connector`.
#[wasm_bindgen]
pub struct ConnectorHandle(Rc<Inner>);

struct Inner {
    connection: RefCell<Connection>,
    vault: Vault<Store>,
    host: Host,
    changed: Function,
    connecting: RefCell<Option<Abort>>,
    calls: RefCell<BTreeMap<u32, Box<dyn Fn(JsValue)>>>,
    numbers: Cell<u32>,
}

/// What ended an operation without a result.
enum Stop {
    Aborted(JsValue),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Stop> for JsValue {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Aborted(reason) => reason,
            Stop::Failed(failure) => error::to_js(&failure),
        }
    }
}

#[wasm_bindgen]
impl ConnectorHandle {
    /// Reads configuration and storage. `options` is a JSON object of numbers
    /// and words, `parameters` names and values in turn.
    ///
    /// # Errors
    /// A `ConnectorError` for an option that can't be used.
    #[wasm_bindgen(constructor)]
    pub fn open(
        options: &str,
        parameters: Vec<String>,
        fetch: Function,
        storage: Option<StorageLike>,
        changed: Function,
    ) -> Result<ConnectorHandle, JsValue> {
        let options = Options::read(options)?;
        let store = Store::open(Kind::from_word(&options.word("storage")), storage);
        let vault = Vault::new(store, &options.word("partitionKey"));
        // Storage that can't be read has nothing to say.
        let kept = vault.load().unwrap_or_default();
        let pairs = parameters.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((name.as_str(), value.as_str())),
            _ => None,
        });
        let connection = Connection::open(pairs, kept, options.flag("vouched"));
        let host = Host {
            fetch,
            page_origin: options.word("pageOrigin"),
            first_byte_ms: options.number("firstByteMs", 600_000)?,
            idle_ms: options.number("idleMs", 90_000)?,
            control_ms: options.number("controlMs", 15_000)?,
            largest_answer: options.number("maxResponseBytes", 64 * 1024 * 1024)?,
            retry: RetryPolicy { max_retries: options.count("maxRetries", 2)? },
        };
        Ok(Self(Rc::new(Inner {
            connection: RefCell::new(connection),
            vault,
            host,
            changed,
            connecting: RefCell::new(None),
            calls: RefCell::default(),
            numbers: Cell::new(0),
        })))
    }

    /// What it is doing.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> String {
        self.0.connection.borrow().state().as_str().to_owned()
    }

    /// Why the last attempt failed.
    #[wasm_bindgen(getter)]
    pub fn error(&self) -> JsValue {
        self.0.connection.borrow().failure().map_or(JsValue::UNDEFINED, error::to_js)
    }

    /// The configuration as JSON, secrets masked.
    #[wasm_bindgen(getter)]
    pub fn configuration(&self) -> String {
        self.0.connection.borrow().describe_configuration()
    }

    /// The models as JSON.
    #[wasm_bindgen(getter)]
    pub fn models(&self) -> String {
        self.0.connection.borrow().describe_models()
    }

    /// Where records are kept, as JSON.
    #[wasm_bindgen(getter)]
    pub fn storage(&self) -> String {
        self.0.vault.store().describe()
    }

    /// What every name of a kept record starts with.
    #[wasm_bindgen(getter, js_name = recordPrefix)]
    pub fn record_prefix(&self) -> String {
        self.0.vault.prefix().to_owned()
    }

    /// The host to ask the user about, as JSON.
    #[wasm_bindgen(getter)]
    pub fn confirmation(&self) -> Option<String> {
        let origin = self.0.connection.borrow().confirmation()?;
        let mut out = String::new();
        {
            let mut confirmation = json::write::Object::new(&mut out);
            confirmation.string("origin", &origin.to_string());
            confirmation.string("host", &origin.authority());
        }
        Some(out)
    }

    /// Connects; resolves when the state is settled.
    pub fn connect(
        &self,
        settings: Option<String>,
        interactive: bool,
        confirm: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let inner = self.0.clone();
        let consent = Consent { interactive, confirm };
        future_to_promise(async move {
            inner.connect(settings, consent, signal).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Tries settings and keeps nothing; resolves to the models as JSON.
    pub fn test(
        &self,
        settings: String,
        confirm: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let inner = self.0.clone();
        let consent = Consent { interactive: true, confirm };
        future_to_promise(async move {
            let abort = Abort::new(signal)?;
            let plan = inner.plan(Some(settings), consent)?;
            let Plan::Attempt(attempt) = plan else { return Ok("[]".into()) };
            let models = inner.discover(attempt.discovery(), &abort).await?;
            Ok(describe::describe_models(&models).into())
        })
    }

    /// Asks for the models again; resolves when they have been renewed.
    #[wasm_bindgen(js_name = refreshModels)]
    pub fn refresh_models(&self, signal: Option<AbortSignal>) -> Promise {
        let inner = self.0.clone();
        future_to_promise(async move {
            let abort = Abort::new(signal)?;
            let discovery = inner.connection.borrow().rediscovery()?;
            let gateway = discovery.gateway().clone();
            let models = inner.discover(discovery, &abort).await?;
            if inner.connection.borrow_mut().renew_models(&gateway, models) {
                inner.tell("models");
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// A call for a message.
    ///
    /// # Errors
    /// A `ConnectorError`: not connected, or unusable parameters.
    #[wasm_bindgen(js_name = messageCall)]
    pub fn message_call(
        &self,
        params: &str,
        stream: bool,
        betas: Vec<String>,
        signal: Option<AbortSignal>,
        retrying: Function,
    ) -> Result<Call, JsValue> {
        let params = MessageParams::read(params)?;
        if !stream {
            params.check_without_stream()?;
        }
        self.0.call(signal, retrying, Expected::Message, |gateway| {
            gateway.messages_request(&params, stream, &betas)
        })
    }

    /// A call for a count of tokens.
    ///
    /// # Errors
    /// As [`message_call`](Self::message_call).
    #[wasm_bindgen(js_name = tokenCountCall)]
    pub fn token_count_call(
        &self,
        params: &str,
        betas: Vec<String>,
        signal: Option<AbortSignal>,
    ) -> Result<Call, JsValue> {
        let params = MessageParams::read(params)?;
        self.0.call(signal, Function::default(), Expected::TokenCount, |gateway| {
            gateway.count_tokens_request(&params, &betas)
        })
    }

    /// The request that would be sent, as JSON, secrets masked.
    ///
    /// # Errors
    /// As [`message_call`](Self::message_call).
    pub fn prepare(
        &self,
        params: &str,
        stream: bool,
        betas: Vec<String>,
    ) -> Result<String, JsValue> {
        let params = MessageParams::read(params)?;
        let connection = self.0.connection.borrow();
        let request = connection.gateway()?.messages_request(&params, stream, &betas)?;
        Ok(describe::describe_request(&request))
    }

    /// Forgets what is kept.
    ///
    /// # Errors
    /// A `ConnectorError` when the browser's storage refuses.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) -> Result<(), JsValue> {
        self.0.stop_all("The user signed out.");
        self.0.connection.borrow_mut().forget();
        let forgotten = self.0.vault.forget();
        self.0.tell("state");
        self.0.tell("configuration");
        forgotten.map_err(|error| Failure::new(Code::Unsupported, error.to_string()).into())
    }

    /// Another pane changed what is kept.
    pub fn reload(&self) {
        let Ok(kept) = self.0.vault.load() else { return };
        let before = self.0.connection.borrow().state();
        self.0.connection.borrow_mut().reload(kept);
        let after = self.0.connection.borrow().state();
        if before != after {
            self.0.stop_all("Another pane signed out.");
            self.0.tell("state");
        }
        self.0.tell("configuration");
    }

    /// Stops all that is under way.
    pub fn close(&self) {
        self.0.stop_all("The connector was freed.");
    }
}

/// Whether a parameter of the page's address must not stay there.
#[wasm_bindgen(js_name = isSecretParameter)]
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    manifest::is_secret_parameter(name)
}

impl Inner {
    fn plan(&self, settings: Option<String>, consent: Consent) -> Result<Plan, Failure> {
        let typed: Option<Values> = settings.as_deref().map(settings::read).transpose()?;
        self.connection.borrow().plan(typed, consent)
    }

    async fn connect(
        &self,
        settings: Option<String>,
        consent: Consent,
        signal: Option<AbortSignal>,
    ) -> Result<(), JsValue> {
        let abort = Abort::new(signal)?;
        let Plan::Attempt(mut attempt) = self.plan(settings, consent)? else { return Ok(()) };
        if let Some(former) = self.connecting.replace(Some(abort.clone())) {
            former.stop(Cause::Page(abort_error("A newer call of connect took over.")));
        }
        self.connection.borrow_mut().begin(&mut attempt);
        self.tell("state");
        let found = self.discover(attempt.discovery(), &abort).await;
        let settled = self.settle(*attempt, found);
        self.tell("state");
        self.tell("configuration");
        self.tell("models");
        Ok(settled?)
    }

    fn settle(&self, attempt: Attempt, found: Result<Vec<Model>, Stop>) -> Result<(), Stop> {
        let mut connection = self.connection.borrow_mut();
        match found {
            Ok(models) => {
                let keep = connection.succeed(attempt, models);
                drop(connection);
                if let Some((settings, secrets)) = keep {
                    // A full store falls back to memory by itself; one that
                    // fails otherwise costs the next pane a sign-in.
                    let _ = self.vault.save(&settings, &secrets);
                    self.tell("storage");
                }
                Ok(())
            }
            Err(Stop::Failed(failure)) => {
                connection.fail(&attempt, failure.clone());
                Err(Stop::Failed(failure))
            }
            Err(Stop::Aborted(reason)) => {
                connection.call_off(&attempt);
                Err(Stop::Aborted(reason))
            }
        }
    }

    /// Runs a discovery. A server that is busy is asked again; one that can't
    /// be reached isn't, since the user is waiting for the verdict.
    async fn discover(&self, mut discovery: Discovery, abort: &Abort) -> Result<Vec<Model>, Stop> {
        let secret = discovery.gateway().credential().secret().clone();
        let mut attempts = 0;
        while let Some(request) = discovery.poll_request()? {
            let answered = self.host.exchange(&request, abort).await;
            let asked = self.host.asked(&request, &secret);
            let failed = match answered {
                Ok(answer) => discovery.handle_answer(&answer, &asked).err(),
                Err(Unanswered::Aborted(reason)) => return Err(Stop::Aborted(reason)),
                Err(Unanswered::Failed(error)) => {
                    return Err(failure::from_transport(&error, &asked).into());
                }
            };
            let Some(failure) = failed else { continue };
            attempts += 1;
            let Some(delay_ms) = self.host.retry.wait_ms(attempts, &failure, Math::random()) else {
                return Err(failure.into());
            };
            let _ = abort.or_stopped(&clock::sleep(delay_ms)).await;
            if let Some(Cause::Page(reason)) = abort.cause() {
                return Err(Stop::Aborted(reason));
            }
        }
        Ok(discovery.into_models()?)
    }

    fn call(
        self: &Rc<Self>,
        signal: Option<AbortSignal>,
        retrying: Function,
        expected: Expected,
        request: impl FnOnce(&crate::provider::Gateway) -> Result<crate::http::Request, Failure>,
    ) -> Result<Call, JsValue> {
        let connection = self.connection.borrow();
        let gateway = connection.gateway()?;
        let request = request(gateway)?;
        let secret = gateway.credential().secret().clone();
        let call = Call::new(self.host.clone(), request, secret, expected, signal, retrying)?;
        let number = self.numbers.get();
        self.numbers.set(number.wrapping_add(1));
        self.calls.borrow_mut().insert(number, Box::new(call.stopper()));
        let weak = Rc::downgrade(self);
        call.on_close(move || {
            if let Some(inner) = weak.upgrade() {
                inner.calls.borrow_mut().remove(&number);
            }
        });
        Ok(call)
    }

    fn stop_all(&self, message: &str) {
        let reason = abort_error(message);
        if let Some(abort) = self.connecting.take() {
            abort.stop(Cause::Page(reason.clone()));
        }
        // Stopping runs the page's listeners, which may begin or end calls.
        let stoppers: Vec<_> =
            std::mem::take(&mut *self.calls.borrow_mut()).into_values().collect();
        for stop in stoppers {
            stop(reason.clone());
        }
    }

    fn tell(&self, change: &str) {
        // A listener of the page's that throws is its own affair.
        let _ = self.changed.call1(&JsValue::UNDEFINED, &change.into());
    }
}

/// What the platform's own aborts look like.
fn abort_error(message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name("AbortError");
    error.into()
}

/// The options of `Connector.open` that are words and numbers.
struct Options<'a>(Json<'a>);

impl<'a> Options<'a> {
    fn read(text: &'a str) -> Result<Self, Failure> {
        let json = Json::parse(text, json::DEFAULT_MAX_DEPTH);
        json.map(Self)
            .map_err(|error| Failure::new(Code::InvalidArgument, format!("options: {error}")))
    }

    fn word(&self, name: &str) -> String {
        self.0.get(name).and_then(|value| value.as_str()).unwrap_or_default().into_owned()
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(|value| value.as_bool()).unwrap_or_default()
    }

    /// A duration or size: at least 1.
    fn number(&self, name: &str, default: u32) -> Result<u32, Failure> {
        match self.count(name, default)? {
            0 => Err(Failure::new(Code::InvalidArgument, format!("options: {name} is 0"))),
            number => Ok(number),
        }
    }

    fn count(&self, name: &str, default: u32) -> Result<u32, Failure> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(default);
        };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| {
            Failure::new(Code::InvalidArgument, format!("options: {name} is not a whole number"))
        })
    }
}
