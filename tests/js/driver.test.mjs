// The driver's parts that need no module: waits, aborts, storage, the host.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

const stage = new URL(`${process.env.STAGE ?? "../../target/stage"}/`, import.meta.url);
const load = (name) => import(new URL(name, stage));
const { Patience } = await load("patience.js");
const { CalledOff, Operation, Unanswered } = await load("operation.js");
const { Store } = await load("store.js");
const { isOfficeHost, partitionKey } = await load("office.js");
const { readChunks, readText, send } = await load("exchange.js");
const { eventsOf } = await load("whole_message.js");
const { MessageStream } = await load("message_stream.js");
const { connectorError, fromFailure, isConnectorError } = await load("error.js");

describe("patience", () => {
  /** Ticks at the given distances; the time at which the wait was over. */
  const overAfter = (patience, distances) => {
    let now = 0;
    for (const distance of distances) {
      now += distance;
      if (patience.tick(now)) return now;
    }
    return undefined;
  };
  const seconds = (count) => Array(count).fill(1_000);

  test("ends at its limit on a machine that is awake", () => {
    assert.equal(overAfter(new Patience(8_000, 0), seconds(20)), 8_000);
  });

  test("counts an hour of sleep as one tick", () => {
    assert.equal(overAfter(new Patience(8_000, 0), [1_000, 3_600_000, ...seconds(20)]), 3_607_000);
  });

  test("starts over with what arrives", () => {
    const patience = new Patience(2_000, 0);
    for (let now = 250; now < 25_000; now += 250) {
      assert.equal(patience.tick(now), false);
      patience.heard();
    }
  });

  test("takes no harm from a clock that goes back", () => {
    const patience = new Patience(1_000, 500);
    assert.equal(patience.tick(100), false);
    assert.equal(patience.tick(200), false);
  });
});

describe("an operation", () => {
  /** A signal that counts its listeners. */
  const counting = () => {
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given) => ((listeners += 1), add(...given));
    signal.removeEventListener = (...given) => ((listeners -= 1), remove(...given));
    return { controller, signal, listeners: () => listeners };
  };

  test("gives the page's reason back as it is", async () => {
    for (const reason of ["text", 0, null, new Error("mine"), { any: "thing" }]) {
      const { controller, signal } = counting();
      const operation = new Operation(signal);
      controller.abort(reason);
      assert.ok(operation.cause instanceof CalledOff);
      assert.equal(operation.cause.reason, reason ?? operation.cause.reason);
      assert.equal(operation.signal.aborted, true);
      await operation.stopped;
    }
  });

  test("is over at once when the signal has fired already", () => {
    assert.equal(new Operation(AbortSignal.abort("before")).cause.reason, "before");
  });

  test("keeps the first cause", () => {
    const operation = new Operation();
    operation.stop(new Unanswered("idle", 5));
    operation.stop(new CalledOff("late"));
    assert.equal(operation.cause.word, "idle");
  });

  test("leaves no listener behind", () => {
    const { controller, signal, listeners } = counting();
    for (let round = 0; round < 1_000; round += 1) new Operation(signal).close();
    assert.equal(listeners(), 0);
    new Operation(signal);
    controller.abort();
    assert.equal(listeners(), 0);
  });
});

describe("the store", () => {
  const names = { settings: "ours/settings", secrets: "ours/secrets", "signed-out": "ours/signed-out" };
  const memory = (entries = {}, fault = () => {}) => {
    const map = new Map(Object.entries(entries));
    return {
      map,
      get length() {
        return map.size;
      },
      key: (index) => [...map.keys()][index] ?? null,
      getItem: (name) => map.get(name) ?? null,
      setItem(name, text) {
        fault(name);
        map.set(name, text);
      },
      removeItem: (name) => void map.delete(name),
    };
  };
  const quota = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const withGlobals = (globals, run) => {
    const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
    for (const [name, get] of Object.entries(globals)) Object.defineProperty(globalThis, name, { get, configurable: true });
    try {
      return run();
    } finally {
      for (const [name, descriptor] of before) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else delete globalThis[name];
      }
    }
  };
  const blocked = () => {
    throw new DOMException("no", "SecurityError");
  };

  test("keeps and removes under its names only", () => {
    const storage = memory({ "someone/else": "stays" });
    const store = new Store(storage, names);
    store.write({ settings: "a", secrets: "b" });
    assert.deepEqual(store.read(), { settings: "a", secrets: "b" });
    assert.equal(store.write({ settings: null, secrets: null, "signed-out": "1" }), true);
    assert.deepEqual([...storage.map], [["someone/else", "stays"], ["ours/signed-out", "1"]]);
  });

  test("takes the next best where the first is blocked, and says so", () => {
    const session = memory();
    const status = withGlobals({ localStorage: blocked, sessionStorage: () => session }, () => new Store("local", names).status);
    assert.deepEqual(status, { kind: "session", persistent: false, reason: "blocked" });
    const none = withGlobals({ localStorage: blocked, sessionStorage: blocked }, () => new Store("local", names).status);
    assert.deepEqual(none, { kind: "memory", persistent: false, reason: "blocked" });
    const full = withGlobals({ localStorage: () => memory({}, quota), sessionStorage: () => session }, () => new Store("local", names).status);
    assert.equal(full.reason, "quota");
  });

  test("says that a storage with asynchronous methods can't be used", async () => {
    const unhandled = [];
    const note = (reason) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    const failing = async () => {
      throw new Error("no");
    };
    const storage = memory();
    for (const methods of [
      { getItem: async () => "1" },
      { getItem: async () => "1", setItem: async () => {}, removeItem: async () => {} },
      { getItem: failing, setItem: failing, removeItem: failing },
    ]) {
      const store = new Store({ ...storage, ...methods }, names);
      assert.deepEqual(store.status, { kind: "memory", persistent: false, reason: "asynchronous" });
    }
    await new Promise((resolve) => setTimeout(resolve));
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  test("goes on in memory when the storage fills up, and leaves nothing old behind", () => {
    let full = false;
    const storage = memory({}, () => full && quota());
    const store = new Store(storage, names);
    store.write({ settings: "old", secrets: "old" });
    full = true;
    store.write({ secrets: "new" });
    assert.deepEqual(store.read(), { settings: "old", secrets: "new" });
    assert.deepEqual(store.status, { kind: "memory", persistent: false, reason: "quota" });
    assert.equal(storage.map.size, 0);
  });

  test("says when what had to go could not be removed", () => {
    const storage = memory();
    const store = new Store(storage, names);
    storage.removeItem = blocked;
    assert.equal(store.write({ secrets: null }), false);
  });
});

describe("the Office host", () => {
  const inside = (globals, run) => {
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
    try {
      return run();
    } finally {
      for (const name of Object.keys(globals)) delete globalThis[name];
    }
  };
  const frame = (origin) => ({ parent: {}, location: { ancestorOrigins: [origin] }, document: { referrer: "" } });
  const office = { Office: { context: { host: "Excel", partitionKey: "pk" } } };

  const cases = [
    ["a plain page", { parent: globalThis }, [], false],
    ["a plain page whose address fooled office.js", { ...office, parent: globalThis }, [], false],
    ["another program's web view whose address fooled office.js", { ...office, parent: globalThis, chrome: { webview: {} } }, [], false],
    ["another program's web view on a Mac", { ...office, parent: globalThis, webkit: { messageHandlers: { other: {} } } }, [], false],
    ["a browser's own window.external", { ...office, parent: globalThis, external: { AddSearchProvider() {} } }, [], false],
    ["Office on Windows", { ...office, parent: globalThis, external: { GetContext() {} } }, [], true],
    ["Office on a Mac or an iPad", { ...office, parent: globalThis, webkit: { messageHandlers: { Agave: {} } } }, [], true],
    ["Office on Android", { ...office, parent: globalThis, agaveHost: { postMessage() {} } }, [], true],
    ["Office without office.js", { parent: globalThis, external: { GetContext() {} } }, [], false],
    ["a frame within Office on Windows", { ...office, ...frame("https://host.example"), external: { GetContext() {} } }, [], false],
    ["Excel on the web", { ...office, ...frame("https://excel.officeapps.live.com") }, [], true],
    ["a page that looks like it", { ...office, ...frame("https://officeapps.live.com.evil.example") }, [], false],
    ["a customer's own page on a host of Microsoft's", { ...office, ...frame("https://contoso.sharepoint.com") }, [], false],
    ["a frame that page code names", frame("https://host.example"), ["https://host.example"], true],
    ["a frame that nobody named", { ...office, ...frame("https://host.example") }, [], false],
  ];
  for (const [name, globals, hostOrigins, expected] of cases) {
    test(name, () => assert.equal(inside(globals, () => isOfficeHost(hostOrigins)), expected));
  }

  test("an engine that tells no ancestors is judged by the referrer", () => {
    const globals = { parent: {}, location: {}, document: { referrer: "https://host.example/a?b" } };
    assert.equal(inside(globals, () => isOfficeHost(["https://host.example"])), true);
  });

  test("its partition key separates what is kept", () => {
    assert.equal(partitionKey(), undefined);
    assert.equal(inside(office, partitionKey), "pk");
  });
});

describe("an exchange", () => {
  const request = { method: "GET", url: "https://gw.example.com/", headers: { "x-a": "1" } };
  const stream = (chunks, { hang = false } = {}) =>
    new ReadableStream({
      pull(controller) {
        if (chunks.length > 0) controller.enqueue(chunks.shift());
        else if (!hang) controller.close();
        else return new Promise(() => {});
      },
    });
  const bytes = (text) => new TextEncoder().encode(text);

  test("sends nothing that tells who asks", async () => {
    let seen;
    const fetch = async (url, init) => ((seen = { url, ...init }), new Response("ok"));
    await send(fetch, request, new Operation(), 1_000);
    const { signal, ...rest } = seen;
    assert.ok(signal instanceof AbortSignal);
    assert.deepEqual(rest, {
      url: "https://gw.example.com/",
      method: "GET",
      headers: { "x-a": "1" },
      mode: "cors",
      credentials: "omit",
      cache: "no-store",
      redirect: "manual",
      referrerPolicy: "no-referrer",
    });
  });

  test("settles though the page's fetch ignores the signal", async () => {
    const controller = new AbortController();
    const waiting = send(() => new Promise(() => {}), request, new Operation(controller.signal), 60_000);
    controller.abort("enough");
    await assert.rejects(waiting, (cause) => cause instanceof CalledOff && cause.reason === "enough");
  });

  test("tells a wait that ran out from an abort", async () => {
    const waiting = send(() => new Promise(() => {}), request, new Operation(), 40);
    await assert.rejects(waiting, (cause) => cause.word === "first-byte" && cause.limit === 40);
  });

  test("reads across chunks that cut characters", async () => {
    const all = bytes("a€😀b");
    const chunks = [...all].map((byte) => Uint8Array.of(byte));
    assert.equal(await readText(new Response(stream(chunks)), new Operation(), 1_000, 100), "a€😀b");
  });

  test("stops at the limit and lets go of the connection", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64)),
      cancel: () => void (cancelled = true),
    });
    await assert.rejects(readText(new Response(body), new Operation(), 1_000, 100), (cause) => cause.word === "too-large");
    assert.equal(cancelled, true);
  });

  test("a read that waits ends with the abort", async () => {
    const controller = new AbortController();
    const response = new Response(stream([bytes("one")], { hang: true }));
    const reading = readChunks(response, new Operation(controller.signal), 60_000, () => controller.abort("stop"));
    await assert.rejects(reading, (cause) => cause instanceof CalledOff && cause.reason === "stop");
  });
});

describe("a message stream", () => {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-a",
    content: [
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "text", text: "Hello" },
      { type: "tool_use", id: "t", name: "f", input: { a: [1, 2] } },
      { type: "brand_new", payload: { kept: true } },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 9 },
    extra: "kept",
  };
  const callOf = (deliveries) => ({
    closed: false,
    calledOff: false,
    limits: {},
    begin: async () => deliveries.shift(),
    again: async (error) => {
      if (deliveries.length === 0) throw error;
      return deliveries.shift();
    },
    errorFor: (cause) => cause,
    abort() {
      this.calledOff = true;
    },
    close() {
      this.closed = true;
    },
  });
  const whole = { text: JSON.stringify(message), kind: "message" };

  test("a whole message has the events that it would have streamed as", () => {
    const types = [...eventsOf(message)].map((event) => event.delta?.type ?? event.type);
    assert.deepEqual(types, [
      "message_start",
      "content_block_start", "thinking_delta", "signature_delta", "content_block_stop",
      "content_block_start", "text_delta", "content_block_stop",
      "content_block_start", "input_json_delta", "content_block_stop",
      "content_block_start", "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
  });

  test("listeners, iterators and waiters get the same answer", async () => {
    const call = callOf([whole]);
    const stream = new MessageStream(() => call);
    const heard = [];
    for (const name of ["text", "thinking", "inputJson", "message", "end"]) stream.on(name, (...values) => heard.push([name, ...values]));
    const events = [];
    for await (const event of stream) events.push(event);
    assert.deepEqual(await stream.finalMessage(), message);
    assert.equal(await stream.finalText(), "Hello");
    assert.deepEqual(stream.currentMessage, message);
    assert.equal(events.length, 15);
    assert.deepEqual(heard, [
      ["thinking", "hm", "hm"],
      ["text", "Hello", "Hello"],
      ["inputJson", '{"a":[1,2]}', { a: [1, 2] }],
      ["message", message],
      ["end"],
    ]);
    assert.equal(call.closed, true);
  });

  test("a request that can't be made rejects, and is heard", async () => {
    const error = connectorError("invalid-argument", "no");
    const stream = new MessageStream(() => {
      throw error;
    });
    let heard;
    stream.on("error", (told) => (heard = told));
    await assert.rejects(stream.finalMessage(), (told) => told === error);
    assert.equal(heard, error);
    const iterator = stream[Symbol.asyncIterator]();
    await assert.rejects(iterator.next());
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  test("leaving the loop stops the answer", async () => {
    const call = callOf([whole]);
    const stream = new MessageStream(() => call);
    for await (const event of stream) {
      assert.equal(event.type, "message_start");
      break;
    }
    assert.equal(call.calledOff, true);
  });

  test("a listener can be taken off, and one that is asked once hears once", async () => {
    const stream = new MessageStream(() => callOf([whole]));
    let heard = 0;
    const count = () => (heard += 1);
    stream.on("streamEvent", count).off("streamEvent", count).once("streamEvent", count);
    await stream.finalMessage();
    assert.equal(heard, 1);
    assert.throws(() => stream.on("text", "no function"), isConnectorError);
  });
});

describe("the error shape", () => {
  test("is a real error that guards and logs know", () => {
    const error = fromFailure({ code: "overloaded", message: "busy", retryable: true, status: 529, hint: { id: "wait" } });
    assert.ok(error instanceof Error && error.stack.includes("busy"));
    assert.equal(error.name, "ConnectorError");
    assert.ok(isConnectorError(error) && !isConnectorError(new Error("x")) && !isConnectorError({ name: "ConnectorError", code: "x" }));
    assert.deepEqual({ ...error }, { code: "overloaded", retryable: true, status: 529, hint: { id: "wait" } });
  });
});
