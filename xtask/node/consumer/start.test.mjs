// The installed package starts in Node and says so when it hasn't.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";

import init, { NestedAppAuth, SseDecoder, isConnectorError, version } from "taskpane-connector";

const { resolve } = createRequire(import.meta.url);
const bytes = await readFile(resolve("taskpane-connector/taskpane_connector_bg.wasm"));

/** Matches the package's error with this code. */
const failsWith = (code) => (error) => {
  assert.ok(error instanceof Error, `a real Error: ${error}`);
  assert.ok(isConnectorError(error), `a ConnectorError: ${error}`);
  assert.equal(error.code, code);
  return true;
};

test("the version is the manifest's", async () => {
  const manifest = JSON.parse(await readFile(resolve("taskpane-connector/package.json"), "utf8"));
  assert.equal(version, manifest.version);
});

test("only what is exported can be imported", async () => {
  await assert.rejects(import("taskpane-connector/core.js"), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
});

test("the words of a diagnosis are a file of their own, and need no module", async () => {
  const { explain } = await import("taskpane-connector/explain");
  assert.match(explain({ verdict: "offline" }, {}).message, /offline/);
});

test("use before init says not-initialized", () => {
  assert.throws(() => new SseDecoder(), failsWith("not-initialized"));
});

test("bytes that are no module say module-failed", async () => {
  await assert.rejects(init(new Uint8Array([0, 1, 2, 3])), failsWith("module-failed"));
});

test("init succeeds after a failure, more than once, and resolves to nothing", async () => {
  assert.equal(await init(bytes), undefined);
  assert.equal(await init(), undefined);
});

test("a decoder decodes", () => {
  const decoder = new SseDecoder();
  const events = decoder.push(new TextEncoder().encode("id: 7\ndata: grüße\n\n"));
  assert.deepEqual(events, [{ event: "message", data: "grüße", id: "7" }]);
  decoder.finish();
});

test("what is loaded on demand is found", async () => {
  const opened = NestedAppAuth.open({ clientId: "b1f0c4de-0000-4000-8000-000000000001", timeouts: { bridgeMs: 1 } });
  await assert.rejects(opened, failsWith("host-unsupported"));
});
