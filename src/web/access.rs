//! What opens a provider, as `js/access.js` obtains it.

use crate::error::Failure;
use crate::http::Request;
use crate::http::answer::Answer;
use crate::json::write;
use crate::provider::access::{Access, Next};

use super::dispatch::Object;
use super::operation::{Arguments, Outcome, Reply};
use super::reply;

/// What opens a provider for one call or discovery, and whether it has been
/// renewed for it already.
#[derive(Debug)]
pub(super) struct Opening {
    access: Access,
    pub(super) page_origin: String,
    /// What was refused, and has been renewed.
    renewed: Option<u32>,
}

impl Opening {
    pub(super) fn new(access: Access, page_origin: String) -> Self {
        Self { access, page_origin, renewed: None }
    }

    /// What has to be obtained first: an object to obtain it with, or nothing.
    pub(super) fn to_obtain(&self, now_ms: u64) -> Reply {
        match self.access.poll(now_ms) {
            Next::Ready => Reply::Nothing,
            Next::Token(_) | Next::Send(_) => {
                Reply::Object(Object::Access(Box::new(AccessHandle {
                    access: self.access.clone(),
                    page_origin: self.page_origin.clone(),
                })))
            }
        }
    }

    /// Authorises a request. What it gives is for [`renews`](Self::renews).
    pub(super) fn authorize(&self, request: &mut Request, now_ms: u64) -> Result<u32, Failure> {
        Ok(self.access.authorize(request, now_ms / 1_000)?)
    }

    /// Whether to ask again with something newer than what was refused, which
    /// happens once.
    pub(super) fn renews(
        &mut self,
        generation: u32,
        failure: &Failure,
        answer: &Answer,
        now_ms: u64,
    ) -> bool {
        if !failure.refuses_credential() {
            return false;
        }
        if self.renewed.is_none()
            && (self.access.correct_clock(&answer.body, now_ms / 1_000)
                || self.access.refused(generation, &answer.head))
        {
            self.renewed = Some(generation);
        }
        // Several questions may have been under way with the same.
        self.renewed == Some(generation)
    }
}

/// What `js/access.js` drives: while `step` wants something, get it and hand it
/// over.
#[derive(Debug)]
pub struct AccessHandle {
    access: Access,
    page_origin: String,
}

impl AccessHandle {
    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // Which access it is: calls that want the same one wait for one flight.
            "identity" => Ok(Reply::Json(number(self.access.identity()))),
            "step" => Ok(self.step(arguments.now_ms)),
            // How the user signs in, where a token is wanted.
            "signIn" => Ok(reply::sign_in(&self.access.sign_in())),
            // `(token, account, expiresAt)`: takes a token.
            "takeToken" => {
                let (token, account) = (arguments.text(), arguments.text());
                let expires_at_ms = arguments.number();
                self.access.handle_token(&token, &account, expires_at_ms, arguments.now_ms)?;
                Ok(Reply::Nothing)
            }
            // No token could be had: whether it goes on without one.
            "missToken" => Ok(Reply::flag(self.access.handle_no_token(arguments.now_ms))),
            // `(status, headers; body)`: takes the answer.
            "takeAnswer" => {
                let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
                self.access.handle_answer(&answer, arguments.now_ms)?;
                Ok(Reply::Nothing)
            }
            // `(word, limit)`: takes the news that there is no answer.
            "missAnswer" => {
                let error = reply::transport_error(arguments);
                self.access.handle_no_answer(&error, &self.page_origin, arguments.now_ms)?;
                Ok(Reply::Nothing)
            }
            _ => Ok(Reply::Unknown),
        }
    }

    /// `{token:{kind,scope,fresh,claims?}}`, or `{request}` with its secrets; nothing
    /// when all is there.
    fn step(&self, now_ms: u64) -> Reply {
        let next = self.access.poll(now_ms);
        let mut out = String::new();
        {
            let mut step = write::Object::new(&mut out);
            match next {
                Next::Ready => return Reply::Nothing,
                Next::Send(request) => step.name("request").push_str(&reply::expose(&request)),
                Next::Token(wanted) => {
                    let mut token = step.object("token");
                    token.string("kind", wanted.kind.as_str());
                    token.string("scope", &wanted.scope);
                    token.bool("fresh", wanted.fresh);
                    if !wanted.claims.is_empty() {
                        token.string("claims", &wanted.claims);
                    }
                }
            }
        }
        Reply::Json(out)
    }
}

fn number(number: u64) -> String {
    let mut out = String::new();
    write::push_number(&mut out, number);
    out
}
