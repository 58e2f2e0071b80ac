/**
 * The connector as the page sees it: a facade over the module's connector, and
 * the driver of its connection.
 */
import { Access } from "./access.js";
import { callOptions, endpointsOf, isFunction, isText, isTexts, jsonOf, numbers, optional } from "./argument.js";
import { Call } from "./call.js";
import { CoreObject, call } from "./core.js";
import { connectorError, fromFailure, isConnectorError, refusalOf } from "./error.js";
import { exchange, pause } from "./exchange.js";
import { MessageStream } from "./message_stream.js";
import { appOf, hostName, isOfficeHost, isOutlook, partitionKey } from "./office.js";
import { CalledOff, Operation, Unanswered, abortError } from "./operation.js";
import { arrived, loadedScripts, notLoaded, scriptsOnDemand } from "./scripts.js";
import { Store } from "./store.js";
import { TokenSource, demandsUser } from "./token_source.js";
import { Vault, notForgotten } from "./vault.js";

const TIMEOUTS = { firstByteMs: 600_000, idleMs: 90_000, controlMs: 15_000, storageMs: 2_000 };
const MIB = 1024 * 1024;
const LIMITS = { maxEventBytes: 16 * MIB, maxResponseBytes: 64 * MIB, maxBootstrapBytes: 16 * MIB, maxSkillBytes: 16 * MIB };

/** How many questions of a discovery are under way at once. */
const QUESTIONS = 3;

/** Where a sign-in keeps what it keeps, under the prefix of the records. */
const SIGN_IN = "sign-in/";

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
  /** Fetches layers of the configuration, where there are such. */
  #bootstrap;
  /** Calls for a newer answer, as long as somebody holds this connector. */
  #renew = () => this.#renewBootstrap();
  #renewal = new WeakRef(this.#renew);
  /** What was odd about each of them, and what templates may name of it. */
  #fetched = {};
  /** What the last review came to. */
  #reviewed = {};
  /** Who is signed in. */
  #account;
  /** What stopped everything when another account took over. */
  #switched;
  /** The page has asked for a connection with what is configured: it may be made again by itself. */
  #connects = false;
  #pageTokens;
  #freed = false;
  #release;
  #messages;
  #fetch;
  /** What a report says of the page and its host. */
  #about;

  static async open(options) {
    const opening = new Opening(options ?? {});
    const connector = new Connector(opening, await opening.vault.read());
    await connector.#keep();
    await connector.#review();
    const needed = connector.#call("neededSignIn");
    if (needed) await opening.host.tokens.prepare(needed, opening.host.timeouts.controlMs);
    return connector;
  }

  /** Use `Connector.open`. */
  constructor({ host, vault, pairs, vouched, maxRetries, inOutlook }, records) {
    this.#host = host;
    this.#vault = vault;
    const pageOrigin = globalThis.location?.origin ?? "null";
    this.#core = new CoreObject(call("open", [pairs.flat(), records, vouched, inOutlook, pageOrigin, maxRetries, host.endpoints]));
    hideSecrets(pairs);
    const { m, _host_Info } = Object.fromEntries(pairs);
    this.#about = [m, _host_Info];
    if (vault.unsealed) this.#call("renew");
    this.#watchOtherPanes();
    const service = this.#service();
    this.#messages = messagesOf(service);
    this.#fetch = async (...request) => (await scriptOfFetch()).serve(service, ...request);
  }

  get state() {
    return this.#call("state");
  }

  get error() {
    const failure = this.#call("failure");
    return failure && (this.#failed ?? fromFailure(failure));
  }

  get configuration() {
    const configuration = this.#call("configuration");
    const { attributes, bootstrap } = this.#fetched;
    for (const of of [attributes, bootstrap, this.#reviewed]) configuration.problems.push(...(of?.problems ?? []));
    for (const [key, value] of Object.entries(this.#reviewed.shown ?? {})) {
      if (configuration.values[key]) configuration.values[key].value = value;
    }
    return configuration;
  }

  get account() {
    this.#check();
    return this.#account && { ...this.#account };
  }

  get storage() {
    this.#check();
    return this.#vault.status;
  }

  get models() {
    return this.#offered(this.#call("models"));
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

  get fetch() {
    return this.#fetch;
  }

  onChange(listener) {
    if (!isFunction(listener)) throw connectorError("invalid-argument", "a listener must be a function");
    // An entry of its own, so that a listener may be there twice.
    const entry = { listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  get skills() {
    const value = this.#call("listValue", ["skills"]);
    return (value && loadedScripts()?.skillsOf(value)) ?? [];
  }

  async skill(name, options) {
    const { signal } = callOptions(options);
    const value = this.#call("listValue", ["skills"]) ?? "";
    const operation = this.#operation(signal);
    try {
      return await this.#layers(await scriptsOnDemand()).skill(value, optional("name", name, isText, "a string"), operation);
    } finally {
      this.#close(operation);
    }
  }

  allows(action, resource) {
    if (!isText(action)) throw connectorError("invalid-argument", "action is not a string");
    optional("resource", resource, ({ type }) => isText(type), "an object with a type");
    const features = this.#call("listValue", ["disabled_features"]);
    const policies = this.#call("listValue", ["access_policies"]);
    if (features === undefined && policies === undefined) return true;
    // What can't be judged isn't allowed.
    return loadedScripts()?.allowed(features ?? "", policies ?? "", action, resource) ?? false;
  }

  async connect(settings, options) {
    const { interactive, confirm, signal } = callOptions(options);
    this.#connects ||= settings === undefined;
    const acted = interactive || confirm !== undefined || settings !== undefined;
    try {
      const missing = this.#missingLayer(acted, confirm, settings);
      if (missing) await this.#configure(missing, acted, confirm, interactive, signal);
    } catch (error) {
      // What was being fetched was the former account's.
      if (!this.#freed && error === this.#switched) return this.connect(settings, options);
      throw error;
    }
    const discovery = this.#plan(settings, interactive, confirm);
    if (!discovery) return;
    this.#connecting?.stop(new CalledOff(abortError("A newer call of connect took over.")));
    const operation = (this.#connecting = this.#operation(signal));
    this.#call("begin", [discovery.number]);
    this.#failed = undefined;
    this.#tell("state");
    try {
      await this.#discover(discovery, operation, interactive);
      this.#call("succeed", [discovery.number]);
      this.#host.tokens.retain([this.#call("neededSignIn"), this.#call("signIn")]);
      await this.#review();
      this.#forgetDiagnosis();
      await this.#keep();
      this.#tell("storage");
    } catch (error) {
      const calledOff = operation.cause instanceof CalledOff;
      if (!calledOff && isConnectorError(error)) this.#failed = error;
      // Freed meanwhile: there is nothing left to tell.
      if (this.#freed) throw error;
      // What was kept for the former account is no part of it any more.
      if (error === this.#switched) return this.connect(settings, options);
      if (calledOff) this.#call("callOff", [discovery.number]);
      else this.#call("fail", [discovery.number, demandsUser(error)]);
      throw error;
    } finally {
      this.#end(operation, discovery);
      if (this.#connecting === operation) this.#connecting = undefined;
      for (const change of ["state", "configuration", "models"]) this.#tell(change);
    }
  }

  async test(settings, options) {
    const { confirm, signal } = callOptions(options);
    const missing = this.#missingLayer(true, confirm, settings);
    if (missing) await this.#configure(missing, true, confirm, true, signal);
    const discovery = this.#plan(settings ?? {}, true, confirm);
    const operation = this.#operation(signal);
    try {
      await this.#discover(discovery, operation, true);
      return this.#offered(discovery.call("describeModels"));
    } finally {
      this.#end(operation, discovery);
    }
  }

  async refreshModels(options) {
    const { signal } = callOptions(options);
    const discovery = new CoreObject(this.#call("rediscover"));
    const operation = this.#operation(signal);
    try {
      await this.#discover(discovery, operation, false);
      this.#call("renewModels", [discovery.number]);
    } finally {
      this.#end(operation, discovery);
    }
    this.#tell("models");
    return this.models;
  }

  token(options) {
    return this.#forPage("token", options);
  }

  graphFetch(path, init) {
    return this.#forPage("graphFetch", path, init);
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
        call: (...given) => this.#call(...given),
        plan: async () => {
          const inForce = typed === undefined && this.state === "ready";
          const missing = this.#missingLayer(true, confirm, settings);
          if (missing) await this.#configure(missing, true, confirm, false, operation.signal);
          discovery = new CoreObject(inForce ? this.#call("rediscover") : this.#call("plan", [typed, true, confirm]));
          return discovery;
        },
        discover: () => this.#discover(discovery, operation, false),
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
    const { tokens } = this.#host;
    this.#stopAll(abortError("The user signed out."));
    this.#call("signOut");
    this.#forgetLayers();
    this.#forgetDiagnosis();
    this.#account = undefined;
    const forgetting = [this.#keep(), tokens.signOut()];
    if (tokens.isOwn) forgetting.push(this.#vault.removeUnder(SIGN_IN));
    for (const change of ["state", "configuration", "models", "account"]) this.#tell(change);
    const forgotten = await Promise.all(forgetting);
    this.#tell("storage");
    if (!forgotten.every(Boolean)) throw notForgotten();
  }

  free() {
    if (this.#freed) return;
    this.#freed = true;
    this.#listeners.clear();
    this.#stopAll(abortError("The connector was freed."));
    abandoned.unregister(this);
    this.#release();
  }

  /** What calls to the provider are made with. */
  #service() {
    return {
      timeouts: this.#host.timeouts,
      check: () => this.#check(),
      models: () => this.models,
      made: (operation, values, params) => {
        this.#permit(params);
        return new CoreObject(this.#call(operation, values, params));
      },
      callFor: (core, options) => {
        const call = new Call(this.#host, core, { ...options, onClose: () => this.#calls.delete(call) });
        this.#calls.add(call);
        return call;
      },
    };
  }

  /** What fetches layers, of scripts that are loaded. */
  #layers({ Bootstrap }) {
    const { tokens } = this.#host;
    // By the module's connector: this one could not be collected while a timer runs.
    const core = this.#core;
    return (this.#bootstrap ??= new Bootstrap(this.#host, (wanted) => tokens.issue(core.call("signIn"), wanted)));
  }

  /** The next layer to fetch, if any. Throws what is wrong with settings. */
  #missingLayer(acted, confirm, settings) {
    return this.#call("missingLayer", [acted, confirm, settings === undefined ? undefined : jsonOf("settings", settings)]);
  }

  /** Fetches what of the configuration is missing, one layer after the other. */
  async #configure(missing, acted, confirm, interactive, signal) {
    this.#connecting?.stop(new CalledOff(abortError("A newer call of connect took over.")));
    const operation = (this.#connecting = this.#operation(signal));
    this.#call("beginLayers");
    this.#failed = undefined;
    this.#tell("state");
    let failure;
    try {
      for (let next = missing; next; next = this.#missingLayer(acted, confirm)) {
        await this.#fetchLayer(next, operation, interactive);
      }
    } catch (error) {
      if (!(operation.cause instanceof CalledOff)) {
        failure = { error };
        if (isConnectorError(error)) this.#failed = error;
      }
      throw error;
    } finally {
      this.#close(operation);
      const overtaken = this.#connecting !== operation;
      if (!overtaken) this.#connecting = undefined;
      if (!this.#freed && this.#core.alive && !overtaken) {
        this.#call("endLayers", [Boolean(failure), demandsUser(failure?.error)]);
        for (const change of ["state", "configuration"]) this.#tell(change);
      }
    }
  }

  /** Fetches a layer and takes it; what that changed. */
  async #fetchLayer(missing, operation, interactive) {
    // At once where they are loaded: a window may have to open at the user's click.
    const layers = this.#layers(loadedScripts() ?? (await scriptsOnDemand()));
    const { isBootstrap, values, waitMs, ...fetched } = await layers.fetch(missing, operation, interactive);
    if (operation.cause) throw operation.cause.reason;
    this.#fetched[isBootstrap ? "bootstrap" : "attributes"] = fetched;
    const taken = this.#call("takeLayer", [isBootstrap], values);
    if (waitMs !== undefined) layers.after(waitMs, this.#renewal);
    const filled = await this.#review();
    return taken === "same" ? filled : taken;
  }

  /** Has the layers reviewed, where that tells more; what it changed. */
  async #review() {
    this.#reviewed = {};
    if (!this.#call("wantsReview")) return "same";
    try {
      const { reviewed } = loadedScripts() ?? (await scriptsOnDemand());
      const names = { attributes: this.#fetched.attributes?.names, bootstrap: this.#fetched.bootstrap?.names };
      const { filled, firstModel, ...rest } = reviewed(this.#call("exposeLayers"), names);
      const renewal = this.#call("takeFilled", [firstModel], filled);
      this.#reviewed = rest;
      return renewal;
    } catch {
      // Its scripts can't be had: what needs them says so.
      return "same";
    }
  }

  /** What was fetched is nobody's any more; what is left is reviewed, at once where the scripts for it are loaded. */
  #forgetLayers() {
    this.#fetched = {};
    void this.#review();
  }

  /** The models as the organisation offers them. */
  #offered(models) {
    const value = this.#call("listValue", ["available_models"]);
    return (value && loadedScripts()?.offered(value, models, this.#host.inOutlook)) || models;
  }

  /** Refuses a model that the organisation doesn't offer; like `models`, once there is what reads the list. */
  #permit(named) {
    const value = this.#call("listValue", ["available_models"]);
    if (!value) return;
    const scripts = loadedScripts();
    // A rule that can't be read forbids what it might forbid.
    if (!scripts) throw notLoaded("what reads available_models");
    scripts.permit(value, named, () => this.configuration.values.available_models.layer);
  }

  /** Fetches the bootstrap answer anew, before the last one ends. */
  async #renewBootstrap() {
    if (this.#freed || !this.#core.alive) return;
    const operation = this.#operation();
    try {
      const missing = this.#call("renewedLayer");
      const renewal = missing && (await this.#fetchLayer(missing, operation, false));
      if (renewal === "moved") this.connect().catch(() => {});
    } catch (error) {
      if (this.#freed || !this.#core.alive || operation.cause) return;
      this.#fetched.bootstrap.problems = loadedScripts().keptProblems(error);
      this.#bootstrap.after(undefined, this.#renewal);
    } finally {
      this.#close(operation);
    }
    this.#tell("configuration");
  }

  /** What was found before is no longer so. */
  #forgetDiagnosis() {
    this.#diagnosing?.stop(new CalledOff(abortError("The connection was changed meanwhile.")));
    this.#found = undefined;
  }

  #plan(settings, interactive, confirm) {
    const typed = settings === undefined ? undefined : jsonOf("settings", settings);
    // What reads the organisation's list comes with the connection at the latest, and no message goes out before.
    if (typed && loadedScripts()) this.#permit(typed);
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
    this.#close(operation);
  }

  #close(operation) {
    // Questions may be under way that nobody waits for any more.
    operation.stop(new CalledOff());
    this.#operations.delete(operation);
  }

  /** Runs a discovery to its end; throws what ended it early. */
  async #discover(discovery, operation, attended) {
    // The first question may lead to others; then several are asked at once.
    await this.#ask(discovery, operation, attended, 1);
    await Promise.all(Array.from({ length: QUESTIONS }, () => this.#ask(discovery, operation, attended)));
    discovery.call("describeModels");
  }

  /** Asks what there is to ask, one question after the other, until so many are answered. */
  async #ask(discovery, operation, attended, most = Infinity) {
    const { access, fetch, timeouts, limits } = this.#host;
    const waits = { idleMs: timeouts.idleMs, wholeMs: timeouts.controlMs };
    for (let answered = 0; answered < most; ) {
      let polled;
      let answer;
      // A wait of its own: one that runs out ends this question, not the others.
      const question = new Operation(operation.signal);
      try {
        polled = await access.obtainedFor(discovery, operation, attended, () => discovery.call("poll"));
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

  #stopAll(reason) {
    this.#bootstrap?.stop();
    for (const operation of this.#operations) operation.stop(new CalledOff(reason));
    for (const call of this.#calls) call.abort(reason);
  }

  #watchOtherPanes() {
    const core = this.#core;
    const weak = new WeakRef(this);
    const listener = (event) => weak.deref()?.#changedElsewhere(event);
    globalThis.addEventListener?.("storage", listener);
    this.#vault.onAnswer = () => weak.deref()?.#readAgain();
    const { access, tokens } = this.#host;
    access.onLapse = (error) => weak.deref()?.#lapse(error);
    tokens.hears = {
      owner: (issued) => weak.deref()?.#meet(issued),
      kept: () => weak.deref()?.#reconnect(),
    };
    this.#release = () => {
      tokens.free();
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
    const isFreed = this.#call("reload", [records]);
    this.#forgetDiagnosis();
    if (this.#vault.unsealed) this.#call("renew");
    const kept = this.#keep();
    if (!isFreed && this.state !== before) {
      this.#stopAll(abortError("Another pane signed out."));
      this.#forgetLayers();
      this.#host.tokens.clear();
      this.#account = undefined;
      for (const change of ["state", "models", "account"]) this.#tell(change);
    }
    this.#tell("configuration");
    await kept;
    this.#tell("storage");
    if (isFreed) this.#reconnect();
  }

  /** What held this pane back is gone: it connects as it was asked to, unless it has since. */
  #reconnect() {
    if (this.#freed || !this.#connects || this.#connecting || this.state === "ready") return;
    // Whatever it comes to is in `state` and `error`.
    this.connect().catch(() => {});
  }

  /** A token came for somebody. */
  #meet({ owner, account } = {}) {
    if (this.#freed) return;
    if (this.state === "needs-sign-in") {
      this.#call("resume");
      if (this.state === "ready") this.#tell("state");
    }
    const met = owner ?? (account && { username: account });
    if (!met || JSON.stringify(met) === JSON.stringify(this.#account)) return;
    this.#account = met;
    const isAnother = met.homeAccountId && this.#call("useAccount", [met.homeAccountId]);
    void this.#keep();
    if (isAnother) this.#startOver();
    this.#tell("account");
  }

  /** Another account has taken over: what was under way was the former one's. */
  #startOver() {
    this.#switched = abortError("Another account signed in.");
    this.#stopAll(this.#switched);
    this.#forgetLayers();
    for (const change of ["state", "configuration", "models"]) this.#tell(change);
    this.#reconnect();
  }

  /** Only the user can renew what opens the connection. */
  #lapse(error) {
    if (this.#freed) return;
    this.#failed = error;
    this.#call("lapse");
    this.#tell("state");
  }

  /** Something for the page that few pages do; at once, where that is loaded already. */
  async #forPage(what, ...given) {
    this.#check();
    if (!this.#pageTokens) {
      const { PageTokens } = loadedScripts() ?? (await scriptsOnDemand());
      this.#pageTokens = new PageTokens({
        call: (operation, values) => this.#call(operation, values),
        keep: () => this.#keep(),
        begin: (signal) => this.#operation(signal),
        end: (operation) => this.#operations.delete(operation),
        host: this.#host,
      });
    }
    return this.#pageTokens[what](...given);
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

/** Rejects as fetch does where it doesn't come. */
const scriptOfFetch = () =>
  arrived(import("./fetch.js")).catch((cause) => {
    throw new TypeError(cause.message, { cause });
  });

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
    this.maxRetries = numbers("options", { maxRetries: 2 }, options, 0).maxRetries;
    this.host.endpoints = endpointsOf(options);
    const partition = optional("partitionKey", options.partitionKey, isText, "a string") ?? partitionKey() ?? "";
    const names = call("recordNames", [partition]);
    const storage = optional("storage", options.storage, isStorage, '"local", "session", "memory" or a Storage');
    this.host.tokens = new TokenSource(getToken, { ...options, fetch: this.host.fetch, partitionKey: partition });
    this.host.access = new Access(this.host);
    const store = new Store(storage, names);
    this.vault = new Vault(store, names, call("recordPrefix", [partition]), this.host.timeouts.storageMs);
    this.vouched = isOfficeHost(optional("hostOrigins", options.hostOrigins, isTexts, "a list of origins"));
    this.pairs = parametersOf(options.parameters);
    const app = optional("app", options.app, isApp, "a name, and a version");
    this.host.app = appOf(app);
    this.inOutlook = this.host.inOutlook = isOutlook(app);
  }
}

if (Symbol.dispose) Connector.prototype[Symbol.dispose] = Connector.prototype.free;

/** `connector.messages`. Frozen methods without `this`, so that they can be passed around. */
function messagesOf({ timeouts, made, callFor }) {
  const messageStream = (params, streamed, options) => {
    const stream = new MessageStream(() => {
      const { signal, betas } = callOptions(options);
      return callFor(made("messageCall", [streamed, betas], jsonOf("params", params)), {
        firstByteMs: timeouts.firstByteMs,
        signal,
        onRetry: (notice) => stream.retrying(notice),
      });
    });
    return stream;
  };
  return Object.freeze({
    create: (params, options) => messageStream(params, false, options).finalMessage(),
    stream: (params, options) => messageStream(params, true, options),
    async countTokens(params, options) {
      const { signal, betas } = callOptions(options);
      const core = made("tokenCountCall", [betas], jsonOf("params", params));
      const call = callFor(core, { firstByteMs: timeouts.controlMs, signal });
      try {
        return JSON.parse((await call.begin()).text);
      } finally {
        call.close();
      }
    },
    async prepare(params, options) {
      const { signal, stream, betas } = callOptions(options);
      const core = made("messageCall", [stream, betas], jsonOf("params", params));
      const call = callFor(core, { firstByteMs: timeouts.controlMs, signal });
      try {
        return await call.described();
      } finally {
        call.close();
      }
    },
  });
}

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
