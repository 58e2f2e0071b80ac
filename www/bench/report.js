/** Writes results as Markdown: an engine's in full, and several engines' side by side. */

import { TARGETS } from "./targets.js";

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

const withRange = (/** @type {Spread} */ spread) => `${rounded(spread.median)} (${range(spread)})`;

/**
 * Whether a row's ratio reaches its target; undefined where there is none.
 *
 * @param {CaseResult} result
 * @param {Row} row
 * @param {string} engine
 */
export function verdict({ id }, row, engine) {
  const target = TARGETS.find((candidate) => candidate.case === id && candidate.contender === row.contender);
  const least = target?.least[/** @type {import("./targets.js").Engine} */ (engine)];
  if (least === undefined || !row.ratio) return undefined;
  return { least, met: row.ratio.median >= least };
}

/**
 * What stands in the place of a row's numbers.
 *
 * @param {Row} row
 */
export const why = (row) => (row.status === "missing" ? (row.note ?? "") : `${row.status}: ${row.note}`);

/** @param {Row} row */
export const fullName = ({ name, version }) => (version ? `${name} ${version}` : name);

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
    for (const row of result.rows) lines.push(`| ${[result.id, fullName(row), ...cells(result, row, engine)].join(" | ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * @param {CaseResult} result
 * @param {Row} row
 * @param {string} engine
 */
function cells(result, row, engine) {
  if (!row.nsPerEvent) return [why(row), "", "", ""];
  const target = verdict(result, row, engine);
  return [
    row.ratio ? withRange(row.ratio) : "",
    target ? `${rounded(target.least)} ${target.met ? "✓" : "✗"}` : "",
    withRange(row.nsPerEvent),
    rounded(row.megabytesPerSecond ?? 0),
  ];
}

/**
 * @param {Report[]} reports
 * @param {string} machine
 */
export function summary(reports, machine) {
  const versions = reports.map(({ version }) => version);
  const header = (/** @type {string} */ first) => [`| ${[first, "decoder", ...versions].join(" | ")} |`, `|---|---|${"---:|".repeat(versions.length)}`];
  const lines = [
    "# Results",
    "",
    `${versions.join(", ")}. Machine: ${machine}. Medians of ${reports[0].rounds} rounds, in brackets p10–p90.`,
    "",
    "Its time divided by ours; with a target, whether it is reached:",
    "",
    ...header("case"),
  ];
  const rows = (/** @type {(result: CaseResult, row: Row, engine: string) => string} */ cell) => {
    for (const result of reports[0].cases) {
      for (const row of result.rows) {
        const found = reports.map(({ engine, cases }) => {
          const same = cases.find(({ id }) => id === result.id);
          const itsRow = same?.rows.find(({ contender, name }) => contender === row.contender && name === row.name);
          return same && itsRow ? cell(same, itsRow, engine) : "";
        });
        if (found.some((text) => text !== "")) lines.push(`| ${[result.id, fullName(row), ...found].join(" | ")} |`);
      }
    }
  };
  rows((result, row, engine) => {
    if (!row.nsPerEvent) return why(row);
    if (!row.ratio) return "";
    const target = verdict(result, row, engine);
    return withRange(row.ratio) + (target ? `, ${rounded(target.least)} ${target.met ? "✓" : "✗"}` : "");
  });
  lines.push("", "Nanoseconds an event:", "", ...header("case"));
  rows((_, row) => (row.nsPerEvent ? withRange(row.nsPerEvent) : ""));
  return lines.join("\n");
}
