/**
 * The connector as the page sees it: a facade over the module's handle, and
 * the driver of its connection.
 */
import { ConnectorHandle, isSecretParameter, recordNames, recordPrefix } from "./bindings.js";
import { Call } from "./call.js";
import { connectorError, fromFailure, isConnectorError } from "./error.js";
import { flatHeaders, pause, readText, send } from "./exchange.js";
import { generation, guarded, guardedSince } from "./loader.js";
import { MessageStream } from "./message_stream.js";
import { isOfficeHost, partitionKey } from "./office.js";
import { CalledOff, Operation, Unanswered, abortError } from "./operation.js";
import { Store } from "./store.js";

const TIMEOUTS = { firstByteMs: 600_000, idleMs: 90_000, controlMs: 15_000 };
const LIMITS = { maxEventBytes: 16 * 1024 * 1024, maxResponseBytes: 64 * 1024 * 1024 };

/** Frees handles whose connectors were collected without a `free`. */
const abandoned = new FinalizationRegistry((release) => release());

export class Connector {
  #handle;
  #born = generation();
  #host;
  #store;
  #listeners = new Set();
  #calls = new Set();
  #connecting;
  #freed = false;
  #release;
  #messages;

  static async open(options = {}) {
    return new Connector(options);
  }

  /** Use `Connector.open`. */
  constructor(options) {
    this.#host = {
      fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
      timeouts: numbers("timeouts", TIMEOUTS, options.timeouts, 1),
      limits: numbers("limits", LIMITS, options.limits, 1),
    };
    const { maxRetries } = numbers("options", { maxRetries: 2 }, { maxRetries: options.maxRetries }, 0);
    const prefix = guarded(() => recordPrefix(options.partitionKey ?? partitionKey() ?? ""));
    this.#store = new Store(options.storage, prefix, guarded(recordNames).split(" "));
    const pairs = parametersOf(options.parameters);
    this.#handle = guarded(
      () =>
        new ConnectorHandle(
          JSON.stringify(pairs.flat()),
          JSON.stringify(this.#store.read()),
          isOfficeHost(options.hostOrigins),
          globalThis.location?.origin ?? "null",
          maxRetries,
        ),
    );
    hideSecrets(pairs);
    this.#keep();
    this.#watchOtherPanes();
    this.#messages = messagesOf(this.#host, this.#calls, (call) => this.#guarded(call));
  }

  get state() {
    return this.#guarded((handle) => handle.state);
  }

  get error() {
    const failure = this.#guarded((handle) => handle.failure);
    return failure && fromFailure(failure);
  }

  get configuration() {
    return JSON.parse(this.#guarded((handle) => handle.configuration));
  }

  get storage() {
    this.#guarded(() => {});
    return this.#store.status;
  }

  get models() {
    return JSON.parse(this.#guarded((handle) => handle.models));
  }

  get confirmation() {
    const confirmation = this.#guarded((handle) => handle.confirmation);
    return confirmation && JSON.parse(confirmation);
  }

  get messages() {
    return this.#messages;
  }

  onChange(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async connect(settings, { interactive = false, confirm, signal } = {}) {
    const discovery = this.#plan(settings, interactive, confirm);
    if (!discovery) return;
    this.#connecting?.stop(new CalledOff(abortError("A newer call of connect took over.")));
    const operation = (this.#connecting = new Operation(signal));
    this.#guarded((handle) => handle.begin(discovery));
    this.#tell("state");
    try {
      await this.#discover(discovery, operation);
      this.#guarded((handle) => handle.succeed(discovery));
      this.#keep();
      this.#tell("storage");
    } catch (error) {
      const calledOff = operation.cause instanceof CalledOff;
      // Freed meanwhile: there is nothing left to tell.
      if (!this.#freed) this.#guarded((handle) => (calledOff ? handle.callOff(discovery) : handle.fail(discovery)));
      throw error;
    } finally {
      discovery.free();
      operation.close();
      if (this.#connecting === operation) this.#connecting = undefined;
      for (const change of ["state", "configuration", "models"]) this.#tell(change);
    }
  }

  async test(settings, { confirm, signal } = {}) {
    const discovery = this.#plan(settings ?? {}, true, confirm);
    const operation = new Operation(signal);
    try {
      await this.#discover(discovery, operation);
      return JSON.parse(this.#guarded(() => discovery.describeModels()));
    } finally {
      discovery.free();
      operation.close();
    }
  }

  async refreshModels({ signal } = {}) {
    const discovery = this.#guarded((handle) => handle.rediscover());
    const operation = new Operation(signal);
    try {
      await this.#discover(discovery, operation);
      this.#guarded((handle) => handle.renewModels(discovery));
    } finally {
      discovery.free();
      operation.close();
    }
    this.#tell("models");
    return this.models;
  }

  async signOut() {
    this.#stopAll("The user signed out.");
    this.#guarded((handle) => handle.signOut());
    const forgotten = this.#keep();
    for (const change of ["state", "configuration", "models", "storage"]) this.#tell(change);
    if (forgotten) return;
    throw connectorError("storage-unavailable", "the browser's storage refused to delete what was kept", {
      hint: {
        id: "clear-site-data",
        params: {},
        text: "Clear this site's data in the browser's or Office's settings.",
        audience: "user",
      },
    });
  }

  free() {
    if (this.#freed) return;
    this.#freed = true;
    this.#listeners.clear();
    this.#stopAll("The connector was freed.");
    abandoned.unregister(this);
    this.#release();
  }

  #plan(settings, interactive, confirm) {
    const typed = settings === undefined ? undefined : JSON.stringify(settings);
    return this.#guarded((handle) => handle.plan(typed, interactive, confirm));
  }

  /** Runs a discovery to its end; throws what ended it early. */
  async #discover(discovery, operation) {
    const { fetch, timeouts, limits } = this.#host;
    let request;
    while ((request = this.#guarded(() => discovery.poll())) !== undefined) {
      let response;
      let text;
      try {
        response = await send(fetch, request, operation, timeouts.controlMs);
        text = await readText(response, operation, timeouts.idleMs, limits.maxResponseBytes);
      } catch (cause) {
        if (cause instanceof CalledOff) throw cause.reason;
        if (!(cause instanceof Unanswered)) throw cause;
        throw fromFailure(this.#guarded(() => discovery.unanswered(cause.word, cause.limit)));
      }
      try {
        this.#guarded(() => discovery.answered(response.status, flatHeaders(response), text, Date.now()));
      } catch (error) {
        const delayMs = isConnectorError(error) ? this.#guarded(() => discovery.retryWait(Math.random())) : undefined;
        if (delayMs === undefined) throw error;
        try {
          await pause(operation, delayMs);
        } catch (cause) {
          throw cause.reason;
        }
      }
    }
    this.#guarded(() => discovery.describeModels());
  }

  #guarded(call) {
    if (this.#freed) throw connectorError("invalid-argument", "this connector has been freed");
    return guardedSince(this.#born, () => call(this.#handle));
  }

  /** Writes what has changed of what is kept. */
  #keep() {
    const changes = this.#guarded((handle) => handle.takeChanges());
    return changes === undefined || this.#store.write(JSON.parse(changes));
  }

  #stopAll(message) {
    const reason = abortError(message);
    this.#connecting?.stop(new CalledOff(reason));
    for (const call of this.#calls) call.abort(reason);
  }

  #watchOtherPanes() {
    const handle = this.#handle;
    const born = this.#born;
    const weak = new WeakRef(this);
    const listener = (event) => weak.deref()?.#changedElsewhere(event);
    globalThis.addEventListener?.("storage", listener);
    this.#release = () => {
      globalThis.removeEventListener?.("storage", listener);
      if (born === generation()) handle.free();
    };
    abandoned.register(this, this.#release, this);
  }

  #changedElsewhere(event) {
    if (!this.#store.concerns(event)) return;
    const before = this.state;
    this.#guarded((handle) => handle.reload(JSON.stringify(this.#store.read())));
    this.#keep();
    if (this.state !== before) {
      this.#stopAll("Another pane signed out.");
      this.#tell("state");
      this.#tell("models");
    }
    this.#tell("configuration");
  }

  #tell(change) {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        // A listener that throws is the page's affair.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}

if (Symbol.dispose) Connector.prototype[Symbol.dispose] = Connector.prototype.free;

/** `connector.messages`. It holds the connector's insides, not the connector, so that either can be passed around. */
function messagesOf(host, calls, guarded) {
  const callFor = (makeHandle, firstByteMs, signal, onRetry) => {
    const handle = guarded(makeHandle);
    const call = new Call(host, handle, { firstByteMs, signal, onRetry, onClose: () => calls.delete(call) });
    calls.add(call);
    return call;
  };
  const messageStream = (params, streamed, { signal, betas = [] }) => {
    const stream = new MessageStream(() =>
      callFor(
        (handle) => handle.messageCall(JSON.stringify(params), streamed, JSON.stringify(betas)),
        host.timeouts.firstByteMs,
        signal,
        (notice) => stream.retrying(notice),
      ),
    );
    return stream;
  };
  return Object.freeze({
    create: (params, options = {}) => messageStream(params, false, options).finalMessage(),
    stream: (params, options = {}) => messageStream(params, true, options),
    async countTokens(params, { signal, betas = [] } = {}) {
      const call = callFor(
        (handle) => handle.tokenCountCall(JSON.stringify(params), JSON.stringify(betas)),
        host.timeouts.controlMs,
        signal,
      );
      try {
        return JSON.parse((await call.begin()).text);
      } finally {
        call.close();
      }
    },
    async prepare(params, { stream = false, betas = [] } = {}) {
      const handle = guarded((connector) => connector.messageCall(JSON.stringify(params), stream, JSON.stringify(betas)));
      try {
        return JSON.parse(handle.describe());
      } finally {
        handle.free();
      }
    },
  });
}

/** Whole numbers of at least `least`, each with its default. */
function numbers(what, defaults, given = {}, least) {
  const checked = { ...defaults };
  for (const name of Object.keys(defaults)) {
    const value = given[name] ?? defaults[name];
    if (!Number.isInteger(value) || value < least || value > 0x7fffffff) {
      throw connectorError("invalid-argument", `${what}: ${name} is not a whole number of at least ${least}`);
    }
    checked[name] = value;
  }
  return checked;
}

function parametersOf(parameters) {
  if (parameters === undefined || parameters === null) return [];
  const isText = typeof parameters === "string" || parameters instanceof URLSearchParams;
  return isText ? [...new URLSearchParams(parameters)] : Object.entries(parameters).map(([name, value]) => [name, String(value)]);
}

/** Takes secrets out of this page's own address, once they have been read. */
function hideSecrets(pairs) {
    const { location, history } = globalThis;
  if (!location?.search || !history) return;
  const here = new URLSearchParams(location.search);
  const secrets = pairs.filter(([name]) => guarded(() => isSecretParameter(name)) && here.has(name));
  if (secrets.length === 0) return;
  for (const [name] of secrets) here.delete(name);
  const rest = here.toString();
  try {
    // Office.js sets the page's own `replaceState` to null.
    History.prototype.replaceState.call(history, history.state, "", location.pathname + (rest ? `?${rest}` : "") + location.hash);
  } catch {
    // A sandboxed page may not; its address was not shown to anybody either.
  }
}
