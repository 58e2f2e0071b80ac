/** Shows a tool that the model asks for, and asks the user before it runs. */

import { element, icon } from "./element.js";

/** More of a result than this says nothing more to the reader. */
const LONGEST_SHOWN = 4000;

/** A longer input is shown whole when the reader asks: browsers take a second to lay out a megabyte. */
const LONGEST_INPUT = 20_000;

/**
 * A tool's input while it arrives.
 *
 * @param {() => void} grown called after what is shown has changed
 */
export function toolInProgress(grown) {
  const count = element("span", { class: "muted" });
  const node = element("section", { class: "tool" }, element("p", { class: "tool-title" }, icon("tool"), "Preparing a tool… ", count));
  let characters = 0;
  let request = 0;
  const show = () => {
    request = 0;
    count.textContent = `${characters.toLocaleString("en")} characters`;
    grown();
  };
  return {
    node,
    /** @param {string} partialJson */
    grow(partialJson) {
      characters += partialJson.length;
      request ||= requestAnimationFrame(show);
    },
    end() {
      cancelAnimationFrame(request);
      node.remove();
    },
  };
}

/**
 * @param {{ name: string, input: unknown }} block
 * @returns {HTMLElement}
 */
export function toolBlock(block) {
  const input = JSON.stringify(block.input ?? {}, null, 2);
  const title = element("p", { class: "tool-title" }, icon("tool"), "Claude asks for ", element("code", {}, block.name));
  const node = element("section", { class: "tool", "aria-label": `Tool ${block.name}` }, title);
  if (input === "{}") {
    node.append(element("p", { class: "muted" }, "Without input."));
    return node;
  }
  const shown = element("pre", { tabindex: "0", role: "group", "aria-label": "The tool's input", dir: "ltr" }, input.slice(0, LONGEST_INPUT));
  node.append(shown);
  if (input.length > LONGEST_INPUT) node.append(showAll(shown, input));
  return node;
}

/**
 * Whoever allows a tool can see all of what they allow.
 *
 * @param {HTMLElement} shown
 * @param {string} input
 */
function showAll(shown, input) {
  const length = (/** @type {number} */ characters) => characters.toLocaleString("en");
  const whole = () => {
    shown.textContent = input;
    note.remove();
    shown.focus();
  };
  const button = element("button", { type: "button", class: "button small", onclick: whole }, "Show all");
  const words = `The first ${length(LONGEST_INPUT)} of ${length(input.length)} characters are shown.`;
  const note = element("div", { class: "tool-part" }, element("span", { class: "muted" }, words), button);
  return note;
}

/**
 * Asks whether a tool may run.
 *
 * @param {HTMLElement} node from {@link toolBlock}
 * @param {(allowed: boolean) => void} decide
 * @returns {{ withdraw(): void }}
 */
export function askPermission(node, decide) {
  const actions = element(
    "div",
    { class: "actions" },
    element("button", { type: "button", class: "button small primary", onclick: () => answer(true) }, "Allow"),
    element("button", { type: "button", class: "button small", onclick: () => answer(false) }, "Decline"),
  );
  node.append(actions);

  /** @param {boolean} allowed */
  function answer(allowed) {
    actions.replaceWith(element("p", { class: "muted" }, allowed ? "You allowed it." : "You declined."));
    decide(allowed);
  }

  return {
    withdraw() {
      if (actions.isConnected) actions.replaceWith(element("p", { class: "muted" }, "Not run."));
    },
  };
}

/**
 * @param {HTMLElement} node from {@link toolBlock}
 * @param {{ content: string, is_error?: boolean }} result
 */
export function showResult(node, { content, is_error: failed }) {
  const shown = content.length > LONGEST_SHOWN ? `${content.slice(0, LONGEST_SHOWN)}…` : content;
  node.append(
    element("details", {}, element("summary", {}, failed ? "It failed" : "Its result"), element("pre", { tabindex: "0", dir: "auto" }, shown)),
  );
}

/**
 * A block that this pane has no view for.
 *
 * @param {{ type: string }} block
 */
export function unknownBlock(block) {
  return element(
    "details",
    { class: "thinking" },
    element("summary", {}, `Part of the answer: ${block.type}`),
    element("pre", { tabindex: "0", dir: "ltr" }, JSON.stringify(block, null, 2)),
  );
}
