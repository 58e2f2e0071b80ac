// Lighthouse's accessibility score of the demo's pages: run.mjs CHROMIUM SIMULATOR ARGUMENT…

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { launch } from "chrome-launcher";
import lighthouse, { snapshot } from "lighthouse";
import puppeteer from "puppeteer-core";

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

const flags = { onlyCategories: ["accessibility"], logLevel: "error" };

function tell(name, { lhr }) {
  const { score, auditRefs } = lhr.categories.accessibility;
  console.log(`${name}: ${Math.round(score * 100)}${lhr.runtimeError ? ` (${lhr.runtimeError.message})` : ""}`);
  for (const { id, weight } of auditRefs) {
    if (weight > 0 && lhr.audits[id].score === 0) console.log(`  ${id}: ${lhr.audits[id].title}`);
  }
  if (score !== 1) process.exitCode = 1;
}

const { server, host } = await serve();
// Containers run everything as root, where the sandbox refuses to work.
const chromeFlags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const chrome = await launch({ chromePath, chromeFlags });
try {
  const { paneOrigin, gatewayUrl, gatewayToken } = await (await fetch(`${host}/host.json`)).json();
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
    tell(name, await lighthouse(url, { port: chrome.port, ...flags }));
  }
  const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${chrome.port}`, defaultViewport: { width: 320, height: 700 } });
  const page = await browser.newPage();
  await page.goto(`${paneOrigin}/taskpane.html?${link.replace("anything", gatewayToken)}`);
  await page.locator("#confirm-accept").click();
  await page.locator("#message").fill("a table and code");
  await page.locator("#send").click();
  await page.locator(".answer-foot").wait();
  tell("the pane, chat", await snapshot(page, { flags }));
  await page.locator("#open-settings").click();
  await page.locator("#test-connection").click();
  await page.locator("#test-result .success").wait();
  tell("the pane, settings", await snapshot(page, { flags }));
  await page.locator("#open-configuration").click();
  await page.locator("#configuration-layers .layer-values").wait();
  tell("the pane, configuration", await snapshot(page, { flags }));
  await page.locator("#checks-tab").click();
  await page.locator("#diagnosis-run").click();
  await page.locator("#diagnosis-result .success").wait();
  await page.locator("#allowlist > summary").click();
  await page.locator("#allowlist-text dl").wait();
  tell("the pane, diagnostics", await snapshot(page, { flags }));
  await browser.disconnect();
} finally {
  chrome.kill();
  server.kill();
}
