// Hosts that are elsewhere, because the page's own code says so.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";

import { loader, moduleBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));
const { signAwsRequest } = await import(new URL("aws_request.js", stage));

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const KEY = "foundry-key-0123456789";
const CREDENTIALS = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret-0123456789", sessionToken: "session-0123456789" };
const FOUNDRY = { azure_resource_name: "contoso-ai", azure_api_key: KEY };
const ROLE = { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "eu-central-1" };
const GOOGLE = { gcp_project_id: "contoso-ai", gcp_region: "us-east5", google_client_id: "1-a.apps.googleusercontent.com" };
const GATEWAY = { gateway_url: "https://gw.example.com/llm", gateway_token: "gateway-token-0123456789" };
const getToken = async () => ({ token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", account: "ada" });
const message = { type: "message", role: "assistant", model: "m", content: [], usage: {} };
const json = (value) => new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
const granted = {
  AccessKeyId: CREDENTIALS.accessKeyId,
  SecretAccessKey: CREDENTIALS.secretAccessKey,
  SessionToken: CREDENTIALS.sessionToken,
  Expiration: Date.now() / 1000 + 3600,
};

/** Connects and gives what was sent. */
async function connected(settings, options) {
  const sent = [];
  const fetch = async (url, init) => {
    sent.push({ url, ...init });
    if (/Action=Assume/.test(init.body)) {
      return json({ AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: granted } } });
    }
    return json(url.includes("/v1/models") ? { data: [{ id: "claude-a" }] } : message);
  };
  const connector = await Connector.open({ storage: "memory", fetch, getToken, ...options });
  open.push(connector);
  await connector.connect(settings);
  return { connector, sent };
}

describe("what is passed", () => {
  for (const [name, endpoints] of Object.entries({
    "a list": ["sts.amazonaws.com"],
    "a text": "sts.amazonaws.com",
    "addresses that are no texts": { "sts.amazonaws.com": 5 },
    "a URL in the place of a host": { "https://sts.amazonaws.com": "https://a.example" },
    "everything": { "*": "https://a.example" },
    "a port": { "sts.amazonaws.com:443": "https://a.example" },
    "plain http to another computer": { "sts.amazonaws.com": "http://a.example" },
    "no address": { "sts.amazonaws.com": "a.example" },
    "a query": { "sts.amazonaws.com": "https://a.example?x" },
    "a name in it": { "sts.amazonaws.com": "https://user@a.example" },
  })) {
    test(name, () =>
      assert.rejects(
        connected(ROLE, { endpoints }),
        (error) => isConnectorError(error) && error.code === "invalid-argument",
      ),
    );
  }
});

test("each host is asked where it is, and the others where they are", async () => {
  const endpoints = {
    "*.services.ai.azure.com": "http://127.0.0.1:9/azure/",
    "us-east5-aiplatform.googleapis.com": "https://egress.example",
    "gw.example.com": "http://localhost:9/gw",
  };
  for (const [settings, start] of [
    [FOUNDRY, "http://127.0.0.1:9/azure/anthropic/v1/messages"],
    [GOOGLE, "https://egress.example/v1/projects/contoso-ai/locations/us-east5/"],
    [{ ...GOOGLE, gcp_region: "us-east1" }, "https://us-east1-aiplatform.googleapis.com/v1/projects/"],
    [GATEWAY, "http://localhost:9/gw/llm/v1/"],
  ]) {
    const { connector, sent } = await connected(settings, { endpoints });
    assert.ok(sent.length > 0 && sent.every(({ url }) => url.startsWith(start)), sent[0].url);
    const prepared = await connector.messages.prepare({ model: "claude-a", max_tokens: 1, messages: [{ role: "user", content: "x" }] });
    assert.ok(prepared.url.startsWith(start.slice(0, start.indexOf("/", 9))), prepared.url);
    // Whom it is for is named as it is called.
    assert.doesNotMatch(JSON.stringify(connector.configuration), /127\.0\.0\.1|egress|localhost/);
  }
});

test("the host that is asked is the one that is signed", async () => {
  const endpoints = {
    "sts.amazonaws.com": "http://127.0.0.1:9/sts",
    "bedrock-runtime.eu-central-1.amazonaws.com": "http://127.0.0.1:9/bedrock",
  };
  const { sent } = await connected(ROLE, { endpoints });
  const [sts, probe] = sent;
  assert.equal(sts.url, "http://127.0.0.1:9/sts/");
  assert.match(probe.url, /^http:\/\/127\.0\.0\.1:9\/bedrock\/model\/eu\./);
  const { "x-amz-date": signedAt, "content-type": contentType } = probe.headers;
  const date = new Date(signedAt.replace(/(....)(..)(..)T(..)(..)(..)/, "$1-$2-$3T$4:$5:$6"));
  const sign = (url) =>
    signAwsRequest({ method: "POST", url, headers: { "content-type": contentType }, body: probe.body }, CREDENTIALS, {
      region: "eu-central-1",
      service: "bedrock",
      date,
    });
  assert.equal(probe.headers.authorization, (await sign(probe.url)).authorization);
  const logical = probe.url.replace("http://127.0.0.1:9/bedrock", "https://bedrock-runtime.eu-central-1.amazonaws.com");
  assert.notEqual(probe.headers.authorization, (await sign(logical)).authorization);
});

test("neither the configuration nor what is kept can say where", async () => {
  const kept = new Map();
  const storage = {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
  const endpoints = { "*.services.ai.azure.com": "http://127.0.0.1:9/azure" };
  const parameters = `?endpoints=${encodeURIComponent(JSON.stringify(endpoints))}`;
  const { sent } = await connected({ ...FOUNDRY, endpoints }, { storage, parameters }).catch(() => connected(FOUNDRY, { storage, parameters }));
  assert.ok(sent.every(({ url }) => url.startsWith("https://contoso-ai.services.ai.azure.com/")));
  const before = await connected(FOUNDRY, { storage, endpoints });
  assert.ok(before.sent[0].url.startsWith("http://127.0.0.1:9/azure"));
  assert.ok(![...kept.values()].some((text) => text.includes("127.0.0.1")));
  const after = await connected(undefined, { storage });
  assert.ok(after.sent[0].url.startsWith("https://contoso-ai.services.ai.azure.com/"));
});
