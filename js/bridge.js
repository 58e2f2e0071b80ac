/**
 * Where the Office host offers its bridge: on the page's global object, at
 * once, after a preparation that it asks for, or as soon as office.js is there.
 */
import { isFunction } from "./argument.js";
import { callOnDemand } from "./core.js";
import { pause } from "./exchange.js";
import { Operation, Unanswered } from "./operation.js";
import { Patience, Watch } from "./patience.js";

/** What a bridge can't do without. */
export function isBridge(value) {
  return isFunction(value?.addEventListener) && isFunction(value?.postMessage);
}

/**
 * Waits for the bridge. `availability` is filled in as it becomes known;
 * `operation` may be stopped meanwhile, and its cause is thrown then.
 */
export async function findBridge({ bridgeMs, initMs }, availability, operation) {
  const patience = new Patience(bridgeMs, performance.now());
  for (;;) {
    const hook = globalThis.__initializeNestedAppAuth;
    if (availability.hook === "absent" && isFunction(hook)) await prepare(hook, initMs, availability, operation);
    const bridge = globalThis.nestedAppAuthBridge;
    if (isBridge(bridge)) {
      availability.bridge = "found";
      return bridge;
    }
    if (bridge !== undefined && bridge !== null) availability.bridge = "unusable";
    if (patience.tick(performance.now())) {
      if (availability.bridge === "unusable") callOnDemand("noBridge", ["the page's bridge lacks its methods"]);
      callOnDemand("noBridge", ["the page has no bridge", bridgeMs]);
    }
    await pause(operation, patience.tickMs);
  }
}

/** Throws that a bridge can't be used, and what it threw itself. */
export function failBridge(why, cause) {
  try {
    callOnDemand("noBridge", [why]);
  } catch (error) {
    throw Object.assign(error, { cause });
  }
}

/** Lets the host prepare its bridge. A host that fails at that has none. */
async function prepare(hook, limitMs, availability, operation) {
  const preparing = new Operation(operation.signal);
  const watch = new Watch(preparing, "hook", limitMs);
  // In a function, so that it may throw as well.
  const prepared = (async () => hook())();
  try {
    await preparing.orStopped(prepared);
  } catch (cause) {
    availability.hook = "failed";
    failBridge("preparing the bridge failed", cause);
  } finally {
    watch.close();
    preparing.close();
    // What it still comes to is nobody's concern.
    prepared.catch(() => {});
  }
  if (operation.cause) throw operation.cause;
  if (preparing.cause instanceof Unanswered) {
    availability.hook = "silent";
    callOnDemand("noBridge", ["preparing the bridge did not end", limitMs]);
  }
  availability.hook = "called";
}
