/**
 * The sign-in of a connector's own: through the Office host where that has a
 * bridge, else in a window of this page's.
 */
import { isFunction, isText } from "./argument.js";
import { isBridge } from "./bridge.js";
import { callOnDemand } from "./core.js";
import { connectorError, hint } from "./error.js";
import { NestedAppAuth } from "./nested_app_auth.js";
import { Operation } from "./operation.js";
import { Watch } from "./patience.js";
import { StandardSignIn } from "./standard_sign_in.js";
import { demandsUser } from "./token_source.js";

const GOOGLE = "google";

/** What an ID token takes. */
const OPENID = ["openid", "profile"];

/** This page answers claims challenges: `js/access.js` and `js/page_tokens.js` do. */
const CAPABILITIES = ["CP1"];

/** An ID token that ends sooner than this is not given out, in milliseconds. */
const MARGIN_MS = 120_000;

/** How long a challenge that was met counts as met, and for how long the same one is only an echo of it, in milliseconds. */
const MET_MS = 300_000;
const ECHO_MS = 10_000;

/** How long Office may take to say who is signed in to it, in milliseconds. */
const OFFICE_MS = 2_000;

/** The most challenges, and demands, that are remembered: servers make them up. */
const MOST_REMEMBERED = 32;

export class SignIn {
  #host;
  #identities = new Map();

  /** `host` is `{ fetch, storage, partitionKey, bridge, redirectUri, startUrl, openDialog, clientId, authority, account, endpoints, onKept }`. */
  constructor(host) {
    this.#host = host;
  }

  /** Until a window could open at once. An Office host, whose windows need no click, isn't waited for. */
  async prepare(settings) {
    const { opening } = this.#identity(settings);
    if (!mayHaveBridge(this.#host)) await opening;
  }

  /** A token as `getToken` gives it, and whom it is for. */
  issue(settings, wanted) {
    const identity = this.#identity(settings);
    return identity.auth ? identity.issue(wanted) : identity.opening.then(() => identity.issue(wanted));
  }

  retain(settings) {
    const keys = settings.filter(Boolean).map((one) => JSON.stringify(one));
    for (const [key, identity] of this.#identities) {
      if (keys.includes(key)) continue;
      this.#identities.delete(key);
      identity.free();
    }
  }

  clear() {
    for (const { auth } of this.#identities.values()) auth?.clear();
  }

  async signOut() {
    const ends = await Promise.allSettled([...this.#identities.values()].map((identity) => identity.signOut()));
    return ends.every(({ status }) => status === "fulfilled");
  }

  free() {
    this.retain([]);
  }

  #identity(settings) {
    const key = JSON.stringify(settings);
    let identity = this.#identities.get(key);
    if (!identity) {
      identity = new Identity(settings, this.#host);
      this.#identities.set(key, identity);
      // The next one who asks tries again.
      identity.opening.catch(() => this.#identities.get(key) === identity && this.#identities.delete(key));
    }
    return identity;
  }
}

/** One application at one identity provider. */
class Identity {
  #isGoogle;
  #account;
  /** Whom the sign-in page is to suggest. */
  #loginHint;
  /** What only the user can get, by scopes and claims. */
  #demanded = new Map();
  /** When a challenge was met, by scopes and claims. */
  #met = new Map();
  /** How the user is to be asked. */
  #prompt;
  #freed = false;
  auth;
  opening;

  constructor(settings, host) {
    this.#isGoogle = settings.cloud === GOOGLE;
    this.#account = this.#isGoogle ? undefined : host.account;
    this.opening = opened(settings, host).then(({ auth, loginHint }) => {
      this.auth = auth;
      if (!this.#account) this.#loginHint = loginHint;
      if (this.#freed) auth.free();
    });
  }

  async issue({ kind, scope, claims, fresh, interactive, signal }) {
    const asksIdToken = kind === "entra-id";
    const scopes = asksIdToken ? OPENID : scope.split(/[\s,]+/).filter(Boolean);
    const what = [...scopes, claims].join(" ");
    const request = { scopes, claims, account: this.#account, loginHint: this.#loginHint, prompt: this.#prompt };
    if (fresh) request.forceRefresh = true;
    try {
      if (claims && !interactive) this.#heedEcho(what, request);
      let result = await this.#acquire(what, request, interactive, signal);
      // It may end before the access token does that it came with.
      if (asksIdToken && result.idTokenClaims.exp * 1000 < Date.now() + MARGIN_MS) {
        result = await this.auth.acquireTokenSilent({ ...request, forceRefresh: true }, { signal });
      }
      this.#demanded.delete(what);
      this.#prompt = undefined;
      if (request.claims) remember(this.#met, what, Date.now());
      return this.#issued(result, asksIdToken);
    } catch (error) {
      if (!demandsUser(error)) throw error;
      remember(this.#demanded, what, true);
      if (/-mismatch$/.test(error.code)) {
        this.#prompt = "select_account";
        this.#loginHint = undefined;
      }
      throw toTheUser(error);
    }
  }

  /** A window opens at once where nothing else is known to help. */
  #acquire(what, request, interactive, signal) {
    if (!interactive) return this.auth.acquireTokenSilent(request, { signal });
    if (this.#demanded.has(what)) return this.auth.acquireTokenPopup(request, { signal });
    return this.auth.acquireToken(request, { signal });
  }

  /**
   * A resource that demands the same claims again: requests that were under way
   * with the former token get the newer one, and after that the user is asked.
   */
  #heedEcho(what, request) {
    const age = Date.now() - (this.#met.get(what) ?? -Infinity);
    if (age >= MET_MS) return;
    if (age < ECHO_MS) {
      request.claims = undefined;
      return;
    }
    throw connectorError("interaction-required", "the resource demands claims again that the token has been given");
  }

  #issued({ accessToken, idToken, expiresOn, account }, asksIdToken) {
    const { username, name, tenantId, homeAccountId } = account;
    const owner = { username };
    if (name) owner.name = name;
    if (!this.#isGoogle) Object.assign(owner, { tenantId, homeAccountId });
    return { token: asksIdToken ? idToken : accessToken, expiresAt: expiresOn.getTime(), account: username, owner };
  }

  async signOut() {
    // What is being opened reads what is kept first.
    await this.opening.catch(() => {});
    this.#demanded.clear();
    this.#met.clear();
    if (isFunction(this.auth?.signOut)) await this.auth.signOut();
    else this.auth?.clear();
  }

  free() {
    this.#freed = true;
    this.auth?.free();
  }
}

/** Remembers something as the latest, and not more than so much. */
function remember(map, what, value) {
  map.delete(what);
  map.set(what, value);
  if (map.size > MOST_REMEMBERED) map.delete(map.keys().next().value);
}

async function opened({ cloud, clientId: configured, clientSecret, sso }, host) {
  const isGoogle = cloud === GOOGLE;
  if (!isGoogle && sso === "0") {
    throw unconfigured("entra_sso", "entra_sso is 0: nobody may be signed in", "Set entra_sso to 1 where the provider takes a token of Entra's.");
  }
  const clientId = configured || host.clientId;
  if (!clientId) {
    throw unconfigured("graph_client_id", "graph_client_id is missing: there is no application to sign in with", "Set graph_client_id to the ID of the app registration.");
  }
  let authority = isGoogle ? undefined : (host.authority ?? callOnDemand("authorityOf", [cloud]));
  const clientCapabilities = isGoogle ? undefined : CAPABILITIES;
  const { bridge, redirectUri, startUrl, openDialog, fetch, storage, partitionKey, endpoints, onKept } = host;
  if (!isGoogle && mayHaveBridge(host)) {
    try {
      return { auth: await NestedAppAuth.open({ clientId, authority, clientCapabilities, bridge }) };
    } catch (error) {
      // Whatever is wrong with the host, a window may still do.
      if (!redirectUri || !error.availability) throw error;
    }
  }
  if (!redirectUri) {
    throw connectorError("host-unsupported", "no Office host signs in here, and there is no redirectUri to sign in without one", {
      hint: hint("pass-redirect-uri", "developer", "Pass redirectUri to Connector.open."),
    });
  }
  const { tenantId, loginHint } = isGoogle ? {} : await officeUser();
  if (tenantId && !host.authority) authority = callOnDemand("authorityOf", [cloud, tenantId]);
  const options = { clientId, clientSecret, cloud, authority, clientCapabilities, redirectUri, startUrl, openDialog, fetch, storage, partitionKey, endpoints, onKept };
  return { auth: await StandardSignIn.open(options), loginHint };
}

/** Who is signed in to Office, where it says so: their organisation, and by which name they sign in. */
async function officeUser() {
  const operation = new Operation();
  const watch = new Watch(operation, "whole", OFFICE_MS);
  try {
    const asked = async () => globalThis.Office?.auth?.getAuthContext?.();
    const { authorityType, tenantId, loginHint, userPrincipalName } = (await operation.orStopped(asked())) ?? {};
    const isWork = authorityType === "aad" && isText(tenantId);
    return { tenantId: isWork ? tenantId : undefined, loginHint: [loginHint, userPrincipalName].find(isText) };
  } catch {
    return {};
  } finally {
    watch.close();
  }
}

/** Whether there may be a bridge to wait for: outside Office there is none. */
function mayHaveBridge({ bridge }) {
  const { nestedAppAuthBridge, __initializeNestedAppAuth, Office } = globalThis;
  return Boolean(bridge ?? Office) || isBridge(nestedAppAuthBridge) || isFunction(__initializeNestedAppAuth);
}

function unconfigured(key, message, text) {
  return connectorError("configuration-invalid", message, {
    hint: { id: "enter-value", params: { key }, text, audience: "admin" },
  });
}

/** What the user can do now, in the place of what a page that signs in by itself could. */
function toTheUser(error) {
  const { code, hint: given } = error;
  if (code === "consent-required") {
    error.hint = { ...given, text: "Sign in and agree, or let an administrator open adminConsentUrl and agree for everybody." };
  } else if (code === "interaction-required" || code === "sign-in-required") {
    error.hint = { id: "sign-in", params: given?.params ?? {}, text: "Sign in.", audience: "user" };
  }
  return error;
}
