/**
 * The package in one script, both modules in it: for a page without a bundler,
 * or one that trusts a script by its hash.
 */
import { init as start, initSync as startNow } from "./loader.js";
import atStart from "./taskpane_connector_bg.wasm";
import onDemand from "./taskpane_connector_on_demand_bg.wasm";

export * from "./index.js";

export default function init(source = atStart, options) {
  return start(source, { onDemand, ...options });
}

export function initSync(source = atStart, options) {
  startNow(source, { onDemand, ...options });
}
