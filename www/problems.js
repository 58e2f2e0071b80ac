/** Lists what the package found odd in the configuration. */

import { element } from "./element.js";
import { sentence } from "./error_text.js";

const SEVERITIES = { error: "Error", warning: "Warning", notice: "Note" };

/**
 * @param {HTMLElement} list
 * @param {readonly import("/pkg/index.js").ConfigurationProblem[]} problems
 */
export function showProblems(list, problems) {
  list.replaceChildren(
    ...problems.map(({ severity, message, keys }) =>
      element(
        "li",
        { class: `problem ${severity}` },
        element("strong", {}, `${SEVERITIES[severity]}: `),
        sentence(withoutKey(message, keys)),
        keys.length > 0 ? element("span", { class: "problem-keys" }, " (", ...keyNames(keys), ")") : "",
      ),
    ),
  );
  list.hidden = problems.length === 0;
}

/**
 * Names of keys, a comma between them.
 *
 * @param {readonly string[]} keys
 */
export function keyNames(keys) {
  return keys.flatMap((key, at) => [at > 0 ? ", " : "", element("code", {}, key)]);
}

/**
 * The keys are shown at the end of each line.
 *
 * @param {string} message
 * @param {string[]} keys
 */
export function withoutKey(message, keys) {
  const key = keys.find((name) => message.startsWith(`${name}: `));
  return key ? message.slice(key.length + 2) : message;
}
