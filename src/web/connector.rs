//! The connector as JavaScript holds it.

use wasm_bindgen::prelude::*;

use crate::config::{manifest, settings};
use crate::connection::{Connection, Consent, Plan};
use crate::credentials::Vault;
use crate::error::{Code, Failure};
use crate::http::retry::RetryPolicy;
use crate::json::write;
use crate::provider::messages::MessageParams;

use super::call::{CallHandle, Expected};
use super::discovery::DiscoveryHandle;
use super::failure;
use super::store::HostStore;

/// The handle behind `Connector`.
#[wasm_bindgen]
pub struct ConnectorHandle {
    connection: Connection,
    vault: Vault<HostStore>,
    page_origin: String,
    retry: RetryPolicy,
}

#[wasm_bindgen]
impl ConnectorHandle {
    /// Reads configuration and storage. `parameters` are names and values in
    /// turn; `vouched` says that an Office host stands behind them.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn open(
        parameters: Vec<String>,
        vouched: bool,
        store: HostStore,
        partition: &str,
        page_origin: String,
        max_retries: u32,
    ) -> Self {
        let vault = Vault::new(store, partition);
        // Storage that can't be read has nothing to say.
        let kept = vault.load().unwrap_or_default();
        let pairs = parameters.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((name.as_str(), value.as_str())),
            _ => None,
        });
        let connection = Connection::open(pairs, kept, vouched);
        Self { connection, vault, page_origin, retry: RetryPolicy { max_retries } }
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

    /// What every name of a kept record starts with.
    #[wasm_bindgen(getter, js_name = recordPrefix)]
    #[must_use]
    pub fn record_prefix(&self) -> String {
        self.vault.prefix().to_owned()
    }

    /// The host to ask the user about, as JSON.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn confirmation(&self) -> Option<String> {
        let origin = self.connection.confirmation()?;
        let mut out = String::new();
        {
            let mut confirmation = write::Object::new(&mut out);
            confirmation.string("origin", &origin.to_string());
            confirmation.string("host", &origin.authority());
        }
        Some(out)
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
        if let Some((settings, secrets)) = self.connection.succeed(attempt, models) {
            // The store falls back to memory by itself; one that fails
            // otherwise costs the next pane a sign-in.
            let _ = self.vault.save(&settings, &secrets);
        }
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

    /// Asks the gateway that answered once more.
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
        self.connection.renew_models(handle.discovery().gateway(), handle.models()?);
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
        betas: Vec<String>,
    ) -> Result<CallHandle, JsValue> {
        let params = MessageParams::read(params)?;
        if !stream {
            params.check_without_stream()?;
        }
        let gateway = self.connection.gateway()?;
        let request = gateway.messages_request(&params, stream, &betas)?;
        Ok(self.call(request, Expected::Message, gateway.credential().secret()))
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
    ) -> Result<CallHandle, JsValue> {
        let params = MessageParams::read(params)?;
        let gateway = self.connection.gateway()?;
        let request = gateway.count_tokens_request(&params, &betas)?;
        Ok(self.call(request, Expected::TokenCount, gateway.credential().secret()))
    }

    /// Forgets what is kept; `false` when the storage refuses.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&mut self) -> bool {
        self.connection.forget();
        self.vault.forget().is_ok()
    }

    /// Another pane changed what is kept.
    pub fn reload(&mut self) {
        if let Ok(kept) = self.vault.load() {
            self.connection.reload(kept);
        }
    }
}

impl ConnectorHandle {
    fn call(
        &self,
        request: crate::http::Request,
        expected: Expected,
        secret: &crate::secret::Secret,
    ) -> CallHandle {
        CallHandle::new(
            request,
            secret.clone(),
            expected,
            self.page_origin.clone(),
            self.retry.clone(),
        )
    }
}

/// Whether a parameter of the page's address must not stay there.
#[wasm_bindgen(js_name = isSecretParameter)]
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    manifest::is_secret_parameter(name)
}
