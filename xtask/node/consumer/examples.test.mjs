// The examples, built as their package.json says and used: the host that their
// address names is agreed to, a question asked, the answer read.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { answerAsGateway } from "./gateway.mjs";
import { browse, readBody, sendFile } from "./headless.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const tools = createRequire(join(process.env.NODE_TOOLS, "package.json"));
const load = (name) => import(pathToFileURL(tools.resolve(name)));
const run = promisify(execFile);
const modules = join(here, "node_modules");
const installed = join(modules, "taskpane-connector");

/** What they install besides, as it lies with the tools. */
const INSTALLED = ["@anthropic-ai/sdk", "@types/react", "@types/react-dom", "react", "react-dom", "vite"];

async function viteProject(folder) {
  const tsc = join(process.env.NODE_TOOLS, "node_modules/typescript/bin/tsc");
  await run("node", [tsc, "--noEmit", "--project", folder]).catch(({ stdout }) => assert.fail(stdout));
  const { build } = await load("vite");
  await build({ root: folder, logLevel: "error" });
  return "dist/index.html";
}

const EXAMPLES = {
  async plain(folder) {
    await mkdir(join(folder, "node_modules"));
    await cp(installed, join(folder, "node_modules/taskpane-connector"), { recursive: true });
    return "index.html";
  },
  "vite-taskpane": viteProject,
  react: viteProject,
  async "official-sdk"(folder) {
    const { build } = await load("esbuild");
    const entryPoints = [join(folder, "main.js")];
    const outdir = join(folder, "dist");
    const { errors } = await build({ entryPoints, bundle: true, splitting: true, format: "esm", outdir, logLevel: "error" });
    assert.deepEqual(errors, []);
    for (const name of ["taskpane_connector_bg.wasm", "taskpane_connector_on_demand_bg.wasm"]) await cp(join(installed, name), join(outdir, name));
    await cp(join(folder, "index.html"), join(outdir, "index.html"));
    return "dist/index.html";
  },
};

/** In the page around a frame: does what a user would. */
async function useIn(frame) {
  const until = async (look) => {
    for (;;) {
      const found = look();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const find = (selector) => frame.contentDocument?.querySelector(selector);
  const shown = (selector) => until(() => [find(selector)].find((node) => node && !node.hidden && !node.disabled));
  const asked = await shown("#confirm");
  const host = asked.textContent;
  asked.click();
  await shown("#ask");
  await until(() => find("#status").textContent === "ready");
  const question = find("#question");
  // React listens to the event and compares with what it has set itself.
  const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(question), "value");
  set.call(question, "Who is there?");
  question.dispatchEvent(new frame.contentWindow.Event("input", { bubbles: true }));
  const ask = [...frame.contentDocument.querySelectorAll("#ask button")].find((button) => button.textContent === "Ask");
  await until(() => !ask.disabled);
  ask.click();
  const answer = await until(() => [find("#answer").innerText].find((text) => text.includes("Gateway")));
  return { host, answer };
}

const addresses = {};
const failures = {};
const reports = new Map();
const settled = new Map();
const asked = [];
let end;

async function answer(request, response, pathname) {
  if (pathname === "/report") {
    const { name, report } = JSON.parse(await readBody(request));
    reports.get(name)(report);
    response.end();
  } else if (pathname === "/all") {
    const gateway_url = `http://${request.headers.host}/gateway`;
    const frames = Object.entries(addresses).map(([name, address]) => {
      // The parameters of a manifest.
      const query = new URLSearchParams({ gateway_url: `${gateway_url}/${name}`, gateway_token: "gateway-token-0123456789" });
      return `<iframe id="${name}" src="/examples/${name}/${address}?${query.toString().replaceAll("&", "&amp;")}"></iframe>`;
    });
    const script = `
      for (const frame of document.querySelectorAll("iframe")) {
        const tell = (report) => fetch("/report", { method: "POST", body: JSON.stringify({ name: frame.id, report }) });
        (${useIn})(frame).then(tell, (error) => tell({ failed: String(error.stack) }));
      }`;
    response.setHeader("content-type", "text/html").end(`<!doctype html>${frames.join("")}<script>${script}</script>`);
  } else if (pathname.startsWith("/gateway/")) {
    const body = await answerAsGateway(request, response);
    if (body) asked.push([pathname.split("/")[2], body.messages, request.headers["x-api-key"]]);
  } else {
    await sendFile(response, here, pathname);
  }
}

before(async () => {
  await rm(join(here, "examples"), { recursive: true, force: true });
  await cp(process.env.EXAMPLES, join(here, "examples"), { recursive: true });
  for (const name of INSTALLED) {
    await mkdir(join(modules, name, ".."), { recursive: true });
    await rm(join(modules, name), { force: true });
    await symlink(join(process.env.NODE_TOOLS, "node_modules", name), join(modules, name), "dir");
  }
  for (const [name, make] of Object.entries(EXAMPLES)) {
    try {
      addresses[name] = await make(join(here, "examples", name));
      settled.set(name, new Promise((resolve) => reports.set(name, resolve)));
    } catch (error) {
      failures[name] = error;
    }
  }
  end = await browse("/all", answer);
});

after(() => end?.());

for (const name of Object.keys(EXAMPLES)) {
  test(name, { timeout: 60_000 }, async () => {
    if (failures[name]) throw failures[name];
    const report = await settled.get(name);
    assert.match(report.host ?? report.failed, /^Connect to 127\.0\.0\.1:\d+$/);
    assert.match(report.answer, /Grüße aus dem Gateway$/);
    // Connecting asks something too, before.
    const [, messages, token] = asked.findLast(([from]) => from === name);
    assert.deepEqual(messages, [{ role: "user", content: "Who is there?" }]);
    assert.equal(token, "gateway-token-0123456789");
  });
}

test("the list of them names each", async () => {
  const list = await readFile(join(here, "examples/README.md"), "utf8");
  const named = [...list.matchAll(/^\| \[([\w-]+)\]/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), Object.keys(EXAMPLES).sort());
});
