// The README's quick start, word for word, in a page that has what it leaves to
// the page, and nothing else.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import { ANSWER, MODEL, answerAsGateway } from "./gateway.mjs";
import { browse, readBody, sendFile } from "./headless.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const tools = createRequire(join(process.env.NODE_TOOLS, "package.json"));
const readme = await readFile(join(here, "node_modules/taskpane-connector/README.md"), "utf8");

/** The first code under a heading. */
function codeUnder(heading) {
  const [, code] = readme.split(`\n## ${heading}\n`)[1]?.match(/^```js\n([^]*?)^```$/m) ?? [];
  assert.ok(code, `there is no code under ${heading}`);
  return code;
}

const QUICK_START = codeUnder("Quick start for a taskpane");
const WITH_SDK = codeUnder("With the official SDK");

/** What the code calls the page's own, and the address that it writes for the gateway's. */
const PAGE = `
  const report = { states: [], asked: [], shown: [] };
  const answer = document.body.appendChild(document.createElement("p"));
  // What one page keeps is no other's.
  globalThis.Office = { context: { partitionKey: document.title } };
  const token = "gateway-token-0123456789";
  const messages = [{ role: "user", content: "Hi" }];
  const render = (state) => report.states.push(state);
  const userAgreesTo = ({ host }) => report.asked.push(host);
  const show = (...what) => report.shown.push(what);
  const { fetch: send } = globalThis;
  globalThis.fetch = (address, init) => send(String(address).replace("https://gateway.example.com", location.origin + "/gateway/typed"), init);
  const tell = (more) => send("/report", { method: "POST", body: JSON.stringify({ name: document.title, report: { ...report, ...more } }) });
  addEventListener("error", ({ message }) => tell({ failed: message }));
  addEventListener("unhandledrejection", ({ reason }) => tell({ failed: String(reason?.stack ?? reason) }));`;

const pageOf = (name, script) => `<!doctype html>
<meta charset="utf-8">
<title>${name}</title>
<script type="importmap">{ "imports": { "taskpane-connector": "/node_modules/taskpane-connector/index.js" } }</script>
<body>
<script>${PAGE}</script>
<script type="module">${script}</script>`;

const PAGES = {
  "what the manifest says": pageOf("what the manifest says", `${QUICK_START}\ntell({ answer: answer.textContent });`),
  "what the user types": pageOf("what the user types", `${QUICK_START}\ntell({ answer: answer.textContent });`),
  "the official SDK": pageOf("the official SDK", `import "/with_sdk.js";`),
};

const out = await mkdtemp(join(tmpdir(), "quick-start-"));
const reports = new Map();
const settled = new Map(Object.keys(PAGES).map((name) => [name, new Promise((resolve) => reports.set(name, resolve))]));
const bodies = [];
let end;

async function answer(request, response, pathname) {
  const name = decodeURIComponent(pathname.slice(1));
  if (pathname === "/report") {
    const { name, report } = JSON.parse(await readBody(request));
    reports.get(name)(report);
    response.end();
  } else if (pathname === "/all") {
    const configured = new URLSearchParams({ gateway_url: `http://${request.headers.host}/gateway/manifest`, gateway_token: "gateway-token-0123456789" });
    const frames = Object.keys(PAGES).map((name) => {
      const query = name === "what the user types" ? "" : `?${configured.toString().replaceAll("&", "&amp;")}`;
      return `<iframe src="/${encodeURIComponent(name)}${query}"></iframe>`;
    });
    response.setHeader("content-type", "text/html").end(`<!doctype html>${frames.join("")}`);
  } else if (pathname.startsWith("/gateway/")) {
    const body = await answerAsGateway(request, response);
    if (body) bodies.push(body);
  } else if (PAGES[name]) {
    response.setHeader("content-type", "text/html").end(PAGES[name]);
  } else {
    await sendFile(response, pathname === "/with_sdk.js" ? out : here, pathname);
  }
}

/** The package stays beside it, as the page's import map has it. */
async function bundleWithSdk() {
  const folder = join(here, "node_modules/@anthropic-ai");
  await mkdir(folder, { recursive: true });
  await rm(join(folder, "sdk"), { force: true });
  await symlink(join(process.env.NODE_TOOLS, "node_modules/@anthropic-ai/sdk"), join(folder, "sdk"), "dir");
  const connected = `${QUICK_START}\n`;
  // The imports of both stand first, whoever's they are.
  await writeFile(join(here, "with_sdk.js"), `${connected}\n{\n${WITH_SDK.replace(/^import .*$/m, "")}\nconst answer = await stream.finalText();\ntell({ answer });\n}\n${WITH_SDK.match(/^import .*$/m)[0]}`);
  const { build } = await import(pathToFileURL(tools.resolve("esbuild")));
  const options = { bundle: true, format: "esm", target: "es2022", external: ["taskpane-connector"], logLevel: "error" };
  await build({ ...options, entryPoints: [join(here, "with_sdk.js")], outfile: join(out, "with_sdk.js") });
}

before(async () => {
  await bundleWithSdk();
  end = await browse("/all", answer);
});
after(async () => {
  await end?.();
  await rm(out, { recursive: true });
});

for (const name of Object.keys(PAGES)) {
  test(name, { timeout: 60_000 }, async () => {
    const report = await settled.get(name);
    assert.equal(report.failed, undefined);
    assert.deepEqual(report.shown, []);
    assert.equal(report.answer, ANSWER);
    assert.ok(report.states.includes("ready"));
    assert.equal(report.asked.length, name === "what the user types" ? 0 : 1);
  });
}

test("the gateway was asked what the README asks", () => {
  const questions = bodies.map(({ messages }) => messages[0].content).filter((content) => content === "What does XLOOKUP do?");
  assert.equal(questions.length, Object.keys(PAGES).length);
  assert.ok(bodies.every(({ model }) => model === MODEL));
});
