//! A diagnosis as `js/diagnose.js` drives it.

use crate::config::Configuration;
use crate::diagnosis::{Action, Diagnosis, Environment, Refusal, Seen, Streamed, Target};
use crate::provider::Provider;

use super::operation::{Arguments, Outcome, Reply};

/// The diagnosis that was asked for last, with what it was made of.
#[derive(Debug)]
pub(super) struct Diagnosing {
    pub(super) diagnosis: Diagnosis,
    pub(super) configuration: Configuration,
    pub(super) provider: Option<Provider>,
}

impl Diagnosing {
    /// `(…, isolated, localNetwork, refusal)`: with a provider to ask, or with
    /// why there is none.
    pub(super) fn begin(
        provider: Option<&Provider>,
        model: Option<&str>,
        configuration: &Configuration,
        page_origin: &str,
        arguments: &mut Arguments<'_>,
    ) -> Self {
        let environment = Environment {
            page_origin: page_origin.to_owned(),
            isolated: arguments.flag(),
            local_network: arguments.text(),
        };
        let target = provider.and_then(|provider| Target::of(provider, arguments.random));
        let diagnosis = match target {
            Some(target) => Diagnosis::new(target, environment, model.map(str::to_owned)),
            None => Diagnosis::unconfigured(environment, refusal(arguments).unwrap_or_default()),
        };
        Self { diagnosis, configuration: configuration.clone(), provider: provider.cloned() }
    }

    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // The steps, what came of them, and what to do next.
            "diagnosis" => return Ok(Reply::Json(self.diagnosis.describe())),
            // `(elapsed, refusal, text, numbers…)`: what came of it. Of a probe the
            // word for what was seen; of the models the first one's id; of the
            // message the content type, how many events came, when the first, the last.
            "handled" => {
                let elapsed = arguments.number().unwrap_or_default();
                let refusal = refusal(arguments);
                let text = arguments.text();
                let number = |arguments: &mut Arguments<'_>| arguments.number().unwrap_or_default();
                let [events, first_ms, last_ms] =
                    [number(arguments), number(arguments), number(arguments)];
                match self.diagnosis.poll() {
                    Some(Action::ObtainAccess) => {
                        self.diagnosis.handle_access(refusal.map_or(Ok(()), Err), elapsed);
                    }
                    Some(Action::FindModels) => {
                        self.diagnosis.handle_models(refusal.map_or(Ok(text), Err), elapsed);
                    }
                    Some(Action::Ask(_)) => {
                        let streamed = Streamed { content_type: text, events, first_ms, last_ms };
                        let answer = refusal.map_or(Ok(streamed), Err);
                        self.diagnosis.handle_answer(answer, events > 0, elapsed);
                    }
                    _ => self.diagnosis.handle_probe(Seen::read(&text), elapsed),
                }
            }
            _ => return Ok(Reply::Unknown),
        }
        Ok(Reply::Nothing)
    }
}

/// `[code, message, status, requestId, hint]` of a failure; nothing where
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
    })
}
