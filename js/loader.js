/** Starts the WebAssembly module once and hands out its exports. */

import * as bindings from "./bindings.js";
import { connectorError } from "./error.js";

let instance;
let failure;
let starts = 0;

export function initSync(source) {
  if (instance && !failure) return;
  instance = bindings.initSync({ module: source });
  failure = undefined;
  starts += 1;
}

/** The instance's raw exports. */
export function exports() {
  if (failure) throw failure;
  if (!instance) throw connectorError("not-initialized", "call init() first and wait for it");
  return instance;
}

/** A number that changes when the module starts afresh. */
export function generation() {
  return starts;
}

/** Marks the module as failed and returns the error to throw. */
export function trapped(error) {
  failure = connectorError("module-failed", "the module stopped; call init() to start it afresh", { cause: error });
  return failure;
}
