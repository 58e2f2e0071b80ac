// The connector as a page uses it, over a fetch that misbehaves on purpose.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";

import { hello, helloEvents } from "./hello.mjs";
import { bytes, loader, moduleBytes, onDemandBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const models = { data: [{ id: "claude-a" }] };
const settings = { gateway_url: "https://gw.example.com", gateway_token: "token-0123456789abcdef" };
const params = { model: "claude-a", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };
const message = hello("claude-a");
const events = helloEvents("claude-a");
const sse = (list) => list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
const json = (value, init) =>
  new Response(typeof value === "string" ? value : JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });
const streamed = (body) => new Response(body, { headers: { "content-type": "text/event-stream" } });
const never = () => new Promise(() => {});

const opened = async (options) => {
  const connector = await Connector.open({ storage: "memory", maxRetries: 0, ...options });
  open.push(connector);
  return connector;
};
/** A connector that is ready; `answer` is what its gateway does from then on with anything but the list of models. */
const ready = async (answer, options = {}) => {
  let respond = () => json(message);
  const fetch = async (url, init) => (url.includes("/v1/models") ? json(models) : respond(url, init));
  const connector = await opened({ fetch, ...options });
  await connector.connect(settings);
  respond = answer;
  return connector;
};
const refused = (code) => (error) => isConnectorError(error) && error.code === code;
/** Lets what waits for nothing but its turn go on. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

describe("what a page passes in", () => {
  const circular = {};
  circular.itself = circular;
  const options = {
    fetch: "fetch",
    storage: "locale",
    partitionKey: 5,
    hostOrigins: "https://host.example",
    parameters: { inference_headers: { "x-team": "a" } },
    timeouts: { idleMs: "1" },
    limits: { maxEventBytes: 0 },
    maxRetries: -1,
  };
  for (const [name, value] of Object.entries(options)) {
    test(`open: ${name}`, () => assert.rejects(Connector.open({ [name]: value }), refused("invalid-argument")));
  }

  const calls = {
    "settings that are none": (connector) => connector.connect(null),
    "circular settings": (connector) => connector.connect(circular),
    "a confirm that is no text": (connector) => connector.connect(undefined, { confirm: 5 }),
    "a signal that is none": (connector) => connector.test(settings, { signal: {} }),
    "no params": (connector) => connector.messages.create(),
    "circular params": (connector) => connector.messages.create(circular),
    "a BigInt": (connector) => connector.messages.countTokens({ ...params, n: 1n }),
    "a stream's signal": (connector) => connector.messages.stream(params, { signal: {} }).finalMessage(),
    "betas that are one text": (connector) => connector.messages.prepare(params, { betas: "a-1" }),
    "betas that are no texts": (connector) => connector.messages.create(params, { betas: [5] }),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(name, async () => {
      const connector = await ready(async () => json(message));
      await assert.rejects(call(connector), refused("invalid-argument"));
      assert.equal(connector.state, "ready");
    });
  }

  test("null stands for nothing", async () => {
    const connector = await ready(async () => json(message), { timeouts: null, hostOrigins: null, parameters: { model: undefined } });
    await connector.connect(undefined, null);
    await connector.refreshModels(null);
    assert.deepEqual(await connector.messages.create(params, null), message);
  });

  test("a listener that is none is refused; one that is there twice hears twice", async () => {
    const connector = await ready(async () => json(message));
    assert.throws(() => connector.onChange({}), refused("invalid-argument"));
    let heard = 0;
    const listener = () => (heard += 1);
    connector.onChange(listener);
    connector.onChange(listener)();
    await connector.refreshModels();
    assert.equal(heard, 1);
  });
});

describe("a fetch of the page's own", () => {
  const answer = (fields) => ({ status: 200, headers: new Headers({ "content-type": "application/json" }), ...fields });
  const body = (read, cancel = async () => {}) => ({ getReader: () => ({ read, cancel }) });
  const failing = async () => {
    throw new Error("gone");
  };
  const cases = {
    "throws at once": ["unreachable", () => { throw new Error("no"); }],
    "answers nothing": ["invalid-argument", async () => undefined],
    "answers null": ["invalid-argument", async () => null],
    "answers without headers": ["invalid-argument", async () => answer({ headers: undefined })],
    "answers with a record of headers": ["invalid-argument", async () => answer({ headers: {} })],
    "answers with a network error": ["unreachable", async () => Response.error()],
    "has read the body": ["invalid-argument", async () => { const read = json(message); await read.text(); return read; }],
    "gives text for bytes": ["invalid-argument", async () => answer({ body: body(async () => ({ done: false, value: "text" })) })],
    "gives nothing for bytes": ["invalid-argument", async () => answer({ body: body(async () => undefined) })],
    "breaks off, and can't cancel": ["unreachable", async () => answer({ body: { getReader: () => ({ read: failing }) } })],
    "breaks off, and throws on cancel": ["unreachable", async () => answer({ body: body(failing, () => { throw new Error("closed"); }) })],
    "redirects with a body that can't be cancelled": ["response-invalid", async () => answer({ status: 302, body: {} })],
    "has text that fails": ["unreachable", async () => answer({ text: failing })],
  };
  for (const [name, [code, fetch]] of Object.entries(cases)) {
    test(name, async () => {
      const connector = await ready(fetch);
      await assert.rejects(connector.messages.create(params), refused(code));
      await assert.rejects(connector.messages.countTokens(params), refused(code));
      const stream = connector.messages.stream(params);
      await assert.rejects(async () => {
        for await (const event of stream) assert.fail(event.type);
      }, refused(code));
      const other = await opened({ fetch });
      await assert.rejects(other.connect(settings), refused(code));
      assert.equal(other.state, "failed");
      assert.equal(other.error.code, code);
    });
  }

  test("may be without streams", async () => {
    const whole = await ready(async () => answer({ text: async () => JSON.stringify(message) }));
    assert.deepEqual(await whole.messages.create(params), message);
    const headers = new Map([["content-type", "text/event-stream"]]);
    const atOnce = await ready(async () => answer({ headers, text: async () => sse(events) }));
    assert.equal(await atOnce.messages.stream(params).finalText(), "Hello");
  });

  test("an answer that never ends is given up, though it never falls silent", async () => {
    const trickle = () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            controller.enqueue(bytes(" "));
          },
        }),
        { headers: { "content-type": "application/json" } },
      );
    const timeouts = { firstByteMs: 120, controlMs: 120, idleMs: 60 };
    const connector = await ready(async () => trickle(), { timeouts });
    for (const call of ["create", "countTokens"]) {
      const error = await connector.messages[call](params).catch((error) => error);
      assert.equal(error.code, "timeout", call);
      assert.equal(error.message, "gw.example.com: the answer was not complete within 0.1 s");
      assert.ok(error.retryable && error.hint);
    }
    const other = await opened({ fetch: async () => trickle(), timeouts });
    await assert.rejects(other.connect(settings), refused("timeout"));
  });

  test("an error without its body is still that error", async () => {
    const connector = await opened({ fetch: async () => answer({ status: 401, body: body(failing) }) });
    await assert.rejects(connector.connect(settings), refused("credential-invalid"));
  });

  test("a late answer to a call that was stopped is let go", async () => {
    let give;
    const connector = await ready(() => new Promise((resolve) => (give = resolve)));
    const stream = connector.messages.stream(params);
    await turn();
    stream.abort("enough");
    await assert.rejects(stream.finalMessage(), (reason) => reason === "enough");
    const cancelled = new Promise((resolve) => give(new Response(new ReadableStream({ cancel: resolve }))));
    await cancelled;
  });
});

describe("what a server says", () => {
  test("is told without the secrets that were sent", async () => {
    const headers = { "x-gateway-key": "Bearer pk-0123456789" };
    const said = `no ${settings.gateway_token} with pk-0123456789`;
    const error = { type: "error", error: { type: "api_error", message: said } };
    const answers = [() => json(message), () => json(error, { status: 401 }), () => streamed(sse([error]))];
    const connector = await opened({ fetch: async (url) => (url.includes("/v1/models") ? json(models) : answers.shift()()) });
    await connector.connect({ ...settings, inference_headers: headers });
    for (const code of ["credential-invalid", "server-error"]) {
      const error = await connector.messages.create(params).catch((error) => error);
      assert.equal(error.code, code);
      assert.match(error.message, /no •••• with ••••$/);
    }
  });

  test("is told so in the parts of an error inside a stream as well, and not at any length", async () => {
    const { gateway_token: token } = settings;
    const error = { type: "error", request_id: `req-${token}`, error: { type: "api_error", message: `${token} ${"no ".repeat(2_000)}` } };
    const connector = await ready(async () => streamed(sse([...events.slice(0, 3), error])));
    const told = await connector.messages.stream(params).finalMessage().catch((error) => error);
    assert.equal(told.requestId, "req-••••");
    assert.ok(told.message.length < 2_100, String(told.message.length));
    assert.equal(told.partialMessage.content[0].text, "Hello");
    assert.ok(!JSON.stringify({ ...told, message: told.message }).includes(token));
  });

  test("of an attempt that was repeated is not why the next one failed", async () => {
    const busy = json({ error: { message: "busy" } }, { status: 429, headers: { "retry-after-ms": "1" } });
    const answers = [busy, json({ data: [] })];
    const connector = await opened({ fetch: async () => answers.shift(), maxRetries: 1 });
    await assert.rejects(connector.connect(settings), refused("model-not-available"));
    assert.equal(connector.error.code, "model-not-available");
  });
});

describe("an answer that is odd", () => {
  test("blocks that are none come through", async () => {
    const odd = { ...message, content: [null, 5, "x", { type: "text" }, { type: "thinking" }, { type: "tool_use" }, { type: "text", text: "end" }] };
    const connector = await ready(async () => json(odd));
    const stream = connector.messages.stream(params);
    stream.on("text", () => {}).on("streamEvent", () => {});
    assert.deepEqual(await stream.finalMessage(), odd);
    assert.match(await stream.finalText(), /end$/);
  });

  test("a stream whose events contradict each other says who should look at it", async () => {
    const tool = { type: "tool_use", id: "t", name: "f", input: {} };
    const broken = [
      events[0],
      { type: "content_block_start", index: 0, content_block: tool },
      { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"a" 1}' } },
      ...events.slice(3),
    ];
    for (const list of [broken, [events[0], ...events], events.slice(1)]) {
      const connector = await ready(async () => streamed(sse(list)));
      const error = await connector.messages.stream(params).finalMessage().catch((error) => error);
      assert.equal(error.code, "stream-corrupt");
      assert.deepEqual([error.hint.id, error.hint.audience], ["check-proxy", "admin"]);
    }
  });

  test("a blank that is none of JSON's makes it something else than the API's", async () => {
    const connector = await ready(async () => json(`\u00a0${JSON.stringify(message)}`));
    await assert.rejects(connector.messages.create(params), refused("response-invalid"));
  });
});

describe("a stream of a message", () => {
  test("stops before it began", async () => {
    let sent = 0;
    const connector = await ready(async () => ((sent += 1), json(message)));
    const stream = connector.messages.stream(params);
    stream.abort("at once");
    await assert.rejects(stream.finalMessage(), (reason) => reason === "at once");
    assert.equal(stream.aborted, true);
    assert.equal(sent, 0);
  });

  test("sends the params as they were when it was asked for", async () => {
    let body;
    const connector = await ready(async (url, init) => ((body = init.body), json(message)));
    const history = [...params.messages];
    const stream = connector.messages.stream({ ...params, messages: history });
    history.push({ role: "assistant", content: "" });
    await stream.finalMessage();
    assert.deepEqual(JSON.parse(body).messages, params.messages);
  });

  test("an iterator that is left settles what waits for it", async () => {
    const connector = await ready(never);
    const iterator = connector.messages.stream(params)[Symbol.asyncIterator]();
    const waiting = [iterator.next(), iterator.next()];
    assert.deepEqual(await iterator.return("value"), { done: true, value: "value" });
    for (const next of waiting) assert.deepEqual(await next, { done: true, value: undefined });
  });

  test("is not aborted by an abort after its end", async () => {
    const connector = await ready(async () => json(message));
    const stream = connector.messages.stream(params);
    await stream.finalMessage();
    stream.abort();
    assert.equal(stream.aborted, false);
  });

  /** An answer of so many words, a hundred events a chunk. */
  const long = (count, extra = () => []) => {
    const words = Array.from({ length: count }, (_, at) => [
      { ...events[2], delta: { type: "text_delta", text: `${at} ` } },
      ...extra(at),
    ]);
    const rest = [...events.slice(0, 2), ...words.flat(), ...events.slice(3)];
    const pull = async (controller) => {
      // A network's pieces come one by one.
      await new Promise((resolve) => setImmediate(resolve));
      if (rest.length > 0) controller.enqueue(bytes(sse(rest.splice(0, 100))));
      else controller.close();
    };
    return streamed(new ReadableStream({ pull }));
  };
  const words = (count) => Array.from({ length: count }, (_, at) => `${at} `).join("");

  test("a page that takes its time misses nothing, and is no silence of the server", async () => {
    const connector = await ready(async () => long(3_000), { timeouts: { idleMs: 40 } });
    let text = "";
    let count = 0;
    for await (const event of connector.messages.stream(params)) {
      count += 1;
      // Longer than the server may be silent.
      if (count === 10) await new Promise((resolve) => setTimeout(resolve, 250));
      text += event.delta?.text ?? "";
    }
    assert.equal(text, words(3_000));
    // What waited was put together.
    assert.ok(count < 1_100, String(count));
  });

  test("an iterator that is abandoned holds nothing up", async () => {
    const connector = await ready(async () => long(20_000));
    const stream = connector.messages.stream(params);
    const abandoned = stream[Symbol.asyncIterator]();
    assert.equal((await abandoned.next()).value.type, "message_start");
    const heard = new Promise((resolve) => stream.on("message", resolve));
    assert.equal((await heard).content[0].text, words(20_000));
    assert.equal(stream.ended, true);
    // It may still be read, in fewer pieces.
    let text = "";
    for await (const event of { [Symbol.asyncIterator]: () => abandoned }) text += event.delta?.text ?? "";
    assert.equal(text, words(20_000));
  });

  test("two iterators get the same text, whatever the pace of each", async () => {
    const connector = await ready(async () => long(5_000));
    const stream = connector.messages.stream(params);
    const read = async (wait) => {
      let text = "";
      for await (const event of stream) {
        if (event.type === "content_block_start") await wait();
        text += event.delta?.text ?? "";
      }
      return text;
    };
    const texts = await Promise.all([read(async () => {}), read(() => new Promise((resolve) => setTimeout(resolve, 100)))]);
    assert.deepEqual(texts, [words(5_000), words(5_000)]);
  });

  test("only deltas of the same kind and block are put together, and none that knows more", async () => {
    const thinking = { ...events[2], delta: { type: "thinking_delta", thinking: "hm" } };
    const other = { ...events[2], index: 1 };
    const more = { ...events[2], delta: { ...events[2].delta, more: true } };
    const connector = await ready(async () => long(2_000, (at) => (at > 1_990 ? [thinking, thinking, other, more, more] : [])));
    const stream = connector.messages.stream(params);
    const iterator = stream[Symbol.asyncIterator]();
    await stream.finalMessage();
    const kinds = [];
    for await (const { index, delta } of { [Symbol.asyncIterator]: () => iterator }) {
      kinds.push(`${delta?.type} ${index} ${delta?.thinking ?? ""}${delta?.more ?? ""}`);
    }
    const count = (kind) => kinds.filter((word) => word === kind).length;
    assert.equal(count("thinking_delta 0 hmhm"), 9);
    assert.equal(count("text_delta 1 "), 9);
    assert.equal(count("text_delta 0 true"), 18);
  });

  test("an iterator that is too far behind is told, and the others are not", async () => {
    const ping = { type: "ping" };
    const connector = await ready(async () => long(20_000, () => [ping]));
    const stream = connector.messages.stream(params);
    const abandoned = stream[Symbol.asyncIterator]();
    let text = "";
    for await (const event of stream) text += event.delta?.text ?? "";
    assert.equal(text, words(20_000));
    await assert.rejects(abandoned.next(), refused("limit-exceeded"));
    assert.deepEqual(await abandoned.next(), { done: true, value: undefined });
    await stream.finalMessage();
  });
});

describe("a gateway that lists its models", () => {
  const listing = async (answers) => {
    const sent = [];
    const rest = [...answers];
    const fetch = async (url, { method, body }) => {
      sent.push(`${method} ${new URL(url).pathname}${body ? ` ${JSON.parse(body).model}` : ""}`);
      return url.includes("/v1/models") ? json({ data: [{ id: "claude-a" }, { id: "claude-b" }] }) : rest.shift()();
    };
    return { connector: await opened({ fetch }), sent };
  };
  const error = (status, type) => () => json({ type: "error", error: { type, message: "no" } }, { status });
  const answer = () => json(message);
  const CONNECTS = ["GET /v1/models", "POST /v1/messages claude-a"];

  test("is asked for one token as well, each time, and for nothing more by what a connection has proven", async () => {
    const { connector, sent } = await listing([answer, answer]);
    await connector.connect(settings);
    assert.deepEqual(sent.splice(0), CONNECTS);
    await connector.refreshModels();
    assert.deepEqual(sent.splice(0), CONNECTS.slice(0, 1));
    await connector.connect();
    assert.deepEqual(sent.splice(0), CONNECTS);
  });

  for (const [code, fails] of Object.entries({
    "credential-invalid": error(401, "authentication_error"),
    "not-found": () => json("no route", { status: 404 }),
    "server-error": error(500, "api_error"),
    "response-invalid": () => json("<html>", { headers: { "content-type": "text/html" } }),
    unreachable: () => Promise.reject(new TypeError("Failed to fetch")),
  })) {
    test(`and doesn't connect where the next message would fail: ${code}`, async () => {
      const { connector } = await listing([fails, fails]);
      await assert.rejects(connector.connect(settings), refused(code));
      assert.deepEqual([connector.state, connector.error.code, connector.models], ["failed", code, []]);
      await assert.rejects(connector.test(settings), refused(code));
    });
  }

  for (const [code, given] of Object.entries({
    "stream-truncated": events.slice(0, 4),
    "credential-invalid": [events[0], { type: "error", error: { type: "authentication_error", message: "no" } }],
    "response-invalid": [{ object: "chat.completion.chunk" }],
  })) {
    test(`and doesn't connect where the next stream would fail: ${code}`, async () => {
      const { connector } = await listing([() => streamed(sse(given))]);
      await assert.rejects(connector.connect(settings), refused(code));
    });
  }

  test("connects by a stream as by an answer in one piece", async () => {
    const { connector } = await listing([() => streamed(sse(events))]);
    await connector.connect(settings);
    assert.equal(connector.models[0].verdict, "usable");
  });

  test("connects where only the moment is bad", async () => {
    for (const fails of [error(429, "rate_limit_error"), error(529, "overloaded_error")]) {
      const { connector } = await listing([fails]);
      await connector.connect(settings);
      assert.equal(connector.state, "ready");
    }
  });

  test("is asked for no message where the organisation's own list can't be read", async () => {
    await loader.init(undefined, { onDemand: new Response(null, { status: 404 }) });
    const sent = [];
    const fetch = async (url) => (sent.push(url), json(url.includes("/v1/models") ? models : message));
    const connector = await opened({ fetch, parameters: { available_models: "claude-b" } });
    await connector.connect(settings);
    sent.length = 0;
    for (const call of [() => connector.messages.create(params), () => connector.messages.countTokens(params)]) {
      await assert.rejects(call(), (error) => refused("module-failed")(error) && /available_models/.test(error.message));
    }
    assert.deepEqual(sent, []);
    // Connecting loads it where it can be had.
    await loader.init(undefined, { onDemand: onDemandBytes });
    await connector.connect(settings);
    await assert.rejects(connector.messages.create(params), refused("policy-denied"));
  });

  test("may deny one of them", async () => {
    const { connector, sent } = await listing([error(403, "permission_error"), answer]);
    await connector.connect(settings);
    assert.deepEqual(sent, [...CONNECTS, "POST /v1/messages claude-b"]);
    assert.deepEqual(connector.models.map(({ id, verdict }) => [id, verdict]), [["claude-b", "usable"], ["claude-a", "no-access"]]);
  });
});

describe("connecting elsewhere", () => {
  test("leaves the connection that works where it fails", async () => {
    const fetch = async (url) => (url.startsWith(settings.gateway_url) ? json(url.includes("/v1/models") ? models : message) : json({}, { status: 401 }));
    const connector = await opened({ fetch });
    await connector.connect(settings);
    const before = connector.configuration;
    const changes = [];
    connector.onChange((change) => changes.push(`${change} ${connector.state}`));
    await assert.rejects(connector.connect({ gateway_url: "https://other.example", gateway_token: "theirs" }), refused("credential-invalid"));
    assert.deepEqual([connector.state, connector.error], ["ready", undefined]);
    assert.deepEqual(changes.slice(0, 2), ["state connecting", "state ready"]);
    assert.deepEqual(connector.configuration, before);
    assert.equal(connector.models[0].id, "claude-a");
    assert.deepEqual(await connector.messages.create(params), message);
  });
});

describe("an abort", () => {
  /** A signal that counts its listeners. */
  const counting = () => {
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = new Set();
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (name, listener) => (listeners.add(listener), add(name, listener));
    signal.removeEventListener = (name, listener) => (listeners.delete(listener), remove(name, listener));
    return { controller, signal, listeners: () => listeners.size };
  };
  /** Fails twice, then streams piece by piece. */
  const gateway = () => {
    let asked = 0;
    return async () => {
      asked += 1;
      if (asked === 1) return json({ error: { message: "busy" } }, { status: 529, headers: { "retry-after-ms": "1" } });
      if (asked === 2) return streamed(sse([{ type: "error", error: { type: "overloaded_error", message: "busy" } }]));
      const rest = [...events];
      return streamed(
        new ReadableStream({
          async pull(controller) {
            await turn();
            if (rest.length > 0) controller.enqueue(bytes(sse([rest.shift()])));
            else controller.close();
          },
        }),
      );
    };
  };
  const calls = {
    create: (connector, signal) => connector.messages.create(params, { signal }),
    stream: (connector, signal) => connector.messages.stream(params, { signal }).finalText(),
    connect: (connector, signal) => connector.connect(settings, { signal }),
    test: (connector, signal) => connector.test(settings, { signal }),
    refreshModels: (connector, signal) => connector.refreshModels({ signal }),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`of ${name} settles at any moment, with the page's reason, and leaves no listener`, async () => {
      let aborted = 0;
      for (let steps = 0; steps < 60; steps += 1) {
        const connector = await ready(gateway(), { maxRetries: 2 });
        const { controller, signal, listeners } = counting();
        const settled = call(connector, signal).then(
          () => "done",
          (reason) => reason,
        );
        for (let step = 0; step < steps; step += 1) await (step % 3 === 2 ? turn() : undefined);
        controller.abort("enough");
        const outcome = await settled;
        assert.ok(outcome === "done" || outcome === "enough", String(outcome));
        aborted += outcome === "enough" ? 1 : 0;
        assert.equal(listeners(), 0);
        assert.equal(connector.state, "ready");
        connector.free();
      }
      assert.ok(aborted > 0);
    });
  }

  for (const [ending, message] of [["free", "The connector was freed."], ["signOut", "The user signed out."]]) {
    test(`${ending} stops whatever is under way`, async () => {
      let hangs = false;
      let stopped = 0;
      const fetch = (url, { signal }) => {
        if (!hangs) return Promise.resolve(json(url.includes("/v1/models") ? models : hello("claude-a")));
        signal.addEventListener("abort", () => (stopped += 1));
        return never();
      };
      const connector = await opened({ fetch });
      await connector.connect(settings);
      hangs = true;
      const { signal, listeners } = counting();
      const underWay = [
        connector.messages.countTokens(params, { signal }),
        ...Object.values(calls).map((call) => call(connector, signal)),
      ];
      const settled = Promise.allSettled(underWay);
      await turn();
      await connector[ending]();
      for (const { reason } of await settled) assert.deepEqual([reason.name, reason.message], ["AbortError", message]);
      assert.equal(stopped, underWay.length);
      assert.equal(listeners(), 0);
    });
  }
});

describe("a module that stopped", () => {
  test("a call that outlives it says so, and leaves its successor alone", async () => {
    let give;
    const connector = await ready(() => new Promise((resolve) => (give = resolve)));
    const waiting = connector.messages.stream(params).finalMessage();
    let list;
    const other = await opened({ fetch: () => new Promise((resolve) => (list = resolve)) });
    const connecting = other.connect(settings);
    await turn();
    loader.trapped(new Error("on purpose"));
    assert.throws(() => connector.state, refused("module-failed"));
    const starting = loader.init();
    assert.throws(() => loader.initSync(moduleBytes), refused("invalid-argument"));
    assert.equal(loader.init(), starting);
    await starting;
    const successors = await Promise.all(Array.from({ length: 20 }, () => ready(async () => json(message))));
    give(json(message));
    list(json(models));
    await assert.rejects(waiting, refused("module-failed"));
    await assert.rejects(connecting, refused("module-failed"));
    connector.free();
    for (const successor of successors) assert.deepEqual(await successor.messages.create(params), message);
  });
});

describe("the page's address", () => {
  const at = async (search, run) => {
    const shown = [];
    class History {
      replaceState(state, title, address) {
        shown.push(address);
      }
    }
    const globals = { location: { origin: "https://pane.example", pathname: "/pane", search, hash: "#a" }, History, history: new History() };
    for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true });
    try {
      await run();
    } finally {
      for (const name of Object.keys(globals)) delete globalThis[name];
    }
    return shown;
  };

  test("loses its secrets, and nothing else of it changes", async () => {
    const search = "?_host_Info=Excel$Win32$16.01$en-US&gateway_token=t%20k&x=a%20b&gateway%5Ftoken=again&inference_headers={}&gateway_url=https://gw.example.com";
    const shown = await at(search, () => opened({ parameters: search }));
    assert.deepEqual(shown, ["/pane?_host_Info=Excel$Win32$16.01$en-US&x=a%20b&gateway_url=https://gw.example.com#a"]);
  });

  test("stays where it holds none", async () => {
    assert.deepEqual(await at("?x=1", () => opened({ parameters: "?x=1" })), []);
  });
});
