// The configuration's chain over the page's own fetch: attributes, the
// bootstrap answer, what is told, what is allowed, skills.

import assert from "node:assert/strict";
import { afterEach, before, describe, mock, test } from "node:test";

import { hello } from "./hello.mjs";
import { idToken } from "./host.mjs";
import { loader, moduleBytes, onDemandBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));

before(async () => {
  await loader.init(moduleBytes);
  await loader.onDemand.init(onDemandBytes);
});

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
  mock.timers.reset();
});

const URL_OF_ENDPOINT = "https://cfg.example.com/bootstrap";
const json = (value, status = 200) => new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
const html = () => new Response("<!doctype html><title>Sign in</title>", { headers: { "content-type": "text/html" } });
const GATEWAY = { gateway_url: "https://gw.example.com", gateway_token: "token-of-the-user-0123" };

/** What was sent, and the endpoint's answers one after the other; the last one stays. */
class Network {
  sent = [];
  constructor(...answers) {
    this.fetch = async (url, init) => {
      this.sent.push({ url, ...init });
      if (url.startsWith(URL_OF_ENDPOINT)) {
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        return typeof answer === "function" ? answer(init) : json(answer);
      }
      if (url.includes("/v1/models")) return json({ data: [{ id: "claude-a" }, { id: "claude-b-20250101" }] });
      // What is offered first and not listed is asked for one token.
      if (url.endsWith("/v1/messages")) return json({ id: "m", type: "message", role: "assistant", model: "own-model", content: [], stop_reason: "max_tokens", stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } });
      if (url.startsWith("https://skills.example.com/missing")) return new Response("<Error/>", { status: 403 });
      if (url.startsWith("https://skills.example.com")) return new Response("PK\u0003\u0004zip");
      throw new TypeError("Failed to fetch");
    };
  }
  get asked() {
    return this.sent.filter(({ url }) => url.startsWith(URL_OF_ENDPOINT));
  }
}

const opened = async (network, parameters, options = {}) => {
  const connector = await Connector.open({
    parameters,
    storage: "memory",
    maxRetries: 0,
    fetch: network.fetch,
    hostOrigins: ["https://host.example"],
    app: { name: "excel", version: "1.4.2" },
    ...options,
  });
  open.push(connector);
  return connector;
};
/** Agrees to the endpoint, as nobody vouches for the address here. */
const agreed = { interactive: true, confirm: "https://cfg.example.com" };
const issuer = (claims = {}) => {
  const wanted = [];
  const getToken = async ({ kind, scope, fresh }) => {
    wanted.push(`${kind}${scope && ` ${scope}`}${fresh ? " fresh" : ""}`);
    return { token: kind === "entra-id" ? idToken(claims) : `access-${wanted.length}` };
  };
  return { wanted, getToken };
};
const ids = (connector) => connector.configuration.problems.map(({ id }) => id);

describe("the bootstrap answer", () => {
  test("is quoted where it is an error, but not beside a query, which it might quote", async () => {
    for (const [query, quoted] of [["", true], ["?code=key-in-the-query", false]]) {
      const network = new Network(() => json({ error: { message: "no user of key-in-the-query" } }, 403));
      const connector = await opened(network, { bootstrap_url: `${URL_OF_ENDPOINT}${query}` });
      const error = await connector.connect(undefined, agreed).catch((thrown) => thrown);
      assert.equal(error.code, "permission-denied");
      assert.equal(error.message.includes("key-in-the-query"), quoted);
      assert.ok(quoted || !connector.report().includes("key-in-the-query"));
    }
  });

  test("is refused to who sends no token, and that is the administrator's", async () => {
    const connector = await opened(new Network(() => json({}, 401)), { bootstrap_url: URL_OF_ENDPOINT });
    const { code, hint } = await connector.connect(undefined, agreed).catch((thrown) => thrown);
    assert.deepEqual([code, hint.id, hint.audience, connector.state], ["credential-invalid", "send-bootstrap-token", "admin", "failed"]);
  });

  test("is asked for with what is specified, and open asks nobody", async () => {
    const network = new Network(GATEWAY);
    const { wanted, getToken } = issuer({ "extn.team": ["red & blue"], "extn.gcp_region": "eu" });
    const parameters = { bootstrap_url: `${URL_OF_ENDPOINT}?team={{team}}`, entra_sso: "1", et: "entitlement" };
    const connector = await opened(network, parameters, { getToken });
    assert.equal(network.sent.length, 0);
    assert.deepEqual(wanted, []);
    const states = [];
    connector.onChange((change) => change === "state" && states.push(connector.state));
    await connector.connect(undefined, agreed);
    assert.equal(connector.state, "ready");
    assert.ok(states.includes("connecting"));
    assert.deepEqual(wanted, ["entra-id", "entra-id"]);
    const [{ url, method, headers, credentials, redirect }] = network.asked;
    assert.equal(url, `${URL_OF_ENDPOINT}?team=red%20%26%20blue`);
    assert.deepEqual([method, credentials, redirect], ["GET", "omit", "manual"]);
    assert.equal(headers["x-claude-user-agent"], "claude-excel/1.4.2");
    assert.match(headers.authorization, /^Bearer e30\./);
    const { values } = connector.configuration;
    assert.deepEqual(values.gateway_url, { value: "https://gw.example.com", layer: "bootstrap", secret: false });
    assert.deepEqual([values.gateway_token.layer, values.gateway_token.value], ["bootstrap", "••••0123"]);
    assert.equal(values.gcp_region.layer, "attributes");
    assert.ok(!JSON.stringify(connector.configuration).includes("entitlement"));
    assert.equal(network.sent.at(-1).headers["x-api-key"], GATEWAY.gateway_token);
    // Whoever lets hosts through or reads a report hears of what was fetched, too.
    assert.deepEqual(
      connector.allowlist().slice(2).map(({ purpose, address, headers }) => [purpose, address, ...headers.slice(0, 2)]),
      [
        ["entra", "https://login.microsoftonline.com"],
        ["bootstrap", "https://cfg.example.com", "x-claude-user-agent", "authorization"],
        ["inference", "https://gw.example.com", "content-type", "anthropic-version"],
      ],
    );
    const report = connector.report();
    assert.match(report, /^Claude for Office connection report \(Gateway\)/);
    assert.match(report, /gateway_url: https:\/\/gw\.example\.com \(bootstrap\)/);
    assert.doesNotMatch(report, /token-of-the-user|red%20|red & blue|e30\./);
  });

  test("is not asked for with a token for another of Microsoft's resources", async () => {
    const network = new Network(GATEWAY);
    const getToken = async ({ kind }) => ({ token: idToken(kind === "entra" ? { aud: "https://graph.microsoft.com" } : {}) });
    const parameters = { bootstrap_url: URL_OF_ENDPOINT, entra_sso: "1", entra_scope: "api://cfg/access" };
    const connector = await opened(network, parameters, { getToken });
    await assert.rejects(connector.connect(undefined, agreed), { code: "audience-refused" });
    assert.equal(network.sent.length, 0);
  });

  test("gets the access token that entra_scope names, anew when it is refused", async () => {
    const network = new Network(() => json({}, 401), GATEWAY);
    const { wanted, getToken } = issuer();
    const parameters = { bootstrap_url: URL_OF_ENDPOINT, entra_sso: "1", graph_client_id: "c", entra_scope: "api://cfg/access" };
    const connector = await opened(network, parameters, { getToken });
    await connector.connect(undefined, agreed);
    assert.deepEqual(wanted, ["entra-id", "entra api://cfg/access", "entra api://cfg/access fresh"]);
    assert.deepEqual(network.asked.map(({ headers }) => headers.authorization), ["Bearer access-2", "Bearer access-3"]);
  });

  test("is asked for without a token where nobody signs in", async () => {
    const network = new Network(GATEWAY);
    const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT });
    await connector.connect(undefined, agreed);
    assert.deepEqual(Object.keys(network.asked[0].headers), ["x-claude-user-agent"]);
  });

  test("of a link is asked for when the user has agreed", async () => {
    const network = new Network(GATEWAY);
    const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT, entra_sso: "1" }, issuer());
    await connector.connect();
    assert.equal(network.sent.length, 0);
    assert.equal(connector.confirmation.host, "cfg.example.com");
    await assert.rejects(connector.connect(undefined, { interactive: true }), { code: "interaction-required" });
    assert.equal(network.sent.length, 0);
    await connector.connect(undefined, agreed);
    assert.equal(connector.state, "ready");
    assert.equal(connector.confirmation, undefined);
  });

  const failures = {
    "a web page": [() => html(), "response-invalid", "check-proxy"],
    "no JSON": [() => new Response("{", { headers: { "content-type": "application/json" } }), "response-invalid", "check-bootstrap-endpoint"],
    "a server that fails": [() => json({}, 503), "server-error", "check-bootstrap-endpoint"],
    "a refusal": [() => json({}, 403), "permission-denied", "assign-user"],
    "a redirect": [() => new Response(null, { status: 302, headers: { location: "https://sso.example" } }), "response-invalid", undefined],
    "no answer": [() => Promise.reject(new TypeError("Failed to fetch")), "unreachable", "check-network-or-cors"],
    "more than the limit": [() => json({ x: "y".repeat(5_000) }), "limit-exceeded", "raise-limit"],
    "silence": [() => new Promise(() => {}), "timeout", undefined],
  };
  for (const [name, [answer, code, hint]] of Object.entries(failures)) {
    test(`fails by ${name}`, async () => {
      const network = new Network(answer);
      const options = { limits: { maxBootstrapBytes: 2_000 }, timeouts: { controlMs: 60 } };
      const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT }, options);
      const error = await connector.connect(undefined, agreed).then(assert.fail, (error) => error);
      assert.equal(error.code, code, error.message);
      if (hint) assert.equal(error.hint.id, hint);
      assert.equal(connector.state, "failed");
      assert.equal(connector.error, error);
      assert.equal(network.sent.length, 1);
    });
  }

  test("can be called off, with the page's reason", async () => {
    const network = new Network(() => new Promise(() => {}));
    const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT });
    const controller = new AbortController();
    const connecting = connector.connect(undefined, { ...agreed, signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 5);
    await assert.rejects(connecting, (reason) => reason === "enough");
    assert.equal(connector.state, "needs-settings");
  });

  test("that assigns nothing is an end of its own", async () => {
    const connector = await opened(new Network({ later: 1 }), { bootstrap_url: URL_OF_ENDPOINT });
    await assert.rejects(connector.connect(undefined, agreed), { code: "configuration-invalid" });
    assert.equal(connector.state, "not-assigned");
    assert.equal(connector.error.hint.id, "not-assigned");
    assert.equal(connector.error.hint.audience, "admin");
    await connector.connect({ gateway_url: "https://gw.example.com", gateway_token: "t" });
    assert.equal(connector.state, "ready");
    assert.equal(connector.error, undefined);
  });

  test("is fetched anew before it ends, and the last one serves on where that fails", async () => {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_790_000_000_000 });
    const ends = (inMs) => Math.floor((Date.now() + inMs) / 1_000);
    const network = new Network(
      { ...GATEWAY, bootstrap_expires_at: ends(600_000) },
      () => json({}, 503),
      () => json({ ...GATEWAY, gateway_token: "newer-token-0123456789", bootstrap_expires_at: ends(600_000) * 1_000 }),
    );
    const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT });
    await connector.connect(undefined, agreed);
    const turns = async () => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    const pass = async (ms) => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        mock.timers.tick(10_000);
        await turns();
      }
    };
    await pass(500_000);
    assert.equal(network.asked.length, 1);
    await pass(60_000);
    assert.equal(network.asked.length, 2);
    assert.ok(ids(connector).includes("bootstrap-kept"));
    assert.equal(connector.state, "ready");
    await pass(70_000);
    assert.equal(network.asked.length, 3);
    assert.ok(!ids(connector).includes("bootstrap-kept"));
    const prepared = await connector.messages.prepare({ model: "claude-a", max_tokens: 1, messages: [{ role: "user", content: "x" }] });
    assert.equal(prepared.headers["x-api-key"], "••••6789");
    await connector.signOut();
    await pass(1_200_000);
    assert.equal(network.asked.length, 3);
  });
});

test("without an application to sign in with there are no attributes, and what needs none of it connects", async () => {
  const parameters = { ...GATEWAY, entra_sso: "1" };
  const connector = await opened(new Network(), parameters);
  await connector.connect(undefined, { interactive: true, confirm: "https://gw.example.com" });
  assert.equal(connector.state, "ready");
  assert.ok(ids(connector).includes("attributes-unread"));
  // Where a token is needed all the same, that is told.
  const wanting = await opened(new Network(GATEWAY), { bootstrap_url: URL_OF_ENDPOINT, entra_sso: "1" });
  const error = await wanting.connect(undefined, agreed).then(assert.fail, (error) => error);
  assert.deepEqual([error.code, error.hint.params.key], ["configuration-invalid", "graph_client_id"]);
});

test("a template that nobody fills is named, not the braces in the address", async () => {
  const connector = await opened(new Network(), { ...GATEWAY, gateway_url: "https://gw.example.com/{{nobody}}" });
  const error = await connector.connect(undefined, { interactive: true }).then(assert.fail, (error) => error);
  assert.equal(error.hint.id, "fill-template");
  assert.match(error.message, /^gateway_url: a template/);
});

test("in Outlook the organisation's list only narrows", async () => {
  const network = new Network({ ...GATEWAY, available_models: ["claude-opus-4-8", { id: "claude-opus-4-7", label: "Ours" }] });
  const { fetch } = network;
  network.fetch = (url, init) => (url.includes("/v1/models") ? json({ data: [{ id: "claude-opus-4-7" }, { id: "claude-a" }] }) : fetch(url, init));
  const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT }, { app: { name: "outlook" } });
  await connector.connect(undefined, agreed);
  assert.deepEqual(connector.models.map(({ id, displayName }) => [id, displayName]), [["claude-opus-4-7", "Ours"]]);
});

test("a bootstrap endpoint is asked where the page's code says that it is", async () => {
  const network = new Network();
  const sent = [];
  network.fetch = async (url) => {
    sent.push(url);
    const answer = { data: [{ id: "claude-a" }], ...hello("claude-a"), ...GATEWAY, gateway_url: "https://gw.contoso.example" };
    return url.startsWith("http://127.0.0.1:9/sim/") ? json(answer) : json({}, 500);
  };
  const endpoints = { "*.contoso.example": "http://127.0.0.1:9/sim" };
  const connector = await opened(network, { bootstrap_url: "https://cfg.contoso.example/b?x=1" }, { endpoints });
  assert.equal(connector.confirmation?.host ?? "cfg.contoso.example", "cfg.contoso.example");
  await connector.connect(undefined, { interactive: true, confirm: "https://cfg.contoso.example" });
  assert.deepEqual(sent, ["http://127.0.0.1:9/sim/b?x=1", "http://127.0.0.1:9/sim/v1/models?limit=1000", "http://127.0.0.1:9/sim/v1/messages"]);
});

test("templates of the manifest alone are filled when it is opened", async () => {
  const parameters = { gateway_url: "https://gw.example.com/{{gcp_region}}", gateway_token: "t", gcp_region: "eu/../x", mcp_servers: '[{"url":"{{nobody}}"}]' };
  const connector = await opened(new Network(), parameters);
  assert.equal(connector.configuration.values.gateway_url.value, "https://gw.example.com/eu%2F..%2Fx");
  assert.deepEqual(ids(connector).sort(), ["malformed-entry", "unresolved-template"]);
});

test("two values that contradict each other connect nobody, and are named", async () => {
  const connector = await opened(new Network(), { gateway_url: "https://gw.example.com", gateway_auth_source: "entra", gateway_auth_header: "x-api-key" });
  const error = await connector.connect(undefined, { interactive: true }).then(assert.fail, (error) => error);
  assert.equal(error.code, "configuration-invalid");
  const problem = connector.configuration.problems.find(({ id }) => id === "contradiction");
  assert.deepEqual(problem.keys, ["gateway_auth_source", "gateway_auth_header"]);
  assert.deepEqual([problem.layer, problem.otherLayer, problem.severity], ["manifest", "manifest", "error"]);
});

test("what an organisation allows", async () => {
  const network = new Network({
    ...GATEWAY,
    disabled_features: ["thumbs"],
    access_policies: [{ effect: "deny", action: "addin.access", resource: { type: "open_file", identifiers: [{ type: "mip_label_guid", equals: "G" }] } }],
  });
  const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT });
  assert.equal(connector.allows("thumbs"), true);
  await connector.connect(undefined, agreed);
  assert.equal(connector.allows("thumbs"), false);
  assert.equal(connector.allows("file.upload"), true);
  assert.equal(connector.allows("addin.access", { type: "open_file", label: { guid: "g" } }), false);
  assert.equal(connector.allows("addin.access", { type: "open_file", label: null }), true);
  assert.equal(connector.allows("addin.access", { type: "open_file" }), false);
  assert.throws(() => connector.allows("x", { label: null }), { code: "invalid-argument" });
  assert.throws(() => connector.allows(5), { code: "invalid-argument" });
});

test("the organisation's models, in its order and under its names", async () => {
  const network = new Network({ ...GATEWAY, available_models: ["own-model", { id: "CLAUDE-B", label: "B for us" }] });
  const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT });
  await connector.connect(undefined, agreed);
  assert.deepEqual(connector.models.map(({ id, displayName }) => [id, displayName]), [["own-model", "own-model"], ["claude-b-20250101", "B for us"]]);
});

test("skills, inline and by address", async () => {
  const network = new Network({
    ...GATEWAY,
    skills: [
      { name: "memo", description: "Writes memos", content: btoa("# Memo") },
      { name: "bundle", url: "https://skills.example.com/a.zip?sig=secret-0123" },
      { name: "gone", url: "https://skills.example.com/missing" },
      { name: "odd", content: "***" },
      { name: "both", content: "QQ==", url: "https://skills.example.com" },
    ],
  });
  const connector = await opened(network, { bootstrap_url: URL_OF_ENDPOINT });
  assert.deepEqual(connector.skills, []);
  await connector.connect(undefined, agreed);
  assert.deepEqual(connector.skills.map(({ name, source }) => `${name} ${source}`), ["memo content", "bundle url", "gone url", "odd content"]);
  assert.ok(ids(connector).includes("malformed-entry"));
  assert.ok(!JSON.stringify(connector.configuration).includes("secret-0123"));
  const memo = await connector.skill("memo");
  assert.deepEqual([memo.format, new TextDecoder().decode(memo.bytes)], ["text", "# Memo"]);
  const bundle = await connector.skill("bundle");
  assert.deepEqual([bundle.format, bundle.bytes.length], ["zip", 7]);
  // Bare: whatever opens it stands in the address.
  assert.deepEqual(network.sent.at(-1).headers, {});
  await assert.rejects(connector.skill("gone"), { code: "permission-denied" });
  await assert.rejects(connector.skill("odd"), { code: "response-invalid" });
  await assert.rejects(connector.skill("nobody"), { code: "invalid-argument" });
  const small = await opened(network, { bootstrap_url: URL_OF_ENDPOINT }, { limits: { maxSkillBytes: 3 } });
  await small.connect(undefined, agreed);
  await assert.rejects(small.skill("bundle"), { code: "limit-exceeded" });
});
