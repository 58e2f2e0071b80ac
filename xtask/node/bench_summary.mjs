// Writes results of several engines as Markdown: bench_summary.mjs RESULTS.json…
import { readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { summary } from "../../www/bench/report.js";

const reports = await Promise.all(process.argv.slice(2).map(async (path) => JSON.parse(await readFile(path, "utf8"))));
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, load ${loadavg()[1].toFixed(1)} over the last five minutes`;
console.log(summary(reports, machine));
