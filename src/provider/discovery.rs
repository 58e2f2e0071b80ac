//! Which models a provider offers, and with that whether it can be talked to.

use crate::error::{Audience, Code, Failure, Hint};
use crate::http::Request;
use crate::http::answer::Answer;

use super::endpoint::Provider;
use super::failure::{self, Asked};
use super::known::{self, Candidate};
use super::messages;
use super::models::{Model, ModelSource, Page, Verdict};
use super::rules;

/// The most pages of a list that are read; a gateway that pages in circles
/// would keep the pane waiting for ever.
const MOST_PAGES: usize = 20;

/// The most models of a list that are kept: each is compared with those before
/// it, and nobody looks through more.
const MOST_MODELS: usize = 1_000;

/// The most models of a list that are asked for one token. A credential may be
/// denied some of what is listed; one that is denied so many is hardly allowed
/// the rest.
const MOST_CONFIRMATIONS: usize = 3;

/// Finds the models of a provider.
///
/// The driver loop: while [`poll`](Self::poll) gives a question, send its
/// [`request`](Self::request) and hand the answer to
/// [`handle_answer`](Self::handle_answer), which may end the discovery with a
/// failure. When there is no further question, [`models`](Self::models) has
/// the result. Several questions may be under way at once.
///
/// Where there is a list, it is read, and its first model is asked to stream one
/// token: a list may be open to everybody, and says nothing of the route of
/// messages, or of whether streams come through. Where there is none, the models that this version knows are asked
/// for one token each. So is a model that the user typed and that is not in the
/// list. Where it is remembered what they said, the first of them is asked
/// whether it still answers.
#[derive(Clone, Debug)]
pub struct Discovery {
    provider: Provider,
    typed: Option<String>,
    /// Nobody typed it: the organisation offers it first, by a name that may not be the provider's.
    is_default: bool,
    models: Vec<Model>,
    others: usize,
    pages: usize,
    /// What is still to be asked, the next at the end.
    questions: Vec<Question>,
    /// Why a model that was tried can't be used, other than for its name.
    refusal: Option<Failure>,
    /// What an earlier discovery found.
    remembered: Vec<Model>,
    /// How many models of the list may still be asked for one token.
    confirmations: usize,
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
    /// Whether one that answered still does.
    Remembered(String),
    /// Whether one of a list answers.
    Listed(String),
}

/// A model that is tried under one of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    candidate: Candidate,
    id: String,
    display_name: &'static str,
    /// It was there under another name, for others.
    denied: bool,
}

impl Discovery {
    /// Begins with the provider's list, or with trying.
    #[must_use]
    pub fn new(provider: Provider, typed: Option<String>) -> Self {
        let mut discovery = Self {
            provider,
            typed,
            is_default: false,
            models: Vec::new(),
            others: 0,
            pages: 0,
            questions: Vec::new(),
            refusal: None,
            remembered: Vec::new(),
            confirmations: MOST_CONFIRMATIONS,
        };
        discovery.ask_all();
        discovery
    }

    /// The same where models were tried before: one that answered then is asked,
    /// and all of them only when it doesn't any more.
    #[must_use]
    pub fn remembering(provider: Provider, typed: Option<String>, models: Vec<Model>) -> Self {
        let mut discovery = Self::new(provider, typed);
        if let Some(model) = models.first()
            && discovery.are_tried()
        {
            discovery.questions = vec![Question::Remembered(model.id.clone())];
            discovery.remembered = models;
        }
        discovery
    }

    /// Believes a list: for whoever sends a message anyway.
    pub fn believe_list(&mut self) {
        self.confirmations = 0;
    }

    /// The same, where it is the organisation that names the model: what it calls
    /// otherwise than the provider is found under the provider's name.
    #[must_use]
    pub fn with_default(mut self, is_default: bool) -> Self {
        self.is_default = is_default;
        self
    }

    /// Whether the provider has no list, so that what is found is worth
    /// remembering.
    #[must_use]
    pub fn are_tried(&self) -> bool {
        !self.provider.lists_models()
    }

    fn ask_all(&mut self) {
        if !self.are_tried() {
            self.questions.push(Question::List { after: None });
            return;
        }
        for candidate in Candidate::all().rev() {
            self.ask_for(candidate, false);
        }
        self.questions.extend(self.typed.clone().map(Question::Typed));
    }

    /// Asks whether a candidate answers, where it has such a name.
    fn ask_for(&mut self, candidate: Candidate, denied: bool) -> bool {
        let names = candidate.names(self.provider.settings());
        let Some((id, display_name)) = names else { return false };
        if rules::broken_by(&id, self.in_outlook()).is_some() {
            return false;
        }
        let tried = Try { candidate, id, display_name, denied };
        self.questions.push(Question::Known(tried));
        true
    }

    fn in_outlook(&self) -> bool {
        self.provider.settings().in_outlook
    }

    /// Puts a model in its place: behind those that a pane would rather begin
    /// with, the known ones by their rank, since answers come in any order.
    fn add(&mut self, model: Model) {
        if self.models.iter().any(|known| known.id == model.id) {
            return;
        }
        let place = |model: &Model| match model.source {
            ModelSource::Configured => 0,
            _ if !model.is_offered() => 100 + known::rank(&model.display_name),
            ModelSource::Listed => 1,
            ModelSource::Probed => 1 + known::rank(&model.display_name),
        };
        let own = place(&model);
        let at = self.models.iter().position(|other| place(other) > own);
        self.models.insert(at.unwrap_or(self.models.len()), model);
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
            Question::Known(Try { id, .. }) | Question::Remembered(id) => {
                self.provider.probe_request(id, false)
            }
            Question::Listed(id) => self.provider.probe_request(id, true),
            // Frames can't be read as text.
            Question::Typed(id) => self.provider.probe_request(id, !self.are_tried()),
        }
    }

    /// The model that the user typed.
    #[must_use]
    pub fn typed(&self) -> Option<&str> {
        self.typed.as_deref().filter(|_| !self.is_default)
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
            Question::Remembered(_) => self.handle_remembered(answer, asked),
            Question::Listed(id) => self.handle_listed(id, answer, asked),
        };
        if handled.is_err() {
            self.questions.push(question);
        }
        handled
    }

    /// The models: the one that the user typed first, then those that a pane
    /// can begin with, in the list's order; then the others.
    ///
    /// # Errors
    /// [`Code::ModelNotAvailable`] when there is none to begin with, or why those
    /// that are there can't be used.
    pub fn models(&self) -> Result<&[Model], Failure> {
        if self.models.iter().any(|model| self.is_offered(model)) {
            return Ok(&self.models);
        }
        Err(self.refusal.clone().unwrap_or_else(|| self.no_models(None)))
    }

    /// Whether a pane can begin with it; whoever types an id has decided.
    fn is_offered(&self, model: &Model) -> bool {
        model.is_offered() || self.typed.as_ref() == Some(&model.id)
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
        let Some(page) = Page::read(&answer.body, self.in_outlook()) else {
            return Err(failure::from_foreign_answer(answer, asked));
        };
        self.others += page.others;
        self.pages += 1;
        let before = self.models.len();
        for model in page.models.into_iter().take(MOST_MODELS.saturating_sub(before)) {
            self.add(model);
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
        if let Some(typed) = self.typed.clone() {
            match self.models.iter().position(|model| model.id == typed) {
                Some(at) => {
                    let model = self.models.remove(at);
                    self.models.insert(0, model);
                }
                None => return self.questions.push(Question::Typed(typed)),
            }
        }
        self.confirm_first();
    }

    /// Asks the model that a pane would begin with. Whether there is such.
    fn confirm_first(&mut self) -> bool {
        let begins = |model: &&Model| model.is_offered() || self.typed() == Some(&model.id);
        let first = self.models.first().filter(begins);
        let Some(id) = first.map(|model| model.id.clone()) else { return false };
        let Some(left) = self.confirmations.checked_sub(1) else { return false };
        self.confirmations = left;
        self.questions.push(Question::Listed(id));
        true
    }

    fn handle_typed(
        &mut self,
        id: &str,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        let verdict = match verdict(answer, asked) {
            Err(failure) if self.is_default && is_of_the_model(failure.code) => {
                self.refusal = Some(failure);
                if !self.are_tried() {
                    self.confirm_first();
                }
                return Ok(());
            }
            verdict => verdict?,
        };
        // It may have been found under the same name meanwhile.
        if let Some(at) = self.models.iter().position(|model| model.id == id) {
            self.models.remove(at);
        }
        let model = self.provider.model(id, id, ModelSource::Configured, verdict);
        self.models.insert(0, model);
        Ok(())
    }

    fn handle_known(
        &mut self,
        tried: &Try,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        let (verdict, candidate) = match verdict(answer, asked) {
            Ok(verdict) => (verdict, tried.candidate),
            // A role may be allowed some models, and some of their profiles.
            Err(failure) => {
                let code = failure.code;
                if !is_of_the_model(code) {
                    return Err(failure);
                }
                if code != Code::ModelNotAvailable {
                    self.refusal = Some(failure);
                }
                let denied = tried.denied || code == Code::PermissionDenied;
                if self.ask_for(tried.candidate.next(), denied) {
                    return Ok(());
                }
                let verdict = if denied { Verdict::NoAccess } else { Verdict::NotRouted };
                (verdict, tried.candidate.first())
            }
        };
        if let Some((id, name)) = candidate.names(self.provider.settings()) {
            let model = self.provider.model(&id, name, ModelSource::Probed, verdict);
            self.add(model);
        }
        Ok(())
    }

    /// Takes over what is remembered, or asks all there is to ask after all.
    fn handle_remembered(&mut self, answer: &Answer, asked: &Asked<'_>) -> Result<(), Failure> {
        let remembered = std::mem::take(&mut self.remembered);
        match verdict(answer, asked) {
            Ok(_) => self.models = remembered,
            Err(failure) if is_of_the_model(failure.code) => self.ask_all(),
            Err(failure) => {
                self.remembered = remembered;
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Takes what the model says for what the list doesn't tell; one that can't
    /// be used goes behind the others, and the next is asked.
    fn handle_listed(
        &mut self,
        id: &str,
        answer: &Answer,
        asked: &Asked<'_>,
    ) -> Result<(), Failure> {
        let verdict = verdict(answer, asked);
        let Some(at) = self.models.iter().position(|model| model.id == id) else {
            return verdict.map(|_| ());
        };
        let failure = match verdict {
            Ok(verdict) => {
                if let Some(model) = self.models.get_mut(at) {
                    model.verdict = verdict;
                }
                return Ok(());
            }
            Err(failure) => failure,
        };
        if self.typed() == Some(id) || !is_of_the_model(failure.code) {
            return Err(failure);
        }
        let mut model = self.models.remove(at);
        model.verdict = match failure.code {
            Code::ModelNotAvailable => Verdict::NotRouted,
            _ => Verdict::NoAccess,
        };
        self.add(model);
        let refusal = self.refusal.get_or_insert(failure).clone();
        if self.confirm_first() { Ok(()) } else { Err(refusal) }
    }

    fn no_models(&self, failure: Option<Failure>) -> Failure {
        let host = self.provider.base().origin().authority();
        let tried = self.are_tried();
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
                "Enable a model for this account, Claude Sonnet 4.5 or later (in Outlook Claude Opus 4.7), or type the id of one."
                    .to_owned(),
            ),
            (None, _) if !self.models.is_empty() => (
                format!("{host} lists no model that is supported"),
                "Ask whoever runs the gateway for Claude Sonnet 4.5 or later; in Outlook, for Claude Opus 4.7."
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

/// Whether a failure says nothing of the provider's other models.
fn is_of_the_model(code: Code) -> bool {
    matches!(code, Code::ModelNotAvailable | Code::PermissionDenied | Code::RequestInvalid)
}

/// What the answer to a request for one token says of the model.
fn verdict(answer: &Answer, asked: &Asked<'_>) -> Result<Verdict, Failure> {
    let failure = match answer.head.is_success() {
        true => match messages::check(answer, asked) {
            Ok(()) => return Ok(Verdict::Usable),
            Err(failure) => failure,
        },
        false => failure::from_answer(answer, asked),
    };
    match failure.code {
        // The credential and the name are right; there is no room just now.
        Code::RateLimited => Ok(Verdict::NoQuota),
        Code::Overloaded => Ok(Verdict::Unknown),
        _ => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Key;
    use crate::http::answer::Head;
    use crate::provider::endpoint::tests::{in_outlook, provider};

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
        let discovery = Discovery::new(provider(pairs), typed.map(str::to_owned));
        run(discovery, |route| rule(route))
    }

    fn run<'a>(
        mut discovery: Discovery,
        mut rule: impl FnMut(&str) -> (u16, &'a str),
    ) -> (Vec<String>, Result<Vec<String>, Code>) {
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
        let offered = |models: &[Model]| {
            let offered = |model: &&Model| discovery.is_offered(model);
            models.iter().filter(offered).map(|model| model.id.clone()).collect()
        };
        let models = discovery.models().map(offered);
        (routes, models.map_err(|failure| failure.code))
    }

    #[test]
    fn ways_that_it_can_go() {
        let pages = [
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
            (200, r#"{"data":[{"id":"claude-b"}],"has_more":false}"#),
            (200, ANSWER),
        ];
        let circle = [
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
            (200, r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#),
            (200, ANSWER),
        ];
        type Case<'a> =
            (&'a str, Option<&'a str>, &'a [(u16, &'a str)], Result<&'a [&'a str], Code>);
        let cases: [Case<'_>; 14] = [
            ("list", None, &[(200, LIST), (200, ANSWER)], Ok(&["claude-a", "claude-b"])),
            ("pages", None, &pages, Ok(&["claude-a", "claude-b"])),
            ("pages in a circle", None, &circle, Ok(&["claude-a"])),
            (
                "typed is listed",
                Some("claude-b"),
                &[(200, LIST), (200, ANSWER)],
                Ok(&["claude-b", "claude-a"]),
            ),
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
            (200, ANSWER),
        ];
        assert_eq!(
            play(None, &pages).0,
            ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=claude-a", "/v1/messages"]
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

    /// Those that can't be used stay in the list, behind the others.
    #[test]
    fn every_model_has_its_verdict() {
        let mut discovery = Discovery::new(provider(&bedrock("us-east-1")), None);
        while let Some(question) = discovery.poll() {
            let request = discovery.request(&question).unwrap();
            let url = request.url().as_str();
            let (status, body) = match () {
                () if url.contains("/us.anthropic.claude-opus-5-5/") => DENIED,
                () if url.contains("claude-opus-5-5") => ABSENT,
                () if url.contains("/us.anthropic.claude-sonnet-5-5/") => {
                    (429, r#"{"message":"Too many tokens per day"}"#)
                }
                () if url.contains("/global.anthropic.claude-haiku-5-5/") => (200, ANSWER),
                () if url.contains("/us.anthropic.claude-opus-5/") => {
                    (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#)
                }
                () => ABSENT,
            };
            let answer =
                Answer { head: Head { status, headers: Vec::new() }, body: body.to_owned() };
            let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
            discovery.handle_answer(question, &answer, &asked).unwrap();
        }
        let models = discovery.models().unwrap();
        let verdicts: Vec<_> = models.iter().map(|m| (&*m.id, m.verdict.as_str())).collect();
        let expected = [
            ("us.anthropic.claude-sonnet-5-5", "no-quota"),
            ("global.anthropic.claude-haiku-5-5", "usable"),
            ("us.anthropic.claude-opus-5", "unknown"),
            ("us.anthropic.claude-opus-5-5", "no-access"),
            ("us.anthropic.claude-sonnet-5", "not-routed"),
        ];
        assert_eq!(verdicts[..5], expected);
        assert_eq!(verdicts.len(), 12);
        assert!(verdicts[5..].iter().all(|(_, verdict)| *verdict == "not-routed"));
        assert_eq!(models[10].ends_ms, Some(1_795_996_800_000), "{}", models[10].id);
    }

    #[test]
    fn in_outlook_the_one_model_is_asked_for() {
        let foundry = [(Key::AzureResourceName, "contoso-ai"), (Key::AzureApiKey, "k")];
        let outlook = |pairs: &[(Key, &str)], typed: Option<&str>| {
            Discovery::new(in_outlook(pairs), typed.map(str::to_owned))
        };
        let (routes, models) = run(outlook(&foundry, None), |_| (200, ANSWER));
        assert_eq!((routes.len(), models), (1, Ok(vec!["claude-opus-4-7".to_owned()])));
        let list = r#"{"data":[{"id":"claude-opus-4-8"},{"id":"claude-opus-4-7"},{"id":"own"}]}"#;
        let listing = |list| {
            move |route: &str| if route.contains("models") { (200, list) } else { (200, ANSWER) }
        };
        let (_, models) = run(outlook(&GATEWAY, None), listing(list));
        assert_eq!(models.unwrap(), ["claude-opus-4-7"]);
        let list = r#"{"data":[{"id":"claude-opus-4-8"}]}"#;
        let (_, models) = run(outlook(&GATEWAY, None), |_| (200, list));
        assert_eq!(models, Err(Code::ModelNotAvailable));
        // Whoever types an id has decided.
        let (_, models) = run(outlook(&GATEWAY, Some("claude-opus-4-8")), listing(list));
        assert_eq!(models.unwrap(), ["claude-opus-4-8"]);
    }

    #[test]
    fn what_is_remembered_costs_one_question() {
        let role = bedrock("us-east-1");
        let known = |ids: &[&str]| -> Vec<Model> {
            let model = |id: &&str| {
                let (source, verdict) = (ModelSource::Probed, Verdict::Usable);
                Model::new((*id).to_owned(), None, source, verdict, false)
            };
            ids.iter().map(model).collect()
        };
        let ids = ["us.anthropic.claude-opus-5", "us.anthropic.claude-opus-4-8"];
        let remembering = || Discovery::remembering(provider(&role), None, known(&ids));
        let (routes, models) = run(remembering(), |_| (200, ANSWER));
        assert_eq!(routes, ["/model/us.anthropic.claude-opus-5/invoke"]);
        assert_eq!(models.unwrap(), ids);
        // It is gone: all are asked.
        let (routes, models) = run(remembering(), |route| match route.contains("haiku-4-5") {
            true => (200, ANSWER),
            false => ABSENT,
        });
        assert_eq!(routes.len(), 24);
        assert_eq!(models.unwrap(), ["us.anthropic.claude-haiku-4-5-20251001-v1:0"]);
        // What is wrong for all of them is told at once.
        let (routes, models) = run(remembering(), |_| (401, "{}"));
        assert_eq!((routes.len(), models), (1, Err(Code::CredentialInvalid)));
        // A list is read all the same, and nothing was found the last time.
        let listed = Discovery::remembering(provider(&GATEWAY), None, known(&ids));
        assert_eq!(run(listed, |_| (200, LIST)).0[0], "/v1/models?limit=1000");
        let nothing = Discovery::remembering(provider(&role), None, Vec::new());
        assert_eq!(run(nothing, |_| (200, ANSWER)).0.len(), 12);
    }

    /// A list may be open to everybody, and its route let through alone.
    #[test]
    fn a_list_is_confirmed_by_a_message() {
        let confirmed = |typed: Option<&str>, status, body| {
            ask(&GATEWAY, typed, |route| match route.contains("models") {
                true => (200, LIST),
                false => (status, body),
            })
        };
        let (routes, models) = confirmed(None, 200, ANSWER);
        assert_eq!(routes, ["/v1/models?limit=1000", "/v1/messages"]);
        assert_eq!(models.unwrap(), ["claude-a", "claude-b"]);
        let (_, models) = confirmed(Some("claude-b"), 200, ANSWER);
        assert_eq!(models.unwrap(), ["claude-b", "claude-a"]);
        // Asked once, whether it is listed or not.
        assert_eq!(confirmed(Some("claude-typed"), 200, ANSWER).0.len(), 2);
        for (status, code) in [
            (401, Code::CredentialInvalid),
            (403, Code::PermissionDenied),
            (404, Code::NotFound),
            (500, Code::ServerError),
        ] {
            assert_eq!(confirmed(None, status, "{}").1, Err(code));
        }
        assert_eq!(confirmed(None, 200, "<html>").1, Err(Code::ResponseInvalid));
        // There is no room just now.
        for status in [429, 529] {
            assert!(confirmed(None, status, "{}").1.is_ok());
        }
    }

    /// The question is streamed, as a pane's messages are; whole answers are taken, too.
    #[test]
    fn a_list_is_confirmed_by_a_stream() {
        const START: &str = "event: message_start\ndata: {\"type\":\"message_start\"}\n\n";
        const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        let error = |kind| {
            format!(
                "data: {{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"no\"}}}}\n\n"
            )
        };
        for (body, code) in [
            (format!("{START}{STOP}"), None),
            (
                format!(": hi\n\ndata: {{\"type\":\"ping\"}}\r\n\r\n{START}{STOP}")
                    .replace('\n', "\r\n"),
                None,
            ),
            ("data:{\"type\":\ndata:\"message_start\"}\n\n".to_owned() + STOP.trim_end(), None),
            (START.to_owned(), Some(Code::StreamTruncated)),
            (format!("{START}data: {{\"type\":\n\n{STOP}"), Some(Code::StreamCorrupt)),
            (format!("{START}{}", error("authentication_error")), Some(Code::CredentialInvalid)),
            (format!("{START}{}", error("overloaded_error")), None),
            (error("authentication_error"), Some(Code::CredentialInvalid)),
            (
                "data: {\"object\":\"chat.completion.chunk\"}\n\ndata: [DONE]\n\n".to_owned(),
                Some(Code::ResponseInvalid),
            ),
            ("data: {}\n\n".to_owned(), Some(Code::ResponseInvalid)),
            (": nothing else\n\n".to_owned(), Some(Code::ResponseInvalid)),
        ] {
            let mut streamed = Vec::new();
            let mut discovery = Discovery::new(provider(&GATEWAY), None);
            while let Some(question) = discovery.poll() {
                let request = discovery.request(&question).unwrap();
                let is_message = request.url().as_str().ends_with("/messages");
                if is_message {
                    streamed
                        .push(request.body().is_some_and(|body| body.contains("\"stream\":true")));
                }
                let body = if is_message { body.clone() } else { LIST.to_owned() };
                let answer = Answer { head: Head { status: 200, headers: Vec::new() }, body };
                let asked = Asked { request: &request, page_origin: "", now_wall_ms: 0 };
                let handled = discovery.handle_answer(question, &answer, &asked);
                if is_message {
                    assert_eq!(handled.err().map(|failure| failure.code), code, "{}", answer.body);
                    break;
                }
            }
            assert_eq!(streamed, [true]);
        }
    }

    /// What is listed and can't be used goes behind what can, or ends it.
    #[test]
    fn listed_models_that_are_denied() {
        const DENIED: (u16, &str) =
            (403, r#"{"error":{"type":"permission_error","message":"not for this key"}}"#);
        const UNKNOWN: (u16, &str) =
            (404, r#"{"error":{"type":"not_found_error","message":"model: claude-x"}}"#);
        let many =
            r#"{"data":[{"id":"claude-a"},{"id":"claude-b"},{"id":"claude-c"},{"id":"claude-d"}]}"#;
        type Case<'a> =
            (&'a str, Option<&'a str>, &'a [(u16, &'a str)], Result<&'a [&'a str], Code>);
        let cases: [Case<'_>; 7] = [
            (
                "the first",
                None,
                &[DENIED, (200, ANSWER)],
                Ok(&["claude-b", "claude-c", "claude-d"]),
            ),
            ("two", None, &[UNKNOWN, DENIED, (200, ANSWER)], Ok(&["claude-c", "claude-d"])),
            ("too many", None, &[UNKNOWN, DENIED, DENIED], Err(Code::ModelNotAvailable)),
            ("the one that was typed", Some("claude-c"), &[DENIED], Err(Code::PermissionDenied)),
            ("then the token", None, &[DENIED, (401, "{}")], Err(Code::CredentialInvalid)),
            (
                "then no room",
                None,
                &[DENIED, (529, "{}")],
                Ok(&["claude-b", "claude-c", "claude-d"]),
            ),
            ("then silence", None, &[DENIED, (502, "")], Err(Code::ServerError)),
        ];
        for (case, typed, answers, expected) in cases {
            let expected = expected.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
            let mut played = vec![(200, many)];
            played.extend(answers);
            let (routes, models) = play(typed, &played);
            assert_eq!((routes.len(), models), (played.len(), expected), "{case}");
        }
        // The organisation's own choice is one of several.
        let mut answers = [(200, many), DENIED, (200, ANSWER)].into_iter();
        let discovery = Discovery::new(provider(&GATEWAY), Some("claude-c".to_owned()));
        let (_, models) = run(discovery.with_default(true), |_| answers.next().unwrap());
        assert_eq!(models.unwrap()[0], "claude-a");
        // The only model of all: nothing else is asked.
        let only = r#"{"data":[{"id":"claude-a"}]}"#;
        let (routes, models) = play(None, &[(200, only), DENIED]);
        assert_eq!((routes.len(), models), (2, Err(Code::PermissionDenied)));
    }

    #[test]
    fn a_list_without_end() {
        let page = |from: usize| {
            let ids: Vec<_> =
                (from..from + 600).map(|n| format!(r#"{{"id":"claude-own-{n}"}}"#)).collect();
            format!(r#"{{"data":[{}],"has_more":true,"last_id":"{from}"}}"#, ids.join(","))
        };
        let pages = [page(0), page(600), page(1_200)];
        let answers = [(200, &*pages[0]), (200, &*pages[1]), (200, &*pages[2]), (200, ANSWER)];
        let (routes, models) = play(None, &answers);
        assert_eq!((routes.len(), models.unwrap().len()), (4, 1_000));
    }

    /// Whoever sends a message anyway, or has sent some.
    #[test]
    fn a_list_that_is_believed() {
        let mut discovery = Discovery::new(provider(&GATEWAY), None);
        discovery.believe_list();
        assert_eq!(run(discovery, |_| (200, LIST)).0, ["/v1/models?limit=1000"]);
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
