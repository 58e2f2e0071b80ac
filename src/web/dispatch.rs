//! Finds what is called: an operation of the module itself, or of an object
//! that it holds for JavaScript.

use crate::json::write;

use super::failure;
use super::operation::{Arguments, Outcome, Reply};
#[cfg(feature = "start")]
use super::{
    access::AccessHandle, call::CallHandle, connector::ConnectorHandle, discovery::DiscoveryHandle,
    records, signing,
};
#[cfg(feature = "on-demand")]
use super::{bootstrap, broker, diagnosis, graph, nested_app_auth};
#[cfg(feature = "on-demand")]
use crate::auth::{Client, oauth::Broker};
#[cfg(feature = "start")]
use crate::{auth::claims, config::manifest};

/// What JavaScript may hold.
#[derive(Debug)]
pub enum Object {
    /// What `js/connector.js` drives.
    #[cfg(feature = "start")]
    Connector(Box<ConnectorHandle>),
    /// A discovery, and the attempt to connect that it may be part of.
    #[cfg(feature = "start")]
    Discovery(Box<DiscoveryHandle>),
    /// What `js/call.js` drives.
    #[cfg(feature = "start")]
    Call(Box<CallHandle>),
    /// What `js/nested_app_auth.js` drives.
    #[cfg(feature = "on-demand")]
    NestedAppAuth(Box<Client>),
    /// What `js/access.js` drives.
    #[cfg(feature = "start")]
    Access(Box<AccessHandle>),
    /// What `js/diagnose.js` drives.
    #[cfg(feature = "on-demand")]
    Diagnosis(Box<diagnosis::DiagnosisHandle>),
    /// What `js/broker.js` drives.
    #[cfg(feature = "on-demand")]
    Broker(Box<Broker>),
}

/// What goes back to JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `undefined`
    Nothing,
    /// A value, as JSON.
    Value(String),
    /// A failure, as JSON; it is thrown there.
    Failure(String),
    /// There is no such operation or object.
    Unknown,
}

/// The objects that JavaScript holds, by number. No number is given twice, so
/// one that was freed stays unknown; 0 is the module itself.
#[derive(Debug)]
pub struct Objects {
    last: u32,
    held: Vec<(u32, Object)>,
}

impl Default for Objects {
    fn default() -> Self {
        Self::new()
    }
}

impl Objects {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: 0, held: Vec::new() }
    }

    /// Calls the operation that the first argument names.
    pub fn call(&mut self, number: u32, arguments: &mut Arguments<'_>) -> Answer {
        let operation = arguments.text();
        let outcome = match number {
            0 => call_module(&operation, arguments),
            _ => self.call_object(number, &operation, arguments),
        };
        match outcome {
            Ok(Reply::Nothing) => Answer::Nothing,
            Ok(Reply::Json(json)) => Answer::Value(json),
            Ok(Reply::Object(object)) => {
                let mut number = String::new();
                write::push_number(&mut number, self.hold(object).into());
                Answer::Value(number)
            }
            Ok(Reply::Unknown) => Answer::Unknown,
            Err(failure) => Answer::Failure(failure::describe(&failure)),
        }
    }

    /// Out of the table while it is called, so that it can be given others.
    fn call_object(
        &mut self,
        number: u32,
        operation: &str,
        arguments: &mut Arguments<'_>,
    ) -> Outcome {
        let Some(mut object) = self.free(number) else { return Ok(Reply::Unknown) };
        let outcome = match &mut object {
            #[cfg(feature = "start")]
            Object::Connector(connector) => connector.call(operation, arguments, self),
            #[cfg(feature = "start")]
            Object::Discovery(discovery) => discovery.call(operation, arguments),
            #[cfg(feature = "start")]
            Object::Call(call) => call.call(operation, arguments),
            #[cfg(feature = "on-demand")]
            Object::NestedAppAuth(client) => nested_app_auth::call(client, operation, arguments),
            #[cfg(feature = "start")]
            Object::Access(access) => access.call(operation, arguments),
            #[cfg(feature = "on-demand")]
            Object::Diagnosis(diagnosis) => diagnosis.call(operation, arguments),
            #[cfg(feature = "on-demand")]
            Object::Broker(broker) => broker::call(broker, operation, arguments),
        };
        self.held.push((number, object));
        outcome
    }

    /// The discovery of that number.
    #[cfg(feature = "start")]
    pub(super) fn discovery(&mut self, number: u32) -> Option<&mut DiscoveryHandle> {
        match self.held.iter_mut().find(|(held, _)| *held == number) {
            Some((_, Object::Discovery(discovery))) => Some(discovery),
            _ => None,
        }
    }

    fn hold(&mut self, object: Object) -> u32 {
        // Wraps after more calls than a pane lives for.
        self.last = self.last.wrapping_add(1).max(1);
        self.held.push((self.last, object));
        self.last
    }

    /// Takes an object out.
    pub fn free(&mut self, number: u32) -> Option<Object> {
        let at = self.held.iter().position(|(held, _)| *held == number)?;
        Some(self.held.swap_remove(at).1)
    }
}

/// What a module does without an object.
fn call_module(operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
    #[cfg(feature = "start")]
    if let Some(outcome) = call_start(operation, arguments) {
        return outcome;
    }
    #[cfg(feature = "on-demand")]
    if let Some(outcome) = call_on_demand(operation, arguments) {
        return outcome;
    }
    Ok(Reply::Unknown)
}

/// Of the module that every session needs.
#[cfg(feature = "start")]
fn call_start(operation: &str, arguments: &mut Arguments<'_>) -> Option<Outcome> {
    Some(match operation {
        "open" => Ok(Reply::Object(Object::Connector(Box::new(ConnectorHandle::open(arguments))))),
        "isSecretParameter" => Ok(Reply::flag(manifest::is_secret_parameter(&arguments.text()))),
        "recordPrefix" => Ok(records::prefix(arguments)),
        "recordNames" => Ok(records::names(arguments)),
        "associatedData" => records::associated_data(arguments),
        "joinSealed" => Ok(records::join_sealed(arguments)),
        "splitSealed" => records::split_sealed(arguments),
        // `(header)`: the claims that a `WWW-Authenticate` header demands.
        "claimsOfChallenge" => {
            let claims = claims::from_challenge(&arguments.text());
            Ok(if claims.is_empty() { Reply::Nothing } else { Reply::text(&claims) })
        }
        "signAwsRequest" => signing::sign_aws_request(arguments),
        _ => return None,
    })
}

/// Of the module that is loaded on demand.
#[cfg(feature = "on-demand")]
fn call_on_demand(operation: &str, arguments: &mut Arguments<'_>) -> Option<Outcome> {
    Some(match operation {
        "openNestedAppAuth" => nested_app_auth::open(arguments),
        "openDiagnosis" => diagnosis::open(arguments),
        "bootstrapTarget" => diagnosis::bootstrap_target(arguments),
        "openBroker" => broker::open(arguments),
        "authorityOf" => Ok(broker::authority_of(arguments)),
        "graphBase" => Ok(graph::base(arguments)),
        "graphCheck" => graph::check(arguments),
        "graphRequest" => graph::authorize(arguments),
        "noBridge" => nested_app_auth::no_bridge(arguments),
        _ => return bootstrap::call(operation, arguments),
    })
}
