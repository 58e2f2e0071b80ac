/** The developer panel: the conversation with the Office host's bridge, secrets masked. Off unless asked for. */

import { copyButton } from "./clipboard.js";
import { byId, element } from "./element.js";

const NAME = "taskpane-demo/developer-panel";
const ARROWS = { request: "→", reply: "←", other: "·" };
const WORDS = { request: "sent", reply: "received", other: "received" };

/** @param {ReturnType<typeof import("./bridge_log.js").createBridgeLog>} log */
export function createDeveloperPanel(log) {
  const panel = byId("developer-panel");
  const list = byId("developer-entries");
  const choice = /** @type {HTMLInputElement} */ (byId("show-developer-panel"));

  function show() {
    byId("developer-empty").hidden = log.entries.length > 0;
    // What is there stays, so that an open entry isn't closed by the next one.
    const shown = new Set(log.entries);
    for (const line of [...list.children]) if (!shown.has(lines.get(line))) line.remove();
    const known = new Set([...list.children].map((line) => lines.get(line)));
    list.append(...log.entries.filter((entry) => !known.has(entry)).map(lineOf));
  }

  /** @type {WeakMap<Element, import("./bridge_log.js").Entry>} */
  const lines = new WeakMap();

  /** @param {import("./bridge_log.js").Entry} entry */
  function lineOf(entry) {
    const { kind, title, at, tookMs, text } = entry;
    const took = tookMs === undefined ? "" : `, after ${tookMs} ms`;
    const summary = element(
      "summary",
      {},
      element("span", { "aria-hidden": "true" }, `${ARROWS[kind]} `),
      element("span", { class: "visually-hidden" }, `${WORDS[kind]} `),
      title,
      element("span", { class: "muted" }, ` ${new Date(at).toLocaleTimeString()}${took}`),
    );
    const details = element("details", { ontoggle: showText }, summary);
    const line = element("li", {}, details);
    // There only while it is open, so that Tab has nothing hidden to go to.
    function showText() {
      if (details.open) details.append(element("pre", { dir: "ltr", tabindex: "0", "aria-label": title }, text));
      else details.replaceChildren(summary);
    }
    lines.set(line, entry);
    return line;
  }

  /** @param {boolean} wanted */
  function open(wanted) {
    choice.checked = wanted;
    panel.hidden = !wanted;
    log.listen(wanted, show);
    show();
    try {
      if (wanted) sessionStorage.setItem(NAME, "1");
      else sessionStorage.removeItem(NAME);
    } catch {
      // It is closed after a reload, then.
    }
  }

  byId("developer-close").addEventListener("click", () => {
    open(false);
    if (document.hasFocus()) byId("open-settings").hidden ? choice.focus() : byId("open-settings").focus();
  });
  choice.addEventListener("change", () => open(choice.checked));
  byId("developer-actions").prepend(
    copyButton("Copy", () => log.entries.map(({ at, title, tookMs, text }) => `${new Date(at).toISOString()} ${title}${tookMs === undefined ? "" : ` (${tookMs} ms)`}\n${text}`).join("\n\n"), "button small quiet"),
  );
  open(wasOpen());
}

function wasOpen() {
  try {
    return sessionStorage.getItem(NAME) === "1";
  } catch {
    return false;
  }
}
