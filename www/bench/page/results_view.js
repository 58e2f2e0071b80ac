/** Shows a case's result: a chart, and the same numbers in a table. */

import { element } from "../../element.js";
import { LEVELS } from "../cases.js";
import { fullName, range, rounded, verdict, why } from "../report.js";
import { chart } from "./chart.js";

/** @typedef {import("../measure.js").CaseResult} CaseResult */
/** @typedef {import("../measure.js").Row} Row */

/**
 * @param {CaseResult} result
 * @param {string} title
 * @param {string} engine
 */
export function caseResult(result, title, engine) {
  const { id, level, rows, events, bytes } = result;
  const heading = element("h3", { id: `result-${id}` }, title);
  const facts = element("p", { class: "muted" }, `${LEVELS[/** @type {1 | 2 | 3} */ (level)]}. ${events.toLocaleString("en")} events, ${rounded(bytes / 1e6)} MB.`);
  const head = element("tr", {}, ...["Decoder", "Ratio", "ns an event", "MB/s"].map((text) => element("th", { scope: "col" }, text)));
  const body = element("tbody", {}, ...rows.map((row) => tableRow(result, row, engine)));
  const table = element("table", { class: "numbers", "aria-labelledby": heading.id }, element("thead", {}, head), body);
  return element("section", { class: "case-result", "aria-labelledby": heading.id }, heading, facts, chart(rows), table);
}

/**
 * @param {CaseResult} result
 * @param {Row} row
 * @param {string} engine
 */
function tableRow(result, row, engine) {
  const name = element("th", { scope: "row" }, fullName(row));
  if (!row.nsPerEvent) {
    return element("tr", {}, name, element("td", { colspan: 3, class: "why" }, why(row)));
  }
  const target = verdict(result, row, engine);
  const goal = target ? [element("span", { class: "spread" }, `goal ${rounded(target.least)}: ${target.met ? "met" : "missed"}`)] : [];
  const ratio = row.ratio
    ? element("td", {}, `${rounded(row.ratio.median)}×`, element("span", { class: "spread" }, range(row.ratio)), ...goal)
    : element("td", {}, "");
  const time = element("td", {}, rounded(row.nsPerEvent.median), element("span", { class: "spread" }, range(row.nsPerEvent)));
  return element("tr", {}, name, ratio, time, element("td", {}, rounded(row.megabytesPerSecond ?? 0)));
}
