/** Loads what few sessions need: scripts, and the module that they drive. */
import { connectorError, hint, isConnectorError } from "./error.js";
import { exports, onDemand } from "./loader.js";

let loaded;

/** What `on_demand.js` exports, its module started. */
export async function scriptsOnDemand() {
  exports();
  const [scripts] = await arrived(Promise.all([import("./on_demand.js"), onDemand.init()]));
  return (loaded = scripts);
}

/** Waits for scripts, and explains when they don't come. */
export async function arrived(loading) {
  try {
    return await loading;
  } catch (cause) {
    if (isConnectorError(cause)) throw cause;
    throw notLoaded("a script of the package", cause);
  }
}

/** The error where something on demand did not come. */
export const notLoaded = (what, cause) =>
  connectorError("module-failed", `${what} could not be loaded${cause === undefined ? "" : `: ${cause?.message ?? cause}`}`, {
    cause,
    retryable: true,
    hint: hint("serve-scripts", "developer", "Serve all scripts of the package beside each other, of one version."),
  });

/** The same where they were loaded before. */
export const loadedScripts = () => loaded;
