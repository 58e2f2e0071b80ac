/** Signing in through the simulated Office application's broker. */
import init, { Connector, NestedAppAuth } from "/pkg/index.js";
import { settled } from "./describe.js";
import { paramsFor } from "./talk.js";
import "/simulated-bridge.js";

const CLIENT_ID = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
const SCOPES = ["api://gateway/.default"];

let auth;

/** The claims of a token. */
const claimsOf = (token) => JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));

/** What may be told of an answer. The token says which one it is. */
function told({ value, error }) {
  if (error) return { error };
  const { accessToken, account, idTokenClaims, scopes, fromCache, expiresOn } = value;
  const attributes = Object.fromEntries(Object.entries(idTokenClaims).filter(([name]) => name.startsWith("ext")));
  const issued = /^nested-(\w+-\d+)-/.exec(claimsOf(accessToken).uti)?.[1];
  return { issued, username: account.username, scopes, fromCache, attributes, lifetimeMs: expiresOn - Date.now() };
}

/** Opens a client; with what came of it, and how long it took. */
export async function openSignIn({ options } = {}) {
  await init();
  const start = performance.now();
  const { value, error } = await settled(NestedAppAuth.open({ clientId: CLIENT_ID, ...options }));
  auth = value;
  return { availability: auth?.availability, error, took: performance.now() - start };
}

/**
 * Asks for tokens at the same time, each in its own way (`silent`, `popup`, `either`), and each for scopes of its own
 * where there are such; `request` is what all of them ask for besides.
 */
export async function askForTokens({ modes, scopes = [], request: more }) {
  const ask = {
    silent: (request) => auth.acquireTokenSilent(request),
    popup: (request) => auth.acquireTokenPopup(request),
    either: (request) => auth.acquireToken(request),
  };
  const asked = modes.map((mode, number) => settled(ask[mode]({ ...more, scopes: scopes[number] ?? SCOPES, state: `${number}` })));
  const answers = await Promise.all(asked);
  answers.forEach(({ value }, number) => {
    if (value && value.state !== `${number}`) throw new Error(`${number} got the answer of ${value.state}`);
  });
  return answers.map(told);
}

/** Which accounts are known, and what all of them say. */
export function knownAccounts() {
  return auth.accounts().map(({ username }) => username);
}

export function forgetTokens() {
  auth.clear();
}

/** A conversation with a gateway that is opened with this client's tokens; what was answered. */
export async function chatAsUser({ parameters, confirm, say }) {
  const getToken = async ({ scope, fresh }) => {
    const { accessToken, account, expiresOn } = await auth.acquireTokenSilent({ scopes: [scope], forceRefresh: fresh });
    return { token: accessToken, account: account.homeAccountId, expiresAt: Number(expiresOn) };
  };
  const connector = await Connector.open({ parameters, getToken });
  await connector.connect(undefined, { interactive: true, confirm });
  const stream = connector.messages.stream(paramsFor({ say }));
  const text = await stream.finalText();
  connector.free();
  return { text };
}
