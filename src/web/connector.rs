//! The connector as JavaScript holds it.

use crate::config::settings;
use crate::connection::{Connection, Consent, Plan};
use crate::credentials::Kept;
use crate::error::{Code, Failure};
use crate::http::Request;
use crate::http::retry::RetryPolicy;
use crate::provider::Access;
use crate::provider::messages::MessageParams;

use super::access::Opening;
use super::call::{CallHandle, Expected};
use super::discovery::DiscoveryHandle;
use super::dispatch::{Object, Objects};
use super::operation::{Arguments, Outcome, Reply};
use super::{failure, reply};

/// What `js/connector.js` drives.
#[derive(Debug)]
pub struct ConnectorHandle {
    connection: Connection,
    page_origin: String,
    retry: RetryPolicy,
}

impl ConnectorHandle {
    /// `(parameters, records, vouched, pageOrigin, maxRetries)`: reads
    /// configuration and records. `parameters` are names and values in turn,
    /// `records` is what the host has kept; `vouched` says that an Office host
    /// stands behind the parameters.
    #[must_use]
    pub fn open(arguments: &mut Arguments<'_>) -> Self {
        let parameters = arguments.texts();
        let kept = Kept::read(arguments.json().raw());
        let connection = Connection::open(reply::pairs(&parameters), kept, arguments.flag());
        let page_origin = arguments.text();
        let retry = RetryPolicy { max_retries: arguments.small_number() };
        Self { connection, page_origin, retry }
    }

    pub(super) fn call(
        &mut self,
        operation: &str,
        arguments: &mut Arguments<'_>,
        objects: &mut Objects,
    ) -> Outcome {
        let connection = &mut self.connection;
        match operation {
            // What it is doing.
            "state" => return Ok(Reply::text(connection.state().as_str())),
            // Why the last attempt failed.
            "failure" => {
                return Ok(Reply::optional(connection.failure().map(failure::describe)));
            }
            // The configuration, secrets masked.
            "configuration" => return Ok(Reply::Json(connection.describe_configuration())),
            "models" => return Ok(Reply::Json(connection.describe_models())),
            // What the host is to write: names and texts, `null` to remove.
            // Each change is given once.
            "takeChanges" => {
                let changes = connection.poll_changes();
                return Ok(Reply::optional(changes.map(|changes| changes.expose())));
            }
            // What to ask the user, as a failure.
            "confirmation" => {
                let question = connection.confirmation();
                return Ok(Reply::optional(question.as_ref().map(failure::describe)));
            }
            // How the user signs in for what is configured; nothing where that
            // needs nobody.
            "neededSignIn" => {
                let needed = connection.needed_sign_in();
                return Ok(needed.as_ref().map_or(Reply::Nothing, reply::sign_in));
            }
            // The same for tokens of the page's own.
            "signIn" => return Ok(reply::sign_in(&connection.sign_in())),
            // `(account)`: who is signed in, by what names them for good.
            // Whether it was somebody else before.
            "useAccount" => return Ok(Reply::flag(connection.use_account(&arguments.text()))),
            // What opens the connection can't be renewed without the user.
            "lapse" => connection.lapse(failed()),
            // It has been after all.
            "resume" => connection.resume(),
            // Whether the user signed out and has not acted since.
            "isSignedOut" => return Ok(Reply::flag(connection.is_signed_out())),
            // The user signs in, though not to connect.
            "act" => connection.act(),
            // The user signed out.
            "signOut" => connection.forget(),
            // Some of what is kept lies in the clear and could be sealed: it is
            // to be written anew.
            "renew" => connection.renew(),
            // `(records)`: another pane changed what is kept, or the key has
            // come. Whether what held this one back is gone.
            "reload" => {
                let kept = Kept::read(arguments.json().raw());
                return Ok(Reply::flag(connection.reload(kept)));
            }
            "plan" => return self.plan(arguments),
            "rediscover" => return self.rediscover(),
            "messageCall" => return self.message_call(arguments),
            "tokenCountCall" => return self.token_count_call(arguments),
            _ => return self.call_with_discovery(operation, arguments, objects),
        }
        Ok(Reply::Nothing)
    }

    /// `(discovery)`: what an attempt to connect, or a search for newer models,
    /// came to.
    fn call_with_discovery(
        &mut self,
        operation: &str,
        arguments: &mut Arguments<'_>,
        objects: &mut Objects,
    ) -> Outcome {
        let Some(handle) = objects.discovery(arguments.small_number()) else {
            return Ok(Reply::Unknown);
        };
        match operation {
            // The attempt is under way.
            "begin" => {
                if let Some(attempt) = &mut handle.attempt {
                    self.connection.begin(attempt);
                }
            }
            // The attempt succeeded: keeps what it was made with. A failure when
            // the gateway has no models.
            "succeed" => {
                let models = handle.models()?.to_vec();
                if let Some(attempt) = handle.attempt.take() {
                    self.connection.succeed(attempt, models);
                }
            }
            // `(discovery, demandsUser)`: the attempt failed, with the failure
            // that the handle told last, or because only the user can sign in.
            "fail" => {
                if let Some(attempt) = &handle.attempt {
                    let failure = handle.failure().cloned().or_else(|| handle.models().err());
                    let failure = failure.unwrap_or_else(failed);
                    self.connection.fail(attempt, failure, arguments.flag());
                }
            }
            // The attempt was called off.
            "callOff" => {
                if let Some(attempt) = &handle.attempt {
                    self.connection.call_off(attempt);
                }
            }
            // Takes a newer list of models. A failure when the gateway has none
            // any more.
            "renewModels" => {
                let models = handle.models()?.to_vec();
                self.connection.renew_models(handle.discovery().provider(), models);
            }
            _ => return Ok(Reply::Unknown),
        }
        Ok(Reply::Nothing)
    }

    /// `(settings, interactive, confirm)`: an attempt to connect, or nothing
    /// when the user has to act first. `settings` is JSON text.
    fn plan(&self, arguments: &mut Arguments<'_>) -> Outcome {
        let typed = arguments.optional_text().as_deref().map(settings::read).transpose()?;
        let interactive = arguments.flag();
        let confirm = arguments.optional_text();
        Ok(match self.connection.plan(typed, Consent { interactive, confirm })? {
            Plan::Stay => Reply::Nothing,
            Plan::Attempt(attempt) => {
                let discovery = attempt.discovery();
                let origin = self.page_origin.clone();
                let handle =
                    DiscoveryHandle::new(discovery, Some(*attempt), origin, self.retry.clone());
                Reply::Object(Object::Discovery(Box::new(handle)))
            }
        })
    }

    /// `()`: asks the provider that answered once more. A failure when not connected.
    fn rediscover(&self) -> Outcome {
        let discovery = self.connection.rediscovery()?;
        let origin = self.page_origin.clone();
        let handle = DiscoveryHandle::new(discovery, None, origin, self.retry.clone());
        Ok(Reply::Object(Object::Discovery(Box::new(handle))))
    }

    /// `(stream, betas; params)`: a call for a message. A failure when not
    /// connected, or for unusable params.
    fn message_call(&self, arguments: &mut Arguments<'_>) -> Outcome {
        let params = arguments.body()?;
        let params = MessageParams::read(&params)?;
        let stream = arguments.flag();
        if !stream {
            params.check_without_stream()?;
        }
        let provider = self.connection.provider()?;
        let request = provider.messages_request(&params, stream, &arguments.texts())?;
        Ok(self.call_for(request, provider.access(), Expected::Message))
    }

    /// `(betas; params)`: a call for a count of tokens. As [`Self::message_call`].
    fn token_count_call(&self, arguments: &mut Arguments<'_>) -> Outcome {
        let params = arguments.body()?;
        let params = MessageParams::read(&params)?;
        let provider = self.connection.provider()?;
        let request = provider.count_tokens_request(&params, &arguments.texts())?;
        Ok(self.call_for(request, provider.access(), Expected::TokenCount))
    }

    fn call_for(&self, request: Request, access: &Access, expected: Expected) -> Reply {
        let opening = Opening::new(access.clone(), self.page_origin.clone());
        let call = CallHandle::new(request, opening, expected, self.retry.clone());
        Reply::Object(Object::Call(Box::new(call)))
    }
}

/// What went wrong outside, where the host knows better.
fn failed() -> Failure {
    Failure::new(Code::Unreachable, "failed")
}
