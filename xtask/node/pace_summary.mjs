// Writes how soon the page was ready and how long it was kept busy, in several
// engines, as Markdown: pace_summary.mjs RESULTS.json…
import { readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";

const reports = await Promise.all(process.argv.slice(2).map(async (path) => JSON.parse(await readFile(path, "utf8"))));
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, load ${loadavg()[1].toFixed(1)} over the last five minutes`;

/** The engine, by the names that it gives itself. */
const engineOf = ({ agent }) =>
  /Firefox\/\d+/.exec(agent)?.[0].replace("/", " ") ?? /Chrome\/\d+/.exec(agent)?.[0].replace("Chrome/", "Chromium ") ?? `WebKit (Safari ${/Version\/([\d.]+)/.exec(agent)?.[1]})`;

const at = (sorted, part) => sorted[Math.round((sorted.length - 1) * part)];

/** Median, 10th and 90th percentile. */
function told(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, middle, high] = [0.1, 0.5, 0.9].map((part) => at(sorted, part).toFixed(0));
  return `${middle} (${low}–${high})`;
}

const row = (name, cell) => `| ${name} | ${reports.map(cell).join(" | ")} |`;
const starts = (name) => (report) => told(report.starts.map((start) => start[name]));
const streams = (of) => ({ streams }) => told(streams.map(of));
const longTasks = ({ streams }) => {
  const all = streams.map(({ stream }) => stream.longTasks);
  return all.includes(null) ? "not told" : `${all.flat().length}${all.flat().length > 0 ? `, the longest ${Math.max(...all.flat()).toFixed(0)}` : ""}`;
};
const [{ streams: [first] }] = reports;

console.log(`# Pace

${machine}. Milliseconds: medians, in brackets p10–p90, of ${reports[0].starts.length} starts and ${reports[0].streams.length} answers.

| | ${reports.map(engineOf).join(" | ")} |
|---|${reports.map(() => "---:").join("|")}|
${row("navigation to the page's first line", starts("script"))}
${row("to the module started", starts("started"))}
${row("to a connector opened", starts("opened"))}
${row("**to ready**, models listed and the first asked; aim 100", starts("ready"))}
${row("an answer of 20 MB in pieces of 16 KiB", streams(({ stream }) => stream.tookMs))}
${row("longest gap between two tasks meanwhile", streams(({ stream }) => stream.gapMs))}
${row("the same of a page that does nothing, for as long", streams(({ idle }) => idle.gapMs))}
${row("long tasks (over 50), all answers together; aim none", longTasks)}

Each answer is ${first.stream.characters.toLocaleString("en")} characters of text.`);
