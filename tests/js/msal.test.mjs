// The same host, message by message, for MSAL and for this package.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ADA, BOB, CLIENT_ID, Host, TENANT, account, context, granted, idToken, refused } from "./host.mjs";
import { loader, moduleBytes, stage } from "./support.mjs";

// What MSAL takes for a browser. Its broadcasts between tabs would keep Node running.
globalThis.window = globalThis;
globalThis.location = new URL("https://pane.example/taskpane.html");
globalThis.BroadcastChannel = class {
  addEventListener() {}
  removeEventListener() {}
  postMessage() {}
  close() {}
};

const folder = new URL(`${process.env.NODE_TOOLS ?? "../../xtask/node"}/`, import.meta.url);
const require = createRequire(new URL("package.json", folder));
const msal = await import(pathToFileURL(require.resolve("@azure/msal-browser").replace("lib/msal-browser.cjs", "dist/index.mjs")));
const { NestedAppAuth } = await import(new URL("nested_app_auth.js", stage));

/** On a whole second: MSAL rounds the time to one, this package cuts it off. */
const START = 1_795_226_306_000;

async function openMsal(host, options) {
  // It looks the bridge up for every message.
  globalThis.nestedAppAuthBridge = host.bridge;
  const log = mock.method(console, "log", () => {});
  try {
    return await msal.createNestablePublicClientApplication({
      auth: { clientId: CLIENT_ID, ...options },
      cache: { cacheLocation: "memoryStorage" },
      system: { loggerOptions: { loggerCallback() {} } },
    });
  } finally {
    log.mock.restore();
  }
}

const openOurs = (host, options) =>
  NestedAppAuth.open({
    clientId: CLIENT_ID,
    bridge: host.bridge,
    clientLibrary: { name: "msal.js.browser", version: msal.version },
    ...options,
  });

/** The code of this package that says what MSAL's error says. */
function codeOf(error) {
  const { name, errorCode } = error;
  if (name === "ConnectorError") return error.code;
  if (name === "InteractionRequiredAuthError") return "interaction-required";
  if (name === "ServerError" || errorCode === "unknown_error" || name === "AuthError") return "server-error";
  const codes = {
    user_canceled: "sign-in-cancelled",
    no_network_connectivity: "unreachable",
    no_account_found: "sign-in-required",
    nested_app_auth_bridge_disabled: "host-unsupported",
    null_or_empty_token: "response-invalid",
    token_parsing_error: "response-invalid",
    invalid_claims: "invalid-argument",
  };
  return codes[errorCode] ?? `${name} ${errorCode}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const nameless = (text) => (UUID.test(text) ? "a UUID" : text);

/** A message without what is new each time. */
function comparable({ requestId, tokenParams, ...message }) {
  assert.match(requestId, UUID);
  if (!tokenParams) return message;
  const { correlationId, claims } = tokenParams;
  return { ...message, tokenParams: { ...tokenParams, correlationId: nameless(correlationId), claims: JSON.parse(claims) } };
}

/** What both promise of an answer. A cached answer of MSAL's takes the account's names from the ID token alone. */
function seen(answer) {
  const { accessToken, authority, uniqueId, tenantId, scopes, idToken, idTokenClaims, fromCache, expiresOn, tokenType, state } = answer;
  const { homeAccountId, environment, localAccountId, username, name } = answer.account;
  const account = { homeAccountId, environment, localAccountId, tenantId: answer.account.tenantId };
  if (!fromCache) Object.assign(account, { username, name });
  return { accessToken, authority, uniqueId, tenantId, scopes, idToken, idTokenClaims, fromCache, expiresOn: expiresOn.getTime(), tokenType, state: state || undefined, account };
}

/** Takes a client through the steps; what it sent and what it said. */
async function play(open, { script, options, greeting, bridge, steps }) {
  mock.timers.enable({ apis: ["Date"], now: START });
  const host = new Host(script, { greeting });
  try {
    Object.assign(host.bridge, bridge?.(host));
    const outcomes = [];
    const client = await open(host, options).catch((error) => void outcomes.push(codeOf(error)));
    if (!client) return { messages: host.messages.map(comparable), outcomes };
    const take = async (step) => {
      if (typeof step === "number") return void mock.timers.setTime(Date.now() + step);
      const { popup, ...request } = step;
      const token = popup ? client.acquireTokenPopup(request) : client.acquireTokenSilent(request);
      outcomes.push(await token.then(seen, codeOf));
    };
    for (const step of steps) await (Array.isArray(step) ? Promise.all(step.map(take)) : take(step));
    const ids = host.messages.map(({ requestId }) => requestId);
    assert.equal(new Set(ids).size, ids.length);
    return { messages: host.messages.map(comparable), texts: host.messages.map((message) => JSON.stringify(message)), outcomes };
  } finally {
    mock.timers.reset();
    delete globalThis.nestedAppAuthBridge;
  }
}

const read = { scopes: ["User.Read"] };
const everything = {
  scopes: ["Mail.Read", "User.Read", "openid"],
  account: account(ADA),
  authority: "https://login.microsoftonline.com/organizations",
  resource: "https://graph.microsoft.com",
  correlationId: "7b1f0000-0000-4000-8000-000000000000",
  claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}},"id_token":{"login_hint":{"essential":true}}}',
  state: "a state",
  attributeTokens: ["b", "a"],
  // What never reaches the host.
  loginHint: "ada@contoso.example",
  domainHint: "contoso.example",
  sid: "s",
  prompt: "select_account",
  nonce: "n",
  redirectUri: "https://pane.example",
  extraQueryParameters: { x: "y" },
  extraParameters: { x: "y" },
};
const capable = { options: { clientCapabilities: ["CP1", "CP2"] } };
/** Grants what is asked, under a new token each time. */
const grant = ({ tokenParams }, at) => granted(ADA, `at-${at}`, tokenParams.scope);
const changed = (path, value) => {
  const answer = granted(ADA, "at", "User.Read");
  if (value === undefined) delete answer[path[0]][path[1]];
  else answer[path[0]][path[1]] = value;
  return () => answer;
};
const of = (user) => ({ homeAccountId: `${user}.${TENANT}`, environment: "login.microsoftonline.com", tenantId: TENANT });
const without = (name) => () => ({ ...granted(ADA, "at", "User.Read"), [name]: undefined });

/** What a resource demands after a user's sessions were ended. */
const NBF = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
/** A bridge that fails at its second message, the first one that asks for a token. */
const failing = (fails) => (host) => {
  const { postMessage } = host.bridge;
  return { postMessage: (text) => (host.messages.length === 1 && !host.failed ? ((host.failed = true), fails()) : postMessage(text)) };
};

const same = {
  "nothing in particular": { steps: [{}, { popup: true }] },
  "scopes in their order and case": { steps: [{ scopes: ["Files.Read", "calendars.read"] }] },
  "all that reaches the host": { ...capable, steps: [everything, { ...everything, popup: true }] },
  "capabilities alone": { ...capable, steps: [read] },
  "an authority of the client, which stays at home": { options: { authority: `https://login.microsoftonline.com/${TENANT}` }, steps: [read] },
  "claims without an object to put the defaults in": { steps: [{ ...read, claims: '{"x":null}' }] },
  "claims that are none": { steps: [{ ...read, claims: "{" }] },
  "force, yes and no": { steps: [{ ...read, forceRefresh: true }, { ...read, forceRefresh: false }, { scopes: ["Mail.Read"], forceRefresh: false }] },
  "another kind of token": { steps: [{ ...read, authenticationScheme: "pop" }] },
  "a token twice": { steps: [read, read] },
  "fewer scopes, other cases": { steps: [{ scopes: ["User.Read", "Mail.Read"] }, { scopes: ["MAIL.read"] }, { scopes: ["user.read", "openid", "profile"] }] },
  "more scopes": { steps: [read, { scopes: ["User.Read", "Mail.Read"] }, read] },
  "the window passes the cache over and fills it": { steps: [read, { ...read, popup: true }, read] },
  "a cache lookup policy": { steps: [read, ...[0, 1, 2, 3, 4].map((cacheLookupPolicy) => ({ ...read, cacheLookupPolicy }))] },
  "300 seconds left, and less": { script: (_, at) => granted(ADA, `at-${at}`, "User.Read", { expires_in: 600 }), steps: [read, 299_000, read, 2_000, read] },
  "a clock that was turned back": { steps: [read, -60_000, read] },
  "claims replace what is cached": { steps: [read, { ...read, claims: '{"access_token":{}}' }, read] },
  "no scope in the answer": { script: changed(["token", "scope"], ""), steps: [read, read] },
  "no end in the answer": { script: changed(["token", "expires_in"], undefined), steps: [read, read] },
  "an authority in the answer": { script: changed(["token", "authority"], "login.example"), steps: [read] },
  "an account with gaps": {
    script: () => ({ ...granted(ADA, "at", "User.Read"), account: { environment: "login.microsoftonline.com" }, token: { ...granted(ADA, "at", "User.Read").token, id_token: idToken({ oid: ADA, tid: TENANT, preferred_username: "ada@x", name: "Ada" }) } }),
    steps: [read],
  },
  "success in other words": { script: () => ({ ...granted(ADA, "at", "User.Read"), success: "true" }), steps: [read] },
  "an empty access token": { script: changed(["token", "access_token"], ""), steps: [read] },
  "an empty ID token": { script: changed(["token", "id_token"], ""), steps: [read] },
  "an ID token of two parts": { script: changed(["token", "id_token"], "a.e30"), steps: [read] },
  "an ID token that is not base64": { script: changed(["token", "id_token"], "a.!!.c"), steps: [read] },
  "an ID token that is not JSON": { script: changed(["token", "id_token"], "a.bm9wZQ.c"), steps: [read] },
  "an ID token with more claims": {
    script: changed(["token", "id_token"], idToken({ oid: ADA, tid: TENANT, "extn.team": ["red"], groups: ["a"], big: 2 ** 53, nested: { a: [1, { b: null }] }, name: "Ünïcode 😀" })),
    steps: [read, read],
  },
  "an account context of the host's": { greeting: context(of(ADA)), steps: [read, read] },
  "an account context in a cloud's old name": { greeting: context({ ...of(ADA), environment: "login.windows.net" }), steps: [read, read] },
  "an account that MSAL kept, with the cloud's old name": { steps: [read, { ...read, account: { ...account(ADA), environment: "login.windows.net" } }] },
  "an account by its name alone": { steps: [read, { ...read, account: { username: "SOMEONE@contoso.example" } }] },
  "an account in capitals": { steps: [read, { ...read, account: { ...account(ADA), homeAccountId: account(ADA).homeAccountId.toUpperCase() } }] },
  "somebody else signs in in the window": {
    script: ({ method, tokenParams }, at) => granted(method === "GetTokenPopup" ? BOB : ADA, `at-${at}`, tokenParams.scope),
    steps: [read, { ...read, popup: true }, read, { scopes: ["Mail.Read"] }],
  },
  "a greeting that says nothing": { greeting: { success: "true", initContext: {} }, steps: [read] },
  "a greeting without a context for the account": { greeting: { success: true, initContext: { accountContext: null, capabilities: null } }, steps: [read, read] },
  "success and an error": { script: () => ({ ...granted(ADA, "at", "User.Read"), error: { status: "USER_CANCEL" } }), steps: [read] },
  "refused, granted, refused": {
    script: (_, at) => (at % 2 ? granted(ADA, `at-${at}`, "User.Read") : refused("TRANSIENT_ERROR")),
    steps: [read, { ...read, forceRefresh: true }, { ...read, forceRefresh: true }, read],
  },
  "forced and not, at once": { steps: [[{ ...read, forceRefresh: true }, read], read] },
  "granted in another case, with OpenID Connect's scopes": { script: () => granted(ADA, "at", "openid profile USER.READ email"), steps: [read, read] },
  "scopes twice, and OpenID Connect's alone": { steps: [{ scopes: ["User.Read", "User.Read"] }, { scopes: ["openid", "profile"] }] },
  "the full name of a scope is another one": { steps: [{ scopes: ["https://graph.microsoft.com/User.Read"] }, read] },
  "exactly 300 seconds": { script: changed(["token", "expires_in"], 300), steps: [read, read, 1_000, read] },
  "no lifetime at all": { script: changed(["token", "expires_in"], 0), steps: [read, read] },
  "an ID token with padding": { script: changed(["token", "id_token"], `e30.${btoa('{"oid":"o","tid":"t","n":"?>?>"}')}.c`), steps: [read] },
  "an ID token that is over": { script: changed(["token", "id_token"], idToken({ oid: ADA, tid: TENANT, exp: 1 })), steps: [read, read] },
  "names beyond ASCII": { script: changed(["account", "name"], "Zoë Ångström 🦊 שלום"), steps: [read, read] },
  "a host's own claims": { script: changed(["account", "idTokenClaims"], { oid: BOB, name: "Mallory" }), steps: [read, read] },
  "claims that are demanded, then given by the user": {
    ...capable,
    script: ({ method, tokenParams }, at) => (tokenParams.claims.includes("nbf") && method === "GetToken" ? refused("USER_INTERACTION_REQUIRED") : granted(ADA, `at-${at}`, "User.Read")),
    steps: [read, { ...read, claims: NBF }, read, { ...read, claims: NBF, popup: true }, read],
  },
  "claims with a name twice": { steps: [{ ...read, claims: '{"id_token":{"a":1},"id_token":{"b":2},"__proto__":{"x":"é😀"}}' }] },
};
for (const success of ["", 0, null, 1, {}, []]) {
  same[`success: ${JSON.stringify(success)}`] = { script: () => ({ ...granted(ADA, "at", "User.Read"), success, error: { status: "TRANSIENT_ERROR" } }), steps: [read] };
}
for (const claims of ["{}", "null", "[]", "5", " ", "{,", "\ufeff{}"]) same[`claims: ${JSON.stringify(claims)}`] = { steps: [{ ...read, claims }] };
for (const state of ['a"b\\c\u2028', "😀".repeat(500)]) same[`state: ${state.slice(0, 8)}`] = { steps: [{ ...read, state }, { ...read, state }] };
for (const status of ["USER_INTERACTION_REQUIRED", "USER_CANCEL", "NO_NETWORK", "ACCOUNT_UNAVAILABLE", "DISABLED", "NESTED_APP_AUTH_UNAVAILABLE", "TRANSIENT_ERROR", "PERSISTENT_ERROR", "SOMETHING_ELSE"]) {
  same[`the status ${status}`] = { script: (_, at) => (at < 2 ? refused(status, { description: "d" }) : granted(ADA, "at", "User.Read")), steps: [read, { ...read, popup: true }, read] };
}
for (const [name, error] of Object.entries({ "a text": "text", "an empty object": {} })) {
  same[`${name} for an error`] = { script: () => ({ success: false, error }), steps: [read] };
}

/** Where this package is meant to differ; `messages` or `outcomes`, or both. */
const different = {
  "no scopes ask for the default": ["messages", { script: (_, at) => granted(ADA, `at-${at}`, "openid profile"), steps: [{ scopes: [] }] }],
  "two resources are refused": ["messages outcomes", { steps: [{ scopes: ["User.Read", "api://gw/a"] }] }],
  "the default scope is found again": [
    "messages outcomes",
    { script: () => granted(ADA, "at", "api://gw/a api://gw/b"), steps: [{ scopes: ["api://gw/.default"] }, { scopes: ["api://gw/.default"] }] },
  ],
  "equal requests share a message": ["messages", { script: () => granted(ADA, "at", "User.Read"), steps: [[read, read, read]] }],
  "a token stays where another overlaps": [
    "messages outcomes",
    { steps: [{ scopes: ["User.Read", "Mail.Read"] }, 1_000, { scopes: ["User.Read", "Files.Read"] }, { scopes: ["Mail.Read"] }] },
  ],
  "a named account does not get another's token": [
    "messages outcomes",
    { script: ({ tokenParams }, at) => granted(tokenParams.platformBrokerId?.startsWith(BOB) ? BOB : ADA, `at-${at}`, "User.Read"), steps: [read, { ...read, account: account(BOB) }] },
  ],
  "nor is it given by the host": ["outcomes", { steps: [{ ...read, account: account(BOB) }] }],
  "the latest account counts": [
    "messages outcomes",
    { greeting: context(of(ADA)), script: (_, at) => granted(at === 0 ? ADA : BOB, `at-${at}`, at === 0 ? "User.Read" : "Mail.Read"), steps: [read, { scopes: ["Mail.Read"] }, read] },
  ],
  "an account of another tenant": ["outcomes", { options: { authority: "https://login.microsoftonline.com/consumers" }, steps: [read] }],
  "a token is renewed near its end": ["messages", { steps: [read, 2_800_000, read] }],
  "an end that is a text": ["outcomes", { script: changed(["token", "expires_in"], "3600"), steps: [read] }],
  "no environment": ["outcomes", { script: changed(["account", "environment"], undefined), steps: [read] }],
  "no error": ["outcomes", { script: () => ({ success: false }), steps: [read] }],
  "an error that is null": ["outcomes", { script: () => ({ success: false, error: null }), steps: [read] }],
  "no token is a broken answer, not a missing bridge": ["outcomes", { script: without("token"), steps: [read] }],
  "nor is no account": ["outcomes", { script: without("account"), steps: [read] }],
  "a code that asks for the user": ["outcomes", { script: () => refused("PERSISTENT_ERROR", { code: "interaction_required" }), steps: [read] }],
  "a code that says the window closed": ["outcomes", { script: () => refused("PERSISTENT_ERROR", { code: "user_cancelled" }), steps: [read] }],
  "a status in another spelling": ["outcomes", { script: () => refused("Disabled"), steps: [read] }],
  "a success that is false in words": ["outcomes", { script: () => ({ ...granted(ADA, "at", "User.Read"), success: "false" }), steps: [read] }],
  "a number that asks for the user": ["outcomes", { script: () => refused("TRANSIENT_ERROR", { description: "AADSTS50076: Due to a policy" }), steps: [read] }],
  "a bridge that throws is told": ["outcomes", { bridge: failing(() => assert.fail("busy")), steps: [read, read] }],
  "a host that doesn't greet is told": ["outcomes", { greeting: refused("DISABLED"), steps: [read] }],
  "a bridge that lets nobody listen is told": ["outcomes", { bridge: () => ({ addEventListener: () => assert.fail("no") }), steps: [read] }],
  "blanks in scopes are one": ["messages outcomes", { script: () => granted(ADA, "at", "User.Read  Mail.Read"), steps: [{ scopes: [" User.Read ", "", "Mail.Read"] }] }],
  "empty texts are left out": ["messages", { steps: [{ ...read, authority: "", resource: "", state: "" }] }],
  "claims may be in base64": ["messages outcomes", { steps: [{ ...read, claims: btoa(NBF) }] }],
  "claims for tokens are objects": ["messages outcomes", { ...capable, steps: [{ ...read, claims: '{"access_token":null,"id_token":"x"}' }] }],
  "a token for a resource serves nobody else": ["messages outcomes", { steps: [{ ...read, resource: "https://a.example" }, read] }],
  "less than was asked for is found again": ["messages outcomes", { script: (_, at) => granted(ADA, `at-${at}`, "User.Read"), steps: [{ scopes: ["User.Read", "Mail.Read"] }, { scopes: ["User.Read", "Mail.Read"] }] }],
  "a context for nobody": ["messages outcomes", { greeting: context({}), steps: [read, read] }],
  "fractions of a second": ["outcomes", { script: changed(["token", "expires_in"], 3599.5), steps: [read] }],
  "consent has a code of its own": ["outcomes", { script: () => refused("USER_INTERACTION_REQUIRED", { subError: "consent_required" }), steps: [read] }],
};

describe(`MSAL ${msal.version}`, () => {
  before(() => loader.initSync(moduleBytes));
  after(() => delete globalThis.window);

  test("is the version that is meant", () => assert.equal(msal.version, "5.29.0"));

  for (const [name, scenario] of Object.entries(same)) {
    test(name, async () => {
      const theirs = await play(openMsal, { script: grant, ...scenario });
      const ours = await play(openOurs, { script: grant, ...scenario });
      assert.deepEqual(ours.messages, theirs.messages);
      assert.deepEqual(ours.outcomes, theirs.outcomes);
      // The members' order too, for hosts that sign what they got.
      const names = (texts) => texts.map((text) => [...text.matchAll(/"(\w+)":/g)].map(([, name]) => name));
      assert.deepEqual(names(ours.texts), names(theirs.texts));
    });
  }

  describe("is different in that", () => {
    for (const [name, [parts, scenario]] of Object.entries(different)) {
      test(name, async () => {
        const theirs = await play(openMsal, { script: grant, ...scenario });
        const ours = await play(openOurs, { script: grant, ...scenario });
        for (const part of ["messages", "outcomes"]) {
          if (parts.includes(part)) assert.notDeepEqual(ours[part], theirs[part], `no longer so: ${name}`);
          else assert.deepEqual(ours[part], theirs[part]);
        }
      });
    }
  });
});
