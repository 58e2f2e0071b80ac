/** Shows a tool that the model asks for, and asks the user before it runs. */

import { element, icon } from "./element.js";

/** More of a result than this says nothing more to the reader. */
const LONGEST_SHOWN = 4000;

/**
 * A tool's input while it arrives.
 */
export function toolInProgress() {
  const count = element("span", { class: "muted" });
  const node = element("section", { class: "tool" }, element("p", { class: "tool-title" }, icon("tool"), "Preparing a tool… ", count));
  let characters = 0;
  return {
    node,
    /** @param {string} partialJson */
    grow(partialJson) {
      characters += partialJson.length;
      count.textContent = `${characters.toLocaleString("en")} characters`;
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
  node.append(
    input === "{}"
      ? element("p", { class: "muted" }, "Without input.")
      : element("pre", { tabindex: "0", role: "group", "aria-label": "The tool's input", dir: "ltr" }, input),
  );
  return node;
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
