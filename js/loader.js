/**
 * Loads the WebAssembly module once, and explains itself when it is used too
 * early or after it has died.
 */
import initBindings, { initSync as initBindingsSync, __wbg_reset_state } from "./bindings.js";
import { connectorError, fromThrown } from "./error.js";

/** The raw exports of the running instance; undefined before and after it runs. */
let instance;
/** The start that is under way. */
let starting;
/** Counts starts: what was made by a former instance must not reach into this one. */
let started = 0;
/** The error of an instance that trapped. */
let trap;

export function init(source) {
  if (instance) return Promise.resolve();
  starting ??= start(source).finally(() => (starting = undefined));
  return starting;
}

export function initSync(source) {
  if (instance) return;
  // Two instances would take turns at the bindings, and the first one's objects die.
  if (starting) throw connectorError("invalid-argument", "init() is under way: wait for it instead");
  check();
  try {
    afresh();
    ready(initBindingsSync({ module: source }));
  } catch (error) {
    throw failed(error);
  }
}

async function start(source) {
  check();
  const from = source ?? new URL("taskpane_connector_bg.wasm", import.meta.url);
  try {
    const given = await from;
    if (typeof Response === "function" && given instanceof Response && !given.ok) {
      throw new Error(`the answer's status is ${given.status}`);
    }
    afresh();
    ready(await initBindings({ module_or_path: given }));
  } catch (error) {
    throw failed(error);
  }
}

/** Drops a dead instance. */
function afresh() {
  if (trap) __wbg_reset_state();
}

function ready(exports) {
  instance = exports;
  trap = undefined;
  started += 1;
}

function check() {
  if (typeof WebAssembly === "object") return;
  throw connectorError("unsupported", "this host has no WebAssembly", {
    hint: {
      id: "update-host",
      params: {},
      text: "Update Office, or use it on the web: this version shows pages in an engine without WebAssembly.",
      audience: "user",
    },
  });
}

function failed(cause) {
  const text = String(cause?.message ?? cause);
  const policy = /unsafe-eval|Content Security Policy/i.test(text);
  return connectorError("module-failed", `the WebAssembly module could not be started: ${text}`, {
    cause,
    retryable: !policy,
    hint: policy
      ? {
          id: "allow-wasm",
          params: {},
          text: "Add 'wasm-unsafe-eval' to script-src of the page's Content Security Policy.",
          audience: "developer",
        }
      : {
          id: "serve-module",
          params: {},
          text: "Serve taskpane_connector_bg.wasm beside the script with the type application/wasm, or pass its address to init().",
          audience: "developer",
        },
  });
}

/** The instance's raw exports. Throws `not-initialized` or `module-failed`. */
export function exports() {
  if (instance) return instance;
  if (trap) throw trap;
  throw connectorError("not-initialized", "the package is used before init() has finished", {
    hint: {
      id: "await-init",
      params: {},
      text: "Write `await init()` once at start, before anything else of the package.",
      audience: "developer",
    },
  });
}

/** Changes when the module is started afresh. */
export function generation() {
  return started;
}

/** Whether what was made in that life of the module can still be used. */
export function alive(born) {
  return instance !== undefined && born === started;
}

/** Notes that a call trapped: from now on every call says so, until `init()` starts afresh. */
export function trapped(cause) {
  instance = undefined;
  trap = connectorError("module-failed", "the WebAssembly module stopped on an internal error", {
    cause,
    hint: {
      id: "start-afresh",
      params: {},
      text: "Call init() again and open a new connector; nothing else of the page is affected.",
      audience: "developer",
    },
  });
  return trap;
}

/** Calls into the module; what it throws leaves here as the one error shape. */
export function guarded(call) {
  exports();
  try {
    return call();
  } catch (error) {
    throw error instanceof WebAssembly.RuntimeError ? trapped(error) : fromThrown(error);
  }
}

/** Calls into the module through an object that it made, unless that was in a former life. */
export function guardedSince(born, call) {
  exports();
  if (born !== started) {
    throw connectorError("module-failed", "this object was made before the module was started afresh", {
      hint: { id: "open-again", params: {}, text: "Open a new connector.", audience: "developer" },
    });
  }
  return guarded(call);
}

/** Frees an object of the module's, unless it died with its instance: in another one its memory is somebody else's. */
export function release(born, handle) {
  if (!alive(born)) return;
  try {
    handle.free();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) trapped(error);
    else throw error;
  }
}
