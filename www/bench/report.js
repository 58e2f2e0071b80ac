/** Writes results as Markdown. */

import { targetOf } from "./targets.js";

/** @typedef {import("./measure.js").CaseResult} CaseResult */
/** @typedef {import("./measure.js").Row} Row */
/** @typedef {import("./statistics.js").Spread} Spread */

/**
 * The results of an engine.
 *
 * @typedef {object} Report
 * @property {string} engine
 * @property {string} version
 * @property {number} rounds
 * @property {CaseResult[]} cases
 */

/** @param {number} value */
export function rounded(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param {Spread} spread */
export const range = ({ p10, p90 }) => `${rounded(p10)}–${rounded(p90)}`;

/**
 * Whether a row's ratio reaches its target; undefined where there is none.
 *
 * @param {CaseResult} result
 * @param {Row} row
 * @param {string} engine
 */
export function verdict({ id }, row, engine) {
  const least = targetOf(id, row.contender, engine);
  if (least === undefined || !row.ratio) return undefined;
  return { least, met: row.ratio.median >= least };
}

/** @param {Report} report */
export function markdown({ engine, version, rounds, cases }) {
  const lines = [
    `### ${version}`,
    "",
    `Time of each divided by ours, medians of ${rounds} rounds (p10–p90).`,
    "",
    "| case | decoder | ratio | target | ns an event | MB/s |",
    "|---|---|---:|---:|---:|---:|",
  ];
  for (const result of cases) {
    for (const row of result.rows) {
      lines.push(`| ${[result.id, row.name, ...cells(result, row, engine)].join(" | ")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/**
 * @param {CaseResult} result
 * @param {Row} row
 * @param {string} engine
 */
export function cells(result, row, engine) {
  if (row.status !== "measured" || !row.nsPerEvent) return [row.status === "missing" ? row.note : `${row.status}: ${row.note}`, "", "", ""];
  const target = verdict(result, row, engine);
  return [
    row.ratio ? `${rounded(row.ratio.median)} (${range(row.ratio)})` : row === result.rows[0] ? "1" : "",
    target ? `${rounded(target.least)} ${target.met ? "✓" : "✗"}` : "",
    `${rounded(row.nsPerEvent.median)} (${range(row.nsPerEvent)})`,
    rounded(row.megabytesPerSecond ?? 0),
  ];
}
