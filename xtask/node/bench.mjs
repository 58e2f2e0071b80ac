// Runs the benchmark in this Node: bench.mjs PACKAGE PEERS [--case PART]… [--rounds N] [--quick] [--json FILE]
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "../../www/bench/cases.js";
import { createContenders } from "../../www/bench/contenders/index.js";
import { EFFORTS, measure } from "../../www/bench/measure.js";
import { cells } from "../../www/bench/report.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const [package_, peers] = positionals.map((path) => pathToFileURL(path));
const ours = await import(new URL("index.js", `${package_}/`));
ours.initSync(await readFile(new URL("taskpane_connector_bg.wasm", `${package_}/`)));
const contenders = createContenders({ ours, peers: await import(peers) });

const effort = { ...EFFORTS[values.quick ? "quick" : "usual"] };
if (values.rounds) effort.rounds = Number(values.rounds);
const chosen = CASES.filter(({ id }) => values.case.length === 0 || values.case.some((part) => id.includes(part)));

const results = [];
for (const case_ of chosen) {
  const result = await measure(case_, contenders, effort);
  results.push(result);
  console.log(`${result.id}: ${result.events} events, ${(result.bytes / 1e6).toFixed(1)} MB`);
  for (const row of result.rows) {
    const [ratio, , ns, megabytes] = cells(result, row, "node");
    console.log(`  ${row.name.padEnd(42)} ${ratio.padStart(20)}  ${ns.padStart(20)} ns/event ${megabytes.padStart(7)} MB/s`);
  }
}
if (values.json) {
  const report = { engine: "node", version: `Node ${process.versions.node}`, rounds: effort.rounds, cases: results };
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
