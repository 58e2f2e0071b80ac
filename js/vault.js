/**
 * Keeps records sealed where the host can do that, in the clear where it
 * can't, and says which.
 *
 * No wait for the key is without an end: IndexedDB is known to never answer,
 * in WebKit above all. What is kept then stays as it is, what is new is held
 * in memory, and both go on as they should when the answer comes after all.
 */
import { call } from "./core.js";
import { connectorError, hint } from "./error.js";
import { Operation } from "./operation.js";
import { Watch } from "./patience.js";
import { seal, unseal } from "./sealing.js";
import { createKey, findKey, obstacle, removeKey, removeKeysUnder } from "./sealing_key.js";
import { underLock } from "./web_lock.js";

/** What a sign-out throws where something is left. */
export function notForgotten() {
  return connectorError("storage-unavailable", "the browser's storage refused to delete what was kept", {
    hint: hint("clear-site-data", "user", "Clear this site's data in the browser's or Office's settings."),
  });
}

export class Vault {
  #store;
  #names;
  #prefix;
  #keyName;
  #limitMs;
  /** Whether what is in the store can be sealed at all: not in memory, and a page's own storage may be read elsewhere. */
  #sealable;
  /** Why nothing can be sealed. */
  #obstacle;
  /** The key has not come in time. */
  #silent = false;
  /** Changes that wait for it. */
  #withheld;
  /** Counts what was decided, so that what it takes long to write can't undo something newer. */
  #decisions = 0;
  #writing;

  /** Called when the key has come late: what is kept is to be read again. */
  onAnswer = () => {};
  /** Whether something that was read lies in the clear and could be sealed. */
  unsealed = false;

  /** `names` are the records' names in the store; `prefix` is what they begin with. */
  constructor(store, names, prefix, limitMs) {
    const { kind } = store.status;
    this.#store = store;
    this.#names = names;
    this.#prefix = prefix;
    this.#keyName = prefix + kind;
    this.#limitMs = limitMs;
    this.#sealable = kind === "local" || kind === "session";
    this.#obstacle = kind === "custom" ? "custom-storage" : obstacle();
  }

  get status() {
    if (this.#silent) return { kind: "memory", persistent: false, protection: "none", reason: "locked" };
    const status = { ...this.#store.status, protection: "none" };
    if (status.kind === "memory") return status;
    if (this.#obstacle) status.protectionReason = this.#obstacle;
    else status.protection = "encrypted";
    return status;
  }

  /** Whether an event of the window tells of a change by another pane. */
  concerns(event) {
    return this.#store.concerns(event);
  }

  /**
   * What is kept, by name: text; null where it is sealed and can't be opened
   * now; nothing readable where it never can.
   */
  async read() {
    for (let tries = 1; ; tries += 1) {
      const writing = this.#writing;
      await writing;
      const texts = this.#texts();
      const records = await this.#open(texts);
      if (tries === 3 || (writing === this.#writing && isSame(texts, this.#texts()))) return records;
    }
  }

  /**
   * Writes texts under names; null removes. Resolves to whether all that had to
   * go is gone. A sign-out is done before this waits for anything.
   */
  write(changes) {
    const texts = Object.entries(changes).filter(([, text]) => text !== null);
    if (texts.length > 0) {
      this.#decisions += 1;
      this.#withheld = undefined;
    }
    const secret = texts.flatMap(([name, text]) => {
      const associated = call("associatedData", [this.#names[name]], text);
      return associated === undefined ? [] : [{ name, text, associated }];
    });
    const written = secret.length > 0 && this.#canSeal ? this.#writeSealed(changes, secret) : this.#writeOpen(changes);
    this.#writing = Promise.allSettled([this.#writing, written]);
    return written;
  }

  /** Removes what others keep under this one's prefix, and what opens it. Resolves to whether the records are gone. */
  async removeUnder(part) {
    const prefix = this.#prefix + part;
    const clean = this.#store.removeUnder(prefix);
    await this.#ask(() => removeKeysUnder(prefix));
    return clean;
  }

  get #canSeal() {
    return this.#sealable && !this.#obstacle;
  }

  #texts() {
    const texts = { ...this.#store.read(), ...this.#withheld };
    return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== null));
  }

  async #open(texts) {
    const key = await this.#ask(findKey);
    const isReachable = this.#canSeal && !this.#silent;
    const records = {};
    this.unsealed = false;
    for (const [name, text] of Object.entries(texts)) {
      const stored = this.#names[name];
      const parts = call("splitSealed", [stored], text);
      if (parts === undefined) {
        records[name] = text;
        this.unsealed ||= isReachable && call("associatedData", [stored], text) !== undefined;
      } else if (key) {
        records[name] = await unseal(key, ...parts).catch(() => "");
      } else {
        records[name] = isReachable ? "" : null;
      }
    }
    return records;
  }

  async #writeOpen(changes) {
    const clean = this.#store.write(changes);
    if (this.#canSeal && Object.values(changes).includes(null)) await this.#dropKey();
    return clean;
  }

  #writeSealed(changes, secret) {
    const decision = this.#decisions;
    const before = this.#store.read();
    return underLock(this.#keyName, this.#limitMs, async () => {
      const sealed = await this.#seal(secret);
      // Something newer was decided meanwhile, here or in another pane.
      if (decision !== this.#decisions || !isSame(before, this.#store.read())) return true;
      if (!this.#silent) return this.#store.write({ ...changes, ...sealed });
      this.#withheld = changes;
      return this.#store.write(Object.fromEntries(Object.keys(changes).map((name) => [name, null])));
    });
  }

  /** The sealed texts by name; none where that turns out to be impossible. */
  async #seal(secret) {
    const key = await this.#ask(createKey);
    if (!key) return {};
    try {
      const sealed = {};
      for (const { name, text, associated } of secret) {
        const contents = await seal(key, associated, text);
        sealed[name] = call("joinSealed", [associated, contents]);
      }
      return sealed;
    } catch {
      this.#obstacle = "crypto-failed";
      return {};
    }
  }

  /** The key goes when nothing is left that it opens. */
  #dropKey() {
    return underLock(this.#keyName, this.#limitMs, async () => {
      const texts = Object.entries(this.#store.read());
      const isSealed = ([name, text]) => call("splitSealed", [this.#names[name]], text) !== undefined;
      if (!texts.some(isSealed)) await this.#ask(removeKey);
    });
  }

  /** Asks for the key, and waits for the answer as long as is bearable. */
  async #ask(question) {
    if (!this.#canSeal || this.#silent) return undefined;
    const operation = new Operation();
    const watch = new Watch(operation, "idle", this.#limitMs);
    const answer = question(this.#keyName).catch(() => void (this.#obstacle = "indexeddb-blocked"));
    const key = await operation.orStopped(answer);
    watch.close();
    if (operation.cause && !this.#silent) {
      this.#silent = true;
      answer.then(() => this.#answered()).catch(() => {});
    }
    return key;
  }

  async #answered() {
    this.#silent = false;
    await (this.#withheld ? this.write(this.#withheld) : this.#dropKey());
    this.onAnswer();
  }
}

const isSame = (some, others) => JSON.stringify(some) === JSON.stringify(others);
