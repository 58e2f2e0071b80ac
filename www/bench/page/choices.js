/** The form: which cases, and how thoroughly. */

import { byId, element } from "../../element.js";
import { CASES, LEVELS, titleOf } from "../cases.js";

/** What says most; the others take a click. */
const USUAL = ["l3-text-16k", "l3-text-event", "l3-tool-16k", "l2-text-16k", "l1-text-16k", "l3-bedrock-16k"];

/** @param {URLSearchParams} parameters */
export function createChoices(parameters) {
  const fieldset = /** @type {HTMLFieldSetElement} */ (byId("cases"));
  const effort = /** @type {HTMLSelectElement} */ (byId("effort"));
  const parts = parameters.getAll("case");
  const isChosen = (/** @type {string} */ id) => {
    if (parts.length > 0) return parts.some((part) => id.includes(part));
    return parameters.has("run") || USUAL.includes(id);
  };
  if (parameters.has("run")) effort.value = parameters.has("quick") ? "quick" : "usual";

  const boxes = [];
  for (const level of /** @type {const} */ ([3, 2, 1])) {
    fieldset.append(element("p", { class: "group" }, LEVELS[level]));
    for (const case_ of CASES.filter((case_) => case_.level === level)) {
      const box = element("input", { type: "checkbox", name: "case", value: case_.id, checked: isChosen(case_.id) });
      fieldset.append(element("label", { class: "choice" }, box, titleOf(case_)));
      boxes.push(box);
    }
  }
  const setAll = (/** @type {boolean} */ checked) => boxes.forEach((box) => (box.checked = checked));
  const buttons = [byId("choose-all"), byId("choose-none")];
  buttons[0].addEventListener("click", () => setAll(true));
  buttons[1].addEventListener("click", () => setAll(false));

  return {
    /** Ids. */
    get cases() {
      return boxes.filter((box) => box.checked).map((box) => box.value);
    },
    get effort() {
      return /** @type {"usual" | "quick"} */ (effort.value);
    },
    set disabled(/** @type {boolean} */ disabled) {
      for (const control of [fieldset, effort, ...buttons]) control.toggleAttribute("disabled", disabled);
    },
  };
}
