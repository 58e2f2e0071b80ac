/**
 * Fetches what of the configuration has to be asked for: the user's attributes
 * in the directory, by an ID token, the answer of the bootstrap endpoint, and
 * skills. What is asked, and what an answer means, the module says
 * (`src/web/bootstrap.rs`).
 */
import { isText } from "./argument.js";
import { callOnDemand } from "./core.js";
import { connectorError, fromFailure, isConnectorError } from "./error.js";
import { exchange, flatHeaders, readChunks, send } from "./exchange.js";
import { CalledOff, Operation, Unanswered } from "./operation.js";
import { Watch } from "./patience.js";

/** How often a clock is looked at: timers stand still while a machine sleeps. */
const LOOK_MS = 60_000;

/** Where an answer could not be fetched anew, it is tried again after this. */
const AGAIN_MS = 60_000;

/** The layers that one connector fetches. */
export class Bootstrap {
  #host;
  #issueToken;
  #timer;
  /** The contents of skills, base64, by their number. */
  #contents = [];

  /** `host` is `{ fetch, timeouts, limits, app }`; `issueToken` gives tokens as the page's `getToken` does. */
  constructor(host, issueToken) {
    this.#host = host;
    this.#issueToken = issueToken;
  }

  /**
   * Fetches a layer that the module misses: `{ isBootstrap, values, names,
   * problems, waitMs }`. Throws the reason where the operation was called off.
   */
  async fetch(missing, operation, interactive) {
    try {
      if (!isText(missing.url)) return await this.#attributes(missing, operation, interactive);
      try {
        return await this.#answer(missing, operation, interactive, false);
      } catch (error) {
        // A token may have been revoked before its end: another one is tried once.
        if (!missing.withToken || error?.code !== "credential-invalid" || error?.status !== undefined) throw error;
        return await this.#answer(missing, operation, interactive, true);
      }
    } catch (cause) {
      throw cause instanceof CalledOff ? cause.reason : cause;
    }
  }

  async #attributes({ clientId }, operation, interactive) {
    let token;
    try {
      token = await this.#token("", operation, interactive, false);
    } catch (error) {
      // Without an application to sign in with nobody has attributes; whatever needs a token says so itself.
      if (error?.hint?.params?.key !== "graph_client_id") throw error;
      return { isBootstrap: false, ...callOnDemand("noAttributes", [error.message]) };
    }
    return { isBootstrap: false, ...callOnDemand("readAttributes", [token, clientId]) };
  }

  async #answer({ url, withToken, scope }, operation, interactive, fresh) {
    const { app, fetch, timeouts, limits } = this.#host;
    const wanted = callOnDemand("bootstrapScope", [scope]);
    const token = withToken ? await this.#token(wanted, operation, interactive, fresh) : "";
    const request = callOnDemand("bootstrapRequest", [url, token, app.name, app.version]);
    const waits = { idleMs: timeouts.idleMs, wholeMs: timeouts.controlMs };
    const answer = await answered(url, exchange(fetch, request, operation, waits, limits.maxBootstrapBytes), false, withToken);
    const read = callOnDemand("readBootstrap", [url, answer.status, answer.headers, withToken], answer.text);
    this.#contents = read.contents;
    return { isBootstrap: true, ...read };
  }

  /** A token of the user's, within the time that a sign-in may take. */
  async #token(scope, operation, interactive, fresh) {
    const { timeouts } = this.#host;
    const own = new Operation(operation.signal);
    const watch = new Watch(own, "whole", timeouts.firstByteMs);
    try {
      const wanted = { kind: scope ? "entra" : "entra-id", scope, fresh, interactive, signal: own.signal };
      const given = await own.orStopped(this.#issueToken(wanted));
      if (operation.cause) throw operation.cause;
      if (own.cause) throw connectorError("timeout", "signing in took too long", { retryable: true });
      if (!isText(given?.token)) throw connectorError("invalid-argument", "getToken didn't give a token");
      return given.token;
    } finally {
      watch.close();
      own.close();
    }
  }

  /** Calls what a weak reference holds when so much time has passed by the clock, once; without a time, after a failure. */
  after(waitMs = AGAIN_MS, held) {
    this.stop();
    const due = Date.now() + waitMs;
    const look = () => {
      const left = due - Date.now();
      if (left <= 0) held.deref()?.();
      else this.#timer = setTimeout(look, Math.min(left, LOOK_MS));
    };
    look();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** Loads one of the skills that a value names: `{ name, format, bytes }`. */
  async skill(value, name, operation) {
    try {
      const source = callOnDemand("skillSource", [value, name]);
      const { status, bytes } = source.request
        ? await this.#download(source.request, operation)
        : { status: 200, bytes: decode(this.#contents[source.content]) };
      return { name, format: callOnDemand("readSkill", [name, status], bytes), bytes };
    } catch (cause) {
      throw cause instanceof CalledOff ? cause.reason : cause;
    }
  }

  async #download(request, operation) {
    const { fetch, timeouts, limits } = this.#host;
    const watch = new Watch(operation, "whole", timeouts.firstByteMs);
    try {
      return await answered(request.url, this.#read(await answered(request.url, send(fetch, request, operation, timeouts.controlMs)), operation, limits));
    } finally {
      watch.close();
    }
  }

  async #read(response, operation, { maxSkillBytes }) {
    const chunks = [];
    let size = 0;
    await readChunks(response, operation, this.#host.timeouts.idleMs, (chunk) => {
      size += chunk.length;
      if (size > maxSkillBytes) throw new Unanswered("too-large", maxSkillBytes);
      chunks.push(chunk);
    });
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return { status: response.status, headers: flatHeaders(response), bytes };
  }
}

/** What is awaited, or what it means that there is no answer. */
async function answered(url, answer, isSkill = true, withToken = false) {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof Unanswered)) throw cause;
    const origin = globalThis.location?.origin ?? "null";
    throw fromFailure(callOnDemand("bootstrapUnanswered", [url, cause.word, cause.limit, origin, isSkill, withToken]));
  }
}

/** The bytes of a base64 text; none where it isn't one. */
function decode(content) {
  try {
    return Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

/** What is told where an answer could not be fetched anew, and the last one serves on. */
export const keptProblems = (error) =>
  callOnDemand("bootstrapKept", [isConnectorError(error) ? error.message : "the fetch was called off"]);

/** Reviews layers as `exposeLayers` gives them: `{ filled, problems }`. */
export const reviewed = ([layers, vouched], names) => callOnDemand("review", [vouched, names], layers);

/** Whether an organisation with these values allows an action. */
export const allowed = (features, policies, action, resource) => callOnDemand("allows", [features, policies, action, resource]);

/**
 * Refuses a model that the organisation doesn't offer. `named` is the JSON of params or settings, which may name one;
 * `layer` gives the layer that has the list.
 */
export function permit(value, named, layer) {
  const model = callOnDemand("forbiddenModel", [value], named);
  if (model === undefined) return;
  const params = { model, layer: layer() };
  const text = "Choose one of the models that the organisation offers, or ask its administrator for this one.";
  throw connectorError("policy-denied", `the organisation doesn't offer ${model} (available_models, ${params.layer})`, {
    hint: { id: "choose-offered-model", params, text, audience: "user" },
  });
}

/** The models that are offered of those that were found. */
export const offered = (value, models, inOutlook) => callOnDemand("offerModels", [value, models, inOutlook]);

/** The skills that a value names. */
export const skillsOf = (value) => callOnDemand("describeSkills", [value]);
