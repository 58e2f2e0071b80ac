/** Configuration: each value with the layer it comes from, and what is odd with what to do. */

import { copyButton } from "./clipboard.js";
import { valueRow } from "./configuration_value.js";
import { LAYERS, STACK, remedy } from "./configuration_words.js";
import { byId, element } from "./element.js";
import { sentence } from "./error_text.js";
import { keyNames, withoutKey } from "./problems.js";

/**
 * @typedef {import("/pkg/index.js").ConfigurationLayer} Layer
 * @typedef {import("/pkg/index.js").ConfigurationProblem} Problem
 * @typedef {import("/pkg/index.js").ConfigurationValue} Value
 */

const SEVERITIES = { error: "Error", warning: "Warning", notice: "Note" };

/** @param {import("/pkg/index.js").Connector} connector */
export function createConfigurationView(connector) {
  const { values, problems } = { values: byId("configuration-layers"), problems: byId("configuration-problems") };

  function show() {
    const configuration = connector.configuration;
    problems.replaceChildren(...configuration.problems.map(problemItem));
    problems.hidden = configuration.problems.length === 0;
    byId("configuration-sound").hidden = configuration.problems.length > 0;
    // What lies on top comes first: it is what counts.
    values.replaceChildren(...[...STACK].reverse().map((of) => layerSection(of, Object.entries(configuration.values), configuration.problems)));
  }

  byId("configuration-copies").append(copyButton("Copy all", () => asText(connector.configuration)));
  return { show };
}

/**
 * @param {(typeof STACK)[number]} of
 * @param {[string, Value][]} all
 * @param {readonly Problem[]} problems
 */
function layerSection({ layer, title, source }, all, problems) {
  const own = all.filter(([, value]) => value.layer === layer);
  const heading = element("h2", { class: "layer-title" }, title, element("span", { class: "layer-count" }, counted(own.length)));
  const rows = own.map(([key, value]) => valueRow(key, value, "", problems));
  return element(
    "section",
    { class: own.length > 0 ? "layer-section" : "layer-section empty", "data-layer": layer },
    heading,
    element("p", { class: "layer-source" }, source),
    ...(rows.length > 0 ? [element("dl", { class: "layer-values" }, ...rows)] : []),
  );
}

/** @param {number} count */
const counted = (count) => (count === 0 ? "nothing in force" : count === 1 ? "1 value" : `${count} values`);

/** @param {Problem} problem */
function problemItem({ id, severity, message, keys, layer, otherLayer }) {
  const where = [...new Set([layer, otherLayer])].flatMap((of) => (of ? [LAYERS[of]] : []));
  const todo = remedy(id);
  return element(
    "li",
    { class: `problem ${severity}` },
    element("strong", {}, `${SEVERITIES[severity]}: `),
    sentence(withoutKey(message, keys)),
    todo ? element("span", { class: "problem-remedy" }, todo) : "",
    keys.length > 0 ? element("span", { class: "problem-keys" }, ...keyNames(keys), where.length > 0 ? `, ${where.join(" and ")}` : "") : "",
  );
}

/**
 * For a message to whoever deployed it; secrets stay masked.
 *
 * @param {import("/pkg/index.js").Configuration} configuration
 */
function asText({ values, problems }) {
  const lines = Object.entries(values).map(([key, { value, layer }]) => `${key}: ${value} (${layer})`);
  return [...lines, ...problems.map(({ severity, message }) => `${severity}: ${message}`), ""].join("\n");
}
