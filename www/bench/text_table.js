/** Writes a case's result for a terminal. */

import { fullName, range, rounded, verdict, why } from "./report.js";

/** @typedef {import("./measure.js").CaseResult} CaseResult */
/** @typedef {import("./measure.js").Row} Row */

const NAME = 44;
const NUMBER = 22;

/**
 * @param {CaseResult} result
 * @param {string} engine
 */
export function textTable(result, engine) {
  const title = `${result.id}: ${result.events} events, ${rounded(result.bytes / 1e6)} MB`;
  const head = ["", "its time / ours", "ns an event", "MB/s"];
  return [title, line(head), ...result.rows.map((row) => line(columns(result, row, engine)))].join("\n");
}

/**
 * @param {CaseResult} result
 * @param {Row} row
 * @param {string} engine
 */
function columns(result, row, engine) {
  if (!row.nsPerEvent) return [fullName(row), why(row), "", ""];
  const target = verdict(result, row, engine);
  const goal = target ? `  target ${rounded(target.least)} ${target.met ? "met" : "MISSED"}` : "";
  return [
    fullName(row),
    row.ratio ? `${rounded(row.ratio.median)} (${range(row.ratio)})` : "",
    `${rounded(row.nsPerEvent.median)} (${range(row.nsPerEvent)})`,
    `${rounded(row.megabytesPerSecond ?? 0)}${goal}`,
  ];
}

/** @param {string[]} columns */
function line([name, ratio, time, rest]) {
  return `  ${name.padEnd(NAME)}${ratio.padStart(NUMBER)}${time.padStart(NUMBER)}  ${rest}`.trimEnd();
}
