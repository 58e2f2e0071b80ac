/**
 * Calls of the module's operations. An operation is named as in `src/web/`;
 * its arguments go in as JSON, its answer comes out as a value, and a failure
 * is thrown as the one error shape.
 *
 * `body` is what goes beside the arguments as it is, a string or bytes: large
 * texts aren't escaped and checked a second time.
 */
import { connectorError, fromFailure, hint } from "./error.js";
import { main, onDemand } from "./loader.js";

/** The number of a module itself among its objects. */
const MODULE = 0;

const NOTHING = 0;
const VALUE = 1;
const FAILURE = 2;

const utf8 = new TextEncoder();

/** Calls an operation that needs no object. */
export function call(operation, values, body) {
  return callOf(main, MODULE, operation, values, body);
}

/** The same of the module that is loaded on demand, which has to be there. */
export function callOnDemand(operation, values, body) {
  return callOf(onDemand, MODULE, operation, values, body);
}

/** An object in a module's memory. It is the caller's to free it. */
export class CoreObject {
  #module;
  #born;

  /** `number` is what the operation of that module answered that made it. */
  constructor(number, module = main) {
    this.number = number;
    this.#module = module;
    this.#born = module.generation();
  }

  call(operation, values, body) {
    this.check();
    return callOf(this.#module, this.number, operation, values, body);
  }

  get alive() {
    return this.#module.alive(this.#born);
  }

  /** Throws unless the module that made it still runs: in another one the number is somebody else's. */
  check() {
    this.#module.exports();
    if (this.alive) return;
    throw connectorError("module-failed", "this object was made before the module was started afresh", {
      hint: hint("open-again", "developer", "Open a new connector."),
    });
  }

  /** May be called at any time, any number of times. */
  free() {
    if (this.alive) trapping(this.#module, () => this.#module.exports().core_free(this.number));
  }
}

function callOf(module, number, operation, values = [], body = "") {
  const core = module.exports();
  const bytes = typeof body === "string" ? utf8.encode(body) : body;
  const given = utf8.encode(JSON.stringify([operation, ...values]));
  const [status, answer] = trapping(module, () => {
    const room = core.core_room(bytes.length, given.length) >>> 0;
    const input = new Uint8Array(core.memory.buffer, room);
    input.set(bytes);
    input.set(given, bytes.length);
    const found = core.core_call(number, Date.now(), Math.random()) >>> 0;
    // Memory may have grown meanwhile.
    const { buffer } = core.memory;
    const [status, address, length] = new Uint32Array(buffer, found, 3);
    // A decoder of its own: WebKit's have failed after 2 GiB.
    const answer = new TextDecoder().decode(new Uint8Array(buffer, address, length));
    // What was read may be secret or large: it isn't held any longer.
    core.core_room(0, 0);
    return [status, answer];
  });
  if (status === NOTHING) return undefined;
  if (status === VALUE) return JSON.parse(answer);
  if (status === FAILURE) throw fromFailure(JSON.parse(answer));
  throw connectorError("module-failed", `the module doesn't know what to do for "${operation}"`, {
    hint: hint("same-version", "developer", "Serve the scripts and modules of one version of the package."),
  });
}

/** Notes when a module stops in the middle of a call. */
function trapping(module, call) {
  try {
    return call();
  } catch (error) {
    throw error instanceof WebAssembly.RuntimeError ? module.trapped(error) : error;
  }
}
