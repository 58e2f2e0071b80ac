/** Copies text, also where the page may not write to the clipboard. */

import { announce } from "./announcer.js";
import { element, icon } from "./element.js";

/** How long a button shows that it did its work. */
const FEEDBACK_MS = 2000;

/**
 * A button that copies a text and says whether it did. Where the clipboard is
 * blocked, as in frames without the permission, the text appears selected
 * under the button.
 *
 * @param {string} label
 * @param {() => string} text
 * @param {string} [className]
 */
export function copyButton(label, text, className = "button small quiet") {
  const caption = element("span", {}, label);
  const picture = element("span", { class: "button-icon" }, icon("copy"));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let restore;
  const button = element("button", { type: "button", class: className, onclick: copy }, picture, caption);
  return button;

  async function copy() {
    const content = text();
    if (!(await write(content))) {
      showSelected(button, content);
      return;
    }
    // The width is kept so that the neighbours stay where they are.
    button.style.minWidth = `${button.offsetWidth}px`;
    picture.replaceChildren(icon("check"));
    caption.textContent = "Copied";
    announce("Copied.");
    clearTimeout(restore);
    restore = setTimeout(() => {
      picture.replaceChildren(icon("copy"));
      caption.textContent = label;
    }, FEEDBACK_MS);
  }
}

/**
 * @param {string} text
 * @returns {Promise<boolean>}
 */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

/**
 * The old way, which some hosts allow where they refuse the new one.
 *
 * @param {string} text
 */
function writeBySelection(text) {
  const focused = document.activeElement;
  const area = element("textarea", { class: "visually-hidden", readonly: true, "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  document.body.append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
function showSelected(button, text) {
  const keys = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘C" : "Ctrl+C";
  const area = element("textarea", { class: "copy-by-hand", readonly: true, rows: "6", dir: "auto", "aria-label": `Text to copy: press ${keys}` });
  area.value = text;
  const note = element("p", { class: "muted" }, `The clipboard is blocked here. The text is selected: press ${keys}.`);
  const box = element("div", { class: "copy-fallback" }, note, area);
  const row = button.parentElement || button;
  const former = row.nextElementSibling;
  if (former?.classList.contains("copy-fallback")) former.remove();
  row.after(box);
  area.focus();
  area.select();
  area.scrollTop = 0;
}
