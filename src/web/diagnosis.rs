//! A diagnosis as `js/diagnose.js` drives it.

use crate::config::Configuration;
use crate::diagnosis::run::message;
use crate::diagnosis::{Diagnosis, Environment, LocalNetwork, Refusal, Seen, Streamed, Target};
use crate::error::Failure;
use crate::http::Request;
use crate::provider::Discovery;
use crate::provider::messages::MessageParams;

use super::operation::{Arguments, Outcome, Reply};

/// The diagnosis that was asked for last, with what it was made of.
#[derive(Debug)]
pub(super) struct Diagnosing {
    pub(super) diagnosis: Diagnosis,
    pub(super) configuration: Configuration,
    discovery: Option<Discovery>,
}

impl Diagnosing {
    /// `(…, isolated, localNetwork)`: of the provider that a discovery asks.
    pub(super) fn begin(
        discovery: &Discovery,
        model: Option<String>,
        configuration: Configuration,
        page_origin: &str,
        arguments: &mut Arguments<'_>,
    ) -> Result<Self, Failure> {
        let environment = environment(page_origin, arguments);
        let listing = Discovery::new(discovery.gateway().clone(), None).poll_request()?;
        let diagnosis = match listing {
            Some(listing) => {
                Diagnosis::new(Target::new(&listing, arguments.random), environment, model)
            }
            None => Diagnosis::unconfigured(environment, Refusal::default()),
        };
        Ok(Self { diagnosis, configuration, discovery: Some(discovery.clone()) })
    }

    /// `(…, isolated, localNetwork, refusal)`: there is nothing to ask.
    pub(super) fn refused(
        configuration: Configuration,
        page_origin: &str,
        arguments: &mut Arguments<'_>,
    ) -> Self {
        let environment = environment(page_origin, arguments);
        let refusal = refusal(arguments).unwrap_or_default();
        let diagnosis = Diagnosis::unconfigured(environment, refusal);
        Self { diagnosis, configuration, discovery: None }
    }

    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // What to do next.
            "next" => return Ok(Reply::optional(self.diagnosis.describe_next())),
            // The steps and what came of them.
            "diagnosis" => return Ok(Reply::Json(self.diagnosis.describe())),
            // `(elapsed, word, status, contentType)`: what was seen of the answer to a probe.
            "probed" => {
                let elapsed = arguments.number().unwrap_or_default();
                let word = arguments.text();
                let status = u16::try_from(arguments.small_number()).unwrap_or(u16::MAX);
                self.diagnosis.handle_probe(Seen::read(&word, status, &arguments.text()), elapsed);
            }
            // `(elapsed, refusal, model)`
            "found" => {
                let elapsed = arguments.number().unwrap_or_default();
                let found = match refusal(arguments) {
                    Some(refusal) => Err(refusal),
                    None => Ok(arguments.text()),
                };
                self.diagnosis.handle_models(found, elapsed);
            }
            // `(elapsed, refusal, contentType, events, firstMs, lastMs)`
            "answered" => {
                let elapsed = arguments.number().unwrap_or_default();
                let refusal = refusal(arguments);
                let streamed = Streamed {
                    content_type: arguments.text(),
                    events: arguments.number().unwrap_or_default(),
                    first_ms: arguments.number().unwrap_or_default(),
                    last_ms: arguments.number().unwrap_or_default(),
                };
                let begun = streamed.events > 0;
                self.diagnosis.handle_answer(refusal.map_or(Ok(streamed), Err), begun, elapsed);
            }
            _ => return Ok(Reply::Unknown),
        }
        Ok(Reply::Nothing)
    }

    /// The one message, to this model.
    pub(super) fn request(&self, model: &str) -> Result<Option<Request>, Failure> {
        let Some(discovery) = &self.discovery else { return Ok(None) };
        let text = message(model);
        let params = MessageParams::read(&text)?;
        discovery.gateway().messages_request(&params, true, &[]).map(Some)
    }
}

fn environment(page_origin: &str, arguments: &mut Arguments<'_>) -> Environment {
    Environment {
        page_origin: page_origin.to_owned(),
        isolated: arguments.flag(),
        local_network: LocalNetwork::read(&arguments.text()),
    }
}

/// `[code, message, status, requestId, hint, url]` of a failure; nothing where
/// there was none.
fn refusal(arguments: &mut Arguments<'_>) -> Option<Refusal> {
    let mut fields = Arguments::of(arguments.json());
    let code = fields.optional_text()?;
    Some(Refusal {
        code,
        message: fields.text(),
        status: fields.small_number(),
        request_id: fields.text(),
        hint: fields.text(),
        url: fields.text(),
    })
}
