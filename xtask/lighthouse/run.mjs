// Lighthouse's accessibility score of the demo's pages: run.mjs CHROMIUM SIMULATOR ARGUMENT…

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, simulator, ...words] = process.argv.slice(2);

/** The demo on free ports, and where its host page is. */
async function serve() {
  const server = spawn(simulator, words, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(server.stdout)) {
    const host = line.match(/^Open (\S+)\/ /)?.[1];
    if (host) return { server, host };
  }
  throw new Error("the simulated organisation doesn't start");
}

const { server, host } = await serve();
// Containers run everything as root, where the sandbox refuses to work.
const chromeFlags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const chrome = await launch({ chromePath, chromeFlags });
try {
  const { paneOrigin, gatewayUrl } = await (await fetch(`${host}/host.json`)).json();
  const link = `gateway_url=${encodeURIComponent(gatewayUrl)}&gateway_token=anything`;
  const pages = [
    ["the application's page", `${host}/`],
    ["the pane, first run", `${paneOrigin}/taskpane.html`],
    ["the pane, in the dark", `${paneOrigin}/taskpane.html?theme=dark`],
    ["the pane, asked before it connects", `${paneOrigin}/taskpane.html?${link}`],
    ["the benchmark", `${paneOrigin}/bench.html`],
    ["the entry", `${paneOrigin}/index.html`],
  ];
  for (const [name, url] of pages) {
    const { lhr } = await lighthouse(url, { port: chrome.port, onlyCategories: ["accessibility"], logLevel: "error" });
    const { score, auditRefs } = lhr.categories.accessibility;
    console.log(`${name}: ${Math.round(score * 100)}${lhr.runtimeError ? ` (${lhr.runtimeError.message})` : ""}`);
    for (const { id, weight } of auditRefs) {
      if (weight > 0 && lhr.audits[id].score === 0) console.log(`  ${id}: ${lhr.audits[id].title}`);
    }
    if (score !== 1) process.exitCode = 1;
  }
} finally {
  chrome.kill();
  server.kill();
}
