/** Tokens of Entra's for the page's own use, and its requests to Microsoft Graph. */
import { callOptions, isText, isTexts, optional } from "./argument.js";
import { callOnDemand } from "./core.js";
import { connectorError, hint } from "./error.js";
import { ANONYMOUS } from "./exchange.js";
import { CalledOff } from "./operation.js";
import { Watch } from "./patience.js";
import { claimsFromChallenge } from "./sign_in.js";

/** What a relative colour tells of an engine: it is one that takes the token off a redirect to another origin (Chromium since 119). */
const TELLING_COLOUR = "rgb(from red r g b)";

export class PageTokens {
  #connector;
  /** What Graph demanded and only the user can give, by scope. */
  #demanded = new Map();

  /** `connector` is `{ call, keep, begin, end, host }`. */
  constructor(connector) {
    this.#connector = connector;
  }

  async token({ scopes, claims, fresh, interactive, signal } = {}) {
    const scope = scopeOf(scopes);
    if (!scope) throw connectorError("invalid-argument", "scopes names nothing that a token is for");
    const wanted = { scope, claims: optional("claims", claims, isText, "a string"), fresh: Boolean(fresh), interactive: Boolean(interactive) };
    return this.#under(signal, async (operation) => {
      const { token, expiresAt, account } = await this.#issue(wanted, operation);
      return { token, expiresAt, account };
    });
  }

  async graphFetch(path, { scopes, interactive, signal, method = "GET", headers, body } = {}) {
    const { cloud } = this.#connector.call("signIn");
    const { endpoints } = this.#connector.host;
    const base = callOnDemand("graphBase", [cloud]);
    const url = addressOf(path, base);
    const { origin, pathname, search } = url;
    const scope = scopeOf(scopes) || `${base}/.default`;
    const given = Object.fromEntries(new Headers(headers));
    callOnDemand("graphCheck", [cloud, origin, Object.keys(given), endpoints]);
    if (globalThis.ReadableStream && body instanceof ReadableStream) {
      throw connectorError("invalid-argument", "body is a stream, which can't be sent a second time");
    }
    const wanted = { scope, claims: this.#demanded.get(scope), fresh: false, interactive: Boolean(interactive) };
    return this.#under(signal, async (operation) => {
      for (let attempt = 1; ; attempt += 1) {
        const { token } = await this.#issue(wanted, operation);
        const opened = callOnDemand("graphRequest", [cloud, origin, pathname + search, token, endpoints]);
        const opening = { ...given, ...opened.headers };
        const response = await this.#fetch(opened.url, { method, headers: opening, body }, "manual", operation);
        if (response.status !== 401 || attempt === 2) {
          if (response.status !== 401) this.#demanded.delete(scope);
          return await this.#landed(response, opened.url, { method, given, opening }, operation);
        }
        // From the host that the token was for: nothing else was asked.
        const claims = claimsFromChallenge(response.headers.get("www-authenticate"));
        response.body?.cancel().catch(() => {});
        if (claims) this.#demanded.set(scope, claims);
        Object.assign(wanted, { claims, fresh: !claims });
      }
    });
  }

  /** A token, after a sign-out only where the user acts. */
  async #issue(wanted, operation) {
    const { keep, host } = this.#connector;
    if (!wanted.interactive && this.#connector.call("isSignedOut")) {
      throw connectorError("sign-in-required", "the user signed out", { hint: hint("sign-in", "user", "Sign in.") });
    }
    const watch = new Watch(operation, "whole", host.timeouts.firstByteMs);
    try {
      const asked = host.tokens.issue(this.#connector.call("signIn"), { kind: "entra", ...wanted, signal: operation.signal });
      const issued = await operation.orStopped(asked);
      if (operation.cause) throw operation.cause;
      if (!isText(issued?.token)) throw connectorError("invalid-argument", "getToken didn't give a token");
      if (wanted.interactive) {
        this.#connector.call("act");
        await keep();
      }
      return issued;
    } finally {
      watch.close();
    }
  }

  async #fetch(url, request, redirect, operation) {
    const { fetch, timeouts } = this.#connector.host;
    const watch = new Watch(operation, "first-byte", timeouts.firstByteMs);
    try {
      const options = { ...request, mode: "cors", ...ANONYMOUS, redirect, signal: operation.signal };
      const response = await operation.orStopped(fetch(url, options));
      if (operation.cause) throw operation.cause;
      return response;
    } finally {
      watch.close();
    }
  }

  /** Goes on where a download leads, without the token. */
  async #landed(response, url, { method, given, opening }, operation) {
    const isRedirect = response.type === "opaqueredirect";
    const place = isRedirect ? null : response.status >= 300 && response.status < 400 && response.headers.get("location");
    if (!isRedirect && !place) return response;
    response.body?.cancel().catch(() => {});
    if (!/^(get|head)$/i.test(method)) throw misled("a request that changes something was redirected");
    if (isRedirect) {
      // Where to, a page isn't told: the engine has to go there, and take the token off.
      if (!globalThis.CSS?.supports?.("color", TELLING_COLOUR)) {
        throw connectorError("unsupported", "this browser would send the token along to where the download is");
      }
      return this.#fetch(url, { method, headers: opening }, "follow", operation);
    }
    const { href, protocol } = new URL(place, url);
    if (protocol !== "https:" && protocol !== new URL(url).protocol) throw misled("the download is not at a secure address");
    return this.#fetch(href, { method, headers: given }, "follow", operation);
  }

  /** Does something that the page's signal, a sign-out and `free` end. */
  async #under(signal, work) {
    const { begin, end } = this.#connector;
    const operation = begin(callOptions({ signal }).signal);
    try {
      if (operation.cause) throw operation.cause;
      return await work(operation);
    } catch (error) {
      const { cause } = operation;
      if (cause instanceof CalledOff) throw cause.reason;
      if (cause) throw connectorError("timeout", `no answer within ${cause.limit} ms`, { retryable: true });
      throw error;
    } finally {
      end(operation);
    }
  }
}

/** Scopes as one text; empty where there are none. */
const scopeOf = (scopes) => optional("scopes", scopes, isTexts, "a list of strings")?.join(" ").trim() ?? "";

/** The address as the browser reads it. */
function addressOf(path, base) {
  try {
    return new URL(path, base);
  } catch (cause) {
    throw connectorError("invalid-argument", "path is not an address", { cause });
  }
}

const misled = (message) => connectorError("response-invalid", message);
