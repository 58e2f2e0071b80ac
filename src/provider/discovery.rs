//! Which models a gateway offers, and with that whether it can be talked to.

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::Request;
use crate::http::answer::Answer;

use super::failure::{self, Asked};
use super::gateway::Gateway;
use super::messages;
use super::models::{Model, ModelSource, Page, Verdict};

/// The most pages of a list that are read; a gateway that pages in circles
/// would keep the pane waiting for ever.
const MOST_PAGES: usize = 20;

/// Finds the models of a gateway.
///
/// The driver loop: while [`poll_request`](Self::poll_request) gives a
/// request, send it and hand the answer to
/// [`handle_answer`](Self::handle_answer), which may end the discovery with a
/// failure. When there is no further request,
/// [`into_models`](Self::into_models) has the result.
///
/// First the list is read. A model that the user typed and that is not in
/// it, or for which there is no list, is asked for one token.
#[derive(Clone, Debug)]
pub struct Discovery {
    gateway: Gateway,
    typed: Option<String>,
    models: Vec<Model>,
    others: usize,
    pages: usize,
    step: Step,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    List { after: Option<String> },
    Probe { model: String },
    Done,
}

impl Discovery {
    /// Begins with the gateway's list.
    #[must_use]
    pub fn new(gateway: Gateway, typed: Option<String>) -> Self {
        Self {
            gateway,
            typed,
            models: Vec::new(),
            others: 0,
            pages: 0,
            step: Step::List { after: None },
        }
    }

    /// The gateway that is asked.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The model that the user typed.
    #[must_use]
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    /// The request to send next, or `None` when all is known.
    ///
    /// # Errors
    /// None that the gateway's own construction doesn't exclude.
    #[must_use = "nothing is sent by asking for it"]
    pub fn poll_request(&self) -> Result<Option<Request>, Failure> {
        match &self.step {
            Step::List { after } => self.gateway.models_request(after.as_deref()).map(Some),
            Step::Probe { model } => self.gateway.probe_request(model).map(Some),
            Step::Done => Ok(None),
        }
    }

    /// Takes the answer to the request.
    ///
    /// # Errors
    /// What makes it pointless to go on; asked again, it would send the same
    /// request once more.
    pub fn handle_answer(&mut self, answer: &Answer, asked: &Asked<'_>) -> Result<(), Failure> {
        let step = std::mem::replace(&mut self.step, Step::Done);
        let handled = match &step {
            Step::List { .. } => self.handle_list(answer, asked),
            Step::Probe { model } => self.handle_probe(model, answer, asked),
            Step::Done => Ok(()),
        };
        if handled.is_err() {
            self.step = step;
        }
        handled
    }

    /// The models: the one that the user typed first, then the list's order.
    ///
    /// # Errors
    /// [`Code::ModelNotAvailable`] when there is none.
    pub fn into_models(self) -> Result<Vec<Model>, Failure> {
        self.models().map(<[Model]>::to_vec)
    }

    /// As [`into_models`](Self::into_models), of a discovery that goes on.
    ///
    /// # Errors
    /// The same.
    pub fn models(&self) -> Result<&[Model], Failure> {
        if self.models.is_empty() { Err(self.no_models(None)) } else { Ok(&self.models) }
    }

    fn handle_list(&mut self, answer: &Answer, asked: &Asked<'_>) -> Result<(), Failure> {
        if matches!(answer.head.status, 404 | 405 | 501) {
            // A gateway without a list. Without a model to ask for there is
            // no telling it from a wrong address.
            let failure = failure::from_answer(answer, asked);
            return match self.typed.clone() {
                Some(model) => {
                    self.step = Step::Probe { model };
                    Ok(())
                }
                None => Err(self.no_models(Some(failure))),
            };
        }
        if !answer.head.is_success() {
            return Err(failure::from_answer(answer, asked));
        }
        let Some(page) = Page::read(&answer.body) else {
            return Err(failure::from_foreign_answer(answer, asked));
        };
        self.others += page.others;
        self.pages += 1;
        let before = self.models.len();
        for model in page.models {
            if self.models.iter().all(|known| known.id != model.id) {
                self.models.push(model);
            }
        }
        let progress = self.models.len() > before || page.others > 0;
        match page.next {
            Some(after) if progress && self.pages < MOST_PAGES => {
                self.step = Step::List { after: Some(after) }
            }
            _ => self.ask_for_typed(),
        }
        Ok(())
    }

    /// After the list: the typed model moves to the front, or is asked.
    fn ask_for_typed(&mut self) {
        let Some(typed) = self.typed.clone() else { return };
        match self.models.iter().position(|model| model.id == typed) {
            Some(at) => {
                let model = self.models.remove(at);
                self.models.insert(0, model);
            }
            None => self.step = Step::Probe { model: typed },
        }
    }

    fn handle_probe(
        &mut self,
        id: &str,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        let verdict = if answer.head.is_success() {
            messages::read_whole(answer, asked)?;
            Verdict::Usable
        } else {
            let failure = failure::from_answer(answer, asked);
            match failure.code {
                // The token and the name are right; there is no room just now.
                Code::RateLimited | Code::Overloaded => Verdict::Unknown,
                _ => return Err(failure),
            }
        };
        let (id, display_name) = (id.to_owned(), id.to_owned());
        self.models.insert(0, Model { id, display_name, source: ModelSource::Configured, verdict });
        Ok(())
    }

    fn no_models(&self, failure: Option<Failure>) -> Failure {
        let host = self.gateway.base().origin().authority();
        let (message, text) = match (&failure, self.others) {
            (Some(_), _) => (
                format!("{host} has no list of models at this address"),
                format!(
                    "Check the base address ({}). If the gateway has no list of models, type the id of one.",
                    self.gateway.base()
                ),
            ),
            (None, 0) => (
                format!("{host} lists no models"),
                "Ask whoever runs the gateway to give this token a model, or type the id of one."
                    .to_owned(),
            ),
            (None, others) => (
                format!("{host} lists {others} models and none of them is named as Claude"),
                "If one of them is Claude under another name, type its id.".to_owned(),
            ),
        };
        let code = if failure.is_some() { Code::NotFound } else { Code::ModelNotAvailable };
        let hint = Hint::new("type-model", Audience::User, text).with("host", host);
        Failure {
            status: failure.and_then(|failure| failure.status),
            ..Failure::new(code, message).hint(hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AuthHeader, GatewaySettings, Layer};
    use crate::http::BaseUrl;
    use crate::http::answer::Head;

    const LIST: &str = r#"{"data":[{"id":"claude-a"},{"id":"claude-b"}]}"#;
    const ANSWER: &str = r#"{"type":"message","content":[]}"#;

    /// Plays the answers in turn; the routes that were asked, and the end.
    fn play(
        typed: Option<&str>,
        answers: &[(u16, &str)],
    ) -> (Vec<String>, Result<Vec<String>, Code>) {
        let settings = GatewaySettings {
            base: BaseUrl::parse("https://gw.example.com").unwrap(),
            base_layer: Layer::User,
            auth_header: AuthHeader::ApiKey,
            headers: Vec::new(),
            model: None,
        };
        let gateway = Gateway::new(&settings, "token").unwrap();
        let mut discovery = Discovery::new(gateway, typed.map(str::to_owned));
        let mut routes = Vec::new();
        let mut answers = answers.iter();
        while let Some(request) = discovery.poll_request().unwrap() {
            routes.push(request.url().as_str().replace("https://gw.example.com", ""));
            let (status, body) = answers.next().expect("more requests than answers");
            let answer = Answer {
                head: Head { status: *status, headers: Vec::new() },
                body: (*body).to_owned(),
            };
            let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
            if let Err(failure) = discovery.handle_answer(&answer, &asked) {
                return (routes, Err(failure.code));
            }
        }
        let models =
            discovery.into_models().map(|models| models.into_iter().map(|m| m.id).collect());
        (routes, models.map_err(|failure| failure.code))
    }

    #[test]
    fn ways_that_it_can_go() {
        let pages = [
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
            (200, r#"{"data":[{"id":"claude-b"}],"has_more":false}"#),
        ];
        let circle = [
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
        ];
        type Case<'a> =
            (&'a str, Option<&'a str>, &'a [(u16, &'a str)], Result<&'a [&'a str], Code>);
        let cases: [Case<'_>; 14] = [
            ("list", None, &[(200, LIST)], Ok(&["claude-a", "claude-b"])),
            ("pages", None, &pages, Ok(&["claude-a", "claude-b"])),
            ("pages in a circle", None, &circle, Ok(&["claude-a"])),
            ("typed is listed", Some("claude-b"), &[(200, LIST)], Ok(&["claude-b", "claude-a"])),
            (
                "typed answers",
                Some("x"),
                &[(200, LIST), (200, ANSWER)],
                Ok(&["x", "claude-a", "claude-b"]),
            ),
            (
                "typed is unknown",
                Some("x"),
                &[
                    (200, LIST),
                    (404, r#"{"error":{"type":"not_found_error","message":"model: x"}}"#),
                ],
                Err(Code::ModelNotAvailable),
            ),
            ("no list, typed answers", Some("x"), &[(404, ""), (200, ANSWER)], Ok(&["x"])),
            ("no list, typed has no room", Some("x"), &[(405, ""), (529, "{}")], Ok(&["x"])),
            ("no list, nothing typed", None, &[(404, "")], Err(Code::NotFound)),
            (
                "no list, no token either",
                Some("x"),
                &[(404, ""), (401, "")],
                Err(Code::CredentialInvalid),
            ),
            ("empty list", None, &[(200, r#"{"data":[]}"#)], Err(Code::ModelNotAvailable)),
            (
                "others only",
                None,
                &[(200, r#"{"data":[{"id":"gpt-5"}]}"#)],
                Err(Code::ModelNotAvailable),
            ),
            ("token refused", None, &[(401, "{}")], Err(Code::CredentialInvalid)),
            ("captive portal", None, &[(200, "<html>")], Err(Code::ResponseInvalid)),
        ];
        for (case, typed, answers, expected) in cases {
            let expected = expected.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
            assert_eq!(play(typed, answers).1, expected, "{case}");
        }
    }

    #[test]
    fn the_next_page_begins_after_the_last_model() {
        let pages = [
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
            (200, r#"{"data":[{"id":"claude-b"}]}"#),
        ];
        assert_eq!(
            play(None, &pages).0,
            ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=claude-a"]
        );
    }
}
