//! Nothing that arrives panics, is believed without its state, or leaves a
//! message unanswered.

use proptest::prelude::*;
use serde_json::json;
use taskpane_connector::auth::Mode;
use taskpane_connector::auth::oauth::{Broker, Settings, Step};
use taskpane_connector::http::answer::TransportError;
use taskpane_connector::http::{Answer, Head};

use super::pane::{ADA, Pane, entra};

/// What happens to a pane, in any order.
#[derive(Clone, Debug)]
enum Event {
    Ask(bool),
    Redirect(String, bool),
    Window(String),
    Answer(u16, String),
    Grant,
    Unanswered,
    Kept(Option<String>),
    SignOut,
}

fn event() -> impl Strategy<Value = Event> {
    let text = prop_oneof![
        ".{0,40}",
        "[a-z_]{1,8}=[a-zA-Z0-9%+&=#?]{0,30}",
        Just(r#"{"error":"invalid_grant","error_codes":[700084]}"#.to_owned()),
        Just(r#"{"access_token":5,"id_token":"a.b.c","expires_in":{}}"#.to_owned()),
        Just("error=access_denied".to_owned()),
        Just("code=c&iss=https://evil.example".to_owned()),
    ];
    prop_oneof![
        any::<bool>().prop_map(Event::Ask),
        (text.clone(), any::<bool>()).prop_map(|(text, own)| Event::Redirect(text, own)),
        "[A-Z_]{0,14}".prop_map(Event::Window),
        (200_u16..600, text.clone()).prop_map(|(status, body)| Event::Answer(status, body)),
        Just(Event::Grant),
        Just(Event::Unanswered),
        proptest::option::of(text).prop_map(Event::Kept),
        Just(Event::SignOut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_caller_is_told_once(events in prop::collection::vec(event(), 1..24)) {
        let mut pane = Pane::new();
        let (mut asked, mut told) = (Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Ask(popup) => {
                    let mode = if popup { Mode::Popup } else { Mode::Either };
                    asked.push(pane.ask(mode, json!({ "scopes": ["api://gw/use"] })));
                }
                Event::Redirect(text, own) => {
                    if own && !pane.windows.is_empty() {
                        pane.come_back(&text);
                    } else {
                        prop_assert!(!pane.redirect(&text), "{} has no state", text);
                    }
                }
                Event::Window(status) => pane.end_window(&status, "x"),
                Event::Answer(status, body) => if !pane.sent.is_empty() { pane.answer(status, &body) },
                Event::Grant => if !pane.sent.is_empty() {
                    let tokens = pane.tokens(ADA, "at").to_string();
                    pane.answer(200, &tokens);
                },
                Event::Unanswered => if !pane.sent.is_empty() {
                    pane.unanswered(TransportError::Interrupted);
                },
                Event::Kept(record) => pane.broker.handle_kept(&record.unwrap_or_default()),
                Event::SignOut => { let _revocation = pane.broker.sign_out(); }
            }
            pane.carry_out();
            while let Some((caller, _)) = pane.client.poll_outcome() {
                prop_assert!(!told.contains(&caller), "{} was told twice", caller);
                told.push(caller);
            }
        }
        // The windows close, the requests end.
        for _ in 0..4 {
            pane.end_window("USER_CANCEL", "closed");
            for sent in pane.sent.clone() {
                let step =
                    pane.broker.handle_unanswered(&sent.message, &TransportError::Interrupted);
                pane.go_on(sent.message, step);
            }
            pane.carry_out();
            while let Some((caller, _)) = pane.client.poll_outcome() {
                prop_assert!(!told.contains(&caller));
                told.push(caller);
            }
        }
        told.sort_unstable();
        prop_assert_eq!(told, asked);
    }

    #[test]
    fn any_text_is_survived(message in ".{0,80}", kept in ".{0,80}", body in ".{0,80}") {
        let mut broker = Broker::new(Settings::read(&entra(json!({})).to_string()).unwrap());
        broker.handle_kept(&kept);
        let _begun = broker.begin(&message, &[7; 64]);
        let _few = broker.begin(r#"{"method":"GetTokenPopup"}"#, &[]);
        let answer = Answer { head: Head { status: 200, headers: Vec::new() }, body };
        let Step::Reply(reply) = broker.handle_answer(&message, &answer) else {
            return Err(TestCaseError::fail("no reply"));
        };
        prop_assert!(reply.expose().contains(r#""success":false"#));
    }

    #[test]
    fn any_options_are_read_or_refused(options in ".{0,60}", authority in ".{0,40}") {
        let _any = Settings::read(&options);
        let options = json!({ "clientId": "c", "redirectUri": "r", "authority": authority });
        if let Ok(settings) = Settings::read(&options.to_string()) {
            let url = url::Url::parse(settings.token().as_str()).unwrap();
            let loopback = matches!(url.host_str(), Some("localhost" | "[::1]"))
                || url.host_str().is_some_and(|host| host.starts_with("127."));
            prop_assert!(url.scheme() == "https" || loopback);
        }
    }
}
