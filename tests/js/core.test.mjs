// The boundary to the module: what is asked in vain, what is freed, and what
// is large.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { loader, moduleBytes, stage } from "./support.mjs";

const { CoreObject, call } = await import(new URL("core.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

const TOKEN = "token-0123456789abcdef";
const PARAMETERS = ["gateway_url", "https://gw.example.com", "gateway_token", TOKEN];

before(() => loader.initSync(moduleBytes));

const open = () => new CoreObject(call("open", [PARAMETERS, {}, true, "https://pane.example", 2]));

/** A connector that is ready for calls. */
function connected() {
  const connector = open();
  const discovery = new CoreObject(connector.call("plan", [undefined, false, undefined]));
  connector.call("begin", [discovery.number]);
  const { number } = discovery.call("poll");
  discovery.call("answered", [number, 200, []], '{"data":[{"id":"claude-a"}]}');
  discovery.call("poll");
  connector.call("succeed", [discovery.number]);
  discovery.free();
  return connector;
}

const refused = (code) => (error) => {
  assert.ok(isConnectorError(error), `${error}`);
  assert.equal(error.code, code);
  return true;
};

describe("what the module doesn't know", () => {
  test("is refused by name, and nothing else is the worse for it", () => {
    const connector = open();
    for (const ask of [
      () => call("nonsense"),
      () => call("state"),
      () => connector.call("poll"),
      () => connector.call("begin", [connector.number]),
      () => connector.call("begin", [-1]),
      () => connector.call("begin", ["1"]),
      () => new CoreObject(0x7fffffff).call("state"),
    ]) {
      assert.throws(ask, refused("module-failed"));
    }
    assert.equal(connector.call("state"), "needs-settings");
    connector.free();
  });

  test("is an object that was freed, which may be done twice", () => {
    const connector = open();
    connector.free();
    connector.free();
    assert.throws(() => connector.call("state"), refused("module-failed"));
    const next = open();
    assert.notEqual(next.number, connector.number);
    connector.free();
    assert.equal(next.call("state"), "needs-settings");
    next.free();
  });

  test("is a list of arguments that is none", () => {
    const core = loader.exports();
    for (const text of ["", "[", "null", "{}", "[1]", "\xff\xfe", '["state"', '"state"']) {
      const list = Uint8Array.from(text, (character) => character.charCodeAt(0));
      const room = core.core_room(0, list.length) >>> 0;
      new Uint8Array(core.memory.buffer).set(list, room);
      const found = core.core_call(0, Number.NaN, Number.NaN) >>> 0;
      assert.equal(new Uint32Array(core.memory.buffer, found, 1)[0], 3, text);
    }
    // Nothing was written at all.
    core.core_call(0, 0, 0);
    core.core_call(0, 0, 0);
  });
});

describe("a body", () => {
  test("is held no longer than its call, and neither is the answer", () => {
    const connector = connected();
    const size = () => loader.exports().memory.buffer.byteLength;
    const ask = () => {
      const params = { model: "claude-a", max_tokens: 1, messages: [{ role: "user", content: "x".repeat(1 << 20) }] };
      const message = new CoreObject(connector.call("messageCall", [true, []], JSON.stringify(params)));
      message.call("request");
      message.free();
    };
    ask();
    const once = size();
    for (let times = 0; times < 20; times += 1) ask();
    assert.equal(size(), once);
    connector.free();
  });

  test("is taken as it is, however large and whatever is in it", () => {
    const connector = connected();
    const text = `"\\\u{0}\u{1f600}${"é".repeat(3_000_000)}`;
    const params = { model: "claude-a", max_tokens: 1, messages: [{ role: "user", content: text }] };
    const message = new CoreObject(connector.call("messageCall", [true, []], JSON.stringify(params)));
    assert.deepEqual(JSON.parse(message.call("request").body), { ...params, stream: true });
    message.free();
    connector.free();
  });

  test("that should be text and isn't is refused", () => {
    const connector = connected();
    const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
    assert.throws(() => connector.call("messageCall", [true, []], bytes), refused("invalid-argument"));
    connector.free();
  });
});

test("a call in which the module stops says so, and so does every later one", async () => {
  const connector = open();
  // More than there can be.
  assert.throws(() => connector.call("reload", [{}], { length: 0xffffffff }), refused("module-failed"));
  assert.throws(() => connector.call("state"), refused("module-failed"));
  assert.throws(() => call("recordPrefix", [""]), refused("module-failed"));
  connector.free();
  await loader.init();
  assert.equal(call("recordPrefix", ["a"]), "taskpane-connector/2/a/");
  assert.throws(() => connector.call("state"), refused("module-failed"));
  connector.free();
});
