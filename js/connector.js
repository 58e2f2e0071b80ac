/**
 * The connector as the page sees it: a facade over the module's connector, and
 * the driver of its connection.
 */
import { Access } from "./access.js";
import { callOptions, isFunction, isText, isTexts, jsonOf, numbers, optional } from "./argument.js";
import { Call } from "./call.js";
import { CoreObject, call } from "./core.js";
import { connectorError, fromFailure, hint, isConnectorError, refusalOf } from "./error.js";
import { exchange, pause } from "./exchange.js";
import { MessageStream } from "./message_stream.js";
import { hostName, isOfficeHost, isOutlook, partitionKey } from "./office.js";
import { CalledOff, Operation, Unanswered, abortError } from "./operation.js";
import { scriptsOnDemand } from "./scripts.js";
import { Store } from "./store.js";
import { Vault, notForgotten } from "./vault.js";

const TIMEOUTS = { firstByteMs: 600_000, idleMs: 90_000, controlMs: 15_000, storageMs: 2_000 };
const LIMITS = { maxEventBytes: 16 * 1024 * 1024, maxResponseBytes: 64 * 1024 * 1024 };

/** How many questions of a discovery are under way at once. */
const QUESTIONS = 3;

/** Frees handles whose connectors were collected without a `free`. */
const abandoned = new FinalizationRegistry((release) => release());

export class Connector {
  /** The connector in the module. */
  #core;
  #host;
  #vault;
  #listeners = new Set();
  #calls = new Set();
  /** What asks the gateway something, messages apart. */
  #operations = new Set();
  #connecting;
  #diagnosing;
  /** The diagnosis as the page was told it last. */
  #found;
  /** What is kept is being read again. */
  #reading = false;
  /** What the last attempt threw, where it failed out here and the module can't tell why. */
  #failed;
  #freed = false;
  #release;
  #messages;
  /** What a report says of the page and its host. */
  #about;

  static async open(options) {
    const opening = new Opening(options ?? {});
    const connector = new Connector(opening, await opening.vault.read());
    await connector.#keep();
    return connector;
  }

  /** Use `Connector.open`. */
  constructor({ host, vault, pairs, vouched, maxRetries, inOutlook, endpoints }, records) {
    this.#host = host;
    this.#vault = vault;
    const pageOrigin = globalThis.location?.origin ?? "null";
    this.#core = new CoreObject(call("open", [pairs.flat(), records, vouched, inOutlook, pageOrigin, maxRetries, endpoints]));
    hideSecrets(pairs);
    const { m, _host_Info } = Object.fromEntries(pairs);
    this.#about = [m, _host_Info];
    if (vault.unsealed) this.#call("renew");
    this.#watchOtherPanes();
    this.#messages = messagesOf(this.#host, this.#calls, (...given) => new CoreObject(this.#call(...given)));
  }

  get state() {
    return this.#call("state");
  }

  get error() {
    const failure = this.#call("failure");
    return failure && (this.#failed ?? fromFailure(failure));
  }

  get configuration() {
    return this.#call("configuration");
  }

  get storage() {
    this.#check();
    return this.#vault.status;
  }

  get models() {
    return this.#call("models");
  }

  get capabilities() {
    return this.#call("capabilities");
  }

  capabilitiesOf(provider, format) {
    const row = isText(provider) ? this.#call("capabilities", [provider, format]) : undefined;
    if (row === undefined) throw connectorError("invalid-argument", "there is no such provider or format");
    return row;
  }

  get confirmation() {
    const refusal = this.#call("confirmation");
    if (!refusal) return undefined;
    const { host, origin, address, ...changed } = refusal.hint.params;
    return { host, origin, address, changed };
  }

  get messages() {
    return this.#messages;
  }

  onChange(listener) {
    if (!isFunction(listener)) throw connectorError("invalid-argument", "a listener must be a function");
    // An entry of its own, so that a listener may be there twice.
    const entry = { listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  async connect(settings, options) {
    const { interactive, confirm, signal } = callOptions(options);
    const discovery = this.#plan(settings, interactive, confirm);
    if (!discovery) return;
    this.#connecting?.stop(new CalledOff(abortError("A newer call of connect took over.")));
    const operation = (this.#connecting = this.#operation(signal));
    this.#call("begin", [discovery.number]);
    this.#failed = undefined;
    this.#tell("state");
    try {
      await this.#discover(discovery, operation);
      this.#call("succeed", [discovery.number]);
      this.#forgetDiagnosis();
      await this.#keep();
      this.#tell("storage");
    } catch (error) {
      const calledOff = operation.cause instanceof CalledOff;
      if (!calledOff && isConnectorError(error)) this.#failed = error;
      // Freed meanwhile: there is nothing left to tell.
      if (this.#freed) throw error;
      if (calledOff) this.#call("callOff", [discovery.number]);
      else this.#call("fail", [discovery.number]);
      throw error;
    } finally {
      this.#end(operation, discovery);
      if (this.#connecting === operation) this.#connecting = undefined;
      for (const change of ["state", "configuration", "models"]) this.#tell(change);
    }
  }

  async test(settings, options) {
    const { confirm, signal } = callOptions(options);
    const discovery = this.#plan(settings ?? {}, true, confirm);
    const operation = this.#operation(signal);
    try {
      await this.#discover(discovery, operation);
      return discovery.call("describeModels");
    } finally {
      this.#end(operation, discovery);
    }
  }

  async refreshModels(options) {
    const { signal } = callOptions(options);
    const discovery = new CoreObject(this.#call("rediscover"));
    const operation = this.#operation(signal);
    try {
      await this.#discover(discovery, operation);
      this.#call("renewModels", [discovery.number]);
    } finally {
      this.#end(operation, discovery);
    }
    this.#tell("models");
    return this.models;
  }

  async diagnose(options) {
    const { signal, confirm, settings, onProgress } = callOptions(options);
    const typed = settings && jsonOf("settings", settings);
    this.#check();
    this.#diagnosing?.stop(new CalledOff(abortError("A newer diagnosis took over.")));
    const operation = (this.#diagnosing = this.#operation(signal));
    let discovery;
    try {
      const scripts = await operation.orStopped(scriptsOnDemand());
      if (operation.cause) throw operation.cause;
      return await scripts.diagnose({
        host: this.#host,
        operation,
        inForce: typed === undefined && this.state === "ready",
        call: (...given) => this.#call(...given),
        plan: (inForce) => {
          discovery = new CoreObject(inForce ? this.#call("rediscover") : this.#call("plan", [typed, true, confirm]));
          return discovery;
        },
        discover: () => this.#discover(discovery, operation),
        tell: (diagnosis) => {
          this.#found = diagnosis;
          if (onProgress) heard(onProgress, diagnosis);
        },
      });
    } catch (cause) {
      throw cause instanceof CalledOff ? cause.reason : cause;
    } finally {
      this.#end(operation, discovery);
    }
  }

  allowlist() {
    return this.#call("allowlist");
  }

  report(options) {
    const explain = optional("explain", options?.explain, isFunction, "a function");
    const [manifest, hostInfo] = this.#about;
    const about = [new Date().toISOString(), manifest ?? "", hostName(hostInfo), globalThis.navigator?.userAgent ?? ""];
    const { steps = [], refused, failure } = this.#found ?? {};
    return this.#call("report", [
      about,
      explain && steps.map((step) => explain(step, this.#found) ?? ""),
      steps.map(({ id, status, verdict, elapsedMs }) => [id, status, verdict, elapsedMs]),
      refused,
      failure && refusalOf(failure),
    ]);
  }

  async signOut() {
    this.#stopAll("The user signed out.");
    this.#call("signOut");
    this.#forgetDiagnosis();
    const forgetting = this.#keep();
    for (const change of ["state", "configuration", "models"]) this.#tell(change);
    const forgotten = await forgetting;
    this.#tell("storage");
    if (forgotten) return;
    throw notForgotten();
  }

  free() {
    if (this.#freed) return;
    this.#freed = true;
    this.#listeners.clear();
    this.#stopAll("The connector was freed.");
    abandoned.unregister(this);
    this.#release();
  }

  /** What was found before is no longer so. */
  #forgetDiagnosis() {
    this.#diagnosing?.stop(new CalledOff(abortError("The connection was changed meanwhile.")));
    this.#found = undefined;
  }

  #plan(settings, interactive, confirm) {
    const typed = settings === undefined ? undefined : jsonOf("settings", settings);
    const number = this.#call("plan", [typed, interactive, confirm]);
    return number && new CoreObject(number);
  }

  /** Something that the page, `free` and `signOut` can stop. */
  #operation(signal) {
    const operation = new Operation(signal);
    this.#operations.add(operation);
    return operation;
  }

  #end(operation, discovery) {
    discovery?.free();
    // Questions may be under way that nobody waits for any more.
    operation.stop(new CalledOff());
    this.#operations.delete(operation);
  }

  /** Runs a discovery to its end; throws what ended it early. */
  async #discover(discovery, operation) {
    // The first question may lead to others; then several are asked at once.
    await this.#ask(discovery, operation, 1);
    await Promise.all(Array.from({ length: QUESTIONS }, () => this.#ask(discovery, operation)));
    discovery.call("describeModels");
  }

  /** Asks what there is to ask, one question after the other, until so many are answered. */
  async #ask(discovery, operation, most = Infinity) {
    const { access, fetch, timeouts, limits } = this.#host;
    const waits = { idleMs: timeouts.idleMs, wholeMs: timeouts.controlMs };
    for (let answered = 0; answered < most; ) {
      let polled;
      let answer;
      // A wait of its own: one that runs out ends this question, not the others.
      const question = new Operation(operation.signal);
      try {
        await access.obtainedFor(discovery, operation);
        polled = discovery.call("poll");
        if (!polled) return;
        answer = await exchange(fetch, polled.request, question, waits, limits.maxResponseBytes);
      } catch (cause) {
        if (operation.cause) throw operation.cause.reason;
        if (!(cause instanceof Unanswered)) throw cause;
        const failure = discovery.call("unanswered", [polled.number, cause.word, cause.limit]);
        if (failure) throw fromFailure(failure);
        continue;
      } finally {
        question.close();
      }
      try {
        discovery.call("answered", [polled.number, answer.status, answer.headers], answer.text);
        answered += 1;
      } catch (error) {
        const mayWait = isConnectorError(error) && !operation.cause;
        const delayMs = mayWait ? discovery.call("retryWait") : undefined;
        if (delayMs === undefined) throw error;
        try {
          await pause(operation, delayMs);
        } catch (cause) {
          throw cause.reason;
        }
      }
    }
  }

  #check() {
    if (this.#freed) throw connectorError("invalid-argument", "this connector has been freed");
    this.#core.check();
  }

  #call(operation, values, body) {
    this.#check();
    return this.#core.call(operation, values, body);
  }

  /** Writes what has changed of what is kept. */
  async #keep() {
    const changes = this.#call("takeChanges");
    return changes === undefined || this.#vault.write(changes);
  }

  #stopAll(message) {
    const reason = abortError(message);
    for (const operation of this.#operations) operation.stop(new CalledOff(reason));
    for (const call of this.#calls) call.abort(reason);
  }

  #watchOtherPanes() {
    const core = this.#core;
    const weak = new WeakRef(this);
    const listener = (event) => weak.deref()?.#changedElsewhere(event);
    globalThis.addEventListener?.("storage", listener);
    this.#vault.onAnswer = () => weak.deref()?.#readAgain();
    this.#release = () => {
      globalThis.removeEventListener?.("storage", listener);
      core.free();
    };
    abandoned.register(this, this.#release, this);
  }

  #changedElsewhere(event) {
    if (this.#vault.concerns(event)) this.#readAgain();
  }

  /** One reading at a time: it sees what changes while it lasts. */
  #readAgain() {
    if (this.#reading) return;
    this.#reading = true;
    const read = this.#vault.read().finally(() => (this.#reading = false));
    // What of the module has died says so to the next call; an event has nobody to tell.
    read.then((records) => this.#reload(records)).catch(() => {});
  }

  async #reload(records) {
    if (this.#freed || !this.#core.alive) return;
    const before = this.state;
    this.#call("reload", [records]);
    this.#forgetDiagnosis();
    if (this.#vault.unsealed) this.#call("renew");
    const kept = this.#keep();
    if (this.state !== before) {
      this.#stopAll("Another pane signed out.");
      this.#tell("state");
      this.#tell("models");
    }
    this.#tell("configuration");
    await kept;
    this.#tell("storage");
  }

  #tell(change) {
    for (const { listener } of [...this.#listeners]) heard(listener, change);
  }
}

/** Tells a listener. One that throws is the page's affair. */
function heard(listener, told) {
  try {
    listener(told);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

/** What a connector is opened with, each part checked. */
class Opening {
  constructor(options) {
    const fetch = optional("fetch", options.fetch, isFunction, "a function");
    this.host = {
      fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
      timeouts: numbers("timeouts", TIMEOUTS, options.timeouts, 1),
      limits: numbers("limits", LIMITS, options.limits, 1),
    };
    const getToken = optional("getToken", options.getToken, isFunction, "a function");
    this.host.access = new Access(this.host, getToken);
    this.maxRetries = numbers("options", { maxRetries: 2 }, options, 0).maxRetries;
    this.endpoints = optional("endpoints", options.endpoints, isEndpoints, "a record of addresses by hosts");
    const partition = optional("partitionKey", options.partitionKey, isText, "a string") ?? partitionKey() ?? "";
    const names = call("recordNames", [partition]);
    const storage = optional("storage", options.storage, isStorage, '"local", "session", "memory" or a Storage');
    const store = new Store(storage, names);
    this.vault = new Vault(store, names, call("recordPrefix", [partition]), this.host.timeouts.storageMs);
    this.vouched = isOfficeHost(optional("hostOrigins", options.hostOrigins, isTexts, "a list of origins"));
    this.pairs = parametersOf(options.parameters);
    this.inOutlook = isOutlook(optional("app", options.app, isApp, "a name, and a version"));
  }
}

if (Symbol.dispose) Connector.prototype[Symbol.dispose] = Connector.prototype.free;

/** `connector.messages`. Frozen methods without `this`, so that they can be passed around. */
function messagesOf(host, calls, made) {
  const callFor = (core, firstByteMs, signal, onRetry) => {
    const call = new Call(host, core, { firstByteMs, signal, onRetry, onClose: () => calls.delete(call) });
    calls.add(call);
    return call;
  };
  const messageStream = (params, streamed, options) => {
    const stream = new MessageStream(() => {
      const { signal, betas } = callOptions(options);
      return callFor(
        made("messageCall", [streamed, betas], jsonOf("params", params)),
        host.timeouts.firstByteMs,
        signal,
        (notice) => stream.retrying(notice),
      );
    });
    return stream;
  };
  return Object.freeze({
    create: (params, options) => messageStream(params, false, options).finalMessage(),
    stream: (params, options) => messageStream(params, true, options),
    async countTokens(params, options) {
      const { signal, betas } = callOptions(options);
      const core = made("tokenCountCall", [betas], jsonOf("params", params));
      const call = callFor(core, host.timeouts.controlMs, signal);
      try {
        return JSON.parse((await call.begin()).text);
      } finally {
        call.close();
      }
    },
    async prepare(params, options) {
      const { signal, stream, betas } = callOptions(options);
      const core = made("messageCall", [stream, betas], jsonOf("params", params));
      const call = callFor(core, host.timeouts.controlMs, signal);
      try {
        return await call.described();
      } finally {
        call.close();
      }
    },
  });
}

const isEndpoints = (value) =>
  Object.entries(value).every(([host, address]) => /^(\*\.)?[a-z\d][a-z\d.-]*$/.test(host) && isText(address));
const isStorage = (value) => ["local", "session", "memory"].includes(value) || typeof value === "object";

const isApp = (app) => typeof app === "object" && [app.name, app.version].every((text) => text === undefined || isText(text));

/** Names and values. Of a record, a value that is missing is left out. */
function parametersOf(parameters) {
  const isKnown = (value) => isText(value) || typeof value === "object";
  const given = optional("parameters", parameters, isKnown, "a query string or a record") ?? {};
  if (isText(given) || given instanceof URLSearchParams) return [...new URLSearchParams(given)];
  const pairs = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  return pairs.map(([name, value]) => {
    if (typeof value === "object") throw connectorError("invalid-argument", `parameters: ${name} is not a string`);
    return [name, String(value)];
  });
}

/** Takes secrets out of this page's own address, once they have been read. The rest of it stays as it is. */
function hideSecrets(pairs) {
  const { location, history } = globalThis;
  if (!location?.search || !history) return;
  const names = new Set(pairs.map(([name]) => name).filter((name) => call("isSecretParameter", [name])));
  const parts = location.search.slice(1).split("&");
  const rest = parts.filter((part) => ![...new URLSearchParams(part)].some(([name]) => names.has(name))).join("&");
  if (rest === parts.join("&")) return;
  try {
    // Office.js sets the page's own `replaceState` to null.
    History.prototype.replaceState.call(history, history.state, "", location.pathname + (rest && `?${rest}`) + location.hash);
  } catch {
    // A sandboxed page may not; its address was not shown to anybody either.
  }
}
