/**
 * Where records are kept: the browser's storage, or memory where that is
 * blocked, absent or full.
 */

const PROBE = "taskpane-connector/probe";

export class Store {
  #storage;
  #memory = new Map();
  #kind = "memory";
  #reason;

  /** `wanted` is `"local"`, `"session"`, `"memory"` or a Storage-like object. */
  constructor(wanted) {
    if (typeof wanted === "object" && wanted) this.#take("custom", () => wanted);
    else if (wanted === "session") this.#take("session", () => globalThis.sessionStorage);
    else if (wanted !== "memory") {
      this.#take("local", () => globalThis.localStorage) || this.#take("session", () => globalThis.sessionStorage);
    }
  }

  /** Uses a storage if it keeps what it is given. Reading the global itself throws where it is blocked. */
  #take(kind, open) {
    try {
      const storage = open();
      if (!storage) {
        this.#reason ??= "absent";
        return false;
      }
      storage.setItem(PROBE, "1");
      const kept = storage.getItem(PROBE) === "1";
      storage.removeItem(PROBE);
      if (!kept) throw new Error("nothing is kept");
      this.#storage = storage;
      this.#kind = kind;
      return true;
    } catch (error) {
      this.#reason ??= why(error);
      return false;
    }
  }

  get status() {
    const status = { kind: this.#kind, persistent: this.#kind === "local" || this.#kind === "custom", protection: "none" };
    if (this.#reason) status.reason = this.#reason;
    return status;
  }

  /** Whether an event of the window tells of a change by another pane. */
  concerns(event, prefix) {
    return event.storageArea === this.#storage && (event.key === null || event.key.startsWith(prefix));
  }

  get(name) {
    return (this.#storage ? this.#storage.getItem(name) : this.#memory.get(name)) ?? undefined;
  }

  set(name, text) {
    try {
      if (this.#storage) {
        this.#storage.setItem(name, text);
        return;
      }
    } catch (error) {
      this.#degrade(name.slice(0, name.lastIndexOf("/") + 1), why(error));
    }
    this.#memory.set(name, text);
  }

  remove(name) {
    this.#memory.delete(name);
    this.#storage?.removeItem(name);
  }

  names(prefix) {
    if (!this.#storage) return [...this.#memory.keys()].filter((name) => name.startsWith(prefix));
    const names = [];
    for (let index = 0; index < this.#storage.length; index += 1) {
      const name = this.#storage.key(index);
      if (name?.startsWith(prefix)) names.push(name);
    }
    return names;
  }

  /** From now on in memory. What the storage holds of ours is outdated, and goes as far as the host lets it. */
  #degrade(prefix, reason) {
    for (const name of this.names(prefix)) {
      this.#memory.set(name, this.#storage.getItem(name));
      this.#storage.removeItem(name);
    }
    this.#storage = undefined;
    this.#kind = "memory";
    this.#reason = reason;
  }
}

function why(error) {
  return /quota/i.test(error?.name ?? "") ? "quota" : "blocked";
}
