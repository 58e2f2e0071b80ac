//! The connector as JavaScript holds it.

use wasm_bindgen::prelude::*;

use crate::config::{manifest, settings};
use crate::connection::{Connection, Consent, Plan};
use crate::credentials::Kept;
use crate::error::{Code, Failure};
use crate::http::Request;
use crate::http::retry::RetryPolicy;
use crate::provider::messages::MessageParams;

use super::call::{CallHandle, Expected};
use super::discovery::DiscoveryHandle;
use super::{failure, reply};

/// The handle behind `Connector`.
#[wasm_bindgen]
pub struct ConnectorHandle {
    connection: Connection,
    page_origin: String,
    retry: RetryPolicy,
}

#[wasm_bindgen]
impl ConnectorHandle {
    /// Reads configuration and records. `parameters` is a JSON array of names
    /// and values in turn, `records` what the host has kept; `vouched` says
    /// that an Office host stands behind the parameters.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn open(
        parameters: &str,
        records: &str,
        vouched: bool,
        page_origin: String,
        max_retries: u32,
    ) -> Self {
        let list = reply::strings(parameters);
        let pairs = list.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((name.as_str(), value.as_str())),
            _ => None,
        });
        let connection = Connection::open(pairs, Kept::read(records), vouched);
        Self { connection, page_origin, retry: RetryPolicy { max_retries } }
    }

    /// What it is doing.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn state(&self) -> String {
        self.connection.state().as_str().to_owned()
    }

    /// Why the last attempt failed, as JSON.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.connection.failure().map(failure::describe)
    }

    /// The configuration as JSON, secrets masked.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn configuration(&self) -> String {
        self.connection.describe_configuration()
    }

    /// The models as JSON.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn models(&self) -> String {
        self.connection.describe_models()
    }

    /// What the host is to write: a JSON object of names and texts, `null` to
    /// remove. Each change is given once.
    #[wasm_bindgen(js_name = takeChanges)]
    pub fn take_changes(&mut self) -> Option<String> {
        self.connection.poll_changes().map(|changes| changes.expose())
    }

    /// What to ask the user, as a failure in JSON.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn confirmation(&self) -> Option<String> {
        self.connection.confirmation().as_ref().map(failure::describe)
    }

    /// An attempt to connect, or nothing when the user has to act first.
    ///
    /// # Errors
    /// A failure as JSON.
    pub fn plan(
        &self,
        settings: Option<String>,
        interactive: bool,
        confirm: Option<String>,
    ) -> Result<Option<DiscoveryHandle>, JsValue> {
        let typed = settings.as_deref().map(settings::read).transpose()?;
        Ok(match self.connection.plan(typed, Consent { interactive, confirm })? {
            Plan::Stay => None,
            Plan::Attempt(attempt) => {
                let discovery = attempt.discovery();
                let origin = self.page_origin.clone();
                Some(DiscoveryHandle::new(discovery, Some(*attempt), origin, self.retry.clone()))
            }
        })
    }

    /// The attempt is under way.
    pub fn begin(&mut self, handle: &mut DiscoveryHandle) {
        if let Some(attempt) = &mut handle.attempt {
            self.connection.begin(attempt);
        }
    }

    /// The attempt succeeded: keeps what it was made with.
    ///
    /// # Errors
    /// A failure as JSON when the gateway has no models.
    pub fn succeed(&mut self, handle: &mut DiscoveryHandle) -> Result<(), JsValue> {
        let models = handle.models()?;
        let Some(attempt) = handle.attempt.take() else { return Ok(()) };
        self.connection.succeed(attempt, models);
        Ok(())
    }

    /// The attempt failed, with the failure that the handle told last.
    pub fn fail(&mut self, handle: &DiscoveryHandle) {
        if let Some(attempt) = &handle.attempt {
            let failure = handle.failure().cloned().or_else(|| handle.models().err());
            self.connection.fail(
                attempt,
                failure.unwrap_or_else(|| Failure::new(Code::Unreachable, "failed")),
            );
        }
    }

    /// The attempt was called off.
    #[wasm_bindgen(js_name = callOff)]
    pub fn call_off(&mut self, handle: &DiscoveryHandle) {
        if let Some(attempt) = &handle.attempt {
            self.connection.call_off(attempt);
        }
    }

    /// Asks the provider that answered once more.
    ///
    /// # Errors
    /// A failure as JSON: not connected.
    pub fn rediscover(&self) -> Result<DiscoveryHandle, JsValue> {
        let discovery = self.connection.rediscovery()?;
        Ok(DiscoveryHandle::new(discovery, None, self.page_origin.clone(), self.retry.clone()))
    }

    /// Takes a newer list of models.
    ///
    /// # Errors
    /// A failure as JSON when the gateway has none any more.
    #[wasm_bindgen(js_name = renewModels)]
    pub fn renew_models(&mut self, handle: &DiscoveryHandle) -> Result<(), JsValue> {
        self.connection.renew_models(handle.discovery().provider(), handle.models()?);
        Ok(())
    }

    /// A call for a message.
    ///
    /// # Errors
    /// A failure as JSON: not connected, or unusable parameters.
    #[wasm_bindgen(js_name = messageCall)]
    pub fn message_call(
        &self,
        params: &str,
        stream: bool,
        betas: &str,
    ) -> Result<CallHandle, JsValue> {
        let params = MessageParams::read(params)?;
        if !stream {
            params.check_without_stream()?;
        }
        let provider = self.connection.provider()?;
        let mut request = provider.messages_request(&params, stream, &reply::strings(betas))?;
        provider.access().authorize(&mut request, 0).map_err(Failure::from)?;
        Ok(self.call(request, Expected::Message))
    }

    /// A call for a count of tokens.
    ///
    /// # Errors
    /// As [`message_call`](Self::message_call).
    #[wasm_bindgen(js_name = tokenCountCall)]
    pub fn token_count_call(&self, params: &str, betas: &str) -> Result<CallHandle, JsValue> {
        let params = MessageParams::read(params)?;
        let provider = self.connection.provider()?;
        let mut request = provider.count_tokens_request(&params, &reply::strings(betas))?;
        provider.access().authorize(&mut request, 0).map_err(Failure::from)?;
        Ok(self.call(request, Expected::TokenCount))
    }

    /// The user signed out.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&mut self) {
        self.connection.forget();
    }

    /// Some of what is kept lies in the clear and could be sealed: it is to be
    /// written anew.
    pub fn renew(&mut self) {
        self.connection.renew();
    }

    /// Another pane changed what is kept.
    pub fn reload(&mut self, records: &str) {
        self.connection.reload(Kept::read(records));
    }
}

impl ConnectorHandle {
    fn call(&self, request: Request, expected: Expected) -> CallHandle {
        CallHandle::new(request, expected, self.page_origin.clone(), self.retry.clone())
    }
}

/// Whether a parameter of the page's address must not stay there.
#[wasm_bindgen(js_name = isSecretParameter)]
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    manifest::is_secret_parameter(name)
}
