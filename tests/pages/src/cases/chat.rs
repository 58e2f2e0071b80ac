//! Talking in the demo page, in the simulated Office application.

use std::sync::Arc;

use fantoccini::key::Key;
use serde_json::json;
use simulator::Outcome as Ended;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::pane::{NEWEST, Pane, encoded};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("pane: connects by itself in its host", connects),
        Case::new("pane: a conversation", conversation),
        Case::new("pane: the answer grows while it arrives", grows),
        Case::new("pane: who scrolls up is left to read", left_to_read),
        Case::new("pane: Escape stops and keeps the words", |stage| stopped(stage, true)),
        Case::new("pane: the Stop button stops and keeps the words", |stage| stopped(stage, false)),
        Case::new("pane: a failed answer is asked for again", asked_again),
        Case::new("pane: a broken answer keeps its words", broken),
        Case::new("pane: a wait for a retry is told", retry_told),
        Case::new("pane: error details have no token", error_details),
        Case::new("pane: the chosen model answers", model_choice),
        Case::new("pane: a model that is typed", typed_model),
        Case::new("pane: thinking is shown apart", thinking),
        Case::new("pane: a tool runs when it is allowed", tool),
        Case::new("pane: a tool's long input is shown whole when asked", long_input),
        Case::new("pane: tokens are counted while typing", token_count),
        Case::new("pane: a length limit is told, and continued from", length_limit),
        Case::new("pane: a new chat forgets", new_chat),
        Case::new("pane: answers in JSON are shown as well", not_streamed),
    ]
}

async fn connects(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("connects", "");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    ensure_eq!("the bar", pane.text("#connection-host").await?, gateway.host());
    let address = pane.evaluate("location.href").await?;
    ensure!(!address.to_string().contains("gateway_token"), "{address}");
    ensure_eq!("width", pane.evaluate("innerWidth").await?, json!(320));
    ensure_eq!("requests", gateway.requests("/v1/models").len(), 1);
    ensure_eq!("heading", pane.text("#welcome h2").await?, "What are you working on?");
    let suggestions = pane.evaluate("document.querySelectorAll('.suggestion').length").await?;
    ensure_eq!("suggestions", suggestions, json!(3));
    // A suggestion is a question.
    pane.click(".suggestion").await?;
    ensure!(!pane.answer().await?.is_empty(), "no answer");
    Ok(())
}

async fn conversation(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("conversation", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("repeat after me: Grüße, 世界").await?;
    ensure_eq!("answer", pane.answer().await?, "Grüße, 世界");
    pane.say("what did I ask?").await?;
    pane.until("document.querySelectorAll('.answer').length === 2").await?;
    let second = pane.answer().await?;
    ensure!(second.contains("Grüße"), "the first question is forgotten: {second}");
    let bubbles = pane.evaluate(
        "[...document.querySelectorAll('.turn.user .bubble')].map((bubble) => bubble.innerText)",
    );
    ensure_eq!(
        "questions",
        bubbles.await?,
        json!(["repeat after me: Grüße, 世界", "what did I ask?"])
    );
    ensure!(pane.text(".usage").await?.contains("tokens in"), "no usage");
    let roles: Vec<String> = gateway
        .requests("/v1/messages")
        .last()
        .and_then(|request| request.body.clone())
        .map(|body| {
            body.list("/messages").map(|turns| {
                turns
                    .iter()
                    .filter_map(|turn| turn.at("/role").as_str().map(str::to_owned))
                    .collect()
            })
        })
        .transpose()?
        .unwrap_or_default();
    ensure_eq!("turns sent", roles, ["user", "assistant", "user"]);
    ensure_eq!(
        "what is typed",
        pane.evaluate("document.getElementById('message').value").await?,
        json!("")
    );
    Ok(())
}

const SHOWN_LENGTH: &str = ".querySelector('.answer-body').innerText.length";

async fn grows(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("grows", "gap=25");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("count to 60").await?;
    let mut seen = 0;
    for _ in 0..4 {
        pane.until(&format!(
            "{NEWEST}.getAttribute('aria-busy') === 'true' && {NEWEST}{SHOWN_LENGTH} > {seen}"
        ))
        .await?;
        let now = pane.evaluate(&format!("{NEWEST}{SHOWN_LENGTH}")).await?.number("")?;
        ensure!(now > seen, "{now} characters after {seen}");
        seen = now;
    }
    let whole = pane.answer().await?;
    ensure!(whole.trim_end().ends_with("60") && whole.len() as u64 > seen, "{whole}");
    Ok(())
}

const TOP: &str = "document.getElementById('transcript').scrollTop";

async fn left_to_read(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("left to read", "speed=400");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.choose_longest().await?;
    pane.say("write a long report").await?;
    pane.until(&format!("{TOP} > 200")).await?;
    // As little as a touchpad moves.
    let top = pane.evaluate(&format!("({TOP} -= 6, {TOP})")).await?;
    pane.until("!document.getElementById('jump').hidden").await?;
    ensure_eq!("the place", pane.evaluate(TOP).await?, top);
    pane.click("#jump").await?;
    ensure_eq!("focus", pane.evaluate("document.activeElement.id").await?, json!("message"));
    pane.until(&format!("document.getElementById('jump').hidden && {TOP} > {top} + 100")).await?;
    // The key stops it from wherever the focus is.
    pane.evaluate("(document.getElementById('open-settings').focus(), 0)").await?;
    pane.press(Key::Escape).await?;
    pane.answer().await?;
    ensure!(pane.text(".answer-note").await?.contains("Stopped"), "it goes on");
    Ok(())
}

async fn stopped(stage: Arc<Stage>, by_key: bool) -> Outcome {
    let gateway = stage.demo_gateway(if by_key { "stopped by key" } else { "stopped" }, "gap=25");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("count to 2000").await?;
    pane.until(&format!("{NEWEST}{SHOWN_LENGTH} > 10")).await?;
    ensure_eq!(
        "the button",
        pane.evaluate("document.getElementById('send').title").await?.text("")?.get(..4),
        Some("Stop")
    );
    if by_key {
        pane.press(Key::Escape).await?;
    } else {
        pane.click("#send").await?;
    }
    let kept = pane.answer().await?;
    ensure!(kept.starts_with('1') && kept.len() > 10, "{kept:?}");
    let note = pane.text(".answer-note").await?;
    ensure!(note.contains("Stopped"), "{note}");
    ensure_eq!("ends", gateway.messages_ended().await?, [Ended::ClientClosed]);
    ensure!(
        pane.evaluate("document.querySelector('.error')").await?.is_null(),
        "it is shown as an error"
    );
    // The focus stays where one goes on typing.
    let focus = pane.evaluate("document.activeElement.id").await?;
    ensure_eq!("focus", focus, json!("message"));
    pane.click_button("Retry").await?;
    pane.until(&format!("{NEWEST}{SHOWN_LENGTH} > 10")).await?;
    pane.press(Key::Escape).await?;
    pane.answer().await?;
    let turns: Vec<_> = gateway
        .requests("/v1/messages")
        .iter()
        .filter_map(|request| request.body.as_ref()?.get("messages")?.as_array().map(Vec::len))
        .collect();
    ensure_eq!("turns sent each time", turns, [1, 1]);
    Ok(())
}

const ONCE: &str = "status=500,times=1,x-should-retry=false,expose=x-should-retry";

async fn asked_again(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("asked again", ONCE);
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("repeat after me: at last").await?;
    pane.until("document.querySelector('.error')").await?;
    ensure_eq!(
        "title",
        pane.text(".error-title").await?,
        "The gateway reported an error of its own"
    );
    let facts = pane.text(".error-facts").await?;
    ensure!(facts.contains("HTTP 500") && facts.contains("server-error"), "{facts}");
    ensure_eq!(
        "role",
        pane.evaluate("document.querySelector('.error').getAttribute('role')").await?,
        json!("alert")
    );
    pane.click_button("Retry").await?;
    pane.until(&format!("{NEWEST}.innerText.includes('at last')")).await?;
    ensure_eq!("answer", pane.answer().await?, "at last");
    Ok(())
}

async fn broken(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("broken", "cut=14,times=1,speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("count to 90").await?;
    pane.until("document.querySelector('.error')").await?;
    ensure_eq!("title", pane.text(".error-title").await?, "The answer broke off");
    let words = pane.answer().await?;
    ensure!(words.starts_with('1') && words.contains('5'), "the words are gone: {words:?}");
    ensure!(pane.text(".answer-note").await?.contains("incomplete"), "it looks complete");
    Ok(())
}

async fn retry_told(stage: Arc<Stage>) -> Outcome {
    let gateway =
        stage.demo_gateway("retry told", "status=429,times=1,retry-after=2,expose=retry-after");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("repeat after me: at last").await?;
    pane.until("document.querySelector('.answer-status')?.innerText.includes('Retry 1 in')")
        .await?;
    pane.until("document.getElementById('announcements').textContent.includes('sent again')")
        .await?;
    ensure_eq!("answer", pane.answer().await?, "at last");
    Ok(())
}

async fn error_details(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("error details", "status=401,body=echo");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("hello").await?;
    pane.until("document.querySelector('.error')").await?;
    pane.click_button("Copy error details").await?;
    pane.until("watched.copied.length > 0").await?;
    let copied = pane.evaluate("watched.copied[0]").await?;
    let copied = copied.text("")?;
    ensure!(!copied.contains(&gateway.token), "the token is in the details");
    let expected = [
        gateway.host(),
        "credential-invalid",
        "status: 401",
        "gateway_auth_header",
        "claude-",
        "Storage: local",
        "Excel",
        "(manifest, masked)",
        "••••",
    ];
    for word in expected {
        ensure!(copied.contains(word), "the details lack {word:?}: {copied}");
    }
    let path = gateway.url.rsplit('/').next().unwrap_or_default();
    ensure!(copied.contains(path), "the details lack the gateway's path: {copied}");
    Ok(())
}

async fn model_choice(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("model choice", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    let listed = pane.evaluate("[...document.querySelectorAll('#model-choice option')].map((option) => option.textContent)");
    let listed = listed.await?;
    ensure_eq!("choices", listed.list("")?.len(), 6);
    ensure_eq!("first", listed.text("/0")?, "Claude Opus 5.5");
    pane.choose("#model-choice", "claude-haiku-5-5").await?;
    pane.say("hello").await?;
    pane.answer().await?;
    ensure_eq!(
        "model",
        asked_for(&stage, "model choice", &gateway.url),
        Some("claude-haiku-5-5".to_owned())
    );
    // The choice outlasts the pane, until the user signs out.
    pane.reopen_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
    pane.shows("chat").await?;
    let chosen = "document.getElementById('model-choice').value";
    ensure_eq!("after a reload", pane.evaluate(chosen).await?, json!("claude-haiku-5-5"));
    pane.click("#open-settings").await?;
    pane.click("#sign-out").await?;
    pane.click("#sign-out-confirm").await?;
    pane.shows("connect").await?;
    pane.click("#connect").await?;
    pane.shows("chat").await?;
    ensure_eq!("after signing out", pane.evaluate(chosen).await?, json!("claude-opus-5-5"));
    Ok(())
}

/// The model of a gateway's last request.
fn asked_for(stage: &Stage, id: &str, url: &str) -> Option<String> {
    let faults = url.rsplit_once(&format!("id={}", id.replace(' ', "-")))?.1;
    let prefix = format!("/with/id={}{faults}", id.replace(' ', "-"));
    let entries = stage.world.demo.journal().entries(&prefix);
    let last = entries
        .iter()
        .rfind(|entry| entry.path.ends_with("/v1/messages") && entry.body.is_some())?;
    Some(last.body.as_ref()?.get("model")?.as_str()?.to_owned())
}

async fn typed_model(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("typed model", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.choose_last("#model-choice").await?;
    pane.until("!document.getElementById('other-model').hidden").await?;
    pane.type_into("#other-model-id", "claude-none-9").await?;
    pane.press(Key::Enter).await?;
    ensure_eq!("focus", pane.evaluate("document.activeElement.id").await?, json!("model-choice"));
    pane.say("hello").await?;
    pane.until("document.querySelector('.error')").await?;
    ensure_eq!("title", pane.text(".error-title").await?, "The gateway does not have this model");
    pane.click_button("Other model").await?;
    pane.type_into("#other-model-id", "claude-opus-4-8").await?;
    pane.press(Key::Enter).await?;
    pane.click_button("Retry").await?;
    pane.until("document.querySelectorAll('.answer').length === 2").await?;
    ensure!(!pane.answer().await?.is_empty(), "no answer");
    ensure_eq!(
        "model",
        asked_for(&stage, "typed model", &gateway.url),
        Some("claude-opus-4-8".to_owned())
    );
    // What was typed for one provider is not offered for another.
    pane.click("#open-settings").await?;
    pane.click("#change-connection").await?;
    pane.click("input[name='provider'][value='foundry']").await?;
    pane.click("#use-simulated").await?;
    pane.shows("chat").await?;
    let offered = pane.evaluate("document.getElementById('model-choice').innerHTML").await?;
    ensure!(!offered.text("")?.contains("claude-none-9"), "{offered}");
    ensure!(pane.text("#transcript").await?.contains("hello"), "the conversation is gone");
    Ok(())
}

async fn with_options(pane: &Pane<'_>) -> Outcome {
    pane.click("#toggle-options").await?;
    pane.until("!document.getElementById('options').hidden").await?;
    let expanded =
        pane.evaluate("document.getElementById('toggle-options').getAttribute('aria-expanded')");
    ensure_eq!("aria-expanded", expanded.await?, json!("true"));
    Ok(())
}

async fn thinking(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("thinking pane", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    with_options(&pane).await?;
    pane.choose("#thinking", "enabled").await?;
    pane.say("explain a formula").await?;
    let answer = pane.answer().await?;
    ensure!(answer.contains("Thought for"), "{answer}");
    let open = pane.evaluate("document.querySelector('details.thinking').open").await?;
    ensure_eq!("open", open, json!(false));
    pane.click("details.thinking summary").await?;
    pane.until("document.querySelector('details.thinking').open").await?;
    ensure!(pane.text(".thinking-text").await?.starts_with("The user writes"), "no thought");
    // The next turn sends the thinking back as it came, or the API refuses it.
    pane.say("hello").await?;
    pane.until("document.querySelectorAll('.answer').length === 2").await?;
    pane.answer().await?;
    ensure!(
        pane.evaluate("document.querySelector('.error')").await?.is_null(),
        "the second turn failed"
    );
    Ok(())
}

async fn tool(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("tool pane", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    with_options(&pane).await?;
    pane.click("#offer-tools").await?;
    for (answer, button) in [("You allowed it.", "Allow"), ("You declined.", "Decline")] {
        pane.say("What is the current date in my time zone?").await?;
        pane.until(&format!("{NEWEST}?.querySelector('.tool .actions')")).await?;
        ensure!(pane.text(".tool-title").await?.contains("current_date"), "no tool");
        let before =
            pane.evaluate("document.querySelectorAll('.answer').length").await?.number("")?;
        pane.click_button(button).await?;
        pane.until(&format!("document.querySelectorAll('.answer').length > {before}")).await?;
        pane.answer().await?;
        let said =
            pane.evaluate("[...document.querySelectorAll('.tool')].at(-1).innerText").await?;
        ensure!(said.text("")?.contains(answer), "{said}");
        ensure!(
            pane.evaluate("document.querySelector('.error')").await?.is_null(),
            "the result was refused"
        );
    }
    Ok(())
}

async fn long_input(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    pane.chat_with(&stage.demo_gateway("long input", "file=tool-input-of-600-rows.sse")).await?;
    pane.say("Fill the table.").await?;
    pane.until(&format!("{NEWEST}?.querySelector('.tool .actions')")).await?;
    let shown = "document.querySelector('.tool pre').textContent";
    ensure_eq!("at first", pane.evaluate(&format!("{shown}.length")).await?, json!(20_000));
    ensure!(pane.text(".tool-part").await?.contains("The first 20,000 of"), "it looks whole");
    pane.click_button("Show all").await?;
    let rows = pane.evaluate(&format!("JSON.parse({shown}).values.length")).await?;
    ensure_eq!("rows", rows, json!(600));
    // Allowing it is still to be decided.
    pane.until("document.querySelector('.tool .actions') && !document.querySelector('.tool-part')")
        .await
}

async fn token_count(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("token count", "");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.type_into("#message", "How many tokens are these words?").await?;
    pane.until("/^\\d+ tokens$/.test(document.getElementById('token-count').textContent)").await?;
    ensure_eq!("requests", gateway.requests("/v1/messages/count_tokens").len(), 1);
    Ok(())
}

async fn length_limit(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("length limit", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    with_options(&pane).await?;
    pane.choose("#max-tokens", "256").await?;
    pane.say("write a long report").await?;
    pane.answer().await?;
    ensure!(pane.text(".answer-note").await?.contains("length limit"), "the limit isn't told");
    pane.click_button("Continue").await?;
    pane.until("document.querySelectorAll('.answer').length === 2").await?;
    ensure!(!pane.answer().await?.is_empty(), "nothing came");
    Ok(())
}

async fn new_chat(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("new chat", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("repeat after me: something to forget").await?;
    pane.answer().await?;
    pane.click("#new-chat").await?;
    pane.until("!document.querySelector('.answer') && !document.getElementById('welcome').hidden")
        .await?;
    ensure_eq!("focus", pane.evaluate("document.activeElement.id").await?, json!("message"));
    pane.say("what did I ask?").await?;
    let answer = pane.answer().await?;
    ensure!(!answer.contains("forget"), "{answer}");
    Ok(())
}

async fn not_streamed(stage: Arc<Stage>) -> Outcome {
    let pane = stage.pane();
    for faults in ["json-for-stream", "buffered", "eol=crlf,no-event-names,bom"] {
        let gateway = stage.demo_gateway("not streamed", faults);
        pane.open_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
        pane.shows("chat").await?;
        pane.say("repeat after me: one piece").await?;
        ensure_eq!(faults, pane.answer().await?, "one piece");
    }
    Ok(())
}
