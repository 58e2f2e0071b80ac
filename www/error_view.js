/** Shows a failure: what it is, what to do, and the details to hand on. */

import { copyButton } from "./clipboard.js";
import { element, icon } from "./element.js";
import { errorFacts, errorHint, errorMessage, errorTitle } from "./error_text.js";

/**
 * @param {unknown} error
 * @param {{ report: () => string, actions?: HTMLElement[] }} options
 */
export function errorCard(error, { report, actions = [] }) {
  const hint = errorHint(error);
  const message = errorMessage(error);
  const facts = errorFacts(error);
  const text = element("div", { class: "error-text" }, element("p", { class: "error-title" }, errorTitle(error)));
  if (message) text.append(element("p", { class: "error-message", dir: "auto" }, message));
  if (hint) text.append(element("p", { class: "error-hint" }, element("strong", {}, `${hint.who}: `), hint.text));
  if (facts) text.append(element("p", { class: "error-facts" }, facts));
  text.append(element("div", { class: "actions" }, ...actions, copyButton("Copy error details", report, "button small")));
  return element("div", { class: "error", role: "alert" }, icon("error"), text);
}
