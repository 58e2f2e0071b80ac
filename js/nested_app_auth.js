/**
 * Signing in through the Office host, as the page sees it: a facade over the
 * module's handle, which decides, and what it takes to carry that out: the
 * bridge and a clock.
 */
import { callOptions, isText, isTexts, jsonOf, numbers, optional } from "./argument.js";
import { failBridge, findBridge, isBridge } from "./bridge.js";
import { CoreObject, callOnDemand } from "./core.js";
import { connectorError, fromFailure, isConnectorError } from "./error.js";
import { onDemand } from "./loader.js";
import { claimsNestedAppAuth } from "./office.js";
import { CalledOff, Operation, abortError } from "./operation.js";

const TIMEOUTS = { bridgeMs: 2_000, initMs: 5_000, silentMs: 30_000, popupMs: 600_000 };

/** How a token may be got: `Mode` of the module. */
const SILENT = 0;
const POPUP = 1;
const EITHER = 2;

/** Frees handles whose clients were collected without a `free`. */
const abandoned = new FinalizationRegistry((release) => release());

/** Clients whose host has not answered in time, by bridge: its late answer serves the next `open`. */
const unanswered = new WeakMap();

export class NestedAppAuth {
  #bridge;
  /** The client in the module. */
  #core;
  #availability;
  #callers = new Map();
  #timer;
  #tickMs;
  #freed = false;
  #release;

  static async open(options) {
    const { signal, bridge: given, timeouts, settings } = checked(options ?? {});
    const availability = { claimed: claimsNestedAppAuth(), hook: "absent", bridge: "absent", init: "not-sent" };
    await onDemand.init();
    const operation = new Operation(signal);
    try {
      if (operation.cause) throw operation.cause;
      const bridge = given ?? (await findBridge(timeouts, availability, operation));
      availability.bridge = given ? "given" : "found";
      return await NestedAppAuth.#greeted(bridge, settings, availability, signal);
    } catch (error) {
      if (error instanceof CalledOff) throw error.reason;
      throw isConnectorError(error) ? Object.assign(error, { availability }) : error;
    } finally {
      operation.close();
    }
  }

  /** A client whose host has answered. */
  static async #greeted(bridge, settings, availability, signal) {
    const earlier = unanswered.get(bridge);
    unanswered.delete(bridge);
    const auth = earlier?.settings === settings && earlier.auth.#usable ? earlier.auth : new NestedAppAuth(bridge, settings);
    availability.init = "silent";
    try {
      await auth.#greet(availability, signal);
      return auth;
    } catch (error) {
      if (isConnectorError(error) && error.code === "timeout") {
        unanswered.set(bridge, { settings, auth });
      } else {
        if (isConnectorError(error)) availability.init = "refused";
        auth.free();
      }
      throw error;
    }
  }

  /** Use `NestedAppAuth.open`. `broker` is a bridge of this package's, which says when nobody is signed in any more. */
  constructor(bridge, settings, broker) {
    this.#bridge = bridge;
    const core = (this.#core = new CoreObject(callOnDemand("openNestedAppAuth", [], settings), onDemand));
    const weak = new WeakRef(this);
    const listener = (event) => weak.deref()?.#receive(event);
    try {
      bridge.addEventListener("message", listener);
    } catch (cause) {
      core.free();
      failBridge("its bridge lets nobody listen", cause);
    }
    if (broker) broker.onGone = () => weak.deref()?.#passOn("forget");
    this.#release = () => {
      try {
        bridge.removeEventListener?.("message", listener);
      } catch {
        // A host that is going away.
      }
      core.free();
    };
    abandoned.register(this, this.#release, this);
  }

  get availability() {
    return { ...this.#availability };
  }

  acquireTokenSilent(request, options) {
    return this.#acquire(SILENT, request, options);
  }

  acquireTokenPopup(request, options) {
    return this.#acquire(POPUP, request, options);
  }

  acquireToken(request, options) {
    return this.#acquire(EITHER, request, options);
  }

  accounts() {
    return this.#call("accounts").map(accountOf);
  }

  invalidate(accessToken) {
    if (!isText(accessToken)) throw connectorError("invalid-argument", "accessToken is not a string");
    return this.#call("invalidate", [accessToken]);
  }

  clear() {
    this.#call("clear");
    this.#stopAll(abortError("The tokens were cleared."));
    this.#carryOut();
  }

  free() {
    if (this.#freed) return;
    this.#stopAll(abortError("The client was freed."));
    this.#freed = true;
    clearInterval(this.#timer);
    abandoned.unregister(this);
    this.#release();
  }

  /** Waits for the host's answer to the greeting. */
  async #greet(availability, signal) {
    const { sdkName, sdkVersion } = await this.#outcome(() => this.#call("initialise"), signal);
    this.#availability = { ...availability, init: "answered", sdkName, sdkVersion };
  }

  async #acquire(mode, request, options) {
    const { signal } = callOptions(options);
    const text = requestText(request);
    return resultOf(await this.#outcome(() => this.#call("acquire", [mode], text), signal));
  }

  /** Begins something that somebody waits for, and waits. */
  async #outcome(begin, signal) {
    const operation = new Operation(signal);
    if (operation.cause) throw operation.cause.reason;
    const caller = begin();
    const told = new Promise((tell) => this.#callers.set(caller, { tell, operation }));
    try {
      this.#carryOut();
      const outcome = await operation.orStopped(told);
      if (operation.cause) throw operation.cause.reason;
      if (outcome.failure) throw fromFailure(outcome.failure);
      return outcome.answer;
    } finally {
      operation.close();
      if (this.#callers.delete(caller) && operation.cause && this.#usable) {
        this.#call("abandon", [caller]);
        this.#carryOut();
      }
    }
  }

  get #usable() {
    return !this.#freed && this.#core.alive;
  }

  #call(operation, values, body) {
    if (this.#freed) throw connectorError("invalid-argument", "this client has been freed");
    return this.#core.call(operation, values, body);
  }

  /** Does what the module decides. The host may answer while a message is posted. */
  #carryOut() {
    try {
      for (;;) {
        const { message, caller, tickMs, ...told } = this.#call("nextStep", [random()]);
        if (message) this.#post(message);
        else if (caller) this.#callers.get(caller)?.tell(told);
        else return this.#keepTime(tickMs);
      }
    } catch (error) {
      // The module has stopped; whoever waits would wait for ever.
      clearInterval(this.#timer);
      this.#stopAll(error);
    }
  }

  /** Tells the module what happened, where anybody may still care. */
  #passOn(operation, ...values) {
    if (this.#freed) return;
    try {
      this.#call(operation, values);
    } catch {
      // What can't be written as JSON says nothing. If the module stopped, the next call tells.
    }
    this.#carryOut();
  }

  #post(message) {
    const { requestId } = JSON.parse(message);
    const unsent = (cause) => {
      const description = `its bridge takes no messages: ${cause?.message ?? cause}`;
      this.#passOn("handleMessage", { requestId, error: { status: "UNSENT", description } });
    };
    try {
      // Where the bridge itself has to ask somebody, that may fail later.
      Promise.resolve(this.#bridge.postMessage(message)).catch(unsent);
    } catch (cause) {
      unsent(cause);
    }
  }

  /** Hosts hand a message over bare, or in an event, as text or as what that stands for. */
  #receive(event) {
    this.#passOn("handleMessage", isText(event) ? event : event?.data);
  }

  /** Ticks while somebody waits. */
  #keepTime(tickMs) {
    if (tickMs === this.#tickMs) return;
    this.#tickMs = tickMs;
    clearInterval(this.#timer);
    if (!tickMs) return;
    const tick = () => this.#passOn("handleTick", Math.round(performance.now()));
    this.#timer = setInterval(tick, tickMs);
    tick();
  }

  #stopAll(reason) {
    for (const { operation } of [...this.#callers.values()]) operation.stop(new CalledOff(reason));
  }
}

if (Symbol.dispose) NestedAppAuth.prototype[Symbol.dispose] = NestedAppAuth.prototype.free;

/** An answer with the names of MSAL's `AuthenticationResult`. */
function resultOf({ account: given, scope, expiresOn, ...answer }) {
  const account = { ...accountOf(given), idToken: answer.idToken };
  return {
    correlationId: "",
    ...answer,
    uniqueId: account.localAccountId,
    tenantId: account.tenantId,
    scopes: scope.split(" "),
    account,
    idTokenClaims: account.idTokenClaims,
    expiresOn: new Date(expiresOn),
    extExpiresOn: new Date(expiresOn),
  };
}

/** An account with what MSAL's `AccountInfo` always has. */
const accountOf = (account) => ({ localAccountId: "", tenantId: "", username: "", name: "", ...account });

/** A request as JSON, with texts for its lists. */
function requestText(request) {
  const given = optional("request", request, (value) => typeof value === "object", "an object") ?? {};
  const words = (name) => optional(`request: ${name}`, given[name], isTexts, "a list of strings")?.slice();
  const lists = { scopes: words("scopes")?.join(" "), attributeTokens: words("attributeTokens")?.sort().join(" ") };
  return jsonOf("request", { ...given, ...lists });
}

const isLibrary = (value) => isText(value.name) && isText(value.version);

/** The options, those for the module as JSON. */
function checked(options) {
  const { signal } = callOptions(options);
  const timeouts = numbers("timeouts", TIMEOUTS, options.timeouts, 1);
  const settings = clientSettings(options, timeouts);
  return { signal, bridge: optional("bridge", options.bridge, isBridge, "a bridge"), timeouts, settings };
}

/** What the module's client is set up with; `redirectUri` where this page signs in by itself. */
export function clientSettings(options, timeouts, redirectUri) {
  const capabilities = optional("clientCapabilities", options.clientCapabilities, isTexts, "a list of names");
  if (!isText(options.clientId) || !options.clientId) {
    throw connectorError("invalid-argument", "clientId is not the ID of an app registration");
  }
  const library = optional("clientLibrary", options.clientLibrary, isLibrary, "a name and a version");
  return JSON.stringify({
    clientId: options.clientId,
    authority: optional("authority", options.authority, isText, "a string"),
    capabilities: capabilities?.length ? JSON.stringify(capabilities) : "",
    libraryName: library?.name,
    libraryVersion: library?.version,
    origin: globalThis.location?.origin,
    redirectUri,
    limits: `${timeouts.initMs} ${timeouts.silentMs} ${timeouts.popupMs}`,
  });
}

/** 32 bytes in hexadecimal digits. They name messages and guard nothing, so hosts without a generator get by. */
function random() {
  const bytes = new Uint8Array(32);
  if (globalThis.crypto?.getRandomValues) crypto.getRandomValues(bytes);
  else bytes.forEach((_, at) => (bytes[at] = Math.random() * 256));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
