// What providers can do, what of a request they get, and what is remembered of their models.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";

import { loader, moduleBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
  delete globalThis.Office;
});

const message = { id: "msg_1", type: "message", role: "assistant", model: "m", content: [{ type: "text", text: "Hello" }], usage: {} };
const events = [
  { type: "message_start", message: { ...message, content: [] } },
  { type: "message_stop" },
];
const json = (value, status = 200) => new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
const sse = () =>
  new Response(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });

const GATEWAY = { gateway_url: "https://gw.example.com", gateway_token: "gateway-token-0123456789" };
const FOUNDRY = { azure_resource_name: "contoso-ai", azure_api_key: "foundry-key-0123456789" };
const ROLE = { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1" };

const WEB = { type: "web_search_20250305", name: "web_search" };
const CODE = { type: "code_execution_20250825", name: "code_execution" };
const OWN = { name: "sum", input_schema: { type: "object" } };
const params = (...tools) => ({ model: "claude-opus-4-8", max_tokens: 10, messages: [{ role: "user", content: "Hi" }], tools });

/** What was sent, and the answers by a rule. */
function network(rule = () => undefined) {
  const sent = [];
  const fetch = async (url, init) => {
    const body = init.body ? JSON.parse(init.body) : undefined;
    sent.push({ url, body, headers: init.headers });
    const answer = await rule({ url, body, headers: init.headers });
    if (answer) return answer;
    if (url.includes("/v1/models")) return json({ data: [{ id: "claude-opus-4-8" }] });
    return body.stream ? sse() : json(message);
  };
  return { sent, fetch };
}
const opened = async (options) => {
  const connector = await Connector.open({ storage: "memory", maxRetries: 0, ...options });
  open.push(connector);
  return connector;
};
const refused = (code) => (error) => isConnectorError(error) && error.code === code;
const names = ({ body }) => body.tools?.map(({ name }) => name);

describe("the feature table", () => {
  test("of each provider, before anything is configured", async () => {
    const connector = await opened();
    const row = (...of) => {
      const { webSearch, codeExecution, countTokens, listsModels, outlook } = connector.capabilitiesOf(...of);
      return [webSearch, codeExecution, countTokens, listsModels, outlook];
    };
    assert.deepEqual(row("gateway"), ["unknown", "unknown", true, true, true]);
    assert.deepEqual(row("gateway", "bedrock"), ["unavailable", "unavailable", false, false, true]);
    assert.deepEqual(row("gateway", "vertex"), ["unavailable", "unavailable", true, false, true]);
    assert.deepEqual(row("vertex"), ["available", "unavailable", true, false, true]);
    assert.deepEqual(row("bedrock"), ["unavailable", "unavailable", false, false, false]);
    assert.deepEqual(row("foundry"), ["available", "available", true, false, true]);
    for (const of of [["azure"], ["gateway", "soap"], [], [5]]) {
      assert.throws(() => connector.capabilitiesOf(...of), refused("invalid-argument"));
    }
  });

  test("of the provider in force, with its notice", async () => {
    const { fetch } = network();
    const connector = await opened({ fetch, parameters: FOUNDRY });
    assert.equal(connector.capabilities, undefined);
    await connector.connect(FOUNDRY);
    assert.equal(connector.capabilities.provider, "foundry");
    assert.deepEqual(connector.capabilities.notices.map(({ id }) => id), ["runs-on-anthropic"]);
    assert.match(connector.capabilities.notices[0].text, /Anthropic's infrastructure/);
    await connector.connect(GATEWAY);
    assert.deepEqual([connector.capabilities.provider, connector.capabilities.notices], ["gateway", []]);
  });
});

describe("server tools", () => {
  test("what a provider can't run is left out of the request, here and in prepare", async () => {
    const { fetch, sent } = network();
    const connector = await opened({ fetch });
    await connector.connect({ ...GATEWAY, gateway_api_format: "bedrock" });
    sent.length = 0;
    await connector.messages.create(params(WEB, OWN, CODE));
    await connector.messages.create({ ...params(WEB), tool_choice: { type: "tool", name: "web_search" } });
    assert.deepEqual(names(sent[0]), ["sum"]);
    assert.equal("tools" in sent[1].body || "tool_choice" in sent[1].body, false);
    const prepared = await connector.messages.prepare(params(WEB, OWN));
    assert.deepEqual(names({ body: JSON.parse(prepared.body) }), ["sum"]);
  });

  for (const [name, status, body] of [
    ["422 by its name", 422, { detail: [{ type: "missing", loc: ["body", "tools", 0, "input_schema"], msg: "Field required", input: WEB }] }],
    ["400 without a name", 400, { error: { message: "tools.0: Input tag 'server' does not match any of the expected tags" } }],
  ]) {
    test(`a gateway's ${name} doesn't end the chat`, async () => {
      const knows = ({ body: { tools } = {} }) => tools?.some(({ type }) => type?.startsWith("web_search")) && json(body, status);
      const { fetch, sent } = network(knows);
      const connector = await opened({ fetch });
      await connector.connect(GATEWAY);
      assert.equal(connector.capabilities.webSearch, "unknown");
      sent.length = 0;
      const retries = [];
      const stream = connector.messages.stream(params(WEB, OWN));
      stream.on("retry", (notice) => retries.push(notice));
      await stream.finalMessage();
      assert.deepEqual(sent.map(names), [["web_search", "sum"], ["sum"]]);
      assert.deepEqual(retries, []);
      assert.equal(connector.capabilities.webSearch, "unavailable");
      // It is not asked for again.
      sent.length = 0;
      await connector.messages.create(params(WEB, OWN));
      assert.deepEqual(sent.map(names), [["sum"]]);
      // Another connection begins anew.
      await connector.connect(GATEWAY);
      assert.equal(connector.capabilities.webSearch, "unknown");
    });
  }

  test("a refusal that is about something else is told, once", async () => {
    for (const [status, text] of [[400, "max_tokens: required"], [422, "no"], [500, "web_search"]]) {
      const { fetch, sent } = network(({ body }) => (body?.tools ? json({ error: { message: text } }, status) : undefined));
      const connector = await opened({ fetch });
      await connector.connect(GATEWAY);
      sent.length = 0;
      await assert.rejects(connector.messages.create(params(WEB)), isConnectorError);
      assert.equal(sent.length, 1, text);
      assert.equal(connector.capabilities.webSearch, "unknown");
    }
  });

  test("a gateway that refuses everything is not asked for ever", async () => {
    const { fetch, sent } = network(({ body }) => (body?.tools ? json({ error: { message: "no tools here" } }, 422) : undefined));
    const connector = await opened({ fetch });
    await connector.connect(GATEWAY);
    sent.length = 0;
    await assert.rejects(connector.messages.create(params(WEB, CODE, OWN)), refused("request-invalid"));
    assert.deepEqual(sent.map(names), [["web_search", "code_execution", "sum"], ["sum"]]);
    assert.equal(connector.capabilities.webSearch, "unknown");
  });
});

describe("betas and the version of the API", () => {
  test("both places of betas come down to the one of the format", async () => {
    const { fetch, sent } = network();
    const connector = await opened({ fetch, parameters: { anthropic_version: "2026-10-21" } });
    const asked = { ...params(), anthropic_beta: ["b-2"] };
    await connector.connect(GATEWAY);
    await connector.messages.create(asked, { betas: ["a-1"] });
    const { headers, body } = sent.at(-1);
    assert.equal(headers["anthropic-beta"], "a-1,b-2");
    assert.equal(headers["anthropic-version"], "2026-10-21");
    assert.equal("anthropic_beta" in body, false);
    assert.equal(sent[0].headers["anthropic-version"], "2026-10-21", "the list of models is asked for in it, too");
    await connector.connect({ ...GATEWAY, gateway_api_format: "bedrock" });
    await connector.messages.create(asked, { betas: ["a-1"] });
    assert.deepEqual(sent.at(-1).body.anthropic_beta, ["a-1", "b-2"]);
    assert.equal(sent.at(-1).body.anthropic_version, "2026-10-21");
    await connector.messages.create({ ...asked, anthropic_version: "own" });
    assert.equal(sent.at(-1).body.anthropic_version, "own");
  });

  test("what makes no sense is refused", async () => {
    const connector = await opened({ parameters: { ...GATEWAY, anthropic_version: "2026 10" } });
    await assert.rejects(connector.connect(), refused("configuration-invalid"));
    for (const options of [{ app: "excel" }, { app: { name: 5 } }, { app: { version: 5 } }]) {
      await assert.rejects(Connector.open(options), refused("invalid-argument"), JSON.stringify(options));
    }
  });
});

describe("Outlook", () => {
  test("Bedrock is refused there before anything is sent", async () => {
    for (const given of ["app", "Office"]) {
      const { fetch, sent } = network();
      if (given === "Office") globalThis.Office = { context: { host: "Outlook" } };
      const connector = await opened({ fetch, parameters: ROLE, ...(given === "app" && { app: { name: "Outlook" } }) });
      assert.deepEqual(
        connector.configuration.problems.map(({ id, severity, keys }) => [id, severity, keys]),
        [["unusable-value", "error", ["aws_role_arn"]], ["needs-key", "warning", ["aws_role_arn"]]],
      );
      await assert.rejects(connector.connect(), refused("unsupported"));
      await assert.rejects(connector.connect(ROLE, { interactive: true }), refused("unsupported"));
      assert.deepEqual(sent, []);
    }
  });

  test("a gateway is used with the model that is supported", async () => {
    const { fetch } = network(({ url }) =>
      url.includes("/v1/models") ? json({ data: [{ id: "claude-opus-4-8" }, { id: "claude-opus-4-7" }, { id: "claude-3-opus-20240229" }] }) : undefined,
    );
    const connector = await opened({ fetch, app: { name: "outlook" } });
    await connector.connect(GATEWAY);
    assert.deepEqual(connector.models.map(({ id, unsupported }) => [id, unsupported]), [
      ["claude-opus-4-7", undefined],
      ["claude-opus-4-8", "not-in-outlook"],
      ["claude-3-opus-20240229", "too-old"],
    ]);
  });
});

describe("models that were tried", () => {
  const storage = () => {
    const map = new Map();
    return {
      map,
      get length() {
        return map.size;
      },
      key: (at) => [...map.keys()][at] ?? null,
      getItem: (name) => map.get(name) ?? null,
      setItem: (name, value) => void map.set(name, value),
      removeItem: (name) => void map.delete(name),
    };
  };
  /** Three of them answer. */
  const some = ({ body }) => {
    const { model } = body;
    if (model === "claude-sonnet-4-6") return json({ error: { type: "rate_limit_error", message: "quota" } }, 429);
    if (["claude-opus-4-8", "claude-sonnet-4-5"].includes(model)) return undefined;
    if (model === "claude-opus-5") return json({ error: { code: "403", message: "no" } }, 403);
    return json({ error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." } }, 404);
  };

  test("each has its verdict, and the next pane asks one of them", async () => {
    const store = storage();
    const { fetch, sent } = network(some);
    const first = await opened({ fetch, storage: store });
    await first.connect(FOUNDRY);
    assert.equal(sent.length, 12);
    const found = first.models;
    assert.deepEqual(found.slice(0, 4).map(({ id, verdict }) => [id, verdict]), [
      ["claude-opus-4-8", "usable"],
      ["claude-sonnet-4-6", "no-quota"],
      ["claude-sonnet-4-5", "usable"],
      ["claude-opus-5-5", "not-routed"],
    ]);
    assert.equal(found.find(({ id }) => id === "claude-opus-5").verdict, "no-access");
    assert.equal(new Date(found[2].retiresAt).toISOString(), "2026-11-30T00:00:00.000Z");

    sent.length = 0;
    const second = await opened({ fetch, storage: store });
    await second.connect();
    assert.deepEqual(sent.map(({ body }) => body.model), ["claude-opus-4-8"]);
    assert.deepEqual(second.models, found);
    const kept = [...store.map].find(([name]) => name.endsWith("models"))[1];
    assert.doesNotMatch(kept, /foundry-key|contoso/);

    // Whoever asks anew gets an answer of today.
    for (const ask of [() => second.refreshModels(), () => second.test({}), () => second.connect(FOUNDRY)]) {
      sent.length = 0;
      await ask();
      assert.equal(sent.length, 12);
    }
    await second.signOut();
    assert.deepEqual([...store.map.keys()].filter((name) => name.endsWith("models")), []);
  });

  test("one that is gone has all of them tried again", async () => {
    const store = storage();
    let gone = false;
    const { fetch, sent } = network((asked) =>
      gone && asked.body.model === "claude-opus-4-8" ? json({ error: { code: "DeploymentNotFound", message: "gone" } }, 404) : some(asked),
    );
    const first = await opened({ fetch, storage: store });
    await first.connect(FOUNDRY);
    gone = true;
    sent.length = 0;
    const second = await opened({ fetch, storage: store });
    await second.connect();
    assert.equal(sent.length, 13);
    assert.equal(second.models[0].id, "claude-sonnet-4-6");
  });
});
