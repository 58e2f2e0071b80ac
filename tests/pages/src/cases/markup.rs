//! What a model writes is shown, and does nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use crate::case::{Case, Outcome, ensure, ensure_eq};
use crate::pane::{NEWEST, Pane};
use crate::stage::Stage;
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new("markup: hostile HTML does nothing", hostile_answer),
        Case::new("markup: hostile Markdown does nothing, in one piece", |stage| {
            hostile_file(stage, "json-for-stream,speed=max")
        }),
        Case::new("markup: hostile Markdown does nothing, while it arrives", |stage| {
            hostile_file(stage, "gap=1")
        }),
        Case::new("markup: tables, code and lists are shown as such", shown),
        Case::new("markup: links go nowhere without a click", links),
    ]
}

/// Elements that an answer may be made of: what the renderer means to make.
const ELEMENTS: [&str; 31] = [
    "a",
    "article",
    "blockquote",
    "br",
    "button",
    "code",
    "del",
    "details",
    "div",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "summary",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "ul",
];

/// And elements without names of their own: rows, pictures of ours, figures.
const FURTHER: [&str; 6] = ["tr", "svg", "use", "figure", "figcaption", "small"];

async fn harmless(stage: &Stage, pane: &Pane<'_>) -> Outcome {
    let found = pane
        .evaluate(&format!(
            "{{
               elements: [...new Set([...{NEWEST}.querySelectorAll('*')].map(({{ localName }}) => localName))],
               handlers: [...{NEWEST}.querySelectorAll('*')].flatMap((node) => [...node.attributes].filter(({{ name }}) => /^on|^style$|^srcdoc$|^formaction$/i.test(name)).map(({{ name }}) => node.localName + ' ' + name)),
               addresses: [...{NEWEST}.querySelectorAll('[href], [src], [action], [data], [poster], [background]')].map((node) => node.getAttribute('href') ?? node.outerHTML).filter((address) => !/^(https?:\\/\\/|mailto:|#icon-)/.test(address)),
               ids: [...{NEWEST}.querySelectorAll('[id], [name]')].map(({{ outerHTML }}) => outerHTML.slice(0, 200)),
               ran: [window.hostile ?? null, window.injected ?? null],
               fetched: performance.getEntriesByType('resource').map(({{ name }}) => name),
               address: location.origin + location.pathname,
               base: document.baseURI,
             }}"
        ))
        .await?;
    let known: BTreeSet<&str> = ELEMENTS.into_iter().chain(FURTHER).collect();
    let strange: Vec<_> =
        found.texts("/elements")?.into_iter().filter(|name| !known.contains(name)).collect();
    ensure!(strange.is_empty(), "elements that nobody meant to make: {strange:?}");
    for kind in ["handlers", "addresses", "ids"] {
        ensure_eq!(kind, *found.at(&format!("/{kind}")), json!([]));
    }
    ensure_eq!("what ran", *found.at("/ran"), json!([null, null]));
    let own = [stage.world.demo.pane_origin(), stage.world.demo.gateway_url()];
    let fetched = found.texts("/fetched")?;
    let foreign: Vec<_> =
        fetched.iter().filter(|name| !own.iter().any(|origin| name.starts_with(origin))).collect();
    ensure!(foreign.is_empty(), "fetched {foreign:?}");
    let beacons = stage.world.demo.journal().entries("/beacon");
    ensure!(beacons.is_empty(), "the gateway was asked for {beacons:?}");
    let page = format!("{}/taskpane.html", stage.world.demo.pane_origin());
    ensure_eq!("where the page is", found.text("/address")?, page);
    ensure!(found.text("/base")?.starts_with(&page), "{}", found.at("/base"));
    // Nothing lies over the page.
    let covered = pane.evaluate(
        "(() => { const { left, top, width, height } = document.getElementById('message').getBoundingClientRect();
                  return document.elementFromPoint(left + width / 2, top + height / 2).id; })()",
    );
    ensure_eq!("what is at the composer's place", covered.await?, json!("message"));
    Ok(())
}

async fn hostile_answer(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("hostile answer", "speed=max");
    stage.world.demo.journal().clear("/beacon");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("show me html").await?;
    let answer = pane.answer().await?;
    for shown in
        ["<script>window.injected", "harmless link", "This one is meant to be shown as text."]
    {
        ensure!(answer.contains(shown), "{shown:?} isn't shown as text: {answer}");
    }
    harmless(&stage, &pane).await
}

async fn hostile_file(stage: Arc<Stage>, faults: &str) -> Outcome {
    let text = std::fs::read_to_string(stage.environment.fixtures.join("markdown/hostile.md"))?;
    let gateway = stage.demo_gateway("hostile file", faults);
    stage.world.demo.journal().clear("/beacon");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    let say = json!(format!("repeat after me: {text}"));
    pane.choose_longest().await?;
    pane.evaluate(&format!(
        "(() => {{ const message = document.getElementById('message'); message.value = {say};
                   message.dispatchEvent(new Event('input', {{ bubbles: true }})); return 0; }})()"
    ))
    .await?;
    pane.click("#send").await?;
    pane.answer().await?;
    let shown = pane.evaluate(&format!("{NEWEST}.innerText")).await?;
    ensure!(shown.text("")?.contains("window.hostile"), "the samples aren't shown");
    let headings = text.lines().filter(|line| line.starts_with("## ")).count();
    let found = pane.evaluate(&format!("{NEWEST}.querySelectorAll('.markdown h4').length")).await?;
    ensure!(found.number("")? as usize >= headings, "{found} of {headings} sections are shown");
    harmless(&stage, &pane).await
}

async fn shown(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("shown", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    let text = "# One\\n\\n| a | b |\\n|---|--:|\\n| 1 | 2 |\\n\\n```js\\nlet a = 1 < 2;\\n```\\n\\n- x\\n  - y\\n\\n1. z\\n\\n**bold** *em* `code` ~~gone~~\\n\\n> quote";
    pane.evaluate(&format!(
        "(() => {{ const message = document.getElementById('message'); message.value = 'repeat after me: {text}';
                   message.dispatchEvent(new Event('input', {{ bubbles: true }})); return 0; }})()"
    ))
    .await?;
    pane.click("#send").await?;
    pane.answer().await?;
    let expression = format!(
        "['h3', 'td:nth-child(2)', 'pre code', 'ul ul li', 'ol li', 'strong', 'em', 'p code', 'del', 'blockquote']
           .map((selector) => {NEWEST}.querySelector('.markdown ' + selector)?.textContent.trim() ?? null)"
    );
    let expected =
        json!(["One", "2", "let a = 1 < 2;", "y", "z", "bold", "em", "code", "gone", "quote"]);
    ensure_eq!("shown", pane.evaluate(&expression).await?, expected);
    // Code and answers can be copied.
    pane.click_button("Copy").await?;
    pane.until("watched.copied.length > 0").await
}

async fn links(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("links", "speed=max");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.say("repeat after me: [portal.office.com](https://hostile.example/login) and https://plain.example/").await?;
    let answer = pane.answer().await?;
    ensure!(answer.contains("hostile.example"), "the link hides where it goes: {answer}");
    let expression = format!(
        "[...{NEWEST}.querySelectorAll('a')].map((link) => [link.target, link.rel, link.href])"
    );
    for link in pane.evaluate(&expression).await?.list("")? {
        ensure_eq!("target", link.text("/0")?, "_blank");
        ensure!(
            link.text("/1")?.contains("noopener") && link.text("/1")?.contains("noreferrer"),
            "{link}"
        );
    }
    Ok(())
}
