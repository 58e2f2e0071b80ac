//! A page with a client, a host that a test speaks for, and their clock.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use taskpane_connector::auth::{CallerId, Client, Mode, Settings};
use taskpane_connector::error::Failure;

pub(crate) const ADA: &str = "11111111-0000-4000-8000-000000000001";
pub(crate) const BOB: &str = "22222222-0000-4000-8000-000000000002";
pub(crate) const TENANT: &str = "aaaaaaaa-0000-4000-8000-00000000000a";
pub(crate) const START_MS: u64 = 1_795_226_306_001;

pub(crate) struct Pane {
    pub(crate) client: Client,
    pub(crate) now_ms: u64,
    /// All messages to the host.
    pub(crate) sent: Vec<Value>,
    drawn: u8,
}

impl Pane {
    pub(crate) fn new() -> Self {
        Self::with(json!({}))
    }

    /// With further settings, as `js/nested_app_auth.js` writes them.
    pub(crate) fn with(options: Value) -> Self {
        let mut all = json!({
            "clientId": "cccccccc-cccc-4ccc-8ccc-cccccccccccc",
            "origin": "https://pane.example:3000",
            "libraryName": "lib",
            "libraryVersion": "1",
            "limits": "5000 30000 300000",
        });
        for (name, value) in options.as_object().unwrap() {
            all[name] = value.clone();
        }
        let client = Client::new(Settings::read(&all.to_string()));
        Self { client, now_ms: START_MS, sent: Vec::new(), drawn: 0 }
    }

    /// Posts what the client has to say; how many messages that were.
    pub(crate) fn post(&mut self) -> usize {
        let before = self.sent.len();
        loop {
            self.drawn = self.drawn.wrapping_add(1);
            let random = [format!("{:02x}", self.drawn), format!("{:02x}", self.drawn ^ 0xff)];
            let random = random.map(|digits| digits.repeat(16)).concat();
            let Some(message) = self.client.poll_message(&random, self.now_ms) else { break };
            self.sent.push(serde_json::from_str(&message).unwrap());
        }
        self.sent.len() - before
    }

    pub(crate) fn ask(&mut self, mode: Mode, request: Value) -> CallerId {
        let caller = self.client.acquire(mode, &written(request), self.now_ms).unwrap();
        self.post();
        caller
    }

    /// The host answers message `at` with these members.
    pub(crate) fn answer(&mut self, at: usize, members: Value) -> bool {
        let mut reply = json!({
            "messageType": "NestedAppAuthResponse",
            "requestId": self.sent[at]["requestId"],
        });
        for (name, value) in members.as_object().unwrap() {
            reply[name] = value.clone();
        }
        let known = self.client.handle_message(&reply.to_string(), self.now_ms);
        self.post();
        known
    }

    /// The host refuses message `at`.
    pub(crate) fn refuse(&mut self, at: usize, status: &str) {
        self.answer(at, json!({ "success": false, "error": { "status": status } }));
    }

    /// Message `at` can't be posted, which is told as `js/nested_app_auth.js` does.
    pub(crate) fn fail_to_post(&mut self, at: usize, reason: &str) -> bool {
        let description = format!("its bridge takes no messages: {reason}");
        self.answer(at, json!({ "error": { "status": "UNSENT", "description": description } }))
    }

    /// The outcomes since the last call.
    pub(crate) fn outcomes(&mut self) -> BTreeMap<CallerId, Result<Value, Rc<Failure>>> {
        let mut outcomes = BTreeMap::new();
        while let Some((caller, outcome)) = self.client.poll_outcome() {
            let outcome = outcome.map(|answer| serde_json::from_str(answer.expose()).unwrap());
            assert!(outcomes.insert(caller, outcome).is_none(), "{caller} was told twice");
        }
        outcomes
    }

    /// The outcome of a caller who is the only one to get any.
    pub(crate) fn outcome(&mut self, caller: CallerId) -> Result<Value, Rc<Failure>> {
        let mut outcomes = self.outcomes();
        let outcome = outcomes.remove(&caller).expect("an outcome");
        assert!(outcomes.is_empty(), "{outcomes:?}");
        outcome
    }

    /// A token that is asked for and given; the answer.
    pub(crate) fn get(&mut self, request: Value, members: Value) -> Value {
        let caller = self.ask(Mode::Silent, request);
        self.answer(self.sent.len() - 1, members);
        self.outcome(caller).unwrap()
    }

    /// A token that the cache has; the answer.
    pub(crate) fn hit(&mut self, request: Value) -> Value {
        let before = self.sent.len();
        let caller = self.ask(Mode::Silent, request);
        let answer = self.outcome(caller).expect("a token");
        assert_eq!(answer["fromCache"], true);
        assert_eq!(self.sent.len(), before, "the host was asked");
        answer
    }

    /// The time passes, in ticks.
    pub(crate) fn wait(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        self.client.handle_tick(self.now_ms);
        while self.now_ms < end {
            let step = self.client.poll_tick_ms().unwrap_or(ms);
            self.now_ms = (self.now_ms + step).min(end);
            self.client.handle_tick(self.now_ms);
        }
        self.post();
    }
}

/// An unsigned token with these claims.
pub(crate) fn id_token(claims: &Value) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut payload = String::new();
    for chunk in claims.to_string().as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            payload.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    format!("e30.{payload}.c2ln")
}

/// What a host answers that gives a token.
pub(crate) fn granted(user: &str, access_token: &str, scope: &str) -> Value {
    json!({
        "success": true,
        "token": {
            "access_token": access_token,
            "expires_in": 3_600,
            "id_token": id_token(&json!({ "oid": user, "tid": TENANT, "name": "Someone", "extn.team": ["red"] })),
            "scope": scope,
            "properties": null,
        },
        "account": {
            "homeAccountId": format!("{user}.{TENANT}"),
            "localAccountId": user,
            "tenantId": TENANT,
            "environment": "login.microsoftonline.com",
            "username": "someone@contoso.example",
        },
    })
}

/// The account of a user, as MSAL describes it.
pub(crate) fn account(user: &str) -> Value {
    json!({
        "homeAccountId": format!("{user}.{TENANT}"),
        "environment": "login.microsoftonline.com",
        "tenantId": TENANT,
        "username": "someone@contoso.example",
        "localAccountId": user,
    })
}

/// What the host said, as a failure tells it.
pub(crate) fn report(failure: &Failure) -> Value {
    serde_json::from_str(failure.bridge.as_ref().unwrap()).unwrap()
}

/// MSAL's request as `js/nested_app_auth.js` writes it: with texts for lists.
fn written(mut request: Value) -> String {
    if let Some(Value::Array(scopes)) = request.get("scopes") {
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.as_str().unwrap()).collect();
        request["scopes"] = json!(scopes.join(" "));
    }
    request.to_string()
}
