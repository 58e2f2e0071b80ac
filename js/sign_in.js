/**
 * Signing in, as the page imports it: the classes behind these are loaded by
 * the first `open`.
 */
import { isText } from "./argument.js";
import { call } from "./core.js";
import { loadedScripts, scriptsOnDemand } from "./scripts.js";

export class NestedAppAuth {
  static async open(options) {
    return (await scriptsOnDemand()).NestedAppAuth.open(options);
  }

  static [Symbol.hasInstance](value) {
    return isA("NestedAppAuth", value);
  }
}

export class StandardSignIn {
  static async open(options) {
    return (await scriptsOnDemand()).StandardSignIn.open(options);
  }

  static [Symbol.hasInstance](value) {
    return isA("StandardSignIn", value);
  }
}

/** There is none before its class is loaded. */
function isA(name, value) {
  const loaded = loadedScripts();
  return loaded !== undefined && value instanceof loaded[name];
}

/** The claims that a resource demands in its `WWW-Authenticate` header. */
export function claimsFromChallenge(header) {
  return isText(header) ? call("claimsOfChallenge", [header]) : undefined;
}
