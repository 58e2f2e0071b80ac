/** Shows one value of the configuration, as Settings and Diagnostics have it. */

import { NAMES } from "./configuration_words.js";
import { element } from "./element.js";

/**
 * @param {string} key
 * @param {import("/pkg/index.js").ConfigurationValue} value
 * @param {string} origin where it comes from, empty where the page says so around it
 * @param {readonly import("/pkg/index.js").ConfigurationProblem[]} problems
 */
export function valueRow(key, { value, secret }, origin, problems) {
  const worst = ["error", "warning"].find((severity) => problems.some((problem) => problem.severity === severity && problem.keys.includes(key)));
  const marks = [
    ...(secret ? [element("span", { class: "tag" }, "masked")] : []),
    ...(worst ? [element("span", { class: `tag ${worst}` }, worst === "error" ? "wrong" : "odd")] : []),
  ];
  // Lists and records are shown as the JSON that they are.
  const shown = element(/^[[{]/.test(value) ? "code" : "span", { class: "value", dir: "ltr" }, value);
  return element(
    "div",
    {},
    element("dt", {}, NAMES[key] || key, element("code", {}, key)),
    element("dd", {}, shown, ...marks),
    ...(origin ? [element("dd", { class: "layer-source" }, origin)] : []),
  );
}
