/**
 * Loads each WebAssembly module once, and explains itself when one is used too
 * early or after it has died. There are two: the one that every page needs, and
 * the one with what few sessions need, loaded when that is first used.
 */
import { connectorError, hint } from "./error.js";

/**
 * One module. `file` is its name; `beside` gives its usual address: written out
 * in full below, since that is what bundlers look for.
 */
function moduleAt(file, beside) {
  /** The raw exports of the running instance; undefined before and after it runs. */
  let instance;
  /** What it was started from, to start it afresh without another download. */
  let compiled;
  /** The start that is under way. */
  let starting;
  /** Counts starts: what was made by a former instance must not reach into this one. */
  let started = 0;
  /** The error of an instance that trapped. */
  let trap;

  function init(source) {
    if (instance) return Promise.resolve();
    starting ??= start(source).finally(() => (starting = undefined));
    return starting;
  }

  function initSync(source) {
    if (instance) return;
    // The other start would come later, and the objects of this one die.
    if (starting) throw connectorError("invalid-argument", "init() is under way: wait for it instead");
    check();
    try {
      compiled = trap ? compiled : source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
      ready(new WebAssembly.Instance(compiled));
    } catch (error) {
      throw failed(error, file);
    }
  }

  async function start(source) {
    check();
    try {
      compiled = trap ? compiled : await compile(await (source ?? beside()));
      ready(await WebAssembly.instantiate(compiled));
    } catch (error) {
      throw failed(error, file);
    }
  }

  function ready({ exports }) {
    instance = exports;
    trap = undefined;
    started += 1;
  }

  /** The instance's raw exports. Throws `not-initialized` or `module-failed`. */
  function exports() {
    if (instance) return instance;
    if (trap) throw trap;
    throw connectorError("not-initialized", "the package is used before init() has finished", {
      hint: hint("await-init", "developer", "Write `await init()` once at start, before anything else of the package."),
    });
  }

  /** Changes when the module is started afresh. */
  const generation = () => started;

  /** Whether what was made in that life of the module can still be used. */
  const alive = (born) => instance !== undefined && born === started;

  /** Notes that a call trapped: from now on every call says so, until `init()` starts afresh. */
  function trapped(cause) {
    instance = undefined;
    trap = connectorError("module-failed", "the WebAssembly module stopped on an internal error", {
      cause,
      hint: hint("start-afresh", "developer", "Call init() again and open a new connector; nothing else of the page is affected."),
    });
    return trap;
  }

  return { init, initSync, exports, generation, alive, trapped };
}

export const main = moduleAt("taskpane_connector_bg.wasm", () => new URL("taskpane_connector_bg.wasm", import.meta.url));
const second = moduleAt(
  "taskpane_connector_on_demand_bg.wasm",
  () => new URL("taskpane_connector_on_demand_bg.wasm", import.meta.url),
);

// By themselves, for the hot path.
export const { exports, generation, alive, trapped } = main;

/** Where the page says that the second module comes from. */
let source;

export function init(given, options) {
  source = options?.onDemand ?? source;
  return main.init(given);
}

export function initSync(given, options) {
  source = options?.onDemand ?? source;
  main.initSync(given);
}

/** What few sessions need. The package has to be started before. */
export const onDemand = {
  ...second,
  init() {
    exports();
    return second.init(source);
  },
};

/** A module out of its address, a request for it, the answer, its bytes or itself. */
async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  const isAddress = typeof source === "string" || isOf("URL", source) || isOf("Request", source);
  const given = isAddress ? await load(source) : source;
  if (!isOf("Response", given)) return WebAssembly.compile(given);
  if (!given.ok) throw new Error(`the answer's status is ${given.status}`);
  // Compiled while it arrives only where its type is right to the letter.
  const streams = WebAssembly.compileStreaming && given.headers.get("content-type") === "application/wasm";
  return streams ? WebAssembly.compileStreaming(given) : WebAssembly.compile(await given.arrayBuffer());
}

/** Node's fetch reads no files; bundlers would stumble over an import of what does. */
function load(address) {
  const files = address.protocol === "file:" && globalThis.process?.getBuiltinModule?.("node:fs/promises");
  return files ? files.readFile(address) : fetch(address);
}

/** Not every host has each of these classes. */
const isOf = (name, value) => typeof globalThis[name] === "function" && value instanceof globalThis[name];

function check() {
  if (typeof WebAssembly === "object") return;
  throw connectorError("unsupported", "this host has no WebAssembly", {
    hint: hint("update-host", "user", "Update Office, or use it on the web: this version shows pages in an engine without WebAssembly."),
  });
}

function failed(cause, file) {
  const text = String(cause?.message ?? cause);
  const policy = /unsafe-eval|Content Security Policy/i.test(text);
  return connectorError("module-failed", `the WebAssembly module could not be started: ${text}`, {
    cause,
    retryable: !policy,
    hint: policy
      ? hint("allow-wasm", "developer", "Add 'wasm-unsafe-eval' to script-src of the page's Content Security Policy.")
      : hint("serve-module", "developer", `Serve ${file} beside the script, or pass its address to init(); connect-src has to allow it.`),
  });
}
