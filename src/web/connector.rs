//! The connector as JavaScript holds it.

use crate::config::{Configuration, settings};
use crate::connection::{Connection, Consent, Plan};
use crate::credentials::Kept;
use crate::diagnosis::allowlist;
use crate::diagnosis::report::{Check, Checks, Facts, report};
use crate::diagnosis::target::{Target, message};
use crate::error::{Code, Failure};
use crate::http::retry::RetryPolicy;
use crate::http::{Endpoints, Request};
use crate::json::write;
use crate::provider::Provider;
use crate::provider::capabilities::by_words;
use crate::provider::messages::MessageParams;

use super::access::Opening;
use super::call::{CallHandle, Expected};
use super::discovery::DiscoveryHandle;
use super::dispatch::{Object, Objects};
use super::operation::{Arguments, Outcome, Reply};
use super::{failure, layers, reply};

/// What `js/connector.js` drives.
#[derive(Debug)]
pub struct ConnectorHandle {
    connection: Connection,
    page_origin: String,
    retry: RetryPolicy,
    diagnosed: Option<Diagnosed>,
}

/// What was diagnosed last.
#[derive(Debug)]
struct Diagnosed {
    configuration: Configuration,
    provider: Option<Provider>,
}

impl ConnectorHandle {
    /// `(parameters, records, vouched, inOutlook, pageOrigin, maxRetries,
    /// endpoints)`: reads configuration and records. `parameters` are names and
    /// values in turn, `records` is what the host has kept; `vouched` says that
    /// an Office host stands behind the parameters; `endpoints` are addresses by
    /// hosts.
    #[must_use]
    pub fn open(arguments: &mut Arguments<'_>) -> Self {
        let parameters = arguments.texts();
        let kept = Kept::read(arguments.json().raw());
        let (vouched, in_outlook) = (arguments.flag(), arguments.flag());
        let parameters = reply::pairs(&parameters);
        let mut connection = Connection::open_in(parameters, kept, vouched, in_outlook);
        let page_origin = arguments.text();
        let retry = RetryPolicy { max_retries: arguments.small_number() };
        connection.locate(Endpoints::new(arguments.json().raw()));
        Self { connection, page_origin, retry, diagnosed: None }
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
                return Ok(Reply::optional(connection.failure().as_ref().map(failure::describe)));
            }
            // The configuration, secrets masked.
            "configuration" => return Ok(Reply::Json(connection.describe_configuration())),
            "models" => return Ok(Reply::Json(connection.describe_models())),
            // `(provider, format)`: what that provider can do, or the one that
            // answered; nothing where there is none.
            "capabilities" => {
                let (provider, format) = (arguments.optional_text(), arguments.text());
                return Ok(Reply::optional(match provider {
                    Some(word) => by_words(&word, &format).map(|row| row.told.to_owned()),
                    None => connection.describe_capabilities(),
                }));
            }
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
            "signOut" => {
                connection.forget();
                self.diagnosed = None;
            }
            // Some of what is kept lies in the clear and could be sealed: it is
            // to be written anew.
            "renew" => connection.renew(),
            // `(records)`: another pane changed what is kept, or the key has
            // come. Whether what held this one back is gone.
            "reload" => {
                let kept = Kept::read(arguments.json().raw());
                self.diagnosed = None;
                return Ok(Reply::flag(connection.reload(kept)));
            }
            "wantsReview" | "missingLayer" | "renewedLayer" | "beginLayers" | "takeLayer"
            | "exposeLayers" | "takeFilled" | "endLayers" | "listValue" => {
                return layers::call(connection, operation, arguments);
            }
            "plan" => return self.plan(arguments),
            "rediscover" => return self.rediscover(),
            "messageCall" => return self.message_call(arguments),
            "tokenCountCall" => return self.token_count_call(arguments),
            // The hosts to let through.
            "allowlist" => {
                let configuration = self.in_question();
                return Ok(Reply::Json(allowlist::describe(configuration, &self.page_origin)));
            }
            "report" => return Ok(self.report(arguments)),
            "diagnose" => return Ok(Reply::Json(self.diagnose(arguments, objects))),
            "ask" => return self.ask(arguments),
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
                    self.connection.remember_models(arguments.now_ms);
                    // What was found before is no longer so.
                    self.diagnosed = None;
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
                if self.connection.renew_models(handle.discovery().provider(), models) {
                    self.connection.remember_models(arguments.now_ms);
                }
            }
            _ => return Ok(Reply::Unknown),
        }
        Ok(Reply::Nothing)
    }

    /// `(settings, interactive, confirm)`: an attempt to connect, or nothing
    /// when the user has to act first. `settings` is JSON text.
    fn plan(&self, arguments: &mut Arguments<'_>) -> Outcome {
        let typed = arguments.optional_text().as_deref().map(settings::read).transpose()?;
        let is_typed = typed.is_some();
        let interactive = arguments.flag();
        let confirm = arguments.optional_text();
        Ok(match self.connection.plan(typed, Consent { interactive, confirm })? {
            Plan::Stay => Reply::Nothing,
            Plan::Attempt(attempt) => {
                let discovery = match is_typed {
                    true => attempt.discovery(),
                    false => self.connection.discovery(&attempt, arguments.now_ms),
                };
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
        Ok(self.call_for(request, provider, Expected::Message, self.retry.clone()))
    }

    /// `(model)`: the call for the diagnosis' message, which is sent once.
    fn ask(&self, arguments: &mut Arguments<'_>) -> Outcome {
        let asked = self.diagnosed.as_ref().and_then(|diagnosed| diagnosed.provider.as_ref());
        let Some(provider) = asked else { return Ok(Reply::Nothing) };
        let params = message(&arguments.text());
        let request = provider.messages_request(&MessageParams::read(&params)?, true, &[])?;
        let once = RetryPolicy { max_retries: 0 };
        Ok(self.call_for(request, provider, Expected::Message, once))
    }

    /// `(betas; params)`: a call for a count of tokens. As [`Self::message_call`].
    fn token_count_call(&self, arguments: &mut Arguments<'_>) -> Outcome {
        let params = arguments.body()?;
        let params = MessageParams::read(&params)?;
        let provider = self.connection.provider()?;
        let request = provider.count_tokens_request(&params, &arguments.texts())?;
        Ok(self.call_for(request, provider, Expected::TokenCount, self.retry.clone()))
    }

    /// `(discovery)`: `{vouched,target?,model?}`, whom a discovery asks, for a diagnosis;
    /// what it is made of is remembered for [`ask`](Self::ask) and the report.
    fn diagnose(&mut self, arguments: &mut Arguments<'_>, objects: &mut Objects) -> String {
        let mut handle = objects.discovery(arguments.small_number());
        if let Some(handle) = &mut handle {
            handle.ask_once();
        }
        let attempt = handle.as_ref().and_then(|handle| handle.attempt.as_ref());
        let discovery = handle.as_ref().map(|handle| handle.discovery());
        let model = match attempt {
            Some(_) => discovery.and_then(|discovery| discovery.typed()),
            None => self.connection.models().first().map(|model| model.id.as_str()),
        };
        let provider = discovery.map(|discovery| discovery.provider());
        let target = provider.and_then(|provider| Target::of(provider, arguments.random));
        let mut out = String::new();
        {
            let mut asked = write::Object::new(&mut out);
            asked.bool("vouched", self.connection.is_vouched());
            if let Some(target) = target {
                asked.name("target").push_str(&target.describe());
            }
            if let Some(model) = model {
                asked.string("model", model);
            }
        }
        let in_force = self.connection.configuration();
        self.diagnosed = Some(Diagnosed {
            configuration: attempt.map_or(in_force, |attempt| attempt.configuration()).clone(),
            provider: provider.cloned(),
        });
        out
    }

    /// `([time, manifest, host, engine], sentences, steps, refused, refusal)`:
    /// the report; a step is `[id, status, verdict, elapsedMs]`.
    fn report(&self, arguments: &mut Arguments<'_>) -> Reply {
        let facts = Facts {
            page_origin: self.page_origin.clone(),
            state: self.connection.state().as_str(),
            lines: arguments.texts(),
            sentences: arguments.texts(),
            endpoints: self.connection.endpoints().clone(),
        };
        let mut steps = Vec::new();
        for step in arguments.json().elements() {
            let mut fields = Arguments::of(step);
            steps.push(Check {
                step: fields.text(),
                status: fields.text(),
                verdict: fields.text(),
                elapsed_ms: fields.number().unwrap_or_default(),
            });
        }
        let checks =
            Checks { steps, refused: arguments.texts(), refusal: reply::refusal(arguments) };
        let checks = (!checks.steps.is_empty()).then_some(&checks);
        Reply::text(&report(self.in_question(), self.connection.failure().as_ref(), checks, &facts))
    }

    /// The configuration that was diagnosed last, else the one in force.
    fn in_question(&self) -> &Configuration {
        let diagnosed = self.diagnosed.as_ref().map(|diagnosed| &diagnosed.configuration);
        diagnosed.unwrap_or_else(|| self.connection.configuration())
    }

    fn call_for(
        &self,
        request: Request,
        provider: &Provider,
        expected: Expected,
        retry: RetryPolicy,
    ) -> Reply {
        let opening = Opening::new(provider.access().clone(), self.page_origin.clone());
        let call =
            CallHandle::new(request, opening, provider.refused_tools().clone(), expected, retry);
        Reply::Object(Object::Call(Box::new(call)))
    }
}

/// What went wrong outside, where the host knows better.
fn failed() -> Failure {
    Failure::new(Code::Unreachable, "failed")
}
