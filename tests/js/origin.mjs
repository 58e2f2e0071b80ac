// What the pages of one origin share: localStorage, IndexedDB, Web Locks. Laid
// into Node's globals for the time of a test.

import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const folder = new URL(`${process.env.NODE_TOOLS ?? "../../xtask/node"}/`, import.meta.url);
const require = createRequire(new URL("package.json", folder));
const { IDBFactory } = await import(pathToFileURL(require.resolve("fake-indexeddb")));

/** Sets globals, getters as given, until the returned function is called. */
export function replaceGlobals(globals) {
  const before = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, get] of Object.entries(globals)) Object.defineProperty(globalThis, name, { get, configurable: true });
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  };
}

/** A storage over a map, with a fault that may throw before it writes. */
export function storageOver(map, fault = () => {}) {
  return {
    get length() {
      return map.size;
    },
    key: (index) => [...map.keys()][index] ?? null,
    getItem: (name) => map.get(name) ?? null,
    setItem(name, text) {
      fault(name);
      map.set(name, String(text));
    },
    removeItem: (name) => void map.delete(name),
  };
}

/** Web Locks as far as they are used here: exclusive, first come first served. */
export class Locks {
  #last = new Map();

  async request(name, { signal }, work) {
    const before = this.#last.get(name);
    let end;
    this.#last.set(name, Promise.all([before, new Promise((resolve) => (end = resolve))]));
    const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    try {
      await Promise.race([before, aborted]);
      return await work();
    } finally {
      end();
    }
  }
}

/** An origin in good order; `globals` replace or, as undefined, take away. */
export class Origin {
  local = new Map();
  session = new Map();
  databases = new IDBFactory();
  locks = new Locks();
  #listeners = new Set();
  #restore;

  constructor(globals = {}) {
    const { local, session } = this;
    const [localStorage, sessionStorage] = [storageOver(local), storageOver(session)];
    this.storage = localStorage;
    this.#restore = replaceGlobals({
      localStorage: () => localStorage,
      sessionStorage: () => sessionStorage,
      indexedDB: () => this.databases,
      navigator: () => ({ locks: this.locks }),
      addEventListener: () => (name, listener) => name === "storage" && this.#listeners.add(listener),
      removeEventListener: () => (name, listener) => this.#listeners.delete(listener),
      ...globals,
    });
  }

  leave() {
    this.#restore();
  }

  /** Lets the panes of this process hear that another one wrote. */
  tellOfChange(key) {
    for (const listener of [...this.#listeners]) listener({ storageArea: this.storage, key });
  }

  /** Everything in the databases, by name of the database, store and key. */
  async stored() {
    const entries = {};
    for (const { name } of await this.databases.databases()) {
      const database = await asked(this.databases.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        const [keys, values] = [asked(objects.getAllKeys()), asked(objects.getAll())];
        for (const [at, key] of (await keys).entries()) entries[`${name} ${store} ${key}`] = (await values)[at];
      }
      database.close();
    }
    return entries;
  }

  /** Puts something where the sealing key lies, or takes it away. */
  async replaceKey(name, value) {
    const database = await asked(this.databases.open("taskpane-connector"));
    const keys = database.transaction("keys", "readwrite").objectStore("keys");
    await asked(value === undefined ? keys.delete(name) : keys.put(value, name));
    database.close();
  }
}

/** A clock that stands still until it is told to go on. */
export class Clock {
  #now = 0;
  #intervals = new Map();
  #last = 0;

  /** The globals that count by it. */
  globals = {
    performance: () => ({ now: () => this.#now }),
    setInterval: () => (tick, ms) => {
      this.#last += 1;
      this.#intervals.set(this.#last, { tick, ms, next: this.#now + ms });
      return this.#last;
    },
    clearInterval: () => (id) => void this.#intervals.delete(id),
  };

  pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#intervals.values()].sort((one, other) => one.next - other.next)[0];
      if (!due || due.next > end) break;
      this.#now = due.next;
      due.next += due.ms;
      due.tick();
    }
    this.#now = end;
  }

  /** Goes on until a promise has settled. */
  async until(promise) {
    let settled = false;
    promise.finally(() => (settled = true)).catch(() => {});
    while (!settled) {
      await new Promise((resolve) => setImmediate(resolve));
      this.pass(500);
    }
    return promise;
  }
}

export function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** An IndexedDB that answers nothing until it is released, and then refuses if it was told to. */
export function silentDatabases(databases) {
  let release;
  let refusal;
  const released = new Promise((resolve) => (release = resolve));
  const open = (...asking) => {
    const request = {};
    void released.then(() => {
      if (refusal) {
        request.error = refusal;
        request.onerror();
        return;
      }
      const real = databases.open(...asking);
      for (const event of ["onupgradeneeded", "onsuccess"]) {
        real[event] = () => {
          request.result = real.result;
          request[event]();
        };
      }
    });
    return request;
  };
  return { databases: { open }, release, refuse: (error) => (refusal = error) };
}
