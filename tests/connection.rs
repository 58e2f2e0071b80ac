//! From the page's address to a gateway: what connects, what asks first, and
//! what is kept.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use taskpane_connector::config::{Key, Layer, Values};
use taskpane_connector::connection::{Attempt, Connection, Consent, Plan, State};
use taskpane_connector::credentials::{Changes, Kept};
use taskpane_connector::error::{Code, Failure};
use taskpane_connector::http::Request;
use taskpane_connector::provider::access::AccessError;
use taskpane_connector::provider::{Model, ModelSource, Verdict};

const ADDRESS: &[(&str, &str)] =
    &[("gateway_url", "https://gw.example.com"), ("gateway_token", "admin-token-0123456789")];

fn values(pairs: &[(Key, &str)]) -> Values {
    let mut values = Values::default();
    for (key, value) in pairs {
        values.set(*key, *value);
    }
    values
}

fn models() -> Vec<Model> {
    vec![Model::new("claude-a".to_owned(), None, ModelSource::Listed, Verdict::Usable, false)]
}

fn open(parameters: &[(&str, &str)], kept: Kept, vouched: bool) -> Connection {
    Connection::open(parameters.iter().copied(), kept, vouched)
}

fn by_itself() -> Consent {
    Consent::default()
}

fn asked() -> Consent {
    Consent { interactive: true, confirm: None }
}

fn attempt(plan: Result<Plan, Failure>) -> Attempt {
    match plan.expect("a plan") {
        Plan::Attempt(attempt) => *attempt,
        Plan::Stay => panic!("stayed"),
    }
}

/// Connects, and gives what is kept of it.
fn connect(connection: &mut Connection, typed: Option<Values>, consent: Consent) -> Kept {
    let mut attempt = attempt(connection.plan(typed, consent));
    connection.begin(&mut attempt);
    assert_eq!(connection.state(), State::Connecting);
    connection.succeed(attempt, models());
    assert_eq!(connection.state(), State::Ready);
    let changes = connection.poll_changes().expect("something to keep");
    assert_eq!(connection.poll_changes(), None);
    stored(&changes)
}

/// What a store that was empty holds after changes.
fn stored(changes: &Changes) -> Kept {
    let mut records: serde_json::Value = serde_json::from_str(&changes.expose()).expect("JSON");
    records.as_object_mut().expect("an object").retain(|_, text| !text.is_null());
    Kept::read(&records.to_string())
}

/// The key that requests are authorised with.
fn token_of(connection: &Connection) -> String {
    let provider = connection.provider().expect("connected");
    let mut request = provider.models_request(None);
    provider.access().authorize(&mut request, 0).expect("a key");
    request.secrets().last().expect("a key").to_owned()
}

/// The first request of an attempt.
fn list_request(attempt: &Attempt) -> Request {
    let mut discovery = attempt.discovery();
    let question = discovery.poll().expect("the list");
    let mut request = discovery.request(&question).expect("a request");
    discovery.provider().access().authorize(&mut request, 0).expect("a key");
    request
}

/// What the user is asked to agree to, and how it is shown.
fn changed(connection: &Connection) -> Vec<(&'static str, String)> {
    let hint = connection.confirmation().and_then(|failure| failure.hint.clone());
    let params = hint.into_iter().flat_map(|hint| hint.params);
    params.filter(|(name, _)| !["host", "origin", "address"].contains(name)).collect()
}

fn names(changed: &[(&'static str, String)]) -> String {
    changed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_complete_manifest_in_an_office_host_connects_by_itself() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    assert_eq!(connection.confirmation(), None);
    connect(&mut connection, None, by_itself());
    assert_eq!(token_of(&connection), "admin-token-0123456789");
}

#[test]
fn a_link_only_asks() {
    let connection = open(ADDRESS, Kept::default(), false);
    let expected = [("gateway_url", ADDRESS[0].1), ("gateway_token", "••••6789")];
    assert_eq!(changed(&connection), expected.map(|(key, shown)| (key, shown.to_owned())));
    assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
    for consent in
        [asked(), Consent { interactive: true, confirm: Some("https://evil.example".into()) }]
    {
        let failure = connection.plan(None, consent).expect_err("not confirmed");
        assert_eq!(failure.code, Code::InteractionRequired);
        assert!(failure.message.contains("gw.example.com"));
    }
    // Typing a token for a host that the link named is no agreement to the host.
    let typed = values(&[(Key::GatewayToken, "mine")]);
    assert_eq!(
        connection.plan(Some(typed), by_itself()).expect_err("not confirmed").code,
        Code::InteractionRequired
    );
}

#[test]
fn agreement_is_remembered_for_that_origin() {
    let mut connection = open(ADDRESS, Kept::default(), false);
    let consent = Consent { interactive: true, confirm: Some("https://gw.example.com".into()) };
    let kept = connect(&mut connection, None, consent);

    let again = open(ADDRESS, kept.clone(), false);
    assert_eq!(again.confirmation(), None);
    let forged = [("gateway_url", "https://gw.example.com:8443"), ("gateway_token", "t")];
    assert!(open(&forged, kept, false).confirmation().is_some());
}

#[test]
fn a_link_that_changes_what_was_agreed_to_asks_again() {
    const HEADERS: &str = r#"{"x-team":"finance"}"#;
    let [url, token] = [ADDRESS[0], ADDRESS[1]];
    let address = [url, token, ("inference_headers", HEADERS)];
    let consent = Consent { interactive: true, confirm: Some("https://gw.example.com".into()) };
    let kept = connect(&mut open(&address, Kept::default(), false), None, consent);

    let same: [&[(&str, &str)]; 4] =
        [&address, &[url, token], &[url], &[("gateway_url", "https://GW.example.com/v1")]];
    for parameters in same {
        let mut again = open(parameters, kept.clone(), false);
        assert_eq!(again.confirmation(), None, "{parameters:?}");
        connect(&mut again, None, by_itself());
    }
    let forward = ("inference_headers", r#"{"x-forward-to":"https://evil.example"}"#);
    let other = ("gateway_token", "another-token-0123");
    let tenant = ("gateway_url", "https://gw.example.com/tenants/evil");
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[url, other], "gateway_token"),
        (&[url, token, forward], "inference_headers"),
        (&[tenant, token], "gateway_url"),
        (&[tenant, other, forward], "gateway_url, gateway_token, inference_headers"),
    ];
    for (parameters, names) in cases {
        let link = open(parameters, kept.clone(), false);
        assert_eq!(self::names(&changed(&link)), names, "{parameters:?}");
        assert!(matches!(link.plan(None, by_itself()), Ok(Plan::Stay)), "{parameters:?}");
        let refused = link.plan(None, asked()).expect_err("not confirmed");
        assert_eq!(refused.code, Code::InteractionRequired, "{parameters:?}");
        assert_eq!(Some(&refused), link.confirmation().as_ref());
        for secret in ["another-token", "evil.example"] {
            assert!(!format!("{refused:?}").contains(secret), "{refused:?}");
        }
        // An Office host stands behind what it opens.
        assert_eq!(open(parameters, kept.clone(), true).confirmation(), None);
    }
    // A token that the address no longer has isn't sent along with headers that it newly has.
    let link = open(&[url, forward], kept, false);
    assert!(matches!(link.plan(None, by_itself()), Ok(Plan::Stay)));
    let refused = link.plan(None, asked()).expect_err("no token");
    assert_eq!(refused.message, "gateway_token is missing");
}

#[test]
fn a_link_to_what_the_user_typed_brings_nothing_of_its_own_unasked() {
    let typed = values(&[(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "mine")]);
    let address = [ADDRESS[0]];
    let kept = connect(&mut open(&address, Kept::default(), false), Some(typed), by_itself());
    assert_eq!(open(&address, kept.clone(), false).confirmation(), None);
    for forged in [ADDRESS[1], ("inference_headers", r#"{"x-forward-to":"https://evil.example"}"#)]
    {
        let link = open(&[address[0], forged], kept.clone(), false);
        assert!(link.confirmation().is_some(), "{forged:?}");
        assert!(matches!(link.plan(None, by_itself()), Ok(Plan::Stay)), "{forged:?}");
    }
}

#[test]
fn only_the_origin_that_is_connected_to_is_agreed_to() {
    let mut connection = open(&[], Kept::default(), false);
    let typed = values(&[(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "mine")]);
    let consent = Consent { interactive: true, confirm: Some("https://evil.example".into()) };
    assert!(connect(&mut connection, Some(typed), consent).settings.confirmed.is_empty());
}

#[test]
fn auto_connect_off_waits_for_the_user() {
    let address = [ADDRESS, &[("auto_connect", "0")]].concat();
    let connection = open(&address, Kept::default(), true);
    assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
    assert!(matches!(connection.plan(None, asked()), Ok(Plan::Attempt(_))));
}

#[test]
fn nothing_configured_stays_and_says_what_is_missing_when_asked() {
    let connection = open(&[("m", "tag")], Kept::default(), true);
    assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
    let failure = connection.plan(None, asked()).expect_err("nothing to connect with");
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (Code::ConfigurationInvalid, "gateway_url is missing")
    );
    let typed = values(&[(Key::GatewayUrl, "https://gw.example.com")]);
    let failure = connection.plan(Some(typed), by_itself()).expect_err("no token");
    assert_eq!(failure.message, "gateway_token is missing");
}

#[test]
fn typed_settings_come_back_with_the_next_pane() {
    let mut connection = open(&[], Kept::default(), false);
    let typed = values(&[
        (Key::GatewayUrl, "https://gw.example.com/v1"),
        (Key::GatewayToken, "mine"),
        (Key::Model, "claude-x"),
    ]);
    let kept = connect(&mut connection, Some(typed), by_itself());

    let mut next = open(&[], kept, false);
    connect(&mut next, None, by_itself());
    assert_eq!(token_of(&next), "mine");
    assert_eq!(next.configuration().get(Key::Model), Some(("claude-x", Layer::User)));
}

#[test]
fn a_kept_token_goes_to_its_own_origin_only() {
    let mut connection = open(&[], Kept::default(), false);
    let typed = values(&[
        (Key::GatewayUrl, "https://gw.example.com"),
        (Key::GatewayToken, "mine"),
        (Key::InferenceHeaders, r#"{"x-team":"secret"}"#),
    ]);
    let kept = connect(&mut connection, Some(typed), by_itself());

    let elsewhere = values(&[(Key::GatewayUrl, "https://other.example")]);
    let failure =
        open(&[], kept.clone(), false).plan(Some(elsewhere), by_itself()).expect_err("no token");
    assert_eq!(failure.message, "gateway_token is missing");

    let other = values(&[(Key::GatewayUrl, "https://other.example"), (Key::GatewayToken, "new")]);
    let attempt = attempt(open(&[], kept, false).plan(Some(other), by_itself()));
    let request = list_request(&attempt);
    assert!(request.header("x-team").is_none());
}

#[test]
fn kept_headers_do_not_follow_a_manifest_to_another_host() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let kept = connect(
        &mut connection,
        Some(values(&[(Key::InferenceHeaders, r#"{"x-team":"secret"}"#)])),
        asked(),
    );
    let moved = [("gateway_url", "https://evil.example"), ("gateway_token", "bait")];
    let attempt = attempt(open(&moved, kept, true).plan(None, by_itself()));
    let request = list_request(&attempt);
    assert!(request.header("x-team").is_none());
    assert_eq!(request.url().origin().host(), "evil.example");
}

#[test]
fn a_manifest_token_survives_a_reload_for_its_own_gateway() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let kept = connect(&mut connection, None, by_itself());
    // The pane took the token out of its address.
    let mut reloaded = open(&ADDRESS[..1], kept.clone(), true);
    connect(&mut reloaded, None, by_itself());
    assert_eq!(token_of(&reloaded), "admin-token-0123456789");
    // It is not the user's: an address that the user types doesn't get it.
    let typed = values(&[(Key::GatewayUrl, "https://gw.example.com")]);
    assert!(open(&[], kept, true).plan(Some(typed), by_itself()).is_err());
}

#[test]
fn manifest_headers_survive_a_reload_until_the_administrator_takes_them_away() {
    let address = [ADDRESS, &[("inference_headers", r#"{"x-team":"finance"}"#)]].concat();
    let kept = connect(&mut open(&address, Kept::default(), true), None, by_itself());
    let team = |parameters: &[(&str, &str)], typed: Option<Values>| {
        let connection = open(parameters, kept.clone(), true);
        let attempt = attempt(connection.plan(typed, by_itself()));
        let request = list_request(&attempt);
        request.header("x-team").map(|value| value.expose().to_owned())
    };
    // The pane took the secrets out of its address.
    assert_eq!(team(&ADDRESS[..1], None).as_deref(), Some("finance"));
    assert_eq!(team(ADDRESS, None), None);
    let elsewhere = [("gateway_url", "https://other.example"), ADDRESS[1]];
    assert_eq!(team(&elsewhere, None), None);
    let typed =
        values(&[(Key::GatewayUrl, "https://other.example"), (Key::GatewayToken, "theirs")]);
    assert_eq!(team(&ADDRESS[..1], Some(typed)), None);
}

#[test]
fn a_typed_token_holds_until_the_administrator_changes_theirs() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let kept = connect(&mut connection, Some(values(&[(Key::GatewayToken, "mine")])), asked());
    let mut same = open(ADDRESS, kept.clone(), true);
    connect(&mut same, None, by_itself());
    assert_eq!(token_of(&same), "mine");

    let rotated = [ADDRESS[0], ("gateway_token", "admin-token-rotated")];
    let mut changed = open(&rotated, kept, true);
    connect(&mut changed, None, by_itself());
    assert_eq!(token_of(&changed), "admin-token-rotated");
}

#[test]
fn a_typed_value_that_is_no_secret_holds_likewise() {
    let header = |name| [ADDRESS[0], ADDRESS[1], ("gateway_auth_header", name)];
    let typed = values(&[(Key::GatewayAuthHeader, "authorization")]);
    let kept =
        connect(&mut open(&header("x-api-key"), Kept::default(), true), Some(typed), asked());
    let in_force = |name| {
        let connection = open(&header(name), kept.clone(), true);
        connection.configuration().get(Key::GatewayAuthHeader).expect("a header").1
    };
    assert_eq!(in_force("x-api-key"), Layer::User);
    assert_eq!(in_force("authorization"), Layer::Manifest);
}

const HEADERS: Key = Key::InferenceHeaders;

/// What the headers of the first request are, by what they are for.
fn team_of(connection: &Connection) -> Option<String> {
    let attempt = attempt(connection.plan(None, by_itself()));
    let request = list_request(&attempt);
    request.header("x-team").map(|value| value.expose().to_owned())
}

#[test]
fn typed_headers_hold_until_the_administrator_changes_theirs() {
    let headers = |team| ("inference_headers", team);
    let address = [ADDRESS, &[headers(r#"{"x-team":"finance"}"#)]].concat();
    let mine = || Some(values(&[(HEADERS, r#"{"x-team":"mine"}"#)]));
    let changed = [ADDRESS, &[headers(r#"{"x-team":"sales"}"#)]].concat();

    let kept = connect(&mut open(&address, Kept::default(), true), mine(), asked());
    assert_eq!(team_of(&open(&address, kept.clone(), true)).as_deref(), Some("mine"));
    assert_eq!(team_of(&open(&changed, kept.clone(), true)).as_deref(), Some("sales"));
    // The token was not typed: it stays the administrator's.
    let rotated = [address[0], ("gateway_token", "admin-token-rotated"), address[2]];
    assert_eq!(team_of(&open(&rotated, kept, true)).as_deref(), Some("mine"));

    // Headers that the administrator sets where there were none win as well.
    let kept = connect(&mut open(ADDRESS, Kept::default(), true), mine(), asked());
    assert_eq!(team_of(&open(ADDRESS, kept.clone(), true)).as_deref(), Some("mine"));
    assert_eq!(team_of(&open(&changed, kept, true)).as_deref(), Some("sales"));
}

#[test]
fn what_was_typed_over_a_secret_is_known_after_a_reload_without_it() {
    let address = [ADDRESS, &[("inference_headers", r#"{"x-team":"finance"}"#)]].concat();
    let typed = || Some(values(&[(Key::GatewayToken, "mine"), (HEADERS, r#"{"x-team":"mine"}"#)]));
    // Typed before and after the pane took the secrets out of its address.
    let before = connect(&mut open(&address, Kept::default(), true), typed(), asked());
    let before = connect(&mut open(&address[..1], before, true), None, by_itself());
    let after = connect(&mut open(&address, Kept::default(), true), None, by_itself());
    let after = connect(&mut open(&address[..1], after, true), typed(), asked());
    for kept in [before, after] {
        let mut same = open(&address, kept.clone(), true);
        assert_eq!(team_of(&same).as_deref(), Some("mine"));
        connect(&mut same, None, by_itself());
        assert_eq!(token_of(&same), "mine");
        let rotated = [
            address[0],
            ("gateway_token", "admin-token-rotated"),
            ("inference_headers", r#"{"x-team":"sales"}"#),
        ];
        let mut changed = open(&rotated, kept, true);
        assert_eq!(team_of(&changed).as_deref(), Some("sales"));
        connect(&mut changed, None, by_itself());
        assert_eq!(token_of(&changed), "admin-token-rotated");
    }
}

#[test]
fn what_was_typed_for_another_gateway_is_no_override_of_the_administrators_secrets() {
    let typed = values(&[
        (Key::GatewayUrl, "https://other.example"),
        (Key::GatewayToken, "theirs"),
        (HEADERS, r#"{"x-team":"theirs"}"#),
    ]);
    let kept = connect(&mut open(ADDRESS, Kept::default(), true), Some(typed), asked());
    let rotated = [ADDRESS[0], ("gateway_token", "admin-token-rotated")];
    let mut next = open(&rotated, kept, true);
    assert_eq!(team_of(&next).as_deref(), Some("theirs"));
    connect(&mut next, None, by_itself());
    assert_eq!(token_of(&next), "theirs");
}

#[test]
fn after_signing_out_nothing_connects_by_itself() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    connect(&mut connection, None, by_itself());
    connection.forget();
    assert_eq!(connection.state(), State::NeedsSettings);
    assert!(connection.provider().is_err());
    let signed_out = Kept { signed_out: true, ..Kept::default() };
    assert_eq!(stored(&connection.poll_changes().expect("a change")), signed_out);
    assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
    let kept = connect(&mut connection, None, asked());
    assert!(!kept.signed_out);
}

#[test]
fn a_sign_out_leaves_nothing_of_who_was_there() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    connection.use_account("oid-a.tenant");
    connect(&mut connection, None, by_itself());
    connection.lapse(demanded());
    connection.forget();
    assert_eq!(shown(&connection), (State::NeedsSettings, None));
    assert!(connection.models().is_empty());
    // There is nobody whom the next account takes over from.
    assert!(!connection.use_account("oid-b.tenant"));
}

#[test]
fn what_could_not_be_read_is_removed() {
    let kept = Kept { broken: vec!["settings"], ..Kept::default() };
    let changes = open(ADDRESS, kept, true).poll_changes().expect("a removal");
    assert_eq!(changes.expose(), r#"{"settings":null}"#);
}

#[test]
fn another_pane_signs_this_one_out() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let kept = connect(&mut connection, None, by_itself());
    connection.reload(kept);
    assert_eq!(connection.state(), State::Ready);
    connection.reload(Kept { signed_out: true, ..Kept::default() });
    assert_eq!(connection.state(), State::NeedsSettings);
    // The other pane has written already.
    assert_eq!(connection.poll_changes(), None);
}

#[test]
fn a_pane_that_is_connected_shows_where_whatever_another_one_keeps() {
    let typed = |url: &str, token: &str| {
        values(&[(Key::GatewayUrl, url), (Key::GatewayToken, token), (Key::Model, token)])
    };
    let mut here = open(&[], Kept::default(), false);
    connect(&mut here, Some(typed("https://gw.example.com", "mine")), by_itself());
    let mut there = open(&[], Kept::default(), false);
    let kept = connect(&mut there, Some(typed("https://other.example", "theirs")), by_itself());

    here.reload(kept);
    let url = |connection: &Connection| {
        let shown = connection.configuration().get(Key::GatewayUrl).map(|(url, _)| url.to_owned());
        (
            shown.expect("an address"),
            connection.provider().map(|gateway| gateway.base().to_string()),
        )
    };
    let (shown, used) = url(&here);
    assert_eq!(
        (shown.as_str(), used.as_deref()),
        ("https://gw.example.com", Ok("https://gw.example.com"))
    );
    connect(&mut here, None, asked());
    assert_eq!(url(&here).0, "https://other.example");
    assert_eq!(token_of(&here), "theirs");
}

#[test]
fn an_attempt_that_was_overtaken_changes_nothing() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let mut first = attempt(connection.plan(None, by_itself()));
    connection.begin(&mut first);
    let mut second =
        attempt(connection.plan(Some(values(&[(Key::GatewayToken, "newer")])), asked()));
    connection.begin(&mut second);
    connection.fail(&first, Failure::new(Code::Unreachable, "late"), false);
    assert_eq!(connection.state(), State::Connecting);
    connection.succeed(first, models());
    assert_eq!((connection.state(), connection.poll_changes()), (State::Connecting, None));
    connection.succeed(second, models());
    assert_eq!(token_of(&connection), "newer");
}

#[test]
fn a_failed_attempt_keeps_nothing() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let mut tried = attempt(connection.plan(None, by_itself()));
    connection.begin(&mut tried);
    connection.fail(&tried, Failure::new(Code::CredentialInvalid, "refused"), false);
    assert_eq!(connection.state(), State::Failed);
    assert!(connection.provider().is_err());
    assert_eq!(connection.failure().map(|failure| failure.code), Some(Code::CredentialInvalid));
}

#[test]
fn an_attempt_that_fails_leaves_the_connection_that_works() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    connect(&mut connection, None, by_itself());
    let before = connection.describe_configuration();
    let typed =
        values(&[(Key::GatewayUrl, "https://other.example"), (Key::GatewayToken, "theirs")]);
    let mut tried = attempt(connection.plan(Some(typed), asked()));
    connection.begin(&mut tried);
    assert_eq!(connection.state(), State::Connecting);
    connection.fail(&tried, Failure::new(Code::CredentialInvalid, "refused"), false);
    assert_eq!((connection.state(), connection.failure()), (State::Ready, None));
    assert_eq!(token_of(&connection), "admin-token-0123456789");
    assert_eq!(connection.models(), models());
    assert_eq!(connection.describe_configuration(), before);
    assert_eq!(connection.poll_changes(), None);
}

#[test]
fn an_attempt_that_is_called_off_ends_where_it_began() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let call_off = |connection: &mut Connection| {
        let mut tried = attempt(connection.plan(None, by_itself()));
        connection.begin(&mut tried);
        assert_eq!((connection.state(), connection.failure()), (State::Connecting, None));
        connection.call_off(&tried);
    };
    call_off(&mut connection);
    assert_eq!(connection.state(), State::NeedsSettings);

    let mut tried = attempt(connection.plan(None, by_itself()));
    connection.begin(&mut tried);
    connection.fail(&tried, Failure::new(Code::Unreachable, "refused"), false);
    call_off(&mut connection);
    assert_eq!(connection.state(), State::Failed);
    assert_eq!(connection.failure().map(|failure| failure.code), Some(Code::Unreachable));

    connect(&mut connection, None, by_itself());
    call_off(&mut connection);
    assert_eq!((connection.state(), connection.failure()), (State::Ready, None));
}

#[test]
fn no_description_shows_a_secret() {
    let address = [
        ADDRESS,
        &[("inference_headers", r#"{"x-team":"finance-key-0123456789"}"#), ("et", "entitlement")],
    ]
    .concat();
    let mut connection = open(&address, Kept::default(), true);
    connect(&mut connection, None, by_itself());
    let shown = format!("{} {:?}", connection.describe_configuration(), connection);
    for secret in ["admin-token-01234", "finance-key", "entitlement"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(
        connection
            .describe_configuration()
            .contains("\"value\":\"••••6789\",\"layer\":\"manifest\",\"secret\":true")
    );
    assert!(shown.contains("\"inference_headers\":{\"value\":\"x-team\""), "{shown}");
    let unreadable = open(&[("inference_headers", "x-team: finance-key")], Kept::default(), true);
    assert!(!unreadable.describe_configuration().contains("finance-key"));
}

#[test]
fn an_address_is_shown_as_it_is_used_and_never_with_a_password() {
    for (typed, shown) in [
        ("gw.example.com/v1", "https://gw.example.com"),
        ("https://me:hunter2@gw.example.com/a", "••••@gw.example.com/a"),
        ("https://gw.example.com?key=hunter2", "https://gw.example.com"),
        ("https://me:hunter2", "https://me:"),
    ] {
        let connection = open(&[("gateway_url", typed)], Kept::default(), true);
        let described = connection.describe_configuration();
        assert!(described.contains(&format!("\"value\":\"{shown}")), "{described}");
        assert!(
            !typed.contains('@') && !typed.contains('?') || !described.contains("hunter2"),
            "{described}"
        );
    }
}

#[test]
fn the_manifests_own_address_typed_again_keeps_its_token() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let kept = connect(&mut connection, None, by_itself());
    let mut reloaded = open(&ADDRESS[..1], kept, true);
    let typed = values(&[(Key::GatewayUrl, "gw.example.com/v1/"), (Key::Model, "claude-x")]);
    connect(&mut reloaded, Some(typed), asked());
    assert_eq!(token_of(&reloaded), "admin-token-0123456789");
    assert_eq!(
        reloaded.configuration().get(Key::GatewayUrl).map(|(_, layer)| layer),
        Some(Layer::Manifest)
    );
}

#[test]
fn an_empty_value_takes_back_what_was_typed() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    let kept = connect(
        &mut connection,
        Some(values(&[(Key::Model, "claude-x"), (Key::GatewayToken, "mine")])),
        asked(),
    );
    let mut next = open(ADDRESS, kept, true);
    assert_eq!(next.configuration().get(Key::Model), Some(("claude-x", Layer::User)));
    let kept =
        connect(&mut next, Some(values(&[(Key::Model, ""), (Key::GatewayUrl, "")])), asked());
    assert_eq!((next.configuration().get(Key::Model), token_of(&next).as_str()), (None, "mine"));
    assert_eq!(kept.settings.values, Values::default());
}

#[test]
fn an_unusable_manifest_is_told_at_once() {
    let connection = open(&[("gateway_url", "http://gw.example.com")], Kept::default(), true);
    let ids: Vec<_> =
        connection.configuration().problems().iter().map(|problem| problem.id).collect();
    assert_eq!(ids, ["unusable-value"]);
    assert_eq!(
        connection.plan(None, by_itself()).expect_err("unusable").code,
        Code::ConfigurationInvalid
    );
}

#[test]
fn what_an_older_pane_kept_is_written_anew() {
    let kept = connect(&mut open(ADDRESS, Kept::default(), true), None, by_itself());
    let mut connection = open(ADDRESS, Kept { former: true, ..kept.clone() }, true);
    let changes = connection.poll_changes().expect("a change");
    assert_eq!(stored(&changes), kept);
    for name in ["former-settings", "former-secrets", "former-signed-out"] {
        assert!(changes.expose().contains(&format!(r#""{name}":null"#)), "{name} stays");
    }
    // A pane that is connected stays so when the older one wrote.
    let mut here = open(ADDRESS, Kept::default(), true);
    connect(&mut here, None, by_itself());
    here.reload(Kept { former: true, ..kept.clone() });
    assert_eq!(here.state(), State::Ready);
    assert_eq!(here.poll_changes().as_ref().map(stored), Some(kept));
}

#[test]
fn an_older_panes_sign_out_deletes_what_the_newer_ones_keep() {
    let signed_out = Kept { signed_out: true, former: true, ..Kept::default() };
    let mut opened = open(ADDRESS, signed_out.clone(), true);
    let mut open_already = open(ADDRESS, Kept::default(), true);
    connect(&mut open_already, None, by_itself());
    open_already.reload(signed_out);
    for connection in [&mut opened, &mut open_already] {
        assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
        let changes = connection.poll_changes().expect("a change");
        assert_eq!(stored(&changes), Kept { signed_out: true, ..Kept::default() });
        assert!(changes.expose().contains(r#""secrets":null"#), "the secrets stay");
    }
}

#[test]
fn what_lies_in_the_clear_is_written_anew_when_asked_for() {
    let kept = connect(&mut open(ADDRESS, Kept::default(), true), None, by_itself());
    let mut connection = open(ADDRESS, kept.clone(), true);
    assert_eq!(connection.poll_changes(), None);
    connection.renew();
    assert_eq!(connection.poll_changes().as_ref().map(stored), Some(kept));
    // A sign-out leaves nothing to be written.
    let mut signed_out = open(ADDRESS, Kept { signed_out: true, ..Kept::default() }, true);
    signed_out.renew();
    assert_eq!(signed_out.poll_changes(), None);
}

#[test]
fn records_whose_key_is_out_of_reach_stay_and_are_told() {
    let locked = Kept { locked: vec!["settings", "secrets"], ..Kept::default() };
    let mut connection = open(&[], locked, false);
    assert_eq!(connection.poll_changes(), None);
    let told: Vec<_> = connection
        .configuration()
        .problems()
        .iter()
        .map(|problem| (problem.id, problem.message.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("record-locked", "the kept settings are sealed, and their key can't be reached now"),
            ("record-locked", "the kept secrets are sealed, and their key can't be reached now"),
        ]
    );
}

#[test]
fn another_accounts_records_are_forgotten_with_its_connection() {
    let typed =
        || values(&[(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "of-a")]);
    let mut connection = open(&[], Kept::default(), false);
    connection.use_account("oid-a.tenant");
    let kept = connect(&mut connection, Some(typed()), by_itself());
    assert!(!format!("{kept:?}").contains("oid-a"), "the account is kept in the clear");

    // The same account finds them, after a reload too.
    let mut same = open(&[], kept.clone(), false);
    same.use_account("oid-a.tenant");
    assert_eq!(same.poll_changes(), None);
    connect(&mut same, None, by_itself());

    // Another one doesn't, and nothing of them stays.
    let mut other = open(&[], kept.clone(), false);
    let mut switched = open(&[], kept.clone(), false);
    switched.use_account("oid-a.tenant");
    connect(&mut switched, None, by_itself());
    for connection in [&mut other, &mut switched] {
        connection.use_account("oid-b.tenant");
        assert_eq!(connection.state(), State::NeedsSettings);
        assert!(connection.provider().is_err());
        assert!(connection.configuration().get(Key::GatewayToken).is_none());
        assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
        let changes = connection.poll_changes().expect("a change").expose();
        assert!(
            changes.contains(r#""settings":null"#) && changes.contains(r#""secrets":null"#),
            "{changes}"
        );
        assert!(!changes.contains("signed-out"), "{changes}");
    }

    // What the other's pane keeps meanwhile is left alone, and not used.
    other.reload(kept);
    assert_eq!(other.poll_changes(), None);
    assert!(other.configuration().get(Key::GatewayToken).is_none());
}

#[test]
fn an_attempt_of_the_account_before_changes_nothing() {
    let typed = values(&[(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "of-a")]);
    let mut connection = open(&[], Kept::default(), false);
    connection.use_account("oid-a.tenant");
    let mut late = attempt(connection.plan(Some(typed), asked()));
    connection.begin(&mut late);
    connection.use_account("oid-b.tenant");
    let _ = connection.poll_changes();
    connection.succeed(late, models());
    assert_eq!((connection.state(), connection.poll_changes()), (State::NeedsSettings, None));
}

#[test]
fn what_nobody_kept_becomes_the_first_accounts() {
    let typed =
        values(&[(Key::GatewayUrl, "https://gw.example.com"), (Key::GatewayToken, "typed")]);
    let nobodys = connect(&mut open(&[], Kept::default(), false), Some(typed), by_itself());
    let mut connection = open(&[], nobodys, false);
    connection.use_account("oid-a.tenant");
    let theirs = stored(&connection.poll_changes().expect("a change"));
    let accounts = theirs.secrets.as_ref().map(|secrets| secrets.account.as_str());
    assert_eq!(accounts, Some(theirs.settings.account.as_str()));
    assert_ne!(accounts, Some(""));
    let mut other = open(&[], theirs, false);
    other.use_account("oid-b.tenant");
    assert!(other.configuration().get(Key::GatewayToken).is_none());
    connect(&mut connection, None, by_itself());
}

const BEDROCK: [(Key, &str); 2] =
    [(Key::AwsRoleArn, "arn:aws:iam::123456789012:role/Claude"), (Key::AwsRegion, "us-east-1")];
const FOUNDRY: [(Key, &str); 2] =
    [(Key::AzureResourceName, "contoso-ai"), (Key::AzureApiKey, "foundry-key-0123456789")];

fn host(connection: &Connection) -> String {
    connection.provider().expect("connected").base().origin().to_string()
}

#[test]
fn another_provider_leaves_nothing_of_the_former_in_use() {
    let mut connection = open(&[], Kept::default(), true);
    let gateway = values(&[
        (Key::GatewayUrl, "https://gw.example.com"),
        (Key::GatewayToken, "gateway-token-0123456789"),
    ]);
    connect(&mut connection, Some(gateway), asked());
    let kept = connect(&mut connection, Some(values(&FOUNDRY)), asked());
    assert_eq!(host(&connection), "https://contoso-ai.services.ai.azure.com");
    assert_eq!(token_of(&connection), "foundry-key-0123456789");
    assert!(!kept.secrets.as_ref().expect("secrets").write().expose().contains("gateway-token"));
    assert!(!kept.settings.write().contains("gw.example.com"));

    let kept = connect(&mut connection, Some(values(&BEDROCK)), asked());
    assert_eq!(host(&connection), "https://bedrock-runtime.us-east-1.amazonaws.com");
    let provider = connection.provider().expect("connected");
    let mut request = provider.models_request(None);
    assert_eq!(provider.access().authorize(&mut request, 0), Err(AccessError::Nothing));
    assert!(!kept.secrets.as_ref().expect("secrets").write().expose().contains("foundry-key"));

    // A reload goes on with what was typed last.
    let mut again = open(&[], kept, true);
    connect(&mut again, None, by_itself());
    assert_eq!(host(&again), host(&connection));
}

#[test]
fn the_manifests_provider_is_a_click_away() {
    let mut connection = open(ADDRESS, Kept::default(), true);
    connect(&mut connection, Some(values(&BEDROCK)), asked());
    assert_eq!(host(&connection), "https://bedrock-runtime.us-east-1.amazonaws.com");
    for typed in [(Key::GatewayUrl, "https://gw.example.com"), (Key::AwsRoleArn, "")] {
        let mut connection = open(ADDRESS, Kept::default(), true);
        connect(&mut connection, Some(values(&BEDROCK)), asked());
        connect(&mut connection, Some(values(&[typed])), asked());
        assert_eq!(host(&connection), "https://gw.example.com", "{typed:?}");
        assert_eq!(token_of(&connection), "admin-token-0123456789");
    }
}

#[test]
fn a_key_serves_only_the_resource_that_its_layer_named() {
    let address =
        [("azure_resource_name", "contoso-ai"), ("azure_api_key", "admin-key-0123456789")];
    let connection = open(&address, Kept::default(), true);
    let typed = values(&[(Key::AzureResourceName, "evil-ai")]);
    let failure = connection.plan(Some(typed), asked()).expect_err("no key");
    assert_eq!(failure.message, "azure_api_key is missing");
    let same = values(&[(Key::AzureResourceName, "Contoso-AI.services.ai.azure.com")]);
    let mut connection = open(&address, Kept::default(), true);
    connect(&mut connection, Some(same), asked());
    assert_eq!(token_of(&connection), "admin-key-0123456789");
}

#[test]
fn a_link_asks_before_it_chooses_a_role_a_project_or_a_resource() {
    type Address<'a> = &'a [(&'a str, &'a str)];
    let role = "arn:aws:iam::123456789012:role/Claude";
    let cases: [(Address<'_>, &str, &str, &str); 3] = [
        (
            &[("aws_role_arn", role), ("aws_region", "us-east-1")],
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "aws_role_arn",
            "aws_role_arn",
        ),
        (
            &[
                ("google_client_id", "c"),
                ("gcp_project_id", "contoso-ai"),
                ("gcp_region", "global"),
            ],
            "https://aiplatform.googleapis.com",
            "google_client_id, gcp_project_id",
            "gcp_project_id",
        ),
        (
            &[("azure_resource_name", "contoso-ai"), ("azure_api_key", "k-0123456789abcdef")],
            "https://contoso-ai.services.ai.azure.com",
            "azure_resource_name, azure_api_key",
            "azure_api_key",
        ),
    ];
    for (address, origin, asked_about, forged) in cases {
        let mut connection = open(address, Kept::default(), false);
        assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
        assert_eq!(names(&changed(&connection)), asked_about);
        let consent = Consent { interactive: true, confirm: Some(origin.to_owned()) };
        let kept = connect(&mut connection, None, consent);
        assert_eq!(open(address, kept.clone(), false).confirmation(), None, "{origin}");
        // The same host, and another role, project or key.
        let forged: Vec<_> = address
            .iter()
            .map(|(name, value)| {
                (*name, if *name == forged { format!("{value}-2") } else { (*value).to_owned() })
            })
            .collect();
        let forged: Vec<_> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let forged = open(&forged, kept, false);
        assert!(forged.confirmation().is_some(), "{origin}");
        assert!(!matches!(forged.plan(None, by_itself()), Ok(Plan::Attempt(_))), "{origin}");
    }
}

#[test]
fn a_role_that_is_none_is_refused_before_anything_is_sent() {
    let cases = [
        ("nonsense", "us-east-1", "aws_role_arn: the role is not an ARN"),
        (
            "arn:aws:iam::123456789012:user/me",
            "us-east-1",
            "aws_role_arn: the ARN is not that of a role",
        ),
        (
            "arn:aws:iam::123456789012:role/Claude",
            "us-gov-west-1",
            "aws_role_arn (user) and aws_region (user) contradict each other: the role is of another partition of AWS than the region",
        ),
    ];
    for (role, region, message) in cases {
        let typed = values(&[(Key::AwsRoleArn, role), (Key::AwsRegion, region)]);
        let failure = open(&[], Kept::default(), true).plan(Some(typed), asked()).expect_err(role);
        assert_eq!(failure.message, message);
        assert_eq!(
            failure
                .hint
                .clone()
                .expect("a hint")
                .params
                .iter()
                .filter(|(name, _)| *name == "key")
                .count(),
            1
        );
    }
}

/// A gateway that is opened by the user's token.
const BY_ENTRA: &[(&str, &str)] = &[
    ("gateway_url", "https://gw.example.com"),
    ("gateway_auth_source", "entra"),
    ("entra_scope", "api://gw/use"),
    ("graph_client_id", "cccccccc-cccc-4ccc-8ccc-cccccccccccc"),
];

fn demanded() -> Failure {
    Failure::new(Code::InteractionRequired, "demanded")
}

/// State and why, as the page sees them.
fn shown(connection: &Connection) -> (State, Option<Code>) {
    (connection.state(), connection.failure().map(|failure| failure.code))
}

#[test]
fn what_only_the_user_can_do_is_a_state_of_its_own() {
    let mut connection = open(BY_ENTRA, Kept::default(), true);
    assert_eq!(shown(&connection), (State::NeedsSettings, None));
    let mut tried = attempt(connection.plan(None, by_itself()));
    connection.begin(&mut tried);
    connection.fail(&tried, demanded(), true);
    let needs_sign_in = (State::NeedsSignIn, Some(Code::InteractionRequired));
    assert_eq!(shown(&connection), needs_sign_in);
    // Called off, it is where it was; failed otherwise, it is not.
    let mut tried = attempt(connection.plan(None, asked()));
    connection.begin(&mut tried);
    assert_eq!(shown(&connection), (State::Connecting, None));
    connection.call_off(&tried);
    assert_eq!(shown(&connection), needs_sign_in);
    connection.begin(&mut tried);
    connection.fail(&tried, Failure::new(Code::Unreachable, "refused"), false);
    assert_eq!(shown(&connection), (State::Failed, Some(Code::Unreachable)));
    connect(&mut connection, None, asked());
    assert_eq!(shown(&connection), (State::Ready, None));
}

#[test]
fn a_connection_lapses_and_goes_on() {
    let mut connection = open(BY_ENTRA, Kept::default(), true);
    connection.lapse(demanded());
    connection.resume();
    assert_eq!(shown(&connection), (State::NeedsSettings, None), "there was none");
    connect(&mut connection, None, by_itself());
    connection.lapse(demanded());
    assert_eq!(shown(&connection), (State::NeedsSignIn, Some(Code::InteractionRequired)));
    assert!(connection.provider().is_ok());
    connection.resume();
    assert_eq!(shown(&connection), (State::Ready, None));
    // An attempt to connect elsewhere that fails doesn't mend it.
    connection.lapse(demanded());
    let mut tried = attempt(connection.plan(None, asked()));
    connection.begin(&mut tried);
    connection.resume();
    connection.fail(&tried, Failure::new(Code::Unreachable, "refused"), false);
    assert_eq!(shown(&connection), (State::NeedsSignIn, Some(Code::Unreachable)));
    // Nor is one that works lost with an attempt that demands the user.
    connect(&mut connection, None, asked());
    let mut tried = attempt(connection.plan(None, asked()));
    connection.begin(&mut tried);
    connection.fail(&tried, demanded(), true);
    assert_eq!(shown(&connection), (State::Ready, None));
}

#[test]
fn after_a_sign_out_the_user_is_asked_where_they_have_to_sign_in() {
    let mut connection = open(BY_ENTRA, Kept::default(), true);
    let kept = connect(&mut connection, None, by_itself());
    let mut other = open(BY_ENTRA, kept.clone(), true);
    connect(&mut other, None, by_itself());
    connection.forget();
    let signed_out = stored(&connection.poll_changes().expect("a change"));
    assert!(!other.reload(signed_out.clone()));
    let next = open(BY_ENTRA, signed_out, true);
    for connection in [&connection, &other, &next] {
        assert_eq!(shown(connection), (State::NeedsSignIn, Some(Code::SignInRequired)));
        assert!(connection.is_signed_out());
        assert!(matches!(connection.plan(None, by_itself()), Ok(Plan::Stay)));
    }
    // The user is back, in one of them.
    let kept = connect(&mut connection, None, asked());
    assert!(other.reload(kept));
    assert_eq!(shown(&other), (State::NeedsSettings, None));
    connect(&mut other, None, by_itself());
    // Where a key opens the gateway, nobody signs in.
    let by_key = open(ADDRESS, Kept { signed_out: true, ..Kept::default() }, true);
    assert_eq!(shown(&by_key), (State::NeedsSettings, None));
}

#[test]
fn signing_in_for_something_else_ends_a_sign_out() {
    let mut connection = open(BY_ENTRA, Kept { signed_out: true, ..Kept::default() }, true);
    connection.act();
    assert!(!connection.is_signed_out());
    assert!(!stored(&connection.poll_changes().expect("a change")).signed_out);
    connection.act();
    assert_eq!(connection.poll_changes(), None);
    connect(&mut connection, None, by_itself());
}

#[test]
fn what_was_locked_and_opens_may_connect() {
    let mut connection = open(ADDRESS, Kept { locked: vec!["secrets"], ..Kept::default() }, true);
    assert!(!connection.reload(Kept { locked: vec!["secrets"], ..Kept::default() }));
    assert!(connection.reload(Kept::default()));
    assert!(!connection.reload(Kept::default()));
}

#[test]
fn only_what_the_user_has_to_sign_in_for_needs_a_sign_in() {
    let needed = |parameters: &[(&str, &str)]| {
        let needed = open(parameters, Kept::default(), true).needed_sign_in();
        needed.map(|needed| needed.expose().to_owned())
    };
    assert_eq!(needed(ADDRESS), None);
    assert_eq!(needed(&BY_ENTRA[1..]), None, "there is nowhere to connect");
    let of_entra = r#"{"cloud":"global","clientId":"cccccccc-cccc-4ccc-8ccc-cccccccccccc"}"#;
    assert_eq!(needed(BY_ENTRA).as_deref(), Some(of_entra));
    let vertex =
        [("google_client_id", "c"), ("gcp_project_id", "contoso-ai"), ("gcp_region", "eu")];
    let of_google = r#"{"cloud":"google","clientId":"c"}"#;
    assert_eq!(needed(&vertex).as_deref(), Some(of_google));
    let both = open(&[&vertex[..], &BY_ENTRA[3..]].concat(), Kept::default(), true);
    assert_eq!(both.sign_in().expose(), of_entra, "the page's own tokens are Entra's");
}

#[test]
fn who_is_signed_in_is_told_from_who_was() {
    let mut connection = open(BY_ENTRA, Kept::default(), true);
    assert!(!connection.use_account("oid-a.tenant"), "the first");
    assert!(!connection.use_account("oid-a.tenant"));
    let kept = connect(&mut connection, None, by_itself());
    assert!(connection.use_account("oid-b.tenant"));
    assert_eq!(shown(&connection), (State::NeedsSettings, None));
    assert!(open(BY_ENTRA, kept, true).use_account("oid-b.tenant"), "after a reload");
}
