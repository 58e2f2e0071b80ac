// Runs the benchmark in this Node: bench.mjs PACKAGE PEERS RESULTS [--case PART]… [--rounds N] [--quick]
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "../../www/bench/cases.js";
import { createContenders } from "../../www/bench/contenders/index.js";
import { EFFORTS, measure } from "../../www/bench/measure.js";
import { textTable } from "../../www/bench/text_table.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    case: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const [package_, peers, results] = positionals.map((path) => pathToFileURL(path));
const ours = await import(new URL("index.js", `${package_}/`));
ours.initSync(await readFile(new URL("taskpane_connector_bg.wasm", `${package_}/`)));
const contenders = createContenders({ ours, peers: await import(peers) });

const effort = { ...EFFORTS[values.quick ? "quick" : "usual"] };
if (values.rounds) effort.rounds = Number(values.rounds);
const chosen = CASES.filter(({ id }) => values.case.length === 0 || values.case.some((part) => id.includes(part)));

const cases = [];
for (const case_ of chosen) {
  const result = await measure(case_, contenders, effort);
  cases.push(result);
  console.log(textTable(result, "node"));
}
const report = { engine: "node", version: `Node ${process.versions.node}`, rounds: effort.rounds, cases };
await writeFile(results, `${JSON.stringify(report, undefined, 2)}\n`);
