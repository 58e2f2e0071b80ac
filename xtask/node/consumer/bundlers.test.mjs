// The installed package as bundlers make pages of it, and without one: all of
// them in one headless browser.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { browse, readBody, sendFile } from "./headless.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const tools = createRequire(join(process.env.NODE_TOOLS, "package.json"));
const load = (name) => import(pathToFileURL(tools.resolve(name)));
const installed = join(here, "node_modules/taskpane-connector");
const { version } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));

/** Which no bundler without a word for it copies. */
const MODULES = ["taskpane_connector_bg.wasm", "taskpane_connector_on_demand_bg.wasm"];
const copyModules = (to) => Promise.all(MODULES.map((name) => copyFile(join(installed, name), join(to, name))));

/** Writes a project's page beside its scripts. */
const page = (to, script) =>
  writeFile(join(to, "index.html"), `<!doctype html><meta charset="utf-8"><title>Bundled</title>${script}`);

let dev;

/** Each project makes its files in `to` and gives the address of its page. */
const PROJECTS = {
  async vite(to) {
    const { build } = await load("vite");
    await build({ root: here, base: "./", logLevel: "error", configFile: false, build: { outDir: to }, worker: { format: "es" } });
    return "vite/index.html";
  },
  async "vite dev"() {
    const { createServer } = await load("vite");
    const server = { host: "127.0.0.1", port: 0, hmr: false };
    dev = await createServer({ root: here, logLevel: "error", configFile: false, server });
    await dev.listen();
    return `http://127.0.0.1:${dev.httpServer.address().port}/index.html`;
  },
  async webpack(to) {
    const { default: webpack } = await load("webpack");
    const output = { path: to, filename: "main.js" };
    const compiler = webpack({ mode: "production", context: here, entry: "./main.js", output, performance: { hints: false } });
    const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
    assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString());
    await page(to, `<script defer src="main.js"></script>`);
    return "webpack/index.html";
  },
  async rollup(to) {
    const { rollup } = await load("@rollup/wasm-node");
    const { nodeResolve } = await load("@rollup/plugin-node-resolve");
    const input = { main: join(here, "main.js"), worker: join(here, "worker.js") };
    const warnings = [];
    const bundle = await rollup({ input, plugins: [nodeResolve({ browser: true })], onwarn: (warning) => warnings.push(warning) });
    await bundle.write({ dir: to, format: "es" });
    assert.deepEqual(warnings.map(({ message }) => message), []);
    await copyModules(to);
    await page(to, `<script type="module" src="main.js"></script>`);
    return "rollup/index.html";
  },
  async esbuild(to) {
    const { build } = await load("esbuild");
    const entryPoints = [join(here, "main.js"), join(here, "worker.js")];
    await build({ entryPoints, bundle: true, splitting: true, format: "esm", outdir: to, logLevel: "error" });
    await copyModules(to);
    await page(to, `<script type="module" src="main.js"></script>`);
    return "esbuild/index.html";
  },
  plain: async () => "/plain.html",
  standalone: async () => "/standalone.html",
  forged: async () => "/forged.html",
  versions: async () => "/versions.html",
};

const reports = new Map();
const addresses = {};
const failures = {};
let out;
let settled;
let end;

/** One page frames all of them; each tells what came of it. */
async function answer(request, response, pathname) {
  if (pathname === "/report") {
    const { project, report } = JSON.parse(await readBody(request));
    reports.get(project)?.(report);
    response.end();
  } else if (pathname === "/all") {
    const origin = `http://${request.headers.host}`;
    const frames = Object.entries(addresses).map(([project, address]) => {
      const src = new URL(address, `${origin}/out/`);
      src.search = new URLSearchParams({ project, report: `${origin}/report` });
      return `<iframe src="${src.href.replaceAll("&", "&amp;")}"></iframe>`;
    });
    response.setHeader("content-type", "text/html").end(`<!doctype html>${frames.join("")}`);
  } else if (pathname.startsWith("/out/")) {
    await sendFile(response, out, pathname.slice("/out".length));
  } else {
    // The hash of another file than the page loads.
    const forged = pathname === "/forged.html";
    const hash = await hashOf(forged ? "index.js" : "standalone.js");
    const change = (bytes) => (pathname.endsWith(".html") ? bytes.toString().replace("STANDALONE_HASH", hash) : bytes);
    await sendFile(response, here, forged ? "/standalone.html" : pathname, change);
  }
}

const hashOf = async (name) => `sha384-${createHash("sha384").update(await readFile(join(installed, name))).digest("base64")}`;

before(async () => {
  out = await mkdtemp(join(tmpdir(), "bundlers-"));
  for (const [name, make] of Object.entries(PROJECTS)) {
    const to = join(out, name);
    await mkdir(to);
    try {
      addresses[name] = await make(to);
    } catch (error) {
      failures[name] = error;
    }
  }
  settled = Object.keys(addresses).map((name) => [name, new Promise((resolve) => reports.set(name, resolve))]);
  end = await browse("/all", answer);
});

after(async () => {
  await end();
  await dev?.close();
  await rm(out, { recursive: true, force: true });
});

const WORKS = { version, states: ["ready", "needs-settings"], stream: "Grüße", served: "Grüße", signIn: "host-unsupported" };

for (const name of Object.keys(PROJECTS)) {
  test(name, { timeout: 120_000 }, async () => {
    if (failures[name]) throw failures[name];
    const { page, worker, ...others } = await new Map(settled).get(name);
    if (name === "forged") return assert.equal(others.failed, "refused");
    assert.equal(others.failed, undefined);
    assert.deepEqual(page, WORKS);
    if (worker) assert.deepEqual(worker, WORKS);
    if (name === "standalone") assert.deepEqual(others.loaded, ["standalone.js", "use.js"]);
    if (name === "versions") assert.deepEqual(others, { other: WORKS, recognised: true, apart: true });
    assert.equal(worker === undefined, ["plain", "standalone", "versions"].includes(name));
  });
}
