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
        sentence(message),
        keys.length > 0 ? element("span", { class: "problem-keys" }, ` (${keys.join(", ")})`) : "",
      ),
    ),
  );
  list.hidden = problems.length === 0;
}
