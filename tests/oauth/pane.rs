//! A page with a client and a broker, and what the page would do for them.

use std::collections::VecDeque;

use serde_json::{Value, json};
use taskpane_connector::auth::oauth::{Broker, RANDOM_BYTES, Settings, Step};
use taskpane_connector::auth::{CallerId, Client, Mode, Settings as ClientSettings};
use taskpane_connector::error::Failure;
use taskpane_connector::http::Request;
use taskpane_connector::http::answer::TransportError;
use taskpane_connector::http::{Answer, Head};
use url::Url;

pub(crate) const CLIENT: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
pub(crate) const ADA: &str = "11111111-0000-4000-8000-000000000001";
pub(crate) const BOB: &str = "22222222-0000-4000-8000-000000000002";
pub(crate) const TENANT: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
pub(crate) const REDIRECT: &str = "https://pane.example:3000/auth.html";
pub(crate) const START_MS: u64 = 1_795_226_306_001;

/// A form or a query, by name. Nothing may be there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn read(text: &str) -> Self {
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        for (at, (name, _)) in fields.iter().enumerate() {
            assert!(!fields[..at].iter().any(|(other, _)| other == name), "{name} twice: {text}");
        }
        Self(fields)
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(found, _)| found == name);
        field.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// A window that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) endpoint: String,
    pub(crate) fields: Fields,
    pub(crate) state: String,
    pub(crate) message: String,
}

/// A request for tokens that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) message: String,
    pub(crate) url: String,
    pub(crate) form: Fields,
}

pub(crate) struct Pane {
    pub(crate) client: Client,
    pub(crate) broker: Broker,
    pub(crate) now_ms: u64,
    pub(crate) windows: Vec<Window>,
    pub(crate) sent: Vec<Sent>,
    /// What the pane keeps.
    pub(crate) kept: Option<String>,
    /// The message whose window is open.
    open: Option<String>,
    /// What is to be sent while another pane isn't at it.
    pub(crate) waiting: VecDeque<String>,
    /// Whether requests for tokens are prepared at once.
    pub(crate) alone: bool,
    drawn: u8,
}

pub(crate) fn entra(options: Value) -> Value {
    let mut all = json!({
        "clientId": CLIENT,
        "redirectUri": REDIRECT,
        "origin": "https://pane.example:3000",
        "authority": format!("https://login.microsoftonline.com/{TENANT}"),
        "limits": [5_000, 30_000, 600_000],
    });
    for (name, value) in options.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

impl Pane {
    pub(crate) fn new() -> Self {
        Self::with(json!({}), None)
    }

    pub(crate) fn with(options: Value, kept: Option<String>) -> Self {
        let options = entra(options).to_string();
        let mut broker = Broker::new(Settings::read(&options).unwrap());
        broker.handle_kept(kept.as_deref().unwrap_or_default());
        Self {
            client: Client::new(ClientSettings::read(&options)),
            broker,
            now_ms: START_MS,
            windows: Vec::new(),
            sent: Vec::new(),
            kept,
            open: None,
            waiting: VecDeque::new(),
            alone: true,
            drawn: 0,
        }
    }

    pub(crate) fn ask(&mut self, mode: Mode, mut request: Value) -> CallerId {
        // As the script hands it over.
        let scopes = request["scopes"].as_array().unwrap();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str().unwrap()).collect();
        request["scopes"] = json!(scopes.join(" "));
        let caller = self.client.acquire(mode, &request.to_string(), self.now_ms).unwrap();
        self.carry_out();
        caller
    }

    /// Does what the client wants done, until it wants nothing more.
    pub(crate) fn carry_out(&mut self) {
        loop {
            self.drawn = self.drawn.wrapping_add(1);
            let random = format!("{:02x}", self.drawn).repeat(32);
            let Some(message) = self.client.poll_message(&random, self.now_ms) else { break };
            let drawn = self.drawn;
            let random: [u8; RANDOM_BYTES] =
                std::array::from_fn(|at| drawn ^ u8::try_from(at).unwrap());
            match self.broker.begin(&message, &random) {
                Step::Open(url) => {
                    self.end_window("USER_CANCEL", "another sign-in took over");
                    self.open = Some(message.clone());
                    let (endpoint, query) = url.split_once('?').unwrap();
                    let fields = Fields::read(query);
                    Url::parse(&url).unwrap();
                    let state = fields.get("state").to_owned();
                    self.windows.push(Window { endpoint: endpoint.into(), fields, state, message });
                }
                step => self.go_on(message, step),
            }
        }
    }

    pub(crate) fn go_on(&mut self, message: String, step: Step) {
        match step {
            Step::Reply(reply) => {
                self.client.handle_message(reply.expose(), self.now_ms);
                self.carry_out();
            }
            Step::Ask => {
                self.waiting.push_back(message);
                if self.alone {
                    self.send();
                }
            }
            Step::Send(request) => self.note(message, &request),
            Step::Nothing | Step::Open(_) => panic!("{step:?}"),
        }
    }

    /// Sends what waits, with what is kept by now.
    pub(crate) fn send(&mut self) {
        while let Some(message) = self.waiting.pop_front() {
            self.broker.handle_kept(self.kept.as_deref().unwrap_or_default());
            let step = self.broker.prepare(&message, self.now_ms);
            self.go_on(message, step);
        }
    }

    fn note(&mut self, message: String, request: &Request) {
        assert_eq!(request.method().as_str(), "POST");
        let headers: Vec<_> =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        // No header that would need a preflight.
        assert_eq!(headers, [("content-type", "application/x-www-form-urlencoded")]);
        let form = Fields::read(request.body().unwrap());
        self.sent.push(Sent { message, url: request.url().as_str().into(), form });
    }

    /// The identity provider answers the latest request for tokens.
    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        let message = self.sent.last().unwrap().message.clone();
        let answer = Answer { head: Head { status, headers: Vec::new() }, body: body.to_owned() };
        let step = self.broker.handle_answer(&message, &answer);
        self.keep();
        self.go_on(message, step);
    }

    pub(crate) fn unanswered(&mut self, error: TransportError) {
        let message = self.sent.last().unwrap().message.clone();
        let step = self.broker.handle_unanswered(&message, &error);
        self.keep();
        self.go_on(message, step);
    }

    fn keep(&mut self) {
        self.kept = self.broker.record().map(|record| record.expose().to_owned());
    }

    /// An address that somebody says the window came back to. Returns whether it was one.
    pub(crate) fn redirect(&mut self, address: &str) -> bool {
        let message = self.windows.last().map_or(String::new(), |window| window.message.clone());
        let step = self.broker.handle_redirect(&message, address);
        if step == Step::Nothing {
            return false;
        }
        self.open = None;
        self.go_on(message, step);
        true
    }

    /// The window's address after the user signed in.
    pub(crate) fn come_back(&mut self, fields: &str) -> bool {
        let state = self.windows.last().unwrap().state.clone();
        self.redirect(&format!("{REDIRECT}#{fields}&state={state}"))
    }

    /// The window closes, or didn't open.
    pub(crate) fn end_window(&mut self, status: &str, said: &str) {
        if let Some(message) = self.open.take() {
            let step = self.broker.refuse(&message, status, said);
            self.go_on(message, step);
        }
    }

    /// Tokens for whoever asked last, as Entra answers.
    pub(crate) fn tokens(&self, user: &str, access_token: &str) -> Value {
        let nonce = self.windows.last().map_or("", |window| window.fields.get("nonce"));
        json!({
            "token_type": "Bearer",
            "scope": "api://gw/use",
            "expires_in": 3_600,
            "ext_expires_in": 3_600,
            "access_token": access_token,
            "refresh_token": format!("refresh-of-{access_token}"),
            "refresh_token_expires_in": 86_399,
            "id_token": id_token(&json!({
                "aud": CLIENT,
                "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
                "oid": user,
                "tid": TENANT,
                "nonce": nonce,
                "preferred_username": "someone@contoso.example",
                "name": "Someone",
            })),
            "client_info": base64url(json!({ "uid": user, "utid": TENANT }).to_string().as_bytes()),
        })
    }

    /// A whole sign-in in a window.
    pub(crate) fn sign_in(&mut self, user: &str, access_token: &str) -> Value {
        let caller = self.ask(Mode::Popup, json!({ "scopes": ["api://gw/use"] }));
        assert!(self.come_back("code=the-code"));
        let tokens = self.tokens(user, access_token).to_string();
        self.answer(200, &tokens);
        self.outcome(caller).unwrap()
    }

    /// The outcome of a caller who is the only one to get any.
    pub(crate) fn outcome(&mut self, caller: CallerId) -> Result<Value, Failure> {
        let (told, outcome) = self.client.poll_outcome().expect("an outcome");
        assert_eq!(told, caller);
        assert!(self.client.poll_outcome().is_none());
        match outcome {
            Ok(answer) => Ok(serde_json::from_str(answer.expose()).unwrap()),
            Err(failure) => Err(Failure::clone(&failure)),
        }
    }

    pub(crate) fn is_quiet(&mut self) -> bool {
        self.client.poll_outcome().is_none()
    }
}

/// An unsigned token with these claims.
pub(crate) fn id_token(claims: &Value) -> String {
    format!("e30.{}.c2ln", base64url(claims.to_string().as_bytes()))
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}
