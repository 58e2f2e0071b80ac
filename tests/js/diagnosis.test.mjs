// A diagnosis over a fetch that misbehaves on purpose, and what is said of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, before, describe, test } from "node:test";

import { frames } from "./frame.mjs";
import { hello } from "./hello.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));
const explain = await import(new URL("explain.js", stage));
const types = readFileSync(new URL("../../js/index.d.ts", import.meta.url), "utf8");

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const TOKEN = "token-0123456789abcdef";
const settings = { gateway_url: "https://gw.example.com", gateway_token: TOKEN, inference_headers: { "x-org-team": "finance-0123456789" } };
const message = { id: "m", type: "message", role: "assistant", model: "claude-a", content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
const delta = (text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const events = [
  { type: "message_start", message },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  delta("1, "),
  delta("2"),
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "max_tokens", stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: "message_stop" },
];
const sse = (list) => new Response(list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""), { headers: { "content-type": "text/event-stream" } });
const json = (value, init) => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });
const refused = (status, type) => json({ type: "error", error: { type, message: `${type}: key ${TOKEN}` } }, { status });
const opaque = () => ({ type: "opaque", status: 0, headers: new Headers(), ok: false, body: null });
const networkError = () => {
  throw new TypeError("Failed to fetch");
};

/**
 * A gateway in a browser: `allows` are the headers that its preflight lets
 * through, `onRoute` those of its route of messages, `readable` whether answers
 * without the token can be read.
 */
function gateway({ allows = ["x-api-key", "content-type", "anthropic-version", "x-org-team"], onRoute = allows, readable = true, answer = () => sse(events), list = () => json({ data: [{ id: "claude-a" }] }) } = {}) {
  const sent = [];
  const fetch = async (url, init) => {
    sent.push({ url, ...init });
    if (init.mode === "no-cors") return opaque();
    const names = Object.keys(init.headers);
    if (names.some((name) => !(init.method === "POST" ? onRoute : allows).includes(name))) return networkError();
    if (init.headers["x-api-key"] === TOKEN) return init.method === "POST" ? answer(init) : list(init);
    return readable ? refused(401, "authentication_error") : networkError();
  };
  return { fetch, sent };
}

/** An answer that is kept alive and has no content. */
function pinging({ signal }) {
  let pings;
  const body = new ReadableStream({
    start(controller) {
      const ping = new TextEncoder().encode('event: ping\ndata: {"type":"ping"}\n\n');
      pings = setInterval(() => controller.enqueue(ping), 20);
      signal.addEventListener("abort", () => {
        clearInterval(pings);
        controller.error(signal.reason);
      });
    },
    cancel: () => clearInterval(pings),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

const opened = async (options) => {
  const connector = await Connector.open({ storage: "memory", maxRetries: 0, ...options });
  open.push(connector);
  return connector;
};
const diagnosed = async (faults, options = {}) => {
  const { fetch, sent } = gateway(faults);
  const connector = await opened({ fetch, timeouts: { controlMs: 400 } });
  const diagnosis = await connector.diagnose({ settings, ...options });
  return { connector, diagnosis, sent };
};
const wrong = ({ steps }) => steps.filter(({ status }) => status === "failed" || status === "warned").map(({ id, verdict }) => `${id} ${verdict}`);
const withToken = (sent) => sent.filter(({ headers, body }) => JSON.stringify([headers, body]).includes(TOKEN));

describe("connector.diagnose", () => {
  test("a gateway that works: two probes without the token, the list, and one message", async () => {
    const { diagnosis, sent, connector } = await diagnosed();
    assert.equal(diagnosis.passed, true);
    assert.deepEqual(wrong(diagnosis), []);
    assert.equal(diagnosis.model, "claude-a");
    assert.equal(diagnosis.arrival.events, 2);
    assert.deepEqual(
      sent.map(({ method, mode, headers }) => [method ?? "GET", mode, Object.keys(headers).length]),
      [["GET", "cors", 0], ["GET", "cors", 4], ["GET", "cors", 3], ["POST", "cors", 4]],
    );
    for (const { credentials, cache, referrerPolicy, redirect } of sent) {
      assert.deepEqual([credentials, cache, referrerPolicy, redirect], ["omit", "no-store", "no-referrer", "manual"]);
    }
    assert.deepEqual(JSON.parse(sent[3].body), {
      model: "claude-a",
      max_tokens: 64,
      messages: [{ role: "user", content: "Count to 40." }],
      stream: true,
    });
    const anonymous = JSON.stringify(sent.slice(0, 2));
    assert.ok(!anonymous.includes(TOKEN) && !anonymous.includes("finance"), anonymous);
    assert.equal(connector.state, "needs-settings", "nothing is kept");
  });

  test("test() tells what a list doesn't: whether a message would be answered", async () => {
    const refusals = {
      "a list that is open to everybody": [{ answer: () => refused(401, "authentication_error") }, "credential-invalid"],
      "a preflight that lets the list through alone": [{ answer: networkError }, "unreachable"],
      "no such model": [{ answer: () => refused(404, "not_found_error") }, "not-found"],
    };
    for (const [name, [how, code]] of Object.entries(refusals)) {
      const connector = await opened({ fetch: gateway(how).fetch });
      await assert.rejects(connector.test(settings), { code }, name);
    }
    const { fetch, sent } = gateway({ answer: () => json(message) });
    const connector = await opened({ fetch });
    const [{ id, verdict }] = await connector.test(settings);
    assert.deepEqual([id, verdict, JSON.parse(sent.at(-1).body).max_tokens], ["claude-a", "usable", 1]);
    assert.equal(connector.state, "needs-settings", "nothing is kept");
  });

  test("a bootstrap endpoint that can't be read is probed itself", async () => {
    const sent = [];
    const fetch = async (url, init) => {
      sent.push({ url, ...init });
      return init.mode === "no-cors" ? opaque() : networkError();
    };
    const parameters = { bootstrap_url: "https://cfg.example.com/b?u=ada" };
    const connector = await opened({ fetch, parameters, hostOrigins: ["https://host.example"] });
    const diagnosis = await connector.diagnose({ confirm: "https://cfg.example.com" });
    assert.deepEqual(wrong(diagnosis), ["configuration not-fetched", "origin origin-refused"]);
    assert.deepEqual([diagnosis.provider, diagnosis.host, diagnosis.passed], ["bootstrap", "cfg.example.com", false]);
    const [asked, readable, blind] = sent;
    assert.equal(asked.url, "https://cfg.example.com/b?u=ada");
    for (const probe of [readable, blind]) {
      assert.match(probe.url, /^https:\/\/cfg\.example\.com\/b\?probe=\d+$/);
      assert.deepEqual(probe.headers, {});
    }
    const report = connector.report({ explain: explain.sentence });
    assert.match(report, /can’t be fetched from cfg\.example\.com/);
    assert.match(report, /Access-Control-Allow-Origin: /);
  });

  test("what is connected is asked for one message", async () => {
    const { fetch, sent } = gateway();
    const connector = await opened({ fetch });
    await connector.connect(settings);
    sent.length = 0;
    const diagnosis = await connector.diagnose();
    assert.equal(diagnosis.passed, true);
    assert.equal(withToken(sent).length, 1);
    assert.equal(sent.length, 3);
  });

  test("a model that was typed needs no list", async () => {
    const { diagnosis, sent } = await diagnosed({}, { settings: { ...settings, model: "claude-typed" } });
    assert.equal(diagnosis.model, "claude-typed");
    assert.equal(withToken(sent).length, 1);
  });

  const faults = {
    "nobody there": [{ fetch: networkError }, ["network unreachable"]],
    "no header at all": [{ readable: false, answer: networkError, list: networkError }, ["origin origin-refused"]],
    "errors without the header": [{ readable: false }, ["origin errors-unreadable"]],
    "one header refused": [{ allows: ["content-type", "anthropic-version", "x-org-team"] }, ["headers header-refused"]],
    "all headers refused": [{ allows: [] }, ["headers preflight-refused"]],
    "the wrong key": [{ list: () => refused(401, "authentication_error") }, ["models key-refused"]],
    "no models": [{ list: () => json({ data: [] }) }, ["models no-model"]],
    "nothing there": [{ list: () => json({}, { status: 404 }) }, ["models wrong-path"]],
    "a portal": [{ list: () => new Response("<title>Sign in</title>", { headers: { "content-type": "text/html" } }) }, ["models web-page"]],
    "a redirect": [{ list: () => ({ type: "opaqueredirect", status: 0, headers: new Headers(), body: null }) }, ["models redirected"]],
    "no capacity": [{ answer: () => refused(529, "overloaded_error") }, ["answer overloaded"]],
    "a route that refuses its preflight": [{ onRoute: [] }, ["answer preflight-refused"]],
    "a route that refuses one header": [{ onRoute: ["content-type", "anthropic-version", "x-org-team"] }, ["answer header-refused"]],
    "a route whose answers to the token can't be read": [{ answer: networkError }, ["answer answer-unreadable"]],
    "no answer": [{ answer: () => new Promise(() => {}) }, ["answer silent"]],
    "pings and nothing else": [{ answer: pinging }, ["answer silent"]],
    "a cut stream": [{ answer: () => sse(events.slice(0, 4)) }, ["stream stream-broken"]],
    "an error inside": [{ answer: () => sse([...events.slice(0, 3), { type: "error", error: { type: "odd_error", message: "no" } }]) }, ["stream stream-failed"]],
    "JSON for a stream": [{ answer: () => json({ ...message, content: [{ type: "text", text: "1" }] }) }, ["stream not-streamed"]],
  };
  for (const [fault, [how, expected]] of Object.entries(faults)) {
    test(fault, async () => {
      const { fetch = gateway(how).fetch } = how;
      const connector = await opened({ fetch, timeouts: { controlMs: 200 } });
      const diagnosis = await connector.diagnose({ settings });
      assert.deepEqual(wrong(diagnosis), expected);
      assert.equal(diagnosis.passed, diagnosis.steps.every(({ status }) => status === "passed" || status === "warned"));
      assert.ok(!JSON.stringify(diagnosis).includes(TOKEN));
      // Each step that ended has words, and the report holds them.
      const report = connector.report({ explain: explain.sentence });
      assert.ok(!report.includes(TOKEN) && !report.includes("finance-0123456789"), report);
      for (const step of diagnosis.steps) {
        if (step.status !== "skipped") assert.ok(explain.explain(step, diagnosis).message, step.id);
      }
      const [{ message: first }] = diagnosis.steps.filter(({ status }) => status === "failed" || status === "warned").map((step) => explain.explain(step, diagnosis));
      assert.ok(report.includes(first), `${first} in ${report}`);
    });
  }

  test("a route that refuses alone is named, with the lines to add there", async () => {
    const { diagnosis, sent, connector } = await diagnosed({ onRoute: ["content-type", "anthropic-version", "x-org-team"] });
    assert.equal(diagnosis.route, "/v1/messages");
    assert.deepEqual(diagnosis.refused, ["x-api-key"]);
    const { message: said, lines } = explain.explain(diagnosis.steps[5], diagnosis);
    assert.match(said, /POST \/v1\/messages does not let x-api-key through, although/);
    assert.match(lines.join("\n"), /^Access-Control-Allow-Headers: .*x-api-key/);
    assert.ok(connector.report({ explain: explain.sentence }).includes(said));
    // Two probes, the list, the message, and six to find out.
    assert.equal(sent.length, 10);
    assert.equal(withToken(sent).length, 2);
    for (const { url, method, headers, body } of sent.slice(4)) {
      assert.match(url, /^https:\/\/gw\.example\.com\/v1\/messages\?probe=\d+$/);
      assert.deepEqual([method, body, new Set(Object.values(headers)).has(TOKEN)], ["POST", undefined, false]);
    }
  });

  test("without a provider it says what an administrator has to do", async () => {
    for (const settings of [undefined, {}]) {
      const { fetch, sent } = gateway();
      const connector = await opened({ fetch });
      const diagnosis = await connector.diagnose({ settings });
      assert.deepEqual(wrong(diagnosis), ["configuration not-assigned"]);
      assert.deepEqual(sent, []);
      const { audience, lines } = explain.explain(diagnosis.steps[0], diagnosis);
      assert.deepEqual([audience, lines.length], ["admin", 2]);
      assert.match(connector.report({ explain: explain.sentence }), /no manifest, directory attribute or bootstrap answer/);
      assert.equal(connector.state, "needs-settings", "the user can still type one");
    }
  });

  test("before a diagnosis the report says that nothing is configured", async () => {
    const connector = await opened();
    assert.match(connector.report(), /Nothing is configured/);
  });

  describe("the other hosts that are configured", () => {
    const SKILLS = [{ name: "a", url: "https://files.example.com/a.md?sig=s3cret-signature" }];
    const MCP = [{ url: "https://mcp.example.com/risk", label: "Risk" }];
    const parameters = { gateway_url: "https://gw.example.com", gateway_token: TOKEN, mcp_servers: JSON.stringify(MCP), model: "claude-a" };
    /** As in a frame of a host that the page trusts, whose word the address is. */
    const vouched = async (opening) => {
      Object.assign(globalThis, { parent: {}, location: { origin: "https://addin.example.com", ancestorOrigins: ["https://host.example"] } });
      try {
        return await opening();
      } finally {
        delete globalThis.parent;
        delete globalThis.location;
      }
    };
    const ran = async (others, more = {}) => {
      const { fetch: gatewayFetch, sent } = gateway();
      const fetch = async (url, init) => {
        if (new URL(url).host === "gw.example.com") return gatewayFetch(url, init);
        sent.push({ url, ...init });
        return others(url, init);
      };
      const options = { fetch, parameters: { ...parameters, ...more }, hostOrigins: ["https://host.example"], timeouts: { controlMs: 200 } };
      const connector = await vouched(() => opened(options));
      const diagnosis = await connector.diagnose({ confirm: "https://gw.example.com" });
      return { connector, diagnosis, others: sent.filter(({ url }) => new URL(url).host !== "gw.example.com"), sent };
    };
    const words = ({ diagnosis }) => explain.explain(diagnosis.steps.at(-1), diagnosis);

    test("all of them answer", async () => {
      const found = await ran(() => opaque(), { otlp_endpoint: "https://traces.example.com/otlp" });
      assert.deepEqual(wrong(found.diagnosis), []);
      assert.equal(found.diagnosis.steps.at(-1).verdict, "hosts-reachable");
      assert.deepEqual(found.others.map(({ url, mode, headers }) => [url, mode, Object.keys(headers)]), [
        ["https://mcp.example.com/risk", "no-cors", []],
        ["https://traces.example.com/otlp", "no-cors", []],
      ]);
      assert.match(words(found).message, /mcp\.example\.com, https:\/\/traces\.example\.com\.$/);
      for (const { signal } of found.others) assert.equal(signal.aborted, true, "nobody reads what can't be read");
    });

    test("one can't be reached: it works all the same, and says for what it won't", async () => {
      const found = await ran(networkError);
      assert.equal(found.diagnosis.passed, true);
      assert.deepEqual(wrong(found.diagnosis), ["hosts hosts-unreachable"]);
      const { message: said, text } = words(found);
      assert.match(said, /no answer: https:\/\/mcp\.example\.com\.$/);
      assert.match(text, /For an MCP server of the organisation’s: There is no connection to mcp\.example\.com\./);
      assert.ok(found.connector.report({ explain: explain.sentence }).includes(said));
    });

    test("what only a link names is not asked: the user agreed to the gateway", async () => {
      const { fetch, sent } = gateway();
      const connector = await opened({ fetch, parameters });
      const diagnosis = await connector.diagnose({ confirm: "https://gw.example.com" });
      assert.equal(diagnosis.passed, true);
      assert.equal(diagnosis.hosts, undefined);
      for (const { url } of sent) assert.equal(new URL(url).host, "gw.example.com");
    });

    test("one says nothing", async () => {
      const found = await ran(() => new Promise(() => {}));
      assert.deepEqual(found.diagnosis.hosts, [{ address: "https://mcp.example.com", purpose: "mcp", verdict: "silent" }]);
    });

    test("a skill's storage that doesn't allow the page, and no signature is shown to it", async () => {
      const { fetch: gatewayFetch, sent } = gateway();
      const fetch = async (url, init) => {
        if (new URL(url).host === "gw.example.com") return gatewayFetch(url, init);
        sent.push({ url, ...init });
        if (url === "https://cfg.example.com/b" && init.mode !== "no-cors") return json({ skills: SKILLS });
        return init.mode === "no-cors" ? opaque() : networkError();
      };
      const connector = await opened({ fetch, parameters: { ...parameters, mcp_servers: "[]", bootstrap_url: "https://cfg.example.com/b" } });
      await connector.connect(undefined, { interactive: true, confirm: "https://cfg.example.com" }).catch(() => {});
      await connector.connect(undefined, { interactive: true, confirm: "https://gw.example.com" });
      sent.length = 0;
      const diagnosis = await connector.diagnose();
      assert.deepEqual(wrong(diagnosis), ["hosts hosts-unreadable"]);
      const of = sent.filter(({ url }) => url.includes("files.example.com"));
      assert.deepEqual(of.map(({ url, mode }) => [url, mode]), [["https://files.example.com/a.md", "cors"], ["https://files.example.com/a.md", "no-cors"]]);
      const { lines, where } = explain.explain(diagnosis.steps.at(-1), diagnosis);
      assert.match(lines[0], /^Access-Control-Allow-Origin: /);
      assert.equal(where, "on the answers of https://files.example.com");
    });
  });

  test("a failure is told with its hint and without the token", async () => {
    const { diagnosis } = await diagnosed({ list: () => refused(401, "authentication_error") });
    assert.ok(isConnectorError(diagnosis.failure));
    assert.equal(diagnosis.failure.status, 401);
    assert.ok(!diagnosis.failure.message.includes(TOKEN), diagnosis.failure.message);
  });

  test("progress: each step runs before it ends, and a listener that throws stops nothing", async () => {
    const seen = [];
    // What a listener throws is thrown again where nobody waits for it.
    const rethrown = [];
    const later = globalThis.setTimeout;
    globalThis.setTimeout = (call, ms, ...rest) => (ms === undefined ? rethrown.push(call) : later(call, ms, ...rest));
    try {
      const { diagnosis } = await diagnosed({}, {
        onProgress({ steps }) {
          seen.push(steps.map(({ status }) => status[0]).join(""));
          throw new Error("a listener");
        },
      });
      assert.equal(diagnosis.passed, true);
    } finally {
      globalThis.setTimeout = later;
    }
    assert.equal(rethrown.length, seen.length);
    assert.throws(rethrown[0], /a listener/);
    assert.deepEqual(seen, ["prppppp", "ppprppp", "pppprpp", "ppppprp", "ppppppp"]);
  });

  test("it can be stopped at any time, with the page's own reason", async () => {
    for (const stopAt of [1, 2, 3, 4]) {
      const { fetch } = gateway({ answer: () => new Promise(() => {}) });
      const connector = await opened({ fetch });
      const controller = new AbortController();
      let steps = 0;
      const reason = { stopped: stopAt };
      const onProgress = () => (steps += 1) === stopAt && controller.abort(reason);
      await assert.rejects(connector.diagnose({ settings, signal: controller.signal, onProgress }), (error) => error === reason);
    }
    const connector = await opened({ fetch: gateway().fetch });
    await assert.rejects(connector.diagnose({ settings, signal: AbortSignal.abort(null) }), (error) => error === null);
  });

  test("a newer one, signing out and freeing stop it", async () => {
    const silent = { answer: () => new Promise(() => {}) };
    for (const stop of [(connector) => connector.diagnose({ settings }).catch(() => {}), (connector) => connector.signOut(), (connector) => connector.free()]) {
      const connector = await opened({ fetch: gateway(silent).fetch, timeouts: { controlMs: 100 } });
      const first = connector.diagnose({ settings, onProgress: ({ steps }) => steps[5].status === "running" && resolve() });
      let resolve;
      const asking = new Promise((settle) => (resolve = settle));
      first.catch(() => {});
      await asking;
      const stopped = stop(connector);
      await assert.rejects(first, { name: "AbortError" });
      await stopped;
    }
  });

  test("a connection that is made meanwhile ends it", async () => {
    let release;
    const hangs = () => new Promise((resolve) => (release = () => resolve(sse(events))));
    const { fetch } = gateway({ answer: ({ body }) => (JSON.parse(body).max_tokens > 1 ? hangs() : json(hello("claude-a"))) });
    const connector = await opened({ fetch });
    let resolve;
    const asking = new Promise((settle) => (resolve = settle));
    const first = connector.diagnose({ settings, onProgress: ({ steps }) => steps[5].status === "running" && resolve() });
    first.catch(() => {});
    await asking;
    await connector.connect(settings);
    release();
    await assert.rejects(first, { name: "AbortError" });
    assert.equal(connector.state, "ready");
  });

  test("what fails is not asked for again", async () => {
    const { fetch, sent } = gateway({ list: () => refused(529, "overloaded_error") });
    const connector = await opened({ fetch, maxRetries: 2 });
    assert.deepEqual(wrong(await connector.diagnose({ settings })), ["models overloaded"]);
    assert.equal(withToken(sent).length, 1);
  });

  test("a configuration that can't be used is a verdict, and nothing is sent", async () => {
    const { fetch, sent } = gateway();
    const connector = await opened({ fetch });
    const diagnosis = await connector.diagnose({ settings: { gateway_url: "http://gw.example.com", gateway_token: TOKEN } });
    assert.deepEqual(wrong(diagnosis), ["configuration not-configured"]);
    assert.match(diagnosis.failure.message, /plain http/);
    assert.deepEqual(sent, []);
    assert.match(explain.explain(diagnosis.steps[0], diagnosis).text, /https/);
  });

  test("a host that only a link names is asked about first", async () => {
    const { fetch, sent } = gateway();
    const connector = await opened({ fetch, parameters: { gateway_url: "https://gw.example.com", gateway_token: TOKEN } });
    await assert.rejects(connector.diagnose(), (error) => error.hint.id === "confirm-host");
    assert.deepEqual(sent, []);
    const diagnosis = await connector.diagnose({ confirm: "https://gw.example.com" });
    assert.equal(diagnosis.passed, true);
  });

  test("what is no option is refused", async () => {
    const connector = await opened();
    await assert.rejects(connector.diagnose({ onProgress: 5 }), { code: "invalid-argument" });
    await assert.rejects(connector.diagnose({ signal: {} }), { code: "invalid-argument" });
    assert.throws(() => connector.report({ explain: 5 }), { code: "invalid-argument" });
  });
});

describe("connector.report", () => {
  test("before anything, after a failure, and after signing out", async () => {
    const { fetch } = gateway({ list: () => refused(401, "authentication_error") });
    const parameters = { gateway_url: "https://gw.example.com", gateway_token: TOKEN, m: "1.0.0.4", et: "BLOB", _host_Info: "Excel$Win32$16.01$en-US$x" };
    const connector = await opened({ fetch, parameters });
    assert.match(connector.report(), /Nothing was checked yet\./);
    await assert.rejects(connector.connect(undefined, { interactive: true, confirm: "https://gw.example.com" }));
    await connector.diagnose({ confirm: "https://gw.example.com" });
    const report = connector.report({ explain: explain.sentence });
    assert.match(report, /^Claude for Office connection failed \(Gateway\)\n/);
    assert.match(report, /Manifest: 1\.0\.0\.4\nHost: Excel Win32 16\.01\n/);
    assert.match(report, /key-refused: gw\.example\.com does not accept the token\./);
    assert.match(report, /gateway_token: 22 characters, sha256 [0-9a-f]{8} \(manifest\)/);
    assert.match(report, /Raw error: credential-invalid: .*\n {2}HTTP status: 401\n/);
    assert.ok(!report.includes("BLOB") && !report.includes("en-US"), report);
    await connector.signOut();
    assert.ok(!connector.report().includes("key-refused"));
  });
});

describe("the words", () => {
  const declared = types.split("export type DiagnosisVerdict =")[1].split(";")[0].split('"').filter((_, at) => at % 2);
  const core = readFileSync(new URL("../../src/diagnosis/verdict.rs", import.meta.url), "utf8");
  const known = [...core.split("static ROWS")[1].split("];")[0].matchAll(/\("([a-z-]+)", (\w+)\)/g)].map(([, id, status]) => ({ id, status }));
  const diagnosis = {
    page: "https://addin.example.com",
    host: "gw.example.com",
    origin: "https://gw.example.com",
    headers: ["content-type", "x-api-key"],
    refused: ["x-api-key"],
    route: "/v1/messages",
    model: "claude-a",
    steps: [],
    hosts: [{ address: "https://mcp.example.com", purpose: "mcp", verdict: "policy-refused" }, { address: "https://files.example.com", purpose: "skill", verdict: "origin-refused" }],
    arrival: { contentType: "application/json", events: 9, firstMs: 6100, lastMs: 6110 },
  };
  const put = (verdict) => explain.explain({ verdict }, diagnosis);

  test("every verdict of the core is declared and explained", () => {
    assert.ok(known.length > 40);
    assert.deepEqual(known.map(({ id }) => id), declared);
    for (const { id, status } of known) {
      const { message: said, text, lines, where } = put(id);
      assert.match(said, /^[A-Zgc].*\.$/, id);
      assert.ok(!/undefined|NaN/.test(said + text + lines), `${id}: ${said} ${text}`);
      assert.equal(status === "Passed", text === "" && id !== "failed", id);
      assert.equal(lines.length > 0, where !== "", id);
    }
  });

  test("the lines to add are exact", () => {
    const origin = ["Access-Control-Allow-Origin: https://addin.example.com", "Vary: Origin"];
    const headers = "Access-Control-Allow-Headers: content-type, x-api-key";
    assert.deepEqual(put("origin-refused").lines, origin);
    assert.deepEqual(put("errors-unreadable").lines, origin);
    assert.deepEqual(put("preflight-refused").lines, [...origin, "Access-Control-Allow-Methods: GET, POST", headers, "Access-Control-Max-Age: 600"]);
    assert.deepEqual(put("header-refused").lines, [headers]);
    assert.deepEqual(put("any-header-allowed").lines, [headers]);
    assert.deepEqual(put("policy-refused").lines, ["connect-src 'self' https://gw.example.com"]);
    assert.deepEqual(explain.explain({ verdict: "policy-refused" }, { ...diagnosis, policy: "'self' https://a.example" }).lines, ["connect-src 'self' https://a.example https://gw.example.com"]);
    assert.deepEqual(put("hosts-unreachable").lines, ["connect-src 'self' https://mcp.example.com"]);
    assert.deepEqual(put("hosts-unreadable").lines, origin);
    assert.deepEqual(put("other-auth-header").lines, ["gateway_auth_header=authorization"]);
    assert.equal(explain.explain({ verdict: "other-auth-header" }, { ...diagnosis, headers: ["authorization"] }).lines[0], "gateway_auth_header=x-api-key");
    assert.deepEqual(put("buffered").lines, ["X-Accel-Buffering: no", "Cache-Control: no-cache, no-transform"]);
  });

  test("words that depend on what was seen", () => {
    const said = (step, found) => Object.values(explain.explain(step, { ...diagnosis, provider: "gateway", ...found })).join(" ");
    for (const [step, found, words] of [
      [{ verdict: "web-page" }, { failure: { status: 403 } }, /with status 403 .*firewall/],
      [{ verdict: "web-page" }, { failure: { status: 200 } }, /sign in there/],
      [{ verdict: "web-page" }, {}, /sign in there/],
      [{ id: "models", verdict: "wrong-path" }, {}, /no list of models .*enter the id of a model/],
      [{ id: "answer", verdict: "wrong-path" }, {}, /nothing at this address\. The base address/],
      [{ verdict: "not-streamed" }, { arrival: { contentType: "", events: 9, firstMs: 10, lastMs: 400 } }, /does not call itself one.*calls itself nothing/],
      [{ verdict: "not-streamed" }, { arrival: { contentType: "application/json", events: 1, firstMs: 10, lastMs: 10 } }, /comes whole/],
      [{ id: "answer", verdict: "preflight-refused" }, {}, /preflight of messages alone.*POST \/v1\/messages/],
      [{ id: "headers", verdict: "preflight-refused" }, {}, /OPTIONS before each request/],
      [{ id: "answer", verdict: "origin-refused" }, {}, /answers POST \/v1\/messages, .*although/],
      [{ id: "answer", verdict: "answer-unreadable" }, { steps: [{ id: "origin", verdict: "origin-allowed" }] }, /answer to the right one/],
      [{ id: "answer", verdict: "answer-unreadable" }, { steps: [{ id: "origin", verdict: "errors-unreadable" }] }, /rules of its own/],
      [{ verdict: "local-network-refused" }, { host: "127.0.0.1:4000", loopbackNetwork: "denied" }, /permission is denied/],
      [{ verdict: "local-network-refused" }, { host: "10.1.2.3", localNetwork: "denied", loopbackNetwork: "prompt" }, /permission is denied/],
      [{ verdict: "local-network-refused" }, { host: "gw.localhost:1", localNetwork: "denied", loopbackNetwork: "prompt" }, /before the user has been asked/],
      [{ verdict: "local-network-refused" }, { localNetwork: "prompt" }, /before the user has been asked/],
      [{ verdict: "unreachable" }, { localNetwork: "prompt" }, /asks the user first/],
      [{ verdict: "hosts-unreachable" }, { hosts: [{ address: "https://mcp.example.com", purpose: "mcp", verdict: "silent" }] }, /mcp\.example\.com accepts the connection/],
      [{ verdict: "not-assigned" }, { failure: { hint: { id: "not-assigned", text: "Assign a provider." } } }, /Assign a provider\./],
    ]) {
      assert.match(said(step, found), words, `${step.verdict} ${JSON.stringify(found)}`);
    }
  });

  test("servers are told the page and every header", () => {
    for (const id of ["origin-refused", "preflight-refused"]) {
      const snippets = put(id).snippets;
      assert.ok(snippets.length > 5);
      for (const { server, text } of snippets) {
        assert.ok(text.includes("https://addin.example.com"), server);
        if (server !== "LiteLLM") assert.ok(text.includes("x-api-key") && text.includes("content-type"), server);
      }
    }
    assert.ok(put("buffered").snippets.some(({ text }) => text.includes("proxy_buffering off")));
  });

  test("an allowlist in each of its forms", async () => {
    const connector = await opened();
    const page = globalThis.location?.origin ?? "null";
    assert.deepEqual(connector.allowlist().map(({ purpose }) => purpose), ["pane", "office-js"]);
    await connector.connect(settings).catch(() => {});
    const entries = [
      { address: page, purpose: "pane", headers: [] },
      { address: "https://appsforoffice.microsoft.com", purpose: "office-js", headers: [] },
      { address: "https://gw.example.com:8443", purpose: "inference", headers: ["content-type", "x-api-key"] },
    ];
    assert.equal(
      explain.allowlistTable(entries),
      "null                                 the taskpane’s pages and this package (always)\n" +
        "https://appsforoffice.microsoft.com  office.js (in Office)\n" +
        "https://gw.example.com:8443          models and messages (while this provider is configured)\n",
    );
    const [names, , office] = explain.allowlistCsv(entries).split("\r\n");
    assert.equal(names, '"address","purpose","when"');
    assert.equal(office, '"https://appsforoffice.microsoft.com","office.js","in Office"');
    assert.equal(explain.connectSrc(entries), "connect-src 'self' https://gw.example.com:8443");
    assert.deepEqual(explain.corsRequirements(entries), [
      {
        address: "https://gw.example.com:8443",
        lines: [
          "Access-Control-Allow-Origin: null",
          "Vary: Origin",
          "Access-Control-Allow-Methods: GET, POST",
          "Access-Control-Allow-Headers: content-type, x-api-key",
          "Access-Control-Max-Age: 600",
          "Access-Control-Expose-Headers: request-id, retry-after, retry-after-ms, x-should-retry",
        ],
      },
    ]);
  });
});

describe("every provider", () => {
  const ROLE = { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1", model: "anthropic.claude-a" };
  const GOOGLE = { gcp_project_id: "contoso-ai", gcp_region: "us-east5", google_client_id: "1-a.apps.googleusercontent.com", model: "claude-a" };
  const FOUNDRY = { azure_resource_name: "contoso-ai", azure_api_key: TOKEN, model: "claude-a" };
  const ISSUED = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
  const inFrames = () => new Response(frames(events), { headers: { "content-type": "application/vnd.amazon.eventstream" } });
  const granted = () =>
    json({
      AssumeRoleWithWebIdentityResponse: {
        AssumeRoleWithWebIdentityResult: {
          Credentials: { AccessKeyId: "ASIA1", SecretAccessKey: "aws-secret", SessionToken: "aws-session", Expiration: Date.now() / 1000 + 3600 },
        },
      },
    });
  /** A cloud that lets pages read everything, or only what has a body. */
  const cloud = ({ anonymous = true, sts = granted, message = (url) => (url.includes("bedrock-runtime") ? inFrames() : sse(events)) } = {}) => {
    const sent = [];
    const fetch = async (url, init) => {
      sent.push({ url, ...init });
      if (init.mode === "no-cors") return opaque();
      if (new URL(url).hostname.startsWith("sts.")) return sts();
      if (!init.body) return anonymous ? refused(403, "permission_error") : networkError();
      return message(url, init);
    };
    return { fetch, sent };
  };
  const getToken = async () => ({ token: ISSUED, account: "ada@contoso.com" });
  const ran = async (settings, { cloud: faults, ...options } = {}) => {
    const { fetch, sent } = cloud(faults);
    const connector = await opened({ fetch, getToken, timeouts: { controlMs: 400 }, ...options });
    return { connector, sent, diagnosis: await connector.diagnose({ settings }) };
  };
  const secrets = new RegExp([TOKEN, ISSUED, "aws-secret", "aws-session"].join("|"));

  const CASES = {
    "Bedrock": [ROLE, /bedrock-runtime\.us-east-1\.amazonaws\.com\/model\/.*\/invoke-with-response-stream/, ["authorization", "content-type", "x-amz-date", "x-amz-security-token"], 1],
    "Vertex AI": [GOOGLE, /us-east5-aiplatform\.googleapis\.com\/.*:streamRawPredict/, ["authorization", "content-type"], 0],
    "Foundry": [FOUNDRY, /contoso-ai\.services\.ai\.azure\.com\/anthropic\/v1\/messages/, ["anthropic-version", "content-type", "x-api-key"], 0],
  };
  for (const [name, [settings, address, headers, exchanges]] of Object.entries(CASES)) {
    for (const anonymous of [true, false]) {
      test(`${name}: ${anonymous ? "readable" : "unreadable"} without a credential`, async () => {
        const { diagnosis, sent, connector } = await ran(settings, { cloud: { anonymous } });
        assert.deepEqual(wrong(diagnosis), []);
        assert.equal(diagnosis.passed, true);
        // Where the page issues tokens, whoever signs in is not asked; AWS' two hosts are.
        assert.equal(sent.length, 2 + exchanges + 1 + 2 * exchanges);
        for (const { url, mode, headers: given } of sent.slice(2 + exchanges + 1)) {
          assert.match(url, /^https:\/\/sts\.(us-east-1\.)?amazonaws\.com\/\?Action=GetCallerIdentity&/);
          assert.deepEqual([mode, given], ["no-cors", {}]);
        }
        const message = sent[2 + exchanges];
        const probes = sent.slice(0, 2);
        for (const { url, method, body } of probes) {
          assert.equal(method, "POST");
          assert.match(url, address);
          assert.equal(body, undefined);
        }
        assert.deepEqual(probes.map(({ mode }) => mode), anonymous ? ["cors", "cors"] : ["cors", "no-cors"]);
        assert.ok(!secrets.test(JSON.stringify(probes)));
        assert.match(message.url, address);
        // What was asked for at the preflight is what the message has.
        assert.deepEqual(Object.keys(message.headers).sort(), headers);
        assert.deepEqual([...diagnosis.headers].sort(), headers);
        if (anonymous) assert.deepEqual(Object.keys(probes[1].headers).sort(), headers);
        assert.ok(!secrets.test(connector.report({ explain: explain.sentence })));
      });
    }
  }

  test("nobody issues a token", async () => {
    const failing = async () => {
      throw new Error(`no session for ${ISSUED}`);
    };
    for (const [getToken, id] of [[undefined, "pass-redirect-uri"], [failing, "sign-in-again"]]) {
      const { diagnosis, sent, connector } = await ran(GOOGLE, { getToken });
      assert.deepEqual(wrong(diagnosis), ["models not-signed-in"]);
      assert.equal(diagnosis.failure.hint.id, id);
      // Where nobody else does, the connector signs in: Google's hosts are asked as well.
      const asked = sent.map(({ url }) => new URL(url).host).slice(2);
      assert.deepEqual(asked, getToken ? [] : ["accounts.google.com", "oauth2.googleapis.com"], "only probes");
      const report = connector.report({ explain: explain.sentence });
      assert.match(report, /^Claude for Office connection failed \(Google Vertex AI\)\n/);
      assert.match(report, /not-signed-in: Google Vertex AI is opened by the user’s token of Google’s/);
      assert.ok(!secrets.test(report), report);
    }
  });

  test("the token service is blamed for what is its own", async () => {
    const away = await ran(ROLE, { cloud: { sts: networkError } });
    assert.deepEqual(wrong(away.diagnosis), ["models token-service-unreachable"]);
    assert.match(away.diagnosis.failure.message, /sts\.us-east-1\.amazonaws\.com/);
    const denied = json({ Error: { Code: "AccessDenied", Message: "Not authorized to perform sts:AssumeRoleWithWebIdentity" } }, { status: 403 });
    const { diagnosis, connector } = await ran(ROLE, { cloud: { sts: () => denied.clone() } });
    assert.deepEqual(wrong(diagnosis), ["models access-not-obtained"]);
    assert.match(connector.report({ explain: explain.sentence }), /\(Amazon Bedrock\)\n/);
  });

  test("a cloud's answer that can't be read has no lines to add", async () => {
    const { diagnosis } = await ran(FOUNDRY, { cloud: { anonymous: false, message: networkError } });
    assert.deepEqual(wrong(diagnosis), ["origin unprobed", "headers unprobed", "answer answer-unreadable"]);
    for (const step of diagnosis.steps) {
      const explained = explain.explain(step, diagnosis);
      assert.deepEqual(explained?.lines ?? [], [], step.id);
      assert.deepEqual(explained?.snippets ?? [], [], step.id);
      assert.ok(!/gateway/i.test(JSON.stringify(explained ?? "")), JSON.stringify(explained));
    }
  });

  test("the time to get a token is not the answer's", async () => {
    const slowly = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return { token: ISSUED };
    };
    const { diagnosis } = await ran(GOOGLE, { getToken: slowly });
    assert.ok(diagnosis.arrival.firstMs < 250, `${diagnosis.arrival.firstMs}`);
    assert.ok(diagnosis.steps[4].elapsedMs >= 290, `${diagnosis.steps[4].elapsedMs}`);
  });

  test("the hosts of all of them, in words", async () => {
    for (const [settings, purposes] of [
      [ROLE, ["entra", "inference", "aws-sts", "aws-sts"]],
      [GOOGLE, ["inference", "google-sign-in", "google-tokens"]],
      [FOUNDRY, ["inference"]],
    ]) {
      const { connector } = await ran(settings);
      const entries = connector.allowlist();
      assert.deepEqual(entries.slice(2).map(({ purpose }) => purpose), purposes);
      assert.deepEqual(explain.corsRequirements(entries), []);
      for (const { purpose } of entries) {
        assert.ok(!explain.allowlistTable(entries).includes(` ${purpose} (`), purpose);
      }
      assert.ok(!explain.connectSrc(entries).includes("accounts.google.com"));
    }
  });
});
