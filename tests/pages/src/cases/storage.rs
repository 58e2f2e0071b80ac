//! What is kept, where, and who else notices.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::package_page::{Frame, settings};
use crate::stage::Stage;
use crate::value::{Look as _, set};

/// What all names of ours begin with.
const OURS: &str = "taskpane-connector/";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("storage: kept over a reload", kept_over_reload),
        Case::new("storage: session, when asked for", session),
        Case::new("storage: memory, when asked for", memory),
        Case::new("storage: the page's own", own),
        Case::new("storage: full when written to", full_when_written),
        Case::new("storage: broken records are dropped", broken_records),
        Case::new("storage: sign-out deletes ours only", sign_out),
        Case::new("storage: sign-out holds back until the user acts", sign_out_holds),
        Case::new("storage: other panes notice a sign-out", other_panes),
        Case::new("storage: partitions are apart", partitions),
        Case::new("storage: another host does not get the kept token", other_host),
        Case::new("storage: nothing secret lies in the clear", sealed),
        Case::new("storage: a record that was moved does not open", moved),
        Case::new("storage: what the version before kept is taken over", former_version),
        Case::new("storage: records whose key is gone are dropped", key_gone),
        Case::new("storage: IndexedDB that never answers", silent_key),
        Case::new("storage: two panes that connect at once", connect_at_once),
        Case::new("storage: in a frame of the same site", same_site_frame),
        Case::new("storage: in a frame of another site", cross_site_frame),
        Case::new("storage: in a sandboxed frame", sandboxed_frame),
    ];
    for (name, which, how, reason) in UNSEALED {
        let name = format!("storage: in the clear where {name}");
        cases.push(Case::new(name, move |stage| unsealed(stage, which, how, reason)));
    }
    for (name, breaks, kind, reason) in FALLBACKS {
        let name = format!("storage: {name}");
        cases.push(Case::new(name, move |stage| fallback(stage, breaks, kind, reason)));
    }
    cases
}

/// What breaks, in order; where records then go, and the reason that is told.
type Fallback = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const FALLBACKS: [Fallback; 5] = [
    ("blocked, so the session's", &[("localStorage", "blocked")], "session", "blocked"),
    (
        "both blocked, so memory",
        &[("localStorage", "blocked"), ("sessionStorage", "blocked")],
        "memory",
        "blocked",
    ),
    ("absent, so the session's", &[("localStorage", "absent")], "session", "absent"),
    ("full, so the session's", &[("localStorage", "full")], "session", "quota"),
    (
        "full and blocked, so memory",
        &[("localStorage", "full"), ("sessionStorage", "blocked")],
        "memory",
        "quota",
    ),
];

async fn fallback(stage: Arc<Stage>, breaks: &[(&str, &str)], kind: &str, reason: &str) -> Outcome {
    let gateway = stage.gateway("fallback", "");
    let page = stage.package_page().await?;
    for (which, how) in breaks {
        page.run("breakStorage", json!({ "which": which, "how": how })).await?;
    }
    let result = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!(format!("state after {}", result.at("/error")), result.text("/state")?, "ready");
    let protection = if kind == "memory" { "none" } else { "encrypted" };
    let expected =
        json!({ "kind": kind, "persistent": false, "protection": protection, "reason": reason });
    ensure_eq!("storage", *result.at("/storage"), expected);
    if breaks.iter().any(|(_, how)| *how == "full") {
        stage.browser.evaluate("(localStorage.clear(), 0)").await?;
    }
    // Over a reload the session's records stay and those in memory don't.
    page.go("").await?;
    for (which, how) in breaks.iter().filter(|(_, how)| *how != "full") {
        page.run("breakStorage", json!({ "which": which, "how": how })).await?;
    }
    let open = if kind == "session" { json!({ "storage": "session" }) } else { json!({}) };
    let again = page.run("reconnect", json!({ "open": open })).await?;
    let expected = if kind == "session" { "ready" } else { "needs-settings" };
    ensure_eq!("state after a reload", again.text("/state")?, expected);
    Ok(())
}

fn ours(kept: &Value, storage: &str) -> Vec<String> {
    let records = kept.get(storage).and_then(Value::as_object);
    let names = records.into_iter().flat_map(|records| records.keys());
    names.filter(|name| name.starts_with(OURS)).cloned().collect()
}

async fn kept_over_reload(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("kept over reload", "");
    let page = stage.package_page().await?;
    let mut typed = settings(&gateway);
    set(&mut typed, "model", json!("claude-haiku-5-5"));
    let first = page.run("connect", json!({ "settings": typed })).await?;
    ensure_eq!("storage", *first.at("/storage"), sealed_locally());
    page.go("").await?;
    let again = page.run("reconnect", json!({})).await?;
    ensure_eq!(format!("state after {}", again.at("/error")), again.text("/state")?, "ready");
    let values = again.at("/configuration/values");
    ensure_eq!("address", values.text("/gateway_url/value")?, gateway.url);
    ensure_eq!("layer", values.text("/gateway_url/layer")?, "user");
    ensure_eq!("model first", again.text("/models/0/id")?, "claude-haiku-5-5");
    ensure!(values.text("/gateway_token/value")?.starts_with("••••"), "{values}");
    ensure_eq!("token's layer", values.text("/gateway_token/layer")?, "user");
    Ok(())
}

async fn session(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("session", "");
    let page = stage.package_page().await?;
    let open = json!({ "storage": "session" });
    let asked = json!({ "open": open, "settings": settings(&gateway) });
    let result = page.run("connect", asked).await?;
    let expected = json!({ "kind": "session", "persistent": false, "protection": "encrypted" });
    ensure_eq!("storage", *result.at("/storage"), expected);
    let kept = page.run_with_secrets("kept", json!({})).await?;
    ensure_eq!("local records", ours(&kept, "local").len(), 0);
    ensure!(!ours(&kept, "session").is_empty(), "nothing is kept");
    Ok(())
}

async fn memory(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("memory", "");
    let page = stage.package_page().await?;
    let asked = json!({ "open": { "storage": "memory" }, "settings": settings(&gateway) });
    let result = page.run("connect", asked).await?;
    let expected = json!({ "kind": "memory", "persistent": false, "protection": "none" });
    ensure_eq!("storage", *result.at("/storage"), expected);
    ensure_eq!("kept", page.run("kept", json!({})).await?, json!({ "local": {}, "session": {} }));
    Ok(())
}

async fn own(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("own storage", "");
    let page = stage.package_page().await?;
    let result = page.run("ownStorage", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("kind", result.text("/storage/kind")?, "custom");
    ensure!(!result.texts("/names")?.is_empty(), "nothing was kept");
    ensure!(result.texts("/names")?.iter().all(|name| name.starts_with(OURS)), "{result}");
    ensure_eq!("kept", page.run("kept", json!({})).await?, json!({ "local": {}, "session": {} }));
    Ok(())
}

/// There is room for the first word and not for the records.
async fn full_when_written(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("full when written", "");
    let page = stage.package_page().await?;
    page.run("leaveRoomFor", json!({ "characters": 20 })).await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "repeat after me: on it goes" } });
    let result = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("state", result.text("/state")?, "ready");
    let expected =
        json!({ "kind": "memory", "persistent": false, "protection": "none", "reason": "quota" });
    ensure_eq!("storage", *result.at("/storage"), expected);
    ensure!(
        result.texts("/changes")?.iter().any(|change| change.starts_with("storage")),
        "{result}"
    );
    ensure_eq!("answer", page.run("ask", asked).await?.text("/finalText")?, "on it goes");
    // What could not be kept whole is not kept in part.
    let kept = page.run_with_secrets("kept", json!({})).await?;
    ensure_eq!("records", ours(&kept, "local"), Vec::<String>::new());
    Ok(())
}

async fn broken_records(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("broken records", "");
    let page = stage.package_page().await?;
    page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    let kept = page.run_with_secrets("kept", json!({})).await?;
    let names = ours(&kept, "local");
    ensure!(names.len() >= 2, "{names:?}");
    ensure!(!kept.to_string().contains(&gateway.token), "the token lies in the clear");
    for broken in ["", "{", "null", "[]", "{\"values\":3}", "\u{0}\u{0}", "{\"v\":999}"] {
        for name in &names {
            page.go("").await?;
            page.run("put", kept.at("/local").clone()).await?;
            page.run("put", json!({ name: broken, "somebody's": "own" })).await?;
            let result = page.run("reconnect", json!({})).await?;
            let state = result.text("/state")?;
            ensure!(matches!(state, "needs-settings" | "ready"), "{name} {broken:?}: {result}");
            ensure!(result.get("error").is_none(), "{name} {broken:?}: {}", result.at("/error"));
            let after = page.run_with_secrets("kept", json!({})).await?;
            ensure!(
                after.at("/local").get(name).is_none_or(|now| now != broken),
                "{name} {broken:?} stays"
            );
            ensure_eq!("what others keep", *after.at("/local/somebody's"), json!("own"));
            let problems = result.list("/configuration/problems")?;
            ensure!(
                problems.iter().any(|problem| problem.at("/id") == "record-dropped"),
                "{name} {broken:?}: {problems:?}"
            );
        }
    }
    Ok(())
}

async fn sign_out(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("sign out", "");
    let page = stage.package_page().await?;
    let others = json!({
        "theirs": "1", "taskpane-connector": "2", "taskpane-connectors/settings": "3",
        // Another partition's, and a newer version's.
        "taskpane-connector/1/other/settings": "4", "taskpane-connector/2/other/settings": "5",
        "taskpane-connector/99//settings": "6",
    });
    page.run("put", others.clone()).await?;
    let result = page
        .run_with_secrets("connectAndSignOut", json!({ "settings": settings(&gateway) }))
        .await?;
    let before = result.at("/before").as_object();
    let was_kept = before.is_some_and(|names| names.contains_key("taskpane-connector/2//secrets"));
    ensure!(was_kept, "the token was not kept: nothing is tested here");
    ensure!(result.get("error").is_none(), "{}", result.at("/error"));
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    let after = result.at("/after");
    let names: Vec<_> = after.as_object().into_iter().flat_map(|names| names.keys()).collect();
    ensure!(!names.iter().any(|name| name.ends_with("/secrets")), "{names:?}");
    let kept = page.run("everythingKept", json!({})).await?;
    ensure_eq!("keys", *kept.at("/databases"), json!([]));
    for (name, value) in others.as_object().into_iter().flatten() {
        ensure_eq!(name, after[name.as_str()], *value);
    }
    let values = result.at("/configuration/values");
    ensure_eq!("configuration", *values, json!({}));
    Ok(())
}

async fn sign_out_holds(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("sign out holds", "");
    let page = stage.package_page().await?;
    page.run_with_secrets("connectAndSignOut", json!({ "settings": settings(&gateway) })).await?;
    let before = gateway.requests("").len();
    page.go("").await?;
    // Even with everything in the address, as an Office host gives it.
    let open = json!({ "parameters": settings(&gateway), "hostOrigins": [stage.world.package.pane_origin()] });
    let held = page.run("reconnect", json!({ "open": open })).await?;
    ensure_eq!("state", held.text("/state")?, "needs-settings");
    ensure_eq!("requests", gateway.requests("").len(), before);
    let confirm = json!({ "interactive": true, "confirm": gateway.origin() });
    let acted = page.run("reconnect", json!({ "open": open, "connect": confirm })).await?;
    ensure_eq!(format!("state after {}", acted.at("/error")), acted.text("/state")?, "ready");
    Ok(())
}

async fn other_panes(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("other panes", "speed=200");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway), "state": "needs-settings" });
    let result = page.run("twoPanes", asked).await?;
    ensure!(result.at("/connected").is_null(), "{}", result.at("/connected"));
    ensure_eq!("the other pane's state", result.text("/after/state")?, "needs-settings");
    ensure_eq!("its models", *result.at("/after/models"), json!([]));
    ensure!(
        result.texts("/after/changes")?.contains(&"state needs-settings"),
        "{}",
        result.at("/after/changes")
    );
    ensure_eq!("its answer ends with", result.text("/stopped/name")?, "AbortError");
    Ok(())
}

async fn partitions(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("partitions", "");
    let page = stage.package_page().await?;
    let settings = settings(&gateway);
    let one = json!({ "partitionKey": "one" });
    page.run("connect", json!({ "open": one, "settings": settings })).await?;
    for (open, state) in [
        (json!({ "partitionKey": "two" }), "needs-settings"),
        (json!({}), "needs-settings"),
        (json!({ "partitionKey": "one/" }), "needs-settings"),
        (json!({ "partitionKey": "on" }), "needs-settings"),
        (one.clone(), "ready"),
    ] {
        page.go("").await?;
        let result = page.run("reconnect", json!({ "open": open })).await?;
        ensure_eq!(format!("state in {open}"), result.text("/state")?, state);
    }
    // Office's own key counts where the page names none.
    page.go("").await?;
    stage.browser.evaluate("(window.Office = { context: { partitionKey: 'one' } }, 0)").await?;
    let found = page.run("reconnect", json!({})).await?;
    ensure_eq!("state with Office's key", found.text("/state")?, "ready");
    // A sign-out in one partition leaves the others alone.
    page.go("").await?;
    let two = json!({ "partitionKey": "two" });
    page.run_with_secrets("connectAndSignOut", json!({ "open": two, "settings": settings }))
        .await?;
    page.go("").await?;
    let still = page.run("reconnect", json!({ "open": one })).await?;
    ensure_eq!("state after a sign-out elsewhere", still.text("/state")?, "ready");
    Ok(())
}

/// The kept token belongs to the origin that it was typed for.
async fn other_host(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("other host", "");
    // The same server under another name is another origin.
    let elsewhere = gateway.url.replace("127.0.0.1", "localhost");
    let page = stage.package_page().await?;
    page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    let before = gateway.requests("").len();
    page.go("").await?;
    let typed = json!({ "settings": { "gateway_url": elsewhere } });
    let result = page.run("connect", typed).await?;
    ensure_eq!("code", result.text("/error/code")?, "configuration-invalid");
    ensure_eq!("the missing key", result.text("/error/hint/params/key")?, "gateway_token");
    // A link that names another host doesn't get it either.
    page.go("").await?;
    let open = json!({ "parameters": { "gateway_url": elsewhere } });
    let confirm = json!({ "interactive": true, "confirm": "http://localhost" });
    let result = page.run("reconnect", json!({ "open": open, "connect": confirm })).await?;
    let used = result.at("/configuration/values/gateway_url/value");
    ensure!(result.text("/state")? != "ready" || *used == json!(gateway.url), "{result}");
    let sent = gateway.requests("").split_off(before);
    ensure!(
        sent.iter()
            .all(|request| request.header("host").is_some_and(|host| host.starts_with("127."))),
        "the token went to another host"
    );
    Ok(())
}

/// Where records are when nothing is wrong.
fn sealed_locally() -> Value {
    json!({ "kind": "local", "persistent": true, "protection": "encrypted" })
}

async fn sealed(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("sealed", "");
    let page = stage.package_page().await?;
    let mut typed = settings(&gateway);
    set(&mut typed, "inference_headers", json!({ "x-org-key": "header-secret-0123456789" }));
    let connected = page.run("connect", json!({ "settings": typed })).await?;
    ensure_eq!("storage", *connected.at("/storage"), sealed_locally());
    // `run` looks for the token; the address and the headers are looked for here.
    let kept = page.run("everythingKept", json!({})).await?;
    ensure!(ours(&kept, "local").len() >= 2, "nothing is kept: nothing is tested here");
    let text = kept.to_string();
    for word in [gateway.host(), "header-secret", "x-org-key", "gateway_token"] {
        ensure!(!text.contains(word), "{word} lies in the clear");
    }
    let keys = kept.list("/databases")?;
    ensure_eq!("keys", keys.len(), 1);
    let key = json!({ "algorithm": "AES-GCM", "extractable": false });
    ensure_eq!("key", *kept.at("/databases/0/value"), key);
    page.go("").await?;
    let opened = page.run("timeOpening", json!({})).await?;
    let took = opened.at("/opened").as_f64().unwrap_or(f64::MAX);
    ensure!((0.0..1_500.0).contains(&took), "opening took {took} ms");
    let again = page.run("reconnect", json!({})).await?;
    ensure_eq!(format!("state after {}", again.at("/error")), again.text("/state")?, "ready");
    Ok(())
}

async fn moved(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("moved", "");
    let page = stage.package_page().await?;
    page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    let kept = page.run("kept", json!({})).await?;
    let text = kept.at("/local/taskpane-connector~12~1~1secrets");
    let text = text.as_str().unwrap_or_default();
    ensure!(text.contains("A256GCM"), "no sealed record: {text}");
    let other_partition = text.replace("/2//", "/2/p/");
    let other_account = text.replace(r#""account":"""#, r#""account":"0123456789abcdef""#);
    for (name, moved, partition) in [
        ("taskpane-connector/2/p/secrets", text, "p"),
        ("taskpane-connector/2/p/secrets", other_partition.as_str(), "p"),
        ("taskpane-connector/2//secrets", other_account.as_str(), ""),
        ("taskpane-connector/2//settings", text, ""),
    ] {
        page.go("").await?;
        page.run("put", json!({ name: moved })).await?;
        let result =
            page.run("reconnect", json!({ "open": { "partitionKey": partition } })).await?;
        ensure_eq!(format!("state with {name}"), result.text("/state")?, "needs-settings");
        let problems = result.list("/configuration/problems")?;
        ensure!(
            problems.iter().any(|problem| problem.at("/id") == "record-dropped"),
            "{name}: {problems:?}"
        );
    }
    Ok(())
}

async fn former_version(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("former version", "");
    let page = stage.package_page().await?;
    let values = json!({ "gateway_url": gateway.url });
    let secrets = json!({ "gateway_token": gateway.token });
    let settings = json!({ "v": 1, "values": values, "overrode": {}, "confirmed": [] });
    let secrets = json!({ "v": 1, "audience": gateway.origin(), "user": secrets, "manifest": {} });
    let records = json!({
        "taskpane-connector/1//settings": settings.to_string(),
        "taskpane-connector/1//secrets": secrets.to_string(),
    });
    page.run("put", records).await?;
    for opening in ["first", "second"] {
        let result = page.run("reconnect", json!({})).await?;
        let what = format!("state at the {opening} opening after {}", result.at("/error"));
        ensure_eq!(what, result.text("/state")?, "ready");
        ensure_eq!("storage", *result.at("/storage"), sealed_locally());
        let kept = page.run("everythingKept", json!({})).await?;
        let mut names = ours(&kept, "local");
        names.sort_unstable();
        let sealed = ["taskpane-connector/2//secrets", "taskpane-connector/2//settings"];
        ensure_eq!("names", names, sealed.map(str::to_owned));
        page.go("").await?;
    }
    Ok(())
}

async fn key_gone(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("key gone", "");
    let page = stage.package_page().await?;
    let asked = json!({ "settings": settings(&gateway) });
    page.run("connect", asked.clone()).await?;
    page.run("deleteDatabase", json!({})).await?;
    page.go("").await?;
    let result = page.run("reconnect", json!({})).await?;
    ensure_eq!("state", result.text("/state")?, "needs-settings");
    ensure!(result.get("error").is_none(), "{}", result.at("/error"));
    ensure_eq!("problem", result.text("/configuration/problems/0/id")?, "record-dropped");
    ensure_eq!("records", ours(&page.run("kept", json!({})).await?, "local").len(), 0);
    let again = page.run("connect", asked).await?;
    ensure_eq!("storage", *again.at("/storage"), sealed_locally());
    Ok(())
}

async fn silent_key(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("silent key", "");
    let page = stage.package_page().await?;
    page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    page.go("").await?;
    page.run("breakStorage", json!({ "which": "indexedDB", "how": "silent" })).await?;
    let before = page.run("kept", json!({})).await?;
    let open = json!({ "timeouts": { "storageMs": 300 } });
    let opened = page.run("timeOpening", json!({ "open": open })).await?;
    let took = opened.at("/opened").as_f64().unwrap_or(f64::MAX);
    ensure!((250.0..5_000.0).contains(&took), "opening took {took} ms");
    ensure_eq!("state", opened.text("/state")?, "needs-settings");
    let locked = json!({
        "kind": "memory", "persistent": false, "protection": "none", "reason": "locked",
    });
    ensure_eq!("storage", *opened.at("/storage"), locked);
    ensure_eq!("kept", page.run("kept", json!({})).await?, before);
    // What is typed works, and isn't written in the clear instead.
    let asked = json!({ "open": open, "settings": settings(&gateway) });
    let connected = page.run("connect", asked).await?;
    ensure_eq!("state", connected.text("/state")?, "ready");
    ensure_eq!("storage", *connected.at("/storage"), locked);
    page.run("kept", json!({})).await?;
    Ok(())
}

async fn connect_at_once(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("at once", "");
    let page = stage.package_page().await?;
    let both = page.run("connectAtOnce", json!({ "settings": settings(&gateway) })).await?;
    for result in both.list("")? {
        ensure_eq!(format!("state after {}", result.at("/error")), result.text("/state")?, "ready");
        ensure_eq!("storage", *result.at("/storage"), sealed_locally());
    }
    page.go("").await?;
    let again = page.run("reconnect", json!({})).await?;
    ensure_eq!(format!("state after {}", again.at("/error")), again.text("/state")?, "ready");
    ensure_eq!("problems", *again.at("/configuration/problems"), json!([]));
    Ok(())
}

async fn same_site_frame(stage: Arc<Stage>) -> Outcome {
    kept_in_frame(stage, Frame::SameSite).await
}

async fn cross_site_frame(stage: Arc<Stage>) -> Outcome {
    kept_in_frame(stage, Frame::CrossSite).await
}

/// What a frame keeps is sealed and there after a reload, also where the
/// browser keeps it apart for the page around it.
async fn kept_in_frame(stage: Arc<Stage>, frame: Frame) -> Outcome {
    let gateway = stage.gateway(&format!("{frame:?}"), "");
    let page = stage.framed_page(frame).await?;
    page.run("forgetAll", json!({})).await?;
    let first = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!(format!("state after {}", first.at("/error")), first.text("/state")?, "ready");
    ensure_eq!("storage", *first.at("/storage"), sealed_locally());
    page.run("everythingKept", json!({})).await?;
    page.go_in_frame(frame).await?;
    let again = page.run("reconnect", json!({})).await?;
    ensure_eq!(format!("state after {}", again.at("/error")), again.text("/state")?, "ready");
    let left = page
        .run_with_secrets("connectAndSignOut", json!({ "settings": settings(&gateway) }))
        .await?;
    ensure!(left.get("error").is_none(), "{}", left.at("/error"));
    ensure_eq!("keys", *page.run("everythingKept", json!({})).await?.at("/databases"), json!([]));
    Ok(())
}

/// A page of no origin keeps nothing, works all the same, and says so.
async fn sandboxed_frame(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.gateway("sandboxed", "");
    let page = stage.framed_page(Frame::Sandboxed).await?;
    let asked = json!({ "settings": settings(&gateway), "params": { "say": "repeat after me: on it goes" } });
    let result = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!(format!("state after {}", result.at("/error")), result.text("/state")?, "ready");
    let expected =
        json!({ "kind": "memory", "persistent": false, "protection": "none", "reason": "blocked" });
    ensure_eq!("storage", *result.at("/storage"), expected);
    ensure_eq!("answer", page.run("ask", asked).await?.text("/finalText")?, "on it goes");
    page.go_in_frame(Frame::Sandboxed).await?;
    let again = page.run("reconnect", json!({})).await?;
    ensure_eq!("state after a reload", again.text("/state")?, "needs-settings");
    Ok(())
}

/// What is missing, and the reason that is told.
const UNSEALED: [(&str, &str, &str, &str); 3] = [
    ("there is no WebCrypto", "subtle", "absent", "crypto-absent"),
    ("there is no IndexedDB", "indexedDB", "absent", "indexeddb-absent"),
    ("IndexedDB is blocked", "indexedDB", "blocked", "indexeddb-blocked"),
];

/// What can't be sealed lies in the clear, and is sealed as soon as it can be.
async fn unsealed(stage: Arc<Stage>, which: &str, how: &str, reason: &str) -> Outcome {
    let gateway = stage.gateway("unsealed", "");
    let page = stage.package_page().await?;
    let broken = json!({ "which": which, "how": how });
    page.run("breakStorage", broken.clone()).await?;
    let result = page.run("connect", json!({ "settings": settings(&gateway) })).await?;
    ensure_eq!("state", result.text("/state")?, "ready");
    let expected = json!({
        "kind": "local", "persistent": true, "protection": "none", "protectionReason": reason,
    });
    ensure_eq!("storage", *result.at("/storage"), expected);
    let kept = page.run_with_secrets("kept", json!({})).await?;
    ensure!(kept.to_string().contains(&gateway.token), "nothing is kept");
    page.go("").await?;
    page.run("breakStorage", broken.clone()).await?;
    let again = page.run("reconnect", json!({})).await?;
    ensure_eq!("state after a reload", again.text("/state")?, "ready");
    page.go("").await?;
    let mended = page.run("reconnect", json!({})).await?;
    ensure_eq!("state when it is mended", mended.text("/state")?, "ready");
    ensure_eq!("storage when it is mended", *mended.at("/storage"), sealed_locally());
    page.run("everythingKept", json!({})).await?;
    // Sealed records stay where the key is out of reach again, and are told.
    page.go("").await?;
    let before = page.run("kept", json!({})).await?;
    page.run("breakStorage", broken).await?;
    let locked = page.run("reconnect", json!({})).await?;
    ensure_eq!("state while it is locked", locked.text("/state")?, "needs-settings");
    let problems = locked.list("/configuration/problems")?;
    ensure!(problems.iter().any(|problem| problem.at("/id") == "record-locked"), "{problems:?}");
    ensure_eq!("kept", page.run("kept", json!({})).await?, before);
    Ok(())
}
