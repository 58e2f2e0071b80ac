//! The demo page by keyboard, by screen reader and in 320 pixels.

use std::sync::Arc;

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::case::{Case, Complaint, Outcome, ensure, ensure_eq};
use crate::pane::{Pane, encoded};
use crate::stage::{Gateway, Stage};
use crate::value::Look as _;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for view in VIEWS {
        cases.push(Case::new(format!("access: {view}: fits into 320 pixels"), move |stage| {
            fits(stage, view)
        }));
        cases.push(Case::new(format!("access: {view}: everything has a name"), move |stage| {
            named(stage, view)
        }));
        cases.push(Case::new(format!("access: {view}: Tab goes everywhere"), move |stage| {
            tabbed(stage, view)
        }));
        for theme in ["light", "dark"] {
            let name = format!("access: {view}: text can be read, {theme}");
            cases.push(Case::new(name, move |stage| readable(stage, view, theme)));
        }
    }
    cases.push(Case::new("access: a conversation by keyboard alone", by_keyboard));
    cases.push(Case::new("access: what happens is announced", announced));
    cases
}

const VIEWS: [&str; 10] = [
    "chat",
    "answers",
    "failure",
    "settings",
    "connect",
    "sign-in",
    "developer",
    "confirm",
    "diagnostics",
    "benchmark",
];

/// Opens the page where a view has much to show.
async fn show(stage: &Stage, pane: &Pane<'_>, view: &str, theme: &str) -> Outcome<Gateway> {
    let faults = match view {
        "failure" => "status=401,body=html,speed=max",
        "diagnostics" => "cors=missing-x-api-key",
        _ => "speed=max",
    };
    let gateway = stage.demo_gateway(&format!("access {view}"), faults);
    let in_host = format!("&theme={theme}&gateway_url={}", encoded(&gateway.url));
    match view {
        "confirm" => {
            // The host page is not one that the page trusts when it is framed by its own origin.
            pane.open_alone(&format!(
                "?theme={theme}&gateway_url={}&gateway_token=t",
                encoded(&gateway.url)
            ))
            .await?;
            pane.shows("confirm").await?;
        }
        "connect" => {
            pane.open_in_host(&format!("&theme={theme}&gateway_token=&gateway_url={}", encoded("http://127.0.0.1:4000/of-an-organisation/of-a-department/with-a-very-long-name/gateway"))).await?;
            pane.shows("connect").await?;
            pane.click("#connect").await?;
            pane.until("document.getElementById('gateway-token-error').innerText").await?;
        }
        "sign-in" => {
            // The link, the error and its details: as much as there can be.
            let script = "silent=USER_INTERACTION_REQUIRED:consent_required,popup=USER_CANCEL";
            pane.open_in_host(&format!("&theme={theme}&access=sign-in&broker={script}")).await?;
            pane.shows("sign-in").await?;
            pane.until("document.querySelector('#sign-in-help a')").await?;
        }
        "developer" => {
            let query = format!("&theme={theme}&access=sign-in&broker=popup=ok");
            pane.open_in_host(&query).await?;
            pane.shows("chat").await?;
            pane.click("#open-settings").await?;
            // A browser that keeps a case's storage has it on from the one before.
            let off = "!document.getElementById('show-developer-panel').checked";
            if pane.evaluate(off).await? == json!(true) {
                pane.click("#show-developer-panel").await?;
            }
            pane.reopen_in_host(&query).await?;
            pane.shows("chat").await?;
            pane.until("document.querySelectorAll('#developer-entries li').length >= 4").await?;
            pane.click("#developer-entries li:last-child summary").await?;
        }
        "diagnostics" => {
            pane.open_in_host(&in_host).await?;
            pane.shows("connect").await?;
            pane.click("#connect-diagnose").await?;
            pane.shows("diagnostics").await?;
            pane.until("document.querySelector('.step.failed details')").await?;
            pane.until("!document.getElementById('diagnosis-actions').hidden").await?;
            // WebKit's driver finds no place to click on what it has to scroll to.
            let open = "document.querySelectorAll('.step-servers details, #allowlist')";
            pane.evaluate(&format!("({open}.forEach((each) => each.open = true), 0)")).await?;
            pane.until("document.querySelectorAll('.step-servers pre').length > 5").await?;
            pane.until("document.getElementById('allowlist-text').innerText").await?;
        }
        "settings" => {
            pane.open_in_host(&in_host).await?;
            pane.shows("chat").await?;
            pane.click("#open-settings").await?;
            pane.shows("settings").await?;
            pane.click("#test-connection").await?;
            pane.until("document.querySelector('#test-result .success')").await?;
            pane.click("#test-result summary").await?;
        }
        "chat" => {
            pane.open_in_host(&in_host).await?;
            pane.shows("chat").await?;
            pane.click("#toggle-options").await?;
        }
        "benchmark" => {
            let query =
                format!("&theme={theme}&page=bench.html&gateway_token=&run=1&trial=1&case=16k");
            pane.open_in_host(&query).await?;
            pane.until("benchmark.state === 'done'").await?;
        }
        "failure" => {
            pane.open_in_host(&in_host).await?;
            pane.shows("chat").await?;
            pane.say("hello").await?;
            pane.until("document.querySelector('.error')").await?;
            // Where the card is taller than the pane, a button leads to its end until that is reached.
            pane.evaluate("(document.getElementById('transcript').scrollTop = 1e6, 0)").await?;
            pane.until("document.getElementById('jump').hidden").await?;
        }
        _ => {
            pane.open_in_host(&in_host).await?;
            pane.shows("chat").await?;
            for words in [
                "a table that compares the regions",
                "show me some code",
                &format!("repeat after me: {}", "Donaudampfschifffahrt".repeat(12)),
            ] {
                pane.say(words).await?;
                pane.until("document.querySelectorAll('.answer').length === document.querySelectorAll('.turn.user').length").await?;
                pane.answer().await?;
            }
        }
    }
    Ok(gateway)
}

async fn fits(stage: Arc<Stage>, view: &str) -> Outcome {
    let pane = stage.pane();
    show(&stage, &pane, view, "light").await?;
    let found = pane
        .evaluate(
            "{
               page: [document.documentElement.scrollWidth, document.documentElement.clientWidth, innerWidth],
               scrolled: [...document.querySelectorAll('main, .view, .transcript, .composer, .bar')].filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.id || box.className),
               outside: [...document.querySelectorAll('button, input, select, textarea, h1, h2, p')].filter((node) => {
                 const box = node.getBoundingClientRect();
                 return box.width > 2 && !node.closest('pre, .table-scroll, .visually-hidden') && getComputedStyle(node).clipPath === 'none' && (box.right > innerWidth + 1 || box.left < -1);
               }).map((node) => node.outerHTML.slice(0, 120)),
             }",
        )
        .await?;
    let width = found.number("/page/2")?;
    ensure!(found.number("/page/0")? <= width, "the page scrolls sideways: {found}");
    if view != "confirm" {
        ensure_eq!("width", width, 320);
    }
    ensure_eq!("scrolls sideways", *found.at("/scrolled"), json!([]));
    ensure_eq!("reaches outside", *found.at("/outside"), json!([]));
    Ok(())
}

/// A little of what checkers such as axe look for. Names by the order of the ARIA standard's
/// computation, without its finer points.
const NAMES: &str = r"(() => {
  const visible = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== 'hidden';
  const name = (node) => {
    const by = node.getAttribute('aria-labelledby');
    if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
    return (node.getAttribute('aria-label') || [...(node.labels ?? [])].map((label) => label.textContent).join(' ') || node.textContent || node.title || node.placeholder || '').trim();
  };
  const all = (selector) => [...document.querySelectorAll(selector)].filter(visible);
  const said = (node) => node.outerHTML.slice(0, 160);
  const headings = all('h1, h2, h3, h4, h5, h6').map((node) => Number(node.localName[1]));
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return {
    lang: document.documentElement.lang,
    title: document.title,
    headings,
    skipped: headings.some((level, index) => index > 0 && level > headings[index - 1] + 1),
    unnamed: all('button, a[href], input, select, textarea, summary, [tabindex], [role=log], [role=group], [role=progressbar], iframe').filter((node) => !name(node)).map(said),
    duplicates: ids.filter((id, index) => ids.indexOf(id) !== index),
    dangling: [...document.querySelectorAll('[aria-labelledby], [aria-describedby], [aria-controls], label[for]')].flatMap((node) => ['aria-labelledby', 'aria-describedby', 'aria-controls', 'for'].flatMap((attribute) => (node.getAttribute(attribute) ?? '').split(/\s+/).filter((id) => id && !document.getElementById(id)))),
    mains: document.querySelectorAll('main').length,
    positive: all('[tabindex]').filter(({ tabIndex }) => tabIndex > 0).map(said),
    hiddenFocus: [...document.querySelectorAll('[aria-hidden=true]')].flatMap((node) => [node, ...node.querySelectorAll('*')]).filter((node) => node.tabIndex >= 0 && visible(node)).map(said),
    pictures: [...document.querySelectorAll('svg')].filter((picture) => picture.getAttribute('aria-hidden') !== 'true' && !picture.closest('button') && !picture.getAttribute('aria-label') && !picture.closest('[aria-hidden=true]')).map(said),
    small: all('button, input, select, summary').filter((node) => { const box = node.getBoundingClientRect(); return !node.closest('.visually-hidden') && node.type !== 'radio' && node.type !== 'checkbox' && (box.width < 24 || box.height < 24); }).map((node) => said(node) + ' ' + node.getBoundingClientRect().height),
    tables: all('table').filter((table) => !table.querySelector('th')).map(said),
  };
})()";

async fn named(stage: Arc<Stage>, view: &str) -> Outcome {
    let pane = stage.pane();
    show(&stage, &pane, view, "light").await?;
    let found = pane.evaluate(NAMES).await?;
    ensure_eq!("lang", found.text("/lang")?, "en");
    ensure!(!found.text("/title")?.is_empty(), "no title");
    ensure_eq!("first heading", found.number("/headings/0")?, 1);
    ensure_eq!("levels left out", *found.at("/skipped"), json!(false));
    ensure_eq!("main parts", found.number("/mains")?, 1);
    for kind in [
        "unnamed",
        "duplicates",
        "dangling",
        "positive",
        "hiddenFocus",
        "pictures",
        "small",
        "tables",
    ] {
        ensure_eq!(kind, *found.at(&format!("/{kind}")), json!([]));
    }
    Ok(())
}

/// What Tab should reach: everything that can have the focus and is shown. Of radio buttons, one a
/// group.
const REACHABLE: &str = r"[...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex]')]
  .filter((node) => node.getClientRects().length > 0 && !node.disabled && node.tabIndex >= 0 && !(node.type === 'radio' && !node.checked))
  .map((node, index) => { node.dataset.stop = index; return index; })";

async fn tabbed(stage: Arc<Stage>, view: &str) -> Outcome {
    let pane = stage.pane();
    show(&stage, &pane, view, "light").await?;
    let reachable = pane.evaluate(REACHABLE).await?.list("")?.clone();
    ensure!(reachable.len() >= 2, "nothing to reach: {reachable:?}");
    // From the first on.
    pane.evaluate("(document.querySelector('[data-stop=\"0\"]').focus(), 0)").await?;
    // A focus that a script or a click has set isn't marked; one that a key has moved is.
    pane.press(Key::Tab).await?;
    pane.chord(&[Key::Shift], Key::Tab).await?;
    let mut reached = Vec::new();
    let mut unmarked = Vec::new();
    // Engines stop at what scrolls as well.
    for _ in 0..2 * reachable.len() {
        let here = pane
            .evaluate(
                "(() => { const node = document.activeElement; const style = getComputedStyle(node);
                   const around = getComputedStyle(node.closest('.composer-box, .input-with-button') ?? node);
                   const marked = [style, around].some((each) => each.outlineStyle !== 'none' && parseFloat(each.outlineWidth) > 0 || each.boxShadow !== 'none')
                     || style.borderBottomWidth !== '0px' && node.matches('input, textarea, select');
                   return { stop: node.dataset.stop ?? null, html: node.outerHTML.slice(0, 120), marked }; })()",
            )
            .await?;
        if let Some(stop) = here.at("/stop").as_str() {
            reached.push(json!(stop.parse::<u64>().unwrap_or(u64::MAX)));
        }
        if here.at("/marked") != true && here.at("/stop").is_string() {
            unmarked.push(here.at("/html").clone());
        }
        if reached.len() == reachable.len() {
            break;
        }
        pane.press(Key::Tab).await?;
    }
    ensure_eq!("reached by Tab, in order", reached, reachable);
    ensure!(unmarked.is_empty(), "the focus isn't to be seen on {unmarked:?}");
    Ok(())
}

/// Every text and what is behind it, by the WCAG formula.
const CONTRASTS: &str = r"(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const behind = (node) => {
    const layers = [];
    for (let each = node; each; each = each.parentElement) {
      const layer = read(getComputedStyle(each).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = (colour) => colour.slice(0, 3).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const faint = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.getClientRects().length === 0 || node.closest('.visually-hidden, svg, [aria-disabled=true], script, option')) continue;
    const style = getComputedStyle(node);
    if (style.visibility === 'hidden') continue;
    texts += 1;
    const back = behind(node);
    const [one, two] = [luminance(over(read(style.color), back)), luminance(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < least) faint.push(`${ratio.toFixed(2)} ${node.outerHTML.slice(0, 100)}`);
  }
  return { texts, faint };
})()";

async fn readable(stage: Arc<Stage>, view: &str, theme: &str) -> Outcome {
    let pane = stage.pane();
    show(&stage, &pane, view, theme).await?;
    // Not every engine's frames follow the host.
    let media = if theme == "dark" { "all" } else { "not all" };
    pane.evaluate(&format!("(document.getElementById('dark-theme').media = '{media}', 0)")).await?;
    pane.until(&format!(
        "getComputedStyle(document.documentElement).colorScheme.includes('dark') === {}",
        theme == "dark"
    ))
    .await?;
    // Colours that change over time are looked at when they have.
    pane.until(
        "document.getAnimations().every((animation) => !(animation instanceof CSSTransition))",
    )
    .await?;
    let found = pane.evaluate(CONTRASTS).await?;
    ensure!(found.number("/texts")? > 4, "nothing to read: {found}");
    ensure_eq!("too faint", *found.at("/faint"), json!([]));
    Ok(())
}

async fn by_keyboard(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("by keyboard", "gap=25");
    let pane = stage.pane();
    pane.open_alone("").await?;
    pane.shows("connect").await?;
    go_to(&pane, &[], "gateway-url").await?;
    pane.write(&gateway.url).await?;
    pane.press(Key::Tab).await?;
    pane.write(&gateway.token).await?;
    pane.press(Key::Enter).await?;
    pane.shows("chat").await?;
    ensure_eq!("focus", focus(&pane).await?, json!("message"));
    // Shift and Enter make a line, Enter alone sends.
    pane.write("count to").await?;
    pane.chord(&[Key::Shift], Key::Enter).await?;
    pane.write("2000").await?;
    let typed = pane.evaluate("document.getElementById('message').value").await?;
    ensure_eq!("typed", typed, json!("count to\n2000"));
    for _ in 0..5 {
        pane.press(Key::Backspace).await?;
    }
    pane.write(" 2000").await?;
    pane.press(Key::Enter).await?;
    pane.until("document.querySelector('.answer-body').innerText.length > 10").await?;
    ensure_eq!("focus", focus(&pane).await?, json!("message"));
    pane.press(Key::Escape).await?;
    pane.answer().await?;
    ensure_eq!("focus", focus(&pane).await?, json!("message"));
    // Back to the bar: Settings, and out again.
    go_to(&pane, &[Key::Shift], "open-settings").await?;
    pane.press(Key::Enter).await?;
    pane.shows("settings").await?;
    ensure_eq!("focus", focus(&pane).await?, json!("settings-heading"));
    pane.evaluate("(document.getElementById('back').focus(), 0)").await?;
    pane.press(Key::Space).await?;
    pane.shows("chat").await?;
    ensure_eq!("focus", focus(&pane).await?, json!("open-settings"));
    Ok(())
}

/// Presses Tab until an element has the focus.
async fn go_to(pane: &Pane<'_>, held: &[Key], id: &str) -> Outcome {
    for _ in 0..30 {
        if focus(pane).await? == id {
            return Ok(());
        }
        pane.chord(held, Key::Tab).await?;
    }
    Err(Complaint::new(format!("Tab doesn't reach {id}")))
}

async fn focus(pane: &Pane<'_>) -> Outcome<Value> {
    pane.evaluate("document.activeElement.id").await
}

async fn announced(stage: Arc<Stage>) -> Outcome {
    let gateway = stage.demo_gateway("announced", "gap=60");
    let pane = stage.pane();
    pane.chat_with(&gateway).await?;
    pane.evaluate(
        "(window.spoken = [], new MutationObserver(() => window.spoken.push(document.getElementById('announcements').textContent))
            .observe(document.getElementById('announcements'), { childList: true, characterData: true, subtree: true }), 0)",
    )
    .await?;
    pane.say("repeat after me: **these** words").await?;
    pane.answer().await?;
    pane.until("window.spoken.some((text) => text.includes('these words'))").await?;
    let spoken = pane.evaluate("window.spoken.filter(Boolean)").await?;
    ensure_eq!("first", spoken.text("/0")?, "Claude is answering.");
    let live = pane.evaluate("document.querySelector('.answer').getAttribute('aria-live')").await?;
    ensure_eq!("a stream is not read out piece by piece", live, json!("off"));
    Ok(())
}
