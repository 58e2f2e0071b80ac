// The connector over each provider, asked through the page's own fetch.

import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";

import { frames } from "./frame.mjs";
import { hello, helloEvents } from "./hello.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

const { Connector } = await import(new URL("connector.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

before(() => loader.init(moduleBytes));

const open = [];
afterEach(() => {
  for (const connector of open.splice(0)) connector.free();
});

const MODEL = "claude-opus-4-8";
const message = hello(MODEL);
const events = helloEvents(MODEL);
const params = (model = MODEL) => ({ model, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] });
const json = (value, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
const sse = () => {
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
};
const inFrames = () => new Response(frames(events), { headers: { "content-type": "application/vnd.amazon.eventstream" } });

const GATEWAY = { gateway_url: "https://gw.example.com/llm", gateway_token: "gateway-token-0123456789" };
const ROLE = { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1" };
const PROJECT = { gcp_project_id: "contoso-ai", gcp_region: "us-east5" };
const GOOGLE = { ...PROJECT, google_client_id: "1-a.apps.googleusercontent.com" };
const FOUNDRY = { azure_resource_name: "contoso-ai", azure_api_key: "foundry-key-0123456789" };
const ID_TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

/** What was sent: address, headers, body. */
class Network {
  sent = [];
  /** Answers to what the rule leaves to this one. */
  constructor(rule = () => undefined) {
    this.fetch = async (url, init) => {
      const { hostname, pathname } = new URL(url);
      this.sent.push({ url, hostname, pathname, headers: init.headers, body: init.body });
      const answer = await rule({ hostname, pathname, headers: init.headers, body: init.body });
      if (answer) return answer;
      if (pathname.endsWith("/v1/models")) return json({ data: [{ id: MODEL }] });
      if (hostname.startsWith("sts.")) return granted();
      if (pathname.endsWith("with-response-stream")) return inFrames();
      if (pathname.endsWith(":streamRawPredict") || /"stream":true/.test(init.body)) return sse();
      return json(message);
    };
  }
  to = (part) => this.sent.filter(({ url }) => url.includes(part));
}

let grants = 0;
const granted = (minutes = 60) =>
  json({
    AssumeRoleWithWebIdentityResponse: {
      AssumeRoleWithWebIdentityResult: {
        Credentials: {
          AccessKeyId: `ASIA${(grants += 1)}`,
          SecretAccessKey: "secret",
          SessionToken: "session",
          Expiration: Date.now() / 1000 + minutes * 60,
        },
      },
    },
  });

const opened = async (network, options = {}) => {
  const connector = await Connector.open({ storage: "memory", maxRetries: 0, fetch: network.fetch, ...options });
  open.push(connector);
  return connector;
};
/** Issues tokens and remembers for what. */
const issuer = (given = () => ({ token: ID_TOKEN, account: "ada@contoso.com" })) => {
  const wanted = [];
  const getToken = async ({ kind, scope, fresh, signal }) => {
    assert.ok(signal instanceof AbortSignal);
    wanted.push(`${kind}${fresh ? " fresh" : ""}`);
    return given({ kind, scope, fresh });
  };
  return { wanted, getToken };
};
const refused = (code) => (error) => isConnectorError(error) && error.code === code;
/** Which AWS key signed a request. */
const signer = ({ headers }) => /Credential=(\w+)\//.exec(headers.authorization)[1];

const SHAPES = {
  "a gateway": [GATEWAY, "/llm/v1/messages", "x-api-key"],
  "a gateway in Bedrock's format": [{ ...GATEWAY, gateway_api_format: "bedrock" }, `/llm/model/anthropic.${MODEL}/invoke`, "x-api-key"],
  "a gateway in Vertex AI's format": [
    { ...GATEWAY, ...PROJECT, gateway_api_format: "vertex" },
    `/llm/projects/contoso-ai/locations/us-east5/publishers/anthropic/models/${MODEL}:rawPredict`,
    "x-api-key",
  ],
  "a gateway by Entra": [{ gateway_url: GATEWAY.gateway_url, gateway_auth_source: "entra" }, "/llm/v1/messages", "authorization"],
  "Bedrock": [ROLE, `/model/us.anthropic.${MODEL}/invoke`, "authorization"],
  "Vertex AI": [GOOGLE, `/v1/projects/contoso-ai/locations/us-east5/publishers/anthropic/models/${MODEL}:rawPredict`, "authorization"],
  "Foundry by key": [FOUNDRY, "/anthropic/v1/messages", "x-api-key"],
  "Foundry by Entra": [{ azure_resource_name: "contoso-ai", gateway_auth_source: "entra" }, "/anthropic/v1/messages", "authorization"],
};

describe("every shape", () => {
  for (const [name, [settings, path, opens]] of Object.entries(SHAPES)) {
    test(`${name}: connects, answers, streams`, async () => {
      const network = new Network();
      // What tokens are for is the administrator's to say.
      const parameters = name.includes("gateway by Entra") ? { entra_scope: "api://gw/.default" } : {};
      const connector = await opened(network, { ...issuer(), parameters });
      await connector.connect(settings);
      assert.equal(connector.state, "ready");
      const { id } = connector.models.find((model) => model.id.includes(MODEL));
      network.sent.length = 0;

      const answer = await connector.messages.create(params(id));
      assert.equal(answer.content[0].text, "Hello");
      const stream = connector.messages.stream(params(id));
      assert.equal(await stream.finalText(), "Hello");
      assert.equal(network.sent.length, 2);
      const [whole, streamed] = network.sent;
      assert.equal(whole.pathname, path);
      assert.ok(opens in whole.headers && opens in streamed.headers, Object.keys(whole.headers).join());
      // Nothing that a strict server's CORS rules would have to name besides.
      const allowed = ["content-type", "anthropic-version", "x-amz-date", "x-amz-security-token", opens];
      assert.deepEqual(Object.keys(whole.headers).filter((header) => !allowed.includes(header)), []);

      const prepared = await connector.messages.prepare(params(id), { stream: true });
      assert.equal(prepared.url, streamed.url);
      assert.equal(prepared.body, streamed.body);
      assert.doesNotMatch(JSON.stringify(prepared.headers), /token-0123|key-0123|e30|Signature=[0-9a-f]{64}/);
    });
  }
});

describe("models where there is no list", () => {
  test("three questions are under way at once", async () => {
    let underWay = 0;
    let most = 0;
    const network = new Network(async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setTimeout(resolve));
      underWay -= 1;
    });
    const connector = await opened(network);
    await connector.connect(FOUNDRY);
    assert.equal(most, 3);
    assert.equal(network.sent.length, 12);
    assert.deepEqual(connector.models[0], {
      id: "claude-opus-5-5",
      displayName: "Claude Opus 5.5",
      source: "probed",
      verdict: "usable",
    });
  });

  test("a key that is refused is asked with once", async () => {
    const network = new Network(() => json({ error: { code: "401", message: "Access denied" } }, 401));
    const connector = await opened(network);
    await assert.rejects(connector.connect(FOUNDRY), (error) => error.hint.id === "renew-azure-key");
    assert.equal(network.sent.length, 1);
    assert.equal(connector.state, "failed");
  });

  /** Never answers to the models that the rule names, but ends when it is called off. */
  const silentTo = (network, rule) => (url, init) =>
    rule(url, init.body)
      ? new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)))
      : network.fetch(url, init);

  test("one that takes too long is left out", async () => {
    for (const [slow, expected] of [
      ["claude-opus-5-5", 11],
      ["claude-sonnet-5-5", 11],
      ["claude-sonnet-4-", 10],
    ]) {
      const network = new Network();
      const fetch = silentTo(network, (_, body) => JSON.parse(body).model.startsWith(slow));
      const connector = await opened(network, { fetch, timeouts: { controlMs: 20 } });
      await connector.connect(FOUNDRY);
      assert.equal(connector.state, "ready");
      assert.equal(connector.models.length, expected, slow);
      assert.ok(connector.models.every(({ id }) => !id.startsWith(slow)));
    }
  });

  test("a server that stays silent ends it soon", async () => {
    const network = new Network();
    let asked = 0;
    const fetch = silentTo(network, () => (asked += 1));
    const connector = await opened(network, { fetch, timeouts: { controlMs: 20 } });
    await assert.rejects(connector.connect(FOUNDRY), refused("timeout"));
    assert.equal(connector.state, "failed");
    assert.ok(asked <= 6, String(asked));
  });

  test("an attempt that fails asks nothing more", async () => {
    const network = new Network();
    const signals = [];
    const fetch = (url, init) => {
      const { model } = JSON.parse(init.body);
      if (model === "claude-opus-5-5") return network.fetch(url, init);
      if (model === "claude-sonnet-5-5") return json({ error: { code: "401", message: "Access denied" } }, 401);
      signals.push(init.signal);
      return silentTo(network, () => true)(url, init);
    };
    const connector = await opened(network, { fetch });
    await assert.rejects(connector.connect(FOUNDRY), refused("credential-invalid"));
    assert.ok(signals.length > 0 && signals.every(({ aborted }) => aborted), String(signals.length));
  });

  test("connecting can be called off", async () => {
    const controller = new AbortController();
    let asked = 0;
    const network = new Network(() => {
      asked += 1;
      if (asked === 3) controller.abort(new Error("enough"));
    });
    const connector = await opened(network);
    await assert.rejects(connector.connect(FOUNDRY, { signal: controller.signal }), { message: "enough" });
    assert.ok(asked < 12, String(asked));
    assert.equal(connector.state, "needs-settings");
  });
});

describe("tokens", () => {
  test("without anybody who issues them it says so", async () => {
    const connector = await opened(new Network());
    await assert.rejects(connector.connect(ROLE), refused("configuration-invalid"));
    assert.equal(connector.state, "failed");
    assert.equal(connector.error.hint.params.key, "graph_client_id");
  });

  test("what the page throws comes back as it is", async () => {
    const mine = new DOMException("The user closed the window", "AbortError");
    const connector = await opened(new Network(), { getToken: () => Promise.reject(mine) });
    await assert.rejects(connector.connect(GOOGLE), (error) => error === mine);
    for (const given of [undefined, {}, { token: 5 }]) {
      const connector = await opened(new Network(), { getToken: async () => given });
      await assert.rejects(connector.connect(GOOGLE), refused("invalid-argument"));
    }
  });

  test("one that never comes ends in time", async () => {
    const connector = await opened(new Network(), { getToken: () => new Promise(() => {}), timeouts: { firstByteMs: 20 } });
    await assert.rejects(connector.connect(GOOGLE), refused("timeout"));
  });

  test("calls at the same time share one, and one of them may give up", async () => {
    let release;
    const gate = new Promise((resolve) => (release = resolve));
    const { wanted, getToken } = issuer(async ({ fresh }) => {
      if (wanted.length > 1) await gate;
      return { token: fresh ? "second" : "first" };
    });
    let refuse = false;
    const network = new Network(({ headers }) => (refuse && headers.authorization === "Bearer first" ? json({}, 401) : undefined));
    const connector = await opened(network, { getToken });
    await connector.connect(GOOGLE);
    assert.deepEqual(wanted, ["google"]);
    refuse = true;
    const controller = new AbortController();
    const abandoned = connector.messages.create(params(), { signal: controller.signal });
    const others = [1, 2, 3].map(() => connector.messages.create(params()));
    while (wanted.length < 2) await new Promise((resolve) => setTimeout(resolve));
    controller.abort(new Error("gave up"));
    await assert.rejects(abandoned, { message: "gave up" });
    release();
    for (const answer of await Promise.all(others)) assert.equal(answer.content[0].text, "Hello");
    assert.deepEqual(wanted, ["google", "google fresh"]);
  });

  test("a call that begins at any moment of a renewal takes part in it", async () => {
    let issued = 0;
    const { getToken } = issuer(async () => ({ token: `token-${(issued += 1)}` }));
    let ended = 0;
    const network = new Network(({ headers }) => (headers.authorization === `Bearer token-${ended}` ? json({}, 401) : undefined));
    const connector = await opened(network, { getToken });
    await connector.connect(GOOGLE);
    for (let moment = 0; moment < 80; moment += 1) {
      ended = issued;
      const first = connector.messages.create(params());
      for (let turn = 0; turn < moment; turn += 1) await undefined;
      await Promise.all([first, connector.messages.create(params()), connector.messages.prepare(params())]);
      assert.equal(issued, ended + 1);
    }
  });

  test("one that is refused again is the call's failure", async () => {
    const { wanted, getToken } = issuer();
    const network = new Network(() => json([{ error: { code: 401, status: "UNAUTHENTICATED", message: "no" } }], 401));
    const connector = await opened(network, { getToken });
    await assert.rejects(connector.connect(GOOGLE), (error) => error.hint.id === "sign-in-to-google");
    assert.deepEqual(wanted, ["google", "google fresh"]);
    assert.equal(network.sent.length, 2);
  });
});

describe("acting as a role", () => {
  test("the ID token goes to the token service alone, without a preflight", async () => {
    const network = new Network();
    const connector = await opened(network, issuer());
    await connector.connect(ROLE);
    const [sts, ...rest] = network.sent;
    assert.equal(sts.url, "https://sts.amazonaws.com/");
    assert.deepEqual(sts.headers, { "content-type": "application/x-www-form-urlencoded", accept: "application/json" });
    assert.match(sts.body, new RegExp(`RoleSessionName=ada%40contoso.com.*WebIdentityToken=${ID_TOKEN}`));
    assert.ok(rest.length > 3 && rest.every(({ hostname }) => hostname === "bedrock-runtime.us-east-1.amazonaws.com"));
    assert.ok(rest.every(({ headers, body }) => !JSON.stringify([headers, body]).includes(ID_TOKEN)));
  });

  test("credentials that expire in the middle are renewed unnoticed", async () => {
    const { wanted, getToken } = issuer();
    let dead;
    const network = new Network(({ hostname, headers }) =>
      hostname.startsWith("bedrock") && signer({ headers }) === dead
        ? json({ message: "The security token included in the request is expired" }, 403)
        : undefined,
    );
    const connector = await opened(network, { getToken });
    await connector.connect(ROLE);
    dead = signer(network.sent.at(-1));
    network.sent.length = 0;
    const retries = [];
    const stream = connector.messages.stream(params(`us.anthropic.${MODEL}`));
    stream.on("retry", (notice) => retries.push(notice));
    assert.equal(await stream.finalText(), "Hello");
    assert.deepEqual(retries, []);
    assert.deepEqual(wanted, ["entra-id", "entra-id"]);
    assert.equal(network.to("sts.").length, 1);
    assert.equal(network.sent.length, 3);
    // Refused for good it is told, and not tried for ever.
    const refusing = new Network(({ hostname }) => (hostname.startsWith("bedrock") ? json({ message: "The security token included in the request is invalid" }, 403) : undefined));
    const another = await opened(refusing, issuer());
    await assert.rejects(another.connect(ROLE), refused("credential-invalid"));
    assert.deepEqual(refusing.sent.map(({ hostname }) => hostname.split(/[.-]/)[0]), ["sts", "bedrock", "sts", "bedrock"]);
  });

  test("a clock that is wrong is corrected from the refusal", async () => {
    const amz = (ms) => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "");
    const ahead = Date.now() + 3_600_000;
    const network = new Network(({ hostname, headers }) => {
      if (!hostname.startsWith("bedrock") || headers["x-amz-date"] >= amz(ahead - 60_000)) return undefined;
      const [sent, limit, now] = [headers["x-amz-date"], amz(ahead - 300_000), amz(ahead)];
      return json({ message: `Signature expired: ${sent} is now earlier than ${limit} (${now} - 5 min.)` }, 403);
    });
    const connector = await opened(network, issuer());
    await connector.connect(ROLE);
    network.sent.length = 0;
    await connector.messages.create(params(`us.anthropic.${MODEL}`));
    assert.equal(network.sent.length, 1, "the correction lasts");
  });

  test("the region's own host is asked where the global one can't be reached", async () => {
    const network = new Network(({ hostname }) => {
      if (hostname === "sts.amazonaws.com") throw new TypeError("Failed to fetch");
    });
    const connector = await opened(network, issuer());
    await connector.connect(ROLE);
    assert.equal(network.sent[1].hostname, "sts.us-east-1.amazonaws.com");
  });

  test("what the token service says reaches the user", async () => {
    const error = { Code: "InvalidIdentityToken", Message: "No OpenIDConnect provider found in your account for https://login.microsoftonline.com/t/v2.0" };
    const network = new Network(() => json({ Error: error }, 400));
    const connector = await opened(network, issuer());
    await assert.rejects(connector.connect(ROLE), (failure) => failure.hint.id === "add-identity-provider" && failure.hint.audience === "admin");
    assert.equal(connector.state, "failed");
  });
});

test("another provider leaves nothing of the former in use", async () => {
  const network = new Network();
  const connector = await opened(network, issuer());
  const secrets = ["gateway-token-0123456789", "foundry-key-0123456789", "session"];
  for (const [settings, own] of [
    [GATEWAY, secrets[0]],
    [FOUNDRY, secrets[1]],
    [ROLE, secrets[2]],
    [GOOGLE, ID_TOKEN],
    [GATEWAY, secrets[0]],
  ]) {
    await connector.connect(settings);
    network.sent.length = 0;
    await connector.messages.create(params(connector.models[0].id));
    const sent = JSON.stringify(network.sent);
    assert.ok(sent.includes(own));
    assert.deepEqual(secrets.filter((secret) => secret !== own && sent.includes(secret)), []);
  }
});

test("tokens are counted where that can be done", async () => {
  const network = new Network(({ pathname }) => (/count[-_]tokens/.test(pathname) ? json({ input_tokens: 7 }) : undefined));
  const connector = await opened(network, issuer());
  for (const settings of [GATEWAY, FOUNDRY, GOOGLE]) {
    await connector.connect(settings);
    assert.deepEqual(await connector.messages.countTokens(params()), { input_tokens: 7 });
  }
  await connector.connect(ROLE);
  await assert.rejects(connector.messages.countTokens(params()), refused("unsupported"));
});
