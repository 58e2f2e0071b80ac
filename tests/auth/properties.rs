//! Whatever happens to answers, nobody gets another's, and everybody gets one.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use taskpane_connector::auth::{CallerId, Mode};

use super::pane::{ADA, BOB, Pane, account, granted};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A caller asks as one of the users, for one of the scopes.
    Ask {
        mode: Mode,
        user: usize,
        scope: usize,
        state: u8,
        forced: bool,
    },
    /// The host answers a message, whether it has before or not, late or early.
    Grant {
        message: usize,
    },
    Refuse {
        message: usize,
        status: usize,
    },
    /// It sends something else.
    Noise {
        text: String,
        message: usize,
    },
    Abandon {
        caller: usize,
    },
    Unsent {
        message: usize,
    },
    Pass {
        ms: u64,
    },
    Invalidate {
        message: usize,
    },
    Clear,
}

const STATUSES: [&str; 5] =
    ["USER_INTERACTION_REQUIRED", "TRANSIENT_ERROR", "USER_CANCEL", "ACCOUNT_UNAVAILABLE", ""];

fn step() -> impl Strategy<Value = Step> {
    let mode = prop_oneof![Just(Mode::Silent), Just(Mode::Popup), Just(Mode::Either)];
    prop_oneof![
        6 => (mode, 0..2_usize, 0..3_usize, any::<u8>(), prop::bool::weighted(0.2))
            .prop_map(|(mode, user, scope, state, forced)| Step::Ask { mode, user, scope, state, forced }),
        5 => (0..40_usize).prop_map(|message| Step::Grant { message }),
        2 => (0..40_usize, 0..STATUSES.len()).prop_map(|(message, status)| Step::Refuse { message, status }),
        1 => (".{0,20}", 0..40_usize).prop_map(|(text, message)| Step::Noise { text, message }),
        1 => (0..40_usize).prop_map(|caller| Step::Abandon { caller }),
        1 => (0..40_usize).prop_map(|message| Step::Unsent { message }),
        3 => prop_oneof![0..2_000_u64, 0..400_000_u64, 3_000_000..8_000_000_u64].prop_map(|ms| Step::Pass { ms }),
        1 => (0..40_usize).prop_map(|message| Step::Invalidate { message }),
        1 => Just(Step::Clear),
    ]
}

/// The host gives tokens that say whom and what they are for.
fn token_for(message: &Value, at: usize) -> Value {
    let params = &message["tokenParams"];
    let user = params["platformBrokerId"].as_str().unwrap().split('.').next().unwrap();
    let scope = params["scope"].as_str().unwrap();
    granted(user, &format!("{user} {scope} {at}"), scope)
}

struct Waiting {
    user: &'static str,
    scope: String,
    state: String,
}

#[derive(Default)]
struct Callers {
    waiting: BTreeMap<CallerId, Waiting>,
    all: Vec<CallerId>,
}

impl Callers {
    /// Checks what was told, and strikes off who was told it.
    fn check(&mut self, pane: &mut Pane) {
        for (caller, outcome) in pane.outcomes() {
            let waiting = self.waiting.remove(&caller).expect("a caller who waits is told, once");
            let Ok(answer) = outcome else { continue };
            let start = format!("{} {} ", waiting.user, waiting.scope);
            assert!(
                answer["accessToken"].as_str().unwrap().starts_with(&start),
                "{answer} for {start}"
            );
            assert_eq!(answer["account"]["localAccountId"], waiting.user);
            assert_eq!(answer["state"], waiting.state);
        }
    }
}

fn take(pane: &mut Pane, callers: &mut Callers, step: Step) {
    let picked = |sent: &[Value], message: usize| (!sent.is_empty()).then(|| message % sent.len());
    match step {
        Step::Ask { mode, user, scope, state, forced } => {
            let (user, scope) = ([ADA, BOB][user], format!("Scope.{scope}"));
            let state = state.to_string();
            let request = json!({ "scopes": [scope], "account": account(user), "state": state, "forceRefresh": forced });
            let caller = pane.ask(mode, request);
            callers.waiting.insert(caller, Waiting { user, scope, state });
            callers.all.push(caller);
        }
        Step::Grant { message } => {
            if let Some(at) = picked(&pane.sent, message) {
                let members = token_for(&pane.sent[at], at);
                pane.answer(at, members);
            }
        }
        Step::Refuse { message, status } => {
            if let Some(at) = picked(&pane.sent, message) {
                pane.refuse(at, STATUSES[status]);
            }
        }
        Step::Noise { text, message } => {
            assert!(!pane.client.handle_message(&text, pane.now_ms));
            if let Some(at) = picked(&pane.sent, message) {
                let cut: String = pane.sent[at].to_string().chars().take(text.len() * 9).collect();
                pane.client.handle_message(&cut, pane.now_ms);
            }
        }
        Step::Abandon { caller } => {
            if !callers.all.is_empty() {
                let caller = callers.all[caller % callers.all.len()];
                pane.client.abandon(caller);
                callers.waiting.remove(&caller);
            }
        }
        Step::Unsent { message } => {
            if let Some(at) = picked(&pane.sent, message) {
                pane.fail_to_post(at, "closed");
            }
        }
        Step::Pass { ms } => pane.wait(ms),
        Step::Invalidate { message } => {
            if let Some(at) = picked(&pane.sent, message) {
                let token = token_for(&pane.sent[at], at);
                pane.client.invalidate(token["token"]["access_token"].as_str().unwrap());
            }
        }
        Step::Clear => {
            pane.client.clear();
            callers.waiting.clear();
        }
    }
    callers.check(pane);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_order_loss_repetition_and_lateness(steps in vec(step(), 1..80)) {
        let mut pane = Pane::new();
        let mut callers = Callers::default();
        for step in steps {
            take(&mut pane, &mut callers, step);
        }
        // The host falls silent: everybody is told, and nothing is waited for.
        // Twice, since who fails silently may go on with the user.
        for _ in 0..2 {
            pane.wait(300_000);
            callers.check(&mut pane);
        }
        prop_assert!(callers.waiting.is_empty(), "{:?} wait for ever", callers.waiting.keys());
        prop_assert_eq!(pane.client.poll_tick_ms(), None);
    }

    /// A host may send anything.
    #[test]
    fn no_message_is_too_strange(text in ".{0,200}", members in "[\\[\\]{}\",:a-z0-9. ]{0,80}") {
        let mut pane = Pane::new();
        let caller = pane.ask(Mode::Silent, json!({}));
        let id = pane.sent[0]["requestId"].as_str().unwrap().to_owned();
        pane.client.handle_message(&text, pane.now_ms);
        for success in ["true", "false"] {
            let message = format!(r#"{{"requestId":"{id}","success":{success},"token":{members},"error":{members},"account":{members}}}"#);
            pane.client.handle_message(&message, pane.now_ms);
        }
        pane.wait(30_000);
        prop_assert_eq!(pane.outcomes().into_keys().collect::<Vec<_>>(), vec![caller]);
    }

    #[test]
    fn no_header_is_too_strange(header in "(?i)(bearer|claims|=|\"|,| |%7B|\\\\|eyJhIjoxfQ|.){0,30}") {
        let _read = taskpane_connector::auth::claims::from_challenge(&header);
    }
}
