// What a connector keeps between two openings of the pane, by its public face.

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, test } from "node:test";

import { hello } from "./hello.mjs";
import { Clock, Origin, replaceGlobals, silentDatabases } from "./origin.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));

before(() => loader.init(moduleBytes));

const TOKEN = "token-0123456789abcdef";
const settings = { gateway_url: "https://gw.example.com", gateway_token: TOKEN, model: "claude-a" };
const marker = [["taskpane-connector/1//signed-out", "1"], ["taskpane-connector/2//signed-out", "1"]];
const fetch = async (url) => {
  const answer = url.includes("/v1/models") ? { data: [{ id: "claude-a" }] } : hello("claude-a");
  return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
};

let origin;
const connectors = [];
const restoring = [];
beforeEach(() => (origin = new Origin()));
afterEach(() => {
  for (const connector of connectors.splice(0)) connector.free();
  for (const restore of restoring.splice(0).reverse()) restore();
  origin.leave();
});

const opened = async (options) => {
  const connector = await Connector.open({ fetch, maxRetries: 0, timeouts: { storageMs: 60_000 }, ...options });
  connectors.push(connector);
  return connector;
};
const connected = async (options) => {
  const connector = await opened(options);
  await connector.connect(settings);
  return connector;
};
/** The state of a pane that is opened now and connects by itself. */
const reopened = async (options) => {
  const connector = await opened(options);
  await connector.connect();
  return connector.state;
};
const problems = (connector) => connector.configuration.problems.map(({ id }) => id);
const told = (connector, change) =>
  new Promise((resolve) => {
    const stop = connector.onChange((what) => what === change && resolve(stop()));
  });
const texts = () => [...origin.local].sort();
/** What the version before this one kept. */
const former = {
  "taskpane-connector/1//settings": JSON.stringify({ v: 1, values: { gateway_url: settings.gateway_url }, overrode: {}, confirmed: [] }),
  "taskpane-connector/1//secrets": JSON.stringify({ v: 1, audience: settings.gateway_url, user: { gateway_token: TOKEN }, manifest: {} }),
};
const put = (records) => {
  for (const [name, text] of Object.entries(records)) origin.local.set(name, text);
};

test("the next pane connects with it, and nothing of it lies in the clear", async () => {
  const connector = await connected();
  assert.deepEqual(connector.storage, { kind: "local", persistent: true, protection: "encrypted" });
  assert.equal(await reopened(), "ready");
  assert.ok(!JSON.stringify(texts()).includes(TOKEN));
});

test("has been written when connect is done", async () => {
  await connected();
  const { size } = origin.local;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual([size, origin.local.size], [2, 2]);
});

test("is deleted with its key by a sign-out, which leaves its mark and what others keep", async () => {
  const others = { theirs: "1", "taskpane-connector": "2", "taskpane-connector/2/other/settings": "3", "taskpane-connector/99//settings": "4" };
  put(others);
  const connector = await connected();
  await connector.signOut();
  assert.deepEqual(texts(), [...Object.entries(others), ...marker].sort());
  assert.deepEqual(await origin.stored(), {});
  assert.equal(await reopened(), "needs-settings");
  // The user acts.
  const again = await connected();
  assert.equal(again.state, "ready");
  assert.equal(await reopened(), "ready");
});

test("a record that doesn't open is dropped and told, and costs only itself", async () => {
  const name = "taskpane-connector/2//settings";
  for (const broken of ["", "{", "[]", "{}\nAAAA", '{"v":2}\n', "\u0000", "null"]) {
    await connected();
    origin.local.set(name, broken);
    const connector = await opened();
    assert.deepEqual(problems(connector), ["record-dropped"], broken);
    assert.equal(origin.local.has(name), false, broken);
    assert.equal(origin.local.has("taskpane-connector/2//secrets"), true, broken);
    assert.deepEqual(problems(await opened()), [], broken);
  }
});

test("records whose key is gone are dropped and told", async () => {
  await connected();
  await origin.replaceKey("taskpane-connector/2//local");
  const connector = await opened();
  assert.deepEqual(problems(connector), ["record-dropped", "record-dropped"]);
  assert.deepEqual(texts(), []);
  assert.equal((await connected()).storage.protection, "encrypted");
});

test("what lies in the clear is sealed by the next pane that can", async () => {
  const restore = replaceGlobals({ indexedDB: () => undefined });
  const connector = await connected();
  assert.equal(connector.storage.protectionReason, "indexeddb-absent");
  assert.ok(JSON.stringify(texts()).includes(TOKEN));
  restore();
  await opened();
  assert.ok(!JSON.stringify(texts()).includes(TOKEN));
  assert.equal(await reopened(), "ready");
});

test("a storage that was cleared meanwhile takes what is new", async () => {
  const connector = await connected();
  origin.local.clear();
  await connector.connect(settings);
  assert.equal(await reopened(), "ready");
});

describe("what the version before kept", () => {
  test("is taken over, sealed, and removed", async () => {
    put(former);
    const connector = await opened();
    assert.ok(!JSON.stringify(texts()).includes(TOKEN));
    assert.deepEqual([...origin.local.keys()].sort(), ["taskpane-connector/2//secrets", "taskpane-connector/2//settings"]);
    await connector.connect();
    assert.equal(connector.state, "ready");
    assert.equal(await reopened(), "ready");
  });

  test("is taken over where nothing can be sealed", async () => {
    restoring.push(replaceGlobals({ indexedDB: () => undefined }));
    put(former);
    assert.equal(await reopened(), "ready");
    assert.deepEqual([...origin.local.keys()].sort(), ["taskpane-connector/2//secrets", "taskpane-connector/2//settings"]);
  });

  test("counts when a pane of that version connects after this one", async () => {
    const connector = await connected();
    put({ ...former, "taskpane-connector/1//settings": former["taskpane-connector/1//settings"].replace("}", ',"model":"theirs"}') });
    const heard = told(connector, "configuration");
    origin.tellOfChange("taskpane-connector/1//settings");
    await heard;
    await told(connector, "storage");
    // This one stays where it is; the next goes where the user went last.
    assert.deepEqual([connector.state, connector.configuration.values.model.value], ["ready", "claude-a"]);
    assert.ok(!JSON.stringify(texts()).includes(TOKEN));
    assert.equal((await opened()).configuration.values.model.value, "theirs");
  });

  test("a sign-out there signs out here, and the other way round", async () => {
    const connector = await connected();
    put({ "taskpane-connector/1//signed-out": "1" });
    const heard = told(connector, "storage");
    origin.tellOfChange("taskpane-connector/1//signed-out");
    await heard;
    assert.equal(connector.state, "needs-settings");
    assert.deepEqual(texts(), marker);
    assert.deepEqual(await origin.stored(), {});
    assert.equal(await reopened(), "needs-settings");
  });
});

describe("other panes", () => {
  test("notice a sign-out, and what was under way there ends", async () => {
    const [here, there] = [await connected(), await opened()];
    await there.connect();
    assert.equal(there.state, "ready");
    await here.signOut();
    const heard = told(there, "state");
    origin.tellOfChange("taskpane-connector/2//signed-out");
    await heard;
    assert.equal(there.state, "needs-settings");
    assert.deepEqual(texts(), marker);
  });

  test("read what is kept once for many signals", async () => {
    const connector = await connected();
    let configurations = 0;
    connector.onChange((change) => (configurations += change === "configuration" ? 1 : 0));
    const heard = told(connector, "storage");
    for (const name of ["settings", "secrets", "signed-out"]) origin.tellOfChange(`taskpane-connector/2//${name}`);
    await heard;
    assert.equal(configurations, 1);
    const again = told(connector, "storage");
    origin.tellOfChange("taskpane-connector/2//settings");
    await again;
    assert.equal(configurations, 2);
  });

  test("don't hear of names that are none of theirs", async () => {
    const connector = await connected();
    let changes = 0;
    connector.onChange(() => (changes += 1));
    for (const name of ["theirs", "taskpane-connector/2/p/settings", "taskpane-connector/2//more"]) origin.tellOfChange(name);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(changes, 0);
  });

  test("a signal to one that is freed does no harm", async () => {
    const connector = await connected();
    origin.tellOfChange("taskpane-connector/2//settings");
    connector.free();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe("a key that does not come", () => {
  let silent;
  let clock;
  beforeEach(() => {
    clock = new Clock();
    restoring.push(replaceGlobals(clock.globals));
  });
  const silence = () => {
    silent = silentDatabases(origin.databases);
    restoring.push(replaceGlobals({ indexedDB: () => silent.databases }));
  };

  test("doesn't hold up the pane, and connects it when it comes", async () => {
    await connected();
    silence();
    const connector = await clock.until(opened());
    await connector.connect();
    assert.equal(connector.state, "needs-settings");
    assert.deepEqual(problems(connector), ["record-locked", "record-locked"]);
    assert.deepEqual(connector.storage, { kind: "memory", persistent: false, protection: "none", reason: "locked" });
    const heard = told(connector, "models");
    silent.release();
    // What was asked for before is done now.
    await heard;
    assert.deepEqual(problems(connector), []);
    assert.equal(connector.storage.protection, "encrypted");
    assert.equal(connector.state, "ready");
  });

  test("connects nothing that the page has not asked for", async () => {
    await connected();
    silence();
    const connector = await clock.until(opened());
    const heard = told(connector, "storage");
    silent.release();
    await heard;
    assert.equal(connector.state, "needs-settings");
    await connector.connect();
    assert.equal(connector.state, "ready");
  });

  test("lets the user connect meanwhile, and keeps that later", async () => {
    silence();
    const connector = await clock.until(connected());
    assert.equal(connector.state, "ready");
    assert.deepEqual(texts(), []);
    const heard = told(connector, "storage");
    silent.release();
    await heard;
    assert.equal(connector.state, "ready");
    assert.equal(await reopened(), "ready");
  });

  test("sign-out doesn't wait for it for ever", async () => {
    await connected();
    silence();
    const connector = await clock.until(connected());
    await connector.signOut();
    assert.deepEqual(texts(), marker);
  });
});

test("opening touches no network, and waits for nothing where nothing is asked", async () => {
  put(former);
  const connector = await opened({
    fetch: () => {
      throw new Error("the network was asked");
    },
  });
  assert.equal(connector.state, "needs-settings");
});
