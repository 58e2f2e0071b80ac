//! A discovery, and the attempt to connect that it may be part of.

use crate::connection::{Attempt, describe};
use crate::error::Failure;
use crate::http::Request;
use crate::http::answer::{Answer, TransportError};
use crate::http::retry::RetryPolicy;
use crate::json::write;
use crate::provider::discovery::Question;
use crate::provider::failure::{self, Asked};
use crate::provider::{Discovery, Model};

use super::access::Opening;
use super::operation::{Arguments, Outcome, Reply};
use super::{failure as to_js, reply};

/// Asks a provider for its models. The driver loop of `js/connector.js`:
/// while `toObtain` gives something, obtain that, and while `poll` gives a
/// request, send it, then tell `answered` or `unanswered` by its number; when
/// the former throws, `retryWait` says at once whether to go on. Several
/// requests may be under way.
#[derive(Debug)]
pub struct DiscoveryHandle {
    discovery: Discovery,
    pub(super) attempt: Option<Attempt>,
    opening: Opening,
    under_way: Vec<UnderWay>,
    /// The number of the last request.
    last: u32,
    failure: Option<Failure>,
    retry: RetryPolicy,
    attempts: u32,
    /// What was refused can be replaced: it is sent again at once.
    again: bool,
    /// How many questions in turn were not answered in time.
    silences: u32,
}

/// After so many the server is held to be silent.
const MOST_SILENCES: u32 = 4;

#[derive(Debug)]
struct UnderWay {
    number: u32,
    question: Question,
    request: Request,
    /// Which of what opens the provider it was sent with.
    generation: u32,
}

impl DiscoveryHandle {
    pub(super) fn new(
        discovery: Discovery,
        attempt: Option<Attempt>,
        page_origin: String,
        retry: RetryPolicy,
    ) -> Self {
        let opening = Opening::new(discovery.provider().access().clone(), page_origin);
        Self {
            discovery,
            attempt,
            opening,
            under_way: Vec::new(),
            last: 0,
            failure: None,
            retry,
            attempts: 0,
            again: false,
            silences: 0,
        }
    }

    pub(super) fn models(&self) -> Result<&[Model], Failure> {
        self.discovery.models()
    }

    pub(super) fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    /// It is for a diagnosis: what fails is not asked for again, and a message
    /// is sent afterwards.
    pub(super) fn ask_once(&mut self) {
        self.retry.max_retries = 0;
        self.discovery.believe_list();
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    pub(super) fn call(&mut self, operation: &str, arguments: &mut Arguments<'_>) -> Outcome {
        match operation {
            // What opens the provider, where it has to be obtained first.
            "toObtain" => Ok(self.opening.to_obtain(arguments.now_ms)),
            "poll" => self.poll(arguments.now_ms),
            "answered" => self.answered(arguments),
            "unanswered" => Ok(self.unanswered(arguments)),
            "retryWait" => Ok(self.retry_wait(arguments.random)),
            // The models; a failure when there are none.
            "describeModels" => Ok(Reply::Json(describe::describe_models(self.models()?))),
            _ => Ok(Reply::Unknown),
        }
    }

    /// `{number,request}`: the request to send next, with its secrets; nothing
    /// when all is asked.
    fn poll(&mut self, now_ms: u64) -> Outcome {
        let Some(question) = self.discovery.poll() else { return Ok(Reply::Nothing) };
        let mut request = self.discovery.request(&question)?;
        let generation = self.opening.authorize(&mut request, now_ms)?;
        self.last += 1;
        let number = self.last;
        let mut out = String::new();
        {
            let mut polled = write::Object::new(&mut out);
            polled.number("number", number.into());
            polled.name("request").push_str(&reply::expose(&request));
        }
        self.under_way.push(UnderWay { number, question, request, generation });
        Ok(Reply::Json(out))
    }

    /// The request that the first argument numbers.
    fn take(&mut self, arguments: &mut Arguments<'_>) -> Option<UnderWay> {
        let number = arguments.small_number();
        let at = self.under_way.iter().position(|sent| sent.number == number)?;
        Some(self.under_way.swap_remove(at))
    }

    /// `(number, status, headers; body)`: takes the answer. What is wrong with it
    /// is remembered for [`retry_wait`](Self::retry_wait).
    fn answered(&mut self, arguments: &mut Arguments<'_>) -> Outcome {
        let Some(sent) = self.take(arguments) else { return Ok(Reply::Nothing) };
        let answer = Answer { head: reply::head(arguments), body: arguments.body()? };
        let now_ms = arguments.now_ms;
        let page_origin = &self.opening.page_origin;
        let asked = Asked { request: &sent.request, page_origin, now_wall_ms: now_ms };
        self.silences = 0;
        let taken = self.discovery.handle_answer(sent.question, &answer, &asked);
        // What a wait has mended is not why it may still fail.
        self.failure = taken.as_ref().err().cloned();
        if let Some(failure) = &self.failure {
            self.again = self.opening.renews(sent.generation, failure, &answer, now_ms);
        }
        taken.map(|()| Reply::Nothing)
    }

    /// `(number, word, limit)`: takes the news that there is no answer; what
    /// that means, as a failure. Nothing for a model that was only tried and
    /// took too long, unless the server is silent altogether.
    fn unanswered(&mut self, arguments: &mut Arguments<'_>) -> Reply {
        let Some(sent) = self.take(arguments) else { return Reply::Nothing };
        let now_wall_ms = arguments.now_ms;
        let page_origin = &self.opening.page_origin;
        let asked = Asked { request: &sent.request, page_origin, now_wall_ms };
        let error = reply::transport_error(arguments);
        if let (TransportError::TimedOut { .. }, Question::Known(_)) = (&error, &sent.question) {
            self.silences += 1;
            if self.silences < MOST_SILENCES {
                return Reply::Nothing;
            }
        }
        let failure = failure::from_transport(&error, &asked);
        let told = to_js::describe(&failure);
        self.failure = Some(failure);
        Reply::Json(told)
    }

    /// How long to wait before asking again, in milliseconds; nothing to give
    /// up. A server that can't be reached isn't asked again: the user is
    /// waiting for the verdict.
    fn retry_wait(&mut self, random: f64) -> Reply {
        if std::mem::take(&mut self.again) {
            return Reply::Json("0".to_owned());
        }
        let Some(failure) = self.failure.as_ref().filter(|failure| failure.status.is_some()) else {
            return Reply::Nothing;
        };
        self.attempts += 1;
        let Some(wait) = self.retry.wait_ms(self.attempts, failure, random) else {
            return Reply::Nothing;
        };
        let mut out = String::new();
        write::push_number(&mut out, wait);
        Reply::Json(out)
    }
}
