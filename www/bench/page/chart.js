/** Draws a case: a bar for each decoder, as long as an event takes it. */

import { rounded } from "../report.js";

/** @typedef {import("../measure.js").Row} Row */

const SVG = "http://www.w3.org/2000/svg";

/** Pixels. Widths are shares of the chart's own, so that it fits any pane. */
const ROW = 36;
const TEXT = 11;
const BAR = 10;
const BAR_TOP = 18;

/**
 * @param {Row[]} rows
 * @returns {SVGSVGElement}
 */
export function chart(rows) {
  const measured = rows.filter((row) => row.nsPerEvent !== undefined);
  const longest = Math.max(...measured.map(({ nsPerEvent }) => nsPerEvent?.p90 ?? 0));
  const share = (/** @type {number} */ time) => `${(100 * time) / longest}%`;
  const words = measured.map(({ name, nsPerEvent }) => `${name} ${rounded(nsPerEvent?.median ?? 0)} nanoseconds`);
  const picture = node("svg", { class: "chart", role: "img", height: measured.length * ROW, "aria-label": `Time per event: ${words.join(", ")}` });
  for (const [index, row] of measured.entries()) {
    const { median, p10, p90 } = row.nsPerEvent ?? { median: 0, p10: 0, p90: 0 };
    const top = index * ROW;
    const emphasis = row.kind === "ours" && index === 0 ? " ours-text" : "";
    const middle = top + BAR_TOP + BAR / 2;
    picture.append(
      node("text", { x: 0, y: top + TEXT, class: `name${emphasis}` }, row.name),
      node("text", { x: "100%", y: top + TEXT, class: `value${emphasis}` }, row.ratio ? `${rounded(row.ratio.median)}×` : `${rounded(median)} ns`),
      node("rect", { x: 0, y: top + BAR_TOP, width: "100%", height: BAR, rx: 2, class: "track" }),
      node("rect", { x: 0, y: top + BAR_TOP, width: share(median), height: BAR, rx: 2, class: `bar ${row.kind}` }),
      node("line", { x1: share(p10), x2: share(p90), y1: middle, y2: middle, class: "range" }),
    );
  }
  return /** @type {SVGSVGElement} */ (picture);
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function node(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}
