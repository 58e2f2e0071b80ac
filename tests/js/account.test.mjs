// A connector that signs in by itself: through a host's bridge, in a window.

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, test } from "node:test";

import { ADA, BOB, CLIENT_ID, Host, TENANT, granted, idToken, refused as refusal } from "./host.mjs";
import { ORIGIN, Page, TokenEndpoint, entraError } from "./identity.mjs";
import { Origin, replaceGlobals } from "./origin.mjs";
import { hello } from "./hello.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

// As the build sets it.
globalThis.__VERSION__ ??= "0.0.0";

const { Connector } = await import(new URL("connector.js", stage));
const { StandardSignIn } = await import(new URL("standard_sign_in.js", stage));
const { isConnectorError } = await import(new URL("error.js", stage));

const MODEL = "claude-opus-4-8";
const GATEWAY = "https://gw.example.com";
const SCOPE = "api://gw/use";
/** A gateway that is opened by the user's token. */
const byEntra = { gateway_url: GATEWAY, gateway_auth_source: "entra", entra_scope: SCOPE, graph_client_id: CLIENT_ID };
/** The same as an administrator configures it whose directory has attributes: they are read first. */
const withAttributes = { ...byEntra, entra_sso: "1" };
const byKey = { gateway_url: GATEWAY, gateway_token: "gateway-token-0123456789" };
const ROLE = { aws_role_arn: "arn:aws:iam::123456789012:role/Claude", aws_region: "us-east-1" };
const GOOGLE = { google_client_id: "1-a.apps.googleusercontent.com", google_client_secret: "GOCSPX-secret", gcp_project_id: "contoso-ai", gcp_region: "us-east5" };
const params = { model: MODEL, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };

const message = hello(MODEL);
const json = (value, status = 200, headers = {}) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json", ...headers } });
/** The header of a 401 that demands claims. */
const challenge = (claims) => ({
  "www-authenticate": `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(JSON.stringify(claims)).toString("base64")}"`,
});
const CLAIMS = { access_token: { nbf: { essential: true, value: "1604106651" } } };

/** All that is asked, and who is asked with which token. */
class Network {
  sent = [];
  /** `rule` answers before this does. */
  constructor(rule = () => undefined) {
    this.fetch = async (url, init) => {
      const { hostname, pathname, search } = new URL(url);
      const bearer = /^Bearer (.*)$/.exec(init.headers?.authorization)?.[1];
      const sent = { url: String(url), hostname, pathname, search, bearer, method: init.method, headers: init.headers, body: init.body, redirect: init.redirect };
      this.sent.push(sent);
      const answer = await rule(sent, init);
      if (answer) return answer;
      if (pathname.endsWith("/v1/models")) return json({ data: [{ id: MODEL }] });
      return json(message);
    };
  }
  to = (host) => this.sent.filter(({ hostname }) => hostname === host);
  /** Hosts by the tokens that they were shown. */
  get shown() {
    return [...new Set(this.sent.filter(({ bearer }) => bearer).map(({ hostname, bearer }) => `${bearer} ${hostname}`))];
  }
}

const refused = (code) => (error) => isConnectorError(error) && error.code === code;
const rejection = (promise) => promise.then(() => assert.fail("nothing was thrown"), (error) => error);
/** Lets everything happen that waits for nothing. */
async function settle(rounds = 20) {
  for (let round = 0; round < rounds; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
/** Waits for what takes real time: sealing does. */
async function until(holds) {
  for (let tries = 0; tries < 2_000 && !holds(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(holds(), `${holds}`);
}
/** A host whose tokens are numbered, for whoever `user` is. */
const numbered = (user = () => ADA, more = {}) =>
  new Host(({ tokenParams }, at) => granted(user(at), `at-${at + 1}`, tokenParams.scope, { expires_in: 3600, ...more }));

let connectors = [];
before(() => loader.initSync(moduleBytes));
afterEach(() => {
  for (const connector of connectors.splice(0)) connector.free();
});

const opened = async (options = {}) => {
  const connector = await Connector.open({ storage: "memory", maxRetries: 0, fetch: new Network().fetch, parameters: byEntra, hostOrigins: [], ...options });
  connectors.push(connector);
  return connector;
};
/** Who stands behind the parameters: outside Office the user says so first. */
const confirm = GATEWAY;
/** A connector that is ready by the host's tokens. */
const ready = async (host, network, options = {}) => {
  const connector = await opened({ bridge: host.bridge, fetch: network.fetch, ...options });
  await connector.connect(undefined, { confirm });
  assert.equal(connector.state, "ready");
  return connector;
};

describe("through the host's bridge", () => {
  test("signs in silently and says who it is", async () => {
    const host = numbered();
    const network = new Network();
    const connector = await opened({ bridge: host.bridge, fetch: network.fetch });
    const changes = [];
    connector.onChange((change) => changes.push(change));
    assert.equal(connector.account, undefined);
    await connector.connect(undefined, { confirm });
    assert.equal(connector.state, "ready");
    assert.deepEqual(connector.account, {
      username: "someone@contoso.example",
      name: "Ada 😀",
      tenantId: TENANT,
      homeAccountId: `${ADA}.${TENANT}`,
    });
    assert.ok(changes.includes("account"));
    const [{ method, tokenParams }] = host.asked;
    assert.deepEqual([method, tokenParams.clientId, tokenParams.scope], ["GetToken", CLIENT_ID, SCOPE]);
    assert.match(tokenParams.claims, /"xms_cc":\{"values":\["CP1"\]\}/);
    assert.equal((await connector.messages.create(params)).content[0].text, "Hello");
    assert.equal(host.asked.length, 1);
    assert.deepEqual(network.shown, ["at-1 gw.example.com"]);
  });

  test("the page's client ID stands in where none is configured", async () => {
    const host = numbered();
    const { graph_client_id, ...parameters } = byEntra;
    const connector = await ready(host, new Network(), { parameters, clientId: "page-client" });
    assert.equal(host.asked[0].tokenParams.clientId, "page-client");
    assert.ok(connector.account);
    assert.ok(graph_client_id);
  });

  test("parallel calls make one request to the host, and one of them may give up", async () => {
    let release;
    const gate = new Promise((resolve) => (release = resolve));
    const host = numbered();
    const network = new Network(({ bearer }) => (bearer === "at-1" && network.dead ? json({ error: { type: "authentication_error" } }, 401) : undefined));
    const connector = await ready(host, network);
    network.dead = true;
    const script = host.script;
    host.script = (asked, at) => void gate.then(() => host.answer(asked, script(asked, at)));
    const controller = new AbortController();
    const abandoned = connector.messages.create(params, { signal: controller.signal });
    const others = [1, 2, 3, 4].map(() => connector.messages.create(params));
    await settle();
    controller.abort(new Error("gave up"));
    await assert.rejects(abandoned, { message: "gave up" });
    release();
    for (const answer of await Promise.all(others)) assert.equal(answer.content[0].text, "Hello");
    assert.equal(host.asked.length, 2);
    assert.equal(host.asked[1].tokenParams.forceRefresh, true);
    assert.equal(connector.state, "ready");
  });

  test("a token that ends in the conversation is renewed unnoticed, once", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
    const host = numbered();
    const network = new Network();
    const connector = await ready(host, network);
    const states = [];
    connector.onChange((change) => change === "state" && states.push(connector.state));
    t.mock.timers.setTime(1_800_000_000_000 + 3_590_000);
    network.sent.length = 0;
    await Promise.all([1, 2, 3].map(() => connector.messages.create(params)));
    assert.deepEqual(network.shown, ["at-2 gw.example.com"]);
    assert.equal(host.asked.length, 2);
    assert.deepEqual(states, []);
  });

  test("what only the user can do waits for the user", async () => {
    const host = new Host(({ method, tokenParams }) =>
      method === "GetTokenPopup"
        ? granted(ADA, "at", tokenParams.scope)
        : refusal("USER_INTERACTION_REQUIRED", { code: "interaction_required", description: "AADSTS50076: MFA" }),
    );
    const connector = await opened({ bridge: host.bridge });
    await assert.rejects(connector.connect(undefined, { confirm }), refused("interaction-required"));
    assert.equal(connector.state, "needs-sign-in");
    const { code, hint } = connector.error;
    assert.deepEqual([code, hint.id, hint.audience], ["interaction-required", "sign-in", "user"]);
    assert.equal(host.asked.length, 1);
    await connector.connect(undefined, { interactive: true, confirm });
    assert.equal(connector.state, "ready");
    assert.equal(connector.error, undefined);
    // Nothing is tried again of which it is known that only the user can help.
    assert.deepEqual(host.asked.map(({ method }) => method), ["GetToken", "GetTokenPopup"]);
  });

  const demands = {
    "consent-required": refusal("USER_INTERACTION_REQUIRED", { code: "invalid_grant", subError: "consent_required", description: "AADSTS65001: no" }),
    "sign-in-required": refusal("ACCOUNT_UNAVAILABLE"),
  };
  for (const [code, answer] of Object.entries(demands)) {
    test(`${code}: the state and who does what`, async () => {
      const connector = await opened({ bridge: new Host(() => answer).bridge });
      await assert.rejects(connector.connect(undefined, { confirm }), refused(code));
      assert.equal(connector.state, "needs-sign-in");
      assert.ok(connector.error.hint.text);
      if (code === "consent-required") assert.match(connector.error.hint.params.adminConsentUrl, /^https:/);
    });
  }

  test("what nobody can mend by signing in fails", async () => {
    const blocked = new Host(() => refusal("PERSISTENT_ERROR", { code: "access_denied", description: "AADSTS53003: blocked" }));
    const connector = await opened({ bridge: blocked.bridge });
    await assert.rejects(connector.connect(undefined, { confirm }), refused("access-blocked"));
    assert.equal(connector.state, "failed");
  });

  test("what is demanded in the middle of a conversation is a state, and ends when it is met", async () => {
    let demand = false;
    const host = new Host(({ method, tokenParams }, at) =>
      demand && method === "GetToken" ? refusal("USER_INTERACTION_REQUIRED") : granted(ADA, `at-${at + 1}`, tokenParams.scope),
    );
    const network = new Network(({ bearer }) => (bearer === network.dead ? json({ error: { type: "authentication_error" } }, 401) : undefined));
    const connector = await ready(host, network);
    network.dead = "at-1";
    demand = true;
    const error = await rejection(connector.messages.create(params));
    assert.equal(error.code, "interaction-required");
    assert.equal(connector.state, "needs-sign-in");
    assert.equal(connector.error.code, "interaction-required");
    await connector.connect(undefined, { interactive: true });
    assert.equal(connector.state, "ready");
    assert.equal((await connector.messages.create(params)).content[0].text, "Hello");
    assert.equal(host.asked.at(-1).method, "GetTokenPopup");
  });

  test("a silent renewal ends the state by itself", async () => {
    let demand = false;
    const host = new Host(({ tokenParams }, at) => (demand ? refusal("USER_INTERACTION_REQUIRED") : granted(ADA, `at-${at + 1}`, tokenParams.scope)));
    const network = new Network(({ bearer }) => (bearer === network.dead ? json({ error: { type: "authentication_error" } }, 401) : undefined));
    const connector = await ready(host, network);
    network.dead = "at-1";
    demand = true;
    await rejection(connector.messages.create(params));
    assert.equal(connector.state, "needs-sign-in");
    // Signed in elsewhere, for example in another Office application.
    demand = false;
    await connector.messages.create(params);
    assert.equal(connector.state, "ready");
    assert.equal(connector.error, undefined);
  });

  test("claims that the provider demands reach the host, from the provider alone and once", async () => {
    const host = numbered();
    const network = new Network(({ bearer }) => (network.demands && bearer === "at-1" ? json({ error: { type: "authentication_error" } }, 401, challenge(CLAIMS)) : undefined));
    const connector = await ready(host, network);
    network.demands = true;
    await connector.messages.create(params);
    assert.equal(host.asked.length, 2);
    assert.deepEqual(JSON.parse(host.asked[1].tokenParams.claims).access_token.nbf, CLAIMS.access_token.nbf);
    assert.deepEqual(network.to("gw.example.com").map(({ bearer }) => bearer), ["at-1", "at-1", "at-1", "at-2"]);
  });

  test("the ID token goes to AWS alone, and is not one that has ended", async () => {
    const ended = idToken({ oid: ADA, tid: TENANT, exp: Math.floor(Date.now() / 1000) - 5 });
    const current = idToken({ oid: ADA, tid: TENANT, exp: Math.floor(Date.now() / 1000) + 3600 });
    const host = new Host((_, at) => granted(ADA, "at", "openid profile", { id_token: at === 0 ? ended : current }));
    const network = new Network(({ hostname }) =>
      hostname.startsWith("sts.")
        ? json({ AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: { AccessKeyId: "ASIA1", SecretAccessKey: "s", SessionToken: "t", Expiration: Date.now() / 1000 + 3600 } } } })
        : undefined,
    );
    const connector = await opened({ bridge: host.bridge, fetch: network.fetch, parameters: { entra_sso: "1", graph_client_id: CLIENT_ID } });
    await connector.connect(ROLE);
    assert.equal(connector.state, "ready");
    const [sts] = network.to("sts.amazonaws.com");
    assert.equal(new URLSearchParams(sts.body).get("WebIdentityToken"), current);
    assert.deepEqual([host.asked.length, host.asked[1].tokenParams.forceRefresh], [2, true]);
    for (const { hostname, headers, body } of network.sent) {
      if (!hostname.startsWith("sts.")) assert.ok(!JSON.stringify([headers, body]).includes(current));
    }
  });
});

describe("who may sign in", () => {
  test("another tenant than the page's authority, and personal accounts anywhere", async () => {
    const personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    const of = (tenant) => new Host(({ tokenParams }) => {
      const answer = granted(ADA, "at", tokenParams.scope, { id_token: idToken({ oid: ADA, tid: tenant }) });
      answer.account = { ...answer.account, tenantId: tenant, homeAccountId: `${ADA}.${tenant}` };
      return answer;
    });
    const elsewhere = "bbbbbbbb-0000-4000-8000-00000000000b";
    const cases = [
      [personal, undefined],
      [elsewhere, `https://login.microsoftonline.com/${TENANT}`],
    ];
    for (const [tenant, authority] of cases) {
      const network = new Network();
      const connector = await opened({ bridge: of(tenant).bridge, authority, fetch: network.fetch });
      await assert.rejects(connector.connect(undefined, { confirm }), refused("tenant-mismatch"));
      assert.equal(connector.state, "needs-sign-in");
      assert.equal(connector.account, undefined);
      assert.deepEqual(network.sent, []);
    }
    const connector = await opened({ bridge: of(elsewhere).bridge });
    await connector.connect(undefined, { confirm });
    assert.equal(connector.account.tenantId, elsewhere);
  });

  test("another account than the page's is refused", async () => {
    const network = new Network();
    const account = { homeAccountId: `${ADA}.${TENANT}` };
    const connector = await opened({ bridge: numbered(() => BOB).bridge, account, fetch: network.fetch });
    await assert.rejects(connector.connect(undefined, { confirm }), refused("account-mismatch"));
    assert.equal(connector.state, "needs-sign-in");
    assert.deepEqual(network.sent, []);
  });

  test("entra_sso=0 signs nobody in", async () => {
    const host = numbered();
    const connector = await opened({ bridge: host.bridge, parameters: { ...byEntra, entra_sso: "0" } });
    const error = await rejection(connector.connect(undefined, { confirm }));
    assert.deepEqual([error.code, error.hint.params.other, error.hint.audience], ["configuration-invalid", "entra_sso", "admin"]);
    const page = await rejection(connector.token({ scopes: [SCOPE] }));
    assert.deepEqual([page.code, page.hint.params.key, page.hint.audience], ["configuration-invalid", "entra_sso", "admin"]);
    assert.deepEqual(host.asked, []);
  });

  test("without an application, or a way to sign in, that is told", async () => {
    const { graph_client_id, ...parameters } = byEntra;
    let error = await rejection((await opened({ parameters })).connect(undefined, { confirm }));
    assert.deepEqual([error.code, error.hint.params.key], ["configuration-invalid", "graph_client_id"]);
    error = await rejection((await opened()).connect(undefined, { confirm }));
    assert.deepEqual([error.code, error.hint.id], ["host-unsupported", "pass-redirect-uri"]);
    assert.ok(graph_client_id);
  });

  test("an unknown cloud is the worldwide one, and a problem", async () => {
    const connector = await ready(numbered(), new Network(), { parameters: { ...byEntra, graph_cloud: "mars" } });
    const problem = connector.configuration.problems.find(({ id }) => id === "unknown-cloud");
    assert.deepEqual([problem.severity, problem.keys], ["warning", ["graph_cloud"]]);
  });

  test("only page code and the manifest say with what", async () => {
    for (const parameters of [byEntra, withAttributes]) {
      const connector = await opened({ parameters });
      for (const key of ["entra_sso", "graph_client_id", "graph_cloud", "entra_scope"]) {
        await assert.rejects(connector.connect({ gateway_url: GATEWAY, [key]: "1" }), refused("invalid-argument"));
      }
    }
  });
});

describe("another account", () => {
  let origin;
  beforeEach(() => (origin = new Origin()));
  afterEach(() => origin.leave());

  test("takes over: what was kept for the former one is gone, and the pane goes on as the new one", async () => {
    const Ada = numbered();
    const first = await opened({ storage: "local", bridge: Ada.bridge, parameters: { graph_client_id: CLIENT_ID, entra_scope: SCOPE } });
    await first.connect({ gateway_url: GATEWAY, gateway_auth_source: "entra", inference_headers: { "x-team": "ada-team-0123456789" } });
    assert.ok([...origin.local.keys()].some((name) => name.endsWith("/secrets")));
    first.free();

    const network = new Network();
    const connector = await opened({ storage: "local", bridge: numbered(() => BOB).bridge, fetch: network.fetch, parameters: { graph_client_id: CLIENT_ID, entra_scope: SCOPE } });
    await connector.connect();
    // What to connect with was Ada's.
    assert.equal(connector.state, "needs-settings");
    assert.deepEqual(network.sent, []);
    await until(() => ![...origin.local.keys()].some((name) => /secrets|settings/.test(name)));
  });

  test("in the middle of a conversation", async () => {
    let user = ADA;
    const host = numbered(() => user);
    const network = new Network(({ bearer }) => (bearer === network.dead ? json({ error: { type: "authentication_error" } }, 401) : undefined));
    const connector = await ready(host, network, { storage: "local" });
    const accounts = [];
    connector.onChange((change) => change === "account" && accounts.push(connector.account?.homeAccountId));
    network.dead = "at-1";
    user = BOB;
    assert.equal((await rejection(connector.messages.create(params))).name, "AbortError");
    assert.deepEqual(accounts, [`${BOB}.${TENANT}`]);
  });
});

describe("in a window", () => {
  let page;
  let endpoint;
  let network;
  beforeEach(() => {
    page = new Page();
    endpoint = new TokenEndpoint(page);
    network = new Network((sent, init) => (sent.pathname.endsWith("/token") ? endpoint.fetch(sent.url, init) : undefined));
  });
  afterEach(() => page.close());

  const inWindow = (options) => opened({ redirectUri: "/auth.html", fetch: network.fetch, ...options });

  test("needs the user, then opens before anything is awaited", async () => {
    const connector = await inWindow();
    await assert.rejects(connector.connect(undefined, { confirm }), refused("interaction-required"));
    assert.equal(connector.state, "needs-sign-in");
    assert.equal(page.popups.length, 0);
    const connecting = connector.connect(undefined, { interactive: true, confirm });
    assert.equal(page.popups.length, 1);
    const { address, parameters } = page.popup;
    assert.equal(address.origin + address.pathname, "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize");
    assert.deepEqual([parameters.get("client_id"), parameters.get("redirect_uri")], [CLIENT_ID, `${ORIGIN}/auth.html`]);
    page.comeBack({ code: "c" });
    await connecting;
    assert.equal(connector.state, "ready");
    assert.equal(connector.account.username, "ada@contoso.example");
    assert.deepEqual(network.shown, ["at-1 gw.example.com"]);
  });

  const elsewhere = {
    "login.microsoftonline.com": "http://127.0.0.1:9/entra",
    "accounts.google.com": "http://127.0.0.1:9/google",
    "*.googleapis.com": "http://127.0.0.1:9/google",
    "graph.microsoft.com": "http://127.0.0.1:9/graph",
  };

  test("identity providers and Graph are asked where they are", async () => {
    const connector = await inWindow({ endpoints: elsewhere });
    const connecting = connector.connect(undefined, { interactive: true, confirm });
    assert.equal(page.popup.address.origin + page.popup.address.pathname, "http://127.0.0.1:9/entra/organizations/oauth2/v2.0/authorize");
    page.comeBack({ code: "c" });
    await connecting;
    assert.equal(connector.state, "ready");
    assert.equal(connector.account.tenantId, TENANT);
    const answer = await connector.graphFetch("https://graph.microsoft.com/v1.0/me?$select=id", { scopes: ["User.Read"] });
    assert.equal(answer.status, 200);
    assert.deepEqual([...new Set(network.sent.map(({ url }) => url.replace(/[?].*/, "")))], [
      "http://127.0.0.1:9/entra/organizations/oauth2/v2.0/token",
      `${GATEWAY}/v1/models`,
      `${GATEWAY}/v1/messages`,
      "http://127.0.0.1:9/graph/v1.0/me",
    ]);
    // Whom a token is for goes by the name.
    await assert.rejects(connector.graphFetch("http://127.0.0.1:9/graph/v1.0/me"), refused("audience-refused"));
    const google = await inWindow({ endpoints: elsewhere, parameters: {} });
    void google.connect(GOOGLE, { interactive: true }).catch(() => {});
    await until(() => page.popups.length === 2);
    assert.equal(page.popup.address.origin + page.popup.address.pathname, "http://127.0.0.1:9/google/o/oauth2/v2/auth");
    page.comeBack({ code: "c" });
    await until(() => network.sent.some(({ url }) => url === "http://127.0.0.1:9/google/token"));
  });

  test("what was kept for one place is not shown to another", async () => {
    const kept = new Map();
    const storage = {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    };
    const connector = await inWindow({ endpoints: elsewhere, storage });
    const connecting = connector.connect(undefined, { interactive: true, confirm });
    page.comeBack({ code: "c" });
    await connecting;
    await until(() => [...kept.keys()].some((name) => name.includes("sign-in/")));
    const before = network.sent.length;
    const elsewhereAgain = await inWindow({ endpoints: elsewhere, storage });
    await elsewhereAgain.connect(undefined, { confirm });
    assert.equal(network.sent[before].url, "http://127.0.0.1:9/entra/organizations/oauth2/v2.0/token");
    const asked = network.sent.length;
    const byName = await inWindow({ storage });
    await assert.rejects(byName.connect(undefined, { confirm }), refused("interaction-required"));
    assert.deepEqual(network.sent.slice(asked), []);
  });

  test("opens at the first click too", async () => {
    const connector = await inWindow();
    const connecting = connector.connect(undefined, { interactive: true, confirm });
    assert.equal(page.popups.length, 1);
    page.comeBack({ code: "c" });
    await connecting;
    assert.equal(connector.state, "ready");
  });

  test("what was kept signs in silently; when it is spent, the next click opens at once", async () => {
    const { addEventListener, removeEventListener } = globalThis;
    const origin = new Origin({ addEventListener: () => addEventListener, removeEventListener: () => removeEventListener });
    try {
      const first = await inWindow({ storage: "local" });
      const connecting = first.connect(undefined, { interactive: true, confirm });
      page.comeBack({ code: "c" });
      await connecting;
      await until(() => [...origin.local.keys()].some((name) => name.includes("sign-in/")));
      first.free();
      const second = await inWindow({ storage: "local" });
      await second.connect();
      assert.equal(second.state, "ready");
      assert.equal(page.popups.length, 1);
      second.free();
      endpoint.script = () => entraError("invalid_grant", 700084);
      const third = await inWindow({ storage: "local" });
      await rejection(third.connect());
      assert.equal(third.state, "needs-sign-in");
      endpoint.script = (form) => [200, endpoint.tokens(form)];
      const again = third.connect(undefined, { interactive: true });
      assert.equal(page.popups.length, 2);
      page.comeBack({ code: "c" });
      await again;
      assert.equal(third.state, "ready");
    } finally {
      origin.leave();
    }
  });

  test("a window that is blocked, and one that is closed, leave the state that asks for the user", async () => {
    const connector = await inWindow();
    page.opens = () => null;
    await assert.rejects(connector.connect(undefined, { interactive: true, confirm }), refused("popup-blocked"));
    assert.equal(connector.state, "needs-sign-in");
    assert.equal(connector.error.code, "popup-blocked");
  });

  const unusable = {
    "says so": new Host(() => undefined, { greeting: { success: false, error: { status: "DISABLED" } } }).bridge,
    "lets nobody listen": { addEventListener: () => assert.fail("no"), postMessage() {} },
  };
  for (const [name, bridge] of Object.entries(unusable)) {
    test(`where the host has no bridge after all: it ${name}`, async () => {
      const restore = replaceGlobals({ nestedAppAuthBridge: () => bridge });
      try {
        const connector = await inWindow();
        await assert.rejects(connector.connect(undefined, { confirm }), refused("interaction-required"));
        const connecting = connector.connect(undefined, { interactive: true, confirm });
        assert.equal(page.popups.length, 1);
        page.comeBack({ code: "c" });
        await connecting;
        assert.equal(connector.state, "ready");
      } finally {
        restore();
      }
    });
  }

  test("Office says whose organisation it is, and whom to suggest", async () => {
    const context = { authorityType: "aad", tenantId: TENANT, loginHint: "hint-of-ada", userPrincipalName: "ada@contoso.example" };
    const cases = [
      [async () => context, TENANT, "hint-of-ada"],
      [async () => ({ ...context, loginHint: undefined }), TENANT, "ada@contoso.example"],
      [async () => ({ ...context, authorityType: "msa", loginHint: undefined, userPrincipalName: undefined }), "organizations", null],
      [async () => ({ ...context, tenantId: "../evil" }), "organizations", "hint-of-ada"],
      [async () => Promise.reject(new Error("13001")), "organizations", null],
      [
        () => {
          throw new Error("not supported");
        },
        "organizations",
        null,
      ],
      [async () => null, "organizations", null],
    ];
    for (const [getAuthContext, tenant, loginHint] of cases) {
      const restore = replaceGlobals({
        Office: () => ({ auth: { getAuthContext } }),
        nestedAppAuthBridge: () => new Host(() => undefined, { greeting: { success: false, error: { status: "DISABLED" } } }).bridge,
      });
      try {
        const connector = await inWindow();
        await assert.rejects(connector.connect(undefined, { confirm }), refused("interaction-required"));
        const connecting = connector.connect(undefined, { interactive: true, confirm });
        const { address, parameters } = page.popup;
        assert.equal(address.pathname, `/${tenant}/oauth2/v2.0/authorize`);
        assert.equal(parameters.get("login_hint"), loginHint);
        connector.free();
        await rejection(connecting);
      } finally {
        restore();
      }
    }
  });

  test("an Office that never says it is not waited for long", async (t) => {
    const restore = replaceGlobals({ Office: () => ({ auth: { getAuthContext: () => new Promise(() => {}) } }), nestedAppAuthBridge: () => new Host(() => undefined, { greeting: { success: false } }).bridge });
    let now = 0;
    t.mock.method(performance, "now", () => now);
    t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    try {
      const connector = await inWindow();
      const connecting = rejection(connector.connect(undefined, { confirm }));
      let ended = false;
      connecting.then(() => (ended = true));
      while (!ended) {
        await settle(2);
        now += 250;
        t.mock.timers.tick(250);
      }
      assert.equal((await connecting).code, "interaction-required");
      assert.ok(now < 10_000, String(now));
    } finally {
      restore();
    }
  });

  test("after a mismatch the window asks which account", async () => {
    endpoint.script = (form) => [200, endpoint.tokens(form, { id_token: idToken({ aud: CLIENT_ID, oid: BOB, tid: TENANT, nonce: page.popup.parameters.get("nonce"), preferred_username: "bob@contoso.example" }), client_info: Buffer.from(JSON.stringify({ uid: BOB, utid: TENANT })).toString("base64url") })];
    const connector = await inWindow({ account: { username: "ada@contoso.example" } });
    const first = connector.connect(undefined, { interactive: true, confirm });
    assert.equal(page.popup.parameters.get("login_hint"), "ada@contoso.example");
    page.comeBack({ code: "c" });
    await assert.rejects(first, refused("account-mismatch"));
    const second = connector.connect(undefined, { interactive: true, confirm });
    assert.equal(page.popup.parameters.get("prompt"), "select_account");
    endpoint.script = (form) => [200, endpoint.tokens(form)];
    page.comeBack({ code: "c" });
    await second;
    assert.equal(connector.state, "ready");
  });

  test("the clouds have their own", async () => {
    const hosts = { "us-gov-high": "login.microsoftonline.us", "us-gov-dod": "login.microsoftonline.us", china: "login.partner.microsoftonline.cn" };
    for (const [graph_cloud, host] of Object.entries(hosts)) {
      const connector = await inWindow({ parameters: { ...byEntra, graph_cloud } });
      const connecting = connector.connect(undefined, { interactive: true, confirm });
      assert.equal(page.popup.address.hostname, host);
      connector.free();
      await rejection(connecting);
    }
  });

  test("Google's for Vertex AI", async () => {
    endpoint.script = (form) => [200, endpoint.tokens(form, { id_token: idToken({ aud: GOOGLE.google_client_id, sub: "108", email: "ada@gmail.example", nonce: page.popup?.parameters.get("nonce") }) })];
    const connector = await inWindow({ parameters: {} });
    const connecting = connector.connect(GOOGLE, { interactive: true });
    await settle();
    assert.equal(page.popup.address.hostname, "accounts.google.com");
    assert.match(page.popup.parameters.get("scope"), /cloud-platform/);
    page.comeBack({ code: "c" });
    await connecting;
    assert.equal(connector.state, "ready");
    assert.deepEqual(connector.account, { username: "ada@gmail.example" });
    assert.equal(endpoint.forms[0].client_secret, GOOGLE.google_client_secret);
    assert.deepEqual(network.shown, ["at-1 us-east5-aiplatform.googleapis.com"]);
    // What is typed next is somebody else's affair.
    await connector.connect(byKey);
    network.sent.length = 0;
    await connector.messages.create(params);
    assert.doesNotMatch(JSON.stringify(network.sent), /at-\d/);
  });
});

describe("tokens for the page", () => {
  test("one request for all who ask at once; scopes are what the page says", async () => {
    const host = numbered();
    const connector = await opened({ bridge: host.bridge });
    const scopes = ["https://graph.microsoft.com/Mail.Read"];
    const tokens = await Promise.all([1, 2, 3].map(() => connector.token({ scopes })));
    assert.deepEqual(tokens.map(({ token }) => token), ["at-1", "at-1", "at-1"]);
    assert.equal(host.asked.length, 1);
    assert.equal(host.asked[0].tokenParams.scope, scopes[0]);
    assert.ok(tokens[0].expiresAt > Date.now());
    assert.deepEqual(Object.keys(tokens[0]), ["token", "expiresAt", "account"]);
    assert.equal(connector.account.homeAccountId, `${ADA}.${TENANT}`);
    assert.equal((await connector.token({ scopes, fresh: true })).token, "at-2");
  });

  test("an abort of one leaves the others", async () => {
    const host = new Host(() => undefined);
    const connector = await opened({ bridge: host.bridge });
    const controller = new AbortController();
    const one = connector.token({ scopes: [SCOPE], signal: controller.signal });
    const other = connector.token({ scopes: [SCOPE] });
    await settle();
    controller.abort(new Error("mine"));
    await assert.rejects(one, { message: "mine" });
    host.answer(host.asked[0], granted(ADA, "at", SCOPE));
    assert.equal((await other).token, "at");
    assert.equal(host.asked.length, 1);
  });

  test("silent unless the user clicked", async () => {
    const host = new Host(({ method, tokenParams }) => (method === "GetTokenPopup" ? granted(ADA, "at", tokenParams.scope) : refusal("USER_INTERACTION_REQUIRED")));
    const connector = await opened({ bridge: host.bridge });
    await assert.rejects(connector.token({ scopes: [SCOPE] }), refused("interaction-required"));
    assert.equal((await connector.token({ scopes: [SCOPE], interactive: true })).token, "at");
    assert.deepEqual(host.asked.map(({ method }) => method), ["GetToken", "GetTokenPopup"]);
  });

  test("what is passed in is checked", async () => {
    const connector = await opened({ bridge: numbered().bridge });
    for (const options of [undefined, {}, { scopes: [] }, { scopes: "User.Read" }, { scopes: [5] }, { scopes: [SCOPE], claims: {} }, { scopes: [SCOPE], signal: {} }]) {
      await assert.rejects(connector.token(options), refused("invalid-argument"), JSON.stringify(options));
    }
  });

  test("from the page's own getToken", async () => {
    const wanted = [];
    const getToken = async ({ signal, ...asked }) => {
      assert.ok(signal instanceof AbortSignal);
      wanted.push(asked);
      return { token: "mine", account: "ada@contoso.example" };
    };
    const network = new Network();
    const connector = await opened({ getToken, fetch: network.fetch });
    assert.deepEqual(await connector.token({ scopes: ["a/b", "a/c"], interactive: true }), { token: "mine", expiresAt: undefined, account: "ada@contoso.example" });
    assert.deepEqual(wanted, [{ kind: "entra", scope: "a/b a/c", claims: undefined, fresh: false, interactive: true }]);
    assert.deepEqual(connector.account, { username: "ada@contoso.example" });
    assert.equal((await connector.graphFetch("/v1.0/me")).status, 200);
    assert.deepEqual(network.shown, ["mine graph.microsoft.com"]);
  });
});

describe("Microsoft Graph", () => {
  const GRAPH = "graph.microsoft.com";
  const asking = async (rule, options = {}) => {
    const host = numbered();
    const network = new Network(rule);
    const connector = await opened({ bridge: host.bridge, fetch: network.fetch, ...options });
    return { host, network, connector };
  };

  test("the cloud's own, with a token for it", async () => {
    const hosts = { global: GRAPH, "us-gov-high": "graph.microsoft.us", "us-gov-dod": "dod-graph.microsoft.us", china: "microsoftgraph.chinacloudapi.cn" };
    for (const [graph_cloud, hostname] of Object.entries(hosts)) {
      const { host, network, connector } = await asking(() => json({ value: [] }), { parameters: { ...byEntra, graph_cloud } });
      const answer = await connector.graphFetch("/v1.0/me/messages?$select=id", { headers: { Prefer: "x" } });
      assert.deepEqual(await answer.json(), { value: [] });
      const [sent] = network.sent;
      assert.deepEqual([sent.url, sent.bearer, sent.headers.prefer, sent.redirect], [`https://${hostname}/v1.0/me/messages?$select=id`, "at-1", "x", "manual"]);
      assert.equal(host.asked[0].tokenParams.scope, `https://${hostname}/.default`);
      assert.equal((await connector.graphFetch(new URL(`https://${hostname}/v1.0/next`))).status, 200);
      assert.equal(host.asked.length, 1);
    }
  });

  test("nobody else gets the token", async () => {
    const { host, network, connector } = await asking();
    for (const path of ["https://evil.example/v1.0/me", "//evil.example/me", "https://graph.microsoft.us/v1.0/me", "https://graph.microsoft.com:8443/me", "https://graph.microsoft.com.evil.example/", "\\\\evil.example\\me"]) {
      await assert.rejects(connector.graphFetch(path), refused("audience-refused"), path);
    }
    for (const path of ["http://graph.microsoft.com/v1.0/me", "ftp://graph.microsoft.com/", "data:,x", "https://"]) {
      assert.ok(isConnectorError(await rejection(connector.graphFetch(path))), path);
    }
    assert.deepEqual([network.sent, host.asked], [[], []]);
  });

  test("a header that opens something is not the page's to set, nor a body that can't be sent twice", async () => {
    const { network, connector } = await asking();
    for (const headers of [{ Authorization: "Bearer x" }, [["AUTHORIZATION", "x"]], new Headers({ authorization: "x" })]) {
      await assert.rejects(connector.graphFetch("/v1.0/me", { headers }), refused("invalid-argument"));
    }
    await assert.rejects(connector.graphFetch("/v1.0/me", { method: "POST", body: new ReadableStream() }), refused("invalid-argument"));
    assert.deepEqual(network.sent, []);
  });

  test("a refused token is replaced once", async () => {
    const { host, network, connector } = await asking(({ bearer }) => json({}, bearer === "at-1" ? 401 : 200));
    assert.equal((await connector.graphFetch("/v1.0/me", { method: "POST", body: "{}" })).status, 200);
    assert.deepEqual(network.sent.map(({ bearer, body, method }) => [bearer, body, method]), [["at-1", "{}", "POST"], ["at-2", "{}", "POST"]]);
    assert.equal(host.asked[1].tokenParams.forceRefresh, true);
    const refusing = await asking(() => json({ error: 1 }, 401));
    assert.equal((await refusing.connector.graphFetch("/v1.0/me")).status, 401);
    assert.equal(refusing.network.sent.length, 2);
  });

  test("claims that Graph demands: silently, and where only the user has them at the next click", async () => {
    const host = new Host(({ method, tokenParams }, at) =>
      method === "GetToken" && /nbf/.test(tokenParams.claims) ? refusal("USER_INTERACTION_REQUIRED") : granted(ADA, `at-${at + 1}`, tokenParams.scope),
    );
    const network = new Network(({ bearer }) => (bearer === "at-1" ? json({}, 401, challenge(CLAIMS)) : json({ ok: true })));
    const connector = await opened({ bridge: host.bridge, fetch: network.fetch });
    await assert.rejects(connector.graphFetch("/v1.0/me"), refused("interaction-required"));
    assert.equal((await connector.graphFetch("/v1.0/me", { interactive: true })).status, 200);
    assert.deepEqual(host.asked.map(({ method }) => method), ["GetToken", "GetToken", "GetTokenPopup"]);
    assert.deepEqual(network.sent.map(({ bearer }) => bearer), ["at-1", "at-3"]);
    for (const { tokenParams } of host.asked.slice(1)) assert.match(tokenParams.claims, /nbf/);
    // Scopes never come from a server.
    assert.deepEqual([...new Set(host.asked.map(({ tokenParams }) => tokenParams.scope))], ["https://graph.microsoft.com/.default"]);
  });

  test("the same claims demanded for ever are asked for once, and then of the user", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
    const host = numbered();
    const network = new Network(() => json({}, 401, challenge(CLAIMS)));
    const connector = await opened({ bridge: host.bridge, fetch: network.fetch });
    assert.equal((await connector.graphFetch("/v1.0/me")).status, 401);
    assert.equal(host.asked.length, 2);
    t.mock.timers.setTime(1_800_000_000_000 + 60_000);
    await assert.rejects(connector.graphFetch("/v1.0/me"), refused("interaction-required"));
    assert.equal(host.asked.length, 2);
  });

  test("a download that is redirected goes on without the token", async () => {
    const download = ({ hostname }) =>
      hostname === GRAPH ? new Response(null, { status: 302, headers: { location: "https://contoso.sharepoint.example/d?tempauth=1" } }) : new Response("contents");
    const { network, connector } = await asking(download);
    const answer = await connector.graphFetch("/v1.0/me/drive/items/1/content", { headers: { range: "bytes=0-9" } });
    assert.equal(await answer.text(), "contents");
    const [, second] = network.sent;
    assert.equal(second.url, "https://contoso.sharepoint.example/d?tempauth=1");
    assert.deepEqual(second.headers, { range: "bytes=0-9" });
    assert.deepEqual(network.shown, [`at-1 ${GRAPH}`]);
    const insecure = await asking(() => new Response(null, { status: 302, headers: { location: "http://files.example/d" } }));
    await assert.rejects(insecure.connector.graphFetch("/v1.0/a"), refused("response-invalid"));
    const changing = await asking(download);
    await assert.rejects(changing.connector.graphFetch("/v1.0/a", { method: "POST" }), refused("response-invalid"));
    assert.equal(changing.network.sent.length, 1);
  });

  test("where the page isn't told where to, only engines that take the token off go there", async () => {
    const opaque = () => Object.defineProperties(new Response(null), { type: { value: "opaqueredirect" }, status: { value: 0 } });
    const rule = ({ redirect }) => (redirect === "manual" ? opaque() : new Response("contents"));
    const { connector } = await asking(rule);
    await assert.rejects(connector.graphFetch("/v1.0/a"), refused("unsupported"));
    const restore = replaceGlobals({ CSS: () => ({ supports: () => true }) });
    try {
      const { network, connector } = await asking(rule);
      assert.equal(await (await connector.graphFetch("/v1.0/a")).text(), "contents");
      assert.deepEqual(network.sent.map(({ redirect }) => redirect), ["manual", "follow"]);
    } finally {
      restore();
    }
  });

  test("fetch's own failure is told as fetch tells it, and an abort as the page said it", async () => {
    const { connector } = await asking(() => Promise.reject(new TypeError("Failed to fetch")));
    await assert.rejects(connector.graphFetch("/v1.0/me"), TypeError);
    const hanging = await asking(() => new Promise(() => {}));
    const controller = new AbortController();
    const asked = hanging.connector.graphFetch("/v1.0/me", { signal: controller.signal });
    await settle();
    controller.abort("my reason");
    assert.equal(await rejection(asked), "my reason");
    const slow = await asking(() => new Promise(() => {}), { timeouts: { firstByteMs: 30 } });
    await assert.rejects(slow.connector.graphFetch("/v1.0/me"), refused("timeout"));
  });
});

describe("whom a token is for", () => {
  const elsewhere = {
    "Microsoft Graph, by its ID": "00000003-0000-0000-c000-000000000000",
    "Microsoft Graph, by its address": "https://graph.microsoft.com",
    "Azure's AI services": "https://cognitiveservices.azure.com",
    "Azure's management": "https://management.azure.com/",
    "SharePoint": "https://contoso.sharepoint.com",
  };
  for (const [name, aud] of Object.entries(elsewhere)) {
    test(`${name}: not shown to a gateway, whoever issued it`, async () => {
      const network = new Network();
      const getToken = async () => ({ token: idToken({ aud }) });
      const connector = await opened({ getToken, fetch: network.fetch });
      await assert.rejects(connector.connect(undefined, { confirm }), refused("audience-refused"));
      assert.equal(connector.error.hint.id, "check-token-audience");
      assert.deepEqual(network.sent, []);
    });
  }

  test("Azure's AI services get theirs, and Graph's token doesn't reach them", async () => {
    const foundry = { azure_resource_name: "contoso-ai", gateway_auth_source: "entra", entra_sso: "1", graph_client_id: CLIENT_ID };
    for (const [aud, opens] of [["https://cognitiveservices.azure.com", true], ["https://ai.azure.com", true], ["https://graph.microsoft.com", false]]) {
      const network = new Network();
      const connector = await opened({ getToken: async () => ({ token: idToken({ aud }) }), fetch: network.fetch, parameters: {} });
      const connecting = connector.connect({ azure_resource_name: foundry.azure_resource_name, gateway_auth_source: "entra" });
      if (opens) await connecting;
      else await assert.rejects(connecting, refused("audience-refused"));
      assert.equal(network.sent.length > 0, opens);
    }
  });
});

describe("signing out", () => {
  let origin;
  beforeEach(() => (origin = new Origin()));
  afterEach(() => origin.leave());

  test("forgets who it was and every token, and nobody is signed in silently until the user acts", async () => {
    const host = numbered();
    const network = new Network();
    const connector = await ready(host, network, { storage: "local" });
    await connector.token({ scopes: [SCOPE] });
    assert.equal(host.asked.length, 1);
    await connector.signOut();
    assert.equal(connector.account, undefined);
    assert.equal(connector.state, "needs-sign-in");
    assert.deepEqual([connector.error.code, connector.error.hint.audience], ["sign-in-required", "user"]);
    await connector.connect();
    assert.equal(connector.state, "needs-sign-in");
    await assert.rejects(connector.token({ scopes: [SCOPE] }), refused("sign-in-required"));
    await assert.rejects(connector.graphFetch("/v1.0/me"), refused("sign-in-required"));
    assert.equal(host.asked.length, 1);
    // The next pane neither.
    const next = await opened({ storage: "local", bridge: host.bridge, fetch: network.fetch });
    assert.equal(next.state, "needs-sign-in");
    await next.connect();
    assert.equal(host.asked.length, 1);
    // The user acts: nothing of the former is in the cache.
    assert.equal((await connector.token({ scopes: [SCOPE], interactive: true })).token, "at-2");
    assert.equal((await connector.token({ scopes: [SCOPE] })).token, "at-2");
    await connector.connect(undefined, { interactive: true, confirm });
    assert.equal(connector.state, "ready");
  });

  test("in the middle of a stream", async () => {
    const host = numbered();
    const event = (value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
    const text = event({ type: "message_start", message: { ...message, content: [] } }) + event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }) + event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } });
    const network = new Network(({ body }, { signal }) => {
      if (!/"stream":true/.test(body) || /"max_tokens":1,/.test(body)) return undefined;
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(text));
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
      return new Response(stream, { headers: { "content-type": "text/event-stream" } });
    });
    const connector = await ready(host, network);
    const stream = connector.messages.stream(params);
    await new Promise((resolve) => stream.on("text", resolve));
    await connector.signOut();
    assert.equal((await rejection(stream.finalMessage())).name, "AbortError");
    assert.equal(connector.state, "needs-sign-in");
    await assert.rejects(async () => connector.messages.create(params), refused("interaction-required"));
    assert.equal(host.asked.length, 1);
  });

  test("while a sign-in is under way", async () => {
    const host = new Host(() => undefined);
    const connector = await opened({ bridge: host.bridge, storage: "local" });
    const ends = [rejection(connector.connect(undefined, { confirm })), rejection(connector.token({ scopes: ["api://other/x"] }))];
    await settle();
    assert.equal(host.asked.length, 2);
    await connector.signOut();
    assert.deepEqual((await Promise.all(ends)).map(({ name }) => name), ["AbortError", "AbortError"]);
    for (const asked of host.asked) host.answer(asked, granted(ADA, "late", asked.tokenParams.scope));
    await settle();
    assert.equal(connector.account, undefined);
    assert.notEqual(connector.state, "ready");
  });

  test("what the page's getToken brings later is nobody's", async () => {
    let release;
    const getToken = () => new Promise((resolve) => (release = resolve));
    const connector = await opened({ getToken, storage: "local" });
    const end = rejection(connector.connect(undefined, { confirm }));
    await settle();
    await connector.signOut();
    release({ token: "late", account: "ada@contoso.example" });
    assert.equal((await end).name, "AbortError");
    await settle();
    assert.equal(connector.account, undefined);
    assert.equal(connector.state, "needs-sign-in");
  });

  test("works where the storage fails, and says so", async () => {
    const host = numbered();
    const connector = await ready(host, new Network(), { storage: "local" });
    origin.storage.removeItem = () => {
      throw new DOMException("no", "SecurityError");
    };
    await assert.rejects(connector.signOut(), refused("storage-unavailable"));
    assert.equal(connector.account, undefined);
    assert.equal(connector.state, "needs-sign-in");
    assert.deepEqual(connector.models, []);
  });
});

describe("signing out of a window's sign-in", () => {
  let page;
  let origin;
  let endpoint;
  let network;
  beforeEach(() => {
    page = new Page();
    const { addEventListener, removeEventListener } = globalThis;
    origin = new Origin({ addEventListener: () => addEventListener, removeEventListener: () => removeEventListener });
    endpoint = new TokenEndpoint(page);
    network = new Network((sent, init) => (sent.pathname.endsWith("/token") ? endpoint.fetch(sent.url, init) : undefined));
  });
  afterEach(() => {
    origin.leave();
    page.close();
  });

  const signedIn = async () => {
    const connector = await opened({ storage: "local", redirectUri: "/auth.html", fetch: network.fetch });
    const connecting = connector.connect(undefined, { interactive: true, confirm });
    page.comeBack({ code: "c" });
    await connecting;
    await until(() => kept().length === 1);
    return connector;
  };
  const kept = () => [...origin.local.keys()].filter((name) => name.includes("sign-in/"));

  test("deletes the refresh token, what seals it, and what is in memory", async () => {
    const connector = await signedIn();
    assert.equal(kept().length, 1);
    assert.doesNotMatch(JSON.stringify([...origin.local]), /rt-1|at-1/);
    await connector.signOut();
    assert.deepEqual(kept(), []);
    assert.deepEqual(Object.keys(await origin.stored()).filter((name) => name.includes("sign-in")), []);
    endpoint.requests.length = 0;
    const again = connector.connect(undefined, { interactive: true, confirm });
    assert.equal(page.popups.length, 2);
    page.comeBack({ code: "c" });
    await again;
    assert.equal(endpoint.forms[0].grant_type, "authorization_code");
  });

  test("also of a sign-in that this pane has not used, and nothing of the page's own", async () => {
    (await signedIn()).free();
    assert.equal(kept().length, 1);
    const own = await StandardSignIn.open({ clientId: "own", redirectUri: "/auth.html", fetch: endpoint.fetch, storage: "local", partitionKey: "own" });
    const token = own.acquireTokenPopup({ scopes: ["a/b"] });
    page.comeBack({ code: "c" });
    await rejection(token);
    assert.equal(kept().length, 1);
    own.free();
    origin.local.set("somebody/sign-in/else", "1");
    const connector = await opened({ storage: "local", parameters: byKey, fetch: network.fetch });
    await connector.signOut();
    assert.deepEqual(kept(), ["somebody/sign-in/else"]);
    assert.deepEqual(Object.keys(await origin.stored()).filter((name) => name.includes("sign-in")), []);
  });

  test("leaves a page's own sign-in to the page", async () => {
    (await signedIn()).free();
    const connector = await opened({ storage: "local", getToken: async () => ({ token: "mine" }), fetch: network.fetch });
    await connector.signOut();
    assert.equal(kept().length, 1);
  });
});

describe("where the directory configures the user", () => {
  /** A host that hands out ID tokens with these attributes. */
  const directory = (attributes, user = () => ADA) =>
    new Host(({ tokenParams }, at) => {
      const who = user(at);
      const claims = { oid: who, tid: TENANT, name: who, preferred_username: `${who}@contoso.example`, ...attributes(who) };
      return granted(who, `at-${at + 1}`, tokenParams.scope, { id_token: idToken(claims) });
    });
  const scopes = (host) => host.asked.map(({ method, tokenParams }) => `${method} ${tokenParams.scope}`);

  test("the attributes are read first, then the provider's token is got, by one sign-in", async () => {
    const host = directory(() => ({ "extn.gateway_url": [GATEWAY] }));
    const network = new Network();
    const { gateway_url, ...parameters } = withAttributes;
    const connector = await opened({ bridge: host.bridge, fetch: network.fetch, parameters });
    await connector.connect();
    assert.equal(connector.state, "ready");
    assert.deepEqual(connector.configuration.values.gateway_url, { value: gateway_url, layer: "attributes", secret: false });
    assert.deepEqual(scopes(host), ["GetToken openid profile", `GetToken ${SCOPE}`]);
    assert.equal(host.messages.filter(({ method }) => method === "GetInitContext").length, 1);
    assert.deepEqual(network.shown, ["at-2 gw.example.com"]);
    assert.equal(connector.account.homeAccountId, `${ADA}.${TENANT}`);
  });

  test("what only the user can do waits for the user", async () => {
    const host = new Host(({ method, tokenParams }, at) =>
      method === "GetToken" && at === 0 ? refusal("USER_INTERACTION_REQUIRED") : granted(ADA, "at", tokenParams.scope),
    );
    const connector = await opened({ bridge: host.bridge, parameters: withAttributes });
    const error = await rejection(connector.connect());
    assert.deepEqual([error.code, error.hint.id, error.hint.audience], ["interaction-required", "sign-in", "user"]);
    assert.equal(connector.state, "needs-sign-in");
    assert.equal(connector.error, error);
    await connector.connect(undefined, { interactive: true, confirm });
    assert.equal(connector.state, "ready");
    assert.equal(connector.error, undefined);
    assert.equal(scopes(host)[1], "GetTokenPopup openid profile");
  });

  test("a failure that signing in doesn't mend is one", async () => {
    const host = new Host(() => refusal("PERSISTENT_ERROR"));
    const connector = await opened({ bridge: host.bridge, parameters: withAttributes });
    const error = await rejection(connector.connect());
    assert.equal(connector.state, "failed", error.code);
    assert.equal(connector.error, error);
  });

  test("a window opens before anything is awaited", async () => {
    const page = new Page();
    try {
      const endpoint = new TokenEndpoint(page);
      const network = new Network((sent, init) => (sent.pathname.endsWith("/token") ? endpoint.fetch(sent.url, init) : undefined));
      const connector = await opened({ redirectUri: "/auth.html", fetch: network.fetch, parameters: withAttributes });
      const connecting = connector.connect(undefined, { interactive: true, confirm });
      assert.equal(page.popups.length, 1);
      page.comeBack({ code: "c" });
      await connecting;
      assert.equal(connector.state, "ready");
      // The provider's token comes by the refresh token of the first.
      assert.equal(page.popups.length, 1);
    } finally {
      page.close();
    }
  });

  test("another account is configured by its own attributes", async () => {
    const origin = new Origin();
    try {
      let user = ADA;
      const host = directory((who) => ({ "extn.gateway_url": [`https://${who === ADA ? "ada" : "bob"}.example.com`] }), () => user);
      const network = new Network(({ bearer }) => (bearer === network.dead ? json({ error: { type: "authentication_error" } }, 401) : undefined));
      const { gateway_url, ...parameters } = withAttributes;
      assert.ok(gateway_url);
      const connector = await opened({ storage: "local", bridge: host.bridge, fetch: network.fetch, parameters });
      await connector.connect();
      assert.equal(connector.configuration.values.gateway_url.value, "https://ada.example.com");
      network.dead = "at-2";
      user = BOB;
      assert.equal((await rejection(connector.messages.create(params))).name, "AbortError");
      const isBobs = () => connector.configuration.values.gateway_url?.value === "https://bob.example.com";
      await until(() => isBobs() && connector.state === "ready");
      assert.equal(connector.account.homeAccountId, `${BOB}.${TENANT}`);
      connector.free();

      // What this pane was to connect with was Bob's.
      user = ADA;
      const again = await opened({ storage: "local", bridge: host.bridge, fetch: network.fetch, parameters });
      await again.connect();
      assert.equal(again.state, "ready");
      assert.equal(again.configuration.values.gateway_url.value, "https://ada.example.com");
    } finally {
      origin.leave();
    }
  });

  test("a sign-out waits for the user, and the same pane or another one ends it", async () => {
    const origin = new Origin();
    try {
      const hosts = [numbered(), numbered()];
      const there = await ready(hosts[0], new Network(), { storage: "local", parameters: withAttributes });
      await there.signOut();
      assert.equal(there.state, "needs-sign-in");
      await there.connect();
      assert.equal(hosts[0].asked.length, 2);
      const here = await opened({ storage: "local", bridge: hosts[1].bridge, parameters: withAttributes });
      assert.equal(here.state, "needs-sign-in");
      await there.connect(undefined, { interactive: true, confirm });
      assert.equal(there.state, "ready");
      origin.tellOfChange("taskpane-connector/2//signed-out");
      await until(() => here.state === "needs-settings");
      assert.deepEqual(hosts[1].asked, []);
    } finally {
      origin.leave();
    }
  });

  test("a diagnosis and a trial fetch what is missing, and find what is wrong with that", async () => {
    const host = directory(() => ({ "extn.gateway_url": [GATEWAY] }));
    const { gateway_url, ...parameters } = withAttributes;
    const options = () => ({ bridge: host.bridge, fetch: new Network().fetch, parameters });
    const { passed, origin } = await (await opened(options())).diagnose();
    assert.deepEqual([passed, origin], [true, gateway_url]);
    assert.deepEqual((await (await opened(options())).test({})).map(({ id }) => id), [MODEL]);
    const refusing = new Host(() => refusal("USER_INTERACTION_REQUIRED"));
    const found = await (await opened({ ...options(), bridge: refusing.bridge })).diagnose();
    assert.deepEqual([found.passed, found.failure.code, found.steps[0].status], [false, "interaction-required", "failed"]);
  });
});

describe("panes of one origin", () => {
  let origin;
  beforeEach(() => (origin = new Origin()));
  afterEach(() => origin.leave());

  test("one that signs out takes the others along, and one that signs in brings them back", async () => {
    const hosts = [numbered(), numbered()];
    const networks = [new Network(), new Network()];
    const [here, there] = [await ready(hosts[0], networks[0], { storage: "local" }), await ready(hosts[1], networks[1], { storage: "local" })];
    await there.signOut();
    origin.tellOfChange("taskpane-connector/2//signed-out");
    await until(() => here.state === "needs-sign-in");
    assert.equal(here.account, undefined);
    await assert.rejects(here.token({ scopes: [SCOPE] }), refused("sign-in-required"));
    await there.connect(undefined, { interactive: true, confirm });
    origin.tellOfChange("taskpane-connector/2//signed-out");
    await until(() => here.state === "ready");
    assert.deepEqual(hosts[0].asked.map(({ method }) => method), ["GetToken", "GetToken"]);
  });

  test("one that never asked for a connection makes none", async () => {
    const hosts = [numbered(), numbered()];
    const there = await ready(hosts[0], new Network(), { storage: "local" });
    await there.signOut();
    const here = await opened({ storage: "local", bridge: hosts[1].bridge });
    await there.connect(undefined, { interactive: true, confirm });
    origin.tellOfChange("taskpane-connector/2//signed-out");
    await until(() => here.state === "needs-settings");
    await settle();
    assert.deepEqual(hosts[1].asked, []);
  });
});

test("another provider leaves nothing of the former's sign-in in use", async () => {
  const host = numbered();
  const network = new Network();
  const { entra_scope } = byEntra;
  const connector = await opened({ bridge: host.bridge, fetch: network.fetch, parameters: { entra_scope, graph_client_id: CLIENT_ID } });
  await connector.connect({ gateway_url: GATEWAY, gateway_auth_source: "entra" });
  await connector.connect({ ...byKey, gateway_url: "https://other.example.com" });
  network.sent.length = 0;
  await connector.messages.create(params);
  const [sent] = network.sent;
  assert.equal(sent.hostname, "other.example.com");
  assert.equal(sent.bearer, undefined);
  assert.doesNotMatch(JSON.stringify(sent), /at-1/);
  assert.equal(sent.headers["x-api-key"], byKey.gateway_token);
});

test("opening asks nobody for a token, and talks to no server", async () => {
  const host = numbered();
  const network = new Network();
  await opened({ bridge: host.bridge, fetch: network.fetch });
  await settle();
  assert.deepEqual([host.asked, network.sent], [[], []]);
});

test("claims that differ each time are met each time, once", async () => {
  const host = numbered();
  let count = 0;
  const network = new Network(({ bearer, pathname }) =>
    pathname.startsWith("/v1.0") && bearer !== `at-${2 * count}` ? json({}, 401, challenge({ access_token: { [`made-up-${count}`]: null } })) : json({}),
  );
  const connector = await opened({ bridge: host.bridge, fetch: network.fetch });
  for (count = 1; count <= 50; count += 1) {
    // Each time a token that has ended: the first message is for a new one.
    assert.equal((await connector.graphFetch("/v1.0/me", { scopes: [`https://graph.microsoft.com/Scope.${count}`] })).status, 200);
  }
  assert.equal(host.asked.length, 100);
});

test("no secret is in what a connector says of itself", async () => {
  const host = new Host(({ tokenParams }) => granted(ADA, "secret-access-token-0123456789", tokenParams.scope));
  const connector = await ready(host, new Network());
  const said = JSON.stringify([connector.account, connector.configuration, connector.models, connector.storage, await connector.messages.prepare(params), `${connector.error}`]);
  assert.doesNotMatch(said, /secret-access-token|e30\./);
});
