// A browser's window and an identity provider that a test writes, laid into
// Node's globals for the time of a test.

import { idToken, ADA, TENANT, CLIENT_ID } from "./host.mjs";

export const ORIGIN = "https://pane.example:3000";

/** A popup that was opened. */
export class Popup {
  closed = false;
  constructor(address, features) {
    this.address = new URL(address);
    this.features = features;
  }
  close() {
    this.closed = true;
  }
  get parameters() {
    return this.address.searchParams;
  }
}

export class Page {
  listeners = new Map();
  popups = [];
  /** What `window.open` gives; null where it is blocked. */
  opens = (address, features) => new Popup(address, features);
  focused = false;
  #before = {};

  constructor() {
    const globals = {
      location: { href: `${ORIGIN}/taskpane.html`, origin: ORIGIN },
      addEventListener: (type, listener) => this.#of(type).add(listener),
      removeEventListener: (type, listener) => this.#of(type).delete(listener),
      document: { hasFocus: () => this.focused },
      parent: globalThis,
      open: (address, _name, features) => {
        const popup = this.opens(address, features);
        if (popup) this.popups.push(popup);
        return popup;
      },
    };
    for (const [name, value] of Object.entries(globals)) {
      this.#before[name] = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  #of(type) {
    if (!this.listeners.has(type)) this.listeners.set(type, new Set());
    return this.listeners.get(type);
  }

  /** A message to the page's window. */
  post(data, origin = ORIGIN) {
    for (const listener of [...this.#of("message")]) listener({ data, origin });
  }

  /** Another pane has written to a storage. */
  changed(storageArea) {
    for (const listener of [...this.#of("storage")]) listener({ storageArea, key: null });
  }

  get popup() {
    return this.popups.at(-1);
  }

  /** The popup comes back with these fields and hands them over. */
  comeBack(fields, origin = ORIGIN, state = this.popup.parameters.get("state")) {
    this.post({ type: "taskpane-connector/sign-in", answer: `#${new URLSearchParams({ ...fields, state })}` }, origin);
  }

  close() {
    for (const [name, descriptor] of Object.entries(this.#before)) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  }
}

/** Answers as the token endpoint does; `script` gives status and body of each request, or throws as fetch does. */
export class TokenEndpoint {
  requests = [];
  /** The address of a window that isn't a popup. */
  address;

  constructor(page, script = (form) => [200, this.tokens(form)]) {
    this.page = page;
    this.script = script;
    this.fetch = async (address, { method, headers, body, credentials, redirect, referrerPolicy, cache, signal }) => {
      const form = new URLSearchParams(body);
      this.requests.push({ address, method, headers, form, credentials, redirect, referrerPolicy, cache });
      const answer = await this.script(form, signal);
      const [status, json] = answer;
      return new Response(typeof json === "string" ? json : JSON.stringify(json), { status });
    };
  }

  tokens(form, changes = {}) {
    const nonce = (this.address ?? this.page.popup?.address)?.searchParams.get("nonce");
    const count = this.requests.length;
    return {
      token_type: "Bearer",
      scope: form.get("scope")?.replace(" offline_access", ""),
      expires_in: 3600,
      access_token: `at-${count}`,
      refresh_token: `rt-${count}`,
      id_token: idToken({ aud: CLIENT_ID, oid: ADA, tid: TENANT, nonce, preferred_username: "ada@contoso.example" }),
      client_info: Buffer.from(JSON.stringify({ uid: ADA, utid: TENANT })).toString("base64url"),
      ...changes,
    };
  }

  get forms() {
    return this.requests.map(({ form }) => Object.fromEntries(form));
  }
}

/** An error as Entra writes it. */
export const entraError = (error, number, more = {}) => [
  400,
  { error, error_description: `AADSTS${number}: What happened. Trace ID: 0`, error_codes: [number], correlation_id: "c", ...more },
];
