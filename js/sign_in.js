/**
 * Signing in, as the page imports it: the classes behind these are loaded by
 * the first `open`.
 */
import { isText } from "./argument.js";
import { call } from "./core.js";
import { connectorError, hint, isConnectorError } from "./error.js";
import { exports, onDemand } from "./loader.js";

/** The scripts that were loaded, for `instanceof`. */
let loaded;

/** The scripts that are loaded on demand, with their module. */
export async function scriptsOnDemand() {
  exports();
  try {
    const [scripts] = await Promise.all([import("./on_demand.js"), onDemand.init()]);
    return (loaded = scripts);
  } catch (cause) {
    if (isConnectorError(cause)) throw cause;
    throw connectorError("module-failed", `a script of the package could not be loaded: ${cause?.message ?? cause}`, {
      cause,
      retryable: true,
      hint: hint("serve-scripts", "developer", "Serve all scripts of the package beside each other, of one version."),
    });
  }
}

export class NestedAppAuth {
  static async open(options) {
    return (await scriptsOnDemand()).NestedAppAuth.open(options);
  }

  static [Symbol.hasInstance](value) {
    return Boolean(loaded) && value instanceof loaded.NestedAppAuth;
  }
}

export class StandardSignIn {
  static async open(options) {
    return (await scriptsOnDemand()).StandardSignIn.open(options);
  }

  static [Symbol.hasInstance](value) {
    return Boolean(loaded) && value instanceof loaded.StandardSignIn;
  }
}

/** The claims that a resource demands in its `WWW-Authenticate` header. */
export function claimsFromChallenge(header) {
  return isText(header) ? call("claimsOfChallenge", [header]) : undefined;
}
