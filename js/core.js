/**
 * Calls of the module's operations. An operation is named as in `src/web/`;
 * its arguments go in as JSON, its answer comes out as a value, and a failure
 * is thrown as the one error shape.
 *
 * `body` is what goes beside the arguments as it is, a string or bytes: large
 * texts aren't escaped and checked a second time.
 */
import { connectorError, fromFailure, hint } from "./error.js";
import { alive, exports, generation, trapped } from "./loader.js";

/** The number of the module itself among its objects. */
const MODULE = 0;

const NOTHING = 0;
const VALUE = 1;
const FAILURE = 2;

const utf8 = new TextEncoder();

/** Calls an operation that needs no object. */
export function call(operation, values, body) {
  return callOf(MODULE, operation, values, body);
}

/** An object in the module's memory. It is the caller's to free it. */
export class CoreObject {
  #born = generation();

  /** `number` is what the operation answered that made it. */
  constructor(number) {
    this.number = number;
  }

  call(operation, values, body) {
    this.check();
    return callOf(this.number, operation, values, body);
  }

  get alive() {
    return alive(this.#born);
  }

  /** Throws unless the module that made it still runs: in another one the number is somebody else's. */
  check() {
    exports();
    if (this.alive) return;
    throw connectorError("module-failed", "this object was made before the module was started afresh", {
      hint: hint("open-again", "developer", "Open a new connector."),
    });
  }

  /** May be called at any time, any number of times. */
  free() {
    if (this.alive) trapping(() => exports().core_free(this.number));
  }
}

function callOf(number, operation, values = [], body = "") {
  const core = exports();
  const bytes = typeof body === "string" ? utf8.encode(body) : body;
  const given = utf8.encode(JSON.stringify([operation, ...values]));
  const [status, answer] = trapping(() => {
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
    hint: hint("same-version", "developer", "Serve the script and taskpane_connector_bg.wasm of one version of the package."),
  });
}

/** Notes when the module stops in the middle of a call. */
function trapping(call) {
  try {
    return call();
  } catch (error) {
    throw error instanceof WebAssembly.RuntimeError ? trapped(error) : error;
  }
}
