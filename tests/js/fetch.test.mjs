// connector.fetch as the standard and the API have it, without a client around it.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";

import { frame, frames } from "./frame.mjs";
import { Clock, replaceGlobals } from "./origin.mjs";
import { hello, helloEvents } from "./hello.mjs";
import { bytes, loader, moduleBytes, stage, streamCases } from "./support.mjs";
import { MODEL, SHAPES, Upstream, framed, json, sse, sseText } from "./upstream.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const message = hello(MODEL);
const events = helloEvents(MODEL);
const params = { model: MODEL, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };
const body = JSON.stringify(params);
const streaming = JSON.stringify({ ...params, stream: true });
const ADDRESS = "https://api.anthropic.com/v1/messages";

const GATEWAY = SHAPES["a gateway"];
const BEDROCK = SHAPES["a gateway in Bedrock's format"];

/** `connector.fetch` over a shape whose provider answers so, and what was sent. */
const served = async (answer, shape = GATEWAY, options = {}) => {
  const upstream = new Upstream();
  const { connector, model } = await upstream.ready(Connector, shape, options);
  open.push(connector);
  upstream.answer = answer;
  return { fetch: connector.fetch, connector, sent: upstream.sent, model };
};
const post = (fetch, text = body, init = {}) => fetch(ADDRESS, { method: "POST", body: text, ...init });
/** A rejection as fetch has it. */
const rejected = (code) => (error) =>
  error instanceof TypeError && isConnectorError(error.cause) && error.cause.code === code;
/** A body that gives a chunk each time it is asked for one. */
const pulled = (chunks, onPull = () => {}, onCancel = () => {}) =>
  new ReadableStream(
    {
      pull(controller) {
        onPull();
        if (chunks.length > 0) controller.enqueue(chunks.shift());
        else controller.close();
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  );
const turn = () => new Promise((resolve) => setTimeout(resolve));

describe("what can be asked", () => {
  const text = new TextEncoder();
  const inits = {
    "a string": { body },
    bytes: { body: text.encode(body) },
    "a buffer": { body: text.encode(body).buffer },
    "a Blob": { body: new Blob([body]) },
    "a stream": { body: new Blob([body]).stream(), duplex: "half" },
    "headers in a list": { body, headers: [["content-type", "application/json"]] },
    "Headers": { body, headers: new Headers({ "content-type": "application/json" }) },
    "a method in small letters": { body, method: "post" },
    "a signal of null": { body, signal: null },
  };
  for (const [name, init] of Object.entries(inits)) {
    test(name, async () => {
      const { fetch, sent } = await served(() => json(message));
      const response = await fetch(ADDRESS, { method: "POST", ...init });
      assert.deepEqual(await response.json(), message);
      assert.equal(sent[0].body, body);
    });
  }

  const inputs = {
    "the API's own address": ADDRESS,
    "a URL": new URL(ADDRESS),
    "a relative address": "/v1/messages",
    "a relative address without a slash": "v1/messages",
    "another origin": "http://localhost:8080/v1/messages",
    "a longer path": "https://proxy.example/team/anthropic/v1/messages",
    "a query and a fragment": `${ADDRESS}?beta=true#x`,
    "something that is a text when asked": { toString: () => ADDRESS },
  };
  for (const [name, input] of Object.entries(inputs)) {
    test(name, async () => {
      const { fetch, sent } = await served(() => json(message));
      const response = await fetch(input, { method: "POST", body });
      assert.deepEqual(await response.json(), message);
      assert.equal(sent[0].url, "https://gw.example.com/llm/v1/messages");
      assert.equal(response.url, new URL(String(input).replace("#x", ""), "https://api.anthropic.com/").href);
    });
  }

  test("a Request, and what init lays over it", async () => {
    const { fetch, sent } = await served(() => json(message));
    const request = () => new Request(ADDRESS, { method: "POST", body, headers: { "anthropic-beta": "one" } });
    assert.equal((await fetch(request())).status, 200);
    assert.equal(sent[0].headers["anthropic-beta"], "one");
    const other = JSON.stringify({ ...params, max_tokens: 11 });
    await fetch(request(), { body: other, headers: { "anthropic-beta": "two" } });
    assert.equal(sent[1].body, other);
    assert.equal(sent[1].headers["anthropic-beta"], "two");
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await assert.rejects(fetch(request(), { signal: controller.signal }), { message: "enough" });
    await assert.rejects(fetch(new Request(request(), { signal: controller.signal })), { message: "enough" });
    const used = request();
    await used.text();
    await assert.rejects(fetch(used), TypeError);
    assert.equal(sent.length, 2);
  });

  test("it is a function by itself", async () => {
    const { connector } = await served(() => json(message));
    const { fetch } = connector;
    assert.equal((await fetch.call(undefined, ADDRESS, { method: "POST", body })).status, 200);
    assert.equal(connector.fetch, fetch);
  });

  test("of the caller's headers only the betas go on, and nothing of the caller's key", async () => {
    const { fetch, sent } = await served(() => json(message));
    const headers = { "x-api-key": "unused", "anthropic-version": "2026-10-21", "x-stainless-lang": "js", "anthropic-beta": "a, b,c" };
    await post(fetch, body, { headers });
    assert.deepEqual(Object.keys(sent[0].headers).sort(), ["anthropic-beta", "anthropic-version", "content-type", "x-api-key"]);
    assert.equal(sent[0].headers["anthropic-beta"], "a,b,c");
    assert.equal(sent[0].headers["anthropic-version"], "2023-06-01");
    assert.equal(sent[0].headers["x-api-key"], "gateway-token-0123456789");
  });

  test("betas reach a provider that has them in the body", async () => {
    const { fetch, sent, model } = await served(() => json(message), BEDROCK);
    await post(fetch, JSON.stringify({ ...params, model }), { headers: { "anthropic-beta": "a,b" } });
    assert.deepEqual(JSON.parse(sent[0].body).anthropic_beta, ["a", "b"]);
  });
});

describe("what can't", () => {
  const refusals = {
    "another route": ["https://api.anthropic.com/v1/complete", { method: "POST", body }, "unsupported"],
    "a route below one": [`${ADDRESS}/batches`, { method: "POST", body }, "unsupported"],
    "a slash too many": [`${ADDRESS}/`, { method: "POST", body }, "unsupported"],
    "GET for messages": [ADDRESS, {}, "unsupported"],
    "a method of its own": [ADDRESS, { method: "query", body }, "unsupported"],
    "POST for models": ["/v1/models", { method: "POST", body }, "unsupported"],
    "another scheme": ["ftp://api.anthropic.com/v1/messages", { method: "POST", body }, "invalid-argument"],
    "a password": ["https://a:b@api.anthropic.com/v1/messages", { method: "POST", body }, "invalid-argument"],
    "GET with a body": ["/v1/models", { body }, "invalid-argument"],
  };
  for (const [name, [input, init, code]] of Object.entries(refusals)) {
    test(name, async () => {
      const { fetch, sent } = await served(() => json(message));
      await assert.rejects(fetch(input, init), rejected(code));
      assert.equal(sent.length, 0);
    });
  }

  test("a refusal says what there is instead", async () => {
    const { fetch } = await served(() => json(message));
    await assert.rejects(fetch(ADDRESS), (error) => {
      assert.equal(error.message, "/v1/messages takes POST, not GET");
      assert.equal(error.cause.hint.id, "use-own-fetch");
      return true;
    });
  });

  test("no address", async () => {
    const { fetch } = await served(() => json(message));
    await assert.rejects(fetch("http://"), TypeError);
    await assert.rejects(post(fetch, body, { headers: { "no name": "x" } }), TypeError);
  });

  test("after free", async () => {
    const { fetch, connector } = await served(() => json(message));
    connector.free();
    await assert.rejects(post(fetch), rejected("invalid-argument"));
  });

  test("a conversation that the server holds, in the API's words for it", async () => {
    const { fetch, sent } = await served(() => json(message));
    for (const thread of [{ type: "create" }, { type: "continue", previous_message_id: "msg_1" }]) {
      const response = await post(fetch, JSON.stringify({ ...JSON.parse(body), thread }));
      assert.equal(response.status, 400);
      assert.equal(response.headers.get("x-should-retry"), "false");
      const { error } = await response.json();
      assert.deepEqual(error.details, { error_code: "thread_unsupported_request", unsupported: ["thread"] });
    }
    assert.equal(sent.length, 0);
    const response = await post(fetch, JSON.stringify({ ...JSON.parse(body), thread: null }));
    assert.equal(response.status, 200);
  });

  test("before connecting the API's answer is that nobody is known", async () => {
    const connector = await Connector.open({ storage: "memory" });
    open.push(connector);
    for (const asking of [post(connector.fetch), connector.fetch("/v1/models"), connector.fetch("/v1/models/x")]) {
      const response = await asking;
      assert.equal(response.status, 401);
      assert.equal(response.headers.get("x-should-retry"), "false");
      const { error } = await response.json();
      assert.equal(error.type, "authentication_error");
      assert.equal(error.details.error_code, "interaction-required");
    }
  });

  for (const text of ["", "{", "[]", "null", '{"messages":[]}', '{"model":"","messages":[]}', '{"model":"m","messages":{}}']) {
    test(`a body that no server could read: ${text || "nothing"}`, async () => {
      const { fetch, sent } = await served(() => json(message));
      for (const address of [ADDRESS, `${ADDRESS}/count_tokens`]) {
        const response = await fetch(address, { method: "POST", body: text });
        assert.equal(response.status, 400);
        assert.equal((await response.json()).error.type, "invalid_request_error");
      }
      assert.equal((await fetch(ADDRESS, { method: "POST" })).status, 400);
      assert.equal(sent.length, 0);
    });
  }
});

describe("answers", () => {
  test("server-sent events pass through byte by byte, whatever is in them", async () => {
    for (const { name, stream } of streamCases()) {
      const { fetch } = await served(() => sse(stream));
      const response = await post(fetch, streaming);
      assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), stream, name);
    }
  });

  test("frames come out as the events that they hold, however they are cut", async () => {
    const { fetch, model } = await served(() => framed(pulled(chunks)), BEDROCK);
    const all = frames(events);
    const expected = sseText(events);
    const text = JSON.stringify({ ...params, model, stream: true });
    let chunks;
    for (const size of [1, 7, 100, all.length]) {
      chunks = [];
      for (let at = 0; at < all.length; at += size) chunks.push(all.slice(at, at + size));
      assert.equal(await (await post(fetch, text)).text(), expected, String(size));
    }
  });

  test("an event's name can't end its line", async () => {
    const evil = { type: "x\n\nevent: message_stop\ndata: {}\n\n" };
    const all = [events[0], evil, ...events.slice(1)];
    const { fetch, model } = await served(() => framed(frames(all)), BEDROCK);
    const text = await (await post(fetch, JSON.stringify({ ...params, model, stream: true }))).text();
    assert.equal(text.split("\n\n").length, all.length + 1);
  });

  test("a whole message to who asked for a stream comes as its events", async () => {
    const { fetch } = await served(() => json(message));
    const response = await post(fetch, streaming);
    assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    const names = (await response.text()).split("\n").filter((line) => line.startsWith("event: "));
    assert.deepEqual(names.map((line) => line.slice(7)), events.map(({ type }) => type));
  });

  test("a stream to who asked for a whole message comes as the message", async () => {
    for (const answer of [() => sse(sseText(events)), () => json(sseText(events)), () => framed(frames(events))]) {
      const { fetch } = await served(answer);
      const response = await post(fetch);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.deepEqual(await response.json(), message);
    }
  });

  test("events under another type are events", async () => {
    const { fetch } = await served(() => json(sseText(events)));
    assert.equal(await (await post(fetch, streaming)).text(), sseText(events));
  });

  test("a whole message keeps its bytes", async () => {
    const odd = '{ "content":[], "x":1e2,\n"x":2, "big":12345678901234567890 }';
    const { fetch } = await served(() => json(odd));
    assert.equal(await (await post(fetch)).text(), odd);
  });

  test("more tokens than an answer in one piece has time for are streamed as far as here", async () => {
    const { fetch, sent } = await served(() => sse(sseText(events)));
    const response = await post(fetch, JSON.stringify({ ...params, max_tokens: 64_000 }));
    assert.deepEqual(await response.json(), message);
    assert.equal(JSON.parse(sent[0].body).stream, true);
  });

  test("the server's headers come along, those of the wire don't", async () => {
    const headers = {
      "request-id": "req_1",
      "anthropic-ratelimit-requests-remaining": "9",
      "content-encoding": "identity",
      "content-length": "5",
    };
    for (const [text, answer] of [[body, () => json(message, { headers })], [streaming, () => sse(sseText(events), headers)]]) {
      const { fetch } = await served(answer);
      const response = await post(fetch, text);
      assert.equal(response.headers.get("request-id"), "req_1");
      assert.equal(response.headers.get("anthropic-ratelimit-requests-remaining"), "9");
      assert.equal(response.headers.get("content-encoding"), null);
      assert.equal(response.headers.get("content-length"), null);
      await response.text();
    }
  });

  test("the request's id has the API's name, whoever gave it", async () => {
    const { fetch } = await served(() => json(message, { headers: { "x-amzn-requestid": "amz-1" } }));
    assert.equal((await post(fetch)).headers.get("request-id"), "amz-1");
  });

  test("tokens are counted", async () => {
    const { fetch, sent } = await served(() => json({ input_tokens: 5 }));
    const response = await fetch(`${ADDRESS}/count_tokens?beta=true`, { method: "POST", body });
    assert.deepEqual(await response.json(), { input_tokens: 5 });
    assert.equal(sent[0].url, "https://gw.example.com/llm/v1/messages/count_tokens");
  });

  test("where no tokens are counted the API's answer is that there is no such thing", async () => {
    const { fetch, model } = await served(() => json({}), BEDROCK);
    const response = await fetch(`${ADDRESS}/count_tokens`, { method: "POST", body: JSON.stringify({ ...params, model }) });
    assert.equal(response.status, 404);
    assert.equal((await response.json()).error.details.error_code, "unsupported");
  });
});

describe("models", () => {
  const listed = async (query) => {
    const { fetch } = await served();
    return fetch(`/v1/models${query}`);
  };

  test("one page", async () => {
    const { data, ...page } = await (await listed("")).json();
    assert.deepEqual(page, { has_more: false, first_id: MODEL, last_id: "claude-sonnet-5" });
    assert.deepEqual(data[0], {
      type: "model",
      id: MODEL,
      display_name: MODEL,
      created_at: "1970-01-01T00:00:00Z",
    });
  });

  test("pages in both directions", async () => {
    const ids = async (query) => {
      const { data, has_more } = await (await listed(query)).json();
      return [data.map(({ id }) => id), has_more];
    };
    assert.deepEqual(await ids("?limit=1"), [[MODEL], true]);
    assert.deepEqual(await ids(`?limit=1&after_id=${MODEL}`), [["claude-sonnet-5"], false]);
    assert.deepEqual(await ids("?after_id=claude-sonnet-5"), [[], false]);
    assert.deepEqual(await ids("?before_id=claude-sonnet-5"), [[MODEL], false]);
    assert.deepEqual(await ids(`?before_id=${MODEL}`), [[], false]);
  });

  for (const query of ["?limit=0", "?limit=1001", "?limit=x", "?after_id=nobody", `?after_id=${MODEL}&before_id=${MODEL}`]) {
    test(`${query} is refused`, async () => {
      const response = await listed(query);
      assert.equal(response.status, 400);
      assert.equal((await response.json()).error.type, "invalid_request_error");
    });
  }

  test("one of them, or none of that name", async () => {
    assert.equal((await (await listed(`/${MODEL}`)).json()).id, MODEL);
    assert.equal((await (await listed("/claude%2Dsonnet-5")).json()).id, "claude-sonnet-5");
    for (const name of ["/nobody", "/%"]) {
      const response = await listed(name);
      assert.equal(response.status, 404);
      assert.equal((await response.json()).error.type, "not_found_error");
    }
  });
});

describe("errors", () => {
  const apiError = (type, text = "no") => JSON.stringify({ type: "error", error: { type, message: text }, request_id: "req_9" });
  const cases = [
    ["a bad request", 400, apiError("invalid_request_error"), 400, "invalid_request_error", "false"],
    ["a refused key", 401, apiError("authentication_error"), 401, "authentication_error", "false"],
    ["a bill", 402, apiError("billing_error"), 402, "billing_error", "false"],
    ["no access", 403, apiError("permission_error"), 403, "permission_error", "false"],
    ["an unknown model", 404, apiError("not_found_error", "model: x"), 404, "not_found_error", "false"],
    ["a body too large", 413, apiError("request_too_large"), 413, "request_too_large", "false"],
    ["what can't be processed", 422, apiError("invalid_request_error"), 422, "invalid_request_error", "false"],
    ["too many requests", 429, apiError("rate_limit_error"), 429, "rate_limit_error", "true"],
    ["a failure", 500, apiError("api_error"), 500, "api_error", "true"],
    ["a bad gateway", 502, "oops", 502, "api_error", "true"],
    ["a gateway's timeout", 504, "", 504, "timeout_error", "true"],
    ["overload", 529, apiError("overloaded_error"), 529, "overloaded_error", "true"],
    ["overload under another status", 500, apiError("overloaded_error"), 529, "overloaded_error", "true"],
    ["a key that LiteLLM refuses", 400, '{"error":{"message":"No connected db.","type":"no_db_connection"}}', 401, "authentication_error", "false"],
    ["Bedrock's throttling", 400, '{"__type":"ThrottlingException","message":"slow down"}', 429, "rate_limit_error", "true"],
    ["Bedrock's model error", 424, '{"message":"the model failed"}', 500, "api_error", "false"],
    ["Vertex AI's quota", 429, '[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Quota"}}]', 429, "rate_limit_error", "true"],
    ["Foundry's key", 401, '{"error":{"code":"401","message":"Access denied"}}', 401, "authentication_error", "false"],
    ["a portal's page", 200, "<html><title>Sign in</title>", 502, "api_error", "false"],
    ["nothing", 200, "", 502, "api_error", "false"],
    ["an error under a status of success", 200, apiError("overloaded_error"), 529, "overloaded_error", "true"],
  ];
  for (const [name, status, text, expected, type, retry] of cases) {
    test(name, async () => {
      const { fetch, sent } = await served(() => json(text, { status }));
      for (const asked of [body, streaming]) {
        const response = await post(fetch, asked);
        assert.equal(response.status, expected);
        assert.equal(response.headers.get("content-type"), "application/json");
        assert.equal(response.headers.get("x-should-retry"), retry);
        const told = await response.json();
        assert.equal(told.type, "error");
        assert.equal(told.error.type, type);
        assert.equal(typeof told.error.message, "string");
        if (text.includes("req_9")) assert.equal(told.request_id, "req_9");
      }
      // Whoever calls tries again; this doesn't.
      assert.equal(sent.length, 2);
    });
  }

  test("the API's own words stay, with what nobody knows", async () => {
    const theirs = { type: "error", error: { type: "novel_error", message: "new", details: { a: [1] } }, request_id: "r", x: null };
    const { fetch } = await served(() => json(theirs, { status: 418 }));
    const response = await post(fetch);
    assert.equal(response.status, 418);
    assert.deepEqual(await response.json(), theirs);
  });

  test("no error quotes a token", async () => {
    const quoting = (text) => JSON.stringify({ type: "error", error: { type: "authentication_error", message: text, details: { key: text } } });
    const { fetch } = await served(() => json(quoting("key gateway-token-0123456789 unknown"), { status: 401 }));
    const text = await (await post(fetch)).text();
    assert.match(text, /key •••• unknown/);
    assert.doesNotMatch(text, /gateway-token/);
  });

  test("how long to wait", async () => {
    const { fetch } = await served(() => json(apiError("rate_limit_error"), { status: 429, headers: { "retry-after": "7" } }));
    const { headers } = await post(fetch);
    assert.deepEqual([headers.get("retry-after"), headers.get("retry-after-ms")], ["7", "7000"]);
  });

  test("no answer rejects as fetch does", async () => {
    const { fetch, sent } = await served(() => Promise.reject(new TypeError("refused")));
    await assert.rejects(post(fetch), (error) => {
      assert.ok(rejected("unreachable")(error));
      assert.equal(error.message, "Failed to fetch");
      assert.equal(error.cause.hint.id, "check-network-or-cors");
      return true;
    });
    assert.equal(sent.length, 1);
  });

  test("a redirect is nobody's answer", async () => {
    const { fetch } = await served(() => new Response(null, { status: 302 }));
    assert.equal((await post(fetch)).status, 502);
  });

  test("an answer that doesn't come says that its time ran out", async () => {
    const clock = new Clock();
    const { fetch } = await served(() => new Promise(() => {}), GATEWAY, { timeouts: { firstByteMs: 5_000 } });
    const restore = replaceGlobals(clock.globals);
    try {
      await assert.rejects(clock.until(post(fetch)), (error) => rejected("timeout")(error) && /timed out/.test(error.message));
    } finally {
      restore();
    }
  });

  for (const [exception, status, type] of [
    ["throttlingException", 429, "rate_limit_error"],
    ["serviceUnavailableException", 529, "overloaded_error"],
    ["validationException", 400, "invalid_request_error"],
    ["modelStreamErrorException", 500, "api_error"],
  ]) {
    test(`${exception} in a stream is an error event`, async () => {
      const broken = frame({ ":message-type": "exception", ":exception-type": exception }, bytes('{"message":"too much"}'));
      const { fetch, model } = await served(() => framed(Buffer.concat([frames(events.slice(0, 3)), broken])), BEDROCK);
      const text = await (await post(fetch, JSON.stringify({ ...params, model, stream: true }))).text();
      const last = text.trimEnd().split("\n\n").at(-1).split("\n");
      assert.equal(last[0], "event: error");
      const event = JSON.parse(last[1].slice("data: ".length));
      assert.equal(event.error.type, type);
      assert.match(event.error.message, /too much/);
      assert.ok(text.startsWith(sseText(events.slice(0, 3))));
      // To who wanted it whole it is the answer.
      const whole = await post(fetch, JSON.stringify({ ...params, model }));
      assert.equal(whole.status, status);
      assert.equal((await whole.json()).error.type, type);
    });
  }

  test("frames that break off or lie break the stream", async () => {
    const all = frames(events);
    const damaged = Uint8Array.from(all);
    damaged[damaged.length - 30] ^= 1;
    const { model, fetch } = await served(() => framed(answer), BEDROCK);
    const text = JSON.stringify({ ...params, model, stream: true });
    let answer;
    for (const [given, code] of [[all.subarray(0, all.length - 5), "stream-truncated"], [damaged, "stream-corrupt"]]) {
      answer = given;
      const response = await post(fetch, text);
      await assert.rejects(response.text(), rejected(code));
    }
  });

  test("a connection that breaks breaks the stream, after what came", async () => {
    let controller;
    const broken = new ReadableStream({ start: (one) => void (controller = one) });
    const { fetch } = await served(() => sse(broken));
    const reader = (await post(fetch, streaming)).body.getReader();
    controller.enqueue(bytes(": hello\n\n"));
    assert.equal(new TextDecoder().decode((await reader.read()).value), ": hello\n\n");
    controller.error(new TypeError("reset"));
    await assert.rejects(reader.read(), rejected("unreachable"));
  });
});

describe("a refused credential", () => {
  test("is renewed once, and nothing else is sent again", async () => {
    let issued = 0;
    const getToken = async () => ({ token: `token-${(issued += 1)}-0123456789`, account: "ada@contoso.com" });
    const settings = SHAPES["Vertex AI"];
    const upstream = ({ headers }, count) =>
      count === 1 ? json({ error: { code: 401, status: "UNAUTHENTICATED", message: "expired" } }, { status: 401 }) : json(message, { headers: { "x-sent": headers.authorization } });
    const { fetch, sent, model } = await served(upstream, settings, { getToken });
    const text = JSON.stringify({ ...params, model });
    const response = await post(fetch, text);
    assert.equal(response.status, 200);
    assert.equal(sent.length, 2);
    assert.notEqual(sent[0].headers.authorization, sent[1].headers.authorization);
  });

  test("that is refused again is the answer", async () => {
    let issued = 0;
    const getToken = async () => ({ token: `token-${(issued += 1)}-0123456789`, account: "ada@contoso.com" });
    const refusal = () => json({ error: { code: 401, status: "UNAUTHENTICATED", message: "no" } }, { status: 401 });
    const { fetch, sent, model } = await served(refusal, SHAPES["Vertex AI"], { getToken });
    const response = await post(fetch, JSON.stringify({ ...params, model }));
    assert.equal(response.status, 401);
    assert.equal(sent.length, 2);
  });
});

describe("calling off", () => {
  const reasons = [new Error("enough"), "a word", null, new DOMException("over", "TimeoutError")];

  test("beforehand", async () => {
    const { fetch, sent } = await served(() => json(message));
    for (const reason of reasons) {
      const error = await post(fetch, body, { signal: AbortSignal.abort(reason) }).catch((error) => error);
      assert.equal(error, reason);
    }
    const plain = await post(fetch, body, { signal: AbortSignal.abort() }).catch((error) => error);
    assert.equal(plain.name, "AbortError");
    assert.equal(sent.length, 0);
  });

  test("while nothing has come", async () => {
    for (const reason of reasons) {
      const controller = new AbortController();
      let heard;
      const { fetch } = await served(({ signal }) => {
        signal.addEventListener("abort", () => (heard = true));
        setTimeout(() => controller.abort(reason));
        return new Promise(() => {});
      });
      const error = await post(fetch, body, { signal: controller.signal }).catch((error) => error);
      assert.equal(error, reason);
      assert.ok(heard);
    }
  });

  for (const [name, shape, answer] of [
    ["server-sent events", GATEWAY, (stream) => sse(stream)],
    ["frames", BEDROCK, (stream) => framed(stream)],
  ]) {
    test(`in the middle of ${name}`, async () => {
      const controller = new AbortController();
      let cancelled = false;
      const chunks = name === "frames" ? [frames(events.slice(0, 2))] : [bytes(sseText(events.slice(0, 2)))];
      const endless = new ReadableStream({
        pull(one) {
          if (chunks.length > 0) one.enqueue(chunks.shift());
        },
        cancel: () => void (cancelled = true),
      });
      const { fetch, model } = await served(() => answer(endless), shape);
      const response = await post(fetch, JSON.stringify({ ...params, model, stream: true }), { signal: controller.signal });
      const reader = response.body.getReader();
      assert.equal(new TextDecoder().decode((await reader.read()).value), sseText(events.slice(0, 2)));
      const reading = reader.read().catch((error) => error);
      controller.abort("stop");
      assert.equal(await reading, "stop");
      assert.ok(cancelled);
    });
  }

  test("while nobody reads", async () => {
    const controller = new AbortController();
    let cancelled = false;
    const chunks = [bytes("a"), bytes("b"), bytes("c")];
    const { fetch } = await served(() => sse(pulled(chunks, () => {}, () => void (cancelled = true))));
    const response = await post(fetch, streaming, { signal: controller.signal });
    await turn();
    controller.abort("stop");
    await turn();
    assert.ok(cancelled);
    assert.equal(await response.text().catch((error) => error), "stop");
  });

  test("letting go of the body closes the connection", async () => {
    let cancelled = false;
    let asked = 0;
    const endless = pulled([bytes("a"), bytes("b"), bytes("c")], () => (asked += 1), () => void (cancelled = true));
    const { fetch } = await served(() => sse(endless));
    const response = await post(fetch, streaming);
    await response.body.cancel();
    await turn();
    assert.ok(cancelled);
    assert.ok(asked <= 2, String(asked));
  });

  test("free and signOut break a stream with an error that isn't the caller's", async () => {
    for (const end of ["free", "signOut"]) {
      const { fetch, connector } = await served(() => sse(new ReadableStream({ start: (one) => one.enqueue(bytes("a")) })));
      const reader = (await post(fetch, streaming)).body.getReader();
      await reader.read();
      const reading = reader.read();
      void connector[end]();
      await assert.rejects(reading, (error) => error instanceof TypeError && error.cause.name === "AbortError");
    }
  });
});

describe("backpressure", () => {
  test("no more is read than there is room for", async () => {
    let asked = 0;
    const chunks = Array.from({ length: 100 }, (_, at) => bytes(`: ${at}\n\n`));
    const { fetch } = await served(() => sse(pulled(chunks, () => (asked += 1))));
    const reader = (await post(fetch, streaming)).body.getReader();
    await turn();
    assert.equal(asked, 1);
    for (let read = 1; read <= 3; read += 1) {
      await reader.read();
      await turn();
      assert.equal(asked, read + 1);
    }
    let rest = 0;
    while (!(await reader.read()).done) rest += 1;
    assert.equal(rest, 97);
  });

  test("a reader that takes its time isn't a server that is silent", async () => {
    const clock = new Clock();
    const restore = replaceGlobals(clock.globals);
    try {
      const chunks = [bytes("a"), bytes("b"), bytes("c")];
      const { fetch } = await served(() => sse(pulled(chunks)), GATEWAY, { timeouts: { idleMs: 1_000 } });
      const response = await post(fetch, streaming);
      await turn();
      clock.pass(60_000);
      assert.equal(await response.text(), "abc");
    } finally {
      restore();
    }
  });

  test("a server that is silent is given up", async () => {
    const clock = new Clock();
    const restore = replaceGlobals(clock.globals);
    try {
      const silent = new ReadableStream({ start: (one) => one.enqueue(bytes("a")) });
      const { fetch } = await served(() => sse(silent), GATEWAY, { timeouts: { idleMs: 1_000 } });
      const reader = (await post(fetch, streaming)).body.getReader();
      await reader.read();
      await assert.rejects(clock.until(reader.read()), rejected("timeout"));
    } finally {
      restore();
    }
  });
});
