/**
 * Signing in where the Office host doesn't do it: in a window of this page's,
 * with tokens, renewal and failures as nested app authentication has them.
 */
import { callOptions, endpointsOf, isFunction, isText, numbers, optional } from "./argument.js";
import { Broker } from "./broker.js";
import { call } from "./core.js";
import { connectorError } from "./error.js";
import { onDemand } from "./loader.js";
import { NestedAppAuth, clientSettings } from "./nested_app_auth.js";
import { partitionKey } from "./office.js";
import { Store } from "./store.js";
import { Vault, notForgotten } from "./vault.js";

const TIMEOUTS = { silentMs: 30_000, popupMs: 600_000, requestMs: 15_000, closedMs: 2_000, storageMs: 2_000 };

export class StandardSignIn extends NestedAppAuth {
  #broker;
  #vault;
  /** How many callers a window may still serve. */
  #attended = 0;

  static async open(options) {
    const { signal } = callOptions(options);
    signal?.throwIfAborted();
    await onDemand.init();
    const { client, settings, host } = checked(options ?? {});
    return new StandardSignIn(await Broker.open(settings, host), client, host.vault);
  }

  /** Use `StandardSignIn.open`. */
  constructor(broker, settings, vault) {
    super(broker, settings, broker);
    this.#broker = broker;
    this.#vault = vault;
  }

  acquireTokenPopup(request, options) {
    return this.#attend(super.acquireTokenPopup(request, options));
  }

  acquireToken(request, options) {
    return this.#attend(super.acquireToken(request, options));
  }

  get storage() {
    return this.#vault.status;
  }

  get ignored() {
    return this.#broker.ignored;
  }

  async signOut() {
    this.clear();
    if (await this.#broker.signOut()) return;
    throw notForgotten();
  }

  free() {
    super.free();
    this.#broker.free();
  }

  /** A window that nobody waits for closes. */
  async #attend(token) {
    this.#attended += 1;
    try {
      return await token;
    } finally {
      this.#attended -= 1;
      if (this.#attended === 0) this.#broker.abandonWindow();
    }
  }
}

if (Symbol.dispose) StandardSignIn.prototype[Symbol.dispose] = StandardSignIn.prototype.free;

const isStorage = (value) => typeof value === "object" || ["local", "session", "memory"].includes(value);

/** The options: those for the module, and what the page provides. */
function checked(options) {
  const text = (name) => optional(name, options[name], isText, "a string");
  const timeouts = numbers("timeouts", TIMEOUTS, options.timeouts, 1);
  const redirectUri = pageOf("redirectUri", options.redirectUri);
  const fetch = optional("fetch", options.fetch, isFunction, "a function");
  // Nothing is to greet, so nothing waits for that.
  const client = clientSettings(options, { initMs: 0, ...timeouts }, redirectUri);
  const settings = {
    clientId: options.clientId,
    clientSecret: text("clientSecret"),
    authority: text("authority"),
    cloud: text("cloud"),
    redirectUri,
    endpoints: endpointsOf(options),
  };
  const prefix = `${call("recordPrefix", [text("partitionKey") ?? partitionKey() ?? ""])}sign-in/${settings.clientId}/`;
  const names = { grant: `${prefix}grant` };
  const storage = optional("storage", options.storage, isStorage, '"local", "session", "memory" or a Storage');
  const host = {
    fetch: fetch ?? ((...request) => globalThis.fetch(...request)),
    vault: new Vault(new Store(storage, names), names, prefix, timeouts.storageMs),
    lockName: names.grant,
    openDialog: optional("openDialog", options.openDialog, isFunction, "a function"),
    startUrl: options.startUrl === undefined ? redirectUri : pageOf("startUrl", options.startUrl),
    timeouts,
    // Of a connector, which goes on when another pane has signed in.
    onKept: options.onKept,
  };
  return { client, settings, host };
}

/** The whole address of a page of this origin. */
function pageOf(name, given) {
  try {
    const { href, origin } = new URL(given, globalThis.location.href);
    if (given && origin === globalThis.location.origin) return href;
  } catch {
    // Not an address.
  }
  throw connectorError("invalid-argument", `${name} is not a page of this origin`);
}
