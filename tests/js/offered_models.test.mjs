// What an organisation's list of models forbids, wherever a model can be named.

import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";

import { hello } from "./hello.mjs";
import { loader, moduleBytes, onDemandBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));

before(async () => {
  await loader.init(moduleBytes);
  await loader.onDemand.init(onDemandBytes);
});

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const LISTED = ["claude-a", "claude-b-20250101", "claude-c"];
const GATEWAY = { gateway_url: "https://gw.example.com", gateway_token: "token-of-the-user-0123" };
const params = (model) => ({ model, max_tokens: 5, messages: [{ role: "user", content: "Hi" }] });

const ROLE = { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1" };

/** A connector whose manifest has the list, and the models that its gateway was asked for. */
async function connected(parameters, settings = GATEWAY) {
  const asked = [];
  const fetch = async (url, init) => {
    if (url.includes("/v1/models")) return Response.json({ data: LISTED.map((id) => ({ id })) });
    asked.push(JSON.parse(init.body).model);
    return Response.json(url.endsWith("count_tokens") ? { input_tokens: 1 } : hello(asked.at(-1)));
  };
  const connector = await Connector.open({ parameters, storage: "memory", maxRetries: 0, fetch });
  open.push(connector);
  await connector.connect(settings, { interactive: true });
  asked.length = 0;
  return { connector, asked };
}

const forbidden = ({ code, message, hint }) => {
  assert.deepEqual([code, hint.id, hint.params.layer], ["policy-denied", "choose-offered-model", "manifest"]);
  assert.match(message, /available_models, manifest/);
  return true;
};

test("a model that is not offered is refused before anything is sent", async () => {
  const { connector, asked } = await connected({ available_models: "claude-c, claude-b" });
  assert.deepEqual(connector.models.map(({ id }) => id), ["claude-c", "claude-b-20250101"]);
  const { messages } = connector;
  await assert.rejects(messages.create(params("claude-a")), forbidden);
  await assert.rejects(messages.stream(params("claude-a")).finalMessage(), forbidden);
  await assert.rejects(messages.countTokens(params("claude-a")), forbidden);
  await assert.rejects(messages.prepare(params("claude-a")), forbidden);
  for (const settings of [{ model: "claude-a" }, { ...GATEWAY, model: "claude-a" }]) {
    await assert.rejects(connector.test(settings), forbidden);
    await assert.rejects(connector.connect(settings, { interactive: true }), forbidden);
  }
  assert.equal(connector.state, "ready");
  assert.deepEqual(asked, []);
  await messages.create(params("CLAUDE-C"));
  await messages.countTokens(params("claude-b-20250101"));
  assert.deepEqual(asked, ["CLAUDE-C", "claude-b-20250101"]);
});

test("clients of connector.fetch are told as the API would", async () => {
  const { connector, asked } = await connected({ available_models: "claude-c, claude-b" });
  const body = JSON.stringify({ ...params("claude-a"), stream: true });
  const answer = await connector.fetch("https://api.anthropic.com/v1/messages", { method: "POST", body });
  const { error } = await answer.json();
  assert.deepEqual([answer.status, error.type, error.details.error_code], [403, "permission_error", "policy-denied"]);
  const list = await (await connector.fetch("https://api.anthropic.com/v1/models")).json();
  assert.deepEqual(list.data.map(({ id }) => id), ["claude-c", "claude-b-20250101"]);
  assert.deepEqual(asked, []);
});

test("a model that is offered may be typed, and a list of nothing forbids nothing", async () => {
  const { connector } = await connected({ available_models: "claude-c, own-model" }, { ...GATEWAY, model: "own-model" });
  assert.deepEqual(connector.models.map(({ id }) => id), ["claude-c", "own-model"]);
  const without = await connected({ available_models: "[]" });
  await without.connector.messages.create(params("claude-a"));
  assert.deepEqual(without.asked, ["claude-a"]);
});

test("what the organisation calls otherwise than the provider is found all the same", async () => {
  const OPUS = "us.anthropic.claude-opus-4-8";
  const Credentials = { AccessKeyId: "ASIA1", SecretAccessKey: "s", SessionToken: "t", Expiration: Date.now() / 1000 + 3600 };
  const fetch = async (url, { body }) => {
    if (url.includes("/v1/models")) return Response.json({ data: LISTED.map((id) => ({ id })) });
    if (url.includes("sts.")) return Response.json({ Credentials });
    const model = /\/model\/([^/]+)/.exec(url)?.[1] ?? JSON.parse(body).model;
    if ([OPUS, ...LISTED].includes(model)) return Response.json(hello(model));
    return Response.json({ message: "The provided model identifier is invalid." }, { status: 400 });
  };
  const getToken = async () => ({ token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", account: "ada@contoso.com" });
  for (const [settings, list, found] of [
    [ROLE, "claude-opus-4-8", OPUS],
    [GATEWAY, "claude-b", "claude-b-20250101"],
  ]) {
    const connector = await Connector.open({ parameters: { available_models: list }, storage: "memory", maxRetries: 0, fetch, getToken });
    open.push(connector);
    await connector.connect(settings, { interactive: true });
    assert.deepEqual(connector.models.map(({ id }) => id), [found]);
  }
  const connector = await Connector.open({ storage: "memory", maxRetries: 0, fetch, getToken });
  open.push(connector);
  await assert.rejects(connector.connect({ ...GATEWAY, model: "claude-none" }, { interactive: true }), { code: "model-not-available" });
});
