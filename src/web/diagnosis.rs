//! A diagnosis as `js/diagnose.js` drives it.

use crate::diagnosis::{Action, Asker, Diagnosis, Environment, Hosts, Seen, Streamed, Target};
use crate::http::{Endpoints, RequestUrl};

use super::dispatch::Object;
use super::operation::{Arguments, Outcome, Reply};
use super::reply;

/// A diagnosis under way.
#[derive(Debug)]
pub struct DiagnosisHandle(Diagnosis);

/// `(url, withToken)`: the bootstrap endpoint, as a target.
pub(super) fn bootstrap_target(arguments: &mut Arguments<'_>) -> Outcome {
    let url = RequestUrl::parse(&arguments.text())?;
    let target = Target::of_bootstrap(&url, arguments.flag(), arguments.random);
    Ok(Reply::Json(target.describe()))
}

/// `(target, model, pageOrigin, isolated, localNetwork, loopbackNetwork,
/// refusal, allowlist, signsIn, vouched, endpoints)`: of a server, or where there is none to ask, with why. Both: of
/// the bootstrap endpoint, which refused. Of the allowlist the other hosts that are
/// to be asked; `signsIn` says that the connector gets its tokens itself, `vouched`
/// that an Office host stands behind the page's address.
pub(super) fn open(arguments: &mut Arguments<'_>) -> Outcome {
    let target = Target::read(arguments.json());
    let model = arguments.optional_text();
    let environment = Environment {
        page_origin: arguments.text(),
        isolated: arguments.flag(),
        local_network: arguments.text(),
        loopback_network: arguments.text(),
    };
    let refusal = reply::refusal(arguments);
    let provider = target.as_ref().map_or("", |target| target.origin.as_str()).to_owned();
    let allowlist = arguments.json();
    let (signs_in, vouched) = (arguments.flag(), arguments.flag());
    let asker = Asker { provider: &provider, signs_in, vouched };
    let endpoints = Endpoints::new(arguments.json().raw());
    let hosts = Hosts::read(allowlist, asker, &endpoints);
    let diagnosis = match (target, refusal) {
        (Some(endpoint), Some(refusal)) => Diagnosis::unfetched(endpoint, environment, refusal),
        (Some(target), None) => Diagnosis::new(target, environment, model),
        (None, refusal) => Diagnosis::unconfigured(environment, refusal.unwrap_or_default()),
    };
    Ok(Reply::Object(Object::Diagnosis(Box::new(DiagnosisHandle(diagnosis.with_hosts(hosts))))))
}

impl DiagnosisHandle {
    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // The steps, what came of them, and what to do next.
            "diagnosis" => return Ok(Reply::Json(self.0.describe())),
            // `(elapsed, refusal, text, numbers…)`: what came of it. Of a probe the
            // word for what was seen; of the models the first one's id; of the
            // message the content type, how many events came, when the first, the last; of
            // hosts the words for what was seen of each, with blanks between.
            "handled" => {
                let elapsed = arguments.number().unwrap_or_default();
                let refusal = reply::refusal(arguments);
                let text = arguments.text();
                let number = |arguments: &mut Arguments<'_>| arguments.number().unwrap_or_default();
                let [events, first_ms, last_ms] =
                    [number(arguments), number(arguments), number(arguments)];
                match self.0.poll() {
                    Some(Action::ObtainAccess) => {
                        self.0.handle_access(refusal.map_or(Ok(()), Err), elapsed);
                    }
                    Some(Action::FindModels) => {
                        self.0.handle_models(refusal.map_or(Ok(text), Err), elapsed);
                    }
                    Some(Action::Ask(_)) => {
                        let streamed = Streamed { content_type: text, events, first_ms, last_ms };
                        let answer = refusal.map_or(Ok(streamed), Err);
                        self.0.handle_answer(answer, events > 0, elapsed);
                    }
                    Some(Action::ProbeHosts) => {
                        let seen: Vec<_> = text.split(' ').map(Seen::read).collect();
                        self.0.handle_hosts(&seen, elapsed);
                    }
                    _ => self.0.handle_probe(Seen::read(&text), elapsed),
                }
            }
            _ => return Ok(Reply::Unknown),
        }
        Ok(Reply::Nothing)
    }
}
