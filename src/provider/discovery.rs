//! Which models a provider offers, and with that whether it can be talked to.

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::Request;
use crate::http::answer::Answer;

use super::endpoint::Provider;
use super::failure::{self, Asked};
use super::known::{self, Candidate};
use super::messages;
use super::models::{Model, ModelSource, Page, Verdict};

/// The most pages of a list that are read; a gateway that pages in circles
/// would keep the pane waiting for ever.
const MOST_PAGES: usize = 20;

/// Finds the models of a provider.
///
/// The driver loop: while [`poll`](Self::poll) gives a question, send its
/// [`request`](Self::request) and hand the answer to
/// [`handle_answer`](Self::handle_answer), which may end the discovery with a
/// failure. When there is no further question, [`models`](Self::models) has
/// the result. Several questions may be under way at once.
///
/// Where there is a list, it is read. Where there is none, the models that
/// this version knows are asked for one token each. So is a model that the
/// user typed and that is not in the list.
#[derive(Clone, Debug)]
pub struct Discovery {
    provider: Provider,
    typed: Option<String>,
    models: Vec<Model>,
    others: usize,
    pages: usize,
    /// What is still to be asked, the next at the end.
    questions: Vec<Question>,
    /// Why a model that was tried can't be used, other than for its name.
    refusal: Option<Failure>,
}

/// Something to ask the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A page of its list.
    List {
        /// The model that it begins after.
        after: Option<String>,
    },
    /// Whether the model that the user typed answers.
    Typed(String),
    /// Whether a model that this version knows answers.
    Known(Try),
}

/// A model that is tried under one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    candidate: Candidate,
    id: String,
    display_name: &'static str,
}

impl Discovery {
    /// Begins with the provider's list, or with trying.
    #[must_use]
    pub fn new(provider: Provider, typed: Option<String>) -> Self {
        let mut questions = Vec::new();
        if !known::are_tried(provider.settings()) {
            questions.push(Question::List { after: None });
        } else {
            for candidate in Candidate::all().rev() {
                questions.extend(question(&provider, candidate));
            }
            questions.extend(typed.clone().map(Question::Typed));
        }
        let (models, refusal) = (Vec::new(), None);
        Self { provider, typed, models, others: 0, pages: 0, questions, refusal }
    }

    /// The provider that is asked.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// What to ask next, or `None` when all is asked.
    pub fn poll(&mut self) -> Option<Question> {
        self.questions.pop()
    }

    /// The request for a question, not authorised yet.
    ///
    /// # Errors
    /// A model that no path can hold.
    pub fn request(&self, question: &Question) -> Result<Request, Failure> {
        match question {
            Question::List { after } => Ok(self.provider.models_request(after.as_deref())),
            Question::Typed(id) | Question::Known(Try { id, .. }) => {
                self.provider.probe_request(id)
            }
        }
    }

    /// The model that the user typed.
    #[must_use]
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref()
    }

    /// Takes the answer to a question.
    ///
    /// # Errors
    /// What makes it pointless to go on. Asked again, the question is the next.
    pub fn handle_answer(
        &mut self,
        question: Question,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        let handled = match &question {
            Question::List { .. } => self.handle_list(answer, asked),
            Question::Typed(id) => self.handle_typed(id, answer, asked),
            Question::Known(tried) => self.handle_known(tried, answer, asked),
        };
        if handled.is_err() {
            self.questions.push(question);
        }
        handled
    }

    /// The models: the one that the user typed first, then the list's order.
    ///
    /// # Errors
    /// [`Code::ModelNotAvailable`] when there is none, or why those that are
    /// there can't be used.
    pub fn models(&self) -> Result<&[Model], Failure> {
        match &self.refusal {
            _ if !self.models.is_empty() => Ok(&self.models),
            Some(refusal) => Err(refusal.clone()),
            None => Err(self.no_models(None)),
        }
    }

    fn handle_list(&mut self, answer: &Answer, asked: &Asked<'_>) -> Result<(), Failure> {
        if matches!(answer.head.status, 404 | 405 | 501) {
            // A gateway without a list. Without a model to ask for there is
            // no telling it from a wrong address.
            let failure = failure::from_answer(answer, asked);
            return match self.typed.clone() {
                Some(model) => {
                    self.questions.push(Question::Typed(model));
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
                self.questions.push(Question::List { after: Some(after) });
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
            None => self.questions.push(Question::Typed(typed)),
        }
    }

    fn handle_typed(
        &mut self,
        id: &str,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        let verdict = verdict(answer, asked)?;
        // It may have been found under the same name meanwhile.
        if let Some(at) = self.models.iter().position(|model| model.id == id) {
            self.models.remove(at);
        }
        let (id, display_name) = (id.to_owned(), id.to_owned());
        self.models.insert(0, Model { id, display_name, source: ModelSource::Configured, verdict });
        Ok(())
    }

    fn handle_known(
        &mut self,
        tried: &Try,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        match verdict(answer, asked) {
            Ok(verdict) => {
                let (id, display_name) = (tried.id.clone(), tried.display_name.to_owned());
                let model = Model { id, display_name, source: ModelSource::Probed, verdict };
                // Answers come in any order.
                let later = |other: &Model| {
                    other.source == ModelSource::Probed
                        && known::rank(&other.display_name) > known::rank(&model.display_name)
                };
                let at = self.models.iter().position(later);
                if self.models.iter().all(|other| other.id != model.id) {
                    self.models.insert(at.unwrap_or(self.models.len()), model);
                }
                Ok(())
            }
            // A role may be allowed some models, and some of their profiles.
            Err(failure) => match failure.code {
                Code::ModelNotAvailable | Code::PermissionDenied | Code::RequestInvalid => {
                    if failure.code != Code::ModelNotAvailable {
                        self.refusal = Some(failure);
                    }
                    self.questions.extend(question(&self.provider, tried.candidate.next()));
                    Ok(())
                }
                _ => Err(failure),
            },
        }
    }

    fn no_models(&self, failure: Option<Failure>) -> Failure {
        let host = self.provider.base().origin().authority();
        let tried = known::are_tried(self.provider.settings());
        let (message, text) = match (&failure, self.others) {
            (Some(_), _) => (
                format!("{host} has no list of models at this address"),
                format!(
                    "Check the base address ({}). If the gateway has no list of models, type the id of one.",
                    self.provider.base()
                ),
            ),
            (None, _) if tried => (
                format!("{host} has none of the models that were tried"),
                "Enable a model for this account, Claude Sonnet 4.5 or later, or type the id of one."
                    .to_owned(),
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
        let mut told = Failure::new(code, message).hint(hint);
        told.status = failure.and_then(|failure| failure.status);
        told
    }
}

/// The question whether a candidate answers, where it has such a name.
fn question(provider: &Provider, candidate: Candidate) -> Option<Question> {
    let (id, display_name) = candidate.names(provider.settings())?;
    Some(Question::Known(Try { candidate, id, display_name }))
}

/// What the answer to a request for one token says of the model.
fn verdict(answer: &Answer, asked: &Asked<'_>) -> Result<Verdict, Failure> {
    if answer.head.is_success() {
        messages::read_whole(answer, asked)?;
        return Ok(Verdict::Usable);
    }
    let failure = failure::from_answer(answer, asked);
    match failure.code {
        // The credential and the name are right; there is no room just now.
        Code::RateLimited | Code::Overloaded => Ok(Verdict::Unknown),
        _ => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Key;
    use crate::http::answer::Head;
    use crate::provider::endpoint::tests::provider;

    const LIST: &str = r#"{"data":[{"id":"claude-a"},{"id":"claude-b"}]}"#;
    const ANSWER: &str = r#"{"type":"message","content":[]}"#;

    /// Plays the answers in turn; the routes that were asked, and the end.
    fn play(
        typed: Option<&str>,
        answers: &[(u16, &str)],
    ) -> (Vec<String>, Result<Vec<String>, Code>) {
        let mut answers = answers.iter();
        ask(&GATEWAY, typed, |_| *answers.next().expect("more requests than answers"))
    }

    const GATEWAY: [(Key, &str); 2] =
        [(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "token")];

    /// Asks a provider that answers each route by a rule.
    fn ask<'a>(
        pairs: &[(Key, &str)],
        typed: Option<&str>,
        mut rule: impl FnMut(&str) -> (u16, &'a str),
    ) -> (Vec<String>, Result<Vec<String>, Code>) {
        let mut discovery = Discovery::new(provider(pairs), typed.map(str::to_owned));
        let mut routes = Vec::new();
        // Three at once, the last answered first.
        let mut under_way = Vec::new();
        loop {
            while under_way.len() < 3
                && let Some(question) = discovery.poll()
            {
                under_way.push(question);
            }
            let Some(question) = under_way.pop() else { break };
            let request = discovery.request(&question).unwrap();
            let base = discovery.provider().base().to_string();
            let route = request.url().as_str().replace(&base, "");
            let (status, body) = rule(&route);
            routes.push(route);
            let head = Head { status, headers: Vec::new() };
            let answer = Answer { head, body: body.to_owned() };
            let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
            if let Err(failure) = discovery.handle_answer(question, &answer, &asked) {
                return (routes, Err(failure.code));
            }
        }
        let models = discovery.models().map(|models| models.iter().map(|m| m.id.clone()).collect());
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

    const ABSENT: (u16, &str) = (400, r#"{"message":"The provided model identifier is invalid."}"#);
    const DENIED: (u16, &str) =
        (403, r#"{"Message":"not authorized to perform: bedrock:InvokeModel"}"#);

    fn bedrock(region: &'static str) -> [(Key, &'static str); 2] {
        [(Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"), (Key::AwsRegion, region)]
    }

    #[test]
    fn where_there_is_no_list_the_known_models_are_tried() {
        let (routes, models) = ask(&bedrock("us-east-1"), None, |route| {
            match route.contains("/us.") && !route.contains("haiku-5") {
                true => (200, ANSWER),
                false => ABSENT,
            }
        });
        let models = models.unwrap();
        assert_eq!(models.len(), 11);
        assert_eq!(models[0], "us.anthropic.claude-opus-5-5");
        assert_eq!(models[10], "us.anthropic.claude-haiku-4-5-20251001-v1:0");
        // The one that was not there under its first name was tried under the other.
        assert_eq!(routes.len(), 13);
        assert!(routes.contains(&"/model/global.anthropic.claude-haiku-5-5/invoke".to_owned()));
    }

    #[test]
    fn each_part_of_the_world_has_its_profiles() {
        let cases: [(&str, &[&str]); 8] = [
            ("us-east-1", &["us.", "global."]),
            ("eu-central-1", &["eu.", "global."]),
            ("ap-northeast-1", &["jp.", "apac.", "global."]),
            ("ap-southeast-2", &["au.", "apac.", "global."]),
            ("ap-south-1", &["apac.", "global."]),
            ("us-gov-west-1", &["us-gov."]),
            ("sa-east-1", &["global.", ""]),
            ("il-central-1", &["global.", ""]),
        ];
        for (region, prefixes) in cases {
            let role = match region.starts_with("us-gov") {
                true => "arn:aws-us-gov:iam::123456789012:role/Claude",
                false => "arn:aws:iam::123456789012:role/Claude",
            };
            let pairs = [(Key::AwsRoleArn, role), (Key::AwsRegion, region)];
            let (routes, models) = ask(&pairs, None, |_| ABSENT);
            assert_eq!(models, Err(Code::ModelNotAvailable));
            let tried: Vec<_> = routes
                .iter()
                .filter_map(|route| route.strip_suffix("anthropic.claude-opus-5-5/invoke"))
                .collect();
            let expected: Vec<_> =
                prefixes.iter().map(|prefix| format!("/model/{prefix}")).collect();
            assert_eq!(tried, expected, "{region}");
        }
    }

    #[test]
    fn what_a_role_may_not_is_left_out() {
        let (_, models) = ask(&bedrock("eu-west-1"), None, |route| {
            if route.contains("opus-4-6-v1") { (200, ANSWER) } else { DENIED }
        });
        assert_eq!(models.unwrap(), ["eu.anthropic.claude-opus-4-6-v1"]);
        let (_, models) = ask(&bedrock("eu-west-1"), None, |_| DENIED);
        assert_eq!(models, Err(Code::PermissionDenied));
    }

    #[test]
    fn names_by_provider_and_what_the_answers_say() {
        let vertex = [
            (Key::GoogleClientId, "c"),
            (Key::GcpProjectId, "contoso-ai"),
            (Key::GcpRegion, "us-east5"),
        ];
        let foundry = [(Key::AzureResourceName, "contoso-ai"), (Key::AzureApiKey, "k")];
        let (routes, models) = ask(&vertex, None, |route| match route.contains("@") {
            true => {
                (429, r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota"}}]"#)
            }
            false => (
                404,
                r#"[{"error":{"code":404,"status":"NOT_FOUND","message":"Publisher Model `x` was not found"}}]"#,
            ),
        });
        assert_eq!(routes.len(), 12);
        let dated =
            ["claude-opus-4-5@20251101", "claude-sonnet-4-5@20250929", "claude-haiku-4-5@20251001"];
        assert_eq!(models.unwrap(), dated);
        let (routes, models) = ask(&foundry, None, |_| (200, ANSWER));
        assert_eq!((routes.len(), &*routes[0]), (12, "/v1/messages"));
        assert_eq!(models.unwrap().len(), 12);
        // What is wrong for all of them ends it.
        for (status, body, code) in [
            (401, "{}", Code::CredentialInvalid),
            (200, "<html>", Code::ResponseInvalid),
            (500, "{}", Code::ServerError),
        ] {
            assert_eq!(ask(&foundry, None, |_| (status, body)).1, Err(code));
        }
    }

    #[test]
    fn a_typed_model_comes_first() {
        let (_, models) = ask(&bedrock("us-east-1"), Some("my-profile"), |_| (200, ANSWER));
        let models = models.unwrap();
        assert_eq!((models.len(), &*models[0]), (13, "my-profile"));
        let typed = Some("us.anthropic.claude-opus-4-8");
        let (_, models) = ask(&bedrock("us-east-1"), typed, |_| (200, ANSWER));
        let models = models.unwrap();
        assert_eq!((models.len(), &*models[0]), (12, "us.anthropic.claude-opus-4-8"));
        let (_, models) = ask(&bedrock("us-east-1"), Some("x"), |route| {
            if route.contains("/x/") { ABSENT } else { (200, ANSWER) }
        });
        assert_eq!(models, Err(Code::ModelNotAvailable));
    }
}
