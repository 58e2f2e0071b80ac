/**
 * Where records are kept: the browser's storage, or memory where that is
 * blocked, absent or full.
 */

const PROBE = "taskpane-connector/probe";

export class Store {
  #names;
  #storage;
  #memory = new Map();
  #kind = "memory";
  #reason;

  /** `wanted` is `"local"`, `"session"`, `"memory"` or a Storage-like object; `names` has the records' names there. */
  constructor(wanted, names) {
    this.#names = names;
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
      const set = storage.setItem(PROBE, "1");
      const kept = storage.getItem(PROBE);
      const answers = [set, kept, storage.removeItem(PROBE)].filter((answer) => typeof answer?.then === "function");
      for (const answer of answers) answer.then(undefined, () => {});
      if (answers.length > 0) {
        this.#reason ??= "asynchronous";
        return false;
      }
      if (kept !== "1") throw new Error("nothing is kept");
      this.#storage = storage;
      this.#kind = kind;
      return true;
    } catch (error) {
      this.#reason ??= why(error);
      return false;
    }
  }

  get status() {
    const status = { kind: this.#kind, persistent: this.#kind === "local" || this.#kind === "custom" };
    if (this.#reason) status.reason = this.#reason;
    return status;
  }

  /** Whether an event of the window tells of a change by another pane. */
  concerns({ storageArea, key }) {
    return storageArea === this.#storage && (key === null || Object.values(this.#names).includes(key));
  }

  /** What is kept, by name. A storage that can't be read has nothing to say. */
  read() {
    const records = {};
    for (const name of Object.keys(this.#names)) {
      try {
        const text = this.#storage ? this.#storage.getItem(this.#names[name]) : this.#memory.get(name);
        if (typeof text === "string") records[name] = text;
      } catch (error) {
        this.#degrade(why(error));
      }
    }
    return records;
  }

  /** Writes texts under names; null removes. Returns whether all that had to go is gone. */
  write(changes) {
    let clean = true;
    for (const [name, text] of Object.entries(changes)) {
      if (text === null) clean = this.#remove(name) && clean;
      else this.#set(name, text);
    }
    return clean;
  }

  /** Removes whatever has a name that begins so. Returns whether all of it is gone. */
  removeUnder(prefix) {
    try {
      const storage = this.#storage;
      const names = Array.from({ length: storage?.length ?? 0 }, (_, at) => storage.key(at));
      for (const name of names) if (name?.startsWith(prefix)) storage.removeItem(name);
      return true;
    } catch {
      return false;
    }
  }

  #set(name, text) {
    try {
      if (this.#storage) {
        this.#storage.setItem(this.#names[name], text);
        return;
      }
    } catch (error) {
      this.#degrade(why(error));
    }
    this.#memory.set(name, text);
  }

  #remove(name) {
    this.#memory.delete(name);
    try {
      this.#storage?.removeItem(this.#names[name]);
      return true;
    } catch {
      return false;
    }
  }

  /** From now on in memory. What the storage holds of ours is outdated, and goes as far as the host lets it. */
  #degrade(reason) {
    const storage = this.#storage;
    this.#storage = undefined;
    this.#kind = "memory";
    this.#reason = reason;
    for (const name of Object.keys(this.#names)) {
      try {
        const text = storage.getItem(this.#names[name]);
        if (typeof text === "string") this.#memory.set(name, text);
        storage.removeItem(this.#names[name]);
      } catch {
        // It stays where nobody can read it.
      }
    }
  }
}

function why(error) {
  return /quota/i.test(error?.name ?? "") ? "quota" : "blocked";
}
