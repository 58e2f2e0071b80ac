// What the module can be started from. Each case loads the loader anew.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { moduleBytes, stage } from "./support.mjs";

const { isConnectorError } = await import(new URL("error.js", stage));

let copies = 0;
const fresh = () => import(new URL(`loader.js?copy=${(copies += 1)}`, stage));

const ADDRESS = "https://pane.example/module.wasm";
const answer = (type, init) => new Response(moduleBytes, { headers: type ? { "content-type": type } : {}, ...init });

/** Runs with a fetch that answers so; the addresses that were asked for. */
async function fetching(make, run) {
  const real = globalThis.fetch;
  const asked = [];
  globalThis.fetch = async (request) => (asked.push(request.url ?? String(request)), make());
  try {
    await run();
  } finally {
    globalThis.fetch = real;
  }
  return asked;
}

describe("init starts the module from", () => {
  const wasm = "application/wasm";
  const given = {
    "its bytes": () => new Uint8Array(moduleBytes),
    "a buffer": () => new Uint8Array(moduleBytes).buffer,
    "a promise of its bytes": () => Promise.resolve(moduleBytes),
    "a compiled module": () => new WebAssembly.Module(moduleBytes),
    "an answer": () => answer(wasm),
    "an answer of another type": () => answer("application/octet-stream"),
    "an answer without a type": () => answer(),
    "an answer whose type says more": () => answer(`${wasm}; charset=utf-8`),
  };
  for (const [what, make] of Object.entries(given)) {
    test(what, async () => {
      const loader = await fresh();
      assert.equal(await loader.init(make()), undefined);
      assert.equal(typeof loader.exports().core_call, "function");
    });
  }

  const addresses = { "a string": ADDRESS, "a URL": new URL(ADDRESS), "a request": new Request(ADDRESS) };
  for (const [what, source] of Object.entries(addresses)) {
    for (const type of [wasm, "text/plain"]) {
      test(`the address in ${what}, served as ${type}`, async () => {
        const loader = await fresh();
        assert.deepEqual(await fetching(() => answer(type), () => loader.init(source)), [ADDRESS]);
        assert.equal(typeof loader.exports().core_call, "function");
      });
    }
  }
});

describe("init fails, and may be called again, for", () => {
  const given = {
    "bytes that are none": [new Uint8Array([0, 1, 2, 3]), /./],
    "an answer that is none": [answer("application/wasm", { status: 404 }), /404/],
    "something else": [{}, /./],
    "a module that wants something": [new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0]), /./],
  };
  for (const [what, [source, message]] of Object.entries(given)) {
    test(what, async () => {
      const loader = await fresh();
      const failed = (error) => isConnectorError(error) && error.code === "module-failed" && message.test(error.message);
      await assert.rejects(loader.init(source), failed);
      assert.throws(() => loader.exports(), (error) => error.code === "not-initialized");
      await loader.init(moduleBytes);
      assert.equal(typeof loader.exports().core_call, "function");
    });
  }

  test("an address that is answered with an error", async () => {
    const loader = await fresh();
    await fetching(
      () => answer("text/html", { status: 503 }),
      () => assert.rejects(loader.init(ADDRESS), /the answer's status is 503/),
    );
  });
});

test("after the module stopped it starts afresh without another download", async () => {
  const loader = await fresh();
  const asked = await fetching(
    () => answer("application/wasm"),
    async () => {
      await loader.init(ADDRESS);
      const first = loader.exports();
      loader.trapped(new Error("on purpose"));
      await loader.init(ADDRESS);
      assert.notEqual(loader.exports(), first);
      loader.trapped(new Error("once more"));
      loader.initSync(new Uint8Array(0));
      assert.equal(typeof loader.exports().core_call, "function");
    },
  );
  assert.deepEqual(asked, [ADDRESS]);
});

test("the module imports nothing, and exports what the scripts call", () => {
  const module = new WebAssembly.Module(moduleBytes);
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const odd = names.filter((name) => !/^(core|decoder)_/.test(name) && !["memory", "__data_end", "__heap_base"].includes(name));
  assert.deepEqual(odd, []);
});

describe("the second module", () => {
  const onDemandBytes = readFileSync(new URL("taskpane_connector_on_demand_bg.wasm", stage));

  test("waits for the first", async () => {
    const loader = await fresh();
    assert.throws(() => loader.onDemand.init(), (error) => error.code === "not-initialized");
  });

  test("comes from beside the scripts, without a fetch where that reads no files", async () => {
    const loader = await fresh();
    await loader.init(moduleBytes);
    assert.deepEqual(await fetching(() => assert.fail(), () => loader.onDemand.init()), []);
    assert.equal(typeof loader.onDemand.exports().core_call, "function");
  });

  const starts = {
    "init is given": (loader, options) => loader.init(moduleBytes, options),
    "initSync is given": async (loader, options) => loader.initSync(moduleBytes, options),
    "a later init is given": async (loader, options) => {
      await loader.init(moduleBytes);
      await loader.init(undefined, options);
    },
  };
  for (const [what, start] of Object.entries(starts)) {
    test(`comes from where ${what}`, async () => {
      const loader = await fresh();
      await start(loader, { onDemand: ADDRESS });
      const asked = await fetching(
        () => new Response(onDemandBytes),
        () => Promise.all([loader.onDemand.init(), loader.onDemand.init()]),
      );
      assert.deepEqual(asked, [ADDRESS]);
      assert.equal(typeof loader.onDemand.exports().core_call, "function");
    });
  }

  test("that can't be loaded may be tried again, and leaves the first alone", async () => {
    const loader = await fresh();
    await loader.init(moduleBytes, { onDemand: ADDRESS });
    const failed = (error) => error.code === "module-failed" && error.hint.text.includes("taskpane_connector_on_demand_bg.wasm");
    await fetching(
      () => answer("text/html", { status: 503 }),
      () => assert.rejects(loader.onDemand.init(), failed),
    );
    assert.equal(typeof loader.exports().core_call, "function");
    await fetching(
      () => new Response(onDemandBytes),
      () => loader.onDemand.init(),
    );
  });

  test("that stopped starts afresh by itself, and the first goes on", async () => {
    const loader = await fresh();
    await loader.init(moduleBytes);
    await loader.onDemand.init();
    loader.onDemand.trapped(new Error("on purpose"));
    assert.equal(typeof loader.exports().core_call, "function");
    await loader.onDemand.init();
    assert.equal(typeof loader.onDemand.exports().core_call, "function");
  });

  test("has no decoders, and imports nothing", () => {
    const module = new WebAssembly.Module(onDemandBytes);
    assert.deepEqual(WebAssembly.Module.imports(module), []);
    const names = WebAssembly.Module.exports(module).map(({ name }) => name).filter((name) => /^(core|decoder)_/.test(name));
    assert.deepEqual(names.sort(), ["core_call", "core_free", "core_room"]);
  });
});
